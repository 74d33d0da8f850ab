"""Whole audits come from tests/plugin/audits.py."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plugin"))


def pytest_configure(config: pytest.Config) -> None:
    """The marks of each document, which the plug-in adds when it collects requirements; here they are imported without it."""
    for document in ("ga", "gb", "um", "vd", "bk"):
        config.addinivalue_line("markers", f"{document}: requirements of this document")
