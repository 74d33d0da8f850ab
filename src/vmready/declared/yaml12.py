"""YAML 1.2 (core schema) as plain values with positions.

PyYAML's safe scanner and parser do the syntax; values are made here, because PyYAML resolves YAML 1.1 (``NO`` and ``on`` are booleans,
``22:30`` is 1350), keeps the last of two equal keys silently and forgets lines. Only plain values come out: no tag can make an object,
and aliases are bounded. Keys are always the text as written. Source: YAML 1.2.2, 10.3 (core schema); it has no merge key (``<<``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import yaml

from vmready.declared.problem import Path, Position, shown
from vmready.declared.scalars import DEEPEST, control_character, decimal, whole_number

_NULL = re.compile(r"(?:null|Null|NULL|~|)\Z")
_TRUE = re.compile(r"(?:true|True|TRUE)\Z")
_FALSE = re.compile(r"(?:false|False|FALSE)\Z")
_INT = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_CORE = "tag:yaml.org,2002:"
_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAG_IN_LIST = re.compile(r"[\[,]\s*!([A-Za-z][\w-]*)")
#: How many values aliases may stand for in all (a few lines of nested aliases could otherwise be billions).
_MOST_ALIASED = 200_000
_UNKNOWN_TAG = 'begins with "!", which makes it a YAML tag, and this one is not known here: put text in quotes'

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is several times faster where it was built


class NotYaml(ValueError):
    """The text is not YAML, or YAML that nobody meant. The message is for the user."""

    def __init__(self, message: str, position: Position | None) -> None:
        super().__init__(message)
        self.position = position


class Report(Protocol):
    """Called for what is wrong but does not stop the reading."""

    def __call__(self, message: str, position: Position | None, path: Path = ()) -> None: ...


def read(text: str, report: Report) -> tuple[Any, dict[Path, Position]]:
    """The value of the one document in ``text`` and the positions of its keys and items. Raises NotYaml."""
    if bad := _NOT_ALLOWED.search(text):
        before = text[: bad.start()]
        position = Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise NotYaml(f"not YAML: holds the control character U+{ord(bad.group()):04X}", position)
    try:
        return _Reader(yaml.parse(text, Loader=_Loader), report).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position_or_none = Position(mark.line + 1, mark.column + 1) if mark else None
        said = ", ".join(part for part in (error.context, error.problem) if part)
        if "tag" in said or "anchor" in said:
            said = re.sub(r" ?(['\"]).*\1", "", said)  # names of tags and anchors: see _Reader.alias
        line = text.split("\n")[mark.line] if mark and mark.line <= text.count("\n") else ""
        raise NotYaml(f"not YAML: {shown(said, 200)}{_hint(said, line)}", position_or_none) from None
    except yaml.YAMLError as error:
        raise NotYaml(f"not YAML: {shown(str(error), 200)}", None) from None


def _hint(said: str, line: str) -> str:
    if tag := _TAG_IN_LIST.search(line):
        return f' (YAML reads !{tag.group(1)} as a tag: write "!{tag.group(1)}" in quotes)'
    if "\\t" in said or "\t" in line[: len(line) - len(line.lstrip())]:
        return " (indent with spaces, not with tabs)"
    return ""


def _position(event: Any) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)


class _Reader:
    """Builds values from the parser's events."""

    def __init__(self, events: Iterator[Any], report: Report) -> None:
        self.events = events
        self.report = report
        self.positions: dict[Path, Position] = {}
        self.anchors: dict[str, tuple[Any, int] | None] = {}
        self.values = 0
        self.aliased = 0

    def document(self) -> tuple[Any, dict[Path, Position]]:
        value: Any = None
        documents = 0
        for event in self.events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            documents += 1
            if documents > 1:
                raise NotYaml("more than one YAML document: a second one begins here", _position(event))
            first = next(self.events)
            self.positions[()] = _position(first)
            value = self.value(first, ())
        return value, self.positions

    def value(self, event: Any, path: Path) -> Any:
        if len(path) > DEEPEST:
            raise NotYaml(f"nested more than {DEEPEST} levels deep", _position(event))
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        if event.anchor:
            self.anchors[event.anchor] = None
        before = self.values
        self.values += 1
        make: Callable[[Any, Path], Any] = self.scalar
        if isinstance(event, yaml.MappingStartEvent):
            make = self.mapping
        elif isinstance(event, yaml.SequenceStartEvent):
            make = self.sequence
        made = make(event, path)
        if event.anchor:
            self.anchors[event.anchor] = (made, self.values - before)
        return made

    def alias(self, event: Any) -> Any:
        if event.anchor not in self.anchors:
            # Not quoted, here and for tags: whoever forgot the quotes may have written a password.
            raise NotYaml(
                'a value that begins with "*" must be in quotes (it is no alias: no such anchor)', _position(event)
            )
        target = self.anchors[event.anchor]
        if target is None:
            raise NotYaml("an alias stands inside of what it refers to", _position(event))
        self.aliased += target[1]
        self.values += target[1]
        if self.aliased > _MOST_ALIASED:
            raise NotYaml("aliases stand for too many values", _position(event))
        return target[0]

    def sequence(self, event: Any, path: Path) -> list[Any]:
        self.check_tag(event, path, "seq")
        items: list[Any] = []
        while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
            here = (*path, len(items))
            self.positions[here] = _position(item)
            items.append(self.value(item, here))
        return items

    def mapping(self, event: Any, path: Path) -> dict[str, Any]:
        self.check_tag(event, path, "map")
        entries: dict[str, Any] = {}
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            position = _position(key)
            name = self.key(key, path)
            if name is None:
                self.value(next(self.events), path)
                continue
            here = (*path, name)
            if name in entries:
                first = self.positions[here].line
                self.report(f"duplicate key, first used in line {first}", position, here)
                kept, self.positions = self.positions, {}
                self.value(next(self.events), here)
                self.positions = kept
                continue
            self.positions[here] = position
            entries[name] = self.value(next(self.events), here)
        return entries

    def key(self, event: Any, path: Path) -> str | None:
        """The text of a key; None (and a report) where it cannot be one."""
        if not isinstance(event, yaml.ScalarEvent):
            self.value(event, path)
            self.report("a key must be text, not a list, a mapping or an alias", _position(event), path)
            return None
        name: str = event.value
        if name == "<<" and event.implicit[0]:
            self.report(
                "merge keys (<<) are not part of YAML 1.2: put what is shared in one place above",
                _position(event),
                path,
            )
            return None
        if character := control_character(name):
            self.report(f"a key holds the control character {character}", _position(event), path)
            return None
        if event.anchor:
            self.anchors[event.anchor] = (name, 1)
        return name

    def check_tag(self, event: Any, path: Path, kind: str) -> None:
        if event.tag not in {None, "!", _CORE + kind}:
            self.report(_UNKNOWN_TAG, _position(event), path)

    def scalar(self, event: Any, path: Path) -> Any:
        text: str = event.value
        if character := control_character(text):
            self.report(f"holds the control character {character}", _position(event), path)
            return None
        tag: str | None = event.tag
        if tag is None:
            return self.plain(text, event, path) if event.implicit[0] else text
        if tag in {"!", _CORE + "str"}:
            return text
        if tag in {_CORE + kind for kind in ("int", "float", "bool", "null")}:
            return self.plain(text, event, path)
        in_list = bool(path) and isinstance(path[-1], int)
        if not text and in_list and re.match(r"![A-Za-z][\w-]*\Z", tag):
            self.report(f'YAML reads {tag} as a tag: write "{tag}" in quotes', _position(event), path)
        else:
            self.report(_UNKNOWN_TAG, _position(event), path)
        return None

    def plain(self, text: str, event: Any, path: Path) -> Any:
        """A plain scalar by the core schema."""
        try:
            return core_scalar(text)
        except ValueError as error:
            self.report(str(error), _position(event), path)
            return None


def core_scalar(text: str) -> str | int | float | bool | None:
    """What the core schema makes of an unquoted scalar. Raises ValueError for numbers that are not taken."""
    if _NULL.match(text):
        return None
    if _TRUE.match(text):
        return True
    if _FALSE.match(text):
        return False
    if _INT.match(text):
        return whole_number(text)
    if _OCTAL.match(text):
        return whole_number(text[2:], 8)
    if _HEX.match(text):
        return whole_number(text[2:], 16)
    if _FLOAT.match(text) or _NOT_FINITE.match(text):
        return decimal(text.replace(".inf", "inf").replace(".nan", "nan") if _NOT_FINITE.match(text) else text)
    return text
