"""GA-08, GA-24, BK-01, BK-03: what the guest agent reports of itself and of its extensions."""

from __future__ import annotations

import base64
import json
from typing import Any

from vmready.model import Verdict

from .guest_agent_installation import NO_FILES
from .harness import Example, Of
from .services import HIDDEN
from .terms import denied, key, no_key, no_service, service, together

FILE = r"C:\WindowsAzure\Logs\AggregateStatus\aggregatestatus.json"
STATES = r"HKLM\SOFTWARE\Microsoft\Windows Azure\HandlerState"
PLUGINS = "C:\\Packages\\Plugins\\"
SCRIPT, SNAPSHOT = "Microsoft.Compute.CustomScriptExtension", "Microsoft.Azure.RecoveryServices.VMSnapshot"
CONSTRAINED = {"os": {"languageMode": "ConstrainedLanguage"}}
NOW = "2026-11-20T09:59:45Z"
#: Seconds before the host's clock at which a fresh file was written.
FRESH = 15
NOT_DECIDING = [
    ("GA-24", "'service'", "the agent's services are other rows; here the status file's age counts"),
    ("BK-03", "'service'", "the agent's services are other rows; here the status file's age counts"),
    ("BK-01", r"\*\W", "the programs that the services name are looked up themselves in the second round"),
]

RUN = {"RdAgent": "running", "WindowsAzureGuestAgent": "running"}
OBSERVED = {
    ("GA-08", "Ready, and fresh"): {"reports": "Ready", **RUN},
    ("GA-08", "no status"): {"reports": "", **RUN},
    ("GA-08", "no status file"): {"reports": "nothing", **RUN},
    ("GA-08", "a missing service"): {"reports": "Ready", **RUN, "RdAgent": "absent"},
    ("GA-08", "stopped, and the file may not be opened"): {"reports": "not known", **RUN, "RdAgent": "stopped"},
    ("BK-01", "its programs are gone"): {
        "status": {"reports": "Ready", **RUN},
        "installation": {"RdAgent": "no program", "WindowsAzureGuestAgent": "no program"},
    },
}


def handler(name: str = SCRIPT, version: str = "1.10.15", status: Any = "Ready") -> dict[str, Any]:
    return {"handlerName": name, "handlerVersion": version, "status": status}


def written(*handlers: Any, agent: Any = "Ready", time: Any = NOW) -> str:
    agent_status = {"version": "2.7.41491.1183", "status": agent, "formattedMessage": {"message": "canary"}}
    status = {"guestAgentStatus": agent_status, "handlerAggregateStatus": list(handlers)}
    return json.dumps({"version": "1.1", "timestampUTC": time, "aggregateStatus": status})


def file(text: str, modified: int = FRESH, **more: Any) -> dict[str, Any]:
    return {"files": {FILE: {"text": text, "modified": modified, **more}}}


def raw(data: bytes) -> dict[str, Any]:
    return {"files": {FILE: {"text": None, "base64": base64.b64encode(data).decode()}}}


def report(*handlers: Any, **more: Any) -> dict[str, Any]:
    return file(written(*handlers, **more))


def failed(name: str, version: str, state: str = "Failed") -> dict[str, Any]:
    return key(f"{STATES}\\{name}_{version}", InstallState=state)


