"""Doctor run on twins: an inventory of one host, what was said, and what the host saw of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loopback_hosts import ACCOUNTS, PASSWORD, WAYS

from vmready.commands.doctor import Wanted, doctor
from vmready.remote.credentials import Credentials
from vmready.twin.certificates import Authority
from vmready.twin.collection import DeclaredMachine
from vmready.twin.counts import HostCounts
from vmready.twin.execution import Execution, Machine
from vmready.twin.fleet import TwinHost
from vmready.twin.server import TwinServer
from vmready.twin.states import State

NAME, ADDRESS = "web-01", "127.0.23.1"


class Recorder:
    """A machine that remembers what it was told to run, before another one runs it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.ran: list[tuple[str, bytes]] = []

    def execute(self, command_line: str, stdin: bytes) -> Execution:
        self.ran.append((command_line, stdin))
        return self.machine.execute(command_line, stdin)

    def restart(self) -> None:
        pass


@dataclass(frozen=True)
class Examined:
    """What a run of doctor left."""

    code: int
    text: str
    record: dict[str, Any]

    def line(self, subject: str) -> dict[str, Any]:
        found = [line for line in self.record["lines"] if line["subject"] == subject]
        assert len(found) == 1, f"{subject} has {len(found)} lines:\n{self.text}"
        return found[0]

    def outcomes(self) -> dict[str, str]:
        return {line["subject"]: line["outcome"] for line in self.record["lines"]}

    def failed(self) -> dict[str, str]:
        """The causes of failed lines, by subject."""
        return {line["subject"]: line["cause"] for line in self.record["lines"] if line["outcome"] == "failed"}


@dataclass
class Clinic:
    folder: Path
    authority: Authority
    serve: Callable[..., TwinServer]
    server: TwinServer | None = None
    machine: Recorder = field(default_factory=lambda: Recorder(DeclaredMachine(State.of({}))))

    def twin(
        self, state: Mapping[str, Any] | None = None, machine: Machine | None = None, **settings: Any
    ) -> TwinServer:
        """Play one host, in a declared state or by a machine of the test's own."""
        self.machine = Recorder(machine or DeclaredMachine(State.of(dict(state or {}))))
        self.server = self.serve(TwinHost(NAME, self.machine, ACCOUNTS, ADDRESS, **settings))
        return self.server

    @property
    def counts(self) -> HostCounts:
        assert self.server is not None
        assert self.server.wait_idle(5)
        return self.server.counts(NAME)

    def inventory(self, way: str = "ntlm-https", **settings: Any) -> Path:
        """One host's entry; a setting of None is left out of it."""
        auth, scheme, _ = WAYS[way]
        entry: dict[str, Any] = {
            "address": ADDRESS,
            "scheme": scheme,
            "auth": auth,
            "username": "auditor",
            "credential": {"env": "AUDIT_PASSWORD"},
            "timeouts": {"connect": 3, "operation": 5, "host": 30},
        }
        if self.server is not None:
            entry["port"] = self.server.https_port if scheme == "https" else self.server.http_port
        if scheme == "https":
            entry["tls"] = {"ca_file": str(self.authority.ca_file)}
        path = self.folder / "inventory.json"
        given = {key: value for key, value in {**entry, **settings}.items() if value is not None}
        path.write_text(json.dumps({"hosts": {NAME: given}}))
        return path

    def examine(self, way: str = "ntlm-https", *, password: str = PASSWORD, **settings: Any) -> Examined:
        said: list[str] = []
        target = self.folder / "doctor.json"
        wanted = Wanted([NAME], str(self.inventory(way, **settings)), json=target)
        credentials = Credentials(environment={"AUDIT_PASSWORD": password})
        code = doctor(wanted, credentials=credentials, say=said.append)
        text = "\n".join(said)
        written = target.read_text()
        assert password not in text
        assert password not in written
        return Examined(code, text, json.loads(written)["hosts"][0])
