"""A visit to one Windows host: a shell, scripts over stdin, and the shell deleted, whatever happened in between.

    with closing(open_connection(host, secret, deadline=deadline)) as connection:
        execution = connection.run_script(script)

Five WS-Man requests and the authentication's legs for one script (Create, Command, Send, Receive, Delete); three more for each further
one. MS-WSMV 3.1.4 has the operations.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from vmready.model import Host
from vmready.remote import tls
from vmready.remote.deadline import Deadline
from vmready.remote.errors import (
    BadSeal,
    Busy,
    ConnectionLost,
    HostError,
    NotWinrm,
    ProtocolError,
    QuotaReached,
    RunError,
    ServerError,
    ShellVanished,
    TimedOut,
    TooLarge,
    where,
)
from vmready.remote.figures import Tally, TransportFigures
from vmready.remote.negotiate import CredentialGate, OpenGate
from vmready.remote.shell import OperationTimedOut, ShellProtocol
from vmready.remote.transport import WireTransport
from vmready.secret import Secret

T = TypeVar("T")

#: Starts Windows PowerShell so that stdin becomes a function and runs: no file, no Invoke-Expression, and it works in Constrained Language
#: Mode. No inner double quotes and none of % ! ^ & | < > for cmd.exe to read, but for the variable that it is to expand.
BOOTSTRAP = (
    r"%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -Command "
    '"$s = @($input) -join [string][char]10; $null = Set-Item function:Collect $s; Collect"'
)
#: Bytes of stdin in one Send: in base64 it fits the 150 KB envelope of old hosts.
CHUNK = 96 * 1024
#: Bytes of output that are read of one command.
MAX_OUTPUT = 64 * 1024 * 1024
#: Bytes of stderr that are kept: it only explains.
MAX_STDERR = 64 * 1024
#: Seconds that a command is waited for after its output is complete.
LINGER = 5.0
#: Seconds that an interrupted run waits for the id of a shell that is being opened.
PATIENCE = 3.0


#: Errors after which it is open whether the host carried the request out.
_UNCERTAIN = (ConnectionLost, TimedOut, ProtocolError, NotWinrm, TooLarge, BadSeal, ServerError, RunError)


@dataclass(frozen=True, slots=True)
class Execution:
    """What a command left. ``exit_code`` is None where it was not waited for or not told."""

    stdout: bytes
    stderr: bytes
    exit_code: int | None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What is tried again, always within the host's deadline: only requests that the host said it did not carry out.

    The n-th pause is ``pause`` x 2^(n-1) seconds, times a random factor of 0.5 to 1.5, so that many clients do not come back together.
    """

    attempts: int = 4
    pause: float = 1.0

    def seconds(self, attempt: int) -> float:
        return float(self.pause * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))  # noqa: S311 - not a secret


def open_connection(
    host: Host,
    secret: Secret,
    *,
    deadline: Deadline,
    gate: CredentialGate | None = None,
    retries: RetryPolicy | None = None,
) -> Connection:
    """A connection that is made when it is first used. Not shared between threads; :meth:`Connection.close` is for the caller."""
    return Connection(host, secret, deadline, gate or OpenGate(), retries or RetryPolicy())


