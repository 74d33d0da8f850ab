"""path: files and folders that fit a pattern; also what AppLocker's file question looks through, and how every path is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vmready.twin import times
from vmready.twin.answers.outcome import Absent, Unreadable, bad_argument, denied, not_allowed
from vmready.twin.answers.question import Question
from vmready.twin.answers.readings import Readings
from vmready.twin.files import Node, length
from vmready.twin.names import file_path, fold, sort_key, units
from vmready.twin.states import State, expand

_MATCHES = 200
_REFUSALS = 50
_FOLDERS = 2_000
_LEVELS = 4
_PATH = re.compile(r"([A-Za-z]:)\\([^\x00-\x1f/<>|\":]*)\Z")


@dataclass(frozen=True, slots=True)
class AskedPath:
    """A path of a question with its variables expanded: the drive as it was written, and the segments."""

    drive: str
    segments: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.drive}\\" + "\\".join(self.segments)


def asked_path(state: State, text: str, *, pattern: bool = False) -> AskedPath:
    r"""What ``text`` means on this host. Raises Unreadable (BadArgument) for everything but a local ``X:\…``."""
    match = _PATH.match(expand(state, text))
    if match is None or (not pattern and re.search(r"[*?]", match[2])):
        raise bad_argument(text)
    segments = tuple(segment for segment in match[2].split("\\") if segment)
    if not {".", ".."}.isdisjoint(segments):
        raise bad_argument(text)
    return AskedPath(match[1], segments)


def answer(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    found = matches(state, question.subject, _MATCHES)
    return {
        "matches": [_file(place, node, readings) for place, node in found.places],
        "more": found.more,
        "unreadable": [{"path": place, "why": failure.why} for place, failure in found.refusals[:_REFUSALS]],
    }


def _file(place: str, node: Node, readings: Readings) -> dict[str, Any]:
    entry = readings.file(node)
    modified = entry.get("modified")
    version = None if node.folder else entry.get("version")
    numbers = [int(part) for part in version.split(".")] if version else []
    return {
        "path": place,
        "directory": node.folder,
        "length": None if node.folder else length(entry),
        "modified": times.iso(times.UNDECLARED if modified is None else times.moment(modified, readings.now)),
        "version": ".".join(map(str, numbers)) if any(numbers) else None,
    }


@dataclass(slots=True)
class Found:
    """What fits, by path; what refused to be opened or listed; whether something was left out."""

    places: list[tuple[str, Node]] = field(default_factory=list)
    refused: dict[str, Unreadable] = field(default_factory=dict)
    looked: int = 0
    more: bool = False

    @property
    def refusals(self) -> list[tuple[str, Unreadable]]:
        return sorted(self.refused.items(), key=lambda entry: sort_key(entry[0]))


def matches(state: State, pattern: str, most: int, *, files_only: bool = False) -> Found:
    """Walk the pattern. Raises Absent, and Unreadable where it may not be asked or nothing but refusals came of it."""
    asked = asked_path(state, pattern, pattern=True)
    doubled = [segment for segment in asked.segments if "**" in segment]
    if doubled not in ([], ["**"]):
        raise bad_argument(f"** stands alone in its segment, and once: {pattern}")
    if doubled and fold(asked.segments[0]) == "WINDOWSAZURE":
        raise not_allowed(rf"** below \WindowsAzure: {pattern}")
    walk = _Walk(state)
    places = [f"{asked.drive}\\"]
    for at, segment in enumerate(asked.segments):
        last = at == len(asked.segments) - 1
        places = [place for before in places for place in walk.step(before, segment, last)]
    found = walk.found
    for place in sorted(places, key=sort_key):
        node = walk.place(place)
        if node is None or (files_only and node.folder):
            continue
        if len(found.places) == most:
            found.more = True
            break
        found.places.append((place, node))
    if not found.places:
        if not found.refused:
            raise Absent
        raise found.refusals[0][1]
    return found


class _Walk:
    def __init__(self, state: State) -> None:
        self.files = state.files
        self.found = Found()

    def step(self, place: str, segment: str, last: bool) -> Iterator[str]:
        """The places that one more segment leads to."""
        if segment == "**":
            yield from self._folders_below(place)
        elif "*" in segment or "?" in segment:
            fits = _pattern(segment)
            for child in self._inside(place):
                if (last or child.folder) and fits.fullmatch(units(fold(child.name))):
                    yield _join(place, child.name)
        else:
            yield _join(place, segment)

    def place(self, place: str) -> Node | None:
        """What is there; a folder above that is refused hides it."""
        path = file_path(place)
        if path is None:
            return None
        if self.files.refused_above(path):
            self.found.refused.setdefault(place, denied(place))
            return None
        return self.files.get(path)

    def _inside(self, place: str) -> list[Node]:
        node = self.place(place)
        if node is None or not node.folder:
            return []
        if node.denied:
            self.found.refused.setdefault(place, denied(place))
            return []
        return node.listed

    def _folders_below(self, place: str) -> list[str]:
        """The folder itself, then up to four levels of folders below it."""
        found, level = [place], [place]
        for _ in range(_LEVELS):
            below: list[str] = []
            for folder in level:
                if fold(folder[1:]) == ":\\WINDOWSAZURE":
                    self.found.refused.setdefault(folder, not_allowed(r"** does not look into \WindowsAzure"))
                    continue
                if self.found.looked == _FOLDERS:
                    self.found.more = True
                    break
                self.found.looked += 1
                below += [_join(folder, child.name) for child in self._inside(folder) if _descends(child)]
            found += below
            level = below
        return found


def _descends(node: Node) -> bool:
    """Whether a folder may be walked into: a reparse point may lead anywhere."""
    return node.folder and "reparsepoint" not in str(node.entry.get("attributes", "")).lower()


def _join(place: str, name: str) -> str:
    return place + name if place.endswith("\\") else f"{place}\\{name}"


def _pattern(segment: str) -> re.Pattern[str]:
    marks = {"*": ".*", "?": "."}
    return re.compile("".join(marks.get(unit) or re.escape(unit) for unit in units(fold(segment))), re.DOTALL)
