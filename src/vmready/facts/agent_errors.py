"""Errors that the Azure Virtual Desktop agent left in the logs Application and RemoteDesktopServices.

An event is told by log, source, id and token: the text around a token is translated, and its level says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from vmready.facts.agent_health import AHEAD
from vmready.facts.good_signs import GoodSigns, hosts_of, of_agent
from vmready.facts.registry import UnreadableFact, fact
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Event, EventLog
from vmready.probes.vocabulary import Events

APPLICATION, REMOTE_DESKTOP = "Application", "RemoteDesktopServices"
#: The codes of registration, one item each.
REGISTRATION_TOKENS = (
    "INVALID_REGISTRATION_TOKEN",
    "EXPIRED_REGISTRATION_TOKEN",
    "EXPIRED_MACHINE_TOKEN",
    "NAME_ALREADY_REGISTERED",
)
BROKER_TOKENS = ("INVALID_FORM", "connect to broker with error NOT_FOUND")
GATEWAY_TOKENS = ("RD Gateway Url", "RDGateway Url")
TRANSPORT = "Transport received an exception"
INSTALLATION, ENDPOINT = "InstallationHealthCheckFailedException", "ENDPOINT_NOT_FOUND"
INSTALL_MSI, COMMAND = "InstallMsiException", "Win32Exception"
DOWNLOAD_MSI, MISSING_METHOD = "DownloadMsiException", "MissingMethodException"
#: What requirements of their own look for under the umbrella id 3277.
_UMBRELLA = (*REGISTRATION_TOKENS, *BROKER_TOKENS, INSTALLATION, ENDPOINT, INSTALL_MSI, COMMAND, DOWNLOAD_MSI)
#: What they look for in the Application log, by id (3019 needs no token); anything else under the agent's ids is unclassified.
LOOKED_FOR: Mapping[int, tuple[str, ...]] = {
    3277: _UMBRELLA,
    3389: (MISSING_METHOD,),
    3703: GATEWAY_TOKENS,
    3019: ("",),
}
#: What they look for in the second log, under id 0.
KNOWN_TOKENS = (*_UMBRELLA, MISSING_METHOD, *GATEWAY_TOKENS, TRANSPORT)


def _application(number: int, *tokens: str) -> Events:
    # Without a window: an error of months ago still stands until the machine was started again.
    return Events(APPLICATION, ids=(number,), contains=tokens, newest=50)


GATEWAY_EVENTS = _application(3703, *GATEWAY_TOKENS)
#: Newer agents write a second log, every event of it with id 0. One question for all tokens: it is read once.
SECOND_LOG = Events(REMOTE_DESKTOP, ids=(0,), contains=KNOWN_TOKENS, newest=200)


#: Longer texts are searched whole on the host, and reach no further than this.
_PROPERTY, _MESSAGE, _PROPERTIES = 2048, 4096, 32
_UNTOLD = f"an event of the log {REMOTE_DESKTOP} is too long to tell whose error it is"


def _cut(event: Event) -> bool:
    """Whether the text may go on, beyond what came of it."""
    properties = event.properties
    long = any(isinstance(item, str) and len(item) >= _PROPERTY for item in properties)
    return long or len(properties) >= _PROPERTIES or len(event.message or "") >= _MESSAGE


def _holds(event: Event, tokens: Iterable[str]) -> bool:
    text = event.text.lower()
    return any(token.lower() in text for token in tokens)


def of_second_log(event: Event) -> bool:
    """Whether the agent wrote it into its own log, where the source is the class that wrote it."""
    return event.provider.lower().startswith("microsoft.rdinfra.")


@dataclass(frozen=True, slots=True)
class AgentErrors:
    """The errors with one of some tokens, and whether they still count.

    An error counts where it is later than the last start of the machine and nothing good came after it. ``by_registration``: being
    registered takes it back too. ``by_id``: in the Application log its id alone tells it.
    """

    name: str
    tokens: tuple[str, ...]
    application: Answer[EventLog]
    second: Answer[EventLog]
    signs: GoodSigns
    by_registration: bool = False
    by_id: bool = False

    @property
    def events(self) -> tuple[Event, ...]:
        """The errors of both logs, as far as they could be read, newest first; those without a time last."""
        found = [
            event
            for answer, ours in ((self.application, of_agent), (self.second, of_second_log))
            if isinstance(answer, Observed)
            for event in answer.value.events
            if ours(event) and self._counts(event, answer is self.second)
        ]
        return tuple(sorted(found, key=lambda event: event.time.timestamp() if event.time else 0.0, reverse=True))

    def _counts(self, event: Event, second: bool) -> bool:
        # The Application log was searched for these tokens alone: where none is seen, it stands in what was cut off.
        return _holds(event, self.tokens) or (not second and (self.by_id or _cut(event)))

    @property
    def fresh(self) -> Event | None:
        """The newest error that still counts. UnreadableFact where an error's time, or what may have taken it back, is not known."""
        boot, clock = self.signs.system.boot, self.signs.system.clock
        untold = False
        for event in self.events:
            # One of a time to come is of before the clock was put back, and perhaps of before the last start.
            if event.time is None or boot is None or event.time > clock + AHEAD:
                untold = True
            elif event.time >= boot and not self._taken_back(event):
                self.signs.require(self.name, self.by_registration, bool(hosts_of(event)))
                return event
        if untold:
            text = "when the error or the last start of the machine was is not told"
            raise UnreadableFact(self.name, Why(Reason.FAILED, "NoTime", text))
        return None

    def _taken_back(self, event: Event) -> bool:
        assert event.time is not None
        return (
            self.signs.passed_since(event.time)
            or self.signs.reached_since(event.time, hosts_of(event))
            or (self.by_registration and self.signs.registered)
        )

    @property
    def past(self) -> str:
        """The newest error where none counts any more, in words; empty where there is none at all."""
        return f"{self.told(self.events[0])}: not since the last start or a later good sign" if self.events else ""

    def told(self, event: Event) -> str:
        """The error in words, with the hosts that it names."""
        named = ", ".join(hosts_of(event)[:3])
        when = f"{event.time:%Y-%m-%d %H:%M} UTC" if event.time else "at an unknown time"
        return f"the agent reported {self.name} ({when}{f', {named}' if named else ''})"

    def require_logs(self) -> None:
        """UnreadableFact where a log could not be read, is not written, or does not tell: no error in it proves nothing then."""
        require_written(self.name, self.application, self.second)
        boot = self.signs.system.boot
        for event in self._untold:
            if event.time is None or boot is None or (event.time >= boot and not self.signs.passed_since(event.time)):
                raise UnreadableFact(self.name, Why(Reason.FAILED, "Cut", _UNTOLD))

    @property
    def _untold(self) -> tuple[Event, ...]:
        """Events of the second log that hold a token of some requirement, beyond what came of their texts."""
        events = self.second.value.events if isinstance(self.second, Observed) else ()
        return tuple(e for e in events if of_second_log(e) and _cut(e) and not _holds(e, KNOWN_TOKENS))

    @property
    def gaps(self) -> Iterator[str]:
        """Logs that do not reach back to the last start of the machine, and earlier events that do not tell, in words."""
        yield from reach_of(self.signs.system.boot, self.application, self.second)
        if self._untold:
            yield f"{_UNTOLD}: not since the last start or a later good sign"


