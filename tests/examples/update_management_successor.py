"""UM-23: the prerequisites of Azure Update Manager."""

from __future__ import annotations

from typing import Any

from vmready.facts.clouds import Cloud
from vmready.facts.windows_update_endpoints import LOGIN, WINDOWS_UPDATE
from vmready.model import Verdict

from .harness import Example, Of, with_inputs
from .services import HIDDEN
from .terms import NDP, denied, endpoint, key, no_service, service, together
from .update_management_endpoints import CONNECTIONS, LOCAL_SYSTEM, proxy, win_http
from .update_management_requests import ENVIRONMENT, PAST
from .update_management_settings import ANSWERS, AU, BY_CLASS, PAST_PROXY, POLICY, SET, USED, WSUS_PROXY
from .update_management_system import CURRENT, windows

HANDLERS = r"HKLM\SOFTWARE\Microsoft\Windows Azure\HandlerState"
EXTENSION = "Microsoft.CPlat.Core.WindowsPatchExtension"
HANDLER = rf"{HANDLERS}\{EXTENSION}_1.5.72"
FOLDER = rf"C:\Packages\Plugins\{EXTENSION}"
MICROSOFT_UPDATE = (
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Services\7971f918-a847-4430-9279-4a52d1efe18d"
)
TLS_CLIENT = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"
WORKSPACES = r"HKLM\SYSTEM\CurrentControlSet\Services\HealthService\Parameters\Service Connector Services"
WORKSPACE = WORKSPACES + r"\Log Analytics - 6d1c7a52-0d3f-4b8e-9a51-2f7be0c4d811"
NO_AGENT = {"services": {"RdAgent": None, "WindowsAzureGuestAgent": None}}
ARC = {
    "services": {
        "RdAgent": None,
        "WindowsAzureGuestAgent": None,
        "himds": {"status": "Running", "startType": "Automatic"},
    }
}

SUITES = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
SERVER_2012: dict[str, Any] = {
    "CurrentMajorVersionNumber": None,
    "CurrentMinorVersionNumber": None,
    "CurrentVersion": "6.2",
    "CurrentBuildNumber": "9200",
}
SERVER_2012_R2 = {**SERVER_2012, "CurrentVersion": "6.3", "CurrentBuildNumber": "9600"}

#: Neither its key nor WMI tells how the update service starts.
_UNTOLD = {
    "denied": [r"HKLM\SYSTEM\CurrentControlSet\Services\wuauserv"],
    "wmi": {"root\\cimv2": {"Win32_Service": {"error": "rpc-unavailable"}}},
}


def part(name: str) -> Of:
    return Of(f"UM-23.{name}", "update-manager", {"cloud": "public"})


def _network(name: str, place: str) -> list[Example]:
    of = part(name)
    gone = {"endpoints": {place: None}}
    return [
        of.compliant("answers"),
        of.deviating(
            "dropped", f"{place} is not reached: no answer in time", **endpoint(place, tcp="timeout", http=None)
        ),
        of.absent("the name does not resolve", "name does not resolve", **gone),
        of.unreadable(
            "in Constrained Language Mode", "not possible on this host", os={"languageMode": "ConstrainedLanguage"}
        ),
        of.trap(
            "through a proxy only",
            Verdict.NOTED,
            "through the proxy 10.0.0.9:8080 only",
            **together(
                proxy("10.0.0.9:8080"),
                endpoint(
                    place,
                    tcp="timeout",
                    direct={"error": {"status": "ConnectFailure", "message": "x", "socket": 10060}},
                ),
            ),
        ),
        of.trap(
            "a proxy script may know a way",
            Verdict.WARNING,
            "proxy script",
            **together(key(LOCAL_SYSTEM, AutoConfigURL="http://wpad/wpad.dat"), gone),
        ),
        of.trap(
            "directly, but not through WinHTTP's proxy, which Windows goes through",
            Verdict.WARNING,
            f"{place} is reached directly, but not through the proxy 10.0.0.9:8080 of LocalSystem",
            **together(win_http("10.0.0.9:8080", PAST), endpoint(place, http={"status": 407}, direct={"status": 403})),
        ),
        of.trap(
            "directly, and the proxy that Windows may go through is not known",
            Verdict.UNDETERMINED,
            "the proxy of LocalSystem is not known",
            **together(win_http("10.0.0.9:8080", PAST), denied(CONNECTIONS)),
        ),
        of.trap(
            "not reached, whatever proxy is not known",
            Verdict.UNDETERMINED,
            "the proxy of LocalSystem is not known",
            **together(win_http("10.0.0.9:8080", PAST), denied(CONNECTIONS), gone),
        ),
        of.trap(
            "directly, past a proxy that would not let it through",
            Verdict.COMPLIANT,
            "",
            **together(
                win_http("10.0.0.9:8080", f"{PAST};{place.partition(':')[0]}"),
                endpoint(place, http={"status": 407}, direct={"status": 403}),
            ),
        ),
        of.trap(
            "Azure Firewall answers instead",
            Verdict.NON_COMPLIANT,
            "HTTP 470, which only Azure Firewall answers",
            **endpoint(place, http={"status": 470}),
        ),
    ]


