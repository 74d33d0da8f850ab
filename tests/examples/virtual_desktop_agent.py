"""VD-01 and the events of VD-17."""

from __future__ import annotations

import json
from typing import Any

from vmready.model import Verdict

from .dot_net import VD_17
from .harness import Of
from .terms import denied, no_service, service, together

LOADER = "RDAgentBootLoader"
REPORT = r"HKLM\SOFTWARE\Microsoft\RDInfraAgent\HealthCheckReport"
WMI_DOWN = {"wmi": {r"root\cimv2": {"Win32_Service": {"error": "rpc-unavailable"}}}}


def failed_update(
    time: str, *, provider: str = "WVD-Agent", text: str = "MissingMethodException: Method not found"
) -> dict[str, Any]:
    event = {"id": 3389, "provider": provider, "time": time, "level": 2, "data": [text], "message": text}
    return {"logs": {"Application": {"events": [event]}}}


def report(passed: int, time: str) -> dict[str, Any]:
    check = {
        "HealthCheckResult": passed,
        "AdditionalFailureDetails": {"Message": "x", "ErrorCode": 0, "LastHealthCheckInUTC": time},
    }
    return {"registry": {REPORT: {"AgentHealthCheckReport": json.dumps({"UrlsAccessibleCheck": check})}}}


SINCE_START, BEFORE_START = "2026-11-20T09:00:00Z", "2026-11-18T09:00:00Z"
NO_REPORT = {"registry": {REPORT: None}}
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
    VD_17.deviating(
        "an update failed since the start", "since the last start", **together(failed_update(SINCE_START), NO_REPORT)
    ),
    VD_17.deviating(
        "an update failed before the start",
        "once reported",
        Verdict.WARNING,
        **together(failed_update(BEFORE_START), NO_REPORT),
    ),
    VD_17.unreadable("the log may not be read", "access denied", **denied("log:Application")),
    VD_17.trap(
        "too old a .NET counts whether or not the log is read",
        Verdict.NON_COMPLIANT,
        "found 4.6.1",
        **together(
            denied("log:Application"),
            {"registry": {r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full": {"Release": 394271}}},
        ),
    ),
    VD_17.trap(
        "a good report came after the failed update",
        Verdict.WARNING,
        "once reported",
        **together(failed_update(SINCE_START), report(1, "2026-11-20T09:30:00Z")),
    ),
    VD_17.trap(
        "the good report is older",
        Verdict.NON_COMPLIANT,
        "since the last start",
        **together(failed_update(SINCE_START), report(1, "2026-11-20T08:30:00Z")),
    ),
    VD_17.trap(
        "the later report is bad",
        Verdict.NON_COMPLIANT,
        "since the last start",
        **together(failed_update(SINCE_START), report(2, "2026-11-20T09:30:00Z")),
    ),
    VD_17.trap(
        "another program's event",
        Verdict.COMPLIANT,
        "",
        **together(failed_update(SINCE_START, provider="Contoso"), NO_REPORT),
    ),
    VD_17.trap(
        "another error under the same id",
        Verdict.COMPLIANT,
        "",
        **together(failed_update(SINCE_START, text="BootLoader exception"), NO_REPORT),
    ),
    VD_17.trap(
        "a message without its provider's texts",
        Verdict.NON_COMPLIANT,
        "since the last start",
        **together(
            {
                "logs": {
                    "Application": {
                        "events": [
                            {
                                "id": 3389,
                                "provider": "WVD-Agent",
                                "time": SINCE_START,
                                "level": 2,
                                "data": ["System.MissingMethodException: x"],
                                "message": None,
                            }
                        ]
                    }
                }
            },
            NO_REPORT,
        ),
    ),
]
