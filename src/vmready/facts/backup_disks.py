"""The disks that Azure Backup would copy: their sizes as Azure or the machine tells them, and whether the guest encrypts them.

TB is taken as TiB: an Azure disk of 32,767 GiB is 35.18 decimal TB, and is supported.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from vmready.facts.extension_handlers import HANDLER_STATE
from vmready.facts.proven import proven
from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.probes.answers import Answer, Observed, Reason, Why
from vmready.probes.readings import Exchange, Instances, Key
from vmready.probes.vocabulary import HttpGet, Wmi

STORAGE = HttpGet(
    "http://169.254.169.254/metadata/instance/compute/storageProfile?api-version=2021-02-01&format=json",
    metadata=True,
    body=65536,
)
_SPACE = r"root\Microsoft\Windows\Storage"
DISKS = Wmi("MSFT_Disk", ("Number", "Size", "BusType", "FriendlyName"), _SPACE)
PARTITIONS = Wmi("MSFT_Partition", ("DiskNumber", "DriveLetter"), _SPACE)
#: Windows before 8 and Server 2012.
OLD_DISKS = Wmi("Win32_DiskDrive", ("Index", "Size", "InterfaceType", "Model"))
LABELS = Wmi("Win32_LogicalDisk", ("DeviceID", "VolumeName"))
VOLUMES = Wmi(
    "Win32_EncryptableVolume", ("DriveLetter", "ProtectionStatus"), r"root\cimv2\Security\MicrosoftVolumeEncryption"
)

GIB = 1 << 30
LIMIT, ENCRYPTED_LIMIT = 32 << 40, 4 << 40
#: Bus types that are no disks of Azure's: RAM disks, iSCSI, files, Storage Spaces (which stripe over disks and may be larger).
_SPACES = 16
_NOT_AZURES: Mapping[Any, str] = {9: "iSCSI", 14: "virtual", 15: "a file", _SPACES: "Storage Spaces"}
#: What Windows calls a disk of Storage Spaces where it tells no bus.
_OF_A_POOL = "storage space"
_TEMPORARY = "temporary storage"
_ENCRYPTION = "microsoft.azure.security.azurediskencryption"
_NAME = "backup_disks"


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk and its size in bytes."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """``left_out``: disks that Azure Backup does not copy, each with the reason."""

    disks: tuple[Disk, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BackupDisks:
    """Each question raises UnreadableFact where it cannot be answered."""

    storage: Answer[Exchange]
    disks: Answer[Instances]
    partitions: Answer[Instances]
    old_disks: Answer[Instances]
    labels: Answer[Instances]
    volumes: Answer[Instances]
    handlers: Answer[Key]

    def sizes(self) -> Sizes:
        """The disks by what Azure says of them, else by what the machine sees."""
        told = _of_azure(self.storage)
        return told if told is not None else self._seen()

    def _seen(self) -> Sizes:
        temporary = self._temporary()
        if isinstance(self.disks, Observed):
            found, left_out = [], []
            for row in self.disks.value.instances:
                number, size, bus = row.get("Number"), row.get("Size"), row.get("BusType")
                name = f"disk {number} ({str(row.get('FriendlyName') or 'no name')[:60]})"
                reason = _NOT_AZURES.get(bus, "temporary disk" if number in temporary else "")
                if reason:
                    left_out.append(f"{name}: {reason}")
                else:
                    found.append(_disk(name, size))
            return _some(found, left_out, self.disks.value.more)
        old: Instances | None = plain_value(_NAME, OLD_DISKS, self.old_disks)
        rows = old.instances if old is not None else ()
        found, left_out = [], []
        for row in rows:
            name = f"disk {row.get('Index')} ({str(row.get('Model'))[:60]})"
            if _OF_A_POOL in str(row.get("Model")).lower():
                left_out.append(f"{name}: {_NOT_AZURES[_SPACES]}")
            else:
                found.append(_disk(name, row.get("Size")))
        return _some(found, left_out, old is not None and old.more)

    def _temporary(self) -> frozenset[Any]:
        """The numbers of disks with a volume that Azure labels as temporary."""
        labels = self.labels.value.instances if isinstance(self.labels, Observed) else ()
        drives = {
            str(row.get("DeviceID"))[:1].upper()
            for row in labels
            if str(row.get("VolumeName") or "").strip().lower() == _TEMPORARY
        }
        rows = self.partitions.value.instances if isinstance(self.partitions, Observed) else ()
        return frozenset(row.get("DiskNumber") for row in rows if _letter(row.get("DriveLetter")) in drives)

    def encryption(self) -> str:
        """What shows that the guest encrypts disks; empty where nothing does. UnreadableFact where that is not known."""
        if _flag_of_azure(self.storage):
            return "Azure names encryption settings"
        key: Key | None = plain_value(_NAME, HANDLER_STATE, self.handlers)
        if key is not None and any(
            name.lower().startswith(_ENCRYPTION) and not _removed(key.keys[name]) for name in key.keys
        ):
            return "the extension AzureDiskEncryption is installed"
        on = [drive for drive, status in self._volumes() if status == 1]
        return f"BitLocker protects {', '.join(on)}" if on else self._read_volumes()

    def _volumes(self) -> Iterator[tuple[str, Any]]:
        """Volumes with their protection status: 0 off, 1 on, 2 locked. Without BitLocker there are none."""
        volumes: Instances | None = plain_value(_NAME, VOLUMES, self.volumes)
        for row in volumes.instances if volumes is not None else ():
            yield str(row.get("DriveLetter") or "a volume without a letter")[:40], row.get("ProtectionStatus")

    def _read_volumes(self) -> str:
        """Nothing. UnreadableFact where the protection of a volume is not told."""
        for drive, status in self._volumes():
            if status not in (0, 1, 2):
                why = Why(Reason.FAILED, "NotTold", f"the protection of {drive} is not told")
                raise UnreadableFact(_NAME, why, str(VOLUMES))
        return ""

    def problems(self) -> tuple[str, ...]:
        """Disks that are too large, and volumes that are locked, each named."""
        return proven(self._too_large, self._locked, self._read_volumes)

    def doubts(self) -> Iterator[str]:
        """Pools of Storage Spaces, where the machine alone tells the disks: those that a pool stripes over are hidden."""
        pools = [
            text.rpartition(": ")[0] for text in self.sizes().left_out if text.endswith(f": {_NOT_AZURES[_SPACES]}")
        ]
        if pools:
            yield f"the machine does not tell the sizes of the disks that {', '.join(pools)} stripes over, and Azure told none"

    def _too_large(self) -> Iterator[str]:
        disks = self.sizes().disks
        yield from (f"{_words(disk)} is larger than 32 TiB" for disk in disks if disk.size > LIMIT)
        large = [disk for disk in disks if ENCRYPTED_LIMIT < disk.size <= LIMIT]
        how = self.encryption() if large else ""
        if how:
            yield from (f"{_words(disk)} is larger than 4 TiB, and encrypted in the guest: {how}" for disk in large)

    def _locked(self) -> Iterator[str]:
        return (f"{drive} is locked by BitLocker" for drive, status in self._volumes() if status == 2)


def _removed(node: object) -> bool:
    """Whether a handler's key is what a removal leaves."""
    return isinstance(node, Key) and (node.text("InstallState") or "").lower() == "notinstalled"


