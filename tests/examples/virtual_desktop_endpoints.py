"""VD-04 and VD-22: brokers and endpoints of Azure Virtual Desktop."""

from __future__ import annotations

from typing import Any

from vmready.facts.clouds import VIRTUAL_DESKTOP, Cloud
from vmready.model import Verdict

from .agent_errors import HIDDEN
from .harness import Example, Of, with_inputs
from .terms import denied, endpoint, key, no_key, no_service, together
from .update_management_endpoints import DETOUR, LOCAL_SYSTEM, proxy, win_http

AGENT = r"HKLM\SOFTWARE\Microsoft\RDInfraAgent"
TCPIP = r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"
HOSTS = r"C:\Windows\System32\drivers\etc\hosts"
REGIONAL, GLOBAL = "rdbroker-g-eu-r0.wvd.microsoft.com:443", "rdbroker.wvd.microsoft.com:443"
NAMES = ("BrokerURI", "BrokerURIGlobal", "BrokerResourceIdURI", "BrokerResourceIdURIGlobal")
#: A broker's page that is healthy when asked straight; what a proxy gives instead goes beside it.
HEALTHY = {"paths": None, "direct": {"status": 200, "body": "RD Broker is Healthy"}}
CONSTRAINED = {"os": {"languageMode": "ConstrainedLanguage"}}
#: LocalSystem's own settings may not be read, of which WinHTTP's say nothing.
UNKNOWN_PROXY = together(key(LOCAL_SYSTEM, ProxyEnable=0), denied(LOCAL_SYSTEM))
SCRIPT = {"AutoConfigURL": "http://wpad/wpad.dat"}


def page(name: str, **answer: Any) -> dict[str, Any]:
    return endpoint(name, paths={"/api/health": answer})


