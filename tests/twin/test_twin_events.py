"""events: filters, bounds, logs that are disabled, denied or missing; the events of a real System log."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from declared_hosts import absent, answered, host, reason, unreadable, value

from vmready.probes.vocabulary import Events
from vmready.twin.states import State

RECORDED = Path(__file__).parent / "recorded" / "system-log.xml"
EVENTS = [
    {"id": 1, "provider": "Alpha", "time": 300, "level": 2, "data": ["first", 1067], "message": "Alpha failed"},
    {"id": 2, "provider": "Beta", "time": 200, "data": {"Name": "second"}, "message": None},
    {
        "id": 1,
        "provider": "Alpha",
        "time": 100,
        "level": 3,
        "data": [
            True,
            None,
            {"type": "guid", "value": "{ABCD0000-0000-0000-0000-000000000001}"},
            {"type": "byte[]", "value": [0, 255]},
        ],
    },
    {"id": 3, "provider": "Gamma", "time": 7200, "recordId": 77, "message": "an hour and more ago"},
]


def _ids(state: State, probe: Events) -> list[tuple[int, int]]:
    return [(event["id"], event["record"]) for event in value(state, probe)["events"]]


@pytest.fixture
def state() -> State:
    return host(logs={"Application": {"events": EVENTS}})


def test_newest_first_with_everything(state: State) -> None:
    found = value(state, Events("application"))
    assert (found["enabled"], found["oldest"], found["more"]) == (True, "2026-11-20T08:00:00.000Z", False)
    assert [event["record"] for event in found["events"]] == [3, 2, 1, 77]
    assert found["events"][0]["properties"] == [True, None, "abcd0000-0000-0000-0000-000000000001", "00ff"]
    assert found["events"][0]["message"] is None
    assert found["events"][2] == {
        "id": 1,
        "provider": "Alpha",
        "level": 2,
        "time": "2026-11-20T09:55:00.000Z",
        "record": 1,
        "properties": ["first", 1067],
        "message": "Alpha failed",
    }
    assert found["events"][1]["level"] == 4


def test_filters(state: State) -> None:
    assert _ids(state, Events("Application", provider="Alpha")) == [(1, 3), (1, 1)]
    assert _ids(state, Events("Application", provider="ALPHA")) == [], "providers compare with case"
    assert _ids(state, Events("Application", ids=(2, 3))) == [(2, 2), (3, 77)]
    assert _ids(state, Events("Application", levels=(3,))) == [(1, 3)]
    assert _ids(state, Events("Application", since="4m")) == [(1, 3), (2, 2)]
    assert _ids(state, Events("Application", since="1h")) == [(1, 3), (2, 2), (1, 1)]
    assert _ids(state, Events("Application", contains=("SECOND", "1067"))) == [(2, 2), (1, 1)]
    assert _ids(state, Events("Application", contains=("alpha F",))) == [(1, 1)]
    assert value(state, Events("Application", provider="Nobody"))["events"] == []


def test_newest_says_that_older_ones_fit_too(state: State) -> None:
    found = value(state, Events("Application", newest=2))
    assert ([event["record"] for event in found["events"]], found["more"]) == ([3, 2], True)
    assert not value(state, Events("Application", provider="Alpha", newest=2))["more"]
    assert unreadable(state, Events("Application", newest=501)) == "NotAllowed"
    assert unreadable(state, Events("Application", since="yesterday")) == "BadArgument"


def test_logs_that_are_not_read_like_others() -> None:
    logs = {
        "Off": {"enabled": False, "events": []},
        "Secret": {"denied": True, "events": EVENTS},
        "Debug": {"type": "Debug", "events": EVENTS},
        "Listed": {"events": EVENTS},
    }
    state = host(logs=logs, denied=["log:listed"])
    assert value(state, Events("off")) == {"enabled": False, "oldest": None, "events": [], "more": False}
    assert absent(state, Events("Missing"))
    assert unreadable(state, Events("O*")) == "BadArgument"
    assert answered(state, Events("Secret"))["why"]["id"].startswith("LogInfoUnavailable")
    assert reason(state, Events("Listed")) == reason(state, Events("Secret")) == "DENIED"
    assert answered(state, Events("Debug"))["state"] == "unreadable"


def test_long_events_are_cut() -> None:
    event = {"id": 1, "provider": "p", "time": 1, "data": ["x" * 3_000, *range(40)], "message": "\U0001f600" * 3_000}
    found = value(host(logs={"L": {"events": [event]}}), Events("L"))["events"][0]
    assert (len(found["properties"]), len(found["properties"][0])) == (32, 2_048)
    assert found["message"] == "\U0001f600" * 2_048, "4,096 units"
    assert value(host(logs={"L": {"events": [event]}}), Events("L", contains=("39",)))["events"], (
        "what is cut away is searched too"
    )


def _recorded() -> list[str]:
    text = RECORDED.read_text(encoding="utf-8")
    return re.findall(r"<Event xmlns=.*?</Event>", text, re.DOTALL)


def test_the_events_of_a_real_log_are_told_as_they_were_recorded() -> None:
    texts = _recorded()
    assert len(texts) == 110
    state = State.of(
        {
            "os": {"now": "2016-01-01T00:00:00Z"},
            "logs": {"System": {"events": [{"xml": text, "message": f"event {n}"} for n, text in enumerate(texts)]}},
        }
    )
    found = value(state, Events("System", newest=500))
    assert (len(found["events"]), found["more"]) == (110, False)
    by_record = {event["record"]: event for event in found["events"]}
    assert len(by_record) == 110
    names = {"e": "http://schemas.microsoft.com/win/2004/08/events/event"}
    for text in texts:
        recorded = Xml.fromstring(text)
        told = by_record[int(recorded.findtext("e:System/e:EventRecordID", "", names))]
        assert told["id"] == int(recorded.findtext("e:System/e:EventID", "", names))
        assert told["level"] == int(recorded.findtext("e:System/e:Level", "", names))
        assert told["provider"] == recorded.find("e:System/e:Provider", names).get("Name")
        assert told["time"][:19] == recorded.find("e:System/e:TimeCreated", names).get("SystemTime")[:19]
        assert told["properties"] == [
            "".join(data.itertext()) for data in recorded.findall("e:EventData/e:Data", names)
        ]
    times = [event["time"] for event in found["events"]]
    assert times == sorted(times, reverse=True)
    assert found["oldest"] == min(times)
    stopped = value(
        state, Events("System", provider="Service Control Manager", ids=(7036,), contains=("STOPPED",), newest=500)
    )
    assert stopped["events"]
    assert all("stopped" in event["properties"] for event in stopped["events"])
