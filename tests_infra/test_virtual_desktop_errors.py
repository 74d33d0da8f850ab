"""Azure Virtual Desktop: connections that the agent reported as failed."""

from __future__ import annotations

from tests_infra.agent_events import no_doubt, no_fresh, reports, state
from tests_infra.documents import VIRTUAL_DESKTOP
from vmready import Role, advise, must, observe, requirement, should
from vmready.facts.agent_errors import AgentErrors
from vmready.facts.gateways import Gateways
from vmready.facts.host_side import Causes
from vmready.facts.services import AgentService


@requirement(
    "VD-05",
    must,
    title="The agent connects to its broker (no event 3277 INVALID_FORM)",
    severity="high",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: Agent cannot connect to broker with INVALID_FORM"],
    rationale="INVALID_FORM says that the broker or an endpoint of it was not reached: firewall, DNS, or cipher suites that a policy took away.",
    remedy="Open the way to the brokers (see VD-04 and VD-22); where their health pages answer, look at the cipher suites (VD-23).",
)
def test_agent_connects_to_broker(broker_errors: AgentErrors, agent_service: AgentService) -> None:
    no_fresh(broker_errors, agent_service)


@requirement(
    "VD-06",
    must,
    title="The agent reaches the gateways (no event 3703)",
    severity="high",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: 3703"],
    rationale="Users' connections come through the gateways; a host that cannot reach them takes none.",
    remedy="Open the host's network to the gateway in the finding (TCP 443): firewall, proxy and DNS settings, those of Azure Firewall too.",
)
def test_gateways_are_accessible(gateway_errors: AgentErrors, gateways: Gateways, agent_service: AgentService) -> None:
    fresh = gateway_errors.fresh
    observe({"error": state(gateway_errors)})
    assert fresh is None, f"{gateway_errors.told(fresh)}; {gateways.now(fresh)}".rstrip("; ")
    reports(agent_service)
    no_doubt(gateway_errors)


@requirement(
    "VD-07",
    must,
    title="The agent reaches the web-socket transport (no event 3019)",
    severity="high",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: 3019"],
    rationale="Connections run over web sockets; a proxy that breaks them, inspects TLS or wants a sign-in cuts users off.",
    remedy="Open the required addresses past proxy and TLS inspection; keep a network trace for a support case.",
)
def test_web_sockets_are_reached(transport_errors: AgentErrors, agent_service: AgentService) -> None:
    no_fresh(transport_errors, agent_service)


@requirement(
    "VD-08",
    must,
    title="The agent found its stack's listener working (no InstallationHealthCheckFailedException)",
    severity="high",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: InstallationHealthCheckFailedException"],
    rationale="The terminal server changed the listener's registry values, and the stack that was just installed does not listen.",
    remedy="Look at the listener (VD-12 to VD-15); where it does not work, uninstall the side-by-side stack and install it again.",
)
def test_installation_is_healthy(
    installation_errors: AgentErrors, stack_causes: Causes, agent_service: AgentService
) -> None:
    observe({"error": state(installation_errors)})
    fresh = installation_errors.fresh
    if fresh is None:
        reports(agent_service)
        return no_doubt(installation_errors)
    assert not stack_causes.found, f"{installation_errors.told(fresh)}; {'; '.join(stack_causes.found)}"
    stack_causes.require("stack_causes")
    return advise(f"{installation_errors.told(fresh)}, but the stack is well now")


@requirement(
    "VD-09",
    should,
    title="The broker finds the host's endpoint (no event 3277 ENDPOINT_NOT_FOUND)",
    severity="medium",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: ENDPOINT_NOT_FOUND"],
    rationale="The broker found nothing to connect to: the host is off, full or out of its pool, or its loader, stack, way or registration failed.",
    remedy="Mend what the finding names on the host; where it names nothing, look at the host pool: membership, session limit, drain mode.",
)
def test_endpoint_is_found(endpoint_errors: AgentErrors, host_causes: Causes, agent_service: AgentService) -> None:
    observe({"error": state(endpoint_errors), "causes": len(host_causes.found)})
    fresh = endpoint_errors.fresh
    if fresh is None:
        reports(agent_service)
        return no_doubt(endpoint_errors)
    told, unknown = endpoint_errors.told(fresh), "; ".join(f"not known: {why}" for why in host_causes.unknown)
    pool = "nothing on the host explains it: it is on the host pool's side (membership, session limit, drain mode)"
    raise AssertionError(
        f"{told}; {'on the host: ' + '; '.join(host_causes.found) if host_causes.found else unknown or pool}"
    )
