"""The machine's readiness for Update Management, in the three words of the portal, from what the host itself shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vmready.facts.hybrid_worker import HybridWorker
from vmready.facts.reach import Reach, doubts, failures
from vmready.facts.registry import UnreadableFact, fact
from vmready.facts.update_management_endpoints import WorkspaceEndpoints
from vmready.facts.workspaces import Workspaces
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Service


class State(StrEnum):
    """The portal's states. Its "last seen" less or more than an hour ago is known to the service only."""

    READY = "Ready"
    DISCONNECTED = "Disconnected"
    NOT_CONFIGURED = "Not configured"


@dataclass(frozen=True, slots=True)
class Readiness:
    """``decided``: what made it that state."""

    state: State
    decided: tuple[str, ...]


@fact
def readiness(
    health_service: Answer[Service | None],
    workspaces: Answer[Workspaces],
    hybrid_worker: Answer[HybridWorker],
    registration_endpoints: Answer[WorkspaceEndpoints],
    operations_endpoints: Answer[tuple[Reach, ...]],
    wanted_workspace: str = "",
) -> Readiness:
    """What is certain decides, the earlier state first; where nothing is wrong and something could not be read, or can be taken two ways, it is
    unreadable."""
    service = health_service.value if isinstance(health_service, Observed) else None
    spaces = workspaces.value if isinstance(workspaces, Observed) else None
    worker = hybrid_worker.value if isinstance(hybrid_worker, Observed) else None
    lacking = tuple(_lacking(isinstance(health_service, Observed), service, spaces, worker, wanted_workspace))
    if lacking:
        return Readiness(State.NOT_CONFIGURED, lacking)
    _require(health_service=health_service, workspaces=workspaces, hybrid_worker=hybrid_worker)
    registration = registration_endpoints.value.reaches if isinstance(registration_endpoints, Observed) else ()
    operations = operations_endpoints.value if isinstance(operations_endpoints, Observed) else ()
    broken = (*_broken(service, worker), *failures(registration), *failures(operations))
    if broken:
        return Readiness(State.DISCONNECTED, broken)
    assert worker is not None
    worker.require_seen()
    _require(registration_endpoints=registration_endpoints, operations_endpoints=operations_endpoints)
    doubtful = tuple(doubts((*registration, *operations)))
    if doubtful:
        raise UnreadableFact("readiness", Why(Reason.FAILED, "Doubtful", "; ".join(doubtful)))
    return Readiness(State.READY, ("agent, workspace, worker and endpoints are in order",))


def _require(**answers: Answer[Any]) -> None:
    for name, answer in answers.items():
        if isinstance(answer, Unreadable):
            raise UnreadableFact(name, answer.why)


def _lacking(
    service_known: bool,
    service: Service | None,
    workspaces: Workspaces | None,
    worker: HybridWorker | None,
    wanted: str,
) -> Iterator[str]:
    """What a deployed worker has and this machine has not."""
    if service_known and service is None:
        yield "the monitoring agent is not installed"
    elif workspaces is not None and not workspaces.ids:
        yield "the monitoring agent has no workspace"
    elif workspaces is not None and wanted and wanted not in workspaces.ids:
        yield f"the monitoring agent reports to {', '.join(workspaces.ids)}, not to {wanted}"
    elif worker is not None and not worker.registered:
        yield "no hybrid runbook worker is registered"
    elif worker is not None and worker.log is None:
        yield "the worker has no log: it has never been started"


def _broken(service: Service | None, worker: HybridWorker | None) -> Iterator[str]:
    """What keeps a deployed worker from working."""
    if service is not None and not service.running:
        yield f"HealthService is {service.state_text}"
    elif worker is not None and not worker.unseen and not worker.started_since:
        yield "the worker does not run" if worker.last else "the worker has not been started"
