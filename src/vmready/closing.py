"""The end of a run: the exit code, the reports, and what the terminal says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from vmready import files
from vmready.audit import Audit, now
from vmready.commands.records import write_records
from vmready.evidence import gate, html
from vmready.evidence.console import summary
from vmready.evidence.findings import count
from vmready.evidence.reports import Options, write_all
from vmready.evidence.run import Run
from vmready.session import State


def plan_lines(audit: Audit, *, verbose: bool) -> list[str]:
    """What would be asked of each host: probes counted, or listed (``--plan``)."""
    lines = [""]
    for plan in audit.plans.values():
        cells = len(plan.cells) - len(plan.ruled_out)
        if not plan.needs_visit:
            lines.append(f"{plan.host.name}: nothing to ask ({len(plan.cells)} requirements do not apply)")
            continue
        follow = sum(1 for declared in plan.registry.closure(plan.fact_names) if declared.follow_up)
        second = f", and what {follow} of its facts ask in a second round" if follow else ""
        lines.append(f"{plan.host.name}: {count(len(plan.first), 'probe')} for {count(cells, 'requirement')}{second}")
        if verbose:
            lines += [f"    {probe}" for probe in plan.first]
    return lines


def close(state: State, session: pytest.Session, pytest_exit: int) -> int:
    """Decide the exit code, write the reports and the ledger's end, and keep the run for the summary."""
    audit = state.audit
    assert audit is not None
    assert audit.writer is not None
    audit.report_waivers(state.known)
    try:
        run = Run.of(audit.writer)
    except files.EvidenceError as error:
        audit.broken = audit.broken or error
        return gate.NOT_WRITTEN
    try:
        write_records(audit, run)
    except files.EvidenceError as error:
        audit.broken = audit.broken or error

    reason = _reason(session, pytest_exit)
    options = Options(state.chosen.junit_properties, html.render)
    problems: tuple[str, ...] = ()
    code = -1
    # Writing the reports can itself change the exit code (11, 12): then they are written once more, so that all of them tell the final one.
    for _ in range(2):
        failure = str(audit.failure) if audit.failure else ""
        state.decision = gate.decide(
            replace(run, problems=(*run.problems, *problems)), state.chosen.gate, failure=failure
        )
        final = gate.combine(pytest_exit, state.decision.exit_code, plain_failures=state.plain_failures)
        if final == code:
            break
        code = final
        audit.writer.end(now(), code, run.totals, reason=reason)
        state.run = run = Run.of(audit.writer)
        try:
            problems = write_all(run, audit.folder, options).problems
        except files.EvidenceError as error:
            audit.broken = audit.broken or error
    audit.writer.close()
    failure = str(audit.failure) if audit.failure else ""
    decision = gate.decide(replace(run, problems=(*run.problems, *problems)), state.chosen.gate, failure=failure)
    code = gate.combine(pytest_exit, decision.exit_code, plain_failures=state.plain_failures)
    # The screen tells the code that the process ends with, which pytest has a say in (an interrupt, another test that failed).
    state.decision = replace(decision, exit_code=code)
    return code


def _reason(session: pytest.Session, pytest_exit: int) -> str:
    if pytest_exit == pytest.ExitCode.INTERRUPTED:
        return "interrupted"
    if pytest_exit == pytest.ExitCode.INTERNAL_ERROR:
        return "internal error"
    return str(session.shouldfail or session.shouldstop or "")


def print_summary(terminalreporter: Any, state: State) -> None:
    """The summary, below pytest's own output."""
    audit = state.audit
    if state.run is None or state.decision is None or audit is None:
        if audit is not None and audit.failure:
            terminalreporter.write_line(f"vmready: {audit.failure}", red=True)
        return
    writer = terminalreporter._tw
    terminalreporter.ensure_newline()
    terminalreporter.section("vmready", sep="=", bold=True)
    report = str(audit.folder / "report.html")
    writer.write(
        summary(state.run, state.decision, width=writer.fullwidth, colour=writer.hasmarkup, report=report).rstrip("\n")
        + "\n"
    )
