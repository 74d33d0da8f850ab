"""A fleet on loopback, checked for what it leaves behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from loopback import host

from vmready.twin.certificates import Authority
from vmready.twin.fleet import TwinHost
from vmready.twin.server import TwinServer


@pytest.fixture(scope="session")
def authority() -> Iterator[Authority]:
    with Authority() as made:
        yield made


@pytest.fixture
def serve(authority: Authority) -> Iterator[Callable[..., TwinServer]]:
    """Start a server for hosts given as keyword arguments of TwinHost; ended with a check for what must not be left."""
    servers: list[TwinServer] = []
    threads = set(threading.enumerate())

    def start(*hosts: TwinHost, **settings: object) -> TwinServer:
        servers.append(TwinServer(hosts or (host("sh-01"),), authority, **settings))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
        assert server.errors == []
    assert set(threading.enumerate()) <= threads