def _broker(name: str) -> list[Example]:
    of, at = Of(f"VD-04.{name}", "session-host"), GLOBAL if name.endswith("Global") else REGIONAL

    def by_proxy(answer: dict[str, Any]) -> dict[str, Any]:
        """No way straight, and what a proxy gives instead."""
        direct = {"error": {"status": "ConnectFailure", "message": "x", "socket": 10060}}
        return {"endpoints": {at: {"tcp": "timeout", "direct": direct, "paths": None, "http": answer}}}

    return [
        of.compliant("healthy"),
        of.compliant("the page as JSON text", **page(at, status=200, body='"RD Broker is Healthy"')),
        of.compliant("without a slash at the end", **key(AGENT, **{name: f"https://{at.partition(':')[0]}"})),
        of.deviating("HTTP 503", "HTTP 503", **page(at, status=503, body="")),
        of.deviating(
            "a portal's page",
            "answers HTTP 200, but not as the broker does (a portal in its place)",
            **page(at, status=200, body="<html>Sign in</html>"),
        ),
        of.deviating("dropped", "no answer in time", **endpoint(at, tcp="timeout", http=None)),
        of.deviating("TLS fails", "TLS failed", **endpoint(at, tls={"error": "trust"})),
        of.deviating(
            "TLS is inspected",
            "CN=Contoso Proxy CA",
            Verdict.WARNING,
            **endpoint(at, tls={"issuer": "CN=Contoso Proxy CA"}),
        ),
        of.compliant("with the port", **key(AGENT, **{name: f"https://{at}/"})),
        of.deviating(
            "another port",
            f"{name} is no https address",
            **key(AGENT, **{name: "https://rdbroker.wvd.microsoft.com:8443/"}),
        ),
        of.deviating(
            "dropped, and the proxy fails too",
            "no answer in time; through the proxy 10.0.0.9:8080: HTTP 503",
            **together(
                proxy("10.0.0.9:8080"),
                by_proxy({"status": 503}),
            ),
        ),
        of.deviating(
            "a port that there is not",
            f"{name} is no https address",
            **key(AGENT, **{name: "https://a.example:99999/"}),
        ),
        of.deviating(
            "another scheme", f"{name} is no https address", **key(AGENT, **{name: "wss://rdbroker.wvd.microsoft.com/"})
        ),
        of.deviating(
            "dropped, and a proxy with a name fails too",
            "no answer in time; through the proxy proxy.example:8080: HTTP 503",
            **together(
                proxy("proxy.example:8080"),
                by_proxy({"status": 503}),
            ),
        ),
        of.deviating("an empty address", f"{name} is empty", **key(AGENT, **{name: ""})),
        of.deviating(
            "what is no address",
            f"{name} is no https address",
            **key(AGENT, **{name: "http://rdbroker.wvd.microsoft.com/"}),
        ),
        of.absent("none of the four", "the registry names no broker", **key(AGENT, **dict.fromkeys(NAMES))),
        of.absent("no agent", "the registry names no broker", **no_key(AGENT)),
        of.absent(
            "the agent was removed, and has left its keys",
            f"{name}: there is no service RDAgentBootLoader",
            **no_service("RDAgentBootLoader"),
        ),
        of.unreadable("whether there is an agent may not be read", "agent_service could not be read", **HIDDEN),
        of.trap(
            "not healthy, whether or not there is an agent",
            Verdict.NON_COMPLIANT,
            "HTTP 503",
            **together(page(at, status=503, body=""), HIDDEN),
        ),
        of.absent(
            "an agent of another age", f"this agent has no {name}", Verdict.NOT_APPLICABLE, **key(AGENT, **{name: None})
        ),
        of.unreadable("the key may not be opened", "access denied", **denied(AGENT)),
        of.unreadable("in Constrained Language Mode", "not possible on this host", **CONSTRAINED),
        of.trap(
            "through the proxy of LocalSystem",
            Verdict.COMPLIANT,
            "",
            **together(
                proxy("10.0.0.9:8080"),
                by_proxy({"status": 200, "body": "RD Broker is Healthy"}),
            ),
        ),
        of.trap(
            "a proxy script may know a way",
            Verdict.WARNING,
            "proxy script",
            **together(key(LOCAL_SYSTEM, AutoConfigURL="http://wpad/wpad.dat"), endpoint(at, tcp="timeout", http=None)),
        ),
        *(
            of.trap(
                f"healthy straight, but {title}",
                Verdict.WARNING,
                f"{name}: healthy, but through the proxy 10.0.0.9:8080: {said}",
                **together(proxy("10.0.0.9:8080"), {"endpoints": {at: {**HEALTHY, "http": answer}}}),
            )
            for title, said, answer in (
                ("the proxy of LocalSystem wants authentication", "HTTP 407", {"status": 407}),
                ("the proxy of LocalSystem shows a page of its own", "answers HTTP 200, but not as", {"status": 200}),
                ("the proxy of LocalSystem does not answer", "no answer in time", {"silent": True}),
            )
        ),
        of.trap(
            "healthy straight, and a proxy that goes past it",
            Verdict.COMPLIANT,
            "",
            **together(
                proxy("10.0.0.9:8080", "*.wvd.microsoft.com"),
                {"endpoints": {at: {**HEALTHY, "http": {"status": 407}}}},
            ),
        ),
        of.unreadable(
            "healthy straight, and the page through the proxy of LocalSystem stopped on its way",
            "the page did not come to its end",
            **together(
                proxy("proxy.corp.example:8080"),
                {"endpoints": {at: {**HEALTHY, "http": {"status": 200, "body": "RD", "stall": True}}}},
            ),
        ),
        of.trap(
            "healthy straight and through the proxy of LocalSystem",
            Verdict.COMPLIANT,
            "",
            **proxy("10.0.0.9:8080"),
        ),
        of.trap(
            "healthy straight, and LocalSystem has a proxy script",
            Verdict.WARNING,
            f"{name}: healthy when asked directly; what the proxy script",
            **key(LOCAL_SYSTEM, AutoConfigURL="http://wpad/wpad.dat"),
        ),
        of.unreadable(
            "healthy straight, and the proxy of LocalSystem is not known",
            f"{name}: healthy when asked directly, and the proxy of LocalSystem is not known",
            **UNKNOWN_PROXY,
        ),
        of.trap(
            "healthy through WinHTTP's proxy only, and LocalSystem has a proxy script",
            Verdict.WARNING,
            f"{name}: healthy when asked through a proxy; what the proxy script",
            **together(
                key(LOCAL_SYSTEM, **SCRIPT),
                win_http("10.0.0.9:8080"),
                by_proxy({"status": 200, "body": "RD Broker is Healthy"}),
            ),
        ),
        of.trap(
            "healthy straight, where WinHTTP goes past the proxy of which LocalSystem has no exception",
            Verdict.WARNING,
            f"{name}: healthy, but through the proxy 10.0.0.9:8080: HTTP 407",
            **together(
                proxy("10.0.0.9:8080"),
                win_http("10.0.0.9:8080", "*.wvd.microsoft.com"),
                {"endpoints": {at: {**HEALTHY, "http": {"status": 407}}}},
            ),
        ),
        of.trap(
            "TLS is inspected, and LocalSystem has a proxy script",
            Verdict.WARNING,
            "inspected TLS keeps the agent from working; healthy when asked directly",
            **together(
                key(LOCAL_SYSTEM, AutoConfigURL="http://wpad/wpad.dat"),
                endpoint(at, tls={"issuer": "CN=Contoso Proxy CA"}),
            ),
        ),
        of.unreadable(
            "not reached straight, and the proxy of LocalSystem is not known",
            "the proxy of LocalSystem is not known",
            **together(
                key(LOCAL_SYSTEM, ProxyEnable=0),
                denied(LOCAL_SYSTEM),
                endpoint(at, tcp="timeout", http=None, paths=None),
            ),
        ),
        of.unreadable(
            "a page that stopped on its way", "did not come to its end", **page(at, status=200, body="RD", stall=True)
        ),
        of.compliant(
            "healthy before the page stopped", **page(at, status=200, body="RD Broker is Healthy", stall=True)
        ),
        of.trap(
            "secrets in an address are not asked for",
            Verdict.NON_COMPLIANT,
            f"{name} is no https address",
            **key(AGENT, **{name: "https://user:canary-7@rdbroker.wvd.microsoft.com/"}),
        ),
        of.trap(
            "the other broker is down",
            Verdict.COMPLIANT,
            "",
            **endpoint(REGIONAL if at == GLOBAL else GLOBAL, tcp="timeout", http=None),
        ),
    ]


