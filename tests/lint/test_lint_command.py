"""The lint as contributors use it: ``python -m vmready.lint``."""

import subprocess
import sys

import pytest

from vmready.lint import lint, main, rules


def test_a_finding_is_a_line_and_the_exit_code_is_1(tmp_path, capsys):
    script = tmp_path / "collector.ps1"
    script.write_text("$a = 1\nif ($a -match 'x') {\n  Stop-Service -Name 'x'\n}\n")
    assert main([str(script)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert f"{script}:2:8 VR602 -match ignores case: -cmatch" in lines
    assert any(line.startswith(f"{script}:3:3 VR301 Stop-Service") for line in lines)


def test_a_clean_script_says_nothing(tmp_path, capsys):
    script = tmp_path / "collector.ps1"
    script.write_text("$a = 1\n")
    assert main([str(script)]) == 0
    assert capsys.readouterr().out == ""


def test_a_file_that_is_not_there(tmp_path, capsys):
    assert main([str(tmp_path / "none.ps1")]) == 2
    assert "none.ps1: cannot be read: No such file" in capsys.readouterr().err


def test_the_rules_are_listed(capsys):
    assert main(["--rules"]) == 0
    out = capsys.readouterr().out
    for rule in rules().values():
        assert rule.title in out
        assert rule.reason in out


def test_without_a_parser_one_line_says_what_to_install(tmp_path):
    for name in ("tree_sitter", "tree_sitter_powershell"):
        (tmp_path / f"{name}.py").write_text(f"raise ModuleNotFoundError('no parser', name='{name}')\n")
    (tmp_path / "any.ps1").write_text("$a = 1\n")
    done = subprocess.run(
        [sys.executable, "-m", "vmready.lint", str(tmp_path / "any.ps1")],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "the lint needs a parser for PowerShell: pip install tree-sitter tree-sitter-powershell\n"


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\xff\xfe\x00", b"'", b"{" * 2000, b"(" * 2000, b"\x00" * 100, "“".encode() * 50]
)
def test_any_bytes_at_all_end_without_a_traceback(data: bytes):
    assert all(finding.line >= 1 for finding in lint(data, "x.ps1"))
