"""Node ids, --lf and -k choose as in any pytest run, hosts included, and the screen tells the code that the process ends with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from audits import GOOD, OLD, Audits, Done, audits

from vmready.evidence.run import Run

UM_02 = "test_update_management_prerequisites.py::test_dot_net_for_update_management"


@pytest.fixture
def given(tmp_path: Path) -> Audits:
    with audits(tmp_path, {"web-01": GOOD, "web-02": OLD, "web-03": GOOD}) as served:
        yield served


def newest(done: Done) -> Run:
    return Run.read(max(done.reports, key=lambda path: path.stat().st_mtime_ns))


def test_last_failed_runs_what_did_not_comply_and_nothing_else(given: Audits) -> None:
    cached = ("-p", "cacheprovider", "-o", "cache_dir=cache")
    first = given.pytest("-k", "BK-06 or UM-02", *cached)
    assert first.code == 1, first.out
    again = given.pytest("--lf", *cached)
    assert {(finding.cell.host, finding.cell.item) for finding in newest(again).findings} == {("web-02", "UM-02")}, (
        again.out
    )
    assert again.code == 1


@pytest.mark.parametrize("chosen", [("-k", "UM-02 and web-01"), ()], ids=["keyword", "node-id"])
def test_hosts_of_which_nothing_was_chosen_are_out_of_the_run(given: Audits, chosen: tuple[str, ...]) -> None:
    import tests_infra

    tests = ("--pyargs", "tests_infra") if chosen else (f"{Path(tests_infra.__file__).parent}/{UM_02}[web-01]",)
    done = given.pytest(*chosen, tests=tests)
    assert done.code == 0, done.out
    assert done.verdicts() == {"web-01 UM-02": "compliant"}
    assert list(done.run.hosts) == ["web-01"]
    assert "nothing was selected: web-02, web-03" in done.out
    assert not given.server.counts("web-02").connections
    # Judging again knows as many hosts as the run had.
    again = given.pytest("--snapshots", str(done.report), "-k", "UM-02", "--report-dir", "again")
    assert again.code == 0, again.out


def test_the_screen_tells_the_code_that_the_process_ends_with(given: Audits, tmp_path: Path) -> None:
    (tmp_path / "test_plain.py").write_text("def test_plain():\n    assert False, 'plain'\n")
    done = given.pytest("test_plain.py", "-k", "(UM-02 and web-01) or plain")
    assert done.code == 1, done.out
    assert "Exit code 1: tests that are no requirements failed" in done.out
    assert json.loads((done.report / "run.json").read_text())["exit_code"] == 1
    assert "exit code 1, tests that are no requirements failed" in (done.report / "summary.md").read_text()
