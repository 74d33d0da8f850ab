"""The marks that requirements of each document carry: the plug-in adds them when it collects such a test, here they are looked at without it."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    for document in ("ga", "gb", "um", "vd", "bk"):
        config.addinivalue_line("markers", f"{document}: requirements of this document")
