"""Azure Backup: what the snapshot extension needs to find on the machine."""

from __future__ import annotations

from tests_infra.documents import BACKUP
from vmready import Role, advise, must, observe, requirement
from vmready.facts.dot_net import DotNetFramework


@requirement(
    "BK-06",
    must,
    title=".NET Framework 4.5 or later is installed",
    severity="high",
    roles=[Role.AZURE_BACKUP],
    source=BACKUP["The agent is installed in the VM, but it's unresponsive (for Windows VMs)"],
    rationale="The guest agent and the snapshot extension are .NET programs; with 4.0 alone the extension cannot take a snapshot.",
    remedy="Install .NET Framework 4.8 (or 4.5 at least) and restart the machine.",
)
def test_dot_net_for_backup(dot_net_framework: DotNetFramework) -> None:
    observe({"release": dot_net_framework.release.number})
    perhaps = dot_net_framework.perhaps("4.5")
    assert perhaps or dot_net_framework.at_least("4.5"), f".NET Framework 4.5 is wanted, found {dot_net_framework.name}"
    if perhaps:
        advise(f"Release is {dot_net_framework.release}: .NET's own detection does not find it")
