"""Credential references are followed once, and nothing they led to is said."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.errors
import pytest
from processes import status_at_last

from vmready.model import CredentialReference, Fault, Host
from vmready.remote.credentials import CredentialError, Credentials, resolve
from vmready.secret import Secret

if os.name == "posix":
    import fcntl
    import termios

CANARY = "c4nary-pw"
posix = pytest.mark.skipif(os.name != "posix", reason="shell scripts and modes")


def host(reference: CredentialReference | None, name: str = "web-01", username: str = "u") -> Host:
    return Host(name=name, address=name, username=username, credential=reference)


def command(script: str) -> CredentialReference:
    return CredentialReference("command", ("sh", "-c", script))


def failure(credentials: Credentials, reference: CredentialReference | None) -> CredentialError:
    """The error, after a look at everything that it carries along."""
    with pytest.raises(CredentialError) as caught:
        credentials.secret_of(host(reference))
    error = caught.value
    told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert CANARY not in told
    assert CANARY not in str(error.cause)
    linked: BaseException | None = error
    while linked is not None:
        assert CANARY not in repr(linked)
        linked = linked.__context__
    assert str(error).startswith("web-01: ")
    assert error.cause.fault is Fault.CONFIGURATION
    assert error.cause.remedy
    return error


def test_variable() -> None:
    credentials = Credentials(environment={"PW": " päss word "})
    assert credentials.secret_of(host(CredentialReference("env", "PW"))).reveal() == " päss word "


@pytest.mark.parametrize(("environment", "state"), [({}, "is not set"), ({"PW": ""}, "is empty")])
def test_unset_variable(environment: dict[str, str], state: str) -> None:
    error = failure(Credentials(environment=environment), CredentialReference("env", "PW"))
    assert str(error) == f"web-01: the credential env:PW cannot be read: the environment variable {state}."
    assert error.cause.remedy == "Set the environment variable PW."


@pytest.mark.parametrize("data", [b"p w", b"p w\n", b"p w\r\n", b"p w\nsecond line\n", b"\xef\xbb\xbfp w\n"], ids=repr)
def test_first_line_of_a_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "pw").write_bytes(data)
    (tmp_path / "pw").chmod(0o600)
    credentials = Credentials()
    assert credentials.resolve(CredentialReference("file", str(tmp_path / "pw"))).reveal() == "p w"
    assert credentials.warnings == ()


@posix
def test_a_file_that_others_can_read_is_warned_about(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text(CANARY)
    (tmp_path / "pw").chmod(0o640)
    credentials = Credentials()
    for name in ("a", "b"):
        credentials.secret_of(host(CredentialReference("file", str(tmp_path / "pw")), name))
    (warning,) = credentials.warnings
    assert "(mode 0640)" in warning
    assert CANARY not in warning


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"\nx", "is empty"),
        (CANARY.encode() + b"\xff", "is not UTF-8 text"),
        (CANARY.encode() * 10_000, "is longer than a password can be"),
    ],
    ids=["empty", "empty line", "no text", "too long"],
)
def test_bad_file(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "pw").write_bytes(data)
    assert reason in str(failure(Credentials(), CredentialReference("file", str(tmp_path / "pw"))))


def test_no_file(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in str(
        failure(Credentials(), CredentialReference("file", str(tmp_path / "no")))
    )
    assert "is not a regular file" in str(failure(Credentials(), CredentialReference("file", str(tmp_path))))


@posix
def test_command_without_a_shell() -> None:
    reference = CredentialReference("command", ("printf", "%s\\n", "$HOME; echo x", "second"))
    assert resolve(reference).reveal() == "$HOME; echo x"


@posix
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (f"echo {CANARY}; echo {CANARY} >&2; exit 3", "ended with exit code 3 (what it said is not shown)"),
        ("true", "is empty"),
        (f"printf '{CANARY}\\377'", "is not UTF-8 text"),
        (f"echo {CANARY}; sleep 600", "did not finish within 0.5 s"),
    ],
)
def test_bad_command(script: str, reason: str, tmp_path: Path) -> None:
    # In a file: a command's arguments are the user's to keep secrets out of, and messages name the program only.
    (tmp_path / "get").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "get").chmod(0o700)
    error = failure(Credentials(time_limit=0.5), CredentialReference("command", (str(tmp_path / "get"), "x")))
    assert reason in str(error)


@posix
def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    failure(Credentials(time_limit=1.0), command(f"sleep 600 & echo $! > {tmp_path}/child; wait"))
    child = int((tmp_path / "child").read_text())
    assert status_at_last(child) in ("gone", "zombie")


def test_no_such_command() -> None:
    error = failure(Credentials(), CredentialReference("command", ("no-such-program", CANARY)))
    assert "cannot be run: No such file" in str(error)


@posix
def test_each_reference_is_followed_once_by_many_threads(tmp_path: Path) -> None:
    reference = command(f"echo x >> {tmp_path}/runs; sleep 0.1; echo pw")
    credentials = Credentials()
    with ThreadPoolExecutor(16) as threads:
        secrets = list(threads.map(lambda n: credentials.secret_of(host(reference, f"h{n}")), range(64)))
    assert {secret.reveal() for secret in secrets} == {"pw"}
    assert (tmp_path / "runs").read_text() == "x\n"


@posix
def test_a_failure_is_found_once_too_and_names_each_host(tmp_path: Path) -> None:
    reference = command(f"echo x >> {tmp_path}/runs; exit 1")
    credentials = Credentials()
    for name in ("a", "b"):
        with pytest.raises(CredentialError, match=f"^{name}: the credential command:sh … ended with exit code 1"):
            credentials.secret_of(host(reference, name))
    assert (tmp_path / "runs").read_text() == "x\n"


def test_a_slow_reference_does_not_hold_up_the_others() -> None:
    release = threading.Event()
    waiting = threading.Event()

    def ask(prompt: str) -> str:
        waiting.set()
        assert release.wait(30)
        return "asked"

    credentials = Credentials(ask=ask, environment={"PW": "x"})
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(credentials.secret_of, host(CredentialReference("ask")))
        assert waiting.wait(30)
        assert credentials.secret_of(host(CredentialReference("env", "PW"))).reveal() == "x"
        release.set()
        assert asked.result().reveal() == "asked"


def test_asked_once_for_each_account() -> None:
    prompts: list[str] = []

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        return f"pw of {prompt}"

    credentials = Credentials(ask=ask)
    for name, username in (("a", "u"), ("b", "u"), ("c", "v")):
        assert username in credentials.secret_of(host(CredentialReference("ask"), name, username)).reveal()
    assert prompts == ["Password of u: ", "Password of v: "]


def test_all_questions_come_first() -> None:
    prompts: list[str] = []

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        return "x"

    credentials = Credentials(ask=ask, environment={})
    asked, other = host(CredentialReference("ask")), host(CredentialReference("env", "PW"))
    credentials.ask_now([asked, other, asked, host(None)])
    credentials.secret_of(asked)
    assert prompts == ["Password of u: "]


ASKING = """
from vmready.inventory import check_credentials
from vmready.model import CredentialReference, Host
from vmready.remote.credentials import CredentialError, Credentials

