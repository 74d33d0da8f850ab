"""path: files and folders that fit a pattern; also what AppLocker's file question looks through."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from vmready.twin import times
from vmready.twin.answers.outcome import Absent, Unreadable, bad_argument, denied, not_allowed
from vmready.twin.answers.question import Question
from vmready.twin.answers.readings import Readings
from vmready.twin.files import Node, length
from vmready.twin.names import fold, sort_key, units
from vmready.twin.states import State, absolute

_MATCHES = 200
_LEVELS = 4


def answer(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    walk = matches(state, question.subject)
    if not walk.found:
        if not walk.refused:
            raise Absent
        raise denied(walk.refusals[0])
    return {
        "matches": [_file(node, readings) for node in walk.ordered[:_MATCHES]],
        "more": len(walk.found) > _MATCHES,
        "unreadable": [{"path": path, "why": denied(path).why} for path in walk.refusals],
    }


def _file(node: Node, readings: Readings) -> dict[str, Any]:
    entry = readings.file(node)
    modified = entry.get("modified")
    version = None if node.folder else entry.get("version")
    numbers = [int(part) for part in version.split(".")] if version else []
    return {
        "path": node.path,
        "directory": node.folder,
        "length": None if node.folder else length(entry),
        "modified": times.iso(times.UNDECLARED if modified is None else times.moment(modified, readings.now)),
        "version": ".".join(map(str, numbers)) if any(numbers) else None,
    }


@dataclass(slots=True)
class Walk:
    """What was found, and the first paths on the way that could not be opened or listed; both by folded path."""

    found: dict[str, Node] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def ordered(self) -> list[Node]:
        return sorted(self.found.values(), key=lambda node: sort_key(node.path))

    @property
    def refusals(self) -> list[str]:
        return sorted(self.refused.values(), key=sort_key)

    def refuse(self, path: str) -> None:
        self.refused.setdefault(fold(path), path)


def matches(state: State, pattern: str) -> Walk:
    """Walk the pattern. Raises Unreadable where it may not be asked."""
    path = absolute(state, pattern)
    if path is None:
        raise bad_argument(pattern)
    drive, *segments = path.split("\\")
    if "**" in segments and segments[0].casefold() == "windowsazure":
        raise not_allowed(rf"** below \WindowsAzure: {path}")
    walk = Walk()
    root = state.files.get(drive)
    if root is not None:
        _follow(state, walk, root, segments)
    elif segments and state.files.refused_above(path):
        raise Unreadable(denied(path).why)
    return walk


def _follow(state: State, walk: Walk, node: Node, segments: list[str]) -> None:
    if not segments:
        walk.found[fold(node.path)] = node
        return
    segment, *rest = segments
    if segment == "**":
        _levels(state, walk, node, rest, _LEVELS)
    elif node.denied:
        walk.refuse(node.path if _wild(segment) else f"{node.path}\\{segment}")
    elif _wild(segment):
        fits = _pattern(segment)
        for child in node.listed:
            if fits.fullmatch(units(fold(child.name))):
                _follow(state, walk, child, rest)
    else:
        child_or_none = node.children.get(fold(segment))
        if child_or_none is not None:
            _follow(state, walk, child_or_none, rest)


def _levels(state: State, walk: Walk, node: Node, rest: list[str], levels: int) -> None:
    """The folder itself, then the folders below it, so many levels down."""
    if node.denied and (rest or levels):
        walk.refuse(node.path)
    if node.denied and rest:
        return
    _follow(state, walk, node, rest)
    if levels == 0 or node.denied:
        return
    for child in node.listed:
        if child.folder:
            _levels(state, walk, child, rest, levels - 1)


def _wild(segment: str) -> bool:
    return "*" in segment or "?" in segment


def _pattern(segment: str) -> re.Pattern[str]:
    marks = {"*": ".*", "?": "."}
    return re.compile("".join(marks.get(unit) or re.escape(unit) for unit in units(fold(segment))), re.DOTALL)
