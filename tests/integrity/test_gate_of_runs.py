"""The gate through whole runs: what counts, what may stay unknown and why, limits from a file, and pytest's own exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from audits import DENIED, GOOD, OLD, audits
from runs import agree, audit, newest

from vmready.evidence.run import Run
from vmready.model import Verdict

REASON = "The key is locked by the vendor's agent; see CHG-1."


def test_causes_stand_in_every_report(tmp_path: Path) -> None:
    with audits(tmp_path, {"denied": DENIED, "good": GOOD}) as given:
        done = audit(given, down={"address": "127.0.21.99", "port": 9})
    report = newest(tmp_path)
    run = agree(report, done.out)
    assert done.code == 10
    findings = {(finding.cell.host, finding.cell.item): finding for finding in run.findings}
    unreadable, unreachable = findings["denied", "UM-02"], findings["down", "UM-02"]
    assert unreadable.verdict is Verdict.UNDETERMINED
    assert "denied" in unreadable.detail
    assert unreachable.cause == "refused"
    assert "127.0.21.99:9" in unreachable.detail
    cause = run.hosts["down"].cause
    assert cause is not None
    document = json.loads((report / "run.json").read_text())
    by_cell = {(finding["host"], finding["item"]): finding for finding in document["findings"]}
    assert by_cell["down", "UM-02"]["cause"] == "refused"
    assert next(host for host in document["hosts"] if host["name"] == "down")["cause"]["remedy"] == cause.remedy
    errors = {
        (suite.get("name"), case.get("name", "").split()[0]): error.get("message", "")
        for suite in ET.parse(report / "junit.xml").getroot()
        for case in suite.iter("testcase")
        for error in case.findall("error")
    }
    assert errors["down", "UM-02"] == unreachable.detail
    assert errors["denied", "UM-02"] == unreadable.detail
    for text in (done.out, (report / "summary.md").read_text(), (report / "report.html").read_text()):
        assert "127.0.21.99:9" in text
        assert "may not be read" in text or "denied" in text


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        # Without the option every reason that the inventory gives holds.
        ((), 0),
        (("--allow-undetermined", "UM-02"), 10),
        pytest.param(("--gate", "high", "--allow-undetermined", "UM-02"), 10, marks=pytest.mark.slow),
        (("--gate", "critical", "--allow-undetermined", "UM-02"), 0),
        (("--allow-undetermined", "UM-02", "--allow-undetermined", "BK-06"), 0),
        pytest.param(("--allow-undetermined", "UM-02", "--thresholds", "lax.yaml"), 0, marks=pytest.mark.slow),
        (("--allow-undetermined", "UM-02", "--thresholds", "strict.yaml", "--gate", "critical"), 10),
        pytest.param(("--thresholds", "share.yaml", "--gate", "critical"), 10, marks=pytest.mark.slow),
        (("--thresholds", "wrong.yaml"), 4),
        pytest.param(("--allow-undetermined", "OWN-01"), 4, marks=pytest.mark.slow),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_could_not_be_read_counts_by_severity(undetermined: Any, arguments: tuple[str, ...], code: int) -> None:
    stored = ("--snapshots", str(undetermined.run), "--hosts", str(undetermined.inventory_file))
    done = undetermined.pytest("test_own.py", *stored, *arguments, tests=())
    assert done.code == code, done.out
    if code == 4:
        assert len([line for line in done.out.splitlines() if line.strip()]) == 1, done.out


@pytest.fixture(scope="module")
def undetermined(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run with a host of which UM-02 and BK-06 are undetermined and one that complies; stored, so that judging is quick."""
    folder = tmp_path_factory.mktemp("undetermined")
    (folder / "test_own.py").write_text(
        "from tests_infra.documents import BACKUP\n"
        "from tests_infra.test_backup_prerequisites import *\n"
        "from tests_infra.test_update_management_prerequisites import test_dot_net_for_update_management\n"
        "from vmready import Role, requirement, must\n\n\n"
        "@requirement('OWN-01', must, title='Passes', severity='low', roles=[Role.AZURE_BACKUP], source=BACKUP['Step 1'],"
        " rationale='Because.', remedy='Do.')\n"
        "def test_own():\n    pass\n"
    )
    for name, text in {
        "lax": "max: {high: {undetermined: 2}}",
        "strict": "max: {high: {undetermined: 0}}",
        "share": "min_judged_share: 0.9",
        "wrong": "max: {hihg: {undetermined: 1}}",
    }.items():
        (folder / f"{name}.yaml").write_text(text)
    with audits(folder, {"denied": DENIED, "good": GOOD}) as given:
        settings = {"allow_undetermined": {"UM-02": REASON, "BK-06": REASON}}
        done = given.pytest("test_own.py", "--report-dir", "first", tests=(), denied=settings)
        given.run = newest(folder, "first")  # type: ignore[attr-defined]
        verdicts = Run.read(given.run).totals  # type: ignore[attr-defined]
        assert (verdicts[Verdict.UNDETERMINED], verdicts[Verdict.COMPLIANT]) == (2, 4), done.out
        given.inventory_file = given.write("stored.json", denied=settings)  # type: ignore[attr-defined]
        yield given


