"""What the agent's event sources reported that no requirement of its own looks for. The text is for people: nothing of it is judged."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from vmready.facts.agent_errors import (
    APPLICATION,
    KNOWN_TOKENS,
    LOOKED_FOR,
    REMOTE_DESKTOP,
    of_second_log,
    reach_of,
    require_written,
)
from vmready.facts.good_signs import of_agent
from vmready.facts.registry import fact
from vmready.probes.answers import Answer, Observed
from vmready.probes.readings import Event, EventLog
from vmready.probes.readings import System as SystemReading
from vmready.probes.vocabulary import Events, System

#: Critical, error, warning. Of events that no token tells the level is all there is.
_LEVELS = (1, 2, 3)
_SINCE = "5d"
#: The ids under which the agent reports whatever goes wrong, at any level and of any age.
GENERAL = Events(APPLICATION, ids=(3277, 3389), newest=200)
AGENT = Events(APPLICATION, provider="WVD-Agent", levels=_LEVELS, since=_SINCE, newest=50)
UPDATER = Events(APPLICATION, provider="WVD-Agent-Updater", levels=_LEVELS, since=_SINCE, newest=50)
LOADER = Events(APPLICATION, provider="RDAgentBootLoader", levels=_LEVELS, since=_SINCE, newest=50)
INSTALLER = Events(APPLICATION, provider="MsiInstaller", levels=_LEVELS, since=_SINCE, newest=50)
SECOND = Events(REMOTE_DESKTOP, levels=_LEVELS, since=_SINCE, newest=100)

#: What requirements of their own look for, by log and id: the same words under another id are nobody else's.
_SECOND = {0: KNOWN_TOKENS}
#: Windows Installer reports every program; these words are in the names and paths of the agent's.
_OURS = (
    "remote desktop agent boot loader",
    "remote desktop services",
    "rdinfra",
    "rdagent",
    "sxsstack",
    "sxs network stack",
)
_TEXT, _AT_MOST = 200, 5


def shown(event: Event) -> str:
    """An event for people: source, id, time, and its text on one line without control characters, cut."""
    said = event.message or " ".join(str(item) for item in event.properties)
    plain = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in said)
    text = " ".join(plain.split())
    cut = text if len(text) <= _TEXT else f"{text[:_TEXT]}…"
    when = f"{event.time:%Y-%m-%d %H:%M} UTC" if event.time else "no time"
    return f"{event.provider[:60]} {event.id} ({when}): {cut or 'no text'}"


@dataclass(frozen=True, slots=True)
class UnclassifiedErrors:
    """The events of the agent that nothing classifies, the newest first; ``others``: Windows Installer's about other programs."""

    found: tuple[Event, ...]
    others: tuple[Event, ...]
    application: tuple[Answer[EventLog], ...]
    second: Answer[EventLog]
    system: SystemReading

    @property
    def kinds(self) -> tuple[str, ...]:
        """Source and id of each, once: fit to be observed."""
        return tuple(sorted({f"{event.provider[:60]} {event.id}" for event in self.found}))

    def told(self, events: tuple[Event, ...]) -> str:
        """The newest of them, each text once, in words."""
        texts = tuple(dict.fromkeys(shown(event) for event in events))
        more = f"; and {len(texts) - _AT_MOST} more" if len(texts) > _AT_MOST else ""
        return "; ".join(texts[:_AT_MOST]) + more

    def require_logs(self) -> None:
        """UnreadableFact where a log could not be read, or is not written."""
        for answer in self.application:
            require_written("unclassified_errors", answer, self.second)

    @property
    def gaps(self) -> tuple[str, ...]:
        """Logs that do not reach back to the last start, or hold more than was read, in words."""
        return tuple(
            dict.fromkeys(gap for answer in self.application for gap in reach_of(self.system.boot, answer, self.second))
        )


def _classified(event: Event, looked_for: Mapping[int, tuple[str, ...]]) -> bool:
    text = event.text.lower()
    return any(token.lower() in text for token in looked_for.get(event.id, ()))


def _events(*answers: Answer[EventLog]) -> Iterator[Event]:
    for answer in answers:
        if isinstance(answer, Observed):
            yield from answer.value.events


def _newest_first(events: Iterator[Event]) -> tuple[Event, ...]:
    # The same event may have come with two questions.
    once = {(event.provider, event.id, event.time, event.record): event for event in events}
    return tuple(sorted(once.values(), key=lambda event: event.time.timestamp() if event.time else 0.0, reverse=True))


@fact
def unclassified_errors(
    general: Annotated[Answer[EventLog], GENERAL],
    agent: Annotated[Answer[EventLog], AGENT],
    updater: Annotated[Answer[EventLog], UPDATER],
    loader: Annotated[Answer[EventLog], LOADER],
    installer: Annotated[Answer[EventLog], INSTALLER],
    second: Annotated[Answer[EventLog], SECOND],
    system: Annotated[SystemReading, System()],
) -> UnclassifiedErrors:
    """Never unreadable itself: what one log tells counts, whatever another one refuses."""
    own = filter(of_agent, _events(general, agent, updater, loader))
    ours = [event for event in own if not _classified(event, LOOKED_FOR)]
    ours += [event for event in filter(of_second_log, _events(second)) if not _classified(event, _SECOND)]
    installs = list(_events(installer))
    mine = [event for event in installs if any(word in event.text.lower() for word in _OURS)]
    others = (event for event in installs if event not in mine)
    return UnclassifiedErrors(
        _newest_first(iter([*ours, *mine])),
        _newest_first(others),
        (general, agent, updater, loader, installer),
        second,
        system,
    )
