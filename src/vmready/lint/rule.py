"""What a rule is: an id that never changes, a reason, a sample that it must reject and one that it must let pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tree_sitter import Node

    from vmready.lint.script import Script

#: Line and column (both from 1), and what is wrong there.
Found: TypeAlias = tuple[tuple[int, int], str]
Check: TypeAlias = "Callable[[Script], Iterator[Found]]"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that a rule rejects. ``str()`` is its line: ``collector.ps1:12:5 VR602 …``."""

    file: str
    line: int
    column: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column} {self.rule} {self.message}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the lint.

    ``rejects`` and ``accepts`` are whole small scripts; the tests hold the rule to each of them.
    """

    id: str
    title: str
    reason: str
    rejects: tuple[str, ...]
    accepts: tuple[str, ...]
    check: Check


RULES: dict[str, Rule] = {}


def rule(
    id: str, title: str, reason: str, rejects: tuple[str, ...], accepts: tuple[str, ...]
) -> Callable[[Check], Check]:
    """Registers a check under its id."""

    def register(check: Check) -> Check:
        if id in RULES:
            raise ValueError(f"two rules are called {id}")
        RULES[id] = Rule(id, title, reason, rejects, accepts, check)
        return check

    return register


def at(node: Node) -> tuple[int, int]:
    """Line and column of a node, both from 1."""
    row, column = node.start_point
    return row + 1, column + 1
