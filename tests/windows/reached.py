"""Whether the newest run in a folder of reports reached its hosts and judged something.

    python tests/windows/reached.py reports

Exit code 1 where a host was not reached or nothing was judged, 2 where there is no run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

JUDGED = ("compliant", "non-compliant", "warning", "noted", "waived")


def fault(run: dict[str, Any]) -> str | None:
    """Why the run proves nothing about WinRM to a real Windows; None where it does."""
    totals = run["totals"]
    if totals["unreachable"] or totals["not run"]:
        return f"{totals['unreachable']} unreachable, {totals['not run']} not run"
    if not any(totals[verdict] for verdict in JUDGED):
        return "nothing was judged"
    return None


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("one folder of reports is wanted", file=sys.stderr)
        return 2
    runs = sorted(Path(arguments[0]).glob("*/run.json"), key=lambda path: path.stat().st_mtime)
    if not runs:
        print(f"{arguments[0]}: no run.json", file=sys.stderr)
        return 2
    run = json.loads(runs[-1].read_text("utf-8"))
    print(", ".join(f"{count} {verdict}" for verdict, count in run["totals"].items() if count))
    for finding in run["findings"]:
        if finding["verdict"] == "undetermined":
            print(f"undetermined: {finding['requirement']}: {finding['detail']}")
    wrong = fault(run)
    if wrong is not None:
        print(wrong)
    return 0 if wrong is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
