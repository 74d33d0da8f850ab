"""The guest agent's way to the platform: the WireServer, and the network interface that leads to it."""

from __future__ import annotations

import pytest

from tests_infra.documents import GUEST_AGENT
from vmready import Role, advise, info, must, not_applicable, observe, requirement
from vmready.facts.network_interface import NetworkInterface
from vmready.facts.wire_server import WireServer
from vmready.probes.readings import Connection

SECTION = GUEST_AGENT["2. Unable to connect to WireServer IP ( Host IP )"]


@requirement(
    "GA-12",
    must,
    title="The WireServer 168.63.129.16 is reached from inside the machine",
    severity="critical",
    roles=[Role.AZURE_VM],
    source=SECTION,
    rationale="The agent fetches its goal state from port 80 and talks to the host through 32526; no network security group can block them.",
    remedy="Look for what blocks 168.63.129.16 inside the machine: firewall rules, routes, proxies, security software. Else redeploy the machine.",
)
@pytest.mark.parametrize(
    "port",
    [
        pytest.param(80, id="GA-12.80"),
        pytest.param(32526, id="GA-12.32526"),
        pytest.param(None, id="GA-12.versions"),
    ],
)
def test_wire_server(port: int | None, wire_server: WireServer) -> None:
    tried = wire_server.versions() if port is None else wire_server.port(port)
    observe({"outcome": tried.outcome})
    assert tried.policy or not tried.failure, tried.failure
    if tried.policy:
        advise(f"{tried.failure}: GuestProxyAgent runs and may let nobody but the agent through")


@requirement(
    "GA-12.443",
    info,
    title="Port 443 of the WireServer is reached",
    severity="low",
    roles=[Role.AZURE_VM],
    source=SECTION,
    rationale="Documents of old name port 443 beside 80 and 32526; today's do not, and nothing is known to listen there.",
    remedy="None is needed.",
)
def test_wire_server_443(wire_server_443: Connection) -> None:
    observe({"outcome": wire_server_443.outcome})
    assert wire_server_443.connected, f"168.63.129.16:443 is not reached ({wire_server_443.text}), which is normal"


@requirement(
    "GA-15",
    must,
    title="The primary network interface uses DHCP and has DNS servers",
    severity="high",
    roles=[Role.AZURE_VM],
    source=SECTION,
    rationale="The platform's address and the routes to it come with the DHCP lease. Only several addresses on one interface must be static.",
    remedy='netsh interface ip set address name="…" source=dhcp; assign a fixed address in Azure, never in the system.',
)
def test_primary_interface_uses_dhcp(network_interface: NetworkInterface, wire_server: WireServer) -> None:
    nic = network_interface
    observe({"dhcp": nic.dhcp, "dns": bool(nic.dns)})
    assert nic.dns, f"{nic.name} has no DNS server"
    if nic.azures is False:
        advise(f"the default route leads out of {nic.name}, which is not the primary interface in Azure")
    if nic.dhcp:
        assert nic.leased, f"{nic.name} uses DHCP, but got no lease"
        return
    problem = nic.static_problem(wire_server)
    assert not problem, problem
    not_applicable(f"{nic.name} has several addresses in Azure: static configuration is the documented way")