def test_ask():
    host = Host("h", "h", username="u", credential=CredentialReference("ask"))
    problems = check_credentials([host])
    try:
        print("got", Credentials().secret_of(host).reveal()[::-1])
    except CredentialError as error:
        print(error)
    print(*problems)
"""


def run_asking(tmp_path: Path, **streams: Any) -> subprocess.Popen[bytes]:
    """pytest, which captures input and output, in a process of its own."""
    (tmp_path / "test_asking.py").write_text(ASKING)
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:vmready",
            "-p",
            "vmready.inventory",
            "-q",
            "-rP",
            "test_asking.py",
        ],
        cwd=tmp_path,
        start_new_session=True,
        **streams,
    )


@posix
def test_nobody_to_ask(tmp_path: Path) -> None:
    with run_asking(tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        output, _ = process.communicate(timeout=60)
    assert b"h: the credential ask cannot be asked for: there is no terminal." in output
    assert b"--credential: ask needs a terminal to ask at" in output


@posix
def test_a_terminal_is_asked_at_though_pytest_captures(tmp_path: Path) -> None:
    ours, theirs = os.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    with run_asking(tmp_path, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=take_terminal):
        os.close(theirs)
        output = b""
        while chunk := read_terminal(ours):
            output += chunk
            if output.endswith(b"Password of u: "):
                os.write(ours, f"{CANARY}\n".encode())
    os.close(ours)
    assert f"got {CANARY[::-1]}".encode() in output
    assert CANARY.encode() not in output  # the terminal did not show what was typed
    assert b"needs a terminal" not in output


def read_terminal(terminal: int) -> bytes:
    """What was written to it; nothing once nobody has it open any more, or after a minute of silence."""
    if not select.select([terminal], [], [], 60)[0]:
        return b""
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux says that the other side has been closed
        return b""


def test_no_answer() -> None:
    def end(prompt: str) -> str:
        raise EOFError

    assert "was not given at the terminal" in str(
        failure(Credentials(ask=lambda prompt: ""), CredentialReference("ask"))
    )
    assert "was not given at the terminal" in str(failure(Credentials(ask=end), CredentialReference("ask")))


def test_no_reference() -> None:
    error = failure(Credentials(), None)
    assert str(error) == "web-01: no credential is named."
    assert "--credential" in error.cause.remedy


class InMemory(keyring.backend.KeyringBackend):
    """A keyring of this process."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self, locked: bool = False) -> None:
        super().__init__()
        self.locked = locked

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked(f"locked: {CANARY}")
        return {("vmready", "auditor"): "from the ring"}.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


@pytest.fixture
def ring() -> object:
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


def test_keyring(ring: object) -> None:
    keyring.set_keyring(InMemory())
    assert resolve(CredentialReference("keyring", ("vmready", "auditor"))) == Secret("from the ring")
    error = failure(Credentials(), CredentialReference("keyring", ("vmready", "other")))
    assert str(error) == "web-01: the credential keyring:vmready/other has no entry in the keyring."
    assert error.cause.remedy == "Store it: keyring set vmready other"


def test_locked_keyring(ring: object) -> None:
    keyring.set_keyring(InMemory(locked=True))
    assert "cannot be read: KeyringLocked" in str(failure(Credentials(), CredentialReference("keyring", ("a", "b"))))
