"""What a run writes where it cannot: full disks, folders that cannot be written, two runs at once."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from audits import GOOD, OLD, audits
from runs import agree, audit, of_console, start

from vmready.evidence.run import Run
from vmready.files import EvidenceError
from vmready.model import Verdict


def limited(size: int) -> None:
    """No file of this process grows beyond this: what a full disk looks like, in the middle of a write."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


SLOW = pytest.mark.slow
#: Python itself leaves half a .pyc where a disk is full, and would stumble over it the next time.
NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1"}


@pytest.mark.parametrize("size", [400, pytest.param(1_500, marks=SLOW), 3_000, pytest.param(6_000, marks=SLOW), 20_000])
def test_a_disk_that_fills_up_is_exit_11_with_the_path_and_the_verdicts_on_the_screen(
    tmp_path: Path, size: int
) -> None:
    with audits(tmp_path, {"old": OLD, "good": GOOD}) as given:
        process = start(given, environment=NO_BYTECODE, before=lambda: limited(size))
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 11, out
    assert "Traceback" not in out
    assert re.search(r"evidence could not be written: reports/\S+/\S+: could not be written: File too large", out), out
    # All verdicts are there although the ledger is not whole.
    assert of_console(out) == {Verdict.NON_COMPLIANT: 1, Verdict.COMPLIANT: 3}
    assert "UM-02" in out
    report = next((tmp_path / "reports").iterdir())
    # What there is, is whole: no report is half a report, and the ledger ends with a line.
    assert not list(report.rglob(".*"))
    ledger = (report / "ledger.jsonl").read_bytes()
    assert ledger == b"" or ledger.endswith(b"\n")
    try:
        run = Run.read(report)
    except EvidenceError as error:
        # Nothing of the plan fitted: there is no run to be read, and that is said.
        assert size < 1_500
        assert "ledger.jsonl" in str(error)  # noqa: PT017
    else:
        assert sum(run.totals.values()) == len(run.findings)
        unknown = {finding.verdict for finding in run.findings} - {Verdict.COMPLIANT, Verdict.NON_COMPLIANT}
        assert unknown <= {Verdict.NOT_RUN}
        # A ledger that lost its plan says so and is never green.
        assert run.problems or len(run.findings) == 4


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("a file system of its own may not be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_file_system(tmp_path: Path, small_disk: Path) -> None:
    with audits(tmp_path / "work", {"old": OLD, "good": GOOD}) as given:
        done = audit(given, "--report-dir", str(small_disk / "reports"))
    assert done.code == 11, done.out
    assert "No space left on device" in done.out
    assert str(small_disk) in done.out
    assert of_console(done.out) == {Verdict.NON_COMPLIANT: 1, Verdict.COMPLIANT: 3}
    assert Run.read(next((small_disk / "reports").iterdir())).totals[Verdict.NON_COMPLIANT] == 1


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "frozen"
    folder.mkdir()
    if os.geteuid() == 0:
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "ro,size=64k", "tmpfs", str(folder)], capture_output=True, check=False
        )
        if made.returncode:
            pytest.skip("root may write anywhere, and a read-only file system may not be mounted here")
    else:
        folder.chmod(0o500)
    try:
        with audits(tmp_path / "work", {"old": OLD}) as given:
            done = audit(given, "--report-dir", str(folder))
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", str(folder)], check=True)
    assert done.code == 11, done.out
    assert str(folder) in done.out
    assert re.search("Read-only file system|Permission denied", done.out)
    assert of_console(done.out) == {Verdict.NON_COMPLIANT: 1, Verdict.COMPLIANT: 1}
    assert "Traceback" not in done.out


def test_two_runs_at_once_in_one_folder(tmp_path: Path) -> None:
    with audits(tmp_path, {"old": OLD, "good": GOOD}) as given:
        runs = [start(given) for _ in range(3)]
        outs = [process.communicate(timeout=90)[0] for process in runs]
    assert [process.returncode for process in runs] == [1, 1, 1], outs
    reports = sorted((tmp_path / "reports").iterdir())
    assert len(reports) == 3
    by_name = {report.name: report for report in reports}
    for out in outs:
        found = re.search(r"Report: reports/(\S+)/report.html", out)
        assert found, out
        run = agree(by_name.pop(found[1]), out)
        assert run.header.run_id == found[1]
        assert run.totals[Verdict.NON_COMPLIANT] == 1
        for host in run.hosts.values():
            assert host.snapshot is not None
            text = (tmp_path / "reports" / found[1] / host.snapshot).read_text()
            assert f'"run":"{found[1]}"' in text
    assert not by_name
