"""The machine's primary network interface: how it got its address, and its DNS servers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, ip_address
from typing import Annotated, Any

from vmready.facts.metadata import AzureInterfaces, plain_mac
from vmready.facts.registry import UnreadableFact, fact
from vmready.facts.wire_server import WireServer
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Instances, Names
from vmready.probes.vocabulary import Wmi

_SPACE = r"root\StandardCimv2"
ROUTES = Wmi(
    "MSFT_NetRoute",
    ("DestinationPrefix", "InterfaceIndex", "RouteMetric"),
    _SPACE,
    where=("DestinationPrefix", "0.0.0.0/0"),
)
INTERFACES = Wmi(
    "MSFT_NetIPInterface",
    ("InterfaceIndex", "InterfaceAlias", "AddressFamily", "InterfaceMetric", "Dhcp", "ConnectionState"),
    _SPACE,
)
ADDRESSES = Wmi("MSFT_NetIPAddress", ("InterfaceIndex", "AddressFamily", "IPAddress", "SkipAsSource"), _SPACE)
ADAPTERS = Wmi("MSFT_NetAdapter", ("InterfaceIndex", "InterfaceDescription", "PermanentAddress"), _SPACE)
DNS_SERVERS = Wmi("MSFT_DNSClientServerAddress", ("InterfaceIndex", "AddressFamily", "ServerAddresses"), _SPACE)
#: The same of Windows 7 and Server 2008 R2, which do not have that namespace.
OLD_ADAPTERS = Wmi(
    "Win32_NetworkAdapterConfiguration",
    (
        "InterfaceIndex",
        "IPEnabled",
        "DHCPEnabled",
        "IPAddress",
        "DNSServerSearchOrder",
        "MACAddress",
        "Description",
    ),
)
OLD_ROUTES = Wmi("Win32_IP4RouteTable", ("Destination", "InterfaceIndex", "Metric1"), where=("Destination", "0.0.0.0"))  # noqa: S104  a destination

#: Adapters that are never the one that Azure gave the machine, whatever their metric.
_NOT_AZURES = re.compile(
    r"loopback|hyper-v virtual ethernet|npcap|docker|tap-windows|wan miniport|wireguard|vpn|tunnel", re.IGNORECASE
)
_IPV4 = 2


@dataclass(frozen=True, slots=True)
class Nic:
    """An interface with an IPv4 stack. ``addresses`` are those that it sends from. ``real`` None: the machine would not tell what it is."""

    index: int
    name: str
    dhcp: bool | None
    connected: bool
    metric: int
    mac: str
    real: bool | None
    addresses: tuple[IPv4Address, ...]
    dns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """The primary interface. ``leased``: it has an address that is not one Windows gave itself.

    ``azures``: it is the one that Azure holds for primary; None where that is not known. ``source``: the address that it sends from.
    ``left_out``: the interfaces that were not asked which one is primary, each with the reason.
    """

    name: str
    dhcp: bool
    leased: bool
    dns: tuple[str, ...]
    azures: bool | None
    mac: str
    source: IPv4Address | None
    azure: AzureInterfaces
    index: int
    left_out: tuple[str, ...] = ()

    def static_problem(self, wire_server: WireServer) -> str:
        """Why a static address is none of the documented exceptions; empty where it is one.

        Several addresses that Azure assigned to one interface can only be configured in the system; then the WireServer must be reached and
        the address that Windows sends from must be Azure's primary one. UnreadableFact where Azure's side is not known.
        """
        known = self.azure.required("network_interface")
        matching = [found for found in known if found.mac == self.mac] or (list(known) if len(known) == 1 else [])
        if not matching:
            why = Why(Reason.FAILED, "NoMatch", f"none of Azure's interfaces has the MAC address of {self.name}")
            raise UnreadableFact("network_interface", why)
        assigned = matching[0].addresses
        if len(assigned) < 2:
            return f"{self.name} has a static address, though Azure assigned it only one (today's article no more than recommends DHCP)"
        if str(self.source) != assigned[0]:
            return f"{self.name} has several static addresses and sends from {self.source}, not from its primary one {assigned[0]}"
        unreached = [tried.failure for tried in (wire_server.port(80), wire_server.port(32526)) if tried.failure]
        return f"{self.name} has several static addresses, and {'; '.join(unreached)}" if unreached else ""


@dataclass(frozen=True, slots=True)
class PrimaryInterface:
    """The primary interface, or why it is not known."""

    found: NetworkInterface | None
    failure: UnreadableFact | None = None

    def required(self) -> NetworkInterface:
        if self.found is None:
            raise self.failure or UnreadableFact("network_interface", Why(Reason.NOT_COLLECTED))
        return self.found


@fact
def network_interface(primary_interface: PrimaryInterface) -> NetworkInterface:
    """The connected interface whose IPv4 default route has the lowest metric; adapters that software made are passed over."""
    return primary_interface.required()


@fact
def primary_interface(
    azure_interfaces: AzureInterfaces,
    routes: Annotated[Answer[Instances], ROUTES],
    interfaces: Annotated[Answer[Instances], INTERFACES],
    addresses: Annotated[Answer[Instances], ADDRESSES],
    adapters: Annotated[Answer[Instances], ADAPTERS],
    dns_servers: Annotated[Answer[Instances], DNS_SERVERS],
    old_adapters: Annotated[Answer[Instances], OLD_ADAPTERS],
    old_routes: Annotated[Answer[Instances], OLD_ROUTES],
) -> PrimaryInterface:
    """The same for facts that can do without it: never unreadable itself."""
    try:
        nics, defaults = _read((routes, interfaces, addresses, dns_servers), adapters, old_adapters, old_routes)
        return PrimaryInterface(_described(nics, defaults, azure_interfaces))
    except UnreadableFact as failure:
        return PrimaryInterface(None, failure)


def _read(
    modern: tuple[Answer[Instances], ...],
    adapters: Answer[Instances],
    old_adapters: Answer[Instances],
    old_routes: Answer[Instances],
) -> tuple[list[Nic], dict[int, int]]:
    """The interfaces, and the best metric of a default route over each, by the classes of this generation of Windows."""
    routes, interfaces, addresses, dns_servers = modern
    if all(isinstance(answer, Observed) for answer in modern):
        nics = _nics(_rows(interfaces), _rows(addresses), _rows(dns_servers), adapters)
        defaults = {
            _number(row, "InterfaceIndex"): _number(row, "RouteMetric")
            for row in _worst_first(_rows(routes), "RouteMetric")
        }
    elif isinstance(old_adapters, Observed) and isinstance(old_routes, Observed):
        nics = _old_nics(_rows(old_adapters))
        defaults = {
            _number(row, "InterfaceIndex"): _number(row, "Metric1")
            for row in _worst_first(_rows(old_routes), "Metric1")
        }
    else:
        refused = [answer.why for answer in (*modern, old_adapters, old_routes) if isinstance(answer, Unreadable)]
        missing = Why(Reason.FAILED, "NoClasses", "neither generation of network classes is there")
        raise UnreadableFact("network_interface", refused[0] if refused else missing, str(INTERFACES))
    return nics, defaults


def _described(nics: list[Nic], defaults: dict[int, int], azure_interfaces: AzureInterfaces) -> NetworkInterface:
    nics = _azures(nics, azure_interfaces)
    nic = _primary(nics, defaults)
    if nic.mac not in {found.mac for found in azure_interfaces.interfaces}:
        _require_likeness(nic, [other for other in _candidates(nics) if other.index in defaults])
    if nic.dhcp is None:
        raise UnreadableFact(
            "network_interface", Why(Reason.FAILED, "NoDhcp", f"whether {nic.name} uses DHCP is not told")
        )
    known = azure_interfaces.interfaces
    return NetworkInterface(
        nic.name,
        nic.dhcp,
        any(not address.is_link_local for address in nic.addresses),
        nic.dns,
        None if not known or not nic.mac else known[0].mac == nic.mac,
        nic.mac,
        min(nic.addresses, default=None),
        azure_interfaces,
        nic.index,
        tuple(f"{other.name} ({_why_not(other)})" for other in nics if _why_not(other)),
    )


def _azures(nics: list[Nic], azure_interfaces: AzureInterfaces) -> list[Nic]:
    """The same, and none of Azure's adapters where others have the MAC addresses that Azure names: a VPN may look like a network card."""
    macs = {found.mac for found in azure_interfaces.interfaces}
    if not any(nic.mac in macs and nic.connected and nic.real for nic in nics):
        return nics
    return [nic if nic.mac in macs else replace(nic, real=False) for nic in nics]


