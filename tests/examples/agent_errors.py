"""VD-03, VD-05 to VD-09 and the events of VD-17: errors that the agent left in the logs."""

from __future__ import annotations

import json
from typing import Any

from vmready.facts.agent_errors import REGISTRATION_TOKENS
from vmready.facts.virtual_desktop_endpoints import BROKERS
from vmready.model import Verdict

from .dot_net import VD_17
from .harness import Example, Of
from .rdp_listeners import ACTIVE, CLUSTER, STATIONS
from .terms import NDP, denied, endpoint, key, no_key, no_service, service, together

AGENT = r"HKLM\SOFTWARE\Microsoft\RDInfraAgent"
REPORT = AGENT + r"\HealthCheckReport"
#: The base was started on 2026-11-19 at 08:30; its agent's last report, all passed, is of 09:55 on the next day; it is 10:00.
FRESH, EARLIER, BEFORE_START = "2026-11-20T09:57:00Z", "2026-11-20T09:00:00Z", "2026-11-18T09:00:00Z"
SECOND_SOURCE = "Microsoft.RDInfra.RDAgent.Service.AgentBrokerProxy"
GATEWAY = "rdgateway-g-eu-r0.wvd.microsoft.com"
LOADER = "RDAgentBootLoader"
_WMI_DOWN = {"wmi": {r"root\cimv2": {"Win32_Service": {"error": "rpc-unavailable"}}}}
#: No source tells of the agent's service, or none tells its state.
HIDDEN = together(denied("service control manager", rf"HKLM\SYSTEM\CurrentControlSet\Services\{LOADER}"), _WMI_DOWN)
STATELESS = together(denied("service control manager"), _WMI_DOWN)
_OLD = {"id": 1033, "provider": "MsiInstaller", "time": "2026-10-01T08:00:00Z", "level": 4, "message": "x"}


def event(number: int, text: str, time: str = FRESH, **changes: Any) -> dict[str, Any]:
    return {"id": number, "provider": "WVD-Agent", "time": time, "level": 2, "message": text, "data": [text], **changes}


def application(*events: dict[str, Any], old: bool = True) -> dict[str, Any]:
    return {"logs": {"Application": {"events": [*events, *([_OLD] if old else [])]}}}


def second(*events: dict[str, Any]) -> dict[str, Any]:
    return {"logs": {"RemoteDesktopServices": {"events": [*events, {**_OLD, "id": 0}]}}}


def report(time: str, *passed: int) -> dict[str, Any]:
    """A health report with a check for each result (1 passed, 2 failed)."""
    details = {"Message": "x", "ErrorCode": 0, "LastHealthCheckInUTC": time}
    checks = {
        f"Check{number}": {"HealthCheckResult": result, "AdditionalFailureDetails": details}
        for number, result in enumerate(passed)
    }
    return key(REPORT, AgentHealthCheckReport=json.dumps(checks))


def _named(of: Of, number: int, text: str, bad: Verdict, needed: dict[str, Any]) -> list[Example]:
    """An error that names a host, which the agent reached later; one that names none is not taken back by that."""
    name, later = "rdx.wvd.microsoft.com", "2026-11-20T09:58:00Z"
    error, reached = event(number, f"{text}. URL: https://{name}/"), event(3701, f"{REACHED}; {name}", later)
    found = [
        of.trap(
            "the agent reached the host that it names since",
            Verdict.WARNING,
            "not since the last start or a later good sign",
            **together(needed, application(reached, error)),
        ),
        of.trap(
            "in the second log, and whether the agent reached the host that it names may not be read",
            Verdict.UNDETERMINED,
            "whether something good came after the error",
            **together(
                needed,
                second(event(0, f"{text}. URL: https://{name}/", provider=SECOND_SOURCE)),
                denied("log:Application"),
            ),
        ),
    ]
    if "https:" not in text:
        found += [
            of.trap(
                "in the second log, naming no host, and the first log may not be read",
                bad,
                "the agent reported",
                **together(needed, second(event(0, text, provider=SECOND_SOURCE)), denied("log:Application")),
            )
        ]
    return found


