"""The fault table: what a host or the way to it can do wrong, by transport, with the cause that a user reads.

All hosts of a transport are visited in one run, faulty and healthy side by side; the tests then look at each row. A row is a fault as the
twin plays it (kind, place), played once, and the code of the cause; None: the visit succeeds all the same.
"""

from __future__ import annotations

import gc
import itertools
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import psutil
import pytest
from loopback_hosts import PASSWORD, WAYS, Collector, entry, secret, twin

from vmready.collect.runner import Collected, Job, collect
from vmready.model import Fault
from vmready.probes.vocabulary import Service, System
from vmready.remote.winrm import RetryPolicy
from vmready.twin.certificates import Authority
from vmready.twin.counts import HostCounts
from vmready.twin.faults import KINDS, parse_faults
from vmready.twin.server import TwinServer

FIRST = (System().text, Service("WinRM").text)
SECOND = (Service("TermService").text,)
#: A host's time, and what its visit may take at most: the deadline, and a little for a machine that is busy with the tests.
SECONDS = 6.0
OPERATIONS = ("create", "command", "send", "receive")
SEALED = ("ntlm-sealed", "negotiate-sealed")
ENCRYPTED = ("ntlm-https", "negotiate-https", "basic-https")


@dataclass(frozen=True)
class Row:
    """``code`` may be by way (a mapping, with ``""`` for the others). ``deletable``: the Delete can reach the host."""

    kind: str
    at: str | None = None
    code: str | Mapping[str, str | None] | None = None
    ways: tuple[str, ...] = tuple(WAYS)
    deletable: bool = True
    options: tuple[tuple[str, Any], ...] = (("times", 1),)
    label: str = ""
    seconds: float = SECONDS

    @property
    def id(self) -> str:
        return "-".join(filter(None, [self.label or self.kind, self.at]))

    def expected(self, way: str) -> str | None:
        if isinstance(self.code, Mapping):
            return self.code.get(way, self.code[""])
        return self.code

    def fault(self) -> dict[str, Any]:
        return {"kind": self.kind, **({"at": self.at} if self.at else {}), **dict(self.options)}


def everywhere(kind: str, code: Any, places: tuple[str, ...] = OPERATIONS, **more: Any) -> Iterator[Row]:
    for at in places:
        yield Row(kind, at, code, **more)


def spoilt_replies(kind: str, code: Any, places: tuple[str, ...] = OPERATIONS, **more: Any) -> Iterator[Row]:
    """Carried out, but the reply is of no use: after a Create the shell's id is lost, everywhere else it can be deleted."""
    for at in places:
        yield Row(kind, at, code, deletable=at != "create", **more)


