"""GA-20: the Windows Firewall's rules and defaults."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .guest_agent_installation import GUEST, OLDER
from .harness import Of
from .terms import denied, endpoint, key, no_service, service, together

LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
MANAGED = LOCAL + r"\Mdm"
BLOCK = "v2.30|Action=Block|Active=TRUE|Dir=Out|"
ALLOW = "v2.30|Action=Allow|Active=TRUE|Dir=Out|"
NOT_DECIDING = [
    *(
        ("GA-12", f"'service' '{name}'", "goes into the finding's text only")
        for name in ("RdAgent", "WindowsAzureGuestAgent")
    ),
    ("GA-20", "MSFT_NetConnectionProfile", "all three profiles are open, whichever holds"),
    *(
        ("GA-20", name, "no network is in that profile")
        for name in ("DomainProfile", "PrivateProfile", "StandardProfile")
    ),
    ("GA-20", "'tcp'", "a refused connection alone would show another filter"),
    ("GA-20", "'http'", "another row"),
    ("GA-20", "GuestProxyAgent", "another row"),
    *(
        ("GA-20", f"'service' '{name}'", "counts where a rule names a program")
        for name in ("RdAgent", "WindowsAzureGuestAgent")
    ),
]


def rule(text: str, *, where: str = LOCAL + r"\FirewallRules", head: str = BLOCK, name: str = "R1") -> dict[str, Any]:
    return key(where, **{name: f"{head}{text}|"})


def profile(name: str = "PublicProfile", where: str = LOCAL, **values: Any) -> dict[str, Any]:
    return key(where + "\\" + name, **values)


def networks(*categories: int) -> dict[str, Any]:
    rows = [{"InterfaceAlias": f"Ethernet {n}", "NetworkCategory": n} for n in categories]
    return {"wmi": {r"root\StandardCimv2": {"MSFT_NetConnectionProfile": rows}}}


def both(*deltas: dict[str, Any]) -> dict[str, Any]:
    return together(*deltas)


CLOSED = profile(EnableFirewall=1, DefaultOutboundAction=1)
ALL_CLOSED = both(
    CLOSED,
    profile("StandardProfile", DefaultOutboundAction=1),
    profile("DomainProfile", DefaultOutboundAction=1),
)
LETS_OUT = rule("Protocol=6|RPort=80|RPort=32526|RA4=168.63.129.16|Name=Azure", head=ALLOW)
BLOCKS_ALL = rule("Name=Everything")


def _programs(folder: str) -> dict[str, Any]:
    """Rules that let both of the agent's programs out, if they lie in this folder."""
    names = ("WaAppAgent.exe", "WindowsAzureGuestAgent.exe")
    return key(LOCAL + r"\FirewallRules", **{name: ALLOW + rf"App={folder}\{name}|Name={name}|" for name in names})


GA_20 = Of("GA-20", "guest-agent")


def _fits(title: str, text: str, verdict: Verdict = Verdict.NON_COMPLIANT, message: str = "") -> Any:
    said = message or {
        Verdict.NON_COMPLIANT: "the rule “X” (local) blocks",
        Verdict.WARNING: "“X” (local) may concern",
    }.get(verdict, "")
    kind = {Verdict.NON_COMPLIANT: GA_20.deviating, Verdict.WARNING: GA_20.deviating}.get(verdict)
    delta = rule(f"{text}|Name=X")
    return kind(title, said, verdict, **delta) if kind else GA_20.trap(title, verdict, said, **delta)


