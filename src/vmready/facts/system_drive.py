"""Free space on the drive that Windows is on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.probes.answers import Answer, Reason, Why
from vmready.probes.readings import Instances, Key
from vmready.probes.vocabulary import RegistryKey, Wmi

#: Where Windows is, so that no drive letter is assumed.
SYSTEM_ROOT = RegistryKey(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", values=("SystemRoot",))
DRIVES = Wmi("Win32_LogicalDisk", ("DeviceID", "FreeSpace", "Size"))
#: No figure is documented. An update brings about 100 MiB, and Windows itself wants room to work in.
LEAST_PART, LEAST_BYTES = 0.05, 2 * 1024**3


@dataclass(frozen=True, slots=True)
class SystemDrive:
    """The answers that tell the drive and its space in bytes; UnreadableFact from what is asked where they do not."""

    root: Answer[Key]
    drives: Answer[Instances]

    @property
    def _space(self) -> tuple[str, int, int]:
        root: Key | None = plain_value("system_drive", SYSTEM_ROOT, self.root)
        letter = ((root.text("SystemRoot") if root else None) or "")[:2].upper()
        drives: Instances | None = plain_value("system_drive", DRIVES, self.drives)
        for drive in drives.instances if drives else ():
            free, size = drive.get("FreeSpace"), drive.get("Size")
            mine = str(drive.get("DeviceID") or "").upper() == letter
            if mine and isinstance(free, int) and isinstance(size, int) and free <= size and size:
                return letter, free, size
        why = Why(Reason.FAILED, "NoDrive", f"no drive tells the space of the system drive {letter!r}")
        raise UnreadableFact("system_drive", why, str(DRIVES))

    @property
    def short(self) -> bool:
        """Whether there is less room than is prudent."""
        _, free, size = self._space
        return free < LEAST_BYTES or free / size < LEAST_PART

    @property
    def free_text(self) -> str:
        """The free space in words; that it is not known, where it is not."""
        try:
            letter, free, size = self._space
        except UnreadableFact:
            return "how much space is free is not known"
        return f"{letter} has {free / 1024**3:.1f} GiB free of {size / 1024**3:.1f} GiB ({100 * free / size:.0f} %)"


@fact
def system_drive(
    root: Annotated[Answer[Key], SYSTEM_ROOT], drives: Annotated[Answer[Instances], DRIVES]
) -> SystemDrive:
    """Never unreadable itself: a download that failed is told without it."""
    return SystemDrive(root, drives)
