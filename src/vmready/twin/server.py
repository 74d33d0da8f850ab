"""The twin's server: one listening socket per port, a thread per connection, on loopback only.

    with Authority() as authority, TwinServer([TwinHost("web-01", machine, accounts, "127.0.1.1")], authority) as server:
        server.url("web-01")            # https://127.0.1.1:45101/wsman
        server.counts("web-01").open_shells

Linux routes all of 127.0.0.0/8 to loopback, so that one socket serves any number of hosts and each accepted connection's
own address says which one is meant. Elsewhere hosts share 127.0.0.1 and differ by path.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from vmready.twin.authentication import USER_FILE
from vmready.twin.certificates import Authority
from vmready.twin.connection import LINGER_NONE, Connection, Surroundings
from vmready.twin.counts import HostCounts
from vmready.twin.execution import TwinError
from vmready.twin.fleet import Fleet, Hosted, TwinHost

_SEPARATE = 16  # up to so many addresses get sockets of their own: one that is down then really refuses


class TwinServer:
    """Serves a fleet of twins from its construction to :meth:`close`; also a context manager.

    ``https_port`` and ``http_port`` 0 take a free port, None leaves that listener out. Over ``max_connections``
    connections a new one is reset. ``errors`` are defects that connections met (an exception of a machine, for one):
    tests assert that it is empty.
    """

    def __init__(
        self,
        hosts: Iterable[TwinHost],
        authority: Authority | None = None,
        *,
        https_port: int | None = 0,
        http_port: int | None = 0,
        max_connections: int = 2_000,
    ) -> None:
        self.fleet = Fleet(hosts)
        self.errors: list[str] = []
        self.https_port = self.http_port = 0
        self._max_connections = max_connections
        self._connections: dict[int, tuple[Connection, threading.Thread]] = {}
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._listeners: list[tuple[socket.socket, bool]] = []
        self._closed = False
        if authority is None and https_port is not None:
            raise TwinError("a twin server with HTTPS needs an authority (or https_port=None)")
        if authority is not None:
            self.fleet.trust(authority)
        try:
            if https_port is not None:
                self.https_port = self._listen(https_port, True)
            if http_port is not None:
                self.http_port = self._listen(http_port, False)
        except BaseException:
            self._close_listeners()
            raise
        USER_FILE.open()
        self._wake, self._closing = socket.socketpair()
        self._around = Surroundings(self.fleet, self._closing, self.all_counts, self._reset_others, self.errors.append)
        self._acceptor = threading.Thread(target=self._accept, name="twin-accept", daemon=True)
        self._acceptor.start()

    def __enter__(self) -> TwinServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def url(self, name: str, scheme: str = "https") -> str:
        """Where a host's WinRM endpoint is."""
        spec = self.fleet.by_name[name].spec
        return f"{scheme}://{spec.address}:{self.https_port if scheme == 'https' else self.http_port}{spec.path}"

    def counts(self, name: str) -> HostCounts:
        """A host's figures now. Raises KeyError for an unknown host."""
        hosted = self.fleet.by_name[name]
        shells = hosted.service.open_shells()
        with self._lock:
            leaked = sum(connection not in self._connections for connection in shells.values())
        return hosted.tally.snapshot(len(shells), leaked, hosted.schedule.played())

    def all_counts(self) -> dict[str, HostCounts]:
        """The figures of every host by name. Other processes read them at ``/twin/counts`` of either port."""
        return {name: self.counts(name) for name in self.fleet.by_name}

    def write_counts(self, path: Path) -> None:
        """The figures as JSON: ``{host: {requests: {operation: n}, total_requests, open_shells, ...}}``."""
        text = json.dumps({name: counts.as_json() for name, counts in self.all_counts().items()}, indent=1)
        partial = path.with_name(path.name + ".part")
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(path)

    @property
    def open_connections(self) -> int:
        """How many connections are being served."""
        with self._lock:
            return len(self._connections)

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Until no connection is open; False when that takes longer. Clients' good-byes are noticed with a delay."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._connections, timeout)

    def close(self) -> None:
        """End all connections and threads. Raises RuntimeError when a thread does not end: that is a defect."""
        if self._closed:
            return
        self._closed = True
        self._wake.send(b"\x00")  # never read: every waiting thread sees it
        self._acceptor.join(10)
        self._close_listeners()
        with self._lock:
            serving = list(self._connections.values())
        for connection, _ in serving:
            connection.interrupt()
        deadline = time.monotonic() + 20
        for _, thread in serving:
            thread.join(max(0.1, deadline - time.monotonic()))
        self._wake.close()
        self._closing.close()
        USER_FILE.close()
        if self._acceptor.is_alive() or any(thread.is_alive() for _, thread in serving):
            raise RuntimeError("a thread of the twin server did not end")

    def _listen(self, port: int, tls: bool) -> int:
        addresses = [address for address, listening in self.fleet.addresses.items() if listening]
        if not addresses:  # every host is down: their port is one that nobody has
            return port or _free_port()
        if len(self.fleet.addresses) > _SEPARATE and sys.platform == "linux":
            # Older kernels ask for a privilege before a socket may be bound to a device; then each address gets its own.
            try:
                return self._bind(["0.0.0.0"], port, tls)  # noqa: S104 - on the device lo, and checked at each accept
            except PermissionError:
                pass
            except OSError as error:
                raise _taken(port, error) from None
        for attempt in range(20):
            try:
                return self._bind(addresses, port, tls)
            except OSError as error:
                if port or attempt == 19:
                    raise _taken(port, error) from None
        return port

    def _bind(self, addresses: list[str], port: int, tls: bool) -> int:
        made: list[socket.socket] = []
        try:
            for address in addresses:
                listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                made.append(listener)
                if os.name == "posix":
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if address == "0.0.0.0":  # noqa: S104
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\x00")
                listener.bind((address, port))
                listener.listen(1_024)
                listener.setblocking(False)
                port = listener.getsockname()[1]
        except OSError:
            for listener in made:
                listener.close()
            raise
        self._listeners += [(listener, tls) for listener in made]
        return port

    def _accept(self) -> None:
        number = 0
        with selectors.DefaultSelector() as selector:
            selector.register(self._closing, selectors.EVENT_READ)
            for listener, tls in self._listeners:
                selector.register(listener, selectors.EVENT_READ, tls)
            while not self._closed:
                for key, _ in selector.select():
                    if not isinstance(key.fileobj, socket.socket) or key.fileobj is self._closing:
                        continue
                    try:
                        sock, _ = key.fileobj.accept()
                    except OSError as error:
                        if not isinstance(error, BlockingIOError):
                            self.errors.append(f"accept: {error}")
                            time.sleep(0.05)  # out of descriptors: let connections end
                        continue
                    number += 1
                    self._start(number, sock, bool(key.data))

    def _start(self, number: int, sock: socket.socket, tls: bool) -> None:
        try:
            local = sock.getsockname()[0]
            if not local.startswith("127.") or self.open_connections >= self._max_connections:
                raise ConnectionAbortedError
            connection = Connection(number, sock, tls, self._around)
        except OSError:
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
            sock.close()
            return
        thread = threading.Thread(target=self._run, args=(number, connection), name=f"twin-{number}", daemon=True)
        with self._lock:
            self._connections[number] = (connection, thread)
        try:
            thread.start()
        except RuntimeError as error:
            self.errors.append(f"accept: {error}")
            with self._idle:
                del self._connections[number]
            connection.reset()

    def _run(self, number: int, connection: Connection) -> None:
        try:
            connection.run()
        finally:
            with self._idle:
                self._connections.pop(number, None)
                self._idle.notify_all()

    def _reset_others(self, hosted: Hosted, but: Connection) -> None:
        with self._lock:
            others = [connection for connection, _ in self._connections.values() if hosted in connection.hosts]
        for connection in others:
            if connection is not but:
                connection.interrupt()

    def _close_listeners(self) -> None:
        for listener, _ in self._listeners:
            listener.close()
        self._listeners.clear()


def _taken(port: int, error: OSError) -> TwinError:
    text = error.strerror or str(error)
    return TwinError(
        f"the twin cannot listen on port {port}: {text}; end what listens there (another twin?), or choose another port"
    )


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