def _of_windows_update(name: str, place: str) -> list[Example]:
    of = part(name)
    return [
        *_network(name, place),
        of.trap(
            "updates come from a server of one's own",
            Verdict.NOT_APPLICABLE,
            "from the update server",
            **together(USED, ANSWERS),
        ),
        *(
            of.trap(
                f"from a server of one's own for some classes of updates only, on {name}",
                Verdict.COMPLIANT,
                "",
                **together(BY_CLASS, windows(CurrentBuildNumber=build), ANSWERS),
            )
            for name, build in (("Server 2022", "20348"), ("Server 2025", "26100"))
        ),
        of.trap(
            "classes of updates are nothing to Server 2019",
            Verdict.NOT_APPLICABLE,
            "from the update server",
            **together(BY_CLASS, ANSWERS),
        ),
        of.trap(
            "nor to the build before Server 2022",
            Verdict.NOT_APPLICABLE,
            "from the update server",
            **together(BY_CLASS, windows(CurrentBuildNumber="20347"), ANSWERS),
        ),
        of.unreadable(
            "whether there is such a server may not be read",
            "access denied",
            **together(key(POLICY, X=1), denied(POLICY)),
        ),
    ]


def _settings() -> list[Example]:
    restart, automatic, service_, server = (
        part("restart"),
        part("automatic-updates"),
        part("update-service"),
        part("update-server"),
    )
    return [
        restart.compliant("no policy"),
        restart.deviating(
            "forced", "outside the maintenance window", Verdict.WARNING, **key(AU, AlwaysAutoRebootAtScheduledTime=1)
        ),
        restart.trap(
            "text where a number belongs",
            Verdict.WARNING,
            "reads a number",
            **key(AU, AlwaysAutoRebootAtScheduledTime={"type": "REG_SZ", "data": "1"}),
        ),
        *[
            restart.trap(
                f"not forced ({number})", Verdict.COMPLIANT, "", **key(AU, AlwaysAutoRebootAtScheduledTime=number)
            )
            for number in (0, 2)
        ],
        restart.absent("no key", "", Verdict.COMPLIANT, registry={AU: None}),
        restart.unreadable("may not be read", "access denied", **denied(AU)),
        automatic.compliant("no policy"),
        automatic.deviating(
            "on schedule", "unless Azure's orchestration wrote it", Verdict.WARNING, **key(AU, AUOptions=4)
        ),
        automatic.trap("disabled beats scheduled", Verdict.COMPLIANT, "", **key(AU, NoAutoUpdate=1, AUOptions=4)),
        automatic.trap(
            "disabled by a number of eight bytes, and scheduled",
            Verdict.WARNING,
            "NoAutoUpdate is 1 as REG_QWORD",
            **key(AU, NoAutoUpdate={"type": "REG_QWORD", "data": 1}, AUOptions=4),
        ),
        automatic.trap(
            "text where a number belongs",
            Verdict.WARNING,
            "reads a number",
            **key(AU, AUOptions={"type": "REG_SZ", "data": "4"}),
        ),
        *[
            automatic.trap(f"not on schedule ({number})", Verdict.COMPLIANT, "", **key(AU, AUOptions=number))
            for number in (3, 5)
        ],
        *[
            automatic.trap(
                f"on schedule, and not disabled ({number})",
                Verdict.WARNING,
                "AUOptions is 4",
                **key(AU, NoAutoUpdate=number, AUOptions=4),
            )
            for number in (0, 2)
        ],
        automatic.trap("disabled", Verdict.COMPLIANT, "", **key(AU, NoAutoUpdate=1)),
        automatic.absent("no key", "", Verdict.COMPLIANT, registry={AU: None}),
        automatic.unreadable("may not be read", "access denied", **denied(AU)),
        service_.compliant("on demand"),
        service_.compliant("automatic", **service("wuauserv", startType="Automatic")),
        service_.deviating("disabled", "is disabled", **service("wuauserv", startType="Disabled")),
        service_.trap(
            "starts with the system",
            Verdict.WARNING,
            "neither automatic nor manual",
            **service("wuauserv", startType="System"),
        ),
        service_.absent("not there", "no Windows Update service", **no_service("wuauserv")),
        service_.unreadable("no source tells its start", "no source told its start", **_UNTOLD),
        server.compliant("none"),
        server.trap(
            "it answers", Verdict.NOTED, "updates come from http://wsus.example:8530", **together(USED, ANSWERS)
        ),
        server.trap("set, but not in use", Verdict.COMPLIANT, "", **SET),
        server.deviating("it does not answer", "does not answer", **USED),
        server.trap(
            "it answers directly, but not through the proxy that stands before it",
            Verdict.WARNING,
            "answers directly, but not through the proxy",
            **together(USED, WSUS_PROXY, PAST_PROXY),
        ),
        server.trap(
            "a proxy script may know a way to it",
            Verdict.WARNING,
            "what the proxy script",
            **together(USED, key(LOCAL_SYSTEM, AutoConfigURL="http://wpad/wpad.dat")),
        ),
        server.unreadable(
            "it answers, and the proxy that Windows may go through is not known",
            "the proxy of LocalSystem is not known",
            **together(USED, ANSWERS, win_http("10.0.0.9:8080"), denied(CONNECTIONS)),
        ),
        server.deviating("half a setting", "WUServer is absent", registry={AU: {"UseWUServer": 1}}),
        server.absent("no key", "", Verdict.COMPLIANT, registry={POLICY: None}),
        server.unreadable("may not be read", "access denied", **denied(POLICY)),
    ]


