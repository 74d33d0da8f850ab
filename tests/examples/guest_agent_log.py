"""GA-13, GA-14, GA-16, GA-17, GA-19: the guest agent's log."""

from __future__ import annotations

import base64
from typing import Any

from vmready.model import Verdict

from .guest_agent_installation import GUEST
from .guest_agent_services import GUEST_KEY, version
from .harness import Of
from .services import HIDDEN
from .terms import denied, endpoint, key, no_service, service, together

LOGS = "C:\\WindowsAzure\\Logs\\"
LOG, INSTALLER, TELEMETRY = LOGS + "WaAppAgent.log", LOGS + "TransparentInstaller.log", LOGS + "Telemetry.log"
ROTATED = LOGS + "WaAppAgent.001.log"
CONSTRAINED = {"os": {"languageMode": "ConstrainedLanguage"}}
NEW = r"C:\WindowsAzure\GuestAgent_2.7.41491.1190_2026-11-01_08"
EXE = {"length": 987136, "version": "2.7.41491.1190"}
NOT_DECIDING = [
    *((item, "'service'", "which program runs is told by one of them") for item in ("GA-17", "GA-19")),
    ("GA-13", "'service' 'RdAgent'", "only duplicate folders ask for the running version"),
    ("GA-13", "'path'", "only duplicate folders ask for the running version"),
    ("GA-13", r"Virtual Machine\Guest", "only duplicate folders ask for the running version"),
    ("GA-19", "'path'", "the folders and the other program are another row"),
    *((item, "Windows NT", "only bad versions ask for the Windows") for item in ("GA-13", "GA-19")),
    *(
        (item, "WaAppAgent*.log", "counts where the log holds no start")
        for item in ("GA-13", "GA-14", "GA-16", "GA-19")
    ),
    *((item, "TransparentInstaller", "another row") for item in ("GA-13", "GA-19")),
    *((item, "Telemetry.log", "another row") for item in ("GA-13", "GA-19")),
    ("GA-19", "bytes=0", "only a start without its end asks for heartbeats"),
    ("GA-14", "168.63.129.16", "confirms what the log shows, and it shows nothing"),
    ("GA-14", "GuestProxyAgent", "another row"),
    ("GA-16", "'process'", "goes into the finding's text only"),
    ("GA-17", "'tail'", "goes into the finding's text only"),
    ("GA-17", "'path'", "goes into the finding's text only"),
    ("GA-17", "Npcap'", "an adapter that is only named is no problem"),
    ("GA-17", "Win32_NetworkAdapter", "the older class, where the newer one is not there"),
]

SAME = "2.7.41491.1183"
WELL = {"missing": False, "pending": False, "stuck": False, "duplicates": False}
OBSERVED = {
    ("GA-13", "it came through, and beats"): WELL,
    ("GA-13", "nothing follows the start"): {**WELL, "stuck": True},
    ("GA-13", "two folders of a newer version, and the older one runs"): {**WELL, "duplicates": True},
    ("GA-13", "the agent was removed, and its log is left"): {**WELL, "missing": True},
    ("GA-13", "its service is being started, and the log knows nothing of it"): {**WELL, "pending": True},
    ("GA-13", "stuck, and no source tells of the service"): {**WELL, "missing": "not known", "stuck": True},
    ("GA-14", "nothing of the kind"): {"problems": []},
    ("GA-14", "503"): {"problems": ["L2"]},
    ("GA-14", "no fabric address, and the WireServer is not reached"): {"problems": ["L5"]},
    ("GA-16", "it runs"): {"missing": False, "logged": False, "pending": False},
    ("GA-16", "it cannot be stopped"): {"missing": False, "logged": True, "pending": False},
    ("GA-16", "stop pending, and the log silent"): {"missing": False, "logged": "not known", "pending": True},
    ("GA-16", "the agent was removed"): {"missing": True, "logged": False, "pending": False},
    ("GA-17", "no such adapter"): {"active": [], "unknown": []},
    ("GA-17", "active"): {"active": ["Npcap Loopback Adapter"], "unknown": []},
    ("GA-17", "its state is not told"): {"active": [], "unknown": ["Npcap Loopback Adapter"]},
    ("GA-19", "all agree"): {"logged": SAME, "program": SAME, "registered": SAME},
    ("GA-19", "the registry names none"): {"logged": SAME, "program": SAME, "registered": None},
}


def line(time: str, level: str, text: str) -> str:
    """A line of form A of the day of the examples, or of the day that ``time`` names."""
    day = "11/20/2026 " if len(time) == 8 else ""
    return f"[00000007] [{day}{time}.00] [{level}]  {text}"


def log(*lines: str, path: str = LOG, **more: Any) -> dict[str, Any]:
    return {"files": {path: {"lines": list(lines), **more}}}


def joined(*deltas: dict[str, Any]) -> dict[str, Any]:
    """Deltas that change several files."""
    return together(*deltas)


