"""What the values of Windows Update's policy amount to, and which of them name a server."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.facts.registry import UnreadableFact
from vmready.facts.settings import setting
from vmready.facts.update_server import address
from vmready.facts.windows_update_policy import (
    AutomaticUpdates,
    RestartPolicy,
    ServerState,
    automatic_updates,
    observed,
    restart_policy,
    server_settings,
)
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import ComReading, Key, Names

S = "http://wsus:8530"
BOTH = {"WUServer": S, "WUStatusServer": S}
SOURCES = [f"SetPolicyDrivenUpdateSourceFor{name}Updates" for name in ("Driver", "Feature", "Other", "Quality")]
BY_CLASS = {"UseUpdateClassPolicySource": 1}
NONE, UNUSED, USED, WRONG = (
    ServerState.NONE,
    ServerState.NOT_EFFECTIVE,
    ServerState.EFFECTIVE,
    ServerState.INCONSISTENT,
)


def key(**values: Any) -> Key:
    typed = {n: {"type": "REG_DWORD" if isinstance(v, int) else "REG_SZ", "data": v} for n, v in values.items()}
    return Key.read({"values": typed, "keys": {}, "more": False})


@pytest.mark.parametrize(
    ("policy", "automatic", "state", "problems"),
    [
        (None, None, NONE, []),
        ({}, {}, NONE, []),
        ({}, {"UseWUServer": 0}, NONE, []),
        ({"WUServer": S}, {}, UNUSED, []),
        ({"WUStatusServer": S}, None, UNUSED, []),
        (BOTH, {"UseWUServer": 0}, UNUSED, []),
        (BOTH, {"UseWUServer": 2}, UNUSED, []),
        (BOTH, {"UseWUServer": 1}, USED, []),
        ({}, {"UseWUServer": 1}, WRONG, ["but WUServer is absent", "but WUStatusServer is absent"]),
        (None, {"UseWUServer": 1}, WRONG, ["but WUServer is absent", "but WUStatusServer is absent"]),
        ({"WUServer": S}, {"UseWUServer": 1}, WRONG, ["but WUStatusServer is absent"]),
        ({"WUStatusServer": S}, {"UseWUServer": 1}, WRONG, ["but WUServer is absent"]),
        ({**BOTH, "WUServer": " "}, {"UseWUServer": 1}, WRONG, ["but WUServer is empty"]),
        ({**BOTH, "WUServer": 7}, {"UseWUServer": 1}, WRONG, ["WUServer is a REG_DWORD, not text"]),
        ({**BOTH, "WUStatusServer": 7}, {"UseWUServer": 1}, WRONG, ["WUStatusServer is a REG_DWORD, not text"]),
        ({**BOTH, "WUServer": 7}, {}, WRONG, ["WUServer is a REG_DWORD, not text"]),
        (BOTH, {"UseWUServer": "1"}, WRONG, ["UseWUServer is REG_SZ '1'"]),
        # Sources by class: all four or none, and with their switch only.
        (dict.fromkeys(SOURCES, 0), BY_CLASS, NONE, []),
        (dict.fromkeys(SOURCES, 1), BY_CLASS, NONE, []),
        (dict.fromkeys(SOURCES[:3], 1), BY_CLASS, WRONG, ["but SetPolicyDrivenUpdateSourceForQualityUpdates absent"]),
        (dict.fromkeys(SOURCES[3:], 0), BY_CLASS, WRONG, ["DriverUpdates, SetPolicyDrivenUpdateSourceForFeature"]),
        (dict.fromkeys(SOURCES[:3], 1), {"UseUpdateClassPolicySource": 0}, NONE, []),
        (dict.fromkeys(SOURCES[:3], 1), {"UseUpdateClassPolicySource": 2}, NONE, []),
        (dict.fromkeys(SOURCES[:3], 1), {}, NONE, []),
        ({}, BY_CLASS, NONE, []),
    ],
)
def test_settings_of_the_update_server(
    policy: dict[str, Any] | None, automatic: dict[str, Any] | None, state: ServerState, problems: list[str]
) -> None:
    found = server_settings(*(None if values is None else key(**values) for values in (policy, automatic)))
    assert found.state is state
    assert [wanted in problem for wanted, problem in zip(problems, found.problems, strict=True)] == [True] * len(
        problems
    )


@pytest.mark.parametrize(
    ("numbers", "switch", "elsewhere"),
    [
        ((0, 0, 0, 0), 1, ("Driver", "Feature", "Other", "Quality")),
        ((1, 0, 1, 0), 1, ("Feature", "Quality")),
        ((1, 1, 1, 1), 1, ()),
        ((2, 0, 1, 1), 1, ("Feature",)),
        ((0, 0, 0, 0), 0, ()),
        ((0, 0, 0, 0), 2, ()),
    ],
)
def test_classes_of_updates_that_come_from_windows_update(
    numbers: tuple[int, ...], switch: int, elsewhere: tuple[str, ...]
) -> None:
    policy = key(**dict(zip(SOURCES, numbers, strict=True)))
    assert server_settings(policy, key(UseUpdateClassPolicySource=switch)).elsewhere == elsewhere
    assert server_settings(policy, None).elsewhere == ()
    assert server_settings(None, key(UseUpdateClassPolicySource=switch)).elsewhere == ()


def test_a_server_is_told_as_it_stands() -> None:
    found = server_settings(key(WUServer=f" {S} "), None)
    assert (found.server, found.status_server) == (S, None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("http://wsus", "http://wsus/"),
        ("http://wsus:8530", "http://wsus:8530/"),
        ("HTTPS://WSUS.Example:8531/a/b?c", "https://wsus.example:8531/"),
        ("http://user:x@wsus", "http://wsus/"),
        ("http://" + "a" * 253, "http://" + "a" * 253 + "/"),
        ("http://" + "a" * 254, None),
        ("ftp://wsus", None),
        ("wsus", None),
        ("wsus:8530", None),
        ("http://", None),
        ("http://a b", None),
        ("http://wsus:99999", None),
        ("http://wsus:x", None),
        ("http://[::1", None),
        ("", None),
    ],
)
def test_address_of_a_server(text: str, found: str | None) -> None:
    assert address(text) == found


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4])
def test_the_update_agents_own_level(number: int) -> None:
    answer = Observed(ComReading(Names({"Settings.NotificationLevel": number}), ()))
    assert automatic_updates(None, answer).level() == number


@pytest.mark.parametrize(
    "answer",
    [
        Absent(),
        Unreadable(Why(Reason.DENIED)),
        Observed(ComReading(Names({}), ())),
        Observed(ComReading(Names({"Settings.NotificationLevel": "3"}), ())),
    ],
)
def test_a_level_that_nobody_tells_is_not_made_up(answer: Answer[ComReading]) -> None:
    with pytest.raises(UnreadableFact):
        AutomaticUpdates(setting(None, "NoAutoUpdate"), setting(None, "AUOptions"), answer, Absent()).level()


def test_settings_as_they_are_observed() -> None:
    given = key(Number=0, Text="1")
    settings = {name: setting(given, name) for name in ("Number", "Text", "Absent")}
    assert observed(settings) == {"Number": 0, "Text": "REG_SZ '1' instead of a number", "Absent": None}


def test_values_of_the_restart_policy() -> None:
    names = ("AlwaysAutoRebootAtScheduledTime", "AlwaysAutoRebootAtScheduledTimeMinutes")
    found = restart_policy(key(**{names[0]: 1, names[1]: 15, "AUOptions": 4, "NoAutoRebootWithLoggedOnUsers": 0}))
    assert [value.number for value in (found.always, found.minutes, found.options, found.spared)] == [1, 15, 4, 0]


MINUTES = "AlwaysAutoRebootAtScheduledTimeMinutes"


@pytest.mark.parametrize("number", [None, 0, 1, 2, 3, 4, 5, 14, 15, 16, 179, 180, 181, 0xFFFFFFFF])
def test_what_the_restart_policy_amounts_to(number: int | None) -> None:
    def found(name: str) -> RestartPolicy:
        return restart_policy(key(**{} if number is None else {name: number}))

    assert found("AUOptions").scheduled is (number == 4)
    assert found("NoAutoRebootWithLoggedOnUsers").spares is (number == 1)
    assert found(MINUTES).possible is (number in (None, 15, 16, 179, 180))
