"""``vmready explain CODE``: which rows decide one of Azure Backup's error codes, and with ``--run`` what they said in a run."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping
from pathlib import Path

from vmready import catalogue
from vmready.commands.backup_errors import BackupError
from vmready.evidence.run import Run
from vmready.model import Finding, Verdict

#: The verdicts by how much they explain a failure.
_ORDER = (
    Verdict.NON_COMPLIANT,
    Verdict.WARNING,
    Verdict.UNDETERMINED,
    Verdict.UNREACHABLE,
    Verdict.NOT_RUN,
    Verdict.WAIVED,
    Verdict.NOTED,
    Verdict.NOT_APPLICABLE,
    Verdict.COMPLIANT,
)


def explained(error: BackupError, run: Path | None) -> str:
    """The text for people. EvidenceError where the run cannot be read."""
    titles = {of.requirement.id: f"{of.requirement.title} ({of.requirement.kind})" for of in catalogue.requirements()}
    lines = [f"{error.code}  {error.means}", "", "Rows that decide it:"]
    lines += [f"  {row:8} {titles.get(row, 'not judged from inside a Windows guest')}" for row in error.rows]
    if not error.rows:
        lines.append("  none: nothing in the machine shows it")
    if error.outside:
        lines += ["", textwrap.fill(error.outside, 100)]
    if run is not None:
        lines += ["", *said(Run.read(run), error.rows, titles)]
    return "\n".join(lines) + "\n"


def said(run: Run, rows: Collection[str], titles: Mapping[str, str]) -> list[str]:
    """What these rows said of each host of a run: deviations with their text, the rest counted."""
    lines = [f"What they said in the run {run.header.run_id}:"]
    asked = {finding.cell.requirement for finding in run.findings}
    for host in run.hosts:
        found = [one for one in run.findings if one.cell.host == host and one.cell.requirement in rows]
        found.sort(key=lambda one: (_ORDER.index(one.verdict), one.cell.item))
        lines.append(f"  {host}")
        lines += [_line(one) for one in found if one.verdict is not Verdict.COMPLIANT]
        good = [one.cell.item for one in found if one.verdict is Verdict.COMPLIANT]
        if good:
            lines.append(
                textwrap.fill(", ".join(good), 100, initial_indent="    compliant: ", subsequent_indent="      ")
            )
        if not found:
            lines.append("    none of them was planned for it")
    missing = [row for row in rows if row in titles and row not in asked]
    if missing:
        lines.append(f"  not in this run: {', '.join(missing)}")
    return lines


def in_run(folder: Path | None, row: str, item: str) -> str:
    """What a row (or one item of it, upper case) said in a run; empty where no run is asked for. EvidenceError where it cannot be read."""
    if folder is None:
        return ""
    run = Run.read(folder)
    findings = [
        one for one in run.findings if one.cell.requirement == row and item in (row.upper(), one.cell.item.upper())
    ]
    lines = ["", f"What it said in the run {run.header.run_id}:"]
    lines += [f"  {one.cell.host}\n{_line(one)}" for one in findings] or ["  it was not planned for any host"]
    return "\n".join(lines) + "\n"


def _line(finding: Finding) -> str:
    text = " ".join(finding.detail.split())
    return textwrap.fill(
        f"{finding.verdict}: {finding.cell.item}{f': {text}' if text else ''}",
        100,
        initial_indent="    ",
        subsequent_indent="      ",
    )
