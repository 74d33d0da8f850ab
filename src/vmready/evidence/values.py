"""JSON that every reader takes: no NaN, no lone surrogates, no numbers or depths that only Python can read."""

from __future__ import annotations

import json
import math
from typing import Any

from vmready.judge import clean

#: Bounds of one observed value: nesting, entries of one list or mapping, characters of one string.
DEEPEST = 12
MOST_ENTRIES = 500
LONGEST = 4000

_CUT = "… (cut)"

# ensure_ascii keeps terminal controls and bidi marks out of the files; settled() has replaced what would be refused.
_encoder = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"), check_circular=False)


def settled(value: Any, depth: int = 0) -> Any:
    """The value as it stands in every report: JSON that any reader takes, of bounded size.

    NaN and infinities become their names; integers that do not fit into 64 bits become text; control characters and lone surrogates
    in text are written out; what is too deep, long or many is cut, and says so. Settling twice changes nothing.
    """
    if value is None or isinstance(value, bool):
        return value
    if type(value) is int and -(2**63) <= value < 2**64:
        return value
    if isinstance(value, str):
        return settled_text(value)
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**64 else _large(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, dict):
        if depth >= DEEPEST:
            return f"… nested more than {DEEPEST} levels deep"
        pairs = list(value.items())
        if len(pairs) > MOST_ENTRIES + 1:
            pairs = [*pairs[:MOST_ENTRIES], ("…", f"{len(pairs) - MOST_ENTRIES} more")]
        return {
            settled_text(key if type(key) is str else str(settled(key, DEEPEST))): settled(item, depth + 1)
            for key, item in pairs
        }
    if isinstance(value, (list, tuple)):
        if depth >= DEEPEST:
            return f"… nested more than {DEEPEST} levels deep"
        entries = list(value)
        if len(entries) > MOST_ENTRIES + 1:
            entries = [*entries[:MOST_ENTRIES], f"… {len(entries) - MOST_ENTRIES} more"]
        return [settled(item, depth + 1) for item in entries]
    return settled_text(str(value))


def settled_text(value: str, longest: int = LONGEST) -> str:
    """Text without control, format and surrogate characters (written out instead), of at most ``longest`` characters and a mark."""
    if len(value) <= longest and value.isascii() and value.isprintable():
        return value
    bound = longest + len(_CUT)
    cleaned = clean(value[:bound], bound)
    if len(value) <= bound and len(cleaned) <= bound:
        return cleaned
    return cleaned[:longest] + _CUT


def _large(value: int) -> str:
    # Python refuses to write integers of more than 4,300 digits.
    return hex(value) if value.bit_length() <= 1024 else f"an integer of {value.bit_length()} bits"


def line(value: Any) -> str:
    """A value on one line, in ASCII. It is settled already."""
    return _encoder.encode(value).replace("\x7f", "\\u007f")
