"""What a benchmark found: rows for people, the same for programs, and what has to hold of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """Something that is to hold. ``counted``: it is a count, which does not depend on the machine, so the run fails where it does not hold."""

    text: str
    holds: bool
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One benchmark's rows (column to value), checks and remarks."""

    name: str
    title: str
    rows: Sequence[Mapping[str, Any]]
    checks: Sequence[Check] = ()
    remarks: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title,
            "rows": [dict(row) for row in self.rows],
            "checks": [{"text": check.text, "holds": check.holds, "counted": check.counted} for check in self.checks],
            "remarks": list(self.remarks),
        }

    def as_text(self) -> str:
        columns = list(dict.fromkeys(column for row in self.rows for column in row))
        cells = [columns, *([_shown(row.get(column, "")) for column in columns] for row in self.rows)]
        widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
        lines = [f"== {self.name}: {self.title}", ""]
        for number, line in enumerate(cells):
            lines.append("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
            if number == 0:
                lines.append("  ".join("-" * width for width in widths))
        lines += ["", *(f"{'ok  ' if check.holds else 'MISS'} {check.text}" for check in self.checks)]
        lines += [f"     {remark}" for remark in self.remarks]
        return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 10 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
