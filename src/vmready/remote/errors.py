"""Everything that can go wrong between here and a host's answer: one tree, first split whose fault it is.

    HostError
      OursError        inventory, credential or trust setting: change something here
      NetworkError     the way to the host
      RemoteError      the host, its listener, its policy, its PowerShell
      RunError         the run's deadline, an interrupt

Each error knows its :class:`~vmready.model.Cause`: a stable code, what happened in plain words with the host's name, and what to do.
No message holds a secret, a request or a header; text of the host is cleaned and cut before it gets in.
"""

from __future__ import annotations

from typing import ClassVar

from vmready.model import Cause, Fault, Host

#: Characters of a host's own text in a message.
MAX_TEXT = 300


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Text of a host on one line: no control, bidi or zero-width characters, blanks run together, at most ``limit`` characters."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in text[: limit * 8]).split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def where(host: Host) -> str:
    """How messages name a host: its name with address and port, or address and port alone where it has no other name."""
    address = f"[{host.address}]" if ":" in host.address else host.address
    place = f"{address}:{host.port}"
    return place if host.name == host.address else f"{host.name} ({place})"


class HostError(Exception):
    """A host gave no answer. ``message`` is a full sentence that names the host."""

    code: ClassVar[str] = "failed"
    fault: ClassVar[Fault] = Fault.HOST
    remedy: ClassVar[str] = "Look at the host's Windows Remote Management event log and try again."

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = remedy or self.remedy

    @property
    def cause(self) -> Cause:
        return Cause(self.code, self.message, self.advice, self.fault)

    def bare(self) -> HostError:
        """The same error without its history: what it grew out of may hold requests, and requests hold credentials."""
        self.__traceback__ = None
        self.__cause__ = None
        self.__context__ = None
        return self


class OursError(HostError):
    code = "configuration"
    fault = Fault.CONFIGURATION
    remedy = "Correct the host's entry in the inventory."


class NetworkError(HostError):
    code = "network"
    fault = Fault.NETWORK
    remedy = "Check the way to the host: routes, network security groups, firewall, VPN or Bastion tunnel."


class RemoteError(HostError):
    pass


class RunError(HostError):
    code = "run"
    fault = Fault.RUN
    remedy = "Run again for the hosts that were left out."


# --- ours


class CredentialUnavailable(OursError):
    code = "credential"
    remedy = "Make the credential reference of the inventory lead to a password, or name another with --credential."


class CaFileUnusable(OursError):
    code = "ca-file"
    remedy = "Give tls.ca_file the path of a PEM file with the certificate authority's certificate."


class TlsUntrusted(OursError):
    code = "tls-untrusted"
    remedy = (
        "Name the authority that issued the listener's certificate with tls.ca_file, or pin the certificate with tls.fingerprint "
        "(--tls-fingerprint on a command line), which vmready doctor prints, after comparing it on the host (winrm enumerate winrm/config/Listener)."
    )


class TlsWrongName(OursError):
    code = "tls-name"
    remedy = "Set tls.server_name to the name in the listener's certificate, or give the listener a certificate for this address."


class TlsWrongFingerprint(OursError):
    code = "tls-fingerprint"
    remedy = (
        "If the listener's certificate was renewed, compare the new fingerprint on the host itself and put it into tls.fingerprint "
        "(--tls-fingerprint on a command line); "
        "otherwise someone else answers at this address. No credential was sent."
    )


class WrongPassword(OursError):
    code = "wrong-password"
    remedy = (
        "Check user name and password. The password was sent once and is not sent to this host again in this run, so that no account "
        "is locked. A host that is out of WinRM connections can refuse a right password, too."
    )


class AccountRefused(OursError):
    code = "account-refused"
    remedy = (
        "The account works on other hosts: look here for “Deny access to this computer from the network”, a missing membership in the "
        "local Administrators, or a broken trust with the domain."
    )


class AccountStopped(OursError):
    code = "account-stopped"
    remedy = "Correct the account's password (or unlock the account) and run again for these hosts."


class AuthNotOffered(OursError):
    code = "auth-not-offered"
    remedy = "Set auth to a method that the listener offers, or enable this one on the host (winrm get winrm/config/service/auth)."


class Unsealed(OursError):
    code = "not-sealed"
    remedy = "Use the HTTPS listener (scheme: https, port 5986), or auth ntlm or negotiate, which seal their messages over HTTP."


# --- the way


class NameNotResolved(NetworkError):
    code = "dns"
    remedy = (
        "Check the spelling, the DNS servers and search suffix of this machine, or give the host's IP as its address."
    )


class ConnectionRefused(NetworkError):
    code = "refused"
    remedy = "Check that the host is the right one, that WinRM runs there and has a listener on this port (Enable-PSRemoting, quickconfig)."


class ConnectTimedOut(NetworkError):
    code = "connect-timeout"
    remedy = "Check that the host is on, and that routes, network security groups and its firewall let this port through from here."


