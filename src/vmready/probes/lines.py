"""The lines that call the collector: a strict grammar, so that nothing from an inventory or a host can become code.

    argument = "'" ( [ -&(-]_-~] | "^" 4HEXDIG )* "'"

Printable ASCII without ``'`` and ``^`` stands as it is, every other UTF-16 code unit as ``^XXXX``. No quote of any kind can end the string.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from functools import lru_cache

_ARGUMENT = re.compile(r"'((?:[ -&(-\]_-~]|\^[0-9A-F]{4})*)'")


@lru_cache(maxsize=8192)
def argument(text: str) -> str:
    """One argument. Any text whatever can be carried, lone surrogates included."""
    if text.isascii() and text.isprintable() and "'" not in text and "^" not in text:
        return f"'{text}'"
    data = text.encode("utf-16-le", "surrogatepass")
    units = struct.unpack(f"<{len(data) // 2}H", data)
    return "'" + "".join(chr(u) if 32 <= u < 127 and u not in (39, 94) else f"^{u:04X}" for u in units) + "'"


def arguments(line: str) -> list[str]:
    """The texts of a line of arguments (what the collector reads): the inverse of joining :func:`argument` with single blanks.

    ValueError where the line is not of the grammar.
    """
    texts: list[str] = []
    at = 0
    while True:
        match = _ARGUMENT.match(line, at)
        if match is None:
            raise ValueError(f"not an argument at column {at + 1}")
        texts.append(_decode(match[1]))
        at = match.end()
        if at == len(line):
            return texts
        if line[at] != " ":
            raise ValueError(f"a blank is wanted at column {at + 1}")
        at += 1


def _decode(body: str) -> str:
    if "^" not in body:
        return body
    first, *rest = body.split("^")
    units = first + "".join(chr(int(part[:4], 16)) + part[4:] for part in rest)
    # Two code units of one character come as two: join them as UTF-16 does, keep lone ones.
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def calls(round_number: int, nonce: str, seconds: int, probe_texts: Iterable[str]) -> str:
    """The lines that follow the collector's text: ``Begin``, one ``Ask`` per probe text, ``Finish``."""
    lines = [f"Begin {argument(str(round_number))} {argument(nonce)} {argument(str(seconds))}"]
    lines += [f"Ask {argument(str(number))} {text}" for number, text in enumerate(probe_texts)]
    lines.append("Finish")
    return "\n".join(lines) + "\n"
