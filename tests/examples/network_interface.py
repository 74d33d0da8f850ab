"""GA-15: DHCP and DNS of the primary interface."""

from __future__ import annotations

import json
from typing import Any

from vmready.model import Verdict

from .harness import Of
from .terms import endpoint, together

SPACE = r"root\StandardCimv2"
LOOPBACK = {
    "InterfaceIndex": 1,
    "InterfaceAlias": "Loopback Pseudo-Interface 1",
    "AddressFamily": 2,
    "InterfaceMetric": 75,
    "Dhcp": 0,
    "ConnectionState": 1,
}
ETHERNET = {
    "InterfaceIndex": 6,
    "InterfaceAlias": "Ethernet",
    "AddressFamily": 2,
    "InterfaceMetric": 15,
    "Dhcp": 1,
    "ConnectionState": 1,
}
VPN = {
    "InterfaceIndex": 9,
    "InterfaceAlias": "Contoso VPN",
    "AddressFamily": 2,
    "InterfaceMetric": 5,
    "Dhcp": 0,
    "ConnectionState": 1,
}
SECOND = {
    "InterfaceIndex": 7,
    "InterfaceAlias": "Ethernet 2",
    "AddressFamily": 2,
    "InterfaceMetric": 25,
    "Dhcp": 0,
    "ConnectionState": 1,
}
HYPER_V = {
    "InterfaceIndex": 6,
    "InterfaceDescription": "Microsoft Hyper-V Network Adapter",
    "PermanentAddress": "000D3A112233",
}
MODERN_GONE = dict.fromkeys(
    ("MSFT_NetRoute", "MSFT_NetIPInterface", "MSFT_NetIPAddress", "MSFT_NetAdapter", "MSFT_DNSClientServerAddress")
)


def wmi(**classes: Any) -> dict[str, Any]:
    return {"wmi": {SPACE: classes}}


def old(**row: Any) -> dict[str, Any]:
    """Server 2008 R2: the older classes only."""
    nic = {
        "InterfaceIndex": 11,
        "IPEnabled": True,
        "DHCPEnabled": True,
        "IPAddress": ["10.0.0.4", "fe80::1"],
        "DNSServerSearchOrder": ["168.63.129.16"],
        "MACAddress": "00:0D:3A:11:22:33",
        "Description": "Microsoft Virtual Machine Bus Network Adapter",
        **row,
    }
    classes = {
        "Win32_NetworkAdapterConfiguration": [nic],
        "Win32_IP4RouteTable": [{"Destination": "0.0.0.0", "InterfaceIndex": 11, "Metric1": 10}],
    }
    return {"wmi": {SPACE: MODERN_GONE, r"root\cimv2": classes}}


def addresses(*texts: str, skipped: tuple[str, ...] = ()) -> dict[str, Any]:
    rows = [
        {"InterfaceIndex": 6, "AddressFamily": 2, "IPAddress": text, "SkipAsSource": text in skipped} for text in texts
    ]
    return wmi(MSFT_NetIPAddress=rows)


