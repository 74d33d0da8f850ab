"""The repository's own settings. vmready's plug-in is loaded by its entry point, once."""

from __future__ import annotations

import importlib.util

import pytest

if importlib.util.find_spec("vmready") is None:
    raise pytest.UsageError("vmready is not installed in this Python: run `make test`, or `pip install -e '.[dev]'`")
