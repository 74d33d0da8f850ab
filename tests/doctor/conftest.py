"""The fixtures of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from doctor_runs import Clinic
from loopback_fixtures import authority, serve

from vmready.twin.certificates import Authority
from vmready.twin.server import TwinServer

__all__ = ["authority", "serve"]


@pytest.fixture
def clinic(tmp_path: Path, authority: Authority, serve: Callable[..., TwinServer]) -> Clinic:
    """A folder with an inventory of one twin, and doctor run on it."""
    return Clinic(tmp_path, authority, serve)
