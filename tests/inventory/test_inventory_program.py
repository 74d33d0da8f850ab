"""An executable file that prints an inventory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from processes import status_at_last

from vmready.inventory import InventoryError, load

pytestmark = pytest.mark.skipif(os.name != "posix", reason="shell scripts")


def program(tmp_path: Path, body: str, name: str = "inventory") -> Path:
    path = tmp_path / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def message(path: Path, **options: float) -> str:
    with pytest.raises(InventoryError) as error:
        load([path], **options)
    return str(error.value).replace(str(path), "PROGRAM")


def test_what_it_prints_is_the_inventory(tmp_path: Path) -> None:
    path = program(tmp_path, """echo '{"hosts": {"a": {"state": "s.yaml"}}}'; echo 'asking Azure' >&2""")
    (host,) = load([path]).hosts
    assert (host.name, host.state) == ("a", str(tmp_path / "s.yaml"))


def test_exit_code_and_what_it_said(tmp_path: Path) -> None:
    assert message(program(tmp_path, "echo 'az: please sign in' >&2; exit 3")) == (
        "PROGRAM: ended with exit code 3: az: please sign in"
    )


def test_silent_failure(tmp_path: Path) -> None:
    assert message(program(tmp_path, "exit 1")) == "PROGRAM: ended with exit code 1 and said nothing on stderr"


def test_signal(tmp_path: Path) -> None:
    assert message(program(tmp_path, "kill -9 $$")).startswith("PROGRAM: was ended by SIGKILL")


def test_time_out_ends_its_children_too(tmp_path: Path) -> None:
    path = program(tmp_path, f"sleep 600 & echo $! > {tmp_path}/child; wait")
    assert message(path, time_limit=1.0) == "PROGRAM: did not finish within 1 s"
    child = int((tmp_path / "child").read_text())
    assert status_at_last(child) in ("gone", "zombie")


def test_not_json(tmp_path: Path) -> None:
    assert message(program(tmp_path, "echo '{'; echo 'hosts: {a: }'")) == (
        "PROGRAM (output):2:1: not JSON: Expecting property name enclosed in double quotes"
    )


def test_prints_nothing(tmp_path: Path) -> None:
    assert message(program(tmp_path, "true")) == "PROGRAM: printed no inventory and said nothing on stderr"


def test_mistakes_in_it_have_the_line_of_the_output(tmp_path: Path) -> None:
    path = program(tmp_path, """printf '{"hosts":\\n{"a": {"prot": 1}}}'""")
    assert message(path) == 'PROGRAM (output):2: hosts.a.prot: unknown key, did you mean "port"?'


def test_no_interpreter(tmp_path: Path) -> None:
    path = tmp_path / "inventory"
    path.write_text("hosts: {}")
    path.chmod(0o755)
    assert message(path) == "PROGRAM: cannot be run: Exec format error; does its first line name an interpreter (#!)?"


def test_a_yaml_file_is_never_run(tmp_path: Path) -> None:
    path = program(tmp_path, f"touch {tmp_path}/ran", name="x.yaml")
    path.write_text(path.read_text() + "hosts: {a: }\n")
    with pytest.raises(InventoryError):
        load([path])
    assert not (tmp_path / "ran").exists()


def test_arguments_and_shell_characters_in_the_name(tmp_path: Path) -> None:
    path = program(tmp_path, """echo '{"hosts": {"a": {}}}'""", name="in $(touch ran); ventory")
    assert len(load([path]).hosts) == 1
