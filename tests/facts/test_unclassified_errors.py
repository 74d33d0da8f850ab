"""Events for people: where their texts are cut, how many are told, and how many are asked for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vmready.facts import agent_errors, good_signs, virtual_desktop_endpoints
from vmready.facts import unclassified_errors as subject
from vmready.facts.registry import facts
from vmready.facts.unclassified_errors import UnclassifiedErrors, shown
from vmready.probes.answers import Absent
from vmready.probes.readings import Event, System
from vmready.probes.vocabulary import Events

TIME = datetime(2026, 11, 20, 9, 57, tzinfo=UTC)
SYSTEM = System.read({"clock": "2026-11-20T10:00:00.000Z"})


def event(text: str) -> Event:
    return Event(3277, "WVD-Agent", 2, TIME, 1, (), text)


def test_a_text_is_cut_where_it_is_too_long() -> None:
    assert shown(event("x" * 200)).endswith(": " + "x" * 200)
    assert shown(event("x" * 201)).endswith(": " + "x" * 200 + "…")


@pytest.mark.parametrize(
    ("count", "end"), [(1, ": error 0"), (4, ": error 3"), (5, ": error 4"), (6, ": error 4; and 1 more")]
)
def test_few_are_told(count: int, end: str) -> None:
    found = tuple(event(f"error {number}") for number in range(count))
    errors = UnclassifiedErrors(found, (), (), Absent(), SYSTEM)
    assert errors.told(found).endswith(end)
    assert errors.told(found * 2).endswith(end)


@pytest.mark.parametrize(
    ("probe", "newest"),
    [
        (subject.GENERAL, 200),
        (subject.AGENT, 50),
        (subject.UPDATER, 50),
        (subject.LOADER, 50),
        (subject.INSTALLER, 50),
        (subject.SECOND, 100),
        (agent_errors.SECOND_LOG, 200),
        (agent_errors.GATEWAY_EVENTS, 50),
        (good_signs.ACCESSIBLE, 100),
        (virtual_desktop_endpoints.REPORTED, 20),
    ],
)
def test_how_many_are_asked_for(probe: Events, newest: int) -> None:
    assert probe.newest == newest


def test_how_many_of_each_error_are_asked_for() -> None:
    names = [name for name in facts.facts if name.endswith("_errors") and name != "unclassified_errors"]
    probes = {p for name in names for parameter in facts.facts[name].parameters for p in parameter.probes({})}
    asked = {(p.log, p.ids): p.newest for p in probes if isinstance(p, Events)}
    assert asked == {
        ("Application", (3277,)): 50,
        ("Application", (3703,)): 50,
        ("Application", (3019,)): 50,
        ("Application", (3389,)): 50,
        ("RemoteDesktopServices", (0,)): 200,
    }
