"""Mistakes of people who write requirements or command lines: one clear line each, exit code 4, nothing half done, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = """
from vmready import Role, must, requirement
from tests_infra.documents import BACKUP

TEXT = dict(title="Ours", severity="low", source=BACKUP["Step 1"], rationale="Our own.", remedy="Do it.", roles=[Role.AZURE_VM])
"""


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, "AUDIT_PASSWORD": "x"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str], *said: str) -> None:
    text = done.stdout + done.stderr
    assert done.returncode == 4, text
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, text
    for words in said:
        assert words in lines[0], text
    assert "Traceback" not in text
    assert "INTERNALERROR" not in text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    defaults = {"username": "auditor", "credential": {"env": "AUDIT_PASSWORD"}, "port": 9}
    inventory = {
        "defaults": defaults,
        "hosts": {"web-01": {"address": "127.0.0.1"}, "web-02": {"address": "127.0.0.1"}},
    }
    (tmp_path / "inventory.json").write_text(json.dumps(inventory))
    return tmp_path


@pytest.mark.parametrize(
    ("declaration", "said"),
    [
        (
            '@requirement("OWN-01", must, **TEXT)\ndef test_own(dot_net_framewrk):\n    pass',
            ("requirement OWN-01", "dot_net_framewrk is neither a fact nor a fixture, did you mean dot_net_framework?"),
        ),
        ('@requirement("OWN-01", must, **TEXT)\ndef test_own(tmp_path):\n    pass', ("OWN-01", "names no fact")),
        (
            'class TestOwn:\n    @requirement("OWN-01", must, **TEXT)\n    def test_own(self, dot_net_framework):\n        pass',
            ("OWN-01", "method of a class"),
        ),
        (
            '@requirement("OWN-01", "mst", **TEXT)\ndef test_own(dot_net_framework):\n    pass',
            ("kind 'mst'", "must, should"),
        ),
        (
            '@requirement("OWN-01", must, **{**TEXT, "source": "Step 1"})\ndef test_own(dot_net_framework):\n    pass',
            ("source must be a section of a document",),
        ),
    ],
    ids=["misspelt-fact", "no-fact", "method", "kind", "source"],
)
def test_a_requirement_that_could_not_be_judged_is_refused(
    folder: Path, declaration: str, said: tuple[str, ...]
) -> None:
    (folder / "test_own.py").write_text(f"{HEAD}\n\n{declaration}\n")
    refused(run(folder, "pytest", "-p", "no:cacheprovider", "test_own.py", "--hosts", "inventory.json"), *said)
    assert not (folder / "reports").exists()


def test_requirements_and_only_a_host_of_testinfra(folder: Path) -> None:
    done = run(folder, "pytest", "-p", "no:cacheprovider", "--pyargs", "tests_infra", "--hosts", "local://")
    refused(done, "local://", "inventory or winrm://USER@HOST")


def test_an_address_without_an_account(folder: Path) -> None:
    done = run(
        folder, "pytest", "-p", "no:cacheprovider", "--hosts", "winrm://web-01", "--credential", "env:AUDIT_PASSWORD"
    )
    refused(done, "winrm://USER@HOST")


def test_twins_of_an_inventory_that_names_no_state(folder: Path) -> None:
    refused(run(folder, "vmready.cli", "twin", "inventory.json"), "none of these hosts names a state")


def test_a_plan_of_no_hosts(folder: Path) -> None:
    refused(run(folder, "vmready.cli", "plan"), "--hosts")
