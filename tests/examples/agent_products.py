"""VD-18 and VD-19: what is installed of the agent, and whether its stack's versions agree."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .harness import Of
from .rdp_listeners import STATIONS
from .terms import denied, key, no_key, together

UNINSTALL = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
LOADER, AGENT, STACK, GENEVA = (
    rf"{UNINSTALL}\{{00000000-0000-0000-0000-00000000000{number}}}" for number in range(1, 5)
)
OTHER = UNINSTALL + r"\{99999999-0000-0000-0000-000000000000}"
BOOT_LOADER = r"HKLM\SOFTWARE\Microsoft\RDAgentBootLoader"
CURRENT = r"HKLM\SOFTWARE\Microsoft\RDInfraAgent\SxsStack"
BYPASS = r"HKLM\SOFTWARE\Microsoft\RDInfraAgent\ByPass"
FOLDER = r"C:\Program Files\Microsoft RDInfra"
STACK_NAME = "Remote Desktop Services SxS Network Stack"
VD_18, VD_19 = Of("VD-18", "session-host"), Of("VD-19", "session-host")


def another(name: str, version: str) -> dict[str, Any]:
    return key(OTHER, DisplayName=name, DisplayVersion=version)


def on_disk(*names: str) -> dict[str, Any]:
    """These installers instead of the base's."""
    gone: dict[str, Any] = {rf"{FOLDER}\SxsStack-1.0.2602.09400.msi": None}
    return {"files": {**gone, **{rf"{FOLDER}\{name}": {"length": 3145728} for name in names}}}


def listener(name: str) -> dict[str, Any]:
    return {"registry": {STATIONS: {"ReverseConnectionListener": name}}}


