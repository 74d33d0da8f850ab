"""``vmready demo``: the fleet of twins started, audited over WinRM by a pytest of its own, and told apart by host."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import vmready
from vmready.evidence.findings import ORDER
from vmready.evidence.run import Run
from vmready.files import EvidenceError
from vmready.twin.execution import TwinError
from vmready.twin.serving import TwinFleet
from vmready.twin.serving import serve as serve_twins

#: What pytest's exit codes mean, for those who see the demo first.
_MEANING = {
    0: "nothing at or above the gate",
    1: "non-compliant at or above the gate",
    2: "interrupted",
    3: "internal error",
    4: "usage error",
    5: "nothing selected",
    10: "something undetermined, unreachable or not run",
    11: "evidence could not be written",
    12: "totals do not agree",
}


def run(inventory: Path | None, arguments: Sequence[str]) -> int:
    """Start the twins of an inventory, run pytest against them, and print the outcome by host and where the report is.

    The deviations are intended, so the demo succeeds where the audit came to its end; usage and internal errors (3, 4, 5, 11, 12) do not.
    """
    path = inventory or _shipped()
    if path is None:
        sys.stderr.write("vmready: no inventories/demo.yaml here: run it in a clone, or give --inventory\n")
        return 4
    reports = Path("reports")
    before = set(reports.glob("*")) if reports.is_dir() else set()
    try:
        with TwinFleet.of([path]) as fleet:
            sys.stdout.write(f"{len(fleet.hosts)} twins on loopback; now: pytest --hosts {path}\n\n")
            sys.stdout.flush()
            command = [sys.executable, "-m", "pytest", "--pyargs", "tests_infra", "--hosts", str(path), *arguments]
            code = subprocess.run(command, env=os.environ, check=False).returncode  # noqa: S603
    except TwinError as error:
        sys.stderr.write(f"vmready: {error}\n")
        return 4
    new = sorted(set(reports.glob("*")) - before) if reports.is_dir() else []
    folders = [folder for folder in new if (folder / "ledger.jsonl").exists()]
    sys.stdout.write("\nThe demo's machines, by host:\n")
    for folder in folders:
        _by_host(folder)
        sys.stdout.write(f"\nReport: {(folder / 'report.html').resolve()}\n")
    meaning = _MEANING.get(code, "see README.md")
    sys.stdout.write(f"pytest's exit code was {code} ({meaning}); the demo's deviations are intended.\n")
    return 0 if code in (0, 1, 2, 10) and folders else 1


def _by_host(folder: Path) -> None:
    try:
        run = Run.read(folder)
    except EvidenceError as error:
        sys.stdout.write(f"  {error}\n")
        return
    width = max((len(name) for name in run.hosts), default=0)
    for name, totals in run.by_host().items():
        cause = run.hosts[name].cause
        said = cause.message if cause is not None else ", ".join(f"{totals[v]} {v}" for v in ORDER if totals[v])
        sys.stdout.write(f"  {name:{width}}  {said}\n")


def _shipped() -> Path | None:
    places = (Path("inventories/demo.yaml"), Path(vmready.__file__).resolve().parents[2] / "inventories" / "demo.yaml")
    return next((place for place in places if place.exists()), None)


def serve(inventories: Sequence[Path]) -> int:
    """Serve the twins of inventories until interrupted."""
    return serve_twins(inventories)