def _why_not(nic: Nic) -> str:
    """Why an interface is never the primary one; empty where it could be, or is the loopback that every machine has."""
    if nic.addresses and all(address.is_loopback for address in nic.addresses):
        return ""
    if nic.real is False:
        return "none of Azure's adapters"
    return "" if nic.connected else "not connected"


def _candidates(nics: Iterable[Nic]) -> list[Nic]:
    return [nic for nic in nics if nic.connected and nic.real is not False]


def _require_likeness(nic: Nic, routed: Iterable[Nic]) -> None:
    """UnreadableFact where Azure does not confirm the interface, and another one with a default route differs in DHCP: either may be a VPN."""
    for other in routed:
        if other.dhcp != nic.dhcp:
            text = f"which of {nic.name} and {other.name} is the primary interface: both have a default route, and Azure does not tell"
            raise UnreadableFact("network_interface", Why(Reason.FAILED, "NoPrimary", text))


def _primary(nics: Iterable[Nic], defaults: dict[int, int]) -> Nic:
    candidates = _candidates(nics)
    routed = [nic for nic in candidates if nic.index in defaults]
    if routed:
        return min(routed, key=lambda nic: defaults[nic.index] + nic.metric)
    addressed = [nic for nic in candidates if nic.addresses]
    if len(addressed) != 1:
        text = f"which interface is the primary one: none has a default route, and {len(addressed)} have an address"
        raise UnreadableFact("network_interface", Why(Reason.FAILED, "NoPrimary", text))
    (only,) = addressed
    return only


