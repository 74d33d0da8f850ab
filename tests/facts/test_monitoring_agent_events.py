"""Whether a log without the event says that the event did not occur."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vmready.facts.monitoring_agent_events import AgentEvents, monitoring_agent_events
from vmready.facts.registry import UnreadableFact
from vmready.probes.readings import Event, EventLog, System

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY, SECOND = timedelta(hours=24), timedelta(seconds=1)
EVENT = Event(4502, "Health Service Modules", 2, NOON, 1, (), "x")


def log(
    oldest: datetime | None = NOON - DAY, *events: Event, enabled: bool | None = True, more: bool = False
) -> EventLog:
    return EventLog(enabled, oldest, events, more)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (None, ""),
        (log(), ""),
        (log(NOON - DAY - SECOND), ""),
        (log(NOON - DAY + SECOND), "reaches back to 2026-11-19 12:00 UTC only, 24.0 of 24 hours"),
        (log(NOON - timedelta(minutes=90)), "1.5 of 24 hours"),
        (log(None), "is empty"),
        (log(enabled=False), "is switched off"),
        (log(enabled=None), "is not known to be switched on"),
        (log(more=True), "more events than could be searched"),
    ],
)
def test_a_log_that_proves_nothing(found: EventLog | None, text: str) -> None:
    events = AgentEvents(found, None, NOON)
    if text:
        with pytest.raises(UnreadableFact, match=text):
            events.require_window()
    else:
        events.require_window()


def test_events_of_the_worker_and_of_others() -> None:
    system = System(None, None, None, None, None, None, None, None, None, None, NOON)
    found = monitoring_agent_events(log(), log(NOON, EVENT, EVENT), system)
    assert (found.found, found.any, found.clock) == (0, 2, NOON)
    found = monitoring_agent_events(log(NOON, EVENT), None, system)
    assert (found.found, found.any) == (1, 0)
    found = monitoring_agent_events(None, log(), system)
    assert (found.found, found.any) == (0, 0)
    with pytest.raises(UnreadableFact, match="told nothing of its clock"):
        monitoring_agent_events(log(), log(), None)
