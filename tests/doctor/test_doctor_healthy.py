"""A host on which nothing is wrong: every line says so, and the host was only read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from doctor_runs import NAME, Clinic
from loopback_hosts import WAYS

from vmready.commands.inside import LARGE, VERSION_LINE
from vmready.commands.lines import SUBJECTS
from vmready.probes.script import collector_text
from vmready.remote import envelope
from vmready.remote.measured import SETTINGS, settings_of
from vmready.remote.winrm import BOOTSTRAP
from vmready.twin.collection import parse

#: WS-Management's operations that a visit needs, and the one that reads the service's configuration. None of them writes one.
OPERATIONS = {"Create", "Command", "Send", "Receive", "Delete", "Get"}
SERVED = {"identify": 1, "create": 1, "command": 2, "send": 4, "delete": 1}


@pytest.mark.parametrize("way", WAYS)
def test_every_line_of_a_healthy_host_is_ok(clinic: Clinic, way: str) -> None:
    clinic.twin()
    done = clinic.examine(way)
    tls = {"tls", "certificate", "trust"} if WAYS[way][1] == "http" else set()
    expected = {name: "skipped" if name in tls else "ok" for name in SUBJECTS}
    # The twin does not tell its configuration.
    assert done.outcomes() == {**expected, "quotas": "unknown"}, done.text
    assert done.code == 0
    assert done.record["conclusion"] == f"vmready can audit {NAME}; not found out: quotas."
    assert done.text.splitlines()[-2] == done.record["conclusion"]


@pytest.mark.parametrize("way", WAYS)
def test_a_host_is_only_read(clinic: Clinic, way: str) -> None:
    clinic.twin()
    done = clinic.examine(way)
    assert [line for line, _ in clinic.machine.ran] == [BOOTSTRAP, BOOTSTRAP]
    for _, stdin in clinic.machine.ran:
        text = stdin.decode("ascii")
        # The collector as it is published, then calls of its strict grammar and nothing else.
        assert text.startswith(collector_text() + "Begin '")
        assert parse(text).asked
    counts = clinic.counts
    assert set(done.line("shell deleted")["measured"]["figures"]["requests"]) == OPERATIONS
    # What the twin does not serve is the one Get.
    assert dict(counts.requests) == {**SERVED, "other": 1, "receive": counts.requests["receive"]}
    assert (counts.shells_opened, counts.open_shells, counts.logons) == (1, 0, 1)


def test_the_line_that_prints_the_version_sets_nothing_and_calls_nothing() -> None:
    command = VERSION_LINE.split("-Command ", 1)[1]
    assert not set(command) & set("%!^&|<>=;{}@`")
    assert "(" not in command.replace("[string]([System.IntPtr]::Size * 8)", "")


def test_what_was_measured_is_told(clinic: Clinic) -> None:
    server = clinic.twin()
    done = clinic.examine()
    large = done.line("large answer")["measured"]
    assert large["length"] > LARGE
    assert large["sends"] == 3
    assert sum(large["receive_replies"]) > large["length"]
    assert large["receives"] == len(large["receive_replies"]) > 1
    assert large["line_ends_inside"] == 0
    assert done.line("frame")["measured"]["algorithm"] == "sha256"
    assert done.line("methods")["measured"]["offered"] == ["negotiate", "kerberos", "basic"]
    fingerprint = done.line("certificate")["measured"]["sha256"]
    assert fingerprint in done.line("certificate")["found"]
    assert done.line("certificate")["measured"]["fits"] is True
    assert f":{server.https_port} connects in" in done.line("tcp")["found"]
    assert "Microsoft Corporation" in done.line("listener")["found"]
    assert done.line("shell deleted")["measured"]["commands"] == [BOOTSTRAP, BOOTSTRAP]


def test_the_json_file_says_what_the_terminal_says_and_is_nobody_elses_business(clinic: Clinic) -> None:
    clinic.twin()
    done = clinic.examine()
    for line in done.record["lines"]:
        assert line["found"] in done.text
    path = clinic.folder / "doctor.json"
    assert path.stat().st_mode & 0o077 == 0
    assert set(json.loads(path.read_text())) == {"vmready", "collector", "hosts"}


def test_a_profile_that_exists_is_told(clinic: Clinic) -> None:
    key = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\S-1-5-21-1-2-3-1001"
    clinic.twin(
        {
            "os": {"userSid": "S-1-5-21-1-2-3-1001"},
            "registry": {key: {"ProfileImagePath": r"C:\Users\auditor"}},
        }
    )
    assert r"C:\Users\auditor" in clinic.examine().line("profile")["found"]


def test_settings_of_a_recorded_host_are_read() -> None:
    recorded = yaml.safe_load((Path(__file__).parent / "recorded" / "winrm-config.yml").read_text())
    found = settings_of(envelope.parse(recorded["messages"][0]["response"].encode()))
    assert set(found) == set(SETTINGS)
    assert found["MaxEnvelopeSizekb"] == "500"
    assert found["Winrs/MaxShellsPerUser"] == "2147483647"
    assert found["Service/Auth/CbtHardeningLevel"] == "Relaxed"
