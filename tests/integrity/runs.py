"""What these tests share: a run that can be cut off at a chosen moment, the command line, and all reports held against each other."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from audits import PASSWORD, Audits, Done, command

from vmready.evidence import html
from vmready.evidence.run import Run
from vmready.model import Verdict

#: A requirement that takes its time on one host, and two that do not: a run can be cut off while it judges.
SLOW_TO_JUDGE = """
import time
from pathlib import Path

import pytest

from tests_infra.test_backup_prerequisites import *
from tests_infra.documents import BACKUP
from vmready import Role, must, requirement

TEXT = dict(source=BACKUP["Step 1"], rationale="Our own.", remedy="Do it.", roles=[Role.AZURE_BACKUP], severity="low")


@requirement("OWN-01", must, title="Takes its time", **TEXT)
@pytest.mark.parametrize("part", [pytest.param(n, id=f"OWN-01.{n}") for n in range(3)])
def test_own(dot_net_framework, part):
    Path("judging").touch()
    time.sleep(20 if part == 1 and not Path("quick").exists() else 0)


@requirement("OWN-02", must, title="Comes after it", **TEXT)
def test_later(dot_net_framework):
    pass
"""
#: BK-06 and UM-02, which the states of these tests declare enough for, without the others.
TWO = """
from tests_infra.test_backup_prerequisites import test_dot_net_for_backup
from tests_infra.test_update_management_prerequisites import test_dot_net_for_update_management
"""


def audit(given: Audits, *arguments: str, **more: Any) -> Done:
    """An audit of the twins by BK-06 and UM-02."""
    (given.folder / "test_two.py").write_text(TWO)
    return given.pytest("test_two.py", *arguments, tests=(), **more)


def vmready(given: Audits, *arguments: str, timeout: float = 90) -> Done:
    """A command of vmready, run in the folder of the audits."""
    done = subprocess.run(
        [sys.executable, "-m", "vmready.cli", *arguments],
        cwd=given.folder,
        env={**os.environ, "AUDIT_PASSWORD": PASSWORD, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Done(done.returncode, done.stdout + done.stderr, given.folder)


def start(
    given: Audits,
    *arguments: str,
    tests: Sequence[str] = ("test_two.py",),
    environment: Mapping[str, str] | None = None,
    before: Callable[[], None] | None = None,
    **hosts: Any,
) -> subprocess.Popen[str]:
    """pytest against the twins, still running when this returns; the tests are those of :func:`audit`."""
    (given.folder / "test_two.py").write_text(TWO)
    return subprocess.Popen(
        command(*tests, "--hosts", str(given.write(**hosts)), *arguments),
        cwd=given.folder,
        env={**os.environ, "AUDIT_PASSWORD": PASSWORD, "COLUMNS": "200", **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=before,  # noqa: PLW1509 - sets a limit and nothing else
    )


def wait_for(what: Callable[[], object], process: subprocess.Popen[str], seconds: float = 60) -> None:
    """Until it is there; an error with the process's output where it ends before."""
    end = time.monotonic() + seconds
    while not what():
        if process.poll() is not None:
            raise AssertionError(f"the run ended before:\n{process.communicate()[0]}")
        if time.monotonic() > end:
            process.kill()
            raise AssertionError(f"not within {seconds} s:\n{process.communicate()[0]}")
        time.sleep(0.03)


def newest(folder: Path, reports: str = "reports") -> Path:
    """The folder of the latest run."""
    return max(
        (path for path in (folder / reports).iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime_ns
    )


def agree(report: Path, out: str) -> Run:
    """The run, after its totals were found to be the same in console, HTML, JUnit, summary and run.json, each cell once."""
    run = Run.read(report)
    assert not run.problems, run.problems
    totals = {verdict: run.totals[verdict] for verdict in Verdict}
    cells = [(finding.cell.host, finding.cell.item) for finding in run.findings]
    assert len(cells) == len(set(cells)) == sum(totals.values())
    document = json.loads((report / "run.json").read_text())
    assert {Verdict(name): number for name, number in document["totals"].items()} == totals
    assert Counter(Verdict(finding["verdict"]) for finding in document["findings"]) == Counter(
        {verdict: number for verdict, number in totals.items() if number}
    )
    assert dict(html.shown_totals((report / "report.html").read_text())) == totals
    summary = dict(re.findall(r"^\| ([a-z -]+) \| ([0-9]+) \|$", (report / "summary.md").read_text(), re.MULTILINE))
    assert {Verdict(name): int(number) for name, number in summary.items()} == totals
    assert of_junit(report / "junit.xml") == {
        "tests": sum(totals.values()),
        "failures": totals[Verdict.NON_COMPLIANT],
        "errors": totals[Verdict.UNDETERMINED] + totals[Verdict.UNREACHABLE] + totals[Verdict.NOT_RUN],
        "skipped": totals[Verdict.WAIVED] + totals[Verdict.NOT_APPLICABLE],
    }
    assert of_console(out) == {verdict: number for verdict, number in totals.items() if number}, out
    return run


def of_junit(path: Path) -> dict[str, int]:
    """What the elements of the file say; the counts of its suites have to say the same."""
    counts: Counter[str] = Counter(tests=0, failures=0, errors=0, skipped=0)
    for suite in ET.parse(path).getroot():
        own: Counter[str] = Counter(tests=0, failures=0, errors=0, skipped=0)
        for case in suite.iter("testcase"):
            own["tests"] += 1
            for element, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
                own[name] += len(case.findall(element))
        assert {name: int(suite.get(name, "")) for name in own} == dict(own)
        counts.update(own)
    return dict(counts)


def of_console(out: str) -> dict[Verdict, int]:
    """The totals that the summary on the screen names."""
    lines = re.findall(r"^[0-9,]+ cells? on [0-9,]+ hosts?: (.*)$", out, re.MULTILINE)
    assert len(lines) == 1, out
    found = re.findall(r"([0-9,]+) ([a-z -]+?)(?: · |$)", lines[0])
    return {Verdict(name): int(number.replace(",", "")) for number, name in found}
