"""What the Azure guest agent's log says since the agent last started."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from vmready.facts.guest_agent_log_lines import Record, parsed, records
from vmready.facts.guest_agent_log_patterns import (
    COMPLETED,
    HEARTBEAT,
    STARTING,
    Hit,
    start_version,
    unrecovered,
)
from vmready.facts.registry import FollowUp, UnreadableFact, fact
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Paths
from vmready.probes.readings import System as SystemReading
from vmready.probes.readings import Tail as TailReading
from vmready.probes.vocabulary import Path, Probe, System, Tail

_LOGS = "%SystemDrive%\\WindowsAzure\\Logs\\"
_SIZE = 262144
#: The last start can lie megabytes before the end: it is looked for backwards.
LOG = Tail(_LOGS + "WaAppAgent.log", size=_SIZE, lines_with=(STARTING,))
#: Heartbeats are too many to be looked for together with starts: only so many lines are told.
ALIVE = Tail(_LOGS + "WaAppAgent.log", size=0, lines_with=(COMPLETED, HEARTBEAT))
ROTATED = Path(_LOGS + "WaAppAgent*.log")
INSTALLER_LOG = Tail(_LOGS + "TransparentInstaller.log", size=65536)
TELEMETRY_LOG = Tail(_LOGS + "Telemetry.log", size=65536)
#: What happened before is history.
WINDOW = timedelta(hours=24)
#: A log that goes on is not further ahead of the clock: what is was written before the clock was put back.
AHEAD = timedelta(minutes=5)
_OWN = re.compile(r"(?i)[A-Za-z]:\\WindowsAzure\\Logs\\WaAppAgent[\w .()-]{1,80}\.log", re.ASCII)
_NAME = "guest_agent_log"
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Start:
    """The agent's last start: when (None: the line tells no time) and of which version (None: the line names none)."""

    time: datetime | None
    version: str | None


@dataclass(frozen=True, slots=True)
class GuestAgentLog:
    """``entries``: those after the last start (all, where no start stands in what was read). ``good``: the last good line after it.

    ``others``: entries of the agent's two further logs that are later than that start. ``problem``: why nothing can be said. ``begins``: the first
    entry that was read, where it lies in the window and what was logged between the last start and it was not read.
    """

    clock: datetime
    entries: tuple[Record, ...] = ()
    others: tuple[Record, ...] = ()
    start: Start | None = None
    good: Record | None = None
    last: datetime | None = None
    problem: Why | None = None
    others_problem: Why | None = None
    begins: datetime | None = None

    def required(self) -> GuestAgentLog:
        """The log itself, with entries within the window; UnreadableFact where there are none."""
        if self.problem is not None:
            raise UnreadableFact(_NAME, self.problem, str(LOG))
        if all(record.time is None for record in self.recent()):
            said = (
                "its entries tell no time"
                if self.last is None
                else f"its last entry is of {self.last:%Y-%m-%d %H:%M} UTC"
            )
            text = f"the agent wrote nothing into WaAppAgent.log within 24 hours: {said}"
            raise UnreadableFact(_NAME, Why(Reason.FAILED, "Silent", text), str(LOG))
        return self

    @property
    def ahead(self) -> str:
        """That its last entry is of a time to come: nobody wrote it since the clock was put back. Empty where it is not."""
        last = self.entries[-1].time if self.entries else None
        if last is None or last - self.clock <= AHEAD:
            return ""
        return f"the last entry of WaAppAgent.log is of {last:%Y-%m-%d %H:%M} UTC, ahead of the host's clock"

    def recent(self) -> tuple[Record, ...]:
        """The entries after the last start that are not older than the window."""
        return tuple(record for record in self.entries if self._counts(record))

    def _counts(self, record: Record) -> bool:
        return record.time is None or self.clock - WINDOW <= record.time

    def shows(self, *patterns: str) -> tuple[Hit, ...]:
        """What these patterns show and no later line supersedes. UnreadableFact where nothing shows and a log could not be read."""
        found = self.evidence(*patterns)
        if not found:
            self.required()
            if self.others_problem is not None:
                raise UnreadableFact(_NAME, self.others_problem, str(INSTALLER_LOG))
        return found

    def evidence(self, *patterns: str) -> tuple[Hit, ...]:
        """The same as further evidence only: nothing where the log does not tell."""
        return unrecovered(_joined(self.recent(), filter(self._counts, self.others)), patterns)

    def undated(self, *patterns: str) -> tuple[Hit, ...]:
        """What these patterns show in lines of the further logs that tell no time: whether a later line supersedes it is not known."""
        return unrecovered((record for record in self.others if record.time is None), patterns)


def _when(record: Record) -> datetime:
    return record.time or _BEFORE_ALL


def _joined(*logs: Iterable[Record]) -> Iterator[Record]:
    """Several logs as one, by time: each keeps its own order, whatever a changed clock wrote; what tells no time comes first."""
    return heapq.merge(*logs, key=_when)


def _records(log: TailReading) -> list[Record]:
    return list(records(log.text, inside=log.inside))


