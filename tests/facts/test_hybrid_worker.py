"""What the worker's log tells of the process that runs now, and what it cannot tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vmready.facts.hybrid_worker import HybridWorker, hybrid_worker
from vmready.facts.registry import UnreadableFact
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Event, EventLog, Key, Process, Service, System

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BEFORE, AFTER = NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)
GROUP = ("x", "VM01_1-2", "vm01", "1-2")
DENIED = Unreadable(Why(Reason.DENIED))


def event(number: int, time: datetime | None, properties: tuple[Any, ...] = GROUP) -> Event:
    return Event(number, "Microsoft-SMA", 4, time, 1, properties, None)


def log(*events: Event, oldest: datetime | None = BEFORE, enabled: bool | None = True, more: bool = False) -> EventLog:
    return EventLog(enabled, oldest, events, more)


def worker(log: EventLog | None, since: datetime | None = NOON, *, exact: bool = True) -> HybridWorker:
    return HybridWorker(log, None, since, exact and since is not None, True)


@pytest.mark.parametrize(
    ("found", "started", "unseen"),
    [
        (worker(log(event(15003, AFTER))), True, ""),
        (worker(log(event(15003, NOON))), True, ""),
        (worker(log(event(15003, BEFORE))), False, ""),
        (worker(log(event(15003, AFTER), more=True)), True, ""),
        # What was logged later would not stand there.
        (worker(log(event(15003, AFTER), enabled=False)), True, "is switched off"),
        (worker(log(event(15003, AFTER), enabled=None)), True, "is not known to be switched on"),
        (worker(log(event(15004, AFTER))), False, ""),
        (worker(log(event(15004, AFTER), event(15003, NOON))), False, ""),
        (worker(log(event(15003, AFTER), event(15004, NOON))), True, ""),
        # Which process the start was of is not told.
        (worker(log(event(15003, AFTER)), None), True, "may be of an earlier one"),
        (worker(log(event(15003, AFTER)), exact=False), True, "may be of an earlier one"),
        (worker(log(event(15003, BEFORE)), exact=False), False, ""),
        (worker(log(event(15004, AFTER)), exact=False), False, ""),
        (worker(log(event(15003, None))), False, "has no time"),
        (worker(log(event(15004, None)), None), False, ""),
        # No start or stop of the worker: that counts where the log reaches back far enough.
        (worker(log()), False, ""),
        (worker(log(oldest=NOON)), False, ""),
        (worker(log(enabled=None)), False, "is not known to be switched on"),
        (worker(log(oldest=AFTER)), False, "reaches back to 2026-11-20 12:00 UTC, and HealthService runs since 2026"),
        (worker(log(oldest=None)), False, "is empty, and HealthService runs since 2026-11-20 12:00 UTC"),
        (worker(log(enabled=False)), False, "is switched off"),
        (worker(log(more=True)), False, "more events of other workers"),
        (worker(log(event(15003, AFTER, ("x",)), more=True)), False, "more events of other workers"),
        (worker(log(event(15003, NOON, ("x",)), event(15003, None, ("x",)), more=True)), False, "more events of other"),
        (worker(log(event(15003, AFTER, ("x",)), event(15003, BEFORE, ("x",)), more=True)), False, ""),
        (worker(log(), None), False, "tells when it started"),
        (worker(None), False, ""),
        # Other workers' events.
        (worker(log(event(15003, AFTER, ("x", "payroll", "VM01", "1-2")))), False, ""),
        (worker(log(event(15003, AFTER, ("x", "VM01_1-2", "VM01", "1-3")))), False, ""),
        (worker(log(event(15003, AFTER, ("x", "VM01_1-2", "VM02", "1-2")))), False, ""),
        (worker(log(event(15003, AFTER, GROUP[:3]))), False, ""),
        (worker(log(event(15003, AFTER, ()))), False, ""),
        (worker(log(event(15003, AFTER, (*GROUP, "more")))), True, ""),
        (worker(log(event(15004, AFTER, ("x", "payroll", "VM01", "1-2")), event(15003, NOON))), True, ""),
    ],
)  # fmt: skip
def test_what_the_log_tells(found: HybridWorker, started: bool, unseen: str) -> None:
    assert found.started_since is started
    assert unseen in found.unseen
    assert bool(unseen) is bool(found.unseen)
    if unseen:
        with pytest.raises(UnreadableFact, match="not collected: "):
            found.require_seen()
    else:
        found.require_seen()


def service(pid: int | None) -> Service:
    return Service("HealthService", 4, 2, None, None, None, pid, None, None)


def system(boot: datetime | None) -> System:
    return System(None, None, None, None, None, None, None, None, None, boot, AFTER)


def processes(*started: tuple[int, datetime | None]) -> Answer[tuple[Process, ...]]:
    return Observed(tuple(Process(number, None, time, None, None) for number, time in started))


def key(**sub_keys: Any) -> Observed[Key]:
    return Observed(Key.read({"values": {}, "keys": sub_keys}))


REGISTERED = key(worker=None)


@pytest.mark.parametrize(
    ("pid", "running", "boot", "since", "exact"),
    [
        (31, processes((31, AFTER)), NOON, AFTER, True),
        (31, processes((31, AFTER), (32, BEFORE)), None, AFTER, True),
        (31, processes((31, BEFORE), (32, AFTER)), None, BEFORE, True),
        (31, processes((31, BEFORE)), NOON, NOON, True),
        (31, processes((31, None)), NOON, NOON, False),
        (31, processes((31, None)), None, None, False),
        (31, processes((30, AFTER)), None, None, False),
        (None, processes((31, AFTER)), NOON, AFTER, True),
        (0, processes((31, AFTER)), NOON, AFTER, True),
        (31, Absent(), NOON, NOON, False),
        (31, DENIED, NOON, NOON, False),
        (31, DENIED, None, None, False),
    ],
)
def test_since_when_the_process_runs(
    pid: int | None, running: Answer[tuple[Process, ...]], boot: datetime | None, since: datetime | None, exact: bool
) -> None:
    found = hybrid_worker(None, service(pid), running, system(boot), REGISTERED)
    assert (found.since, found.exact) == (since, exact)


@pytest.mark.parametrize(
    ("event", "clock", "unseen"),
    [
        (event(15003, AFTER), AFTER, ""),
        (event(15003, AFTER), None, ""),
        (event(15003, AFTER), AFTER - timedelta(minutes=10), ""),
        (event(15003, AFTER), AFTER - timedelta(minutes=10, seconds=1), "is ahead of the machine's clock"),
        (event(15004, AFTER), BEFORE, ""),
    ],
)
def test_a_start_that_is_ahead_of_the_clock_is_no_proof(event: Event, clock: datetime | None, unseen: str) -> None:
    found = replace(worker(log(event)), clock=clock)
    assert unseen in found.unseen
    assert bool(unseen) == bool(found.unseen)


def test_the_clock_is_the_hosts() -> None:
    found = hybrid_worker(None, None, Absent(), system(NOON), REGISTERED)
    assert found.clock == system(NOON).clock


def test_without_the_service_its_process_counts_all_the_same() -> None:
    assert hybrid_worker(None, None, processes((31, AFTER)), system(NOON), REGISTERED).since == AFTER


@pytest.mark.parametrize(
    ("worker_key", "registered"), [(REGISTERED, True), (Absent(), False), (key(), False), (DENIED, None)]
)
def test_a_worker_is_registered_by_a_key_below(worker_key: Answer[Key], registered: bool | None) -> None:
    if registered is None:
        with pytest.raises(UnreadableFact, match="access denied"):
            hybrid_worker(None, None, Absent(), system(NOON), worker_key)
    else:
        assert hybrid_worker(None, None, Absent(), system(NOON), worker_key).registered is registered


def test_a_host_that_tells_nothing_of_itself_has_no_clock() -> None:
    with pytest.raises(UnreadableFact, match="told nothing of itself"):
        hybrid_worker(None, None, Absent(), None, REGISTERED)
