"""What a collection has done to the host so far: services read, files opened. A second reading may see something else (``then``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vmready.twin.files import Node, entry_of
from vmready.twin.names import fold
from vmready.twin.states import State

#: How long after the first reading of a service ``again`` comes, in the twin's own time: it does not wait.
AGAIN = 10.0


@dataclass(slots=True)
class Readings:
    """One collection's memory. ``now``: the host's clock, standing still while it answers; ``seconds``: what the collection may take."""

    now: datetime
    seconds: float = 300.0
    elapsed: float = 0.0
    services: dict[str, float] = field(default_factory=dict)
    sources: set[tuple[str, str]] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, state: State, seconds: float = 300.0) -> Readings:
        return cls(state.now(), seconds)

    def service(self, state: State, name: str, source: str) -> dict[str, Any]:
        """What is declared of a service now: ``then`` from the second reading of a source (``scm``, ``wmi``) on, with ``after`` only if that
        many seconds have passed since the first reading of any."""
        entry: dict[str, Any] = state["services"][name]
        then = entry.get("then")
        first = self.services.get(fold(name))
        if not then or first is None:
            return entry
        again = (fold(name), source) in self.sources
        holds = again and self.elapsed - first >= then.get("after", 0)
        return {**entry, **then} if holds else entry

    def saw_service(self, name: str, source: str) -> None:
        self.services.setdefault(fold(name), self.elapsed)
        self.sources.add((fold(name), source))

    def file(self, node: Node) -> Any:
        return entry_of(node, fold(node.path) in self.opened)

    def opens(self, node: Node) -> None:
        self.opened.add(fold(node.path))
