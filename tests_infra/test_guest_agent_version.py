"""The guest agent: its version, and whether it keeps itself up to date."""

from __future__ import annotations

from tests_infra.documents import GUEST_AGENT
from vmready import Role, advise, must, note, observe, requirement, should
from vmready.facts.guest_agent_update import GuestAgentUpdate
from vmready.facts.guest_agent_version import GuestAgentVersion
from vmready.facts.guest_agent_versions import dotted


@requirement(
    "GA-09",
    must,
    title="The agent's version is supported, and none that is known to be bad",
    severity="high",
    roles=[Role.AZURE_VM],
    source=GUEST_AGENT["Checking Agent Status and Version"],
    rationale="Below 2.7.41491.1010 agents are out of support; some versions were withdrawn, or crash on older Windows.",
    remedy="Let the agent update itself (it needs the WireServer), or install the latest MSI.",
)
def test_guest_agent_version(guest_agent_version: GuestAgentVersion) -> None:
    problems = guest_agent_version.problems()
    observe(guest_agent_version.seen())
    assert not problems, "; ".join(problems)
    for text in guest_agent_version.doubts():
        advise(text)


@requirement(
    "GA-11",
    should,
    title="The agent's last update succeeded: no failed newer version is pending",
    severity="medium",
    roles=[Role.AZURE_VM],
    source=GUEST_AGENT["Basic Troubleshooting of VM Agent in NOT READY state :"],
    rationale="The agent updates itself; one that fails at that stays on an old version without anybody noticing.",
    remedy="Restart RdAgent; where it fails again, uninstall the agent and install the latest MSI.",
)
def test_guest_agent_update(guest_agent_update: GuestAgentUpdate) -> None:
    removed = guest_agent_update.removed()
    pending = None if removed else guest_agent_update.pending()
    said = {"pending": pending and dotted(pending.version), "failed": pending and pending.failed}
    observe({"removed": bool(removed), **said})
    assert not removed, removed
    if pending is not None:
        text = f"the update to {dotted(pending.version)} failed ({pending.said})"
        assert not pending.failed, f"{text}; {guest_agent_update.running()} still runs"
        note(f"an update to {dotted(pending.version)} is pending ({pending.said})")
    if guest_agent_update.odd:
        note(f"records of updates that name no version: {', '.join(guest_agent_update.odd)}")
