"""The exit codes of README.md, each by a run of pytest in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from audits import DENIED, GOOD, OLD, PASSWORD, audits, command

from vmready.evidence.run import Run
from vmready.model import Verdict

DOT_NET = ("-k", "BK-06 or UM-02")


def test_0_where_everything_complies(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-01": GOOD, "web-02": GOOD}) as given:
        done = given.pytest(*DOT_NET)
    assert done.code == 0, done.out
    assert set(done.verdicts().values()) == {"compliant"}


def test_1_where_something_is_non_compliant(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-01": GOOD, "web-02": OLD}) as given:
        done = given.pytest(*DOT_NET)
    assert done.code == 1, done.out
    assert done.verdicts() == {
        "web-01 BK-06": "compliant",
        "web-01 UM-02": "compliant",
        "web-02 BK-06": "compliant",
        "web-02 UM-02": "non-compliant",
    }


def test_a_deviation_below_the_gate_does_not_count(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-02": OLD}) as given:
        done = given.pytest(*DOT_NET, "--gate", "critical")
    assert done.code == 0, done.out
    assert done.verdicts()["web-02 UM-02"] == "non-compliant"


def test_1_where_a_plain_test_of_the_same_run_fails(tmp_path: Path) -> None:
    (tmp_path / "test_plain.py").write_text("def test_plain():\n    assert False, 'plain'\n")
    with audits(tmp_path, {"web-01": GOOD}) as given:
        done = given.pytest("test_plain.py", "-k", "BK-06 or plain")
    assert done.code == 1, done.out
    assert done.verdicts() == {"web-01 BK-06": "compliant"}


def test_2_after_an_interrupt_the_rest_is_not_run(tmp_path: Path) -> None:
    slow = {**GOOD, "twin": {"delay": 30}}
    with audits(tmp_path, {"web-01": GOOD, "slow": slow}) as given:
        path = given.write()
        run = subprocess.Popen(
            command("--pyargs", "tests_infra", "--hosts", str(path), *DOT_NET),
            cwd=tmp_path,
            env={"AUDIT_PASSWORD": PASSWORD, "PATH": "/usr/bin:/bin"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        wait_for_snapshot(tmp_path, "web-01")
        run.send_signal(signal.SIGTERM)
        out, _ = run.communicate(timeout=40)
    assert run.returncode == 2, out
    first = next((tmp_path / "reports").glob("*"))
    interrupted = Run.read(first)
    assert interrupted.totals[Verdict.NOT_RUN] == 4, out
    assert not interrupted.problems
    # What was collected before is not lost: it can be judged, and the host that was not reached stays visible.
    with audits(tmp_path / "again", {"unused": GOOD}) as nothing:
        done = nothing.pytest("--snapshots", str(first), *DOT_NET)
    assert done.code == 10, done.out
    assert done.verdicts() == {
        "web-01 BK-06": "compliant",
        "web-01 UM-02": "compliant",
        "slow BK-06": "unreachable",
        "slow UM-02": "unreachable",
    }


def wait_for_snapshot(folder: Path, host: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if list((folder / "reports").glob(f"*/snapshots/{host}.snapshot.json")):
            return
        time.sleep(0.1)
    raise AssertionError(f"no snapshot of {host} within {seconds} s")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--hosts", "missing.yaml"), "missing.yaml"),
        (("--hosts", "inventory.json", "--limit", "wbe-01"), 'did you mean "web-01"'),
        (("--hosts", "winrm://auditor:secret@127.0.0.1"), "--credential"),
        (("--snapshots", "nowhere"), "nowhere"),
        (("--hosts", "inventory.json", "--waivers", "missing.yaml"), "missing.yaml"),
        (("--hosts", "inventory.json", "-n", "2"), "pytest-xdist"),
        ((), "no host is given"),
    ],
    ids=["inventory", "limit", "password", "snapshots", "waivers", "xdist", "no-hosts"],
)
def test_4_for_every_mistake_with_one_clear_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    if "-n" in arguments:
        pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    with audits(tmp_path, {"web-01": GOOD}) as given:
        given.write()
        run = subprocess.run(
            command("--pyargs", "tests_infra", *arguments),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert run.returncode == 4
    errors = [line for line in run.stderr.splitlines() if line.strip()]
    assert len(errors) == 1, run.stderr
    assert said in errors[0]
    assert "secret" not in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    assert not (tmp_path / "reports").exists()


def test_5_where_nothing_is_selected(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-01": GOOD}) as given:
        done = given.pytest("-k", "no_such_requirement")
        counts = given.server.counts("web-01")
    assert done.code == 5, done.out
    assert not counts.requests


def test_10_where_something_could_not_be_read(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-01": DENIED}) as given:
        done = given.pytest(*DOT_NET)
    assert done.code == 10, done.out
    assert set(done.verdicts().values()) == {"undetermined"}


def test_10_where_a_host_cannot_be_reached_and_its_cause_is_one_line(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-01": GOOD}) as given:
        done = given.pytest(*DOT_NET, "-v", down={"address": "127.0.21.99", "port": 9})
    assert done.code == 10, done.out
    assert done.verdicts()["down BK-06"] == "unreachable"
    progress = done.out.split("= vmready =")[0]
    assert progress.count("[down]") == 1, progress
    assert "refuse" in done.out


def test_10_where_nothing_was_judged_on_a_host(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-01": GOOD, "other": GOOD}) as given:
        done = given.pytest("-k", "BK-06", other={"roles": ["session-host"]})
    assert done.code == 10, done.out
    assert done.verdicts() == {"web-01 BK-06": "compliant", "other BK-06": "not applicable"}


def test_11_where_evidence_cannot_be_written_and_the_verdicts_still_reach_the_screen(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with audits(tmp_path, {"web-02": OLD}) as given:
        done = given.pytest(*DOT_NET, "--report-dir", "file/reports")
    assert done.code == 11, done.out
    assert "file/reports" in done.out
    assert "UM-02" in done.out
    assert "1 non-compliant" in done.out


def test_12_where_a_cell_has_two_verdicts(tmp_path: Path) -> None:
    # What a plug-in that runs tests twice does.
    (tmp_path / "conftest.py").write_text(
        "import pytest\n"
        "@pytest.hookimpl(wrapper=True, tryfirst=True)\n"
        "def pytest_runtest_protocol(item, nextitem):\n"
        "    item.runtest()\n"
        "    return (yield)\n"
    )
    (tmp_path / "test_own.py").write_text("from tests_infra.test_backup_prerequisites import *\n")
    with audits(tmp_path, {"web-01": GOOD}) as given:
        done = given.pytest("test_own.py", tests=())
    assert done.code == 12, done.out
    assert "BK-06" in done.out
