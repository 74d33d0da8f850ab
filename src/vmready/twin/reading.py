"""State files: YAML 1.2 as inventories are read, or JSON with every text that JSON can hold (lone surrogates and NUL included)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vmready.declared import DeclarationError
from vmready.declared import read as read_declaration
from vmready.twin.shapes import StateError


def read(path: Path) -> Mapping[str, Any]:
    """The keys and values of a state file. Raises StateError, one line."""
    value = _json(path) if path.suffix.lower() == ".json" else _yaml(path)
    if not isinstance(value, Mapping):
        raise StateError(f"{path}: a state has keys and values, not {type(value).__name__}")
    return value


def _yaml(path: Path) -> Any:
    try:
        declaration = read_declaration(path)
    except DeclarationError as error:
        raise StateError(str(error.problems[0])) from None
    if declaration.problems:
        raise StateError(str(declaration.problems[0]))
    return declaration.value


def _json(path: Path) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise StateError(f"{path}: {name}: stands there twice")
            found[name] = value
        return found

    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=once)
    except OSError as error:
        raise StateError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise StateError(f"{path}: not JSON: {error}") from None
