"""UM-15, UM-16, UM-17, UM-21: requests, proxies, the metadata service, and what they make of the machine's readiness."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .harness import Of, with_inputs
from .services import CONNECTORS, HIDDEN, WORKSPACE
from .terms import denied, endpoint, key, no_service, service, together
from .update_management_endpoints import (
    CONNECTIONS,
    ID,
    LOCAL_SYSTEM,
    MACHINE,
    OPERATIONS,
    OTHER,
    PER_USER,
    WORKER,
    _reach,
    connections,
    proxy,
    win_http,
)
from .update_management_system import SMA, STARTED, log, worker_event

EUS2 = "eus2-jobruntimedata-prod-su1.azure-automation.net:443"
IMDS = "169.254.169.254:80"
ANSWER = {"status": 200, "body": "02aab8a4-74ef-476e-8182-f6d2ba4166a6", "requires": {"Metadata": "true"}}
ENVIRONMENT = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
PAST = "169.254.169.254;168.63.129.16"
UM_15, UM_16, UM_17, UM_21 = (Of(f"UM-{number}", "update-management") for number in (15, 16, 17, 21))


def metadata(**changes: Any) -> dict[str, Any]:
    """The endpoint of the metadata service, changed: what is not named falls back to the path's answer."""
    return {"endpoints": {IMDS: {"paths": None, **changes}}}


def chassis(tag: Any) -> dict[str, Any]:
    return {"wmi": {"root\\cimv2": {"Win32_SystemEnclosure": tag}}}


def raw(data: str) -> dict[str, Any]:
    return key(CONNECTIONS, WinHttpSettings={"type": "REG_BINARY", "data": data})


