"""The declared files as a tree, what they hold, and who may look."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vmready.twin.names import Folded, file_path, fold, sort_key
from vmready.twin.state_shapes import ENCODINGS


@dataclass(slots=True)
class Node:
    """A file or folder. ``entry`` is what was declared of it; folders above a declared path exist by themselves."""

    path: str
    entry: Mapping[str, Any] = field(default_factory=dict)
    folder: bool = False
    denied: bool = False
    children: dict[str, Node] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.rsplit("\\", 1)[-1]

    @property
    def listed(self) -> list[Node]:
        """What the folder holds, by name."""
        return sorted(self.children.values(), key=lambda node: sort_key(node.name))


class Tree:
    """Every declared path with the folders above it."""

    def __init__(self, files: Folded[Any], acls: Folded[Any], denied: list[str]) -> None:
        self._nodes: dict[str, Node] = {}
        for path, entry in files.items():
            node = self._make(path)
            node.entry = entry
            node.folder = node.folder or bool(entry.get("directory"))
        for path in [*(path for path in acls if file_path(path)), *filter(None, map(file_path, denied))]:
            node = self._make(path)
            if path not in files and "." not in node.name:
                node.folder = True
        for entry in denied:
            if path_of := file_path(entry):
                self._nodes[fold(path_of)].denied = True

    def _make(self, path: str) -> Node:
        node = self._nodes.get(fold(path))
        if node is None:
            node = self._nodes[fold(path)] = Node(path)
            above, _, name = path.rpartition("\\")
            if above:
                parent = self._make(above)
                parent.folder = True
                parent.children[fold(name)] = node
        return node

    def get(self, path: str) -> Node | None:
        return self._nodes.get(fold(path))

    def refused_above(self, path: str) -> bool:
        """Whether a folder on the way to ``path`` is denied, which hides what lies below it, there or not."""
        while "\\" in path:
            path = path.rpartition("\\")[0]
            node = self.get(path)
            if node is not None and node.denied:
                return True
        return False


_CONTENT = ("text", "lines", "base64", "length")


def entry_of(node: Node, opened: bool) -> Mapping[str, Any]:
    """What holds of a file now: its ``then`` once it was opened."""
    then = node.entry.get("then")
    if not opened or then is None:
        return node.entry
    rewritten = any(name in then for name in _CONTENT[:3])
    kept = {
        name: value for name, value in node.entry.items() if name != "then" and not (rewritten and name in _CONTENT)
    }
    return {**kept, **then}


def content(entry: Mapping[str, Any]) -> bytes:
    """The bytes of a file, byte order mark included."""
    if "base64" in entry:
        return base64.b64decode(entry["base64"])
    lines = entry.get("lines")
    text = "\r\n".join(lines) + "\r\n" if lines else entry.get("text", "")
    name = entry.get("encoding")
    codec, mark = ENCODINGS[name] if name else ("utf-8", b"")
    if codec in ("utf-8", "utf-16-le", "utf-16-be"):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return mark + text.encode(codec, "replace")


def length(entry: Mapping[str, Any]) -> int:
    """The size that a listing shows."""
    declared = entry.get("length")
    return int(declared) if declared is not None else len(content(entry))


@dataclass(frozen=True, slots=True)
class Stream:
    """A file opened for reading: a declared length beyond its content puts zeros before it, as the tail of a long log needs no more."""

    data: bytes
    lead: int

    @classmethod
    def open(cls, entry: Mapping[str, Any]) -> Stream:
        data = content(entry)
        return cls(data, max(0, int(entry.get("length") or 0) - len(data)))

    @property
    def length(self) -> int:
        return self.lead + len(self.data)

    def read(self, start: int, end: int) -> bytes:
        """The bytes from ``start`` up to ``end``."""
        zeros = max(0, min(end, self.lead) - start)
        return bytes(zeros) + self.data[max(0, start - self.lead) : max(0, end - self.lead)]
