"""pytest's hooks: wiring only. What a run does is in :mod:`vmready.audit`, what an item is in :mod:`vmready.items`."""

from __future__ import annotations

import gc
import inspect
import random
from collections.abc import Generator, Sequence
from typing import Any

import pytest
from _pytest.runner import CallInfo

import vmready.facts
from vmready import closing, judging, options, ordinary
from vmready.audit import Audit, Selected, now
from vmready.evidence import html
from vmready.evidence.findings import count
from vmready.evidence.ledger import run_id
from vmready.facts.registry import facts
from vmready.items import RequirementItem, declared, finding_on, make_items, report_of, requirement_of, words_of
from vmready.model import Finding, Host, Kind, Requirement, Role, Severity, Verdict
from vmready.progress import Progress
from vmready.remote.credentials import Credentials, variables
from vmready.requirement import MARK, registry
from vmready.session import STATE, State, hold_many_objects
from vmready.waivers import Waivers

#: How a verdict shows while the tests run: category, letter, word, colours.
STATUS: dict[Verdict, tuple[str, str, tuple[str, dict[str, bool]]]] = {
    Verdict.COMPLIANT: ("compliant", ".", ("COMPLIANT", {"green": True})),
    Verdict.NON_COMPLIANT: ("non-compliant", "F", ("NON-COMPLIANT", {"red": True})),
    Verdict.WARNING: ("warning", "w", ("WARNING", {"yellow": True})),
    Verdict.NOTED: ("noted", "n", ("NOTED", {"cyan": True})),
    Verdict.WAIVED: ("waived", "W", ("WAIVED", {"cyan": True})),
    Verdict.NOT_APPLICABLE: ("not applicable", "-", ("NOT APPLICABLE", {"light": True})),
    Verdict.UNDETERMINED: ("undetermined", "?", ("UNDETERMINED", {"yellow": True})),
    Verdict.UNREACHABLE: ("unreachable", "U", ("UNREACHABLE", {"red": True})),
    Verdict.NOT_RUN: ("not run", "N", ("NOT RUN", {"yellow": True})),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}(declared): a requirement of a document; every such test carries it")
    for word in sorted({*Kind, *Severity, *(role.value.replace("-", "_") for role in Role)}):
        config.addinivalue_line("markers", f"{word}: requirements of this kind, severity or role")
    if config.option.hosts is not None or config.option.snapshots is not None:
        hold_many_objects(config)
    chosen = options.choose(config)
    state = State(chosen)
    config.stash[STATE] = state
    config.pluginmanager.register(PlainFailures(state), "vmready-plain-failures")
    if not chosen.active:
        return
    options.default_tests(config)
    if getattr(config.option, "numprocesses", None) or getattr(config.option, "dist", "no") != "no":
        raise pytest.UsageError(
            "vmready visits each host once and judges in one process: run it without pytest-xdist (-n, --dist)"
        )
    started = now()
    state.audit = Audit(
        chosen.hosts,
        chosen.settings,
        run_id(started, random.SystemRandom()),
        started,
        chosen.given,
        Waivers(chosen.waivers, started.date()),
        chosen.adopted,
    )
    ordinary.register_backend(state)
    config.pluginmanager.register(HtmlColumns(state), "vmready-html-columns")
    config.option.hosts = ",".join([*chosen.others, *(f"vmready://{host.name}" for host in chosen.hosts)])


