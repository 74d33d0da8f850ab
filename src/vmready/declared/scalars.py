"""Values that YAML and JSON have in common, with the same limits for both."""

from __future__ import annotations

import math
import re

#: More nesting than any declaration needs; beyond it parsers written recursively (ours and others) run out of stack.
DEEPEST = 64
#: 64 bits and a sign: more is a mistake, and Python refuses to convert very long numbers.
_LONGEST_NUMBER = 20
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def whole_number(text: str, base: int = 10) -> int:
    """Raises ValueError where the number is too long to be meant."""
    if len(text) > _LONGEST_NUMBER:
        raise ValueError("a number of so many digits is not taken; quote it if it is text")
    return int(text, base)


def decimal(text: str) -> float:
    """Raises ValueError for infinity and not-a-number, which JSON reports could not hold."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("infinity and not-a-number are not taken; quote it if it is text")
    return number


def control_character(text: str) -> str | None:
    """The first character that text from a file must not hold (tab and line ends excepted), as ``U+001B``."""
    found = _CONTROL.search(text)
    return f"U+{ord(found.group()):04X}" if found else None