def _agents() -> list[Example]:
    agent, extension, retired = part("agent"), part("extension"), part("retired-agent")
    found: list[Example] = [
        agent.compliant("both services run"),
        agent.compliant("Azure Arc's agent in their place", **ARC),
        agent.trap(
            "Azure Arc's agent beside one of the guest agent's services",
            Verdict.NON_COMPLIANT,
            "RdAgent is not there",
            services={"RdAgent": None, "himds": {"status": "Running"}},
        ),
        agent.trap(
            "Azure Arc's agent beside the guest agent", Verdict.COMPLIANT, "", services={"himds": {"status": "Stopped"}}
        ),
        agent.deviating("one is stopped", "RdAgent is stopped", **service("RdAgent", status="Stopped")),
        agent.deviating(
            "Arc's agent is stopped", "himds is stopped", services={**ARC["services"], "himds": {"status": "Stopped"}}
        ),
        agent.absent("none is there", "RdAgent is not there", **NO_AGENT),
        agent.unreadable("no source tells of them", **HIDDEN),
        extension.compliant("installed"),
        extension.deviating("failed", "is not installed well", **key(HANDLER, InstallState="Failed")),
        extension.absent(
            "not sent yet",
            "comes with the first operation",
            Verdict.NOTED,
            registry={HANDLER: None},
            files={rf"{FOLDER}\1.5.72": None},
        ),
        extension.unreadable("what the agent says of it may not be read", "access denied", **denied(HANDLERS)),
        extension.trap(
            "its state is not told", Verdict.UNDETERMINED, "InstallState is not told", **key(HANDLER, InstallState=None)
        ),
        extension.trap(
            "a version before it failed",
            Verdict.COMPLIANT,
            "",
            **key(rf"{HANDLERS}\{EXTENSION}_1.5.9", InstallState="Failed"),
        ),
        extension.trap(
            "the newest version failed",
            Verdict.NON_COMPLIANT,
            "1.5.100: Failed",
            **key(rf"{HANDLERS}\{EXTENSION}_1.5.100", InstallState="Failed"),
        ),
        extension.trap(
            "another extension whose name begins alike",
            Verdict.COMPLIANT,
            "",
            **key(rf"{HANDLERS}\{EXTENSION}Test_2.0.0", InstallState="Failed"),
        ),
        *[
            extension.trap(f"in the state {state}", verdict, message, **key(HANDLER, InstallState=state))
            for state, verdict, message in (
                ("Enabled", Verdict.COMPLIANT, ""),
                ("INSTALLED", Verdict.COMPLIANT, ""),
                ("Error", Verdict.NON_COMPLIANT, "is not installed well"),
                ("Installing", Verdict.WARNING, "not yet"),
            )
        ],
        extension.trap("removed", Verdict.WARNING, "no longer", **key(HANDLER, InstallState="NotInstalled")),
        extension.trap(
            "files without a handler", Verdict.WARNING, "files alone prove nothing", registry={HANDLER: None}
        ),
        extension.trap(
            "its files are gone",
            Verdict.WARNING,
            "its folder below Packages\\Plugins is gone",
            files={rf"{FOLDER}\1.5.72": None},
        ),
        extension.trap(
            "only the files of a version before it are there",
            Verdict.WARNING,
            "its folder below Packages\\Plugins is gone",
            files={rf"{FOLDER}\1.5.72": None, rf"{FOLDER}\1.5.9": {"directory": True}},
        ),
        extension.trap(
            "removed, and its files are gone",
            Verdict.WARNING,
            "no longer",
            **key(HANDLER, InstallState="NotInstalled"),
            files={rf"{FOLDER}\1.5.72": None},
        ),
        extension.trap(
            "failed, and its files may not be looked at",
            Verdict.NON_COMPLIANT,
            "is not installed well",
            **together(key(HANDLER, InstallState="Failed"), denied(FOLDER)),
        ),
        extension.unreadable("its files may not be looked at", "access denied", **denied(FOLDER)),
        extension.trap(
            "its own key may not be read",
            Verdict.UNDETERMINED,
            "access denied",
            **denied(HANDLER),
        ),
        retired.compliant("gone"),
        retired.deviating(
            "still there",
            "with a workspace",
            Verdict.NOTED,
            services={"HealthService": {"status": "Running"}},
            registry={WORKSPACES: {}, WORKSPACE: {}},
        ),
        retired.deviating(
            "an Operations Manager agent",
            "parts of the retired",
            Verdict.NOTED,
            services={"HealthService": {"status": "Running"}},
        ),
        retired.absent("nothing of it", "", Verdict.COMPLIANT, registry={WORKSPACES: None}),
        retired.unreadable("no source tells of it", **HIDDEN),
    ]
    for port in (80, 32526):
        of, place = part(f"wire-server-{port}"), f"168.63.129.16:{port}"
        found += [
            of.compliant("connects"),
            of.deviating("dropped", f"{place} is not reached", **endpoint(place, tcp="timeout")),
            of.deviating("a local filter", "socket error 10013", **endpoint(place, tcp="forbidden")),
            of.absent("nothing there", "is not reached", endpoints={place: None}),
            of.unreadable(
                "in Constrained Language Mode", "not possible on this host", os={"languageMode": "ConstrainedLanguage"}
            ),
            of.trap("a machine of Azure Arc", Verdict.NOT_APPLICABLE, "Azure Arc", **ARC),
            of.trap(
                "Azure Arc's agent beside what is left of the guest agent: a machine of Azure has a WireServer",
                Verdict.NON_COMPLIANT,
                f"{place} is not reached",
                **together(
                    {"services": {"WindowsAzureGuestAgent": None, "himds": {"status": "Running"}}},
                    endpoint(place, tcp="timeout"),
                ),
            ),
        ]
    return found