def metadata(*texts: str, mac: str = "000D3A112233", status: int = 200, second: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the metadata service says: one interface, or a second one as well."""
    found = [_nic(mac, texts), *([_nic("000D3A445566", second)] if second else [])]
    answer = {"status": status, "body": json.dumps(found)}
    return endpoint("169.254.169.254:80", paths={"/metadata/instance/network/interface*": answer})


def _nic(mac: str, texts: tuple[str, ...]) -> dict[str, Any]:
    addresses = [{"privateIpAddress": text, "publicIpAddress": ""} for text in texts]
    return {"ipv4": {"ipAddress": addresses}, "macAddress": mac}


def joined(*deltas: dict[str, Any]) -> dict[str, Any]:
    """Deltas that change several classes of one namespace."""
    classes: dict[str, Any] = {}
    for delta in deltas:
        classes.update(delta.get("wmi", {}).get(SPACE, {}))
    return {**together(*deltas), "wmi": {SPACE: classes}}


def like_a_card(vpn: dict[str, Any], nic: dict[str, Any]) -> dict[str, Any]:
    """A VPN whose adapter's description does not tell it apart, with the better default route."""
    network = wmi(
        MSFT_NetIPInterface=[vpn, nic],
        MSFT_NetRoute=[{"DestinationPrefix": "0.0.0.0/0", "InterfaceIndex": i, "RouteMetric": 0} for i in (6, 9)],
        MSFT_NetAdapter=[
            HYPER_V,
            {"InterfaceIndex": 9, "InterfaceDescription": "Contoso Secure Client", "PermanentAddress": "02004C4F4F50"},
        ],
        MSFT_NetIPAddress=[
            {"InterfaceIndex": 6, "AddressFamily": 2, "IPAddress": "10.0.0.4"},
            {"InterfaceIndex": 9, "AddressFamily": 2, "IPAddress": "172.16.0.9"},
        ],
        MSFT_DNSClientServerAddress=[
            {"InterfaceIndex": i, "AddressFamily": 2, "ServerAddresses": ["10.0.0.10"]} for i in (6, 9)
        ],
    )
    return joined(network, metadata("10.0.0.4"))


STATIC = wmi(MSFT_NetIPInterface=[LOOPBACK, {**ETHERNET, "Dhcp": 0}])
SEVERAL = joined(STATIC, addresses("10.0.0.4", "10.0.0.5"), metadata("10.0.0.4", "10.0.0.5"))
NO_METADATA = endpoint("169.254.169.254:80", tcp="timeout", paths=None)
GA_15 = Of("GA-15", "guest")
EXAMPLES = [
    GA_15.compliant("DHCP and a DNS server"),
    GA_15.compliant(
        "any DNS server will do",
        **wmi(
            MSFT_DNSClientServerAddress=[{"InterfaceIndex": 6, "AddressFamily": 2, "ServerAddresses": ["10.0.0.10"]}]
        ),
    ),
    GA_15.compliant("Server 2008 R2", **old()),
    GA_15.deviating("a static address", "Ethernet has a static address, though Azure assigned it only one", **STATIC),
    GA_15.deviating("a static address on Server 2008 R2", "has a static address", **old(DHCPEnabled=False)),
    GA_15.deviating("no lease", "uses DHCP, but got no lease", **addresses("169.254.17.3")),
    GA_15.deviating(
        "several addresses, sends from another",
        "sends from 10.0.0.3, not from its primary one 10.0.0.4",
        **joined(STATIC, addresses("10.0.0.3", "10.0.0.4"), metadata("10.0.0.4", "10.0.0.3")),
    ),
    GA_15.deviating(
        "several addresses, no WireServer",
        "168.63.129.16:80 is not reached",
        **together(SEVERAL, {"endpoints": {**SEVERAL["endpoints"], "168.63.129.16:80": {"tcp": "timeout"}}}),
    ),
    GA_15.absent(
        "no DNS server",
        "Ethernet has no DNS server",
        **wmi(MSFT_DNSClientServerAddress=[{"InterfaceIndex": 6, "AddressFamily": 2, "ServerAddresses": []}]),
    ),
    GA_15.absent(
        "what Windows lists where no DNS server is configured",
        "Ethernet has no DNS server",
        **wmi(
            MSFT_DNSClientServerAddress=[
                {"InterfaceIndex": 6, "AddressFamily": 2, "ServerAddresses": []},
                {
                    "InterfaceIndex": 6,
                    "AddressFamily": 23,
                    "ServerAddresses": ["fec0:0:0:ffff::1", "fec0:0:0:ffff::2", "fec0:0:0:ffff::3"],
                },
            ]
        ),
    ),
    GA_15.absent("no DNS servers known at all", "Ethernet has no DNS server", **wmi(MSFT_DNSClientServerAddress=[])),
    GA_15.unreadable("neither generation of classes", "neither generation", **wmi(**MODERN_GONE)),
    GA_15.unreadable("WMI refuses", "access denied", **wmi(MSFT_NetIPInterface={"error": "access-denied"})),
    GA_15.unreadable(
        "static, and Azure's side is not known",
        "instance metadata service: no answer in time",
        **together(STATIC, NO_METADATA),
    ),
    GA_15.unreadable(
        "static, and IMDS has no such page", "HTTP 404", **joined(STATIC, metadata("10.0.0.4", status=404))
    ),
    GA_15.unreadable(
        "no default route, two interfaces",
        "which interface is the primary one",
        **wmi(
            MSFT_NetRoute=[],
            MSFT_NetIPInterface=[ETHERNET, SECOND],
            MSFT_NetIPAddress=[
                {"InterfaceIndex": 6, "AddressFamily": 2, "IPAddress": "10.0.0.4"},
                {"InterfaceIndex": 7, "AddressFamily": 2, "IPAddress": "10.0.1.4"},
            ],
            MSFT_NetAdapter=[HYPER_V, {**HYPER_V, "InterfaceIndex": 7}],
        ),
    ),
    GA_15.trap(
        "several addresses of Azure: static is the documented way",
        Verdict.NOT_APPLICABLE,
        "several addresses in Azure",
        **SEVERAL,
    ),
    GA_15.trap(
        "a lower address that is not sent from",
        Verdict.NOT_APPLICABLE,
        "",
        **joined(STATIC, addresses("10.0.0.3", "10.0.0.4", skipped=("10.0.0.3",)), metadata("10.0.0.4", "10.0.0.3")),
    ),
    GA_15.trap(
        "addresses compare as numbers",
        Verdict.NOT_APPLICABLE,
        "",
        **joined(STATIC, addresses("10.0.0.10", "10.0.0.9"), metadata("10.0.0.9", "10.0.0.10")),
    ),
    GA_15.trap(
        "of several interfaces in Azure the one with this MAC address counts",
        Verdict.NOT_APPLICABLE,
        "",
        **joined(STATIC, addresses("10.0.0.4", "10.0.0.5"), metadata("10.0.0.4", "10.0.0.5", second=("10.0.1.4",))),
    ),
    GA_15.trap(
        "several addresses of another interface in Azure explain nothing",
        Verdict.NON_COMPLIANT,
        "Azure assigned it only one",
        **joined(STATIC, metadata("10.0.0.4", second=("10.0.1.4", "10.0.1.5"))),
    ),
    GA_15.trap(
        "none of several interfaces in Azure has this MAC address",
        Verdict.UNDETERMINED,
        "has the MAC address of Ethernet",
        **joined(STATIC, metadata("10.0.0.4", "10.0.0.5", mac="000D3A999999", second=("10.0.1.4",))),
    ),
    GA_15.trap(
        "the only interface in Azure is meant, whatever its MAC address",
        Verdict.NON_COMPLIANT,
        "Azure assigned it only one",
        **joined(STATIC, metadata("10.0.0.4", mac="000D3A999999")),
    ),
    GA_15.trap("Server 2008 R2 without a MAC address", Verdict.COMPLIANT, "", **old(MACAddress=None)),
    GA_15.trap(
        "Server 2008 R2, several addresses",
        Verdict.NOT_APPLICABLE,
        "",
        **together(
            old(DHCPEnabled=False, IPAddress=["10.0.0.4", "10.0.0.5"]),
            metadata("10.0.0.4", "10.0.0.5", second=("10.0.1.4",)),
        ),
    ),
    GA_15.trap(
        "only one of the older classes",
        Verdict.UNDETERMINED,
        "",
        **together(wmi(**MODERN_GONE), {"wmi": {SPACE: MODERN_GONE, r"root\cimv2": {"Win32_IP4RouteTable": []}}}),
    ),
    GA_15.trap("DHCP needs no IMDS", Verdict.COMPLIANT, **NO_METADATA),
    GA_15.trap(
        "a static second interface",
        Verdict.NOTED,
        "left out: Ethernet 2 (none of Azure's adapters)",
        **wmi(MSFT_NetIPInterface=[LOOPBACK, ETHERNET, SECOND]),
    ),
    GA_15.trap(
        "a VPN with a better metric is not the primary interface",
        Verdict.NOTED,
        "left out: Contoso VPN (none of Azure's adapters)",
        **wmi(
            MSFT_NetIPInterface=[ETHERNET, VPN],
            MSFT_NetRoute=[
                {"DestinationPrefix": "0.0.0.0/0", "InterfaceIndex": 9, "RouteMetric": 0},
                {"DestinationPrefix": "0.0.0.0/0", "InterfaceIndex": 6, "RouteMetric": 0},
            ],
            MSFT_NetAdapter=[
                HYPER_V,
                {
                    "InterfaceIndex": 9,
                    "InterfaceDescription": "TAP-Windows Adapter V9",
                    "PermanentAddress": "00FF00000000",
                },
            ],
        ),
    ),
    GA_15.trap(
        "a VPN that looks like a network card hides no static address",
        Verdict.NON_COMPLIANT,
        "Ethernet has a static address, though Azure assigned it only one",
        **like_a_card({**VPN, "Dhcp": 1}, {**ETHERNET, "Dhcp": 0}),
    ),
    *[
        GA_15.unreadable(
            f"a VPN that looks like a network card, {title}, and Azure tells nothing",
            "which of Contoso VPN and Ethernet is the primary interface",
            **together(like_a_card(vpn, nic), NO_METADATA),
        )
        for title, vpn, nic in (
            ("and a static address", {**VPN, "Dhcp": 1}, {**ETHERNET, "Dhcp": 0}),
            ("and is static", VPN, ETHERNET),
        )
    ],
    GA_15.trap(
        "a VPN that looks like a network card, both use DHCP, and Azure tells nothing",
        Verdict.COMPLIANT,
        **together(like_a_card({**VPN, "Dhcp": 1}, ETHERNET), NO_METADATA),
    ),
    GA_15.unreadable(
        "a VPN that looks like a network card, and no adapter tells its MAC address",
        "which of Contoso VPN and Ethernet is the primary interface",
        **joined(
            like_a_card({**VPN, "Dhcp": 1}, {**ETHERNET, "Dhcp": 0}),
            wmi(MSFT_NetAdapter={"error": "rpc-unavailable"}),
            metadata("10.0.0.4"),
        ),
    ),
    GA_15.trap(
        "a static VPN that looks like a network card",
        Verdict.NOTED,
        "left out: Contoso VPN (none of Azure's adapters)",
        **like_a_card(VPN, ETHERNET),
    ),
    GA_15.trap(
        "the route's metric counts with the interface's",
        Verdict.NON_COMPLIANT,
        "Ethernet 2 has a static address",
        **joined(
            wmi(
                MSFT_NetIPInterface=[ETHERNET, SECOND],
                MSFT_NetRoute=[
                    {"DestinationPrefix": "0.0.0.0/0", "InterfaceIndex": 6, "RouteMetric": 256},
                    {"DestinationPrefix": "0.0.0.0/0", "InterfaceIndex": 7, "RouteMetric": 1},
                ],
                MSFT_NetAdapter=[
                    HYPER_V,
                    {
                        "InterfaceIndex": 7,
                        "InterfaceDescription": "Microsoft Hyper-V Network Adapter #2",
                        "PermanentAddress": "000D3A445566",
                    },
                ],
                MSFT_DNSClientServerAddress=[
                    {"InterfaceIndex": 7, "AddressFamily": 2, "ServerAddresses": ["10.0.0.10"]}
                ],
                MSFT_NetIPAddress=[{"InterfaceIndex": 7, "AddressFamily": 2, "IPAddress": "10.0.1.4"}],
            ),
            metadata("10.0.0.4", second=("10.0.1.4",)),
        ),
    ),
    GA_15.trap(
        "a disconnected interface is no primary one",
        Verdict.NOTED,
        "left out: Ethernet 2 (not connected)",
        **wmi(
            MSFT_NetAdapter=[HYPER_V, {**HYPER_V, "InterfaceIndex": 7}],
            MSFT_NetIPInterface=[ETHERNET, {**SECOND, "InterfaceMetric": 1, "ConnectionState": 0}],
            MSFT_NetRoute=[{"DestinationPrefix": "0.0.0.0/0", "InterfaceIndex": i, "RouteMetric": 0} for i in (6, 7)],
        ),
    ),
    GA_15.trap(
        "the default route leads out of another than Azure's primary",
        Verdict.WARNING,
        "not the primary interface in Azure",
        **metadata("10.0.9.4", mac="000D3A999999"),
    ),
    GA_15.trap("no default route, but one interface", Verdict.COMPLIANT, **wmi(MSFT_NetRoute=[])),
]
