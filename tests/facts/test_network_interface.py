"""Which network interface is the primary one, and what is known of it, by both generations of Windows' classes."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any

import pytest

from vmready.facts.metadata import AzureInterface, AzureInterfaces
from vmready.facts.network_interface import NetworkInterface, PrimaryInterface, primary_interface
from vmready.facts.registry import UnreadableFact
from vmready.facts.wire_server import WireServer
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Connection, Instances, Names

MAC = "000D3A112233"
AZURE = AzureInterfaces((AzureInterface(MAC, ("10.0.0.4",)),))
UNKNOWN = AzureInterfaces((), Why(Reason.TIMED_OUT))
DENIED = Unreadable(Why(Reason.DENIED))
Row = dict[str, Any]


def rows(*found: Row) -> Answer[Instances]:
    return Observed(Instances(tuple(Names(row) for row in found), False))


def interface(index: int = 6, **more: Any) -> Row:
    return {
        "InterfaceIndex": index,
        "InterfaceAlias": f"Ethernet {index}",
        "AddressFamily": 2,
        "InterfaceMetric": 15,
        "Dhcp": 1,
        "ConnectionState": 1,
        **more,
    }


def adapter(index: int = 6, description: str | None = "Microsoft Hyper-V Network Adapter", mac: Any = MAC) -> Row:
    return {"InterfaceIndex": index, "InterfaceDescription": description, "PermanentAddress": mac}


def address(text: Any = "10.0.0.4", index: int = 6, **more: Any) -> Row:
    return {"InterfaceIndex": index, "AddressFamily": 2, "IPAddress": text, **more}


def route(index: Any = 6, metric: Any = 0) -> Row:
    return {"DestinationPrefix": "0.0.0.0/0", "InterfaceIndex": index, "RouteMetric": metric}


def dns(*servers: Any, index: int = 6) -> Row:
    return {"InterfaceIndex": index, "AddressFamily": 2, "ServerAddresses": list(servers) or None}


def modern(azure: AzureInterfaces = AZURE, **answers: Any) -> PrimaryInterface:
    """A machine with one interface 6, of which some answers are others."""
    known: dict[str, Any] = {
        "routes": rows(route()),
        "interfaces": rows(interface()),
        "addresses": rows(address()),
        "adapters": rows(adapter()),
        "dns_servers": rows(dns("10.0.0.10")),
        "old_adapters": Absent(),
        "old_routes": Absent(),
    }
    return primary_interface(azure, **{**known, **answers})


def two(**answers: Any) -> PrimaryInterface:
    """Two interfaces of Azure's, 6 and 7."""
    known: dict[str, Any] = {"interfaces": rows(interface(), interface(7)), "adapters": rows(adapter(), adapter(7))}
    return modern(**{**known, **answers})


@pytest.mark.parametrize(
    ("routes", "metrics", "primary"),
    [
        ([route(6), route(7, 1)], (15, 15), 6),
        ([route(6, 1), route(7)], (15, 15), 7),
        ([route(6, 10), route(7, 1)], (15, 25), 6),
        ([route(6, 10), route(7, 1)], (15, 23), 7),
        ([route(7)], (1, 99), 7),
        ([route(6, 50), route(6, 5), route(7, 10)], (15, 15), 6),
        ([route(6, 5), route(6, 50), route(7, 10)], (15, 15), 6),
        ([route(6, None), route(7, 1)], (15, 15), 6),
        ([route(6, True), route(7, 1)], (15, 15), 6),
        ([route("7"), route(6)], (15, 1), 6),
    ],
)
def test_the_default_route_of_the_lowest_metric_is_taken(
    routes: list[Row], metrics: tuple[int, int], primary: int
) -> None:
    interfaces = rows(
        *(interface(index, InterfaceMetric=metric) for index, metric in zip((6, 7), metrics, strict=True))
    )
    assert two(routes=rows(*routes), interfaces=interfaces).required().index == primary


@pytest.mark.parametrize(
    ("description", "real"),
    [
        ("Microsoft Hyper-V Network Adapter #2", True),
        ("Mellanox ConnectX-5 Virtual Adapter", True),
        (None, True),
        ("Npcap Loopback Adapter", False),
        ("Microsoft KM-TEST Loopback Adapter", False),
        ("HYPER-V VIRTUAL ETHERNET Adapter", False),
        ("Docker adapter", False),
        ("TAP-Windows Adapter V9", False),
        ("WAN Miniport (IP)", False),
        ("WireGuard Tunnel", False),
        ("Contoso VPN", False),
        ("IPsec tunnel", False),
    ],
)
def test_adapters_that_software_made(description: str | None, real: bool) -> None:
    found = two(routes=rows(route(6, 9), route(7)), adapters=rows(adapter(), adapter(7, description))).required()
    assert found.index == (7 if real else 6)
    assert found.left_out == (() if real else ("Ethernet 7 (none of Azure's adapters)",))


