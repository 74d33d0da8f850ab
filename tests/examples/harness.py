"""Examples: a declared host and what a requirement says of it, judged by the requirement's own code in this process.

An example is a base state (a file beside this one), a delta in Windows' own terms, inputs, and the item's verdict with its message. The
probes are those that a run would plan, answered by the twin; nothing between the declaration and the verdict is replaced.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import tests_infra
import vmready.facts
from vmready.collect.plan import HostPlan, plan_host
from vmready.facts.registry import Reader
from vmready.items import Case, Declared, declared, requirement_of
from vmready.judge import judge
from vmready.model import Cell, Finding, Host, Role, Verdict
from vmready.twin.answers import Readings, answer
from vmready.twin.states import State, load, merge

STATES = Path(__file__).parent / "states"
#: Every requirement needs one of each of these.
KINDS = ("compliant", "deviating", "absent", "unreadable")
Answers = Mapping[int, Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Example:
    """One host and what is said of it. ``message``: text that the finding's detail (or a note) contains.

    ``roles``: those that the inventory declares; None: those of the requirement, empty: it declares none, and roles are discovered.
    """

    item: str
    kind: str
    title: str
    verdict: Verdict
    message: str = ""
    delta: Mapping[str, Any] = field(default_factory=dict)
    base: str = "guest"
    inputs: Mapping[str, Any] = field(default_factory=dict)
    roles: tuple[Role, ...] | None = None

    def __str__(self) -> str:
        return f"{self.item}: {self.kind}: {self.title}".replace("[", "(").replace("]", ")")


@dataclass(frozen=True)
class Of:
    """The examples of one item, over one base state."""

    item: str
    base: str
    inputs: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, kind: str, title: str, verdict: Verdict, message: str = "", **delta: Any) -> Example:
        return Example(self.item, kind, title, verdict, message, delta, self.base, self.inputs)

    def compliant(self, title: str, **delta: Any) -> Example:
        return self("compliant", title, Verdict.COMPLIANT, **delta)

    def deviating(self, title: str, message: str, verdict: Verdict = Verdict.NON_COMPLIANT, **delta: Any) -> Example:
        return self("deviating", title, verdict, message, **delta)

    def absent(self, title: str, message: str, verdict: Verdict = Verdict.NON_COMPLIANT, **delta: Any) -> Example:
        return self("absent", title, verdict, message, **delta)

    def unreadable(
        self, title: str, message: str = "could not be read", verdict: Verdict = Verdict.UNDETERMINED, **delta: Any
    ) -> Example:
        return self("unreadable", title, verdict, message, **delta)

    def trap(self, title: str, verdict: Verdict, message: str = "", **delta: Any) -> Example:
        return self("trap", title, verdict, message, **delta)


def with_inputs(example: Example, **inputs: Any) -> Example:
    return replace(example, inputs={**example.inputs, **inputs})


@cache
def items() -> Mapping[str, tuple[Declared, Case]]:
    """Every declared item by its id, as a run would find them."""
    found: dict[str, tuple[Declared, Case]] = {}
    for module in pkgutil.iter_modules(tests_infra.__path__):
        if not module.name.startswith("test_"):
            continue
        for name, value in vars(importlib.import_module(f"tests_infra.{module.name}")).items():
            requirement = requirement_of(value) if name.startswith("test_") else None
            if requirement is not None:
                of = declared(value, requirement)
                found.update({case.id: (of, case) for case in of.cases})
    return found


@cache
def base(name: str) -> State:
    return load(STATES / f"{name}.yaml")


def state_of(example: Example) -> State:
    return merge(base(example.base), example.delta, str(example))


def host_of(example: Example) -> Host:
    of, _ = items()[example.item]
    roles = example.roles if example.roles is not None else tuple(sorted(of.requirement.roles))
    declared_roles = None if example.roles == () else frozenset(roles)
    return Host("example", "192.0.2.1", declared_roles=declared_roles, inputs=example.inputs)


def plan_of(example: Example) -> HostPlan:
    of, case = items()[example.item]
    cell = Cell("example", of.requirement.id, case.id)
    return plan_host(host_of(example), [(cell, of.requirement, of.fact_names)])


Change = Callable[[int, str, Mapping[str, Any]], Mapping[str, Any]]


def collect(example: Example, change: Change = lambda _round, _text, found: found) -> Answers:
    """Both rounds of answers. ``change`` may replace an answer (round, probe text, answer), as a failing probe would."""
    state, plan = state_of(example), plan_of(example)
    readings = Readings.of(state)
    first = {text: change(1, text, answer(state, text, round=1, readings=readings)) for text in plan.texts}
    second = {text: change(2, text, answer(state, text, round=2, readings=readings)) for text in plan.follow_up(first)}
    return {1: first, 2: second}


def judged(example: Example, answers: Answers | None = None) -> Finding:
    """The finding of the example's item, by the requirement's own code."""
    of, case = items()[example.item]
    host = host_of(example)
    reader = Reader(collect(example) if answers is None else answers, example.inputs)
    cell = Cell("example", of.requirement.id, case.id)
    return judge(cell, of.requirement, of.function, case.arguments, of.fact_names, host, reader)[0]


def probes_asked(example: Example) -> Iterator[tuple[int, str]]:
    for number, answers in collect(example).items():
        for text in answers:
            yield number, text


assert vmready.facts.__path__, "importing the package declares the facts"
