"""Azure Virtual Desktop: the agent, its loader and what they stand on."""

from __future__ import annotations

from tests_infra.agent_events import no_doubt, state
from tests_infra.documents import VIRTUAL_DESKTOP
from vmready import Role, advise, must, observe, requirement, should
from vmready.facts.agent_errors import AgentErrors
from vmready.facts.agent_products import AgentProducts
from vmready.facts.broker_channel import BrokerChannel
from vmready.facts.dot_net import DotNetFramework
from vmready.facts.services import BootLoader
from vmready.facts.stack_versions import StackVersions


@requirement(
    "VD-01",
    must,
    title="The agent's loader RDAgentBootLoader runs and stays up",
    severity="critical",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: The RDAgentBootLoader and/or Remote Desktop Agent Loader has stopped running"],
    rationale="The loader starts the agent; without it the session host is not there for its host pool. One that stops again failed to register.",
    remedy="Start RDAgentBootLoader; where it stops again, register the host anew; where it is missing, install agent and loader again.",
)
def test_boot_loader_runs(boot_loader: BootLoader) -> None:
    service = boot_loader.service
    assert service is not None, "the machine has no service RDAgentBootLoader: the agent is not installed"
    observe({"state": service.state, "start": service.start, "stayed": boot_loader.stayed})
    assert service.start != 4, "the service RDAgentBootLoader is disabled"
    assert service.running, f"the service RDAgentBootLoader is {service.state_text}"
    boot_loader.require_processes()
    assert boot_loader.process_ids, "the service RDAgentBootLoader says it runs, but there is no process of it"
    assert boot_loader.stayed is not False, (
        "the service RDAgentBootLoader does not stay up: it stopped or started again"
    )
    boot_loader.require_stay()
    if service.start != 2:
        advise(f"the start type of RDAgentBootLoader is {service.start_text}, not automatic")
    for text in boot_loader.doubts:
        advise(text)


@requirement(
    "VD-17",
    must,
    title=".NET Framework 4.7.2 or later is installed, and no agent update failed for want of it",
    severity="high",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: Agent fails to update with MissingMethodException"],
    rationale="Agents are built for .NET Framework 4.7.2; with an earlier one an update ends in MissingMethodException and is rolled back.",
    remedy="Install .NET Framework 4.8 (or 4.7.2 at least) and restart the host.",
)
def test_dot_net_for_virtual_desktop(dot_net_framework: DotNetFramework, missing_method_errors: AgentErrors) -> None:
    observe({"release": dot_net_framework.release.number})
    perhaps = dot_net_framework.perhaps("4.7.2")
    assert perhaps or dot_net_framework.at_least("4.7.2"), (
        f".NET Framework 4.7.2 is wanted, found {dot_net_framework.name}"
    )
    fresh = missing_method_errors.fresh
    observe({"release": dot_net_framework.release.number, "error": state(missing_method_errors)})
    assert fresh is None, missing_method_errors.told(fresh)
    no_doubt(missing_method_errors)
    if perhaps:
        advise(f"Release is {dot_net_framework.release}: .NET's own detection does not find it")
    elif dot_net_framework.release.wide:
        advise(f"Release is {dot_net_framework.release}: .NET's own detection reads a DWORD")


@requirement(
    "VD-18",
    must,
    title="Agent, boot loader, Geneva agent and side-by-side stack are installed",
    severity="critical",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Your issue isn't listed here or wasn't resolved"],
    rationale="The loader starts the agent, the stack takes connections, the Geneva agent reports; without one of them the host does not serve.",
    remedy="Restart RDAgentBootLoader; where a product stays missing, uninstall all four (all versions), restart, install agent and loader again.",
)
def test_agent_is_installed(agent_products: AgentProducts) -> None:
    missing = agent_products.missing
    observe({"missing": list(missing)})
    assert not missing, f"not installed: {', '.join(missing)}"
    agent = agent_products.default_agent
    assert agent, "RDAgentBootLoader names no DefaultAgent: the loader has no agent to start"
    assert agent_products.has_folder, f"DefaultAgent is {agent[:80]}, which has no folder below Microsoft RDInfra"
    for text in agent_products.doubts:
        advise(text)


@requirement(
    "VD-19",
    must,
    title="The newest stack on disk, the installed stack and the active listener agree",
    severity="high",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: Session host VMs are stuck in Unavailable or Upgrading state"],
    rationale="Where they differ, an update of the stack did not end: the host stays Upgrading or Unavailable.",
    remedy="Stop RDAgentBootLoader, uninstall the stack, install the newest SxSStack*.msi of Microsoft RDInfra, restart; else install all anew.",
)
def test_stack_versions_agree(stack_versions: StackVersions) -> None:
    assert stack_versions.installed, "the side-by-side stack is not installed"
    assert stack_versions.listener_name, "ReverseConnectionListener names no active listener"
    differ, held = tuple(stack_versions.disagreements), stack_versions.held
    observe({"disagreements": len((*differ, *held)), "pinned": stack_versions.pinned})
    assert not differ, "; ".join(differ)
    for text in (*held, *stack_versions.doubts):
        advise(text)


@requirement(
    "VD-20",
    should,
    title="The agent has an active connection to its broker",
    severity="medium",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: Connection not found: RDAgent does not have an active connection to the broker"],
    rationale="The broker reaches a host through the connection that its loader holds; hosts at their session limit lose it too.",
    remedy="Look at loader, registration and broker (VD-01, VD-02, VD-04); lower the pool's session limit or give the host more capacity.",
)
def test_agent_is_connected(broker_channel: BrokerChannel) -> None:
    service = broker_channel.loader.service
    assert service is not None, "the machine has no service RDAgentBootLoader: the agent is not installed"
    assert service.running, f"the service RDAgentBootLoader is {service.state_text}"
    assert broker_channel.processes, "the service RDAgentBootLoader says it runs, but there is no process of it"
    connected = broker_channel.connected
    observe({"connected": connected})
    assert connected, "RDAgentBootLoader holds no connection to the broker (TCP 443, or a proxy)"