REQUIRED = (
    "login",
    "telemetry",
    "marketplace",
    "activation",
    "updates",
    "portal",
    "metadata",
    "health",
    "revocation",
    "certificates",
)
OPTIONAL = ("trust-list", "attestation", "sign-in", "connectivity-test")


def _common(of: Of) -> list[Example]:
    unregistered = key(AGENT, **dict.fromkeys((*NAMES, "DiagnosticsUri")))
    return [
        of.unreadable("the key may not be opened", "access denied", **denied(AGENT)),
        of.unreadable("no broker tells the cloud, nor does an input", "give the input cloud", **unregistered),
    ]


def _endpoint(purpose: str) -> list[Example]:
    of = Of(f"VD-22.{purpose}", "session-host")
    found = VIRTUAL_DESKTOP[Cloud.PUBLIC][purpose]
    name = f"{found.host}:{found.port}"
    bad = Verdict.NON_COMPLIANT if purpose in REQUIRED else Verdict.WARNING
    examples = [
        *_common(of),
        of.compliant("reached"),
        of.deviating(
            "dropped",
            f"{name} is not reached: no answer in time",
            bad,
            **endpoint(name, tcp="timeout", http=None, paths=None),
        ),
        of.deviating(
            "a local filter", "socket error 10013", bad, **endpoint(name, tcp="forbidden", http=None, paths=None)
        ),
        of.unreadable("in Constrained Language Mode", "not possible on this host", **CONSTRAINED),
        with_inputs(of.trap("what the brokers tell beats the input", Verdict.COMPLIANT), cloud="usgov"),
    ]
    if found.host[0].isdigit():
        return [
            *examples,
            of.trap(
                "a proxy without an exception for it",
                Verdict.WARNING if purpose == "metadata" else Verdict.COMPLIANT,
                "the proxy 10.0.0.9:8080 of LocalSystem has no exception for 169.254" if purpose == "metadata" else "",
                **proxy("10.0.0.9:8080", "168.63.129.16"),
            ),
            of.trap(
                "a proxy with an exception for it",
                Verdict.COMPLIANT,
                "",
                **proxy("10.0.0.9:8080", "<local>;169.254.*;168.63.129.16"),
            ),
            of.absent("no route", "no route", bad, **endpoint(name, tcp="unreachable", paths=None)),
            of.trap(
                "never through a proxy",
                bad,
                "no answer in time",
                **together(proxy("10.0.0.9:8080"), endpoint(name, tcp="timeout", http=None, paths=None)),
            ),
            of.trap("the hosts file has no say in addresses", Verdict.COMPLIANT, "", **denied(HOSTS)),
            of.trap(
                "a proxy with an exception for it, of which LocalSystem has none",
                Verdict.WARNING if purpose == "metadata" else Verdict.COMPLIANT,
                "the proxy 10.0.0.9:8080 of LocalSystem has no exception for 169.254" if purpose == "metadata" else "",
                **together(win_http("10.0.0.9:8080", "169.254.169.254;168.63.129.16"), proxy("10.0.0.9:8080")),
            ),
            of.trap(
                "a proxy for https has no say in it",
                Verdict.COMPLIANT,
                "",
                **proxy("https=10.0.0.9:8080"),
            ),
            of.trap(
                "LocalSystem has a proxy script",
                Verdict.WARNING if purpose == "metadata" else Verdict.COMPLIANT,
                "169.254.169.254 is reached directly; what the proxy script" if purpose == "metadata" else "",
                **key(LOCAL_SYSTEM, **SCRIPT),
            ),
            of.trap(
                "the proxy of LocalSystem is not known",
                Verdict.UNDETERMINED if purpose == "metadata" else Verdict.COMPLIANT,
                "is reached directly, and the proxy of LocalSystem is not known" if purpose == "metadata" else "",
                **UNKNOWN_PROXY,
            ),
        ]
    redirected = {"files": {HOSTS: {"lines": [f"10.0.0.1\tx.example {found.host.upper()} # ours"]}}}
    examples += [
        of.absent("the name does not resolve", "name does not resolve", bad, endpoints={name: None}),
        of.unreadable("the hosts file may not be read", "access denied", **denied(HOSTS)),
        of.trap(
            "a line of the hosts file without an address", Verdict.COMPLIANT, "", files={HOSTS: {"lines": [found.host]}}
        ),
        of.trap(
            "a comment in the hosts file", Verdict.COMPLIANT, "", files={HOSTS: {"lines": [f"# 10.0.0.1 {found.host}"]}}
        ),
        of.trap("no hosts file", Verdict.COMPLIANT, "", files={HOSTS: None}),
        of.trap(
            "another name in the hosts file",
            Verdict.COMPLIANT,
            "",
            files={HOSTS: {"lines": [f"10.0.0.1 not-{found.host}"]}},
        ),
        of.trap(
            "a hosts file that was moved",
            Verdict.COMPLIANT if purpose in OPTIONAL else Verdict.NON_COMPLIANT,
            "" if purpose in OPTIONAL else f"the hosts file has 10.0.0.1 x.example {found.host.upper()} # ours",
            **together(
                {"registry": {TCPIP: {"DataBasePath": {"type": "REG_EXPAND_SZ", "data": r"%SystemRoot%\etc"}}}},
                {"files": {r"C:\Windows\etc\hosts": redirected["files"][HOSTS]}},
            ),
        ),
    ]
    long = ["# " + "x" * 97] * 700
    examples += [
        of.unreadable(
            "a hosts file with more lines of them than are looked at",
            "the hosts file holds more than could be searched",
            files={HOSTS: {"lines": [*[f"# 10.0.0.1 {found.host}"] * 60, "#"]}},
        ),
        of.trap(
            "a hosts file that is longer than its end",
            Verdict.NOTED,
            "only names in lower case were looked for",
            files={HOSTS: {"lines": long}},
        ),
    ]
    if purpose in REQUIRED:
        examples += [
            of.deviating(
                "at the beginning of a long hosts file",
                f"the hosts file has 10.0.0.1 {found.host}",
                files={HOSTS: {"lines": [f"10.0.0.1 {found.host}", *long]}},
            ),
            of.deviating(
                "a name with a dot at its end",
                f"the hosts file has 10.0.0.1 {found.host}.",
                files={HOSTS: {"lines": [f"10.0.0.1 {found.host}."]}},
            ),
        ]
        first = {"files": {HOSTS: {"lines": [f"10.0.0.1 {found.host} other.example"]}}}
        examples.append(of.deviating("the first name of a line", "the hosts file has ", **first))
        examples.append(
            of.deviating(
                "the hosts file gives it an address",
                f"the hosts file has 10.0.0.1 x.example {found.host.upper()} # ours",
                **redirected,
            )
        )
    if found.web:
        examples.append(
            of.trap(
                "through the proxy of LocalSystem only",
                Verdict.NOTED,
                "through the proxy",
                **together(proxy("10.0.0.9:8080"), endpoint(name, **DETOUR, http={"status": 200})),
            )
        )
        examples += [
            of.trap(
                f"reached straight, but {title}",
                Verdict.WARNING,
                f"{name} is reached directly, but not through the proxy 10.0.0.9:8080 of LocalSystem: {said}",
                **together(proxy("10.0.0.9:8080"), endpoint(name, direct={"status": 404}, http=answer, paths=None)),
            )
            for title, said, answer in (
                ("the proxy of LocalSystem wants authentication", "it wants authentication", {"status": 407}),
                ("the proxy of LocalSystem does not answer", "no answer in time", {"silent": True}),
            )
        ]
        examples += [
            of.trap(
                "reached straight and through the proxy of LocalSystem", Verdict.COMPLIANT, "", **proxy("10.0.0.9:8080")
            ),
            of.trap(
                "reached straight, and LocalSystem has a proxy script",
                Verdict.WARNING,
                "what the proxy script of LocalSystem answers cannot be told",
                **key(LOCAL_SYSTEM, AutoConfigURL="http://wpad/wpad.dat"),
            ),
            of.trap(
                "through WinHTTP's proxy only, and LocalSystem has a proxy script",
                Verdict.WARNING,
                f"{name} is reached through the proxy 10.0.0.9:8080; what the proxy script",
                **together(
                    key(LOCAL_SYSTEM, **SCRIPT),
                    win_http("10.0.0.9:8080"),
                    endpoint(name, **DETOUR, http={"status": 200}),
                ),
            ),
            of.unreadable(
                "reached straight, and the proxy of LocalSystem is not known",
                f"{name} is reached directly, and the proxy of LocalSystem is not known",
                **UNKNOWN_PROXY,
            ),
        ]
        own, other = ("https", "http") if found.port == 443 else ("http", "https")
        examples += [
            of.trap(
                "through the proxy of its scheme only",
                Verdict.NOTED,
                f"{name} is reached through the proxy 10.0.0.9:8080 only",
                **together(
                    proxy(f"{other}=10.0.0.8:80;{own}=10.0.0.9:8080"), endpoint(name, **DETOUR, http={"status": 200})
                ),
            ),
            of.trap(
                "not reached straight, and the proxy of the other scheme has no say in it",
                bad,
                f"{name} is not reached: no answer in time",
                **together(proxy(f"{other}=10.0.0.9:8080"), endpoint(name, **DETOUR, http={"status": 200})),
            ),
        ]
    else:
        examples.append(
            of.trap(
                "the proxy of LocalSystem is not known, and has no say in what is no web address",
                Verdict.COMPLIANT,
                "",
                **UNKNOWN_PROXY,
            )
        )
        examples.append(
            of.trap(
                "a proxy script has no say in what is no web address",
                Verdict.COMPLIANT,
                "",
                **key(LOCAL_SYSTEM, AutoConfigURL="http://wpad/wpad.dat"),
            )
        )
    if found.web and found.port == 443:
        examples.append(
            of.trap(
                "reached straight, but the proxy of LocalSystem answers in its place",
                Verdict.WARNING,
                "not through the proxy 10.0.0.9:8080 of LocalSystem: HTTP 403",
                **together(
                    proxy("10.0.0.9:8080"),
                    endpoint(name, direct={"status": 404}, http={"status": 403}, paths=None, tls=None),
                ),
            )
        )
        examples.append(
            of.trap(
                "TLS is inspected",
                Verdict.WARNING,
                "inspected",
                **endpoint(name, tls={"issuer": "CN=Contoso Proxy CA"}),
            )
        )
    return examples


