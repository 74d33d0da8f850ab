"""VD-12: the listeners listen."""

from __future__ import annotations

import json
from typing import Any

from vmready.model import Verdict

from .harness import Of
from .rdp_listeners import STATIONS
from .terms import denied, key, no_key, together

LOG = "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"
REPORT = r"HKLM\SOFTWARE\Microsoft\RDInfraAgent\HealthCheckReport"
SXS = "rdp-sxs260209400"


def qwinsta(*rows: str, code: int = 0) -> dict[str, Any]:
    return {"native": {"qwinsta": {"output": "\n".join([*rows, ""]), "exitCode": code}}}


def english(tcp: str | None = "Listen", sxs: str | None = "Listen") -> dict[str, Any]:
    rows = [
        " SESSIONNAME               USERNAME                 ID  STATE   TYPE        DEVICE",
        " services                                            0  Disc",
        " console                                             1  Conn",
    ]
    rows += [
        f" {name:<47}{number}  {word}" for name, number, word in (("rdp-tcp", 65537, tcp), (SXS, 65538, sxs)) if word
    ]
    return qwinsta(*rows)


def event(number: int, name: str, time: str) -> dict[str, Any]:
    return {
        "id": number,
        "provider": "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
        "time": time,
        "level": 4,
        "data": {"listenerName": name},
        "message": None,
    }


def log(*events: dict[str, Any]) -> dict[str, Any]:
    return {"logs": {LOG: {"events": list(events)}}}


def report(passed: int, time: str = "2026-11-20T09:55:00.123456Z") -> dict[str, Any]:
    check = {
        "HealthCheckResult": passed,
        "AdditionalFailureDetails": {"Message": "x", "ErrorCode": 0, "LastHealthCheckInUTC": time},
    }
    return {"registry": {REPORT: {"AgentHealthCheckReport": json.dumps({"SxSStackListenerCheck": check})}}}


