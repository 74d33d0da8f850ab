"""What the tests of the way to a host share: hosts on loopback with a made-up PowerShell, and entries that lead to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vmready.model import Host, Timeouts, Tls
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
        tls=Tls(ca_file=str(authority.ca_file)),
        timeouts=Timeouts(connect=3.0, operation=5.0, host=seconds),
    )
    return replace(host, **settings)


def secret(text: str = PASSWORD) -> Secret:
    return Secret(text)
