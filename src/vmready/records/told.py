"""All records of a host, and for each rule without one the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vmready.probes.answers import Reason, UnreadableFact, Why
from vmready.records.looked import Looked
from vmready.records.record import NoRecord, NotTold, Record
from vmready.records.rules import RULES


@dataclass(frozen=True, slots=True)
class Told:
    """``records`` in order. ``left_out``: rules for which the troubleshooter makes none; ``not_told``: rules of which the snapshot does not
    hold what they look at; both with the reason, by rule id. ``location``: what chose the endpoints."""

    location: str
    records: tuple[Record, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    not_told: Mapping[str, str] = field(default_factory=dict)

    def array(self, *, compact: bool = False) -> list[dict[str, Any]]:
        """What ``-returnAsJson`` prints, as data; with ``-returnCompactFormat`` the five common fields."""
        return [record.compact() if compact else record.full() for record in self.records]

    def require_any(self) -> None:
        """UnreadableFact where nothing of what the troubleshooter looks at was collected."""
        if not self.records and not self.left_out:
            why = Why(Reason.NOT_COLLECTED, "NoRecords", next(iter(self.not_told.values()), ""))
            raise UnreadableFact("troubleshooter_records", why)

    def record(self, rule: str) -> Record | None:
        return next((record for record in self.records if record.rule == rule), None)


def tell(looked: Looked) -> Told:
    """The records for what was seen. A rule that cannot be told leaves the others."""
    records: list[Record] = []
    left_out: dict[str, str] = {}
    not_told: dict[str, str] = {}
    for rule in RULES:
        try:
            records.append(rule.record(rule.decide(looked)))
        except NotTold as reason:
            not_told[rule.id] = str(reason)
        except NoRecord as reason:
            left_out[rule.id] = str(reason)
    return Told(looked.location, tuple(records), left_out, not_told)
