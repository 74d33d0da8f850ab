"""Fixtures: a fleet on loopback, checked for what either side leaves behind: threads, sockets, descriptors, shells."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator

import psutil
import pytest
from loopback_hosts import twin

from vmready.twin.certificates import Authority
from vmready.twin.fleet import TwinHost
from vmready.twin.server import TwinServer


@pytest.fixture(scope="session")
def authority() -> Iterator[Authority]:
    with Authority() as made:
        yield made


@pytest.fixture
def serve(authority: Authority) -> Iterator[Callable[..., TwinServer]]:
    servers: list[TwinServer] = []
    gc.collect()
    threads = set(threading.enumerate())
    descriptors = psutil.Process().num_fds()

    def start(*hosts: TwinHost, **settings: object) -> TwinServer:
        servers.append(TwinServer(hosts or (twin(),), authority, **settings))
        return servers[-1]

    yield start
    for server in servers:
        assert server.wait_idle(5), "a connection was left open"
        server.close()
        assert server.errors == []
    gc.collect()
    assert set(threading.enumerate()) <= threads
    assert psutil.Process().num_fds() <= descriptors
