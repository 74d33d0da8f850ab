"""What the verbs' answers look like in Python: typed, frozen, checked on the way in.

Each ``read`` takes the JSON value of an observed answer (shapes: ``docs/probes.md``) and raises :class:`Malformed` where a host sent
something else. Names of registry values, keys and WMI properties compare without case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from vmready.probes.answers import Absent, Answer, Observed, Unreadable, why_of

V = TypeVar("V")


class Malformed(ValueError):
    """The host's answer has not the shape that the verb documents."""


class Names(Mapping[str, V], Generic[V]):
    """A mapping whose names compare without case, as Windows compares them; iteration gives the names as stored."""

    __slots__ = ("_by_fold",)

    def __init__(self, items: Mapping[str, V]) -> None:
        self._by_fold: dict[str, tuple[str, V]] = {name.lower(): (name, value) for name, value in items.items()}

    def __getitem__(self, name: str) -> V:
        return self._by_fold[name.lower()][1]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._by_fold

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._by_fold.values())

    def __len__(self) -> int:
        return len(self._by_fold)

    def __repr__(self) -> str:
        return f"Names({dict(self.items())!r})"


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z", re.ASCII)


def member(value: Any, name: str, kinds: type | tuple[type, ...]) -> Any:
    """A required member of a JSON object, of one of these types (a bool is no int)."""
    # Types are compared first: asking an abstract class takes longer than the rest, and this is called very often.
    if type(value) is not dict and not isinstance(value, Mapping):
        raise Malformed(f"an object is wanted, not {type(value).__name__}")
    if name not in value:
        raise Malformed(f"member {name!r} is missing")
    found = value[name]
    allowed = kinds if isinstance(kinds, tuple) else (kinds,)
    if not isinstance(found, allowed) or (isinstance(found, bool) and bool not in allowed):
        raise Malformed(f"member {name!r} is {type(found).__name__}")
    return found


def optional(value: Any, name: str, kinds: type | tuple[type, ...]) -> Any:
    """A member that may be missing or null."""
    if type(value) is not dict and not isinstance(value, Mapping):
        raise Malformed(f"an object is wanted, not {type(value).__name__}")
    return None if value.get(name) is None else member(value, name, kinds)


def text_member(value: Any, name: str) -> str:
    return str(member(value, name, str))


def items(value: Any, name: str) -> list[Any]:
    return list(member(value, name, list))


