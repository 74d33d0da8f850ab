"""The declared registry as a tree: keys in the order of their names, values in the order of the declaration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vmready.twin.names import Folded, fold, key_path, sort_key

#: There on every Windows, declared or not.
_ALWAYS = ("HKLM", r"HKLM\SOFTWARE", "HKU", "HKCU", "HKCR")


@dataclass(frozen=True, slots=True)
class Value:
    """``data``: unsigned number, text as stored, list of text, or lower-case hex."""

    name: str
    type: str
    data: Any


@dataclass(slots=True)
class Key:
    """A key. ``denied`` counts for everything below it."""

    name: str
    parent: Key | None = None
    denied: bool = False
    values: list[Value] = field(default_factory=list)
    children: dict[str, Key] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        key: Key | None = self
        while key is not None:
            if key.denied:
                return True
            key = key.parent
        return False

    @property
    def sub_keys(self) -> Iterator[Key]:
        return iter(sorted(self.children.values(), key=lambda key: sort_key(key.name)))

    def value(self, name: str) -> Value | None:
        wanted = fold(name)
        return next((value for value in self.values if fold(value.name) == wanted), None)

    def find(self, path: str) -> Key | None:
        r"""The key at ``HKLM\…`` below this root, whether or not it may be opened."""
        key: Key = self
        for part in path.split("\\"):
            child = key.children.get(fold(part))
            if child is None:
                return None
            key = child
        return key

    def make(self, path: str) -> Key:
        key: Key = self
        for part in path.split("\\"):
            key = key.children.setdefault(fold(part), Key(part, key))
        return key


def tree(registry: Mapping[str, Mapping[str, Mapping[str, Any]]], denied: Iterable[str]) -> Key:
    """The root above the hives. A denied key exists."""
    root = Key("")
    for path in _ALWAYS:
        root.make(path)
    for path, values in registry.items():
        key = root.make(path)
        key.values += [Value(name, value["type"], value["data"]) for name, value in values.items()]
    for entry in denied:
        if path_of := key_path(entry):
            root.make(path_of).denied = True
    return root


_START = {"Boot": 0, "System": 1, "Automatic": 2, "Manual": 3, "Disabled": 4}


def with_services(registry: Folded[Any], services: Folded[Any]) -> Folded[Any]:
    """The registry with the Services key of each declared service that does not declare it by itself: what Windows would hold."""
    derived = {}
    for name, service in services.items():
        path = rf"HKLM\SYSTEM\CurrentControlSet\Services\{name}"
        if path in registry:
            continue
        values: dict[str, Any] = {"Start": {"type": "REG_DWORD", "data": _START[service.get("startType", "Manual")]}}
        if service.get("delayed"):
            values["DelayedAutostart"] = {"type": "REG_DWORD", "data": 1}
        if service.get("pathName"):
            values["ImagePath"] = {"type": "REG_EXPAND_SZ", "data": service["pathName"]}
        values["ObjectName"] = {"type": "REG_SZ", "data": service.get("account") or "LocalSystem"}
        derived[path] = Folded(values)
    return Folded({**{path: registry[path] for path in registry}, **derived})
