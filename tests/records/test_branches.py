"""Every branch of every rule: what a host shows, and the message id and arguments of the record that comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from .told_hosts import EUS2, FOLDER, GUID, ID, IMDS, NDP, NETSH, OTHER, POLICY, TLS, record, told

OS_PAGE = "https://docs.microsoft.com/en-Us/azure/automation/update-management/operating-system-requirements"
NET_PAGE = "https://www.microsoft.com/net/download/dotnet-framework-runtime"
WMF_PAGE = "https://www.microsoft.com/download/details.aspx?id=54616"
AGENT = ["Microsoft Monitoring Agent", "HealthService"]
EVENTS = ["Microsoft Monitoring Agent", "Operations Manager", 4502]
UPDATE = ["Windows Update", "wuauserv"]
KEYS = ["C:\\\\ProgramData\\\\Microsoft\\\\Crypto\\\\RSA\\\\MachineKeys"]
HTTPS = ["https://eus2-jobruntimedata-prod-su1.azure-automation.net"]
SMA, OPERATIONS = "Microsoft-SMA/Operational", "Operations Manager"
REFUSED = {"error": {"status": "ConnectFailure", "message": "Unable to connect to the remote server", "socket": 10061}}


def version(text: str, **more: Any) -> dict[str, Any]:
    return {"os": {"version": text}, **more}


def powershell(text: str) -> dict[str, Any]:
    return {"os": {"psVersion": text}}


def children(**releases: Any) -> dict[str, Any]:
    return {
        "registry": {NDP: {"Release": 528449}, NDP + r"\1033": None, **{rf"{NDP}\{n}": v for n, v in releases.items()}}
    }


def text(data: Any, kind: str = "REG_SZ") -> dict[str, Any]:
    return {"type": kind, "data": data}


def tls(
    client: dict[str, Any] | None = None, server: dict[str, Any] | None = None, system: str = "10.0.17763.0"
) -> dict[str, Any]:
    keys = {TLS + r"\Client": client, TLS + r"\Server": server}
    return version(system, registry={name: values for name, values in keys.items() if values is not None})


def policy(**values: Any) -> dict[str, Any]:
    return {"registry": {POLICY: values}}


def automatic(**values: Any) -> dict[str, Any]:
    return {"registry": {POLICY + r"\AU": values}}


def events(log: str, *entries: Any, **more: Any) -> dict[str, Any]:
    return {"logs": {log: {"events": list(entries), **more}}}


def worker(number: int, age: int, *data: Any) -> dict[str, Any]:
    return {
        "id": number,
        "provider": "Microsoft-SMA",
        "time": age,
        "data": list(data) or ["x", f"VM01_{GUID}", "VM01", GUID],
    }


def failure(age: float, provider: str = "Health Service Modules") -> dict[str, Any]:
    return {"id": 4502, "provider": provider, "time": age}


def configured(message: Any, age: int = 100) -> dict[str, Any]:
    return {"id": 1210, "provider": "OpsMgr Connector", "time": age, "message": message}


def updates(workspace: str, age: int = 100) -> dict[str, Any]:
    return configured(f"AOI-{workspace} updates;", age)


def listed(*ids: Any) -> dict[str, Any]:
    return {
        "com": {
            "AgentConfigManager.MgmtSvcCfg": {"methods": {"GetCloudWorkspaces": [{"workspaceId": one} for one in ids]}}
        }
    }


def both(*parts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}


def acl(entries: str, user: str = "SYSTEM", **more: Any) -> dict[str, Any]:
    return {"acls": {FOLDER: f"O:SYG:SYD:PAI{entries}"}, "os": {"userName": user, **more}}


def endpoint(name: str, **changes: Any) -> dict[str, Any]:
    return {"endpoints": {name: changes}}


def https(first: Any, direct: Any = None) -> dict[str, Any]:
    return endpoint(EUS2, http=first, **({} if direct is None else {"direct": direct}))


def metadata(first: Any, direct: Any = None) -> dict[str, Any]:
    return endpoint(IMDS, http=first, **({} if direct is None else {"direct": direct}))


def netsh(output: str) -> dict[str, Any]:
    return {"native": {NETSH: {"output": output, "exitCode": 0}}}


WORKER, FAILED_WORKER = "SystemHybridRunbookWorkerRunningCheck", ".Failed"
REGISTRATION, LINKED = "AutomationAgentServiceConnectivityCheck1", "LinkedWorkspaceCheck"
JOBS, FRAMEWORK = "AutomationJobRuntimeDataServiceConnectivityCheck", "WindowsManagementFrameworkInstalledCheck"
DOT_NET, RIGHTS = "DotNetFrameworkInstalledCheck", "CryptoRsaMachineKeysFolderAccessCheck"
ODS, OMS = "LAOdsEndpointConnectivity", "LAOmsEndpointConnectivity"
ON, OFF = {"DisabledByDefault": 0}, {"Enabled": 0}
#: rule, what the host shows, the end of the message id, the arguments (None: null).
BRANCHES: list[tuple[str, str, Mapping[str, Any], str, list[Any] | None]] = [
    # 1
    ("supported", "OperatingSystemCheck", version("6.1.7600.16385"), ".Passed", []),
    ("older", "OperatingSystemCheck", version("6.0.6002.0"), ".Failed", [OS_PAGE]),
    ("a greater build of the one before", "OperatingSystemCheck", version("6.0.9999.0"), ".Failed", [OS_PAGE]),
    ("one build less", "OperatingSystemCheck", version("6.1.7599.65536"), ".Failed", [OS_PAGE]),
    ("three parts", "OperatingSystemCheck", version("6.1.7600"), ".Passed", []),
    # 2
    ("a language pack at 4.6.2", DOT_NET, children(**{"1031": {"Release": 394802}}), ".Passed", []),
    ("one is enough", DOT_NET, children(**{"1031": {"Release": 1}, "1033": {"Release": 394802}}), ".Passed", []),
    ("one less", DOT_NET, children(**{"1031": {"Release": 394801}}), ".Failed", [NET_PAGE]),
    ("no language pack", DOT_NET, children(), ".Failed", [NET_PAGE]),
    (
        "a sub-key without Release",
        DOT_NET,
        children(**{"1031": {"Release": 528449}, "Client": {"X": 1}}),
        ".Failed",
        [NET_PAGE],
    ),
    ("text compares as text", DOT_NET, children(**{"1031": {"Release": text("9")}}), ".Passed", []),
    ("text, and smaller", DOT_NET, children(**{"1031": {"Release": text("1000000")}}), ".Failed", [NET_PAGE]),
    ("a negative number", DOT_NET, children(**{"1031": {"Release": 4294967295}}), ".Failed", [NET_PAGE]),
    ("no key", DOT_NET, {"registry": {NDP: None, NDP + r"\1033": None}}, ".Failed", [NET_PAGE]),
    ("a key that may not be opened", DOT_NET, {"denied": [NDP]}, ".Failed", [NET_PAGE]),
    (
        "a refused sub-key does not count",
        DOT_NET,
        {**children(**{"1031": {"Release": 528449}, "1041": {"X": 1}}), "denied": [NDP + r"\1041"]},
        ".Passed",
        [],
    ),
    # 3
    ("5.1", FRAMEWORK, powershell("5.1.17763.1"), ".Passed", ["5.1.17763.1"]),
    ("two parts", FRAMEWORK, powershell("5.1"), ".Passed", ["5.1"]),
    ("PowerShell 7", FRAMEWORK, powershell("7.4.1"), ".Passed", ["7.4.1"]),
    ("5.0", FRAMEWORK, powershell("5.0.10586.117"), ".PassedWithWarning", ["5.0.10586.117", WMF_PAGE]),
    ("4.0", FRAMEWORK, powershell("4.0"), ".PassedWithWarning", ["4.0", WMF_PAGE]),
    ("3.0", FRAMEWORK, powershell("3.0"), ".Failed", ["3.0", WMF_PAGE]),
    # 4
    ("reached", REGISTRATION, {}, ".Passed", [f"{ID}.agentsvc.azure-automation.net"]),
    (
        "not reached",
        REGISTRATION,
        endpoint(f"{ID}.agentsvc.azure-automation.net:443", tcp="refused"),
        ".Failed",
        [f"{ID}.agentsvc.azure-automation.net"],
    ),
    (
        "no workspace",
        REGISTRATION,
        {"com": {"AgentConfigManager.MgmtSvcCfg": None}},
        ".Failed.NoRegistrationFound",
        None,
    ),
    (
        "several workspaces",
        REGISTRATION,
        both(listed(ID, OTHER), events(OPERATIONS, updates(ID), updates(OTHER))),
        ".Failed.NoRegistrationFound",
        None,
    ),
    # 5
    ("reached", JOBS, {}, ".Passed", [EUS2[:-4]]),
    ("not reached", JOBS, endpoint(EUS2, tcp="timeout", http=None), ".Failed", [EUS2[:-4]]),
    # 6
    ("running", "MonitoringAgentServiceRunningCheck", {}, ".Passed", AGENT),
    (
        "paused",
        "MonitoringAgentServiceRunningCheck",
        {"services": {"HealthService": {"status": "Paused"}}},
        ".Failed",
        AGENT,
    ),
    ("absent", "MonitoringAgentServiceRunningCheck", {"services": {"HealthService": None}}, ".Failed", AGENT),
    (
        "stopped",
        "MonitoringAgentServiceRunningCheck",
        {"services": {"HealthService": {"status": "Stopped"}}},
        ".Failed",
        AGENT,
    ),
    # 7
    ("started", WORKER, {}, ".Passed", []),
    ("stopped", WORKER, events(SMA, worker(15003, 900), worker(15004, 100)), ".Failed", AGENT),
    ("no event", WORKER, events(SMA), ".Failed", AGENT),
    ("no log", WORKER, {"logs": {SMA: None}}, ".Failed", AGENT),
    ("a refused log", WORKER, {"denied": [f"log:{SMA}"]}, ".Failed", AGENT),
    ("case does not count", WORKER, events(SMA, worker(15003, 1, "x", f"vm01_{GUID}", "VM01", GUID)), ".Passed", []),
    (
        "another group is passed over",
        WORKER,
        events(SMA, worker(15003, 900), worker(15004, 1, "x", "payroll", "VM01", GUID)),
        ".Passed",
        [],
    ),
    ("few properties are passed over", WORKER, events(SMA, worker(15003, 900), worker(15004, 1, "x")), ".Passed", []),
    (
        "a GUID for the machine",
        WORKER,
        events(SMA, worker(15003, 1, "x", f"VM01_{GUID}", {"type": "guid", "value": GUID}, GUID)),
        ".Failed",
        AGENT,
    ),
    (
        "a GUID for the group's id",
        WORKER,
        events(SMA, worker(15003, 1, "x", f"VM01_{GUID}", "VM01", {"type": "guid", "value": GUID})),
        ".Passed",
        [],
    ),
    (
        "a GUID for the machine, and a group of that name",
        WORKER,
        events(SMA, worker(15003, 1, "x", f"{GUID}_{GUID}", {"type": "guid", "value": GUID}, GUID)),
        ".Failed",
        AGENT,
    ),
    (
        "a GUID for the machine, and nothing behind it",
        WORKER,
        events(SMA, worker(15003, 1, "x", f"{GUID}_", {"type": "guid", "value": GUID})),
        ".Failed",
        AGENT,
    ),
    (
        "neither machine nor id, and a group of that name",
        WORKER,
        events(SMA, worker(15003, 1, "x", "_")),
        ".Passed",
        [],
    ),
    (
        "a group behind it in the alphabet is passed over",
        WORKER,
        events(SMA, worker(15003, 900), worker(15004, 1, "x", "web", "VM01", GUID)),
        ".Passed",
        [],
    ),
    # 8
    ("none", "MonitoringAgentServiceEventsCheck", {}, ".Passed", EVENTS),
    ("one", "MonitoringAgentServiceEventsCheck", events(OPERATIONS, failure(100)), ".Failed.EventFound", EVENTS),
    (
        "case of the source does not count",
        "MonitoringAgentServiceEventsCheck",
        events(OPERATIONS, failure(100, "health service modules")),
        ".Failed.EventFound",
        EVENTS,
    ),
    *(
        (
            f"another source, {source}",
            "MonitoringAgentServiceEventsCheck",
            events(OPERATIONS, failure(100, source)),
            ".Passed",
            EVENTS,
        )
        # Before the right one in the alphabet, and behind it.
        for source in ("Contoso", "Woodgrove")
    ),
    ("exactly a day old", "MonitoringAgentServiceEventsCheck", events(OPERATIONS, failure(86400)), ".Passed", EVENTS),
    ("older", "MonitoringAgentServiceEventsCheck", events(OPERATIONS, failure(88000)), ".Passed", EVENTS),
    (
        "half a second less, in whole seconds",
        "MonitoringAgentServiceEventsCheck",
        events(OPERATIONS, failure(86399.5)),
        ".Passed",
        EVENTS,
    ),
    (
        "a second less",
        "MonitoringAgentServiceEventsCheck",
        events(OPERATIONS, failure(86399)),
        ".Failed.EventFound",
        EVENTS,
    ),
    ("no log", "MonitoringAgentServiceEventsCheck", {"logs": {OPERATIONS: None}}, ".Failed.NoLog", EVENTS),
    (
        "no log of that interface",
        "MonitoringAgentServiceEventsCheck",
        events(OPERATIONS, failure(100), classic=False),
        ".Failed.NoLog",
        EVENTS,
    ),
    (
        "no Get-EventLog, as in PowerShell 7",
        "MonitoringAgentServiceEventsCheck",
        {**events(OPERATIONS, failure(100)), "os": {"missingCommands": ["Get-EventLog"]}},
        ".Passed",
        EVENTS,
    ),
    ("a refused log", "MonitoringAgentServiceEventsCheck", {"denied": [f"log:{OPERATIONS}"]}, ".Passed", EVENTS),
    # 9
    ("one", LINKED, {}, ".Passed", [ID]),
    ("the event's spelling", LINKED, events(OPERATIONS, updates(ID.upper())), ".Passed", [ID.upper()]),
    ("one of several", LINKED, listed(ID, OTHER), ".PassedWithWarning", [ID]),
    ("listed twice", LINKED, listed(ID, ID), ".PassedWithWarning", [ID]),
    ("several", LINKED, both(listed(ID, OTHER), events(OPERATIONS, updates(ID), updates(OTHER))), ".Failed", [""]),
    ("one id in two spellings", LINKED, events(OPERATIONS, updates(ID), updates(ID.upper(), 50)), ".Failed", [""]),
    (
        "the class is not registered",
        LINKED,
        {"com": {"AgentConfigManager.MgmtSvcCfg": None}},
        ".Failed.NoWorkspace",
        [""],
    ),
    (
        "the call fails",
        LINKED,
        {"com": {"AgentConfigManager.MgmtSvcCfg": {"methods": {"GetCloudWorkspaces": {"throws": "no"}}}}},
        ".Failed.NoWorkspace",
        [""],
    ),
    ("an entry without id ends the list", LINKED, listed(None, ID), ".Failed.NoWorkspace", [""]),
    ("an entry without id, after it", LINKED, listed(ID, None, OTHER), ".Passed", [ID]),
    ("no event", LINKED, events(OPERATIONS), ".Failed.NoWorkspace", [""]),
    ("no log", LINKED, {"logs": {OPERATIONS: None}}, ".Failed.NoWorkspace", [""]),
    ("another solution", LINKED, events(OPERATIONS, configured(f"AOI-{ID} security;")), ".Failed.NoWorkspace", [""]),
    (
        "the solution's case counts",
        LINKED,
        events(OPERATIONS, configured(f"AOI-{ID} Updates;")),
        ".Failed.NoWorkspace",
        [""],
    ),
    ("another event", LINKED, events(OPERATIONS, {**updates(ID), "id": 1211}), ".Failed.NoWorkspace", [""]),
    (
        "the first mark counts",
        LINKED,
        events(OPERATIONS, configured(f"AOI-{OTHER} AOI-{ID} updates;")),
        ".Failed.NoWorkspace",
        [""],
    ),
    (
        "one message without text",
        LINKED,
        events(OPERATIONS, updates(ID), configured(None, 90000)),
        ".Failed.NoWorkspace",
        [""],
    ),
    (
        "one message too short, newer",
        LINKED,
        events(OPERATIONS, updates(ID, 90000), configured("updates;")),
        ".Failed.NoWorkspace",
        [""],
    ),
    (
        "one message too short, older",
        LINKED,
        events(OPERATIONS, updates(ID), configured("updates;", 90000)),
        ".Failed.NoWorkspace",
        [ID],
    ),
    (
        "no mark, and long enough",
        LINKED,
        events(OPERATIONS, updates(ID), configured("updates; " + "x" * 60)),
        ".Passed",
        [ID],
    ),
    (
        "no mark: cut at the fourth character",
        LINKED,
        events(OPERATIONS, configured(f"abc{ID} updates;")),
        ".Passed",
        [ID],
    ),
    ("the solution first", LINKED, events(OPERATIONS, configured(f"updates; AOI-{ID}")), ".Passed", [ID]),
    (
        "marks with characters of no width",
        LINKED,
        events(OPERATIONS, configured(f"\u200bA\u00adOI-{ID} up\ufeffdates;")),
        ".Failed.NoWorkspace",
        [""],
    ),
    (
        "characters of no width inside the solution",
        LINKED,
        events(OPERATIONS, configured(f"AOI-{ID} up\u200b\u00addates;")),
        ".Passed",
        [ID],
    ),
    (
        "another solution, newer",
        LINKED,
        events(OPERATIONS, updates(ID), configured(f"AOI-{OTHER} security;", 50)),
        ".Passed",
        [ID],
    ),
    (
        "several, and one too short, older: the one that was met last",
        LINKED,
        both(listed(ID, OTHER), events(OPERATIONS, updates(ID, 50), updates(OTHER, 60), configured("updates;", 70))),
        ".Failed.NoWorkspace",
        [OTHER],
    ),
    (
        "an id that lacks a character, newer",
        LINKED,
        events(OPERATIONS, updates(ID), configured(f"updates; AOI-{ID[:35]}", 50)),
        ".Failed.NoWorkspace",
        [""],
    ),
    (
        "one message too short, and one without text",
        LINKED,
        events(OPERATIONS, updates(ID, 50), configured("updates;", 60), configured(None, 70)),
        ".Failed.NoWorkspace",
        [""],
    ),
    (
        "as long a message as can be, but one character",
        LINKED,
        events(OPERATIONS, updates(ID), configured("x" * 4095, 50)),
        ".Passed",
        [ID],
    ),
    (
        "as long a message, and too short behind the mark",
        LINKED,
        events(OPERATIONS, updates(ID), configured("updates; " + "x" * 4082 + "AOI-", 50)),
        ".Failed.NoWorkspace",
        [""],
    ),
    # 10
    ("Everyone", RIGHTS, acl("(A;;0x12019f;;;WD)"), ".Passed", KEYS),
    (
        "Everyone has another name here",
        RIGHTS,
        acl("(A;;0x12019f;;;WD)", accounts={"S-1-1-0": "Jeder"}),
        ".Failed",
        KEYS,
    ),
    ("the caller", RIGHTS, acl("(A;;FA;;;SY)"), ".Passed", KEYS),
    ("the caller is denied", RIGHTS, acl("(D;;FA;;;SY)"), ".Passed", KEYS),
    ("neither", RIGHTS, acl("(A;;FA;;;BA)"), ".Failed", KEYS),
    ("a caller named like a group", RIGHTS, acl("(A;;FA;;;BA)", "Administrators"), ".Passed", KEYS),
    ("a machine account: its mark is an anchor", RIGHTS, acl("(A;;FA;;;SY)", "SYSTEM$x"), ".Failed", KEYS),
    ("a caller without a name", RIGHTS, acl("(A;;FA;;;BA)", ""), ".Passed", KEYS),
    ("a caller without a name, and no entry", RIGHTS, acl("", ""), ".Failed", KEYS),
    ("a name that is no pattern", RIGHTS, acl("(A;;FA;;;WD)", "a(b"), ".Failed", KEYS),
    ("two quantifiers in a row are no pattern", RIGHTS, acl("(A;;FA;;;WD)", "a*+"), ".Failed", KEYS),
    ("an account that is gone", RIGHTS, acl("(A;;FA;;;S-1-5-21-1-2-3-1001)", "S-1-5-21"), ".Passed", KEYS),
    ("no folder", RIGHTS, {"acls": {FOLDER: None}}, ".Failed", KEYS),
    ("a refused folder", RIGHTS, {"denied": [FOLDER]}, ".Failed", KEYS),
    # 11
    ("rule 1 fails", "TlsVersionCheck", tls(ON, ON, "6.0.6002.0"), ".Failed", []),
    ("2008 R2: switched on", "TlsVersionCheck", tls(ON, ON, "6.1.7601.65536"), ".Passed", []),
    ("2008 R2: one side off passes", "TlsVersionCheck", tls({**ON, **OFF}, ON, "6.1.7601.65536"), ".Passed", []),
    (
        "2008 R2: both sides off",
        "TlsVersionCheck",
        tls({**ON, **OFF}, {**ON, **OFF}, "6.1.7601.65536"),
        ".Failed.NotExplicitlyEnabled",
        [],
    ),
    ("2008 R2: nothing set", "TlsVersionCheck", tls(system="6.1.7601.65536"), ".Failed.NotExplicitlyEnabled", []),
    ("2008 R2: client alone", "TlsVersionCheck", tls(ON, system="6.1.7601.65536"), ".Failed.NotExplicitlyEnabled", []),
    ("nothing set", "TlsVersionCheck", tls(), ".Passed.EnabledByDefault", []),
    ("the server side is off", "TlsVersionCheck", tls(server=OFF), ".Failed.ExplicitlyDisabled", []),
    ("the client side is off", "TlsVersionCheck", tls(OFF), ".Failed.ExplicitlyDisabled", []),
    ("off by default, client", "TlsVersionCheck", tls({"DisabledByDefault": 1}), ".Failed.ExplicitlyDisabled", []),
    (
        "off by default, server",
        "TlsVersionCheck",
        tls(server={"DisabledByDefault": 1}),
        ".Failed.ExplicitlyDisabled",
        [],
    ),
    ("text counts as its number", "TlsVersionCheck", tls({"Enabled": text("0")}), ".Failed.ExplicitlyDisabled", []),
    (
        "another number is not 1",
        "TlsVersionCheck",
        tls({"DisabledByDefault": 4294967295}),
        ".Passed.EnabledByDefault",
        [],
    ),
    ("before Service Pack 1", "TlsVersionCheck", tls(ON, ON, "6.1.7600.16385"), ".Failed.NoDefaultSupport", []),
    ("four parts are more than three", "TlsVersionCheck", tls(ON, ON, "6.1.8400.0"), ".Failed.NoDefaultSupport", []),
    ("a preview of 2012", "TlsVersionCheck", tls(ON, ON, "6.2.8400.0"), ".Failed.NoDefaultSupport", []),
    ("2008 R2's first build", "TlsVersionCheck", tls(ON, ON, "6.1.7601.0"), ".Passed", []),
    ("the last build below 6.1.8400", "TlsVersionCheck", tls(system="6.1.8399.9"), ".Failed.NotExplicitlyEnabled", []),
    ("2012's first build", "TlsVersionCheck", tls(system="6.2.9200.0"), ".Passed.EnabledByDefault", []),
    ("the last build below 2012's", "TlsVersionCheck", tls(system="6.2.9199.9"), ".Failed.NoDefaultSupport", []),
    ("rule 1 fails, the first build of that", "TlsVersionCheck", tls(system="6.0.6001.0"), ".Failed", []),
    ("older than all of that", "TlsVersionCheck", tls(ON, ON, "6.0.6000.0"), ".Failed.NoDefaultSupport", []),
    ("three parts: 6.0.6001", "TlsVersionCheck", tls(ON, ON, "6.0.6001"), ".Failed", []),
    ("three parts: 6.1.7601", "TlsVersionCheck", tls(ON, ON, "6.1.7601"), ".Passed", []),
    ("three parts: 6.1.8400", "TlsVersionCheck", tls(ON, ON, "6.1.8400"), ".Passed", []),
    ("three parts: 6.2.9200", "TlsVersionCheck", tls(system="6.2.9200"), ".Passed.EnabledByDefault", []),
    # 12
    ("no policy", "AlwaysAutoRebootCheck", {}, ".Passed", None),
    ("always", "AlwaysAutoRebootCheck", automatic(AlwaysAutoRebootAtScheduledTime=1), ".PassedWithWarning", None),
    (
        "always, as text",
        "AlwaysAutoRebootCheck",
        automatic(AlwaysAutoRebootAtScheduledTime=text("1")),
        ".PassedWithWarning",
        None,
    ),
    ("another number", "AlwaysAutoRebootCheck", automatic(AlwaysAutoRebootAtScheduledTime=2), ".Passed", None),
    (
        "minutes alone",
        "AlwaysAutoRebootCheck",
        automatic(AlwaysAutoRebootAtScheduledTimeMinutes=15),
        ".PassedWithWarning",
        None,
    ),
    ("no minutes", "AlwaysAutoRebootCheck", automatic(AlwaysAutoRebootAtScheduledTimeMinutes=0), ".Passed", None),
    (
        "no minutes, as text",
        "AlwaysAutoRebootCheck",
        automatic(AlwaysAutoRebootAtScheduledTimeMinutes=text("0")),
        ".PassedWithWarning",
        None,
    ),
    (
        "an empty text",
        "AlwaysAutoRebootCheck",
        automatic(AlwaysAutoRebootAtScheduledTimeMinutes=text("")),
        ".Passed",
        None,
    ),
    (
        "a refused key",
        "AlwaysAutoRebootCheck",
        {**automatic(AlwaysAutoRebootAtScheduledTime=1), "denied": [POLICY]},
        ".Passed",
        None,
    ),
    # 13
    ("none", "WSUSServerConfigured", {}, ".Passed", None),
    ("one", "WSUSServerConfigured", policy(WUServer="http://wsus:8530"), ".PassedWithWarning", ["http://wsus:8530"]),
    ("an empty one", "WSUSServerConfigured", policy(WUServer=text("")), ".PassedWithWarning", [""]),
    ("a number", "WSUSServerConfigured", policy(WUServer=1), ".PassedWithWarning", [1]),
    (
        "several lines",
        "WSUSServerConfigured",
        policy(WUServer=text(["a", "b"], "REG_MULTI_SZ")),
        ".PassedWithWarning",
        ["a", "b"],
    ),
    ("no line", "WSUSServerConfigured", policy(WUServer=text([], "REG_MULTI_SZ")), ".Passed", None),
    ("a refused key", "WSUSServerConfigured", {**policy(WUServer="http://wsus"), "denied": [POLICY]}, ".Passed", None),
    # 14
    ("no policy", "AutomaticUpdateCheck", {}, ".Passed", None),
    ("4", "AutomaticUpdateCheck", automatic(AUOptions=4), ".PassedWithWarning", None),
    ("4 as text", "AutomaticUpdateCheck", automatic(AUOptions=text("4")), ".PassedWithWarning", None),
    ("3", "AutomaticUpdateCheck", automatic(AUOptions=3), ".Passed", None),
    # 15
    ("answered", "HttpsConnection", https({"status": 200}), ".Passed", []),
    ("forbidden", "HttpsConnection", https({"status": 403}), ".Passed", []),
    (
        "forbidden by the body's word",
        "HttpsConnection",
        https({"status": 407, "body": "<b>Forbidden</b>"}),
        ".Passed",
        [],
    ),
    ("the body hides the word", "HttpsConnection", https({"status": 403, "body": "no"}), ".PassedWithWarning", []),
    ("one character hides it", "HttpsConnection", https({"status": 403, "body": "x"}), ".PassedWithWarning", []),
    ("a body of tags alone", "HttpsConnection", https({"status": 403, "body": "<html></html>"}), ".Passed", []),
    (
        "a chunked body hides nothing",
        "HttpsConnection",
        https({"status": 403, "body": "no", "chunked": True}),
        ".Passed",
        [],
    ),
    (
        "in German",
        "HttpsConnection",
        https({"status": 403, "message": "(403) Unzul\u00e4ssig."}, {"status": 200}),
        ".PassedWithWarning",
        [],
    ),
    ("not through the proxy", "HttpsConnection", https({"status": 502}, {"status": 200}), ".PassedWithWarning", []),
    ("forbidden without it", "HttpsConnection", https({"status": 502}, {"status": 403}), ".PassedWithWarning", []),
    ("another success without it", "HttpsConnection", https({"status": 502}, {"status": 204}), ".Failed", HTTPS),
    ("not reached at all", "HttpsConnection", https(REFUSED, REFUSED), ".Failed", HTTPS),
    ("not trusted", "HttpsConnection", endpoint(EUS2, tls={"error": "trust"}), ".Failed", HTTPS),
    # 16
    ("direct", "ProxySettings", {}, ".Passed", []),
    ("case does not count", "ProxySettings", netsh("DIRECT ACCESS"), ".Passed", []),
    ("a proxy", "ProxySettings", netsh("    Proxy Server(s) :  10.0.0.9:8080"), ".PassedWithWarning", []),
    ("in German", "ProxySettings", netsh("    Direktzugriff (kein Proxyserver)."), ".PassedWithWarning", []),
    ("over two lines", "ProxySettings", netsh("Direct\naccess"), ".PassedWithWarning", []),
    # 17
    ("answers", "IMDSConnectivity", {}, ".Passed", []),
    ("a portal answers", "IMDSConnectivity", metadata({"status": 200, "body": "<html>"}), ".Passed", []),
    ("the last status of success", "IMDSConnectivity", metadata({"status": 399}, {"status": 502}), ".Passed", []),
    ("the first that is none", "IMDSConnectivity", metadata({"status": 400}, {"status": 200}), ".Failed", []),
    ("only without the proxy", "IMDSConnectivity", metadata({"status": 502}, {"status": 200}), ".Failed", []),
    ("too many requests at first", "IMDSConnectivity", metadata({"status": 429}, {"status": 200}), ".Failed", []),
    ("not at all", "IMDSConnectivity", metadata({"status": 502}, {"status": 404}), ".PassedWithWarning", []),
    ("nothing there", "IMDSConnectivity", {"endpoints": {IMDS: None}}, ".PassedWithWarning", []),
    # 18
    ("on demand", "WUServiceRunningCheck", {}, ".Passed", UPDATE),
    ("disabled", "WUServiceRunningCheck", {"services": {"wuauserv": {"startType": "Disabled"}}}, ".Failed", UPDATE),
    (
        "disabled, and .NET does not show it",
        "WUServiceRunningCheck",
        {"services": {"wuauserv": {"startType": "Disabled"}}, "os": {"serviceStartType": False}},
        ".Passed",
        UPDATE,
    ),
    ("absent", "WUServiceRunningCheck", {"services": {"wuauserv": None}}, ".Passed", UPDATE),
    # 19 and 20
    *[
        entry
        for rule, service in ((ODS, "ods"), (OMS, "oms"))
        for entry in (
            ("reached", rule, {}, ".Passed", [f"{ID}.{service}.opinsights.azure.com"]),
            (
                "not reached",
                rule,
                endpoint(f"{ID}.{service}.opinsights.azure.com:443", tcp="timeout"),
                ".Failed",
                [f"{ID}.{service}.opinsights.azure.com"],
            ),
            ("no workspace", rule, events(OPERATIONS), ".Failed", None),
            ("one of several", rule, listed(ID, OTHER), ".Passed", [f"{ID}.{service}.opinsights.azure.com"]),
            (
                "several workspaces",
                rule,
                both(listed(ID, OTHER), events(OPERATIONS, updates(ID), updates(OTHER))),
                ".Failed",
                None,
            ),
        )
    ],
]


@pytest.mark.parametrize(
    ("rule", "delta", "end", "arguments"),
    [pytest.param(*branch[1:], id=f"{branch[1]}: {branch[0]}") for branch in BRANCHES],
)
def test_branch(rule: str, delta: Mapping[str, Any], end: str, arguments: list[Any] | None) -> None:
    found = record(rule, delta).full()
    assert (found["CheckResultMessageId"], found["CheckResultMessageArguments"]) == (rule + end, arguments)
    assert found["CheckResult"] == end.split(".")[1]


@pytest.mark.parametrize(
    "delta",
    [
        pytest.param({"endpoints": {EUS2: None}}, id="the name does not resolve"),
        pytest.param(endpoint(EUS2, tcp="timeout", http=None), id="no answer in time"),
        pytest.param(endpoint(EUS2, tls={"error": "handshake"}), id="no TLS channel"),
        pytest.param(https({"status": 404}), id="not found"),
        pytest.param(
            https(
                {
                    "error": {
                        "status": "ConnectFailure",
                        "message": "Die Verbindung ist nicht m\u00f6glich",
                        "socket": 10061,
                    }
                }
            ),
            id="in German",
        ),
    ],
)
def test_a_failure_whose_text_is_not_known_makes_no_record(delta: Mapping[str, Any]) -> None:
    found = told(delta)
    assert "HttpsConnection" in found.left_out
    assert len(found.array()) == len(found.array(compact=True)) == 19
    assert not found.not_told


def test_a_service_manager_that_refuses_itself_leaves_two_records_out() -> None:
    found = told({"denied": ["service control manager"]})
    assert set(found.left_out) == {"MonitoringAgentServiceRunningCheck", "WUServiceRunningCheck"}


@pytest.mark.parametrize(
    ("location", "jobs", "registration", "ods"),
    [
        ("", "eus2-jobruntimedata-prod-su1.azure-automation.net", "net", "com"),
        ("mars", "eus2-jobruntimedata-prod-su1.azure-automation.net", "net", "com"),
        ("WestEurope", "we-jobruntimedata-prod-su1.azure-automation.net", "net", "com"),
        ("usgovvirginia", "usge-jobruntimedata-prod-su1.azure-automation.us", "us", "us"),
        ("USGovArizona", "phx-jobruntimedata-prod-su1.azure-automation.us", "us", "com"),
        ("usgovtexas", "eus2-jobruntimedata-prod-su1.azure-automation.net", "net", "com"),
        ("chinaeast2", "sha2-jobruntimedata-prod-su1.azure-automation.cn", "cn", "cn"),
        ("chinanorth", "eus2-jobruntimedata-prod-su1.azure-automation.net", "net", "com"),
    ],
)
def test_the_location_alone_chooses_the_endpoints(location: str, jobs: str, registration: str, ods: str) -> None:
    found = {one["RuleId"]: one["CheckResultMessageArguments"] for one in told({}, location).array()}
    assert found[JOBS] == [jobs]
    assert found[REGISTRATION] == [f"{ID}.agentsvc.azure-automation.{registration}"]
    assert (found[ODS], found[OMS]) == ([f"{ID}.ods.opinsights.azure.{ods}"], [f"{ID}.oms.opinsights.azure.{ods}"])
