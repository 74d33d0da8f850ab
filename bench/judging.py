"""Judging 100,000 stored cells against a bare pytest run of as many empty parametrized tests.

The snapshots: one twin of each kind below is audited over the wire with all roles but the golden image's, which leaves real snapshots; these
are written again under other names, addresses and machine ids until there are enough hosts for 100,000 cells. Nine hosts in ten are healthy,
one has an old .NET Framework and TLS 1.2 switched off, or a registry key that may not be read. ``pytest --snapshots`` then judges them.

The bare run: one module with as many functions as there are items per host, each ``pass``, parametrized over as many names as there are hosts.
Both runs leave out the same plug-ins (bench/runs.py); the bare one also those of vmready and testinfra, which it does not need and vmready
does. Compared is all from the start to the last verdict: for vmready that is reading and checking the snapshot files, making items, plan,
facts, judging, and a ledger on the disk. Writing the reports (after the last verdict) is shown apart. CPU is compared as well as wall
time, since other work on the machine lengthens the second only.
"""

from __future__ import annotations

import json
import math
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import runs, states
from bench.table import Check, Found
from bench.twins import served
from vmready.evidence.run import Run
from vmready.stored import INDEX, SUFFIX

CELLS = 100_000
AIM = 0.5
ROLES = ["session-host", "update-management", "azure-backup"]
_NDP = r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full"
_TLS = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"
#: Of every 20 hosts so many are in this state.
KINDS: tuple[tuple[int, Mapping[str, Any]], ...] = (
    (18, {}),
    (1, {"registry": {_NDP: {"Release": 378389}, _TLS: {"Enabled": 0, "DisabledByDefault": 1}}}),
    (1, {"denied": [r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP"]}),
)


def run() -> Found:
    with tempfile.TemporaryDirectory(prefix="vmready-bench-") as name:
        folder = Path(name)
        models = [_audited(folder, number, changes) for number, (_, changes) in enumerate(KINDS)]
        items = models[0][1]
        hosts = math.ceil(CELLS / items)
        snapshots = _multiplied(folder / "snapshots", [text for text, _ in models], hosts)
        ours = runs.pytest(
            folder, "--pyargs", "tests_infra", "--snapshots", str(snapshots), "--tb=no", expected=(0, 1, 10)
        )
        (report,) = (folder / "reports").iterdir()
        sizes = {path.name: path.stat().st_size / 1e6 for path in sorted(report.iterdir()) if path.is_file()}
        totals = {verdict.value: count for verdict, count in Run.read(report).totals.items() if count}
        bare_file = folder / "test_bare.py"
        bare_file.write_text(_bare(items, hosts), encoding="utf-8")
        bare = runs.pytest(folder, "test_bare.py", "--tb=no", off=("vmready", "pytest11.testinfra"))
    rows = [_row("vmready --snapshots", ours), _row("bare pytest, empty tests", bare)]
    ratio = {
        "run": "vmready / bare",
        **{
            key: rows[0][key] / rows[1][key]
            for key in ("to the last verdict: cpu s", "wall s", "items per s", "peak MB")
        },
    }
    by_cpu = ratio["to the last verdict: cpu s"]
    checks = [
        Check(f"both ran {hosts * items:,} items", ours.items == bare.items == hosts * items, counted=True),
        Check(f"every cell has one verdict: {totals}", sum(totals.values()) == hosts * items, counted=True),
        Check(f"{by_cpu:.2f} x the CPU of the bare run, at most {AIM} wanted", by_cpu <= AIM),
        Check(f"{ratio['wall s']:.2f} x its wall time, at most {AIM} wanted", ratio["wall s"] <= AIM),
    ]
    remark = "reports in MB: " + ", ".join(f"{file} {size:.1f}" for file, size in sizes.items())
    return Found("judging", f"{hosts:,} hosts x {items} items from snapshots", [*rows, ratio], checks, [remark])


def _audited(folder: Path, number: int, changes: Mapping[str, Any]) -> tuple[str, int]:
    """The snapshot that an audit of a twin leaves, as text, and how many items there are."""
    own = folder / f"kind-{number}"
    own.mkdir()
    with served(states.changed(states.everything(), changes), 1) as twins:
        inventory = twins.inventory(own / "inventory.json", roles=ROLES, inputs=states.INPUTS)
        done = runs.pytest(own, "--pyargs", "tests_infra", "--hosts", str(inventory), expected=(0, 1, 10))
    (snapshot,) = own.glob("reports/*/snapshots/*" + SUFFIX)
    return snapshot.read_text(encoding="utf-8"), done.items


def _multiplied(folder: Path, models: list[str], hosts: int) -> Path:
    """Write a snapshot per host, each with a name, an address and a machine id of its own, and the list of the hosts."""
    folder.mkdir()
    weighted = [model for (weight, _), model in zip(KINDS, models, strict=True) for _ in range(weight)]
    listed = []
    for number in range(hosts):
        document = json.loads(weighted[number % len(weighted)])
        known = document["host"]["machine_id"]
        name, address = f"vm-{number:04}", f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
        document["host"].update(name=name, address=address)
        text = json.dumps(document, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
        if known:
            machine = str(uuid.UUID(int=number + 1))
            text = text.replace(known, machine).replace(known.upper(), machine.upper())
        (folder / (name + SUFFIX)).write_text(text, encoding="utf-8")
        listed.append(
            {
                "name": name,
                "address": address,
                "declared_roles": sorted(document["host"]["declared_roles"]),
                "excluded_roles": [],
                "inputs": document["host"]["inputs"],
                "resource_id": None,
                "tags": {},
                "allow_undetermined": {},
            }
        )
    index = {"schema": "vmready/hosts/1", "run": "bench", "hosts": listed}
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
    return folder


def _bare(functions: int, numbers: int) -> str:
    head = f"import pytest\n\nhosts = pytest.mark.parametrize('host', [f'vm-{{n:04}}' for n in range({numbers})])\n"
    return head + "".join(f"\n\n@hosts\ndef test_empty_{number}(host):\n    pass\n" for number in range(functions))


def _row(name: str, done: runs.Done) -> dict[str, Any]:
    wall = done.wall("start", "judged")
    return {
        "run": name,
        "items": done.items,
        "to the last verdict: cpu s": done.cpu("start", "judged"),
        "wall s": wall,
        "items per s": done.items / wall,
        "collected": done.cpu("start", "collected"),
        "read": done.cpu("collected", "visited"),
        "judged": done.cpu("visited", "judged"),
        "reports: cpu s": done.cpu("judged", "end"),
        "reports: wall s": done.wall("judged", "end"),
        "peak MB to the last verdict": done.peak("judged"),
        "peak MB": done.peak_mb,
    }
