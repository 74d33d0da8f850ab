"""The guest agent: what it needs of the machine to be able to work."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests_infra.documents import GUEST_AGENT, GUEST_AGENT_BLOG
from vmready import Role, advise, observe, requirement, should
from vmready.facts.guest_agent_certificate import AgentCertificate
from vmready.facts.guest_agent_log import GuestAgentLog
from vmready.facts.guest_agent_surroundings import Condition, GuestAgentSurroundings


@requirement(
    "GA-22",
    should,
    title="The agent's certificate (TenantEncryptionCert) is there and valid",
    severity="medium",
    roles=[Role.AZURE_VM],
    source=GUEST_AGENT_BLOG["Azure VM Guest Agent"],
    rationale="Extensions' protected settings are encrypted for this certificate; with an expired one they cannot be read.",
    remedy="Delete the expired certificate and restart RdAgent, which makes a new one; check the rights on Crypto\\RSA\\MachineKeys.",
)
def test_guest_agent_certificate(
    guest_agent_certificate: AgentCertificate | None, guest_agent_log: GuestAgentLog
) -> None:
    certificate = guest_agent_certificate
    observe({"present": certificate is not None, "problem": bool(certificate and certificate.problem)})
    logged = "".join(f"; {hit}" for hit in guest_agent_log.evidence("L11"))
    absent = "there is no certificate TenantEncryptionCert (the agent makes one when it needs it)"
    assert certificate is not None, absent + logged
    assert not certificate.problem, f"TenantEncryptionCert {certificate.thumbprint}: {certificate.problem}"
    for hit in guest_agent_log.evidence("L7", "L11"):
        advise(str(hit))


@requirement(
    "GA-23",
    should,
    title="The machine lets the agent work: .NET, space on the system drive, services of Windows",
    severity="medium",
    roles=[Role.AZURE_VM],
    source=GUEST_AGENT["Basic Troubleshooting of VM Agent in NOT READY state :"],
    rationale="The agent is a .NET program that is installed through WMI and keeps its keys in CNG: without these it does not start or update.",
    remedy="Remove Enable64Bit=0 and WCF debugging, restore machine.config, make room on the system drive, reset the services' start types.",
)
@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(GuestAgentSurroundings.runtime, id="GA-23.Enable64Bit"),
        pytest.param(GuestAgentSurroundings.machine_config, id="GA-23.machine-config"),
        pytest.param(GuestAgentSurroundings.space, id="GA-23.system-drive"),
        pytest.param(GuestAgentSurroundings.management, id="GA-23.Winmgmt"),
        pytest.param(GuestAgentSurroundings.key_isolation, id="GA-23.KeyIso"),
    ],
)
def test_guest_agent_can_work(
    condition: Callable[[GuestAgentSurroundings], Condition], guest_agent_surroundings: GuestAgentSurroundings
) -> None:
    found = condition(guest_agent_surroundings)
    observe({"seen": found.seen})
    assert not found.problem, found.problem
    for text in (found.doubt, *guest_agent_surroundings.logged(found)):
        if text:
            advise(text)
