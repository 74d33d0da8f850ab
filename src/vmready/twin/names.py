"""Names as Windows compares them: without case, by ordinal rules (one UTF-16 unit at a time, no culture, no expansion such as ß to SS)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

V = TypeVar("V")

_HIVES = {
    "HKEY_LOCAL_MACHINE": "HKLM",
    "HKEY_CURRENT_USER": "HKCU",
    "HKEY_USERS": "HKU",
    "HKEY_CLASSES_ROOT": "HKCR",
}
_KEY = re.compile(
    rf"(?:Registry::)?({'|'.join([*_HIVES, *_HIVES.values()])}):?(?=\\|\Z)(.*)\Z", re.IGNORECASE | re.DOTALL
)
_FILE = re.compile(r"(?:\\\\\?\\)?([A-Za-z]:)(?=[\\/]|\Z)(.*)\Z", re.DOTALL)


#: Where .NET's ToUpperInvariant and Python's upper() part: the dotless i stays, Greek letters with iota below have one capital.
_CAPITALS = {
    "\u0131": "\u0131",
    **{chr(at): chr(at + 8) for low in (0x1F80, 0x1F90, 0x1FA0) for at in range(low, low + 8)},
    **{"\u1fb3": "\u1fbc", "\u1fc3": "\u1fcc", "\u1ff3": "\u1ffc"},
}


def fold(name: str) -> str:
    """What two names have in common that differ in case only: .NET's OrdinalIgnoreCase."""
    if name.isascii():
        return name.upper()
    return "".join(_CAPITALS.get(unit) or (big if len(big := unit.upper()) == 1 else unit) for unit in name)


def units(text: str) -> str:
    """The text as UTF-16 code units, one character each, so that lengths and cuts are those of Windows."""
    if text.isascii() or max(map(ord, text)) < 0x10000:
        return text
    data = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(data[at] | data[at + 1] << 8) for at in range(0, len(data), 2))


def whole(text: str) -> str:
    """The inverse of :func:`units`: pairs of surrogates become characters again, lone ones stay."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def cut(text: str, limit: int) -> str:
    """At most ``limit`` units of the text."""
    return text if len(text) <= limit // 2 else whole(units(text)[:limit])


def sort_key(name: str) -> str:
    """For the order of names: ordinal, without case."""
    return units(fold(name))


def key_path(text: str) -> str | None:
    r"""``HKLM\…`` with single separators, or None for what is no registry path. ``/`` is part of a key's name."""
    match = _KEY.match(text)
    if match is None:
        return None
    hive = match[1].upper()
    return "\\".join([_HIVES.get(hive, hive), *(part for part in match[2].split("\\") if part)])


def file_path(text: str) -> str | None:
    r"""``C:\…`` with single separators and an upper-case drive (the root is ``C:``), or None for what is no such path."""
    match = _FILE.match(text)
    if match is None:
        return None
    return "\\".join([match[1].upper(), *(part for part in re.split(r"[\\/]", match[2]) if part)])


class Folded(Mapping[str, V], Generic[V]):
    """A mapping that finds names without case; iteration gives them as they were declared, in that order."""

    __slots__ = ("_entries",)

    def __init__(self, items: Mapping[str, V] | None = None) -> None:
        self._entries: dict[str, tuple[str, V]] = {}
        for name, value in (items or {}).items():
            self._entries[fold(name)] = (name, value)

    def __getitem__(self, name: str) -> V:
        return self._entries[fold(name)][1]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and fold(name) in self._entries

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"Folded({dict(self.items())!r})"


def plain(value: Any) -> Any:
    """The value as JSON holds it: mappings become dictionaries, tuples lists."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
