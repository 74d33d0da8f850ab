"""What the tests of the wire share: a machine with a few made-up commands, and pywinrm as it is."""

from __future__ import annotations

from dataclasses import replace

import winrm.protocol

from vmready.twin.authentication import Account
from vmready.twin.certificates import Authority
from vmready.twin.execution import Execution
from vmready.twin.fleet import TwinHost
from vmready.twin.server import TwinServer

PASSWORD = "Correct-Horse-7!"
ACCOUNTS = (
    Account.with_password("auditor", PASSWORD),
    Account.with_password("CONTOSO\\auditor", "Another-Staple-8!"),
)


#: Every client of a test; their sessions are closed when it ends.
CLIENTS: list[winrm.protocol.Protocol] = []


class FakeMachine:
    """``echo TEXT``, ``cat`` (stdin comes back), ``spew N`` (N bytes), ``sleep SECONDS``, ``exit N``, ``fail``."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.restarts = 0

    def execute(self, command_line: str, stdin: bytes) -> Execution:
        self.ran.append(command_line)
        verb, _, rest = command_line.partition(" ")
        match verb:
            case "echo":
                return Execution(rest.encode() + b"\r\n")
            case "cat":
                return Execution(stdin)
            case "spew":
                return Execution((b"0123456789abcdef" * (int(rest) // 16 + 1))[: int(rest)])
            case "sleep":
                return Execution(b"awake\r\n", seconds=float(rest))
            case "exit":
                return Execution(b"", b"failed\r\n", int(rest))
        raise LookupError(f"no such command: {verb}")

    def restart(self) -> None:
        self.restarts += 1


def host(name: str, address: str = "127.0.7.1", **settings: object) -> TwinHost:
    spec = TwinHost(name, FakeMachine(), ACCOUNTS, address)
    return replace(spec, **settings)


def client(
    server: TwinServer,
    authority: Authority,
    name: str = "sh-01",
    transport: str = "ntlm",
    scheme: str = "https",
    user: str = "auditor",
    password: str = PASSWORD,
    **settings: object,
) -> winrm.protocol.Protocol:
    """pywinrm as it is."""
    trust = {"ca_trust_path": str(authority.ca_file) if scheme == "https" else None}
    made = winrm.protocol.Protocol(server.url(name, scheme), transport, user, password, **{**trust, **settings})
    CLIENTS.append(made)
    return made


def run(
    protocol: winrm.protocol.Protocol, command: str, stdin: bytes | None = None, signal: bool = False
) -> tuple[bytes, bytes, int]:
    """One command in a shell of its own, by the five requests (six with a Signal)."""
    shell = protocol.open_shell(codepage=65001, noprofile=True)
    try:
        command_id = protocol.run_command(shell, command, console_mode_stdin=False)
        if stdin is not None:
            protocol.send_command_input(shell, command_id, stdin, end=True)
        output = protocol.get_command_output(shell, command_id)
        if signal:
            protocol.cleanup_command(shell, command_id)
        return output
    finally:
        protocol.close_shell(shell)
