"""The agent's log and status file at their boundaries: what a host seldom sends, and what no state of the twin can declare."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vmready.facts.aggregate_status import STATUS, AggregateStatus, NotStatus, parse
from vmready.facts.guest_agent_log import GuestAgentLog, guest_agent_log
from vmready.facts.guest_agent_log_lines import LINE_LIMIT, RECORD_LIMIT, records
from vmready.facts.metadata import azure_interfaces
from vmready.facts.registry import UnreadableFact, facts
from vmready.facts.services import GuestAgentServices
from vmready.probes.answers import Absent, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Exchange, System, Tail

CLOCK = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SYSTEM = System(None, None, None, None, None, None, None, None, None, None, CLOCK)
STARTED = "[7] 2026-11-20T08:30:00Z [INFO] WindowsAzureGuestAgent starting. Version 2.7.41491.1183"


def tail(text: str, start: int = 0, lines: tuple[str, ...] = (), modified: datetime | None = CLOCK) -> Tail:
    return Tail("C:\\x.log", text, "utf-8", len(text), start, start > 3, modified, lines, None, True)


def log_of(log: Tail, **answers: Any) -> GuestAgentLog:
    """The fact, of this log and other answers; absent where none is named."""
    others = {name: answers.get(name, Absent()) for name in ("alive", "rotated", "installer", "telemetry")}
    return guest_agent_log(Observed(log), **others, system=SYSTEM, followed={})


@pytest.mark.parametrize(
    ("start", "first", "begins"),
    [
        (0, "2026-11-20T09:00:00Z", False),
        (3, "2026-11-20T09:00:00Z", False),
        (4, "2026-11-20T09:00:00Z", True),
        (4, "2026-11-19T10:00:01Z", True),
        (4, "2026-11-19T10:00:00Z", False),
    ],
    ids=str,
)
def test_where_a_long_log_begins(start: int, first: str, begins: bool) -> None:
    found = log_of(tail(f"cut\n[7] {first} [INFO] a\n[7] 2026-11-20T09:59:00Z [INFO] b", start, lines=(STARTED,)))
    assert found.begins == (datetime.fromisoformat(first) if begins else None)
    assert found.start is not None
    assert found.start.time == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def test_a_long_log_whose_entries_tell_no_time_does_not_tell_where_it_begins() -> None:
    found = log_of(tail("cut\n[INFO] a", 4))
    assert (found.begins, found.start, found.last) == (None, None, None)
    assert [record.text for record in found.recent()] == ["a"]


@pytest.mark.parametrize("before", [0, 1, 2, 5])
@pytest.mark.parametrize(
    "after", [["a"], ["WindowsAzureGuestAgent Heartbeat. 2"], ["StateExecutor initialization completed. 3"], []]
)
def test_what_was_logged_since_the_last_start(before: int, after: list[str]) -> None:
    lines = [f"[7] 2026-11-20T08:{minute}:00Z [INFO] {STARTED[27:]}" for minute in range(10, 10 + before)]
    lines += [STARTED, *(f"[7] 2026-11-20T09:00:00Z [INFO] {text}" for text in after)]
    found = log_of(tail("\n".join(lines)))
    assert [record.text for record in found.entries] == after
    assert (found.good is not None) == (after not in ([], ["a"]))
    assert found.start is not None
    assert found.start.time == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time", "good"), [("08:29:59", False), ("08:30:00", False), ("08:30:01", True), (None, False)]
)
def test_a_good_line_far_before_the_end_counts_where_it_is_of_after_the_start(time: str | None, good: bool) -> None:
    older = STARTED.replace("08:30", "07:30")
    line = f"[7] 2026-11-20T{time}Z [HEART] WindowsAzureGuestAgent Heartbeat."
    alive = Observed(tail("", lines=(line if time else "[HEART] WindowsAzureGuestAgent Heartbeat.",)))
    long = tail("cut\n[7] 2026-11-20T09:00:00Z [INFO] a", 4, lines=(older, STARTED))
    assert (log_of(long, alive=alive).good is not None) is good


def test_a_start_that_only_the_text_shows_is_found() -> None:
    """As in UTF-16 without a mark, where the host finds no line by its letters: the log before it is not asked for."""
    refused = Unreadable(Why(Reason.DENIED, "", "rotated"))
    assert log_of(tail(STARTED), rotated=refused).problem is None
    assert log_of(tail("[INFO] a"), rotated=refused).problem == refused.why


def test_the_first_reason_why_the_log_tells_nothing() -> None:
    rotated, alive = (Unreadable(Why(Reason.DENIED, "", name)) for name in ("rotated", "alive"))
    assert log_of(tail("[INFO] a"), rotated=rotated, alive=alive).problem == rotated.why
    assert log_of(tail(STARTED), rotated=rotated, alive=alive).problem == alive.why


def test_further_logs_are_joined_by_time_and_need_not_be_there() -> None:
    bad = "[7] 2026-11-20T09:{}:00Z [ERROR] GetVersions() failed with exception: (503)"
    good = "[7] 2026-11-20T09:{}:00Z [INFO] ControlSystem initialized with version 2012-11-30."
    first, later = (Observed(tail(bad.format("10"))), Observed(tail(good.format("20"))))
    assert log_of(tail(STARTED), installer=first, telemetry=later).evidence("L2") == ()
    assert log_of(tail(STARTED), installer=later, telemetry=first).evidence("L2") == ()
    (hit,) = log_of(tail(STARTED), installer=Observed(tail(bad.format("30"))), telemetry=later).evidence("L2")
    assert hit.time == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("place", ["installer", "telemetry"])
def test_a_further_log_that_could_not_be_read_leaves_nothing_proven(place: str) -> None:
    refused = Unreadable(Why(Reason.DENIED, "", place))
    log = tail(f"{STARTED}\n[7] 2026-11-20T09:59:00Z [HEART] x")
    found = log_of(log, **{place: refused})
    with pytest.raises(UnreadableFact, match=place):
        found.shows("L2")
    assert found.evidence("L2") == ()
    both = log_of(log, installer=Unreadable(Why(Reason.DENIED, "", "first")), telemetry=refused)
    assert both.others_problem == Why(Reason.DENIED, "", "first")


@pytest.mark.parametrize(
    ("text", "inside", "found"),
    [
        ("\n[INFO] a\r\n", False, ["a"]),
        ("[INFO] a\n b\n\n c\n", False, ["a\n b\n\n c"]),
        ("\n[INFO] a", True, ["a"]),
        ("[INFO] half", True, []),
        ("", True, []),
        (" at nothing\n[INFO] a", False, ["a"]),
        ("[INFO] a\n[WARN] b", False, ["a", "b"]),
        ("[7] [13/45/2019 99:58:50.90] [INFO] a\n[7] 2019-13-45T99:58:50Z [INFO] b", False, ["a", "b"]),
    ],
    ids=repr,
)
def test_lines_of_a_log(text: str, inside: bool, found: list[str]) -> None:
    assert [record.text for record in records(text, inside=inside)] == found


def test_long_lines_and_records_are_cut() -> None:
    assert (LINE_LIMIT, RECORD_LIMIT) == (4096, 16384)
    (record,) = records("[INFO] " + "a" * LINE_LIMIT)
    assert len("[INFO] " + record.text) == LINE_LIMIT
    (record,) = records("[INFO] a\n" + ("b" * LINE_LIMIT + "\n") * 9)
    assert len(record.text) == RECORD_LIMIT
    assert record.text.startswith("a\nbbb")


def status(text: str, modified: datetime | None = CLOCK, start: int = 0) -> AggregateStatus:
    return AggregateStatus(Observed(tail(text, start, modified=modified)), CLOCK, GuestAgentServices({}))


def written(time: Any = None, agent: Any = "Ready") -> str:
    return json.dumps({"timestampUTC": time, "aggregateStatus": {"guestAgentStatus": {"status": agent}}})


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        ("2026-11-20T09:59:45Z", datetime(2026, 11, 20, 9, 59, 45, tzinfo=UTC)),
        ("2026-11-20T09:59:45", datetime(2026, 11, 20, 9, 59, 45, tzinfo=UTC)),
        ("2026-11-20T11:59:45+02:00", datetime(2026, 11, 20, 9, 59, 45, tzinfo=UTC)),
        ("today", None),
        (1763632785, None),
        (None, None),
    ],
)
def test_times_in_the_status_file(time: Any, moment: datetime | None) -> None:
    assert parse(written(time)).timestamp == moment


def test_the_age_of_the_status_file() -> None:
    """The time in it counts where the file's own is not told; without either nothing is known."""
    assert status(written("2026-11-20T08:00:00Z")).age() == timedelta()
    assert status(written("2026-11-20T08:00:00Z"), None).age() == timedelta(hours=2)
    with pytest.raises(UnreadableFact, match="when the status file was written is not told"):
        status(written(), None).age()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (300, ""),
        (301, "5 minutes"),
        (119 * 60 + 59, "119 minutes"),
        (120 * 60, "2 hours"),
        (2879 * 60, "47 hours"),
        (2880 * 60, "2 days"),
    ],
)
def test_a_status_file_that_is_old_or_of_a_time_to_come(seconds: int, said: str) -> None:
    old, ahead = (status(written(), CLOCK - timedelta(seconds=n)) for n in (seconds, -seconds))
    assert (bool(old.stale()), bool(ahead.ahead)) == (bool(said), bool(said))
    assert (bool(old.ahead), bool(ahead.stale())) == (False, False)
    assert f" {said} " in f" {old.stale()} "
    assert f" {said} " in f" {ahead.ahead} "