@pytest.mark.parametrize(
    ("more", "primary", "left_out"),
    [
        ({}, 7, ()),
        ({"ConnectionState": None}, 7, ()),
        ({"ConnectionState": 0}, 6, ("Ethernet 7 (not connected)",)),
        ({"ConnectionState": 2}, 6, ("Ethernet 7 (not connected)",)),
        ({"AddressFamily": 23}, 6, ()),
        ({"AddressFamily": 1}, 6, ()),
    ],
)
def test_interfaces_that_are_not_asked(more: Row, primary: int, left_out: tuple[str, ...]) -> None:
    found = two(routes=rows(route(6, 9), route(7)), interfaces=rows(interface(), interface(7, **more))).required()
    assert (found.index, found.left_out) == (primary, left_out)


def test_an_interface_without_an_adapter_is_none_of_azures_unless_adapters_are_not_told() -> None:
    routes = rows(route(6, 9), route(7))
    assert two(routes=routes, adapters=rows(adapter())).required().left_out == (
        "Ethernet 7 (none of Azure's adapters)",
    )
    for unknown in (DENIED, Absent()):
        found = two(routes=routes, adapters=unknown).required()
        assert (found.index, found.mac, found.azures, found.left_out) == (7, "", None, ())


@pytest.mark.parametrize(("loopback", "left_out"), [(("127.0.0.1",), 0), (("127.0.0.1", "10.0.0.9"), 1), ((), 1)])
def test_the_loopback_that_every_machine_has_is_not_worth_a_word(loopback: tuple[str, ...], left_out: int) -> None:
    found = modern(
        interfaces=rows(interface(), interface(1)),
        addresses=rows(address(), *(address(text, 1) for text in loopback)),
    ).required()
    assert len(found.left_out) == left_out


@pytest.mark.parametrize(
    ("addresses", "primary"),
    [
        ([address("10.0.0.4")], 6),
        ([address("10.0.1.4", 7)], 7),
        ([address(), address("10.0.1.4", 7)], None),
        ([], None),
        ([address("fe80::1")], None),
    ],
)
def test_without_a_default_route_the_only_interface_with_an_address_is_taken(
    addresses: list[Row], primary: int | None
) -> None:
    found = two(routes=rows(), addresses=rows(*addresses))
    assert (found.found and found.found.index) == primary
    if primary is None:
        with pytest.raises(
            UnreadableFact, match=f"none has a default route, and {sum('10.' in a['IPAddress'] for a in addresses)}"
        ):
            found.required()


@pytest.mark.parametrize(
    ("addresses", "leased", "source"),
    [
        ([address()], True, "10.0.0.4"),
        ([address("169.254.17.3")], False, "169.254.17.3"),
        ([address("169.254.17.3"), address()], True, "10.0.0.4"),
        ([address("10.0.0.10"), address("10.0.0.9")], True, "10.0.0.9"),
        ([address("10.0.0.3", SkipAsSource=True), address()], True, "10.0.0.4"),
        ([address("10.0.0.3", SkipAsSource=False), address()], True, "10.0.0.3"),
        ([address("10.0.0.3", SkipAsSource=None), address()], True, "10.0.0.3"),
        ([address("10.0.0.3", 7), address()], True, "10.0.0.4"),
        ([address("nonsense"), address("fe80::1"), address(None)], False, None),
        ([address("nonsense"), address("fe80::1"), address()], True, "10.0.0.4"),
        ([], False, None),
    ],
)
def test_addresses(addresses: list[Row], leased: bool, source: str | None) -> None:
    found = modern(addresses=rows(*addresses)).required()
    assert (found.leased, found.source) == (leased, source and IPv4Address(source))


@pytest.mark.parametrize(
    ("dhcp", "known"), [(1, True), (0, False), (2, False), (True, True), (None, None), ("1", None)]
)
def test_whether_dhcp_is_used(dhcp: Any, known: bool | None) -> None:
    found = modern(interfaces=rows(interface(Dhcp=dhcp)))
    if known is None:
        with pytest.raises(UnreadableFact, match="whether Ethernet 6 uses DHCP is not told"):
            found.required()
    else:
        assert found.required().dhcp is known