STARTED = line("08:30:00", "INFO", "WindowsAzureGuestAgent starting. Version 2.7.41491.1183")
THROUGH = line("08:30:05", "INFO", "StateExecutor initialization completed.")
CONNECTED = line("08:30:03", "INFO", "ControlSystem initialized with version 2012-11-30.")
BEAT = line("09:59:00", "HEART", "WindowsAzureGuestAgent Heartbeat.")
UNAVAILABLE = (
    "[ERROR] GetVersions() failed with exception: Microsoft.ServiceModel.Web.WebProtocolException: Server Error: "
    "Service Unavailable (ServiceUnavailable) --->"
)
FORBIDDEN = (
    line(
        "09:10:00",
        "WARN",
        "(Ignoring) Exception while fetching supported versions from HostGAPlugin: System.Net.WebException:",
    ),
    "---> System.Net.Sockets.SocketException: An attempt was made to access a socket in a way forbidden by its "
    "access permissions 168.63.129.16:32526",
    "   at System.Net.Sockets.Socket.DoConnect(EndPoint endPointSnapshot, SocketAddress socketAddress)",
)
NOWHERE = line("09:20:00", "ERROR", "Did not discover fabric address on interface Ethernet.")
NPCAP_LINE = line("09:20:00", "ERROR", "Did not discover fabric address on interface Npcap Loopback Adapter")
STOPPING = line("09:30:00", "WARN", "WindowsAzureGuestAgent stopping.")
NOT_STOPPED = (
    line(
        "09:30:00",
        "WARN",
        "WindowsAzureGuestAgent could not be stopped. Exception: System.NullReferenceException: Object",
    ),
    "at Microsoft.WindowsAzure.GuestAgent.ContainerStateMachine.GoalStateExecutorBase.WaitForExtensionWorkflowComplete",
)
NO_LOG = {"files": {LOG: None}}
SILENT = log(
    line("11/18/2026 08:30:00", "INFO", "WindowsAzureGuestAgent starting. Version 2.7.41491.1183"),
    line("11/18/2026 08:30:05", "INFO", "StateExecutor initialization completed."),
)
OTHER_ENCODING = log("\x00".join("nothing that anybody knows"))
GA_13 = Of("GA-13", "guest-agent")
GA_14 = Of("GA-14", "guest-agent")
GA_16 = Of("GA-16", "guest-agent")
GA_17 = Of("GA-17", "guest-agent")
GA_19 = Of("GA-19", "guest-agent")


def _common(of: Of) -> list[Any]:
    """What no row that reads the log may take for good."""
    return [
        of.absent("no log", "there is no WaAppAgent.log", Verdict.UNDETERMINED, **NO_LOG),
        of.unreadable("the log may not be opened", "access denied", **denied(LOG)),
        of.unreadable("in Constrained Language Mode", "not possible on this host", **CONSTRAINED),
        of.unreadable("another encoding", "has a known form", **OTHER_ENCODING),
    ]


def _of_the_writer(of: Of) -> list[Any]:
    """What a log says of an agent that was removed, or does not run, is past."""
    return [
        of.absent(
            "the agent was removed, and its log is left",
            "there is no service WindowsAzureGuestAgent: the log is left over",
            **no_service("WindowsAzureGuestAgent"),
        ),
        of.absent(
            "the agent was removed with its log",
            "there is no service WindowsAzureGuestAgent",
            **together(NO_LOG, no_service("WindowsAzureGuestAgent")),
        ),
        of.deviating(
            "the agent does not run",
            "the service WindowsAzureGuestAgent is stopped: what its log says is of before",
            Verdict.WARNING,
            **service("WindowsAzureGuestAgent", status="Stopped"),
        ),
        of.deviating(
            "the last entry is of a time to come",
            "the last entry of WaAppAgent.log is of 2026-11-20 10:06 UTC, ahead of the host's clock",
            Verdict.WARNING,
            **log(STARTED, THROUGH, BEAT.replace("09:59", "10:06")),
        ),
        of.trap(
            "the last entry is ahead as clocks are",
            Verdict.COMPLIANT,
            **log(STARTED, THROUGH, BEAT.replace("09:59:00", "10:05:00")),
        ),
        of.trap(
            "the clock was put back, and it went on",
            Verdict.COMPLIANT,
            **log(STARTED, THROUGH, BEAT.replace("09:59", "18:59"), BEAT),
        ),
        of.unreadable("no source tells of the service", **HIDDEN),
        of.trap("the other service does not write it", Verdict.COMPLIANT, **service("RdAgent", status="Stopped")),
    ]


