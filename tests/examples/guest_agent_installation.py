"""GA-01, GA-02, GA-06, GA-18: what of the guest agent lies on the machine."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .harness import Of
from .services import HIDDEN
from .terms import denied, key, no_service, service, together

GUEST = r"C:\WindowsAzure\GuestAgent_2.7.41491.1183_2026-01-05_100000"
OLDER = r"C:\WindowsAzure\GuestAgent_2.7.41491.1010_2025-06-01_093000"
PACKAGES = r"C:\WindowsAzure\Packages"
UNINSTALL = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
UNINSTALL_32 = r"HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Uninstall"
EXE = {"length": 987136, "version": "2.7.41491.1183"}
NOT_DECIDING = [
    ("GA-01", r"\*\W", "the programs that the services name are looked up themselves in the second round"),
    ("GA-06", "Wow6432Node", "counts where the 64-bit view has no entry"),
    ("GA-06", r"Microsoft\Windows\CurrentVersion\Uninstall", "counts where the other view has no entry"),
]

INSTALLED = "installed"
OBSERVED = {
    ("GA-01", "services, programs, folders"): {"RdAgent": INSTALLED, "WindowsAzureGuestAgent": INSTALLED},
    ("GA-01", "a service is missing"): {"RdAgent": "no service", "WindowsAzureGuestAgent": INSTALLED},
    ("GA-01", "the service runs another program"): {"RdAgent": INSTALLED, "WindowsAzureGuestAgent": "wrong ImagePath"},
    ("GA-01", "a copy left in OLD is no program"): {"RdAgent": "no program", "WindowsAzureGuestAgent": INSTALLED},
    ("GA-01", "one deviates, the other cannot be read"): {
        "RdAgent": "no service",
        "WindowsAzureGuestAgent": "not known",
    },
    ("GA-02", "there"): {"present": True},
    ("GA-02", "not there"): {"present": False},
    ("GA-06", "installed by MSI"): {"name": "Windows Azure VM Agent - 2.7.41491.949", "version": "2.7.41491"},
    ("GA-06", "installed by provisioning"): {"name": None, "version": None},
    ("GA-18", "an OLD folder"): {"OLD": True},
    ("GA-18", "no OLD folder"): {"OLD": False},
}


def image(text: str, name: str = "WindowsAzureGuestAgent", **more: Any) -> dict[str, Any]:
    return together(service(name, pathName=text), {"files": more} if more else {})


def files(**changes: Any) -> dict[str, Any]:
    return {"files": changes}


NO_FILES = {"files": {GUEST: None, OLDER: None, PACKAGES: None}}
MSI = {
    "files": {
        GUEST: None,
        OLDER: None,
        r"C:\WindowsAzure\Packages_202185_155650\WaAppAgent.exe": EXE,
        r"C:\WindowsAzure\Packages_202185_155650\WindowsAzureGuestAgent.exe": EXE,
    },
    "services": {
        "RdAgent": {"pathName": r"C:\WindowsAzure\Packages_202185_155650\WaAppAgent.exe"},
        "WindowsAzureGuestAgent": {"pathName": r"C:\WindowsAzure\Packages_202185_155650\WindowsAzureGuestAgent.exe"},
    },
}
ON_D = {
    "os": {"environment": {"SystemDrive": "D:", "windir": r"D:\Windows"}},
    "files": {
        GUEST: None,
        OLDER: None,
        PACKAGES: None,
        GUEST.replace("C:", "D:") + r"\WaAppAgent.exe": EXE,
        GUEST.replace("C:", "D:") + r"\WindowsAzureGuestAgent.exe": EXE,
    },
    "services": {
        "RdAgent": {"pathName": GUEST.replace("C:", "D:") + r"\WaAppAgent.exe"},
        "WindowsAzureGuestAgent": {
            "pathName": "%SystemDrive%" + GUEST.removeprefix("C:") + r"\WindowsAzureGuestAgent.exe"
        },
    },
}
GA_01 = Of("GA-01", "guest-agent")
GA_02 = Of("GA-02", "guest-agent")
GA_06 = Of("GA-06", "guest-agent")
GA_18 = Of("GA-18", "guest-agent")
EXAMPLES = [
    GA_01.compliant("services, programs, folders"),
    GA_01.trap("another system drive", Verdict.COMPLIANT, **ON_D),
    GA_01.deviating("a service is missing", "the service RdAgent is not registered", **no_service("RdAgent")),
    GA_01.deviating(
        "the ImagePath names a folder that is gone",
        "the ImagePath of WindowsAzureGuestAgent names C:\\WindowsAzure\\GuestAgent_2.7.1\\WindowsAzureGuestAgent.exe, where no file is",
        **image(r"C:\WindowsAzure\GuestAgent_2.7.1\WindowsAzureGuestAgent.exe"),
    ),
    GA_01.deviating(
        "the service runs another program",
        "runs C:\\Windows\\system32\\svchost.exe, not WindowsAzureGuestAgent.exe",
        **image(r"C:\Windows\system32\svchost.exe -k WindowsAzureGuestAgent.exe"),
    ),
    GA_01.deviating(
        "the service runs the other program",
        "WindowsAzureGuestAgent.exe, not WaAppAgent.exe",
        **image(GUEST + r"\WindowsAzureGuestAgent.exe", "RdAgent"),
    ),
    GA_01.deviating(
        "a copy left in OLD is no program",
        "WaAppAgent.exe lies nowhere below WindowsAzure",
        files={
            GUEST + r"\WaAppAgent.exe": None,
            OLDER + r"\WaAppAgent.exe": None,
            PACKAGES: None,
            r"C:\WindowsAzure\OLD\WaAppAgent.exe": EXE,
        },
    ),
    GA_01.absent(
        "nothing of it",
        "is not registered",
        **together(NO_FILES, no_service("RdAgent"), no_service("WindowsAzureGuestAgent")),
    ),
    GA_01.absent("services without programs", "WindowsAzureGuestAgent.exe lies nowhere below WindowsAzure", **NO_FILES),
    GA_01.trap(
        "it runs from OLD itself",
        Verdict.WARNING,
        "the service RdAgent runs from the folder OLD",
        **together(
            service("RdAgent", pathName=r"C:\WindowsAzure\OLD\WaAppAgent.exe"),
            {"files": {r"C:\WindowsAzure\OLD\WaAppAgent.exe": EXE}},
        ),
    ),
    GA_01.absent("logs of an agent that was removed", "lies nowhere", **NO_FILES),
    GA_01.unreadable(
        "no source tells of the services", **together(HIDDEN, denied(r"HKLM\SYSTEM\CurrentControlSet\Services\RdAgent"))
    ),
    GA_01.unreadable("the folder may not be listed", "access denied", **denied(r"C:\WindowsAzure")),
    GA_01.trap("quoted, as after hardening", Verdict.COMPLIANT, **image(f'"{GUEST}\\WindowsAzureGuestAgent.exe"')),
    GA_01.trap("with arguments", Verdict.COMPLIANT, **image(f'"{GUEST}\\WindowsAzureGuestAgent.exe" -service')),
    GA_01.trap("unquoted, with arguments", Verdict.COMPLIANT, **image(f"{GUEST}\\WindowsAzureGuestAgent.exe -service")),
    GA_01.trap("upper case", Verdict.COMPLIANT, **image(f"{GUEST}\\WindowsAzureGuestAgent.exe".upper())),
    GA_01.trap(
        "as the object manager writes it", Verdict.COMPLIANT, **image(f"\\??\\{GUEST}\\WindowsAzureGuestAgent.exe")
    ),
    GA_01.trap(
        "deeper than the usual folders, but there",
        Verdict.COMPLIANT,
        **image(
            r"C:\WindowsAzure\Packages\GuestAgent\WindowsAzureGuestAgent.exe",
            **{r"C:\WindowsAzure\Packages\GuestAgent\WindowsAzureGuestAgent.exe": EXE},
        ),
    ),
    GA_01.trap(
        "installed by MSI: no versioned folder, and a date without zeros",
        Verdict.WARNING,
        "no folder GuestAgent_<version>",
        **MSI,
    ),
    GA_01.trap(
        "deeper than the usual folders, and nothing in those",
        Verdict.COMPLIANT,
        **image(
            r"C:\WindowsAzure\Packages\GuestAgent\WindowsAzureGuestAgent.exe",
            **{
                folder + r"\WindowsAzureGuestAgent.exe": gone
                for folder, gone in ((GUEST, None), (OLDER, None), (PACKAGES, None), (PACKAGES + r"\GuestAgent", EXE))
            },
        ),
    ),
    *[
        GA_01.trap(
            f"no versioned folder, but {what}",
            Verdict.WARNING,
            "no folder GuestAgent_<version>",
            **together(MSI, {"files": {**MSI["files"], name: entry}}),
        )
        for what, name, entry in (
            ("a file of such a name", r"C:\WindowsAzure\GuestAgent_2.7.41491.1183", {"length": 1}),
            ("a folder without a version", r"C:\WindowsAzure\GuestAgent_new", {"directory": True}),
        )
    ],
    GA_01.unreadable(
        "an ImagePath with a way up",
        "not collected",
        **image(r"C:\WindowsAzure\X\..\Packages\WindowsAzureGuestAgent.exe"),
    ),
    GA_01.trap(
        "it runs from OLD",
        Verdict.WARNING,
        "runs from the folder OLD",
        **image(
            r"C:\WindowsAzure\OLD\GuestAgent_1\WindowsAzureGuestAgent.exe",
            **{r"C:\WindowsAzure\OLD\GuestAgent_1\WindowsAzureGuestAgent.exe": EXE},
        ),
    ),
    GA_01.trap(
        "it runs from another folder",
        Verdict.WARNING,
        "runs C:\\Temp\\WindowsAzureGuestAgent.exe, outside of the agent's folder",
        **image(r"C:\Temp\WindowsAzureGuestAgent.exe", **{r"C:\Temp\WindowsAzureGuestAgent.exe": EXE}),
    ),
    GA_01.trap(
        "a folder of that name is no program",
        Verdict.NON_COMPLIANT,
        "where no file is",
        **image(
            r"C:\WindowsAzure\X\WindowsAzureGuestAgent.exe",
            **{r"C:\WindowsAzure\X\WindowsAzureGuestAgent.exe": {"directory": True}},
        ),
    ),
    GA_01.trap(
        "one deviates, the other cannot be read",
        Verdict.NON_COMPLIANT,
        "the service RdAgent is not registered",
        **together(no_service("RdAgent"), denied(r"C:\WindowsAzure")),
    ),
    GA_02.compliant("there"),
    GA_02.deviating("not there", "no VMAgentPackage.zip", Verdict.NOTED, files={r"C:\Windows\OEM": None}),
    GA_02.absent("no OEM folder", "no VMAgentPackage.zip", Verdict.NOTED, files={r"C:\Windows\OEM\GuestAgent": None}),
    GA_02.unreadable("the folder may not be opened", "access denied", **denied(r"C:\Windows\OEM")),
    GA_02.trap(
        "a folder of that name",
        Verdict.NOTED,
        "no VMAgentPackage.zip",
        files={
            r"C:\Windows\OEM": None,
            r"C:\Windows\OEM\GuestAgent\VMAgentPackage.zip": {"directory": True},
        },
    ),
    GA_06.compliant("installed by MSI"),
    GA_06.deviating(
        "installed by provisioning", "no entry of the agent", Verdict.NOTED, **key(UNINSTALL + r"\{A}", DisplayName="x")
    ),
    GA_06.absent(
        "no list of programs", "no entry of the agent", Verdict.NOTED, registry={UNINSTALL: None, UNINSTALL_32: None}
    ),
    GA_06.unreadable(
        "one entry may not be opened",
        "could not be read",
        **together(key(UNINSTALL + r"\{A}", DisplayName="x"), denied(UNINSTALL + r"\{A}")),
    ),
    GA_06.unreadable("the list may not be opened", "access denied", **denied(UNINSTALL)),
    GA_06.trap(
        "the name that documents print, in the 32-bit view",
        Verdict.COMPLIANT,
        registry={UNINSTALL: None, UNINSTALL_32 + r"\{B}": {"DisplayName": "Windows Azure Guest Agent"}},
    ),
    GA_06.trap(
        "another agent",
        Verdict.NOTED,
        "no entry",
        **key(UNINSTALL + r"\{A}", DisplayName="Azure Connected Machine Agent"),
    ),
    GA_18.compliant("no OLD folder"),
    GA_18.deviating(
        "an OLD folder", "can be deleted", Verdict.NOTED, files={r"C:\WindowsAzure\OLD": {"directory": True}}
    ),
    GA_18.absent("no WindowsAzure at all", "", Verdict.COMPLIANT, files={r"C:\WindowsAzure": None}),
    GA_18.unreadable("the folder may not be opened", "access denied", **denied(r"C:\WindowsAzure")),
    GA_18.trap("a file named OLD", Verdict.COMPLIANT, files={r"C:\WindowsAzure\OLD": {"length": 3}}),
]
