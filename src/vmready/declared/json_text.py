"""JSON (RFC 8259) as plain values with positions: what an executable inventory prints, and files named ``.json``.

Not read as YAML, because PyYAML refuses JSON indented with tabs and splits the surrogate pairs of ``\\ud83d\\ude00``.
"""

from __future__ import annotations

import bisect
import json
import re
from typing import Any

from vmready.declared.problem import Path, Position
from vmready.declared.scalars import DEEPEST, control_character, decimal, whole_number
from vmready.declared.yaml12 import Report

_TOKEN = re.compile(r'[ \t\r\n]*("(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+)')
_WORDS = {"true": True, "false": False, "null": None}


class NotJson(ValueError):
    """The text is not JSON. The message is for the user."""

    def __init__(self, message: str, position: Position | None) -> None:
        super().__init__(message)
        self.position = position


def read(text: str, report: Report) -> tuple[Any, dict[Path, Position]]:
    """The value of ``text`` and the positions of its keys and items. Raises NotJson."""
    if not text.strip():
        return None, {}
    try:
        # Only for its verdict on the syntax: what it makes of numbers, constants and equal keys is not ours.
        json.loads(text, parse_int=len, parse_float=len, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise NotJson(f"not JSON: {error.msg}", Position(error.lineno, error.colno)) from None
    except ValueError as error:
        raise NotJson(f"not JSON: {error}", None) from None
    except RecursionError:
        raise NotJson(f"nested more than {DEEPEST} levels deep", None) from None
    return _Reader(text, report).document()


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not a JSON value")


class _Reader:
    """Reads text that is known to be valid JSON, token by token."""

    def __init__(self, text: str, report: Report) -> None:
        self.tokens = _TOKEN.finditer(text)
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.report = report
        self.positions: dict[Path, Position] = {}
        self.here = Position(1, 1)

    def document(self) -> tuple[Any, dict[Path, Position]]:
        first = self.next()
        self.positions[()] = self.here
        return self.value(first, ()), self.positions

    def next(self) -> str:
        match = next(self.tokens)
        line = bisect.bisect_right(self.line_starts, match.start(1))
        self.here = Position(line, match.start(1) - self.line_starts[line - 1] + 1)
        return match.group(1)

    def value(self, token: str, path: Path) -> Any:
        if len(path) > DEEPEST:
            raise NotJson(f"nested more than {DEEPEST} levels deep", self.here)
        if token == "{":  # noqa: S105 - a token of the grammar
            return self.mapping(path)
        if token == "[":  # noqa: S105
            return self.sequence(path)
        if token in _WORDS:
            return _WORDS[token]
        if token.startswith('"'):
            return self.string(token, path)
        try:
            return decimal(token) if re.search("[.eE]", token) else whole_number(token)
        except ValueError as error:
            self.report(str(error), self.here, path)
            return None

    def string(self, token: str, path: Path) -> str | None:
        text: str = json.loads(token)
        if character := control_character(text):
            self.report(f"holds the control character {character}", self.here, path)
            return None
        return text

    def sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while (token := self.next()) != "]":
            if token == ",":  # noqa: S105
                continue
            here = (*path, len(items))
            self.positions[here] = self.here
            items.append(self.value(token, here))
        return items

    def mapping(self, path: Path) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        while (token := self.next()) != "}":
            if token == ",":  # noqa: S105
                continue
            position = self.here
            name = self.string(token, path)
            self.next()  # the colon
            if name is None:
                self.value(self.next(), path)
                continue
            here = (*path, name)
            if name in entries:
                first = self.positions[here].line
                self.report(f"duplicate key, first used in line {first}", position, here)
                kept, self.positions = self.positions, {}
                self.value(self.next(), here)
                self.positions = kept
                continue
            self.positions[here] = position
            entries[name] = self.value(self.next(), here)
        return entries
