"""Whole audits against twins, as the tests of the plug-in run them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "plugin"))
