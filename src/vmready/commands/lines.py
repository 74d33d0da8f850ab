"""What ``vmready doctor`` says: one line for each subject, and the conclusion that follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vmready.model import Cause
from vmready.remote.errors import HostError

#: Every subject, in the order of the steps.
SUBJECTS = (
    "credential",
    "name",
    "tcp",
    "tls",
    "certificate",
    "trust",
    "listener",
    "methods",
    "sign-in",
    "shell",
    "powershell",
    "language",
    "frame",
    "large answer",
    "questions",
    "rights",
    "profile",
    "quotas",
    "clock",
    "shell deleted",
)


class Outcome(StrEnum):
    """``failed``: keeps vmready from a whole audit. ``unknown``: could not be found out. ``skipped``: not tried."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Line:
    """``found`` is for people; ``code`` and ``remedy`` say why a line failed and what to do; ``measured`` is a JSON object of the details."""

    subject: str
    outcome: Outcome
    found: str
    code: str = ""
    remedy: str = ""
    measured: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        texts = {"subject": self.subject, "outcome": self.outcome.value, "found": self.found}
        why = {"cause": self.code, "remedy": self.remedy} if self.code or self.remedy else {}
        return {**texts, **why, **({"measured": dict(self.measured)} if self.measured else {})}


def ok(subject: str, found: str, /, **measured: Any) -> Line:
    return Line(subject, Outcome.OK, found, measured=measured)


def unknown(subject: str, found: str, remedy: str = "", /, **measured: Any) -> Line:
    return Line(subject, Outcome.UNKNOWN, found, "", remedy, measured)


def skipped(subject: str, why: str) -> Line:
    return Line(subject, Outcome.SKIPPED, why)


def failed(subject: str, found: str, code: str, remedy: str, /, **measured: Any) -> Line:
    return Line(subject, Outcome.FAILED, found, code, remedy, measured)


def error(subject: str, of: HostError | Cause, also: str = "", /, **measured: Any) -> Line:
    """A failed line in the words of the tree of errors; ``also`` is added to the remedy."""
    cause = of.cause if isinstance(of, HostError) else of
    remedy = f"{cause.remedy} {also}".strip()
    return Line(subject, Outcome.FAILED, cause.message, cause.code, remedy, measured)


def conclusion(name: str, lines: Sequence[Line]) -> str:
    """What the lines come to, in one sentence. Whether an audit is possible is shown by the collector's answer, and by nothing else."""
    wrong = [line for line in lines if line.outcome is Outcome.FAILED]
    open_ = [line.subject for line in lines if line.outcome is Outcome.UNKNOWN]
    answered = any(line.subject == "frame" and line.outcome is Outcome.OK for line in lines)
    if not answered:
        why = f": {wrong[0].subject} failed ({wrong[0].code})" if wrong else ""
        return f"vmready cannot audit {name}{why}."
    if wrong:
        return f"vmready can audit {name}, but something is wrong: {', '.join(line.subject for line in wrong)}."
    if open_:
        return f"vmready can audit {name}; not found out: {', '.join(open_)}."
    return f"vmready can audit {name}."
