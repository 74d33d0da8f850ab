"""The collector's document beside the twin's: what differs, and where first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vmready.probes.answers import reason_of

#: What is not compared (docs/probes.md, Decisions): durations, clocks, texts of the host, the web status number.
_LEFT_OUT = frozenset({"ms", "clock", "error", "web"})


def comparable(value: Any) -> Any:
    """The value with what is not compared left out, and each reason as its class."""
    if isinstance(value, Mapping):
        if value.keys() >= {"path", "why"}:
            return {"path": value["path"], "why": str(reason_of(value["why"]))}
        if isinstance(why := value.get("unreadable"), Mapping):
            return {"unreadable": str(reason_of(why))}
        return {name: comparable(item) for name, item in value.items() if name not in _LEFT_OUT}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return value


def answer_of(raw: Mapping[str, Any]) -> Any:
    """An answer as it is compared."""
    if raw["state"] == "unreadable":
        return {"state": "unreadable", "why": str(reason_of(raw["why"]))}
    if raw["state"] == "absent":
        return {"state": "absent"}
    return {"state": "observed", "value": comparable(raw["value"])}


def difference(seen: Any, wanted: Any, at: str = "") -> str | None:
    """The first place where two values differ, as text; None where they are equal. A truth value is no number."""
    if isinstance(seen, Mapping) and isinstance(wanted, Mapping):
        for name in sorted({*seen, *wanted}):
            if name not in seen or name not in wanted:
                return f"{at}.{name}: only the {'twin' if name in wanted else 'collector'} has it: {_short((wanted if name in wanted else seen)[name])}"
            if found := difference(seen[name], wanted[name], f"{at}.{name}"):
                return found
        return None
    if isinstance(seen, list) and isinstance(wanted, list):
        for number, pair in enumerate(zip(seen, wanted, strict=False)):
            if found := difference(*pair, f"{at}[{number}]"):
                return found
        return None if len(seen) == len(wanted) else f"{at}: {len(seen)} instead of {len(wanted)} items"
    same = seen == wanted and isinstance(seen, bool) == isinstance(wanted, bool)
    return None if same else f"{at}: collector {_short(seen)}, twin {_short(wanted)}"


def _short(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 300 else text[:300] + "..."