def _starts(log: TailReading) -> list[Record]:
    return list(parsed(log.lines))


def _later(record: Record, begun: datetime | None) -> bool:
    """Whether a line that was found by itself is of after the start: within one second nobody knows."""
    return begun is None or (record.time is not None and record.time > begun)


def _newest_rotated(paths: Answer[Paths]) -> Tail | None:
    """The log that the present one replaced: the newest of its name besides it."""
    found = paths.value.matches if isinstance(paths, Observed) else ()
    old = [file for file in found if not file.directory and file.modified is not None and _OWN.fullmatch(file.path)]
    newest = max(old, key=lambda file: (file.modified, file.path), default=None)
    return None if newest is None else Tail(newest.path, size=_SIZE, lines_with=(STARTING,))


def _has_start(log: TailReading) -> bool:
    return bool(_starts(log)) or any(STARTING in record.text for record in _records(log))


def _look_at_rotated(log: Answer[TailReading], rotated: Answer[Paths]) -> Iterator[Probe[Any]]:
    """Where the present log holds no start, it stands in the one before."""
    if isinstance(log, Observed) and not _has_start(log.value):
        probe = _newest_rotated(rotated)
        if probe is not None:
            yield probe


@fact(follow_up=_look_at_rotated)
def guest_agent_log(
    log: Annotated[Answer[TailReading], LOG],
    alive: Annotated[Answer[TailReading], ALIVE],
    rotated: Annotated[Answer[Paths], ROTATED],
    installer: Annotated[Answer[TailReading], INSTALLER_LOG],
    telemetry: Annotated[Answer[TailReading], TELEMETRY_LOG],
    system: Annotated[SystemReading, System()],
    followed: FollowUp,
) -> GuestAgentLog:
    """WaAppAgent.log since the last start, and the agent's two further logs. Never unreadable itself: the rows ask what they need."""
    clock = system.clock
    if isinstance(log, Absent):
        return GuestAgentLog(clock, problem=Why(Reason.FAILED, "NoLog", "there is no WaAppAgent.log"))
    if isinstance(log, Unreadable):
        return GuestAgentLog(clock, problem=log.why)
    logs = [log.value]
    if not _records(log.value) and log.value.text.strip("\0 \r\n\ufeff"):
        text = "no line at the end of WaAppAgent.log has a known form (another encoding, or no log of the agent)"
        return GuestAgentLog(clock, problem=Why(Reason.FAILED, "NoRecords", text))
    starts, problem = _starts(log.value), None
    if not _has_start(log.value):
        earlier = followed[probe] if (probe := _newest_rotated(rotated)) is not None else None
        if isinstance(earlier, Observed):
            logs = [earlier.value, log.value]
            starts = _starts(earlier.value)
        elif isinstance(earlier, Unreadable):
            problem = earlier.why
        elif isinstance(rotated, Unreadable):
            problem = rotated.why
    present = [record for one in logs for record in _records(one)]
    position = max((at for at, record in enumerate(present) if STARTING in record.text), default=None)
    line = present[position] if position is not None else starts[-1] if starts else None
    if problem is None and isinstance(alive, Unreadable):
        problem = alive.why
    begun = line.time if line is not None else None
    after = present if position is None else present[position + 1 :]
    good = [record for record in after if COMPLETED in record.text or HEARTBEAT in record.text]
    if position is None and isinstance(alive, Observed):
        good += [record for record in parsed(alive.value.lines) if _later(record, begun)]
    others, others_problem = _others((installer, telemetry), begun, clock - WINDOW)
    return GuestAgentLog(
        clock,
        tuple(after),
        others,
        None if line is None else Start(begun, start_version(line.text)),
        max(good, key=_when, default=None),
        max((record.time for record in present if record.time), default=None),
        problem,
        others_problem,
        _begins(logs, clock),
    )


def _begins(logs: list[TailReading], clock: datetime) -> datetime | None:
    """When the end of a long log begins (the newest that is read in part), where that leaves out a part of the window after the last start."""
    for log in reversed(logs):
        found = _records(log)
        if any(STARTING in record.text for record in found):
            return None
        if not log.begins:
            first = next((record.time for record in found if record.time is not None), None)
            return first if first is not None and first > clock - WINDOW else None
    return None


def _others(
    answers: tuple[Answer[TailReading], ...], begun: datetime | None, oldest: datetime
) -> tuple[tuple[Record, ...], Why | None]:
    """Entries of the further logs that are later than the last start. One that is not there says nothing.

    What tells no time counts where its file was written since that start and within the window: older agents left logs behind.
    """
    since = max(begun or oldest, oldest)
    found: list[list[Record]] = []
    problem: Why | None = None
    for answer in answers:
        if isinstance(answer, Unreadable):
            problem = problem or answer.why
        elif isinstance(answer, Observed):
            past = answer.value.modified is not None and answer.value.modified < since
            found.append([record for record in _records(answer.value) if record.time is not None or not past])
    return tuple(r for r in _joined(*found) if begun is None or r.time is None or r.time >= begun), problem
