"""pytest in a process of its own, as a user starts it: nothing of ours is imported before its assertion rewriting sees it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def run_pytest(arguments: Sequence[str], folder: Path | None = None) -> int:
    """Run pytest with these arguments (in ``folder``) and give its exit code. Ctrl-C reaches it as it reaches us."""
    process = subprocess.Popen([sys.executable, "-m", "pytest", *arguments], cwd=folder)  # noqa: S603
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal sends Ctrl-C to both; pytest ends in its own way, and is waited for.
            continue
