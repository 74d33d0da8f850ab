"""One TCP or TLS connection to a host, on which nothing can wait longer, or bring more, than it was allowed.

Plain sockets have a time-out per read, so that one byte a second outlives any deadline; here every read asks the deadline and the
stop signal, and the bytes of one exchange are capped. The certificate is checked before the first byte of a request leaves.
"""

from __future__ import annotations

import errno
import http.client
import io
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

from vmready.model import Host
from vmready.remote.deadline import Deadline
from vmready.remote.dialling import SLICE, Dialling, select_socket
from vmready.remote.errors import ConnectionLost, HostError, TimedOut, TooLarge, clean, where
from vmready.remote.figures import Tally

#: The most that one exchange (head and body of an answer) may bring, in bytes.
MAX_EXCHANGE = 8 * 1024 * 1024


class Wire:
    """A connection that is opened once; :meth:`sendall` and :meth:`makefile` are what :mod:`http.client` needs of it."""

    def __init__(self, host: Host, deadline: Deadline, tally: Tally) -> None:
        self.host = host
        self.deadline = deadline
        self.tally = tally
        self.certificate: bytes | None = None
        self.doing = "connecting"
        self._exchange = deadline
        self._received = 0
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Connect, shake hands and check the certificate. Raises :class:`~vmready.remote.errors.HostError`."""
        self._socket, self.certificate = Dialling(self.host, self.deadline, self.tally).dial()

    # --- one exchange after another

    def begin(self, doing: str, seconds: float) -> None:
        """Start an exchange that may take ``seconds`` and bring :data:`MAX_EXCHANGE` bytes."""
        self.doing = doing
        self._exchange = self.deadline.within(seconds)
        self._received = 0

    def makefile(self, mode: str = "rb", *_: Any, **__: Any) -> io.BufferedReader:
        """For :class:`http.client.HTTPResponse`."""
        return io.BufferedReader(_Reader(self), 65536)

    def sendall(self, data: Any) -> None:
        view = memoryview(data).cast("B")
        while view:
            sent = self._patiently(partial(_send, view), write=True)
            self.tally.bytes_sent += sent
            view = view[sent:]

    def receive_into(self, buffer: Any) -> int:
        count = self._patiently(lambda sock: sock.recv_into(buffer), write=False)
        self.tally.bytes_received += count
        self._received += count
        if self._received > MAX_EXCHANGE:
            raise TooLarge(f"{where(self.host)} sent more than {MAX_EXCHANGE} bytes in one answer, while {self.doing}.")
        return count

    def _patiently(self, step: Callable[[socket.socket], int], *, write: bool) -> int:
        sock = self._socket
        failure: HostError
        while True:
            if sock is None:
                failure = ConnectionLost(f"The connection to {where(self.host)} is closed.")
                break
            self._check()
            try:
                sock.settimeout(0)
                return step(sock)
            except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
                pass
            except ssl.SSLWantWriteError:
                write = True
            except OSError as error:
                what = clean(errno.errorcode.get(error.errno or 0, "") or type(error).__name__)
                failure = ConnectionLost(f"The connection to {where(self.host)} broke while {self.doing} ({what}).")
                break
            select_socket(sock, write=write, timeout=min(SLICE, self._exchange.remaining()))
        raise failure

    def _check(self) -> None:
        self.deadline.check(self.host, self.doing)
        if self._exchange.remaining() <= 0:
            raise TimedOut(f"{where(self.host)} gave no complete answer in time while {self.doing}.")

    def close(self) -> None:
        """Close the socket; further calls do nothing."""
        sock, self._socket = self._socket, None
        if sock is not None:
            sock.close()

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    def dropped_by_host(self) -> bool:
        """Whether the host closed the connection since the last answer."""
        sock = self._socket
        if sock is None:
            return True
        readable, _, broken = select_socket(sock, write=False, timeout=0)
        if not readable and not broken:
            return False
        try:
            sock.settimeout(0)
            if isinstance(sock, ssl.SSLSocket):
                # TLS 1.3 tickets may lie there, which is no news; data would be an answer nobody asked for.
                sock.recv(1)
            else:
                sock.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        return True


def _send(data: memoryview, sock: socket.socket) -> int:
    return sock.send(data)


class _Reader(io.RawIOBase):
    """The reading side of a wire, unbuffered."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wire.receive_into(buffer)


class _Handle:
    """A wire as :mod:`http.client` holds it: it lets go of it at the head of a last answer, whose body is still to be read."""

    def __init__(self, wire: Wire) -> None:
        self.makefile = wire.makefile
        self.sendall = wire.sendall

    def close(self) -> None:
        """The wire is closed by its owner."""


class HttpOverWire(http.client.HTTPConnection):
    """HTTP/1.1 on a wire that is already open: it never connects by itself, so that no credential goes to a connection not checked."""

    auto_open = 0

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire.host.address, wire.host.port)
        self.sock = _Handle(wire)