def rows() -> Iterator[Row]:
    for kind, code in {
        "handshake-failure": "tls-handshake",
        "wrong-name": "tls-name",
        "expired": "tls-expired",
        "unknown-ca": "tls-untrusted",
    }.items():
        yield Row(kind, code=code, ways=ENCRYPTED)
    yield Row("handshake-silence", code="timed-out", ways=ENCRYPTED)
    yield Row("delay", "receive", None, options=(("times", 1), ("seconds", 0.3)))

    yield Row("unauthorized", "authenticate", "wrong-password", deletable=False)
    lost = {"": "authentication-lost", "ntlm-https": "wrong-password", "negotiate-https": "wrong-password"}
    yield Row("unauthorized", "create", {**lost, "basic-https": "wrong-password"}, deletable=False)
    yield from everywhere("unauthorized", "authentication-lost", ("command", "send", "receive"), deletable=False)

    yield from everywhere("reset", "connection-lost")
    yield from everywhere("silence", "timed-out")
    yield from everywhere("bad-request", {"": "protocol-error", **dict.fromkeys(SEALED, "bad-seal")})
    yield from everywhere("forbidden", "forbidden")
    yield from everywhere("not-found", "not-winrm")
    yield from everywhere("too-large", "envelope")
    yield from everywhere("server-error", "server-error")
    for kind in ("bad-request", "forbidden", "not-found", "server-error", "reset"):
        code = {"bad-request": "protocol-error", "not-found": "not-winrm", "reset": "connection-lost"}.get(kind, kind)
        yield Row(kind, "authenticate", code, deletable=False)

    yield from everywhere("access-denied", "shell-refused")
    yield from everywhere("unknown-command", "shell-vanished", ("send", "receive"))
    yield from everywhere("unknown-shell", "shell-vanished", ("command", "send", "receive"))
    yield Row("file-not-found", "command", "no-powershell")
    for kind in ("invalid-parameter", "invalid-timeout", "internal-error", "not-supported"):
        yield from everywhere(kind, "wsman-fault", ("create", "receive"))
    yield from everywhere("timed-out", "timed-out", ("create", "command", "send"))
    yield Row("timed-out", "receive", None)
    # What the host says it did not carry out is tried again, and comes through.
    yield Row("too-many-shells", "create", None)
    yield Row("too-many-shells", "create", "quota", options=(("times", 99),), label="quota-for-ever")
    yield from everywhere("too-many-operations", None, ("create", "command"))
    yield from everywhere("busy", None)
    yield Row("busy", "command", "busy", options=(("times", 99),), label="busy-for-ever")

    yield Row("shells-gone", "command", "shell-vanished")
    yield Row("shells-gone", "receive", "shell-vanished")
    yield Row("shells-gone", "command", "shell-vanished", options=(("request", 2),), label="shells-gone-between-rounds")
    yield Row("shells-gone", "delete", None)
    yield Row("reboot", "receive", "connection-lost", options=(("times", 1), ("seconds", 0.2)))
    yield Row(
        "reboot",
        "send",
        "connection-lost",
        options=(("times", 1), ("seconds", 60)),
        label="reboot-long",
        deletable=False,
    )

    # 64 MB have to come before it is too much.
    yield Row("huge-output", code="too-large", seconds=90.0)
    yield Row("split-characters", code=None)
    yield Row("truncated", code="collector-cut-off")
    yield Row("no-output", code="collector-cut-off")
    yield Row("two-frames", code="collector-damaged")
    yield Row("stdout-noise", code=None)
    yield Row("stderr-noise", code=None)
    yield Row("clixml", code=None)
    yield Row("exit-code", code=None)

    for kind in ("wrong-relates-to", "half-envelope", "invalid-xml", "xml-bomb", "external-entity"):
        yield from spoilt_replies(kind, "protocol-error", ("create", "receive"))
    yield Row("html", "create", "not-winrm", deletable=False)
    yield Row("html", "receive", "protocol-error")
    yield Row("invalid-base64", "receive", "protocol-error")
    yield Row("no-stream-end", "receive", None)

    yield from spoilt_replies("drip", "timed-out", ("create", "receive"))
    yield from spoilt_replies("cut-off", "connection-lost")
    yield from spoilt_replies("reset-reply", "connection-lost")
    yield from spoilt_replies("broken-seal", "bad-seal", ("create", "receive"), ways=SEALED)

    # A Delete that fails changes no answer; the figures say what became of the shell.
    for kind in (
        "reset",
        "silence",
        "forbidden",
        "server-error",
        "access-denied",
        "busy",
        "half-envelope",
        "drip",
        "cut-off",
    ):
        yield Row(kind, "delete", None, deletable=False)


ROWS = tuple(rows())
HEALTHY = tuple(f"healthy-{n}" for n in range(1, 5))


@dataclass(frozen=True)
class Outcome:
    found: Mapping[str, Collected]
    counts: Mapping[str, HostCounts]
    seconds: Mapping[str, float]
    left_open: bool
    errors: tuple[str, ...]
    threads: frozenset[threading.Thread]
    descriptors: int


@pytest.fixture(scope="module")
def visited() -> dict[str, Outcome]:
    """Way -> what became of all its hosts, visited when first asked for."""
    return {}


