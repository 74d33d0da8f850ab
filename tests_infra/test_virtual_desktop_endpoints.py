"""Azure Virtual Desktop: what a session host must reach."""

from __future__ import annotations

import pytest

from tests_infra.documents import VIRTUAL_DESKTOP
from vmready import Role, advise, must, not_applicable, note, observe, requirement
from vmready.facts.reach import detours, doubts, failures
from vmready.facts.services import AgentService
from vmready.facts.virtual_desktop_endpoints import Brokers, DesktopEndpoints

SECTION = VIRTUAL_DESKTOP["Error: Agent cannot connect to broker with INVALID_FORM"]


@requirement(
    "VD-04",
    must,
    title="The broker's health page says that it is healthy",
    severity="critical",
    roles=[Role.SESSION_HOST],
    source=SECTION,
    rationale="The agent registers and reports through the brokers that its registry names; what the host cannot reach, it cannot join.",
    remedy="Open the host's network to the address in the finding (TCP 443, no TLS inspection); where all are missing, register the host again.",
)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("BrokerURI", id="VD-04.BrokerURI"),
        pytest.param("BrokerURIGlobal", id="VD-04.BrokerURIGlobal"),
        pytest.param("BrokerResourceIdURI", id="VD-04.BrokerResourceIdURI"),
        pytest.param("BrokerResourceIdURIGlobal", id="VD-04.BrokerResourceIdURIGlobal"),
    ],
)
def test_broker_is_healthy(name: str, brokers: Brokers, agent_service: AgentService) -> None:
    assert brokers.addresses, "the registry names no broker: the agent is not registered"
    if name not in brokers.addresses:
        not_applicable(f"this agent has no {name}")
    health = brokers.health(name)
    observe({"outcome": health.outcome})
    assert not health.failure, health.failure
    installed = agent_service.service is not None
    observe({"outcome": health.outcome} if installed else {"agent": "not installed"})
    assert installed, f"{name}: there is no service RDAgentBootLoader: a removed agent has left the address"
    if health.doubt:
        advise(health.doubt)


@requirement(
    "VD-22",
    must,
    title="The endpoints that a session host needs can be reached",
    severity="high",
    roles=[Role.SESSION_HOST],
    source=SECTION,
    rationale="Sign-in, telemetry, activation, updates and certificates of a session host each need an endpoint of its cloud.",
    remedy="Open the host's network to the endpoint in the finding, past TLS inspection, and take required names out of the hosts file.",
)
@pytest.mark.parametrize(
    ("purpose", "required"),
    [
        pytest.param("service", True, id="VD-22.service"),
        pytest.param("login", True, id="VD-22.login"),
        pytest.param("telemetry", True, id="VD-22.telemetry"),
        pytest.param("agent-telemetry", True, id="VD-22.agent-telemetry"),
        pytest.param("marketplace", True, id="VD-22.marketplace"),
        pytest.param("activation", True, id="VD-22.activation"),
        pytest.param("updates", True, id="VD-22.updates"),
        pytest.param("portal", True, id="VD-22.portal"),
        pytest.param("metadata", True, id="VD-22.metadata"),
        pytest.param("health", True, id="VD-22.health"),
        pytest.param("revocation", True, id="VD-22.revocation"),
        pytest.param("certificates", True, id="VD-22.certificates"),
        pytest.param("shortpath", True, id="VD-22.shortpath"),
        pytest.param("trust-list", False, id="VD-22.trust-list"),
        pytest.param("attestation", False, id="VD-22.attestation"),
        pytest.param("sign-in", False, id="VD-22.sign-in"),
        pytest.param("connectivity-test", False, id="VD-22.connectivity-test"),
    ],
)
def test_endpoint_is_reached(purpose: str, required: bool, desktop_endpoints: DesktopEndpoints) -> None:
    redirected = desktop_endpoints.redirected(purpose)
    observe({"hosts file": list(redirected)})
    assert not redirected or not required, f"the hosts file has {'; '.join(redirected)}"
    reaches = desktop_endpoints.reaches(purpose)
    observe({reach.name: reach.way or "not reached" for reach in reaches})
    unreached = failures(reaches)
    assert not unreached or not required, "; ".join(unreached)
    desktop_endpoints.require_hosts_file(purpose)
    for text in (*unreached, *doubts(reaches), *desktop_endpoints.past_proxies(purpose)):
        advise(text)
    for text in (*detours(reaches), *desktop_endpoints.gaps(purpose)):
        note(text)
    if not reaches and purpose in desktop_endpoints.wildcards:
        note(f"{desktop_endpoints.wildcards[purpose]} cannot be tried from inside the machine")
    elif not reaches:
        not_applicable(f"the {desktop_endpoints.cloud} cloud has no such endpoint")
