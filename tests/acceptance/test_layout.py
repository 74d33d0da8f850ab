"""Test modules of all folders are collected in one run, so that no two may have one name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_every_module_has_a_name_of_its_own() -> None:
    modules = [
        path
        for path in TESTS.rglob("*.py")
        if not (path.parent / "__init__.py").exists() and path.name != "conftest.py"
    ]
    names = Counter(path.name for path in modules)
    assert names["test_layout.py"] == 1
    assert sorted(str(path.relative_to(TESTS)) for path in modules if names[path.name] > 1) == []
