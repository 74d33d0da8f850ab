"""Option 245 in the leases, and the DHCP client that gets them."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address
from typing import Any

import pytest

from vmready.facts.fabric_address import FabricAddress, NotOptions, dhcp_options, fabric_addresses
from vmready.facts.metadata import AzureInterface, AzureInterfaces
from vmready.facts.network_interface import NetworkInterface
from vmready.facts.registry import UnreadableFact
from vmready.facts.wire_server import ADDRESS, WireServer
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Connection, Key, Names, Service, Value

DENIED = Unreadable(Why(Reason.DENIED))
WIRE = IPv4Address(ADDRESS).packed


def option(number: int, data: bytes) -> bytes:
    return struct.pack("<IIIII", number, 0, len(data), 0, 0x6A00F4D0) + data + b"\0" * (-len(data) % 4)


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (b"", []),
        (option(245, WIRE), [(245, WIRE)]),
        (option(1, b""), [(1, b"")]),
        (option(15, b"azure") + option(245, WIRE), [(15, b"azure"), (245, WIRE)]),
        (
            option(1, b"") + option(2, b"1") + option(3, b"1234") + option(4, b"12345"),
            [(1, b""), (2, b"1"), (3, b"1234"), (4, b"12345")],
        ),
        (option(15, b"azure")[:-3], [(15, b"azure")]),
        (option(15, b"azure")[:-4], None),
        (option(245, WIRE)[:-1], None),
        (option(245, b"")[:-1], None),
        (option(245, WIRE) + b"\0", None),
    ],
)
def test_the_options_of_a_lease(data: bytes, options: list[tuple[int, bytes]] | None) -> None:
    if options is None:
        with pytest.raises(NotOptions):
            list(dhcp_options(data))
    else:
        assert list(dhcp_options(data)) == options


def leases(*values: Value | None) -> Key:
    """A key with one interface for each value."""
    nodes: dict[str, Any] = {
        f"{{{n}}}": Key(Names({"DhcpInterfaceOptions": value} if value else {}), Names({}), Names({}))
        for n, value in enumerate(values)
    }
    return Key(Names({}), Names({}), Names({**nodes, "denied": DENIED, "deeper": None}))


def lease(data: bytes, kind: str = "REG_BINARY") -> Value:
    return Value(kind, data.hex())


@pytest.mark.parametrize(
    ("key", "found"),
    [
        (None, []),
        (leases(None), []),
        (leases(lease(option(245, WIRE))), [ADDRESS]),
        (leases(lease(option(244, WIRE)), lease(option(246, WIRE))), []),
        (leases(lease(option(245, WIRE + b"1")), lease(option(245, WIRE[:3]))), []),
        (leases(lease(option(245, WIRE), "REG_SZ")), []),
        (leases(Value("REG_BINARY", 5), Value("REG_BINARY", "xx"), lease(b"1"), lease(option(245, WIRE))), [ADDRESS]),
        (
            leases(lease(option(245, WIRE)), lease(option(245, b"\x0a\0\0\1")), lease(option(245, WIRE))),
            [ADDRESS, "10.0.0.1"],
        ),
    ],
)
def test_addresses_that_leases_name(key: Key | None, found: list[str]) -> None:
    assert [str(address) for address in fabric_addresses(key)] == found


def service(state: int | None = 4, start: int | None = 2) -> Answer[Service]:
    return Observed(Service("Dhcp", state, start, None, None, None, None, None, None))


def machine(
    dhcp: bool = True, leased: bool = True, answer: Answer[Service] | None = None, addresses: int = 1, **keys: Any
) -> FabricAddress:
    azure = AzureInterfaces((AzureInterface("", ("10.0.0.4", "10.0.0.5")[:addresses]),))
    nic = NetworkInterface("Ethernet", dhcp, leased, (), None, "", IPv4Address("10.0.0.4"), azure, 6)
    open_port = Observed(Connection(None, (), "connected", None, None))
    wire = WireServer({80: open_port, 32526: open_port}, Absent(), Absent())
    return FabricAddress(nic, answer or service(), keys.get("leases", Absent()), keys.get("report", Absent()), wire)


@pytest.mark.parametrize(
    ("found", "problem", "doubt"),
    [
        (machine(), "", ""),
        (machine(leased=False), "Ethernet uses DHCP, but got no lease", ""),
        (machine(answer=Absent()), "there is no service Dhcp", ""),
        (machine(answer=service(4, 4)), "the service Dhcp (DHCP client) is disabled", "its start type is disabled"),
        (machine(answer=service(None, 4)), "the service Dhcp (DHCP client) is disabled", "its start type is disabled"),
        (machine(answer=service(1, 2)), "the service Dhcp (DHCP client) is stopped", ""),
        (machine(answer=service(3, 2)), "the service Dhcp (DHCP client) is ", ""),
        (machine(answer=service(4, 3)), "", "the service Dhcp runs, but its start type is manual, not automatic"),
        (machine(answer=service(4, 1)), "", "the service Dhcp runs, but its start type is system, not automatic"),
        (machine(dhcp=False, addresses=2, answer=service(1, 3)), "", ""),
        (machine(dhcp=False, addresses=2, answer=DENIED), "", ""),
        (machine(dhcp=False), "Ethernet has a static address", ""),
    ],
)
def test_the_dhcp_client(found: FabricAddress, problem: str, doubt: str) -> None:
    said = found.problems()
    assert len(said) == bool(problem)
    assert "".join(said).startswith(problem)
    assert (doubt in found.doubt(), bool(found.doubt())) == (True, bool(doubt))


@pytest.mark.parametrize("answer", [DENIED, service(None, 2), service(4, None)])
def test_a_dhcp_client_of_which_something_is_not_told(answer: Answer[Service]) -> None:
    found = machine(answer=answer)
    assert found.doubt() == ""
    with pytest.raises(UnreadableFact):
        found.problems()


@pytest.mark.parametrize(
    ("found", "exempt"),
    [(machine(), False), (machine(False), False), (machine(False, addresses=2), True), (machine(addresses=2), False)],
)
def test_when_a_static_address_is_the_documented_way(found: FabricAddress, exempt: bool) -> None:
    assert found.exempt() is exempt


def test_what_the_agent_says_of_its_search() -> None:
    said = Key(Names({"DHCPStatus": Value("REG_SZ", "Succeeded")}), Names({}), Names({}))
    assert machine(report=Observed(said)).reported == "Succeeded"
    assert machine(report=Observed(leases())).reported == machine(report=DENIED).reported == ""


def test_evidence() -> None:
    assert machine(leases=Observed(leases(lease(option(245, WIRE))))).evidence == (ADDRESS,)
    assert machine().evidence == machine(leases=DENIED).evidence == ()
