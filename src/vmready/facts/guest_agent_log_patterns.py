"""What lines of the Azure guest agent's logs mean, as a table: from the overview's "Log Lines Indication" and Microsoft's support articles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from vmready.facts.guest_agent_log_lines import Record

STARTING = "WindowsAzureGuestAgent starting."
STOPPING = "WindowsAzureGuestAgent stopping."
STOP_FAILED = "WindowsAzureGuestAgent could not be stopped"
COMPLETED = "StateExecutor initialization completed."
HEARTBEAT = "WindowsAzureGuestAgent Heartbeat."
WAITING_FOR_OOBE = "Waiting for OOBE to Complete"
#: The line by which the agent says that it speaks with the WireServer (again).
CONNECTED = "ControlSystem initialized with version"

_VERSION = re.compile(re.escape(STARTING) + r"\s{0,8}Version:?\s{0,8}([0-9.]{1,40})", re.ASCII)
_PLACE = re.compile(r"168\.63\.129\.16:([0-9]{1,5})", re.ASCII)
_INTERFACE = re.compile(r"Did not discover fabric address on interface ([^\r\n]{1,120})")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One thing that a log can show. An entry fits where it holds one literal of each group, without case.

    ``superseded_by``: literals of a later line that says that it is over. ``confirm``: what to look at besides. ``by`` the row that judges it.
    """

    id: str
    groups: tuple[tuple[str, ...], ...]
    conclusion: str
    confirm: str
    by: str
    superseded_by: tuple[str, ...] = ()

    def fits(self, record: Record) -> bool:
        text = record.text.lower()
        return all(any(literal.lower() in text for literal in group) for group in self.groups)

    def supersedes(self, record: Record) -> bool:
        text = record.text.lower()
        return any(literal.lower() in text for literal in self.superseded_by)


PATTERNS = (
    Pattern(
        "L1",
        ((STARTING,),),
        "the agent is stuck starting",
        "folders of one version, the running version",
        "GA-13",
        (COMPLETED, HEARTBEAT),
    ),
    Pattern(
        "L2",
        (("GetVersions() failed with exception",), ("(503)", "Service Unavailable", "ServiceUnavailable")),
        "the WireServer answered 503: the host's side or a proxy, not a firewall",
        "GET http://168.63.129.16/?comp=versions from inside the machine",
        "GA-14",
        (CONNECTED,),
    ),
    Pattern(
        "L3",
        (
            (
                "Exception while fetching supported versions from HostGAPlugin",
                "Unable to connect to the remote server",
                "SocketException",
            ),
            ("access permissions", "10013"),
        ),
        "a local firewall or filter forbids the connection",
        "firewall rules (GA-20) and connections (GA-12)",
        "GA-14",
        (CONNECTED,),
    ),
    Pattern(
        "L3.other",
        (
            (
                "Exception while fetching supported versions from HostGAPlugin",
                "ControlSystem not initialized",
                "GetVersions() failed with exception",
            ),
        ),
        "the agent does not reach the WireServer; the line does not say why",
        "connections (GA-12), routes (GA-21)",
        "GA-14",
        (CONNECTED,),
    ),
    Pattern(
        "L4",
        ((STOP_FAILED,),),
        "the agent is stuck stopping",
        "the service's state, WaAppAgent.exe",
        "GA-16",
        (STARTING,),
    ),
    Pattern(
        "L5",
        (("Did not discover fabric address on interface",),),
        "no fabric address (DHCP option 245) was found",
        "whether WireServer is reached; the primary interface's DHCP (GA-15)",
        "GA-14",
        (CONNECTED,),
    ),
    Pattern(
        "L6",
        (("RdCrypt Initialization failed",),),
        "CNG key isolation or RPC does not work (the agent gets no transport certificate)",
        "KeyIso",
        "GA-23.KeyIso",
    ),
    Pattern(
        "L7",
        (("PFXImportCertStore failed",),),
        "LocalSystem lacks rights on the folders of keys below ProgramData\\Microsoft\\Crypto",
        "rights on Keys, RSA, SystemKeys",
        "GA-22",
    ),
    Pattern(
        "L8",
        (("InstallPlugins() failed",), ("BadImageFormatException", "0x8007000B")),
        "extensions cannot be loaded: a 32-bit runtime",
        "Enable64Bit",
        "GA-23.Enable64Bit",
    ),
    Pattern(
        "L9",
        (("ConfigurationErrorsException",), ("ServiceModelSink",)),
        "debugging of WCF was left on",
        "machine.config",
        "GA-23.machine-config",
    ),
    Pattern(
        "L10",
        (
            (
                "HostGAPluginServiceClient is not initialized",
                "Reached Maximim error count",
                "Reached Maximum error count",
                "Error state triggered for caller:GAPluginPinger",
            ),
        ),
        "port 32526 of the WireServer has been out of reach for long",
        "the connection to port 32526 (GA-12)",
        "GA-14",
        (CONNECTED,),
    ),
    Pattern(
        "L11",
        (
            (
                "Self-signed Certificate Generation failed",
                "FailedToDecryptProtectedSettings",
                "Keyset does not exist",
                "Invalid provider type specified",
            ),
        ),
        "the agent's certificate or its key cannot be used",
        "TenantEncryptionCert, rights on MachineKeys (UM-10)",
        "GA-22",
    ),
    Pattern(
        "L12",
        (("Setting the new RdAgent service path in registry failed",),),
        "the installer could not write the registry through WMI (StdRegProv)",
        "winmgmt /verifyrepository",
        "GA-23.Winmgmt",
    ),
)
BY_ID = {pattern.id: pattern for pattern in PATTERNS}


@dataclass(frozen=True, slots=True)
class Hit:
    """The newest entry that fits a pattern and that no later line superseded. ``what``: the port or the interface that it names."""

    pattern: Pattern
    time: datetime | None
    what: str
    times: int

    def __str__(self) -> str:
        when = f", last {self.time:%Y-%m-%d %H:%M} UTC" if self.time else ""
        what = f" ({self.what})" if self.what else ""
        return f"{self.pattern.conclusion}{what} [{self.pattern.id}, {self.times} in the log{when}]"


def unrecovered(records: Iterable[Record], wanted: Iterable[str]) -> tuple[Hit, ...]:
    """What these patterns (ids) show, in their order: an entry counts until a later line supersedes it, and for the first pattern that it fits."""
    patterns = [BY_ID[name] for name in wanted]
    found: dict[tuple[str, str], Hit] = {}
    for record in records:
        found = {key: hit for key, hit in found.items() if not hit.pattern.supersedes(record)}
        pattern = next((one for one in patterns if one.fits(record)), None)
        if pattern is None:
            continue
        key = (pattern.id, what_of(record))
        known = found.get(key)
        found[key] = Hit(pattern, record.time, key[1], 1 if known is None else known.times + 1)
        if len(found) > 64:
            found.pop(next(iter(found)))
    order = {pattern.id: number for number, pattern in enumerate(patterns)}
    return tuple(sorted(found.values(), key=lambda hit: (order[hit.pattern.id], hit.what)))


def what_of(record: Record) -> str:
    """The port of the WireServer, or the interface, that an entry names; empty: neither."""
    interface = _INTERFACE.search(record.text)
    if interface is not None:
        return interface[1].strip().rstrip(".")
    place = _PLACE.search(record.text)
    return f"168.63.129.16:{int(place[1])}" if place else ""


def start_version(text: str) -> str | None:
    """The version that a start line names; None where it names none, or the text is no start line."""
    match = _VERSION.search(text)
    return match[1].strip(".") if match else None
