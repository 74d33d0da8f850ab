"""pytest-testinfra's ``host`` fixture over vmready's connections: any of its authentications, TLS trust and time limits.

The shell is opened when the fixture first runs a command, and deleted at the end of the session. It is counted apart from the visit that
collects facts.
"""

from __future__ import annotations

import atexit
import re
import subprocess
from collections.abc import Iterable
from typing import Any

from testinfra.backend import base

from vmready.model import Host
from vmready.probes.answers import Reason, UnreadableFact, Why
from vmready.remote.credentials import Credentials, variables
from vmready.remote.deadline import Deadline
from vmready.remote.winrm import Connection, open_connection

_hosts: dict[str, Host] = {}
_open: dict[str, Connection] = {}
_touch = True
_credentials = Credentials()
_SAFE = re.compile(r"[^A-Za-z0-9_@%+=:,./\\-]")


def serve(hosts: Iterable[Host], *, touch: bool) -> None:
    """The hosts that ``vmready://name`` means. ``touch`` False: stored snapshots are judged, and no machine is reached."""
    global _touch, _credentials  # noqa: PLW0603  pytest-testinfra makes its backends from a class's path: there is no other way in
    _hosts.clear()
    _hosts.update({host.name: host for host in hosts})
    _touch = touch
    _credentials = Credentials(hidden=variables(_hosts.values()))
    atexit.register(close_all)


def close_all() -> None:
    """Delete the shells that the fixture opened."""
    while _open:
        _open.popitem()[1].close()


class VmreadyBackend(base.BaseBackend):  # type: ignore[misc]
    """A Windows host as pytest-testinfra sees it."""

    NAME = "vmready"

    def __init__(self, hostspec: str, *args: Any, **kwargs: Any) -> None:
        self.vmready_host = hostspec
        super().__init__(hostspec, *args, **kwargs)

    def get_pytest_id(self) -> str:
        """The host's name, as in the ids of requirements."""
        return self.vmready_host

    def run(self, command: str, *args: str, **kwargs: Any) -> base.CommandResult:
        """Run a command line of cmd.exe. Where no machine may be reached the test is undetermined."""
        if not _touch:
            raise UnreadableFact(
                "host", Why(Reason.NOT_COLLECTED, "", "stored snapshots are judged: no command is run on a machine")
            )
        host = _hosts[self.vmready_host]
        if host.name not in _open:
            _open[host.name] = open_connection(
                host, _credentials.secret_of(host), deadline=Deadline(host.timeouts.host)
            )
        done = _open[host.name].run(self.get_command(command, *args))
        return self.result(done.exit_code or 0, self.encode(command), done.stdout, done.stderr)

    @staticmethod
    def quote(command: str, *args: str) -> str:
        """Arguments as the C runtime of Windows programs reads them."""
        return (
            command % tuple(subprocess.list2cmdline([arg]) if _SAFE.search(arg) else arg for arg in args)
            if args
            else command
        )
