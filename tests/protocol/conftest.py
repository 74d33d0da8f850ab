"""A fleet on loopback, checked for what it leaves behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from loopback import CLIENTS, host

from vmready.twin.certificates import Authority
from vmready.twin.fleet import TwinHost
from vmready.twin.server import TwinServer


@pytest.fixture(scope="session")
def authority() -> Iterator[Authority]:
    with Authority() as made:
        yield made


@pytest.fixture(autouse=True)
def no_proxy_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback needs no proxy; and what requests does for ``no_proxy`` in the environment is not safe for threads."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "curl_ca_bundle", "requests_ca_bundle"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def serve(authority: Authority) -> Iterator[Callable[..., TwinServer]]:
    """Start a server for hosts given as keyword arguments of TwinHost; ended with a check for what must not be left."""
    servers: list[TwinServer] = []
    threads = set(threading.enumerate())

    def start(*hosts: TwinHost, **settings: object) -> TwinServer:
        servers.append(TwinServer(hosts or (host("sh-01"),), authority, **settings))
        return servers[-1]

    yield start
    while CLIENTS:
        CLIENTS.pop().transport.close_session()
    for server in servers:
        server.close()
        assert server.errors == []
    assert set(threading.enumerate()) <= threads