EXAMPLES = [
    VD_18.compliant("all four, and the default agent's folder"),
    VD_18.compliant(
        "earlier versions are kept", **another("Remote Desktop Services Infrastructure Agent", "1.0.9103.3700")
    ),
    VD_18.compliant("no monitoring is told of yet", **no_key(r"HKLM\SOFTWARE\Microsoft\RDMonitoringAgent")),
    VD_18.deviating("no loader", "not installed: Remote Desktop Agent Boot Loader", **no_key(LOADER)),
    VD_18.deviating("no agent", "not installed: Remote Desktop Services Infrastructure Agent", **no_key(AGENT)),
    VD_18.deviating("no stack", f"not installed: {STACK_NAME}", **no_key(STACK)),
    VD_18.deviating(
        "no Geneva agent", "not installed: Remote Desktop Services Infrastructure Geneva Agent", **no_key(GENEVA)
    ),
    VD_18.deviating("no default agent", "names no DefaultAgent", **key(BOOT_LOADER, DefaultAgent=None)),
    VD_18.deviating("no loader's key", "names no DefaultAgent", **no_key(BOOT_LOADER)),
    VD_18.deviating(
        "the default agent has no folder",
        "RDAgent_1.0.12345.0, which has no folder",
        files={rf"{FOLDER}\RDAgent_1.0.12345.0": None},
    ),
    VD_18.deviating(
        "the default agent is of a version that is not installed",
        "DefaultAgent is RDAgent_1.0.9999.0, and the installed Remote Desktop Services Infrastructure Agent is 1.0.12345.0",
        Verdict.WARNING,
        **together(
            key(BOOT_LOADER, DefaultAgent="RDAgent_1.0.9999.0"),
            {"files": {rf"{FOLDER}\RDAgent_1.0.9999.0": {"directory": True}}},
        ),
    ),
    VD_18.deviating(
        "monitoring of a version that is not installed",
        "CurrentVersion is 46.2.1",
        Verdict.WARNING,
        **key(r"HKLM\SOFTWARE\Microsoft\RDMonitoringAgent", CurrentVersion="46.2.1"),
    ),
    VD_18.deviating(
        "the installed agent tells no version",
        "tells no version to compare it with",
        Verdict.WARNING,
        **key(AGENT, DisplayVersion="unknown"),
    ),
    VD_18.absent(
        "nothing is installed", "not installed: Remote Desktop Agent Boot Loader, Remote", **no_key(UNINSTALL)
    ),
    VD_18.unreadable("the products may not be listed", "access denied", **denied(UNINSTALL)),
    VD_18.unreadable(
        "one is missing, and one entry may not be opened",
        "access denied",
        **together({"registry": {STACK: None, OTHER: {"DisplayName": STACK_NAME}}}, denied(OTHER)),
    ),
    VD_18.unreadable("the loader's key may not be opened", "access denied", **denied(BOOT_LOADER)),
    VD_18.unreadable("the folder may not be looked into", "access denied", **denied(FOLDER)),
    VD_18.trap(
        "an entry that may not be opened, and none is missing",
        Verdict.COMPLIANT,
        "",
        **together(another("Contoso", "1.0"), denied(OTHER)),
    ),
    VD_18.trap(
        "a name that only begins like one",
        Verdict.NON_COMPLIANT,
        f"not installed: {STACK_NAME}",
        **together(no_key(STACK), another(f"{STACK_NAME} Monitor", "1.0")),
    ),
    VD_18.trap(
        "only among 32-bit programs",
        Verdict.NON_COMPLIANT,
        f"not installed: {STACK_NAME}",
        registry={
            STACK: None,
            r"HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Uninstall\{1}": {"DisplayName": STACK_NAME},
        },
    ),
    VD_18.trap(
        "a file in the folder's place",
        Verdict.NON_COMPLIANT,
        "which has no folder",
        files={rf"{FOLDER}\RDAgent_1.0.12345.0": {"directory": False, "text": "x"}},
    ),
    VD_18.trap(
        "folders of an earlier and of a later agent only",
        Verdict.NON_COMPLIANT,
        "RDAgent_1.0.12345.0, which has no folder",
        files={
            rf"{FOLDER}\RDAgent_1.0.12345.0": None,
            rf"{FOLDER}\RDAgent_1.0.10292.0": {"directory": True},
            rf"{FOLDER}\RDAgent_1.0.99999.0": {"directory": True},
        },
    ),
    VD_18.trap(
        "a version with zeros in front",
        Verdict.COMPLIANT,
        "",
        **key(r"HKLM\SOFTWARE\Microsoft\RDMonitoringAgent", CurrentVersion="46.09.4"),
    ),
    VD_19.compliant("installer, product and listener are one version"),
    VD_19.compliant(
        "older installers and stacks are kept",
        **together(
            on_disk("SxsStack-1.0.2602.09400.msi", "SxsStack-1.0.2407.05700.msi"), another(STACK_NAME, "1.0.2407.05700")
        ),
    ),
    VD_19.deviating(
        "a newer installer that was not installed",
        "stack 1.0.2605.19600 is on disk, and 1.0.2602.9400 is installed: an update is stuck",
        **on_disk("SxSStack-1.0.2605.19600.msi"),
    ),
    VD_19.deviating(
        "the listener is of an earlier stack",
        "the active listener is rdp-sxs240705700, and stack 1.0.2602.9400 is installed",
        **listener("rdp-sxs240705700"),
    ),
    VD_19.deviating(
        "the listener is of a later stack", "the active listener is rdp-sxs260519600", **listener("rdp-sxs260519600")
    ),
    VD_19.deviating(
        "the agent's current stack is not installed",
        "current stack 1.0.2605.19600 is not installed",
        **key(CURRENT, Msi1=rf"{FOLDER}\SxsStack-1.0.2605.19600.msi"),
    ),
    VD_19.deviating(
        "a version is pinned",
        "is stuck; the stack's version is pinned",
        Verdict.WARNING,
        **together(
            on_disk("SxSStack-1.0.2605.19600.msi"),
            key(r"HKLM\SOFTWARE\Microsoft\RDInfraAgent\ByPass", EnableStackVersionBypass=1),
        ),
    ),
    *(
        VD_19.deviating(
            f"a version is pinned, and {title}",
            said,
            **together(delta, key(r"HKLM\SOFTWARE\Microsoft\RDInfraAgent\ByPass", EnableStackVersionBypass=1)),
        )
        for title, said, delta in (
            (
                "it is another listener's, and a later one waits",
                "the active listener is rdp-sxs240705700",
                together(on_disk("SxSStack-1.0.2605.19600.msi"), listener("rdp-sxs240705700")),
            ),
            ("the listener is of another", "the active listener is rdp-sxs240705700", listener("rdp-sxs240705700")),
            (
                "the agent's current stack is not installed",
                "current stack 1.0.2605.19600 is not installed",
                key(CURRENT, Msi1=rf"{FOLDER}\SxsStack-1.0.2605.19600.msi"),
            ),
        )
    ),
    *(
        VD_19.trap(
            f"a version is pinned{title}, and the listener is that of an earlier stack which is still installed",
            verdict,
            "the active listener is rdp-sxs240705700, and stack 1.0.2602.9400 is installed",
            **together(
                key(BYPASS, EnableStackVersionBypass=enabled, **pinned),
                another(STACK_NAME, "1.0.2407.05700"),
                listener("rdp-sxs240705700"),
            ),
        )
        for title, enabled, pinned, verdict in (
            ("", 1, {}, Verdict.WARNING),
            (", it", 1, {"StackByPassVersion": "1.0.2407.05700"}, Verdict.WARNING),
            (" in words that tell no version", 1, {"StackByPassVersion": "previous"}, Verdict.WARNING),
            (", but another one", 1, {"StackByPassVersion": "1.0.2301.05700"}, Verdict.NON_COMPLIANT),
            (", the newest", 1, {"StackByPassVersion": "1.0.2602.09400"}, Verdict.NON_COMPLIANT),
            (" no more", 0, {"StackByPassVersion": "1.0.2407.05700"}, Verdict.NON_COMPLIANT),
        )
    ),
    VD_19.trap(
        "a version is pinned, and installer, product and listener are one version",
        Verdict.WARNING,
        "pinned (EnableStackVersionBypass)",
        **key(BYPASS, EnableStackVersionBypass=1, StackByPassVersion="1.0.2602.09400"),
    ),
    *(
        VD_19.trap(
            f"that a version is pinned stands there as text ({text})",
            Verdict.WARNING,
            f"may be pinned: EnableStackVersionBypass is REG_SZ '{text}' instead of a number",
            **key(BYPASS, EnableStackVersionBypass=text),
        )
        for text in ("1", "-1")
    ),
    VD_19.trap(
        "that none is pinned stands there as text", Verdict.COMPLIANT, "", **key(BYPASS, EnableStackVersionBypass="0")
    ),
    VD_19.trap(
        "that a version is pinned stands there as text, and a later one waits",
        Verdict.NON_COMPLIANT,
        "an update is stuck",
        **together(on_disk("SxSStack-1.0.2605.19600.msi"), key(BYPASS, EnableStackVersionBypass="1")),
    ),
    VD_19.trap(
        "another installed stack tells no version",
        Verdict.WARNING,
        "another installed stack, of which no version is told",
        **another(STACK_NAME, "unknown"),
    ),
    VD_19.trap(
        "another product tells no version",
        Verdict.COMPLIANT,
        "",
        **another("Remote Desktop Services Infrastructure Agent", "unknown"),
    ),
    VD_19.deviating("no installer on disk", "no installer of the stack on disk", Verdict.WARNING, **on_disk()),
    VD_19.deviating(
        "the installer on disk is older",
        "the newest installer on disk, 1.0.2407.5700, is older",
        Verdict.WARNING,
        **on_disk("SxsStack-1.0.2407.05700.msi"),
    ),
    VD_19.deviating(
        "the installer on disk is older than the newest of two",
        "is older than the installed stack",
        Verdict.WARNING,
        **together(on_disk("SxsStack-1.0.2407.05700.msi"), another(STACK_NAME, "1.0.2301.05700")),
    ),
    VD_19.trap(
        "a version that is not held any more",
        Verdict.COMPLIANT,
        "",
        **key(r"HKLM\SOFTWARE\Microsoft\RDInfraAgent\ByPass", EnableStackVersionBypass=0),
    ),
    VD_19.absent("no stack is installed", "the side-by-side stack is not installed", **no_key(STACK)),
    VD_19.absent("no listener is named", "names no active listener", **key(STATIONS, ReverseConnectionListener=None)),
    VD_19.absent("nothing tells of a current stack", "", Verdict.COMPLIANT, **no_key(CURRENT)),
    VD_19.unreadable("the products may not be listed", "access denied", **denied(UNINSTALL)),
    VD_19.unreadable("an entry may not be opened", "access denied", **together(another("x", "1"), denied(OTHER))),
    VD_19.unreadable("the folder may not be looked into", "access denied", **denied(FOLDER)),
    VD_19.unreadable("WinStations may not be opened", "access denied", **denied(STATIONS)),
    VD_19.unreadable("the product tells no version", "is no version", **key(STACK, DisplayVersion="unknown")),
    VD_19.trap(
        "by number, not by name",
        Verdict.NON_COMPLIANT,
        "stack 1.0.10292.0 is on disk",
        **together(
            on_disk("SxsStack-1.0.9742.00000.msi", "SxsStack-1.0.10292.0.msi"), key(STACK, DisplayVersion="1.0.9742.0")
        ),
    ),
    VD_19.trap(
        "the listener of an old stack that has no version in its name",
        Verdict.WARNING,
        "does not tell its stack's version",
        registry={STATIONS: {"ReverseConnectionListener": "rdp-sxs"}, STATIONS + r"\rdp-sxs": {"fEnableWinStation": 1}},
    ),
    VD_19.trap(
        "the current stack's installer is named without a second value",
        Verdict.NON_COMPLIANT,
        "current stack 1.0.2605.19600 is not installed",
        **key(CURRENT, CurrentVersion="SxsStack-1.0.2605.19600.msi"),
    ),
    VD_19.trap(
        "no current stack, and a key's own value",
        Verdict.COMPLIANT,
        "",
        **key(CURRENT, CurrentVersion=None, **{"": "SxsStack-1.0.2605.19600.msi"}),
    ),
    VD_19.trap(
        "an installer whose name is in capitals",
        Verdict.NON_COMPLIANT,
        "stack 1.0.2605.19600 is on disk",
        **on_disk("SXSSTACK-1.0.2605.19600.MSI"),
    ),
    VD_19.trap(
        "a listener whose name is in capitals",
        Verdict.NON_COMPLIANT,
        "the active listener is RDP-SXS240705700",
        **listener("RDP-SXS240705700"),
    ),
    VD_19.trap(
        "a file that only begins like an installer",
        Verdict.COMPLIANT,
        "",
        **on_disk("SxsStack-1.0.2602.09400.msi", "SxSStackNotes.msi"),
    ),
    VD_19.trap(
        "an empty pointer to an earlier stack",
        Verdict.COMPLIANT,
        "",
        **key(CURRENT, PreviousVersion=""),
    ),
]
NOT_DECIDING = [
    ("VD-19", piece, "another row's")
    for piece in ("ClusterSettings", "RDAgentBootLoader", "RDMonitoringAgent", r"RDAgent_*")
]
