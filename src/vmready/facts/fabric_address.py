"""What the machine's DHCP leaves of Azure's fabric address, option 245 of the lease, which extensions are downloaded through."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Annotated

from vmready.facts.network_interface import NetworkInterface
from vmready.facts.proven import proven
from vmready.facts.registry import fact, plain_value
from vmready.facts.services import told
from vmready.facts.wire_server import WireServer
from vmready.probes.answers import Answer, Observed
from vmready.probes.readings import Key
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import RegistryKey, Service

DHCP_CLIENT = Service("Dhcp")
LEASES = RegistryKey(
    r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces",
    values=("EnableDHCP", "DhcpInterfaceOptions"),
    depth=1,
)
#: What the agent itself wrote of its search; its words are not published.
REPORT = RegistryKey(
    r"HKLM\SOFTWARE\Microsoft\Virtual Machine\Guest", values=("DHCPStatus", "DhcpWithFabricAddressTime")
)
FABRIC_OPTION = 245
#: Number, two unknown fields, and when it ends; the data follow, padded to four bytes.
_HEADER = struct.Struct("<IIIII")
_NAME = "fabric_address"


class NotOptions(ValueError):
    """The bytes are no list of DHCP options."""


def dhcp_options(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The options of a ``DhcpInterfaceOptions`` value with their data. :class:`NotOptions` where the bytes end too soon."""
    rest = data
    while rest:
        if len(rest) < _HEADER.size:
            raise NotOptions("an option is cut off")
        number, _, length, _, _ = _HEADER.unpack_from(rest)
        rest = rest[_HEADER.size :]
        if length > len(rest):
            raise NotOptions("an option's data are cut off")
        yield number, rest[:length]
        rest = rest[(length + 3) // 4 * 4 :]


def fabric_addresses(key: Key | None) -> tuple[IPv4Address, ...]:
    """The addresses that option 245 names in any interface's lease; what is not understood names none."""
    found: dict[IPv4Address, None] = {}
    for _, node in key.read_keys if key is not None else ():
        value = node.values.get("DhcpInterfaceOptions")
        raw = value.data if value is not None and value.type == "REG_BINARY" else None
        try:
            options = list(dhcp_options(bytes.fromhex(raw))) if isinstance(raw, str) else []
        except (NotOptions, ValueError):
            continue
        found.update(dict.fromkeys(IPv4Address(d) for n, d in options if n == FABRIC_OPTION and len(d) == 4))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class FabricAddress:
    """DHCP of the primary interface, the service that gets the lease, and what is known of option 245."""

    nic: NetworkInterface
    service: Answer[ServiceReading]
    leases: Answer[Key]
    report: Answer[Key]
    wire_server: WireServer

    @property
    def evidence(self) -> tuple[str, ...]:
        """The addresses that option 245 named. Empty proves nothing: Windows keeps options only that were asked for."""
        return tuple(map(str, fabric_addresses(self.leases.value))) if isinstance(self.leases, Observed) else ()

    @property
    def reported(self) -> str:
        """What the agent says of its own search, word for word; empty where it says nothing."""
        key = self.report.value if isinstance(self.report, Observed) else None
        return (key.text("DHCPStatus") or "")[:80] if key is not None else ""

    def exempt(self) -> bool:
        """Whether several addresses of Azure on one interface make static configuration the documented way."""
        return not self.nic.dhcp and not self.nic.static_problem(self.wire_server)

    def problems(self) -> tuple[str, ...]:
        return proven(self._static, self._service)

    def _static(self) -> str:
        if not self.nic.dhcp:
            return self.nic.static_problem(self.wire_server)
        return "" if self.nic.leased else f"{self.nic.name} uses DHCP, but got no lease, and so no fabric address"

    def _service(self) -> str:
        if not self.nic.dhcp:
            return ""
        service: ServiceReading | None = plain_value(_NAME, DHCP_CLIENT, self.service)
        if service is None:
            return "there is no service Dhcp (DHCP client)"
        if service.start == 4:
            return "the service Dhcp (DHCP client) is disabled"
        told(_NAME, service, "state", "start")
        return "" if service.running else f"the service Dhcp (DHCP client) is {service.state_text}"

    def doubt(self) -> str:
        service = self.service.value if isinstance(self.service, Observed) else None
        odd = self.nic.dhcp and service is not None and service.start not in (2, None)
        return (
            f"the service Dhcp runs, but its start type is {service.start_text}, not automatic"
            if odd and service
            else ""
        )


@fact
def fabric_address(
    network_interface: NetworkInterface,
    service: Annotated[Answer[ServiceReading], DHCP_CLIENT],
    leases: Annotated[Answer[Key], LEASES],
    report: Annotated[Answer[Key], REPORT],
    wire_server: WireServer,
) -> FabricAddress:
    """Whether the machine can get the fabric address by DHCP."""
    return FabricAddress(network_interface, service, leases, report, wire_server)
