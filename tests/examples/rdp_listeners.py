"""VD-13, VD-14 and VD-15: the active listener as the registry configures it."""

from __future__ import annotations

from vmready.model import Verdict

from .harness import Example, Of
from .terms import denied, key, no_key

STATIONS = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations"
ACTIVE = STATIONS + r"\rdp-sxs260209400"
CLUSTER = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\ClusterSettings"
#: What every one of the three rows says of a listener that is not there.
NO_NAME = "names no active listener"


def _any(of: Of) -> list[Example]:
    return [
        of.compliant("the active listener is sound"),
        of.absent("no listener is named", NO_NAME, **key(STATIONS, ReverseConnectionListener=None)),
        of.absent("an empty name", NO_NAME, **key(STATIONS, ReverseConnectionListener="")),
        of.absent("no WinStations at all", NO_NAME, **no_key(STATIONS)),
        of.unreadable("WinStations may not be opened", "access denied", **denied(STATIONS)),
        of.unreadable("the listener's own key may not be opened", "access denied", **denied(ACTIVE)),
        of.trap(
            "the active listener is rdp-tcp",
            Verdict.NON_COMPLIANT,
            "not a side-by-side listener",
            **key(STATIONS, ReverseConnectionListener="RDP-Tcp"),
        ),
        of.trap(
            "rollback copies of earlier stacks are switched off",
            Verdict.COMPLIANT,
            registry={
                STATIONS + r"\rdp-sxs240705700": {"fReverseConnectMode": 0, "fEnableWinStation": 0},
                STATIONS + r"\rdp-sxs": {"MaxMonitors": 4},
            },
        ),
        of.trap(
            "the unversioned listener of an old stack",
            Verdict.COMPLIANT,
            registry={
                STATIONS: {"ReverseConnectionListener": "rdp-sxs"},
                STATIONS + r"\rdp-sxs": {"fReverseConnectMode": 1, "fEnableWinStation": 1},
                CLUSTER: {"SessionDirectoryListener": "rdp-sxs"},
            },
        ),
    ]


def _number(of: Of, name: str) -> list[Example]:
    return [
        *_any(of),
        of.trap("what sessions are brokered to may not be read", Verdict.COMPLIANT, **denied(CLUSTER)),
        of.deviating(f"{name} is 0", f"{name} of rdp-sxs260209400 is 0, not 1", **key(ACTIVE, **{name: 0})),
        of.deviating(f"{name} is 2", f"{name} of rdp-sxs260209400 is 2, not 1", **key(ACTIVE, **{name: 2})),
        of.absent(
            f"{name} is not there", f"{name} of rdp-sxs260209400 is absent, not 1", **key(ACTIVE, **{name: None})
        ),
        of.absent("the named listener has no key", "has no key below WinStations", **no_key(ACTIVE)),
        of.trap(
            f"{name} is text", Verdict.NON_COMPLIANT, "REG_SZ '1' instead of a number", **key(ACTIVE, **{name: "1"})
        ),
        *(
            of.trap(
                f"{name} is {number} in eight bytes",
                Verdict.WARNING if number == 1 else Verdict.NON_COMPLIANT,
                f"{name} of rdp-sxs260209400 is {number} as REG_QWORD{said}",
                **key(ACTIVE, **{name: {"type": "REG_QWORD", "data": number}}),
            )
            for number, said in ((1, ": the document sets a DWORD"), (0, ", not 1"))
        ),
    ]


VD_15 = Of("VD-15", "session-host")
EXAMPLES = [
    *_number(Of("VD-13", "session-host"), "fReverseConnectMode"),
    *_number(Of("VD-14", "session-host"), "fEnableWinStation"),
    *_any(VD_15),
    VD_15.deviating(
        "an earlier listener",
        "is rdp-sxs240705700, not rdp-sxs260209400",
        **key(CLUSTER, SessionDirectoryListener="rdp-sxs240705700"),
    ),
    VD_15.deviating(
        "a later listener",
        "is rdp-sxs260519600, not rdp-sxs260209400",
        **key(CLUSTER, SessionDirectoryListener="rdp-sxs260519600"),
    ),
    VD_15.deviating(
        "the bare name", "is rdp-sxs, not rdp-sxs260209400", **key(CLUSTER, SessionDirectoryListener="rdp-sxs")
    ),
    VD_15.deviating("an empty name", "SessionDirectoryListener is empty", **key(CLUSTER, SessionDirectoryListener="")),
    VD_15.absent("both name a listener that is gone", "has no key below WinStations", **no_key(ACTIVE)),
    VD_15.absent("no name", "SessionDirectoryListener is absent", **key(CLUSTER, SessionDirectoryListener=None)),
    VD_15.absent("no ClusterSettings", "SessionDirectoryListener is absent", **no_key(CLUSTER)),
    VD_15.unreadable("ClusterSettings may not be opened", "access denied", **denied(CLUSTER)),
    VD_15.trap(
        "names compare without case", Verdict.COMPLIANT, **key(CLUSTER, SessionDirectoryListener="RDP-SXS260209400")
    ),
]
NOT_DECIDING = [(item, "ClusterSettings", "VD-15's") for item in ("VD-12", "VD-13", "VD-14")]
