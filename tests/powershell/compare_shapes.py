"""Where the stand-ins differ from the real cmdlets: two records of ``shapes.ps1``, compared.

    python tests/powershell/compare_shapes.py real.json stand-ins.json [-o differences.json]

Prints one line per difference. Differences are a finding for whoever keeps the stand-ins, not a failure: the exit code is 0, and 2 when a
record cannot be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any


def differences(real: Mapping[str, Any], stand_ins: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """``{call, what, real, standIns}`` for each thing in which the two records differ, in the order of the calls' names."""
    theirs, ours = real["shapes"], stand_ins["shapes"]
    for call in sorted({*theirs, *ours}):
        yield from _call(call, theirs.get(call, {}), ours.get(call, {}))


def _call(call: str, real: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    def differing(what: str, one: Any, other: Any) -> Iterator[dict[str, Any]]:
        if one != other:
            yield {"call": call, "what": what, "real": one, "standIns": other}

    yield from differing("outcome", real.get("outcome"), ours.get("outcome"))
    if real.get("outcome") != ours.get("outcome"):
        return
    if "failure" in real:
        for what in ("id", "category", "exception"):
            yield from differing(what, real["failure"].get(what), ours.get("failure", {}).get(what))
    if "shape" in real:
        one, other = real["shape"], ours.get("shape", {})
        yield from differing("type", next(iter(one.get("types", [])), None), next(iter(other.get("types", [])), None))
        mine = other.get("properties", {})
        for name in sorted({*one.get("properties", {}), *mine}):
            yield from differing(f"property {name}", one.get("properties", {}).get(name), mine.get(name))


def _record(path: Path) -> dict[str, Any]:
    document = json.loads(path.read_text("utf-8-sig"))
    if not isinstance(document, dict) or not isinstance(document.get("shapes"), dict):
        raise ValueError("not a record of shapes.ps1")
    return document


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("real", type=Path)
    parser.add_argument("stand_ins", type=Path)
    parser.add_argument("-o", "--output", type=Path, help="where the differences are written as JSON")
    chosen = parser.parse_args(arguments)
    records = []
    for path in (chosen.real, chosen.stand_ins):
        try:
            records.append(_record(path))
        except (OSError, ValueError) as problem:
            print(f"{path}: {problem}", file=sys.stderr)
            return 2
    found = list(differences(*records))
    for one in found:
        print(f"{one['call']}: {one['what']}: {one['real']!r} on Windows, {one['standIns']!r} in the stand-ins")
    calls = len({*records[0]["shapes"], *records[1]["shapes"]})
    print(f"{len(found)} differences in {calls} calls")
    if chosen.output is not None:
        chosen.output.write_text(json.dumps(found, indent=1), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
