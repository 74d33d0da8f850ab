"""The guest agent: its services and processes."""

from __future__ import annotations

import pytest

from tests_infra.documents import GUEST_AGENT
from vmready import Role, advise, must, note, observe, requirement
from vmready.facts.guest_agent_crashes import GuestAgentCrashes
from vmready.facts.guest_agent_processes import AgentProcesses
from vmready.facts.guest_agent_version import OptionalServices
from vmready.facts.services import GuestAgentServices

SECTION = GUEST_AGENT["Basic Troubleshooting of VM Agent in NOT READY state :"]


@requirement(
    "GA-03",
    must,
    title="The guest agent's service runs and starts automatically",
    severity="critical",
    roles=[Role.AZURE_VM],
    source=SECTION,
    rationale="RdAgent installs, updates and reports; WindowsAzureGuestAgent runs the extensions. Without either the agent is Not Ready.",
    remedy="Start the service and set its start type to Automatic; where it is missing, install the guest agent again.",
)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("RdAgent", id="GA-03.RdAgent"),
        pytest.param("WindowsAzureGuestAgent", id="GA-03.WindowsAzureGuestAgent"),
    ],
)
def test_guest_agent_service(name: str, guest_agent_services: GuestAgentServices) -> None:
    service = guest_agent_services.service(name)
    assert service is not None, f"the machine has no service {name}"
    observe({"state": service.state, "start": service.start})
    assert service.running, f"the service {name} is {service.state_text} (start type {service.start_text})"
    if service.start != 2:
        advise(f"the service {name} runs, but its start type is {service.start_text}, not automatic")


@requirement(
    "GA-04",
    must,
    title="The telemetry service runs where the agent's version still has it",
    severity="low",
    roles=[Role.AZURE_VM],
    source=GUEST_AGENT["Windows Azure Guest Agent – Windows Machines – Overview and Deep Dive"],
    rationale="Versions before 2.7.41491.971 report through WindowsAzureTelemetryService; later ones have no such service.",
    remedy="Update the guest agent; until then start WindowsAzureTelemetryService.",
)
def test_telemetry_service(guest_agent_optional_services: OptionalServices) -> None:
    services = guest_agent_optional_services
    observe(services.seen())
    problem = services.missing()
    assert not problem, problem
    if services.net_agent is not None and not services.net_agent.running:
        advise(f"the legacy service WindowsAzureNetAgentSvc is there, but {services.net_agent.state_text}")


@requirement(
    "GA-05",
    must,
    title="The agent's processes run, each as the process of its service",
    severity="high",
    roles=[Role.AZURE_VM],
    source=SECTION,
    rationale="A service can be listed as running while its process is gone, and a program of the same name may be none of the agent's.",
    remedy="Restart RdAgent and WindowsAzureGuestAgent; look for what ends their processes.",
)
def test_guest_agent_processes(guest_agent_processes: AgentProcesses) -> None:
    problems = guest_agent_processes.problems()
    observe({"problems": problems})
    assert not problems, "; ".join(problems)
    for text in guest_agent_processes.doubts():
        advise(text)


@requirement(
    "GA-10",
    must,
    title="The agent's services and programs do not crash",
    severity="high",
    roles=[Role.AZURE_VM],
    source=SECTION,
    rationale="An agent that crashes is mostly brought down by a third party's program; the events of the last day (services) and week say so.",
    remedy="Read the events named here; look for security software that loads modules into the agent's processes.",
)
def test_guest_agent_does_not_crash(guest_agent_crashes: GuestAgentCrashes) -> None:
    problems = guest_agent_crashes.problems()
    observe(guest_agent_crashes.seen())
    assert not problems, "; ".join(problems)
    for text in guest_agent_crashes.idle():
        advise(text)
    for text in guest_agent_crashes.short():
        note(text)