GOOD, PERHAPS = Verdict.COMPLIANT, Verdict.WARNING
EXAMPLES = [
    GA_20.compliant("no rule of the kind"),
    GA_20.compliant("the default blocks, and a rule lets the agent out", **both(ALL_CLOSED, LETS_OUT)),
    GA_20.deviating(
        "a rule for everything",
        "the rule “Everything” (local) blocks (public profile, port 80); the rule “Everything” (local) blocks (public profile, port 32526)",
        **BLOCKS_ALL,
    ),
    GA_20.deviating(
        "a rule of a domain's policy", "(policy) blocks", **rule("Name=X", where=POLICY + r"\FirewallRules")
    ),
    GA_20.deviating(
        "a rule of a management service", "(management) blocks", **rule("Name=X", where=LOCAL + r"\Mdm\FirewallRules")
    ),
    GA_20.deviating("a rule without a name", "the rule “R1” (local) blocks", **rule("Protocol=6")),
    GA_20.deviating(
        "the default blocks",
        "what no rule allows is blocked by default, and none allows this (public profile, port 80)",
        **CLOSED,
    ),
    GA_20.deviating(
        "a policy's default blocks", "blocked by default", **profile(where=POLICY, DefaultOutboundAction=1)
    ),
    GA_20.deviating(
        "a management service's default blocks", "blocked by default", **profile(where=MANAGED, DefaultOutboundAction=1)
    ),
    *(
        GA_20.deviating(
            f"a management service's default blocks, {name}",
            f"({called} profile, port 80)",
            **both(networks(category), profile(name, where=MANAGED, DefaultOutboundAction=1)),
        )
        for name, category, called in (
            ("PrivateProfile", 1, "private"),
            ("StandardProfile", 1, "private"),
            ("DomainProfile", 2, "domain"),
        )
    ),
    GA_20.trap(
        "a management service's default beats the machine's own",
        GOOD,
        **both(CLOSED, profile(where=MANAGED, DefaultOutboundAction=0)),
    ),
    GA_20.trap(
        "a domain's default beats a management service's",
        GOOD,
        **both(
            profile(where=MANAGED, DefaultOutboundAction=1),
            profile(where=POLICY, DefaultOutboundAction=0),
        ),
    ),
    GA_20.deviating(
        "the default blocks, and one port is let out only",
        "(public profile, port 32526)",
        **both(CLOSED, rule("Protocol=6|RPort=80|Name=Azure", head=ALLOW)),
    ),
    GA_20.deviating(
        "the default blocks, and one of the two programs is let out only",
        "blocked by default",
        **both(
            CLOSED,
            rule(
                r"App=%SystemDrive%\WindowsAzure\GuestAgent_2.7.41491.1183_2026-01-05_100000\WaAppAgent.exe|Name=Azure",
                head=ALLOW,
            ),
        ),
    ),
    GA_20.deviating(
        "the default blocks, and one of the two services is let out only",
        "blocked by default",
        **both(CLOSED, rule("Svc=WindowsAzureGuestAgent|Name=Azure", head=ALLOW)),
    ),
    GA_20.deviating(
        "a block beats an allow",
        "the rule “Everything” (local) blocks",
        **{"registry": {LOCAL + r"\FirewallRules": {"A": BLOCK + "Name=Everything|", "B": ALLOW + "Name=All|"}}},
    ),
    _fits("its port", "Protocol=6|RPort=32526"),
    _fits("a range of ports", "Protocol=6|RPort2_10=80-443"),
    _fits("the range beside a single port", "Protocol=6|RPort=443|RPort2_10=32000-33000"),
    _fits("any protocol", "Protocol=256"),
    _fits("a network with a mask", "RA4=168.63.0.0/255.255.0.0"),
    _fits("a network with a length", "RA4=168.0.0.0/8"),
    _fits("a range of addresses", "RA4=168.63.129.1-168.63.129.20"),
    _fits("the internet", "RA42=IntErnet"),
    _fits("one of several addresses", "RA4=10.0.0.1|RA4=168.63.129.16"),
    _fits(
        "the agent's program",
        r"App=%SystemDrive%\WindowsAzure\GuestAgent_2.7.41491.1183_2026-01-05_100000\WaAppAgent.exe",
    ),
    _fits("the agent's service", "Svc=RdAgent"),
    _fits("the program of an older agent", rf"App={OLDER}\WaAppAgent.exe", PERHAPS),
    GA_20.trap(
        "a rule for the agent's program, and its service is not there",
        PERHAPS,
        "the rule “X” (local) may concern",
        **both(rule(rf"App={GUEST}\WaAppAgent.exe|Name=X"), no_service("RdAgent")),
    ),
    GA_20.trap(
        "the default blocks, and the program of an older agent is let out",
        PERHAPS,
        "the default that blocks what no rule surely allows may concern the agent",
        **both(CLOSED, _programs(OLDER)),
    ),
    GA_20.trap("the default blocks, and the programs that run are let out", GOOD, **both(CLOSED, _programs(GUEST))),
    GA_20.trap(
        "the default blocks, the programs that ran are let out, and a service names another by now",
        PERHAPS,
        "the default that blocks what no rule surely allows may concern the agent",
        **both(
            CLOSED, _programs(GUEST), service("WindowsAzureGuestAgent", pathName=OLDER + r"\WindowsAzureGuestAgent.exe")
        ),
    ),
    _fits("all services", "Svc=*"),
    _fits("LocalSystem", "LUAuth=O:LSD:(A;;CC;;;SY)"),
    _fits("everybody", "LUAuth=D:(A;;CC;;;WD)"),
    _fits("LocalSystem's apps", "LUOwn=S-1-5-18"),
    _fits("a wired network", "IFType=Lan"),
    _fits("the public profile among others", "Profile=Private|Profile=Public"),
    _fits("another port", "Protocol=6|RPort=443", GOOD),
    _fits("a range beside it", "Protocol=6|RPort2_10=81-32525", GOOD),
    _fits("a named port", "Protocol=6|RPort=IPHTTPSOut", GOOD),
    _fits("another protocol", "Protocol=17|RPort=80", GOOD),
    _fits("another address", "RA4=169.254.169.254", GOOD),
    _fits("a network beside it", "RA4=168.63.129.0/255.255.255.240", GOOD),
    _fits("a range below it", "RA4=168.63.129.1-168.63.129.15", GOOD),
    _fits("the local subnet", "RA4=LocalSubnet", GOOD),
    _fits("addresses of IPv6 only", "RA6=fe80::/64", GOOD),
    _fits("another program", r"App=%SystemRoot%\System32\svchost.exe", GOOD),
    _fits("another service", "Svc=wuauserv", GOOD),
    _fits("another user", "LUAuth=D:(A;;CC;;;S-1-5-21-1-2-3-1001)", GOOD),
    _fits("a packaged app", "AppPkgId=S-1-15-2-1", GOOD),
    _fits("wireless only", "IFType=Wireless", GOOD),
    _fits("another profile", "Profile=Domain", GOOD),
    _fits("ICMP", "Protocol=1|ICMP4=8:*", GOOD),
    _fits("the DNS server, which it may well be", "RA42=DNS", PERHAPS),
    _fits("one interface", "IF={11111111-2222-3333-4444-555555555555}", PERHAPS),
    _fits("a local address", "LA4=10.0.0.4", PERHAPS),
    _fits("a field that nobody knows", "Quantum=1", PERHAPS),
    _fits("an address that is none", "RA4=168.63.129", PERHAPS),
    _fits("a port that is none", "Protocol=6|RPort=80x", PERHAPS),
    _fits("a program of that name elsewhere", r"App=C:\Temp\WaAppAgent.exe", PERHAPS),
    _fits("a user list that is not understood", "LUAuth=nonsense", PERHAPS),
    GA_20.absent("no keys of the firewall", "", GOOD, registry={LOCAL: None, POLICY: None}),
    GA_20.absent("no service of it", "MpsSvc is absent", PERHAPS, services={"MpsSvc": None}),
    GA_20.unreadable(
        "the rules may not be read", "access denied", **both(rule("RPort=443"), denied(LOCAL + r"\FirewallRules"))
    ),
    GA_20.unreadable(
        "the settings may not be read",
        "access denied",
        **both(profile(EnableFirewall=1), denied(LOCAL + r"\PublicProfile")),
    ),
    GA_20.unreadable(
        "refused, and by no rule that fits",
        "another filter",
        **endpoint("168.63.129.16:80", tcp="forbidden", paths=None),
    ),
    GA_20.unreadable(
        "the default blocks, and the rules may not be read",
        "access denied",
        **both(CLOSED, LETS_OUT, denied(LOCAL + r"\FirewallRules")),
    ),
    GA_20.trap(
        "a rule of a policy blocks, and the machine's own rules may not be read",
        Verdict.NON_COMPLIANT,
        "(policy) blocks",
        **both(rule("Name=X", where=POLICY + r"\FirewallRules"), denied(LOCAL + r"\FirewallRules")),
    ),
    GA_20.trap("switched off", GOOD, **both(profile(EnableFirewall=0, DefaultOutboundAction=1), BLOCKS_ALL)),
    GA_20.trap(
        "switched off by a policy",
        GOOD,
        **both(profile(EnableFirewall=1), profile(where=POLICY, EnableFirewall=0), BLOCKS_ALL),
    ),
    GA_20.trap(
        "switched on by a policy",
        Verdict.NON_COMPLIANT,
        "blocks",
        **both(profile(EnableFirewall=0), profile(where=POLICY, EnableFirewall=1), BLOCKS_ALL),
    ),
    GA_20.trap("text is no setting", Verdict.NON_COMPLIANT, "blocks", **both(profile(EnableFirewall="0"), BLOCKS_ALL)),
    GA_20.trap(
        "the machine's own rules do not count", GOOD, **both(profile(where=POLICY, AllowLocalPolicyMerge=0), BLOCKS_ALL)
    ),
    *(
        GA_20.trap(
            f"those of the {store} do all the same",
            Verdict.NON_COMPLIANT,
            f"({store}) blocks",
            **both(profile(where=POLICY, AllowLocalPolicyMerge=0), rule("Name=X", where=where + r"\FirewallRules")),
        )
        for store, where in (("policy", POLICY), ("management", LOCAL + r"\Mdm"))
    ),
    GA_20.trap(
        "nor does its own permission",
        Verdict.NON_COMPLIANT,
        "blocked by default",
        **both(CLOSED, LETS_OUT, profile(where=POLICY, AllowLocalPolicyMerge=0)),
    ),
    GA_20.trap(
        "the private profile by both of its names",
        Verdict.NON_COMPLIANT,
        "(private profile, port 80)",
        **both(networks(1), profile("StandardProfile", where=POLICY, DefaultOutboundAction=1)),
    ),
    GA_20.trap("another profile's default", GOOD, **profile("DomainProfile", DefaultOutboundAction=1)),
    GA_20.trap(
        "two networks, and one profile blocks",
        PERHAPS,
        "(in the public profile only, port 80)",
        **both(networks(0, 1), CLOSED),
    ),
    GA_20.trap(
        "no network is told: every profile counts",
        PERHAPS,
        "(in the public profile only, port 80)",
        **both({"wmi": {r"root\StandardCimv2": {"MSFT_NetConnectionProfile": None}}}, CLOSED),
    ),
    GA_20.trap(
        "no network is told, and every profile blocks",
        Verdict.NON_COMPLIANT,
        "(domain profile, port 80)",
        **both({"wmi": {r"root\StandardCimv2": {"MSFT_NetConnectionProfile": None}}}, ALL_CLOSED),
    ),
    GA_20.trap(
        "the default blocks, and each program has its own rule",
        GOOD,
        **both(
            CLOSED,
            key(
                LOCAL + r"\FirewallRules",
                A=ALLOW
                + r"App=%SystemDrive%\WindowsAzure\GuestAgent_2.7.41491.1183_2026-01-05_100000\WaAppAgent.exe|Name=A|",
                B=ALLOW + "Svc=WindowsAzureGuestAgent|Name=B|",
            ),
        ),
    ),
    GA_20.trap(
        "the default blocks, and the internet is let out",
        PERHAPS,
        "the default that blocks",
        **both(CLOSED, rule("RA42=IntErnet|Name=Azure", head=ALLOW)),
    ),
    GA_20.trap(
        "a rule that blocks, after others that do not",
        Verdict.NON_COMPLIANT,
        "the rule “X” (local) blocks",
        registry={
            LOCAL + r"\FirewallRules": {
                "A": BLOCK.replace("v2.30", "v?"),
                "B": ALLOW + "Name=Action=Block|",
                "C": BLOCK + "Profile=Domain|",
                "D": BLOCK + "Name=X|",
            }
        },
    ),
    GA_20.trap(
        "a category of networks that is none: every profile counts",
        PERHAPS,
        "(in the public profile only, port 80)",
        **both({"wmi": {r"root\StandardCimv2": {"MSFT_NetConnectionProfile": [{"NetworkCategory": False}]}}}, CLOSED),
    ),
    GA_20.trap("not active", GOOD, **rule("Name=X", head=BLOCK.replace("TRUE", "FALSE"))),
    GA_20.trap("inbound", GOOD, **rule("Name=X", head=BLOCK.replace("Out", "In"))),
    GA_20.trap("an allow rule that mentions a block", GOOD, **rule("Name=Action=Block", head=ALLOW)),
    GA_20.trap(
        "a rule that nobody understands", PERHAPS, "not understood", **rule("Name=X", head=BLOCK.replace("v2.30", "v?"))
    ),
    GA_20.trap("a rule that contradicts itself", PERHAPS, "not understood", **rule("Action=Allow|Name=X")),
    GA_20.trap(
        "what is perhaps let out",
        PERHAPS,
        "the default that blocks",
        **both(CLOSED, rule("LA4=10.0.0.4|Name=X", head=ALLOW)),
    ),
    GA_20.trap(
        "a stopped firewall is not an open one", PERHAPS, "MpsSvc is stopped", **service("MpsSvc", status="Stopped")
    ),
    GA_20.trap(
        "blocked, and the connection is refused",
        Verdict.NON_COMPLIANT,
        "blocks",
        **both(BLOCKS_ALL, endpoint("168.63.129.16:80", tcp="forbidden", paths=None)),
    ),
    GA_20.trap("not reached for another reason", GOOD, **endpoint("168.63.129.16:80", tcp="timeout", paths=None)),
    GA_20.trap(
        "a lower version of rules",
        Verdict.NON_COMPLIANT,
        "blocks",
        **rule("Name=X", head=BLOCK.replace("v2.30", "v2.0")),
    ),
    GA_20.trap(
        "a bypass rule lets out too",
        GOOD,
        **both(CLOSED, rule("Name=X", head=BLOCK.replace("Block", "ByPass") + "Desc=Action=Allow|")),
    ),
]
