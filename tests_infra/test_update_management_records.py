"""Update Management, "Troubleshoot offline": the records that Microsoft's troubleshooter would make of the same host."""

from __future__ import annotations

from collections import Counter

from tests_infra.documents import UPDATE_MANAGEMENT
from vmready import Role, info, note, observe, requirement
from vmready.facts.troubleshooter import Told


@requirement(
    "UM-22",
    info,
    title="The troubleshooter's records are written beside our verdicts",
    severity="low",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Troubleshoot offline"],
    rationale="Who knows the troubleshooter's output finds it here as it would have been, its mistakes included, and why our verdicts differ.",
    remedy="Read update-management/<host>.json in the run's folder, or vmready records SNAPSHOT. The records judge nothing.",
)
def test_records_of_the_troubleshooter(troubleshooter_records: Told) -> None:
    told = troubleshooter_records
    told.require_any()
    observe(dict(sorted(Counter(record.result for record in told.records).items())))
    note(
        f"{len(told.records)} of 20 records are written to update-management/ (location {told.location or 'not given'})"
    )
    for rule, reason in told.left_out.items():
        note(f"{rule}: the troubleshooter makes no record: {reason}")
    for rule, reason in told.not_told.items():
        note(f"{rule} cannot be told: {reason}")