def test_an_allowed_one_is_not_green_by_silence(tmp_path: Path) -> None:
    with audits(tmp_path, {"denied": DENIED, "good": GOOD}) as given:
        allowed = {"allow_undetermined": {"UM-02": REASON}}
        done = audit(given, denied=allowed)
    run = agree(newest(tmp_path), done.out)
    finding = next(f for f in run.findings if (f.cell.host, f.cell.item) == ("denied", "UM-02"))
    # It stays undetermined in every report, with the reason beside the host.
    assert finding.verdict is Verdict.UNDETERMINED
    assert dict(run.hosts["denied"].allow_undetermined) == {"UM-02": REASON}
    assert "1 undetermined" in done.out


def test_3_where_pytest_itself_fails_and_what_was_found_is_kept(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(
        "def pytest_runtest_logfinish(nodeid):\n    if 'update' in nodeid:\n        raise RuntimeError('a plug-in failed')\n"
    )
    with audits(tmp_path, {"old": OLD, "other": OLD}) as given:
        done = audit(given, "-p", "broken", environment={"PYTHONPATH": str(tmp_path)})
    assert done.code == 3, done.out
    run = agree(newest(tmp_path), done.out)
    assert run.end is not None
    assert (run.end.exit_code, run.end.reason) == (3, "internal error")
    assert (run.totals[Verdict.NON_COMPLIANT], run.totals[Verdict.NOT_RUN]) == (1, 1)


def test_6_where_pytest_counts_too_many_warnings_and_nothing_is_worse(tmp_path: Path) -> None:
    (tmp_path / "test_warns.py").write_text("import warnings\n\ndef test_warns():\n    warnings.warn('one')\n")
    with audits(tmp_path, {"good": GOOD}) as given:
        done = audit(given, "test_warns.py", "-k", "BK-06 or warns", "--max-warnings", "0")
    if "unrecognized arguments" in done.out:
        pytest.skip("this pytest has no --max-warnings")
    assert done.code == 6, done.out


@pytest.mark.slow
def test_warnings_count_where_asked_for(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(
        "from tests_infra.documents import BACKUP\n"
        "from vmready import Role, requirement, should\n\n\n"
        "@requirement('OWN-01', should, title='A should', severity='medium', roles=[Role.AZURE_BACKUP], source=BACKUP['Step 1'],"
        " rationale='Because.', remedy='Do.')\n"
        "def test_should(dot_net_framework):\n    assert False, 'it deviates'\n"
    )
    with audits(tmp_path, {"good": GOOD}) as given:
        codes = {
            arguments: given.pytest("test_own.py", *arguments, tests=()).code
            for arguments in ((), ("--fail-on-warning",), ("--fail-on-warning", "--gate", "high"))
        }
    assert codes == {(): 0, ("--fail-on-warning",): 1, ("--fail-on-warning", "--gate", "high"): 0}
