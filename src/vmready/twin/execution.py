"""What the twin's wire side asks of the machine behind it: one command line in, its output back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


class TwinError(Exception):
    """A mistake in how a twin was set up; the text is one line for its user and names what to do."""

    user_error = True


@dataclass(frozen=True, slots=True)
class Execution:
    """What a command left behind.

    ``stdout`` and ``stderr`` are the bytes as the guest wrote them; ``exit_code`` is the process's; ``seconds`` is how long
    the host takes before any of it can be received (a Receive that comes earlier waits, or runs into its OperationTimeout).
    """

    stdout: bytes = b""
    stderr: bytes = b""
    exit_code: int = 0
    seconds: float = 0.0


class Machine(Protocol):
    """A host behind the wire. Called from several threads at once when several clients use the same host."""

    def execute(self, command_line: str, stdin: bytes) -> Execution:
        """Run ``command_line`` (command and arguments as the client sent them) with all of its standard input."""
        ...


@runtime_checkable
class Restarts(Protocol):
    """A machine that wants to know of a restart: the fault ``reboot`` calls it after the host's shells are gone."""

    def restart(self) -> None:
        """Forget what a restart forgets; the next command finds a machine that has just come up."""
        ...
