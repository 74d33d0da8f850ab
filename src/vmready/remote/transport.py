"""pywinrm's transport on our own wire: the same messages and sealing, with time and byte caps and typed errors."""

from __future__ import annotations

import base64
from typing import Any

import requests
from requests.auth import AuthBase
from winrm.encryption import Encryption
from winrm.transport import Transport

from vmready.model import Host
from vmready.remote.deadline import Deadline
from vmready.remote.errors import (
    AuthenticationLost,
    BadSeal,
    EnvelopeTooLarge,
    Forbidden,
    HostError,
    NotWinrm,
    ProtocolError,
    ServerError,
    ServiceUnavailable,
    Unsealed,
    WrongPassword,
    where,
)
from vmready.remote.exchange import WireAdapter
from vmready.remote.figures import Tally
from vmready.remote.negotiate import CredentialGate, SpnegoAuth, not_offered, offers, wrong_password
from vmready.secret import Secret

#: What the HTTP answer may take beyond the operation's own time-out: the service needs a moment to say that it timed out.
MARGIN = 10.0

_SEALED = 'protocol="application/HTTP-SPNEGO-session-encrypted"'


class BasicAuth(AuthBase):
    """RFC 7617, in UTF-8; only ever used over HTTPS."""

    def __init__(self, host: Host, secret: Secret) -> None:
        self._host = host
        self._secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        pair = f"{self._host.username}:{self._secret.reveal()}".encode()
        request.headers["Authorization"] = f"Basic {base64.b64encode(pair).decode('ascii')}"
        return request


