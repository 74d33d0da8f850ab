"""The shapes of the stand-ins are recorded on an engine: every call that is to find something finds it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ENGINE = os.environ.get("PWSH") or shutil.which("pwsh") or shutil.which("powershell")


@pytest.mark.engine
@pytest.mark.skipif(ENGINE is None, reason="no PowerShell engine: PWSH, pwsh or powershell on the path")
def test_every_call_finds_what_it_is_for(tmp_path: Path):
    out = tmp_path / "shapes.json"
    arguments = [
        "-Module",
        str(HERE / "WindowsStandIns.psm1"),
        "-State",
        str(HERE / "shapes-state.json"),
        "-Out",
        str(out),
    ]
    command = [str(ENGINE), "-NoProfile", "-File", str(HERE / "shapes.ps1"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    document = json.loads(out.read_text("utf-8-sig"))
    assert document["standIns"] is True
    outcomes = {name: shape["outcome"] for name, shape in document["shapes"].items()}
    assert len(outcomes) == 25
    for name, outcome in outcomes.items():
        assert outcome == ("failure" if name.endswith(("absent", "none")) else "objects"), name
    for name, shape in document["shapes"].items():
        if shape["outcome"] == "objects" and name != "lines":
            assert "absent" not in shape["shape"]["properties"].values(), name
