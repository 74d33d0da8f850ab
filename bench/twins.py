"""Twins in a process of their own, so that their CPU is not the client's.

``python -m bench.twins`` reads one line of JSON on stdin, answers with one that says where it serves, then with the twins' counts for each line
``counts``. It ends when stdin does, so it never outlives whoever started it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

USER, PASSWORD = "auditor", "Bench-Loopback-7"
#: The longest that one set of twins is served, in seconds.
LIFE = 900.0


def address(number: int) -> str:
    """The loopback address of the n-th twin."""
    return f"127.41.{number // 250}.{number % 250 + 1}"


@dataclass(frozen=True)
class Twins:
    """Twins that are being served: the same machine ``hosts`` times."""

    process: subprocess.Popen[str]
    hosts: int
    https_port: int
    http_port: int
    ca_file: str

    @property
    def names(self) -> list[str]:
        return [f"vm-{number:04}" for number in range(self.hosts)]

    def counts(self) -> dict[str, dict[str, Any]]:
        """What each twin counted so far, by host."""
        assert self.process.stdin is not None
        self.process.stdin.write("counts\n")
        self.process.stdin.flush()
        return self._line()

    def _line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        text = self.process.stdout.readline()
        if not text:
            raise SystemExit("bench: the twins ended before their time")
        found: dict[str, Any] = json.loads(text)
        if "error" in found:
            raise SystemExit(f"bench: the twins met a defect: {found['error']}")
        return found

    def inventory(self, path: Path, *, each: Mapping[int, Mapping[str, Any]] | None = None, **defaults: Any) -> Path:
        """Write an inventory of them. ``each`` adds settings to a host by its number, ``defaults`` to all of them."""
        hosts = {
            name: {"address": address(number), **dict((each or {}).get(number, {}))}
            for number, name in enumerate(self.names)
        }
        common = {
            "username": USER,
            "credential": {"env": "BENCH_PASSWORD"},
            "port": self.https_port,
            "tls": {"ca_file": self.ca_file},
            "auth": "ntlm",
            **defaults,
        }
        path.write_text(json.dumps({"defaults": common, "hosts": hosts}, indent=1), encoding="utf-8")
        return path


@contextmanager
def served(state: Mapping[str, Any], hosts: int) -> Iterator[Twins]:
    """Serve ``hosts`` twins of one state (plain values, as a state file holds them) while the context lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.twins"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps({"state": state, "hosts": hosts}) + "\n")
        process.stdin.flush()
        twins = Twins(process, hosts, 0, 0, "")
        where = twins._line()
        yield Twins(process, hosts, where["https"], where["http"], where["ca_file"])
    finally:
        with suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _allow_many_descriptors() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on Windows

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _serve() -> None:
    from vmready.twin.authentication import Account  # noqa: PLC0415 - only the serving process needs them
    from vmready.twin.certificates import Authority  # noqa: PLC0415
    from vmready.twin.collection import DeclaredMachine  # noqa: PLC0415
    from vmready.twin.fleet import TwinHost  # noqa: PLC0415
    from vmready.twin.server import TwinServer  # noqa: PLC0415
    from vmready.twin.states import State  # noqa: PLC0415

    _allow_many_descriptors()
    asked = json.loads(sys.stdin.readline())
    state = State.of(asked["state"])
    account = (Account.with_password(USER, PASSWORD),)
    hosts = [
        TwinHost(f"vm-{number:04}", DeclaredMachine(state), account, address(number))
        for number in range(asked["hosts"])
    ]
    with Authority() as authority, TwinServer(hosts, authority, max_connections=4_000) as server:
        for host in server.fleet.by_name.values():
            # A certificate takes milliseconds to make: not while somebody waits for the handshake.
            server.fleet.context(host.spec.address, _no_flaw())
        here = {"https": server.https_port, "http": server.http_port, "ca_file": str(authority.ca_file)}
        print(json.dumps(here), flush=True)
        for line in sys.stdin:
            if line.strip() == "counts":
                server.wait_idle(5)
                counted = {name: counts.as_json() for name, counts in server.all_counts().items()}
                print(json.dumps({"error": server.errors[0]} if server.errors else counted), flush=True)


def _no_flaw() -> Any:
    from vmready.twin.certificates import Flaw  # noqa: PLC0415

    return Flaw.NONE


if __name__ == "__main__":
    life = threading.Timer(LIFE, sys.stdin.close)
    life.daemon = True
    life.start()
    _serve()
