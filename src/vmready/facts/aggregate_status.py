"""The status file of the Azure guest agent, ``aggregatestatus.json``: what the agent last told Azure of itself and of its extensions.

The file is rewritten in place every 15 seconds, padded with NUL bytes, and stays behind with its last content when the agent stops. Messages
are emptied on the host before they are told: extensions write what they like into them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

from vmready.facts.proven import or_unknown, proven
from vmready.facts.registry import FollowUp, UnreadableFact, fact, plain_value
from vmready.facts.services import GUEST_AGENT, RD_AGENT, GuestAgentServices, told
from vmready.probes.answers import Absent, Answer, Observed, Reason, Why
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.readings import System as SystemReading
from vmready.probes.readings import Tail as TailReading
from vmready.probes.vocabulary import Probe, Service, System, Tail

STATUS = Tail(r"%SystemDrive%\WindowsAzure\Logs\AggregateStatus\aggregatestatus.json", size=1048576, blank=("message",))
#: Written every 15 seconds or so; older than this, nobody writes it any more.
FRESH = timedelta(minutes=5)
_NAME = "aggregate_status"


class NotStatus(ValueError):
    """The text is no status file: torn while it was rewritten, or something else."""


@dataclass(frozen=True, slots=True)
class HandlerStatus:
    """An extension's handler and, apart from it, the status of the settings that it was given.

    ``settings`` None: it was given none, which is no error. ``since``: when the settings' status was set; None: not told.
    ``untold``: it was given settings, and says nothing of them yet.
    """

    name: str
    version: str
    status: str
    settings: str | None = None
    since: datetime | None = None
    untold: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """The file's content: what the agent says of itself (empty: nothing), and its handlers."""

    agent_version: str
    agent: str
    timestamp: datetime | None
    handlers: tuple[HandlerStatus, ...]


def parse(text: str) -> Status:
    """The status that a text holds. NUL bytes and byte order marks are padding; :class:`NotStatus` for everything that is no such document."""
    cleaned = text.replace("\0", "").replace("\ufeff", "").strip()
    try:
        whole = json.loads(cleaned)
    except (ValueError, RecursionError):
        raise NotStatus("it is no JSON (torn while it was rewritten)") from None
    status = _object(whole).get("aggregateStatus")
    if not isinstance(status, dict) or not isinstance(status.get("guestAgentStatus"), dict):
        raise NotStatus("it has no aggregateStatus with a guestAgentStatus")
    agent, handlers = status["guestAgentStatus"], status.get("handlerAggregateStatus")
    if handlers is None:
        handlers = []
    if not isinstance(handlers, list) or not all(isinstance(handler, dict) for handler in handlers):
        raise NotStatus("its handlerAggregateStatus is no list of handlers")
    return Status(
        _text(agent.get("version")),
        _text(agent.get("status")),
        _time(_object(whole).get("timestampUTC")),
        tuple(_handler(handler) for handler in handlers),
    )


def _handler(raw: dict[str, Any]) -> HandlerStatus:
    name, version, status = (_text(raw.get(key)) for key in ("handlerName", "handlerVersion", "status"))
    runtime = raw.get("runtimeSettingsStatus")
    if runtime is None:
        return HandlerStatus(name, version, status)
    told_of = _object(runtime).get("settingsStatus")
    if told_of is None:
        return HandlerStatus(name, version, status, untold=True)
    settings = _object(told_of)
    return HandlerStatus(
        name,
        version,
        status,
        _text(_object(settings.get("status")).get("status")),
        _time(settings.get("timestampUTC")),
    )


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotStatus("an object is missing in it")
    return value


def _text(value: Any) -> str:
    return value[:120] if isinstance(value, str) else ""


