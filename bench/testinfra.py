"""Five requirements beside the same five as stock pytest-testinfra tests over WinRM, against the same twins.

The stock tests are what one writes with testinfra's ``host.run``: a PowerShell one-liner per question, whose answers the twins' states
declare (``native``).
testinfra opens a connection, logs on, makes a shell and a process per command; vmready asks everything in one visit. Both runs verify TLS,
both are measured from the start of pytest to its end, reports included for vmready. What vmready asks is more: its TLS requirement reads both
registry views, cipher suites and policies, where the stock test reads one value. On a real host every one of the stock commands would start a
powershell.exe as well, which takes seconds and is not in these figures.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import Any

from bench import runs, states
from bench.table import Check, Found
from bench.twins import PASSWORD, USER, address, served

HOSTS, REPETITIONS = 10, 3
ITEMS = ("UM-02", "UM-03", "UM-11", "UM-18", "GA-15")

_POWERSHELL = "powershell -NoProfile -Command "
_CIM = "Get-CimInstance Win32_NetworkAdapterConfiguration -Filter IPEnabled=TRUE"
_PROTOCOL = r"HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"
#: Name of the test, command, what it prints on a healthy machine, and what the test expects.
QUESTIONS = (
    (
        "dot_net",
        _POWERSHELL + r"(Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full').Release",
        "528049",
        "int(text) >= 394802",
    ),
    ("wmf", _POWERSHELL + "$PSVersionTable.PSVersion.ToString()", "5.1.20348.2227", "text.startswith('5.1.')"),
    (
        "tls_1_2",
        _POWERSHELL + f"(Get-ItemProperty '{_PROTOCOL}' -ErrorAction SilentlyContinue).Enabled",
        "",
        "text != '0'",
    ),
    ("windows_update", _POWERSHELL + "(Get-Service wuauserv).StartType", "Manual", "text != 'Disabled'"),
    ("dhcp", _POWERSHELL + f"({_CIM}).DHCPEnabled", "True", "text == 'True'"),
)


def run() -> Found:
    state = states.update_management(native={command: {"output": output} for _, command, output, _ in QUESTIONS})
    told: dict[str, list[runs.Done]] = {"vmready": [], "stock pytest-testinfra": []}
    counted: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory(prefix="vmready-bench-") as name, served(state, HOSTS) as twins:
        folder = Path(name)
        inventory = twins.inventory(folder / "inventory.json", roles=states.UPDATE_MANAGEMENT, inputs=states.INPUTS)
        (folder / "test_stock.py").write_text(_stock(), encoding="utf-8")
        stock_hosts = ",".join(
            f"winrm://{USER}:{PASSWORD}@{address(number)}:{twins.https_port}" for number in range(HOSTS)
        )
        for _ in range(REPETITIONS):
            for client, runs_of_it in told.items():
                before = _totals(twins.counts())
                if client == "vmready":
                    done = runs.pytest(
                        folder, "--pyargs", "tests_infra", "--hosts", str(inventory), "-k", " or ".join(ITEMS)
                    )
                else:
                    # pywinrm takes its CAs from there (ca_trust_path="legacy_requests").
                    done = runs.pytest(
                        folder,
                        "test_stock.py",
                        "--hosts",
                        stock_hosts,
                        off=("vmready",),
                        environment={"REQUESTS_CA_BUNDLE": twins.ca_file},
                    )
                runs_of_it.append(done)
                after = _totals(twins.counts())
                counted[client] = {key: after[key] - before[key] for key in after}
    rows: list[dict[str, Any]] = [_row(client, told[client], counted[client]) for client in told]
    ours, theirs = rows
    kept_apart = {"client", "tests", "peak MB"}
    ratios = {key: theirs[key] / ours[key] for key in ours if key not in kept_apart}
    rows.append({"client": "stock / vmready", **ratios})
    checks = [
        Check(
            f"both ran {len(ITEMS) * HOSTS} tests",
            ours["tests"] == theirs["tests"] == len(ITEMS) * HOSTS,
            counted=True,
        ),
        Check("vmready needs fewer requests", ours["requests per host"] < theirs["requests per host"], counted=True),
    ]
    return Found("testinfra", f"five requirements on {HOSTS} hosts, NTLM over HTTPS", rows, checks)


def _stock() -> str:
    tests = [
        f"def test_{name}(host):\n    text = host.run({command!r}).stdout.strip()\n    assert {expected}\n"
        for name, command, _, expected in QUESTIONS
    ]
    return "\n\n".join(tests)


def _row(client: str, done: list[runs.Done], counts: dict[str, int]) -> dict[str, Any]:
    return {
        "client": client,
        "tests": done[0].items,
        "requests per host": counts["total_requests"] / HOSTS,
        "logons per host": counts["logons"] / HOSTS,
        "shells per host": counts["shells_opened"] / HOSTS,
        "cpu s": statistics.median(one.cpu() for one in done),
        "wall s": statistics.median(one.wall() for one in done),
        "cpu s after start-up": statistics.median(one.cpu("collected") for one in done),
        "wall s after start-up": statistics.median(one.wall("collected") for one in done),
        "peak MB": max(one.peak_mb for one in done),
    }


def _totals(counts: dict[str, dict[str, Any]]) -> dict[str, int]:
    keys = ("total_requests", "logons", "shells_opened")
    return {key: sum(one[key] for one in counts.values()) for key in keys}
