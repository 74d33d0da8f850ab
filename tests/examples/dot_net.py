"""UM-02, VD-17 and BK-06: the .NET Framework."""

from __future__ import annotations

from vmready.model import Verdict

from .harness import Example, Of
from .terms import NDP, denied, key, no_key


def _rows(of: Of, least: int, below: int, version: str) -> list[Example]:
    return [
        of.compliant(f"exactly {version}", **key(NDP, Release=least)),
        of.compliant("a number that is not known yet", **key(NDP, Release=599999)),
        of.deviating("one below the boundary", f".NET Framework {version} is wanted, found", **key(NDP, Release=below)),
        of.absent("no .NET Framework 4", "found no .NET Framework 4", **no_key(NDP)),
        of.absent("4.0 leaves no Release", "found older than 4.5 (Release is absent)", **key(NDP, Release=None)),
        of.unreadable("the key may not be opened", "access denied", **denied(NDP)),
        of.deviating(
            "a number that programs read as negative", "Release is 4294967295", **key(NDP, Release=0xFFFFFFFF)
        ),
        of.trap("the text Version is behind", Verdict.COMPLIANT, **key(NDP, Release=least, Version="4.0.0")),
        of.trap(
            "Release as text, enough",
            Verdict.WARNING,
            f"REG_SZ '{least}' instead of a number",
            **key(NDP, Release=str(least)),
        ),
        of.trap("Release as text, more than enough", Verdict.WARNING, "REG_SZ '599999'", **key(NDP, Release="599999")),
        of.trap("Release as text, too little", Verdict.NON_COMPLIANT, "instead of a number", **key(NDP, Release="9")),
        of.trap(
            "a language pack's own key does not count",
            Verdict.NON_COMPLIANT,
            "is wanted",
            registry={NDP: {"Release": below}, NDP + r"\1033": {"Release": 599999}},
        ),
        of.trap(
            "a language pack's key behind does not count",
            Verdict.COMPLIANT,
            registry={NDP: {"Release": least}, NDP + r"\1033": {"Release": 378389}},
        ),
    ]


UM_02 = Of("UM-02", "update-management")
VD_17 = Of("VD-17", "session-host")
BK_06 = Of("BK-06", "guest")
EXAMPLES = [
    *_rows(UM_02, 394802, 394801, "4.6.2"),
    UM_02.deviating("4.6.1", "found 4.6.1 (Release 394271)", **key(NDP, Release=394271)),
    UM_02.trap(
        "a number of eight bytes",
        Verdict.WARNING,
        "528449 as REG_QWORD",
        **key(NDP, Release={"type": "REG_QWORD", "data": 528449}),
    ),
    UM_02.trap("Server 2016 as it ships is 4.6.2", Verdict.COMPLIANT, **key(NDP, Release=394802)),
    *_rows(VD_17, 461808, 461807, "4.7.2"),
    *_rows(BK_06, 378389, 378388, "4.5"),
]
