"""What the tests of the way to a host share: hosts on loopback with a made-up PowerShell, and entries that lead to them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from vmready.model import CredentialReference, Host, Timeouts, Tls
from vmready.probes.lines import argument, arguments
from vmready.secret import Secret
from vmready.twin.authentication import Account
from vmready.twin.certificates import Authority
from vmready.twin.execution import Execution
from vmready.twin.fleet import TwinHost
from vmready.twin.server import TwinServer

PASSWORD = "Correct-Horse-7!"
ACCOUNTS = (
    Account.with_password("auditor", PASSWORD),
    Account.with_password("CONTOSO\\auditor", PASSWORD),
)

#: auth, scheme, legs of the logon
WAYS = {
    "ntlm-sealed": ("ntlm", "http", 3),
    "ntlm-https": ("ntlm", "https", 2),
    "negotiate-sealed": ("negotiate", "http", 3),
    "negotiate-https": ("negotiate", "https", 2),
    "basic-https": ("basic", "https", 0),
}


class Script:
    """A machine whose every command answers with what ``answer`` makes of its stdin."""

    def __init__(self, answer: Callable[[bytes], Execution] = lambda stdin: Execution(b"read " + stdin)) -> None:
        self.answer = answer
        self.lines: list[str] = []

    def execute(self, command_line: str, stdin: bytes) -> Execution:
        self.lines.append(command_line)
        return self.answer(stdin)

    def restart(self) -> None:
        pass


class Collector(Script):
    """A machine that answers the collector's calls in a frame, every question with its own text.

    ``change`` gets the document before it is framed; ``after`` runs the second round instead.
    """

    def __init__(self, change: Callable[[dict[str, Any]], None] = lambda document: None, seconds: float = 0.0) -> None:
        super().__init__(self._collect)
        self.change = change
        self.seconds = seconds
        self.asked: list[list[str]] = []
        self.budgets: list[int] = []

    def _collect(self, stdin: bytes) -> Execution:
        lines = stdin.decode("ascii").splitlines()
        begin = max(number for number, line in enumerate(lines) if line.startswith("Begin '"))
        round_number, nonce, seconds = arguments(lines[begin].removeprefix("Begin "))
        asks = [arguments(line.removeprefix("Ask ")) for line in lines[begin + 1 : -1]]
        assert lines[-1] == "Finish"
        self.asked.append([" ".join(map(argument, words)) for _, *words in asks])
        self.budgets.append(int(seconds))
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"
        document = {
            "version": 1,
            "round": int(round_number),
            "nonce": nonce,
            "mode": "FullLanguage",
            "started": now,
            "finished": now,
            "answers": [{"id": n, "state": "observed", "value": words, "ms": 1} for n, *words in asks],
        }
        self.change(document)
        return Execution(framed(json.dumps(document)) + b"\r\n", seconds=self.seconds)


def framed(text: str) -> bytes:
    """A frame with a right digest around any text."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"<<<vmready:1:{len(text)}:sha256:{digest}:{text}:vmready>>>".encode()


def twin(name: str = "web-01", address: str = "127.0.8.1", **settings: object) -> TwinHost:
    spec = TwinHost(name, Script(), ACCOUNTS, address)
    return replace(spec, **settings)


def entry(
    server: TwinServer,
    authority: Authority,
    name: str = "web-01",
    way: str = "ntlm-https",
    *,
    seconds: float = 20.0,
    **settings: object,
) -> Host:
    auth, scheme, _ = WAYS[way]
    spec = server.fleet.by_name[name].spec
    host = Host(
        name,
        spec.address,
        server.https_port if scheme == "https" else server.http_port,
        spec.path,
        scheme,
        auth=auth,
        username="auditor",
        credential=CredentialReference("env", "AUDIT_PASSWORD"),
        tls=Tls(ca_file=str(authority.ca_file)),
        timeouts=Timeouts(connect=3.0, operation=5.0, host=seconds),
    )
    return replace(host, **settings)


def secret(text: str = PASSWORD) -> Secret:
    return Secret(text)
