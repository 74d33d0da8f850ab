"""What the Azure Virtual Desktop agent last reported of its own health."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from vmready.facts.registry import UnreadableFact, fact
from vmready.probes.answers import Reason, Why
from vmready.probes.readings import Key, System
from vmready.probes.vocabulary import RegistryKey
from vmready.probes.vocabulary import System as SystemProbe

HEALTH_REPORT = RegistryKey(
    r"HKLM\SOFTWARE\Microsoft\RDInfraAgent\HealthCheckReport",
    values=("AgentHealthCheckReport", "AgentHealthCheckTimestamp"),
)
#: Failures of old stay in the report for ever: a check says something for a day, and not across a restart.
FRESH = timedelta(hours=24)
#: What is of a later time was written before the clock was put back.
AHEAD = timedelta(minutes=5)
#: What a failed check does to the host ("Azure Virtual Desktop session host statuses and health checks", 2023-09-11): a fatal one makes it
#: Unavailable, any other Needs Assistance. Of checks that are in neither list that is not documented, or depends on what was found.
FATAL = frozenset(
    {"DomainJoinedCheck", "DomainTrustCheck", "FSLogixHealthCheck", "SxSStackListenerCheck", "DomainReachable"}
)
NOT_FATAL = frozenset(
    {
        "UrlsAccessibleCheck",
        "MonitoringAgentCheck",
        "WebRTCRedirectorCheck",
        "MetaDataServiceCheck",
        "AppAttachHealthCheck",
        "TURNRelayAccessHealthCheck",
    }
)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Check:
    """One of the agent's checks. ``passed`` None: its result is neither 1 (good) nor 2 (failed)."""

    passed: bool | None
    time: datetime | None
    message: str

    def fresh(self, system: System) -> bool:
        """Whether the check is of this start of the machine and of the last day, by the host's own clock."""
        if self.time is None or system.boot is None:
            return False
        return system.boot <= self.time and -AHEAD <= system.clock - self.time <= FRESH


def health_checks(key: Key | None) -> Mapping[str, Check] | None:
    """The checks by name, unknown ones too; None where there is no report, or one that is cut off or not understood."""
    value = None if key is None else key.values.get("AgentHealthCheckReport")
    if value is None or value.text is None or value.cut is not None:
        return None
    try:
        raw = json.loads(value.text, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return {name: _check(check) for name, check in raw.items()} if isinstance(raw, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError("a name that stands twice: which one counts is not told")
        found[name] = value
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _check(raw: Any) -> Check:
    raw = raw if isinstance(raw, dict) else {}
    details = raw.get("AdditionalFailureDetails")
    details = details if isinstance(details, dict) else {}
    result = raw.get("HealthCheckResult")
    passed = {1: True, 2: False}.get(result) if type(result) is int else None
    return Check(passed, _time(details.get("LastHealthCheckInUTC")), str(details.get("Message") or ""))


def _time(text: Any) -> datetime | None:
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The agent's last report. Every check is kept, also one of a name that is not known."""

    checks: Mapping[str, Check]
    system: System

    @property
    def failed(self) -> tuple[str, ...]:
        """The checks that failed and are fresh: names in the report's order."""
        return tuple(name for name, check in self.checks.items() if check.passed is False and check.fresh(self.system))

    def told(self, name: str) -> str:
        """A check with its weight and its own message, cleaned and cut: ``fatal: SxSStackListenerCheck (…)``."""
        weight = "fatal" if name in FATAL else "not fatal" if name in NOT_FATAL else "of unknown weight"
        said = " ".join(self.checks[name].message.split())[:200]
        return f"{weight}: {name[:80]}{f' ({said})' if said else ''}"

    def require_fresh(self) -> None:
        """UnreadableFact where a check is old, has no time, or no result that is known: it says nothing of now."""
        silent = [
            name[:80] for name, check in self.checks.items() if check.passed is None or not check.fresh(self.system)
        ]
        if silent:
            text = f"older than a day or the last start, or not understood: {', '.join(silent[:12])}"
            raise UnreadableFact("health_report", Why(Reason.FAILED, "Stale", text), str(HEALTH_REPORT))


@fact
def health_report(
    report: Annotated[Key | None, HEALTH_REPORT], system: Annotated[System, SystemProbe()]
) -> HealthReport:
    """Unreadable where there is none: agents that are new or old write none, and that says nothing of their health."""
    checks = health_checks(report)
    if not checks:
        there = report is not None and "AgentHealthCheckReport" in report.values
        text = "the agent's report is cut off or not understood" if there else "the agent has left no report"
        raise UnreadableFact("health_report", Why(Reason.FAILED, "NoReport", text), str(HEALTH_REPORT))
    return HealthReport(checks, system)