#: Each source taken away by itself.
NO_QWINSTA, NO_REPORT, NO_LOG = {"native": {"qwinsta": None}}, {"registry": {REPORT: None}}, {"logs": {LOG: None}}
REFUSED = qwinsta("Error enumerating sessionnames", "Error [5]:Access is denied.", code=1)
TODAY = "2026-11-20T09:00:00Z"
STARTED = log(event(258, "RDP-Tcp", TODAY), event(258, SXS, TODAY))
VD_12 = Of("VD-12", "session-host")
EXAMPLES = [
    VD_12.compliant("both are listed, checked and logged"),
    VD_12.compliant("by qwinsta alone", **together(NO_REPORT, NO_LOG)),
    VD_12.compliant("by the log alone", **together(NO_QWINSTA, NO_REPORT, STARTED)),
    VD_12.deviating("the side-by-side listener is not listed", f"{SXS} does not listen (qwinsta)", **english(sxs=None)),
    VD_12.deviating("rdp-tcp is not listed", "rdp-tcp does not listen (qwinsta)", **english(tcp=None)),
    VD_12.deviating("the side-by-side listener is down", f"{SXS} does not listen", **english(sxs="Down")),
    VD_12.deviating(
        "both are down, whatever the agent and the log said before",
        f"rdp-tcp does not listen (qwinsta); {SXS} does not listen (qwinsta)",
        **english(tcp="Down", sxs="Down"),
    ),
    VD_12.deviating(
        "the agent says so",
        f"{SXS} does not listen (the agent's own check)",
        **together(NO_QWINSTA, report(2), STARTED),
    ),
    VD_12.deviating(
        "the log says that it stopped",
        f"{SXS} does not listen (the event log)",
        **together(
            NO_QWINSTA,
            NO_REPORT,
            log(event(258, "RDP-Tcp", TODAY), event(259, SXS, TODAY), event(258, SXS, "2026-11-19T08:33:00Z")),
        ),
    ),
    VD_12.deviating(
        "the log says that it failed to start",
        "rdp-tcp does not listen (the event log)",
        **together(NO_QWINSTA, NO_REPORT, log(event(260, "RDP-Tcp", TODAY), event(258, SXS, TODAY))),
    ),
    VD_12.deviating(
        "the log says that it stopped, after the agent's check passed",
        f"{SXS} does not listen (the event log)",
        **together(NO_QWINSTA, log(event(258, "RDP-Tcp", TODAY), event(259, SXS, "2026-11-20T09:57:00Z"))),
    ),
    VD_12.deviating(
        "the log says that it stopped, before the agent's check passed",
        f"the agent's own check says that {SXS} listens, the event log that it does not",
        Verdict.WARNING,
        **together(NO_QWINSTA, log(event(258, "RDP-Tcp", TODAY), event(259, SXS, TODAY))),
    ),
    VD_12.deviating(
        "the log says that it started, after the agent's check failed",
        f"the event log says that {SXS} listens, the agent's own check that it does not",
        Verdict.WARNING,
        **together(NO_QWINSTA, report(2, "2026-11-20T08:59:00Z"), STARTED),
    ),
    VD_12.deviating(
        "the agent's check failed in the second in which the log says that it started",
        f"{SXS} does not listen (the agent's own check)",
        **together(NO_QWINSTA, report(2, TODAY), STARTED),
    ),
    VD_12.deviating(
        "listed, but the agent's fresh check failed",
        f"qwinsta says that {SXS} listens, the agent's own check that it does not",
        Verdict.WARNING,
        **report(2),
    ),
    VD_12.deviating(
        "sessions are listed, and no listener",
        f"rdp-tcp does not listen (qwinsta); {SXS} does not listen (qwinsta)",
        **english(tcp=None, sxs=None),
    ),
    VD_12.deviating(
        "the log says that it stopped, after it was listed",
        f"qwinsta says that {SXS} listens, the event log that it does not",
        Verdict.WARNING,
        **log(event(258, "RDP-Tcp", TODAY), event(259, SXS, TODAY)),
    ),
    VD_12.absent("no listener is named", "names no active listener", **key(STATIONS, ReverseConnectionListener=None)),
    VD_12.absent("no WinStations at all", "names no active listener", **no_key(STATIONS)),
    VD_12.unreadable("no source is there", "no source tells", **together(NO_QWINSTA, NO_REPORT, NO_LOG)),
    VD_12.unreadable("every source refuses", "access denied", **together(REFUSED, NO_REPORT, denied("log:" + LOG))),
    VD_12.unreadable("WinStations may not be opened", "access denied", **denied(STATIONS)),
    VD_12.trap("what refuses is no proof against it", Verdict.COMPLIANT, "", **REFUSED),
    VD_12.trap(
        "German, narrow",
        Verdict.COMPLIANT,
        "",
        **qwinsta(
            " SITZUNGSNAME      BENUTZERNAME             ID  STATUS  TYP         GERÄT",
            " services                                    0  Getr.",
            " rdp-tcp                                 65536  Abhör.",
            f" {SXS}                        65537  Abhör.",
        ),
    ),
    VD_12.trap(
        "umlauts that were lost on the way",
        Verdict.COMPLIANT,
        "",
        **together(
            NO_REPORT,
            NO_LOG,
            qwinsta(
                " services                                    0  Getr.",
                " rdp-tcp                                 65536  Abh?r.",
                f" {SXS}                        65537  Abh?r.",
            ),
        ),
    ),
    VD_12.trap(
        "Chinese",
        Verdict.COMPLIANT,
        "",
        **together(
            NO_REPORT,
            NO_LOG,
            qwinsta(
                " 会话名            用户名                   ID  状态    类型        设备",
                " rdp-tcp                                 65536  侦听",
                f" {SXS}                        65537  侦听",
            ),
        ),
    ),
    VD_12.trap(
        "a word that nobody knows, the same for both, and nothing else tells",
        Verdict.WARNING,
        f"qwinsta lists rdp-tcp, {SXS} in a state whose word is not known",
        **together(
            NO_REPORT,
            NO_LOG,
            qwinsta(
                " rdp-tcp                                 65536  Inactif",
                f" {SXS}                        65537  Inactif",
            ),
        ),
    ),
    VD_12.trap(
        "words that were lost altogether",
        Verdict.WARNING,
        f"qwinsta lists rdp-tcp, {SXS} in a state whose word is not known",
        **together(
            NO_REPORT,
            NO_LOG,
            qwinsta(
                " services                                    0  Disc",
                " rdp-tcp                                 65536",
                f" {SXS}                        65537  ",
            ),
        ),
    ),
    VD_12.trap(
        "words that were lost altogether, and the log tells",
        Verdict.COMPLIANT,
        "",
        **together(
            STARTED,
            qwinsta(
                " services                                    0  Disc",
                " rdp-tcp                                 65536",
                f" {SXS}                        65537  ",
            ),
        ),
    ),
    VD_12.trap(
        "a log that is switched off says nothing of now",
        Verdict.UNDETERMINED,
        "RemoteConnectionManager/Operational is switched off",
        **together(
            NO_QWINSTA,
            NO_REPORT,
            {"logs": {LOG: {"enabled": False, "events": [event(258, "RDP-Tcp", TODAY), event(258, SXS, TODAY)]}}},
        ),
    ),
    VD_12.deviating(
        "in another state, in a language of which only the word for listening is known",
        f"{SXS} does not listen (qwinsta)",
        **together(
            NO_REPORT,
            NO_LOG,
            qwinsta(
                " rdp-tcp                                 65536  Abhör.",
                f" {SXS}                        65537  Inaktiv",
            ),
        ),
    ),
    VD_12.trap(
        "one word was lost altogether",
        Verdict.UNDETERMINED,
        f"whether {SXS} listens",
        **together(
            NO_REPORT,
            NO_LOG,
            qwinsta(
                " rdp-tcp                                 65536  Listen",
                f" {SXS}                        65537",
            ),
        ),
    ),
    VD_12.trap(
        "words that nobody knows, and they differ",
        Verdict.UNDETERMINED,
        "whether rdp-tcp listens",
        **together(
            NO_REPORT,
            NO_LOG,
            qwinsta(
                " rdp-tcp                                 65536  Ecoute",
                f" {SXS}                        65537  Inactif",
            ),
        ),
    ),
    VD_12.trap(
        "words that nobody knows, and they differ the other way round",
        Verdict.UNDETERMINED,
        "whether rdp-tcp listens",
        **together(
            NO_REPORT,
            NO_LOG,
            qwinsta(
                " rdp-tcp                                 65536  Inactif",
                f" {SXS}                        65537  Ecoute",
            ),
        ),
    ),
    VD_12.trap(
        "words that nobody knows, and the log says that one stopped",
        Verdict.NON_COMPLIANT,
        f"{SXS} does not listen (the event log)",
        **together(
            NO_REPORT,
            log(event(258, "RDP-Tcp", TODAY), event(259, SXS, TODAY)),
            qwinsta(
                " rdp-tcp                                 65536  Ecoute",
                f" {SXS}                        65537  Ecoute",
            ),
        ),
    ),
    VD_12.trap(
        "ids of sessions, one below those of listeners",
        Verdict.NON_COMPLIANT,
        f"{SXS} does not listen (qwinsta)",
        **qwinsta(
            " services                                            0  Disc",
            " rdp-tcp                                         65536  Listen",
            f" {SXS}                                65535  Listen",
        ),
    ),
    VD_12.trap(
        "capital letters",
        Verdict.COMPLIANT,
        "",
        **together(
            NO_REPORT,
            NO_LOG,
            qwinsta(
                " SERVICES                                            0  Disc",
                " RDP-TCP                                         65536  LISTEN",
                f" {SXS.upper()}                                65537  LISTEN",
            ),
        ),
    ),
    VD_12.trap(
        "sessions in capital letters, and no listener",
        Verdict.NON_COMPLIANT,
        "rdp-tcp does not listen (qwinsta)",
        **qwinsta(" SERVICES                                            0  Disc"),
    ),
    VD_12.trap(
        "an event of no listener",
        Verdict.COMPLIANT,
        "",
        **together(NO_QWINSTA, NO_REPORT, log({**event(259, "", TODAY), "data": {}}, *STARTED["logs"][LOG]["events"])),
    ),
    VD_12.trap(
        "started in the second of the machine's start",
        Verdict.COMPLIANT,
        "",
        **together(
            NO_QWINSTA,
            NO_REPORT,
            log(event(258, "RDP-Tcp", "2026-11-19T08:30:00Z"), event(258, SXS, "2026-11-19T08:30:00Z")),
        ),
    ),
    VD_12.trap(
        "words that nobody knows, and the log tells",
        Verdict.COMPLIANT,
        "",
        **together(
            STARTED,
            qwinsta(
                " rdp-tcp                                 65536  Ecoute",
                f" {SXS}                        65537  Inactif",
            ),
        ),
    ),
    VD_12.trap(
        "users' sessions are no listeners",
        Verdict.NON_COMPLIANT,
        f"{SXS} does not listen",
        **qwinsta(
            " services                                            0  Disc",
            " rdp-tcp                                         65537  Listen",
            f">{SXS}#0        md                        3  Active",
        ),
    ),
    VD_12.trap(
        "a listener of an earlier stack",
        Verdict.NON_COMPLIANT,
        f"{SXS} does not listen",
        **qwinsta(
            " services                                            0  Disc",
            " rdp-tcp                                         65537  Listen",
            " rdp-sxs240705700                                65538  Listen",
        ),
    ),
    VD_12.trap(
        "types and devices after the state",
        Verdict.COMPLIANT,
        "",
        **qwinsta(
            " services                                            0  Disc",
            ">rdp-tcp                                         65536  Listen  rdpwd",
            f" {SXS}                                65538  Listen  rdpwd",
        ),
    ),
    VD_12.trap(
        "a report of yesterday's start",
        Verdict.UNDETERMINED,
        "whether",
        **together(NO_QWINSTA, NO_LOG, report(1, "2026-11-19T08:00:00Z")),
    ),
    VD_12.trap(
        "the agent's check says nothing of rdp-tcp",
        Verdict.UNDETERMINED,
        "whether rdp-tcp listens",
        **together(NO_QWINSTA, NO_LOG, report(1)),
    ),
    VD_12.trap(
        "one stopped, and the other started after it",
        Verdict.NON_COMPLIANT,
        f"{SXS} does not listen (the event log)",
        **together(NO_QWINSTA, NO_REPORT, log(event(258, "RDP-Tcp", "2026-11-20T09:30:00Z"), event(259, SXS, TODAY))),
    ),
    VD_12.trap(
        "it failed to start, with an error's number after its name",
        Verdict.NON_COMPLIANT,
        "rdp-tcp does not listen (the event log)",
        **together(
            NO_QWINSTA,
            NO_REPORT,
            log(
                {**event(260, "RDP-Tcp", TODAY), "data": {"listenerName": "RDP-Tcp", "error": "0x80070005"}},
                event(258, SXS, TODAY),
            ),
        ),
    ),
    VD_12.trap("an old failure in the report", Verdict.COMPLIANT, "", **report(2, "2026-11-10T08:00:00Z")),
    VD_12.trap("a report that is no JSON", Verdict.COMPLIANT, "", registry={REPORT: {"AgentHealthCheckReport": "{"}}),
    VD_12.trap(
        "a listener that stopped before the last start",
        Verdict.UNDETERMINED,
        "whether",
        **together(NO_QWINSTA, NO_REPORT, log(event(259, SXS, "2026-11-18T08:00:00Z"))),
    ),
    VD_12.trap(
        "the active listener is rdp-tcp",
        Verdict.NON_COMPLIANT,
        "not a side-by-side listener",
        **key(STATIONS, ReverseConnectionListener="rdp-tcp"),
    ),
]