def reported(number: int, text: str, provider: str = "WVD-Agent") -> dict[str, Any]:
    """The agent's event of reached (3701) or unreached (3702) addresses."""
    event = {"id": number, "provider": provider, "time": "2026-11-20T09:00:00Z", "level": 4, "message": text}
    return {"logs": {"Application": {"events": [event]}}}


def _cloud(cloud: Cloud, brokers: str) -> list[Example]:
    """The endpoints of another cloud, of a host whose brokers are there."""
    there = {
        f"{e.host}:{e.port}": {"tcp": "open", "http": {"status": 400}}
        for e in VIRTUAL_DESKTOP[cloud].values()
        if not e.host[0].isdigit()
    }
    gone = {f"{e.host}:{e.port}": None for e in VIRTUAL_DESKTOP[Cloud.PUBLIC].values() if not e.host[0].isdigit()}
    uris = dict.fromkeys((*NAMES, "DiagnosticsUri"), f"https://rdbroker.{brokers}/")
    delta = together(key(AGENT, **uris), {"endpoints": {**gone, **there}})
    found = []
    for purpose in (*REQUIRED, *OPTIONAL, "agent-telemetry"):
        known = purpose in VIRTUAL_DESKTOP[cloud]
        if purpose == "agent-telemetry" and not known:
            continue
        of = Of(f"VD-22.{purpose}", "session-host")
        verdict = Verdict.COMPLIANT if known else Verdict.NOT_APPLICABLE
        found.append(of.trap(f"in {cloud}", verdict, "" if known else "has no such endpoint", **delta))
    return found