def pytest_report_header(config: pytest.Config) -> list[str]:
    chosen = config.stash[STATE].chosen
    if not chosen.active:
        return []
    sources = ", ".join(chosen.sources)
    verb = "stored snapshot" if chosen.given is not None else "host"
    return [
        f"vmready {vmready.__version__}: {count(len(chosen.hosts), verb)} from {sources}",
        *(f"vmready: {line}" for line in chosen.warnings),
    ]


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: Any, name: str, obj: Any) -> Sequence[pytest.Item] | None:
    if not inspect.isfunction(obj) or not isinstance(collector, pytest.Module) or not collector.funcnamefilter(name):
        return None
    requirement = requirement_of(obj)
    if requirement is None:
        return None
    config = collector.config
    state = config.stash[STATE]
    document = requirement.source.document.key.lower() if requirement.source is not None else ""
    for word in words_of(requirement):
        if word == document and word not in state.marked:
            state.marked.add(word)
            config.addinivalue_line("markers", f"{word}: requirements of this document")
    of = declared(obj, requirement)
    state.known.update((requirement.id, *(case.id for case in of.cases)))
    if of.slim:
        return list(make_items(collector, of, state.chosen.hosts, state.audit))
    state.ordinary[obj] = of
    ordinary.register_fixtures(config, state)
    return None


def pytest_itemcollected(item: pytest.Item) -> None:
    of = ordinary.declared_of(item, item.config.stash[STATE])
    if of is not None:
        ordinary.describe(item, of)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    state = session.config.stash[STATE]
    wrong = ordinary.mistakes(session.items, state)
    problems = [*registry.problems, *facts.check(), *wrong]
    if wrong or (
        problems
        and any(isinstance(item, RequirementItem) or ordinary.declared_of(item, state) for item in session.items)
    ):
        raise pytest.UsageError("\n".join(problems))
    selected = list(_selected(state, session.items))
    if not selected:
        return
    if state.audit is None:
        if session.config.option.collectonly:
            return
        if state.chosen.others:
            raise pytest.UsageError(
                f"requirements are selected, and {', '.join(state.chosen.others)} reaches only pytest-testinfra's fixture host: "
                "add an inventory or winrm://USER@HOST to --hosts, or leave the requirements out (name your own tests, without tests_infra)"
            )
        raise pytest.UsageError(
            "requirements are selected but no host is given: --hosts INVENTORY, --hosts winrm://USER@HOST, or --snapshots FOLDER "
            "(a folder or file of other tests is named as usual: pytest tests)"
        )
    state.audit.plan(selected)
    state.requirements = list({one.requirement.id: one.requirement for one in selected}.values())


def _selected(state: State, items: Sequence[pytest.Item]) -> Generator[Selected, None, None]:
    for item in items:
        if isinstance(item, RequirementItem):
            yield Selected(item.cell, item.of.requirement, item.of.fact_names)
            continue
        of = ordinary.declared_of(item, state)
        if of is not None:
            cell = ordinary.cell_of(item, of, state)
            if cell is not None:
                yield Selected(cell, of.requirement, of.fact_names)


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    state = config.stash[STATE]
    if state.audit is None or not (config.option.collectonly or config.option.plan):
        return []
    return closing.plan_lines(state.audit, verbose=config.option.plan)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    state = session.config.stash[STATE]
    config = session.config
    audit = state.audit
    stopping = session.testsfailed and not config.option.continue_on_collection_errors
    if audit is None or not state.requirements or config.option.collectonly or stopping:
        return (yield)
    credentials = Credentials(hidden=variables(state.chosen.hosts))
    if audit.given is None:
        visited = tuple(plan.host for plan in audit.plans.values() if plan.needs_visit)
        options.check_can_sign_in(state.chosen, visited)
        _ask(config, credentials, visited)
    audit.begin(state.requirements, state.chosen.sources)
    state.began = True
    stop = state.interrupts.watch()
    with Progress(config, sum(plan.needs_visit for plan in audit.plans.values())) as progress:
        try:
            audit.collect(credentials.secret_of, progress.collected, stop)
        except KeyboardInterrupt:
            stop.set()
            raise
    gc.freeze()  # items and snapshots stay to the end
    return (yield)


