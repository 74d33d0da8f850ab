"""Which errors of the agent count, where no example can say it: events without a time, bounds to the second, what was not asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vmready.facts.agent_errors import AgentErrors, gaps_in, require_written
from vmready.facts.good_signs import GoodSigns, hosts_of, names_of
from vmready.facts.registry import UnreadableFact
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Event, EventLog, Key, System

CLOCK = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
BOOT = CLOCK - timedelta(days=3)
SECOND = "Microsoft.RDInfra.RDAgent.Service.X"
SYSTEM = System.read({"clock": "2026-11-20T10:00:00.000Z", "boot": "2026-11-17T10:00:00.000Z"})
Log = Answer[EventLog]


def event(minutes: float | None, text: str, provider: str = "WVD-Agent", number: int = 3277) -> Event:
    time = None if minutes is None else CLOCK - timedelta(minutes=minutes)
    return Event(number, provider, 2, time, 1, (text,), None)


def log(
    *events: Event, oldest: datetime | None = BOOT, more: bool = False, enabled: bool | None = True
) -> Observed[EventLog]:
    return Observed(EventLog(enabled, oldest, events, more))


def report(time: datetime) -> Observed[Key]:
    details = {"LastHealthCheckInUTC": time.isoformat()}
    text = json.dumps({"A": {"HealthCheckResult": 1, "AdditionalFailureDetails": details}})
    value = {"type": "REG_SZ", "data": text}
    return Observed(Key.read({"values": {"AgentHealthCheckReport": value}, "keys": {}}))


def errors(application: Log, second: Log | None = None, accessible: Log | None = None, **more: Any) -> AgentErrors:
    known: Answer[Key] = more.pop("report", Absent())
    signs = GoodSigns(known, accessible or Absent(), Absent(), SYSTEM)
    return AgentErrors("X (event 3277)", ("TOKEN",), application, second or Absent(), signs, **more)


def test_the_newest_of_both_logs_is_told() -> None:
    found = errors(log(event(5, "TOKEN a")), log(event(2, "TOKEN b", SECOND, 0)))
    assert found.fresh is not None
    assert found.fresh.properties == ("TOKEN b",)
    found = errors(log(event(2, "TOKEN a")), log(event(5, "TOKEN b", SECOND, 0)))
    assert found.fresh is not None
    assert found.fresh.properties == ("TOKEN a",)


def test_one_that_has_a_time_counts_before_one_that_has_none() -> None:
    found = errors(log(event(None, "TOKEN"), event(2, "TOKEN")))
    assert found.fresh is not None
    assert found.fresh.time is not None


def test_what_was_not_asked_for_does_not_count() -> None:
    assert errors(log(event(2, "OTHER"))).events == ()
    assert errors(log(), log(event(2, "OTHER", SECOND, 0))).events == ()
    assert errors(log(event(2, "TOKEN", SECOND))).events == ()
    assert errors(log(), log(event(2, "TOKEN", "WVD-Agent", 0))).events == ()


def test_an_id_of_its_own_needs_no_token_in_the_application_log_only() -> None:
    assert len(errors(log(event(2, "Anderes")), by_id=True).events) == 1
    assert errors(log(), log(event(2, "Anderes", SECOND, 0)), by_id=True).events == ()


def test_a_good_sign_counts_for_errors_of_before_it_only() -> None:
    at = CLOCK - timedelta(minutes=2)
    assert errors(log(event(2, "TOKEN")), report=report(at)).fresh is not None
    assert errors(log(event(2, "TOKEN")), report=report(at + timedelta(seconds=1))).fresh is None
    url, reached = "TOKEN https://a.b.example/x", "reached: a.b.example"
    assert errors(log(event(2, url)), accessible=log(event(2, reached))).fresh is not None
    assert errors(log(event(2, url)), accessible=log(event(1.9, reached))).fresh is None
    assert errors(log(event(2, "TOKEN")), accessible=log(event(1, reached))).fresh is not None
    assert errors(log(event(2, url)), accessible=log(event(None, reached))).fresh is not None
    assert errors(log(event(2, url)), accessible=log(event(1, "c.d.example " + reached))).fresh is None


@pytest.mark.parametrize("sign", ["report", "accessible"])
def test_a_sign_that_may_not_be_read_may_have_taken_it_back(sign: str) -> None:
    refused = Unreadable(Why(Reason.DENIED))
    with pytest.raises(UnreadableFact, match="something good"):
        _ = errors(log(event(2, "TOKEN https://a.b.example/x")), **{sign: refused}).fresh
    assert errors(log(), **{sign: refused}).fresh is None


def test_when_an_error_of_a_time_to_come_was_is_not_told() -> None:
    assert errors(log(event(-5, "TOKEN"))).fresh is not None
    with pytest.raises(UnreadableFact, match="is not told"):
        _ = errors(log(event(-5.1, "TOKEN"))).fresh
    sure = errors(log(event(-5.1, "TOKEN"), event(2, "TOKEN"))).fresh
    assert sure is not None
    assert sure.time == CLOCK - timedelta(minutes=2)


def test_what_is_of_a_time_to_come_is_no_sign() -> None:
    url, reached = "TOKEN https://a.b.example/x", "reached: a.b.example"
    assert errors(log(event(2, url)), accessible=log(event(-5, reached))).fresh is None
    assert errors(log(event(2, url)), accessible=log(event(-5.1, reached))).fresh is not None


@pytest.mark.parametrize(
    ("properties", "message", "cut"),
    [
        (("x" * 2047,), None, False),
        (("x" * 2048,), None, True),
        (("short", "x" * 2049), None, True),
        (("x",) * 31, None, False),
        (("x",) * 32, None, True),
        (("x",) * 33, None, True),
        (("x",), "x" * 4095, False),
        (("x",), "x" * 4096, True),
        (("x",), "x" * 4097, True),
        (("x" * 2048,), "x" * 4096, True),
    ],
)
def test_a_text_of_the_greatest_length_may_go_on(properties: tuple[str, ...], message: str | None, cut: bool) -> None:
    told = replace(event(2, "x", SECOND, 0), properties=properties, message=message)
    found = errors(log(), log(told))
    if cut:
        with pytest.raises(UnreadableFact, match="too long"):
            found.require_logs()
    else:
        found.require_logs()


def test_what_is_too_long_matters_from_the_last_start_on() -> None:
    told = replace(event(2, "x" * 2048, SECOND, 0), time=BOOT)
    for time in (BOOT, CLOCK, None):
        with pytest.raises(UnreadableFact, match="too long"):
            errors(log(), log(replace(told, time=time))).require_logs()
    errors(log(), log(replace(told, time=BOOT - timedelta(seconds=1)))).require_logs()


def test_an_error_that_names_no_host_is_not_taken_back_by_what_was_reached() -> None:
    assert errors(log(event(2, "TOKEN")), accessible=Unreadable(Why(Reason.DENIED))).fresh is not None


def test_the_registration_takes_back_errors_of_its_own_only() -> None:
    refused = Unreadable(Why(Reason.DENIED))
    signs = GoodSigns(Absent(), Absent(), refused, SYSTEM)
    found = AgentErrors("X", ("TOKEN",), log(event(2, "TOKEN")), Absent(), signs)
    assert found.fresh is not None
    with pytest.raises(UnreadableFact, match="something good"):
        _ = replace(found, by_registration=True).fresh


def test_words_for_people() -> None:
    urls = " ".join(f"https://{name}.b.example/" for name in "acdef")
    found = errors(log())
    told = "the agent reported X (event 3277) (2026-11-20 09:58 UTC, a.b.example, c.b.example, d.b.example)"
    assert found.told(event(2, urls)) == told
    assert found.told(event(None, "TOKEN")) == "the agent reported X (event 3277) (at an unknown time)"
    assert found.past == ""


def test_gaps() -> None:
    old, same = log(oldest=BOOT - timedelta(days=1)), log(oldest=BOOT)
    late = log(oldest=BOOT + timedelta(seconds=1))
    assert list(gaps_in(BOOT, old, same)) == []
    assert list(gaps_in(None, late, late)) == []
    assert len(list(gaps_in(BOOT, Absent(), late))) == 1
    assert [gap.partition(" was")[0] for gap in gaps_in(BOOT, late, late)] == [
        "the log Application",
        "the log RemoteDesktopServices",
    ]
    assert list(gaps_in(BOOT, old, log(oldest=None))) == ["the log RemoteDesktopServices holds no record at all"]
    events = (event(1, "TOKEN"), event(2, "TOKEN"), event(3, "TOKEN"))
    (gap,) = gaps_in(BOOT, log(*events, more=True), Absent())
    assert "back to 2026-11-20 09:57 UTC" in gap
    assert list(gaps_in(BOOT, log(*events), Absent())) == []


def test_logs_that_are_not_written_prove_nothing() -> None:
    require_written("x", log(), Absent())
    require_written("x", log(enabled=None), log(enabled=None))
    for application, second in ((log(enabled=False), Absent()), (log(), log(enabled=False)), (Absent(), log())):
        with pytest.raises(UnreadableFact):
            require_written("x", application, second)


def test_names_in_events() -> None:
    assert hosts_of(event(1, "https://A.b.example./x wss://a.b.example http://n.o.example System.Net.Y")) == (
        "a.b.example",
    )
    assert names_of(event(1, "A.b.example;c.d, a.b.example")) == ("a.b.example",)
    assert (hosts_of(event(1, "HTTPS://AB.CD.EXAMPLE/")), names_of(event(1, "AB.CD.EXAMPLE"))) == (
        ("ab.cd.example",),
    ) * 2
    # The Kelvin sign and the long s are no letters of names.
    assert hosts_of(event(1, "https://a\u212a.b.example/ https://ab.c\u017f.example/")) == ("a", "ab.c")
    assert names_of(event(1, "a.b\u212a.c\u017f.example.com.x")) == ("example.com.x",)
