"""Event 4502 of the monitoring agent: a module of the hybrid runbook worker failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact
from vmready.probes.answers import Reason, Why
from vmready.probes.readings import EventLog
from vmready.probes.readings import System as SystemReading
from vmready.probes.vocabulary import Events, System

LOG = "Operations Manager"
WINDOW = timedelta(hours=24)
#: 4502 is generic; the documents narrow it to the worker's own module, by the name in the message ("Event 4502 in the Operations Manager log").
MODULE = "Microsoft.EnterpriseManagement.HealthService.AzureAutomation.HybridAgent"
_NEWEST = 5
OF_WORKER = Events(LOG, provider="Health Service Modules", ids=(4502,), contains=(MODULE,), since="24h", newest=_NEWEST)
ALL = Events(LOG, ids=(4502,), since="24h", newest=_NEWEST)


@dataclass(frozen=True, slots=True)
class AgentEvents:
    """The last 24 hours of the log. ``of_worker``: events 4502 that name the worker's module; ``others``: any 4502, counted to five.

    None: there is no such log.
    """

    of_worker: EventLog | None
    others: EventLog | None
    clock: datetime

    @property
    def found(self) -> int:
        return len(self.of_worker.events) if self.of_worker else 0

    @property
    def any(self) -> int:
        return len(self.others.events) if self.others else 0

    def require_window(self) -> None:
        """UnreadableFact where a log without the event proves nothing: switched off, empty, or not reaching back 24 hours."""
        log = self.of_worker
        if log is None:
            return
        oldest = log.oldest
        if log.enabled is not True:
            text = f"the log {LOG} is {'switched off' if log.enabled is False else 'not known to be switched on'}"
        elif log.more:
            text = f"more events than could be searched stand in the log {LOG}"
        elif oldest is None:
            text = f"the log {LOG} is empty"
        elif oldest > self.clock - WINDOW:
            hours = (self.clock - oldest) / timedelta(hours=1)
            text = f"the log {LOG} reaches back to {oldest:%Y-%m-%d %H:%M} UTC only, {hours:.1f} of 24 hours"
        else:
            return
        raise UnreadableFact("monitoring_agent_events", Why(Reason.NOT_COLLECTED, "LogTooShort", text), str(OF_WORKER))


@fact
def monitoring_agent_events(
    of_worker: Annotated[EventLog | None, OF_WORKER],
    others: Annotated[EventLog | None, ALL],
    system: Annotated[SystemReading | None, System()],
) -> AgentEvents:
    """Events 4502 of the last 24 hours, by the host's own clock."""
    if system is None:
        raise UnreadableFact(
            "monitoring_agent_events", Why(Reason.FAILED, "NoClock", "the host told nothing of its clock")
        )
    return AgentEvents(of_worker, others, system.clock)
