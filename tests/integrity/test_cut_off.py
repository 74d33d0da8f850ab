"""However a run ends, its ledger can be read, every planned cell has one verdict, and what it has can be gone on with."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from audits import GOOD, OLD, Audits, audits
from runs import SLOW_TO_JUDGE, agree, audit, newest, start, vmready, wait_for

from vmready.evidence.run import Run
from vmready.model import Verdict
from vmready.twin.faults import Fault

SLOW = Fault("delay", "command", times=1, seconds=40)
#: Name: the signals, with the seconds before each.
WAYS: dict[str, tuple[tuple[float, signal.Signals], ...]] = {
    "interrupt": ((0, signal.SIGINT),),
    "two-interrupts": ((0, signal.SIGINT), (0.05, signal.SIGINT)),
    "terminate": ((0, signal.SIGTERM),),
    "kill": ((0, signal.SIGKILL),),
}


def collecting(given: Audits) -> tuple[subprocess.Popen[str], Path]:
    """A run that has one host's answers and waits for the other's."""
    process = start(given, "test_own.py", tests=(), **{"slow": {"roles": ["azure-backup"]}})
    wait_for(lambda: list(given.folder.glob("reports/*/snapshots/web-01.snapshot.json")), process)
    return process, newest(given.folder)


def judging(given: Audits) -> tuple[subprocess.Popen[str], Path]:
    """A run that has judged its first cells and takes its time with another."""
    process = start(given, "test_own.py", tests=(), **{"slow": {"roles": ["azure-backup"]}})
    wait_for(
        lambda: any('"item":"OWN-01.0"' in path.read_text() for path in given.folder.glob("reports/*/ledger.jsonl")),
        process,
    )
    return process, newest(given.folder)


#: The others are for whoever has time.
QUICK = {
    (collecting, "interrupt"),
    (collecting, "kill"),
    (judging, "kill"),
    (judging, "two-interrupts"),
    (judging, "terminate"),
}


@pytest.mark.parametrize(
    ("moment", "way"),
    [
        pytest.param(moment, way, marks=() if (moment, way) in QUICK else pytest.mark.slow)
        for moment in (collecting, judging)
        for way in WAYS
    ],
)
def test_the_rest_is_not_run_and_a_second_run_completes_it(tmp_path: Path, moment: object, way: str) -> None:
    (tmp_path / "test_own.py").write_text(SLOW_TO_JUDGE)
    faults = {"slow": [SLOW]} if moment is collecting else {}
    with audits(tmp_path, {"web-01": GOOD, "slow": GOOD}, faults) as given:
        process, report = moment(given)  # type: ignore[operator]
        for wait, number in WAYS[way]:
            time.sleep(wait)
            process.send_signal(number)
        out, _ = process.communicate(timeout=40)
        assert "Traceback" not in out, out
        if way == "kill":
            assert process.returncode == -signal.SIGKILL
            run = Run.read(report)
            assert not run.problems
            assert run.end is None
        else:
            assert process.returncode == 2, out
            run = agree(report, out)
            assert run.end is not None
            assert (run.end.exit_code, run.end.reason) == (2, "interrupted")
        verdicts = {(finding.cell.host, finding.cell.item): finding.verdict for finding in run.findings}
        items = ("BK-06", "OWN-01.0", "OWN-01.1", "OWN-01.2", "OWN-02")
        assert set(verdicts) == {(host, item) for host in ("web-01", "slow") for item in items}
        judged = {cell for cell, verdict in verdicts.items() if verdict is Verdict.COMPLIANT}
        assert {verdicts[cell] for cell in verdicts.keys() - judged} == {Verdict.NOT_RUN}
        assert judged == (
            set()
            if moment is collecting
            else {(host, "BK-06") for host in ("web-01", "slow")} | {("web-01", "OWN-01.0")}
        )
        (tmp_path / "quick").touch()
        visits = {name: given.server.counts(name).requests["create"] for name in ("web-01", "slow")}
        done = vmready(given, "resume", str(report))
        again = {name: given.server.counts(name).requests["create"] - count for name, count in visits.items()}
        assert given.server.wait_idle(10)
        assert {
            name: counts.leaked_shells for name, counts in given.server.all_counts().items() if name == "web-01"
        } == {"web-01": 0}
    assert done.code == 0, done.out
    whole = agree(newest(tmp_path), done.out)
    assert {finding.verdict for finding in whole.findings} == {Verdict.COMPLIANT}
    # What the first run had is judged; only the host that it had no answers from is visited.
    assert again == {"web-01": 0, "slow": 1 if moment is collecting else 0}


def test_a_run_that_was_killed_before_it_had_any_answer_is_gone_on_with(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-01": GOOD}, {"web-01": [Fault("delay", "command", times=1, seconds=30)]}) as given:
        process = start(given)
        wait_for(lambda: given.server.counts("web-01").requests.get("create"), process)
        process.kill()
        process.communicate(timeout=20)
        report = newest(tmp_path)
        for path in (report / "snapshots").iterdir():
            path.unlink()
        done = vmready(given, "resume", str(report))
    assert done.code == 0, done.out
    assert agree(newest(tmp_path), done.out).totals[Verdict.COMPLIANT] == 2


@pytest.mark.parametrize(("option", "judged"), [("-x", 1), ("--maxfail=2", 2)])
def test_where_pytest_stops_at_a_failure_the_rest_is_not_run(tmp_path: Path, option: str, judged: int) -> None:
    names = [f"web-{number}" for number in range(4)]
    with audits(tmp_path, dict.fromkeys(names, OLD)) as given:
        done = audit(given, "-k", "UM-02", option)
    run = agree(newest(tmp_path), done.out)
    assert done.code == 1, done.out
    assert run.totals[Verdict.NON_COMPLIANT] == judged
    assert run.totals[Verdict.NOT_RUN] == 4 - judged
    assert run.end is not None
    assert "stopping after" in run.end.reason
    assert {finding.detail for finding in run.findings if finding.verdict is Verdict.NOT_RUN} == {
        f"not judged: {run.end.reason}"
    }


def test_after_the_deadline_the_other_hosts_are_unreachable_with_that_cause(tmp_path: Path) -> None:
    faults = {"slow": [Fault("delay", "command", seconds=40)]}
    with audits(tmp_path, {"web-01": GOOD, "slow": GOOD}, faults) as given:
        done = audit(given, "--deadline", "6")
    run = agree(newest(tmp_path), done.out)
    assert done.code == 10, done.out
    causes = {finding.cell.host: finding.cause for finding in run.findings}
    assert causes == {"web-01": None, "slow": "run-deadline"}, done.out
    assert "run" in done.out


def test_the_plan_is_on_the_disk_when_the_first_connection_arrives(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-01": GOOD, "web-02": OLD}, {}) as given:
        process = start(given, "--concurrency", "1", **{"other": {"address": "127.0.21.9", "roles": ["session-host"]}})
        # The ledger is looked at until a connection is counted: by then it has to hold the whole plan.
        seen: list[str] = []
        while process.poll() is None:
            if any(given.server.counts(name).connections for name in ("web-01", "web-02")):
                seen = [path.read_text() for path in tmp_path.glob("reports/*/ledger.jsonl")]
                break
            time.sleep(0.002)
        out, _ = process.communicate(timeout=40)
    assert len(seen) == 1, out
    assert '"record":"planned"' in seen[0]
    planned = Run.read(newest(tmp_path))
    assert seen[0].count('"record":"plan"') == 3
    assert '"not_applicable":{"BK-06":"it concerns hosts with role azure-backup' in seen[0]
    assert len(planned.findings) == 6
    assert process.returncode == 1, out


def test_no_host_at_all_is_never_green(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("hosts: {}\n")
    with audits(tmp_path, {"web-01": GOOD}) as given:
        none = audit(given, "--hosts", "empty.yaml")
        no_requirement = audit(given, "-k", "nothing-is-called-so")
        deselected = audit(given, "--deselect", "x", "-m", "critical and info")
        assert not given.server.counts("web-01").connections
    assert none.code == 4, none.out
    assert no_requirement.code == 5
    assert deselected.code == 5
