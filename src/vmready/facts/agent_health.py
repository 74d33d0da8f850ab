"""What the Azure Virtual Desktop agent last reported of its own health."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from vmready.probes.readings import Key, System
from vmready.probes.vocabulary import RegistryKey

HEALTH_REPORT = RegistryKey(
    r"HKLM\SOFTWARE\Microsoft\RDInfraAgent\HealthCheckReport",
    values=("AgentHealthCheckReport", "AgentHealthCheckTimestamp"),
)
#: Failures of old stay in the report for ever: a check says something for a day, and not across a restart.
FRESH = timedelta(hours=24)


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
        return system.boot <= self.time and timedelta(minutes=-5) <= system.clock - self.time <= FRESH


def health_checks(key: Key | None) -> Mapping[str, Check] | None:
    """The checks by name; None where there is no report, or one that is cut off or not understood."""
    value = None if key is None else key.values.get("AgentHealthCheckReport")
    if value is None or value.text is None or value.cut is not None:
        return None
    try:
        raw = json.loads(value.text)
        return {str(name): _check(check) for name, check in raw.items() if isinstance(check, dict)}
    except (ValueError, AttributeError, RecursionError):
        return None


def _check(raw: Mapping[str, Any]) -> Check:
    details = raw.get("AdditionalFailureDetails")
    details = details if isinstance(details, dict) else {}
    passed = (
        {1: True, 2: False}.get(raw["HealthCheckResult"]) if isinstance(raw.get("HealthCheckResult"), int) else None
    )
    return Check(passed, _time(details.get("LastHealthCheckInUTC")), str(details.get("Message") or "")[:400])


def _time(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
