"""The routes to the platform's two addresses, WireServer and instance metadata, which come with the DHCP lease (options 121 and 249)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any

from vmready.facts.metadata import AzureInterfaces
from vmready.facts.network_interface import INTERFACES, PrimaryInterface
from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.facts.wire_server import WireServer
from vmready.probes.answers import Answer, Observed, Reason, Why
from vmready.probes.readings import Instances, Names
from vmready.probes.vocabulary import Wmi

METADATA = "169.254.169.254"
ROUTES = Wmi(
    "MSFT_NetRoute",
    ("DestinationPrefix", "NextHop", "InterfaceIndex", "InterfaceAlias", "RouteMetric", "Store"),
    r"root\StandardCimv2",
    where=("AddressFamily", "2"),
)
#: Windows before 8 and Server 2012.
OLD_ROUTES = Wmi("Win32_IP4RouteTable", ("Destination", "Mask", "NextHop", "InterfaceIndex", "Metric1"))
_NAME = "host_routes"


@dataclass(frozen=True, slots=True)
class Route:
    """A route. ``metric``: of route and interface together; the lowest of the longest prefix is taken."""

    network: IPv4Network
    interface: int
    alias: str
    metric: int

    @property
    def of_host(self) -> bool:
        """Whether it leads to one address only."""
        return not int(self.network.hostmask)


@dataclass(frozen=True, slots=True)
class HostRoutes:
    """Every IPv4 route; each question raises UnreadableFact where it cannot be answered."""

    answer: Answer[Instances]
    old: Answer[Instances]
    interfaces: Answer[Instances]
    primary: PrimaryInterface
    wire_server: WireServer
    azure: AzureInterfaces

    def routes(self) -> tuple[Route, ...]:
        """The active IPv4 routes, by the classes of this generation of Windows."""
        if isinstance(self.answer, Observed):
            found = tuple(_modern(self.answer.value, _metrics(self.interfaces)))
            more = self.answer.value.more
        else:
            old: Instances | None = plain_value(_NAME, OLD_ROUTES, self.old)
            if old is None:
                plain_value(_NAME, ROUTES, self.answer)
                raise UnreadableFact(
                    _NAME, Why(Reason.FAILED, "NoClasses", "neither generation of classes of routes is there")
                )
            found, more = tuple(_classic(old)), old.more
        if more:
            raise UnreadableFact(
                _NAME, Why(Reason.FAILED, "Cut", "there are more routes than are looked at"), str(ROUTES)
            )
        return found

    def best(self, address: str) -> Route | None:
        """The route that a packet to this address takes; None: there is none."""
        wanted = IPv4Address(address)
        fitting = sorted((route for route in self.routes() if wanted in route.network), key=lambda route: route.metric)
        return max(fitting, key=lambda route: route.network.prefixlen, default=None)

    def problem(self, address: str) -> str:
        """Why the route to an address is not the one of the lease; empty where it is."""
        nic = self.primary.required()
        best = self.best(address)
        if best is None:
            return f"there is no route to {address}"
        name = best.alias or f"interface {best.interface}"
        if best.interface != nic.index:
            return f"the route to {address} leads out of {name}, not of the primary interface {nic.name}"
        if best.of_host:
            return ""
        reached = self._reached(address)
        return f"there is no host route to {address}; the route {best.network} leads out of {nic.name}, and it is {reached}"

    def elsewhere(self, address: str) -> tuple[str, ...]:
        """Interfaces other than the primary one that a host route to this address leads out of as well."""
        nic = self.primary.required()
        host = IPv4Network(f"{address}/32")
        return tuple(
            sorted(
                {
                    route.alias or f"interface {route.interface}"
                    for route in self.routes()
                    if route.network == host and route.interface != nic.index
                }
            )
        )

    def cause(self, address: str) -> str:
        """What is wrong with the route, for another finding's text; empty where nothing is, or it is not known."""
        try:
            best = self.best(address)
            problem = self.problem(address) if best is None or best.of_host else ""
        except UnreadableFact:
            return ""
        return problem

    def _reached(self, address: str) -> str:
        if address == METADATA:
            return "reached" if self.azure.interfaces else "not reached"
        try:
            return "reached" if not self.wire_server.port(80).failure else "not reached"
        except UnreadableFact:
            return "not known to be reached"


def _metrics(interfaces: Answer[Instances]) -> dict[int, int]:
    rows = interfaces.value.instances if isinstance(interfaces, Observed) else ()
    return {
        _number(row, "InterfaceIndex"): _number(row, "InterfaceMetric") for row in rows if row.get("AddressFamily") == 2
    }


def _modern(rows: Instances, metrics: dict[int, int]) -> Iterator[Route]:
    for row in rows.instances:
        network = _network(str(row.get("DestinationPrefix") or ""))
        # A route of the persistent store alone is not in force.
        if network is None or row.get("Store") == 0:
            continue
        index = _number(row, "InterfaceIndex")
        alias = str(row.get("InterfaceAlias") or "")[:80]
        yield Route(network, index, alias, _number(row, "RouteMetric") + metrics.get(index, 0))


def _classic(rows: Instances) -> Iterator[Route]:
    for row in rows.instances:
        network = _network(f"{row.get('Destination')}/{row.get('Mask')}")
        if network is not None:
            yield Route(network, _number(row, "InterfaceIndex"), "", _number(row, "Metric1"))


def _network(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text, strict=False)
    except ValueError:
        return None


def _number(row: Names[Any], name: str) -> int:
    value = row.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


@fact
def host_routes(
    routes: Annotated[Answer[Instances], ROUTES],
    old_routes: Annotated[Answer[Instances], OLD_ROUTES],
    interfaces: Annotated[Answer[Instances], INTERFACES],
    primary_interface: PrimaryInterface,
    wire_server: WireServer,
    azure_interfaces: AzureInterfaces,
) -> HostRoutes:
    """The machine's routes, with what tells whether the platform is reached over them. Never unreadable itself."""
    return HostRoutes(routes, old_routes, interfaces, primary_interface, wire_server, azure_interfaces)