def _nics(
    interfaces: list[Names[Any]], addresses: list[Names[Any]], dns: list[Names[Any]], adapters: Answer[Instances]
) -> list[Nic]:
    hardware = {_number(row, "InterfaceIndex"): row for row in _rows(adapters)}
    found = []
    for row in interfaces:
        if row.get("AddressFamily") != _IPV4:
            continue
        index, dhcp = _number(row, "InterfaceIndex"), row.get("Dhcp")
        adapter = hardware.get(index)
        real = (
            None
            if not isinstance(adapters, Observed)
            else adapter is not None and _real(adapter.get("InterfaceDescription"))
        )
        found.append(
            Nic(
                index,
                str(row.get("InterfaceAlias") or f"interface {index}")[:80],
                dhcp == 1 if isinstance(dhcp, int) else None,
                row.get("ConnectionState") in (1, None),
                _number(row, "InterfaceMetric"),
                plain_mac(str(adapter.get("PermanentAddress") or "")) if adapter is not None else "",
                real,
                _addresses(
                    entry.get("IPAddress")
                    for entry in addresses
                    if _number(entry, "InterfaceIndex") == index and entry.get("SkipAsSource") is not True
                ),
                _servers(
                    server
                    for entry in dns
                    if _number(entry, "InterfaceIndex") == index
                    for server in entry.get("ServerAddresses") or ()
                ),
            )
        )
    return found


def _old_nics(rows: list[Names[Any]]) -> list[Nic]:
    return [
        Nic(
            _number(row, "InterfaceIndex"),
            str(row.get("Description") or "the interface")[:80],
            row.get("DHCPEnabled") if isinstance(row.get("DHCPEnabled"), bool) else None,
            True,
            0,
            plain_mac(str(row.get("MACAddress") or "")),
            _real(row.get("Description")),
            _addresses(row.get("IPAddress") or ()),
            _servers(row.get("DNSServerSearchOrder") or ()),
        )
        for row in rows
        if row.get("IPEnabled") is True
    ]


def _rows(answer: Answer[Instances]) -> list[Names[Any]]:
    return list(answer.value.instances) if isinstance(answer, Observed) else []


def _worst_first(rows: list[Names[Any]], metric: str) -> list[Names[Any]]:
    """So that the best of several routes over one interface is the one that stays in a mapping."""
    return sorted(rows, key=lambda row: _number(row, metric), reverse=True)


def _real(description: Any) -> bool:
    return _NOT_AZURES.search(str(description or "")) is None


def _number(row: Names[Any], name: str) -> int:
    value = row.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _addresses(values: Iterable[Any]) -> tuple[IPv4Address, ...]:
    found = []
    for value in values:
        try:
            address = ip_address(str(value))
        except ValueError:
            continue
        if isinstance(address, IPv4Address):
            found.append(address)
    return tuple(found)


def _servers(values: Iterable[Any]) -> tuple[str, ...]:
    """DNS servers; fec0:0:0:ffff::1 to ::3 stand for none: Windows lists them where no server was configured."""
    return tuple(str(value) for value in values if value and not str(value).lower().startswith("fec0:0:0:ffff::"))