def test_names_dns_servers_and_mac_address() -> None:
    found = modern(
        dns_servers=rows(
            dns("10.0.0.10", "", None, "10.0.0.11"),
            dns("fec0::1", index=7),
            dns("10.9.9.9", index=1),
            dns(),
            dns("168.63.129.16"),
        ),
        adapters=rows(adapter(mac="00-0d-3a-11-22-33")),
    ).required()
    assert (found.dns, found.mac, found.azures) == (("10.0.0.10", "10.0.0.11", "168.63.129.16"), MAC, True)
    assert modern(interfaces=rows(interface(InterfaceAlias=None))).required().name == "interface 6"
    assert modern(interfaces=rows(interface(5, AddressFamily=23), interface())).required().index == 6
    untold = modern(interfaces=rows(interface(True)), routes=rows(route(True)), adapters=Absent())
    assert untold.required().index == 0
    assert modern(adapters=rows(adapter(mac=None))).required().azures is None
    assert modern(adapters=rows(adapter(mac="00-0D-3A-99-99-99"))).required().azures is False
    assert modern(UNKNOWN).required().azures is None
    second = AzureInterfaces((AzureInterface("000D3A999999", ()), *AZURE.interfaces))
    assert modern(second).required().azures is False


@pytest.mark.parametrize(
    ("macs", "others", "primary"),
    [
        (("00-FF-00-00-00-01", MAC), {}, 7),
        ((MAC, "00-FF-00-00-00-01"), {}, 6),
        (("00-FF-00-00-00-01", "00-FF-00-00-00-02"), {}, 6),
        (("00-FF-00-00-00-01", MAC), {"ConnectionState": 0}, 6),
        ((None, None), {}, 6),
    ],
)
def test_the_mac_addresses_that_azure_names_tell_its_adapters(macs: tuple[Any, Any], others: Row, primary: int) -> None:
    found = two(
        routes=rows(route(6), route(7, 9)),
        interfaces=rows(interface(), interface(7, **others)),
        adapters=rows(adapter(mac=macs[0]), adapter(7, mac=macs[1])),
    ).required()
    assert found.index == primary


def test_a_software_adapter_with_a_mac_address_of_azures_does_not_count() -> None:
    found = two(
        routes=rows(route(6), route(7, 9)), adapters=rows(adapter(mac="00-FF"), adapter(7, "Contoso VPN"))
    ).required()
    assert (found.index, found.left_out) == (6, ("Ethernet 7 (none of Azure's adapters)",))


def test_addresses_that_windows_lists_where_no_dns_server_was_configured() -> None:
    listed = [f"FEC0:0:0:ffff::{n}" for n in (1, 2, 3)]
    assert modern(dns_servers=rows(dns(*listed))).required().dns == ()
    assert modern(dns_servers=rows(dns(*listed, "fec0::1"))).required().dns == ("fec0::1",)
    assert old({**OLD_NIC, "DNSServerSearchOrder": listed}).required().dns == ()


OLD_NIC: Row = {
    "InterfaceIndex": 11,
    "IPEnabled": True,
    "DHCPEnabled": True,
    "IPAddress": ["fe80::1", "10.0.0.4"],
    "DNSServerSearchOrder": ["168.63.129.16"],
    "MACAddress": "00:0D:3A:11:22:33",
    "Description": "Microsoft Virtual Machine Bus Network Adapter",
}
OLD_ROUTE: Row = {"Destination": "0.0.0.0", "InterfaceIndex": 11, "Metric1": 10}


def old(*nics: Row, routes: Any = None, **answers: Any) -> PrimaryInterface:
    """Server 2008 R2, where one of the newer classes is not there."""
    return modern(
        **{"interfaces": Absent(), **answers},
        old_adapters=rows(*nics),
        old_routes=rows(OLD_ROUTE) if routes is None else routes,
    )


def test_the_older_classes() -> None:
    found = old(OLD_NIC).required()
    assert found == NetworkInterface(
        str(OLD_NIC["Description"]), True, True, ("168.63.129.16",), True, MAC, IPv4Address("10.0.0.4"), AZURE, 11
    )
    bare = old(
        {**OLD_NIC, "Description": None, "MACAddress": None, "IPAddress": None, "DNSServerSearchOrder": None}
    ).required()
    assert (bare.name, bare.mac, bare.azures, bare.leased, bare.dns) == ("the interface", "", None, False, ())
    assert old({**OLD_NIC, "DHCPEnabled": False}).required().dhcp is False


@pytest.mark.parametrize(
    ("nics", "routes", "primary"),
    [
        (
            [OLD_NIC, {**OLD_NIC, "InterfaceIndex": 12}],
            [OLD_ROUTE, {**OLD_ROUTE, "InterfaceIndex": 12, "Metric1": 9}],
            12,
        ),
        (
            [OLD_NIC, {**OLD_NIC, "InterfaceIndex": 12}],
            [OLD_ROUTE, {**OLD_ROUTE, "InterfaceIndex": 12, "Metric1": 11}],
            11,
        ),
        (
            [OLD_NIC, {**OLD_NIC, "InterfaceIndex": 12}],
            [{**OLD_ROUTE, "Metric1": 5}, {**OLD_ROUTE, "Metric1": 50}, {**OLD_ROUTE, "InterfaceIndex": 12}],
            11,
        ),
        ([{**OLD_NIC, "IPEnabled": False}, {**OLD_NIC, "InterfaceIndex": 12}], [OLD_ROUTE], 12),
        ([{**OLD_NIC, "IPEnabled": None}, {**OLD_NIC, "InterfaceIndex": 12}], [OLD_ROUTE], 12),
        ([{**OLD_NIC, "Description": "Contoso VPN"}, {**OLD_NIC, "InterfaceIndex": 12}], [OLD_ROUTE], 12),
    ],
)
def test_the_primary_interface_by_the_older_classes(nics: list[Row], routes: list[Row], primary: int) -> None:
    assert old(*nics, routes=rows(*routes)).required().index == primary


