"""Canaries: secrets planted at every entrance, looked for in every byte that a run leaves, shows, sends or hands to other programs."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from audits import GOOD
from canaries import Search, canary
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tap import Tap

from vmready.evidence.run import Run
from vmready.model import Verdict
from vmready.twin.authentication import Account
from vmready.twin.certificates import Authority
from vmready.twin.collection import DeclaredMachine
from vmready.twin.faults import Fault
from vmready.twin.fleet import TwinHost
from vmready.twin.server import TwinServer
from vmready.twin.states import State

#: Everything of pytest that shows more than it has to.
TALKATIVE = (
    "-vvv",
    "--showlocals",
    "--tb=long",
    "--setup-show",
    "-rA",
    "--durations=0",
    "--log-cli-level=DEBUG",
    "--log-file=run.log",
    "--log-file-level=DEBUG",
    "--junitxml=mine.xml",
    "-o",
    "junit_logging=all",
    "--html=mine.html",
    "--self-contained-html",
    "-o",
    "faulthandler_timeout=2",
    "--debug=debug.log",
    "--trace-config",
    "--junit-properties",
)

#: What ``platform.platform()`` of Python's library runs for pytest-metadata before anything of ours, with the environment as it is.
PROCESSOR = ["uname", "-p"]

PLAIN = '''
import time

import pytest
from tests_infra.test_backup_prerequisites import *
from tests_infra.test_update_management_prerequisites import *


def test_fails_with_everything_in_reach(host, request):
    """A failing test of a user, with what --showlocals can get hold of."""
    config, backend, session = request.config, host.backend, request.session
    state = [config.stash[key] for key in list(config.stash._storage)]
    environment = sorted(vars(config.option).items())
    done = host.run("ipconfig")
    assert done.rc == 99


def test_takes_longer_than_the_fault_handler_likes():
    time.sleep(2.4)
'''

#: What crash reporters do: the locals of every frame of the stack go into the log.
CRASH = """
import sys
import traceback

import vmready.audit


def crash(self, collected):
    try:
        raise RuntimeError("crash in the middle")
    except RuntimeError as error:
        with open("crash.log", "w") as log:
            for frame, line in traceback.walk_stack(sys._getframe()):
                for name, value in frame.f_locals.items():
                    log.write(f"{frame.f_code.co_name}:{line} {name} = {value!r}\\n")
        raise


vmready.audit.Audit._keep = crash
"""


@dataclass
class Planted:
    """Twins behind taps, an inventory whose every credential is a canary, and where those are kept."""

    folder: Path
    secrets: Path
    canaries: dict[str, str]
    environment: dict[str, str]
    taps: dict[str, Tap]
    children: list[str]

    def run(self, *arguments: str, timeout: float = 120) -> tuple[int, bytes]:
        """pytest in a process of its own whose every file lies in the folder; its children are looked at while it runs."""
        for name in ("home", "temporary"):
            (self.folder / name).mkdir(exist_ok=True)
        environment = {
            "PATH": f"{self.folder / 'programs'}:{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "temporary"),
            "COLUMNS": "250",
            "PYTHONFAULTHANDLER": "1",
            **self.environment,
        }
        process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-m", "pytest", "-W", "ignore", *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        watching = threading.Thread(target=self._watch, args=(process,))
        watching.start()
        out, _ = process.communicate(timeout=timeout)
        watching.join()
        return process.returncode, out

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Arguments and environment of the run's children, and its own arguments: everyone on the machine can read the former."""
        mine = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                own = mine.cmdline()
                self.children.append("\0".join(own))
                for child in mine.children(recursive=True):
                    # The arguments first: between fork and exec a child is still the run itself, with its environment.
                    arguments = child.cmdline()
                    if arguments and arguments not in (own, PROCESSOR):
                        variables = [f"{name}={value}" for name, value in child.environ().items()]
                        self.children.append("\0".join([*arguments, *variables]))
            except (psutil.Error, OSError):
                pass
            time.sleep(0.01)