def time_of(text: Any) -> datetime | None:
    """A UTC time of the collector, or None for null."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise Malformed("a time is text")
    try:
        # fromisoformat takes many other notations as well, strptime ten times as long.
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise Malformed(f"not a time: {text[:40]!r}")


def version_of(text: str | None) -> tuple[int, ...] | None:
    """``1.2.3.4`` as numbers, so that 971 < 1010; None where it is no version."""
    if not text:
        return None
    parts = text.strip().split(".")
    numbers = all(part.isascii() and part.isdigit() and len(part) <= 10 for part in parts)
    return tuple(int(part) for part in parts) if numbers else None


def part(value: Any, name: str, read: Any) -> Answer[Any]:
    """A part of an answer that may itself be absent or unreadable."""
    raw = member(value, name, (Mapping, dict))
    if "unreadable" in raw:
        return Unreadable(why_of(raw["unreadable"]))
    if raw.get("absent") is True:
        return Absent()
    return Observed(read(raw))


@dataclass(frozen=True, slots=True)
class Value:
    """A registry value. ``data``: text, list of text, unsigned number, or hex. ``cut``: the whole length where it was cut."""

    type: str
    data: Any
    cut: int | None = None
    inferred: bool = False

    @property
    def number(self) -> int | None:
        """The data of a REG_DWORD or REG_QWORD; None for every other type (text that looks like a number is no number)."""
        return self.data if isinstance(self.data, int) else None

    @property
    def text(self) -> str | None:
        return self.data if isinstance(self.data, str) and self.type in ("REG_SZ", "REG_EXPAND_SZ") else None


@dataclass(frozen=True, slots=True)
class Shape:
    """What is told of a value whose data stays on the host."""

    type: str
    shape: str
    length: int
    equals: str | None

    @property
    def empty(self) -> bool:
        return self.shape == "empty"

    @property
    def is_text(self) -> bool:
        """Whether it is text, and not empty."""
        return self.shape == "text"


@dataclass(frozen=True, slots=True)
class Key:
    """A registry key. ``keys`` names every sub-key; its value is a Key where it was read, None below the asked depth, or Unreadable."""

    values: Names[Value]
    shapes: Names[Shape]
    keys: Names[Key | Unreadable | None]
    more: bool = False

    def number(self, name: str) -> int | None:
        """The number of a DWORD/QWORD value; None where the value is absent or of another type."""
        return self.values[name].number if name in self.values else None

    def text(self, name: str) -> str | None:
        """The text of a REG_SZ/REG_EXPAND_SZ value; None where absent or of another type."""
        return self.values[name].text if name in self.values else None

    def key(self, name: str) -> Key | Unreadable | None:
        return self.keys.get(name)

    @property
    def read_keys(self) -> Iterator[tuple[str, Key]]:
        """The sub-keys that were read."""
        return ((name, node) for name, node in self.keys.items() if isinstance(node, Key))

    @classmethod
    def read(cls, value: Any, depth: int = 0) -> Key:
        if depth > 32:
            raise Malformed("a registry tree deeper than 32")
        values: dict[str, Value] = {}
        shapes: dict[str, Shape] = {}
        for name, raw in member(value, "values", dict).items():
            kind = text_member(raw, "type")
            if "shape" in raw:
                shapes[name] = Shape(
                    kind, text_member(raw, "shape"), member(raw, "length", int), optional(raw, "equals", str)
                )
            else:
                data = member(raw, "data", (str, int, list))
                if isinstance(data, list) and not all(isinstance(line, str) for line in data):
                    raise Malformed("a list of text is wanted")
                values[name] = Value(
                    kind,
                    tuple(data) if isinstance(data, list) else data,
                    optional(raw, "cut", int),
                    raw.get("inferred") is True,
                )
        keys: dict[str, Key | Unreadable | None] = {}
        for name, raw in member(value, "keys", dict).items():
            if raw is None:
                keys[name] = None
            elif isinstance(raw, dict) and "unreadable" in raw:
                keys[name] = Unreadable(why_of(raw["unreadable"]))
            else:
                keys[name] = cls.read(raw, depth + 1)
        return cls(Names(values), Names(shapes), Names(keys), bool(value.get("more")))


@dataclass(frozen=True, slots=True)
class Hives:
    """The same key in every loaded user hive, by SID."""

    hives: Names[Answer[Key]]

    @classmethod
    def read(cls, value: Any) -> Hives:
        raw = member(value, "hives", dict)
        return cls(Names({sid: part(raw, sid, Key.read) for sid in raw}))


#: SERVICE_STATUS.dwCurrentState in words (winsvc.h).
STATES = {
    1: "stopped",
    2: "start pending",
    3: "stop pending",
    4: "running",
    5: "continue pending",
    6: "pause pending",
    7: "paused",
}
_WMI_STATES = {
    "stopped": 1,
    "start pending": 2,
    "stop pending": 3,
    "running": 4,
    "continue pending": 5,
    "pause pending": 6,
    "paused": 7,
}
#: Start of the Services key, and Win32_Service.StartMode, as one number.
_START_MODES = {"boot": 0, "system": 1, "auto": 2, "manual": 3, "disabled": 4}


@dataclass(frozen=True, slots=True)
class Service:
    """A service, from the first source that answered: SCM, then WMI, for the state; its key, then WMI, for the rest.

    ``state``: 1 stopped … 4 running … 7 paused. ``start``: 0 boot, 1 system, 2 automatic, 3 manual, 4 disabled. None: no source told.
    """

    name: str
    state: int | None
    start: int | None
    delayed: bool | None
    account: str | None
    image: str | None
    pid: int | None
    exit_code: int | None
    specific_exit_code: int | None
    again_state: int | None = None
    again_pid: int | None = None
    unreadable: tuple[str, ...] = ()
    #: What the service control manager alone said, which the fields above may have from elsewhere; ``start=shown`` only.
    scm_state: Answer[int] | None = None
    shown_start: int | None = None

    @property
    def running(self) -> bool:
        return self.state == 4

    @property
    def state_text(self) -> str:
        return "of unknown state" if self.state is None else STATES.get(self.state, f"in state {self.state}")

    @property
    def start_text(self) -> str:
        names = {0: "boot", 1: "system", 2: "automatic", 3: "manual", 4: "disabled"}
        return "unknown" if self.start is None else names.get(self.start, str(self.start))

    @classmethod
    def read(cls, name: str, value: Any) -> Service:
        scm = part(value, "scm", lambda raw: member(raw, "status", int))
        in_scm: Any = part(value, "scm", lambda raw: raw)
        key = part(value, "key", lambda raw: raw)
        wmi = part(value, "wmi", lambda raw: raw)
        again = value.get("again")
        failed = tuple(
            f"{source}: {answer.why}"
            for source, answer in (("SCM", scm), ("registry", key), ("WMI", wmi))
            if isinstance(answer, Unreadable)
        )
        in_key: Any = key.value if isinstance(key, Observed) else {}
        in_wmi: Any = wmi.value if isinstance(wmi, Observed) else {}
        state = scm.value if isinstance(scm, Observed) else _WMI_STATES.get(str(in_wmi.get("State", "")).lower())
        start = optional(in_key, "Start", int)
        if start is None:
            start = _START_MODES.get(str(in_wmi.get("StartMode", "")).lower())
        delayed_number = optional(in_key, "DelayedAutostart", int)
        delayed = bool(delayed_number) if delayed_number is not None or isinstance(key, Observed) else None
        again_state, again_pid = None, None
        if isinstance(again, Mapping):
            second = part(again, "scm", lambda raw: member(raw, "status", int))
            second_wmi = part(again, "wmi", lambda raw: raw)
            again_raw: Any = second_wmi.value if isinstance(second_wmi, Observed) else {}
            again_state = (
                second.value
                if isinstance(second, Observed)
                else _WMI_STATES.get(str(again_raw.get("State", "")).lower())
            )
            again_pid = optional(again_raw, "ProcessId", int)
        return cls(
            name,
            state,
            start,
            delayed,
            optional(in_key, "ObjectName", str) or optional(in_wmi, "StartName", str),
            optional(in_key, "ImagePath", str) or optional(in_wmi, "PathName", str),
            optional(in_wmi, "ProcessId", int),
            optional(in_wmi, "ExitCode", int),
            optional(in_wmi, "ServiceSpecificExitCode", int),
            again_state,
            again_pid,
            failed,
            scm,
            optional(in_scm.value, "startType", int) if isinstance(in_scm, Observed) else None,
        )


@dataclass(frozen=True, slots=True)
class Process:
    """A running process; None where the host would not tell."""

    id: int
    path: str | None
    started: datetime | None
    company: str | None
    version: str | None

    @classmethod
    def read_all(cls, value: Any) -> tuple[Process, ...]:
        return tuple(
            cls(
                member(raw, "id", int),
                optional(raw, "path", str),
                time_of(raw.get("started")),
                optional(raw, "company", str),
                optional(raw, "version", str),
            )
            for raw in items(value, "processes")
        )


@dataclass(frozen=True, slots=True)
class Event:
    """An event. ``properties`` in the event's order; ``message`` None where the provider's texts are missing."""

    id: int
    provider: str
    level: int | None
    time: datetime | None
    record: int | None
    properties: tuple[Any, ...]
    message: str | None
    #: ``text``, ``guid``, ``bytes`` or ``other`` for each property, where it was asked for.
    kinds: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Message and properties together, to search for tokens in."""
        return "\n".join([self.message or "", *(str(item) for item in self.properties)])