def _time(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AggregateStatus:
    """The status file by the host's own clock. Each question raises UnreadableFact where it cannot be answered."""

    answer: Answer[TailReading]
    clock: datetime
    services: GuestAgentServices

    @property
    def present(self) -> bool:
        """Whether the file is there; UnreadableFact where that could not be read."""
        return plain_value(_NAME, STATUS, self.answer) is not None

    def status(self) -> Status:
        """The content. UnreadableFact: no file, not readable, or torn both times that it was read."""
        log: TailReading | None = plain_value(_NAME, STATUS, self.answer)
        if log is None:
            raise UnreadableFact(_NAME, Why(Reason.FAILED, "NoFile", "there is no aggregatestatus.json"), str(STATUS))
        try:
            return parse(_whole(log))
        except NotStatus as error:
            raise UnreadableFact(_NAME, Why(Reason.FAILED, "NotStatus", f"aggregatestatus.json: {error}")) from None

    def age(self) -> timedelta:
        """How long ago it was written, by the file's time, else by the time in it."""
        log: TailReading | None = plain_value(_NAME, STATUS, self.answer)
        written = (log.modified if log is not None else None) or self.status().timestamp
        if written is None:
            raise UnreadableFact(_NAME, Why(Reason.FAILED, "NoTime", "when the status file was written is not told"))
        return self.clock - written

    def stale(self) -> str:
        """Why the file says nothing of now; empty where it does."""
        age = self.age()
        if age > FRESH:
            return f"the status file was last written {_words(age)} ago: nobody writes it any more"
        return ""

    @property
    def ahead(self) -> str:
        """That the file is of a time to come, where it is: the clock was changed."""
        age = self.age()
        return f"the status file is {_words(-age)} ahead of the host's clock" if age < -FRESH else ""

    def current(self) -> Status:
        """The content where it is of now; UnreadableFact where it is older."""
        found, stale = self.status(), self.stale()
        if stale:
            raise UnreadableFact(_NAME, Why(Reason.FAILED, "Stale", stale), str(STATUS))
        return found

    def seen(self) -> dict[str, str]:
        """What the agent reports and how its services are: values that stay the same; ``not known`` where they could not be read."""
        found = {"reports": or_unknown(lambda: self.status().agent if self.present else "nothing")}
        for name in (RD_AGENT.name, GUEST_AGENT.name):
            found[name] = or_unknown(partial(self._state, name))
        return found

    def problems(self) -> tuple[str, ...]:
        """Why the agent is not Ready. UnreadableFact where nothing shows that, but something could not be read."""
        return proven(self._missing, self._not_ready, self._old, self._not_running)

    def _missing(self) -> str:
        return "" if self.present else "there is no aggregatestatus.json: the agent never reported"

    def _not_ready(self) -> str:
        if not self.present:
            return ""
        said = self.status().agent
        return "" if said == "Ready" else f"the agent reports {said or 'no status'}, not Ready"

    def _old(self) -> str:
        return self.stale() if self.present else ""

    def _not_running(self) -> Iterator[str]:
        for name in (RD_AGENT.name, GUEST_AGENT.name):
            state = self._state(name)
            if state == "absent":
                yield f"there is no service {name}, whatever the status file says"
            elif state != "running":
                yield f"the service {name} is {state}, whatever the status file says"

    def _state(self, name: str) -> str:
        service: ServiceReading | None = plain_value(_NAME, Service(name), self.services.answers[name])
        told(_NAME, service, "state")
        return "absent" if service is None else service.state_text


def _words(age: timedelta) -> str:
    minutes = age // timedelta(minutes=1)
    return (
        f"{minutes} minutes"
        if minutes < 120
        else f"{minutes // 60} hours"
        if minutes < 2880
        else f"{minutes // 1440} days"
    )


def _whole(log: TailReading) -> str:
    if not log.begins:
        raise NotStatus("it is larger than what is read of it")
    return log.text


def _torn(answer: Answer[TailReading]) -> bool:
    if not isinstance(answer, Observed):
        return False
    try:
        parse(_whole(answer.value))
    except NotStatus:
        return True
    return False


def _read_again(status: Answer[TailReading]) -> Iterator[Probe[Any]]:
    """A file that was just being rewritten is whole a moment later."""
    if _torn(status):
        yield STATUS


@fact(follow_up=_read_again)
def aggregate_status(
    status: Annotated[Answer[TailReading], STATUS],
    guest_agent_services: GuestAgentServices,
    system: Annotated[SystemReading, System()],
    followed: FollowUp,
) -> AggregateStatus:
    """The status file, read a second time where the first reading was torn. One that is gone then was there all the same."""
    again = followed.get(STATUS, status)
    return AggregateStatus(status if isinstance(again, Absent) else again, system.clock, guest_agent_services)
