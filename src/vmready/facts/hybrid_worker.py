"""The system hybrid runbook worker: when it last started and stopped, by its own log, and whether it is registered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact
from vmready.facts.services import HEALTH_SERVICE, told
from vmready.facts.update_management_endpoints import WORKER
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Event, EventLog, Key
from vmready.probes.readings import Process as ProcessReading
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.readings import System as SystemReading
from vmready.probes.vocabulary import Events, Process, System

STARTED, STOPPED = 15003, 15004
#: Without a window in time: the last start can be months old.
LOG = Events("Microsoft-SMA/Operational", ids=(STARTED, STOPPED), newest=100)
PROCESS = Process("HealthService")
_TIME = "%Y-%m-%d %H:%M UTC"
#: How far an event may be ahead of the clock, which is read before it.
_AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class HybridWorker:
    """``log`` None: there is no such log. ``since``: when HealthService's process began, or the machine where that is not told
    (``exact`` False); the worker lives in that process, so what was logged before says nothing of now.

    ``registered``: the worker's key is there. ``clock``: the host's own at the visit.
    """

    log: EventLog | None
    service: ServiceReading | None
    since: datetime | None
    exact: bool
    registered: bool
    clock: datetime | None = None

    @property
    def last(self) -> Event | None:
        """The newest start or stop of the system worker (its group is named after the machine and an id)."""
        return next((event for event in self.log.events if _of_system_worker(event)), None) if self.log else None

    @property
    def unseen(self) -> str:
        """Why the log cannot tell whether the worker started since then; empty where it can."""
        last = self.last
        if self.log is None:
            return ""
        if self.log.enabled is not True:
            return f"the log Microsoft-SMA/Operational is {'switched off' if self.log.enabled is False else 'not known to be switched on'}"
        if last is not None:
            if last.id == STARTED and last.time is None:
                return "the worker's last start has no time"
            if (
                self.started_since
                and self.clock is not None
                and last.time is not None
                and last.time > self.clock + _AHEAD
            ):
                return f"the worker's last start, {last.time:{_TIME}}, is ahead of the machine's clock, {self.clock:{_TIME}}"
            # The machine's start is the earlier bound: a start of the worker from before it is old in any case.
            if self.started_since and not self.exact:
                return "HealthService's process does not tell when it started, so the worker's start may be of an earlier one"
            return ""
        since = self.since
        if since is None:
            return "neither HealthService's process nor the machine tells when it started"
        if any(event.time is not None and event.time < since for event in self.log.events):
            return ""  # the newest come first: none since then was left out
        if self.log.more:
            return "more events of other workers than were read stand in the log Microsoft-SMA/Operational"
        if self.log.oldest is None or self.log.oldest > since:
            reach = f"reaches back to {self.log.oldest:{_TIME}}" if self.log.oldest else "is empty"
            return f"the log Microsoft-SMA/Operational {reach}, and HealthService runs since {since:{_TIME}}"
        return ""

    def require_seen(self) -> None:
        """UnreadableFact where the log cannot tell whether the worker started."""
        if self.unseen:
            raise UnreadableFact("hybrid_worker", Why(Reason.NOT_COLLECTED, "LogTooShort", self.unseen), str(LOG))

    @property
    def started_since(self) -> bool:
        """Whether the newest event is a start, and of the process that runs now."""
        last = self.last
        if last is None or last.id != STARTED or last.time is None:
            return False
        return self.since is None or last.time >= self.since


def _of_system_worker(event: Event) -> bool:
    group, machine, number = (str(found).lower() for found in (*event.properties[1:4], "", "", "")[:3])
    return group == f"{machine}_{number}"


@fact
def hybrid_worker(
    log: Annotated[EventLog | None, LOG],
    service: Annotated[ServiceReading | None, HEALTH_SERVICE],
    processes: Annotated[Answer[tuple[ProcessReading, ...]], PROCESS],
    system: Annotated[SystemReading | None, System()],
    worker: Annotated[Answer[Key], WORKER],
) -> HybridWorker:
    """The worker as its log, the agent's service and the worker's key show it. A worker of the extension has another key and another process."""
    told("hybrid_worker", service, "state")
    if system is None:
        raise UnreadableFact("hybrid_worker", Why(Reason.FAILED, "NoClock", "the host told nothing of itself"))
    if isinstance(worker, Unreadable):
        raise UnreadableFact("hybrid_worker", worker.why, str(WORKER))
    # A registration is a sub-key; the key itself stays behind when a worker is removed.
    registered = isinstance(worker, Observed) and bool(worker.value.keys)
    started = _started(service, processes)
    since = max([*started, *([system.boot] if system.boot else [])], default=None)
    return HybridWorker(log, service, since, bool(started), registered, system.clock)


def _started(service: ServiceReading | None, processes: Answer[tuple[ProcessReading, ...]]) -> list[datetime]:
    running = processes.value if isinstance(processes, Observed) else ()
    return [p.started for p in running if p.started and (service is None or service.pid in (None, 0, p.id))]
