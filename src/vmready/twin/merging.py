"""One declaration laid over another: mappings key by key, lists and plain values replaced, ``null`` removes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vmready.twin import shapes
from vmready.twin.names import fold
from vmready.twin.state_shapes import file_name, key_name

_PATHS: dict[str, Callable[[str, str], str]] = {"registry": key_name, "files": file_name}
#: Here null is a value: no proxy for these URLs.
_NULLS = frozenset({"proxy"})


def merged(base: Mapping[str, Any], delta: Mapping[str, Any]) -> dict[str, Any]:
    """A new mapping; neither argument is changed. Raises :class:`~vmready.twin.shapes.Wrong` where a path of the delta is none."""
    found = dict(base)
    for name, value in shapes.mapping(delta, "").items():
        key = _existing(found, name)
        if value is None:
            found.pop(key, None)
        elif fold(name) in ("REGISTRY", "FILES") and isinstance(value, Mapping):
            found[key] = _paths(found.get(key), value, name.lower())
        else:
            found[key] = _over(found.get(key), value, name.lower() in _NULLS)
    return found


def _existing(found: Mapping[str, Any], name: str) -> str:
    wanted = fold(name)
    return next((key for key in found if fold(key) == wanted), name)


def _over(base: Any, delta: Any, nulls: bool = False) -> Any:
    if not isinstance(delta, Mapping):
        return delta
    found = dict(base) if isinstance(base, Mapping) else {}
    by_name = {fold(str(name)): name for name in found}
    for name, value in delta.items():
        key = by_name.get(fold(str(name)), name)
        if value is None and not nulls:
            found.pop(key, None)
        else:
            found[key] = _over(found.get(key), value, nulls)
    return found


def _paths(base: Any, delta: Mapping[str, Any], part: str) -> dict[str, Any]:
    spelled = _PATHS[part]
    found: dict[str, Any] = {}
    for name, value in (base or {}).items():
        found[spelled(name, part)] = value
    for name, value in shapes.mapping(delta, part).items():
        path = spelled(name, part)
        by_path = {fold(known): known for known in found}
        if value is None:
            wanted = fold(path)
            for folded, known in by_path.items():
                if folded == wanted or folded.startswith(wanted + "\\"):
                    del found[known]
        else:
            key = by_path.get(fold(path), path)
            found[key] = _over(found.get(key), value)
    return found