#: Made when it is asked, as what makes it is what is tried.
NOT_KNOWN: list[tuple[Callable[[], PrimaryInterface], Reason]] = [
    (lambda: old({**OLD_NIC, "DHCPEnabled": None}), Reason.FAILED),
    (lambda: old({**OLD_NIC, "DHCPEnabled": 1}), Reason.FAILED),
    (lambda: modern(routes=Absent()), Reason.FAILED),
    (lambda: modern(routes=DENIED), Reason.DENIED),
    (lambda: modern(interfaces=DENIED), Reason.DENIED),
    (lambda: modern(addresses=DENIED), Reason.DENIED),
    (lambda: modern(dns_servers=DENIED), Reason.DENIED),
    (lambda: old(OLD_NIC, routes=Unreadable(Why(Reason.TIMED_OUT))), Reason.TIMED_OUT),
    (
        lambda: modern(interfaces=Absent(), old_adapters=Unreadable(Why(Reason.TIMED_OUT)), old_routes=rows()),
        Reason.TIMED_OUT,
    ),
    (lambda: modern(interfaces=Absent(), old_adapters=rows(OLD_NIC)), Reason.FAILED),
    (lambda: PrimaryInterface(None), Reason.NOT_COLLECTED),
    (lambda: modern(routes=DENIED, dns_servers=Unreadable(Why(Reason.TIMED_OUT))), Reason.DENIED),
]


@pytest.mark.parametrize(("found", "reason"), NOT_KNOWN, ids=[str(number) for number in range(len(NOT_KNOWN))])
def test_why_the_primary_interface_is_not_known(found: Callable[[], PrimaryInterface], reason: Reason) -> None:
    with pytest.raises(UnreadableFact) as raised:
        found().required()
    assert raised.value.why.reason is reason


def wire(*closed: int) -> WireServer:
    ports = {
        port: Observed(Connection(None, (), "timeout" if port in closed else "connected", None, None))
        for port in (80, 32526)
    }
    return WireServer(ports, Absent(), Absent())


ONE, TWO = ("10.0.0.4",), ("10.0.0.4", "10.0.0.5")
OTHER = AzureInterface("000D3A999999", TWO)


@pytest.mark.parametrize(
    ("azure", "closed", "problem"),
    [
        ([AzureInterface(MAC, ())], (), "Azure assigned it only one"),
        ([AzureInterface(MAC, ONE)], (), "Azure assigned it only one"),
        ([AzureInterface(MAC, TWO)], (), ""),
        ([AzureInterface(MAC, (*TWO, "10.0.0.6"))], (), ""),
        ([AzureInterface(MAC, TWO[::-1])], (), "sends from 10.0.0.4, not from its primary one 10.0.0.5"),
        ([AzureInterface(MAC, ("10.0.0.3", "10.0.0.4"))], (), "sends from 10.0.0.4, not from its primary one 10.0.0.3"),
        ([AzureInterface(MAC, TWO), AzureInterface(MAC, ONE)], (), ""),
        ([AzureInterface("000D3A000000", TWO), AzureInterface(MAC, ONE)], (), "Azure assigned it only one"),
        ([AzureInterface(MAC, TWO)], (80,), "168.63.129.16:80 is not reached"),
        ([AzureInterface(MAC, TWO)], (32526,), "168.63.129.16:32526 is not reached"),
        ([OTHER], (), ""),
        ([OTHER, AzureInterface(MAC, ONE)], (), "Azure assigned it only one"),
        ([AzureInterface("000D3A999999", ONE), AzureInterface(MAC, TWO)], (), ""),
    ],
)
def test_a_static_address(azure: list[AzureInterface], closed: tuple[int, ...], problem: str) -> None:
    found = modern(AzureInterfaces(tuple(azure))).required().static_problem(wire(*closed))
    assert problem in found
    assert bool(problem) == bool(found)


def test_a_static_address_of_which_azures_side_is_not_known() -> None:
    for azure in (UNKNOWN, AzureInterfaces((OTHER, OTHER))):
        with pytest.raises(UnreadableFact):
            modern(azure).required().static_problem(wire())
