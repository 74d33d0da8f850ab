"""The demo's healthy machines are well for every requirement that there is, over the wire; those with a story tell it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from vmready.evidence.run import Run
from vmready.model import Verdict
from vmready.twin.serving import TwinFleet

INVENTORIES = Path(__file__).resolve().parents[2] / "inventories"
HEALTHY = ("um-01", "avd-01", "web-01", "files-01", "client-01", "image-01")
STORIES = {
    "um-dotnet": "UM-02",
    "um-wmf": "UM-03",
    "um-tls": "UM-11",
    "um-keys": "UM-10",
    "um-removed": "UM-09",
    "um-worker": "UM-07",
    "web-static": "GA-15",
    "avd-reverse": "VD-13",
    "avd-listener": "VD-14",
    "avd-blocked": "VD-22.updates",
    "image-left": "VD-26",
    "web-stopped": "GA-08",
    "web-starting": "GA-13",
    "web-firewall": "GA-20",
    "files-blocked": "BK-14",
}
#: Those whose story is a should: what is said, and how.
WARNED = {
    ("um-wsus", "UM-13", Verdict.NOTED): "it is not in use",
    ("um-proxy", "UM-16", Verdict.WARNING): "169.254.169.254",
    ("um-proxy", "UM-17", Verdict.WARNING): "through the default proxy",
}


@pytest.mark.slow
def test_healthy_machines_are_well_and_stories_are_told(tmp_path: Path) -> None:
    shutil.copytree(INVENTORIES, tmp_path / "inventories", ignore=shutil.ignore_patterns(".demo"))
    with socket.socket() as free:
        free.bind(("127.20.0.1", 0))
        port = free.getsockname()[1]
    inventory = tmp_path / "inventories" / "demo.yaml"
    inventory.write_text(inventory.read_text().replace("port: 25986", f"port: {port}"))
    with TwinFleet.of([inventory]) as fleet:
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-p",
                "no:cacheprovider",
                "--pyargs",
                "tests_infra",
                "--hosts",
                str(inventory),
                "--limit",
                ",".join([*HEALTHY, *STORIES, *{host for host, _, _ in WARNED}]),
            ],
            cwd=tmp_path,
            env=dict(os.environ),
            capture_output=True,
            timeout=240,
            check=False,
        )
        assert not fleet.errors
    run = Run.read(next((tmp_path / "reports").iterdir()))
    well = {Verdict.COMPLIANT, Verdict.NOTED, Verdict.NOT_APPLICABLE}
    ill = [
        (finding.cell.host, finding.cell.item, finding.verdict.value, finding.detail)
        for finding in run.findings
        if finding.cell.host in HEALTHY and finding.verdict not in well
    ]
    assert not ill
    deviating = {(f.cell.host, f.cell.item) for f in run.findings if f.verdict is Verdict.NON_COMPLIANT}
    assert set(STORIES.items()) <= deviating
    told = {(f.cell.host, f.cell.item, f.verdict): "\n".join([f.detail, *f.notes]) for f in run.findings}
    assert [story for story, words in WARNED.items() if words not in told.get(story, "")] == []
