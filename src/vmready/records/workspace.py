"""How the troubleshooter finds the workspace: the agent's own list, and event 1210 that names one with the solution ``updates``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from vmready.probes.answers import Answer
from vmready.probes.readings import ComReading, Event, EventLog
from vmready.records.record import NotTold, seen

CONFIGURED = 1210
#: Characters of a message that the collector sends; one that is as long may go on.
MESSAGE_LIMIT = 4096
_ID_LENGTH = 36
_IGNORED = r"[\u00ad\u200b-\u200d\ufeff]*"
_HOST = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class State(StrEnum):
    """What was found. The troubleshooter's own word for exactly one is the empty text."""

    NONE = "None"
    ONE = ""
    ONE_OF_SEVERAL = "MultipleButValid"
    SEVERAL = "Multiple"


@dataclass(frozen=True, slots=True)
class Found:
    """``workspace``: its id as the event spells it; empty where there is none, or more than one. Where the search broke off at an event
    that is too short, what was met before it."""

    state: State
    workspace: str = ""

    @property
    def usable(self) -> bool:
        return self.state in (State.ONE, State.ONE_OF_SEVERAL)


NOTHING = Found(State.NONE)


def find(configurations: Answer[EventLog], workspaces: Answer[ComReading]) -> Found:
    """The workspace. NotTold where the snapshot does not hold what decides."""
    log: EventLog | None = seen(configurations)
    # Without a log nothing is found, whatever the agent lists.
    if log is None:
        return NOTHING
    named = _named(log.events)
    if named is None:
        return NOTHING
    if log.more:
        raise NotTold("the log Operations Manager holds more events 1210 than were read")
    if not named:
        return NOTHING
    configured, count = _listed(workspaces)
    hits: list[str] = []
    for workspace in named:
        if workspace is None:
            # Nothing is found from here on, but the id that was met last stays where the next rule prints it.
            return Found(State.NONE, hits[-1] if hits else "")
        if workspace.lower() in configured:
            hits.append(workspace)
    if len(hits) == 1:
        return Found(State.ONE_OF_SEVERAL if count > 1 else State.ONE, *hits)
    return Found(State.SEVERAL) if hits else NOTHING


def host_name(workspace: str) -> str:
    """The id as the first part of a host's name. NotTold where it holds what no name does: such a name is not asked for."""
    if not _HOST.fullmatch(workspace):
        raise NotTold("the workspace's id is not fit for a host's name, so nothing was asked")
    return workspace


def _named(events: tuple[Event, ...]) -> list[str | None] | None:
    """The ids that the messages name, each spelling once, newest first; None for a message that is too short to cut an id out of. None for
    the whole where a message has no text at all, which ends the search."""
    found: list[str | None] = []
    for event in events:
        if event.id != CONFIGURED:
            continue
        if event.message is None:
            return None
        message = event.message
        if _index(message, "updates;") < 0:
            if len(_units(message)) >= 2 * MESSAGE_LIMIT:
                raise NotTold("a message of event 1210 was cut before what decides")
            continue
        # Where the mark is missing the troubleshooter cuts at the fourth character.
        at = _index(message, "AOI-") + 4
        rest = _units(message)[2 * at : 2 * (at + _ID_LENGTH)]
        if len(rest) < 2 * _ID_LENGTH:
            if len(_units(message)) >= 2 * MESSAGE_LIMIT:
                raise NotTold("a message of event 1210 was cut before what decides")
            if None not in found:
                found.append(None)
            continue
        workspace = rest.decode("utf-16-le", "replace")
        if workspace not in found:
            found.append(workspace)
    return found


def _units(message: str) -> bytes:
    return message.encode("utf-16-le", "surrogatepass")


def _index(message: str, literal: str) -> int:
    """Where the literal stands, in UTF-16 units; -1 where it does not. Characters without a width count for nothing, as in Windows."""
    match = re.search(_IGNORED.join(literal), message)
    return len(_units(message[: match.start()])) // 2 if match else -1


def _listed(answer: Answer[ComReading]) -> tuple[set[str], int]:
    """The ids that the agent lists, lower case, and how many entries there are. The list ends at an entry without an id."""
    reading: ComReading | None = seen(answer)
    rows = reading.items if reading is not None else ()
    ids: set[str] = set()
    count = 0
    for row in rows:
        workspace = row.get("workspaceId")
        if workspace is None:
            break
        ids.add(str(workspace).lower())
        count += 1
    return ids, count
