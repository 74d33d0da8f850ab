"""A thousand hosts that take two seconds each, visited by 200 threads: wall time, CPU and memory of the client.

One audit with ``pytest --hosts … --concurrency 200`` of five requirements, NTLM over HTTPS, against twins whose answer takes two seconds
(``twin: {delay: 2}`` of their state). Nothing can be faster than the slower of two things: the client's own CPU for the visits (one process,
one interpreter lock), and host time x hosts / threads. The wall time of the visits is held against that. The twins run beside it on the same
machine: the CPU that they take is shown, since it is missing where there are two cores only, and so is the machine's load at the start.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import psutil

from bench import runs, states
from bench.table import Check, Found
from bench.testinfra import ITEMS
from bench.twins import served
from vmready.evidence.run import Run
from vmready.stored import SUFFIX

HOSTS, THREADS, DELAY = 1_000, 200, 2.0


def run() -> Found:
    state = states.update_management(twin={"delay": DELAY})
    load = psutil.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="vmready-bench-") as name, served(state, HOSTS) as twins:
        folder = Path(name)
        inventory = twins.inventory(folder / "inventory.json", roles=states.UPDATE_MANAGEMENT, inputs=states.INPUTS)
        serving = psutil.Process(twins.process.pid)
        before = sum(serving.cpu_times()[:2])
        done = runs.pytest(
            folder,
            *("--pyargs", "tests_infra", "--hosts", str(inventory), "-k", " or ".join(ITEMS)),
            *("--concurrency", str(THREADS)),
            expected=(0, 1, 10, 11),
        )
        their_cpu = sum(serving.cpu_times()[:2]) - before
        counts = twins.counts()
        (report,) = (folder / "reports").iterdir()
        audit = Run.read(report)
        seconds = statistics.median(_seconds(path) for path in (report / "snapshots").glob("*" + SUFFIX))
    wall, cpu = done.wall("collected", "visited"), done.cpu("collected", "visited")
    least = max(cpu, DELAY * HOSTS / THREADS)
    requests = {one["total_requests"] for one in counts.values()}
    reached = sum(host.cause is None and host.collected for host in audit.hosts.values())
    row: dict[str, Any] = {
        "hosts": HOSTS,
        "threads": THREADS,
        "machine: cores": psutil.cpu_count() or 0,
        "machine: load before": load,
        "reached": reached,
        "requests per host": "/".join(str(count) for count in sorted(requests)),
        "shells left": sum(one["open_shells"] for one in counts.values()),
        "one visit s (median)": seconds,
        "visits: wall s": wall,
        "client cpu s": cpu,
        "hosts x delay / threads": DELAY * HOSTS / THREADS,
        "wall / the greater": wall / least,
        "twins' cpu s": their_cpu,
        "peak MB at the visits' end": done.peak("visited"),
        "peak MB": done.peak_mb,
        "whole run: wall s": done.wall(),
        "cpu s": done.cpu(),
    }
    checks = [
        Check(f"all {HOSTS} hosts were reached", reached == HOSTS, counted=True),
        Check("7 requests per host, no shell left", requests == {7} and row["shells left"] == 0, counted=True),
    ]
    remark = f"the visits took {wall / least:.2f} x max(client CPU, host time x hosts / threads)"
    # One row with many columns reads better as lines.
    rows = [{"figure": name, "value": value} for name, value in row.items()]
    return Found("fleet", f"{HOSTS:,} hosts that take {DELAY:g} s, {THREADS} threads", rows, checks, [remark])


def _seconds(snapshot: Path) -> float:
    """How long the visit took, by its own figures."""
    return float(json.loads(snapshot.read_text(encoding="utf-8"))["transport"]["seconds"])
