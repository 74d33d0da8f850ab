"""Logons at a twin: NTLM and Negotiate through pyspnego's acceptor, Basic, and the channel binding that the twin checks.

A logon belongs to a connection. pyspnego reads its accounts from the file that ``NTLM_USER_FILE`` names, one per process
and at each logon anew: so the file is rewritten, under a lock, with the accounts of the host that is being logged on to.
It holds NT hashes, never passwords.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import shutil
import struct
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import spnego
import spnego.exceptions
from spnego._ntlm_raw.crypto import ntowfv1  # MD4: hashlib has lost it where OpenSSL 3 has no legacy provider

from vmready.twin.sealing import BadSeal, seal, unseal

_AV_EOL, _AV_CHANNEL_BINDINGS = 0, 10  # MS-NLMP section 2.2.2.1
_SIGNATURE = b"NTLMSSP\x00"


class ChannelBinding(StrEnum):
    """CbtHardeningLevel: ``strict`` refuses a logon without a binding; a wrong one is refused by both (MS-WSMV 2.2.4.34)."""

    RELAXED = "relaxed"
    STRICT = "strict"


class Method(StrEnum):
    """What the listener offers. Basic is offered over TLS only."""

    NEGOTIATE = "negotiate"
    BASIC = "basic"


@dataclass(frozen=True, slots=True)
class Account:
    """An account that may log on. Without a ``domain`` it is local: it logs on by its bare name, as ``.\\name`` or as
    ``HOST\\name``. ``nt_hash`` is 32 hexadecimal digits."""

    name: str
    nt_hash: str = field(repr=False)
    domain: str = ""

    @classmethod
    def with_password(cls, name: str, password: str) -> Account:
        """``name`` may be ``DOMAIN\\name``; only the hash of ``password`` is kept."""
        domain, _, bare = name.rpartition("\\")
        return cls(bare, ntowfv1(password).hex().upper(), "" if domain == "." else domain)

    def logon_names(self, host: str) -> Iterable[str]:
        """All names by which this account logs on at ``host``, without a backslash for the bare one."""
        if self.domain:
            return (f"{self.domain}\\{self.name}",)
        return (self.name, f".\\{self.name}", f"{host}\\{self.name}")


class _UserFile:
    """The process's one user file; exists while a server is open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._before: str | None = None
        self._folder = self._path = Path()

    def open(self) -> None:
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._folder = Path(tempfile.mkdtemp(prefix="vmready-twin-accounts-"))
                self._path = self._folder / "users"
                self._path.touch(0o600)
                self._before = os.environ.get("NTLM_USER_FILE")
                os.environ["NTLM_USER_FILE"] = str(self._path)

    def close(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                shutil.rmtree(self._folder, ignore_errors=True)
                if self._before is None:
                    os.environ.pop("NTLM_USER_FILE", None)
                else:
                    os.environ["NTLM_USER_FILE"] = self._before

    @contextmanager
    def holding(self, text: str) -> Iterator[None]:
        with self._lock:
            self._path.write_text(text, encoding="utf-8")
            yield


USER_FILE = _UserFile()


class Accounts:
    """Who may log on at one host, and how."""

    def __init__(self, host: str, accounts: Iterable[Account], methods: frozenset[Method], cbt: ChannelBinding) -> None:
        self.methods, self.cbt = methods, cbt
        self._hashes = {name.casefold(): item.nt_hash for item in accounts for name in item.logon_names(host)}
        # smbpasswd's shape: name, uid, LM hash, NT hash, flags, time
        lines = (f"{name}:0:{'0' * 32}:{digest}:[U]:LCT-0" for name, digest in self._hashes.items())
        self.user_file = "\n".join(lines) + "\n"

    def offers(self, encrypted: bool) -> list[tuple[str, str]]:
        """The WWW-Authenticate lines of a 401."""
        lines = []
        if Method.NEGOTIATE in self.methods:
            lines += [("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", "Kerberos")]
        if Method.BASIC in self.methods and encrypted:
            lines.append(("WWW-Authenticate", 'Basic realm="WSMAN"'))
        return lines

    def password_is(self, name: str, password: str) -> bool:
        """Whether ``password`` is that of the account which logs on as ``name``."""
        digest = self._hashes.get(name.casefold())
        return digest is not None and bool(ntowfv1(password).hex().upper() == digest.upper())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an Authorization header: ``granted``, or else a 401 with ``headers`` (a challenge or the offers)."""

    granted: bool
    headers: tuple[tuple[str, str], ...] = ()
    rejected: bool = False


class Logon:
    """The logon of one connection. ``certificate`` (DER) is the server's, None without TLS."""

    def __init__(self, accounts: Accounts, certificate: bytes | None) -> None:
        self._accounts = accounts
        self._certificate = certificate
        self._context: Any = None
        self.account = ""

    @property
    def encrypted(self) -> bool:
        """Whether TLS protects the messages."""
        return self._certificate is not None

    @property
    def can_seal(self) -> bool:
        """Whether a finished NTLM or Negotiate logon can seal messages."""
        return bool(self.account) and self._context is not None

    def present(self, header: str) -> Outcome:
        """Take an Authorization header (without one, an open connection stays what it is)."""
        if not header:
            return Outcome(True) if self.account else self._refused(rejected=False)
        scheme, _, text = header.partition(" ")
        try:
            token = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return self._refused()
        if scheme.lower() == "basic" and Method.BASIC in self._accounts.methods and self.encrypted:
            return self._basic(token)
        if scheme.lower() == "negotiate" and Method.NEGOTIATE in self._accounts.methods:
            return self._negotiate(token)
        return self._refused()

    @staticmethod
    def concludes(header: str) -> bool:
        """Whether this Authorization header carries a credential: the last message of a logon."""
        scheme, _, text = header.partition(" ")
        if scheme.lower() == "basic":
            return True
        try:
            return bool(ntlm_message(base64.b64decode(text), 3))
        except ValueError:
            return False

    def forget(self) -> None:
        """The connection is as if nobody had logged on."""
        self._context, self.account = None, ""

    def _refused(self, rejected: bool = True) -> Outcome:
        self.forget()
        return Outcome(False, tuple(self._accounts.offers(self.encrypted)), rejected)

    def _basic(self, token: bytes) -> Outcome:
        name, colon, password = token.decode("utf-8", "replace").partition(":")
        if not colon or not self._accounts.password_is(name, password):
            return self._refused()
        self._context, self.account = None, name
        return Outcome(True)

    def _negotiate(self, token: bytes) -> Outcome:
        if self._context is None or self._context.complete:
            raw = token.startswith(_SIGNATURE)
            options = spnego.NegotiateOptions.use_ntlm if raw else spnego.NegotiateOptions.use_negotiate
            self.account = ""
            self._context = spnego.server(protocol="ntlm" if raw else "negotiate", options=options)
        message = ntlm_message(token, 3)
        if message and not self._binding_holds(message):
            return self._refused()
        try:
            with USER_FILE.holding(self._accounts.user_file):
                answer = self._context.step(token)
        except (spnego.exceptions.SpnegoError, ValueError, struct.error, IndexError, KeyError):
            return self._refused()  # whatever is wrong with a token, the answer is the same 401
        reply = (("WWW-Authenticate", f"Negotiate {base64.b64encode(answer).decode()}"),) if answer else ()
        if not self._context.complete:
            return Outcome(False, reply) if reply else self._refused()
        self.account = self._context.client_principal or ""
        return Outcome(True, reply) if self.account else self._refused()

    def _binding_holds(self, message: bytes) -> bool:
        """The acceptor takes a binding of zeros for any channel, so the twin compares by itself."""
        if self._certificate is None:
            return True
        presented = channel_binding(message)
        if presented is None or not any(presented):
            return self._accounts.cbt is ChannelBinding.RELAXED
        return presented == expected_binding(self._certificate)

    def seal(self, message: bytes) -> bytes:
        """A reply's body, sealed by this connection's context."""

        def wrap(data: bytes) -> tuple[bytes, bytes]:
            wrapped = self._context.wrap_winrm(data)
            return wrapped.header, wrapped.data

        return seal(message, wrap)

    def unseal(self, body: bytes) -> bytes:
        """The message in a sealed body. Raises :class:`BadSeal`."""

        def unwrap(signature: bytes, sealed: bytes) -> bytes:
            try:
                return bytes(self._context.unwrap_winrm(signature, sealed))
            except spnego.exceptions.SpnegoError as error:
                raise BadSeal(str(error)) from None

        return unseal(body, unwrap)


def expected_binding(certificate: bytes) -> bytes:
    """The MD5 that NTLM carries for ``tls-server-end-point`` of a certificate signed with SHA-256 (RFC 5929, MS-NLMP)."""
    data = b"tls-server-end-point:" + hashlib.sha256(certificate).digest()
    return hashlib.md5(b"\x00" * 16 + struct.pack("<I", len(data)) + data, usedforsecurity=False).digest()


def ntlm_message(token: bytes, kind: int) -> bytes:
    """The NTLM message of that type in a token, bare or wrapped in SPNEGO; empty when there is none."""
    at = token.find(_SIGNATURE + struct.pack("<I", kind))
    return token[at:] if at >= 0 else b""


def channel_binding(message: bytes) -> bytes | None:
    """The MsvAvChannelBindings of an AUTHENTICATE message (MS-NLMP sections 2.2.1.3 and 2.2.2.1), None without one."""
    try:
        length, _, offset = struct.unpack_from("<HHI", message, 20)
        at, end = offset + 16 + 28, offset + length  # NTProofStr, then the fixed part of NTLMv2_CLIENT_CHALLENGE
        while at + 4 <= end:
            kind, size = struct.unpack_from("<HH", message, at)
            if kind == _AV_EOL:
                return None
            if kind == _AV_CHANNEL_BINDINGS:
                return message[at + 4 : at + 4 + size]
            at += 4 + size
    except struct.error:
        return None
    return None
