"""Errors that the Azure Virtual Desktop agent left in the Application log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from vmready.facts.agent_health import HEALTH_REPORT, Check, health_checks
from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.probes.answers import Answer, Observed, Reason, Why
from vmready.probes.readings import Event, EventLog, Key
from vmready.probes.readings import System as SystemReading
from vmready.probes.vocabulary import Events, System

#: Without a window: an error of months ago still stands until the machine was started again.
MISSING_METHOD = Events("Application", ids=(3389,), contains=("MissingMethodException",), newest=50)
_PROVIDERS = frozenset({"wvd-agent", "wvd-agent-updater", "rdagentbootloader"})


@dataclass(frozen=True, slots=True)
class AgentErrors:
    """The newest error with a token, and whether it still counts.

    It counts where it is later than the last start of the machine and nothing good came after it: a health report of which every check passed.
    """

    log: Answer[EventLog]
    checks: tuple[Check, ...]
    system: SystemReading

    @property
    def newest(self) -> Event | None:
        """The newest error; UnreadableFact where the log could not be read, or there is none of that name."""
        log: EventLog | None = plain_value("missing_method_errors", MISSING_METHOD, self.log)
        if log is None:
            raise UnreadableFact("missing_method_errors", Why(Reason.FAILED, "NoLog", "there is no Application log"))
        return next((event for event in log.events if event.provider.lower() in _PROVIDERS), None)

    @property
    def fresh(self) -> Event | None:
        """The newest error where it still counts. UnreadableFact where its time or that of the last start is not known."""
        event = self.newest
        if event is None:
            return None
        if event.time is None or self.system.boot is None:
            why = Why(Reason.FAILED, "NoTime", "when the error or the last start of the machine was is not told")
            raise UnreadableFact("missing_method_errors", why, str(MISSING_METHOD))
        return None if event.time < self.system.boot or self._good_since(event.time) else event

    def _good_since(self, time: datetime) -> bool:
        return bool(self.checks) and all(check.passed and check.time and check.time > time for check in self.checks)


@fact
def missing_method_errors(
    log: Annotated[Answer[EventLog], MISSING_METHOD],
    report: Annotated[Answer[Key], HEALTH_REPORT],
    system: Annotated[SystemReading, System()],
) -> AgentErrors:
    """3389 MissingMethodException: an agent update that needed a later .NET Framework."""
    checks = health_checks(report.value) if isinstance(report, Observed) else None
    return AgentErrors(log, tuple((checks or {}).values()), system)