@dataclass(frozen=True, slots=True)
class EventLog:
    """A log that exists: the events that fit, newest first, and how far back it reaches. ``classic``: where kinds were asked for."""

    enabled: bool | None
    oldest: datetime | None
    events: tuple[Event, ...]
    more: bool
    classic: bool | None = None
    #: Whether the PowerShell that collected has Get-EventLog, which reads such logs.
    older: bool | None = None

    @classmethod
    def read(cls, value: Any) -> EventLog:
        return cls(
            optional(value, "enabled", bool),
            time_of(value.get("oldest")),
            tuple(
                Event(
                    member(raw, "id", int),
                    str(raw.get("provider") or ""),
                    optional(raw, "level", int),
                    time_of(raw.get("time")),
                    optional(raw, "record", int),
                    tuple(items(raw, "properties")),
                    optional(raw, "message", str),
                    tuple(str(kind) for kind in optional(raw, "kinds", list) or ()),
                )
                for raw in items(value, "events")
            ),
            bool(value.get("more")),
            optional(value, "classic", bool),
            optional(value, "older", bool),
        )


@dataclass(frozen=True, slots=True)
class File:
    """A file or folder that fits a pattern."""

    path: str
    directory: bool
    length: int | None
    modified: datetime | None
    version: str | None

    @property
    def name(self) -> str:
        return self.path.rsplit("\\", 1)[-1]


