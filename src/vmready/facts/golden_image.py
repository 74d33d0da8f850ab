"""What of the Azure Virtual Desktop agent is on the machine: none of it belongs on an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from vmready.facts.registry import UnreadableFact, fact
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Key, Paths
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import Path, RegistryKey, Service

AGENT = RegistryKey(r"HKLM\SOFTWARE\Microsoft\RDInfraAgent", values=("IsRegistered",))
BOOT_LOADER = RegistryKey(r"HKLM\SOFTWARE\Microsoft\RDAgentBootLoader", values=("DefaultAgent",))
LISTENER = RegistryKey(
    r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations", values=("ReverseConnectionListener",)
)
UNINSTALL = RegistryKey(
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall", values=("DisplayName", "DisplayVersion"), depth=1
)
#: The names in Programs and Features; that of the Geneva agent goes on with its version.
_PRODUCTS = (
    "Remote Desktop Agent Boot Loader",
    "Remote Desktop Services Infrastructure Agent",
    "Remote Desktop Services SxS Network Stack",
)
_PRODUCT_PREFIX = "Remote Desktop Services Infrastructure Geneva Agent"


@dataclass(frozen=True, slots=True)
class AgentTraces:
    """``found``: what of the agent is there, in words. ``unreadable``: what could not be looked at."""

    found: tuple[str, ...]
    unreadable: tuple[Why, ...]

    def require_all(self) -> None:
        """UnreadableFact where something could not be looked at: nothing found proves nothing then."""
        if self.unreadable:
            raise UnreadableFact("agent_traces", self.unreadable[0])


@fact
def agent_traces(
    agent: Annotated[Answer[Key], AGENT],
    boot_loader: Annotated[Answer[Key], BOOT_LOADER],
    stations: Annotated[Answer[Key], LISTENER],
    service: Annotated[Answer[ServiceReading], Service("RDAgentBootLoader")],
    folder: Annotated[Answer[Paths], Path(r"%ProgramW6432%\Microsoft RDInfra")],
    uninstall: Annotated[Answer[Key], UNINSTALL],
) -> AgentTraces:
    """Keys, service, folder, listener and products of the agent, its boot loader and its stack."""
    found, unreadable = [], []
    answers: tuple[tuple[str, Answer[Any]], ...] = (
        ("the key RDInfraAgent", agent),
        ("the key RDAgentBootLoader", boot_loader),
        ("the service RDAgentBootLoader", service),
        ("the folder Microsoft RDInfra", folder),
        ("", stations),
        ("", uninstall),
    )
    for name, answer in answers:
        if isinstance(answer, Unreadable):
            unreadable.append(answer.why)
        elif name and isinstance(answer, Observed):
            found.append(name)
    named = stations.value.values.get("ReverseConnectionListener") if isinstance(stations, Observed) else None
    if named is not None and named.text != "":  # Of another type than text it is a trace too.
        found.append("a ReverseConnectionListener")
    if isinstance(uninstall, Observed):
        products, refused = _products(uninstall.value)
        found += [f"the product {product}" for product in products]
        unreadable += refused
    return AgentTraces(tuple(found), tuple(unreadable))


def _products(uninstall: Key) -> tuple[list[str], list[Why]]:
    found, refused = set(), []
    for node in uninstall.keys.values():
        if isinstance(node, Unreadable):
            refused.append(node.why)
        elif isinstance(node, Key):
            name = node.text("DisplayName") or ""
            if name in _PRODUCTS or name.startswith(_PRODUCT_PREFIX):
                found.add(name)
    if uninstall.more:
        refused.append(Why(Reason.FAILED, "Cut", "there are more products than are listed"))
    return sorted(found), refused
