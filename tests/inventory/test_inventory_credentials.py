"""What is said before the first connection about references that lead nowhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vmready.inventory import check_credentials, load


def checked(tmp_path: Path, text: str, *, terminal: bool = False, **environment: str) -> list[str]:
    (tmp_path / "x.yaml").write_text(text)
    found = load([tmp_path / "x.yaml"])
    environment.setdefault("PATH", os.environ["PATH"])
    problems = check_credentials(found.hosts, found.locations, environment=environment, terminal=lambda: terminal)
    return [str(problem).replace(str(tmp_path), "DIR") for problem in problems]


USER = "defaults: {username: u}\n"


def test_nothing_wrong(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("x\n")
    text = (
        USER
        + "hosts:\n  a: {credential: {env: PW}}\n  b: {credential: {file: pw}}\n  c: {credential: {command: [sh]}}\n"
    )
    assert checked(tmp_path, text + "  d: {credential: ask}\n", terminal=True, PW="x") == []


def test_unset_variable_is_said_once_for_all_its_hosts(tmp_path: Path) -> None:
    text = "defaults:\n  username: u\n  credential: {env: PW}\nhosts: {a: , b: , c: , d: , e: }"
    assert checked(tmp_path, text) == [
        "DIR/x.yaml:3: defaults.credential: environment variable PW is not set (needed for a, b, c and 2 more)"
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("credential: {env: EMPTY}", "2: hosts.a.credential: environment variable EMPTY is empty"),
        (
            "credential: {file: no}",
            "2: hosts.a.credential: credential file DIR/no cannot be read: No such file or directory",
        ),
        ("credential: {file: empty}", "2: hosts.a.credential: credential file DIR/empty is empty"),
        ("credential: {file: .}", "2: hosts.a.credential: credential file DIR is not a regular file"),
        (
            "credential: {command: [no-such-program, hunter2]}",
            "2: hosts.a.credential: program no-such-program was not found, or cannot be run",
        ),
        (
            "credential: {command: [./empty]}",
            "2: hosts.a.credential: program DIR/empty was not found, or cannot be run",
        ),
        (
            "credential: ask",
            "2: hosts.a.credential: ask needs a terminal to ask at: use a reference that needs none",
        ),
        ("port: 1", "2: hosts.a: no credential: write a reference under credential, or give --credential"),
        (
            "credential: {env: SET}, tls: {ca_file: no.pem}",
            "2: hosts.a.tls: CA file DIR/no.pem cannot be read: No such file or directory",
        ),
    ],
)
def test_each_reference(tmp_path: Path, settings: str, message: str) -> None:
    (tmp_path / "empty").touch()
    lines = checked(tmp_path, USER + f"hosts: {{a:\n {{{settings}}}}}".replace("\n", "") + "\n", SET="x", EMPTY="")
    assert lines == [f"DIR/x.yaml:{message} (needed for a)"]


def test_no_account(tmp_path: Path) -> None:
    assert checked(tmp_path, "hosts:\n  a: {credential: {env: PW}}", PW="x") == [
        "DIR/x.yaml:2: hosts.a: no account: name it under username (needed for a)"
    ]


def test_all_at_once_and_no_value_in_it(tmp_path: Path) -> None:
    text = USER + "hosts:\n  a: {credential: {env: A}}\n  b: {credential: {env: B}}\n  c: {credential: {file: no}}\n"
    lines = checked(tmp_path, text, B="", PW="c4nary")
    assert [line.split(":")[1] for line in lines] == ["3", "4", "5"]
    assert "c4nary" not in "".join(lines)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads every file")
def test_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "pw").touch(mode=0)
    (line,) = checked(tmp_path, USER + "hosts: {a: {credential: {file: pw}}}")
    assert "cannot be read: Permission denied" in line
