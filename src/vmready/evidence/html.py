"""``report.html``, made through pytest-html from the run, and the columns for a report that the user asks pytest-html for.

Ours is made after the session, because cells that never ran are known only then, and it is hardened: a Content-Security-Policy lets run
what pytest-html brings and nothing else, no network is used, and everything that came from a host is escaped.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_html
from pytest_html import hooks as pytest_html_hooks
from pytest_html.basereport import BaseReport
from pytest_html.report_data import ReportData
from pytest_html.selfcontained_report import SelfContainedReport
from pytest_html.util import _process_css, _read_template
from pytest_metadata.plugin import metadata_key  # type: ignore[import-untyped]

from vmready.evidence import html_cells
from vmready.evidence.findings import DEVIATIONS, RANK, natural
from vmready.evidence.html_cells import HEADER, text
from vmready.evidence.html_style import style
from vmready.evidence.run import Run
from vmready.model import Finding, Requirement, Verdict

#: A report with more rows takes a browser too long: only deviations are listed then, and never more than this.
MOST_ROWS = 5000

#: How pytest-html sees a verdict: outcome and phase (a failed set-up is what it calls an error).
OUTCOMES: Mapping[Verdict, tuple[str, str, str]] = {
    Verdict.COMPLIANT: ("passed", "call", "passed"),
    Verdict.WARNING: ("passed", "call", "passed"),
    Verdict.NOTED: ("passed", "call", "passed"),
    Verdict.NON_COMPLIANT: ("failed", "call", "failed"),
    Verdict.WAIVED: ("skipped", "call", "skipped"),
    Verdict.NOT_APPLICABLE: ("skipped", "call", "skipped"),
    Verdict.UNDETERMINED: ("failed", "setup", "error"),
    Verdict.UNREACHABLE: ("failed", "setup", "error"),
    Verdict.NOT_RUN: ("failed", "setup", "error"),
}
_RESOURCES = Path(pytest_html.__file__).parent / "resources"
_SETTINGS = {
    "render_collapsed": "all",
    "initial_sort": "original",
    "max_asset_filename_length": "255",
    "environment_table_redact_list": [],
    "generate_report_on_test": False,
}


def render(run: Run, *, most_rows: int = MOST_ROWS) -> str:
    """The report as one document that needs nothing else."""
    shown, note = _rows(run, most_rows)
    config = _Settings(run, note)
    report = _InMemory(Path("report.html"), config, ReportData(config), _read_template([_RESOURCES]), _css())
    session = SimpleNamespace(config=config)
    report.pytest_sessionstart(session)
    host = ""
    for number, finding in enumerate(shown):
        row = _report_of(finding, number)
        row.vmready_first = finding.cell.host != host
        host = finding.cell.host
        report.pytest_runtest_logreport(row)
        # pytest-html shows a test once its last phase is reported.
        report.pytest_runtest_logreport(_finished(row))
    _count(report, run)
    report.pytest_sessionfinish(session)
    return _hardened(report.rendered)


def _rows(run: Run, most: int) -> tuple[list[Finding], str]:
    """The findings to list: deviations first, those of a host together; and what is to be said if not all are listed."""

    def order(finding: Finding) -> tuple[Any, ...]:
        away = finding.verdict in (Verdict.UNREACHABLE, Verdict.NOT_RUN)
        return (
            0 if finding.verdict in DEVIATIONS and not away else 1 if away else 2,
            natural(finding.cell.host),
            RANK[finding.verdict],
            natural(finding.cell.item),
        )

    if len(run.findings) <= most:
        return sorted(run.findings, key=order), ""
    deviations = sorted((finding for finding in run.findings if finding.verdict in DEVIATIONS), key=order)
    note = f"The run has {len(run.findings):,} cells: only deviations are listed here"
    if len(deviations) > most:
        note += f", and of these {len(deviations):,} the first {most:,}"
    return deviations[:most], f"{note}. All cells are in run.json and ledger.jsonl."


def _css() -> str:
    return str(_process_css(_RESOURCES / "style.css", [])) + style(ours=True)


class _Settings:
    """What pytest-html asks of pytest's configuration, for a report that is made without a session."""

    def __init__(self, run: Run, note: str) -> None:
        manager = pytest.PytestPluginManager()
        manager.add_hookspecs(pytest_html_hooks)
        manager.register(_Columns(run, note))
        self.hook = manager.hook
        self.stash = pytest.Stash()
        self.stash[metadata_key] = html_cells.environment(run)

    def getini(self, name: str) -> Any:
        return _SETTINGS[name]


class _Columns:
    """pytest-html's hooks, answered from the run."""

    def __init__(self, run: Run, note: str) -> None:
        self.run, self.note = run, note

    def pytest_html_report_title(self, report: Any) -> None:
        report.title = f"vmready {self.run.header.run_id}"

    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        cells[1:] = HEADER

    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        finding = report.vmready
        requirement = self.run.requirements[finding.cell.requirement]
        cells[1:] = html_cells.cells(finding, requirement, first_of_host=report.vmready_first)

    def pytest_html_results_table_html(self, report: Any, data: list[str]) -> None:
        finding = report.vmready
        data[:] = [html_cells.details(finding, self.run.requirements[finding.cell.requirement])]

    def pytest_html_results_summary(self, prefix: list[str], summary: list[str], postfix: list[str]) -> None:
        prefix += [html_cells.outcome(self.run), html_cells.totals(self.run), html_cells.known(self.run)]
        postfix += [html_cells.by_requirement(self.run), html_cells.by_host(self.run)]
        if self.note:
            postfix.append(f'<p class="outcome bad">{text(self.note)}</p>')


