"""The MIME wrapping of sealed messages over HTTP: ``multipart/encrypted`` (MS-WSMV section 2.2.9.1)."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

_BOUNDARY = b"--Encrypted Boundary"
_PROTOCOL = "application/HTTP-SPNEGO-session-encrypted"
CONTENT_TYPE = f'multipart/encrypted;protocol="{_PROTOCOL}";boundary="Encrypted Boundary"'
_SEALED = re.compile(
    rb"--\s*Encrypted Boundary\r\n\s*Content-Type:[^\r\n]*\r\n\s*OriginalContent:[^\r\n]*;Length=(\d{1,9})\r\n"
    rb"--\s*Encrypted Boundary\r\n\s*Content-Type: application/octet-stream\r\n(.*)--\s*Encrypted Boundary--(?:\r\n)?",
    re.DOTALL,
)
_MAX_SIGNATURE = 64


class BadSeal(ValueError):
    """The message is not sealed as this connection's security context asks; WinRM answers HTTP 400."""


def seal(message: bytes, wrap: Callable[[bytes], tuple[bytes, bytes]]) -> bytes:
    """The body that carries ``message``; ``wrap`` gives (signature, sealed message)."""
    signature, sealed = wrap(message)
    return (
        _BOUNDARY
        + f"\r\n\tContent-Type: {_PROTOCOL}\r\n".encode()
        + f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={len(message)}\r\n".encode()
        + _BOUNDARY
        + b"\r\n\tContent-Type: application/octet-stream\r\n"
        + struct.pack("<I", len(signature))
        + signature
        + sealed
        + _BOUNDARY
        + b"--\r\n"
    )


def unseal(body: bytes, unwrap: Callable[[bytes, bytes], bytes]) -> bytes:
    """The message in a sealed body; ``unwrap`` takes (signature, sealed message). Raises :class:`BadSeal`."""
    found = _SEALED.fullmatch(body)
    if not found:
        raise BadSeal("not a sealed message")
    length, payload = int(found[1]), found[2]
    signature_length = struct.unpack("<I", payload[:4])[0] if len(payload) >= 4 else 0
    if not 0 < signature_length <= _MAX_SIGNATURE:
        raise BadSeal("no signature")
    message = unwrap(payload[4 : 4 + signature_length], payload[4 + signature_length :])
    if len(message) != length:
        raise BadSeal("the sealed message has another length than it says")
    return message