class WireTransport(Transport):
    """One authenticated connection. Not shared between threads.

    pywinrm's own constructor and session are left out: they change the process's warning filters and read proxies and certificate
    bundles from the environment.
    """

    def __init__(self, host: Host, secret: Secret, deadline: Deadline, tally: Tally, gate: CredentialGate) -> None:
        self.endpoint = host.url
        self.message_encryption = "auto"
        self.session: requests.Session | None = None
        self.encryption: Encryption | None = None
        self.default_headers = {
            "Content-Type": "application/soap+xml;charset=UTF-8",
            "User-Agent": "vmready",
            "Accept-Encoding": "identity",
        }
        self._host = host
        self._secret = secret
        self._deadline = deadline
        self._gate = gate
        self.adapter = WireAdapter(host, deadline, tally)
        self.accepted = False
        self.rejected = False
        self.broken = False
        self.answered = False

    def __repr__(self) -> str:
        return f"<WireTransport to {self.endpoint}>"

    def build_session(self) -> requests.Session:
        """The session with our adapter; seals over plain HTTP from the first message on."""
        if self.session is not None:
            return self.session
        if self._host.scheme == "http" and self._host.auth == "basic":
            raise Unsealed(f"The password of {where(self._host)} is not sent over plain HTTP.")
        session = requests.Session()
        session.trust_env = False
        session.headers.clear()
        session.headers.update(self.default_headers)
        session.mount("https://", self.adapter)
        session.mount("http://", self.adapter)
        if self._host.auth == "basic":
            session.auth = BasicAuth(self._host, self._secret)
        else:
            session.auth = SpnegoAuth(self._host, self._secret, self.adapter, self._gate, self._deadline)
        self.session = session
        if self._host.scheme == "http":
            self.setup_encryption(session)
        return session

    def setup_encryption(self, session: requests.Session) -> None:
        """Log on with an empty message, so that no content ever leaves unsealed."""
        self.adapter.doing = "logging on"
        request = session.prepare_request(requests.Request("POST", self.endpoint, data=None))
        status, _ = self._judge(self._send(session, request))
        if not (isinstance(session.auth, SpnegoAuth) and session.auth.established):
            raise Unsealed(
                f"{where(self._host)} answered (HTTP {status}) without asking for a logon; nothing is sent to it unsealed."
            )
        # pywinrm's name for what both NTLM and Negotiate use (MS-WSMV 2.2.9.1.1).
        self.encryption = Encryption(session, "ntlm")

    @property
    def sealed(self) -> bool:
        return self.encryption is not None

    @property
    def sent_with_credential(self) -> bool:
        """Whether a request has left that the host may have taken for ours: authenticated, or with the last token of the logon."""
        return self.accepted or self.adapter.bound or (self._host.auth == "basic" and self.adapter.has_sent)

    def close_session(self) -> None:
        session, self.session = self.session, None
        if session is not None:
            session.close()
        self.adapter.close()

    def exchange(self, message: bytes, operation: str, seconds: float) -> tuple[int, bytes]:
        """Send one envelope and give status (200 or 500) and body of the answer. Raises :class:`~vmready.remote.errors.HostError`.

        After anything but a WS-Man answer the connection is closed and the transport is not used again.
        """
        failure: HostError
        try:
            return self._exchange(message, operation, seconds)
        except HostError as error:
            failure = error.bare()
        # A credential that was refused is not sent to this host again, not even to tidy up.
        self.rejected = self.rejected or isinstance(failure, WrongPassword | AuthenticationLost)
        self.broken = True
        self.close_session()
        raise failure

    def _exchange(self, message: bytes, operation: str, seconds: float) -> tuple[int, bytes]:
        self.adapter.seconds = seconds + MARGIN
        session = self.build_session()
        self.adapter.doing = f"waiting for the answer to {operation}"
        if self.encryption is not None:
            request = self.encryption.prepare_encrypted_request(session, self.endpoint, message)
        else:
            request = session.prepare_request(requests.Request("POST", self.endpoint, data=message))
        response = self._send(session, request)
        status, body = self._judge(response)
        if self.encryption is not None:
            body = self._unseal(self.encryption, response)
        return status, body

    def _send(self, session: requests.Session, request: requests.PreparedRequest) -> requests.Response:
        if self._host.auth != "basic" or self.accepted:
            return session.send(request, allow_redirects=False)
        # Basic sends the password with the first request: the certificate is checked before, and the gate is asked.
        self.adapter.connect()
        with self._gate.turn(self._host, self._deadline) as turn:
            response = session.send(request, allow_redirects=False)
            if response.status_code != 401:
                turn.accepted = True
            elif "basic" in offers(response):
                turn.accepted = False
            return response

    def _judge(self, response: requests.Response) -> tuple[int, bytes]:
        """Status and body where they are WS-Man's; an error for every other answer."""
        status, body = response.status_code, bytes(response.content)
        host = where(self._host)
        if status == 401:
            raise self._unauthorized(response)
        if status in {200, 500}:
            self.accepted = True
            if status == 200 or body:
                return status, body
            raise ServerError(
                f"{host} answered with an internal error (HTTP 500) and no reason, while {self.adapter.doing}."
            )
        if status == 400:
            if self.sealed:
                raise BadSeal(f"{host} could not unseal a message (HTTP 400), while {self.adapter.doing}.")
            raise ProtocolError(f"{host} refused a request as malformed (HTTP 400), while {self.adapter.doing}.")
        if status == 403:
            raise Forbidden(f"{host} refuses requests from here (HTTP 403).")
        if status == 413:
            raise EnvelopeTooLarge(f"{host} does not take a message of the size that was sent (HTTP 413).")
        if status == 503:
            raise ServiceUnavailable(f"{host} answers, but its WinRM service is not available (HTTP 503).")
        if status == 404:
            raise NotWinrm(f"{host} answers in HTTP, but there is no WinRM listener at {self._host.path} (HTTP 404).")
        raise NotWinrm(f"{host} answers in HTTP, but not as a WinRM listener does (HTTP {status}).")

    def _unauthorized(self, response: requests.Response) -> HostError:
        auth = self.session.auth if self.session is not None else None
        if self.accepted or (isinstance(auth, SpnegoAuth) and auth.established):
            return AuthenticationLost(f"{where(self._host)} accepted the credential and then asked for it again.")
        offered = offers(response)
        if self._host.auth == "basic" and "basic" not in offered:
            return not_offered(self._host, offered)
        return wrong_password(self._host)

    def _unseal(self, encryption: Encryption, response: requests.Response) -> bytes:
        host = where(self._host)
        if _SEALED not in response.headers.get("Content-Type", ""):
            # Anyone on the way could have written this.
            if response.status_code == 500:
                raise ServerError(
                    f"{host} answered with an internal error (HTTP 500) that is not sealed, while {self.adapter.doing}."
                )
            raise ProtocolError(
                f"{host} answered a sealed message with one that is not sealed, while {self.adapter.doing}."
            )
        failure: HostError
        try:
            return bytes(encryption.parse_encrypted_response(response))
        except Exception as error:  # noqa: BLE001 - pywinrm and the security provider may fail in any way on a forged message
            failure = BadSeal(
                f"The seal of an answer of {host} does not hold ({type(error).__name__}), while {self.adapter.doing}."
            )
        raise failure

    def send_message(self, message: str | bytes) -> Any:
        """pywinrm's own entry; the protocol above uses :meth:`exchange`."""
        data = message.encode("utf-8") if isinstance(message, str) else message
        return self.exchange(data, "a request", self._host.timeouts.operation)[1]
