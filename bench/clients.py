"""One way to ask hosts for their answers, in a process of its own: ``python -m bench.clients WAY``, the task as JSON on stdin.

Each way sends the same script over stdin in one shell and reads the same answer. What it costs is counted after two hosts have warmed it up (imports,
caches), and printed as ``{"hosts": n, "cpu_ms": per host, "wall_ms": per host, "received": bytes of output per host}``.
"""

from __future__ import annotations

import json
import ssl
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bench.twins import PASSWORD, USER

WARM_UP = 2
Task = Mapping[str, Any]
#: Asks the hosts with these names; gives the bytes of output that came.
Asking = Callable[[list[str]], int]


def vmready(task: Task) -> Asking:
    """vmready's own collection, one host at a time: script made, sent, frame checked, document parsed."""
    from vmready.collect.runner import Job, collect  # noqa: PLC0415 - each way loads its own libraries only
    from vmready.model import Host, Tls  # noqa: PLC0415
    from vmready.secret import Secret  # noqa: PLC0415

    def ask(names: list[str]) -> int:
        jobs = [
            Job(
                Host(
                    name,
                    task["addresses"][name],
                    port=task["port"],
                    scheme=task["scheme"],
                    auth=task["auth"],
                    username=USER,
                    tls=Tls(ca_file=task["ca_file"]),
                ),
                task["probes"],
            )
            for name in names
        ]
        came = 0
        for collected in collect(jobs, resolve_secret=lambda _: Secret(PASSWORD), concurrency=1):
            if collected.cause is not None or len(collected.answers[1]) != len(task["probes"]):
                raise SystemExit(f"bench: {collected.host.name}: {collected.cause}")
            came += collected.figures.bytes_received
        return came

    return ask


def pywinrm(task: Task, *, shared: bool) -> Asking:
    """pywinrm's Protocol: the same six calls, the output as bytes and nothing done with it."""
    from winrm.protocol import Protocol  # noqa: PLC0415

    from vmready.probes.script import script  # noqa: PLC0415
    from vmready.remote.winrm import BOOTSTRAP  # noqa: PLC0415

    sent = script(1, "0" * 32, 120, task["probes"])
    context = ssl.create_default_context(cafile=task["ca_file"]) if shared else None

    def ask(names: list[str]) -> int:
        came = 0
        for name in names:
            protocol = Protocol(
                f"{task['scheme']}://{task['addresses'][name]}:{task['port']}/wsman",
                transport="ntlm",
                username=USER,
                password=PASSWORD,
                server_cert_validation="validate",
                ca_trust_path=task["ca_file"],
                proxy=None,
            )
            if context is not None:
                protocol.transport.build_session().mount("https://", _shared(context))
            shell = protocol.open_shell(codepage=65001, noprofile=True, idle_timeout="PT180S")
            command = protocol.run_command(shell, BOOTSTRAP, console_mode_stdin=False)
            protocol.send_command_input(shell, command, sent, end=True)
            stdout, _, code = protocol.get_command_output(shell, command)
            protocol.close_shell(shell)
            if code or not stdout.startswith(b"<<<vmready:"):
                raise SystemExit(f"bench: {name} gave no answer to pywinrm")
            came += len(stdout)
        return came

    return ask


def _shared(context: ssl.SSLContext) -> Any:
    """An adapter whose connections share one SSLContext: without it each of them reads the CA file, and urllib3 the system's CAs."""
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    class Shared(HTTPAdapter):
        def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
            host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
            return host, {"ssl_context": context}

        def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
            conn.cert_reqs = "CERT_REQUIRED"

    return Shared()


WAYS: Mapping[str, Callable[[Task], Asking]] = {
    "vmready": vmready,
    "pywinrm": partial(pywinrm, shared=False),
    "pywinrm, shared SSLContext": partial(pywinrm, shared=True),
}


def main(way: str) -> None:
    task = json.loads(sys.stdin.read())
    ask = WAYS[way](task)
    names = list(task["addresses"])
    ask(names[:WARM_UP])
    cpu, wall = time.process_time(), time.perf_counter()
    came = ask(names[WARM_UP:])
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    hosts = len(names) - WARM_UP
    print(
        json.dumps(
            {"hosts": hosts, "cpu_ms": cpu / hosts * 1e3, "wall_ms": wall / hosts * 1e3, "received": came // hosts}
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
