"""NTLM and Negotiate over HTTP by password, through pyspnego: an authentication for requests that belongs to one connection.

RFC 4559 for the legs; over HTTPS the logon is bound to the listener's certificate (RFC 5929), over HTTP it gives the keys that seal
the messages (MS-WSMV 2.2.9.1). The password is used once: whatever the host answers, it is not sent again.
"""

from __future__ import annotations

import base64
import binascii
import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import requests
import spnego
from requests.auth import AuthBase
from spnego.channel_bindings import GssChannelBindings

from vmready.model import Host
from vmready.remote import tls
from vmready.remote.deadline import Deadline
from vmready.remote.errors import (
    AuthenticationLost,
    AuthNotOffered,
    BadAuthentication,
    HostError,
    WrongPassword,
    clean,
    where,
)
from vmready.remote.exchange import WireAdapter
from vmready.secret import Secret

#: Tokens that are exchanged at most; NTLM needs two, Kerberos one or two, SPNEGO around them one more.
MAX_LEGS = 6

_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z][A-Za-z0-9-]*)(?=\s*(?:,|$)|\s)")


@dataclass(slots=True)
class Turn:
    """One use of a credential. ``accepted`` is set when the host has answered it; None: it never came to that."""

    accepted: bool | None = None


class CredentialGate(Protocol):
    """Asked right before a credential is sent, so that wrong ones are not sent by many at once."""

    def turn(self, host: Host, deadline: Deadline) -> AbstractContextManager[Turn]:
        """Waits until the credential may be sent to the host; raises a :class:`~vmready.remote.errors.HostError` if it never may."""


class OpenGate:
    """No gate: for a single host."""

    def turn(self, host: Host, deadline: Deadline) -> AbstractContextManager[Turn]:
        return nullcontext(Turn())


def offers(response: requests.Response) -> list[str]:
    """The authentication schemes that a 401 names, in lower case and in order."""
    return list(dict.fromkeys(name.lower() for name in _SCHEME.findall(response.headers.get("WWW-Authenticate", ""))))


def not_offered(host: Host, offered: list[str]) -> AuthNotOffered:
    listed = ", ".join(clean(name, 40) for name in offered[:8]) or "none at all"
    return AuthNotOffered(f"{where(host)} does not offer {host.auth} authentication; it offers: {listed}.")


def wrong_password(host: Host) -> WrongPassword:
    user = f" for “{clean(host.username)}”" if host.username else ""
    return WrongPassword(f"{where(host)} refused the user name or password{user}.")