def require_written(fact_name: str, application: Answer[EventLog], second: Answer[EventLog]) -> None:
    """UnreadableFact where a log could not be read, is not written, or there is no Application log. The second one newer agents have only."""
    for log, answer in ((APPLICATION, application), (REMOTE_DESKTOP, second)):
        if isinstance(answer, Unreadable):
            raise UnreadableFact(fact_name, answer.why, f"the log {log}")
        if isinstance(answer, Observed) and answer.value.enabled is False:
            raise UnreadableFact(fact_name, Why(Reason.FAILED, "LogDisabled", f"the log {log} is switched off"))
        if isinstance(answer, Observed) and answer.value.more and not answer.value.events:
            text = f"the log {log} holds more events of the agent's ids than could be searched"
            raise UnreadableFact(fact_name, Why(Reason.FAILED, "Cut", text))
    if isinstance(application, Absent):
        raise UnreadableFact(fact_name, Why(Reason.FAILED, "NoLog", "there is no Application log"))


def reach_of(boot: datetime | None, application: Answer[EventLog], second: Answer[EventLog]) -> Iterator[str]:
    """What logs do not tell, in words: those that do not reach back to the last start, or all of them where that is not known."""
    if boot is None:
        yield "when the machine was started is not told, so whether its logs reach back to that is not known"
    yield from gaps_in(boot, application, second)


def gaps_in(boot: datetime | None, application: Answer[EventLog], second: Answer[EventLog]) -> Iterator[str]:
    """Logs that do not reach back to the last start of the machine, in words."""
    for log, answer in ((APPLICATION, application), (REMOTE_DESKTOP, second)):
        if boot is None or not isinstance(answer, Observed):
            continue
        read = answer.value
        # Of more events than were asked for only the newest came.
        oldest = read.events[-1].time if read.more and read.events else read.oldest
        if oldest is None:
            yield f"the log {log} holds no record at all"
        elif oldest > boot:
            yield f"the log {log} was read back to {oldest:%Y-%m-%d %H:%M} UTC, not to the last start of the machine"


