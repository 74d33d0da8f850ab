"""GA-04, GA-05, GA-10: the guest agent's further services, its processes, its crashes."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .harness import Of
from .services import HIDDEN
from .terms import denied, key, no_service, service, together

GUEST_KEY = r"HKLM\SOFTWARE\Microsoft\Virtual Machine\Guest"
FOLDER = r"C:\WindowsAzure\GuestAgent_2.7.41491.1183_2026-01-05_100000"
TELEMETRY = {"WindowsAzureTelemetryService": {"status": "Running", "startType": "Automatic", "processId": 2600}}
NO_WMI = {"wmi": {"root\\cimv2": {"Win32_Service": {"error": "rpc-unavailable"}}}}
NOT_DECIDING = [
    ("GA-04", "", "only the versions and services named beside it decide; see the examples"),
    ("GA-05", "Telemetry", "only older versions have it, and it advises"),
    ("GA-05", "NetAgent", "only older versions have it, and it advises"),
]

OBSERVED = {
    ("GA-04", "a version that needs none"): {"removed": False, "telemetry": False, "net agent": False},
    ("GA-04", "an older version that does not run it"): {"removed": False, "telemetry": True, "net agent": False},
    ("GA-04", "the network agent of old does not run"): {"removed": False, "telemetry": False, "net agent": True},
    ("GA-04", "the agent was removed, and its version is left"): {
        "removed": True,
        "telemetry": False,
        "net agent": False,
    },
    ("GA-05", "both, as processes of their services"): {"problems": []},
    ("GA-05", "one does not run"): {"problems": ["WaAppAgent.exe does not run"]},
    ("GA-10", "no crash"): {"missing": False, "crashes": False},
    ("GA-10", "a program crashed"): {"missing": False, "crashes": True},
    ("GA-10", "the agent was removed"): {"missing": True, "crashes": False},
    ("GA-10", "a crash, and no source tells of the services"): {"missing": "not known", "crashes": True},
}


def version(text: Any) -> dict[str, Any]:
    return key(GUEST_KEY, GuestAgentVersion=text)


def processes(*rows: tuple[str, int]) -> dict[str, Any]:
    return {"processes": [{"name": name, "id": number} for name, number in rows]}


def events(log: str, *rows: dict[str, Any]) -> dict[str, Any]:
    return {"logs": {log: {"events": [OLD, *rows]}}}


def ended(name: str, time: str = "2026-11-20T08:00:00Z", number: int = 7034) -> dict[str, Any]:
    return {
        "id": number,
        "provider": "Service Control Manager",
        "time": time,
        "level": 2,
        "data": [name, "3"],
        "message": f"Der Dienst {name} wurde unerwartet beendet.",
    }


def crashed(name: str, time: str = "2026-11-16T08:00:00Z") -> dict[str, Any]:
    return {
        "id": 1000,
        "provider": "Application Error",
        "time": time,
        "level": 2,
        "data": [name, "2.7.41491.1183", "00000000", "ntdll.dll"],
    }


def unhandled(text: str, time: str = "2026-11-16T08:00:00Z") -> dict[str, Any]:
    return {"id": 1026, "provider": ".NET Runtime", "time": time, "level": 2, "data": [text]}


OLD = {"id": 1, "provider": "x", "time": "2026-01-05T10:00:00Z"}
GA_04 = Of("GA-04", "guest-agent")
GA_05 = Of("GA-05", "guest-agent")
GA_10 = Of("GA-10", "guest-agent")
EXAMPLES = [
    GA_04.compliant("a version that needs none"),
    GA_04.compliant("exactly the version that merged it", **version("2.7.41491.971")),
    GA_04.compliant("an older version that has it", **together(version("2.7.41491.970"), {"services": TELEMETRY})),
    GA_04.deviating(
        "an older version without it",
        "WindowsAzureTelemetryService is missing, and version 2.7.41491.970 needs it",
        **version("2.7.41491.970"),
    ),
    GA_04.deviating(
        "an older version that does not run it",
        "WindowsAzureTelemetryService is stopped",
        **together(version("2.7.41491.901"), service("WindowsAzureTelemetryService", status="Stopped")),
    ),
    GA_04.deviating(
        "the network agent of old does not run",
        "the legacy service WindowsAzureNetAgentSvc is there, but stopped",
        Verdict.WARNING,
        **service("WindowsAzureNetAgentSvc", status="Stopped", startType="Manual"),
    ),
    GA_04.absent(
        "no version is told",
        "neither GuestAgentVersion",
        Verdict.UNDETERMINED,
        **together(version(None), {"files": {r"C:\WindowsAzure": None}}),
    ),
    GA_04.absent(
        "the agent was removed, and its version is left",
        "the service WindowsAzureGuestAgent is not registered",
        **no_service("WindowsAzureGuestAgent"),
    ),
    GA_04.absent(
        "the agent was removed, and its telemetry service is left",
        "the service WindowsAzureGuestAgent is not registered",
        **together({"services": TELEMETRY}, no_service("WindowsAzureGuestAgent")),
    ),
    GA_04.unreadable("the version may not be read", "access denied", **denied(GUEST_KEY)),
    GA_04.unreadable("no source tells of the services", **HIDDEN),
    GA_04.trap("numbers, not letters: 971 is less than 1010", Verdict.COMPLIANT, **version("2.7.41491.1010")),
    GA_04.trap(
        "where it runs no version is needed", Verdict.COMPLIANT, **together({"services": TELEMETRY}, denied(GUEST_KEY))
    ),
    GA_04.trap("three parts are less than four", Verdict.NON_COMPLIANT, "is missing", **version("2.7.41491")),
    GA_04.trap(
        "the network agent runs",
        Verdict.COMPLIANT,
        **service("WindowsAzureNetAgentSvc", status="Running", startType="Automatic"),
    ),
    GA_04.trap(
        "the program is older than the registry says",
        Verdict.NON_COMPLIANT,
        "version 2.7.41491.901 needs it",
        files={FOLDER + r"\WindowsAzureGuestAgent.exe": {"version": "2.7.41491.901"}},
    ),
    GA_04.trap("no value: the program's version counts", Verdict.COMPLIANT, **version(None)),
    GA_05.compliant("both, as processes of their services"),
    GA_05.deviating("one does not run", "WaAppAgent.exe does not run", **processes(("WindowsAzureGuestAgent", 2500))),
    GA_05.deviating(
        "one runs, but not for its service",
        "WindowsAzureGuestAgent.exe runs, but it is not the process of the service WindowsAzureGuestAgent",
        **processes(("WaAppAgent", 2412), ("WindowsAzureGuestAgent", 9999)),
    ),
    GA_05.deviating("a process without its service", "there is no service RdAgent", **no_service("RdAgent")),
    GA_05.deviating(
        "the telemetry service lost its process",
        "the service WindowsAzureTelemetryService runs, but WindowsAzureTelemetryService.exe does not",
        Verdict.WARNING,
        services=TELEMETRY,
    ),
    GA_05.absent("neither runs", "WindowsAzureGuestAgent.exe does not run", **processes()),
    GA_05.unreadable("the process ids are not told", "no source told its pid", **NO_WMI),
    GA_05.trap(
        "a second process of that name does no harm",
        Verdict.COMPLIANT,
        **processes(("WaAppAgent", 1), ("WaAppAgent", 2412), ("WindowsAzureGuestAgent", 2500)),
    ),
    GA_05.trap(
        "a process with the name of a service that is not there",
        Verdict.COMPLIANT,
        **processes(("WaAppAgent", 2412), ("WindowsAzureGuestAgent", 2500), ("WindowsAzureNetAgent", 9)),
    ),
    GA_05.trap(
        "without a process no id is needed", Verdict.NON_COMPLIANT, "does not run", **together(processes(), NO_WMI)
    ),
    GA_05.trap(
        "a stopped service of an older version needs no process",
        Verdict.COMPLIANT,
        **service("WindowsAzureNetAgentSvc", status="Stopped", startType="Manual"),
    ),
    GA_10.compliant("no crash"),
    GA_10.deviating(
        "a service ended",
        "the service RdAgent ended unexpectedly (event 7034, 1 in 24h, last 2026-11-20 08:00 UTC)",
        **events("System", ended("RdAgent")),
    ),
    GA_10.deviating(
        "a service ended and is to be restarted",
        "the service Windows Azure Guest Agent ended unexpectedly (event 7031, 2 in 24h",
        **events(
            "System",
            ended("Windows Azure Guest Agent", number=7031),
            ended("Windows Azure Guest Agent", "2026-11-19T10:00:01Z", 7031),
        ),
    ),
    GA_10.deviating("a program crashed", "WaAppAgent.exe crashed", **events("Application", crashed("WaAppAgent.exe"))),
    GA_10.deviating(
        "an unhandled exception",
        "WindowsAzureGuestAgent.exe ended by an unhandled exception",
        **events("Application", unhandled("Anwendung: WindowsAzureGuestAgent.exe\nFrameworkversion: v4.0.30319")),
    ),
    GA_10.absent("the agent was removed", "there is no service RdAgent that could crash", **no_service("RdAgent")),
    GA_10.deviating(
        "a service does not run",
        "the service WindowsAzureGuestAgent is stopped: it cannot crash",
        Verdict.WARNING,
        **service("WindowsAzureGuestAgent", status="Stopped"),
    ),
    GA_10.unreadable("no source tells of the services", **HIDDEN),
    GA_10.trap(
        "a crash, and no source tells of the services",
        Verdict.NON_COMPLIANT,
        "the service RdAgent ended",
        **together(events("System", ended("RdAgent")), HIDDEN),
    ),
    GA_10.absent("there is no System log", "there is no log System", Verdict.UNDETERMINED, logs={"System": None}),
    GA_10.absent(
        "there is no Application log", "there is no log Application", Verdict.UNDETERMINED, logs={"Application": None}
    ),
    GA_10.unreadable("a log may not be read", "access denied", **denied("log:Application")),
    GA_10.unreadable("a log is switched off", "is switched off", logs={"System": {"enabled": False}}),
    *[
        GA_10.unreadable(f"the log {name} is empty", f"the log {name} is empty", logs={name: {"events": []}})
        for name in ("System", "Application")
    ],
    GA_10.trap(
        "one log shows it, the other is empty",
        Verdict.NON_COMPLIANT,
        "the service RdAgent ended",
        logs={"System": {"events": [OLD, ended("RdAgent")]}, "Application": {"events": []}},
    ),
    GA_10.unreadable(
        "a third party floods the log",
        "holds more events of other programs",
        **events("System", *[ended("Contoso RdAgent Monitor") for _ in range(201)]),
    ),
    GA_10.trap(
        "a service of a third party whose name holds the agent's",
        Verdict.COMPLIANT,
        **events("System", ended("Contoso RdAgent Monitor")),
    ),
    GA_10.trap("before the window", Verdict.COMPLIANT, **events("System", ended("RdAgent", "2026-11-19T09:59:59Z"))),
    GA_10.trap(
        "a program's window is a week",
        Verdict.COMPLIANT,
        **events("Application", crashed("WaAppAgent.exe", "2026-11-13T09:59:00Z")),
    ),
    GA_10.trap(
        "another program that names it", Verdict.COMPLIANT, **events("Application", crashed("NotWaAppAgent.exe"))
    ),
    GA_10.trap(
        "another program's exception that mentions it",
        Verdict.COMPLIANT,
        **events("Application", unhandled("Application: Contoso.exe\nDescription: could not read WaAppAgent.exe")),
    ),
    GA_10.trap(
        "a program of which the name goes on",
        Verdict.COMPLIANT,
        **events("Application", unhandled("Application: WaAppAgent.exe.Contoso.exe")),
    ),
    GA_10.trap(
        "the log does not reach back over the window",
        Verdict.NOTED,
        "the log System reaches back to 2026-11-20 09:00 only",
        logs={"System": {"events": [{"id": 1, "provider": "x", "time": "2026-11-20T09:00:00Z"}]}},
    ),
    GA_10.deviating(
        "an unhandled exception of which only the message is told",
        "WaAppAgent.exe ended by an unhandled exception",
        **events(
            "Application",
            {
                **unhandled(""),
                "data": [],
                "message": "Application: WaAppAgent.exe\nDescription: The process was terminated",
            },
        ),
    ),
    GA_10.deviating(
        "an unhandled exception, and a further insert",
        "WaAppAgent.exe ended by an unhandled exception",
        **events("Application", {**unhandled(""), "data": ["Application: WaAppAgent.exe", "x"]}),
    ),
    GA_10.trap(
        "another program, and the event names the agent's besides",
        Verdict.COMPLIANT,
        **events("Application", {**crashed("zz.exe"), "data": ["zz.exe", "WaAppAgent.exe"]}),
    ),
    GA_10.trap(
        "events that name nothing",
        Verdict.COMPLIANT,
        logs={
            "System": {"events": [OLD, {**ended("RdAgent"), "data": []}]},
            "Application": {"events": [OLD, {**crashed("WaAppAgent.exe"), "data": []}, {**unhandled(""), "data": []}]},
        },
    ),
    *[
        GA_10.trap(
            f"the log {name} reaches back {days} days",
            verdict,
            said,
            logs={name: {"events": [{"id": 1, "provider": "x", "time": time}]}},
        )
        for name, days, time, verdict, said in (
            ("System", "1", "2026-11-19T10:00:00Z", Verdict.COMPLIANT, ""),
            ("System", "0.99", "2026-11-19T10:00:01Z", Verdict.NOTED, "System reaches back to 2026-11-19 10:00 only"),
            ("Application", "7", "2026-11-13T10:00:00Z", Verdict.COMPLIANT, ""),
            ("Application", "6.99", "2026-11-13T10:00:01Z", Verdict.NOTED, "Application reaches back to 2026-11-13"),
        )
    ],
    GA_10.trap(
        "one log shows it, the other cannot be read",
        Verdict.NON_COMPLIANT,
        "the service RdAgent ended",
        **together(events("System", ended("RdAgent")), denied("log:Application")),
    ),
]
