"""Client CPU per host against a bare pywinrm exchange of the same bytes.

Both send the same script over stdin to the same twins (a healthy Update Management server, first round of its requirements) and read
the same answer, NTLM, one host after another, each client in a process of its own; the twins' CPU is not in it. pywinrm runs twice over HTTPS: as it
is (a new SSLContext per connection), and with one SSLContext for all, as vmready has it, which is the fair comparison. What vmready does
besides is in its figure: the script made, the frame's digest checked, every reply's RelatesTo checked, the document parsed. Ways alternate;
medians of the repetitions. Bytes and requests are the twins' counts.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

from bench import states
from bench.table import Check, Found
from bench.twins import Twins, address, served

HOSTS, REPETITIONS = 32, 5
AIM = 1.5


def run() -> Found:
    rows: list[dict[str, Any]] = []
    checks = []
    probes = first_round()
    with served(states.update_management(), HOSTS) as twins:
        for scheme, ways in (
            ("https", ("vmready", "pywinrm, shared SSLContext", "pywinrm")),
            ("http", ("vmready", "pywinrm")),
        ):
            found = _measured(twins, scheme, ways, probes)
            bare = found[ways[1]]["cpu ms per host"]
            for way in ways:
                rows.append(
                    {"client": way, "over": scheme, **found[way], "of bare": found[way]["cpu ms per host"] / bare}
                )
            ratio = rows[-len(ways)]["of bare"]
            checks.append(Check(f"{scheme}: {ratio:.2f} x the CPU of {ways[1]}, at most {AIM} wanted", ratio <= AIM))
            same = len({found[way]["requests per host"] for way in ways})
            checks.append(Check(f"{scheme}: every client needs the same number of requests", same == 1, counted=True))
    return Found("cpu", "client CPU per host against bare pywinrm, same script and answer, NTLM", rows, checks)


def first_round() -> list[str]:
    """What the first round asks of a server under Update Management, by the requirements' own plan."""
    from tests_infra import (  # noqa: PLC0415 - pytest's plug-in is to load them first elsewhere
        test_guest_agent_network,
        test_guest_agent_services,
        test_update_management_connectivity,
        test_update_management_permissions,
        test_update_management_prerequisites,
        test_update_management_services,
    )
    from vmready.collect.plan import plan_host  # noqa: PLC0415
    from vmready.items import declared, requirement_of  # noqa: PLC0415
    from vmready.model import Cell, Host, Role  # noqa: PLC0415

    host = Host("vm", "127.0.0.1", declared_roles=frozenset({Role.UPDATE_MANAGEMENT}), inputs=states.INPUTS)
    selected = []
    for module in (
        test_guest_agent_network,
        test_guest_agent_services,
        test_update_management_connectivity,
        test_update_management_permissions,
        test_update_management_prerequisites,
        test_update_management_services,
    ):
        for function in vars(module).values():
            requirement = requirement_of(function)
            if requirement is not None:
                names = declared(function, requirement).fact_names
                selected.append((Cell("vm", requirement.id, requirement.id), requirement, names))
    return list(plan_host(host, selected).texts)


def _measured(twins: Twins, scheme: str, ways: tuple[str, ...], probes: list[str]) -> dict[str, dict[str, Any]]:
    task = json.dumps(
        {
            "addresses": {name: address(number) for number, name in enumerate(twins.names)},
            "port": twins.https_port if scheme == "https" else twins.http_port,
            "scheme": scheme,
            "auth": "ntlm",
            "ca_file": twins.ca_file,
            "probes": probes,
        }
    )
    told: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    counted: dict[str, tuple[int, int, int]] = {}
    for _ in range(REPETITIONS):
        for way in ways:
            before = _totals(twins)
            done = subprocess.run(
                [sys.executable, "-m", "bench.clients", way],
                input=task,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            if done.returncode:
                raise SystemExit(f"bench: {way}: {done.stdout}{done.stderr[-2000:]}")
            told[way].append(json.loads(done.stdout))
            after = _totals(twins)
            counted[way] = tuple((b - a) // HOSTS for a, b in zip(before, after, strict=True))  # type: ignore[assignment]
    return {
        way: {
            "hosts": told[way][0]["hosts"],
            "requests per host": counted[way][0],
            "kB sent": counted[way][1] / 1e3,
            "kB received": counted[way][2] / 1e3,
            "cpu ms per host": statistics.median(one["cpu_ms"] for one in told[way]),
            "least": min(one["cpu_ms"] for one in told[way]),
            "most": max(one["cpu_ms"] for one in told[way]),
            "wall ms per host": statistics.median(one["wall_ms"] for one in told[way]),
        }
        for way in ways
    }


def _totals(twins: Twins) -> tuple[int, int, int]:
    counts = twins.counts().values()
    return (
        sum(one["total_requests"] for one in counts),
        sum(one["bytes_in"] for one in counts),
        sum(one["bytes_out"] for one in counts),
    )
