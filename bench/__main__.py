"""``python -m bench [NAME…]``: tables as they come, then all of them as one JSON document. Exit code 1 where a count is not what it has to be."""

from __future__ import annotations

import importlib
import json
import platform
import sys
import time

NAMES = ("requests", "cpu", "testinfra", "fleet", "judging")


def main(arguments: list[str]) -> int:
    unknown = [name for name in arguments if name not in NAMES]
    if unknown:
        print(f"bench: {unknown[0]} is none of {', '.join(NAMES)}", file=sys.stderr)
        return 2
    found = []
    for name in arguments or NAMES:
        began = time.monotonic()
        result = importlib.import_module(f"bench.{name}").run()
        print(result.as_text() + f"     ({time.monotonic() - began:.0f} s)\n", flush=True)
        found.append(result)
    about = {"python": platform.python_version(), "platform": platform.platform()}
    lines = ",\n".join(json.dumps(result.as_json()) for result in found)
    print(f'{{"about": {json.dumps(about)}, "benchmarks": [\n{lines}\n]}}')
    return 1 if any(check.counted and not check.holds for result in found for check in result.checks) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
