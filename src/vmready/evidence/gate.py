"""The exit code of a run: what its verdicts mean to whoever waits for the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vmready.evidence.findings import count, cut, judged_share
from vmready.evidence.run import Run
from vmready.model import UNKNOWN, Finding, Severity, Verdict

GOOD = 0
NON_COMPLIANT = 1
INTERRUPTED = 2
INTERNAL_ERROR = 3
USAGE = 4
NOTHING_SELECTED = 5
UNKNOWN_STATE = 10
NOT_WRITTEN = 11
TOTALS_DISAGREE = 12

#: Verdicts that a threshold may limit.
LIMITABLE = (Verdict.NON_COMPLIANT, Verdict.WARNING, Verdict.UNDETERMINED, Verdict.UNREACHABLE, Verdict.NOT_RUN)
_NAMED_HOSTS = 5


class ThresholdError(ValueError):
    """Thresholds that cannot be used. ``str()`` names the key and what may stand there."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits from a file: ``most`` cells of a severity with a verdict (0 where nothing is said and the gate covers the severity),
    and the least share of applying cells that must have been judged (0 to 1)."""

    most: Mapping[tuple[Severity, Verdict], int] = field(default_factory=dict)
    min_judged_share: float | None = None

    @classmethod
    def parse(cls, document: Any) -> Thresholds:
        """From ``{"max": {"critical": {"non-compliant": 0}}, "min_judged_share": 0.95}``. Raises ThresholdError."""
        if not isinstance(document, dict):
            raise ThresholdError("thresholds are a mapping with the keys max and min_judged_share")
        for key in document:
            if key not in ("max", "min_judged_share"):
                raise ThresholdError(f"{key}: unknown key; known: max, min_judged_share")
        share = document.get("min_judged_share")
        if share is not None and (
            isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1
        ):
            raise ThresholdError("min_judged_share: a number from 0 to 1 is expected")
        return cls(_limits(document.get("max") or {}), None if share is None else float(share))


def _limits(document: Any) -> Mapping[tuple[Severity, Verdict], int]:
    limits: dict[tuple[Severity, Verdict], int] = {}
    if not isinstance(document, dict):
        raise ThresholdError("max: a mapping of severities is expected")
    for severity, of_severity in document.items():
        if severity not in list(Severity):
            raise ThresholdError(f"max.{severity}: unknown severity; known: {', '.join(Severity)}")
        if not isinstance(of_severity, dict):
            raise ThresholdError(f"max.{severity}: a mapping of verdicts to numbers is expected")
        for verdict, limit in of_severity.items():
            if verdict not in LIMITABLE:
                raise ThresholdError(
                    f"max.{severity}.{verdict}: not a verdict that can be limited; known: {', '.join(LIMITABLE)}"
                )
            if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
                raise ThresholdError(f"max.{severity}.{verdict}: a whole number, 0 or more, is expected")
            limits[Severity(severity), Verdict(verdict)] = limit
    return limits


@dataclass(frozen=True, slots=True)
class Gate:
    """What a run is measured by.

    ``line``: the least severity that counts. ``allow_undetermined``: for each host the items or requirements (id to reason) that may be
    undetermined there. A limit that ``thresholds`` names holds for its severity even below the line, and replaces the 0 of those above.
    """

    line: Severity = Severity.LOW
    fail_on_warning: bool = False
    allow_undetermined: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    thresholds: Thresholds = field(default_factory=Thresholds)

    def allows(self, finding: Finding) -> bool:
        """Whether the finding is undetermined where that was allowed. Unreachable and not run never are."""
        allowed = self.allow_undetermined.get(finding.cell.host, {})
        return finding.verdict is Verdict.UNDETERMINED and (
            finding.cell.item in allowed or finding.cell.requirement in allowed
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """The exit code and what led to it, the weightiest first; no reason where it is 0."""

    exit_code: int
    reasons: tuple[str, ...] = ()


def decide(run: Run, gate: Gate | None = None, *, failure: str = "") -> Decision:
    """The exit code of a run. ``failure`` is the text of the error if evidence could not be written.

    12: the totals do not agree · 11: evidence was not written · 1: non-compliant at or above the gate (with ``fail_on_warning`` also
    warnings) · 10: undetermined, unreachable or not run at or above the gate, or a host of which nothing was judged · 0 otherwise.
    Without hosts or cells the code is 10: an empty run proves nothing.
    """
    gate = gate or Gate()
    reasons: list[tuple[int, str]] = [(TOTALS_DISAGREE, problem) for problem in run.problems]
    if failure:
        reasons.append((NOT_WRITTEN, f"evidence could not be written: {failure}"))
    counts = Counter(
        (run.requirements[finding.cell.requirement].severity, finding.verdict)
        for finding in run.findings
        if finding.verdict in LIMITABLE and not gate.allows(finding)
    )
    reasons += _exceeded(counts, gate)
    if not run.hosts:
        reasons.append((UNKNOWN_STATE, "no host was looked at"))
    elif not run.findings:
        reasons.append((UNKNOWN_STATE, "nothing was planned"))
    elif unjudged := run.unjudged_hosts():
        reasons.append(
            (UNKNOWN_STATE, f"nothing was judged on {count(len(unjudged), 'host')}: {cut(unjudged, _NAMED_HOSTS)}")
        )
    share, least = judged_share(run), gate.thresholds.min_judged_share
    if least is not None and (share is None or share < least):
        said = "nothing" if share is None else f"{share:.1%}"
        reasons.append((UNKNOWN_STATE, f"{said} of what applies was judged, and at least {least:.1%} is asked for"))
    order = (TOTALS_DISAGREE, NOT_WRITTEN, NON_COMPLIANT, UNKNOWN_STATE)
    reasons.sort(key=lambda reason: order.index(reason[0]))
    return Decision(reasons[0][0] if reasons else GOOD, tuple(text for _, text in reasons))


def _exceeded(counts: Mapping[tuple[Severity, Verdict], int], gate: Gate) -> list[tuple[int, str]]:
    found = []
    for verdict in LIMITABLE:
        code = UNKNOWN_STATE if verdict in UNKNOWN else NON_COMPLIANT
        covered = 0
        for severity in Severity:
            number = counts.get((severity, verdict), 0)
            limit = gate.thresholds.most.get((severity, verdict))
            if limit is not None:
                if number > limit:
                    found.append((code, f"{number:,} {verdict} of severity {severity}, and at most {limit:,} may be"))
            elif severity.rank >= gate.line.rank and (verdict is not Verdict.WARNING or gate.fail_on_warning):
                covered += number
        if covered:
            found.append(
                (
                    code,
                    f"{covered:,} {verdict}, severity {gate.line} or above"
                    if gate.line.rank
                    else f"{covered:,} {verdict}",
                )
            )
    return found


def combine(pytest_exit: int, ours: int, *, plain_failures: bool = False) -> int:
    """One exit code of two: 12, 11, pytest's own 4 and 5, 2 or 3, 1, 10, and pytest's others.

    pytest says 1 for every failed or unknown requirement, whatever the gate: its 1 counts only if tests failed that are not
    requirements (``plain_failures``).
    """
    if ours in (TOTALS_DISAGREE, NOT_WRITTEN):
        return ours
    if pytest_exit in (USAGE, NOTHING_SELECTED, INTERRUPTED, INTERNAL_ERROR):
        return pytest_exit
    if ours == NON_COMPLIANT or plain_failures:
        return NON_COMPLIANT
    if ours != GOOD:
        return ours
    return GOOD if pytest_exit == NON_COMPLIANT else pytest_exit
