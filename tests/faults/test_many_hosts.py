"""Many hosts at once, some of them faulty: the same outcome every time, and nothing left behind."""

from __future__ import annotations

import gc
import random
import threading

import psutil
import pytest
from loopback_hosts import Collector, entry, secret, twin

from vmready.collect.runner import Job, collect
from vmready.probes.vocabulary import Service, System
from vmready.remote.winrm import RetryPolicy
from vmready.twin.faults import parse_faults
from vmready.twin.server import TwinServer

HOSTS, THREADS, RUNS, SEED = 500, 64, 10, 20261121
FIRST = (System().text, Service("WinRM").text)
#: Faults that come again in every run: without ``times`` they are played always.
FAULTS = (
    {"kind": "unknown-ca"},
    {"kind": "reset", "at": "create"},
    {"kind": "access-denied", "at": "create"},
    {"kind": "half-envelope", "at": "receive"},
    {"kind": "truncated"},
    {"kind": "forbidden", "at": "command"},
    {"kind": "unauthorized", "at": "authenticate"},
)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_same_outcome_ten_times(authority):
    chance = random.Random(SEED)
    names = [f"web-{n:03}" for n in range(HOSTS)]
    faulty = {name: chance.choice(FAULTS) for name in chance.sample(names, HOSTS // 20)}
    hosts = [
        twin(
            name,
            f"127.0.{110 + n // 250}.{1 + n % 250}",
            machine=Collector(),
            faults=parse_faults([faulty[name]] if name in faulty else []),
        )
        for n, name in enumerate(names)
    ]
    gc.collect()
    threads, descriptors = set(threading.enumerate()), psutil.Process().num_fds()
    outcomes = []
    with TwinServer(hosts, authority) as server:
        jobs = [Job(entry(server, authority, name, seconds=120), FIRST) for name in names]
        for _ in range(RUNS):
            found = list(
                collect(
                    jobs, resolve_secret=lambda host: secret(), concurrency=THREADS, retries=RetryPolicy(pause=0.05)
                )
            )
            assert len(found) == HOSTS
            outcomes.append({c.host.name: (c.cause.code if c.cause else None, len(c.answers)) for c in found})
        assert server.wait_idle(10)
        assert all(counts.open_shells == 0 for counts in server.all_counts().values())
    assert server.errors == []
    assert {name for name, (code, _) in outcomes[0].items() if code} == set(faulty)
    assert all(outcome == outcomes[0] for outcome in outcomes)
    gc.collect()
    assert set(threading.enumerate()) <= threads
    assert psutil.Process().num_fds() <= descriptors
