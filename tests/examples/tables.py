"""All tables of examples together, with what each says of its own items."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Set
from pathlib import Path
from types import ModuleType
from typing import Any

from .harness import Example

_MODULES: list[ModuleType] = [
    importlib.import_module(f".{module.name}", __package__)
    for module in pkgutil.iter_modules([str(Path(__file__).parent)])
    if not module.name.startswith("test_") and module.name != "tables"
]
ALL: list[Example] = [example for module in _MODULES for example in getattr(module, "EXAMPLES", [])]
#: A table's ``NOT_DECIDING``: items by prefix, a piece of a probe's text, and why the verdict stands without that answer.
NOT_DECIDING: list[tuple[str, str, str]] = [
    entry for module in _MODULES for entry in getattr(module, "NOT_DECIDING", [])
]
#: A table's ``WITHOUT``: the kinds of example that an item does not have, with the reason.
WITHOUT: dict[str, tuple[Set[str], str]] = {
    item: entry for module in _MODULES for item, entry in getattr(module, "WITHOUT", {}).items()
}
#: A table's ``OWN_PROBES``: the piece of a probe's text that decides an item although ``NOT_DECIDING`` names it for the item's siblings.
OWN_PROBES: dict[str, str] = {
    item: piece for module in _MODULES for item, piece in getattr(module, "OWN_PROBES", {}).items()
}
#: A table's ``OBSERVED``: what is observed of a host, by item and title of the example.
OBSERVED: dict[tuple[str, str], Any] = {
    name: observed for module in _MODULES for name, observed in getattr(module, "OBSERVED", {}).items()
}
