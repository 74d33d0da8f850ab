"""A pytest plug-in that notes wall time, CPU and peak memory at the borders of a run's phases: ``-p bench.phases``.

It is loaded into every run that is compared, so its own cost is on both sides. The figures go to the file that ``BENCH_PHASES`` names:
``{"items": n, "peak_mb": x, "at": {"start" | "collected" | "visited" | "judged" | "end": [wall seconds, CPU seconds, peak MB so far]}}``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

#: The process's CPU includes Python's start and pytest's imports, the wall time begins here.
_AT: dict[str, tuple[float, float, float]] = {"start": (time.perf_counter(), 0.0, 0.0)}
_ITEMS = [0]


def _now(name: str) -> None:
    _AT[name] = (time.perf_counter(), time.process_time(), peak_mb())


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    _ITEMS[0] = len(session.items)
    _now("collected")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """After every wrapper's first half (vmready visits or reads its hosts there), before the first item."""
    _now("visited")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, Any, Any]:
    _now("judged")
    result = yield
    _now("end")
    return result


def pytest_unconfigure(config: pytest.Config) -> None:
    path = os.environ.get("BENCH_PHASES")
    if path and "end" in _AT:
        Path(path).write_text(json.dumps({"items": _ITEMS[0], "peak_mb": peak_mb(), "at": _AT}), encoding="utf-8")


def peak_mb() -> float:
    """The most memory that this process had at a time, in MB (10^6 bytes)."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    if sys.platform == "win32":
        import psutil  # noqa: PLC0415

        return float(psutil.Process().memory_info().peak_wset) / 1e6
    import resource  # noqa: PLC0415

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024) / 1e6