class Connection:
    """One host's shell. Every method but :meth:`close` raises :class:`~vmready.remote.errors.HostError`, without a history."""

    def __init__(
        self, host: Host, secret: Secret, deadline: Deadline, gate: CredentialGate, retries: RetryPolicy
    ) -> None:
        self.host = host
        self._secret = secret
        self._deadline = deadline
        self._gate = gate
        self._retries = retries
        self._tally = Tally()
        self._transport = WireTransport(host, secret, deadline, self._tally, gate)
        self._protocol = ShellProtocol(host, self._transport, self._tally)
        self._shell_id: str | None = None
        self._maybe_open = False
        self._deleted = False
        self._closed = False
        self._close_problem: str | None = None
        self._sealed = False
        self._started = time.monotonic()
        self._ended: float | None = None

    def __repr__(self) -> str:
        return f"<Connection to {self.host.name}>"

    def open(self) -> None:
        """Open the shell if it is not open: name, way, TLS, logon and the right to a shell are all proven then."""
        self._bare(self._open)

    def run_script(self, script: bytes, *, until: bytes | None = None) -> Execution:
        """Run PowerShell text (ASCII) and read what it writes.

        ``until``: once stdout holds this, PowerShell's end is waited for :data:`LINGER` seconds only.
        """
        return self.run(BOOTSTRAP, script, until=until)

    def run(self, command_line: str, stdin: bytes = b"", *, until: bytes | None = None) -> Execution:
        """Run a command line of cmd.exe with ``stdin``, in the same shell as all before."""
        return self._bare(lambda: self._run(command_line, stdin, until))

    def renew(self, deadline: Deadline) -> None:
        """Another deadline from now on, for a connection that is kept: one limit for each command rather than one for all."""
        self._deadline = deadline
        self._transport.adapter.use(deadline)

    def close(self, seconds: float = 5.0) -> None:
        """Delete the shell, at most once and within ``seconds``, and close the connection. Never raises; the figures tell."""
        if self._closed:
            return
        self._closed = True
        try:
            self._delete(Deadline(seconds))
        except HostError as error:
            self._close_problem = error.message
        except OperationTimedOut:
            self._close_problem = f"{where(self.host)} did not delete the shell in time."
        finally:
            self._transport.close_session()
            self._ended = time.monotonic()

    @property
    def figures(self) -> TransportFigures:
        """What the visit cost so far."""
        operations = sum(self._tally.requests.values())
        return TransportFigures(
            requests=self._tally.frozen_requests(),
            auth_legs=max(0, self._tally.http_requests - operations),
            bytes_sent=self._tally.bytes_sent,
            bytes_received=self._tally.bytes_received,
            connections=self._tally.connections,
            seconds=(self._ended or time.monotonic()) - self._started,
            retries=MappingProxyType(dict(self._tally.retries)),
            auth=self.host.auth,
            sealed=self._sealed or self._transport.sealed,
            verified=tls.trust(self.host.tls) if self.host.scheme == "https" else "none",
            tls_version=self._tally.tls_version,
            certificate=self._tally.certificate,
            shell_id=self._shell_id,
            shell_deleted=self._deleted or not self._maybe_open,
            close_problem=self._close_problem,
        )

    # --- inside

    def _bare(self, step: Callable[[], T]) -> T:
        failure: HostError
        try:
            return step()
        except HostError as error:
            failure = error.bare()
        except OperationTimedOut as error:
            failure = TimedOut(
                f"{where(self.host)} did not carry out a request within its operation time-out: {error}."
            )
        # Outside the handler: nothing of what it grew out of, frames with headers in them, goes with it.
        raise failure

    def _open(self) -> str:
        if self._shell_id is None:
            self._deadline.check(self.host, "opening a shell")
            self._shell_id = self._retrying("opening a shell", self._create)
            self._sealed = self._transport.sealed
        return self._shell_id

    def _create(self) -> str:
        # Without the answer to Create the shell could not be deleted: a stop waits for it a little.
        self._transport.adapter.use(self._deadline.patient(PATIENCE))
        try:
            shell_id = self._protocol.create()
        except HostError as error:
            # The request may have been carried out although no good answer came.
            if isinstance(error, _UNCERTAIN) and self._transport.sent_with_credential:
                self._maybe_open = True
            raise
        finally:
            self._transport.adapter.use(self._deadline)
        self._maybe_open = True
        return shell_id

    def _run(self, command_line: str, stdin: bytes, until: bytes | None) -> Execution:
        shell_id = self._open()
        self._fit_operation()
        command_id = self._retrying("starting PowerShell", lambda: self._protocol.command(shell_id, command_line))
        for start in range(0, max(1, len(stdin)), CHUNK):
            piece = stdin[start : start + CHUNK]
            end = start + CHUNK >= len(stdin)
            self._fit_operation()
            self._retrying("sending the script", partial(self._protocol.send, shell_id, command_id, piece, end=end))
        return self._read(shell_id, command_id, until)

    def _read(self, shell_id: str, command_id: str, until: bytes | None) -> Execution:
        stdout, stderr = bytearray(), bytearray()
        total = 0
        linger: Deadline | None = None
        while True:
            self._deadline.check(self.host, "waiting for the collector")
            self._fit_operation(linger)
            try:
                output = self._retrying("reading the output", lambda: self._protocol.receive(shell_id, command_id))
            except OperationTimedOut:
                self._tally.retries["receive-timeout"] += 1
                if linger is not None and linger.remaining() <= 1:
                    return Execution(bytes(stdout), bytes(stderr), None)
                continue
            total += len(output.stdout) + len(output.stderr)
            if total > MAX_OUTPUT:
                raise TooLarge(f"{where(self.host)} sent more than {MAX_OUTPUT} bytes of output.")
            seen = max(0, len(stdout) - len(until or b""))
            stdout += output.stdout
            stderr += output.stderr[: max(0, MAX_STDERR - len(stderr))]
            if output.done:
                return Execution(bytes(stdout), bytes(stderr), output.exit_code)
            if until is not None and linger is None and stdout.find(until, seen) >= 0:
                linger = self._deadline.within(LINGER)

    def _fit_operation(self, sooner: Deadline | None = None) -> None:
        """Ask the host to answer before our own time is over, so that the connection survives."""
        remaining = self._deadline.remaining() if sooner is None else sooner.remaining()
        self._protocol.operation_timeout_sec = max(1, int(min(self.host.timeouts.operation, remaining - 1)))

    def _retrying(self, doing: str, step: Callable[[], T]) -> T:
        attempt = 0
        while True:
            attempt += 1
            try:
                return step()
            except (QuotaReached, Busy) as error:
                failure, kind = error.bare(), error.code
            pause = self._retries.seconds(attempt)
            if attempt >= self._retries.attempts or pause >= self._deadline.remaining():
                raise failure
            self._tally.retries[kind] += 1
            self._deadline.sleep(pause, self.host, doing)

    def _delete(self, deadline: Deadline) -> None:
        if self._shell_id is None:
            if self._maybe_open:
                self._close_problem = (
                    "A shell may have been opened whose id never came; it ends by its idle time-out of 180 s."
                )
            return
        if self._transport.broken:
            if self._transport.rejected:
                self._close_problem = "The shell was not deleted, as the credential is not sent again; it ends by its idle time-out of 180 s."
                return
            # What was broken is not used again: a new connection, a new logon, for this one request.
            self._transport = WireTransport(self.host, self._secret, deadline, self._tally, self._gate)
            self._protocol = ShellProtocol(self.host, self._transport, self._tally)
        else:
            self._transport.adapter.use(deadline)
        self._protocol.operation_timeout_sec = max(1, int(deadline.remaining()) - 1)
        try:
            self._protocol.delete(self._shell_id)
        except ShellVanished:
            pass
        except (AssertionError, ValueError, StopIteration, AttributeError):
            self._close_problem = (
                f"{where(self.host)} confirmed the deletion of the shell in a way that cannot be read."
            )
            return
        self._deleted = True
