"""A listener between client and twin that writes down what either side sends, inside of TLS."""

from __future__ import annotations

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
        with ExitStack() as ends, suppress(OSError, ssl.SSLError):
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
            back = threading.Thread(target=self._pass, args=(twin, client, self.answered), daemon=True)
            back.start()
            self._pass(client, twin, self.asked)
            back.join(20)

    def _pass(self, source: socket.socket, target: socket.socket, record: bytearray) -> None:
        with suppress(OSError, ssl.SSLError):
            while data := source.recv(65536):
                record += data
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                socket.socket.shutdown(end, socket.SHUT_RDWR)
