"""events: what a log holds, newest first, declared or as recorded XML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as Xml

from vmready.twin import times
from vmready.twin.answers.outcome import Absent, Unreadable, bad_argument, not_allowed, why
from vmready.twin.answers.question import Question, bounded
from vmready.twin.answers.readings import Readings
from vmready.twin.names import cut, fold
from vmready.twin.states import State

_NEWEST = 500
_PROPERTIES = 32
_PROPERTY = 2048
_MESSAGE = 4096
_EVENT = "{http://schemas.microsoft.com/win/2004/08/events/event}"
_SINCE = re.compile(r"(\d{1,5})([mhd])\Z", re.ASCII)
_LOOKED = 20_000
_NUMBERS = 20
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class _Event:
    id: int
    provider: str
    level: int
    time: datetime
    record: int
    properties: list[Any]
    kinds: list[str]
    message: str | None


def answer(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    newest = question.number("newest", 50, 1, _NEWEST)
    ids = {bounded("id", text, 0, 65_535) for text in question.all("id")}
    levels = {bounded("level", text, 0, 255) for text in question.all("level")}
    if len(question.all("id")) + len(question.all("level")) > _NUMBERS:
        raise not_allowed("at most 20 ids and levels")
    since = _since(question.one("since"), readings.now)
    contains = [fold(literal) for literal in question.all("contains")]
    provider = question.one("provider")
    if provider is not None and {"'", '"'} <= set(provider):
        raise bad_argument(f"provider={provider}")
    kinds = question.word("kinds", "yes") is not None
    log = question.subject
    if "GET-WINEVENT" in map(fold, state.os.get("missingCommands", ())):
        raise Unreadable(why("CommandNotFoundException", "the host has no Get-WinEvent"))
    if log not in state["logs"]:
        raise Absent
    entry = state["logs"][log]
    if entry.get("denied") or state.denies(f"log:{log}"):
        raise Unreadable(
            why(
                "LogInfoUnavailable,Microsoft.PowerShell.Commands.GetWinEventCommand",
                f"Could not retrieve information about the {log} log. Error: Attempted to perform an unauthorized operation..",
                type="System.UnauthorizedAccessException",
                hresult=-2147024891,
            )
        )
    events = sorted(
        (_read(declared, number, readings.now) for number, declared in enumerate(entry.get("events", ()), 1)),
        key=lambda event: (event.time, event.record),
        reverse=True,
    )
    if entry.get("type") in ("Analytical", "Debug"):
        raise Unreadable(
            why(
                "SpecifyOldestForLog,Microsoft.PowerShell.Commands.GetWinEventCommand",
                f"{log} is an analytical or a debug log",
            )
        )
    fitting = [
        event
        for event in events
        if (provider is None or event.provider == provider)
        and (not ids or event.id in ids)
        and (not levels or event.level in levels)
        and (since is None or event.time >= since)
    ]
    left_out = bool(contains) and len(fitting) > _LOOKED
    if contains:
        fitting = [event for event in fitting[:_LOOKED] if _holds(event, contains)]
    lacking = set(map(fold, state.os.get("missingCommands", ())))
    classic = {"classic": entry.get("classic", "/" not in log), "older": "GET-EVENTLOG" not in lacking} if kinds else {}
    return {
        **classic,
        "enabled": entry.get("enabled", True),
        "oldest": times.iso(min(event.time for event in events)) if events else None,
        "events": [_shown(event, kinds=kinds) for event in fitting[:newest]],
        "more": left_out or len(fitting) > newest,
    }


def _since(text: str | None, now: datetime) -> datetime | None:
    if text is None:
        return None
    match = _SINCE.match(text)
    if match is None:
        raise bad_argument(f"since={text}")
    return now - timedelta(**{_UNITS[match[2]]: int(match[1])})


def _read(declared: Mapping[str, Any], number: int, now: datetime) -> _Event:
    if "xml" in declared:
        declared = {**_recorded(declared["xml"]), "message": declared.get("message")}
    data = declared.get("data") or []
    values = list(data.values()) if isinstance(data, Mapping) else data
    return _Event(
        declared["id"],
        declared["provider"],
        declared.get("level", 4),
        times.moment(declared["time"], now),
        declared.get("recordId", number),
        [_property(value) for value in values],
        [_kind(value) for value in values],
        declared.get("message"),
    )


def _recorded(xml: str) -> dict[str, Any]:
    """What stands in the event log's own XML. Data without a name counts like data with one; binary data is no property here."""
    event = Xml.fromstring(xml)  # noqa: S314 - a declared state, our own user's file
    system = event.find(f"{_EVENT}System")
    if system is None:
        raise Unreadable(why("InvalidEvent", "the declared event has no System"))
    provider, created = system.find(f"{_EVENT}Provider"), system.find(f"{_EVENT}TimeCreated")
    return {
        "id": int(system.findtext(f"{_EVENT}EventID") or 0),
        "provider": provider.get("Name", "") if provider is not None else "",
        "level": int(system.findtext(f"{_EVENT}Level") or 0),
        "time": created.get("SystemTime", "") if created is not None else "",
        "recordId": int(system.findtext(f"{_EVENT}EventRecordID") or 0),
        "data": ["".join(data.itertext()) for data in event.iter() if data.tag.rpartition("}")[2] == "Data"],
    }


def _property(value: Any) -> Any:
    if isinstance(value, Mapping):
        inner = value.get("value")
        if value.get("type") == "guid":
            return str(inner).strip("{}").lower()
        return bytes(inner).hex() if value.get("type") == "byte[]" and inner is not None else inner
    if isinstance(value, list):
        return " ".join(map(_text, value))
    return value


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        named = {"guid": "guid", "byte[]": "bytes", "string": "text"}
        return named.get(str(value.get("type", "")).lower().removeprefix("system."), "other")
    return "text" if isinstance(value, str) else "other"


def _text(value: Any) -> str:
    """A property as text: what a search sees."""
    if value is None:
        return ""
    return str(value) if not isinstance(value, bool) else ("True" if value else "False")


def _holds(event: _Event, contains: list[str]) -> bool:
    texts = [fold(event.message or ""), *(fold(_text(value)) for value in event.properties)]
    return any(literal in text for literal in contains for text in texts)


def _shown(event: _Event, *, kinds: bool) -> dict[str, Any]:
    return {
        **({"kinds": event.kinds[:_PROPERTIES]} if kinds else {}),
        "id": event.id,
        "provider": event.provider,
        "level": event.level,
        "time": times.iso(event.time),
        "record": event.record,
        "properties": [
            cut(value, _PROPERTY) if isinstance(value, str) else value for value in event.properties[:_PROPERTIES]
        ],
        "message": None if event.message is None else cut(event.message, _MESSAGE),
    }
