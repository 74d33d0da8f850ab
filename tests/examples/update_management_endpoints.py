"""UM-04, UM-05, UM-19 and UM-20: the endpoints of Update Management."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

from vmready.model import Verdict

from .harness import Example, Of, with_inputs
from .services import CONNECTORS, HIDDEN, WORKSPACE
from .terms import denied, endpoint, key, no_service, together

ID = "6d1c7a52-0d3f-4b8e-9a51-2f7be0c4d811"
OTHER = "0f0e0d0c-0b0a-4908-8706-050403020100"
SETTINGS = r"Microsoft\Windows\CurrentVersion\Internet Settings"
LOCAL_SYSTEM = "HKU\\S-1-5-18\\Software\\" + SETTINGS
MACHINE = "HKLM\\SOFTWARE\\" + SETTINGS
PER_USER = "HKLM\\SOFTWARE\\Policies\\" + SETTINGS
CONNECTIONS = "HKLM\\SOFTWARE\\" + SETTINGS + r"\Connections"
AZURE = {"issuer": "CN=Microsoft Azure RSA TLS Issuing CA 04, O=Microsoft Corporation, C=US"}
OPEN = {"tcp": "open", "tls": AZURE, "http": {"status": 403}}
#: Reached through a proxy only.
DETOUR = {"tcp": "timeout", "direct": {"error": {"status": "ConnectFailure", "message": "x", "socket": 10060}}}


def proxy(address: str, override: str = "") -> dict[str, Any]:
    """The proxy of LocalSystem."""
    return key(LOCAL_SYSTEM, ProxyEnable=1, ProxyServer=address, ProxyOverride=override)


def win_http(servers: str, bypass: str = "", flags: int = 3) -> dict[str, Any]:
    """The proxy of WinHTTP, as netsh leaves it."""
    parts = [struct.pack("<III", 0x28, 4, flags)]
    for text in (servers, bypass):
        parts.append(struct.pack("<I", len(text)) + text.encode())
    return key(CONNECTIONS, WinHttpSettings={"type": "REG_BINARY", "data": b"".join(parts).hex()})


def connections(flags: int, servers: str = "", bypass: str = "", cut: int = 0) -> dict[str, Any]:
    """The settings that programs of LocalSystem go by, as Windows stores them; ``cut`` bytes are missing at the end."""
    parts = [struct.pack("<III", 0x46, 3, flags)]
    parts += [struct.pack("<I", len(text)) + text.encode() for text in (servers, bypass)]
    data = b"".join(parts)
    stored = {"type": "REG_BINARY", "data": data[: len(data) - cut].hex()}
    return key(LOCAL_SYSTEM + r"\Connections", DefaultConnectionSettings=stored)


FOR_EVERY_ACCOUNT = together(
    key(PER_USER, ProxySettingsPerUser=0), key(MACHINE, ProxyEnable=1, ProxyServer="10.0.0.9:8080")
)


def _reach(of: Of, name: str) -> list[Example]:
    """What holds of every endpoint that is asked."""
    return [
        of.compliant("answers HTTP 403: it is there"),
        of.compliant("any status will do", **endpoint(name, http={"status": 404})),
        of.deviating(
            "dropped", f"{name} is not reached: no answer in time", **endpoint(name, tcp="timeout", http=None)
        ),
        of.deviating("refused", "connection refused", **endpoint(name, tcp="refused", http=None)),
        of.deviating("a local filter", "socket error 10013", **endpoint(name, tcp="forbidden", http=None)),
        of.deviating("connects, but TLS fails", "TLS failed", **endpoint(name, tls={"error": "handshake"})),
        of.deviating(
            "connects, but the certificate is not trusted", "TLS failed", **endpoint(name, tls={"error": "trust"})
        ),
        of.deviating(
            "TLS is inspected",
            "CN=Contoso Proxy CA",
            Verdict.WARNING,
            **endpoint(name, tls={"issuer": "CN=Contoso Proxy CA"}),
        ),
        of.absent("the name does not resolve", "name does not resolve", endpoints={name: None}),
        of.unreadable(
            "in Constrained Language Mode", "not possible on this host", os={"languageMode": "ConstrainedLanguage"}
        ),
        of.trap(
            "an issuer that only looks like Azure's",
            Verdict.WARNING,
            "inspected",
            **endpoint(name, tls={"issuer": "CN=Microsoft Corporation, O=Contoso"}),
        ),
        of.trap(
            "a quoted organisation",
            Verdict.COMPLIANT,
            "",
            **endpoint(name, tls={"issuer": 'CN=X, O="DigiCert, Inc.", C=US'}),
        ),
        of.trap(
            "through the proxy of LocalSystem only",
            Verdict.NOTED,
            "through the proxy 10.0.0.9:8080 only",
            **together(proxy("10.0.0.9:8080"), endpoint(name, **DETOUR)),
        ),
        of.trap(
            "through WinHTTP's proxy only",
            Verdict.NOTED,
            "through the proxy proxy.example:3128 only",
            **together(win_http("proxy.example:3128"), endpoint(name, **DETOUR)),
        ),
        of.trap(
            "proxies by scheme",
            Verdict.NOTED,
            "through the proxy 10.0.0.9:443 only",
            **together(proxy("http=10.0.0.8:80;https=10.0.0.9:443"), endpoint(name, **DETOUR)),
        ),
        of.trap(
            "a proxy that goes past this name",
            Verdict.NON_COMPLIANT,
            "no answer in time",
            **together(
                proxy("10.0.0.9:8080", "*.azure-automation.net;*.opinsights.azure.com"), endpoint(name, **DETOUR)
            ),
        ),
        of.trap(
            "through the proxy of LocalSystem's connections only",
            Verdict.NOTED,
            "through the proxy 10.0.0.9:8080 only",
            **together(connections(3, "10.0.0.9:8080"), endpoint(name, **DETOUR)),
        ),
        of.trap(
            "a proxy of the connections that is switched off",
            Verdict.NON_COMPLIANT,
            "no answer in time",
            **together(connections(1, "10.0.0.9:8080"), endpoint(name, **DETOUR)),
        ),
        of.trap(
            "a script of the connections may know a way",
            Verdict.WARNING,
            "proxy script",
            **together(connections(5), endpoint(name, tcp="timeout", http=None)),
        ),
        of.trap(
            "the connections' settings are cut off, and it is not reached",
            Verdict.UNDETERMINED,
            "DefaultConnectionSettings is not understood",
            **together(connections(1, cut=4), endpoint(name, tcp="timeout", http=None)),
        ),
        of.trap(
            "through the machine's proxy, where policy gives it to every account",
            Verdict.NOTED,
            "through the proxy 10.0.0.9:8080 only",
            **together(FOR_EVERY_ACCOUNT, endpoint(name, **DETOUR)),
        ),
        of.trap(
            "a proxy of LocalSystem counts no longer, where policy gives the machine's to every account",
            Verdict.NON_COMPLIANT,
            "no answer in time",
            **together(
                proxy("10.0.0.9:8080"),
                connections(3, "10.0.0.9:8080"),
                key(PER_USER, ProxySettingsPerUser=0),
                endpoint(name, **DETOUR),
            ),
        ),
        of.trap(
            "a proxy of the machine counts for nobody without that policy",
            Verdict.NON_COMPLIANT,
            "no answer in time",
            **together(key(MACHINE, ProxyEnable=1, ProxyServer="10.0.0.9:8080"), endpoint(name, **DETOUR)),
        ),
        of.trap(
            "a proxy that is switched off",
            Verdict.NON_COMPLIANT,
            "no answer in time",
            **together(key(LOCAL_SYSTEM, ProxyEnable=0, ProxyServer="10.0.0.9:8080"), endpoint(name, **DETOUR)),
        ),
        of.trap(
            "the proxy wants authentication",
            Verdict.NON_COMPLIANT,
            "it wants authentication",
            **together(proxy("10.0.0.9:8080"), endpoint(name, **DETOUR, http={"status": 407})),
        ),
        of.trap(
            "what refuses the connection may be the proxy itself",
            Verdict.WARNING,
            "may be the proxy's own answer",
            **together(proxy("10.0.0.9:8080"), endpoint(name, **DETOUR, tls=None, http={"status": 403})),
        ),
        of.trap(
            "a proxy on the way answers instead",
            Verdict.NON_COMPLIANT,
            "only a proxy on the way",
            **endpoint(name, http={"status": 407}),
        ),
        of.trap(
            "Azure Firewall answers instead",
            Verdict.NON_COMPLIANT,
            "HTTP 470, which only Azure Firewall answers",
            **endpoint(name, http={"status": 470}),
        ),
        of.trap(
            "whose proxy counts cannot be told, and it is not reached",
            Verdict.UNDETERMINED,
            "ProxySettingsPerUser is REG_SZ",
            **together(
                key(PER_USER, ProxySettingsPerUser="0"),
                key(MACHINE, ProxyEnable=1, ProxyServer="10.0.0.9:8080"),
                endpoint(name, **DETOUR),
            ),
        ),
        of.trap(
            "a number where the proxy's name belongs, and it is not reached",
            Verdict.UNDETERMINED,
            "ProxyServer is REG_DWORD",
            **together(key(LOCAL_SYSTEM, ProxyEnable=1, ProxyServer=1), endpoint(name, **DETOUR)),
        ),
        of.trap(
            "WinHTTP names a proxy and says direct, and it is not reached directly",
            Verdict.UNDETERMINED,
            "WinHttpSettings is not understood",
            **together(win_http("10.0.0.9:8080", flags=1), endpoint(name, **DETOUR)),
        ),
        of.trap(
            "a proxy script of WinHTTP may know a way",
            Verdict.WARNING,
            "proxy script",
            **together(win_http("", flags=5), endpoint(name, tcp="timeout", http=None)),
        ),
        of.trap(
            "a proxy script may know a way",
            Verdict.WARNING,
            "proxy script",
            **together(
                key(LOCAL_SYSTEM, AutoConfigURL="http://wpad/wpad.dat"), endpoint(name, tcp="timeout", http=None)
            ),
        ),
        of.trap("reached straight, whatever proxy there is", Verdict.COMPLIANT, "", **proxy("10.0.0.9:8080")),
        of.trap(
            "the proxy is not known, and it is reached",
            Verdict.COMPLIANT,
            "",
            **together(key(LOCAL_SYSTEM, ProxyEnable=0), denied(LOCAL_SYSTEM)),
        ),
        of.trap(
            "the proxy is not known, and it is not reached",
            Verdict.UNDETERMINED,
            "the proxy of LocalSystem is not known",
            **together(
                key(LOCAL_SYSTEM, ProxyEnable=0), denied(LOCAL_SYSTEM), endpoint(name, tcp="timeout", http=None)
            ),
        ),
        of.trap(
            "a user and password before the proxy stay on the host",
            Verdict.NOTED,
            "through the proxy 10.0.0.9:8080 only",
            **together(proxy("http://user:canary-7@10.0.0.9:8080"), endpoint(name, **DETOUR)),
        ),
    ]


def _workspace(row: str, kind: str, suffix: str) -> list[Example]:
    of = Of(row, "update-management")
    by_cloud = [
        of.trap(
            f"cloud type {number}",
            Verdict.COMPLIANT,
            "",
            **together(
                key(WORKSPACE, **{"Azure Cloud Type": number}),
                {"endpoints": {f"{ID}.{kind}{suffix}:443": None, f"{ID}.{kind}{end}:443": OPEN}},
            ),
        )
        for number, end in (
            (1, suffix.replace(".net", ".us").replace(".com", ".us")),
            (2, suffix.replace(".net", ".cn").replace(".com", ".cn")),
        )
    ]
    no_type = key(WORKSPACE, **{"Azure Cloud Type": None})
    second = {
        "registry": {CONNECTORS + rf"\Log Analytics - {OTHER}": {"Azure Cloud Type": 0}},
        "endpoints": {f"{OTHER}.{kind}{suffix}:443": OPEN},
    }
    not_second = {**second, "endpoints": {}}
    none = {"registry": {CONNECTORS: None}}
    return [
        *_reach(of, f"{ID}.{kind}{suffix}:443"),
        *by_cloud,
        of.absent("no agent", "the monitoring agent is not installed", **none),
        of.absent("an agent without a workspace", "has no Log Analytics workspace", registry={WORKSPACE: None}),
        of.unreadable("the workspaces may not be read", "access denied", **denied(CONNECTORS)),
        of.unreadable("no source tells whether the agent is there", **HIDDEN),
        of.trap(
            "the agent was removed and has left its keys",
            Verdict.NON_COMPLIANT,
            "the monitoring agent is not installed",
            **no_service("HealthService"),
        ),
        with_inputs(
            of.trap(
                "the agent was removed: the input names the workspace that is to come",
                Verdict.NON_COMPLIANT,
                OTHER,
                **no_service("HealthService"),
            ),
            workspace_id=OTHER,
            cloud="public",
        ),
        replace(
            of.trap(
                "no agent any more, and the role was only discovered",
                Verdict.NOT_APPLICABLE,
                "is not installed",
                **no_service("HealthService"),
            ),
            roles=(),
        ),
        replace(
            of.trap(
                "no workspace, and the role was only discovered",
                Verdict.NOT_APPLICABLE,
                "has no Log Analytics workspace",
                registry={WORKSPACE: None},
            ),
            roles=(),
        ),
        of.trap(
            "a cloud whose endpoints are not published",
            Verdict.UNDETERMINED,
            "known are public, usgov, china",
            **key(WORKSPACE, **{"Azure Cloud Type": 3}),
        ),
        of.trap("an agent of old does not know its cloud", Verdict.UNDETERMINED, "give the input cloud", **no_type),
        with_inputs(of.trap("the input tells the cloud", Verdict.COMPLIANT, "", **no_type), cloud="public"),
        with_inputs(of.trap("the region tells the cloud", Verdict.COMPLIANT, "", **no_type), region="westeurope"),
        with_inputs(
            of.trap(
                "a region that nobody knows tells nothing", Verdict.UNDETERMINED, "give the input cloud", **no_type
            ),
            region="mars",
        ),
        with_inputs(of.trap("what the agent knows beats the input", Verdict.COMPLIANT), cloud="usgov"),
        with_inputs(
            of.trap("the input names the workspace where there is no agent yet", Verdict.COMPLIANT, "", **none),
            workspace_id=ID.upper(),
            cloud="public",
        ),
        of.trap("several workspaces", Verdict.WARNING, "reports to several workspaces", **second),
        of.trap("several workspaces, one of them not reached", Verdict.NON_COMPLIANT, OTHER, **not_second),
        with_inputs(
            of.trap("several workspaces, the input says which", Verdict.COMPLIANT, "", **not_second), workspace_id=ID
        ),
    ]


WORKER = r"HKLM\SOFTWARE\Microsoft\HybridRunbookWorker"
SYSTEM_WORKER = WORKER + r"\11111111-2222-3333-4444-555555555555\SystemHybridWorker"
OPERATIONS = "we-jobruntimedata-prod-su1.azure-automation.net:443"
NOT_REGISTERED = {"registry": {WORKER: None}}
UM_05 = Of("UM-05", "update-management")


def _named(host: str, *, up: bool = True) -> dict[str, Any]:
    return together(
        key(SYSTEM_WORKER, JobRuntimeDataServiceUri=f"https://{host}/"),
        endpoint(f"{host}:443", **OPEN) if up else {"endpoints": {}},
    )


EXAMPLES = [
    *_workspace("UM-04", "agentsvc", ".azure-automation.net"),
    *_workspace("UM-19", "ods", ".opinsights.azure.com"),
    *_workspace("UM-20", "oms", ".opinsights.azure.com"),
    *_reach(UM_05, OPERATIONS),
    UM_05.unreadable("the worker's key may not be read", "access denied", **denied(SYSTEM_WORKER)),
    UM_05.unreadable("not registered, and no region is given", "no input automation_account_region", **NOT_REGISTERED),
    UM_05.trap(
        "the agent was removed and has left its worker's key",
        Verdict.UNDETERMINED,
        "no input automation_account_region",
        **no_service("HealthService"),
    ),
    with_inputs(
        UM_05.trap(
            "the agent was removed: the input tells the region",
            Verdict.NON_COMPLIANT,
            "jpe-jobruntimedata",
            **no_service("HealthService"),
        ),
        automation_account_region="japaneast",
    ),
    UM_05.trap("a new-style name", Verdict.COMPLIANT, "", **_named("a1b2.jrds.we.azure-automation.net")),
    UM_05.trap(
        "a new-style name that is not reached",
        Verdict.NON_COMPLIANT,
        "a1b2.jrds.we",
        **_named("a1b2.jrds.we.azure-automation.net", up=False),
    ),
    UM_05.trap(
        "registered by extension",
        Verdict.COMPLIANT,
        "",
        registry={
            WORKER: None,
            WORKER + r"V2\1\2": {"JobRuntimeDataServiceUri": f"https://{OPERATIONS.partition(':')[0]}"},
        },
    ),
    *[
        UM_05.trap(
            f"the registration stands three levels below {path.rpartition(chr(92))[2]}",
            Verdict.NON_COMPLIANT,
            "x.jrds.we.azure-automation.net:443 is not reached",
            registry={
                WORKER: None,
                path + r"\1\2\3": {"JobRuntimeDataServiceUri": "https://x.jrds.we.azure-automation.net"},
            },
        )
        for path in (WORKER, WORKER + "V2")
    ],
    UM_05.trap(
        "what is no address",
        Verdict.UNDETERMINED,
        "is no https address",
        **key(SYSTEM_WORKER, JobRuntimeDataServiceUri="file:///c:/x"),
    ),
    with_inputs(
        UM_05.trap("the region's endpoint", Verdict.COMPLIANT, "", **NOT_REGISTERED),
        automation_account_region="westeurope",
    ),
    with_inputs(
        UM_05.trap("regions compare without case", Verdict.COMPLIANT, "", **NOT_REGISTERED),
        automation_account_region="WestEurope",
    ),
    with_inputs(
        UM_05.trap("another region's endpoint", Verdict.NON_COMPLIANT, "jpe-jobruntimedata", **NOT_REGISTERED),
        automation_account_region="japaneast",
    ),
    with_inputs(
        UM_05.trap(
            "Government's second region is Government's",
            Verdict.NON_COMPLIANT,
            "phx-jobruntimedata-prod-su1.azure-automation.us",
            **NOT_REGISTERED,
        ),
        region="usgovarizona",
    ),
    with_inputs(
        UM_05.trap(
            "an unknown region", Verdict.UNDETERMINED, "region 'mars'; known are australiasoutheast", **NOT_REGISTERED
        ),
        region="mars",
    ),
    with_inputs(
        UM_05.trap("the registration beats the input", Verdict.COMPLIANT), automation_account_region="japaneast"
    ),
]