def of_errors(
    of: Of,
    number: int,
    text: str,
    *,
    bad: Verdict = Verdict.NON_COMPLIANT,
    other_token: bool = True,
    **needed: Any,
) -> list[Example]:
    """What holds of every error that is looked for. ``needed``: what has to be so besides, for an error to count."""

    def host(*deltas: dict[str, Any]) -> dict[str, Any]:
        return together(needed, *deltas)

    told, past = "the agent reported", "not since the last start or a later good sign"
    examples = [
        of.compliant("nothing of it"),
        of.compliant("an older agent, which writes no second log", logs={"RemoteDesktopServices": None}),
        of.deviating("since the start", told, bad, **host(application(event(number, text)))),
        of.deviating("in the second log", told, bad, **host(second(event(0, text, provider=SECOND_SOURCE)))),
        of.deviating("before the start", past, Verdict.WARNING, **application(event(number, text, BEFORE_START))),
        of.absent("no Application log", "no Application log", Verdict.UNDETERMINED, logs={"Application": None}),
        of.unreadable("the log may not be read", "access denied", **denied("log:Application")),
        of.unreadable("the second log may not be read", "access denied", **denied("log:RemoteDesktopServices")),
        of.unreadable(
            "the log is switched off", "is switched off", logs={"Application": {"enabled": False, "events": [_OLD]}}
        ),
        of.unreadable(
            "what may have taken it back may not be read",
            "access denied",
            **host(application(event(number, text)), denied(REPORT)),
        ),
        of.trap(
            "in one log, whatever the other says",
            bad,
            told,
            **host(application(event(number, text)), denied("log:RemoteDesktopServices")),
        ),
        of.trap(
            "of another source", Verdict.COMPLIANT, "", **host(application(event(number, text, provider="Contoso")))
        ),
        of.trap(
            "of another source in the second log",
            Verdict.COMPLIANT,
            "",
            **host(second(event(0, text, provider="Contoso"))),
        ),
        of.trap(
            "another token in the second log",
            Verdict.COMPLIANT,
            "",
            **host(second(event(0, "SOMETHING_ELSE", provider=SECOND_SOURCE))),
        ),
        of.trap("under another id", Verdict.COMPLIANT, "", **host(application(event(number + 1, text)))),
        of.trap("as information only", bad, told, **host(application(event(number, text, level=4)))),
        of.trap("by the updater", bad, told, **host(application(event(number, text, provider="WVD-Agent-Updater")))),
        of.trap("by the loader", bad, told, **host(application(event(number, text, provider="RDAgentBootLoader")))),
        of.trap(
            "without its source's texts", bad, told, **host(application(event(number, "x", message=None, data=[text])))
        ),
        of.trap(
            "a good report came after it", Verdict.WARNING, past, **host(application(event(number, text, EARLIER)))
        ),
        of.trap(
            "the good report is older",
            bad,
            told,
            **host(application(event(number, text, EARLIER)), report("2026-11-20T08:55:00Z", 1)),
        ),
        of.trap(
            "one check of the later report failed",
            bad,
            told,
            **host(application(event(number, text, EARLIER)), report("2026-11-20T09:58:00Z", 1, 2)),
        ),
        of.trap(
            "the later report is old itself",
            bad,
            told,
            **host(
                {"os": {"bootTime": "2026-11-10T08:30:00Z"}},
                application(event(number, text, "2026-11-15T08:00:00Z")),
                report("2026-11-16T08:00:00Z", 1),
            ),
        ),
        of.trap(
            "beside one of before the start",
            bad,
            told,
            **host(application(event(number, text), event(number, text, BEFORE_START))),
        ),
        of.unreadable(
            "of a time to come: before the clock was put back, and perhaps before the start",
            "when the error or the last start of the machine was is not told",
            **host(application(event(number, text, "2026-11-20T10:06:00Z"))),
        ),
        of.trap(
            "of a time to come, beside one since the start",
            bad,
            "2026-11-20 09:57 UTC",
            **host(application(event(number, text), event(number, text, "2026-11-20T10:06:00Z"))),
        ),
        of.trap(
            "the log does not reach back to the start",
            Verdict.NOTED,
            "Application was read back to 2026-11-20 09:59 UTC",
            **application(event(1, "x", "2026-11-20T09:59:00Z"), old=False),
        ),
        *_named(of, number, text, bad, needed),
        of.trap(
            "its text is cut before the token",
            bad,
            told,
            **host(application(event(number, "x" * 5000 + text))),
        ),
        of.unreadable(
            "a text of the second log is cut before its token",
            "too long to tell whose error it is",
            **host(second(event(0, "x" * 5000 + text, provider=SECOND_SOURCE))),
        ),
        of.trap(
            "such a text, and a good report came after it",
            Verdict.NOTED,
            "too long to tell whose error it is: not since",
            **second(event(0, "x" * 5000 + text, EARLIER, provider=SECOND_SOURCE)),
        ),
        of.trap(
            "such a text of before the start",
            Verdict.NOTED,
            "too long to tell whose error it is: not since",
            **second(event(0, "x" * 5000 + text, BEFORE_START, provider=SECOND_SOURCE)),
        ),
        of.trap(
            "a long text of another source in the second log",
            Verdict.COMPLIANT,
            "",
            **second(event(0, "x" * 5000 + text, provider="Contoso")),
        ),
        of.trap(
            "when the machine was started is not told",
            Verdict.NOTED,
            "when the machine was started is not told",
            wmi={r"root\cimv2": {"Win32_OperatingSystem": {"error": "rpc-unavailable"}}},
        ),
        of.trap("the log was emptied", Verdict.NOTED, "Application holds no record at all", **application(old=False)),
        of.trap(
            "others of its kind push it out",
            Verdict.NOTED,
            "Application was read back to 2026-11-20 09:59 UTC",
            **application(*[event(number, text, "2026-11-20T09:59:00Z", provider="Contoso")] * 51),
        ),
    ]
    if other_token:
        examples.append(
            of.trap(
                "another error under the same id",
                Verdict.COMPLIANT,
                "",
                **host(application(event(number, "SOMETHING_ELSE"))),
            )
        )
    return examples