def visit(way: str, authority: Authority) -> Outcome:
    gc.collect()
    threads, descriptors = frozenset(threading.enumerate()), psutil.Process().num_fds()
    mine = {row.id: row for row in ROWS if way in row.ways}
    assert len(mine) == sum(way in row.ways for row in ROWS), "two rows have one id"
    addresses = (f"127.0.{100 + n // 200}.{1 + n % 200}" for n in itertools.count())
    hosts = [
        twin(name, address, machine=Collector(), faults=parse_faults([mine[name].fault()] if name in mine else []))
        for name, address in zip([*mine, *HEALTHY], addresses, strict=False)
    ]
    began: dict[str, float] = {}
    seconds: dict[str, float] = {}

    def progress(host: Any, what: str) -> None:
        if what == "started":
            began[host.name] = time.monotonic()
        else:
            seconds[host.name] = time.monotonic() - began[host.name]

    with TwinServer(hosts, authority) as server:
        jobs = [
            Job(
                entry(
                    server, authority, host.name, way, seconds=mine[host.name].seconds if host.name in mine else SECONDS
                ),
                FIRST,
                lambda answers: SECOND,
            )
            for host in hosts
        ]
        jobs = [
            replace(job, host=replace(job.host, timeouts=replace(job.host.timeouts, operation=2.0))) for job in jobs
        ]
        found = {
            collected.host.name: collected
            for collected in collect(
                jobs,
                resolve_secret=lambda host: secret(),
                concurrency=16,
                retries=RetryPolicy(pause=0.05),
                on_progress=progress,
            )
        }
        left_open = not server.wait_idle(10)
        counts = server.all_counts()
    gc.collect()
    return Outcome(
        found,
        counts,
        seconds,
        left_open,
        tuple(server.errors),
        frozenset(threading.enumerate()) - threads,
        psutil.Process().num_fds() - descriptors,
    )


@pytest.fixture
def outcome(visited: dict[str, Outcome], authority: Authority, way: str) -> Outcome:
    if way not in visited:
        visited[way] = visit(way, authority)
    return visited[way]


TABLE = [pytest.param(way, row, id=f"{way}-{row.id}") for way in WAYS for row in ROWS if way in row.ways]


@pytest.mark.parametrize(("way", "row"), TABLE)
def test_a_fault_has_its_cause_and_leaves_nothing_behind(outcome: Outcome, way: str, row: Row):
    collected, counts = outcome.found[row.id], outcome.counts[row.id]
    cause, expected, figures = collected.cause, row.expected(way), collected.figures

    assert (cause.code if cause else None) == expected, cause
    if cause is None:
        assert set(collected.answers) == {1, 2}
    else:
        assert row.id in cause.message
        assert cause.fault in {Fault.HOST, Fault.NETWORK, Fault.CONFIGURATION}
        # What happened, to whom, and what to do: a line each, and nothing that only a developer would read.
        for text in (cause.message, cause.remedy):
            assert 20 < len(text) < 700
            assert text.isprintable()
            assert "Traceback" not in text
            assert "Error(" not in text
    assert PASSWORD not in repr(collected)

    # A shell that can be deleted is; one that cannot is owned up to.
    if row.deletable or figures.shell_deleted:
        assert counts.open_shells == 0
    if counts.open_shells:
        assert figures.close_problem

    # A refused credential is not sent again.
    refused = cause is not None and cause.code == "wrong-password" and row.at == "authenticate"
    assert counts.rejected_logons == int(refused)

    # Only a bound against hanging: a wait without end is what this is about.
    assert outcome.seconds[row.id] < row.seconds + 15


@pytest.mark.parametrize("way", WAYS)
def test_other_hosts_are_not_affected(outcome: Outcome, way: str):
    for name in HEALTHY:
        collected, counts = outcome.found[name], outcome.counts[name]
        assert collected.cause is None
        assert counts.total_requests == 8 + WAYS[way][2]
        assert counts.open_shells == 0


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_left_behind(outcome: Outcome, way: str):
    assert not outcome.left_open, "a connection was left open"
    assert outcome.errors == ()
    assert outcome.threads == frozenset()
    assert outcome.descriptors <= 0


@pytest.mark.parametrize("way", WAYS)
def test_a_host_that_is_down_refuses(serve, authority, way):
    """Beside the table: a fleet of this size shares its listening sockets, and only an address of its own really refuses."""
    server = serve(twin(faults=parse_faults([{"kind": "refused"}])))
    (collected,) = collect([Job(entry(server, authority, way=way), FIRST)], resolve_secret=lambda host: secret())
    assert collected.cause is not None
    assert (collected.cause.code, collected.cause.fault) == ("refused", Fault.NETWORK)
    assert collected.figures.retries == {"connect": 1}


def test_every_kind_of_fault_is_in_the_table():
    assert {row.kind for row in ROWS} == set(KINDS) - {"refused"}
