"""VD-25: the agent's own health report."""

from __future__ import annotations

import json
from typing import Any

from vmready.model import Verdict

from .agent_errors import HIDDEN
from .harness import Of
from .terms import denied, key, no_key, no_service, together

REPORT = r"HKLM\SOFTWARE\Microsoft\RDInfraAgent\HealthCheckReport"
NOW = "2026-11-20T09:55:00.123456Z"


def check(result: Any, time: Any = NOW, message: str = "said") -> dict[str, Any]:
    details = {"Message": message, "ErrorCode": 0, "LastHealthCheckInUTC": time}
    return {"HealthCheckResult": result, "AdditionalFailureDetails": details}


def report(**checks: Any) -> dict[str, Any]:
    return text(json.dumps(checks))


def text(said: Any) -> dict[str, Any]:
    return key(REPORT, AgentHealthCheckReport=said)


GOOD = check(1)
VD_25 = Of("VD-25", "session-host")
EXAMPLES = [
    VD_25.compliant("every check passed just now"),
    VD_25.compliant("a check of a name that is not known", **report(NewCheck=GOOD, DomainJoinedCheck=GOOD)),
    VD_25.compliant("a time of seven digits", **report(DomainJoinedCheck=check(1, "2026-11-20T09:55:00.1234567Z"))),
    VD_25.compliant("a time without a fraction", **report(DomainJoinedCheck=check(1, "2026-11-20T09:55:00Z"))),
    VD_25.compliant("a time of another zone", **report(DomainJoinedCheck=check(1, "2026-11-20T01:55:00-08:00"))),
    VD_25.compliant("a time without a zone", **report(DomainJoinedCheck=check(1, "2026-11-20T09:55:00"))),
    VD_25.deviating(
        "a long message is cut",
        f"fatal: DomainReachable ({'x' * 200})",
        Verdict.WARNING,
        **report(DomainReachable=check(2, message="x" * 201)),
    ),
    VD_25.deviating(
        "a fatal check failed",
        "fatal: SxSStackListenerCheck (SxsStack listener is not ready)",
        Verdict.WARNING,
        **report(SxSStackListenerCheck=check(2, message="SxsStack listener\n is not ready"), DomainJoinedCheck=GOOD),
    ),
    VD_25.deviating(
        "one that is not fatal",
        "not fatal: UrlsAccessibleCheck",
        Verdict.WARNING,
        **report(UrlsAccessibleCheck=check(2)),
    ),
    VD_25.deviating(
        "one of unknown weight", "of unknown weight: NewCheck (said)", Verdict.WARNING, **report(NewCheck=check(2))
    ),
    VD_25.deviating(
        "two",
        "fatal: DomainTrustCheck (said); not fatal: TURNRelayAccessHealthCheck (said)",
        Verdict.WARNING,
        **report(DomainTrustCheck=check(2), TURNRelayAccessHealthCheck=check(2)),
    ),
    VD_25.absent("no report", "has left no report", Verdict.UNDETERMINED, **key(REPORT, AgentHealthCheckReport=None)),
    VD_25.absent("no key", "has left no report", Verdict.UNDETERMINED, **no_key(REPORT)),
    VD_25.absent("a report without checks", "not understood", Verdict.UNDETERMINED, **text("{}")),
    VD_25.absent(
        "the agent was removed, and has left its report",
        "a removed agent has left its report",
        Verdict.WARNING,
        **no_service("RDAgentBootLoader"),
    ),
    VD_25.unreadable("whether there is an agent may not be read", "agent_service could not be read", **HIDDEN),
    VD_25.unreadable("the key may not be opened", "access denied", **denied(REPORT)),
    VD_25.unreadable("no JSON", "not understood", **text("{")),
    VD_25.unreadable("no object", "not understood", **text("[1]")),
    VD_25.unreadable("a name twice", "cut off or not understood", **text(json.dumps({"A": GOOD})[:-1] + ', "A": {}}')),
    VD_25.unreadable("what is no JSON, though Python takes it", "cut off or not understood", **text('{"A": NaN}')),
    VD_25.unreadable("binary", "not understood", **text({"type": "REG_BINARY", "data": "7b7d"})),
    VD_25.unreadable("longer than is read", "cut off", **text(json.dumps({"A": check(1, message="x" * 70000)}))),
    VD_25.trap(
        "older than a day",
        Verdict.UNDETERMINED,
        "DomainJoinedCheck",
        **together(
            {"os": {"bootTime": "2026-11-01T08:00:00Z"}}, report(DomainJoinedCheck=check(1, "2026-11-19T09:59:00Z"))
        ),
    ),
    VD_25.trap(
        "of before the start",
        Verdict.UNDETERMINED,
        "the last start",
        **report(DomainJoinedCheck=check(1, "2026-11-19T08:29:00Z")),
    ),
    VD_25.trap(
        "of another zone, and of after the start there only",
        Verdict.UNDETERMINED,
        "the last start",
        **report(DomainJoinedCheck=check(1, "2026-11-19T09:00:00+05:30")),
    ),
    VD_25.trap(
        "of another zone, and of before the start there only",
        Verdict.COMPLIANT,
        "",
        **together(
            {"os": {"bootTime": "2026-11-20T09:00:00Z"}},
            report(DomainJoinedCheck=check(1, "2026-11-20T01:55:00-08:00")),
        ),
    ),
    VD_25.trap(
        "a time that there is not",
        Verdict.UNDETERMINED,
        "not understood: DomainJoinedCheck",
        **report(DomainJoinedCheck=check(1, "2026-13-32T25:61:00Z")),
    ),
    VD_25.trap(
        "of tomorrow", Verdict.UNDETERMINED, "Check", **report(DomainJoinedCheck=check(1, "2026-11-21T10:00:00Z"))
    ),
    VD_25.trap("without a time", Verdict.UNDETERMINED, "Check", **report(DomainJoinedCheck=check(1, None))),
    VD_25.trap("a date alone", Verdict.UNDETERMINED, "Check", **report(DomainJoinedCheck=check(1, "2026-11-20"))),
    VD_25.trap(
        "an old failure sticks, and says nothing",
        Verdict.UNDETERMINED,
        "TURNRelayAccessHealthCheck",
        **report(TURNRelayAccessHealthCheck=check(2, "2024-09-26T07:39:15.704086Z"), DomainJoinedCheck=GOOD),
    ),
    VD_25.trap(
        "one is old, and another failed just now",
        Verdict.WARNING,
        "fatal: DomainJoinedCheck",
        **report(MonitoringAgentCheck=check(1, "2024-09-26T07:39:15Z"), DomainJoinedCheck=check(2)),
    ),
    VD_25.trap(
        "a result that is not known", Verdict.UNDETERMINED, "DomainJoinedCheck", **report(DomainJoinedCheck=check(3))
    ),
    VD_25.trap("true is no 1", Verdict.UNDETERMINED, "DomainJoinedCheck", **report(DomainJoinedCheck=check(True))),
    VD_25.trap("text is no 1", Verdict.UNDETERMINED, "DomainJoinedCheck", **report(DomainJoinedCheck=check("1"))),
    VD_25.trap("a check that is none", Verdict.UNDETERMINED, "B", **report(A=GOOD, B=1)),
]
