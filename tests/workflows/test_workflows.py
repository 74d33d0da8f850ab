"""The workflows, as far as they can be checked where they cannot run."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from workflow_check import problems

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CHECKOUT = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2"

GOOD = f"""\
name: x
on: push
permissions:
  contents: read
jobs:
  one:
    strategy:
      matrix:
        os: [windows-2022]
    runs-on: ${{{{ matrix.os }}}}
    timeout-minutes: 5
    steps:
      - uses: {CHECKOUT}
        with:
          persist-credentials: false
      - if: ${{{{ !cancelled() }}}}
        shell: pwsh
        run: python tests/workflows/test_workflows.py
  two:
    needs: one
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - run: make test
"""


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_wrong_with(path: Path):
    assert problems(path.read_text("utf-8"), ROOT) == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
@pytest.mark.skipif(importlib.util.find_spec("check_jsonschema") is None, reason="check-jsonschema is not installed")
def test_the_published_schema_holds(path: Path):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_check_accepts_a_good_one():
    assert problems(GOOD, ROOT) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("name: x", "name: [", "no YAML"),
        ("name: x", "nmae: x", "unknown key nmae"),
        ("permissions:\n  contents: read\n", "", "no permissions"),
        ("runs-on: ubuntu-24.04", "run-on: ubuntu-24.04", "unknown key run-on"),
        ("runs-on: ubuntu-24.04", "runs-on: ubuntu-latest", "which moves"),
        ("needs: one", "needs: three", "needs three, which is no job"),
        ("timeout-minutes: 5\n    steps:\n      - run", "steps:\n      - run", "no timeout-minutes"),
        ("matrix.os }}", "matrix.system }}", "matrix.system is not in the matrix"),
        ("${{ matrix.os }}", "${{ matrix.os }", "not balanced"),
        ("!cancelled()", "!canceled()", "unknown function canceled()"),
        ("!cancelled()", "!cancelled(", "not balanced"),
        (" # v4.2.2", "", "version behind the pin"),
        ("@11bd71901bbe5b1630ceea73d27597364c9af683", "@v4", "not pinned"),
        ("persist-credentials: false", "fetch-depth: 0", "leaves its token"),
        ("shell: pwsh", "shell: posh", "unknown shell posh"),
        ("        shell: pwsh\n", "", "no shell named on Windows"),
        ("tests/workflows/test_workflows.py", "tests/workflows/none.py", "tests/workflows/none.py does not exist"),
        ("python tests/workflows/test_workflows.py", "if ($a) {", "does not parse"),
        ("python tests/workflows/test_workflows.py", "echo ${{ github.ref }}", "pasted in"),
        ("make test", "make tests", "make tests does not exist"),
        ("- run: make test", "- env: {}", "either uses or run"),
    ],
)
def test_the_check_finds(old: str, new: str, problem: str):
    assert GOOD.count(old) == 1 or problem == "unknown key run-on"
    found = problems(GOOD.replace(old, new), ROOT)
    assert any(problem in one for one in found), found


def windows_steps() -> list[dict]:
    document = yaml.safe_load((ROOT / ".github" / "workflows" / "windows.yml").read_text("utf-8"))
    assert document["jobs"]["windows"]["strategy"]["matrix"]["os"] == ["windows-2022", "windows-2025"]
    return document["jobs"]["windows"]["steps"]


def test_windows_does_all_that_it_is_for():
    text = "\n".join(step.get("run", "") for step in windows_steps())
    for wanted in (
        "Enable-PSRemoting",
        "-Transport HTTPS",
        "New-SelfSignedCertificate",
        "local_collector.py powershell.exe",
        "local_collector.py pwsh",
        "--hosts",
        "--tls-fingerprint",
        "--credential env:",
        "shapes.ps1",
        "compare_shapes.py",
        "-m pytest tests ",
    ):
        assert wanted in text, wanted


def test_windows_never_writes_the_password_out():
    for step in windows_steps():
        for line in step.get("run", "").splitlines():
            if "$password" in line:
                assert re.search(
                    r"\$password =|::add-mask::|ConvertTo-SecureString|AppendAllText\(\$env:GITHUB_ENV", line
                ), line


def test_the_options_of_the_run_exist():
    """Every long option that the workflow hands to pytest is one that pytest knows with vmready's plug-in."""
    helped = subprocess.run(
        [sys.executable, "-m", "pytest", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    lines = [line for step in windows_steps() for line in step.get("run", "").splitlines() if "-m pytest" in line]
    assert len(lines) == 2
    for line in lines:
        for option in re.findall(r"(?<=\s)--[a-z-]+", line):
            assert re.search(rf"(?m)^\s+(-\w[^,\n]*, )?{option}\b", helped), option
