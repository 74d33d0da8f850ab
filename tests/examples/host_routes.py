"""GA-21: the host routes to the platform."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .harness import Of
from .network_interface import ETHERNET, HYPER_V, LOOPBACK, SECOND, old
from .terms import endpoint, together

WIRE, METADATA = "168.63.129.16/32", "169.254.169.254/32"
NOT_DECIDING = [
    ("GA-21", "Win32_", "the older classes, where the newer ones are not there"),
    ("GA-21", "168.63.129.16", "counts where a host route is missing"),
    ("GA-21", "GuestProxyAgent", "another row"),
    ("GA-21", "169.254.169.254", "counts where a host route is missing"),
    ("GA-21", "MSFT_NetAdapter", "tells software adapters apart; what is not told is not excluded"),
]


def route(prefix: str, interface: int = 6, **more: Any) -> dict[str, Any]:
    alias = {6: "Ethernet", 7: "Ethernet 2"}[interface]
    return {
        "DestinationPrefix": prefix,
        "InterfaceIndex": interface,
        "InterfaceAlias": alias,
        "AddressFamily": 2,
        "RouteMetric": 0,
        "Store": 1,
        **more,
    }


DEFAULT = route("0.0.0.0/0")


def routes(*rows: dict[str, Any]) -> dict[str, Any]:
    classes = {
        "MSFT_NetRoute": [DEFAULT, *rows],
        "MSFT_NetIPInterface": [LOOPBACK, ETHERNET, SECOND],
        "MSFT_NetAdapter": [HYPER_V, {**HYPER_V, "InterfaceIndex": 7}],
    }
    return {"wmi": {r"root\StandardCimv2": classes}}


def classic(*rows: tuple[str, str, int]) -> dict[str, Any]:
    delta = old()
    table = [{"Destination": d, "Mask": m, "InterfaceIndex": i, "Metric1": 10} for d, m, i in rows]
    delta["wmi"][r"root\cimv2"]["Win32_IP4RouteTable"] = [
        {"Destination": "0.0.0.0", "Mask": "0.0.0.0", "InterfaceIndex": 11, "Metric1": 10},
        *table,
    ]
    return delta


WARNED = Verdict.WARNING
ALL = "255.255.255.255"
GA_21 = Of("GA-21", "guest-agent")
EXAMPLES = [
    GA_21.compliant("both routes of the lease"),
    GA_21.compliant("on Server 2008 R2", **classic(("168.63.129.16", ALL, 11), ("169.254.169.254", ALL, 11))),
    GA_21.deviating(
        "one leads elsewhere",
        "the route to 168.63.129.16 leads out of Ethernet 2, not of the primary interface Ethernet",
        WARNED,
        **routes(route(WIRE, 7), route(METADATA)),
    ),
    GA_21.deviating(
        "none, but reached",
        "there is no host route to 168.63.129.16; the route 0.0.0.0/0 leads out of Ethernet, and it is reached",
        WARNED,
        **routes(route(METADATA)),
    ),
    GA_21.deviating(
        "none, and not reached",
        "leads out of Ethernet, and it is not reached",
        WARNED,
        **together(routes(route(METADATA)), endpoint("168.63.129.16:80", tcp="timeout", paths=None)),
    ),
    GA_21.deviating(
        "a cluster's interface owns 169.254.0.0/16",
        "the route to 169.254.169.254 leads out of Ethernet 2",
        WARNED,
        **routes(route(WIRE), route("169.254.0.0/16", 7)),
    ),
    GA_21.deviating(
        "both missing, each named",
        "168.63.129.16; the route 0.0.0.0/0 leads out of Ethernet, and it is reached; there is no host route to 169.254.169.254",
        WARNED,
        **routes(),
    ),
    GA_21.deviating(
        "on Server 2008 R2", "there is no host route to 168.63.129.16", WARNED, **classic(("169.254.169.254", ALL, 11))
    ),
    GA_21.absent(
        "no route at all",
        "there is no route to 168.63.129.16; there is no route to 169.254.169.254",
        WARNED,
        wmi={r"root\StandardCimv2": {"MSFT_NetRoute": []}},
    ),
    GA_21.unreadable(
        "WMI refuses", "could not be read", wmi={r"root\StandardCimv2": {"MSFT_NetRoute": {"error": "access-denied"}}}
    ),
    GA_21.unreadable(
        "the interfaces are not told",
        "could not be read",
        wmi={r"root\StandardCimv2": {"MSFT_NetIPInterface": {"error": "access-denied"}}},
    ),
    GA_21.trap(
        "a second one elsewhere, of higher metric",
        WARNED,
        "a second host route to 168.63.129.16 leads out of Ethernet 2",
        **routes(route(WIRE), route(WIRE, 7), route(METADATA)),
    ),
    GA_21.trap(
        "a second one elsewhere, of lower metric",
        WARNED,
        "the route to 168.63.129.16 leads out of Ethernet 2",
        **routes(route(WIRE, RouteMetric=50), route(WIRE, 7, RouteMetric=1), route(METADATA)),
    ),
    GA_21.trap(
        "a route that is stored, but not in force",
        Verdict.COMPLIANT,
        **routes(route(WIRE), route(WIRE, 7, Store=0), route(METADATA)),
    ),
    GA_21.trap(
        "metadata is not reached either",
        WARNED,
        "169.254.169.254; the route 0.0.0.0/0 leads out of Ethernet, and it is not reached",
        **together(routes(route(WIRE)), endpoint("169.254.169.254:80", tcp="timeout", paths=None)),
    ),
    GA_21.trap("a prefix that is none", Verdict.COMPLIANT, **routes(route(WIRE), route(METADATA), route("nonsense"))),
]
