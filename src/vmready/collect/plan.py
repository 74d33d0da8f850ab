"""Which probes for which host. Pure.

The probes of everything that was selected are merged, equal ones asked once per round, ordered so that what reading one thing may change
in another is read first. Questions that depend on answers make the second round.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from vmready.facts.registry import FactRegistry, Reader, facts
from vmready.facts.roles import DISCOVERED_BY
from vmready.judge import discoverable, in_advance
from vmready.model import Cell, Host, Requirement
from vmready.probes.vocabulary import Probe, System

#: More probes than this for one host in one round are a mistake in a fact: the collector is not asked.
PROBE_LIMIT = 5000


def ordered(probes: Iterable[Probe[Any]]) -> tuple[Probe[Any], ...]:
    """Each probe once, by rank, in a stable order within a rank."""
    once = {probe.text: probe for probe in probes}
    return tuple(sorted(once.values(), key=lambda probe: (probe.rank, probe.text)))


@dataclass(frozen=True)
class HostPlan:
    """What is asked of one host, and which cells that is for.

    ``cells``: every planned cell, in the order of the tests. ``ruled_out``: those that are known not to apply, with the reason: nothing is read for
    them. ``fact_names``: the facts that the others need, role discovery included.
    """

    host: Host
    cells: tuple[Cell, ...]
    ruled_out: Mapping[Cell, str]
    fact_names: tuple[str, ...]
    first: tuple[Probe[Any], ...]
    registry: FactRegistry = field(default_factory=lambda: facts, compare=False)

    @cached_property
    def cell_set(self) -> frozenset[Cell]:
        return frozenset(self.cells)

    @property
    def needs_visit(self) -> bool:
        """Whether anything has to be read. A host of which every cell is ruled out is left alone."""
        return len(self.ruled_out) < len(self.cells)

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(probe.text for probe in self.first)

    def follow_up(self, answers: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
        """The second round's probe texts, from the first round's raw answers. Empty: no second round."""
        reader = Reader({1: answers}, self.host.inputs, self.registry)
        asked: list[Probe[Any]] = []
        for declared in self.registry.closure(self.fact_names):
            asked.extend(reader.follow_up(declared))
        return tuple(probe.text for probe in ordered(asked))

    @property
    def digest(self) -> str:
        """SHA-256 of what was to be asked in the first round."""
        return hashlib.sha256("\n".join(self.texts).encode()).hexdigest()


def plan_host(
    host: Host,
    selected: Iterable[tuple[Cell, Requirement, tuple[str, ...]]],
    registry: FactRegistry = facts,
) -> HostPlan:
    """The plan of a host for its selected cells (cell, requirement, names of the facts that its test takes)."""
    cells: list[Cell] = []
    ruled_out: dict[Cell, str] = {}
    names: dict[str, None] = {}
    for cell, requirement, fact_names in selected:
        cells.append(cell)
        settled = in_advance(requirement, host)
        if settled is not None and not settled.applies:
            ruled_out[cell] = settled.reason
            continue
        if settled is None:
            for role in sorted(requirement.roles & set(discoverable(host))):
                discovering = DISCOVERED_BY[role]
                if discovering is not None:
                    names[discovering] = None
        for name in fact_names:
            names[name] = None
    probes: list[Probe[Any]] = [System()]
    for declared in registry.closure(names):
        for parameter in declared.parameters:
            probes.extend(parameter.probes(host.inputs))
    return HostPlan(host, tuple(cells), ruled_out, tuple(names), ordered(probes), registry)
