"""What shows that the Azure Virtual Desktop agent is well again: the signs that take an earlier error back."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from vmready.facts.agent_health import AHEAD, HEALTH_REPORT, health_checks
from vmready.facts.registration import Registration
from vmready.facts.registry import UnreadableFact, fact
from vmready.probes.answers import Answer, Observed, Unreadable
from vmready.probes.readings import Event, EventLog, Key
from vmready.probes.readings import System as SystemReading
from vmready.probes.vocabulary import Events, System

#: "These URLs are accessible"; its counterpart is 3702.
ACCESSIBLE = Events("Application", ids=(3701,), newest=100)
#: Who writes the agent's events into the Application log.
AGENT_SOURCES = frozenset({"wvd-agent", "wvd-agent-updater", "rdagentbootloader"})
_NAME = re.compile(r"(?i)[a-z0-9-]+(?:\.[a-z0-9-]+){2,10}", re.ASCII)
_OF_URL = re.compile(r"(?i)(?:https|wss)://([a-z0-9.-]{1,253})", re.ASCII)


def hosts_of(event: Event) -> tuple[str, ...]:
    """The hosts of the addresses that an error names, each once."""
    return tuple(dict.fromkeys(name.lower().rstrip(".") for name in _OF_URL.findall(event.text)))


def names_of(event: Event) -> tuple[str, ...]:
    """The host names of an event that lists them, each once."""
    return tuple(dict.fromkeys(name.lower() for name in _NAME.findall(event.text)))


def of_agent(event: Event) -> bool:
    """Whether the agent wrote it into the Application log."""
    return event.provider.lower() in AGENT_SOURCES


@dataclass(frozen=True, slots=True)
class GoodSigns:
    """A passing health report, events of reached addresses, the registration, and when the machine was started."""

    report: Answer[Key]
    accessible: Answer[EventLog]
    registration: Answer[Registration]
    system: SystemReading

    def passed_since(self, time: datetime) -> bool:
        """Whether the agent has reported since, and every check passed. A report that is old says nothing."""
        checks = tuple((health_checks(self.report.value) or {}).values()) if isinstance(self.report, Observed) else ()
        return bool(checks) and all(
            check.passed and check.time and check.time > time and check.fresh(self.system) for check in checks
        )

    def reached_since(self, time: datetime, hosts: Collection[str]) -> bool:
        """Whether the agent has reached all of these hosts since. None of them: no sign, nor what is of a time to come."""
        if not hosts or not isinstance(self.accessible, Observed):
            return False
        reached = {
            name
            for event in self.accessible.value.events
            if of_agent(event) and event.time is not None and time < event.time <= self.system.clock + AHEAD
            for name in names_of(event)
        }
        return set(hosts) <= reached

    @property
    def registered(self) -> bool:
        """Whether the registry says that the host is registered now."""
        return isinstance(self.registration, Observed) and self.registration.value.registered

    def require(self, fact_name: str, by_registration: bool, by_reaching: bool) -> None:
        """UnreadableFact where a sign could not be looked for: an error may have been taken back."""
        looked_for: tuple[tuple[bool, Answer[Key] | Answer[EventLog] | Answer[Registration]], ...] = (
            (True, self.report),
            (by_reaching, self.accessible),
            (by_registration, self.registration),
        )
        for counts, answer in looked_for:
            if counts and isinstance(answer, Unreadable):
                raise UnreadableFact(fact_name, answer.why, "whether something good came after the error")


@fact
def good_signs(
    report: Annotated[Answer[Key], HEALTH_REPORT],
    accessible: Annotated[Answer[EventLog], ACCESSIBLE],
    registration: Answer[Registration],
    system: Annotated[SystemReading, System()],
) -> GoodSigns:
    """Never unreadable itself: only where there is an error do its signs count."""
    return GoodSigns(report, accessible, registration, system)
