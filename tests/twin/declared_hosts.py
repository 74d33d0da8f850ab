"""Asking declared hosts in the tests of the twin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vmready.probes.answers import reason_of
from vmready.probes.vocabulary import Probe
from vmready.twin.answers import Readings, answer
from vmready.twin.states import State

NOW = "2026-11-20T10:00:00Z"


def host(**parts: Any) -> State:
    """A state with a fixed clock."""
    os = {"now": NOW, **parts.pop("os", {})}
    return State.of({"os": os, **parts})


def answered(state: State, probe: Probe[Any] | str, readings: Readings | None = None) -> Mapping[str, Any]:
    """The answer; an observed one must be of the documented shape."""
    given = answer(state, probe if isinstance(probe, str) else probe.text, readings=readings)
    if given["state"] == "observed" and not isinstance(probe, str):
        probe.parse(given["value"])
    return given


def value(state: State, probe: Probe[Any], readings: Readings | None = None) -> Any:
    """The value of an observed answer."""
    given = answered(state, probe, readings)
    assert given["state"] == "observed", given
    return given["value"]


def absent(state: State, probe: Probe[Any]) -> bool:
    return answered(state, probe) == {"state": "absent"}


def unreadable(state: State, probe: Probe[Any] | str) -> str:
    """The id of an unreadable answer."""
    given = answered(state, probe)
    assert given["state"] == "unreadable", given
    return str(given["why"]["id"])


def reason(state: State, probe: Probe[Any]) -> str:
    given = answered(state, probe)
    assert given["state"] == "unreadable", given
    return reason_of(given["why"]).name
