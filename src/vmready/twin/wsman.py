"""A host's WS-Man shell service without input or output: an envelope in, an envelope (or "wait until") out.

The six operations of a cmd shell as MS-WSMV section 3.1.4 has them, plus Identify. Time is an argument; whoever owns the
connection does the waiting.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from xml.sax.saxutils import escape

from vmready.twin.envelopes import CMD, SHELL, TRANSFER, Request, attribute, duration, envelope, identify_reply, new_id
from vmready.twin.execution import Execution, Machine
from vmready.twin.wsman_faults import FAULTS, Refused

_STATE = SHELL + "/CommandState/"
_REPLY_OVERHEAD = 2_000  # header, end markers and state of a Receive reply
_STREAM_OVERHEAD = 130  # one Stream element without its text


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: account as it logged on, the client's address, the URL it asked, and its connection."""

    account: str
    client_ip: str
    url: str
    connection: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """The service's own limits (`winrm/config`): ``max_envelope`` bytes, shells per user, ``max_timeout`` seconds.

    ``chunk`` is how many bytes of output one Stream element carries.
    """

    max_envelope: int = 512_000
    max_shells: int = 30
    max_timeout: float = 60.0
    idle_timeout: float = 7_200.0
    chunk: int = 32_768


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to say yet: ask again with the same request at ``until`` (the clock of ``now``), or earlier."""

    until: float


@dataclass(slots=True)
class Command:
    """A command in a shell, from Command to Signal."""

    line: str
    started: float
    stdin: bytearray = field(default_factory=bytearray)
    fed: bool = False
    ended: bool = False
    execution: Execution | None = None
    chunk: int = 0
    sent: dict[str, int] = field(default_factory=lambda: {"stdout": 0, "stderr": 0})
    done: bool = False
    running: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True)
class Shell:
    """An open shell. ``connection`` is the last connection that used it."""

    owner: str
    idle_timeout: float
    used: float
    connection: int
    commands: dict[str, Command] = field(default_factory=dict)


class Service:
    """The shells of one host.

    ``finish`` sees each execution before it is sent and may change it and its chunk size: that is where faults of a
    command's output come in.
    """

    def __init__(
        self,
        name: str,
        machine: Machine,
        limits: Limits,
        finish: Callable[[Execution, int], tuple[Execution, int]] = lambda execution, chunk: (execution, chunk),
    ) -> None:
        self.name, self.machine, self.limits = name, machine, limits
        self._finish = finish
        self._shells: dict[str, Shell] = {}
        self._lock = threading.Lock()

    def answer(self, request: Request, caller: Caller, arrived: float, now: float) -> str | Wait:
        """The reply's envelope. Raises :class:`Refused`; a :class:`Wait` means to call again, with the same ``arrived``."""
        if request.operation == "identify":
            return identify_reply(
                "OS: 10.0.20348 SP: 0.0 Stack: 3.0" if caller.account else "OS: 0.0.0 SP: 0.0 Stack: 3.0"
            )
        if request.timeout is None:
            fault = FAULTS["invalid-timeout"]
            raise Refused(
                replace(fault, message=fault.message.replace("header. ", f"header: {request.timeout_text}. "))
            )
        if request.operation == "create":
            return self._create(request, caller, now)
        if request.operation not in _OPERATIONS:
            raise Refused(FAULTS["not-supported"])
        shell = self._shell(request, caller, now)
        return _OPERATIONS[request.operation](self, request, shell, arrived, now)

    def open_shells(self) -> dict[str, int]:
        """Shell id -> the connection that used it last."""
        with self._lock:
            return {shell_id: shell.connection for shell_id, shell in self._shells.items()}

    def forget_shells(self) -> None:
        """All shells are gone, as after a restart of the service or of the host."""
        with self._lock:
            self._shells.clear()

    def _shell(self, request: Request, caller: Caller, now: float) -> Shell:
        with self._lock:
            shell = self._shells.get(request.shell_id)
            if shell is not None and now - shell.used > shell.idle_timeout:
                del self._shells[request.shell_id]
                shell = None
            if shell is None:
                raise Refused(FAULTS["unknown-shell"])
            if shell.owner.casefold() != caller.account.casefold():
                raise Refused(FAULTS["access-denied"])
            shell.used, shell.connection = now, caller.connection
            return shell

    def _create(self, request: Request, caller: Caller, now: float) -> str:
        asked = request.body.find(f"{{{SHELL}}}Shell")
        if asked is None or request.resource_uri != CMD:
            raise Refused(FAULTS["not-supported"])

        def text(tag: str, default: str = "") -> str:
            return (asked.findtext(f"{{{SHELL}}}{tag}") or default).strip()

        idle = self.limits.idle_timeout
        if wanted := text("IdleTimeOut"):
            parsed = duration(wanted)
            if parsed is None:
                raise Refused(FAULTS["invalid-parameter"])
            idle = parsed
        shell_id = asked.get("ShellId") or new_id()
        with self._lock:
            for stale in [key for key, shell in self._shells.items() if now - shell.used > shell.idle_timeout]:
                del self._shells[stale]
            if sum(shell.owner == caller.account for shell in self._shells.values()) >= self.limits.max_shells:
                raise Refused(FAULTS["too-many-shells"])
            self._shells[shell_id] = Shell(caller.account, idle, now, caller.connection)
        variables = "".join(
            f'<rsp:Variable Name="{attribute(item.get("Name", ""))}">{escape(item.text or "")}</rsp:Variable>'
            for item in asked.iterfind(f"{{{SHELL}}}Environment/{{{SHELL}}}Variable")
        )
        folder = text("WorkingDirectory")
        extras = f"<rsp:Environment>{variables}</rsp:Environment>" if variables else ""
        extras += f"<rsp:WorkingDirectory>{escape(folder)}</rsp:WorkingDirectory>" if folder else ""
        body = (
            f"<x:ResourceCreated><a:Address>{escape(caller.url)}</a:Address><a:ReferenceParameters>"
            f'<w:ResourceURI>{CMD}</w:ResourceURI><w:SelectorSet><w:Selector Name="ShellId">{escape(shell_id)}</w:Selector>'
            f'</w:SelectorSet></a:ReferenceParameters></x:ResourceCreated><rsp:Shell xmlns:rsp="{SHELL}">'
            f"<rsp:ShellId>{escape(shell_id)}</rsp:ShellId><rsp:ResourceUri>{CMD}</rsp:ResourceUri>"
            f"<rsp:Owner>{escape(caller.account)}</rsp:Owner><rsp:ClientIP>{caller.client_ip}</rsp:ClientIP>{extras}"
            f"<rsp:IdleTimeOut>PT{idle:.3f}S</rsp:IdleTimeOut>"
            f"<rsp:InputStreams>{escape(text('InputStreams', 'stdin'))}</rsp:InputStreams>"
            f"<rsp:OutputStreams>{escape(text('OutputStreams', 'stdout stderr'))}</rsp:OutputStreams>"
            "<rsp:ShellRunTime>P0DT0H0M0S</rsp:ShellRunTime><rsp:ShellInactivity>P0DT0H0M0S</rsp:ShellInactivity></rsp:Shell>"
        )
        return envelope(f"{TRANSFER}/CreateResponse", request.message_id, body)

    def _command(self, request: Request, shell: Shell, arrived: float, now: float) -> str:
        line = request.body.find(f"{{{SHELL}}}CommandLine")
        command = line.findtext(f"{{{SHELL}}}Command") if line is not None else None
        if line is None or not command:
            raise Refused(FAULTS["invalid-parameter"])
        if request.options.get("WINRS_SKIP_CMD_SHELL", "").upper() == "TRUE" and "\\" not in command:
            raise Refused(FAULTS["file-not-found"])  # CreateProcess by the plug-in does not search the path
        arguments = [item.text or "" for item in line.iterfind(f"{{{SHELL}}}Arguments")]
        command_id = line.get("CommandId") or new_id()
        with self._lock:
            shell.commands[command_id] = Command(" ".join([command, *arguments]), now)
        body = f"<rsp:CommandResponse><rsp:CommandId>{escape(command_id)}</rsp:CommandId></rsp:CommandResponse>"
        return envelope(f"{SHELL}/CommandResponse", request.message_id, body)

    def _send(self, request: Request, shell: Shell, arrived: float, now: float) -> str:
        for stream in request.body.iterfind(f"{{{SHELL}}}Send/{{{SHELL}}}Stream"):
            command = self._find(shell, stream.get("CommandId", ""))
            if command.ended or stream.get("Name") != "stdin":
                raise Refused(FAULTS["invalid-parameter"])
            try:
                data = base64.b64decode("".join((stream.text or "").split()), validate=True)
            except (binascii.Error, ValueError):
                raise Refused(FAULTS["invalid-parameter"]) from None
            command.stdin += data
            command.fed, command.started = True, now
            command.ended = stream.get("End", "").lower() in {"true", "1"}
        return envelope(f"{SHELL}/SendResponse", request.message_id, "<rsp:SendResponse/>")

    def _receive(self, request: Request, shell: Shell, arrived: float, now: float) -> str | Wait:
        wanted = request.body.find(f"{{{SHELL}}}Receive/{{{SHELL}}}DesiredStream")
        if wanted is None or not (command_id := wanted.get("CommandId", "")):
            raise Refused(FAULTS["invalid-parameter"])
        command = self._find(shell, command_id)
        if command.done:
            raise Refused(FAULTS["unknown-command"])
        deadline = arrived + min(request.timeout or 0.0, self.limits.max_timeout)
        if command.fed and not command.ended:  # the program still reads: its end of input comes by another connection
            return self._wait(min(deadline, now + 0.1), deadline, now)
        with command.running:
            if command.execution is None:
                execution = self.machine.execute(command.line, bytes(command.stdin))
                command.execution, command.chunk = self._finish(execution, self.limits.chunk)
        ready = command.started + command.execution.seconds
        if now < ready:
            return self._wait(min(deadline, ready), deadline, now)
        budget = min(request.max_envelope, self.limits.max_envelope) - _REPLY_OVERHEAD
        body = self._output(command_id, command, command.execution, wanted.text or "", budget)
        return envelope(
            f"{SHELL}/ReceiveResponse", request.message_id, f"<rsp:ReceiveResponse>{body}</rsp:ReceiveResponse>"
        )

    @staticmethod
    def _wait(until: float, deadline: float, now: float) -> Wait:
        if now >= deadline:
            raise Refused(FAULTS["timed-out"])
        return Wait(until)

    @staticmethod
    def _output(command_id: str, command: Command, execution: Execution, wanted: str, budget: int) -> str:
        """The streams that fit into ``budget`` bytes; the state is Done when nothing is left."""
        opening = f'CommandId="{attribute(command_id)}"'
        parts: list[str] = []
        streams = [name for name in ("stdout", "stderr") if name in wanted.split()]
        for name in streams:
            data = execution.stdout if name == "stdout" else execution.stderr
            while command.sent[name] < len(data):
                room = max(0, budget - _STREAM_OVERHEAD) // 4 * 3
                if not room and parts:
                    break
                piece = data[command.sent[name] : command.sent[name] + max(1, min(room, command.chunk))]
                command.sent[name] += len(piece)
                text = base64.b64encode(piece).decode("ascii")
                parts.append(f'<rsp:Stream Name="{name}" {opening}>{text}</rsp:Stream>')
                budget -= len(text) + _STREAM_OVERHEAD
            if command.sent[name] < len(data):
                state = f'<rsp:CommandState {opening} State="{_STATE}Running"></rsp:CommandState>'
                return "".join([*parts, state])
        command.done = True
        parts += [f'<rsp:Stream Name="{name}" {opening} End="true"></rsp:Stream>' for name in streams]
        parts.append(
            f'<rsp:CommandState {opening} State="{_STATE}Done"><rsp:ExitCode>{execution.exit_code}</rsp:ExitCode>'
            "</rsp:CommandState>"
        )
        return "".join(parts)

    def _signal(self, request: Request, shell: Shell, arrived: float, now: float) -> str:
        signal = request.body.find(f"{{{SHELL}}}Signal")
        if signal is None:
            raise Refused(FAULTS["invalid-parameter"])
        command_id = signal.get("CommandId", "")
        self._find(shell, command_id)
        with self._lock:
            shell.commands.pop(command_id, None)
        return envelope(f"{SHELL}/SignalResponse", request.message_id, "<rsp:SignalResponse/>")

    def _delete(self, request: Request, shell: Shell, arrived: float, now: float) -> str:
        with self._lock:
            self._shells.pop(request.shell_id, None)
        return envelope(f"{TRANSFER}/DeleteResponse", request.message_id, "")

    def _find(self, shell: Shell, command_id: str) -> Command:
        with self._lock:
            command = shell.commands.get(command_id)
        if command is None:
            raise Refused(FAULTS["unknown-command"])
        return command


_OPERATIONS: dict[str, Callable[[Service, Request, Shell, float, float], str | Wait]] = {
    "command": Service._command,
    "send": Service._send,
    "receive": Service._receive,
    "signal": Service._signal,
    "delete": Service._delete,
}