def _of_agent(of: Of, number: int, text: str, bad: Verdict = Verdict.NON_COMPLIANT, **needed: Any) -> list[Example]:
    """What holds where errors are all that is looked for: they need an agent that reports them."""
    return [
        of.absent("the agent was removed", "there is no agent that would report errors", bad, **no_service(LOADER)),
        of.absent(
            "the agent was removed, and the log may not be read",
            "there is no agent that would report errors",
            bad,
            **together(no_service(LOADER), denied("log:Application")),
        ),
        of.deviating(
            "the agent does not run",
            "RDAgentBootLoader is stopped: an agent that does not run reports no errors",
            Verdict.WARNING,
            **service(LOADER, status="Stopped", processId=0),
        ),
        of.deviating(
            "the agent stops again",
            "RDAgentBootLoader does not stay up: an agent that does not run reports no errors",
            Verdict.WARNING,
            **service(LOADER, then={"status": "Stopped"}),
        ),
        of.compliant("the agent started again", **service(LOADER, then={"processId": 4242})),
        of.unreadable("whether there is an agent may not be read", "agent_service could not be read", **HIDDEN),
        of.unreadable("whether the agent runs may not be read", "no source told its state", **STATELESS),
        of.trap(
            "an error, whether or not the agent still runs",
            bad,
            "the agent reported",
            **together(needed, application(event(number, text)), HIDDEN),
        ),
        of.trap(
            "an error of an agent that was removed",
            bad,
            "the agent reported",
            **together(needed, application(event(number, text)), no_service(LOADER)),
        ),
    ]


def _registration(token: str) -> list[Example]:
    of = Of(f"VD-03.{token}", "session-host")
    text = f"RegistrationException: {token}"
    return [
        *of_errors(of, 3277, text, **key(AGENT, IsRegistered=0)),
        *_of_agent(of, 3277, text, **key(AGENT, IsRegistered=0)),
        of.trap("registered since", Verdict.WARNING, "not since", **application(event(3277, text))),
        of.trap(
            "a token that is left is no registration",
            Verdict.NON_COMPLIANT,
            token,
            **together(application(event(3277, text)), key(AGENT, RegistrationToken="eyJhbGciOi")),
        ),
        of.trap(
            "IsRegistered is 2",
            Verdict.NON_COMPLIANT,
            token,
            **together(application(event(3277, text)), key(AGENT, IsRegistered=2)),
        ),
        of.unreadable(
            "whether it is registered may not be read",
            "access denied",
            **together(application(event(3277, text)), denied(AGENT)),
        ),
        of.trap(
            "another code is another item",
            Verdict.COMPLIANT,
            "",
            **together(
                key(AGENT, IsRegistered=0),
                application(*(event(3277, other) for other in REGISTRATION_TOKENS if other != token)),
            ),
        ),
    ]


