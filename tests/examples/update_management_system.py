"""UM-01, UM-07, UM-08, UM-09: the operating system, the hybrid worker, the agent's events and its workspace."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vmready.model import Verdict

from .harness import Example, Of, with_inputs
from .services import CONNECTORS, HIDDEN, WORKSPACE
from .terms import denied, key, no_service, service, together

CURRENT = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
WORKER = r"HKLM\SOFTWARE\Microsoft\HybridRunbookWorker"
GUID = "11111111-2222-3333-4444-555555555555"
SMA, OPERATIONS = "Microsoft-SMA/Operational", "Operations Manager"
OTHER = r"\Log Analytics - 0f0e0d0c-0b0a-4908-8706-050403020100"

UM_01, UM_07 = Of("UM-01", "update-management"), Of("UM-07", "update-management")
UM_08, UM_09 = Of("UM-08", "update-management"), Of("UM-09", "update-management")


def windows(product_type: int = 3, **values: Any) -> dict[str, Any]:
    row = {"ProductType": product_type, "Caption": "Microsoft Windows", "LastBootUpTime": "20261119083000.000000+000"}
    return together(key(CURRENT, **values), {"wmi": {"root\\cimv2": {"Win32_OperatingSystem": [row]}}})


def worker_event(number: int, time: str, machine: str = "VM01", group: str = "") -> dict[str, Any]:
    return {
        "id": number,
        "provider": "Microsoft-SMA",
        "time": time,
        "data": ["x", group or f"{machine}_{GUID}", machine, GUID],
    }


def log(name: str, *events: Any, **changes: Any) -> dict[str, Any]:
    return {"logs": {name: {"events": list(events), **changes}}}


STARTED = worker_event(15003, "2026-11-19T08:35:00Z")
OLD = {"id": 7023, "provider": "OpsMgr Connector", "time": "2026-11-18T08:00:00Z"}
OTHERS = [worker_event(15003, "2026-11-20T09:00:00Z", group=f"payroll{number}") for number in range(101)]
MODULE = "Microsoft.EnterpriseManagement.HealthService.AzureAutomation.HybridAgent"


def failure(
    time: str, message: str = f"Module {MODULE} failed", provider: str = "Health Service Modules"
) -> dict[str, Any]:
    return {"id": 4502, "provider": provider, "level": 2, "time": time, "message": message}


def discovered(example: Example) -> Example:
    """The same host, of which the inventory says nothing."""
    return replace(example, roles=())


EXAMPLES = [
    UM_01.compliant("Server 2019"),
    UM_01.compliant(
        "Server 2008 R2 SP1",
        **windows(
            CurrentMajorVersionNumber=None,
            CurrentMinorVersionNumber=None,
            CurrentVersion="6.1",
            CurrentBuildNumber="7601",
        ),
    ),
    UM_01.compliant("a domain controller", **windows(2)),
    UM_01.compliant("Server 2019 without a desktop", **windows(InstallationType="Server Core")),
    UM_01.compliant(
        "Server 2012 R2 without a desktop",
        **windows(
            InstallationType="Server Core",
            CurrentMajorVersionNumber=None,
            CurrentMinorVersionNumber=None,
            CurrentVersion="6.3",
            CurrentBuildNumber="9600",
        ),
    ),
    UM_01.deviating("Windows 10", "is a client", **windows(1, InstallationType="Client", CurrentBuildNumber="19045")),
    UM_01.deviating(
        "Nano Server", "is a Nano Server", **windows(InstallationType="Nano Server", CurrentBuildNumber="14393")
    ),
    UM_01.deviating(
        "Server 2008 R2 before its Service Pack 1",
        "older than Windows Server 2008 R2 SP1",
        **windows(
            CurrentMajorVersionNumber=None,
            CurrentMinorVersionNumber=None,
            CurrentVersion="6.1",
            CurrentBuildNumber="7600",
        ),
    ),
    UM_01.trap(
        "Server 2016 without a desktop",
        Verdict.NON_COMPLIANT,
        "with its desktop only",
        **windows(InstallationType="Server Core", CurrentBuildNumber="14393"),
    ),
    UM_01.trap(
        "Windows 11 for many sessions calls itself a server",
        Verdict.NON_COMPLIANT,
        "is a client",
        **windows(3, InstallationType="Client"),
    ),
    UM_01.absent(
        "nothing tells the version",
        "could not be read",
        Verdict.UNDETERMINED,
        registry={CURRENT: {"CurrentBuildNumber": None}},
    ),
    UM_01.trap(
        "which kind of installation it is is not told",
        Verdict.UNDETERMINED,
        "InstallationType is not there",
        **windows(InstallationType=None),
    ),
    UM_01.trap(
        "a client that does not tell its kind of installation",
        Verdict.NON_COMPLIANT,
        "is a client",
        **windows(1, InstallationType=None),
    ),
    UM_01.unreadable("the version may not be read", "access denied", **denied(CURRENT)),
    UM_01.unreadable(
        "WMI does not answer", wmi={"root\\cimv2": {"Win32_OperatingSystem": {"error": "rpc-unavailable"}}}
    ),
    UM_01.trap(
        "WMI knows no product type",
        Verdict.UNDETERMINED,
        "does not tell its ProductType",
        wmi={"root\\cimv2": {"Win32_OperatingSystem": []}},
    ),
    UM_07.compliant("started after the agent did"),
    UM_07.compliant(
        "months ago, with the machine",
        **together(
            log(SMA, worker_event(15003, "2026-03-01T00:10:00Z")),
            {"processes": [{"name": "HealthService", "id": 3100, "started": "2026-03-01T00:05:00Z"}]},
            windows()
            | {
                "wmi": {
                    "root\\cimv2": {
                        "Win32_OperatingSystem": [{"ProductType": 3, "LastBootUpTime": "20260301000000.000000+000"}]
                    }
                }
            },
        ),
    ),
    UM_07.deviating("stopped", "was stopped", **log(SMA, STARTED, worker_event(15004, "2026-11-20T09:00:00Z"))),
    UM_07.deviating(
        "the agent is stopped",
        "HealthService, which the worker lives in, is stopped",
        **service("HealthService", status="Stopped"),
    ),
    UM_07.deviating("not registered", "no hybrid runbook worker is registered", registry={WORKER: None}),
    UM_07.deviating(
        "started, then the agent was restarted without it",
        "older than the HealthService process",
        processes=[{"name": "HealthService", "id": 3100, "started": "2026-11-20T01:00:00Z"}],
    ),
    UM_07.deviating(
        "never started",
        "has not been started",
        **log(SMA, {"id": 1, "provider": "Microsoft-SMA", "time": "2026-09-01T00:00:00Z"}),
    ),
    UM_07.trap(
        "stopped and started again",
        Verdict.COMPLIANT,
        "",
        **log(SMA, worker_event(15004, "2026-11-19T08:40:00Z"), worker_event(15003, "2026-11-19T08:41:00Z")),
    ),
    UM_07.trap(
        "only a user's worker started",
        Verdict.NON_COMPLIANT,
        "has not been started",
        **log(SMA, worker_event(15003, "2026-11-19T08:00:00Z", group="payroll")),
    ),
    UM_07.trap(
        "a user's worker stopped",
        Verdict.COMPLIANT,
        "",
        **log(SMA, STARTED, worker_event(15004, "2026-11-20T09:00:00Z", group="payroll")),
    ),
    UM_07.trap(
        "the comparison ignores case",
        Verdict.COMPLIANT,
        "",
        **log(SMA, worker_event(15003, "2026-11-19T08:35:00Z", group=f"vm01_{GUID}".upper())),
    ),
    UM_07.trap(
        "the group's id is a GUID",
        Verdict.COMPLIANT,
        "",
        **log(SMA, {**STARTED, "data": ["x", f"VM01_{GUID}", "VM01", {"type": "guid", "value": GUID}]}),
    ),
    UM_07.trap(
        "rolled over",
        Verdict.UNDETERMINED,
        "reaches back to 2026-11-20 06:00 UTC",
        **log(SMA, {"id": 1, "provider": "Microsoft-SMA", "time": "2026-11-20T06:00:00Z"}),
    ),
    UM_07.trap(
        "a hundred events of other workers",
        Verdict.NON_COMPLIANT,
        "has not been started",
        **log(SMA, {**OLD, "id": 1, "time": "2026-03-01T00:00:00Z"}, *OTHERS[:100]),
    ),
    UM_07.trap(
        "more events of other workers than are read",
        Verdict.UNDETERMINED,
        "more events of other workers",
        **log(SMA, {**OLD, "id": 1, "time": "2026-03-01T00:00:00Z"}, *OTHERS),
    ),
    UM_07.trap(
        "more events of other workers than are read, but none of them since the agent runs",
        Verdict.NON_COMPLIANT,
        "has not been started",
        **log(SMA, *[{**found, "time": "2026-11-18T09:00:00Z"} for found in OTHERS]),
    ),
    UM_07.trap(
        "started by a clock that was set back, before the agent was restarted",
        Verdict.UNDETERMINED,
        "is ahead of the machine's clock",
        **together(
            log(SMA, worker_event(15003, "2026-11-20T13:00:00Z")),
            {"processes": [{"name": "HealthService", "id": 3100, "started": "2026-11-20T09:50:00Z"}]},
        ),
    ),
    UM_07.trap(
        "stopped by a clock that was set back",
        Verdict.NON_COMPLIANT,
        "was stopped",
        **log(SMA, worker_event(15004, "2026-11-20T13:00:00Z")),
    ),
    UM_07.trap(
        "nobody tells since when the agent runs",
        Verdict.UNDETERMINED,
        "may be of an earlier one",
        processes=[{"name": "HealthService", "id": 3100}],
        wmi={"root\\cimv2": {"Win32_OperatingSystem": [{"ProductType": 3}]}},
    ),
    UM_07.trap("emptied", Verdict.UNDETERMINED, "is empty", **log(SMA)),
    UM_07.trap("switched off", Verdict.UNDETERMINED, "is switched off", **log(SMA, enabled=False)),
    UM_07.trap(
        "switched off after the start: a stop would not stand there",
        Verdict.UNDETERMINED,
        "is switched off",
        **log(SMA, STARTED, enabled=False),
    ),
    UM_07.trap(
        "the process does not tell when it started",
        Verdict.UNDETERMINED,
        "may be of an earlier one",
        processes=[{"name": "HealthService", "id": 3100}],
    ),
    UM_07.trap(
        "the process that runs is another one than the service's",
        Verdict.UNDETERMINED,
        "may be of an earlier one",
        processes=[{"name": "HealthService", "id": 4711, "started": "2026-11-19T08:31:00Z"}],
    ),
    UM_07.trap(
        "no process tells when it started, but the worker's start is older than the machine's",
        Verdict.NON_COMPLIANT,
        "is older than",
        **together(log(SMA, worker_event(15003, "2026-11-19T08:20:00Z")), {"processes": []}),
    ),
    UM_07.trap(
        "no process tells when it started, and the worker was stopped",
        Verdict.NON_COMPLIANT,
        "was stopped",
        **together(log(SMA, worker_event(15004, "2026-11-19T08:40:00Z")), {"processes": []}),
    ),
    UM_07.trap(
        "a worker of the extension is another one",
        Verdict.NON_COMPLIANT,
        "no hybrid runbook worker is registered",
        registry={WORKER: None, WORKER + r"V2\1\2": {"JobRuntimeDataServiceUri": "https://x.example"}},
    ),
    UM_07.trap(
        "events with few properties", Verdict.UNDETERMINED, "reaches back", **log(SMA, {**STARTED, "data": ["x"]})
    ),
    UM_07.absent("no log", "there is no log", logs={SMA: None}),
    UM_07.absent("no agent", "no service HealthService", **no_service("HealthService")),
    discovered(
        UM_07.trap(
            "no log, and the role was only discovered", Verdict.NOT_APPLICABLE, "there is no log", logs={SMA: None}
        )
    ),
    discovered(
        UM_07.trap(
            "no worker, and the role was only discovered",
            Verdict.NOT_APPLICABLE,
            "no hybrid runbook worker is registered",
            registry={WORKER: None},
        )
    ),
    discovered(
        UM_07.trap(
            "no agent, and the role was only discovered",
            Verdict.NOT_APPLICABLE,
            "no service HealthService",
            **no_service("HealthService"),
        )
    ),
    UM_07.unreadable("the log may not be read", "access denied", **denied(f"log:{SMA}")),
    UM_07.unreadable("the worker's key may not be read", "access denied", **denied(WORKER)),
    UM_07.unreadable("no source tells of the service", **HIDDEN),
    UM_08.compliant("nothing for longer than a day"),
    UM_08.deviating(
        "yesterday evening", "failed in the last 24 hours", **log(OPERATIONS, OLD, failure("2026-11-19T20:00:00Z"))
    ),
    UM_08.trap("25 hours ago", Verdict.COMPLIANT, "", **log(OPERATIONS, OLD, failure("2026-11-19T09:00:00Z"))),
    UM_08.trap(
        "another module",
        Verdict.NOTED,
        "for other modules",
        **log(OPERATIONS, OLD, failure("2026-11-20T09:00:00Z", "Module DiskSpace failed")),
    ),
    UM_08.trap(
        "a flood of other modules hides nothing",
        Verdict.NON_COMPLIANT,
        "failed in the last",
        **log(
            OPERATIONS,
            OLD,
            failure("2026-11-19T12:00:00Z"),
            *[failure(f"2026-11-20T0{at % 10}:00:00Z", "Module DiskSpace failed") for at in range(80)],
        ),
    ),
    UM_08.trap(
        "another source",
        Verdict.NOTED,
        "for other modules",
        **log(OPERATIONS, OLD, failure("2026-11-20T09:00:00Z", provider="Contoso")),
    ),
    UM_08.trap(
        "in German",
        Verdict.NON_COMPLIANT,
        "failed",
        **log(OPERATIONS, OLD, failure("2026-11-20T09:00:00Z", f"Das Modul {MODULE} meldet einen Fehler")),
    ),
    UM_08.trap(
        "the texts are gone, the property tells",
        Verdict.NON_COMPLIANT,
        "failed",
        **log(OPERATIONS, OLD, {**failure("2026-11-20T09:00:00Z"), "message": None, "data": [MODULE]}),
    ),
    UM_08.trap(
        "rolled over",
        Verdict.UNDETERMINED,
        "4.0 of 24 hours",
        **log(OPERATIONS, {**OLD, "time": "2026-11-20T06:00:00Z"}),
    ),
    UM_08.trap(
        "rolled over, and failed", Verdict.NON_COMPLIANT, "failed", **log(OPERATIONS, failure("2026-11-20T06:00:00Z"))
    ),
    UM_08.trap("emptied", Verdict.UNDETERMINED, "is empty", **log(OPERATIONS)),
    UM_08.trap("switched off", Verdict.UNDETERMINED, "is switched off", **log(OPERATIONS, OLD, enabled=False)),
    UM_08.absent("no log", "there is no log Operations Manager", logs={OPERATIONS: None}),
    discovered(
        UM_08.trap(
            "no log, and the role was only discovered",
            Verdict.NOT_APPLICABLE,
            "there is no log",
            logs={OPERATIONS: None},
        )
    ),
    UM_08.trap(
        "the agent does not run",
        Verdict.WARNING,
        "HealthService is stopped: while it does not run",
        **service("HealthService", status="Stopped"),
    ),
    UM_08.trap(
        "the agent was removed and has left its log",
        Verdict.NON_COMPLIANT,
        "has left its log",
        **no_service("HealthService"),
    ),
    discovered(
        UM_08.trap(
            "the agent was removed, and the role was only discovered",
            Verdict.NOT_APPLICABLE,
            "has left its log",
            **no_service("HealthService"),
        )
    ),
    UM_08.unreadable("the log may not be read", "access denied", **denied(f"log:{OPERATIONS}")),
    UM_09.compliant("one workspace"),
    with_inputs(
        UM_09.compliant("the one that the inventory names"), workspace_id="6D1C7A52-0D3F-4B8E-9A51-2F7BE0C4D811"
    ),
    with_inputs(
        UM_09.trap("another one than the inventory names", Verdict.NON_COMPLIANT, "not to 0f0e0d0c"),
        workspace_id="0f0e0d0c-0b0a-4908-8706-050403020100",
    ),
    UM_09.deviating(
        "two workspaces", "reports to 2 workspaces", registry={CONNECTORS + OTHER: {"Azure Cloud Type": 0}}
    ),
    UM_09.deviating(
        "not connected", "Connection Status of workspace", Verdict.WARNING, **key(WORKSPACE, **{"Connection Status": 2})
    ),
    UM_09.trap(
        "text where a number belongs",
        Verdict.WARNING,
        "Connection Status of workspace",
        **key(WORKSPACE, **{"Connection Status": "2"}),
    ),
    UM_09.trap(
        "an agent that does not tell it", Verdict.COMPLIANT, "", **key(WORKSPACE, **{"Connection Status": None})
    ),
    UM_09.deviating("none", "has no Log Analytics workspace", registry={WORKSPACE: None}),
    UM_09.absent("no agent", "is not installed", registry={CONNECTORS: None}),
    UM_09.unreadable("the key may not be read", "access denied", **denied(CONNECTORS)),
    UM_09.trap(
        "the agent was removed and has left its keys",
        Verdict.NON_COMPLIANT,
        "no service HealthService that would report to 6d1c7a52",
        **no_service("HealthService"),
    ),
    discovered(
        UM_09.trap(
            "an agent without a workspace, and the role was only discovered",
            Verdict.NOT_APPLICABLE,
            "has no Log Analytics workspace",
            registry={WORKSPACE: None},
        )
    ),
    discovered(
        UM_09.trap(
            "an Operations Manager agent, and the role was only discovered",
            Verdict.NOT_APPLICABLE,
            "is not installed",
            registry={CONNECTORS: None},
        )
    ),
    discovered(
        UM_09.trap(
            "the agent has left its keys, and the role was only discovered",
            Verdict.NOT_APPLICABLE,
            "has left its keys",
            **no_service("HealthService"),
        )
    ),
    discovered(
        UM_09.trap(
            "two workspaces, and the role was only discovered",
            Verdict.NON_COMPLIANT,
            "reports to 2 workspaces",
            registry={CONNECTORS + OTHER: {"Azure Cloud Type": 0}},
        )
    ),
    UM_09.trap("stopped is linked all the same", Verdict.COMPLIANT, "", **service("HealthService", status="Stopped")),
    UM_09.trap("a name that is no id", Verdict.COMPLIANT, "", registry={CONNECTORS + r"\Log Analytics - none": {}}),
]
NOT_DECIDING = [
    ("UM-07", "'system'", "the newest event is newer than the process"),
    ("UM-08", "'id=4502' 'since=24h'", "only the letter and a note count other modules' events"),
]
