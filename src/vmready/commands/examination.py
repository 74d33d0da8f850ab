"""One host examined step by step: what comes after what, and what is not tried any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from vmready.collect.accounts import AccountGate
from vmready.collect.runner import CLOSING, CLOSING_SHARE
from vmready.commands.inside import Inside, clock_line, deletion_line
from vmready.commands.lines import SUBJECTS, Line, error, failed, ok, skipped
from vmready.commands.outside import Outside
from vmready.model import Host
from vmready.remote.deadline import Deadline
from vmready.remote.errors import HostError, WrongPassword
from vmready.remote.measured import MeasuredConnection
from vmready.secret import Secret


def examine(
    host: Host, resolve_secret: Callable[[Host], Secret], gate: AccountGate, now: Callable[[], datetime]
) -> Iterator[Line]:
    """A line for every subject, as it is found. The shell is deleted also where the caller stops asking.

    ``gate`` is shared by all hosts of a run: a credential that a host rejected is not sent to it again.
    """
    run = _Run(host, resolve_secret, gate, now)
    seen = set()
    for line in run.lines():
        seen.add(line.subject)
        yield line
    for subject in SUBJECTS:
        if subject not in seen:
            yield skipped(subject, f"not tried: {run.blocked}")


class _Run:
    def __init__(
        self, host: Host, resolve_secret: Callable[[Host], Secret], gate: AccountGate, now: Callable[[], datetime]
    ) -> None:
        self._host = host
        self._resolve = resolve_secret
        self._gate = gate
        self._now = now
        self._closing = min(CLOSING, host.timeouts.host * CLOSING_SHARE)
        self._deadline = Deadline(host.timeouts.host - self._closing)
        self.blocked = ""

    def lines(self) -> Iterator[Line]:
        secret, line = self._credential()
        yield line
        outside = Outside(self._host, self._deadline, self._now())
        yield from outside.lines()
        self.blocked = outside.blocked
        ahead, precision, source = outside.clock, 1.0, "by HTTP's Date"
        if not self.blocked and secret is None:
            self.blocked = "credential failed"
        if not self.blocked and secret is not None:
            connection = MeasuredConnection(self._host, secret, self._deadline, self._gate)
            inside = Inside(connection, self._deadline, self._now, self._explain)
            try:
                yield from inside.lines()
            finally:
                connection.close(max(self._closing, 1.0))
            self.blocked = inside.blocked
            if inside.clock is not None:
                ahead, precision, source = inside.clock, inside.precision, "by the collector"
            yield deletion_line(connection)
        if ahead is not None or not self.blocked:
            yield clock_line(self._host, ahead, precision, source)

    def _credential(self) -> tuple[Secret | None, Line]:
        host = self._host
        if not host.username:
            return None, failed(
                "credential",
                f"{host.name}: no account is named.",
                "credential",
                "Name it under username in the inventory, or before the @ of winrm://USER@HOST.",
            )
        try:
            secret = self._resolve(host)
        except HostError as reason:
            return None, error("credential", reason)
        return secret, ok("credential", f"{host.credential} leads to a password", reference=str(host.credential))

    def _explain(self, host: Host, reason: HostError) -> HostError:
        return self._gate.explain(host, reason) if isinstance(reason, WrongPassword) else reason
