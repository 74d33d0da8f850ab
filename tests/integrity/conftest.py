"""Whole audits against twins, as the tests of the plug-in run them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "plugin"))


def pytest_configure(config: pytest.Config) -> None:
    # The plug-in adds the marks of a document when it collects its requirements; here they are looked at without it.
    for document in ("ga", "gb", "um", "vd", "bk"):
        config.addinivalue_line("markers", f"{document}: requirements of this document")
