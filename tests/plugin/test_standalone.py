"""The collector as one script by hand, and judging what it wrote."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from audits import GOOD, audits

from vmready.twin.collection import DeclaredMachine
from vmready.twin.states import State


def make(folder: Path, *arguments: str) -> bytes:
    subprocess.run(
        [sys.executable, "-m", "vmready.cli", "collector", "-o", "collect.ps1", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return (folder / "collect.ps1").read_bytes()


def carried_out(script: bytes, state: dict[str, object]) -> str:
    """What the machine in this state writes when the script is run on it."""
    return DeclaredMachine(State.of(state)).execute("powershell.exe -Command $input", script).stdout.decode("ascii")


@pytest.mark.parametrize("encoding", ["ascii", "utf-8-sig", "utf-16", "utf-16-be"])
def test_answers_are_judged_in_every_encoding_that_windows_writes(tmp_path: Path, encoding: str) -> None:
    with audits(tmp_path, {"web-01": GOOD}) as given:
        path = given.write()
        script = make(tmp_path, "--for", "web-01", "--hosts", str(path))
        (tmp_path / "answers").mkdir()
        text = "Noise before\r\n" + carried_out(script, GOOD)
        mark = "\ufeff" if encoding == "utf-16-be" else ""
        (tmp_path / "answers" / "answers.txt").write_bytes((mark + text).encode(encoding))
        done = given.pytest("--snapshots", "answers", "-k", "BK-06 or UM-02 or UM-04")
        assert not given.server.counts("web-01").connections
    assert done.verdicts() == {
        "web-01 BK-06": "compliant",
        "web-01 UM-02": "compliant",
        "web-01 UM-04": "non-compliant",
    }, done.out


def test_a_script_for_a_role_takes_the_machine_s_own_name(tmp_path: Path) -> None:
    script = make(tmp_path, "--for", "azure-backup")
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "a.txt").write_text(carried_out(script, GOOD))
    with audits(tmp_path, {"unused": GOOD}) as given:
        done = given.pytest("--snapshots", "answers", "-k", "BK-06")
    assert done.verdicts() == {"vm01 BK-06": "compliant"}, done.out


def test_what_needs_a_second_round_is_undetermined_and_says_so(tmp_path: Path) -> None:
    script = make(tmp_path, "--for", "session-host", "--input", "cloud=public")
    key = r"HKLM\SOFTWARE\Microsoft\RDInfraAgent"
    state = {**GOOD, "registry": {key: {"BrokerURI": {"type": "REG_SZ", "data": "https://rdbroker.example/"}}}}
    (tmp_path / "a.txt").write_text(carried_out(script, state))
    with audits(tmp_path, {"unused": GOOD}) as given:
        done = given.pytest("--snapshots", "a.txt", "-k", "VD-04.BrokerURI and not Global")
    assert done.verdicts() == {"vm01 VD-04.BrokerURI": "undetermined"}, done.out
    assert "run by hand" in done.run.findings[0].detail


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[: len(text) // 2], "cut off"),
        (lambda text: text.replace(":vmready>>>", ""), "cut off"),
        (lambda text: text.replace('"state":"observed"', '"state":"absent"', 1), "cannot be used"),
        (lambda text: text + text, "cannot be used"),
        (lambda text: "", "complete JSON"),
    ],
    ids=["half", "no-end", "changed", "twice", "empty"],
)
def test_damaged_answers_are_usage_errors(tmp_path: Path, damage: object, said: str) -> None:
    script = make(tmp_path, "--for", "azure-backup")
    (tmp_path / "a.txt").write_text(damage(carried_out(script, GOOD)))  # type: ignore[operator]
    with audits(tmp_path, {"unused": GOOD}) as given:
        done = given.pytest("--snapshots", "a.txt", "-k", "BK-06")
    assert done.code == 4, done.out
    assert "a.txt" in done.out
    assert said in done.out
    assert "Traceback" not in done.out


def test_an_unknown_target_names_the_nearest(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vmready.cli", "collector", "--for", "sesion-host"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "session-host" in done.stderr
    assert len(done.stderr.splitlines()) == 1
