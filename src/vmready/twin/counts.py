"""What a twin counted per host: requests, logons, bytes, shells. Tests and benchmarks read it."""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HostCounts:
    """One host's figures at one moment.

    ``requests`` by operation are those that a logon carried (also when a fault answered them); ``authentication_legs`` are
    HTTP requests that served the logon alone; ``logons`` those that succeeded, ``rejected_logons`` those that presented a
    credential and were refused. ``leaked_shells`` are open shells whose last connection has gone. Bytes are those of HTTP,
    before TLS.
    """

    requests: Mapping[str, int] = field(default_factory=dict)
    authentication_legs: int = 0
    logons: int = 0
    rejected_logons: int = 0
    connections: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    shells_opened: int = 0
    open_shells: int = 0
    leaked_shells: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)

    @property
    def total_requests(self) -> int:
        """All HTTP requests that were a logon's leg or an operation."""
        return sum(self.requests.values()) + self.authentication_legs

    def as_json(self) -> dict[str, Any]:
        """The figures for a JSON document, the total included."""
        return {**dataclasses.asdict(self), "total_requests": self.total_requests}


class Tally:
    """Counts as they happen. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[str] = Counter()
        self._figures: Counter[str] = Counter()

    def request(self, operation: str) -> None:
        """An operation that a logon carried."""
        with self._lock:
            self._requests[operation] += 1

    def add(self, figure: str, amount: int = 1) -> None:
        """Add to a figure of :class:`HostCounts` by its name."""
        with self._lock:
            self._figures[figure] += amount

    def snapshot(self, open_shells: int, leaked_shells: int, faults: Mapping[str, int]) -> HostCounts:
        """The figures now."""
        with self._lock:
            return HostCounts(
                requests=dict(self._requests),
                open_shells=open_shells,
                leaked_shells=leaked_shells,
                faults=faults,
                **self._figures,
            )
