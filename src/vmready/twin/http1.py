"""HTTP/1.1 as far as WS-Man needs it: requests with a length, replies with a length (RFC 9112)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Protocol

_MAX_HEAD = 65_536
_MAX_DRAIN = 64 * 1024 * 1024


class Readable(Protocol):
    """A connected socket, as far as reading goes."""

    def recv(self, size: int, /) -> bytes: ...


class BadHttp(ValueError):
    """The peer speaks no HTTP that this server reads; the connection ends."""


@dataclass(frozen=True, slots=True)
class Head:
    """A request's first line and headers (names in lower case); ``size`` of all that in bytes, ``length`` of the body."""

    method: str
    target: str
    headers: Mapping[str, str]
    size: int
    length: int


class Reader:
    """Reads one request after the other from a connection."""

    def __init__(self, sock: Readable) -> None:
        self._sock, self._buffer = sock, b""

    def head(self) -> Head | None:
        """The next request's head; None when the peer has closed. Raises :class:`BadHttp`, OSError."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _MAX_HEAD:
                raise BadHttp("the head is too long")
            data = self._sock.recv(65_536)
            if not data:
                return None
            self._buffer += data
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        self._buffer = self._buffer[end + 4 :]
        parts = lines[0].split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            raise BadHttp("no request line")
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon:
                raise BadHttp("no header line")
            headers[name.strip().lower()] = value.strip()
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdecimal():
            raise BadHttp("a body without a length")
        return Head(parts[0], parts[1], headers, end + 4, int(length))

    def body(self, head: Head, limit: int) -> bytes | None:
        """The request's body; None, read and thrown away, when it is longer than ``limit``. Raises :class:`BadHttp`."""
        if head.length > _MAX_DRAIN:
            raise BadHttp("the body is too long to be thrown away")
        keep = head.length <= limit
        parts, missing = [], head.length
        while missing:
            data = self._buffer[:missing] or self._sock.recv(min(missing, 262_144))
            if not data:
                raise BadHttp("the body ends early")
            self._buffer = self._buffer[len(data) :]
            missing -= len(data)
            if keep:
                parts.append(data)
        return b"".join(parts) if keep else None


def reply_head(status: int, headers: Iterable[tuple[str, str]], length: int, clock: float = 0.0) -> bytes:
    """The head of a reply as http.sys writes it; ``clock`` seconds are added to the time in Date."""
    phrase = HTTPStatus(status).phrase if status != 401 else ""
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers)]
    lines += ["Server: Microsoft-HTTPAPI/2.0", f"Date: {formatdate(time.time() + clock, usegmt=True)}"]
    return ("\r\n".join([*lines, f"Content-Length: {length}"]) + "\r\n\r\n").encode("latin-1")
