"""Requests per host on the wire, as the twin counts them, for every authentication, with and without a second round.

Each row is one host of an audit with ``pytest --hosts`` against a twin of the healthy Update Management server. What has to come out: five
operations (Create, Command, Send, Receive, Delete), three more (Command, Send, Receive) where questions depend on answers, and the
logon's legs: two for NTLM over HTTPS, three where messages are sealed (HTTP), none for Basic. Receives beyond one per round are listed
apart: how many there are depends on how a host cuts its output.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench import runs, states
from bench.table import Check, Found
from bench.twins import served

#: Authentication, scheme, and the legs that its logon takes.
WAYS = (
    ("ntlm", "https", 2),
    ("ntlm", "http", 3),
    ("negotiate", "https", 2),
    ("negotiate", "http", 3),
    ("basic", "https", 0),
)
OPERATIONS = ("create", "command", "send", "receive", "delete")
#: A requirement of one round, and one that asks again (the operations endpoint stands in the registry).
SELECTIONS = (("one round", "UM-02", 5), ("with a follow-up", "UM-05", 8), ("all, with a follow-up", "", 8))


def run() -> Found:
    rows, checks = [], []
    with tempfile.TemporaryDirectory(prefix="vmready-bench-") as name:
        for rounds, item, operations in SELECTIONS:
            with served(states.update_management(), len(WAYS)) as twins:
                each = {
                    number: {
                        "auth": auth,
                        "scheme": scheme,
                        "port": twins.https_port if scheme == "https" else twins.http_port,
                    }
                    for number, (auth, scheme, _) in enumerate(WAYS)
                }
                folder = Path(name)
                inventory = twins.inventory(
                    folder / "inventory.json", each=each, roles=states.UPDATE_MANAGEMENT, inputs=states.INPUTS
                )
                runs.pytest(
                    folder, "--pyargs", "tests_infra", "--hosts", str(inventory), "-k", item, expected=(0, 1, 10)
                )
                counts = twins.counts()
            for host, (auth, scheme, legs) in zip(twins.names, WAYS, strict=True):
                counted = counts[host]
                asked = {operation.lower(): count for operation, count in counted["requests"].items()}
                further = asked.get("receive", 0) - (2 if operations == 8 else 1)
                total = counted["total_requests"]
                wanted = operations + legs
                rows.append(
                    {
                        "authentication": auth,
                        "over": scheme + (" (sealed)" if scheme == "http" else ""),
                        "questions": rounds,
                        **{operation: asked.get(operation, 0) for operation in OPERATIONS},
                        "legs": counted["authentication_legs"],
                        "total": total,
                        "wanted": wanted,
                        "further receives": further,
                        "shells left": counted["open_shells"],
                    }
                )
                checks.append(
                    Check(
                        f"{auth} over {scheme}, {rounds}: {total - further} requests without further Receives, {wanted} wanted",
                        total - further == wanted and counted["open_shells"] == 0,
                        counted=True,
                    )
                )
    return Found("requests", "requests per host, counted by the twin", rows, checks)