def _system() -> list[Example]:
    system, net, tls, proxies = part("operating-system"), part("dot-net"), part("tls"), part("proxy")
    microsoft, control = part("microsoft-update"), part("control-plane")
    old: dict[str, Any] = {
        "CurrentMajorVersionNumber": None,
        "CurrentMinorVersionNumber": None,
        "CurrentVersion": "6.1",
        "CurrentBuildNumber": "7601",
    }
    return [
        system.compliant("Server 2019"),
        system.deviating("a client", "is a client", **windows(1, InstallationType="Client")),
        system.deviating("Server 2008 R2", "older than Windows Server 2012", **windows(**old)),
        system.deviating("Nano Server", "is a Nano Server", **windows(InstallationType="Nano Server")),
        system.compliant("Server 2012", **windows(**SERVER_2012)),
        system.trap(
            "Server 2012 of Azure Arc",
            Verdict.NON_COMPLIANT,
            "which Azure Arc begins with",
            **windows(**SERVER_2012),
            **ARC,
        ),
        system.compliant("Server 2012 R2 of Azure Arc", **windows(**SERVER_2012_R2), **ARC),
        system.compliant("Server 2019 of Azure Arc", **ARC),
        system.trap(
            "a build before Server 2012 R2 of Azure Arc",
            Verdict.NON_COMPLIANT,
            "which Azure Arc begins with",
            **windows(**{**SERVER_2012_R2, "CurrentBuildNumber": "9599"}),
            **ARC,
        ),
        system.trap(
            "a build before Server 2012",
            Verdict.NON_COMPLIANT,
            "older than Windows Server 2012",
            **windows(**{**SERVER_2012, "CurrentBuildNumber": "9199"}),
        ),
        system.trap(
            "which kind of installation it is is not told",
            Verdict.UNDETERMINED,
            "InstallationType is not there",
            **windows(InstallationType=None),
        ),
        system.absent(
            "nothing tells the version",
            "could not be read",
            Verdict.UNDETERMINED,
            registry={CURRENT: {"CurrentBuildNumber": None}},
        ),
        system.unreadable("may not be read", "access denied", **denied(CURRENT)),
        net.compliant("4.7.2"),
        net.compliant("4.5 exactly", **key(NDP, Release=378389)),
        net.deviating("one less", "Release 378389", **key(NDP, Release=378388)),
        net.deviating("a number that programs read as negative", "4294967295", **key(NDP, Release=0xFFFFFFFF)),
        net.trap("as text", Verdict.WARNING, "REG_SZ '461814'", **key(NDP, Release="461814")),
        net.trap(
            "as text, too little", Verdict.NON_COMPLIANT, "4.5 (Release 378389) is wanted", **key(NDP, Release="9")
        ),
        net.trap(
            "a number of eight bytes",
            Verdict.WARNING,
            "461814 as REG_QWORD",
            **key(NDP, Release={"type": "REG_QWORD", "data": 461814}),
        ),
        net.absent("none", "no .NET Framework 4", registry={NDP: None}),
        net.unreadable("may not be read", "access denied", **denied(NDP)),
        tls.compliant("left to the system"),
        tls.deviating("disabled", "is disabled for clients", **key(TLS_CLIENT, Enabled=0)),
        tls.trap(
            "suites that Azure does not take",
            Verdict.WARNING,
            "none of the cipher suites",
            registry={SUITES: {"Functions": "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"}},
        ),
        tls.trap("Enabled as text", Verdict.WARNING, "Schannel does not read it", **key(TLS_CLIENT, Enabled="0")),
        tls.absent("no keys at all", "", Verdict.COMPLIANT, registry={TLS_CLIENT: None}),
        tls.unreadable("may not be read", "access denied", **together(key(TLS_CLIENT, Enabled=1), denied(TLS_CLIENT))),
        proxies.compliant("none"),
        proxies.deviating("before the WireServer", "168.63.129.16 (WinHTTP)", **win_http("10.0.0.9:8080")),
        proxies.trap("harmless", Verdict.NOTED, "a proxy is set: WinHTTP", **win_http("10.0.0.9:8080", PAST)),
        proxies.trap(
            "a script", Verdict.WARNING, "proxy script", **key(LOCAL_SYSTEM, AutoConfigURL="http://wpad/wpad.dat")
        ),
        proxies.trap(
            "of the environment, for HTTPS alone: Azure's own addresses are HTTP",
            Verdict.NOTED,
            "a proxy is set: the environment's HTTPS_PROXY",
            **key(ENVIRONMENT, HTTPS_PROXY="10.0.0.9:8080"),
        ),
        proxies.trap("SOCKS", Verdict.WARNING, "LocalSystem has a SOCKS proxy", **proxy("socks=10.0.0.9:1080")),
        proxies.absent("no settings", "", Verdict.COMPLIANT),
        proxies.unreadable("may not be read", "access denied", **together(win_http("x:1"), denied(CONNECTIONS))),
        microsoft.compliant("registered"),
        microsoft.deviating(
            "registered, but switched off",
            "is not registered",
            Verdict.NOTED,
            **key(MICROSOFT_UPDATE, RegisteredWithAU=0),
        ),
        microsoft.trap(
            "a number that says nothing",
            Verdict.NOTED,
            "is not registered",
            **key(MICROSOFT_UPDATE, RegisteredWithAU=2),
        ),
        microsoft.absent("not registered", "optional", Verdict.NOTED, registry={MICROSOFT_UPDATE: None}),
        microsoft.unreadable("may not be read", "access denied", **denied(MICROSOFT_UPDATE)),
        control("compliant", "always", Verdict.NOTED, "stand in Azure, not on the host"),
        control.unreadable("no source tells which agent there is", **HIDDEN),
    ]


