"""A parsed file: plain values (dict, list, str, int, float, bool, None) with the position of every key and item."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from vmready.declared import json_text, yaml12
from vmready.declared.problem import Path, Position, Problem


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a file says. ``problems`` are those found while reading it (syntax, duplicate keys): the rest of it can still be checked.

    ``usable`` is False where nothing could be read, so that a check of ``value`` would only repeat the problem in other words.
    """

    file: str
    value: Any
    positions: Mapping[Path, Position]
    problems: tuple[Problem, ...] = ()
    usable: bool = True

    def line(self, path: Path) -> int | None:
        """The line of the key or item at ``path``, or of the nearest thing around it."""
        for end in range(len(path), -1, -1):
            if position := self.positions.get(path[:end]):
                return position.line
        return None

    def problem(self, path: Path, message: str) -> Problem:
        """A problem with the value at ``path``."""
        return Problem(message, self.file, self.line(path) if path else None, None, path)


def parse(text: str, file: str, *, syntax: str = "yaml") -> Declaration:
    """Parse YAML 1.2 or (``syntax="json"``) JSON. Raises nothing: problems are in the declaration."""
    found: list[Problem] = []

    def report(message: str, position: Position | None, path: Path = ()) -> None:
        found.append(Problem(message, file, position.line if position else None, None, path))

    read: Callable[..., tuple[Any, dict[Path, Position]]] = json_text.read if syntax == "json" else yaml12.read
    try:
        value, positions = read(text, report)
    except (json_text.NotJson, yaml12.NotYaml) as error:
        where = error.position
        problem = Problem(str(error), file, where.line if where else None, where.column if where else None)
        return Declaration(file, None, {}, (*found, problem), usable=False)
    return Declaration(file, value, positions, tuple(found))


def without(value: Any, paths: Collection[Path]) -> Any:
    """``value`` without what stands at ``paths``: what remains to be checked of a declaration that has problems.

    Keys are left out; items of a list become None, so that the others keep their index.
    """
    if not paths:
        return value
    if () in paths:
        return None
    below: dict[str | int, set[Path]] = {}
    for path in paths:
        below.setdefault(path[0], set()).add(path[1:])
    if isinstance(value, dict):
        return {key: without(item, below.get(key, ())) for key, item in value.items() if () not in below.get(key, ())}
    if isinstance(value, list):
        return [
            None if () in (gone := below.get(index, ())) else without(item, gone) for index, item in enumerate(value)
        ]
    return value
