"""GA-09 and GA-11: the guest agent's version and its updates."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .guest_agent_installation import GUEST, NO_FILES
from .guest_agent_services import GUEST_KEY, version
from .harness import Of
from .services import HIDDEN
from .terms import denied, key, no_service, together

WINDOWS = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
UPDATE = r"HKLM\SOFTWARE\Microsoft\GuestAgent"
STATES = r"HKLM\SOFTWARE\Microsoft\Windows Azure\GuestAgentUpdateState"
SERVER_2008_R2 = key(
    WINDOWS,
    CurrentMajorVersionNumber=None,
    CurrentMinorVersionNumber=None,
    CurrentVersion="6.1",
    CurrentBuildNumber="7601",
)
NOT_DECIDING = [
    ("GA-09", "'service'", "which program runs is told by one of them"),
    ("GA-09", "'path'", "the folders and the other program are another row"),
    ("GA-11", "'service' 'RdAgent'", "the other service"),
    ("GA-11", "'path'", "without a recorded update no version is compared"),
    ("GA-11", r"Windows NT\CurrentVersion", "only bad versions ask for the Windows"),
    ("GA-11", r"Virtual Machine\Guest", "without a recorded update no version is compared"),
]

OBSERVED = {
    ("GA-09", "a supported version"): {"removed": False, "registered": "2.7.41491.1183", "running": "2.7.41491.1183"},
    ("GA-09", "the program that runs is older than the registry says"): {
        "removed": False,
        "registered": "2.7.41491.1183",
        "running": "2.7.41491.901",
    },
    ("GA-09", "no value, but a program"): {"removed": False, "registered": None, "running": "2.7.41491.1183"},
    ("GA-09", "a removed agent left its version in the registry"): {
        "removed": True,
        "registered": "2.7.41491.1183",
        "running": None,
    },
    ("GA-09", "too old, and nothing tells of the service"): {
        "removed": "not known",
        "registered": "2.7.41491.1009",
        "running": "not known",
    },
    ("GA-11", "a removed agent left its records"): {"removed": True, "pending": None, "failed": None},
    ("GA-11", "no update recorded"): {"removed": False, "pending": None, "failed": None},
    ("GA-11", "a failed newer version"): {"removed": False, "pending": "2.7.41491.1190", "failed": True},
    ("GA-11", "announced, and nothing recorded"): {"removed": False, "pending": "2.7.41491.1190", "failed": False},
}


def exe(text: str) -> dict[str, Any]:
    return {"files": {GUEST + r"\WindowsAzureGuestAgent.exe": {"version": text}}}


def both(text: str) -> dict[str, Any]:
    return together(version(text), exe(text))


def update(name: str, **values: Any) -> dict[str, Any]:
    return {"registry": {STATES + "\\" + name: values}}


GA_09 = Of("GA-09", "guest-agent")
GA_11 = Of("GA-11", "guest-agent")
EXAMPLES = [
    GA_09.compliant("a supported version"),
    GA_09.compliant("exactly the floor", **both("2.7.41491.1010")),
    GA_09.deviating(
        "one below the floor",
        "the agent's version is 2.7.41491.1009; 2.7.41491.1010 is the oldest that is supported",
        **both("2.7.41491.1009"),
    ),
    GA_09.deviating("971 is less than 1010", "the agent's version is 2.7.41491.971", **both("2.7.41491.971")),
    GA_09.deviating(
        "the program that runs is older than the registry says",
        "the version of the running program is 2.7.41491.901",
        **exe("2.7.41491.901"),
    ),
    GA_09.deviating("three parts only", "the agent's version is 2.7.41491;", **version("2.7.41491")),
    GA_09.deviating(
        "on Windows Server 2012 R2",
        "older than what today's article",
        Verdict.WARNING,
        **key(
            WINDOWS,
            CurrentMajorVersionNumber=None,
            CurrentMinorVersionNumber=None,
            CurrentVersion="6.3",
            CurrentBuildNumber="9600",
        ),
    ),
    GA_09.deviating(
        "a version that crashes on Windows Server 2008 R2",
        "2.7.41491.1193 crashes on Windows Server 2008 R2 (Azure/WindowsVMAgent, issue 20",
        Verdict.WARNING,
        **together(both("2.7.41491.1193"), SERVER_2008_R2),
    ),
    GA_09.deviating("a withdrawn version", "was withdrawn", Verdict.WARNING, **both("2.7.41491.1018")),
    GA_09.absent(
        "neither registry nor program",
        "neither GuestAgentVersion",
        Verdict.UNDETERMINED,
        **together(version(None), {"files": {r"C:\WindowsAzure": None}}),
    ),
    GA_09.absent(
        "no agent at all",
        "the service WindowsAzureGuestAgent is not registered: no agent runs",
        **together(version(None), no_service("WindowsAzureGuestAgent")),
    ),
    GA_09.trap(
        "a removed agent left its version in the registry",
        Verdict.NON_COMPLIANT,
        "no agent runs, and a version in the registry is left over",
        **together(no_service("WindowsAzureGuestAgent"), no_service("RdAgent")),
    ),
    GA_09.trap(
        "the registry alone tells a version",
        Verdict.WARNING,
        "no program confirms version 2.7.41491.1183, which stands in the registry",
        **NO_FILES,
    ),
    GA_09.unreadable("the key may not be opened", "access denied", **denied(GUEST_KEY)),
    GA_09.unreadable("the Windows is not told", "could not be read", **denied(WINDOWS)),
    GA_09.trap("text that is no version", Verdict.UNDETERMINED, "'unknown', which is no version", **version("unknown")),
    GA_09.trap("a number is no version", Verdict.UNDETERMINED, "which is no version", **version(2)),
    GA_09.trap("no value, but a program", Verdict.COMPLIANT, **version(None)),
    GA_09.trap("that version is sound on a later Windows", Verdict.COMPLIANT, **both("2.7.41491.1193")),
    GA_09.trap("the next one is not known to be bad", Verdict.COMPLIANT, **both("2.7.41491.1019")),
    GA_09.trap(
        "too old, whatever Windows it is",
        Verdict.NON_COMPLIANT,
        "2.7.41491.901",
        **together(both("2.7.41491.901"), denied(WINDOWS)),
    ),
    GA_09.trap(
        "too old, and nothing tells of the service",
        Verdict.NON_COMPLIANT,
        "the agent's version is 2.7.41491.1009",
        **together(
            version("2.7.41491.1009"),
            HIDDEN,
            denied(r"HKLM\SYSTEM\CurrentControlSet\Services\WindowsAzureGuestAgent"),
        ),
    ),
    GA_11.compliant("no update recorded"),
    GA_11.compliant(
        "updated",
        **together(
            update("2.7.41491.1183", Code=0, State="Succeeded"),
            key(UPDATE, **{"Update-NewGAVersion": "2.7.41491.1183"}),
        ),
    ),
    GA_11.deviating(
        "a failed newer version",
        "the update to 2.7.41491.1190 failed (State InstallFailed, Code 5); 2.7.41491.1183 still runs",
        Verdict.WARNING,
        **update("2.7.41491.1190", Code=5, State="InstallFailed"),
    ),
    GA_11.deviating(
        "a code alone says it",
        "failed (State absent, Code 1603)",
        Verdict.WARNING,
        **update("2.7.41491.1190", Code="1603"),
    ),
    GA_11.deviating(
        "a state alone says it",
        "failed (State InstallError, Code 0)",
        Verdict.WARNING,
        **update("2.7.41491.1190", Code=0, State="InstallError"),
    ),
    GA_11.deviating(
        "a state says it, and there is no code",
        "failed (State Failed, Code absent)",
        Verdict.WARNING,
        **update("2.7.41491.1190", State="Failed"),
    ),
    GA_11.deviating(
        "a long state is cut",
        f"(State {'Failed'.ljust(80, 'x')}, Code 5)",
        Verdict.WARNING,
        **update("2.7.41491.1190", Code=5, State="Failed".ljust(120, "x")),
    ),
    GA_11.absent("none of the keys", "", Verdict.COMPLIANT, registry={UPDATE: None, STATES: None}),
    GA_11.unreadable(
        "the key may not be opened", "access denied", **together(update("2.7.41491.1190", Code=0), denied(STATES))
    ),
    GA_11.unreadable(
        "one record may not be opened",
        "access denied",
        **together(update("2.7.41491.1190", Code=0), denied(STATES + r"\2.7.41491.1190")),
    ),
    GA_11.unreadable(
        "the version is not told", "no version", **together(update("2.7.41491.1190", Code=5), version("x"))
    ),
    GA_11.trap("a failure of old is over", Verdict.COMPLIANT, **update("2.7.41491.1010", Code=5, State="Failed")),
    GA_11.trap(
        "the version that runs failed once", Verdict.COMPLIANT, **update("2.7.41491.1183", Code=5, State="Failed")
    ),
    GA_11.trap(
        "the highest counts, as numbers",
        Verdict.NOTED,
        "an update to 2.7.41491.1200 is pending (State Downloading, Code 0)",
        registry={
            STATES + r"\2.7.41491.999": {"Code": 5, "State": "Failed"},
            STATES + r"\2.7.41491.1200": {"Code": 0, "State": "Downloading"},
        },
    ),
    GA_11.trap(
        "announced, and nothing recorded",
        Verdict.NOTED,
        "an update to 2.7.41491.1190 is pending (State absent, Code absent)",
        **key(UPDATE, **{"Update-NewGAVersion": "2.7.41491.1190"}),
    ),
    GA_11.trap(
        "the registry names the new version, and the old program still runs",
        Verdict.WARNING,
        "the update to 2.7.41491.1190 failed (State InstallFailed, Code 5); 2.7.41491.1183 still runs",
        **together(version("2.7.41491.1190"), update("2.7.41491.1190", Code=5, State="InstallFailed")),
    ),
    GA_11.trap(
        "a removed agent left its records",
        Verdict.WARNING,
        "the service WindowsAzureGuestAgent is not registered: nothing updates itself",
        **together(update("2.7.41491.1183", Code=0, State="Succeeded"), no_service("WindowsAzureGuestAgent")),
    ),
    GA_11.trap(
        "a record that is no version, before one that failed",
        Verdict.WARNING,
        "the update to 2.7.41491.1190 failed",
        registry={STATES + r"\0-latest": {"Code": 0}, STATES + r"\2.7.41491.1190": {"Code": 5}},
    ),
    GA_11.trap("no failure, in hexadecimal", Verdict.NOTED, "is pending", **update("2.7.41491.1190", Code="0x0")),
    GA_11.trap(
        "announced, and recorded as failed",
        Verdict.WARNING,
        "failed (State absent, Code 5)",
        **together(update("2.7.41491.1190", Code=5), key(UPDATE, **{"Update-NewGAVersion": "2.7.41491.1190"})),
    ),
    GA_11.trap(
        "one failed, and a later one is announced",
        Verdict.WARNING,
        "the update to 2.7.41491.1190 failed (State Failed, Code 5); 2.7.41491.1183 still runs",
        **together(
            update("2.7.41491.1190", Code=5, State="Failed"), key(UPDATE, **{"Update-NewGAVersion": "2.7.41491.1200"})
        ),
    ),
    GA_11.trap(
        "one failed, and an earlier one is announced",
        Verdict.WARNING,
        "the update to 2.7.41491.1190 failed",
        **together(
            update("2.7.41491.1190", Code=5, State="Failed"), key(UPDATE, **{"Update-NewGAVersion": "2.7.41491.1185"})
        ),
    ),
    GA_11.trap(
        "a failure of old, and a later one is announced",
        Verdict.NOTED,
        "an update to 2.7.41491.1200 is pending (State absent, Code absent)",
        **together(
            update("2.7.41491.1010", Code=5, State="Failed"), key(UPDATE, **{"Update-NewGAVersion": "2.7.41491.1200"})
        ),
    ),
    *[
        GA_11.trap(
            f"one is on its way, and {announced} is announced",
            Verdict.NOTED,
            f"an update to 2.7.41491.{newest} is pending",
            **together(
                update("2.7.41491.1190", Code=0, State="Downloading"),
                key(UPDATE, **{"Update-NewGAVersion": f"2.7.41491.{announced}"}),
            ),
        )
        for announced, newest in ((1200, 1200), (1185, 1190))
    ],
    GA_11.trap(
        "what was announced is no version",
        Verdict.NOTED,
        "name no version: Update-NewGAVersion",
        **key(UPDATE, **{"Update-NewGAVersion": 2}),
    ),
    GA_11.trap(
        "a long name of a record that is no version is cut",
        Verdict.NOTED,
        f"name no version: {'x' * 40}, z",
        **together(update("x" * 50, Code=5), update("z", Code=5)),
    ),
    GA_11.trap("a record that is no version", Verdict.NOTED, "name no version: latest", **update("latest", Code=5)),
]