VD_05, VD_06, VD_07, VD_08, VD_09 = (Of(f"VD-0{number}", "session-host") for number in range(5, 10))
BROKER = "rdbroker-g-eu-r0.wvd.microsoft.com"
INVALID_FORM = f"Agent cannot connect to broker with error INVALID_FORM. URL: https://{BROKER}/"
INACCESSIBLE = f"RD Gateway Url: https://{GATEWAY}/ is not accessible"
REACHED = f"The following URLs are accessible: {BROKER}; {GATEWAY}"
INSTALLATION, ENDPOINT = "InstallationHealthCheckFailedException", "ENDPOINT_NOT_FOUND"
UNHEARD: dict[str, Any] = {
    "native": {"qwinsta": None},
    "registry": {REPORT: None},
    "logs": {"Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational": None},
}
SWITCHED_OFF = key(ACTIVE, fEnableWinStation=0)


def _reached(of: Of, number: int, text: str) -> list[Example]:
    """Errors that name a host, which the agent reaches later."""
    return [
        of.trap(
            "the agent reached the same host since",
            Verdict.WARNING,
            "not since",
            **application(event(3701, REACHED, "2026-11-20T09:58:00Z"), event(number, text)),
        ),
        of.trap(
            "the agent reached it at a time to come, before the clock was put back",
            Verdict.NON_COMPLIANT,
            "the agent reported",
            **application(event(3701, REACHED, "2026-11-20T10:06:00Z"), event(number, text)),
        ),
        of.trap(
            "the agent reached it before",
            Verdict.NON_COMPLIANT,
            "the agent reported",
            **application(event(number, text), event(3701, REACHED, "2026-11-20T09:56:00Z")),
        ),
        of.trap(
            "the agent reached another host since",
            Verdict.NON_COMPLIANT,
            "the agent reported",
            **application(event(3701, "accessible: x.wvd.microsoft.com", "2026-11-20T09:58:00Z"), event(number, text)),
        ),
        of.trap(
            "somebody else says that it was reached",
            Verdict.NON_COMPLIANT,
            "the agent reported",
            **application(event(3701, REACHED, "2026-11-20T09:58:00Z", provider="Contoso"), event(number, text)),
        ),
        of.trap(
            "one of two hosts was reached since",
            Verdict.NON_COMPLIANT,
            "rdother.wvd.microsoft.com",
            **application(
                event(3701, REACHED, "2026-11-20T09:58:00Z"),
                event(number, text),
                event(
                    number,
                    text.replace(GATEWAY, "rdother.wvd.microsoft.com").replace(BROKER, "rdother.wvd.microsoft.com"),
                ),
            ),
        ),
    ]


