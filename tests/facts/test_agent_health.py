"""Which of the agent's own checks and errors still count."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vmready.facts.agent_errors import AgentErrors
from vmready.facts.agent_health import Check, health_checks
from vmready.facts.good_signs import GoodSigns
from vmready.facts.registry import UnreadableFact
from vmready.probes.answers import Absent, Observed
from vmready.probes.readings import EventLog, Key, System

CLOCK = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
BOOT = CLOCK - timedelta(days=3)


def system(boot: datetime | None = BOOT) -> System:
    raw: dict[str, Any] = {"clock": f"{CLOCK:%Y-%m-%dT%H:%M:%S}.000Z"}
    if boot is not None:
        raw["boot"] = f"{boot:%Y-%m-%dT%H:%M:%S}.000Z"
    return System.read(raw)


def report(text: str, **more: Any) -> Key:
    value = {"type": "REG_SZ", "data": text, **more}
    return Key.read({"values": {"AgentHealthCheckReport": value}, "keys": {}, "more": False})


@pytest.mark.parametrize(
    ("time", "fresh"),
    [
        (CLOCK, True),
        (CLOCK - timedelta(hours=24), True),
        (CLOCK - timedelta(hours=24, seconds=1), False),
        (CLOCK + timedelta(minutes=5), True),
        (CLOCK + timedelta(minutes=5, seconds=1), False),
        (None, False),
    ],
)
def test_a_check_counts_for_a_day(time: datetime | None, fresh: bool) -> None:
    assert Check(True, time, "").fresh(system()) is fresh


def test_a_check_does_not_count_across_a_start() -> None:
    time = CLOCK - timedelta(hours=2)
    assert Check(True, time, "").fresh(system(boot=time))
    assert not Check(True, time, "").fresh(system(boot=time + timedelta(seconds=1)))
    assert not Check(True, time, "").fresh(system(boot=None))


def test_a_report_as_the_agent_writes_it() -> None:
    details = {
        "Message": "SxsStack listener is not ready",
        "ErrorCode": -1,
        "LastHealthCheckInUTC": "2024-09-26T07:39:15.704086Z",
    }
    text = json.dumps(
        {
            "SxSStackListenerCheck": {"HealthCheckResult": 2, "AdditionalFailureDetails": details},
            "New": {"HealthCheckResult": 7},
        }
    )
    found = health_checks(report(text))
    assert found is not None
    time = datetime(2024, 9, 26, 7, 39, 15, 704086, tzinfo=UTC)
    assert found["SxSStackListenerCheck"] == Check(False, time, "SxsStack listener is not ready")
    assert found["New"] == Check(None, None, "")


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '"x"', "[" * 5000])
def test_what_is_no_report_is_none(text: str) -> None:
    assert not health_checks(report(text))


def test_a_report_that_is_cut_off_is_none() -> None:
    assert health_checks(report("{}", cut=70000)) is None
    assert health_checks(None) is None


def errors(time: datetime | None, *checks: Check, boot: datetime | None = BOOT) -> AgentErrors:
    event = {
        "id": 3389,
        "provider": "WVD-Agent",
        "level": 2,
        "time": None,
        "record": 1,
        "properties": [],
        "message": "x",
    }
    if time is not None:
        event["time"] = f"{time:%Y-%m-%dT%H:%M:%S}.000Z"
    log = EventLog.read({"enabled": True, "oldest": None, "events": [event], "more": False})
    raw = {
        f"Check{number}": {
            "HealthCheckResult": 1 if check.passed else 2,
            "AdditionalFailureDetails": {"LastHealthCheckInUTC": check.time and check.time.isoformat()},
        }
        for number, check in enumerate(checks)
    }
    signs = GoodSigns(Observed(report(json.dumps(raw))), Absent(), Absent(), system(boot))
    return AgentErrors("x", ("x",), Observed(log), Absent(), signs)


def test_an_error_counts_from_the_start_on() -> None:
    assert errors(BOOT).fresh is not None
    assert errors(BOOT - timedelta(seconds=1)).fresh is None


def test_a_good_report_later_than_the_error_takes_it_back() -> None:
    time = CLOCK - timedelta(hours=1)
    later, same = Check(True, time + timedelta(seconds=1), ""), Check(True, time, "")
    assert errors(time, later).fresh is None
    assert errors(time, same).fresh is not None
    assert errors(time, later, same).fresh is not None
    assert errors(time, later, Check(False, CLOCK, "")).fresh is not None
    assert errors(time, later, Check(True, None, "")).fresh is not None
    assert errors(time).fresh is not None


@pytest.mark.parametrize(("time", "boot"), [(None, BOOT), (CLOCK, None)])
def test_an_error_of_which_the_time_is_not_known_cannot_be_judged(time: datetime | None, boot: datetime | None) -> None:
    with pytest.raises(UnreadableFact, match="is not told"):
        _ = errors(time, boot=boot).fresh
