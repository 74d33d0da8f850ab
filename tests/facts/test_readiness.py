"""The three states of the portal: what is certain decides, and nothing is called ready for want of evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from vmready.facts.clouds import Endpoint
from vmready.facts.hybrid_worker import HybridWorker
from vmready.facts.reach import Reach
from vmready.facts.readiness import State, readiness
from vmready.facts.registry import UnreadableFact
from vmready.facts.settings import Setting
from vmready.facts.update_management_endpoints import WorkspaceEndpoints
from vmready.facts.workspaces import Workspace, Workspaces
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Event, EventLog, Service

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DENIED = Unreadable(Why(Reason.DENIED))
ABSENT = Setting("Azure Cloud Type", None)
SPACE = Workspace("6d1c7a52-0d3f-4b8e-9a51-2f7be0c4d811", ABSENT, ABSENT)
GROUP = ("x", "VM01_1", "VM01", "1")
REACHED, NOT_REACHED = (
    Reach(Endpoint("a.example"), way, failure) for way, failure in (("direct", ""), ("", "refused"))
)
DOUBTFUL = Reach(Endpoint("a.example"), "", "refused", automatic=True)


def service(state: int = 4) -> Observed[Service | None]:
    return Observed(Service("HealthService", state, 2, None, None, None, 31, None, None))


def log(*ids: int, oldest: datetime | None = NOON) -> EventLog:
    return EventLog(True, oldest, tuple(Event(n, "x", 4, NOON, 1, GROUP, None) for n in ids), more=False)


def worker(log: EventLog | None, *, registered: bool = True) -> Observed[HybridWorker]:
    return Observed(HybridWorker(log, None, NOON, True, registered))


def spaces(*configured: Workspace) -> Observed[Workspaces]:
    return Observed(Workspaces(True, configured))


def registration(reach: Reach) -> Observed[WorkspaceEndpoints]:
    return Observed(WorkspaceEndpoints((reach,), True, False))


GOOD: dict[str, Answer[Any]] = {
    "health_service": service(),
    "workspaces": spaces(SPACE),
    "hybrid_worker": worker(log(15003)),
    "registration_endpoints": registration(REACHED),
    "operations_endpoints": Observed((REACHED,)),
}
OPERATIONS_DOWN = {"operations_endpoints": Observed((NOT_REACHED,))}


@pytest.mark.parametrize(
    ("changes", "state", "decided"),
    [
        ({}, State.READY, ["in order"]),
        ({"health_service": Observed(None)}, State.NOT_CONFIGURED, ["is not installed"]),
        ({"health_service": Observed(None), "workspaces": spaces()}, State.NOT_CONFIGURED, ["is not installed"]),
        ({"health_service": Observed(None), "hybrid_worker": DENIED}, State.NOT_CONFIGURED, ["is not installed"]),
        ({"workspaces": spaces()}, State.NOT_CONFIGURED, ["has no workspace"]),
        ({"workspaces": spaces(), "health_service": DENIED}, State.NOT_CONFIGURED, ["has no workspace"]),
        ({"hybrid_worker": worker(log(15003), registered=False)}, State.NOT_CONFIGURED, ["is registered"]),
        ({"hybrid_worker": worker(None)}, State.NOT_CONFIGURED, ["has no log"]),
        ({"hybrid_worker": worker(None), "registration_endpoints": DENIED}, State.NOT_CONFIGURED, ["has no log"]),
        ({"health_service": service(1)}, State.DISCONNECTED, ["HealthService is stopped"]),
        ({"health_service": service(1), **OPERATIONS_DOWN}, State.DISCONNECTED, ["is stopped", "a.example:443 is not"]),
        ({"hybrid_worker": worker(log(15004))}, State.DISCONNECTED, ["does not run"]),
        ({"hybrid_worker": worker(log())}, State.DISCONNECTED, ["has not been started"]),
        (OPERATIONS_DOWN, State.DISCONNECTED, ["a.example:443 is not reached: refused"]),
        ({"registration_endpoints": registration(NOT_REACHED)}, State.DISCONNECTED, ["a.example:443 is not reached"]),
        ({"registration_endpoints": DENIED, **OPERATIONS_DOWN}, State.DISCONNECTED, ["a.example:443 is not reached"]),
    ],
)
def test_what_is_certain_decides(changes: dict[str, Answer[Any]], state: State, decided: list[str]) -> None:
    found = readiness(**{**GOOD, **changes})
    assert found.state is state
    assert [text in told for text, told in zip(decided, found.decided, strict=True)] == [True] * len(decided)


@pytest.mark.parametrize(
    "changes",
    [
        *({name: DENIED} for name in GOOD),
        {"hybrid_worker": worker(log(oldest=None))},
        {"workspaces": DENIED, **OPERATIONS_DOWN},
        {"operations_endpoints": Observed((DOUBTFUL,))},
        {"registration_endpoints": registration(DOUBTFUL)},
        {"hybrid_worker": DENIED, "health_service": service(1)},
    ],
)
def test_what_could_not_be_read_is_not_called_ready(changes: dict[str, Answer[Any]]) -> None:
    with pytest.raises(UnreadableFact):
        readiness(**{**GOOD, **changes})
