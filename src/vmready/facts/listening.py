"""Whether the RDP listeners listen now: from three sources, none of them in need of a language.

``qwinsta`` names every listener (only its states are translated), the agent checks its own listener, and the event log says when each one
started and stopped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from vmready.facts.agent_health import HEALTH_REPORT, health_checks
from vmready.facts.rdp_listeners import RdpListeners
from vmready.facts.registry import UnreadableFact, fact
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import EventLog, Key, NativeText
from vmready.probes.readings import System as SystemReading
from vmready.probes.vocabulary import Events, Native, System

QWINSTA = Native("qwinsta")
#: Started, stopped, failed. 261 and 262 come with every connection and are not asked for.
LISTENER_EVENTS = Events(
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational", ids=(258, 259, 260), newest=200
)
RDP_TCP = "rdp-tcp"

_FLAGS = re.IGNORECASE | re.ASCII
#: The state's word may be lost on the way, letter by letter or whole.
_LISTENER = re.compile(r"[> ]?\s*(rdp-(?:tcp|sxs[0-9]*))\s+([0-9]{5,10})(?:\s+([^\s0-9]\S*)(?:\s.*)?|\s*)", _FLAGS)
_SESSION = re.compile(r"[> ]?\s*(?:services|console)\s.*[0-9]+\s+\S+", _FLAGS)
#: Ids of listeners begin here, those of sessions far below.
_FIRST_LISTENER = 65536
_LISTENS = frozenset({"listen", "abhör.", "escuchar", "прием", "прослуш", "侦听"})
#: The German word with anything in place of its umlaut, which consoles lose.
_ABHOER = re.compile(r"abh.{0,3}r\.")


@dataclass(frozen=True, slots=True)
class Sign:
    """What one source says of a listener. Not ``sure``: it can be taken two ways."""

    source: str
    listens: bool
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Listening:
    """The signs of each listener by name, the strongest (of now, then the latest) first; none where no source told. ``unreadable``: why not."""

    signs: Mapping[str, tuple[Sign, ...]]
    unreadable: tuple[Why, ...]

    def told(self, name: str) -> bool | None:
        """Whether a listener listens, by its strongest sign."""
        signs = self.signs.get(name, ())
        return signs[0].listens if signs else None

    @property
    def deaf(self) -> tuple[tuple[str, str], ...]:
        """The listeners that do not listen, each with the source that says so."""
        return tuple((name, signs[0].source) for name, signs in self.signs.items() if signs and not signs[0].listens)

    @property
    def contradictions(self) -> tuple[str, ...]:
        """Listeners that the strongest sign says listen, and another one that they do not."""
        return tuple(
            f"{signs[0].source} says that {name} listens, {sign.source} that it does not"
            for name, signs in self.signs.items()
            for sign in signs
            if signs[0].listens and not sign.listens
        )

    @property
    def unsure(self) -> tuple[str, ...]:
        """Listeners of which all that is known is that they are listed, in a state whose word nobody knows."""
        return tuple(name for name, signs in self.signs.items() if signs and not signs[0].sure)

    def require_signs(self) -> None:
        """UnreadableFact where of a listener no source told anything."""
        for name, signs in self.signs.items():
            if not signs:
                said = "; ".join(str(why) for why in self.unreadable) or "no source tells"
                raise UnreadableFact("listening", Why(Reason.FAILED, "NoSign", f"whether {name} listens: {said}"))


@fact
def listening(
    rdp_listeners: RdpListeners,
    qwinsta: Annotated[Answer[NativeText], QWINSTA],
    report: Annotated[Answer[Key], HEALTH_REPORT],
    log: Annotated[Answer[EventLog], LISTENER_EVENTS],
    system: Annotated[SystemReading, System()],
) -> Listening:
    """The signs for ``rdp-tcp`` and for the active side-by-side listener."""
    active = rdp_listeners.active.name if rdp_listeners.active else ""
    if isinstance(log, Observed) and log.value.enabled is False:  # What it holds may be of before it was switched off.
        log = Unreadable(Why(Reason.FAILED, "LogDisabled", f"the log {LISTENER_EVENTS.log} is switched off"))
    unreadable = tuple(answer.why for answer in (qwinsta, report, log) if isinstance(answer, Unreadable))

    def signs(name: str) -> Iterator[Sign]:
        shown = _shown(qwinsta.value.text, name) if isinstance(qwinsta, Observed) else None
        if shown is not None and shown.sure:
            yield Sign("qwinsta", shown.listens)
        told: list[tuple[datetime, Sign]] = []
        if name == active and isinstance(report, Observed):
            check = (health_checks(report.value) or {}).get("SxSStackListenerCheck")
            if check is not None and check.passed is not None and check.time is not None and check.fresh(system):
                told.append((check.time, Sign("the agent's own check", check.passed)))
        if isinstance(log, Observed) and (last := _last_event(log.value, name, system)) is not None:
            told.append((last[0], Sign("the event log", last[1] == 258)))
        # What was told later knows of what the other could not.
        yield from (sign for _, sign in sorted(told, key=lambda pair: pair[0], reverse=True))
        if shown is not None and not shown.sure:
            yield Sign("qwinsta", shown.listens, sure=False)

    return Listening({name: tuple(signs(name)) for name in (RDP_TCP, active) if name}, unreadable)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What qwinsta shows of a listener. Not ``sure``: it is listed as listeners are, in a state whose word is not known."""

    listens: bool
    sure: bool


def _shown(text: str, name: str) -> _Shown | None:
    """None where the text is no list of sessions (an error message, say), or does not tell."""
    rows = {match[1].lower(): (match[3] or "").lower() for line in text.splitlines() if (match := _row(line))}
    if not rows and not any(_SESSION.match(line) for line in text.splitlines()):
        return None
    word = rows.get(name.lower())
    if word is None:
        return _Shown(False, True)
    if _listens(word):
        return _Shown(True, True)
    # Another listener says in a known word that it listens: this one is in another state.
    if word and any(map(_listens, rows.values())):
        return _Shown(False, True)
    # A word of another language: good where every listener has it, else one of them is in another state and this does not tell which.
    if word == "down":
        return _Shown(False, True)
    return _Shown(True, False) if all(other == word for other in rows.values()) else None


def _listens(word: str) -> bool:
    return word in _LISTENS or _ABHOER.fullmatch(word) is not None


def _row(line: str) -> re.Match[str] | None:
    match = _LISTENER.fullmatch(line)
    return match if match and int(match[2]) >= _FIRST_LISTENER else None


def _last_event(log: EventLog, name: str, system: SystemReading) -> tuple[datetime, int] | None:
    """The newest event of this listener since the machine started, and when; a listener of an earlier start says nothing of this one."""
    for event in log.events:
        mine = bool(event.properties) and str(event.properties[0]).lower() == name.lower()
        if mine and event.time is not None and system.boot is not None and event.time >= system.boot:
            return event.time, event.id
    return None