def _letter(value: Any) -> str:
    """A drive letter, which Windows tells as a character or as its number."""
    return chr(value).upper() if isinstance(value, int) and value in range(128) else str(value or "")[:1].upper()


def _disk(name: str, size: Any) -> Disk:
    if isinstance(size, str) and size.isascii() and size.isdigit() and len(size) < 20:
        size = int(size)
    if not isinstance(size, int) or isinstance(size, bool):
        raise UnreadableFact(_NAME, Why(Reason.FAILED, "NoSize", f"the size of {name} is not told"))
    return Disk(name, size)


def _some(found: list[Disk], left_out: list[str], more: bool) -> Sizes:
    if not found or more:
        text = "there are more disks than are looked at" if more else "neither Azure nor the machine tells its disks"
        raise UnreadableFact(_NAME, Why(Reason.FAILED, "NoDisks", text), str(DISKS))
    return Sizes(tuple(found), tuple(left_out))


def _words(disk: Disk) -> str:
    return f"{disk.name} of {disk.size / GIB:,.0f} GiB"


def _profile(answer: Answer[Exchange]) -> dict[str, Any] | None:
    """The storage profile of the instance metadata service; None where it did not tell it, or cut it off."""
    if not isinstance(answer, Observed) or answer.value.status != 200 or answer.value.cut:
        return None
    try:
        raw = json.loads(answer.value.body)
    except (ValueError, RecursionError):
        return None
    return raw if isinstance(raw, dict) and isinstance(raw.get("osDisk"), dict) else None


def _of_azure(answer: Answer[Exchange]) -> Sizes | None:
    """Sizes by Azure; None where one is missing: then the machine is asked."""
    profile = _profile(answer)
    data = profile.get("dataDisks") if profile is not None else None
    if profile is None or not isinstance(data, list) or not all(isinstance(disk, dict) for disk in data):
        return None
    found = []
    for name, raw in (("the OS disk", profile["osDisk"]), *((_lun(disk), disk) for disk in data)):
        size = str(raw.get("diskSizeGB") or "")
        if not (size.isascii() and size.isdigit() and len(size) < 10):
            return None
        found.append(Disk(name, int(size) * GIB))
    return Sizes(tuple(found))


def _lun(disk: dict[str, Any]) -> str:
    return f"data disk {str(disk.get('name') or '')[:60]} (LUN {str(disk.get('lun'))[:4]})"


def _flag_of_azure(answer: Answer[Exchange]) -> bool:
    settings = ((_profile(answer) or {}).get("osDisk") or {}).get("encryptionSettings")
    return isinstance(settings, dict) and str(settings.get("enabled")).lower() == "true"


@fact
def backup_disks(
    storage: Annotated[Answer[Exchange], STORAGE],
    disks: Annotated[Answer[Instances], DISKS],
    partitions: Annotated[Answer[Instances], PARTITIONS],
    old_disks: Annotated[Answer[Instances], OLD_DISKS],
    labels: Annotated[Answer[Instances], LABELS],
    volumes: Annotated[Answer[Instances], VOLUMES],
    handlers: Annotated[Answer[Key], HANDLER_STATE],
) -> BackupDisks:
    """The machine's disks. Never unreadable itself."""
    return BackupDisks(storage, disks, partitions, old_disks, labels, volumes, handlers)
