"""Azure Backup: the guest agent and the snapshot extension that it runs."""

from __future__ import annotations

from tests_infra.documents import BACKUP
from vmready import Role, advise, must, not_applicable, observe, requirement
from vmready.facts.extension_handlers import SnapshotExtension
from vmready.facts.guest_agent_readiness import GuestAgentReadiness


@requirement(
    "BK-01",
    must,
    title="The guest agent is installed, runs and is Ready",
    severity="critical",
    roles=[Role.AZURE_BACKUP],
    source=BACKUP["UserErrorGuestAgentStatusUnavailable - VM agent unable to communicate with Azure Backup"],
    rationale="Azure Backup starts snapshots through the agent; one that is stopped, outdated or not installed keeps it from doing so.",
    remedy="Start the services RdAgent and WindowsAzureGuestAgent; where the agent is missing or broken, install the latest MSI.",
)
def test_guest_agent_for_backup(guest_agent_readiness: GuestAgentReadiness) -> None:
    problems = guest_agent_readiness.problems()
    observe(guest_agent_readiness.seen())
    assert not problems, "; ".join(problems)
    if guest_agent_readiness.status.ahead:
        advise(guest_agent_readiness.status.ahead)


@requirement(
    "BK-03",
    must,
    title="The VMSnapshot extension has not failed and is no orphan",
    severity="high",
    roles=[Role.AZURE_BACKUP],
    source=BACKUP["UserErrorVmProvisioningStateFailed - The VM is in failed provisioning state"],
    rationale="A failed extension, or one of which only a part is left, makes every backup fail until it is removed.",
    remedy="Remove the VMSnapshot extension in the portal and start an on-demand backup, which installs it again.",
)
def test_snapshot_extension(snapshot_extension: SnapshotExtension) -> None:
    if snapshot_extension.absent():
        not_applicable("the VMSnapshot extension is not installed; it comes with the first backup")
    problems = snapshot_extension.problems()
    observe({"problems": problems})
    assert not problems, "; ".join(problems)
    for text in snapshot_extension.doubts():
        advise(text)
