"""The Npcap Loopback Adapter, on which the Azure guest agent looks for its fabric address in vain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from vmready.facts.guest_agent_log import GuestAgentLog
from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.probes.answers import Answer, Observed, Reason, Why
from vmready.probes.readings import Instances, Key, Names
from vmready.probes.vocabulary import RegistryKey, Wmi

ADAPTERS = Wmi(
    "MSFT_NetAdapter",
    ("Name", "InterfaceDescription", "InterfaceAdminStatus", "InterfaceOperationalStatus"),
    r"root\StandardCimv2",
)
#: Windows before 8 and Server 2012.
OLD_ADAPTERS = Wmi("Win32_NetworkAdapter", ("Name", "NetConnectionID", "NetEnabled"))
#: Newer Npcap needs no adapter; older ones name it here.
NPCAP = RegistryKey(r"HKLM\SOFTWARE\Npcap", values=("LoopbackAdapter",))
NPCAP_32 = RegistryKey(r"HKLM\SOFTWARE\Wow6432Node\Npcap", values=("LoopbackAdapter",))
_NAME, _LOOPBACK = "npcap loopback adapter", "loopback"
_UP = 1


@dataclass(frozen=True, slots=True)
class LoopbackAdapter:
    """An adapter of that name. ``up`` None: its state is not told."""

    name: str
    up: bool | None


@dataclass(frozen=True, slots=True)
class Npcap:
    """``loopbacks``: every loopback adapter. ``named``: older Npcap names an adapter in the registry (which alone is no problem)."""

    adapters: tuple[LoopbackAdapter, ...]
    loopbacks: tuple[LoopbackAdapter, ...]
    named: bool
    log: GuestAgentLog

    @property
    def active(self) -> tuple[str, ...]:
        return tuple(adapter.name for adapter in self.adapters if adapter.up)

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(adapter.name for adapter in self.adapters if adapter.up is None)

    @property
    def perhaps(self) -> tuple[str, ...]:
        """Active loopback adapters of another name, while Npcap says that it made one: it may have been renamed."""
        return (
            tuple(adapter.name for adapter in self.loopbacks if adapter.up) if self.named and not self.adapters else ()
        )

    @property
    def fabric_address(self) -> str:
        """What the agent's log says of it, for the finding's text."""
        hits = [hit for hit in self.log.evidence("L5") if _NAME in hit.what.lower()]
        return "; the agent looked there for its fabric address and found none" if hits else ""


@fact
def npcap(
    guest_agent_log: GuestAgentLog,
    adapters: Annotated[Answer[Instances], ADAPTERS],
    old_adapters: Annotated[Answer[Instances], OLD_ADAPTERS],
    key: Annotated[Answer[Key], NPCAP],
    key_32: Annotated[Answer[Key], NPCAP_32],
) -> Npcap:
    """Adapters whose name or description is Npcap's. Unreadable where neither generation of classes tells the adapters."""
    if isinstance(adapters, Observed):
        rows, columns, read = adapters.value.instances, ("Name", "InterfaceDescription"), _adapter
        more = adapters.value.more
    else:
        old: Instances | None = plain_value("npcap", OLD_ADAPTERS, old_adapters)
        if old is None:
            plain_value("npcap", ADAPTERS, adapters)
            why = Why(Reason.FAILED, "NoClasses", "neither generation of classes of network adapters is there")
            raise UnreadableFact("npcap", why)
        rows, columns, read = old.instances, ("Name", "NetConnectionID"), _old_adapter
        more = old.more
    loopbacks = [row for row in rows if any(_LOOPBACK in str(row.get(column) or "").lower() for column in columns)]
    npcaps = [row for row in loopbacks if any(_NAME in str(row.get(column) or "").lower() for column in columns)]
    found = tuple(map(read, npcaps))
    every = tuple(map(read, loopbacks))
    if more and not any(adapter.up for adapter in found):
        raise UnreadableFact("npcap", Why(Reason.FAILED, "Cut", "there are more network adapters than are looked at"))
    named = any(isinstance(answer, Observed) and answer.value.text("LoopbackAdapter") for answer in (key, key_32))
    if not named and not found and any(adapter.up for adapter in every):
        for probe, answer in ((NPCAP, key), (NPCAP_32, key_32)):
            plain_value("npcap", probe, answer)
    return Npcap(found, every, named, guest_agent_log)


def _adapter(row: Names[Any]) -> LoopbackAdapter:
    status, admin = row.get("InterfaceOperationalStatus"), row.get("InterfaceAdminStatus")
    up = None if not isinstance(status, int) else status == _UP
    return LoopbackAdapter(_text(row, "Name"), False if admin == 2 else up)


def _old_adapter(row: Names[Any]) -> LoopbackAdapter:
    enabled = row.get("NetEnabled")
    return LoopbackAdapter(_text(row, "NetConnectionID"), enabled if isinstance(enabled, bool) else None)


def _text(row: Names[Any], column: str) -> str:
    return str(row.get(column) or row.get("Name") or "Npcap Loopback Adapter")[:80]