class _InMemory(SelfContainedReport):  # type: ignore[misc]
    """pytest-html's report, kept instead of written: the module that writes files does that."""

    rendered = ""

    def _write_report(self, rendered_report: str) -> None:
        self.rendered = rendered_report


def _report_of(finding: Finding, number: int) -> Any:
    outcome, when, _ = OUTCOMES[finding.verdict]
    report: Any = pytest.TestReport(
        f"{number}",
        ("", None, ""),
        {},
        outcome,  # type: ignore[arg-type]
        None,
        when,  # type: ignore[arg-type]
        duration=finding.seconds,
    )
    report.vmready = finding
    return report


def _finished(report: Any) -> Any:
    finished: Any = pytest.TestReport(report.nodeid, ("", None, ""), {}, "passed", None, "teardown", duration=0.0)
    finished.vmready = report.vmready
    finished.vmready_first = False
    return finished


def _count(report: Any, run: Run) -> None:
    """pytest-html counts the rows; its own filter shall show what the run has."""
    counts: Counter[str] = Counter()
    for verdict, number in run.totals.items():
        counts[OUTCOMES[verdict][2]] += number
    for name, entry in report._report.outcomes.items():
        entry["value"] = counts[name]


def _hardened(document: str) -> str:
    """The document with a Content-Security-Policy that names its one style sheet and its one script by digest."""
    # The button to reload a growing report is hidden in a finished one, and its inline handler would be refused.
    document = document.replace(' onclick="location.reload()"', "")
    sheet = _only(r"<style[^>]*>(.*?)</style>", document, 0)
    script = _only(r"<script[^>]*>(.*?)</script>", document, -1)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_digest(sheet)}'",
            f"script-src '{_digest(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}"/>\n    <meta name="referrer" content="no-referrer"/>'
    return document.replace('<meta charset="utf-8"/>', f'<meta charset="utf-8"/>\n    {meta}', 1)


def _only(pattern: str, document: str, which: int) -> str:
    return str(re.findall(pattern, document, re.DOTALL)[which])


def _digest(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")


# --- the user's own report (``--html``) -----------------------------------------------------------------------------------


def live_header(cells: list[str]) -> None:
    """``pytest_html_results_table_header``: our columns between pytest-html's result and its test id."""
    cells[1:1] = HEADER


def live_row(report: Any, cells: list[str], finding: Finding | None, requirement: Requirement | None) -> None:
    """``pytest_html_results_table_row``: our columns, empty for tests that are no requirements. The test id is escaped (pytest-html does not)."""
    if not cells:
        return
    for number, cell in enumerate(cells):
        match = re.fullmatch(r'<td class="col-testId">(.*)</td>', cell, re.DOTALL)
        if match and match.group(1).startswith(report.nodeid):
            cells[number] = f'<td class="col-testId">{text(match.group(1))}</td>'
    if finding is None or requirement is None:
        cells[1:1] = [f'<td class="col-{name}"></td>' for name in ("verdict", "host", "id", "requirement", "document")]
    else:
        cells[1:1] = html_cells.cells(finding, requirement)


def live_details(data: list[str], finding: Finding | None, requirement: Requirement | None) -> None:
    """``pytest_html_results_table_html``: what an opened row shows; tests that are no requirements keep their own."""
    if finding is not None and requirement is not None:
        data[:] = [html_cells.details(finding, requirement)]


def live_summary(prefix: list[str], run: Run | None) -> None:
    """``pytest_html_results_summary``: the totals of the run, cells that never ran included, as a filter of verdicts."""
    if run is not None:
        prefix += [f"<style>{style(ours=False)}</style>", html_cells.totals(run), html_cells.known(run)]


def complete(config: pytest.Config, report: pytest.TestReport) -> None:
    """Tell pytest-html that a slim item is over: it shows a test only when its teardown was reported, and slim items have one report."""
    if not getattr(config.option, "htmlpath", None):
        return
    finished: Any = pytest.TestReport(
        report.nodeid, report.location, report.keywords, "passed", None, "teardown", duration=0.0
    )
    for plugin in config.pluginmanager.get_plugins():
        if isinstance(plugin, BaseReport):
            plugin.pytest_runtest_logreport(finished)


def shown_totals(document: str) -> Iterator[tuple[Verdict, int]]:
    """The totals that a rendered report shows, read back from it."""
    numbers = dict(re.findall(r'data-total="([a-z-]+)">([0-9,]+)<', document))
    for verdict in Verdict:
        yield verdict, int(numbers.get(html_cells.slug(verdict), "-1").replace(",", ""))