def executable(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o700)
    return path


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[Planted]:
    folder, hidden = tmp_path / "work", tmp_path / "work" / "secrets"
    hidden.mkdir(parents=True)
    (folder / "programs").mkdir()
    names = ("variable", "file", "command", "basic", "token", "wrong", "wrong basic", "untrusted", "reset", "key")
    canaries = {name: canary(name.replace(" ", "")) for name in names}
    key = (
        ec.generate_private_key(ec.SECP384R1())
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode()
    )
    canaries["private key"] = key.splitlines()[2]
    for name in ("file", "command"):
        (hidden / name).write_text(canaries[name] + "\n")
    (hidden / "key.pem").write_text(key)
    for path in hidden.iterdir():
        path.chmod(0o600)
    program = executable(
        hidden / "program", f"#!/bin/sh\nsleep 0.4\nenv > {folder}/command.environment\ncat {hidden}/command\n"
    )
    # git is the one program that a run calls by itself: what it gets is written down.
    executable(
        folder / "programs" / "git",
        f'#!/bin/sh\necho "$@" >> {folder}/git.arguments\nenv >> {folder}/git.environment\nexit 1\n',
    )
    environment = {
        f"{name.upper().replace(' ', '_')}_SECRET": canaries[name]
        for name in ("variable", "basic", "token", "wrong", "wrong basic", "untrusted", "reset")
    }
    ways: dict[str, dict[str, object]] = {
        "variable": {"credential": {"env": "VARIABLE_SECRET"}},
        "file": {"credential": {"file": str(hidden / "file")}, "scheme": "http"},
        "command": {"credential": {"command": [str(program)]}},
        "basic": {"credential": {"env": "BASIC_SECRET"}, "auth": "basic"},
        "token": {"credential": {"env": "TOKEN_SECRET"}},
        "wrong": {"credential": {"env": "WRONG_SECRET"}},
        "wrong-basic": {"credential": {"env": "WRONG_BASIC_SECRET"}, "auth": "basic"},
        "untrusted": {"credential": {"env": "UNTRUSTED_SECRET"}, "auth": "basic"},
        "reset": {"credential": {"env": "RESET_SECRET"}, "auth": "basic"},
        "key": {"credential": {"file": str(hidden / "key.pem")}},
    }
    faults: Mapping[str, tuple[Fault, ...]] = {
        "untrusted": (Fault("unknown-ca", "tls"),),
        "reset": (Fault("reset-reply", "receive"),),
    }
    known = {**canaries, "wrong": "another", "wrong basic": "another", "key": "-----BEGIN PRIVATE KEY-----"}
    with ExitStack() as stack:
        authority = stack.enter_context(Authority())
        twins = [
            TwinHost(
                name,
                DeclaredMachine(State.of({**GOOD, "native": {"ipconfig": {"output": "addresses\n"}}})),
                (Account.with_password("auditor", known[name.replace("-", " ")]),),
                f"127.0.24.{number}",
                faults=faults.get(name, ()),
            )
            for number, name in enumerate(ways, 1)
        ]
        server = stack.enter_context(TwinServer(twins, authority))
        taps = {
            name: stack.enter_context(Tap(server, name, tls=settings.get("scheme") != "http"))
            for name, settings in ways.items()
            if name != "untrusted"
        }
        # A CA file that holds a private key as well, as some tools write them.
        (hidden / "ca-and-key.pem").write_text((hidden / "key.pem").read_text() + authority.ca_file.read_text())
        entries = {
            name: {
                **settings,
                "address": server.fleet.by_name[name].spec.address,
                "port": taps[name].port if name in taps else server.https_port,
                "tls": {"ca_file": str(hidden / "ca-and-key.pem" if name == "variable" else authority.ca_file)},
            }
            for name, settings in ways.items()
        }
        for entry in entries.values():
            if entry.get("scheme") == "http":
                del entry["tls"]
        document = {
            "defaults": {"username": "auditor", "roles": ["update-management", "azure-backup"]},
            "hosts": entries,
        }
        (folder / "inventory.json").write_text(json.dumps(document))
        (folder / "test_own.py").write_text(PLAIN)
        yield Planted(folder, hidden, canaries, environment, taps, [])


