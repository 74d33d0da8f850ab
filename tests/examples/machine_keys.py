"""UM-10: what LocalSystem may do in the MachineKeys folder. Conditions and audit parts, which a state does not take: ``tests/facts/test_sddl.py``."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .harness import Of
from .terms import denied

FOLDER = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys"


def acl(sddl: str | None) -> dict[str, Any]:
    return {"acls": {FOLDER: sddl}}


UM_10 = Of("UM-10", "update-management")
EXAMPLES = [
    UM_10.compliant("as Windows sets it up: no entry for SYSTEM, which comes in through Administrators"),
    UM_10.compliant(
        "the same, written in numbers",
        **acl("O:S-1-5-18G:S-1-5-18D:PAI(A;;0x12019f;;;S-1-1-0)(A;;0x1f01ff;;;S-1-5-32-544)"),
    ),
    UM_10.deviating(
        "SYSTEM is denied before all",
        "less than read and write",
        **acl("O:SYG:SYD:PAI(D;;FA;;;SY)(A;;0x12019f;;;WD)(A;;FA;;;BA)"),
    ),
    UM_10.deviating(
        "nothing for anybody in the token",
        "less than read and write",
        **acl("O:BAG:SYD:P(A;;FA;;;S-1-5-21-1-2-3-1001)"),
    ),
    UM_10.deviating(
        "all of read and write but reading the list of files",
        "less than read and write",
        **acl("O:SYG:SYD:PAI(A;;0x12019e;;;WD)"),
    ),
    UM_10.deviating("an empty list lets nobody in", "less than read and write", **acl("O:SYG:SYD:P")),
    UM_10.deviating(
        "Administrators removed: what Everyone has is left",
        "read and write, but not delete",
        Verdict.WARNING,
        **acl("O:SYG:SYD:PAI(A;;0x12019f;;;WD)"),
    ),
    UM_10.absent("no such folder", "the MachineKeys folder does not exist", **acl(None)),
    UM_10.unreadable("the descriptor may not be read", "access denied", **denied(FOLDER)),
    UM_10.unreadable(
        "in Constrained Language Mode", "not possible on this host", os={"languageMode": "ConstrainedLanguage"}
    ),
    UM_10.trap(
        "a denial after the permission comes too late",
        Verdict.NOTED,
        "not those that Windows sets up",
        **acl("O:SYG:SYD:PAI(A;;FA;;;BA)(D;;FA;;;SY)"),
    ),
    UM_10.trap(
        "the same the other way round",
        Verdict.NON_COMPLIANT,
        "less than",
        **acl("O:SYG:SYD:PAI(D;;FA;;;SY)(A;;FA;;;BA)"),
    ),
    UM_10.trap(
        "inherited denials after explicit permissions",
        Verdict.NOTED,
        "",
        **acl("O:SYG:SYD:AI(A;;FA;;;SY)(D;ID;FA;;;BA)"),
    ),
    UM_10.trap(
        "an explicit entry for SYSTEM",
        Verdict.NOTED,
        "not those that Windows sets up",
        **acl("O:SYG:SYD:PAI(A;;FA;;;SY)(A;;FA;;;BA)"),
    ),
    UM_10.trap("Modify is enough", Verdict.NOTED, "", **acl("O:BAG:SYD:P(A;;0x1301bf;;;SY)")),
    UM_10.trap(
        "Modify put together from two entries", Verdict.NOTED, "", **acl("O:BAG:SYD:P(A;;0x12019f;;;WD)(A;;SDFX;;;SY)")
    ),
    UM_10.trap("generic rights stand for a file's", Verdict.NOTED, "", **acl("O:BAG:SYD:P(A;;GA;;;SY)")),
    UM_10.trap(
        "generic read, write and execute lack delete", Verdict.WARNING, "", **acl("O:BAG:SYD:P(A;;GRGWGX;;;SY)")
    ),
    UM_10.trap(
        "entries that only inherit do not count here",
        Verdict.NON_COMPLIANT,
        "less than",
        **acl("O:BAG:SYD:P(A;OICIIO;FA;;;SY)"),
    ),
    UM_10.trap(
        "a denial that only inherits does not count either",
        Verdict.NOTED,
        "",
        **acl("O:SYG:SYD:P(D;OICIIO;FA;;;SY)(A;;FA;;;SY)"),
    ),
    UM_10.trap("Everyone with full control", Verdict.NOTED, "", **acl("O:BAG:BAD:(A;;FA;;;WD)")),
    UM_10.trap("no DACL lets everybody do everything", Verdict.NOTED, "", **acl("O:SYG:SY")),
    UM_10.trap(
        "delete denied to Everyone", Verdict.WARNING, "not delete", **acl("O:SYG:SYD:PAI(D;;SD;;;WD)(A;;FA;;;BA)")
    ),
    UM_10.trap(
        "the creator's entry is for what is created",
        Verdict.NON_COMPLIANT,
        "less than",
        **acl("O:SYG:SYD:P(A;;FA;;;CO)"),
    ),
    UM_10.trap("the owner by OWNER RIGHTS", Verdict.NOTED, "", **acl("O:SYG:SYD:P(A;;FA;;;OW)")),
    UM_10.trap(
        "OWNER RIGHTS of another owner",
        Verdict.NON_COMPLIANT,
        "less than",
        **acl("O:S-1-5-21-1-2-3-500G:SYD:P(A;;FA;;;OW)"),
    ),
]
