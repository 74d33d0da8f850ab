"""What CONTRIBUTING.md tells users to write is collected as they are told."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CHAPTER = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_requirements_in_a_folder_of_ones_own(tmp_path: Path) -> None:
    folder = tmp_path / "my_requirements"
    folder.mkdir()
    (folder / "__init__.py").touch()
    written = re.findall(r"```python\n# my_requirements/(\S+)\n(.*?)```", CHAPTER, re.DOTALL)
    assert len(written) == 2
    for name, text in written:
        (folder / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "my_requirements/"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "test_contoso_agent" in done.stdout, done.stdout + done.stderr
    assert done.returncode == pytest.ExitCode.OK
