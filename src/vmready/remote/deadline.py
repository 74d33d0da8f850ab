"""How long there is left for a host, and whether the run is being stopped: one object that everything that waits asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from vmready.model import Host
from vmready.remote.errors import HostError, Interrupted, RunDeadlinePassed, TimedOut, where


class Deadline:
    """A moment on the monotonic clock, shared by all that is done to one host.

    ``seconds`` from now; ``of_run`` says that it is the run's own limit that comes first; ``stop`` ends everything early.
    """

    def __init__(
        self,
        seconds: float,
        *,
        stop: threading.Event | None = None,
        of_run: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._end = clock() + seconds
        self._stop = stop
        self._of_run = of_run
        self._patience = 0.0
        self._stopped_at: float | None = None

    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._end - self._clock())

    @property
    def stopped(self) -> bool:
        if self._stop is None or not self._stop.is_set():
            return False
        if self._stopped_at is None:
            self._stopped_at = self._clock()
        return self._clock() - self._stopped_at >= self._patience

    def error(self, host: Host, doing: str) -> HostError | None:
        """What to raise if there is no time left (``doing``: the phase, as in “while …”), None if there is."""
        if self.stopped:
            return Interrupted(f"The run was interrupted while {doing} on {where(host)}.")
        if self.remaining() > 0:
            return None
        if self._of_run:
            return RunDeadlinePassed(f"The run's time was over while {doing} on {where(host)}.")
        return TimedOut(f"The time for {where(host)} was over while {doing}.")

    def check(self, host: Host, doing: str) -> None:
        """Raises :class:`~vmready.remote.errors.TimedOut`, ``Interrupted`` or ``RunDeadlinePassed``."""
        error = self.error(host, doing)
        if error is not None:
            raise error

    def sleep(self, seconds: float, host: Host, doing: str) -> None:
        """Wait, but not beyond the deadline nor after a stop; raises as :meth:`check`."""
        self.check(host, doing)
        pause = min(seconds, self.remaining())
        if self._stop is not None:
            self._stop.wait(pause)
        else:
            time.sleep(pause)
        self.check(host, doing)

    def patient(self, seconds: float) -> Deadline:
        """The same, but a stop is obeyed only after ``seconds``: for an answer without which something would be left behind."""
        patient = Deadline(self.remaining(), stop=self._stop, of_run=self._of_run, clock=self._clock)
        patient._patience = seconds
        return patient

    def within(self, seconds: float) -> Deadline:
        """The same, but at most ``seconds`` from now."""
        shorter = Deadline(min(seconds, self.remaining()), stop=self._stop, clock=self._clock)
        shorter._patience, shorter._stopped_at = self._patience, self._stopped_at
        shorter._of_run = self._of_run and self.remaining() <= seconds
        return shorter