DOUBLE = {"files": {NEW + a + "\\WindowsAzureGuestAgent.exe": EXE for a in ("0000", "0100")}}
EXAMPLES = [
    *_common(GA_13),
    *_of_the_writer(GA_13),
    GA_13.deviating(
        "its service is being started, and the log knows nothing of it",
        "the service WindowsAzureGuestAgent is start pending, and its log shows no start of now",
        **service("WindowsAzureGuestAgent", status="StartPending"),
    ),
    GA_13.trap(
        "its service is being started, and so says the log",
        Verdict.UNDETERMINED,
        "started 9 minutes ago",
        **together(
            service("WindowsAzureGuestAgent", status="StartPending"),
            log(line("09:51:00", "INFO", "WindowsAzureGuestAgent starting. Version 1")),
        ),
    ),
    GA_13.trap(
        "its service is being started for exactly 20 minutes",
        Verdict.UNDETERMINED,
        "started 20 minutes ago",
        **together(
            service("WindowsAzureGuestAgent", status="StartPending"),
            log(line("09:40:00", "INFO", "WindowsAzureGuestAgent starting. Version 1")),
        ),
    ),
    GA_13.trap(
        "its service is being started, and no start is in the log",
        Verdict.NON_COMPLIANT,
        "start pending",
        **together(service("WindowsAzureGuestAgent", status="StartPending"), log(BEAT)),
    ),
    GA_13.unreadable(
        "its service is being started, and the log may not be opened",
        "access denied",
        **together(service("WindowsAzureGuestAgent", status="StartPending"), denied(LOG)),
    ),
    GA_13.compliant("it came through, and beats"),
    GA_13.compliant("a start of today", **log(STARTED, THROUGH)),
    GA_13.deviating(
        "nothing follows the start",
        "the agent is stuck starting: version 2.7.41491.1183 began at 2026-11-20 08:30 UTC",
        **log(BEAT.replace("09:59", "08:29"), STARTED, CONNECTED),
    ),
    GA_13.trap(
        "stuck, and no source tells of the service",
        Verdict.NON_COMPLIANT,
        "stuck starting",
        **together(log(STARTED, CONNECTED), HIDDEN),
    ),
    GA_13.deviating(
        "stuck, and silent since",
        "stuck starting",
        **log(line("11/17/2026 08:30:00", "INFO", "WindowsAzureGuestAgent starting. Version 2.7.41491.1183")),
    ),
    GA_13.deviating(
        "two folders of a newer version, and the older one runs",
        "several folders of version 2.7.41491.1190, and 2.7.41491.1183 runs, not 2.7.41491.1190",
        **DOUBLE,
    ),
    GA_13.trap(
        "two folders of a newer version, and the registry names no version",
        Verdict.NON_COMPLIANT,
        "and 2.7.41491.1183 runs",
        **together(DOUBLE, version(None)),
    ),
    GA_13.trap(
        "two folders of a newer version, and the program tells no version",
        Verdict.NON_COMPLIANT,
        "and 2.7.41491.1183 runs",
        files={**DOUBLE["files"], GUEST + r"\WindowsAzureGuestAgent.exe": {"version": None}},
    ),
    GA_13.trap(
        "the service names the newer version, and the older one still runs",
        Verdict.NON_COMPLIANT,
        "several folders of version 2.7.41491.1190, and 2.7.41491.1183 runs, not 2.7.41491.1190",
        **together(DOUBLE, service("WindowsAzureGuestAgent", pathName=NEW + r"0000\WindowsAzureGuestAgent.exe")),
    ),
    GA_13.trap(
        "the newer version is registered, and the older one started",
        Verdict.NON_COMPLIANT,
        "and 2.7.41491.1183 runs",
        **together(
            DOUBLE,
            version("2.7.41491.1190"),
            service("WindowsAzureGuestAgent", pathName=NEW + r"0000\WindowsAzureGuestAgent.exe"),
        ),
    ),
    GA_13.trap(
        "two folders of a newer version, and it started",
        Verdict.COMPLIANT,
        **together(
            {"files": {**DOUBLE["files"], **log(STARTED.replace("1183", "1190"), THROUGH, BEAT)["files"]}},
            version("2.7.41491.1190"),
            service("WindowsAzureGuestAgent", pathName=NEW + r"0000\WindowsAzureGuestAgent.exe"),
        ),
    ),
    GA_13.unreadable(
        "a folder of the agent may not be listed",
        "not every folder of the agent could be looked at",
        **together(DOUBLE, denied(NEW + "0100")),
    ),
    GA_13.trap(
        "two folders of a newer version, and a third one may not be listed",
        Verdict.NON_COMPLIANT,
        "several folders of version 2.7.41491.1190",
        **together({"files": {**DOUBLE["files"], NEW + "0200\\WindowsAzureGuestAgent.exe": EXE}}, denied(NEW + "0200")),
    ),
    GA_13.trap(
        "another folder may not be listed",
        Verdict.COMPLIANT,
        **together({"files": {r"C:\WindowsAzure\SecAgent\x.exe": EXE}}, denied(r"C:\WindowsAzure\SecAgent")),
    ),
    GA_13.unreadable(
        "it started a moment ago",
        "started 9 minutes ago",
        **log(line("09:51:00", "INFO", "WindowsAzureGuestAgent starting. Version 1")),
    ),
    GA_13.unreadable(
        "a log without start and heartbeat", "no start of the agent", **log(line("09:59:00", "INFO", "x"))
    ),
    GA_13.unreadable(
        "nothing for two days",
        "wrote nothing into WaAppAgent.log within 24 hours: its last entry is of 2026-11-18",
        **SILENT,
    ),
    GA_13.trap(
        "exactly 20 minutes are not stuck yet",
        Verdict.UNDETERMINED,
        "20 minutes ago",
        **log(line("09:40:00", "INFO", "WindowsAzureGuestAgent starting. Version 1")),
    ),
    GA_13.trap(
        "a minute more is stuck",
        Verdict.NON_COMPLIANT,
        "stuck",
        **log(line("09:39:00", "INFO", "WindowsAzureGuestAgent starting. Version 1")),
    ),
    GA_13.trap(
        "it waits for Windows to be set up",
        Verdict.NOTED,
        "waits for Windows to be set up",
        **log(STARTED, line("09:55:00", "INFO", "Waiting for OOBE to Complete ...")),
    ),
    GA_13.trap(
        "it waits, by an entry of a time to come",
        Verdict.WARNING,
        "ahead of the host's clock",
        **log(STARTED, line("18:55:00", "INFO", "Waiting for OOBE to Complete ...")),
    ),
    GA_13.trap(
        "it began to wait 20 minutes ago",
        Verdict.NOTED,
        "waits for Windows to be set up",
        **log(STARTED, line("09:40:00", "INFO", "Waiting for OOBE to Complete ...")),
    ),
    GA_13.unreadable(
        "it waits, and no line tells a time",
        "no start of the agent",
        **log("[INFO]  Waiting for OOBE to Complete ..."),
    ),
    GA_13.unreadable(
        "a start that tells no time",
        "no start of the agent",
        **log("[INFO]  WindowsAzureGuestAgent starting. Version 2.7.41491.1183"),
    ),
    GA_13.trap(
        "it waited, and no longer does",
        Verdict.NON_COMPLIANT,
        "stuck starting",
        **log(STARTED, line("08:55:00", "INFO", "Waiting for OOBE to Complete ...")),
    ),
    GA_13.trap(
        "the other form of time",
        Verdict.COMPLIANT,
        **log(
            "[00000018] 2026-11-20T08:30:00Z [INFO]  WindowsAzureGuestAgent starting. Version 2.7",
            "[1] 2026-11-20T09:59:00.5Z [HEART] WindowsAzureGuestAgent Heartbeat.",
        ),
    ),
    GA_13.trap(
        "a heartbeat in the second in which it started",
        Verdict.NON_COMPLIANT,
        "stuck starting",
        **log(
            "[1] 2026-11-20T08:30:00Z [HEART] WindowsAzureGuestAgent Heartbeat.",
            "[1] 2026-11-20T08:30:00Z [INFO]  WindowsAzureGuestAgent starting. Version 2.7",
        ),
    ),
    GA_13.trap(
        "the clock was put back after the start",
        Verdict.COMPLIANT,
        **log(STARTED, line("08:10:00", "INFO", "StateExecutor initialization completed.")),
    ),
    GA_13.trap(
        "a long log, and no heartbeat after the start",
        Verdict.NON_COMPLIANT,
        "stuck starting",
        **log(BEAT.replace("09:59", "08:30"), STARTED, *[line("09:30:00", "INFO", "x" * 200)] * 1200),
    ),
    GA_13.trap(
        "a long log, and the end of the start far before its end",
        Verdict.COMPLIANT,
        **log(STARTED, THROUGH, *[line("09:30:00", "INFO", "x" * 200)] * 1200),
    ),
    GA_13.trap(
        "duplicates of a version, and it runs",
        Verdict.COMPLIANT,
        **{"files": {GUEST + "_B\\WindowsAzureGuestAgent.exe": {"length": 1}}},
    ),
    GA_13.trap(
        "duplicates of a version, and it runs, and a newer one is there once",
        Verdict.COMPLIANT,
        files={GUEST + "_B\\WindowsAzureGuestAgent.exe": {"length": 1}, NEW + "0000\\WindowsAzureGuestAgent.exe": EXE},
    ),
    GA_13.trap(
        "duplicates of the version that runs, and of a newer one",
        Verdict.NON_COMPLIANT,
        "there are several folders of version 2.7.41491.1190, and 2.7.41491.1183 runs",
        files={**DOUBLE["files"], GUEST + "_B\\WindowsAzureGuestAgent.exe": {"length": 1}},
    ),
    GA_13.trap(
        "duplicates of an older version, and of a newer one",
        Verdict.NON_COMPLIANT,
        "there are several folders of version 2.7.41491.1190, and 2.7.41491.1183 runs",
        files={
            **DOUBLE["files"],
            **{NEW.replace("1190", "1170") + f"{end}\\WindowsAzureGuestAgent.exe": EXE for end in ("0000", "0001")},
        },
    ),
    GA_13.trap(
        "duplicates of a newer version, and a newer one still is there once",
        Verdict.NON_COMPLIANT,
        "several folders of version 2.7.41491.1190, and 2.7.41491.1183 runs, not 2.7.41491.1200",
        files={
            **DOUBLE["files"],
            NEW.replace("1190", "1200") + "0000\\WindowsAzureGuestAgent.exe": EXE,
        },
    ),
    GA_13.trap(
        "duplicates of a version, and a newer one runs",
        Verdict.COMPLIANT,
        **together(
            log(STARTED.replace("1183", "1200"), THROUGH, BEAT),
            version("2.7.41491.1200"),
            {
                "files": {
                    LOG: {"lines": [STARTED.replace("1183", "1200"), THROUGH, BEAT]},
                    GUEST + "_B\\WindowsAzureGuestAgent.exe": {"length": 1},
                    GUEST + "\\WindowsAzureGuestAgent.exe": {"version": "2.7.41491.1200"},
                }
            },
        ),
    ),
    GA_13.trap(
        "several versions are normal after updates",
        Verdict.COMPLIANT,
        files={NEW + "0000\\WindowsAzureGuestAgent.exe": EXE},
    ),
    GA_13.trap(
        "folders without the program do not count",
        Verdict.COMPLIANT,
        files={NEW + a: {"directory": True} for a in ("0000", "0100")},
    ),
    GA_13.trap(
        "the start stands in the log before",
        Verdict.COMPLIANT,
        **joined(log(BEAT), log(STARTED, path=ROTATED, modified="2026-11-20T09:00:00Z")),
    ),
    GA_13.trap(
        "stuck, and the start stands in the log before",
        Verdict.NON_COMPLIANT,
        "stuck starting",
        **joined(log(line("09:59:00", "INFO", "x")), log(STARTED, path=ROTATED, modified="2026-11-20T09:00:00Z")),
    ),
    GA_13.trap("no start in any log, but heartbeats", Verdict.COMPLIANT, **log(BEAT)),
    GA_13.trap(
        "in UTF-16 without a mark",
        Verdict.COMPLIANT,
        files={
            LOG: {
                "base64": base64.b64encode("\r\n".join([STARTED, THROUGH, BEAT]).encode("utf-16-le")).decode(),
                "lines": None,
            }
        },
    ),
    *_common(GA_14),
    *_of_the_writer(GA_14),
    GA_14.compliant("nothing of the kind"),
    GA_14.compliant("the telemetry log is there, too", **log(line("09:00:00", "INFO", "x"), path=TELEMETRY)),
    GA_14.deviating(
        "503",
        "answered 503: the host's side or a proxy, not a firewall [L2, 1 in the log",
        **log(
            STARTED,
            THROUGH,
            line("09:00:00", "INFO", "x"),
            UNAVAILABLE,
            "System.Net.WebException: (503) Server Unavailable.",
            BEAT,
        ),
    ),
    GA_14.deviating(
        "a filter forbids port 32526",
        "a local firewall or filter forbids the connection (168.63.129.16:32526) [L3",
        **log(STARTED, CONNECTED, *FORBIDDEN, BEAT),
    ),
    GA_14.deviating(
        "a filter forbids port 80",
        "(168.63.129.16:80) [L3",
        **log(STARTED, *(text.replace("32526", "80") for text in FORBIDDEN), BEAT),
    ),
    GA_14.deviating(
        "port 32526 has been out of reach for long",
        "port 32526 of the WireServer has been out of reach for long [L10, 2 in the log",
        **log(
            STARTED,
            THROUGH,
            line("09:00:00", "ERROR", "WriteGAPluginHeartbeat: HostGAPluginServiceClient is not initialized. Count 1"),
            line("09:05:00", "ERROR", "Reached Maximim error count:1000"),
        ),
    ),
    GA_14.deviating(
        "no reason is given",
        "the line does not say why [L3.other",
        **log(
            STARTED, line("09:00:00", "WARN", "There was no match for protocol version. ControlSystem not initialized.")
        ),
    ),
    GA_14.deviating(
        "no fabric address, and the WireServer is not reached",
        "no fabric address (DHCP option 245) was found (Ethernet) [L5, 1 in the log, last 2026-11-20 09:20 UTC], and 168.63.129.16:80 is not reached",
        **together(log(STARTED, NOWHERE), endpoint("168.63.129.16:80", tcp="timeout", paths=None)),
    ),
    *[
        GA_14.deviating(
            f"no fabric address, and the WireServer {what}",
            f"UTC], and {said}",
            **together(log(STARTED, NOWHERE, BEAT), delta),
        )
        for what, said, delta in (
            (
                "is not reached on its other port",
                "168.63.129.16:32526 is not reached",
                endpoint("168.63.129.16:32526", tcp="timeout"),
            ),
            (
                "has no versions",
                "GET http://168.63.129.16/?comp=versions answers HTTP 503",
                endpoint("168.63.129.16:80", paths={"/?comp=versions": {"status": 503, "body": ""}}),
            ),
        )
    ],
    GA_14.trap(
        "no fabric address, and GuestProxyAgent refuses us",
        Verdict.NOTED,
        "but the WireServer is reached",
        **together(
            log(STARTED, NOWHERE, BEAT),
            endpoint("168.63.129.16:80", paths={"/?comp=versions": {"status": 403, "body": ""}}),
            service("GuestProxyAgent", status="Running", startType="Automatic"),
        ),
    ),
    GA_14.deviating(
        "seen in the installer's log only",
        "answered 503",
        **joined(log(STARTED, THROUGH, BEAT), log(line("09:00:00", "ERROR", UNAVAILABLE[8:]), path=INSTALLER)),
    ),
    GA_14.deviating(
        "seen in the telemetry log without a time",
        "answered 503: the host's side or a proxy, not a firewall [L2, 1 in the log]: the line tells no time",
        Verdict.WARNING,
        **joined(log(STARTED, CONNECTED, THROUGH, BEAT), log(UNAVAILABLE, path=TELEMETRY, modified=60)),
    ),
    GA_14.deviating(
        "seen in the telemetry log without a time, and no good line came",
        "answered 503",
        **joined(log(STARTED, THROUGH, BEAT), log(UNAVAILABLE, path=TELEMETRY, modified=60)),
    ),
    GA_14.trap(
        "a telemetry log without times that an older agent left",
        Verdict.COMPLIANT,
        **joined(log(STARTED, THROUGH, BEAT), log(UNAVAILABLE, path=TELEMETRY, modified="2026-11-20T08:29:59Z")),
    ),
    GA_14.trap(
        "such a log, written just as the agent started",
        Verdict.NON_COMPLIANT,
        "answered 503",
        **joined(log(STARTED, THROUGH, BEAT), log(UNAVAILABLE, path=TELEMETRY, modified="2026-11-20T08:30:00Z")),
    ),
    GA_14.trap(
        "such a log of before the window, and the start is older still",
        Verdict.COMPLIANT,
        **joined(
            log(line("11/01/2026 08:30:00", "INFO", "WindowsAzureGuestAgent starting. Version 2"), BEAT),
            log(UNAVAILABLE, path=TELEMETRY, modified="2026-11-19T09:59:59Z"),
        ),
    ),
    GA_14.unreadable("the installer's log may not be opened", "access denied", **denied(INSTALLER)),
    GA_14.unreadable("nothing for two days", "wrote nothing", **SILENT),
    GA_14.unreadable(
        "no start, and the log before may not be opened",
        "access denied",
        **together(joined(log(BEAT), log(STARTED, path=ROTATED, modified="2026-11-20T09:00:00Z")), denied(ROTATED)),
    ),
    GA_14.trap(
        "a later good line takes it back",
        Verdict.COMPLIANT,
        **log(
            STARTED,
            *FORBIDDEN,
            UNAVAILABLE,
            line("09:30:00", "INFO", "ControlSystem initialized with version 2012-11-30."),
            BEAT,
        ),
    ),
    GA_14.trap(
        "a good line before it does not",
        Verdict.NON_COMPLIANT,
        "forbids the connection",
        **log(STARTED, CONNECTED, *FORBIDDEN),
    ),
    GA_14.trap(
        "before the last start",
        Verdict.COMPLIANT,
        **log(*FORBIDDEN, line("09:40:00", "INFO", "WindowsAzureGuestAgent starting. Version 2"), BEAT),
    ),
    GA_14.trap(
        "before the window",
        Verdict.COMPLIANT,
        **log(
            line("11/18/2026 08:00:00", "INFO", "WindowsAzureGuestAgent starting. Version 2"),
            line("11/19/2026 09:59:59", "INFO", "x"),
            UNAVAILABLE,
            BEAT,
        ),
    ),
    GA_14.trap(
        "just within the window",
        Verdict.NON_COMPLIANT,
        "answered 503",
        **log(
            line("11/18/2026 08:00:00", "INFO", "WindowsAzureGuestAgent starting. Version 2"),
            line("11/19/2026 10:00:00", "INFO", "x"),
            UNAVAILABLE,
            BEAT,
        ),
    ),
    GA_14.trap(
        "in the log before, after the start there",
        Verdict.NON_COMPLIANT,
        "forbids the connection",
        **joined(log(BEAT), log(STARTED, *FORBIDDEN, path=ROTATED, modified="2026-11-20T09:30:00Z")),
    ),
    GA_14.trap(
        "a second interface without a fabric address is normal",
        Verdict.NOTED,
        "(Ethernet) [L5, 1 in the log, last 2026-11-20 09:20 UTC], but the WireServer is reached",
        **log(STARTED, NOWHERE, BEAT),
    ),
    GA_14.trap(
        "it works now, and the log shows no recovery",
        Verdict.NON_COMPLIANT,
        "port 32526 is reached now, but the log shows no recovery",
        **log(STARTED, CONNECTED, *FORBIDDEN),
    ),
    GA_14.trap(
        "503, and it is reached now",
        Verdict.NON_COMPLIANT,
        "; port 80 is reached now, but the log shows no recovery",
        **log(STARTED, line("09:05:00", "ERROR", UNAVAILABLE[8:])),
    ),
    GA_14.trap(
        "forbidden, and it is reached now",
        Verdict.NON_COMPLIANT,
        "UTC]; port 80 is reached now, but the log shows no recovery",
        **log(STARTED, *(text.replace("32526", "80") for text in FORBIDDEN)),
    ),
    GA_14.trap(
        "still out of reach",
        Verdict.NON_COMPLIANT,
        "(168.63.129.16:32526) [L3, 1 in the log, last 2026-11-20 09:10 UTC]",
        **together(log(STARTED, CONNECTED, *FORBIDDEN), endpoint("168.63.129.16:32526", tcp="forbidden")),
    ),
    GA_14.trap(
        "the installer's log at the moment of the last start",
        Verdict.NON_COMPLIANT,
        "answered 503",
        **joined(log(STARTED, THROUGH, BEAT), log(line("08:30:00", "ERROR", UNAVAILABLE[8:]), path=INSTALLER)),
    ),
    GA_14.trap(
        "the installer's log before the last start",
        Verdict.COMPLIANT,
        **joined(log(STARTED, THROUGH, BEAT), log(line("08:29:59", "ERROR", UNAVAILABLE[8:]), path=INSTALLER)),
    ),
    GA_14.trap(
        "a long log of which only the end was read",
        Verdict.NOTED,
        "only the end of the long log was read, from 2026-11-20 09:30 UTC on",
        **log(STARTED, THROUGH, *[line("09:30:00", "INFO", "x" * 200)] * 1200, BEAT),
    ),
    GA_14.trap(
        "a long log, and the start stands in its end",
        Verdict.COMPLIANT,
        **log(*[line("08:00:00", "INFO", "x" * 200)] * 1200, STARTED, THROUGH, BEAT),
    ),
    GA_14.trap(
        "a long log of which the end reaches back over the window",
        Verdict.COMPLIANT,
        **log(STARTED.replace("11/20", "11/01"), *[line("11/19/2026 09:00:00", "INFO", "x" * 200)] * 1200, BEAT),
    ),
    GA_14.trap(
        "a long log before, of which only the end was read",
        Verdict.NOTED,
        "only the end of the long log was read, from 2026-11-20 09:30 UTC on",
        **joined(
            log(STARTED, *[line("09:30:00", "INFO", "x" * 200)] * 1200, path=ROTATED, modified="2026-11-20T09:40:00Z"),
            log(line("09:50:00", "INFO", "x"), BEAT),
        ),
    ),
    GA_14.trap(
        "a long log without a start, after one that is read with its start",
        Verdict.NOTED,
        "only the end of the long log was read, from 2026-11-20 09:50 UTC on",
        **joined(
            log(STARTED, THROUGH, path=ROTATED, modified="2026-11-20T09:30:00Z"),
            log(*[line("09:50:00", "INFO", "x" * 200)] * 1200, BEAT),
        ),
    ),
    GA_14.trap(
        "the clock was set back before it failed",
        Verdict.NON_COMPLIANT,
        "answered 503",
        **log(
            STARTED, line("09:55:00", "INFO", CONNECTED.partition("  ")[2]), line("09:05:00", "ERROR", UNAVAILABLE[8:])
        ),
    ),
    GA_14.trap(
        "the clock was set back before it recovered",
        Verdict.COMPLIANT,
        **log(
            STARTED, line("09:55:00", "ERROR", UNAVAILABLE[8:]), line("09:05:00", "INFO", CONNECTED.partition("  ")[2])
        ),
    ),
    GA_14.trap(
        "seen in the installer's log, and taken back later in the other",
        Verdict.COMPLIANT,
        **joined(
            log(STARTED, line("09:30:00", "INFO", CONNECTED.partition("  ")[2]), BEAT),
            log(line("09:29:00", "ERROR", UNAVAILABLE[8:]), path=INSTALLER),
        ),
    ),
    GA_14.trap(
        "seen in the installer's log after the other's recovery",
        Verdict.NON_COMPLIANT,
        "answered 503",
        **joined(
            log(STARTED, line("09:30:00", "INFO", CONNECTED.partition("  ")[2]), BEAT),
            log(line("09:31:00", "ERROR", UNAVAILABLE[8:]), path=INSTALLER),
        ),
    ),
    GA_14.trap(
        "entries that tell no time",
        Verdict.UNDETERMINED,
        "its entries tell no time",
        **log("[INFO]  WindowsAzureGuestAgent starting. Version 2.7", "[HEART] WindowsAzureGuestAgent Heartbeat."),
    ),
    GA_14.trap("no further logs", Verdict.COMPLIANT, files={INSTALLER: None}),
    GA_14.trap(
        "a message in another language",
        Verdict.NON_COMPLIANT,
        "(168.63.129.16:80) [L3.other",
        **log(STARTED, "[ERROR] GetVersions() failed with exception: Verbindung nicht möglich 168.63.129.16:80", BEAT),
    ),
    *_common(GA_16),
    GA_16.compliant("it runs"),
    GA_16.compliant(
        "stopped well and started again",
        **log(STARTED, STOPPING, line("09:31:00", "INFO", "WindowsAzureGuestAgent starting. Version 2"), BEAT),
    ),
    GA_16.deviating(
        "it cannot be stopped",
        "the agent is stuck stopping [L4, 1 in the log, last 2026-11-20 09:30 UTC]; WaAppAgent.exe runs",
        **log(STARTED, STOPPING, *NOT_STOPPED),
    ),
    GA_16.deviating(
        "the service is stop pending",
        "the service WindowsAzureGuestAgent is stop pending",
        **service("WindowsAzureGuestAgent", status="StopPending"),
    ),
    GA_16.deviating(
        "stuck, and RdAgent's process is gone",
        "WaAppAgent.exe does not run",
        **together(log(STARTED, *NOT_STOPPED), {"processes": []}),
    ),
    GA_16.unreadable(
        "it was told to stop a moment ago",
        "less than 5 minutes ago",
        **together(
            log(STARTED, THROUGH, line("09:58:00", "WARN", "WindowsAzureGuestAgent stopping.")),
            service("WindowsAzureGuestAgent", status="StopPending"),
        ),
    ),
    GA_16.unreadable("nothing for two days", "wrote nothing", **SILENT),
    GA_16.unreadable(
        "it was told to stop again, exactly 5 minutes ago",
        "less than 5 minutes ago",
        **together(
            log(
                STARTED,
                THROUGH,
                line("09:00:00", "WARN", "WindowsAzureGuestAgent stopping."),
                line("09:55:00", "WARN", "WindowsAzureGuestAgent stopping. Again"),
                line("09:55:00", "INFO", "x"),
            ),
            service("WindowsAzureGuestAgent", status="StopPending"),
        ),
    ),
    GA_16.trap(
        "it was told to stop longer ago",
        Verdict.NON_COMPLIANT,
        "the service WindowsAzureGuestAgent is stop pending",
        **together(
            log(
                STARTED,
                THROUGH,
                line("09:54:59", "WARN", "WindowsAzureGuestAgent stopping."),
                line("09:59:00", "INFO", "x"),
                line("09:59:30", "INFO", "A"),
            ),
            service("WindowsAzureGuestAgent", status="StopPending"),
        ),
    ),
    GA_16.trap(
        "a service that is stopped is another row",
        Verdict.COMPLIANT,
        **service("WindowsAzureGuestAgent", status="Stopped"),
    ),
    GA_16.trap(
        "a service that starts is another row",
        Verdict.COMPLIANT,
        **service("WindowsAzureGuestAgent", status="StartPending"),
    ),
    GA_16.trap(
        "a start followed",
        Verdict.COMPLIANT,
        **log(STARTED, *NOT_STOPPED, line("09:40:00", "INFO", "WindowsAzureGuestAgent starting. Version 2"), BEAT),
    ),
    GA_16.trap(
        "stop pending, and the log silent",
        Verdict.NON_COMPLIANT,
        "stop pending",
        **together(SILENT, service("WindowsAzureGuestAgent", status="StopPending")),
    ),
    GA_16.absent(
        "the agent was removed",
        "there is no service WindowsAzureGuestAgent that could be stopped",
        **no_service("WindowsAzureGuestAgent"),
    ),
    GA_16.unreadable("no source tells of the service", **HIDDEN),
    GA_19.compliant("all agree"),
    *_common(GA_19),
    GA_19.deviating(
        "an older one started",
        "started 2.7.41491.1010, program 2.7.41491.1183, registry 2.7.41491.1183",
        Verdict.WARNING,
        **log(STARTED.replace("1183", "1010"), BEAT),
    ),
    GA_19.deviating("the registry is behind", "registry 2.7.41491.1010", Verdict.WARNING, **version("2.7.41491.1010")),
    GA_19.deviating(
        "the program is another",
        "program 2.7.41491.999",
        Verdict.WARNING,
        files={GUEST + r"\WindowsAzureGuestAgent.exe": {"version": "2.7.41491.999"}},
    ),
    GA_19.absent("the registry names none", "registry none", Verdict.WARNING, **version(None)),
    GA_19.unreadable("no start in any log", "no start of the agent stands in its log", **log(BEAT)),
    GA_19.unreadable("the registry may not be read", "access denied", **denied(GUEST_KEY)),
    GA_19.trap("the last start counts", Verdict.COMPLIANT, **log(STARTED.replace("1183", "1010"), STARTED, BEAT)),
    GA_19.trap("a version with a colon", Verdict.COMPLIANT, **log(STARTED.replace("Version 2", "Version: 2"), BEAT)),
    GA_19.trap(
        "two differ, and the third may not be read",
        Verdict.WARNING,
        "differ",
        **together(log(STARTED.replace("1183", "1010"), BEAT), denied(GUEST_KEY)),
    ),
    GA_19.trap(
        "nobody names a version",
        Verdict.WARNING,
        "not every source names the agent's version: started not named, program none, registry none",
        **together(
            version(None),
            {
                "files": {
                    LOG: {"lines": [line("08:30:00", "INFO", "WindowsAzureGuestAgent starting."), BEAT]},
                    GUEST + r"\WindowsAzureGuestAgent.exe": {"version": None},
                }
            },
        ),
    ),
    GA_19.trap(
        "a start without a version",
        Verdict.WARNING,
        "started not named",
        **log(line("08:30:00", "INFO", "WindowsAzureGuestAgent starting."), BEAT),
    ),
    GA_17.compliant("no such adapter"),
]


