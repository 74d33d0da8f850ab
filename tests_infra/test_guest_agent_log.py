"""The guest agent: what its log says since it last started ("Advanced Troubleshooting")."""

from __future__ import annotations

from tests_infra.documents import GUEST_AGENT
from vmready import Role, advise, must, note, observe, requirement, should
from vmready.facts.guest_agent_lifecycle import GuestAgentStart, GuestAgentStop, GuestAgentVersions, GuestAgentWay
from vmready.facts.npcap import Npcap

STARTING = GUEST_AGENT["1. Agent Stuck on Starting"]


@requirement(
    "GA-13",
    must,
    title="The agent is not stuck starting, and no duplicate folder keeps an older version running",
    severity="high",
    roles=[Role.AZURE_VM],
    source=STARTING,
    rationale="With several folders of one newer version the agent fails to start it, stays in its start, and is Not Ready.",
    remedy="Stop the agent's services, move the folders GuestAgent_* and Packages to WindowsAzure\\OLD, install the latest agent.",
)
def test_guest_agent_is_not_stuck_starting(guest_agent_start: GuestAgentStart) -> None:
    problems = guest_agent_start.problems()
    observe(guest_agent_start.seen())
    assert not problems, "; ".join(problems)
    if guest_agent_start.writer.idle():
        advise(guest_agent_start.writer.idle())
    if guest_agent_start.log.ahead:
        advise(guest_agent_start.log.ahead)
    if guest_agent_start.waits:
        note("the agent waits for Windows to be set up (OOBE), which is normal after provisioning")


@requirement(
    "GA-14",
    must,
    title="The agent's log shows no failure to reach the WireServer that it did not recover from",
    severity="high",
    roles=[Role.AZURE_VM],
    source=GUEST_AGENT["2. Unable to connect to WireServer IP ( Host IP )"],
    rationale="The log tells causes apart that a connection cannot: 503 from the host's side or a proxy, a local filter, a missing fabric address.",
    remedy="503: look for a proxy, else redeploy. Forbidden: remove the firewall rule or filter. No fabric address: use DHCP.",
)
def test_guest_agent_reaches_the_wire_server(guest_agent_way: GuestAgentWay) -> None:
    problems = guest_agent_way.problems()
    observe({"problems": sorted({p.partition("[")[2].partition(",")[0] for p in problems})})
    assert not problems, "; ".join(problems)
    if guest_agent_way.writer.idle():
        advise(guest_agent_way.writer.idle())
    if guest_agent_way.log.ahead:
        advise(guest_agent_way.log.ahead)
    for text in guest_agent_way.doubts():
        advise(text)
    for text in guest_agent_way.remarks():
        note(text)


@requirement(
    "GA-16",
    must,
    title="The agent is not stuck stopping",
    severity="high",
    roles=[Role.AZURE_VM],
    source=GUEST_AGENT["3. Guest Agent stuck Stopping"],
    rationale="An agent that cannot be stopped (NullReferenceException, Stop Pending) is neither updated nor restarted.",
    remedy="Make sure that WaAppAgent.exe runs (else restart RdAgent), end WindowsAzureGuestAgent.exe; else install the agent again.",
)
def test_guest_agent_is_not_stuck_stopping(guest_agent_stop: GuestAgentStop) -> None:
    problems = guest_agent_stop.problems()
    observe(guest_agent_stop.seen())
    assert not problems, "; ".join(problems)


@requirement(
    "GA-17",
    should,
    title="No active Npcap Loopback Adapter",
    severity="medium",
    roles=[Role.AZURE_VM],
    source=GUEST_AGENT["4. Npcap Loopback Adapter"],
    rationale="The agent may look for its fabric address on this adapter of Wireshark's, where there is none.",
    remedy="Disable the Npcap Loopback Adapter, or install a newer Npcap without it.",
)
def test_no_npcap_loopback_adapter(npcap: Npcap) -> None:
    observe({"active": npcap.active, "unknown": npcap.unknown})
    assert not npcap.active, f"the adapter {', '.join(npcap.active)} is active{npcap.fabric_address}"
    if npcap.unknown:
        advise(f"whether the adapter {', '.join(npcap.unknown)} is active is not told")
    if npcap.perhaps:
        advise(
            f"Npcap made a loopback adapter, and {', '.join(npcap.perhaps)} is active, which may be that one renamed"
        )


@requirement(
    "GA-19",
    should,
    title="The version that started, the program's and the registered one agree",
    severity="medium",
    roles=[Role.AZURE_VM],
    source=STARTING,
    rationale="After an update or a new installation the log must show that the expected version started.",
    remedy="Restart RdAgent and WindowsAzureGuestAgent; where the versions still differ, install the agent again.",
)
def test_guest_agent_versions_agree(guest_agent_versions: GuestAgentVersions) -> None:
    found = guest_agent_versions.compared()
    observe({"logged": found.logged, "program": found.program, "registered": found.registered})
    known = f"started {found.logged or 'not named'}, program {found.program or 'none'}, registry {found.registered or 'none'}"
    assert not found.differing, f"the agent's versions differ: {known}"
    if None in (found.logged, found.program, found.registered):
        advise(f"not every source names the agent's version: {known}")
