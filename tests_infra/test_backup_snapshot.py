"""Azure Backup: what a snapshot of the machine needs (network, disks, VSS)."""

from __future__ import annotations

import pytest

from tests_infra.documents import BACKUP
from vmready import Role, advise, must, not_applicable, note, observe, requirement
from vmready.facts.backup_disks import BackupDisks
from vmready.facts.fabric_address import FabricAddress
from vmready.facts.snapshots import Snapshots

SNAPSHOT = BACKUP["The snapshot status can't be retrieved, or a snapshot can't be taken"]


@requirement(
    "BK-15",
    must,
    title="DHCP is enabled in the guest, so that the fabric address (option 245) comes with the lease",
    severity="high",
    roles=[Role.AZURE_BACKUP],
    source=SNAPSHOT,
    rationale="Without the fabric address from DHCP response 245 the machine can neither download nor run an extension, the backup's included.",
    remedy="Switch the primary interface to DHCP and give it its fixed address in Azure; set the service Dhcp to automatic and start it.",
)
def test_dhcp_for_backup(fabric_address: FabricAddress) -> None:
    found = fabric_address
    observe({"dhcp": found.nic.dhcp, "option 245": found.evidence, "DHCPStatus": found.reported})
    problems = found.problems()
    assert not problems, "; ".join(problems)
    if found.exempt():
        not_applicable(f"{found.nic.name} has several addresses in Azure: static configuration is the documented way")
    for other in found.nic.left_out:
        note(f"left out: {other}")
    if found.nic.azures is False:
        advise(f"the default route leads out of {found.nic.name}, which is not the primary interface in Azure")
    if found.doubt():
        advise(found.doubt())


@requirement(
    "BK-16",
    must,
    title="No disk is larger than 32 TiB, or than 4 TiB where the guest encrypts it",
    severity="high",
    roles=[Role.AZURE_BACKUP],
    source=BACKUP[
        "UserErrorUnsupportedDiskSize - The configured disk size(s) is currently not supported by Azure Backup"
    ],
    rationale="Backup fails for larger disks. The temporary disk and volumes that stripe over several disks do not count.",
    remedy="Split the disk; unlock locked volumes before the backup.",
)
def test_disk_sizes(backup_disks: BackupDisks) -> None:
    problems = backup_disks.problems()
    observe({"problems": problems})
    assert not problems, "; ".join(problems)
    for text in backup_disks.doubts():
        advise(text)
    for text in backup_disks.sizes().left_out:
        note(f"left out: {text}")


@requirement(
    "BK-21",
    must,
    title="VSS can take a snapshot: writers are well, and the services that take part can run",
    severity="high",
    roles=[Role.AZURE_BACKUP],
    source=SNAPSHOT,
    rationale="A failed writer makes the backup fall back to a crash-consistent one or fail; COM+ and MSDTC take part in every snapshot.",
    remedy="Restart the service of a failed writer (System Writer: CryptSvc); set start types and MSDTC's account (NetworkService) back.",
)
@pytest.mark.parametrize(
    "part",
    [
        pytest.param(None, id="BK-21.writers"),
        pytest.param("VSS", id="BK-21.VSS"),
        pytest.param("swprv", id="BK-21.swprv"),
        pytest.param("COMSysApp", id="BK-21.COMSysApp"),
        pytest.param("MSDTC", id="BK-21.MSDTC"),
        pytest.param("EventSystem", id="BK-21.EventSystem"),
        pytest.param("CryptSvc", id="BK-21.CryptSvc"),
        pytest.param("IaasVmProvider", id="BK-21.IaasVmProvider"),
    ],
)
def test_snapshots(part: str | None, snapshots: Snapshots) -> None:
    if part is None:
        _judge_writers(snapshots)
        return
    found = snapshots.part(part)
    observe({"start": found.start})
    assert not found.problem, found.problem
    if not found.there:
        not_applicable(f"there is no service {part}; it comes with the first backup")
    if found.doubt:
        advise(found.doubt)


def _judge_writers(snapshots: Snapshots) -> None:
    observe({"writers": len(snapshots.writers()), "failed": snapshots.failed()})
    assert snapshots.writers(), "VSS lists no writers"
    assert not snapshots.failed(), "; ".join(snapshots.failed())
    for text in snapshots.doubts():
        advise(text)
    for text in snapshots.waiting():
        note(text)
