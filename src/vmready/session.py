"""What the plug-in keeps for the length of a pytest session."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from vmready.audit import Audit
from vmready.evidence.gate import Decision
from vmready.evidence.run import Run
from vmready.interrupts import Interrupts
from vmready.items import Declared
from vmready.model import Cell, Requirement
from vmready.options import Chosen


@dataclass
class State:
    """``chosen``: what the command line asks for. ``audit`` is None in a pytest run that is no business of vmready's.

    ``plain_failures``: whether a test failed that is no requirement: it keeps pytest's exit code 1.
    """

    chosen: Chosen
    audit: Audit | None = None
    requirements: list[Requirement] = field(default_factory=list)
    ordinary: dict[Callable[..., Any], Declared] = field(default_factory=dict)
    fixtures: set[str] = field(default_factory=set)
    #: Every requirement and item id that was collected, selected or not.
    known: set[str] = field(default_factory=set)
    marked: set[str] = field(default_factory=set)
    began: bool = False
    interrupts: Interrupts = field(default_factory=Interrupts)
    plain_failures: bool = False
    run: Run | None = None
    decision: Decision | None = None
    _unreachable: dict[str, Cell] = field(default_factory=dict)

    def first_unreachable(self, cell: Cell) -> bool:
        """Whether this cell is the one that speaks for its host: an unreachable host is one line."""
        return self._unreachable.setdefault(cell.host, cell) == cell


STATE = pytest.StashKey[State]()


def hold_many_objects(config: pytest.Config) -> None:
    """Let Python look for garbage less often until pytest ends: a large run holds millions of objects that all stay, and looking at them again
    and again took a fifth of its time. What is left lying meanwhile is some ten megabytes.
    """
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)

    def restore() -> None:
        gc.set_threshold(*before)
        gc.unfreeze()

    config.add_cleanup(restore)