def test_a_status_file_of_which_only_the_end_was_read_is_none() -> None:
    assert status(written(), start=3).status().agent == "Ready"
    with pytest.raises(UnreadableFact, match="larger than what is read"):
        status(written(), start=4).status()


def test_a_status_file_is_read_again_where_it_was_torn() -> None:
    follow_up = facts.facts["aggregate_status"].follow_up
    assert follow_up is not None
    refused = Unreadable(Why(Reason.DENIED))
    for answer, again in (
        (Observed(tail("{")), [STATUS]),
        (Observed(tail(written())), []),
        (refused, []),
        (Absent(), []),
    ):
        assert list(follow_up(answer)) == again


@pytest.mark.parametrize(
    "body",
    ["", "no JSON", "{}", "[]", "[5]", "[{}]", '[{"ipv4": {}}]', '[{"ipv4": {"ipAddress": [5]}}]', "[" * 100_000],
    ids=lambda body: body[:30],
)
def test_metadata_that_names_no_interface(body: str) -> None:
    answer = Exchange("answered", 200, None, len(body), None, body, False, None, None, None, None, None)
    found = azure_interfaces(Observed(answer))
    assert found.interfaces == ()
    with pytest.raises(UnreadableFact, match="names no interface"):
        found.required("x")


def test_texts_of_the_status_file_are_cut() -> None:
    assert parse(written(agent="x" * 121)).agent == "x" * 120
    assert parse(written(agent=5)).agent == ""


@pytest.mark.parametrize("handlers", [0, "", {}, False])
def test_handlers_that_are_no_list_are_no_status(handlers: Any) -> None:
    document = {"aggregateStatus": {"guestAgentStatus": {}, "handlerAggregateStatus": handlers}}
    with pytest.raises(NotStatus, match="no list of handlers"):
        parse(json.dumps(document))
