"""The lasting connection that the agent's loader holds to its broker, as the host's table of connections shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vmready.facts.registry import FollowUp, UnreadableFact, fact, plain_value
from vmready.facts.services import BootLoader
from vmready.facts.system_proxy import SystemProxy
from vmready.probes.answers import Reason, Why
from vmready.probes.readings import Instances, Names
from vmready.probes.vocabulary import Probe, Wmi

_ESTABLISHED = 5
_HTTPS = 443
_AT_MOST = 4


def _own(address: str) -> bool:
    """Whether an address is the machine's own."""
    return address.startswith(("127.", "::1"))


def _connections(pid: int) -> Wmi:
    return Wmi(
        "MSFT_NetTCPConnection",
        ("OwningProcess", "RemoteAddress", "RemotePort", "State"),
        namespace=r"root\StandardCimv2",
        where=("OwningProcess", str(pid)),
    )


def _processes(loader: BootLoader) -> tuple[int, ...]:
    """The processes of the loader: that of its service, and those of its name."""
    service = loader.service
    pid = (service.again_pid or service.pid) if service else None
    return tuple(sorted({*loader.process_ids, *((pid,) if pid else ())}))[:_AT_MOST]


@dataclass(frozen=True, slots=True)
class BrokerChannel:
    """``processes``: those that were looked at. ``ports``: those of HTTPS and of the proxies that LocalSystem uses; ``own``: on this machine.

    ``unknown``: what is not known of those proxies.
    """

    loader: BootLoader
    processes: tuple[int, ...]
    ports: frozenset[int]
    own: frozenset[int]
    unknown: str
    followed: FollowUp

    @property
    def connected(self) -> bool:
        """Whether a connection to a broker or to LocalSystem's proxy stands. UnreadableFact where that could not be read."""
        others = False
        for pid in self.processes:
            standing = self._standing(pid)
            if any(self._leads_out(row) for row in standing):
                return True
            others = others or bool(standing)
        self.loader.require_processes()  # It may be held by a process that was not seen.
        if others and self.unknown:
            text = f"whether a connection leads through the proxy of LocalSystem, which is not known: {self.unknown}"
            raise UnreadableFact("broker_channel", Why(Reason.FAILED, "ProxyUnknown", text))
        return False

    def _leads_out(self, row: Names[Any]) -> bool:
        port = row.get("RemotePort")
        return port in self.ports and (port in self.own or not _own(str(row.get("RemoteAddress") or "")))

    def _standing(self, pid: int) -> tuple[Names[Any], ...]:
        probe = _connections(pid)
        rows: Instances | None = plain_value("broker_channel", probe, self.followed[probe])
        if rows is None:
            text = "this Windows has no table of connections by process (MSFT_NetTCPConnection)"
            raise UnreadableFact("broker_channel", Why(Reason.UNSUPPORTED, "NoClass", text), str(probe))
        return tuple(
            row for row in rows.instances if row.get("OwningProcess") == pid and row.get("State") == _ESTABLISHED
        )


def _ask(boot_loader: BootLoader) -> Iterator[Probe[Any]]:
    return (_connections(pid) for pid in _processes(boot_loader))


@fact(follow_up=_ask)
def broker_channel(boot_loader: BootLoader, system_proxy: SystemProxy, followed: FollowUp) -> BrokerChannel:
    """Which connections the loader's processes hold now; whose session limit is reached, or who is drained, a host does not know."""
    proxies = [proxy.address.rpartition(":") for proxy in system_proxy.proxies]
    ports = frozenset({_HTTPS, *(int(port) for _, _, port in proxies)})
    own = frozenset(int(port) for host, _, port in proxies if host == "localhost" or _own(host))
    processes = _processes(boot_loader)
    if not processes:
        boot_loader.require_processes()
    return BrokerChannel(boot_loader, processes, ports, own, system_proxy.unknown, followed)
