r"""registry: a key's values and the names of its sub-keys; ``HKU\*`` for every loaded hive."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from vmready.twin.answers.outcome import Absent, Unreadable, bad_argument, registry_denied, unsupported
from vmready.twin.answers.question import Question
from vmready.twin.answers.readings import Readings
from vmready.twin.names import cut, fold, units
from vmready.twin.registry import Key, Value
from vmready.twin.states import State, expand

_VALUES = 4096
_KEYS = 4096
_NODES = 20_000
_TEXT = 65_536
_DEEPEST = 16
_TYPES = frozenset(("REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD", "REG_MULTI_SZ", "REG_QWORD"))
#: What the types are called where only the values can be seen.
_SEEN = {
    "REG_EXPAND_SZ": "REG_SZ",
    "REG_DWORD": "REG_DWORD",
    "REG_QWORD": "REG_QWORD",
    "REG_MULTI_SZ": "REG_MULTI_SZ",
    "REG_SZ": "REG_SZ",
}
USER_INFO = re.compile(r"""[^\x00-\x20/;,="<>:@]{0,256}:(?!//)[^\x00-\x20;"<>]{0,1024}(?=@)""")
#: Names under which the provider shows properties of its own.
_PROVIDER = frozenset(map(fold, ("PSPath", "PSParentPath", "PSChildName", "PSDrive", "PSProvider")))


def answer(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    supported(state, question.subject)
    question.word("userinfo", "cut")
    reader = _Reader(state, question)
    hive, _, rest = question.subject.partition("\\")
    if hive.upper() not in ("HKLM", "HKU") or not rest:
        raise bad_argument(question.subject)
    path = "\\".join([hive.upper(), *(part for part in rest.split("\\") if part)])
    if path == "HKU\\*" or path.startswith("HKU\\*\\"):
        return reader.hives(path[6:])
    key = state.registry.find(path)
    if key is None:
        raise Absent
    if key.refused:
        raise registry_denied()
    return reader.node(key, reader.depth)


def supported(state: State, path: str) -> None:
    """Raises Unreadable where this PowerShell or language mode cannot read the key."""
    if state.ps_version < (3,):
        raise unsupported("the 64-bit registry view, which needs .NET 4")
    if state.constrained and state.os.get("bitness", 64) == 32:
        raise unsupported("the 64-bit registry view, in a 32-bit process in Constrained Language Mode")
    if state.constrained and "/" in path:
        raise unsupported("a key name with a slash in it, in Constrained Language Mode")


class _Reader:
    def __init__(self, state: State, question: Question) -> None:
        self.state = state
        self.depth = question.number("depth", 0, 0, _DEEPEST)
        self.by_shape = {fold(name) for name in question.all("shape")}
        self.chosen = _once((*question.all("value"), *question.all("shape")))
        self.literals = question.all("equals")
        self.contains = [fold(literal) for literal in question.all("contains")]
        self.cut_user = question.one("userinfo") is not None
        self.nodes = 0

    def hives(self, rest: str) -> dict[str, Any]:
        users = self.state.registry.find("HKU")
        found: dict[str, Any] = {}
        for hive in users.sub_keys if users else ():
            if fold(hive.name).endswith("_CLASSES"):
                continue
            if len(found) == _KEYS:
                return {"hives": found, "more": True}
            key = hive.find(rest) if rest else hive
            if key is None:
                found[hive.name] = {"absent": True}
            elif key.refused:
                found[hive.name] = {"unreadable": registry_denied().why}
            else:
                found[hive.name] = self._part(key)
        return {"hives": found}

    def node(self, key: Key, depth: int) -> dict[str, Any]:
        if self.state.constrained and any(fold(value.name) in _PROVIDER for value in key.values):
            raise unsupported("a value named like a property of the provider, in Constrained Language Mode")
        self.nodes += 1
        values, more = self._values(key)
        keys: dict[str, Any] = {}
        for child in key.sub_keys:
            if len(keys) == _KEYS:
                more = True
                break
            keys[child.name] = None
            if depth > 0:
                if self.nodes >= _NODES:
                    more = True
                else:
                    keys[child.name] = self._child(child, depth - 1)
        return {"values": values, "keys": keys, "more": more}

    def _child(self, child: Key, depth: int) -> dict[str, Any]:
        try:
            supported(self.state, child.name)
            if child.refused:
                raise registry_denied()
            return self.node(child, depth)
        except Unreadable as failure:
            return {"unreadable": failure.why}

    def _part(self, key: Key) -> dict[str, Any]:
        try:
            return self.node(key, self.depth)
        except Unreadable as failure:
            return {"unreadable": failure.why}

    def _values(self, key: Key) -> tuple[dict[str, Any], bool]:
        if self.chosen:
            wanted = [(name, value) for name in self.chosen if (value := key.value(name)) is not None]
        else:
            wanted = [(value.name, value) for value in key.values]
        found: dict[str, Any] = {}
        for name, value in wanted:
            if self.contains and not self._fits(value):
                continue
            if len(found) == _VALUES and name not in found:
                return found, True
            found[name] = self._shape(value) if fold(value.name) in self.by_shape else self._data(value)
        return found, False

    def _fits(self, value: Value) -> bool:
        text = "\n".join(value.data) if isinstance(value.data, list) else self._text(value)
        return text is not None and all(literal in fold(text) for literal in self.contains)

    def _text(self, value: Value) -> str | None:
        if value.type == "REG_EXPAND_SZ" and self.state.constrained:
            return expand(self.state, value.data)
        return value.data if value.type in ("REG_SZ", "REG_EXPAND_SZ") else None

    def _entry(self, value: Value) -> dict[str, Any]:
        if self.state.constrained:
            return {"type": _SEEN.get(value.type, "REG_BINARY"), "inferred": True}
        return {"type": value.type if value.type in _TYPES else "REG_NONE"}

    def _shape(self, value: Value) -> dict[str, Any]:
        entry = self._entry(value)
        text = self._text(value)
        if text is not None:
            equal = next((literal for literal in self.literals if literal == text), None)
            return {**entry, "shape": "text" if text else "empty", "length": len(units(text)), "equals": equal}
        return {**entry, "shape": "other", "length": _length(value.data), "equals": None}

    def _data(self, value: Value) -> dict[str, Any]:
        entry = self._entry(value)
        data = value.data
        if isinstance(data, int):
            return {**entry, "data": data}
        if isinstance(data, list):
            return {**entry, **_cut_lines([self._without_user(line) for line in data])}
        text = self._text(value)
        if text is not None:
            return {**entry, **_cut_text(self._without_user(text))}
        octets = bytes.fromhex(data)
        if self.cut_user:
            octets = overwritten(USER_INFO, octets.decode("latin-1")).encode("latin-1")
        if len(octets) > _TEXT:
            return {**entry, "data": octets[:_TEXT].hex(), "cut": len(octets)}
        return {**entry, "data": octets.hex()}

    def _without_user(self, text: str) -> str:
        return overwritten(USER_INFO, text) if self.cut_user else text


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names without those that are there already (without case), as they were first asked."""
    seen: dict[str, str] = {}
    for name in names:
        seen.setdefault(fold(name), name)
    return tuple(seen.values())


def _length(data: Any) -> int:
    """Units of lines joined by newlines, bytes of hex, 0 for a number."""
    if isinstance(data, list):
        return len(units("\n".join(data)))
    return len(data) // 2 if isinstance(data, str) else 0


def overwritten(pattern: re.Pattern[str], text: str) -> str:
    """The text with a star for each unit of what the pattern finds, or of its second group where it has one."""
    stars: Callable[[str], str] = lambda found: "*" * len(units(found))  # noqa: E731
    if pattern.groups:
        return pattern.sub(lambda match: match[1] + stars(match[2]), text)
    return pattern.sub(lambda match: stars(match[0]), text)


def _cut_text(text: str) -> dict[str, Any]:
    length = len(units(text))
    return {"data": cut(text, _TEXT), "cut": length} if length > _TEXT else {"data": text}


def _cut_lines(lines: list[str]) -> dict[str, Any]:
    joined = "\n".join(lines)
    length = len(units(joined))
    return {"data": cut(joined, _TEXT).split("\n"), "cut": length} if length > _TEXT else {"data": lines}