def _ask(config: pytest.Config, credentials: Credentials, hosts: Sequence[Host]) -> None:
    """Ask for the secrets that are asked for, before threads and progress share the terminal, and say what is doubtful about the others."""
    capture = config.pluginmanager.get_plugin("capturemanager")
    if capture is not None:
        # Between tests pytest's capture is suspended but for stdin; the next test resumes all of it.
        capture.suspend_global_capture(in_=True)
    credentials.ask_now(hosts)
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    for warning in credentials.warnings:
        reporter.write_line(f"vmready: {warning}", yellow=True)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    if not isinstance(item, RequirementItem):
        return None
    hook = item.ihook
    # An unreachable host is one line, so only the first of its cells is announced.
    state = item.config.stash[STATE]
    nodeid, location = item.nodeid, item.location
    announced = (
        state.audit is None or not state.audit.without_answers(item.cell.host) or state.first_unreachable(item.cell)
    )
    if announced:
        hook.pytest_runtest_logstart(nodeid=nodeid, location=location)
    found: list[tuple[Finding, BaseException | None]] = []

    def body() -> None:
        found.append(item.audit.judge(item))
        error = found[0][1]
        if error is not None:
            raise error

    call = CallInfo.from_call(body, when="call", reraise=(pytest.exit.Exception, KeyboardInterrupt))
    if not found:
        # The judge itself failed: that is a defect of this program, and is shown as one.
        assert call.excinfo is not None
        raise call.excinfo.value
    report = report_of(item, location, found[0][0], call.start, call.stop)
    hook.pytest_runtest_logreport(report=report)
    html.complete(item.config, report)
    if report.failed and call.excinfo is not None and not isinstance(call.excinfo.value, judging.NotApplicable):
        hook.pytest_exception_interact(node=item, call=call, report=report)
    hook.pytest_runtest_logfinish(nodeid=nodeid, location=location)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    state = item.config.stash[STATE]
    of = ordinary.declared_of(item, state)
    if of is not None:
        ordinary.set_up(item, of, state)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    if item.config.stash[STATE].audit is None or ordinary.declared_of(item, item.config.stash[STATE]) is None:
        return (yield)
    with judging.listening() as item.stash[ordinary.SAID]:
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    state = item.config.stash[STATE]
    of = ordinary.declared_of(item, state)
    if of is not None and state.audit is not None:
        ordinary.turn_into_verdict(item, of, state, call, report)
    return report


class PlainFailures:
    """Notices failed tests that are no requirements: they keep pytest's exit code 1."""

    def __init__(self, state: State) -> None:
        self.state = state

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and finding_on(report) is None:
            self.state.plain_failures = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.state.plain_failures = True


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: Any, config: pytest.Config) -> tuple[str, str, Any] | None:
    found = finding_on(report)
    if found is None:
        return None
    category, letter, word = STATUS[found.verdict]
    if found.verdict is Verdict.UNREACHABLE:
        state = config.stash[STATE]
        if not state.first_unreachable(found.cell):
            return category, "", ""
        return category, letter, (f"UNREACHABLE ({found.cause}), and so is all of {found.cell.host}", {"red": True})
    return category, letter, word


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    state = session.config.stash[STATE]
    if state.audit is None or not state.began:
        return
    state.interrupts.closing()
    session.exitstatus = closing.close(state, session, int(exitstatus))
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == pytest.ExitCode.INTERNAL_ERROR and reporter is not None:
        # pytest has no summary then, and what was found until then is wanted all the more.
        closing.print_summary(reporter, state)


def pytest_unconfigure(config: pytest.Config) -> None:
    state = config.stash.get(STATE, None)
    if state is not None:
        state.interrupts.restore()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    state = config.stash[STATE]
    if state.began:
        closing.print_summary(terminalreporter, state)


class HtmlColumns:
    """The columns of the user's own pytest-html report (``--html``). Registered in runs of vmready's only."""

    def __init__(self, state: State) -> None:
        self.state = state

    def _of(self, report: Any) -> tuple[Finding | None, Requirement | None]:
        found = finding_on(report)
        return found, None if found is None else registry.get(found.cell.requirement)

    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        html.live_header(cells)

    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        html.live_row(report, cells, *self._of(report))

    def pytest_html_results_table_html(self, report: Any, data: list[str]) -> None:
        html.live_details(data, *self._of(report))

    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        html.live_summary(prefix, self.state.run)
