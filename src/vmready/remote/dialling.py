"""Making the connection: name, TCP, TLS, and the certificate checked before anything is said.

Everything is done without blocking and in slices, so that a deadline holds to the second and a stop is noticed at once.
"""

from __future__ import annotations

import errno
import select
import socket
import ssl
import traceback
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
    Unreachable,
    clean,
    where,
)
from vmready.remote.figures import Tally

#: How often a waiting thread looks whether the run is being stopped, in seconds.
SLICE = 0.25
#: Connecting is tried again this often where the host refuses or does not answer: nothing was sent yet.
CONNECT_RETRIES = 1
CONNECT_PAUSE = 0.5

_WORTH_ANOTHER_TRY = (ConnectionRefused, ConnectTimedOut, ConnectionLost, TlsBroken)
_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})


class Dialling:
    """One attempt, and a second one, to reach a host."""

    def __init__(self, host: Host, deadline: Deadline, tally: Tally) -> None:
        self.host = host
        self.deadline = deadline
        self.tally = tally

    def dial(self) -> tuple[socket.socket, bytes | None]:
        """The open socket, and the certificate (DER) where it speaks TLS. Raises :class:`~vmready.remote.errors.HostError`.

        What fails before anything but a greeting was sent is tried again.
        """
        attempt = 0
        while True:
            try:
                return self._dial_once()
            except _WORTH_ANOTHER_TRY as error:
                failure = error.bare()
            # The host's own deadline comes first, and is the better thing to say.
            self.deadline.check(self.host, "connecting")
            if attempt >= CONNECT_RETRIES:
                raise failure
            attempt += 1
            self.tally.retries["connect"] += 1
            self.deadline.sleep(CONNECT_PAUSE * attempt, self.host, "connecting")

    def _dial_once(self) -> tuple[socket.socket, bytes | None]:
        plain = self._connect_once(self.deadline.within(self.host.timeouts.connect))
        self.tally.connections += 1
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.host.scheme != "https":
                return plain, None
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

    def _shake_hands(self, plain: socket.socket, limit: Deadline) -> tuple[ssl.SSLSocket, bytes]:
        context = tls.context_for(self.host)
        failure: HostError
        sock: ssl.SSLSocket | None = None
        try:
            sock = context.wrap_socket(
                plain, server_hostname=self.host.tls.server_name or self.host.address, do_handshake_on_connect=False
            )
            self._handshake(sock, limit)
            der = sock.getpeercert(binary_form=True) or b""
            self.tally.certificate = tls.peer_certificate(der)
            self.tally.tls_version = sock.version()
            tls.check_fingerprint(self.host, der)
            return sock, der
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
            self.deadline.check(self.host, "making the TLS connection")
            if limit.remaining() <= 0:
                raise TimedOut(
                    f"{where(self.host)} accepted the connection but did not finish the TLS handshake "
                    f"within {self.host.timeouts.connect:g} s."
                )
            select_socket(sock, write=write, timeout=min(SLICE, limit.remaining()))


def _close_half_made(error: Exception) -> None:
    """CPython's wrap_socket leaves its new socket open where the host resets the connection at that very moment."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        made = frame.f_locals.get("self")
        if isinstance(made, ssl.SSLSocket):
            made.close()


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
