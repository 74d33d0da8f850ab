"""VD-21: editions of Windows that session hosts are made of."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .harness import Example, Of
from .terms import denied, key, together

NT = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
VD_21 = Of("VD-21", "session-host")
#: Windows 11, version 24H2: its Enterprise is serviced until October 2027. The base's clock says November 2026.
SERVICED = 26100


def windows(
    edition: str | None, build: int = SERVICED, product_type: int = 1, kind: str = "Client", **system: Any
) -> dict[str, Any]:
    """A Windows of this edition, and what its management classes say of it."""
    said = {"ProductType": product_type, "OSArchitecture": "64-bit", **system}
    changes = {
        "EditionID": edition,
        "CurrentBuildNumber": str(build),
        "InstallationType": kind,
        "ProductName": "Windows 10 Pro",
    }
    classes = {"Win32_OperatingSystem": [said], **({} if kind.startswith("Server") else {"Win32_ServerFeature": []})}
    return together(key(NT, **changes), {"wmi": {r"root\cimv2": classes}})


def server(edition: str, build: int, kind: str = "Server", **system: Any) -> dict[str, Any]:
    return windows(edition, build, 3, kind, **system)


def _unsupported(title: str, edition: str) -> Example:
    return VD_21.deviating(title, f"the edition {edition} is none", **windows(edition))


EXAMPLES = [
    VD_21.compliant("Server 2019 with its role"),
    VD_21.compliant("Enterprise", **windows("Enterprise")),
    VD_21.compliant("Enterprise multi-session, a server by its product type", **windows("ServerRdsh", product_type=3)),
    VD_21.compliant("Server 2016", **server("ServerStandard", 14393)),
    VD_21.compliant("Server 2019", **server("ServerDatacenter", 17763)),
    VD_21.compliant("Server 2022 Azure Edition", **server("ServerTurbine", 20348)),
    VD_21.compliant("Server 2025", **server("ServerDatacenter", 26100)),
    _unsupported("Pro", "Professional"),
    _unsupported("Pro N", "ProfessionalN"),
    _unsupported("Pro for Workstations", "ProfessionalWorkstation"),
    _unsupported("Pro Education", "ProfessionalEducation"),
    _unsupported("Home", "Core"),
    _unsupported("Home Single Language", "CoreSingleLanguage"),
    _unsupported("Enterprise N", "EnterpriseN"),
    _unsupported("LTSC", "EnterpriseS"),
    _unsupported("LTSC N", "EnterpriseSN"),
    VD_21.deviating(
        "Server 2012 R2", "build 9600 is older than Windows Server 2016", **server("ServerDatacenter", 9600)
    ),
    VD_21.deviating("Server before 2016", "older than Windows Server 2016", **server("ServerDatacenter", 14392)),
    VD_21.deviating(
        "Windows 8.1",
        "is older than Windows 10",
        **together(
            windows("Enterprise", 9600),
            key(
                NT,
                CurrentMajorVersionNumber=None,
                CurrentMinorVersionNumber=None,
                CurrentVersion="6.3",
                EditionID="Enterprise",
                CurrentBuildNumber="9600",
            ),
        ),
    ),
    VD_21.deviating("32-bit", "Windows is 32-bit, not 64-bit", **windows("Enterprise", OSArchitecture="32-bit")),
    VD_21.deviating(
        "a server without the role",
        "has not the role service Remote Desktop Session Host",
        wmi={r"root\cimv2": {"Win32_ServerFeature": [{"ID": 18, "Name": "x"}, {"ID": 131, "Name": "x"}]}},
    ),
    VD_21.deviating("Education", "Education is not documented", Verdict.WARNING, **windows("Education")),
    VD_21.deviating("an evaluation", "EnterpriseEval is not documented", Verdict.WARNING, **windows("EnterpriseEval")),
    VD_21.deviating(
        "a server's evaluation", "ServerDatacenterEval is not", Verdict.WARNING, **server("ServerDatacenterEval", 20348)
    ),
    VD_21.deviating(
        "Server Core",
        "on Server Core is not documented",
        Verdict.WARNING,
        **server("ServerDatacenter", 20348, "Server Core"),
    ),
    VD_21.deviating("another server", "ServerSolution is not", Verdict.WARNING, **server("ServerSolution", 14393)),
    VD_21.deviating(
        "a build that is not serviced any more",
        "build 22621 is no longer serviced (since 2025-10-14)",
        Verdict.WARNING,
        **windows("ServerRdsh", 22621, 3),
    ),
    VD_21.deviating(
        "a build of before", "build 19044 is no longer serviced", Verdict.WARNING, **windows("Enterprise", 19044)
    ),
    VD_21.absent("no EditionID", "EditionID is not there", Verdict.UNDETERMINED, **windows(None)),
    VD_21.absent(
        "a server that does not list its roles",
        "does not list its roles",
        Verdict.UNDETERMINED,
        wmi={r"root\cimv2": {"Win32_ServerFeature": {"error": "invalid-class"}}},
    ),
    VD_21.unreadable("the version may not be read", "access denied", **denied(NT)),
    VD_21.unreadable(
        "WMI refuses", "access denied", wmi={r"root\cimv2": {"Win32_OperatingSystem": {"error": "access-denied"}}}
    ),
    VD_21.unreadable(
        "WMI does not tell it", "does not tell OSArchitecture", **windows("Enterprise", OSArchitecture=None)
    ),
    VD_21.unreadable(
        "a server's roles may not be read",
        "access denied",
        wmi={r"root\cimv2": {"Win32_ServerFeature": {"error": "access-denied"}}},
    ),
    VD_21.trap(
        "Pro, whatever could not be read",
        Verdict.NON_COMPLIANT,
        "the edition Professional",
        **together(
            key(NT, EditionID="Professional"),
            {"wmi": {r"root\cimv2": {"Win32_OperatingSystem": {"error": "access-denied"}}}},
        ),
    ),
    VD_21.trap("in another spelling", Verdict.COMPLIANT, "", **windows("ENTERPRISE", OSArchitecture="64 Bit")),
    VD_21.trap("in another language", Verdict.COMPLIANT, "", **windows("Enterprise", OSArchitecture="64 bits")),
    VD_21.trap("a multi-session has no roles to look for", Verdict.COMPLIANT, "", **windows("ServerRdsh", 26100, 3)),
    VD_21.trap(
        "Enterprise that says it is a server",
        Verdict.WARNING,
        "the product type 3 does not belong to the edition Enterprise",
        **windows("Enterprise", product_type=3),
    ),
    VD_21.trap(
        "a server that says it is a workstation",
        Verdict.WARNING,
        "the product type 1 does not belong",
        **windows("ServerDatacenter", 20348, 1, "Server"),
    ),
    VD_21.trap(
        "a domain controller is a server", Verdict.COMPLIANT, "", **windows("ServerDatacenter", 20348, 2, "Server")
    ),
    VD_21.trap(
        "a Windows of later than 10",
        Verdict.COMPLIANT,
        "",
        **together(
            windows("Enterprise", 30000),
            key(NT, CurrentMajorVersionNumber=11, EditionID="Enterprise", CurrentBuildNumber="30000"),
        ),
    ),
    VD_21.trap("a build of later than the table", Verdict.COMPLIANT, "", **windows("Enterprise", 28000)),
    VD_21.trap(
        "the last day of servicing",
        Verdict.COMPLIANT,
        "",
        **together(windows("Enterprise", 26100), {"os": {"now": "2027-10-11T23:59:00Z"}}),
    ),
    VD_21.trap(
        "the day after",
        Verdict.WARNING,
        "since 2027-10-12",
        **together(windows("Enterprise", 26100), {"os": {"now": "2027-10-12T00:00:00Z"}}),
    ),
    VD_21.trap(
        "Windows 10 while it was serviced",
        Verdict.COMPLIANT,
        "",
        **together(windows("ServerRdsh", 19045, 3), {"os": {"now": "2025-10-13T10:00:00Z"}}),
    ),
    *(
        VD_21.trap(
            f"build {build} after {end}",
            Verdict.WARNING,
            f"build {build} is no longer serviced (since {end})",
            **together(windows("Enterprise", build), {"os": {"now": f"{end}T00:00:00Z"}}),
        )
        for build, end in ((19045, "2025-10-14"), (22000, "2024-10-08"), (22631, "2026-11-10"), (26200, "2028-10-10"))
    ),
    VD_21.trap("a server's builds have other dates", Verdict.COMPLIANT, "", **server("ServerStandard", 17763)),
]
