"""GA-03, UM-06, UM-18: services."""

from __future__ import annotations

from dataclasses import replace

from vmready.model import Verdict

from .harness import Example, Of
from .terms import denied, no_service, service, together

#: A service that no source tells anything of.
HIDDEN = {
    "denied": ["service control manager"],
    "wmi": {"root\\cimv2": {"Win32_Service": {"error": "rpc-unavailable"}}},
}
CONNECTORS = r"HKLM\SYSTEM\CurrentControlSet\Services\HealthService\Parameters\Service Connector Services"
WORKSPACE = CONNECTORS + r"\Log Analytics - 6d1c7a52-0d3f-4b8e-9a51-2f7be0c4d811"


def _guest_agent(name: str, other: str) -> list[Example]:
    of = Of(f"GA-03.{name}", "guest")
    return [
        of.compliant("running, automatic"),
        of.deviating(
            "stopped", f"the service {name} is stopped (start type automatic)", **service(name, status="Stopped")
        ),
        of.deviating("disabled", "(start type disabled)", **service(name, status="Stopped", startType="Disabled")),
        of.deviating("starting for ever", "is start pending", **service(name, status="StartPending")),
        of.deviating("paused", "is paused", **service(name, status="Paused")),
        of.deviating(
            "running, but manual", "its start type is manual", Verdict.WARNING, **service(name, startType="Manual")
        ),
        of.absent("not registered", f"the machine has no service {name}", **no_service(name)),
        of.unreadable("no source tells of it", **HIDDEN),
        of.trap(
            "stopped, and how it starts is told by nobody",
            Verdict.NON_COMPLIANT,
            "is stopped (start type unknown)",
            services={name: {"status": "Stopped"}},
            denied=[rf"HKLM\SYSTEM\CurrentControlSet\Services\{name}"],
            wmi={"root\\cimv2": {"Win32_Service": {"error": "rpc-unavailable"}}},
        ),
        of.unreadable(
            "it runs, but how it starts is told by nobody",
            "no source told its start",
            denied=[rf"HKLM\SYSTEM\CurrentControlSet\Services\{name}"],
            wmi={"root\\cimv2": {"Win32_Service": {"error": "rpc-unavailable"}}},
        ),
        of.trap("delayed start is automatic too", Verdict.COMPLIANT, **service(name, delayed=True)),
        of.trap("the other one's state does not matter", Verdict.COMPLIANT, **service(other, status="Stopped")),
        of.trap("refused by the service manager, told by WMI", Verdict.COMPLIANT, **denied("service control manager")),
    ]


UM_06 = Of("UM-06", "update-management")
UM_18 = Of("UM-18", "update-management")
EXAMPLES = [
    *_guest_agent("RdAgent", "WindowsAzureGuestAgent"),
    *_guest_agent("WindowsAzureGuestAgent", "RdAgent"),
    UM_06.compliant("running for a workspace"),
    UM_06.deviating("stopped", "HealthService is stopped", **service("HealthService", status="Stopped")),
    UM_06.deviating("hanging", "HealthService is stop pending", **service("HealthService", status="StopPending")),
    UM_06.absent(
        "no agent", "not installed", **together(no_service("HealthService"), {"registry": {CONNECTORS: None}})
    ),
    UM_06.unreadable("no source tells of it", "could not be read", **HIDDEN),
    UM_06.unreadable(
        "the workspaces may not be read", "workspaces could not be read: access denied", **denied(CONNECTORS)
    ),
    UM_06.trap(
        "an Operations Manager agent", Verdict.NON_COMPLIANT, "no Log Analytics workspace", registry={CONNECTORS: None}
    ),
    UM_06.trap(
        "a connector that is no workspace",
        Verdict.NON_COMPLIANT,
        "no Log Analytics workspace",
        registry={WORKSPACE: None, CONNECTORS + r"\Log Analytics - none": {}},
    ),
    *(
        replace(example, roles=())
        for example in (
            UM_06.trap(
                "an Operations Manager agent, and the role was only discovered",
                Verdict.NOT_APPLICABLE,
                "no Log Analytics workspace",
                registry={CONNECTORS: None},
            ),
            UM_06.trap(
                "a worker's key of an agent that was removed, and the role was only discovered",
                Verdict.NOT_APPLICABLE,
                "is not installed",
                **no_service("HealthService"),
            ),
            UM_06.trap(
                "stopped, and the role was only discovered",
                Verdict.NON_COMPLIANT,
                "HealthService is stopped",
                **service("HealthService", status="Stopped"),
            ),
        )
    ),
    UM_18.compliant("stopped, on demand"),
    UM_18.compliant("running, automatic", **service("wuauserv", status="Running", startType="Automatic")),
    UM_18.deviating("disabled", "is disabled", **service("wuauserv", startType="Disabled")),
    UM_18.trap(
        "disabled, but still running",
        Verdict.NON_COMPLIANT,
        "is disabled",
        **service("wuauserv", status="Running", startType="Disabled"),
    ),
    UM_18.trap("an odd start type", Verdict.WARNING, "system", **service("wuauserv", startType="System")),
    UM_18.absent("no such service", "has no Windows Update service", **no_service("wuauserv")),
    UM_18.unreadable(
        "its start type is told by nobody",
        "no source told its start",
        denied=[r"HKLM\SYSTEM\CurrentControlSet\Services\wuauserv"],
        wmi={"root\\cimv2": {"Win32_Service": {"error": "rpc-unavailable"}}},
    ),
]
