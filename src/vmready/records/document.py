"""The file that a run leaves of a host: the records, full and compact, and each beside the run's own verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from vmready.model import Finding, Verdict
from vmready.records.flaws import FLAWS, REQUIREMENTS
from vmready.records.record import FAILED, PASSED, WARNED
from vmready.records.rules import RULES
from vmready.records.told import Told

SCHEMA = "vmready/troubleshooter-records/1"
#: The verdicts that say the same as a result.
_SAME = {
    PASSED: (Verdict.COMPLIANT, Verdict.NOTED),
    WARNED: (Verdict.WARNING,),
    FAILED: (Verdict.NON_COMPLIANT,),
}
_JUDGED = frozenset(verdict for verdicts in _SAME.values() for verdict in verdicts)


def printed(told: Told, *, compact: bool) -> str:
    """The array as the troubleshooter prints it: one line of JSON."""
    return json.dumps(told.array(compact=compact), separators=(",", ":"), ensure_ascii=True)


def document(host: str, run: str, told: Told, findings: Mapping[str, Finding]) -> dict[str, Any]:
    """What stands in ``update-management/<host>.json``. ``findings``: the run's own, by requirement; those that it has not are left out."""
    return {
        "schema": SCHEMA,
        "host": host,
        "run": run,
        "location": told.location,
        "records": told.array(),
        "compact": told.array(compact=True),
        "left_out": dict(told.left_out),
        "not_told": dict(told.not_told),
        "verdicts": [_beside(told, number, rule.id, findings) for number, rule in enumerate(RULES, 1)],
    }


def _beside(told: Told, number: int, rule: str, findings: Mapping[str, Finding]) -> dict[str, Any]:
    requirement = REQUIREMENTS[rule]
    record, finding = told.record(rule), findings.get(requirement)
    beside: dict[str, Any] = {
        "rule": rule,
        "requirement": requirement,
        "record": record.message_id if record else None,
        "verdict": None if finding is None else finding.verdict.value,
        "detail": "" if finding is None else finding.detail,
    }
    differs = _differs(None if record is None else record.result, rule in told.left_out, finding)
    beside["differs"] = differs
    if differs:
        beside["flaw"] = str(number)
        beside["reason"] = FLAWS[str(number)]
    return beside


def _differs(result: str | None, left_out: bool, finding: Finding | None) -> bool | None:
    """Whether the two say different things. None where one of them says nothing of the host."""
    if finding is None or finding.verdict not in _JUDGED:
        return None
    if result is None:
        return True if left_out else None
    return finding.verdict not in _SAME[result]