@dataclass(frozen=True, slots=True)
class Paths:
    """What fits a pattern, ordered by path, and what could not be looked into."""

    matches: tuple[File, ...]
    unreadable: tuple[str, ...]
    more: bool

    @classmethod
    def read(cls, value: Any) -> Paths:
        return cls(
            tuple(
                File(
                    text_member(raw, "path"),
                    bool(raw.get("directory")),
                    optional(raw, "length", int),
                    time_of(raw.get("modified")),
                    optional(raw, "version", str),
                )
                for raw in items(value, "matches")
            ),
            tuple(text_member(raw, "path") for raw in value.get("unreadable") or []),
            bool(value.get("more")),
        )


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a text file. ``inside``: the text starts inside a line. ``whole``: the search for ``lines`` saw the whole file."""

    path: str
    text: str
    encoding: str
    length: int
    start: int
    inside: bool
    modified: datetime | None
    lines: tuple[str, ...]
    searched: int | None
    whole: bool

    @property
    def begins(self) -> bool:
        """Whether the text begins where the file does: behind the mark of its encoding, which has three bytes at most."""
        return self.start <= 3

    @classmethod
    def read(cls, value: Any) -> Tail:
        return cls(
            text_member(value, "path"),
            text_member(value, "text"),
            text_member(value, "encoding"),
            member(value, "length", int),
            member(value, "from", int),
            bool(value.get("inside")),
            time_of(value.get("modified")),
            tuple(str(line) for line in value.get("lines") or []),
            optional(value, "searched", int),
            bool(value.get("whole")),
        )


@dataclass(frozen=True, slots=True)
class XmlShape:
    """How often each element stands in the file, and which literals stand outside comments. None: not well-formed."""

    length: int
    well_formed: bool
    elements: Mapping[str, int | None]
    literals: Mapping[str, bool | None]

    @classmethod
    def read(cls, value: Any) -> XmlShape:
        return cls(
            member(value, "length", int),
            member(value, "wellFormed", bool),
            dict(member(value, "elements", dict)),
            dict(member(value, "literals", dict)),
        )


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A security descriptor as SDDL; where they were asked for, account names by SID and ``%USERNAME%`` of the collector."""

    sddl: str
    names: Mapping[str, str]
    user: str | None = None

    @classmethod
    def read(cls, value: Any) -> Descriptor:
        return cls(text_member(value, "sddl"), dict(optional(value, "names", dict) or {}), optional(value, "user", str))


@dataclass(frozen=True, slots=True)
class Instances:
    """WMI instances, in the order the host gave them."""

    instances: tuple[Names[Any], ...]
    more: bool

    @classmethod
    def read(cls, value: Any) -> Instances:
        rows = items(value, "instances")
        if not all(isinstance(row, dict) for row in rows):
            raise Malformed("an instance is an object")
        return cls(tuple(Names(row) for row in rows), bool(value.get("more")))


@dataclass(frozen=True, slots=True)
class Connection:
    """A TCP connection, or the stage at which it failed. Outcomes: ``docs/probes.md``, tcp."""

    dns: str | None
    addresses: tuple[str, ...]
    outcome: str
    socket: int | None
    remote: str | None

    @property
    def connected(self) -> bool:
        return self.outcome == "connected"

    @property
    def text(self) -> str:
        """The outcome for people."""
        return outcome_text(self.outcome, self.socket)

    @classmethod
    def read(cls, value: Any) -> Connection:
        dns = optional(value, "dns", dict)
        connect = member(value, "connect", dict)
        return cls(
            None if dns is None else text_member(dns, "outcome"),
            () if dns is None else tuple(str(address) for address in dns.get("addresses") or []),
            text_member(connect, "outcome"),
            optional(connect, "socket", int),
            optional(connect, "remote", str),
        )


def outcome_text(outcome: str, socket: int | None = None) -> str:
    """A network outcome in words."""
    words = {
        "connected": "connected",
        "answered": "answered",
        "refused": "connection refused",
        "timeout": "no answer in time",
        "dns": "name does not resolve",
        "reset": "connection reset",
        "forbidden": "blocked by a filter on the host (socket error 10013)",
        "unreachable": "no route",
        "tls": "TLS failed",
        "failed": "failed",
    }
    text = words.get(outcome, "failed")
    return f"{text} (socket error {socket})" if socket is not None and outcome in ("failed", "unreachable") else text


