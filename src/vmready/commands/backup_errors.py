"""Azure Backup's documented error codes, and which rows of the catalogue decide them: a table, held complete by its test.

From "Troubleshoot Azure Backup failure: Issues with the agent or extension", the troubleshooting article for backups of virtual machines, and
the codes of the snapshot extension.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_AGENT = ("BK-01", "GA-01", "GA-03", "GA-05", "GA-08", "GA-09", "GA-10", "GA-13", "GA-16")
_WIRE = ("GA-12", "GA-14", "GA-15", "GA-17", "GA-20", "GA-21", "BK-15")
_LINUX_AGENT = ("BK-01L", "BK-07", "BK-09", "BK-15L")


@dataclass(frozen=True, slots=True)
class BackupError:
    """A code, what it means, and the rows that decide it, those that mostly do first. ``outside``: what no guest can tell."""

    code: str
    means: str
    rows: tuple[str, ...]
    outside: str = ""


def _known() -> tuple[BackupError, ...]:
    communication = (*_AGENT, *_WIRE, *_LINUX_AGENT)
    snapshot = (*_WIRE, "BK-14", "BK-06", *_AGENT)
    com = ("BK-21",)
    return (
        BackupError(
            "UserErrorGuestAgentStatusUnavailable",
            "Azure Backup could not talk to the guest agent: stopped, outdated, in an inconsistent state, or not installed.",
            (*communication, "GA-24", "BK-02", "GA-08A"),
        ),
        BackupError(
            "GuestAgentSnapshotTaskStatusError",
            "The guest agent did not tell the state of the snapshot.",
            (*communication, "BK-14", "BK-03", "BK-06", "GA-24", "BK-12", "BK-13", "BK-02"),
        ),
        BackupError(
            "UserErrorVmProvisioningStateFailed",
            "The failure of an extension put the machine into a failed provisioning state.",
            ("BK-03", "GA-24", "BK-02", "BK-04"),
        ),
        BackupError(
            "UserErrorVmNotInDesirableState",
            "The machine is in no state that allows a backup (neither running nor deallocated).",
            ("BK-04", "BK-01", "BK-01L"),
            "On Linux, security modules must not confine /var/lib/waagent.",
        ),
        BackupError(
            "VmNotInDesirableState", "An older name of UserErrorVmNotInDesirableState.", ("BK-04", "BK-01", "BK-01L")
        ),
        BackupError(
            "UserErrorRpCollectionLimitReached",
            "There are too many restore points of the machine.",
            ("BK-17", "BK-18"),
            "Restore points and locks belong to Azure; nothing in the machine shows them.",
        ),
        BackupError(
            "UserErrorKeyvaultPermissionsNotConfigured",
            "Azure Backup may not read the key vault of an encrypted machine.",
            ("BK-19",),
            "The key vault's permissions belong to Azure.",
        ),
        BackupError(
            "ExtensionSnapshotFailedNoNetwork",
            "The snapshot failed because the machine has no network to the platform.",
            snapshot,
        ),
        BackupError(
            "ExtensionOperationFailedForManagedDisks",
            "The snapshot extension's operation failed.",
            (*snapshot, "BK-03", "BK-07"),
        ),
        BackupError(
            "BackUpOperationFailed", "The backup failed with an internal error.", (*snapshot, "BK-03", "BK-07", "BK-18")
        ),
        BackupError(
            "BackUpOperationFailedV2",
            "The backup failed with an internal error.",
            (*snapshot, "BK-03", "BK-07", "BK-18"),
            "The extension also needs the Visual C++ 2013 runtime (iaasvmprovider.dll).",
        ),
        BackupError("UserErrorUnsupportedDiskSize", "A disk is larger than what Azure Backup supports.", ("BK-16",)),
        BackupError(
            "UserErrorBackupOperationInProgress",
            "Another backup of the machine is in progress.",
            ("BK-20",),
            "Jobs belong to the vault (older vaults, too).",
        ),
        BackupError(
            "UserErrorCrpReportedUserError",
            "The platform reported an error; the job's details name it.",
            ("BK-02", "BK-04"),
            "Read the failed job's details in the vault.",
        ),
        BackupError(
            "UserErrorBcmDatasourceNotPresent",
            "The machine is not actively protected by Azure Backup.",
            ("BK-20",),
            "Protection belongs to the vault.",
        ),
        BackupError(
            "UserErrorRequestDisallowedByPolicy",
            "A policy of Azure refused the operation.",
            (),
            "Look at the policies that apply to the resource group of the restore points.",
        ),
        BackupError("ExtensionSnapshotFailedCOM", "The snapshot failed on COM+.", com),
        BackupError("ExtensionInstallationFailedCOM", "The extension could not be installed because of COM+.", com),
        BackupError("ExtensionInstallationFailedMDTC", "The extension could not be installed because of MSDTC.", com),
        BackupError(
            "ExtensionFailedVssWriterInBadState",
            "A VSS writer is in a bad state.",
            ("BK-21", "GA-23"),
            "Restart its service.",
        ),
        BackupError("ExtensionFailedVssServiceInBadState", "The VSS service is in a bad state.", ("BK-21", "GA-23")),
        BackupError(
            "ExtensionConfigParsingFailure",
            "The extension could not read its settings: certificate or rights on the machine's keys.",
            ("GA-22", "UM-10"),
        ),
        BackupError(
            "ExtensionSnapshotFailedNoSecureNetwork",
            "No secure channel (TLS) could be made for the snapshot.",
            ("UM-11", "BK-06"),
        ),
        BackupError(
            "ExtensionVCRedistInstallationFailure",
            "The Visual C++ 2013 runtime could not be installed.",
            ("VD-10",),
            "The service msiserver must not be disabled; the rights on HKLM\\SOFTWARE\\Classes must be the usual ones.",
        ),
        BackupError(
            "ExtensionFailedTimeoutVMNetworkUnresponsive",
            "The extension got no answer in time.",
            ("GA-12", "GA-21", "BK-21"),
            "Look at the load of processor and disks.",
        ),
        BackupError("ExtensionSnapshotBitlockerError", "A volume is locked by BitLocker.", ("BK-16",)),
        BackupError(
            "ExtensionStuckInDeletionState", "The snapshot extension hangs in its removal.", ("BK-03", "GA-24")
        ),
        BackupError(
            "VMRestorePointInternalError",
            "The snapshot extension failed, often by security software.",
            ("BK-14", "BK-21"),
        ),
        BackupError(
            "UserErrorFsFreezeFailed",
            "A file system could not be frozen.",
            ("BK-01L",),
            "Look at the mount points (MountsToSkip).",
        ),
        BackupError(
            "UserErrorUnableToOpenMount",
            "A mount point could not be opened.",
            ("BK-01L",),
            "Look at the mount points (MountsToSkip).",
        ),
    )


ERRORS: Mapping[str, BackupError] = {error.code.lower(): error for error in _known()}


def find(text: str) -> BackupError | None:
    """The error of a code, in any case; None where there is none of that name."""
    return ERRORS.get(text.strip().lower())