EXAMPLES = [
    *(example for token in REGISTRATION_TOKENS for example in _registration(token)),
    *of_errors(VD_05, 3277, INVALID_FORM),
    *_of_agent(VD_05, 3277, INVALID_FORM),
    *_reached(VD_05, 3277, INVALID_FORM),
    VD_05.trap(
        "the code NOT_FOUND",
        Verdict.NON_COMPLIANT,
        BROKER,
        **application(event(3277, f"Agent cannot connect to broker with error NOT_FOUND. URL: https://{BROKER}/")),
    ),
    VD_05.trap("ENDPOINT_NOT_FOUND is another row's", Verdict.COMPLIANT, "", **application(event(3277, ENDPOINT))),
    *of_errors(VD_06, 3703, INACCESSIBLE),
    *_of_agent(VD_06, 3703, INACCESSIBLE),
    *_reached(VD_06, 3703, INACCESSIBLE),
    VD_06.trap(
        "as earlier agents spelt it",
        Verdict.NON_COMPLIANT,
        "not reached now either: name does not resolve",
        **application(event(3703, f"RDGateway Url: https://{GATEWAY}/. Make sure the RDGateway Url is accessible")),
    ),
    VD_06.trap(
        "it is reached now, but the agent has not said so",
        Verdict.NON_COMPLIANT,
        f"{GATEWAY}:443 is reached now",
        **together(
            application(event(3703, INACCESSIBLE)), endpoint(f"{GATEWAY}:443", tcp="open", http={"status": 404})
        ),
    ),
    VD_06.trap(
        "whether it is reached now cannot be tried",
        Verdict.NON_COMPLIANT,
        "could not be tried: not possible on this host",
        **together(application(event(3703, INACCESSIBLE)), {"os": {"languageMode": "ConstrainedLanguage"}}),
    ),
    VD_06.trap(
        "a name that is none of the service's is not tried",
        Verdict.NON_COMPLIANT,
        "evil.example.com)",
        **application(event(3703, "RD Gateway Url: https://evil.example.com/ is not accessible")),
    ),
    *of_errors(VD_07, 3019, "Transport received an exception", other_token=False),
    *_of_agent(VD_07, 3019, "Transport received an exception"),
    VD_07.trap(
        "in another language", Verdict.NON_COMPLIANT, "event 3019", **application(event(3019, "Transportausnahme"))
    ),
    *of_errors(VD_08, 3277, INSTALLATION, **SWITCHED_OFF),
    *_of_agent(VD_08, 3277, INSTALLATION, **SWITCHED_OFF),
    VD_08.trap(
        "the stack is well now", Verdict.WARNING, "the stack is well now", **application(event(3277, INSTALLATION))
    ),
    VD_08.trap(
        "what is wrong with the stack is said",
        Verdict.NON_COMPLIANT,
        "fEnableWinStation of rdp-sxs260209400 is 0, not 1",
        **together(application(event(3277, INSTALLATION)), SWITCHED_OFF),
    ),
    VD_08.trap("a bad stack without the event is other rows' concern", Verdict.COMPLIANT, "", **SWITCHED_OFF),
    VD_08.unreadable(
        "whether the stack is well may not be read",
        "access denied",
        **together(application(event(3277, INSTALLATION)), denied(ACTIVE)),
    ),
    VD_08.unreadable(
        "nothing tells whether the stack listens",
        "whether rdp-tcp listens",
        **together(application(event(3277, INSTALLATION)), UNHEARD),
    ),
    *(
        VD_08.trap(
            f"the stack: {title}",
            Verdict.NON_COMPLIANT,
            f"; {said}",
            **together(application(event(3277, INSTALLATION)), delta),
        )
        for title, said, delta in (
            (
                "no listener is named",
                "ReverseConnectionListener names no side-by-side listener",
                key(STATIONS, ReverseConnectionListener=None),
            ),
            (
                "rdp-tcp is named",
                "ReverseConnectionListener names no side-by-side listener",
                key(STATIONS, ReverseConnectionListener="RDP-Tcp"),
            ),
            ("no key of its name", "rdp-sxs260209400 has no key below WinStations", no_key(ACTIVE)),
            (
                "no reverse connections",
                "fReverseConnectMode of rdp-sxs260209400 is absent, not 1",
                key(ACTIVE, fReverseConnectMode=None),
            ),
            (
                "another name for sessions",
                "SessionDirectoryListener is not rdp-sxs260209400",
                key(CLUSTER, SessionDirectoryListener="rdp-sxs"),
            ),
            (
                "reverse connections in a mode that there is not",
                "fReverseConnectMode of rdp-sxs260209400 is 2, not 1",
                key(ACTIVE, fReverseConnectMode=2),
            ),
            (
                "a later name for sessions",
                "SessionDirectoryListener is not rdp-sxs260209400",
                key(CLUSTER, SessionDirectoryListener="rdp-sxs260519600"),
            ),
            (
                "it does not listen",
                "rdp-sxs260209400 does not listen (qwinsta)",
                {"native": {"qwinsta": {"output": " rdp-tcp    65537  Listen\n", "exitCode": 0}}},
            ),
        )
    ),
    *of_errors(VD_09, 3277, ENDPOINT, bad=Verdict.WARNING),
    *_of_agent(VD_09, 3277, ENDPOINT, Verdict.WARNING),
    *(
        VD_09.trap(
            f"on the host: {title}",
            Verdict.WARNING,
            f"on the host: {said}",
            **together(application(event(3277, ENDPOINT)), delta),
        )
        for title, said, delta in (
            (
                "the loader is stopped",
                "the service RDAgentBootLoader is stopped",
                service("RDAgentBootLoader", status="Stopped"),
            ),
            (
                "the loader stops again",
                "the service RDAgentBootLoader does not stay up",
                service("RDAgentBootLoader", then={"status": "Stopped"}),
            ),
            ("no broker is named", "the registry names no broker", key(AGENT, **dict.fromkeys(BROKERS))),
        )
    ),
    VD_09.trap(
        "nothing on the host explains it", Verdict.WARNING, "host pool's side", **application(event(3277, ENDPOINT))
    ),
    VD_09.trap(
        "nothing on the host explains it, as far as a broken WMI tells",
        Verdict.WARNING,
        "host pool's side",
        **together(
            application(event(3277, ENDPOINT)),
            {"wmi": {r"root\cimv2": {"Win32_Service": {"error": "rpc-unavailable"}}}},
        ),
    ),
    VD_09.trap(
        "the loader and a broker explain it",
        Verdict.WARNING,
        "on the host: there is no service RDAgentBootLoader; BrokerURI: https://rdbroker-g-eu-r0",
        **together(
            application(event(3277, ENDPOINT)),
            no_service("RDAgentBootLoader"),
            endpoint(f"{BROKER}:443", tcp="timeout", http=None),
        ),
    ),
    VD_09.trap(
        "listener and registration explain it",
        Verdict.WARNING,
        "is 0, not 1; it is not registered (IsRegistered 0, token empty)",
        **together(application(event(3277, ENDPOINT)), SWITCHED_OFF, key(AGENT, IsRegistered=0)),
    ),
    VD_09.trap(
        "what may explain it may not be read",
        Verdict.WARNING,
        "not known: access denied",
        **together(application(event(3277, ENDPOINT)), denied(ACTIVE)),
    ),
    VD_09.trap("an unwell host without the event is other rows' concern", Verdict.COMPLIANT, "", **SWITCHED_OFF),
    *of_errors(VD_17, 3389, "MissingMethodException: Method not found"),
    VD_17.trap(
        "a number of eight bytes",
        Verdict.WARNING,
        "Release is 528449 as REG_QWORD: .NET's own detection reads a DWORD",
        **key(NDP, Release={"type": "REG_QWORD", "data": 528449}),
    ),
    VD_17.trap(
        "too old a .NET counts whether or not the log is read",
        Verdict.NON_COMPLIANT,
        "found 4.6.1",
        **together(
            denied("log:Application"),
            {"registry": {r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full": {"Release": 394271}}},
        ),
    ),
]


def not_deciding(item: str) -> list[tuple[str, str, str]]:
    """What takes an error back, which decides nothing where there is none."""
    return [
        (item, piece, "takes back an error, and there is none")
        for piece in ("HealthCheckReport", "'id=3701'", "RegistrationToken")
    ]


NOT_DECIDING = [
    *(
        entry
        for item in ("VD-03", "VD-05", "VD-06", "VD-07", "VD-08", "VD-09", "VD-17")
        for entry in not_deciding(item)
    ),
    ("VD-03", "'id=3277'", "the codes of the other items"),
    ("VD-06", "Internet Settings", "counts where an error names a gateway"),
    *(
        (item, piece, "explains an error, and there is none")
        for item in ("VD-08", "VD-09")
        for piece in ("WinStations", "ClusterSettings", "qwinsta", "RemoteConnectionManager")
    ),
    *(
        ("VD-09", piece, "explains an error, and there is none")
        for piece in ("'process'", "Broker", "api/health", "Internet Settings")
    ),
]
OWN_PROBES = {f"VD-03.{token}": f"'contains={token}' 'newest" for token in REGISTRATION_TOKENS}
