"""``vmready doctor`` as a user types it: hosts by name or URL, exit codes, mistakes, and no password anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from doctor_runs import ADDRESS, NAME, Clinic
from loopback_hosts import PASSWORD

from vmready.cli import main
from vmready.commands.doctor import shown
from vmready.commands.lines import SUBJECTS, conclusion, failed, ok, skipped, unknown

CANARY = "Planted-Canary-0815!"


def vmready(clinic: Clinic, *arguments: str, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vmready.cli", "doctor", *arguments],
        cwd=clinic.folder,
        env={**os.environ, "AUDIT_PASSWORD": password, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_host_given_as_a_url_with_the_fingerprint_that_doctor_named(clinic: Clinic) -> None:
    server = clinic.twin()
    url = f"winrm://auditor@{ADDRESS}:{server.https_port}?auth=ntlm"
    first = vmready(clinic, url, "--credential", "env:AUDIT_PASSWORD", "--json", "first.json")
    assert first.returncode == 1, first.stderr
    lines = json.loads((clinic.folder / "first.json").read_text())["hosts"][0]["lines"]
    pin = next(line for line in lines if line["subject"] == "certificate")["measured"]["sha256"]
    assert f"--tls-fingerprint {pin}" in first.stdout
    second = vmready(clinic, url, "--credential", "env:AUDIT_PASSWORD", "--tls-fingerprint", pin)
    assert (second.returncode, second.stderr) == (0, "")
    assert f"vmready can audit {ADDRESS}" in second.stdout
    # The terminal knows ASCII only: what it lacks is escaped, not an error.
    assert second.stdout.isascii()


@pytest.mark.parametrize("way", ["ntlm-https", "basic-https", "negotiate-sealed"])
def test_the_password_is_nowhere(clinic: Clinic, way: str) -> None:
    clinic.twin()
    path = clinic.inventory(way)
    done = vmready(clinic, NAME, "--hosts", str(path), "--json", "out.json", password=CANARY)
    assert done.returncode == 1
    assert "wrong-password" in done.stdout
    assert CANARY not in done.stdout + done.stderr + (clinic.folder / "out.json").read_text()


def test_all_hosts_of_an_inventory_and_a_choice_of_them(clinic: Clinic) -> None:
    clinic.twin()
    path = clinic.inventory()
    document = json.loads(path.read_text())
    document["hosts"]["web-02"] = {**document["hosts"][NAME], "port": 1}
    path.write_text(json.dumps(document))
    both = vmready(clinic, "--hosts", str(path))
    assert both.returncode == 1
    assert both.stdout.count("vmready can audit") == 1
    assert both.stdout.count("vmready cannot audit web-02") == 1
    assert vmready(clinic, "--hosts", str(path), "--limit", "!web-02").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["web-01"], "--hosts FILE"),
        ([], "--hosts FILE"),
        (["web-1", "--hosts", "inventory.json"], 'HOST: unknown host "web-1", did you mean "web-01"?'),
        (["web-01", "--hosts", "missing.yaml"], "missing.yaml"),
        ([f"winrm://auditor:{CANARY}@10.0.0.4"], "a password must not stand in a URL"),
        (["winrm://auditor@10.0.0.4", "--hosts", "inventory.json"], "stands alone"),
        (["winrm://auditor@10.0.0.4", "--tls-fingerprint", "12"], "--tls-fingerprint"),
        (["web-01", "--hosts", "ssh://web-01"], "no host that is reached by WinRM"),
        (["web-01", "--verbose"], "unrecognized arguments"),
    ],
)
def test_mistakes_of_the_command_line(
    clinic: Clinic,
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clinic.inventory(port=1)
    monkeypatch.chdir(clinic.folder)
    try:
        code = main(["doctor", *arguments])
    except SystemExit as end:  # argparse's way
        code = end.code
    out, err = capsys.readouterr()
    assert (code, out) == (4, "")
    assert said in err
    assert CANARY not in err


def test_a_json_file_that_cannot_be_written_is_no_traceback(
    clinic: Clinic, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIT_PASSWORD", PASSWORD)
    missing = clinic.folder / "no" / "such" / "folder.json"
    code = main(["doctor", NAME, "--hosts", str(clinic.inventory(port=1)), "--json", str(missing)])
    assert code not in (0, 1)
    assert "folder.json" in capsys.readouterr().err


# --- what the lines come to


def test_an_audit_is_possible_only_where_the_collector_answered() -> None:
    assert conclusion("a", [ok("frame", "whole")]) == "vmready can audit a."
    assert (
        conclusion("a", [ok("frame", "whole"), unknown("quotas", "-")]) == "vmready can audit a; not found out: quotas."
    )
    assert "but something is wrong: clock" in conclusion("a", [ok("frame", "x"), failed("clock", "x", "clock", "y")])
    assert conclusion("a", [ok("shell", "open"), failed("frame", "x", "collector-blocked", "y")]) == (
        "vmready cannot audit a: frame failed (collector-blocked)."
    )
    assert conclusion("a", []) == "vmready cannot audit a."


def test_what_was_skipped_for_one_reason_stands_together() -> None:
    lines = [failed("tcp", "refused", "refused", "start it"), *(skipped(name, "not tried") for name in SUBJECTS[3:6])]
    said = list(shown([*lines, skipped("clock", "another reason")]))
    assert said == [
        f"  failed   {'tcp':14} refused",
        f"{'':26}-> start it",
        "  skipped  tls, certificate, trust: not tried",
        "  skipped  clock: another reason",
    ]


def test_the_guide_to_the_first_real_host_explains_every_line() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "first-real-host.md").read_text(encoding="utf-8")
    assert [subject for subject in SUBJECTS if f"| {subject} |" not in guide] == []
