"""A connection that keeps what each command brought and took: for looking at a host rather than at what it answers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from xml.etree.ElementTree import Element

import xmltodict  # type: ignore[import-untyped]

from vmready.model import Host
from vmready.remote import envelope
from vmready.remote.deadline import Deadline
from vmready.remote.errors import clean
from vmready.remote.figures import Tally
from vmready.remote.negotiate import CredentialGate, OpenGate
from vmready.remote.shell import Output, ShellProtocol
from vmready.remote.transport import WireTransport
from vmready.remote.winrm import Connection, Execution, RetryPolicy
from vmready.secret import Secret

_GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
_CONFIG = "http://schemas.microsoft.com/wbem/wsman/1/config"
_CFG = "{http://schemas.microsoft.com/wbem/wsman/1/config}"
#: The settings of ``winrm/config`` that bear on a visit (MS-WSMV 2.2.4 has their types).
SETTINGS = (
    "MaxEnvelopeSizekb",
    "MaxTimeoutms",
    "Service/MaxConcurrentOperationsPerUser",
    "Service/MaxConnections",
    "Service/AllowUnencrypted",
    "Service/Auth/CbtHardeningLevel",
    "Winrs/AllowRemoteShellAccess",
    "Winrs/IdleTimeout",
    "Winrs/MaxConcurrentUsers",
    "Winrs/MaxProcessesPerShell",
    "Winrs/MaxMemoryPerShellMB",
    "Winrs/MaxShellsPerUser",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One command. ``replies``: bytes of output in each Receive reply that brought some or the end; ``requests``: WS-Man operations."""

    execution: Execution
    seconds: float
    replies: tuple[int, ...]
    requests: Mapping[str, int]


class MeasuredProtocol(ShellProtocol):
    """Counts what each Receive brings, and can read the service's configuration."""

    def __init__(self, host: Host, transport: WireTransport, tally: Tally) -> None:
        super().__init__(host, transport, tally)
        self.replies: list[int] = []

    def receive(self, shell_id: str, command_id: str) -> Output:
        output = super().receive(shell_id, command_id)
        self.replies.append(len(output.stdout) + len(output.stderr))
        return output

    def configuration(self) -> Mapping[str, str]:
        request = {"env:Envelope": self.build_wsman_header(action=_GET, resource_uri=_CONFIG)}
        request["env:Envelope"]["env:Body"] = {}
        return settings_of(self.ask(xmltodict.unparse(request)))


def settings_of(root: Element) -> Mapping[str, str]:
    """The settings of :data:`SETTINGS` in a reply to ``Get`` of ``winrm/config``, those that are there."""
    config = root.find(f"{envelope.SOAP}Body/{_CFG}Config")
    found: dict[str, str] = {}
    for name in SETTINGS:
        path = "/".join(_CFG + part for part in name.split("/"))
        text = None if config is None else config.findtext(path)
        if text is not None:
            found[name] = clean(text, 100)
    return MappingProxyType(found)


class MeasuredConnection(Connection):
    """A visit's connection; ``last`` is what the last command left, ``commands`` are all command lines that were started."""

    def __init__(
        self,
        host: Host,
        secret: Secret,
        deadline: Deadline,
        gate: CredentialGate | None = None,
        retries: RetryPolicy | None = None,
    ) -> None:
        super().__init__(host, secret, deadline, gate or OpenGate(), retries or RetryPolicy(attempts=2))
        self._measuring = MeasuredProtocol(host, self._transport, self._tally)
        self._protocol = self._measuring
        self.last: Measured | None = None
        self.commands: list[str] = []

    def run(self, command_line: str, stdin: bytes = b"", *, until: bytes | None = None) -> Execution:
        self.last = None
        self.commands.append(command_line)
        self._measuring.replies = []
        before = dict(self._tally.requests)
        begun = time.monotonic()
        execution = super().run(command_line, stdin, until=until)
        seconds = time.monotonic() - begun
        counted = {name: number - before.get(name, 0) for name, number in self._tally.requests.items()}
        self.last = Measured(
            execution,
            seconds,
            tuple(self._measuring.replies),
            MappingProxyType({name: number for name, number in counted.items() if number}),
        )
        return execution

    def configuration(self) -> Mapping[str, str]:
        """The service's settings of :data:`SETTINGS` that it tells, as text: ``Get`` of ``winrm/config``, which changes nothing.

        Raises :class:`~vmready.remote.errors.HostError`; an account that may not read them is refused as it would be a shell.
        """
        return self._bare(self._measuring.configuration)
