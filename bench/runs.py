"""pytest in a process of its own, with what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.twins import PASSWORD

#: What neither side of a comparison needs: a cache of failures, and plug-ins for developers of tests.
OFF = ("cacheprovider", "hypothesispytest", "timeout", "faulthandler", "unraisableexception", "threadexception")
REPOSITORY = Path(__file__).parents[1]


@dataclass(frozen=True)
class Done:
    """A finished run. Seconds and CPU seconds between two of the phases' borders are in :meth:`wall` and :meth:`cpu`."""

    code: int
    output: str
    items: int
    peak_mb: float
    at: Mapping[str, tuple[float, float, float]]

    def wall(self, since: str = "start", until: str = "end") -> float:
        return self.at[until][0] - self.at[since][0]

    def cpu(self, since: str = "start", until: str = "end") -> float:
        return self.at[until][1] - self.at[since][1]

    def peak(self, until: str = "end") -> float:
        """The most memory up to a border, in MB."""
        return self.at[until][2]


def pytest(
    folder: Path,
    *arguments: str,
    off: tuple[str, ...] = (),
    expected: tuple[int, ...] = (0,),
    environment: Mapping[str, str] | None = None,
    limit: float = 900,
) -> Done:
    """Run pytest in ``folder``, outside the repository, so that no settings of it are found. Another exit code than those expected ends all."""
    phases = folder / "phases.json"
    phases.unlink(missing_ok=True)
    switches = [part for name in (*OFF, *off) for part in ("-p", f"no:{name}")]
    with (folder / "output.txt").open("w+", encoding="utf-8") as output:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "bench.phases", *switches, *arguments],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY)]),
                "BENCH_PASSWORD": PASSWORD,
                "BENCH_PHASES": str(phases),
                **(environment or {}),
            },
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=limit,
            check=False,
        )
        output.seek(0)
        text = output.read()
    if done.returncode not in expected or not phases.exists():
        raise SystemExit(f"bench: pytest ended with exit code {done.returncode}:\n{text[-3000:]}")
    figures = json.loads(phases.read_text(encoding="utf-8"))
    at = {name: (wall, cpu, peak) for name, (wall, cpu, peak) in figures["at"].items()}
    return Done(done.returncode, text, figures["items"], figures["peak_mb"], at)
