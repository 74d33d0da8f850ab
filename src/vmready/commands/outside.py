"""What can be seen of a host before a credential is sent: its name, the way to it, its certificate, its listener."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from vmready.commands.lines import Line, error, failed, ok, skipped, unknown
from vmready.model import Host
from vmready.remote import listener, tls
from vmready.remote.deadline import Deadline
from vmready.remote.errors import (
    Forbidden,
    HostError,
    NotWinrm,
    ServiceUnavailable,
    TlsExpired,
    TlsUntrusted,
    TlsWrongFingerprint,
    clean,
    where,
)
from vmready.remote.listener import Identity, Shown
from vmready.remote.negotiate import not_offered

#: What each setting of ``auth`` can use of what a listener offers (NTLM goes through Negotiate, too).
USABLE = {"ntlm": ("ntlm", "negotiate"), "negotiate": ("negotiate",), "basic": ("basic",)}
_LOGONS = frozenset({"negotiate", "kerberos", "ntlm", "basic", "credssp"})
_PINNABLE = (TlsUntrusted, TlsExpired, TlsWrongFingerprint)
_PLAIN = "http: messages are sealed by the logon, there is no TLS"


class Outside:
    """The steps from here to the listener. After :meth:`lines` ``blocked`` says why no logon may follow, empty where one may."""

    def __init__(self, host: Host, deadline: Deadline, now: datetime) -> None:
        self._host = host
        self._deadline = deadline
        self._now = now
        self.blocked = ""
        #: Seconds that the host's clock is ahead, by HTTP's Date header; None where it sent none.
        self.clock: float | None = None

    def lines(self) -> Iterator[Line]:
        try:
            yield self._step("name", self._name)
            yield self._step("tcp", self._tcp)
            if self._host.scheme == "http":
                yield from (skipped(subject, _PLAIN) for subject in ("tls", "certificate", "trust"))
            else:
                yield from self._tls()
            yield from self._listener()
        except _StoppedError as stop:
            self.blocked = self.blocked or f"{stop.line.subject} failed"
            yield stop.line

    def _step(self, subject: str, step: Callable[[], Line]) -> Line:
        try:
            return step()
        except HostError as reason:
            line = error(subject, reason)
        raise _StoppedError(line)

    def _name(self) -> Line:
        found = listener.addresses(self._host)
        if found == (self._host.address,):
            return ok("name", f"{self._host.address} is an address, no name", addresses=list(found))
        return ok("name", f"{self._host.address} is {', '.join(found)}", addresses=list(found))

    def _tcp(self) -> Line:
        reached = listener.connect(self._host, self._deadline)
        again = "" if reached.attempt == 1 else f", at attempt {reached.attempt}"
        milliseconds = round(reached.seconds * 1000)
        return ok(
            "tcp",
            f"{reached.place} connects in {milliseconds} ms{again}",
            place=reached.place,
            milliseconds=milliseconds,
            attempt=reached.attempt,
        )

    def _tls(self) -> Iterator[Line]:
        shown: Shown
        try:
            shown = listener.certificate(self._host, self._deadline)
        except HostError as reason:
            line = error("tls", reason)
        else:
            yield ok("tls", f"{shown.protocol}, {shown.cipher}", protocol=shown.protocol, cipher=shown.cipher)
            yield self._certificate(shown)
            yield self._trust(shown)
            return
        raise _StoppedError(line)

    def _certificate(self, shown: Shown) -> Line:
        seen = shown.certificate
        wanted = self._host.tls.server_name or self._host.address
        measured: dict[str, Any] = {
            "sha256": seen.sha256,
            "subject": seen.subject,
            "issuer": seen.issuer,
            "not_before": seen.not_before,
            "not_after": seen.not_after,
            "names": list(shown.names),
            "fits": shown.fits,
            "self_signed": shown.self_signed,
        }
        if not seen.not_after:
            return unknown("certificate", f"cannot be parsed; SHA-256 {seen.sha256}", **measured)
        issuer = "self-signed" if shown.self_signed else f"issued by {seen.issuer}"
        names = ", ".join(shown.names) or "no name at all"
        fits = "fits" if shown.fits else "does not fit"
        return ok(
            "certificate",
            f"{seen.subject}, {issuer}, {self._validity(shown)}, for {names} ({fits} “{wanted}”), SHA-256 {seen.sha256}",
            **measured,
        )

    def _validity(self, shown: Shown) -> str:
        begins, ends = (
            datetime.fromisoformat(one) for one in (shown.certificate.not_before, shown.certificate.not_after)
        )
        if self._now > ends:
            return f"expired on {ends:%Y-%m-%d}"
        if self._now < begins:
            return f"not valid before {begins:%Y-%m-%d}"
        return f"valid until {ends:%Y-%m-%d}"

    def _trust(self, shown: Shown) -> Line:
        how = tls.trust(self._host.tls)
        try:
            listener.check_trust(self._host, self._deadline)
        except HostError as reason:
            # Whoever is there gets no credential; what follows needs none.
            self.blocked = "trust failed: a credential is not sent to a listener that is not trusted"
            pin = self._pin(shown) if isinstance(reason, _PINNABLE) else ""
            return error("trust", reason, pin, by=how)
        if how == "unverified":
            return unknown("trust", "not checked (tls: unverified): anyone could answer here", self._pin(shown), by=how)
        words = {
            "fingerprint": "the pinned fingerprint",
            "ca-file": f"the CA file {self._host.tls.ca_file}",
            "system": "the system's authorities",
        }
        return ok("trust", f"by {words[how]}", by=how)

    def _pin(self, shown: Shown) -> str:
        """The exact line to write, for the inventory and for the command line."""
        pin = shown.certificate.sha256
        return (
            "To pin the certificate that was shown, once it was compared on the host itself, write "
            f"“tls: {{fingerprint: {pin}}}” (on a command line: --tls-fingerprint {pin})."
        )

    # --- the listener

    def _listener(self) -> Iterator[Line]:
        try:
            identity = listener.identify(self._host, self._deadline)
            self.clock = identity.clock
            asked = listener.ask_for_methods(self._host, self._deadline)
            self.clock = asked.clock if self.clock is None else self.clock
        except HostError as reason:
            line = error("listener", reason)
        else:
            recognised = self._recognised(identity, asked)
            if recognised.code:
                raise _StoppedError(recognised)
            yield recognised
            yield self._methods(asked)
            return
        raise _StoppedError(line)

    def _recognised(self, identity: Identity, asked: Identity) -> Line:
        measured: dict[str, Any] = {
            "identify_status": identity.status,
            "post_status": asked.status,
            "vendor": identity.vendor,
            "product": identity.product,
            "server": identity.server or asked.server,
        }
        if identity.vendor or identity.product:
            return ok("listener", f"WinRM: {identity.vendor}, {identity.product}", **measured)
        if _LOGONS & set(asked.offered) or identity.envelope:
            return unknown(
                "listener",
                f"asks for a logon as WinRM does, but did not answer Identify without one (HTTP {identity.status})",
                **measured,
            )
        return error("listener", self._no_winrm(asked.status), **measured)

    def _no_winrm(self, status: int) -> HostError:
        host = where(self._host)
        if status == 403:
            return Forbidden(f"{host} refuses requests from here (HTTP 403).")
        if status == 503:
            return ServiceUnavailable(f"{host} answers, but its WinRM service is not available (HTTP 503).")
        if status == 404:
            return NotWinrm(f"{host} answers in HTTP, but there is no WinRM listener at {self._host.path} (HTTP 404).")
        return NotWinrm(f"{host} answers in HTTP, but not as a WinRM listener does (HTTP {status}).")

    def _methods(self, asked: Identity) -> Line:
        offered, wanted = list(asked.offered), self._host.auth
        listed = ", ".join(clean(name, 40) for name in offered[:8]) or "none"
        if any(name in offered for name in USABLE[wanted]):
            return ok("methods", f"offers {listed}; wanted is {wanted}", offered=offered, wanted=wanted)
        if asked.status != 401:
            return unknown(
                "methods",
                f"an empty request was not answered with a demand for a logon (HTTP {asked.status})",
                wanted=wanted,
            )
        self.blocked = self.blocked or "methods failed"
        reason = not_offered(self._host, offered)
        return failed("methods", reason.message, reason.code, reason.advice, offered=offered, wanted=wanted)


class _StoppedError(Exception):
    """After this line nothing more can be tried."""

    def __init__(self, line: Line) -> None:
        super().__init__(line.found)
        self.line = line
