"""All tables of examples together."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from .harness import Example


def _all() -> list[Example]:
    found: list[Example] = []
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if not module.name.startswith("test_") and module.name != "tables":
            found += getattr(importlib.import_module(f".{module.name}", __package__), "EXAMPLES", [])
    return found


ALL: list[Example] = _all()
