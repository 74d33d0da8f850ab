"""The guest agent's way to the platform: the WireServer, and the network interface that leads to it."""

from __future__ import annotations

import pytest

from tests_infra.documents import GUEST_AGENT, GUEST_AGENT_BLOG
from vmready import Role, advise, info, must, not_applicable, note, observe, requirement, should
from vmready.facts.firewall import Firewall
from vmready.facts.host_routes import METADATA, HostRoutes
from vmready.facts.network_interface import NetworkInterface
from vmready.facts.wire_server import ADDRESS, WireServer
from vmready.facts.wire_server_cause import WireServerCause
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
def test_wire_server(port: int | None, wire_server: WireServer, wire_server_cause: WireServerCause) -> None:
    tried = wire_server.versions() if port is None else wire_server.port(port)
    observe({"outcome": tried.outcome})
    cause = wire_server_cause.of(port, tried.outcome)
    assert tried.policy or not tried.failure, f"{tried.failure}{cause and f'. Likely cause: {cause}'}"
    if tried.policy:
        advise(f"{tried.failure}: GuestProxyAgent runs and may let nobody but the agent through")
    if port is not None and wire_server.taken_over:
        note(
            "GuestProxyAgent runs, and such a connection may end at its own port: it proves little (see GA-12.versions, GA-14)"
        )


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
    for other in nic.left_out:
        note(f"left out: {other}")
    if nic.dhcp:
        assert nic.leased, f"{nic.name} uses DHCP, but got no lease"
        return
    problem = nic.static_problem(wire_server)
    assert not problem, problem
    not_applicable(f"{nic.name} has several addresses in Azure: static configuration is the documented way")


@requirement(
    "GA-20",
    must,
    title="No local firewall rule or default blocks the way to the WireServer",
    severity="high",
    roles=[Role.AZURE_VM],
    source=GUEST_AGENT["Basic Troubleshooting of VM Agent in NOT READY state :"],
    rationale="A block rule beats every allow rule, and under a default that blocks only an allow rule lets the agent out to ports 80 and 32526.",
    remedy="Remove or narrow the rule (look for its store: local, policy, management), or allow TCP 80 and 32526 to 168.63.129.16 outbound.",
)
def test_firewall_lets_the_agent_out(firewall: Firewall) -> None:
    problems = firewall.problems()
    observe({"blocked by": problems})
    assert not problems, "; ".join(problems)
    for text in firewall.doubts():
        advise(text)


@requirement(
    "GA-21",
    should,
    title="The host routes of the lease lead to WireServer and metadata out of the primary interface",
    severity="medium",
    roles=[Role.AZURE_VM],
    source=GUEST_AGENT_BLOG["DHCP lookup and static routes"],
    rationale="Azure's DHCP hands out host routes to 168.63.129.16 and 169.254.169.254; over another interface nothing answers there.",
    remedy="Use DHCP on the primary interface and renew its lease; delete host routes over other interfaces (clusters need a persistent one).",
)
def test_host_routes(host_routes: HostRoutes) -> None:
    problems = [text for address in (ADDRESS, METADATA) if (text := host_routes.problem(address))]
    observe({"problems": problems})
    assert not problems, "; ".join(problems)
    for address in (ADDRESS, METADATA):
        for name in host_routes.elsewhere(address):
            advise(f"a second host route to {address} leads out of {name}")
