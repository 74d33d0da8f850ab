"""Crashes of the Azure guest agent that Windows recorded: services that ended unexpectedly, programs that failed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from vmready.facts.proven import or_unknown, proven
from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.facts.services import GuestAgentServices, told
from vmready.probes.answers import Answer, Observed, Reason, Why
from vmready.probes.readings import Event, EventLog
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.readings import System as SystemReading
from vmready.probes.vocabulary import Events, Service, System

#: As the service control manager writes them (display names; they are not translated), and the names of the services themselves.
_SERVICES = ("RdAgent", "Windows Azure Guest Agent", "WindowsAzureGuestAgent")
_PROGRAMS = ("WaAppAgent.exe", "WindowsAzureGuestAgent.exe")
#: ``contains`` keeps a program of a third party that crashes in a loop from pushing the agent out.
SERVICE_EVENTS = Events(
    "System", provider="Service Control Manager", ids=(7031, 7034), contains=_SERVICES, since="24h", newest=200
)
APPLICATION_EVENTS = Events(
    "Application", provider="Application Error", ids=(1000,), contains=_PROGRAMS, since="7d", newest=200
)
DOT_NET_EVENTS = Events("Application", provider=".NET Runtime", ids=(1026,), contains=_PROGRAMS, since="7d", newest=200)
_WINDOWS = {
    SERVICE_EVENTS: timedelta(hours=24),
    APPLICATION_EVENTS: timedelta(days=7),
}
_IN_TEXT = re.compile(
    r"(?:^|(?<=[\s\\:/\"']))(?:" + "|".join(map(re.escape, _PROGRAMS)) + r")(?![\w.-])", re.IGNORECASE
)


def _service_of(event: Event) -> str | None:
    """The service that a 7031 or 7034 names in its first insert; the sentence around it is translated."""
    first = str(event.properties[0]) if event.properties else ""
    return next((name for name in _SERVICES if name.lower() == first.strip().lower()), None)


def _program_of(event: Event) -> str | None:
    """The faulting program of an Application Error, its first insert."""
    first = str(event.properties[0]) if event.properties else ""
    return next((name for name in _PROGRAMS if name.lower() == first.strip().lower()), None)


def _dot_net_program_of(event: Event) -> str | None:
    """The program that a .NET Runtime event names in the first line of its one insert (what precedes the name is translated)."""
    first = str(event.properties[0]) if event.properties else event.message or ""
    match = _IN_TEXT.search(first.strip().partition("\n")[0])
    return match.group() if match else None


@dataclass(frozen=True, slots=True)
class GuestAgentCrashes:
    """Three kinds of events, each with its window."""

    services: Answer[EventLog]
    programs: Answer[EventLog]
    dot_net: Answer[EventLog]
    clock: datetime
    agent: GuestAgentServices

    def problems(self) -> tuple[str, ...]:
        """Services that are not there, and each crash, most recent first of its kind.

        UnreadableFact where there is none, but a service or log could not be read, or a log is empty or was flooded.
        """
        return proven(self._missing, self._crashes)

    def seen(self) -> dict[str, bool | str]:
        """Which of the two it is: values that stay the same; ``not known`` where one could not be read."""
        return {
            "missing": or_unknown(lambda: any(self._missing())),
            "crashes": or_unknown(lambda: bool(self._crashes())),
        }

    def _crashes(self) -> tuple[str, ...]:
        return proven(
            lambda: self._told(SERVICE_EVENTS, self.services, _service_of, "the service {} ended unexpectedly"),
            lambda: self._told(APPLICATION_EVENTS, self.programs, _program_of, "{} crashed"),
            lambda: self._told(DOT_NET_EVENTS, self.dot_net, _dot_net_program_of, "{} ended by an unhandled exception"),
        )

    def _missing(self) -> Iterator[str]:
        """An agent that is not there has no crashes, which proves nothing."""
        return (f"there is no service {name} that could crash" for name, found in self._services() if found is None)

    def idle(self) -> Iterator[str]:
        """Services that do not run, and so do not crash."""
        for name, found in self._services():
            if found is not None and not found.running:
                yield f"the service {name} is {found.state_text}: it cannot crash"

    def _services(self) -> Iterator[tuple[str, ServiceReading | None]]:
        for name, answer in self.agent.answers.items():
            yield name, told("guest_agent_crashes", plain_value("guest_agent_crashes", Service(name), answer), "state")

    def _told(self, probe: Events, answer: Answer[EventLog], named: object, text: str) -> Iterator[str]:
        assert callable(named)
        log: EventLog | None = plain_value("guest_agent_crashes", probe, answer)
        if log is None:
            raise UnreadableFact("guest_agent_crashes", Why(Reason.FAILED, "NoLog", f"there is no log {probe.log}"))
        hits: dict[str, list[Event]] = {}
        for event in log.events:
            if (name := named(event)) is not None:
                hits.setdefault(name, []).append(event)
        said = "" if hits else _lacking(log)
        if said:
            why = Why(Reason.FAILED, "Incomplete", f"the log {probe.log} {said}")
            raise UnreadableFact("guest_agent_crashes", why, str(probe))
        return (
            f"{text.format(name)} (event {events[0].id}, {len(events)} in {probe.since}, last {_when(events[0])})"
            for name, events in hits.items()
        )

    def short(self) -> Iterator[str]:
        """Logs that do not reach back over their window: a crash before that would not show."""
        for probe, answer in ((SERVICE_EVENTS, self.services), (APPLICATION_EVENTS, self.programs)):
            oldest = answer.value.oldest if isinstance(answer, Observed) else None
            if oldest is not None and oldest > self.clock - _WINDOWS[probe]:
                yield f"the log {probe.log} reaches back to {oldest:%Y-%m-%d %H:%M} only"


def _lacking(log: EventLog) -> str:
    """Why a log without a crash proves nothing; empty where it does."""
    if log.enabled is False:
        return "is switched off"
    if log.more:
        return "holds more events of other programs than are looked at"
    return "" if log.oldest is not None else "is empty: it was cleared, or never written to"


def _when(event: Event) -> str:
    return f"{event.time:%Y-%m-%d %H:%M} UTC" if event.time else "at an unknown time"


@fact
def guest_agent_crashes(
    services: Annotated[Answer[EventLog], SERVICE_EVENTS],
    programs: Annotated[Answer[EventLog], APPLICATION_EVENTS],
    dot_net: Annotated[Answer[EventLog], DOT_NET_EVENTS],
    system: Annotated[SystemReading, System()],
    guest_agent_services: GuestAgentServices,
) -> GuestAgentCrashes:
    """Crashes of RdAgent and WindowsAzureGuestAgent within 24 hours (services) and 7 days (programs)."""
    return GuestAgentCrashes(services, programs, dot_net, system.clock, guest_agent_services)
