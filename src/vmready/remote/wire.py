"""One TCP or TLS connection to a host, on which nothing can wait longer, or bring more, than it was allowed.

Plain sockets have a time-out per read, so that one byte a second outlives any deadline; here every read asks the deadline and the
stop signal, and the bytes of one exchange are capped. The certificate is checked before the first byte of a request leaves.
"""

from __future__ import annotations

import errno
import http.client
import io
import select
import socket
import ssl
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

from vmready.model import Host
from vmready.remote import tls
from vmready.remote.deadline import Deadline
from vmready.remote.errors import (
    ConnectionLost,
    ConnectionRefused,
    ConnectTimedOut,
    HostError,
    NameNotResolved,
    TimedOut,
    TlsBroken,
    TooLarge,
    Unreachable,
    clean,
    where,
)
from vmready.remote.figures import Tally

#: How often a waiting thread looks whether the run is being stopped, in seconds.
SLICE = 0.25
#: The most that one exchange (head and body of an answer) may bring, in bytes.
MAX_EXCHANGE = 8 * 1024 * 1024
#: Connecting is tried again this often where the host refuses or does not answer: nothing was sent yet.
CONNECT_RETRIES = 1
CONNECT_PAUSE = 0.5

_WORTH_ANOTHER_TRY = (ConnectionRefused, ConnectTimedOut, ConnectionLost, TlsBroken)
_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})


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

    # --- opening

    def open(self) -> None:
        """Connect, shake hands and check the certificate. Raises :class:`~vmready.remote.errors.HostError`.

        What fails before anything but a greeting was sent is tried again.
        """
        attempt = 0
        while True:
            try:
                self._socket = self._open_once()
                return
            except _WORTH_ANOTHER_TRY as error:
                failure = error.bare()
            # The host's own deadline comes first, and is the better thing to say.
            self.deadline.check(self.host, "connecting")
            if attempt >= CONNECT_RETRIES:
                raise failure
            attempt += 1
            self.tally.retries["connect"] += 1
            self.deadline.sleep(CONNECT_PAUSE * attempt, self.host, "connecting")

    def _open_once(self) -> socket.socket:
        self.doing = "connecting"
        plain = self._connect_once(self.deadline.within(self.host.timeouts.connect))
        self.tally.connections += 1
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.host.scheme != "https":
                return plain
            return self._shake_hands(plain, self.deadline.within(self.host.timeouts.connect))
        except BaseException:
            plain.close()
            raise

    def _connect_once(self, limit: Deadline) -> socket.socket:
        self.deadline.check(self.host, "connecting")
        failure: HostError
        try:
            found = socket.getaddrinfo(self.host.address, self.host.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            reason = clean(error.strerror or "") if isinstance(error, socket.gaierror) else "not a name"
            failure = NameNotResolved(
                f"The name “{self.host.address}” of {self.host.name} cannot be resolved: {reason}."
            )
        else:
            failure = NameNotResolved(f"The name “{self.host.address}” of {self.host.name} has no address.")
            for family, kind, protocol, _, address in found:
                result = self._connect_to(family, kind, protocol, address, limit)
                if isinstance(result, socket.socket):
                    return result
                failure = result
        raise failure

    def _connect_to(
        self, family: int, kind: int, protocol: int, address: Any, limit: Deadline
    ) -> socket.socket | HostError:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            number = sock.connect_ex(address)
            if number in {errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", -1)}:
                number = self._await_connect(sock, limit)
        except BaseException:
            sock.close()
            raise
        if number == 0:
            return sock
        sock.close()
        if number in {errno.ECONNREFUSED, getattr(errno, "WSAECONNREFUSED", -1)}:
            return ConnectionRefused(f"{where(self.host)} refuses the connection: nothing listens on this port.")
        if number == errno.ETIMEDOUT:
            return ConnectTimedOut(
                f"{where(self.host)} does not answer: no connection within {self.host.timeouts.connect:g} s."
            )
        if number in _UNREACHABLE:
            return Unreachable(
                f"There is no way to {where(self.host)}: {clean(errno.errorcode.get(number, str(number)))}."
            )
        return ConnectionLost(
            f"The connection to {where(self.host)} failed: {clean(errno.errorcode.get(number, str(number)))}."
        )

    def _await_connect(self, sock: socket.socket, limit: Deadline) -> int:
        while limit.remaining() > 0:
            self.deadline.check(self.host, "connecting")
            _, writable, broken = select_socket(sock, write=True, timeout=min(SLICE, limit.remaining()))
            if writable or broken:
                return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return errno.ETIMEDOUT

    def _shake_hands(self, plain: socket.socket, limit: Deadline) -> ssl.SSLSocket:
        self.doing = "making the TLS connection"
        context = tls.context_for(self.host)
        failure: HostError
        sock: ssl.SSLSocket | None = None
        try:
            sock = context.wrap_socket(
                plain, server_hostname=self.host.tls.server_name or self.host.address, do_handshake_on_connect=False
            )
            self._handshake(sock, limit)
            der = sock.getpeercert(binary_form=True) or b""
            self.certificate = der
            self.tally.certificate = tls.peer_certificate(der)
            self.tally.tls_version = sock.version()
            tls.check_fingerprint(self.host, der)
            return sock
        except HostError as error:
            failure = error.bare()
        except (OSError, ValueError) as error:
            _close_half_made(error)
            failure = tls.handshake_error(self.host, error)
        if sock is not None:
            sock.close()
        raise failure

    def _handshake(self, sock: ssl.SSLSocket, limit: Deadline) -> None:
        sock.setblocking(False)
        while True:
            try:
                sock.do_handshake()
                return
            except ssl.SSLWantReadError:
                write = False
            except ssl.SSLWantWriteError:
                write = True
            self.deadline.check(self.host, self.doing)
            if limit.remaining() <= 0:
                raise TimedOut(
                    f"{where(self.host)} accepted the connection but did not finish the TLS handshake "
                    f"within {self.host.timeouts.connect:g} s."
                )
            select_socket(sock, write=write, timeout=min(SLICE, limit.remaining()))

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


def _close_half_made(error: Exception) -> None:
    """CPython's wrap_socket leaves its new socket open where the host resets the connection at that very moment."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        made = frame.f_locals.get("self")
        if isinstance(made, ssl.SSLSocket):
            made.close()


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


def select_socket(sock: socket.socket, *, write: bool, timeout: float) -> tuple[bool, bool, bool]:
    """Readable, writable, broken. Uses poll where there is one: select fails for descriptors above 1,023."""
    if isinstance(sock, ssl.SSLSocket) and not write and sock.pending():
        return True, False, False
    poll = getattr(select, "poll", None)
    if poll is None:
        readable, writable, broken = select.select(
            [] if write else [sock], [sock] if write else [], [sock], max(0.0, timeout)
        )
        return bool(readable), bool(writable), bool(broken)
    poller = poll()
    poller.register(sock, select.POLLOUT if write else select.POLLIN)
    events = poller.poll(max(0.0, timeout) * 1000)
    flags = events[0][1] if events else 0
    return (
        bool(flags & select.POLLIN),
        bool(flags & select.POLLOUT),
        bool(flags & (select.POLLERR | select.POLLHUP | select.POLLNVAL)),
    )
