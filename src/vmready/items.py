"""Requirements as pytest items.

A requirement that names only facts becomes slim items: one per host and case, with one report each, three to four times cheaper than pytest's
function items and selected, listed and reported like them. One that names a pytest fixture besides stays an ordinary item.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from _pytest._code.code import TerminalRepr

from vmready.facts.registry import facts
from vmready.model import Cell, Finding, Host, Requirement, Verdict
from vmready.requirement import MARK, registry

#: How a verdict looks to pytest: (outcome, phase). A failing "setup" is what pytest and its plug-ins call an error.
OUTCOMES: Mapping[Verdict, tuple[str, str]] = {
    Verdict.COMPLIANT: ("passed", "call"),
    Verdict.WARNING: ("passed", "call"),
    Verdict.NOTED: ("passed", "call"),
    Verdict.NON_COMPLIANT: ("failed", "call"),
    Verdict.WAIVED: ("skipped", "call"),
    Verdict.NOT_APPLICABLE: ("skipped", "call"),
    Verdict.UNDETERMINED: ("failed", "setup"),
    Verdict.UNREACHABLE: ("failed", "setup"),
    Verdict.NOT_RUN: ("failed", "setup"),
}


class Judge(Protocol):
    """What items need of the audit that they belong to."""

    def judge(self, item: RequirementItem) -> tuple[Finding, BaseException | None]: ...


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a requirement: its item id (the row, or ``<row>.<part>``), arguments and marks."""

    id: str
    arguments: Mapping[str, Any]
    marks: tuple[pytest.Mark, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """A decorated test function, looked at once: its requirement, cases, the facts that it takes, its marks."""

    function: Callable[..., None]
    requirement: Requirement
    cases: tuple[Case, ...]
    fact_names: tuple[str, ...]
    fixtures: tuple[str, ...]
    marks: tuple[pytest.Mark, ...]
    words: frozenset[str]
    parametrized: Mapping[str, int]

    @property
    def slim(self) -> bool:
        return not self.fixtures


def words_of(requirement: Requirement) -> tuple[str, ...]:
    """The marks that every item of a requirement carries: kind, severity, document, roles (``-m "critical and session_host"``)."""
    document = requirement.source.document.key.lower()
    return (
        requirement.kind.value,
        requirement.severity.value,
        document,
        *(role.value.replace("-", "_") for role in sorted(requirement.roles)),
    )


def requirement_of(function: Any) -> Requirement | None:
    """The requirement that a test function carries, or None."""
    for mark in getattr(function, "pytestmark", ()):
        if mark.name == MARK and mark.args and isinstance(mark.args[0], Requirement):
            return mark.args[0]
    return None


def declared(function: Callable[..., None], requirement: Requirement) -> Declared:
    """Look at a decorated function. Mistakes of its author go to the registry's problems, which the plug-in reports at once."""
    place = f"{function.__module__}.{function.__qualname__}"

    def wrong(problem: str) -> None:
        text = f"{place}: requirement {requirement.id}: {problem}"
        if text not in registry.problems:
            registry.problems.append(text)

    own = [mark for mark in getattr(function, "pytestmark", []) if mark.name != "parametrize"]
    sets = [mark for mark in getattr(function, "pytestmark", []) if mark.name == "parametrize"]
    cases: list[Case] = []
    argument_names: tuple[str, ...] = ()
    if len(sets) > 1:
        wrong("more than one parametrize; write the cases as one list, each with the id of its item")
    if sets:
        names, values, *_ = sets[0].args
        argument_names = tuple(name.strip() for name in names.split(",")) if isinstance(names, str) else tuple(names)
        for value in values:
            case_id = getattr(value, "id", None)
            if not isinstance(case_id, str) or not _belongs(case_id, requirement.id):
                wrong(f"a case without an item id; write pytest.param(…, id={requirement.id + '.<part>'!r})")
                continue
            other = registry.get(case_id)
            if other is not None and other.id != requirement.id:
                wrong(f"item {case_id} has the id of another requirement")
            given = value.values if isinstance(value.values, (tuple, list)) else (value.values,)
            if len(given) != len(argument_names):
                wrong(f"item {case_id} has {len(given)} values for {len(argument_names)} names")
                continue
            marks = tuple(mark.mark if isinstance(mark, pytest.MarkDecorator) else mark for mark in value.marks)
            cases.append(Case(case_id, dict(zip(argument_names, given, strict=True)), marks))
        if len({case.id for case in cases}) != len(cases):
            wrong("two cases have the same item id")
    else:
        cases.append(Case(requirement.id, {}, ()))
    taken = [name for name in inspect.signature(function).parameters if name not in argument_names]
    fact_names = tuple(name for name in taken if name in facts)
    marks = (*(getattr(pytest.mark, word).mark for word in words_of(requirement)), *own)
    words = frozenset({requirement.id, *words_of(requirement), *(case.id for case in cases)})
    return Declared(
        function,
        requirement,
        tuple(cases),
        fact_names,
        tuple(name for name in taken if name not in facts),
        marks,
        words,
        {name: index for index, name in enumerate(argument_names)},
    )


def _belongs(case_id: str, row: str) -> bool:
    return case_id == row or case_id.startswith(row + ".")


class RequirementItem(pytest.Item):
    """One requirement case on one host. ``host`` is None where no host was given: such an item can be listed, never run."""

    def __init__(
        self,
        *,
        case: Case | None = None,
        of: Declared | None = None,
        host: Host | None = None,
        audit: Any = None,
        **kw: Any,
    ) -> None:
        super().__init__(**kw)
        assert case is not None
        assert of is not None
        self.case, self.of, self.vm, self.audit = case, of, host, audit
        self.cell = Cell(host.name if host else "", of.requirement.id, case.id)
        self.own_markers.extend(of.marks)
        self.own_markers.extend(case.marks)
        self.extra_keyword_matches.update({case.id, of.requirement.id, of.function.__name__})
        self.keywords.update((mark.name, mark) for mark in self.own_markers)

    def runtest(self) -> None:
        """pytest's own way of running an item; the plug-in's protocol does not come here."""
        _, error = self.audit.judge(self)
        if error is not None:
            raise error

    def reportinfo(self) -> tuple[Any, int | None, str]:
        return self.path, self.of.function.__code__.co_firstlineno - 1, self.name

    @property
    def location(self) -> tuple[str, int | None, str]:
        path, line, name = self.reportinfo()
        relative = self.session._node_location_to_relpath(path)
        return relative, line, name


def make_items(
    collector: pytest.Module | pytest.Class, of: Declared, hosts: Sequence[Host], audit: Any
) -> Iterator[RequirementItem]:
    """The slim items of a requirement: cases within hosts, so that ``test_port[web-01-GA-12.80]`` reads like pytest's own ids."""
    name = of.function.__name__
    single = len(of.cases) == 1 and of.cases[0].id == of.requirement.id
    for host in hosts or (None,):
        for case in of.cases:
            parts = [part for part in (host.name if host else "", "" if single else case.id) if part]
            item_name = f"{name}[{'-'.join(parts)}]" if parts else name
            # As text, so that pytest takes it apart as it does ids of its cache (--lf, --ff, --sw); from the name alone it would not.
            nodeid = f"{collector.nodeid}::{item_name}"
            yield RequirementItem.from_parent(
                collector, name=item_name, nodeid=nodeid, case=case, of=of, host=host, audit=audit
            )


class Message(TerminalRepr):
    """A finding's text where pytest wants the representation of a failure: the text alone, no operands, no traceback."""

    def __init__(self, text: str) -> None:
        self.text = text

    def toterminal(self, tw: Any) -> None:
        tw.line(self.text)

    def __str__(self) -> str:
        return self.text


def report_of(
    item: pytest.Item, location: tuple[str, int | None, str], finding: Finding, start: float, stop: float
) -> pytest.TestReport:
    """The one report of a slim item, which is at ``location``. The finding goes with it, in the form that reports are serialised in."""
    outcome, when = OUTCOMES[finding.verdict]
    path, line, _ = location
    text = f"{finding.verdict}: {finding.detail}" if finding.detail else str(finding.verdict)
    longrepr: Any = None
    if outcome == "failed":
        longrepr = Message(text)
    elif outcome == "skipped":
        longrepr = (path, line or 0, text)
    report = pytest.TestReport(
        item.nodeid,
        location,
        dict.fromkeys(item.keywords, 1),
        outcome,  # type: ignore[arg-type]
        longrepr,
        when,  # type: ignore[arg-type]
        duration=stop - start,
        start=start,
        stop=stop,
    )
    mark_report(report, finding)
    return report


def mark_report(report: pytest.TestReport, finding: Finding) -> None:
    """Put the verdict on a report, for the status line and the HTML columns."""
    report.vmready = finding  # type: ignore[attr-defined]


def finding_on(report: Any) -> Finding | None:
    """The finding that a report carries, or None for plain pytest tests."""
    found = getattr(report, "vmready", None)
    return found if isinstance(found, Finding) else None
