"""The records of a ledger, read back into nouns.

A field of the wrong type raises KeyError, TypeError or ValueError; the caller names file and record.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vmready.evidence.records import Header, Record
from vmready.evidence.values import settled, settled_text
from vmready.model import Cause, Cell, Document, Fault, Finding, Kind, Requirement, Role, Severity, Source, Verdict


@dataclass(frozen=True, slots=True)
class HostOfRun:
    """A host as the run saw it. ``roles`` maps a role to its origin; ``tls`` is ``unverified`` where the certificate was not checked.

    ``collected`` is False where collecting it was never finished; ``cause`` says why there are no answers.
    """

    name: str
    url: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    tls: str = ""
    tags: Mapping[str, Any] = field(default_factory=dict)
    resource_id: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    allow_undetermined: Mapping[str, str] = field(default_factory=dict)
    collected: bool = False
    snapshot: str | None = None
    sha256: str | None = None
    cause: Cause | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """Something about the run as a whole; ``hosts`` are those it concerns."""

    text: str
    level: str = "warning"
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WaiverState:
    """What became of a waiver in this run: used, unused, expired, …"""

    state: str
    text: str
    requirement: str = ""
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """How the run ended. ``reason`` says why early, "" if it did not."""

    finished: datetime
    exit_code: int
    totals: Mapping[Verdict, int]
    reason: str = ""


def header(record: Record) -> Header:
    tool = _mapping(record["tool"])
    return Header(
        run_id=text(record["run"]),
        started=datetime.fromisoformat(text(record["started"])),
        version=text(tool["version"]),
        commit=text(tool["commit"]),
        operator=text(record["operator"]),
        python=text(record["python"]),
        platform=text(record["platform"]),
        options=settled(_mapping(record["options"])),
        sources=_texts(record["sources"]),
    )


def requirement(record: Record) -> Requirement:
    document = _mapping(record["document"])
    return Requirement(
        id=text(record["id"]),
        title=text(record["title"]),
        kind=Kind(record["kind"]),
        severity=Severity(record["severity"]),
        source=Source(
            Document(text(document["key"]), text(document["title"]), text(document["url"])), text(record["section"])
        ),
        rationale=text(record["rationale"]),
        remedy=text(record["remedy"]),
        roles=frozenset(Role(role) for role in record["roles"]),
        as_documented=True if record["as_documented"] else None,
    )


def host(record: Record) -> HostOfRun:
    resource_id = record["resource_id"]
    return HostOfRun(
        name=text(record["host"]),
        url=text(record["url"]),
        roles=_text_mapping(record["roles"]),
        tls=text(record["tls"]),
        tags=settled(_mapping(record["tags"])),
        resource_id=None if resource_id is None else text(resource_id),
        inputs=settled(_mapping(record["inputs"])),
        allow_undetermined=_text_mapping(record["allow_undetermined"]),
    )


def collected(known: HostOfRun, record: Record) -> HostOfRun:
    return dataclasses.replace(
        known,
        collected=True,
        roles=known.roles if record["roles"] is None else _text_mapping(record["roles"]),
        snapshot=None if record["snapshot"] is None else text(record["snapshot"]),
        sha256=None if record["sha256"] is None else text(record["sha256"]),
        cause=None if record["cause"] is None else _cause(_mapping(record["cause"])),
        warnings=_texts(record["warnings"]),
    )


def _cause(record: Record) -> Cause:
    return Cause(
        text(record["code"]), text(record["message"]), text(record["remedy"]), Fault[text(record["fault"]).upper()]
    )


def finding(record: Record, cell: Cell) -> Finding:
    """The finding that a record tells of a planned cell."""
    verdict = Verdict(record["verdict"])
    if verdict is Verdict.NOT_RUN:
        raise ValueError("not run is not a finding")
    basis = record.get("basis", "decision")
    if basis not in ("decision", "letter"):
        raise ValueError(f"basis {basis!r}")
    detail, notes, cause, waiver_ = (record.get(name) for name in ("detail", "notes", "cause", "waiver"))
    return Finding(
        cell,
        verdict,
        "" if detail is None else text(detail),
        settled(record.get("observed")),
        () if notes is None else _texts(notes),
        basis,
        None if cause is None else text(cause),
        None if waiver_ is None else settled(_mapping(waiver_)),
        float(record["seconds"]),
    )


def message(record: Record) -> Message:
    return Message(text(record["text"]), text(record["level"]), _texts(record["hosts"]))


def waiver(record: Record) -> WaiverState:
    return WaiverState(
        text(record["state"]), text(record["text"]), text(record["requirement"]), _texts(record["hosts"])
    )


def end(record: Record) -> End:
    counts = _mapping(record["totals"])
    totals = {verdict: int(counts[verdict.value]) for verdict in Verdict}
    return End(
        datetime.fromisoformat(text(record["finished"])), int(record["exit_code"]), totals, text(record["reason"])
    )


def never_judged(ended: End | None) -> str:
    """Why the cells without a finding have none."""
    if ended is None:
        return "not judged: the run was cut off"
    return f"not judged: {ended.reason}" if ended.reason else "not judged: the run ended without it"


def derived(cell: Cell, reason: str | None, rest: str) -> Finding:
    """The finding of a cell that has none: not applicable where the plan says so (``reason``), not run otherwise."""
    return (
        Finding(cell, Verdict.NOT_RUN, rest) if reason is None else Finding(cell, Verdict.NOT_APPLICABLE, text(reason))
    )


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected, not {type(value).__name__}")
    return settled_text(value)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"a list expected, not {type(value).__name__}")
    return tuple(text(entry) for entry in value)


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"an object expected, not {type(value).__name__}")
    return value


def _text_mapping(value: Any) -> dict[str, str]:
    return {text(key): text(entry) for key, entry in _mapping(value).items()}
