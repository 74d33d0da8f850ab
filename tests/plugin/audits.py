"""Whole audits for tests: twins on loopback with small states, and pytest in a process of its own against them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vmready.evidence.run import Run
from vmready.twin.authentication import Account
from vmready.twin.certificates import Authority
from vmready.twin.collection import DeclaredMachine
from vmready.twin.faults import Fault
from vmready.twin.fleet import TwinHost
from vmready.twin.server import TwinServer
from vmready.twin.states import State

USER, PASSWORD = "auditor", "Correct-Horse-7!"
#: A machine on which BK-06 and UM-02 comply.
GOOD: dict[str, Any] = {
    "os": {"now": "2026-11-20T10:00:00Z", "computerName": "VM01"},
    "registry": {
        r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full": {
            "Release": {"type": "REG_DWORD", "data": 528049},
            "Version": {"type": "REG_SZ", "data": "4.8.03761"},
        }
    },
}
#: The same with .NET Framework 4.5 only: BK-06 complies, UM-02 does not.
OLD: dict[str, Any] = {
    **GOOD,
    "registry": {
        r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full": {"Release": {"type": "REG_DWORD", "data": 378389}}
    },
}
#: The same with a key that may not be opened.
DENIED: dict[str, Any] = {**GOOD, "denied": [r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP"]}


@dataclass
class Done:
    """What a run of pytest left."""

    code: int
    out: str
    folder: Path

    @property
    def reports(self) -> list[Path]:
        return sorted(path for path in (self.folder / "reports").glob("*") if path.is_dir())

    @property
    def report(self) -> Path:
        assert len(self.reports) == 1, self.out
        return self.reports[0]

    @property
    def run(self) -> Run:
        return Run.read(self.report)

    def verdicts(self) -> dict[str, str]:
        """Verdict by ``host item``."""
        return {f"{finding.cell.host} {finding.cell.item}": finding.verdict.value for finding in self.run.findings}


@dataclass
class Audits:
    """Twins that are being served, and a folder in which audits of them run."""

    folder: Path
    server: TwinServer
    authority: Authority
    addresses: dict[str, str]
    inventory: dict[str, Any] = field(default_factory=dict)

    def write(self, name: str = "inventory.json", **hosts: Mapping[str, Any]) -> Path:
        """An inventory of all twins; ``hosts`` adds settings to a host, or a host that no twin plays."""
        port = int(self.server.url(next(iter(self.addresses))).split(":")[2].split("/")[0])
        entries: dict[str, Any] = {host: {"address": address} for host, address in self.addresses.items()}
        for host, settings in hosts.items():
            entries.setdefault(host, {}).update(settings)
        document = {
            "defaults": {
                "username": USER,
                "credential": {"env": "AUDIT_PASSWORD"},
                "tls": {"ca_file": str(self.authority.ca_file)},
                "port": port,
                "roles": ["update-management", "azure-backup"],
                **self.inventory,
            },
            "hosts": entries,
        }
        path = self.folder / name
        path.write_text(json.dumps(document, indent=1))
        return path

    def pytest(
        self,
        *arguments: str,
        tests: Sequence[str] = ("--pyargs", "tests_infra"),
        environment: Mapping[str, str] | None = None,
        timeout: float = 60,
        **hosts: Any,
    ) -> Done:
        """Run pytest as a user does, in the folder; ``--hosts`` is the inventory unless the arguments say otherwise."""
        if not any(argument in ("--hosts", "--snapshots") or argument.startswith("--hosts=") for argument in arguments):
            arguments = ("--hosts", str(self.write(**hosts)), *arguments)
        done = subprocess.run(
            command(*tests, *arguments),
            cwd=self.folder,
            env={**os.environ, "AUDIT_PASSWORD": PASSWORD, "COLUMNS": "200", **(environment or {})},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Done(done.returncode, done.stdout + done.stderr, self.folder)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]


@contextmanager
def audits(
    folder: Path, states: Mapping[str, Mapping[str, Any]], faults: Mapping[str, Sequence[Fault]] | None = None
) -> Iterator[Audits]:
    """Serve a twin for each state and give the folder in which to audit them."""
    folder.mkdir(exist_ok=True)
    addresses = {name: f"127.0.21.{number}" for number, name in enumerate(states, 1)}
    hosts = [
        TwinHost(
            name,
            DeclaredMachine(State.of(dict(state))),
            (Account.with_password(USER, PASSWORD),),
            addresses[name],
            faults=tuple((faults or {}).get(name, ())),
        )
        for name, state in states.items()
    ]
    authority = Authority()
    try:
        with TwinServer(hosts, authority=authority) as server:
            yield Audits(folder, server, authority, addresses)
    finally:
        authority.close()
