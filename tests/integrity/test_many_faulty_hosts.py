"""Five hundred hosts, some of them faulty at random: the same verdicts each time."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from typing import Any

import pytest
from audits import DENIED, GOOD, OLD

from vmready.collect.plan import plan_host
from vmready.collect.runner import Collected, Job, collect
from vmready.collect.snapshot import Snapshot
from vmready.judge import judge, unreachable
from vmready.model import Cell, CredentialReference, Host, Role, Timeouts, Tls
from vmready.secret import Secret
from vmready.twin.authentication import Account
from vmready.twin.certificates import Authority
from vmready.twin.collection import DeclaredMachine
from vmready.twin.faults import Fault
from vmready.twin.fleet import TwinHost
from vmready.twin.server import TwinServer
from vmready.twin.states import State

HOSTS, THREADS, FAULTY, SEED = 500, 64, 0.05, 20261120
#: Rounds are repeated until this is over (seconds), at least three and at most ten times.
TIME = 150
PASSWORD = "Correct-Horse-7!"
FAULTS = (
    Fault("reset", "create"),
    Fault("reset", "receive"),
    Fault("reset-reply", "command"),
    Fault("server-error", "create"),
    Fault("forbidden", "create"),
    Fault("not-found", "create"),
    Fault("unauthorized", "authenticate"),
    Fault("cut-off", "receive"),
    Fault("truncated", "command"),
    Fault("no-output", "command"),
    Fault("two-frames", "command"),
    Fault("invalid-base64", "receive"),
    Fault("broken-seal", "receive"),
    Fault("refused", "connect"),
    # These come once and are gone: a retry gets over them, every time.
    Fault("timed-out", "receive", times=1),
    Fault("stderr-noise", "command"),
    Fault("clixml", "command"),
)


def requirements() -> Any:
    from tests_infra.test_backup_prerequisites import test_dot_net_for_backup as backup
    from tests_infra.test_update_management_prerequisites import test_dot_net_for_update_management as update
    from vmready.items import requirement_of

    return [(function, requirement_of(function)) for function in (backup, update)]


def fleet(chance: random.Random) -> list[tuple[str, str, dict[str, Any], tuple[Fault, ...]]]:
    """Name, address, state and faults of every host: 5 % are faulty."""
    hosts = []
    for number in range(HOSTS):
        state = chance.choices((GOOD, OLD, DENIED), (8, 1, 1))[0]
        faults = (chance.choice(FAULTS),) if chance.random() < FAULTY else ()
        hosts.append((f"vm-{number:03}", f"127.0.{30 + number // 250}.{1 + number % 250}", state, faults))
    return hosts


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_same_verdicts_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    hosts = fleet(random.Random(SEED))
    assert 15 <= sum(bool(faults) for *_, faults in hosts) <= 40
    seen: list[dict[str, str]] = []
    began = time.monotonic()
    with Authority() as authority:
        while len(seen) < 3 or (len(seen) < 10 and time.monotonic() - began < TIME):
            # A fleet of its own each time: faults that come once have to come again.
            twins = [
                TwinHost(
                    name,
                    DeclaredMachine(State.of(state)),
                    (Account.with_password("auditor", PASSWORD),),
                    address,
                    faults=faults,
                )
                for name, address, state, faults in hosts
            ]
            before = threading.active_count()
            with TwinServer(twins, authority, https_port=None) as server:
                verdicts = one_round(server, hosts, random.Random(len(seen)))
                assert server.errors == []
                leaked = {
                    name: counts.leaked_shells for name, counts in server.all_counts().items() if counts.leaked_shells
                }
            assert threading.active_count() <= before
            # A shell may be left only where the fault kept it from being deleted.
            assert leaked.keys() <= {name for name, _, _, faults in hosts if faults}
            assert len(verdicts) == HOSTS * 2
            seen.append(verdicts)
    different = {cell: {each[cell] for each in seen} for cell in seen[0] if len({each[cell] for each in seen}) > 1}
    assert different == {}
    assert {"compliant", "non-compliant", "undetermined"} < set(seen[0].values())
    digest = hashlib.sha256(
        "\n".join(f"{cell} {verdict}" for cell, verdict in sorted(seen[0].items())).encode()
    ).hexdigest()
    with capsys.disabled():
        print(
            f"\n{HOSTS} hosts, {THREADS} threads, {len(seen)} rounds in {time.monotonic() - began:.0f} s, same verdicts ({digest[:12]})"
        )


def one_round(server: TwinServer, hosts: Any, chance: random.Random) -> dict[str, str]:
    entries = [
        Host(
            name,
            address,
            server.http_port,
            scheme="http",
            username="auditor",
            credential=CredentialReference("env", "AUDIT_PASSWORD"),
            tls=Tls(),
            timeouts=Timeouts(connect=20, operation=30, host=120),
            declared_roles=frozenset({Role.AZURE_BACKUP, Role.UPDATE_MANAGEMENT}),
        )
        for name, address, _, _ in hosts
    ]
    # The order in which they come to their turn is another one each time.
    chance.shuffle(entries)
    asked = requirements()
    plans = {
        host.name: plan_host(host, [(Cell(host.name, r.id, r.id), r, ("dot_net_framework",)) for _, r in asked])
        for host in entries
    }
    jobs = [Job(host, plans[host.name].texts, plans[host.name].follow_up) for host in entries]
    found: dict[str, str] = {}
    for collected in collect(jobs, resolve_secret=lambda host: Secret(PASSWORD), concurrency=THREADS):
        for function, requirement in asked:
            cell = Cell(collected.host.name, requirement.id, requirement.id)
            finding = verdict(cell, requirement, function, collected)
            found[f"{cell.host} {cell.item}"] = finding
    return found


def verdict(cell: Cell, requirement: Any, function: Any, collected: Collected) -> str:
    if not collected.answers:
        assert collected.cause is not None
        found = unreachable(cell, collected.cause)
        return f"{found.verdict} ({found.cause})"
    when = collected.started.isoformat()
    snapshot = Snapshot(cell.host, "", {}, {}, when, when, collected.answers, collected.cause)
    found, _ = judge(cell, requirement, function, {}, ("dot_net_framework",), collected.host, snapshot.reader())
    return found.verdict.value
