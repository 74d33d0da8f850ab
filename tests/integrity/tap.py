"""A listener between client and twin that writes down what either side sends, inside of TLS."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from contextlib import ExitStack, suppress
from types import TracebackType

from vmready.twin.certificates import Flaw
from vmready.twin.server import TwinServer


class Tap:
    """Listens beside a twin's host on the same address, with the twin's own certificate, so that channel bindings hold.

    ``asked`` and ``answered`` are the bytes of all connections so far, per direction.
    """

    def __init__(self, server: TwinServer, name: str, *, tls: bool = True) -> None:
        self.asked = bytearray()
        self.answered = bytearray()
        self._address = server.fleet.by_name[name].spec.address
        self._target = server.https_port if tls else server.http_port
        self._context = server.fleet.context(self._address, Flaw.NONE) if tls else None
        self._listener = socket.create_server((self._address, 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def __enter__(self) -> Tap:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with ExitStack() as ends, suppress(OSError):
            ends.callback(lambda: client.close())  # noqa: PLW0108 - what it is by then
            twin = socket.create_connection((self._address, self._target), timeout=20)
            ends.callback(lambda: twin.close())  # noqa: PLW0108
            client.settimeout(20)
            if self._context is not None:
                client = self._context.wrap_socket(client, server_side=True)
                unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                unchecked.check_hostname = False
                unchecked.verify_mode = ssl.CERT_NONE
                twin = unchecked.wrap_socket(twin)
            self._pass_on(client, twin)

    def _pass_on(self, client: socket.socket, twin: socket.socket) -> None:
        """What either side says, until one of them ends.

        In one thread: an ``SSLSocket`` that one thread reads while another writes may lose what is underway. And without a limit: how
        long a host thinks is for the client to judge.
        """
        ways = {client: (twin, self.asked), twin: (client, self.answered)}
        while True:
            # What TLS has decrypted already shows on no socket.
            waiting = [end for end in ways if isinstance(end, ssl.SSLSocket) and end.pending()]
            for source in waiting or select.select(list(ways), [], [])[0]:
                target, record = ways[source]
                source.settimeout(0)
                try:
                    data = source.recv(65536)
                except (ssl.SSLWantReadError, BlockingIOError):
                    continue  # a message of TLS itself, or a part of one
                finally:
                    source.settimeout(20)
                if not data:
                    return
                record += data
                target.sendall(data)
