"""What LocalSystem may do in the folder of the machine's private keys."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from vmready.facts import sddl
from vmready.facts.registry import UnreadableFact, fact
from vmready.probes.answers import Reason, Why
from vmready.probes.readings import Descriptor as DescriptorReading
from vmready.probes.vocabulary import Descriptor

MACHINE_KEYS = Descriptor(r"%ProgramData%\Microsoft\Crypto\RSA\MachineKeys")
#: As Windows sets it up (measured on Server 2012 R2 to 2025): no entry for SYSTEM, which comes in through Administrators.
DEFAULT = sddl.parse("O:SYG:SYD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)")
#: What Everyone has by default: read and write, but not delete.
READ_AND_WRITE = 0x12019F


class Access(Enum):
    """How much LocalSystem may do."""

    MODIFY = "modify"
    READ_AND_WRITE = "read and write, but not delete"
    LESS = "less than read and write"


@dataclass(frozen=True, slots=True)
class MachineKeys:
    """``access`` of LocalSystem to the folder and its ``rights`` as a mask; ``default``: owner and entries are those that Windows sets up."""

    access: Access
    rights: int
    default: bool


@fact
def machine_keys(descriptor: Annotated[DescriptorReading | None, MACHINE_KEYS]) -> MachineKeys | None:
    """The folder's effective rights, by SID. None: there is no such folder. Unreadable where a condition in an entry would decide."""
    if descriptor is None:
        return None
    try:
        found = sddl.parse(descriptor.sddl)
    except sddl.NotSddl as error:
        raise UnreadableFact("machine_keys", Why(Reason.FAILED, "NotSddl", str(error)), str(MACHINE_KEYS)) from None
    rights = sddl.effective(found, sddl.LOCAL_SYSTEM_TOKEN)
    if _access(rights.surely) is not _access(rights.perhaps):
        why = Why(Reason.UNSUPPORTED, "Condition", "a conditional or object entry decides what LocalSystem may do")
        raise UnreadableFact("machine_keys", why, str(MACHINE_KEYS))
    default = (found.owner, found.entries) == (DEFAULT.owner, DEFAULT.entries)
    return MachineKeys(_access(rights.surely), rights.surely, default)


def _access(mask: int) -> Access:
    if not sddl.MODIFY & ~mask:
        return Access.MODIFY
    return Access.LESS if READ_AND_WRITE & ~mask else Access.READ_AND_WRITE