def test_no_canary_in_any_byte_of_a_talkative_run(planted: Planted, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = planted.run("test_own.py", "--hosts", "inventory.json", *TALKATIVE)
    text = out.decode()
    assert code == 1, text
    # The run did what it was to do: it read hosts in all four ways, was refused, and failed with locals.
    run = Run.read(next((planted.folder / "reports").iterdir()))
    verdicts = {finding.cell.host: finding.verdict for finding in run.findings if finding.cell.item == "BK-06"}
    read = {"variable", "file", "command", "basic", "token", "key"}
    assert {host for host, verdict in verdicts.items() if verdict is Verdict.COMPLIANT} == read, text
    causes = {host.name: host.cause.code for host in run.hosts.values() if host.cause is not None}
    assert causes.keys() == verdicts.keys() - read
    assert (causes["wrong"], causes["wrong-basic"], causes["untrusted"]) == (
        "wrong-password",
        "wrong-password",
        "tls-untrusted",
    )
    assert "environment" in text
    assert "Timeout" in text  # the fault handler's
    search = Search(planted.canaries)
    leaks = [
        *search.found("the screen", out),
        *search.in_files(planted.folder, [planted.secrets]),
        *(
            leak
            for line in planted.children
            for leak in search.found("a child", line.encode("utf-8", "surrogateescape"))
        ),
    ]
    for name, tap in planted.taps.items():
        asked = re.sub(rb"(?mi)^Authorization: [^\r\n]*", b"", bytes(tap.asked))
        assert asked or name == "untrusted"
        leaks += [*search.found(f"sent to {name}", asked), *search.found(f"answered by {name}", bytes(tap.answered))]
        if name not in ("basic", "wrong-basic", "reset"):
            # Not even the logon sends it, unless that is what Basic is.
            leaks += search.found(f"the logon at {name}", bytes(tap.asked))
    assert leaks == []
    assert (planted.folder / "git.environment").exists()
    assert any("secrets/program" in line for line in planted.children)
    for made in ("run.log", "debug.log", "mine.xml", "mine.html", ".pytest_cache", "reports"):
        assert (planted.folder / made).exists(), made
    with capsys.disabled():
        print(
            f"\n{search.searched:,} bytes searched for {len(planted.canaries)} canaries in {len(Search(planted.canaries)._wanted)} forms"
        )


def test_no_canary_where_the_run_crashes_with_the_secrets_in_memory(planted: Planted) -> None:
    (planted.folder / "crashing.py").write_text(CRASH)
    planted.environment["PYTHONPATH"] = str(planted.folder)
    code, out = planted.run("test_own.py", "--hosts", "inventory.json", *TALKATIVE, "-p", "crashing")
    assert code == 3, out.decode()
    assert b"crash in the middle" in out
    # The frames that hold them were written down.
    assert "credentials = <vmready.remote.credentials.Credentials object" in (planted.folder / "crash.log").read_text()
    search = Search(planted.canaries)
    assert [*search.found("the screen", out), *search.in_files(planted.folder, [planted.secrets])] == []


@pytest.mark.parametrize(
    "option",
    [
        "--hosts",
        "--waivers",
        *(pytest.param(o, marks=pytest.mark.slow) for o in ("--thresholds", "--snapshots", "--resume")),
    ],
)
def test_a_key_that_is_given_by_mistake_is_not_shown(planted: Planted, option: str) -> None:
    more = () if option in ("--hosts", "--snapshots") else ("--hosts", "inventory.json")
    code, out = planted.run("test_own.py", option, str(planted.secrets / "key.pem"), *more, "--showlocals", "-vvv")
    assert code == 4, out.decode()
    search = Search(planted.canaries)
    assert [*search.found("the screen", out), *search.in_files(planted.folder, [planted.secrets])] == []
    assert b"Traceback" not in out


def test_a_password_in_the_address_is_refused_and_not_repeated(planted: Planted) -> None:
    secret = planted.canaries["variable"]
    from urllib.parse import quote

    code, out = planted.run(
        "test_own.py", "--hosts", f"winrm://auditor:{quote(secret, safe='')}@127.0.24.1", "--showlocals", "-vvv"
    )
    assert code == 4
    search = Search(planted.canaries)
    assert [*search.found("the screen", out), *search.in_files(planted.folder, [planted.secrets])] == []


def test_evidence_is_for_its_owner_alone(planted: Planted) -> None:
    planted.run("test_own.py", "--hosts", "inventory.json", "-k", "BK_06 or backup", "-q")
    report = next((planted.folder / "reports").iterdir())
    modes = {path.relative_to(report).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in report.rglob("*")}
    folders = {name for name in modes if (report / name).is_dir()}
    assert stat.S_IMODE(report.stat().st_mode) == stat.S_IMODE(report.parent.stat().st_mode) == 0o700
    assert folders == {"snapshots"}
    assert {modes[name] for name in folders} == {0o700}
    assert {mode for name, mode in modes.items() if name not in folders} == {0o600}
    assert {
        "ledger.jsonl",
        "run.json",
        "junit.xml",
        "report.html",
        "summary.md",
        "snapshots/basic.snapshot.json",
    } <= modes.keys()