ELSEWHERE = chassis([{"SMBIOSAssetTag": "No Asset Tag"}])
NOT_REGISTERED = {"registry": {WORKER: None}}
EXAMPLES = [
    *_reach(UM_15, OPERATIONS),
    UM_15.unreadable("the worker's key may not be read", "access denied", **denied(WORKER)),
    UM_15.trap("not registered: any endpoint of its cloud will do", Verdict.COMPLIANT, "", **NOT_REGISTERED),
    with_inputs(
        UM_15.trap(
            "not registered: the agent knows its cloud, whatever the input says",
            Verdict.COMPLIANT,
            "",
            **NOT_REGISTERED,
        ),
        cloud="usgov",
    ),
    with_inputs(
        UM_15.trap(
            "the agent was removed: the input tells the region, not the key that is left",
            Verdict.NON_COMPLIANT,
            "jpe-jobruntimedata",
            **no_service("HealthService"),
        ),
        automation_account_region="japaneast",
    ),
    with_inputs(
        UM_15.trap(
            "the agent was removed: the input tells the cloud, not the key that is left",
            Verdict.NON_COMPLIANT,
            "usge-jobruntimedata-prod-su1.azure-automation.us",
            **no_service("HealthService"),
        ),
        cloud="usgov",
    ),
    UM_15.trap(
        "the agent was removed, and no input tells the cloud: any endpoint of the one that it was in will do",
        Verdict.COMPLIANT,
        "",
        **no_service("HealthService"),
    ),
    UM_15.trap("no source tells whether the agent is there", Verdict.COMPLIANT, "", **HIDDEN),
    with_inputs(
        UM_15.trap("the inventory's region", Verdict.NON_COMPLIANT, "jpe-jobruntimedata", **NOT_REGISTERED),
        automation_account_region="japaneast",
    ),
    UM_15.trap(
        "nothing tells the cloud",
        Verdict.UNDETERMINED,
        "no input automation_account_region",
        registry={WORKER: None, WORKSPACE: {"Azure Cloud Type": None}},
    ),
    UM_16.compliant("direct, as never set", **raw("18000000000000000100000000000000" + "00000000")),
    UM_16.compliant("direct, as reset", **raw("28000000000000000100000000000000" + "00000000")),
    UM_16.compliant("nothing is set"),
    UM_16.deviating(
        "WinHTTP's proxy stands before Azure's addresses",
        "169.254.169.254 (WinHTTP)",
        Verdict.WARNING,
        **win_http("10.0.0.9:8080"),
    ),
    UM_16.deviating(
        "so does LocalSystem's", "168.63.129.16 (LocalSystem)", Verdict.WARNING, **proxy("10.0.0.9:8080", "169.254.*")
    ),
    UM_16.deviating(
        "the service is not reached through it",
        "through the proxy 10.0.0.9:8080 (HTTP 407)",
        Verdict.WARNING,
        **together(win_http("10.0.0.9:8080", PAST), endpoint(OPERATIONS, http={"status": 407})),
    ),
    UM_16.trap(
        "a proxy that does no harm",
        Verdict.NOTED,
        "WinHTTP has the proxy 10.0.0.9:8080",
        **win_http("10.0.0.9:8080", PAST),
    ),
    UM_16.trap(
        "for HTTPS only: the metadata service is HTTP",
        Verdict.NOTED,
        "LocalSystem has the proxy",
        **proxy("https=10.0.0.9:443"),
    ),
    UM_16.trap(
        "a proxy script",
        Verdict.WARNING,
        "what it answers cannot be told",
        **key(LOCAL_SYSTEM, AutoConfigURL="http://wpad/wpad.dat"),
    ),
    UM_16.trap("a script of the connections' own", Verdict.WARNING, "proxy script", **connections(5)),
    UM_16.trap("auto-detection", Verdict.NOTED, "auto-detection", **connections(9)),
    UM_16.trap(
        "of the environment",
        Verdict.WARNING,
        "environment's HTTP_PROXY",
        **key(ENVIRONMENT, HTTP_PROXY="http://user:secret@10.0.0.9:8080", NO_PROXY="10.*"),
    ),
    UM_16.trap(
        "of the environment, for HTTPS alone: the metadata service is HTTP",
        Verdict.NOTED,
        "the environment's HTTPS_PROXY has the proxy 10.0.0.9:8080",
        **key(ENVIRONMENT, HTTPS_PROXY="10.0.0.9:8080"),
    ),
    UM_16.trap(
        "of the environment, for HTTP alone: the service is HTTPS",
        Verdict.NOTED,
        "the environment's HTTP_PROXY has the proxy 10.0.0.9:8080",
        **together(
            key(ENVIRONMENT, HTTP_PROXY="10.0.0.9:8080", NO_PROXY=PAST.replace(";", ",")),
            endpoint(OPERATIONS, http={"status": 407}),
        ),
    ),
    UM_16.trap(
        "of the environment, and the service goes past it",
        Verdict.NOTED,
        "the environment's HTTPS_PROXY has the proxy 10.0.0.9:8080",
        **together(
            key(ENVIRONMENT, HTTPS_PROXY="10.0.0.9:8080", NO_PROXY=".azure-automation.net"),
            endpoint(OPERATIONS, http={"status": 407}),
        ),
    ),
    UM_16.trap(
        "the service goes past a proxy that would not let it through",
        Verdict.NOTED,
        "WinHTTP has the proxy 10.0.0.9:8080",
        **together(
            win_http("10.0.0.9:8080", PAST + ";*.azure-automation.net"), endpoint(OPERATIONS, http={"status": 407})
        ),
    ),
    UM_16.trap(
        "the proxy refuses as the service answers",
        Verdict.WARNING,
        "10.0.0.9:8080 (HTTP 403, without the service's certificate",
        **together(win_http("10.0.0.9:8080", PAST), endpoint(OPERATIONS, tls=None, http={"status": 403})),
    ),
    UM_16.trap("a SOCKS proxy", Verdict.WARNING, "LocalSystem has a SOCKS proxy", **proxy("socks=10.0.0.9:1080")),
    UM_16.trap(
        "one for every account",
        Verdict.WARNING,
        "the machine's internet settings",
        registry={PER_USER: {"ProxySettingsPerUser": 0}, MACHINE: {"ProxyEnable": 1, "ProxyServer": "10.0.0.9:8080"}},
    ),
    UM_16.trap(
        "the machine's settings without that policy",
        Verdict.COMPLIANT,
        "",
        **key(MACHINE, ProxyEnable=1, ProxyServer="10.0.0.9:8080"),
    ),
    UM_16.trap("switched off", Verdict.COMPLIANT, "", **key(LOCAL_SYSTEM, ProxyEnable=0, ProxyServer="10.0.0.9:8080")),
    UM_16.trap(
        "text where a number belongs",
        Verdict.UNDETERMINED,
        "ProxyEnable is REG_SZ",
        **key(LOCAL_SYSTEM, ProxyEnable={"type": "REG_SZ", "data": "1"}),
    ),
    UM_16.trap("damaged bytes", Verdict.UNDETERMINED, "are not understood", **raw("2800")),
    UM_16.trap(
        "bytes of another layout",
        Verdict.UNDETERMINED,
        "are not understood",
        **raw("99000000000000000100000000000000" + "00000000"),
    ),
    UM_16.trap(
        "cut off in the name",
        Verdict.UNDETERMINED,
        "are not understood",
        **raw("28000000000000000300000020000000" + "31"),
    ),
    UM_16.trap(
        "a length that is larger than the value",
        Verdict.UNDETERMINED,
        "not understood",
        **raw("280000000000000003000000ffffffff"),
    ),
    UM_16.trap(
        "the bypass list is cut off",
        Verdict.UNDETERMINED,
        "not understood",
        **raw(
            "28000000000000000300000009000000" + b"10.0.0.9:80"[:9].hex() + "1b000000" + b"169.254.169.254;168.".hex()
        ),
    ),
    UM_16.trap(
        "direct, but cut off before the bypass list",
        Verdict.UNDETERMINED,
        "not understood",
        **raw("28000000000000000100000000000000"),
    ),
    UM_16.trap(
        "text that spells the bytes",
        Verdict.UNDETERMINED,
        "not understood",
        **key(CONNECTIONS, WinHttpSettings="28000000000000000100000000000000" + "00000000"),
    ),
    UM_16.trap(
        "the flags say a proxy, and none is named",
        Verdict.UNDETERMINED,
        "not understood",
        **raw("28000000000000000300000000000000" + "00000000"),
    ),
    UM_16.trap(
        "a proxy is named, and the flags say direct",
        Verdict.UNDETERMINED,
        "not understood",
        **raw("2800000000000000010000000b000000" + b"10.0.0.9:80".hex() + "00000000"),
    ),
    UM_16.trap(
        "WinHTTP has a script",
        Verdict.WARNING,
        "a proxy script decides for WinHTTP",
        **raw("28000000000000000500000000000000" + "00000000"),
    ),
    UM_16.trap(
        "a proxy in the connections' own settings alone",
        Verdict.WARNING,
        "168.63.129.16 (LocalSystem's connections)",
        **connections(3, "10.0.0.9:8080"),
    ),
    UM_16.trap(
        "one that does no harm",
        Verdict.NOTED,
        "LocalSystem's connections has the proxy 10.0.0.9:8080",
        **connections(3, "10.0.0.9:8080", PAST),
    ),
    UM_16.trap(
        "one that is switched off keeps its name there", Verdict.COMPLIANT, "", **connections(1, "10.0.0.9:8080")
    ),
    UM_16.trap(
        "the connections' settings are cut off",
        Verdict.UNDETERMINED,
        "DefaultConnectionSettings are not understood",
        **connections(1, cut=4),
    ),
    UM_16.trap(
        "the connections' settings have no flags",
        Verdict.UNDETERMINED,
        "DefaultConnectionSettings are not understood",
        **connections(0),
    ),
    UM_16.trap(
        "every number but 0 switches the proxy on",
        Verdict.WARNING,
        "168.63.129.16 (LocalSystem)",
        **key(LOCAL_SYSTEM, ProxyEnable=0xFFFFFFFF, ProxyServer="10.0.0.9:8080"),
    ),
    UM_16.trap(
        "a number where the script's address belongs",
        Verdict.UNDETERMINED,
        "AutoConfigURL is REG_DWORD",
        **key(LOCAL_SYSTEM, AutoConfigURL=1),
    ),
    UM_16.trap(
        "switched on, with a number where the server belongs",
        Verdict.UNDETERMINED,
        "ProxyServer is REG_DWORD",
        **key(LOCAL_SYSTEM, ProxyEnable=1, ProxyServer=1),
    ),
    UM_16.trap(
        "whose settings count cannot be told",
        Verdict.UNDETERMINED,
        "ProxySettingsPerUser is REG_SZ",
        registry={PER_USER: {"ProxySettingsPerUser": "0"}, MACHINE: {"ProxyEnable": 1, "ProxyServer": "10.0.0.9:8080"}},
    ),
    UM_16.unreadable(
        "whether the service is reached through the proxy cannot be tried",
        "not possible on this host",
        **win_http("10.0.0.9:8080", PAST),
        os={"languageMode": "ConstrainedLanguage"},
    ),
    UM_16.absent("no settings at all", "", Verdict.COMPLIANT),
    UM_16.unreadable("WinHTTP may not be read", "access denied", **together(raw("18"), denied(CONNECTIONS))),
    UM_16.unreadable(
        "LocalSystem's hive may not be read",
        "access denied",
        **together(key(LOCAL_SYSTEM, ProxyEnable=0), denied(LOCAL_SYSTEM)),
    ),
    UM_17.compliant("answers with the machine's id"),
    UM_17.deviating("dropped", "not reached: no answer in time", **metadata(tcp="timeout")),
    UM_17.deviating("a local filter", "socket error 10013", **metadata(tcp="forbidden")),
    UM_17.deviating(
        "a portal answers", "names no virtual machine", **metadata(http={"status": 200, "body": "<html>Log in</html>"})
    ),
    UM_17.deviating("refused", "HTTP 403 is answered", **metadata(http={"status": 403})),
    UM_17.trap(
        "a proxy in the way of programs that use it",
        Verdict.WARNING,
        "through the default proxy",
        **metadata(http={"status": 502}, direct=ANSWER),
    ),
    UM_17.trap(
        "a proxy's page in the way",
        Verdict.WARNING,
        "another answer",
        **metadata(http={"status": 200, "body": "blocked"}, direct=ANSWER),
    ),
    UM_17.trap("asked too often", Verdict.WARNING, "HTTP 429", **metadata(http={"status": 429})),
    UM_17.trap(
        "GuestProxyAgent lets chosen programs through",
        Verdict.WARNING,
        "GuestProxyAgent",
        **together(metadata(http={"status": 401}), service("GuestProxyAgent", status="Running", startType="Automatic")),
    ),
    UM_17.trap(
        "GuestProxyAgent is stopped",
        Verdict.NON_COMPLIANT,
        "HTTP 401 is answered",
        **together(metadata(http={"status": 401}), service("GuestProxyAgent", status="Stopped")),
    ),
    UM_17.trap(
        "a machine elsewhere has none",
        Verdict.NOT_APPLICABLE,
        "not that of an Azure",
        **together(metadata(tcp="unreachable"), ELSEWHERE),
    ),
    UM_17.trap(
        "whose machine it is cannot be told",
        Verdict.UNDETERMINED,
        "asset tag",
        **together(metadata(tcp="unreachable"), chassis([{"SMBIOSAssetTag": None}])),
    ),
    UM_17.absent("nothing answers there", "not reached", endpoints={IMDS: None}),
    UM_17.unreadable(
        "in Constrained Language Mode", "not possible on this host", os={"languageMode": "ConstrainedLanguage"}
    ),
    UM_21("compliant", "everything is in order", Verdict.NOTED, "Ready: agent, workspace, worker and endpoints"),
    UM_21.deviating(
        "the agent is stopped",
        "Disconnected: HealthService is stopped",
        Verdict.NOTED,
        **service("HealthService", status="Stopped"),
    ),
    UM_21.deviating(
        "the worker is stopped",
        "Disconnected: the worker does not run",
        Verdict.NOTED,
        **log(SMA, STARTED, worker_event(15004, "2026-11-20T09:00:00Z")),
    ),
    UM_21.deviating(
        "an endpoint is not reached",
        f"Disconnected: {OPERATIONS} is not reached",
        Verdict.NOTED,
        **endpoint(OPERATIONS, tcp="timeout", http=None),
    ),
    UM_21.deviating(
        "no workspace",
        "Not configured: the monitoring agent has no workspace",
        Verdict.NOTED,
        registry={WORKSPACE: None},
    ),
    with_inputs(
        UM_21.trap("for the workspace that the inventory names", Verdict.NOTED, "Ready: "), workspace_id=ID.upper()
    ),
    with_inputs(
        UM_21.trap(
            "for another workspace than the inventory names",
            Verdict.NOTED,
            f"Not configured: the monitoring agent reports to {ID}, not to {OTHER}",
        ),
        workspace_id=OTHER,
    ),
    UM_21.deviating("no worker", "Not configured: no hybrid runbook worker", Verdict.NOTED, registry={WORKER: None}),
    UM_21.absent(
        "no agent",
        "Not configured: the monitoring agent is not installed",
        Verdict.NOTED,
        **together(no_service("HealthService"), {"registry": {CONNECTORS: None}}),
    ),
    UM_21.unreadable("the workspaces may not be read", "access denied", **denied(CONNECTORS)),
    UM_21.unreadable("the worker's log may not be read", "access denied", **denied(f"log:{SMA}")),
    UM_21.trap(
        "TLS is inspected on the way to an endpoint",
        Verdict.UNDETERMINED,
        "CN=Contoso Proxy CA",
        **endpoint(OPERATIONS, tls={"issuer": "CN=Contoso Proxy CA"}),
    ),
    UM_21.trap(
        "the process does not tell when it started",
        Verdict.UNDETERMINED,
        "may be of an earlier one",
        processes=[],
    ),
    UM_21.trap("the worker's log was emptied", Verdict.UNDETERMINED, "is empty", **log(SMA)),
    UM_21.trap(
        "stopped, and its log may not be read",
        Verdict.UNDETERMINED,
        "access denied",
        **together(service("HealthService", status="Stopped"), denied(f"log:{SMA}")),
    ),
    UM_21.trap(
        "a proxy script may know a way to the endpoint",
        Verdict.UNDETERMINED,
        "what the proxy script of LocalSystem answers cannot be told",
        **together(
            key(LOCAL_SYSTEM, AutoConfigURL="http://wpad/wpad.dat"), endpoint(OPERATIONS, tcp="timeout", http=None)
        ),
    ),
    UM_21.trap("what is reached does not say when the service saw it", Verdict.NOTED, "cannot be seen from the host"),
    UM_21.trap("the documents' service is retired", Verdict.NOTED, "retired on 31 August 2024"),
]
NOT_DECIDING = [
    ("UM-15", "'service' 'HealthService'", "only what an agent that was removed has left does not count"),
    ("UM-15", "'https://eus2-", "the document's own address: only the letter asks for it"),
    ("UM-15", "Service Connector Services", "the cloud counts where neither key nor input names an endpoint"),
    (
        "UM-16",
        "HybridRunbookWorker'",
        "names the endpoint that is asked through a proxy; without it the document's own is",
    ),
    ("UM-17", "Win32_SystemEnclosure", "counts where the service does not answer"),
    ("UM-17", "GuestProxyAgent", "counts where a request was refused"),
    ("UM-21", "HybridRunbookWorkerV2'", "the worker is registered by agent"),
]
OWN_PROBES = {"UM-16": "Internet Settings"}
OBSERVED = {
    ("UM-15", "answers HTTP 403: it is there"): {"reached": {OPERATIONS: "direct"}, "known_from": ["region: registry"]},
    ("UM-15", "not registered: any endpoint of its cloud will do"): {
        "reached": {EUS2: "direct"},
        "known_from": ["cloud: registry"],
    },
    ("UM-15", "the inventory's region"): {
        "reached": {"jpe-jobruntimedata-prod-su1.azure-automation.net:443": "not reached"},
        "known_from": ["region: inputs"],
    },
}
