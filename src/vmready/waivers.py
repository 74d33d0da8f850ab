"""Waivers: deviations that somebody answers for, until a date, for the value that was observed.

A waiver never hides anything: the requirement still runs, and reports show its outcome beside the waiver. It covers a non-compliant or
warning finding only, and only while the host shows the value that was accepted. What could not be read is not a deviation and cannot be waived.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

from vmready.declared import (
    Declaration,
    DeclarationError,
    Path,
    Problem,
    did_you_mean,
    nearest,
    parse,
    problems,
    read,
    shown,
)
from vmready.model import Finding, Role, Verdict

#: How far ahead a waiver may expire, in days, unless the user allows more.
LONGEST = 366

_COVERED = frozenset({Verdict.NON_COMPLIANT, Verdict.WARNING})


class WaiverError(DeclarationError):
    """A waivers file that cannot be used. ``str()`` is one line per problem."""


class State(StrEnum):
    """What became of a waiver in a run."""

    USED = "used"
    EXPIRED = "expired"
    UNUSED = "unused"
    NO_LONGER_NEEDED = "no longer needed"
    OTHER_VALUE = "other value observed"
    UNKNOWN_ID = "unknown id"
    NO_MATCHING_HOST = "no matching host"
    OVERLAPPING = "overlapping"


@dataclass(frozen=True, slots=True)
class Waiver:
    """One entry. ``place`` is its file and line, for messages. ``expires`` is the last day (UTC) that it covers."""

    requirement: str
    hosts: tuple[str, ...]
    reason: str
    approver: str
    expires: date
    observed: Any
    ticket: str = ""
    place: str = ""

    def concerns(self, item: str, requirement: str) -> bool:
        """Whether it is about this item: by its own id, or by that of its row. Never by prefix."""
        return self.requirement in (item, requirement)

    def names(self, host: str, roles: Collection[str]) -> bool:
        """Whether it is about this host: by pattern (without case) or by role."""
        for pattern in self.hosts:
            if pattern.startswith("role:"):
                if pattern.removeprefix("role:") in roles:
                    return True
            elif fnmatchcase(host.casefold(), pattern.casefold()):
                return True
        return False

    def accepts(self, observed: Any) -> bool:
        """Whether the value is the accepted one, as JSON: 1, 1.0 and true are three values."""
        return _canonical(self.observed) == _canonical(observed)

    def live(self, today: date) -> bool:
        return today <= self.expires


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


@cache
def schema() -> Mapping[str, Any]:
    """The published JSON Schema (2020-12) of a waivers file."""
    loaded: dict[str, Any] = json.loads(
        files("vmready").joinpath("schemas", "waivers.schema.json").read_text(encoding="utf-8")
    )
    return loaded


def load(path: pathlib.Path, *, today: date, longest: int = LONGEST) -> tuple[Waiver, ...]:
    """The waivers of a file. Raises WaiverError with everything that is wrong; an expired waiver is no error, it covers nothing."""
    try:
        declaration = read(path)
    except DeclarationError as error:
        raise WaiverError(error.problems) from None
    return _entries(declaration, today, longest)


def checked(text: str, path: pathlib.Path, *, today: date, longest: int = LONGEST) -> tuple[Waiver, ...]:
    """The waivers of a file that would have this text. Raises WaiverError."""
    return _entries(parse(text, str(path), syntax="json" if path.suffix.lower() == ".json" else "yaml"), today, longest)


def _entries(declaration: Declaration, today: date, longest: int) -> tuple[Waiver, ...]:
    wrong = [*declaration.problems]
    known = {problem.path for problem in wrong}
    wrong += [problem for problem in problems(declaration, schema()) if problem.path not in known]
    bad = frozenset(problem.path for problem in wrong)
    entries = declaration.value.get("waivers") if isinstance(declaration.value, dict) else None
    found: list[Waiver] = []
    for index, raw in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(raw, dict):
            more = _wrong(declaration, index, raw, today, longest, bad)
            wrong += more
            if not more and not any(path[:2] == ("waivers", index) for path in bad):
                found.append(_waiver(declaration, index, raw))
    if wrong:
        raise WaiverError(sorted(dict.fromkeys(wrong), key=lambda problem: (problem.line or 0, problem.key)))
    return tuple(found)


def _wrong(
    declaration: Declaration, index: int, raw: Mapping[str, Any], today: date, longest: int, bad: Collection[Path]
) -> list[Problem]:
    """What the schema cannot say of an entry. Values that it has refused (``bad``) are not looked at again."""
    wrong: list[Problem] = []
    at = ("waivers", index)
    if "expires" in raw and (*at, "expires") not in bad:
        try:
            expires = date.fromisoformat(raw["expires"])
        except ValueError:
            wrong.append(declaration.problem((*at, "expires"), "not a day of the calendar"))
        else:
            if expires - today > timedelta(days=longest):
                last = (today + timedelta(days=longest)).isoformat()
                message = f"more than {longest} days ahead: {last} is the last day (--waiver-days allows more)"
                wrong.append(declaration.problem((*at, "expires"), message))
    hosts = raw.get("hosts")
    for number, pattern in enumerate(hosts if isinstance(hosts, list) else ()):
        if isinstance(pattern, str) and pattern.startswith("role:") and (*at, "hosts", number) not in bad:
            name = pattern.removeprefix("role:")
            if name not in list(Role):
                message = f'unknown role "{shown(name)}"{did_you_mean(name, list(Role))}'
                wrong.append(declaration.problem((*at, "hosts", number), message))
    return wrong


def _waiver(declaration: Declaration, index: int, raw: Mapping[str, Any]) -> Waiver:
    line = declaration.line(("waivers", index))
    return Waiver(
        raw["requirement"],
        tuple(raw["hosts"]),
        raw["reason"],
        raw["approver"],
        date.fromisoformat(raw["expires"]),
        raw["observed"],
        raw.get("ticket", ""),
        f"{declaration.file}:{line}" if line else declaration.file,
    )


@dataclass(slots=True)
class Waivers:
    """The waivers of a run, and what became of each."""

    entries: Sequence[Waiver] = ()
    today: date = date.min
    _states: dict[int, dict[State, list[str]]] = field(default_factory=dict)

    def apply(self, finding: Finding, roles: Collection[str]) -> Finding:
        """The finding as the waivers leave it.

        A covered deviation becomes *waived*, with what it was; an expired waiver, or one that accepts another value, is noted and covers nothing.
        Of a host that complies it is noted that the waiver is no longer needed.
        """
        cell = finding.cell
        matching = [
            (number, waiver)
            for number, waiver in enumerate(self.entries)
            if waiver.concerns(cell.item, cell.requirement) and waiver.names(cell.host, roles)
        ]
        if not matching:
            return finding
        notes: list[str] = []
        covering: list[tuple[int, Waiver]] = []
        for number, waiver in matching:
            if finding.verdict is Verdict.COMPLIANT:
                self._note(number, State.NO_LONGER_NEEDED, cell.host)
                notes.append(f"waiver no longer needed ({waiver.place}): the host complies")
            elif not waiver.live(self.today):
                self._note(number, State.EXPIRED, cell.host)
                if finding.verdict in _COVERED:
                    notes.append(
                        f"a waiver ({waiver.place}) expired on {waiver.expires.isoformat()} and no longer covers this"
                    )
            elif finding.verdict not in _COVERED:
                continue
            elif not waiver.accepts(finding.observed):
                self._note(number, State.OTHER_VALUE, cell.host)
                notes.append(
                    f"a waiver ({waiver.place}) accepts {_canonical(waiver.observed)}, "
                    f"the host shows {_canonical(finding.observed)}: it does not cover this"
                )
            else:
                covering.append((number, waiver))
        if len(covering) > 1:
            for number, _ in covering:
                self._note(number, State.OVERLAPPING, cell.host)
        if not covering:
            return replace(finding, notes=(*finding.notes, *notes)) if notes else finding
        number, waiver = covering[0]
        self._note(number, State.USED, cell.host)
        ticket = f", {waiver.ticket}" if waiver.ticket else ""
        return replace(
            finding,
            verdict=Verdict.WAIVED,
            detail=f"{finding.verdict}: {finding.detail} (waived until {waiver.expires.isoformat()} by {waiver.approver}{ticket}: {waiver.reason})",
            notes=(*finding.notes, *notes),
            waiver={
                "verdict": finding.verdict.value,
                "reason": waiver.reason,
                "approver": waiver.approver,
                "expires": waiver.expires.isoformat(),
                "ticket": waiver.ticket,
                "place": waiver.place,
            },
        )

    def _note(self, number: int, state: State, host: str) -> None:
        self._states.setdefault(number, {}).setdefault(state, []).append(host)

    def report(
        self, known: Collection[str], hosts: Mapping[str, Collection[str]]
    ) -> list[tuple[State, Waiver, tuple[str, ...]]]:
        """What became of every waiver: each state it was in, with the hosts. ``known``: every id and item that exists; ``hosts``: name to roles."""
        said: list[tuple[State, Waiver, tuple[str, ...]]] = []
        for number, waiver in enumerate(self.entries):
            if waiver.requirement not in known:
                said.append((State.UNKNOWN_ID, waiver, ()))
                continue
            if not any(waiver.names(name, roles) for name, roles in hosts.items()):
                said.append((State.NO_MATCHING_HOST, waiver, ()))
                continue
            states = self._states.get(number)
            if states:
                said += [(state, waiver, tuple(names)) for state, names in states.items()]
            else:
                said.append((State.UNUSED if waiver.live(self.today) else State.EXPIRED, waiver, ()))
        return said


def sentence(state: State, waiver: Waiver, known: Collection[str] = ()) -> str:
    """What to say of a waiver, and what to do. ``known``: the ids among which an unknown one may have been meant."""
    what = f"{waiver.place}: the waiver of {waiver.requirement}"
    match state:
        case State.USED:
            return f"{what} covers a deviation until {waiver.expires.isoformat()}"
        case State.EXPIRED:
            return f"{what} expired on {waiver.expires.isoformat()}: it covers nothing; remedy the deviation or have it approved again"
        case State.UNUSED:
            return f"{what} covered nothing in this run"
        case State.NO_LONGER_NEEDED:
            return f"{what} is no longer needed: the host complies; remove it"
        case State.OTHER_VALUE:
            return f"{what} accepts another value than the host shows: look at the deviation again"
        case State.UNKNOWN_ID:
            near = nearest(waiver.requirement, known)
            hint = f'did you mean "{near}"?' if near else "`vmready list` has them all"
            return f"{what} names no requirement or item that exists; {hint}"
        case State.NO_MATCHING_HOST:
            return f"{what} names no host of this run"
        case State.OVERLAPPING:
            return f"{what} overlaps with another waiver of the same deviation: keep one"
