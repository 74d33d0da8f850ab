"""Whether a process that was to be ended has ended."""

from __future__ import annotations

import time

import psutil


def status_at_last(pid: int, seconds: float = 30.0) -> str:
    """``gone`` or ``zombie`` as soon as that is so; the status that it still has otherwise.

    The kernel ends a killed process in its own time, and whoever adopted it reaps it in theirs.
    """
    until = time.monotonic() + seconds
    while (status := _status(pid)) not in ("gone", psutil.STATUS_ZOMBIE) and time.monotonic() < until:
        time.sleep(0.05)
    return status


def _status(pid: int) -> str:
    try:
        return psutil.Process(pid).status()
    except psutil.NoSuchProcess:
        return "gone"