class SpnegoAuth(AuthBase):
    """Authenticates the adapter's connection at the first 401, once."""

    def __init__(
        self, host: Host, secret: Secret, adapter: WireAdapter, gate: CredentialGate, deadline: Deadline
    ) -> None:
        self._host = host
        self._secret = secret
        self._adapter = adapter
        self._gate = gate
        self._deadline = deadline
        self._context: spnego.ContextProxy | None = None
        self.established = False

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if not self.established:
            request.register_hook("response", self._answer)  # type: ignore[no-untyped-call]
        return request

    @property
    def session_security(self) -> SpnegoAuth:
        """What pywinrm's message encryption asks for :meth:`wrap` and :meth:`unwrap`."""
        return self

    def wrap(self, message: bytes) -> tuple[bytes, bytes]:
        """Sealed message and signature."""
        assert self._context is not None
        result = self._context.wrap_winrm(message)
        return result.data, result.header

    def unwrap(self, message: bytes, signature: bytes) -> bytes:
        assert self._context is not None
        return self._context.unwrap_winrm(signature, message)

    def _answer(self, response: requests.Response, **arguments: Any) -> requests.Response:
        if response.status_code != 401:
            return response
        if self.established:
            raise AuthenticationLost(f"{where(self._host)} accepted the credential and then asked for it again.")
        scheme = self._scheme(offers(response))
        with self._gate.turn(self._host, self._deadline) as turn:
            return self._log_on(response.request, scheme, turn, arguments)

    def _scheme(self, offered: list[str]) -> str:
        """The scheme to use: bare NTLM goes through Negotiate where NTLM is not named by itself, as on Windows."""
        wanted = ("ntlm", "negotiate") if self._host.auth == "ntlm" else ("negotiate",)
        for name in wanted:
            if name in offered:
                return "NTLM" if name == "ntlm" else "Negotiate"
        raise not_offered(self._host, offered)

    def _log_on(
        self, first: requests.PreparedRequest, scheme: str, turn: Turn, arguments: dict[str, Any]
    ) -> requests.Response:
        context = self._new_context()
        token = self._step(context, None)
        for sent in range(1, MAX_LEGS + 1):
            request = first.copy()
            request.headers["Authorization"] = f"{scheme} {base64.b64encode(token).decode('ascii')}"
            # From the second token on everything depends on this one connection.
            self._adapter.bound = sent > 1
            response = self._adapter.send(request, **arguments)
            answer = self._token(response, scheme)
            if response.status_code != 401:
                return self._accepted(context, answer, turn, response)
            if answer is None or context.complete:
                raise self._refused(sent, turn)
            token = self._step(context, answer, turn if sent > 1 else None)
        raise BadAuthentication(f"{where(self._host)} does not come to an end with the authentication.")

    def _accepted(
        self, context: spnego.ContextProxy, answer: bytes | None, turn: Turn, response: requests.Response
    ) -> requests.Response:
        if answer is not None and not context.complete:
            self._step(context, answer)
        if not context.complete and response.status_code >= 400:
            # Something else than the logon is wrong: the status says what.
            return response
        if not context.complete and self._host.scheme == "http":
            raise BadAuthentication(
                f"{where(self._host)} ended the authentication early: its messages could not be sealed."
            )
        turn.accepted = True
        self._context = context
        self.established = True
        self._adapter.bound = True
        return response

    def _refused(self, sent: int, turn: Turn) -> HostError:
        if sent < 2:
            return BadAuthentication(
                f"{where(self._host)} refused the authentication before the password was used: it answered no challenge."
            )
        turn.accepted = False
        return wrong_password(self._host)

    def _new_context(self) -> spnego.ContextProxy:
        binding = None
        certificate = self._adapter.certificate
        if certificate is not None and (data := tls.channel_binding(certificate)) is not None:
            binding = GssChannelBindings(application_data=data)
        name = self._host.username
        protocol: Literal["ntlm", "negotiate"] = "ntlm" if self._host.auth == "ntlm" else "negotiate"
        failure: HostError
        try:
            return spnego.client(
                # A local account: the host itself is the domain, which an empty name means.
                name[2:] if name.startswith(".\\") else name,
                self._secret.reveal(),
                hostname=self._host.tls.server_name or self._host.address,
                service="http",
                channel_bindings=binding,
                protocol=protocol,
                options=spnego.NegotiateOptions.use_ntlm if protocol == "ntlm" else spnego.NegotiateOptions.none,
            )
        except Exception as error:  # noqa: BLE001 - whatever a security provider raises may hold the password
            failure = BadAuthentication(
                f"The authentication with {where(self._host)} could not be begun ({type(error).__name__})."
            )
        raise failure

    def _step(self, context: spnego.ContextProxy, token: bytes | None, turn: Turn | None = None) -> bytes:
        failure: HostError
        try:
            return context.step(token) or b""
        except Exception as error:  # noqa: BLE001 - tokens come from the host: any parser may fail on them in any way
            failure = BadAuthentication(
                f"{where(self._host)} answered the authentication with a token that is not valid ({type(error).__name__})."
            )
        if turn is not None:
            # A refusal wrapped in SPNEGO, after the credential was sent.
            turn.accepted = False
            failure = wrong_password(self._host)
        raise failure

    def _token(self, response: requests.Response, scheme: str) -> bytes | None:
        found = re.search(
            rf"(?:^|,)\s*{scheme}\s+([A-Za-z0-9+/=]+)", response.headers.get("WWW-Authenticate", ""), re.IGNORECASE
        )
        if found is None:
            return None
        try:
            return base64.b64decode(found[1], validate=True)
        except binascii.Error:
            return b"\0"
