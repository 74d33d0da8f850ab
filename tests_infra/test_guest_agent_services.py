"""The guest agent: its services."""

from __future__ import annotations

import pytest

from tests_infra.documents import GUEST_AGENT
from vmready import Role, advise, must, observe, requirement
from vmready.facts.services import GuestAgentServices


@requirement(
    "GA-03",
    must,
    title="The guest agent's service runs and starts automatically",
    severity="critical",
    roles=[Role.AZURE_VM],
    source=GUEST_AGENT["Basic Troubleshooting of VM Agent in NOT READY state :"],
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