PLACES = {name: f"{found.host}:{found.port}" for name, found in WINDOWS_UPDATE.items()}
SIGN_IN = LOGIN[Cloud.PUBLIC]
EXAMPLES = [
    *_system(),
    *_agents(),
    *_settings(),
    *_network("login", f"{SIGN_IN.host}:{SIGN_IN.port}"),
    with_inputs(
        part("login").trap("another cloud signs in elsewhere", Verdict.NON_COMPLIANT, "login.microsoftonline.us"),
        cloud="usgov",
    ),
    Of("UM-23.login", "update-manager").unreadable("nothing tells the cloud", "give the input cloud"),
    *[example for name, place in PLACES.items() for example in _of_windows_update(name, place)],
]
WITHOUT = {"UM-23.control-plane": ({"deviating", "absent"}, "nothing on the host shows it")}
#: What of the one fact an item stands on: every other probe is another item's.
OWN_PROBES = {
    "UM-23.operating-system": "Windows NT",
    "UM-23.dot-net": "NET Framework Setup",
    "UM-23.tls": "TLS 1.2\\Client",
    "UM-23.agent": "'service' 'RdAgent'",
    "UM-23.wire-server-80": "'168.63.129.16' 'port=80'",
    "UM-23.wire-server-32526": "'168.63.129.16' 'port=32526'",
    "UM-23.extension": "HandlerState",
    "UM-23.update-server": "Windows\\WindowsUpdate' 'value=WUServer'",
    "UM-23.update-service": "'service' 'wuauserv'",
    "UM-23.restart": "WindowsUpdate\\AU",
    "UM-23.automatic-updates": "WindowsUpdate\\AU",
    "UM-23.microsoft-update": "7971f918",
    "UM-23.proxy": "'value=WinHttpSettings'",
    "UM-23.retired-agent": "'service' 'HealthService'",
    "UM-23.login": "'http' 'https://login",
    "UM-23.control-plane": "'service' 'WindowsAzureGuestAgent'",
    **{
        f"UM-23.{name}": f"'http' '{'https' if found.port == 443 else 'http'}://{found.host}"
        for name, found in WINDOWS_UPDATE.items()
    },
}
NOT_DECIDING = [("UM-23", "", "one fact serves all items; what decides an item stands in OWN_PROBES")]