GOOD = written(handler())
TORN = GOOD[: len(GOOD) // 2]


def _of_the_file(of: Of, *, good: str = GOOD) -> list[Example]:
    """What holds of every row that the status file decides."""
    return [
        of.unreadable("it may not be opened", "access denied", **denied(FILE)),
        of.unreadable("in Constrained Language Mode", "not possible on this host", **CONSTRAINED),
        of.unreadable("torn both times", "aggregatestatus.json: it is no JSON", **file(TORN)),
        of.unreadable("the rest of longer content behind it", "it is no JSON", **file(good + '"}]}}')),
        of.unreadable("another document", "it has no aggregateStatus", **file("{}")),
        of.unreadable("a list", "an object is missing", **file("[]")),
        of.unreadable(
            "handlers that are no list",
            "is no list of handlers",
            **file(good.replace('"handlerAggregateStatus": [', '"handlerAggregateStatus": [1, ')),
        ),
        of.unreadable("deeper than anything", "it is no JSON", **file("[" * 100_000)),
        of.trap(
            "torn, and whole a moment later", Verdict.COMPLIANT, **file(TORN, then={"text": good, "modified": FRESH})
        ),
        of.trap("padded with NUL bytes", Verdict.COMPLIANT, **file(good + "\0" * 700)),
        of.trap("with a byte order mark", Verdict.COMPLIANT, **file(good, encoding="utf-8")),
        of.trap("in UTF-16", Verdict.COMPLIANT, **file(good, encoding="utf-16")),
    ]


GA_08 = Of("GA-08", "guest-agent")
GA_24 = Of("GA-24", "guest-agent")
BK_01 = Of("BK-01", "backup")
BK_03 = Of("BK-03", "backup")
SNAPSHOT_GOOD = written(handler(SNAPSHOT, "1.0.92.0"))
REMOVED = failed(SNAPSHOT, "1.0.92.0", "NotInstalled")
GONE = {"registry": {f"{STATES}\\{SNAPSHOT}_1.0.92.0": None}, "files": {PLUGINS + SNAPSHOT: None}}


def _ready(of: Of) -> list[Example]:
    """The agent's own status: GA-08, and part of BK-01."""
    return [
        of.deviating("not ready", "the agent reports NotReady, not Ready", **report(agent="NotReady")),
        of.deviating("unresponsive", "the agent reports Unresponsive, not Ready", **report(agent="Unresponsive")),
        of.deviating(
            "a service is paused",
            "the service RdAgent is paused, whatever the status file says",
            **service("RdAgent", status="Paused"),
        ),
        of.deviating("no status", "the agent reports no status, not Ready", **report(agent=None)),
        of.deviating(
            "it stopped, and the file still says Ready",
            "the service RdAgent is stopped, whatever the status file says",
            **service("RdAgent", status="Stopped"),
        ),
        of.deviating(
            "nobody writes it any more",
            "the status file was last written 6 minutes ago",
            **file(GOOD, 360),
        ),
        of.deviating(
            "stopped for days",
            "was last written 3 days ago",
            **together(file(GOOD, 259560), service("WindowsAzureGuestAgent", status="Stopped")),
        ),
        of.absent("no status file", "there is no aggregatestatus.json", files={FILE: None}),
        of.absent("a missing service", "there is no service RdAgent", **no_service("RdAgent")),
        of.trap(
            "not ready, and the services are not told",
            Verdict.NON_COMPLIANT,
            "reports NotReady",
            **together(report(agent="NotReady"), HIDDEN),
        ),
        of.trap(
            "stopped, and the file may not be opened",
            Verdict.NON_COMPLIANT,
            "the service RdAgent is stopped",
            **together(service("RdAgent", status="Stopped"), denied(FILE)),
        ),
        of.trap(
            "the time in the file does not count where the file's own is told",
            Verdict.COMPLIANT,
            **report(time="2026-11-20T08:00:00Z"),
        ),
        of.trap(
            "of a time to come",
            Verdict.WARNING,
            "60 minutes ahead of the host's clock",
            **file(GOOD, -3600),
        ),
        of.trap("no time in it", Verdict.COMPLIANT, **report(time=None)),
        of.trap("how the services start is another row", Verdict.COMPLIANT, **service("RdAgent", startType="Manual")),
    ]


def _handlers(of: Of) -> list[Example]:
    """Any extension: GA-24."""
    return [
        of.deviating(
            "one is not ready",
            f"{SCRIPT} 1.10.15 is NotReady, not Ready",
            **report(handler(status="NotReady"), handler("A.B", "1")),
        ),
        of.deviating("one is being installed", "is Installing, not Ready", **report(handler(status="Installing"))),
        of.deviating("one is of no status", "is of no status, not Ready", **report(handler(status=None))),
        of.deviating(
            "two offenders, each named",
            f"{SCRIPT} 1.10.15 is NotReady, not Ready; A.B 1 is Unresponsive, not Ready",
            **report(handler(status="NotReady"), handler("A.B", "1", "Unresponsive")),
        ),
        of.deviating(
            "its installation failed",
            f"the installation of {SCRIPT} 1.10.15 failed (InstallState)",
            **failed(SCRIPT, "1.10.15"),
        ),
    ]


def settings(status: str, time: Any = "2026-11-20T09:00:00Z", **more: Any) -> dict[str, Any]:
    """A handler that is ready, with settings of this status."""
    runtime = {"settingsStatus": {"timestampUTC": time, "status": {"status": status}}}
    return {**handler(**more), "runtimeSettingsStatus": runtime}


#: A handler that was given settings, and of which no status is there yet.
UNTOLD = {**handler(), "runtimeSettingsStatus": {"sequenceNumber": "0", "settingsStatus": None}}
EXAMPLES = [
    GA_08.compliant("Ready, and fresh"),
    GA_08.compliant("written just within 5 minutes", **file(GOOD, 300)),
    *_ready(GA_08),
    *_of_the_file(GA_08),
    GA_08.unreadable("the services are not told", **HIDDEN),
    GA_08.trap("a handler says nothing of its settings", Verdict.COMPLIANT, **report(UNTOLD)),
    GA_24.compliant("one extension, ready"),
    *_handlers(GA_24),
    GA_24.deviating(
        "its settings failed", f"the settings of {SCRIPT} 1.10.15 ended in error", **report(settings("error"))
    ),
    GA_24.deviating(
        "its settings ended in a warning", "ended in a warning", Verdict.WARNING, **report(settings("warning"))
    ),
    GA_24.deviating(
        "its settings hang",
        "have been applied for more than 90 minutes",
        Verdict.WARNING,
        **report(settings("transitioning", "2026-11-20T08:29:00Z")),
    ),
    GA_24.deviating(
        "its folder is gone",
        f"{SCRIPT} 1.10.15 is enabled in the registry, but its folder below Packages\\Plugins is gone",
        Verdict.WARNING,
        **together(failed(SCRIPT, "1.10.15", "Enabled"), {"files": {PLUGINS + SCRIPT: None}}),
    ),
    GA_24.absent(
        "no extension",
        "no extension is installed",
        Verdict.NOT_APPLICABLE,
        files={FILE: {"text": written()}, "C:\\Packages": None},
    ),
    GA_24.absent(
        "no handlers and no list",
        "no extension is installed",
        Verdict.NOT_APPLICABLE,
        files={FILE: {"text": written().replace('"handlerAggregateStatus": []', '"x": 1')}, "C:\\Packages": None},
    ),
    *_of_the_file(GA_24),
    GA_24.unreadable("the file is old", "was last written", **file(GOOD, 7200)),
    GA_24.unreadable(
        "a handler's key may not be opened",
        "access denied",
        **together(failed(SCRIPT, "1.10.15", "Enabled"), denied(f"{STATES}\\{SCRIPT}_1.10.15")),
    ),
    GA_24.unreadable("the folders may not be listed", "access denied", **denied("C:\\Packages")),
    GA_24.trap("settings that are being applied", Verdict.COMPLIANT, **report(settings("transitioning"))),
    GA_24.trap("no settings at all are no error", Verdict.COMPLIANT, **report(handler())),
    GA_24.trap(
        "a failed one that was removed is left over",
        Verdict.NOTED,
        "no longer reported, but still registered: A.B",
        **failed("A.B", "1.0"),
    ),
    GA_24.trap(
        "of several versions the highest counts, as numbers",
        Verdict.COMPLIANT,
        registry={
            f"{STATES}\\{SCRIPT}_1.9.5": {"InstallState": "Failed"},
            f"{STATES}\\{SCRIPT}_1.10.15": {"InstallState": "Enabled"},
        },
    ),
    GA_24.trap(
        "the name ends at the last underscore",
        Verdict.NON_COMPLIANT,
        "the installation of A.B_C 1.0 failed",
        **together(failed("A.B_C", "1.0"), report(handler("A.B_C", "1.0"))),
    ),
    GA_24.trap("the agent's services are another row", Verdict.COMPLIANT, **service("RdAgent", status="Stopped")),
    GA_24.trap(
        "not ready, and the registry may not be read",
        Verdict.NON_COMPLIANT,
        "is NotReady",
        **together(report(handler(status="NotReady")), denied("HKLM\\SOFTWARE\\Microsoft\\Windows Azure")),
    ),
    GA_24.trap(
        "registered, and the agent never reported",
        Verdict.UNDETERMINED,
        f"whether {SCRIPT.lower()} is ready is not told",
        files={FILE: None, "C:\\Packages": None},
        **failed(SCRIPT, "1.10.15", "Enabled"),
    ),
    GA_24.trap(
        "a folder, and the agent never reported", Verdict.UNDETERMINED, "the agent never reported", files={FILE: None}
    ),
    GA_24.trap(
        "nothing of an extension, and the agent never reported",
        Verdict.NOT_APPLICABLE,
        "no extension is installed",
        files={FILE: None, "C:\\Packages": None},
    ),
    GA_24.trap(
        "the file is of a time to come",
        Verdict.WARNING,
        "the status file is 2 hours ahead of the host's clock",
        **file(GOOD, -7200),
    ),
    GA_24.trap(
        "an update that was removed does not count",
        Verdict.NON_COMPLIANT,
        f"the installation of {SCRIPT} 1.10.15 failed",
        registry={
            f"{STATES}\\{SCRIPT}_1.10.15": {"InstallState": "Failed"},
            f"{STATES}\\{SCRIPT}_1.10.16": {"InstallState": "NotInstalled"},
        },
    ),
    *[
        GA_24.trap(
            f"reported, and registered as {state}",
            Verdict.WARNING,
            f"{SCRIPT} 1.10.15 is reported, but registered as {state}",
            **failed(SCRIPT, "1.10.15", state),
        )
        for state in ("Disabled", "NotInstalled")
    ],
    GA_24.trap(
        "enabled, with its folder, and not reported",
        Verdict.WARNING,
        f"{SCRIPT} 1.10.15 is enabled in the registry and has its folder, but the agent does not report it",
        **together(failed(SCRIPT, "1.10.15", "Enabled"), report(handler("A.B", "1"))),
    ),
    GA_24.trap("enabled, with its folder, and reported", Verdict.COMPLIANT, **failed(SCRIPT, "1.10.15", "Enabled")),
    GA_24.trap(
        "disabled, with its folder, and not reported",
        Verdict.NOTED,
        f"no longer reported, but still registered: {SCRIPT}",
        **together(failed(SCRIPT, "1.10.15", "Disabled"), report(handler("A.B", "1"))),
    ),
    GA_24.trap("reported, and installed", Verdict.COMPLIANT, **failed(SCRIPT, "1.10.15", "Installed")),
    *[
        GA_24.trap(f"another version is disabled ({other})", Verdict.COMPLIANT, **failed(SCRIPT, other, "Disabled"))
        for other in ("1.10.14", "1.10.16")
    ],
    GA_24.trap(
        "a state of another name, and the agent never reported",
        Verdict.UNDETERMINED,
        "the agent never reported, so whether",
        files={FILE: None, "C:\\Packages": None},
        **failed(SCRIPT, "1.10.15", "Upgrading"),
    ),
    GA_24.trap(
        "only what a removal leaves, and the agent never reported",
        Verdict.NOTED,
        f"no longer reported, but still registered: {SCRIPT}",
        files={FILE: None, "C:\\Packages": None},
        **failed(SCRIPT, "1.10.15", "NotInstalled"),
    ),
    GA_24.trap("settings of which no status is told", Verdict.WARNING, "no status of them is told", **report(UNTOLD)),
    BK_01.compliant("installed, running, Ready"),
    *_ready(BK_01),
    BK_01.deviating("its programs are gone", "lies nowhere below WindowsAzure", **NO_FILES),
    *_of_the_file(BK_01),
    BK_01.unreadable("the services are not told", **HIDDEN),
    BK_03.compliant("enabled, ready"),
    BK_03.deviating(
        "not ready", f"{SNAPSHOT} 1.0.92.0 is NotReady, not Ready", **report(handler(SNAPSHOT, "1.0.92.0", "NotReady"))
    ),
    BK_03.deviating(
        "its settings failed", "ended in error", **report(settings("error", name=SNAPSHOT, version="1.0.92.0"))
    ),
    BK_03.deviating(
        "its installation failed", "the installation of VMSnapshot 1.0.92.0 failed", **failed(SNAPSHOT, "1.0.92.0")
    ),
    BK_03.deviating(
        "its folder is gone", "VMSnapshot 1.0.92.0 is registered, but its folder", files={PLUGINS + SNAPSHOT: None}
    ),
    BK_03.deviating(
        "its folder is left over",
        "the folder of VMSnapshot 1.0.92.0 is left over",
        **no_key(f"{STATES}\\{SNAPSHOT}_1.0.92.0"),
    ),
    BK_03.deviating(
        "a snapshot that hangs",
        "for more than 90 minutes",
        Verdict.WARNING,
        **report(settings("transitioning", None, name=SNAPSHOT, version="1.0.92.0")),
    ),
    BK_03.absent(
        "before the first backup", "comes with the first backup", Verdict.NOT_APPLICABLE, **together(report(), GONE)
    ),
    BK_03.absent(
        "nothing of any extension",
        "comes with the first backup",
        Verdict.NOT_APPLICABLE,
        files={FILE: {"text": written()}, "C:\\Packages": None},
        registry={STATES: None},
    ),
    *_of_the_file(BK_03, good=SNAPSHOT_GOOD),
    BK_03.unreadable("the registry may not be read", "access denied", **denied(STATES)),
    BK_03.trap(
        "registered, and the agent never reported",
        Verdict.UNDETERMINED,
        f"whether {SNAPSHOT.lower()} is ready is not told",
        files={FILE: None},
    ),
    BK_03.trap(
        "before the first backup, and the agent never reported",
        Verdict.NOT_APPLICABLE,
        "comes with the first backup",
        **together(GONE, {"files": {**GONE["files"], FILE: None}}),
    ),
    BK_03.trap(
        "files and key that a removal left",
        Verdict.WARNING,
        "but the agent does not report it: it may be left over",
        **report(handler()),
    ),
    BK_03.absent(
        "it was removed, and is registered as such",
        "comes with the first backup",
        Verdict.NOT_APPLICABLE,
        **together(report(handler()), REMOVED, {"files": {PLUGINS + SNAPSHOT: None}}),
    ),
    BK_03.absent(
        "it was removed, and the agent never reported",
        "comes with the first backup",
        Verdict.NOT_APPLICABLE,
        **together(REMOVED, {"files": {FILE: None, PLUGINS + SNAPSHOT: None}}),
    ),
    BK_03.deviating(
        "it was removed, and its folder is left over",
        "the folder of VMSnapshot 1.0.92.0 is left over",
        **together(report(handler()), REMOVED),
    ),
    BK_03.deviating("reported, and nothing of it is there", "VMSnapshot is reported, but it is not registered", **GONE),
    BK_03.trap("an update of it was removed", Verdict.COMPLIANT, **failed(SNAPSHOT, "1.0.93.0", "NotInstalled")),
    BK_03.trap(
        "the file is of a time to come",
        Verdict.WARNING,
        "the status file is 2 hours ahead of the host's clock",
        **file(SNAPSHOT_GOOD, -7200),
    ),
    BK_03.trap(
        "another extension's key may not be opened",
        Verdict.COMPLIANT,
        **together(failed(SCRIPT, "1.10.15", "Failed"), denied(f"{STATES}\\{SCRIPT}_1.10.15")),
    ),
    BK_03.unreadable(
        "a key of its own may not be opened",
        "access denied",
        **together(failed(SNAPSHOT, "1.0.90.0", "Enabled"), denied(f"{STATES}\\{SNAPSHOT}_1.0.90.0")),
    ),
    BK_03.trap(
        "another extension has failed",
        Verdict.COMPLIANT,
        **report(handler(SNAPSHOT, "1.0.92.0"), handler(status="NotReady")),
    ),
    BK_03.trap(
        "an old version's folder beside it",
        Verdict.COMPLIANT,
        files={PLUGINS + SNAPSHOT + r"\1.0.90.0": {"directory": True}},
    ),
    BK_03.trap(
        "orphaned, and the file is old",
        Verdict.NON_COMPLIANT,
        "is registered, but its folder",
        files={FILE: {"modified": 7200}, PLUGINS + SNAPSHOT: None},
    ),
]
