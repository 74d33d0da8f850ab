"""pywinrm's protocol with what it leaves open: RelatesTo checked on every reply, safe XML, a Receive that is bounded, typed faults."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import xmltodict  # type: ignore[import-untyped]
from winrm.protocol import Protocol

from vmready.model import Host
from vmready.remote import envelope
from vmready.remote.envelope import NotAnEnvelope, SoapFault
from vmready.remote.errors import (
    Busy,
    CommandFailed,
    HostError,
    NotWinrm,
    ProtocolError,
    QuotaReached,
    ShellRefused,
    ShellVanished,
    WsmanFault,
    clean,
    where,
)
from vmready.remote.figures import Tally
from vmready.remote.transport import WireTransport

RESOURCE = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd"
_RECEIVE = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Receive"
_DONE = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done"
_ACTION = re.compile(r"<a:Action[^>]*>[^<]*/([A-Za-z]+)</a:Action>")

# Codes of winerror.h and wsmerror.h.
ACCESS_DENIED = frozenset({5, 0x80070005})
FILE_NOT_FOUND = frozenset({2, 3, 0x80070002, 0x80070003})
BUSY = 170
OPERATION_TIMED_OUT = 0x80338029
UNEXPECTED_SELECTORS = 0x8033805B
#: Quotas of the user or the service: 0x803381A5 shells, 0x803381A6 operations, and their neighbours.
QUOTAS = frozenset(range(0x803381A4, 0x803381AC))


class OperationTimedOut(Exception):
    """The host says that the operation's own time-out has passed: normal for a Receive, nothing was lost."""


@dataclass(frozen=True, slots=True)
class Output:
    """What one Receive brought. ``exit_code`` is None as long as the command runs, and where the host does not say it."""

    stdout: bytes
    stderr: bytes
    done: bool
    exit_code: int | None


