"""VD-10 and VD-16: whether the agent can install what it updates."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .agent_errors import REPORT, application, event, not_deciding, of_errors
from .harness import Of
from .terms import denied, key, no_service, service, together

POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\Installer"
IN_PROGRESS = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Installer\InProgress"
MSI = "InstallMsiException: another installation is in progress"
NT = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
GIB = 1024**3
WMI_DOWN = {"wmi": {r"root\cimv2": {"Win32_Service": {"error": "rpc-unavailable"}}}}
HIDDEN = together(denied("service control manager", r"HKLM\SYSTEM\CurrentControlSet\Services\msiserver"), WMI_DOWN)


def drive(free: Any, size: Any = 100 * GIB, letter: str = "C:") -> dict[str, Any]:
    row = {
        "DeviceID": letter,
        "Size": {"type": "UInt64", "value": size} if size is not None else None,
        "FreeSpace": {"type": "UInt64", "value": free} if free is not None else None,
    }
    return {"wmi": {r"root\cimv2": {"Win32_LogicalDisk": [row]}}}


VD_10, VD_16 = Of("VD-10", "session-host"), Of("VD-16", "session-host")
DOWNLOAD = "DownloadMsiException: There is not enough space on the disk"
EXAMPLES = [
    *of_errors(VD_10, 3277, MSI),
    VD_10.compliant("the policy is enabled, and says never", **key(POLICY, DisableMSI=0)),
    VD_10.deviating("always turned off", "DisableMSI is 2", **key(POLICY, DisableMSI=2)),
    VD_10.deviating("its service is disabled", "msiserver is disabled", **service("msiserver", startType="Disabled")),
    VD_10.deviating(
        "turned off for programs that are not managed",
        "DisableMSI is 1: Windows Installer is turned off for programs",
        Verdict.WARNING,
        **key(POLICY, DisableMSI=1),
    ),
    VD_10.absent("no such service", "no service msiserver", **no_service("msiserver")),
    VD_10.absent("no such value", "", Verdict.COMPLIANT, **key(POLICY, Debug=7)),
    VD_10.unreadable("the policy may not be opened", "access denied", **together(key(POLICY), denied(POLICY))),
    VD_10.unreadable("no source tells of the service", "could not be read", **HIDDEN),
    VD_10.unreadable(
        "no source tells how it starts",
        "no source told its start",
        **together(denied(r"HKLM\SYSTEM\CurrentControlSet\Services\msiserver"), WMI_DOWN),
    ),
    VD_10.trap("its service runs", Verdict.COMPLIANT, "", **service("msiserver", status="Running")),
    VD_10.trap("a value that no policy writes", Verdict.WARNING, "DisableMSI is 3", **key(POLICY, DisableMSI=3)),
    VD_10.trap("text", Verdict.WARNING, "REG_SZ '2' instead of a number", **key(POLICY, DisableMSI="2")),
    VD_10.trap("another installation runs", Verdict.NOTED, "under way", **key(IN_PROGRESS, **{"": "C:\\x.ipi"})),
    VD_10.trap(
        "another installation runs, and the agent's failed",
        Verdict.NON_COMPLIANT,
        "InstallMsiException (event 3277) (2026-11-20 09:57 UTC); an installation is under way",
        **together(key(IN_PROGRESS, **{"": "C:\\x.ipi"}), application(event(3277, MSI))),
    ),
    VD_10.trap(
        "it is turned off, whatever could not be read",
        Verdict.NON_COMPLIANT,
        "DisableMSI is 2",
        **together(key(POLICY, DisableMSI=2), denied("log:Application"), HIDDEN),
    ),
    VD_10.trap(
        "it is turned off, whatever may have taken an error back",
        Verdict.NON_COMPLIANT,
        "DisableMSI is 2",
        **together(key(POLICY, DisableMSI=2), application(event(3277, MSI)), denied(REPORT)),
    ),
    VD_10.trap(
        "its service is disabled, whatever could not be read",
        Verdict.NON_COMPLIANT,
        "msiserver is disabled",
        **together(service("msiserver", startType="Disabled"), key(POLICY), denied(POLICY, "log:Application")),
    ),
    *of_errors(VD_16, 3277, DOWNLOAD),
    VD_16.compliant("just enough", **drive(5 * GIB)),
    VD_16.compliant("just enough of a small drive", **drive(2 * GIB, 20 * GIB)),
    VD_16.compliant("nothing on it", **drive(100 * GIB)),
    VD_16.deviating("less than 5 %", "C: has 5.0 GiB free of 100.0 GiB (5 %)", Verdict.WARNING, **drive(5 * GIB - 1)),
    VD_16.deviating(
        "less than 2 GiB", "C: has 2.0 GiB free of 20.0 GiB (10 %)", Verdict.WARNING, **drive(2 * GIB - 1, 20 * GIB)
    ),
    VD_16.deviating("none", "0.0 GiB free", Verdict.WARNING, **drive(0)),
    VD_16.absent("no such drive", "no drive tells the space", Verdict.UNDETERMINED, **drive(5 * GIB, letter="D:")),
    VD_16.unreadable("its space is not told", "no drive tells the space", **drive(None)),
    VD_16.unreadable("its size is not told", "no drive tells the space", **drive(GIB, None)),
    VD_16.unreadable("its size is 0", "no drive tells the space", **drive(0, 0)),
    VD_16.unreadable("more free than there is", "no drive tells the space", **drive(GIB + 1, GIB)),
    VD_16.unreadable(
        "WMI refuses", "access denied", wmi={r"root\cimv2": {"Win32_LogicalDisk": {"error": "access-denied"}}}
    ),
    VD_16.unreadable("where Windows is may not be read", "access denied", **denied(NT)),
    VD_16.trap("another drive is full", Verdict.COMPLIANT),
    VD_16.trap(
        "a drive of an earlier letter is full",
        Verdict.COMPLIANT,
        "",
        wmi={
            r"root\cimv2": {
                "Win32_LogicalDisk": [
                    row
                    for found in (drive(0, letter="A:"), drive(50 * GIB))
                    for row in found["wmi"][r"root\cimv2"]["Win32_LogicalDisk"]
                ]
            }
        },
    ),
    VD_16.trap(
        "Windows is on another drive",
        Verdict.WARNING,
        "E: has 1.0 GiB free",
        **together(key(NT, SystemRoot=r"e:\Windows"), drive(GIB, letter="E:")),
    ),
    VD_16.trap(
        "the download failed, whatever is free",
        Verdict.NON_COMPLIANT,
        "C: has 92.0 GiB free",
        **application(event(3277, DOWNLOAD)),
    ),
    VD_16.trap(
        "the download failed, and what is free is not known",
        Verdict.NON_COMPLIANT,
        "how much space is free is not known",
        **together(application(event(3277, DOWNLOAD)), drive(None)),
    ),
]
NOT_DECIDING = [
    *not_deciding("VD-10"),
    *not_deciding("VD-16"),
    ("VD-10", "InProgress", "explains an error, and there is none"),
]
