"""How PowerShell compares: the left side's type decides, text compares without case, a list is filtered instead of compared.

"about_Comparison_Operators", "about_Booleans"; seen in runs where the pages are silent.
"""

from __future__ import annotations

from typing import Any

from vmready.probes.readings import Value

_SIGNED = {"REG_DWORD": 32, "REG_QWORD": 64}


def registry_value(value: Value | None) -> Any:
    """A registry value as a cmdlet gives it: numbers are signed, binary data is a list of numbers, several lines are a list of text."""
    if value is None:
        return None
    data = value.data
    if isinstance(data, bool) or value.cut is not None:
        return data
    if isinstance(data, int):
        bits = _SIGNED.get(value.type, 64)
        return data - (1 << bits) if data >= 1 << (bits - 1) else data
    if isinstance(data, tuple):
        return list(data)
    if value.type in ("REG_SZ", "REG_EXPAND_SZ"):
        return data
    try:
        return list(bytes.fromhex(data))
    except ValueError:
        return data


def text(value: Any) -> str:
    """A value inside a double-quoted text: items of a list stand apart by blanks."""
    if isinstance(value, list):
        return " ".join(text(item) for item in value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    return str(value)


def truth(value: Any) -> bool:
    """What ``if`` makes of a value: one item of a list stands for itself, several are true."""
    if isinstance(value, list):
        return bool(value) and (len(value) > 1 or truth(value[0]))
    return bool(value)


def equals(left: Any, right: int) -> bool:
    """The truth of ``left -eq right`` for a whole number on the right."""
    if isinstance(left, list):
        return truth([item for item in left if _equal(item, right)])
    return _equal(left, right)


def _equal(left: Any, right: int) -> bool:
    return left == str(right) if isinstance(left, str) else left == right


def unrolled(value: Any) -> Any:
    """What comes out of a function that returns the value: nothing of an empty list, the item of a list of one."""
    if isinstance(value, list):
        return None if not value else value[0] if len(value) == 1 else value
    return value


def at_least(left: Any, right: int) -> list[bool]:
    """What ``left -ge right`` sends on: for a list nothing, since its items that fit are no truth values."""
    if isinstance(left, str):
        return [_collated(left) >= _collated(str(right))]
    if isinstance(left, list):
        # What is sent on are the items themselves; compared with true, a text is equal only where it says so.
        return [
            str(item).lower() == "true"
            for item in left
            if isinstance(item, str) and _collated(item) >= _collated(str(right))
        ]
    return [isinstance(left, (int, float)) and left >= right]


def _collated(text_: str) -> list[tuple[int, str]]:
    """Roughly the order of culture-sensitive comparison: blanks, marks, digits, letters without case."""
    return [(3 if c.isalpha() else 2 if c.isdigit() else 0 if c.isspace() else 1, c.lower()) for c in text_]
