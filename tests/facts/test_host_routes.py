"""Routes to the platform by both generations of Windows' classes: which one a packet takes, and whether that is right."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.facts.host_routes import METADATA, HostRoutes
from vmready.facts.metadata import AzureInterface, AzureInterfaces
from vmready.facts.network_interface import NetworkInterface, PrimaryInterface
from vmready.facts.registry import UnreadableFact
from vmready.facts.wire_server import ADDRESS, WireServer
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Connection, Instances, Names

DENIED = Unreadable(Why(Reason.DENIED))
REACHED, NOWHERE = AzureInterfaces((AzureInterface("", ()),)), AzureInterfaces(())
NIC = NetworkInterface("Ethernet", True, True, (), None, "", None, NOWHERE, 6)
HOST = f"{ADDRESS}/32"
Row = dict[str, Any]


def rows(*found: Row, more: bool = False) -> Answer[Instances]:
    return Observed(Instances(tuple(Names(row) for row in found), more))


def route(prefix: Any, index: Any = 6, metric: Any = 0, **more: Any) -> Row:
    alias = f"Ethernet {index}"
    return {
        "DestinationPrefix": prefix,
        "InterfaceIndex": index,
        "InterfaceAlias": alias,
        "RouteMetric": metric,
        **more,
    }


def wire(outcome: str) -> WireServer:
    tried: Answer[Connection] = Observed(Connection(None, (), outcome, None, None)) if outcome else DENIED
    return WireServer({80: tried}, Absent(), Absent())


def machine(
    answer: Answer[Instances],
    old: Answer[Instances] | None = None,
    *,
    metrics: dict[Any, Any] | None = None,
    wire_server: str = "connected",
    azure: AzureInterfaces = REACHED,
) -> HostRoutes:
    interfaces = rows(
        *(
            {"InterfaceIndex": i, "AddressFamily": 2, "InterfaceMetric": metric}
            for i, metric in (metrics or {}).items()
        ),
        *({"InterfaceIndex": 6, "AddressFamily": family, "InterfaceMetric": 900} for family in (0, 23)),
    )
    return HostRoutes(answer, old or Absent(), interfaces, PrimaryInterface(NIC), wire(wire_server), azure)


@pytest.mark.parametrize(
    ("routes", "metrics", "taken"),
    [
        ([route("0.0.0.0/0"), route(HOST, 7, 99)], {}, 7),
        ([route(HOST, 7, 99), route("0.0.0.0/0")], {}, 7),
        ([route("168.63.129.0/24", 7), route("168.63.0.0/16")], {}, 7),
        ([route("168.63.129.17/32"), route("0.0.0.0/0", 7)], {}, 7),
        ([route(HOST, 6, 1), route(HOST, 7, 2)], {}, 6),
        ([route(HOST, 6, 2), route(HOST, 7, 1)], {}, 7),
        ([route(HOST, 6, 2), route(HOST, 7, 1)], {7: 2}, 6),
        ([route(HOST, 6, 2), route(HOST, 7, 1)], {7: 2, 6: 2}, 7),
        ([route(HOST, 6, True), route(HOST, 7, 1)], {}, 6),
        ([route(HOST, 6, None), route(HOST, 7, 1)], {}, 6),
        ([route(HOST, 7, 0, Store=0), route(HOST)], {}, 6),
        ([route(HOST, 7, 0, Store=1), route(HOST, 6, 1)], {}, 7),
        ([route(HOST, 7, 0, Store=None), route(HOST, 6, 1)], {}, 7),
        ([route("nonsense", 7), route(None, 7), route("168.63.129.16/255.255.0.0")], {}, 6),
        ([route("10.0.0.0/8")], {}, None),
        ([], {}, None),
    ],
)
def test_which_route_a_packet_takes(routes: list[Row], metrics: dict[Any, Any], taken: int | None) -> None:
    best = machine(rows(*routes), metrics=metrics).best(ADDRESS)
    assert (best and best.interface) == taken


def test_metrics_of_route_and_interface_are_added_and_count_nothing_where_they_are_not_told() -> None:
    told = machine(rows(route(HOST, 6, 3), route(HOST, None, None)), metrics={6: 10}).routes()
    assert [(one.interface, one.metric) for one in told] == [(6, 13), (0, 0)]
    found = HostRoutes(
        rows(route(HOST, 6, 2), route(HOST, 7, 1)), Absent(), DENIED, PrimaryInterface(NIC), wire("connected"), REACHED
    )
    assert [one.metric for one in found.routes()] == [2, 1]


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (machine(rows(route(HOST))), ""),
        (machine(rows()), f"there is no route to {ADDRESS}"),
        (
            machine(rows(route(HOST, 7))),
            f"the route to {ADDRESS} leads out of Ethernet 7, not of the primary interface Ethernet",
        ),
        (
            machine(rows(route("0.0.0.0/0", 7, InterfaceAlias=None))),
            f"the route to {ADDRESS} leads out of interface 7, not of the primary interface Ethernet",
        ),
        (
            machine(rows(route(HOST, 5))),
            f"the route to {ADDRESS} leads out of Ethernet 5, not of the primary interface Ethernet",
        ),
        (
            machine(rows(route("168.63.129.16/31"))),
            "the route 168.63.129.16/31 leads out of Ethernet, and it is reached",
        ),
        (machine(rows(route("0.0.0.0/0")), wire_server="timeout"), "out of Ethernet, and it is not reached"),
        (machine(rows(route("0.0.0.0/0")), wire_server=""), "out of Ethernet, and it is not known to be reached"),
    ],
)
def test_whether_the_route_is_right(found: HostRoutes, problem: str) -> None:
    said = found.problem(ADDRESS)
    assert said.endswith(problem)
    assert bool(said) == bool(problem)


@pytest.mark.parametrize(("azure", "words"), [(REACHED, "it is reached"), (NOWHERE, "it is not reached")])
def test_the_metadata_service_answers_for_its_own_route(azure: AzureInterfaces, words: str) -> None:
    found = machine(rows(route("0.0.0.0/0")), azure=azure, wire_server="")
    assert (
        found.problem(METADATA)
        == f"there is no host route to {METADATA}; the route 0.0.0.0/0 leads out of Ethernet, and {words}"
    )


@pytest.mark.parametrize(
    ("routes", "elsewhere"),
    [
        ([route(HOST)], ()),
        ([route(HOST), route(HOST, 9), route(HOST, 7), route(HOST, 7, 5)], ("Ethernet 7", "Ethernet 9")),
        ([route(HOST, 7, InterfaceAlias="")], ("interface 7",)),
        ([route(HOST, 5)], ("Ethernet 5",)),
        ([route("168.63.129.16/31", 7), route("168.63.129.17/32", 7), route("0.0.0.0/0", 7)], ()),
    ],
)
def test_host_routes_over_other_interfaces(routes: list[Row], elsewhere: tuple[str, ...]) -> None:
    assert machine(rows(*routes)).elsewhere(ADDRESS) == elsewhere


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (rows(), f"there is no route to {ADDRESS}"),
        (rows(route(HOST)), ""),
        (
            rows(route(HOST, 7)),
            f"the route to {ADDRESS} leads out of Ethernet 7, not of the primary interface Ethernet",
        ),
        (rows(route("0.0.0.0/0", 7)), ""),
        (rows(route("0.0.0.0/0")), ""),
        (DENIED, ""),
    ],
)
def test_what_explains_that_it_is_not_reached(answer: Answer[Instances], cause: str) -> None:
    assert machine(answer).cause(ADDRESS) == cause


def classic(destination: str, mask: str, index: int = 6, metric: int = 5) -> Row:
    return {"Destination": destination, "Mask": mask, "InterfaceIndex": index, "Metric1": metric}


def test_the_older_classes() -> None:
    old = rows(
        classic("0.0.0.0", "0.0.0.0"),
        classic(ADDRESS, "255.255.255.255", 7, 9),
        classic("nonsense", "255.255.255.255"),
        classic(ADDRESS, "255.0.255.0"),
    )
    for missing in (Absent(), DENIED):
        found = machine(missing, old, metrics={6: 100}).routes()
        assert [(str(one.network), one.interface, one.alias, one.metric) for one in found] == [
            ("0.0.0.0/0", 6, "", 5),
            (HOST, 7, "", 9),
        ]


@pytest.mark.parametrize(
    ("answer", "old", "reason", "words"),
    [
        (DENIED, Absent(), Reason.DENIED, "could not be read"),
        (Absent(), DENIED, Reason.DENIED, "could not be read"),
        (Absent(), Absent(), Reason.FAILED, "neither generation"),
        (rows(more=True), Absent(), Reason.FAILED, "there are more"),
        (Absent(), rows(more=True), Reason.FAILED, "there are more"),
    ],
)
def test_why_routes_are_not_known(answer: Any, old: Any, reason: Reason, words: str) -> None:
    with pytest.raises(UnreadableFact, match=words) as raised:
        machine(answer, old).routes()
    assert raised.value.why.reason is reason