class Unreachable(NetworkError):
    code = "unreachable"


class ConnectionLost(NetworkError):
    code = "connection-lost"
    remedy = "Run again; if it comes back, look for a restart of the host or of its WinRM service, a firewall or a proxy on the way."


class TimedOut(NetworkError):
    code = "timed-out"
    remedy = (
        "Look at the load of the host; if it is only slow, give it more time with timeouts.host or timeouts.operation."
    )


# --- the host


class TlsExpired(RemoteError):
    code = "tls-expired"
    remedy = (
        "Renew the certificate of the host's HTTPS listener (and check this machine's clock), or pin it with tls.fingerprint "
        "(--tls-fingerprint on a command line)."
    )


class TlsHandshake(RemoteError):
    code = "tls-handshake"
    remedy = "Check that this port is an HTTPS listener, that its certificate still exists on the host, and that TLS 1.2 is enabled there."


class TlsBroken(TlsHandshake):
    """The connection ended during the handshake without a word of TLS: it may be worth another try."""


class NotWinrm(RemoteError):
    code = "not-winrm"
    remedy = "Check port, scheme and path of the host's entry: 5986 with https or 5985 with http, path /wsman."


class AuthenticationLost(RemoteError):
    code = "authentication-lost"
    remedy = "Run again; if it comes back, look for a proxy that does not keep connections, or for a policy change on the host."


class BadAuthentication(RemoteError):
    code = "authentication-broken"
    remedy = (
        "Check that nothing between here and the host ends TLS or rewrites headers, and that both sides support NTLMv2."
    )


class ShellRefused(RemoteError):
    code = "shell-refused"
    remedy = (
        "Use an account of the host's Administrators (a local one other than the built-in Administrator needs "
        "LocalAccountTokenFilterPolicy = 1), or grant it Read and Execute with “winrm configSDDL default”. "
        "Remote Management Users is not enough for this shell."
    )


class ShellVanished(RemoteError):
    code = "shell-vanished"
    remedy = "Run again; if it comes back, look for a restart of the host or of its WinRM service, and at its shell time-out and memory quotas."


class QuotaReached(RemoteError):
    code = "quota"
    remedy = "End shells that were left open, or raise the limits (winrm get winrm/config/winrs: MaxShellsPerUser, MaxProcessesPerShell)."


class Busy(RemoteError):
    code = "busy"
    remedy = "Run again when the host is less busy."


class Forbidden(RemoteError):
    code = "forbidden"
    remedy = "Look for an IP filter of the WinRM service (winrm get winrm/config/service), a proxy or a gateway that answers instead."


class EnvelopeTooLarge(RemoteError):
    code = "envelope"
    remedy = 'Raise the host\'s limit: winrm set winrm/config @{MaxEnvelopeSizekb="500"}.'


class ServerError(RemoteError):
    code = "server-error"


class ServiceUnavailable(RemoteError):
    code = "service-unavailable"
    remedy = "Check on the host that the WinRM service runs and that its listener answers: winrm identify -r:localhost."


class WsmanFault(RemoteError):
    """A fault of WS-Management that has no class of its own."""

    code = "wsman-fault"
    remedy = "Look the code up with “winrm helpmsg <code>” on a Windows machine, and at the host's WinRM event log."


class BadSeal(RemoteError):
    code = "bad-seal"
    remedy = "Run again; if it comes back, a proxy on the way splits connections: use the HTTPS listener."


class ProtocolError(RemoteError):
    code = "protocol-error"
    remedy = "Check that nothing between here and the host changes answers; the host's answer is not what WS-Management prescribes."


class TooLarge(RemoteError):
    code = "too-large"
    remedy = "The host sent more than is ever read. Look at what it prints at logon or start of PowerShell (profiles, AutoRun of cmd.exe)."


class CommandFailed(RemoteError):
    code = "no-powershell"
    remedy = "Check that Windows PowerShell is at %SystemRoot%\\System32\\WindowsPowerShell\\v1.0 and may be started by this account."


class CollectorNotRun(RemoteError):
    code = "collector-not-run"
    remedy = "Start Windows PowerShell on the host by hand with this account and look at the first error; check policy for scripts."


class CollectorBlocked(RemoteError):
    code = "collector-blocked"
    remedy = (
        "Let the host's protection allow the collector: its text and digest are published with each release of vmready."
    )


class CollectorCutOff(RemoteError):
    code = "collector-cut-off"
    remedy = "Run again; if it comes back, look for a memory quota of shells (MaxMemoryPerShellMB), or for what ended PowerShell on the host."


class CollectorDamaged(RemoteError):
    code = "collector-damaged"
    remedy = "Run again; if it comes back, look for what else writes to the output of PowerShell on this host."


# --- the run


class Interrupted(RunError):
    code = "interrupted"


class RunDeadlinePassed(RunError):
    code = "run-deadline"
    remedy = "Give the run more time, or run again for the hosts that were left out."
