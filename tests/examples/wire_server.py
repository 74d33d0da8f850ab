"""GA-12 and GA-12.443: the WireServer."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .harness import Example, Of
from .terms import denied, endpoint, key, together

PROXY_AGENT = {"services": {"GuestProxyAgent": {"status": "Running", "startType": "Automatic"}}}
CONSTRAINED = {"os": {"languageMode": "ConstrainedLanguage"}}


def versions(**answer: Any) -> dict[str, Any]:
    return endpoint("168.63.129.16:80", paths={"/?comp=versions": {"status": None, "body": None, **answer}})


def _port(port: int) -> list[Example]:
    of, name = Of(f"GA-12.{port}", "guest"), f"168.63.129.16:{port}"
    return [
        of.compliant("open"),
        of.deviating("dropped", f"{name} is not reached: no answer in time", **endpoint(name, tcp="timeout")),
        of.deviating(
            "a local filter", "blocked by a filter on the host (socket error 10013)", **endpoint(name, tcp="forbidden")
        ),
        of.deviating("nothing listens", "connection refused", **endpoint(name, tcp="refused")),
        of.absent("no route", "no route", **endpoint(name, tcp="unreachable")),
        of.unreadable("in Constrained Language Mode", "not possible on this host", **CONSTRAINED),
        of.trap("GuestProxyAgent may have taken it", Verdict.NOTED, "it proves little", **PROXY_AGENT),
        of.trap(
            "the other port does not matter",
            Verdict.COMPLIANT,
            **endpoint(f"168.63.129.16:{80 if port != 80 else 32526}", tcp="timeout"),
        ),
    ]


#: What explains a failure: further evidence, which no verdict waits for.
NOT_DECIDING = [
    ("GA-12", piece, "explains a failure only")
    for piece in ("FirewallPolicy", "WindowsFirewall", "MpsSvc", "'wmi'", "Internet Settings", "169.254.169.254")
]
FIREWALL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
BLOCKED = key(
    FIREWALL + r"\FirewallRules",
    A="v2.30|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=32526|RA4=168.63.129.16|Name=Hardening|",
)
NO_ROUTE = {"wmi": {r"root\StandardCimv2": {"MSFT_NetRoute": []}}}
VERSIONS = Of("GA-12.versions", "guest")
PLUGIN = Of("GA-12.32526", "guest")
OBSOLETE = Of("GA-12.443", "guest")
EXAMPLES = [
    *_port(80),
    *_port(32526),
    PLUGIN.deviating(
        "a firewall rule",
        "(socket error 10013). Likely cause: the rule “Hardening” (local) blocks",
        **together(BLOCKED, endpoint("168.63.129.16:32526", tcp="forbidden")),
    ),
    PLUGIN.deviating(
        "a filter that is no rule",
        "Likely cause: no firewall rule explains it: another filter on the machine (WFP)",
        **endpoint("168.63.129.16:32526", tcp="forbidden"),
    ),
    PLUGIN.deviating(
        "a filter, and the firewall's rules may not be read",
        "Likely cause: a filter on the machine; whether a firewall rule is it could not be read",
        **together(denied(FIREWALL + r"\FirewallRules"), endpoint("168.63.129.16:32526", tcp="forbidden")),
    ),
    PLUGIN.deviating(
        "no answer, and neither the firewall's rules nor the routes may be read",
        "is not reached: no answer in time",
        **together(
            denied(FIREWALL + r"\FirewallRules"),
            {"wmi": {r"root\StandardCimv2": {"MSFT_NetRoute": {"error": "access-denied"}}}},
            endpoint("168.63.129.16:32526", tcp="timeout"),
        ),
    ),
    PLUGIN.deviating(
        "no route in the table",
        "Likely cause: there is no route to 168.63.129.16",
        **together(NO_ROUTE, endpoint("168.63.129.16:32526", tcp="unreachable")),
    ),
    PLUGIN.trap("a rule, and it is reached all the same", Verdict.COMPLIANT, "", **BLOCKED),
    PLUGIN.trap(
        "dropped, and nothing explains it",
        Verdict.NON_COMPLIANT,
        "no answer in time",
        **endpoint("168.63.129.16:32526", tcp="timeout"),
    ),
    VERSIONS.compliant("a Versions document"),
    VERSIONS.trap("a Versions document, while GuestProxyAgent runs", Verdict.COMPLIANT, **PROXY_AGENT),
    VERSIONS.compliant(
        "with a byte order mark and a comment",
        **versions(status=200, body="\ufeff<?xml version='1.0'?>\n<!-- a -->\n<Versions/>"),
    ),
    VERSIONS.deviating(
        "HTTP 503",
        "answers HTTP 503. Likely cause: the host's side or a proxy, not a firewall",
        **versions(status=503),
    ),
    VERSIONS.deviating(
        "a page of the proxy that LocalSystem uses",
        "Likely cause: a proxy (10.0.0.9:8080)",
        **together(
            versions(status=200, body="<html/>"),
            key(
                r"HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings",
                ProxyEnable=1,
                ProxyServer="10.0.0.9:8080",
            ),
        ),
    ),
    VERSIONS.deviating(
        "something else answers, and no proxy is set",
        "such as a transparent proxy",
        **versions(status=200, body="<html/>"),
    ),
    VERSIONS.deviating("a proxy's page", "no Versions document", **versions(status=200, body="<html>Versions</html>")),
    VERSIONS.deviating("an empty page", "no Versions document", **versions(status=200, body="")),
    VERSIONS.deviating("another root", "no Versions document", **versions(status=200, body="<VersionsList/>")),
    VERSIONS.deviating("refused without a policy", "answers HTTP 403", **versions(status=403)),
    VERSIONS.absent("nothing answers", "no answer in time", **endpoint("168.63.129.16:80", tcp="timeout", paths=None)),
    VERSIONS.unreadable("in Constrained Language Mode", "not possible on this host", **CONSTRAINED),
    VERSIONS.trap(
        "GuestProxyAgent lets only the agent through",
        Verdict.WARNING,
        "GuestProxyAgent",
        **together(versions(status=403), PROXY_AGENT),
    ),
    VERSIONS.trap("or with 401", Verdict.WARNING, "HTTP 401", **together(versions(status=401), PROXY_AGENT)),
    VERSIONS.trap(
        "its policy does not explain 503",
        Verdict.NON_COMPLIANT,
        "HTTP 503",
        **together(versions(status=503), PROXY_AGENT),
    ),
    VERSIONS.trap(
        "a stopped GuestProxyAgent refuses nothing",
        Verdict.NON_COMPLIANT,
        "HTTP 401",
        **together(
            versions(status=401), {"services": {"GuestProxyAgent": {"status": "Stopped", "startType": "Manual"}}}
        ),
    ),
    OBSOLETE.compliant("open, for once", **endpoint("168.63.129.16:443", tcp="open")),
    OBSOLETE.deviating("nothing listens", "which is normal", Verdict.NOTED),
    OBSOLETE.absent("no route", "no route", Verdict.NOTED, **endpoint("168.63.129.16:443", tcp="unreachable")),
    OBSOLETE.unreadable("in Constrained Language Mode", "not possible on this host", **CONSTRAINED),
]