class ShellProtocol(Protocol):
    """One shell's operations over one transport. pywinrm builds the requests."""

    transport: WireTransport

    def __init__(self, host: Host, transport: WireTransport, tally: Tally) -> None:
        self.transport = transport
        self.operation_timeout_sec = max(1, int(host.timeouts.operation))
        self.read_timeout_sec = self.operation_timeout_sec + 1
        self.max_env_sz = Protocol.DEFAULT_MAX_ENV_SIZE
        self.locale = Protocol.DEFAULT_LOCALE
        self._host = host
        self._tally = tally

    def __repr__(self) -> str:
        return f"<ShellProtocol of {self._host.name}>"

    # --- operations

    def create(self) -> str:
        """Open a shell; its id. Raises :class:`~vmready.remote.errors.HostError`."""
        return self._id("shell id", self.open_shell, codepage=65001, noprofile=True, idle_timeout="PT180S")

    def command(self, shell_id: str, line: str) -> str:
        """Start a command line (cmd.exe reads it); its id."""
        return self._id("command id", self.run_command, shell_id, line, console_mode_stdin=False)

    def send(self, shell_id: str, command_id: str, data: bytes, *, end: bool) -> None:
        self.send_command_input(shell_id, command_id, data, end=end)

    def receive(self, shell_id: str, command_id: str) -> Output:
        """Wait for output. Raises :class:`OperationTimedOut` where there was none in time."""
        request = {"env:Envelope": self.build_wsman_header(resource_uri=RESOURCE, action=_RECEIVE, shell_id=shell_id)}
        request["env:Envelope"]["env:Body"] = {
            "rsp:Receive": {"rsp:DesiredStream": {"@CommandId": command_id, "#text": "stdout stderr"}}
        }
        return self._output(self.ask(xmltodict.unparse(request)), command_id)

    def delete(self, shell_id: str) -> None:
        # Not pywinrm's close_session: the figures are read before the connection goes.
        self.close_shell(shell_id, close_session=False)

    # --- every request

    def send_message(self, message: str) -> Any:
        """pywinrm's operations come through here: the checked reply as text, whatever encoding it claims."""
        return self.ask(message, as_text=True)

    def ask(self, message: str, *, as_text: bool = False) -> Any:
        action = _ACTION.search(message)
        operation = action[1] if action else "request"
        self._tally.requests[operation] += 1
        _, body = self.transport.exchange(message.encode("utf-8"), operation, self.operation_timeout_sec)
        root = self._parsed(body, operation)
        answered = envelope.relates_to(root)
        if answered.lower() != envelope.message_id(message).lower():
            raise self._broken(
                ProtocolError(
                    f"{where(self._host)} answered {operation} with the reply to another message (RelatesTo)."
                )
            )
        self.transport.answered = True
        fault = envelope.fault_of(root)
        if fault is not None:
            raise self._fault(fault, operation)
        return body.decode("utf-8-sig") if as_text else root

    def _parsed(self, body: bytes, operation: str) -> Element:
        try:
            return envelope.parse(body)
        except NotAnEnvelope as error:
            problem = str(error)
        start = body.lstrip()[:64].lower()
        if not self.transport.answered and (
            not start.startswith(b"<") or b"<html" in start or b"doctype html" in start
        ):
            raise self._broken(NotWinrm(f"{where(self._host)} answers in HTTP, but not with WS-Management: {problem}."))
        raise self._broken(
            ProtocolError(f"The answer of {where(self._host)} to {operation} cannot be read: {problem}.")
        )

    def _broken(self, error: HostError) -> HostError:
        """A host that answers wrongly is not asked again on this connection."""
        self.transport.broken = True
        self.transport.close_session()
        return error

    def _id(self, what: str, operation: Any, *arguments: Any, **options: Any) -> str:
        try:
            found = operation(*arguments, **options)
        except (StopIteration, AttributeError, TypeError):
            found = None
        text = found.strip() if isinstance(found, str) else ""
        if not re.fullmatch(r"[0-9A-Za-z{}:-]{1,64}", text):
            raise self._broken(ProtocolError(f"{where(self._host)} answered without a {what}."))
        return text

    def _fault(self, fault: SoapFault, operation: str) -> Exception:
        host, said = where(self._host), clean(fault.text) or "no reason given"
        number = "" if fault.code is None else f", code {fault.code} (0x{fault.code:08X})"
        if fault.code == OPERATION_TIMED_OUT or fault.subcode.endswith(":TimedOut"):
            return OperationTimedOut(f"{operation} timed out on {host}")
        if fault.code in ACCESS_DENIED or fault.subcode.endswith(":AccessDenied"):
            return ShellRefused(
                f"{host} accepted the credential but does not give this account a shell{number}: {said}"
            )
        if fault.code == BUSY:
            return Busy(f"{host} is busy and did not carry out {operation}{number}: {said}")
        if fault.code in QUOTAS or fault.subcode.endswith(":QuotaLimit"):
            return QuotaReached(f"{host} has reached a WinRM quota{number}: {said}")
        if fault.code == UNEXPECTED_SELECTORS and operation != "Create":
            return ShellVanished(f"The shell on {host} was gone at {operation}{number}: {said}")
        if fault.code in FILE_NOT_FOUND and operation == "Command":
            return CommandFailed(f"{host} could not start PowerShell{number}: {said}")
        return WsmanFault(f"{host} answered {operation} with a fault{number}: {said}")

    def _output(self, root: Element, command_id: str) -> Output:
        received = root.find(f"{envelope.SOAP}Body/{envelope.SHELL}ReceiveResponse")
        if received is None:
            raise self._broken(ProtocolError(f"{where(self._host)} answered Receive with something else."))
        streams: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
        for stream in received.findall(f"{envelope.SHELL}Stream"):
            sink = streams.get(stream.get("Name") or "")
            if sink is None or (stream.get("CommandId") or "").lower() != command_id.lower():
                continue
            piece = _base64(stream.text or "")
            if piece is None:
                raise self._broken(ProtocolError(f"{where(self._host)} sent output that is not valid base64."))
            sink += piece
        done, exit_code = False, None
        state = received.find(f"{envelope.SHELL}CommandState")
        if (
            state is not None
            and state.get("State") == _DONE
            and (state.get("CommandId") or "").lower() == command_id.lower()
        ):
            done = True
            digits = (state.findtext(f"{envelope.SHELL}ExitCode") or "").strip()
            exit_code = int(digits) if re.fullmatch(r"-?[0-9]{1,10}", digits) else None
        return Output(bytes(streams["stdout"]), bytes(streams["stderr"]), done, exit_code)


def _base64(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
