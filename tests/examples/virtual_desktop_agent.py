"""VD-01: the agent's loader."""

from __future__ import annotations

from vmready.model import Verdict

from .harness import Of
from .terms import denied, no_service, service, together

LOADER = "RDAgentBootLoader"
WMI_DOWN = {"wmi": {r"root\cimv2": {"Win32_Service": {"error": "rpc-unavailable"}}}}


VD_01 = Of("VD-01", "session-host")
EXAMPLES = [
    VD_01.compliant("runs, and still did ten seconds later"),
    VD_01.deviating(
        "stopped",
        "RDAgentBootLoader is stopped",
        **together(service(LOADER, status="Stopped", processId=0), {"processes": []}),
    ),
    VD_01.deviating("disabled", "is disabled", **service(LOADER, startType="Disabled")),
    VD_01.deviating("stops again", "does not stay up", **service(LOADER, then={"status": "Stopped", "processId": 0})),
    VD_01.deviating(
        "starts again and again", "does not stay up", **service(LOADER, then={"after": 5, "processId": 4242})
    ),
    VD_01.deviating("no process", "there is no process of it", processes=[]),
    VD_01.deviating("runs, but manual", "not automatic", Verdict.WARNING, **service(LOADER, startType="Manual")),
    VD_01.deviating(
        "runs as another account", "runs as CONTOSO", Verdict.WARNING, **service(LOADER, account="CONTOSO\\agent")
    ),
    *(
        VD_01.compliant(f"LocalSystem as {name}", **service(LOADER, account=name))
        for name in (".\\LocalSystem", "NT AUTHORITY\\SYSTEM")
    ),
    VD_01.deviating(
        "another program in its place",
        "the process 4100 of the service RDAgentBootLoader is no RDAgentBootLoader.exe",
        Verdict.WARNING,
        processes=[{"name": "RDAgentBootLoader", "id": 999}, {"name": "other", "id": 4100}],
    ),
    VD_01.unreadable("WMI tells of no process", "same process", **service(LOADER, processId=0, then={"processId": 0})),
    VD_01.absent("not installed", "the agent is not installed", **together(no_service(LOADER), {"processes": []})),
    VD_01.unreadable(
        "no source tells of it", "could not be read", **together(denied("service control manager"), WMI_DOWN)
    ),
    VD_01.unreadable("WMI is broken: whether it is the same process is not told", "same process", **WMI_DOWN),
    VD_01.trap("RdAgent is the guest agent's", Verdict.COMPLIANT, "", **service("RdAgent", status="Stopped")),
    VD_01.trap(
        "WMI is broken, but it stopped",
        Verdict.NON_COMPLIANT,
        "does not stay up",
        **together(WMI_DOWN, service(LOADER, then={"status": "Stopped"})),
    ),
]