SERVICE = Of("VD-22.service", "session-host")
TELEMETRY, SHORTPATH = Of("VD-22.agent-telemetry", "session-host"), Of("VD-22.shortpath", "session-host")
MANY = [f"g{number}.wvd.microsoft.com" for number in range(10)]
REPORT_EVENT = {"provider": "WVD-Agent", "time": "2026-11-20T09:00:00Z", "level": 4}
INGEST = "eu-v20.prod.warm.ingest.monitor.core.windows.net"
#: As much of the end of a file as is read.
_END = ("10.0.0.9 rdx.wvd.microsoft.com", "10.0.0.8 RDY.WVD.MICROSOFT.COM")
LONG = [f"# {_END[0]}", _END[1], "#" * (65536 - len("".join(_END)) - 6)]
UNREGISTERED = key(AGENT, **dict.fromkeys((*NAMES, "DiagnosticsUri")))
EXAMPLES = [
    *(example for name in NAMES for example in _broker(name)),
    *(example for purpose in (*REQUIRED, *OPTIONAL) for example in _endpoint(purpose)),
    *_cloud(Cloud.US_GOVERNMENT, "wvd.azure.us"),
    *_cloud(Cloud.CHINA, "wvd.azure.cn"),
    *_common(SERVICE),
    SERVICE.compliant("every name of the registry is reached"),
    SERVICE.deviating(
        "one is not",
        "rddiagnostics-g-eu-r0.wvd.microsoft.com:443 is not reached",
        **endpoint("rddiagnostics-g-eu-r0.wvd.microsoft.com:443", tcp="timeout", http=None),
    ),
    with_inputs(
        SERVICE.absent(
            "no name is known: a wildcard cannot be asked",
            "*.wvd.microsoft.com:443 cannot be tried",
            Verdict.NOTED,
            **UNREGISTERED,
        ),
        cloud="public",
    ),
    SERVICE.unreadable("the hosts file may not be read", "access denied", **denied(HOSTS)),
    SERVICE.deviating(
        "the hosts file gives an address to another name of its domain",
        "the hosts file has 10.0.0.9 rdgateway-x.wvd.microsoft.com",
        files={HOSTS: {"lines": ["10.0.0.9\trdgateway-x.wvd.microsoft.com"]}},
    ),
    *(
        SERVICE.deviating(
            f"the hosts file gives an address to a name of {domain}",
            f"the hosts file has 10.0.0.9 x.service.{domain}",
            files={HOSTS: {"lines": [f"10.0.0.9 x.service.{domain}"]}},
        )
        for domain in ("windows.cloud.microsoft", "windows.static.microsoft")
    ),
    SERVICE.deviating(
        "a name of Microsoft's own top level that the agent could not reach itself",
        "x.service.windows.cloud.microsoft:443 is not reached",
        **reported(3702, "NOT accessible: x.service.windows.cloud.microsoft"),
    ),
    SERVICE.deviating(
        "brokers of Microsoft's own top level tell the cloud",
        "x.service.windows.cloud.microsoft:443 is not reached",
        **key(AGENT, **dict.fromkeys((*NAMES, "DiagnosticsUri"), "https://x.service.windows.cloud.microsoft/")),
    ),
    SERVICE.deviating(
        "a name that the agent could not reach itself",
        "rdother.wvd.microsoft.com:443 is not reached",
        **reported(3702, "NOT accessible: rdother.wvd.microsoft.com"),
    ),
    SERVICE.deviating(
        "the hosts file is long: the rest of a comment whose beginning was not read says nothing, the next line counts",
        "the hosts file has 10.0.0.8 RDY.WVD.MICROSOFT.COM",
        files={HOSTS: {"lines": LONG}},
    ),
    SERVICE.trap(
        "more names than are tried",
        Verdict.NOTED,
        "of the names that the agent reported 2 were not tried",
        **together(
            reported(3701, "accessible: " + " ".join(MANY)),
            {"endpoints": {f"{name}:443": {"tcp": "open", "http": {"status": 404}} for name in MANY}},
        ),
    ),
    SERVICE.deviating(
        "what the agent could not reach itself is tried first",
        "rdother.wvd.microsoft.com:443 is not reached",
        **together(
            {
                "logs": {
                    "Application": {
                        "events": [
                            {**REPORT_EVENT, "id": 3701, "message": "accessible: " + " ".join(MANY)},
                            {
                                **REPORT_EVENT,
                                "id": 3702,
                                "time": "2026-11-19T09:00:00Z",
                                "message": "rdother.wvd.microsoft.com",
                            },
                        ]
                    }
                }
            },
            {"endpoints": {f"{name}:443": {"tcp": "open", "http": {"status": 404}} for name in MANY}},
        ),
    ),
    SERVICE.deviating(
        "in capital letters, and not in the last line",
        "the hosts file has 10.0.0.9 RDX.WVD.MICROSOFT.COM",
        files={HOSTS: {"lines": ["10.0.0.9 RDX.WVD.MICROSOFT.COM", "# the end"]}},
    ),
    SERVICE.trap(
        "a hosts file of four bytes more than are read",
        Verdict.NOTED,
        "the hosts file has 65540 bytes: before its last 65536 only names in lower case were looked for",
        files={HOSTS: {"lines": ["#" * 65538]}},
    ),
    SERVICE.compliant(
        "a hosts file that begins with a mark of its encoding",
        files={HOSTS: {"lines": ["# 127.0.0.1 localhost"], "encoding": "utf-8"}},
    ),
    SERVICE.trap(
        "the domain itself is no name of it",
        Verdict.COMPLIANT,
        "",
        files={HOSTS: {"lines": ["10.0.0.9 wvd.microsoft.com"]}},
    ),
    SERVICE.trap(
        "names of other domains in events are not tried",
        Verdict.COMPLIANT,
        "",
        **reported(3701, "accessible: x.evil.example, rdbroker.wvd.microsoft.com.evil.example"),
    ),
    SERVICE.trap(
        "names in others' events are not tried",
        Verdict.COMPLIANT,
        "",
        **reported(3702, "NOT accessible: rdother.wvd.microsoft.com", provider="Contoso"),
    ),
    SERVICE.trap(
        "the hosts file has it, whatever could not be tried",
        Verdict.NON_COMPLIANT,
        "the hosts file has 10.0.0.9 rdbroker.wvd.microsoft.com",
        files={HOSTS: {"lines": ["10.0.0.9 rdbroker.wvd.microsoft.com"]}},
        endpoints={REGIONAL: {"tcp": "open", "http": {"silent": True}}},
    ),
    *_common(TELEMETRY),
    TELEMETRY.compliant(
        "a name that the agent reached",
        **together(
            reported(3701, f"accessible: {INGEST}"),
            endpoint(f"{INGEST}:443", tcp="open", http={"status": 404}),
        ),
    ),
    TELEMETRY.deviating(
        "a name that the agent could not reach",
        f"{INGEST}:443 is not reached",
        **reported(3702, f"NOT accessible: https://{INGEST}/api"),
    ),
    TELEMETRY.deviating(
        "the hosts file gives an address to a name of its domain",
        f"the hosts file has 10.0.0.9 {INGEST}",
        files={HOSTS: {"lines": [f"10.0.0.9 {INGEST}"]}},
    ),
    TELEMETRY.absent("no name is known", "cannot be tried", Verdict.NOTED),
    TELEMETRY.unreadable("the hosts file may not be read", "access denied", **denied(HOSTS)),
    *_common(SHORTPATH),
    SHORTPATH.trap(
        "names that the agent reported are none of it",
        Verdict.NOTED,
        "cannot be tried",
        **reported(3702, "NOT accessible: rdother.wvd.microsoft.com"),
    ),
    SHORTPATH.trap("cannot be tried from inside", Verdict.NOTED, "cannot be tried"),
    SHORTPATH.trap("the hosts file has no say in it", Verdict.NOTED, "cannot be tried", **denied(HOSTS)),
]
OWN_PROBES = {"VD-22.agent-telemetry": f"'http' 'https://{INGEST}"}
