"""What is wrong with a declaration, and where. Text from the file is made safe for a terminal before it is shown."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

#: Keys and list indexes from the root of a document to a value.
Path: TypeAlias = tuple[str | int, ...]

_SIMPLE_KEY = re.compile(r"[\w$!-][\w$.!-]*\Z", re.ASCII)
_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Position:
    """Where something stands in a text; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. ``str()`` is its line: ``inventories/x.yaml:12: hosts.web-01.prot: unknown key, did you mean "port"?``

    ``file`` is the file as the user named it, or the option (``--hosts``) that the problem is in. ``column`` is given where the text
    could not be parsed. ``path`` leads to the value.
    """

    message: str
    file: str = ""
    line: int | None = None
    column: int | None = None
    path: Path = field(default=(), compare=False)

    @property
    def key(self) -> str:
        """The dotted key, list items as ``roles[1]``."""
        return dotted(self.path)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (shown(self.file, 4096), self.line, self.column) if part)
        return ": ".join(part for part in (place, self.key, self.message) if part)


class DeclarationError(Exception):
    """A declaration that cannot be used. ``str()`` is one line per problem, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def dotted(path: Path) -> str:
    """``("hosts", "web-01", "roles", 1)`` is ``hosts.web-01.roles[1]``; keys that could be misread are quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _SIMPLE_KEY.match(part) and len(part) <= _LONGEST_SHOWN:
            text += f".{part}" if text else part
        else:
            text += f'["{shown(part)}"]'
    return text


def shown(text: str, longest: int = _LONGEST_SHOWN) -> str:
    """``text`` on one line without control characters, shortened: what a message may quote of a file."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in cut)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like ``word``, ignoring case; None if none is like it."""
    folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(word.casefold()[:200], list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """How a message about an unknown word ends: the nearest known one, or all of them where none is near and they are few."""
    near = nearest(word, known)
    if near is not None:
        return f', did you mean "{near}"?'
    return "; known: " + ", ".join(known) if 0 < len(known) <= 30 else ""