@dataclass(frozen=True, slots=True)
class Exchange:
    """An HTTP request, or the stage at which it failed."""

    outcome: str
    status: int | None
    status_text: str | None
    length: int | None
    location: str | None
    body: str
    cut: bool
    socket: int | None
    web: int | None
    error: str | None
    certificate: Mapping[str, Any] | None
    protocols: int | None
    #: The text of the exception that .NET makes of an answer from 400 on, where it was asked for.
    message: str | None = None

    @property
    def answered(self) -> bool:
        return self.outcome == "answered"

    @property
    def text(self) -> str:
        return f"HTTP {self.status}" if self.answered else outcome_text(self.outcome, self.socket)

    @classmethod
    def read(cls, value: Any) -> Exchange:
        return cls(
            text_member(value, "outcome"),
            optional(value, "status", int),
            optional(value, "statusText", str),
            optional(value, "length", int),
            optional(value, "location", str),
            optional(value, "body", str) or "",
            bool(value.get("cut")),
            optional(value, "socket", int),
            optional(value, "web", int),
            optional(value, "error", str),
            optional(value, "certificate", dict),
            optional(value, "protocols", int),
            optional(value, "message", str),
        )


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate's public parts."""

    subject: str
    issuer: str
    friendly_name: str | None
    not_before: datetime | None
    not_after: datetime | None
    thumbprint: str
    has_private_key: bool | None

    @classmethod
    def read_all(cls, value: Any) -> tuple[Certificate, ...]:
        return tuple(
            cls(
                str(raw.get("subject") or ""),
                str(raw.get("issuer") or ""),
                optional(raw, "friendlyName", str),
                time_of(raw.get("notBefore")),
                time_of(raw.get("notAfter")),
                str(raw.get("thumbprint") or ""),
                optional(raw, "hasPrivateKey", bool),
            )
            for raw in items(value, "certificates")
        )


@dataclass(frozen=True, slots=True)
class NativeText:
    """What an allow-listed program printed."""

    text: str
    exit_code: int | None

    @classmethod
    def read(cls, value: Any) -> NativeText:
        return cls(text_member(value, "text"), optional(value, "exit", int))


@dataclass(frozen=True, slots=True)
class ComReading:
    """Properties of a COM object by dotted path, or the items of a call."""

    properties: Names[Any]
    items: tuple[Names[Any], ...]

    @classmethod
    def read(cls, value: Any) -> ComReading:
        rows = optional(value, "items", list) or []
        return cls(
            Names(optional(value, "properties", dict) or {}), tuple(Names(row) for row in rows if isinstance(row, dict))
        )


@dataclass(frozen=True, slots=True)
class AppLockerFile:
    """A file as AppLocker sees it."""

    path: str
    publisher: Mapping[str, Any] | None
    hash: str | None

    @classmethod
    def read_all(cls, value: Any) -> tuple[AppLockerFile, ...]:
        return tuple(
            cls(text_member(raw, "path"), optional(raw, "publisher", dict), optional(raw, "hash", str))
            for raw in items(value, "files")
        )


@dataclass(frozen=True, slots=True)
class System:
    """What the host says of itself. None: it would not tell."""

    computer_name: str | None
    machine_id: str | None
    ps_version: tuple[int, ...] | None
    os_version: tuple[int, ...] | None
    bitness: int | None
    language_mode: str | None
    culture: str | None
    user_sid: str | None
    administrator: bool | None
    boot: datetime | None
    clock: datetime

    @classmethod
    def read(cls, value: Any) -> System:
        clock = time_of(value.get("clock") if isinstance(value, Mapping) else None)
        if clock is None:
            raise Malformed("the host's clock is missing")
        return cls(
            optional(value, "computerName", str),
            optional(value, "machineId", str),
            version_of(optional(value, "psVersion", str)),
            version_of(optional(value, "osVersion", str)),
            optional(value, "bitness", int),
            optional(value, "languageMode", str),
            optional(value, "culture", str),
            optional(value, "userSid", str),
            optional(value, "administrator", bool),
            time_of(value.get("boot")),
            clock,
        )
