"""How PowerShell compares: the left side's type decides, text compares without case, a list is filtered instead of compared.

"about_Comparison_Operators", "about_Booleans"; seen in runs where the pages are silent.
"""

from __future__ import annotations

from typing import Any

from vmready.probes.readings import Value


def registry_value(value: Value | None) -> Any:
    """A registry value as a cmdlet gives it: numbers are signed, binary data is a list of numbers, several lines are a list of text."""
    if value is None:
        return None
    data = value.data
    if isinstance(data, int):
        bits = 32 if value.type == "REG_DWORD" else 64
        return data - (1 << bits) if data >> (bits - 1) else data
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
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def truth(value: Any) -> bool:
    """What ``if`` makes of a value: one item of a list stands for itself, several are true."""
    return bool(unrolled(value))


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
    """What ``left -ge right`` sends on, each compared with true."""
    if isinstance(left, str):
        return [_collated(left) >= _collated(str(right))]
    if isinstance(left, list):
        # Sent on are the items that fit. Bytes are too small for that; of texts only the one that says so is true, and it stands after all numbers.
        return [isinstance(item, str) and item.lower() == "true" for item in left]
    return [left >= right]


def _collated(text_: str) -> list[tuple[bool, str]]:
    """Culture-sensitive order, as far as it decides beside a number's text: blanks and marks, then digits, then letters."""
    return [(c.isalnum(), c) for c in text_]
