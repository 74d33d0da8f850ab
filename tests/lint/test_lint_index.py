"""The reduced command index, and the script that makes it."""

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from vmready.lint import index

ROOT = Path(__file__).parents[2]
SOURCE = ROOT.parent / "shared" / "powershell"
TOOL = ROOT / "tools" / "reduce_command_index.py"


@pytest.mark.parametrize(
    ("command", "parameter", "versions"),
    [
        ("Get-Content", "LiteralPath", {"2.0", "3.0", "4.0", "5.1"}),
        ("Get-Content", "Tail", {"3.0", "4.0", "5.1"}),
        ("Get-CimInstance", "ClassName", {"3.0", "4.0", "5.1"}),
        ("Get-Acl", "LiteralPath", {"3.0", "4.0", "5.1"}),
        ("Get-ChildItem", "Depth", {"5.1"}),
        ("Get-Item", "ErrorAction", {"2.0", "3.0", "4.0", "5.1"}),
        ("Get-Item", "InformationAction", {"5.1"}),
    ],
)
def test_which_version_has_which_parameter(command: str, parameter: str, versions: set[str]):
    assert index.commands()[command.casefold()].parameters[parameter.casefold()] == versions


def test_which_version_has_which_command():
    known = index.commands()
    assert known["get-filehash"].versions == {"4.0", "5.1"}
    assert known["get-wmiobject"].versions == set(index.VERSIONS)
    assert "get-error" not in known


def test_switches_take_no_value():
    assert "recurse" in index.commands()["get-childitem"].switches
    assert "literalpath" not in index.commands()["get-childitem"].switches


def test_the_licence_is_beside_the_data():
    text = (files("vmready.lint") / "data" / "LICENSE").read_text("ascii")
    assert "MIT License" in text
    assert "Copyright (c) Microsoft Corporation" in text


def made(folder: Path, output: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(TOOL), str(folder), "-o", str(output)], capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(not SOURCE.is_dir(), reason="PSScriptAnalyzer's command lists are not beside this checkout")
def test_the_index_is_what_the_script_makes_of_the_lists(tmp_path):
    assert made(SOURCE, tmp_path / "commands.json").returncode == 0
    assert (tmp_path / "commands.json").read_text() == (files("vmready.lint") / "data" / "commands.json").read_text(
        "ascii"
    )


def test_the_script_reduces_lists(tmp_path):
    def write(version: str, sets: str | None) -> None:
        exported = {"Name": "Get-Thing", "CommandType": "Cmdlet", "ParameterSets": sets}
        other = {"Name": "Stop-Thing", "CommandType": "Cmdlet", "ParameterSets": ""}
        modules = [{"Name": "M", "ExportedCommands": [exported, other] if sets else None, "ExportedAliases": None}]
        (tmp_path / f"desktop-{version}-windows.json").write_text("\ufeff" + json.dumps({"Modules": modules}), "utf-8")

    write("2.0", None)
    write("3.0", "[-Path] <string[]> [<CommonParameters>]")
    write("4.0", "[[-Path] <string[]>] [-Deep] -LiteralPath <string[]> [-Verbose]")
    write("5.1.14393.206", "[-Path] <string[]> [-Deep]")
    assert made(tmp_path, tmp_path / "out.json").returncode == 0
    commands = json.loads((tmp_path / "out.json").read_text())["commands"]
    assert commands == {"Get-Thing": {"in": 14, "parameters": {"Path": 14, "Deep!": 12, "LiteralPath": 4}}}


def test_the_script_says_what_is_missing(tmp_path):
    done = made(tmp_path, tmp_path / "out.json")
    assert done.returncode == 2
    assert "desktop-2.0-windows.json" in done.stderr
    assert "Traceback" not in done.stderr
