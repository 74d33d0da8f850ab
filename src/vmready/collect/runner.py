"""Asking many hosts at once: a thread per host, a deadline for each and for the run, and one outcome for every job, whatever happens.

    for collected in collect(jobs, resolve_secret=resolve, stop=stop):
        ...

An exception on one host is that host's cause and touches no other. After ``stop`` is set (or Ctrl-C) the hosts in work are left at
once, their shells deleted where they still answer, and those not begun are given back with the cause ``interrupted``.
"""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from vmready.collect.accounts import MAX_REJECTIONS, AccountGate
from vmready.collect.visit import Answers, Visit, no_follow_up
from vmready.model import Cause, Fault, Host
from vmready.remote.deadline import Deadline
from vmready.remote.errors import (
    CredentialUnavailable,
    HostError,
    Interrupted,
    RunDeadlinePassed,
    WrongPassword,
    where,
)
from vmready.remote.figures import TransportFigures, no_figures
from vmready.remote.winrm import RetryPolicy, open_connection
from vmready.secret import Secret

#: Of a host's time, what is kept back for deleting the shell: seconds, and at most this share.
CLOSING = 5.0
CLOSING_SHARE = 0.2

#: Gives a host's secret (``Credentials().secret_of``); raises a HostError where there is none.
Resolver = Callable[[Host], Secret]
Progress = Callable[[Host, Literal["started", "finished"]], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What to ask of a host: canonical probe texts in the order of their lines, and what to ask once more after the first answers.

    ``follow_up`` gets the raw answers by probe text; nothing means no second round.
    """

    host: Host
    first: Sequence[str]
    follow_up: Callable[[Mapping[str, Mapping[str, Any]]], Sequence[str]] = no_follow_up


@dataclass(frozen=True, slots=True)
class Collected:
    """What one visit brought.

    ``answers[round][probe text]`` are raw answers; an unanswered probe is not in it. ``cause`` is set wherever not everything came: with no
    answers at all the host is unreachable, with those of round 1 only the second round is missing. ``clock_difference``: seconds
    that the host's clock is ahead of ours, None unknown.
    """

    host: Host
    answers: Mapping[int, Answers]
    cause: Cause | None
    figures: TransportFigures
    started: datetime
    finished: datetime
    mode: str = ""
    clock_difference: float | None = None
    documents: tuple[Mapping[str, Any], ...] = ()


@dataclass(slots=True)
class _Run:
    gate: AccountGate
    stop: threading.Event
    end: float | None
    retries: RetryPolicy | None
    now: Callable[[], datetime]
    nonce: Callable[[], str]


def collect(
    jobs: Iterable[Job],
    *,
    resolve_secret: Resolver,
    concurrency: int = 32,
    run_deadline: float | None = None,
    stop: threading.Event | None = None,
    on_progress: Progress | None = None,
    retries: RetryPolicy | None = None,
    max_rejections: int = MAX_REJECTIONS,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    nonce: Callable[[], str] = lambda: secrets.token_hex(16),
) -> Iterator[Collected]:
    """Visit all hosts, at most ``concurrency`` at a time, and give back each one as it is done; every job comes back exactly once.

    ``run_deadline``: seconds for all of it. ``resolve_secret`` is asked once per host, before the first connection and not in a
    thread (it may ask at the terminal). ``on_progress`` is called from the thread that iterates. KeyboardInterrupt while waiting: the rest still
    comes, with its causes, then it is raised again.
    """
    todo = list(jobs)
    stop = stop or threading.Event()
    end = None if run_deadline is None else time.monotonic() + run_deadline
    run = _Run(AccountGate(max_rejections), stop, end, retries, now, nonce)
    secrets_of = [_resolved(job.host, resolve_secret) for job in todo]
    events: queue.SimpleQueue[tuple[Host, Collected | None]] = queue.SimpleQueue()
    pool = ThreadPoolExecutor(max(1, min(concurrency, len(todo) or 1)), thread_name_prefix="vmready-collect")
    interrupted: KeyboardInterrupt | None = None
    left = len(todo)
    try:
        for job, secret in zip(todo, secrets_of, strict=True):
            pool.submit(_work, job, secret, run, events)
        while left:
            collected: Collected | None = None
            try:
                host, collected = _next(events)
                if on_progress is not None:
                    on_progress(host, "started" if collected is None else "finished")
            except KeyboardInterrupt as interrupt:
                if interrupted is not None:
                    raise
                interrupted = interrupt
                stop.set()
            if collected is not None:
                left -= 1
                yield collected
    finally:
        # Also where the caller stops asking: nothing goes on in the background.
        if left:
            stop.set()
        pool.shutdown(wait=True)
    if interrupted is not None:
        raise KeyboardInterrupt


def _next(events: queue.SimpleQueue[tuple[Host, Collected | None]]) -> tuple[Host, Collected | None]:
    while True:
        try:
            # With a time-out, as a wait without end cannot be interrupted everywhere.
            return events.get(timeout=1.0)
        except queue.Empty:
            continue


def _resolved(host: Host, resolve_secret: Resolver) -> Secret | HostError:
    try:
        return resolve_secret(host)
    except HostError as error:
        return error.bare()
    except Exception as error:  # noqa: BLE001 - what a resolver raises may hold what it read: only its kind is told
        return CredentialUnavailable(f"The credential of {where(host)} cannot be had ({type(error).__name__}).")


def _work(
    job: Job, secret: Secret | HostError, run: _Run, events: queue.SimpleQueue[tuple[Host, Collected | None]]
) -> None:
    events.put((job.host, None))
    started = run.now()
    try:
        collected = _visit(job, secret, run, started)
    except Exception as error:  # noqa: BLE001 - a defect of ours on one host must not lose the others, nor this host silently
        cause = Cause(
            "internal-error",
            f"vmready itself failed on {where(job.host)} ({type(error).__name__} in {_place(error)}).",
            "Report this with the version and, if you can, a twin state that shows it.",
            Fault.RUN,
        )
        collected = Collected(job.host, {}, cause, no_figures(job.host.auth), started, run.now())
    events.put((job.host, collected))


def _place(error: Exception) -> str:
    """Module and line where a defect showed; no values."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return "?" if frame is None else f"{frame.tb_frame.f_globals.get('__name__', '?')}:{frame.tb_lineno}"


def _visit(job: Job, secret: Secret | HostError, run: _Run, started: datetime) -> Collected:
    host = job.host

    def without(error: HostError) -> Collected:
        return Collected(host, {}, error.cause, no_figures(host.auth), started, run.now())

    if run.stop.is_set():
        return without(Interrupted(f"The run was interrupted before {where(host)} was asked."))
    seconds, of_run = host.timeouts.host, False
    if run.end is not None and (left := run.end - time.monotonic()) < seconds:
        seconds, of_run = left, True
        if left <= 0:
            return without(RunDeadlinePassed(f"The run's time was over before {where(host)} was asked."))
    if isinstance(secret, HostError):
        return without(secret)
    closing = min(CLOSING, seconds * CLOSING_SHARE)
    deadline = Deadline(seconds - closing, stop=run.stop, of_run=of_run)
    connection = open_connection(host, secret, deadline=deadline, gate=run.gate, retries=run.retries)
    visit = Visit(connection, deadline, run.now, run.nonce)
    failure: HostError | None = None
    try:
        visit.ask(job.first, job.follow_up)
    except HostError as error:
        failure = run.gate.explain(host, error) if isinstance(error, WrongPassword) else error
    finally:
        connection.close(max(closing, 1.0))
    return Collected(
        host,
        visit.answers,
        None if failure is None else failure.cause,
        connection.figures,
        started,
        run.now(),
        visit.mode,
        visit.clock_difference,
        tuple(visit.documents),
    )