@fact
def registration_errors(
    invalid: Annotated[Answer[EventLog], _application(3277, REGISTRATION_TOKENS[0])],
    expired: Annotated[Answer[EventLog], _application(3277, REGISTRATION_TOKENS[1])],
    machine: Annotated[Answer[EventLog], _application(3277, REGISTRATION_TOKENS[2])],
    name: Annotated[Answer[EventLog], _application(3277, REGISTRATION_TOKENS[3])],
    second: Annotated[Answer[EventLog], SECOND_LOG],
    good_signs: GoodSigns,
) -> Mapping[str, AgentErrors]:
    """3277 with a code of registration, by code. A host that is registered now has got over it."""
    logs = zip(REGISTRATION_TOKENS, (invalid, expired, machine, name), strict=True)
    return {
        token: AgentErrors(f"{token} (event 3277)", (token,), log, second, good_signs, by_registration=True)
        for token, log in logs
    }


@fact
def broker_errors(
    log: Annotated[Answer[EventLog], _application(3277, *BROKER_TOKENS)],
    second: Annotated[Answer[EventLog], SECOND_LOG],
    good_signs: GoodSigns,
) -> AgentErrors:
    """3277 INVALID_FORM: the agent cannot connect to its broker."""
    return AgentErrors("INVALID_FORM (event 3277)", BROKER_TOKENS, log, second, good_signs)


@fact
def gateway_errors(
    log: Annotated[Answer[EventLog], GATEWAY_EVENTS],
    second: Annotated[Answer[EventLog], SECOND_LOG],
    good_signs: GoodSigns,
) -> AgentErrors:
    """3703: a gateway's address is not accessible. The address stands inside the sentence, so its beginning is the token."""
    name = "an inaccessible gateway (event 3703)"
    return AgentErrors(name, GATEWAY_TOKENS, log, second, good_signs)


@fact
def transport_errors(
    log: Annotated[Answer[EventLog], Events(APPLICATION, ids=(3019,), newest=50)],
    second: Annotated[Answer[EventLog], SECOND_LOG],
    good_signs: GoodSigns,
) -> AgentErrors:
    """3019: the transport over web sockets fails. The id is its own, so its text is not needed."""
    name = "a failed web-socket transport (event 3019)"
    return AgentErrors(name, (TRANSPORT,), log, second, good_signs, by_id=True)


@fact
def installation_errors(
    log: Annotated[Answer[EventLog], _application(3277, INSTALLATION)],
    second: Annotated[Answer[EventLog], SECOND_LOG],
    good_signs: GoodSigns,
) -> AgentErrors:
    """3277 InstallationHealthCheckFailedException: the stack's listener does not work."""
    return AgentErrors(f"{INSTALLATION} (event 3277)", (INSTALLATION,), log, second, good_signs)


@fact
def endpoint_errors(
    log: Annotated[Answer[EventLog], _application(3277, ENDPOINT)],
    second: Annotated[Answer[EventLog], SECOND_LOG],
    good_signs: GoodSigns,
) -> AgentErrors:
    """3277 ENDPOINT_NOT_FOUND: the broker found nothing to connect to."""
    return AgentErrors(f"{ENDPOINT} (event 3277)", (ENDPOINT,), log, second, good_signs)


@fact
def install_msi_errors(
    log: Annotated[Answer[EventLog], _application(3277, INSTALL_MSI)],
    second: Annotated[Answer[EventLog], SECOND_LOG],
    good_signs: GoodSigns,
) -> AgentErrors:
    """3277 InstallMsiException: Windows Installer is blocked or busy."""
    return AgentErrors(f"{INSTALL_MSI} (event 3277)", (INSTALL_MSI,), log, second, good_signs)


@fact
def command_errors(
    log: Annotated[Answer[EventLog], _application(3277, COMMAND)],
    second: Annotated[Answer[EventLog], SECOND_LOG],
    good_signs: GoodSigns,
) -> AgentErrors:
    """3277 Win32Exception: the agent could not start cmd.exe."""
    return AgentErrors(f"{COMMAND} (event 3277)", (COMMAND,), log, second, good_signs)


@fact
def download_errors(
    log: Annotated[Answer[EventLog], _application(3277, DOWNLOAD_MSI)],
    second: Annotated[Answer[EventLog], SECOND_LOG],
    good_signs: GoodSigns,
) -> AgentErrors:
    """3277 DownloadMsiException: no room for the agent's update."""
    return AgentErrors(f"{DOWNLOAD_MSI} (event 3277)", (DOWNLOAD_MSI,), log, second, good_signs)


@fact
def missing_method_errors(
    log: Annotated[Answer[EventLog], _application(3389, MISSING_METHOD)],
    second: Annotated[Answer[EventLog], SECOND_LOG],
    good_signs: GoodSigns,
) -> AgentErrors:
    """3389 MissingMethodException: an agent update that needed a later .NET Framework."""
    return AgentErrors(f"{MISSING_METHOD} (event 3389)", (MISSING_METHOD,), log, second, good_signs)
