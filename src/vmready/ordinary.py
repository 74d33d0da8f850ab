"""Requirements that name pytest fixtures besides facts: ordinary pytest items, with the same verdicts as slim ones.

Facts are fixtures here. The host comes from pytest-testinfra's own parametrization (``vmready://name``), so there is one and only one.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import pytest
from testinfra import backend as testinfra_backends

from vmready import judging
from vmready.facts.registry import UnreadableFact, facts
from vmready.items import OUTCOMES, Declared, Message, mark_report, requirement_of
from vmready.judge import Outcome, applicability, clean, finding, not_applicable
from vmready.model import Cell, Finding, Verdict
from vmready.probes.answers import Reason, Why
from vmready.session import State

SAID = pytest.StashKey[judging.Statement]()
_SETTLED = pytest.StashKey[Finding]()
_REPORTED = pytest.StashKey[bool]()


class Settled(Exception):
    """The cell's verdict stands without its body: its host gave no answers, or was never planned for it."""


def register_backend(state: State) -> None:
    """Teach pytest-testinfra hosts written ``vmready://name``."""
    from vmready.remote import testinfra_backend  # noqa: PLC0415

    testinfra_backends.BACKENDS["vmready"] = "vmready.remote.testinfra_backend.VmreadyBackend"
    testinfra_backend.serve(state.chosen.hosts, touch=state.chosen.given is None)


def register_fixtures(config: pytest.Config, state: State) -> None:
    """Make every fact that is declared by now a fixture as well."""
    fresh = [name for name in facts.facts if name not in state.fixtures]
    if not fresh:
        return
    holder = ModuleType("vmready_facts")
    vars(holder).update({name: _fixture(name, state) for name in fresh})
    state.fixtures.update(fresh)
    config.pluginmanager.register(holder, f"vmready-facts-{len(state.fixtures)}")


def _fixture(name: str, state: State) -> Any:
    def fact_of_host(_testinfra_host: Any) -> Any:
        host = host_of(_testinfra_host)
        if host is None or state.audit is None:
            raise UnreadableFact(name, Why(Reason.NOT_COLLECTED, "", "this host is not one of vmready's"))
        return state.audit.reader(host).value(name)

    fact_of_host.__doc__ = facts.facts[name].parse.__doc__ or f"The fact {name} of the host."
    return pytest.fixture(name=name)(fact_of_host)


def host_of(testinfra_host: Any) -> str | None:
    """The name of a host of vmready's, or None for testinfra's own."""
    name = getattr(getattr(testinfra_host, "backend", None), "vmready_host", None)
    return name if isinstance(name, str) else None


def mistakes(items: Iterable[pytest.Item], state: State) -> list[str]:
    """Requirements among ``items`` that could never give a verdict, one line each: outside of a module, without a fact, with a misspelt one."""
    found: dict[str, None] = {}
    for item in items:
        function: Any = getattr(item, "function", None)
        requirement = requirement_of(function)
        if requirement is None:
            continue
        place = f"{function.__module__}.{function.__qualname__}: requirement {requirement.id}: "
        of = declared_of(item, state)
        if of is None:
            found[place + "it is a method of a class; write it as a function of the module"] = None
            continue
        known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
        unknown = [name for name in of.fixtures if name not in known and name != "request"]
        for name in unknown:
            near = difflib.get_close_matches(name, facts.facts, 1)
            found[
                place + f"{name} is neither a fact nor a fixture" + (f", did you mean {near[0]}?" if near else "")
            ] = None
        if not unknown and "_testinfra_host" not in known:
            found[place + "it names no fact, so there is no host that it could look at"] = None
    return list(found)


def declared_of(item: pytest.Item, state: State) -> Declared | None:
    """What an ordinary item's function declares; None where it is no requirement."""
    function: Callable[..., Any] | None = getattr(item, "function", None)
    return state.ordinary.get(function) if function is not None and state.ordinary else None


def describe(item: pytest.Item, of: Declared) -> None:
    """Give an ordinary item the marks and words that slim ones have, so that ``-k`` and ``-m`` select both alike."""
    for mark in of.marks:
        if mark.name != "requirement":
            item.add_marker(mark.name)
    spec = getattr(item, "callspec", None)
    words = {of.requirement.id}
    if spec is not None and of.parametrized:
        index = spec.indices.get(next(iter(of.parametrized)), len(of.cases))
        words |= {of.cases[index].id} if index < len(of.cases) else set()
    item.extra_keyword_matches.update(words)


def cell_of(item: pytest.Item, of: Declared, state: State) -> Cell | None:
    """The cell that an ordinary item fills, from the call's parameters. None where it runs on no host of vmready's."""
    spec = getattr(item, "callspec", None)
    host = host_of(spec.params.get("_testinfra_host")) if spec is not None else None
    if host is None or spec is None:
        return None
    if len(of.cases) == 1 and of.cases[0].id == of.requirement.id:
        return Cell(host, of.requirement.id, of.requirement.id)
    first = next(iter(of.parametrized))
    return Cell(host, of.requirement.id, of.cases[spec.indices[first]].id)


def set_up(item: pytest.Item, of: Declared, state: State) -> None:
    """Before the fixtures: what needs no body is settled, and the letter of the document takes the body's place where asked for."""
    audit = state.audit
    cell = cell_of(item, of, state)
    if audit is None or cell is None:
        return
    settled = audit.settled(cell)
    if settled is None:
        concerns = applicability(of.requirement, audit.host(cell.host), audit.reader(cell.host))
        if not concerns.applies:
            reason = concerns.reason
            settled = (
                not_applicable(cell, reason) if concerns.known else Finding(cell, Verdict.UNDETERMINED, clean(reason))
            )
    if settled is not None:
        item.stash[_SETTLED] = settled
        raise Settled(settled.detail)
    if audit.settings.letter and of.requirement.as_documented is not None:
        item.obj = of.requirement.as_documented  # type: ignore[attr-defined]


def turn_into_verdict(
    item: pytest.Item, of: Declared, state: State, call: pytest.CallInfo[None], report: pytest.TestReport
) -> None:
    """Replace pytest's outcome by the verdict, once per item, and put the finding into the ledger."""
    audit = state.audit
    cell = cell_of(item, of, state)
    if audit is None or cell is None or item.stash.get(_REPORTED, False):
        return
    if call.when == "setup" and call.excinfo is None:
        return
    if call.when == "teardown":
        return
    item.stash[_REPORTED] = True
    settled = item.stash.get(_SETTLED, None)
    found = settled if settled is not None else _judged(item, of, cell, call, audit.settings.letter)
    found = audit.found(found)
    outcome, when = OUTCOMES[found.verdict]
    text = f"{found.verdict}: {found.detail}" if found.detail else str(found.verdict)
    report.outcome = outcome  # type: ignore[assignment]
    report.when = when  # type: ignore[assignment]
    report.longrepr = (
        None
        if outcome == "passed"
        else Message(text)
        if outcome == "failed"
        else (str(item.path), item.location[1] or 0, text)
    )
    mark_report(report, found)


def _judged(item: pytest.Item, of: Declared, cell: Cell, call: pytest.CallInfo[None], letter: bool) -> Finding:
    outcome = Outcome(statement=item.stash.get(SAID, judging.Statement()))
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, pytest.skip.Exception):
        error = judging.NotApplicable(str(error))
    elif call.when == "setup" and isinstance(error, AssertionError):
        # An assertion in a fixture says nothing of the host.
        error = RuntimeError(f"fixture: {error}")
    outcome.error = error
    return finding(cell, of.requirement, outcome, call.duration, letter=letter)