def adapters(**changes: Any) -> dict[str, Any]:
    row = {
        "Name": "Npcap Loopback Adapter",
        "InterfaceDescription": "Npcap Loopback Adapter",
        "InterfaceAdminStatus": 1,
        "InterfaceOperationalStatus": 1,
    }
    ethernet = {
        "InterfaceIndex": 6,
        "Name": "Ethernet",
        "InterfaceDescription": "Microsoft Hyper-V Network Adapter",
        "InterfaceOperationalStatus": 1,
    }
    return {"wmi": {r"root\StandardCimv2": {"MSFT_NetAdapter": [ethernet, {**row, **changes}]}}}


def loopback(name: str, status: int) -> dict[str, Any]:
    return {"Name": name, "InterfaceDescription": name, "InterfaceAdminStatus": 1, "InterfaceOperationalStatus": status}


def old_adapter(enabled: Any, connection: str | None = "Local Area Connection 4") -> dict[str, Any]:
    row = {"Name": "Npcap Loopback Adapter #2", "NetConnectionID": connection, "NetEnabled": enabled}
    return {"wmi": {r"root\StandardCimv2": {"MSFT_NetAdapter": None}, r"root\cimv2": {"Win32_NetworkAdapter": [row]}}}


EXAMPLES += [
    GA_17.deviating("active", "the adapter Npcap Loopback Adapter is active", Verdict.WARNING, **adapters()),
    GA_17.deviating(
        "active, and the agent looked there",
        "looked there for its fabric address and found none",
        Verdict.WARNING,
        **together(adapters(Name="Ethernet 4"), log(STARTED, NPCAP_LINE, BEAT)),
    ),
    GA_17.deviating(
        "active, on Windows Server 2008 R2", "Local Area Connection 4 is active", Verdict.WARNING, **old_adapter(True)
    ),
    GA_17.absent(
        "no adapters are told",
        "neither generation",
        Verdict.UNDETERMINED,
        wmi={r"root\StandardCimv2": {"MSFT_NetAdapter": None}},
    ),
    GA_17.unreadable(
        "WMI refuses", "could not be read", wmi={r"root\StandardCimv2": {"MSFT_NetAdapter": {"error": "access-denied"}}}
    ),
    GA_17.trap("disabled", Verdict.COMPLIANT, **adapters(InterfaceAdminStatus=2)),
    GA_17.trap("disconnected", Verdict.COMPLIANT, **adapters(InterfaceOperationalStatus=2)),
    GA_17.trap("disabled, on Windows Server 2008 R2", Verdict.COMPLIANT, **old_adapter(False)),
    GA_17.trap(
        "its state is not told",
        Verdict.WARNING,
        "is not told",
        **adapters(InterfaceOperationalStatus=None, InterfaceAdminStatus=None),
    ),
    GA_17.trap(
        "active, on Windows Server 2008 R2, and no connection is named",
        Verdict.WARNING,
        "the adapter Npcap Loopback Adapter #2 is active",
        **old_adapter(True, None),
    ),
    GA_17.trap(
        "on Windows Server 2008 R2, and its state is not told",
        Verdict.WARNING,
        "Local Area Connection 4 is active is not told",
        **old_adapter(None),
    ),
    GA_17.trap(
        "active, and its name is not told",
        Verdict.WARNING,
        "the adapter Npcap Loopback Adapter is active",
        **adapters(Name=None),
    ),
    GA_17.trap("in a state that is not up", Verdict.COMPLIANT, **adapters(InterfaceOperationalStatus=0)),
    GA_17.trap(
        "up, and an administrator tests it",
        Verdict.WARNING,
        "is active",
        **adapters(InterfaceAdminStatus=3),
    ),
    GA_17.trap("renamed", Verdict.WARNING, "the adapter Ethernet 4 is active", **adapters(Name="Ethernet 4")),
    GA_17.trap(
        "Npcap without an adapter",
        Verdict.COMPLIANT,
        registry={r"HKLM\SOFTWARE\Npcap": {"LoopbackAdapter": r"\Device\{A}"}},
    ),
    GA_17.trap(
        "Npcap names its adapter, and one of another name is active",
        Verdict.WARNING,
        "Ethernet 4 is active, which may be that one renamed",
        **together(
            adapters(Name="Ethernet 4", InterfaceDescription="Microsoft KM-TEST Loopback Adapter"),
            {"registry": {r"HKLM\SOFTWARE\Npcap": {"LoopbackAdapter": r"\Device\{A}"}}},
        ),
    ),
    *[
        GA_17.unreadable(
            f"an active loopback adapter of another name, and Npcap's key{view} may not be read",
            "access denied",
            **together(
                adapters(Name="Ethernet 4", InterfaceDescription="Contoso Loopback Adapter"),
                key(path, InstallPath="x"),
                denied(path),
            ),
        )
        for view, path in (("", r"HKLM\SOFTWARE\Npcap"), (" of 32 bits", r"HKLM\SOFTWARE\Wow6432Node\Npcap"))
    ],
    GA_17.trap(
        "one view of Npcap's key names its adapter, and the other may not be read",
        Verdict.WARNING,
        "which may be that one renamed",
        **together(
            adapters(Name="Ethernet 4", InterfaceDescription="Contoso Loopback Adapter"),
            key(r"HKLM\SOFTWARE\Npcap", InstallPath="x"),
            key(r"HKLM\SOFTWARE\Wow6432Node\Npcap", LoopbackAdapter="x"),
            denied(r"HKLM\SOFTWARE\Npcap"),
        ),
    ),
    GA_17.trap(
        "Npcap names its adapter, and another loopback adapter is disabled",
        Verdict.COMPLIANT,
        **together(
            adapters(InterfaceDescription="Microsoft KM-TEST Loopback Adapter", Name="KM", InterfaceAdminStatus=2),
            {"registry": {r"HKLM\SOFTWARE\Npcap": {"LoopbackAdapter": r"\Device\{A}"}}},
        ),
    ),
    GA_17.trap(
        "Npcap's adapter is there and down, and another program's is active",
        Verdict.COMPLIANT,
        wmi={
            r"root\StandardCimv2": {
                "MSFT_NetAdapter": [loopback("Npcap Loopback Adapter", 2), loopback("Contoso Loopback", 1)]
            }
        },
        registry={r"HKLM\SOFTWARE\Npcap": {"LoopbackAdapter": r"\Device\{A}"}},
    ),
    GA_17.trap(
        "another program's loopback adapter",
        Verdict.COMPLIANT,
        **adapters(Name="KM", InterfaceDescription="Microsoft KM-TEST Loopback Adapter"),
    ),
]
