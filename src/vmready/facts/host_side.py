"""What on a session host itself may keep users from it: its loader, its stack, its way to the broker, its registration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from vmready.facts.listening import Listening
from vmready.facts.rdp_listeners import RdpListeners
from vmready.facts.registration import Registration
from vmready.facts.registry import UnreadableFact, fact
from vmready.facts.services import BootLoader
from vmready.facts.virtual_desktop_endpoints import Brokers
from vmready.probes.answers import Absent, Answer, Observed, Unreadable, Why


@dataclass(frozen=True, slots=True)
class Causes:
    """``found``: what is wrong, in words. ``unknown``: what could not be looked at."""

    found: tuple[str, ...]
    unknown: tuple[Why, ...]

    def require(self, fact_name: str) -> None:
        """UnreadableFact where something could not be looked at: nothing found proves nothing then."""
        if self.unknown:
            raise UnreadableFact(fact_name, self.unknown[0])


def _causes(*looks: tuple[Answer[Any], Callable[[Any], Iterator[str]]]) -> Causes:
    found: list[str] = []
    unknown: list[Why] = []
    for answer, look in looks:
        try:
            match answer:
                case Observed(value):
                    found += look(value)
                case Unreadable(why):
                    unknown.append(why)
                case Absent():  # a fact's value is observed or not readable
                    raise AssertionError("a fact that is absent")
        except UnreadableFact as failure:
            unknown.append(failure.why)
    return Causes(tuple(found), tuple(unknown))


def _configured(listeners: RdpListeners) -> Iterator[str]:
    listener = listeners.active
    if listener is None or not listener.side_by_side:
        yield "ReverseConnectionListener names no side-by-side listener"
        return
    if not listener.configured:
        yield f"{listener.name} has no key below WinStations"
        return
    for setting in (listener.enabled, listener.reverse_connect_mode):
        if setting.number != 1:
            yield f"{setting.name} of {listener.name} is {setting}, not 1"
    listeners.require_directory()
    if (listeners.session_directory or "").lower() != listener.name.lower():
        yield f"SessionDirectoryListener is not {listener.name}"


def _deaf(listening: Listening) -> Iterator[str]:
    for name, source in listening.deaf:
        yield f"{name} does not listen ({source})"
    listening.require_signs()


def _loader(loader: BootLoader) -> Iterator[str]:
    if loader.service is None:
        yield "there is no service RDAgentBootLoader"
    elif not loader.service.running:
        yield f"the service RDAgentBootLoader is {loader.service.state_text}"
    elif loader.stayed is False:
        yield "the service RDAgentBootLoader does not stay up"


def _brokers(brokers: Brokers) -> Iterator[str]:
    if not brokers.addresses:
        yield "the registry names no broker"
    for name in brokers.addresses:
        failure = brokers.health(name).failure
        if failure:
            yield failure


def _registration(registration: Registration) -> Iterator[str]:
    if not registration.registered:
        yield f"it is not registered (IsRegistered {registration.is_registered}, token {registration.token_text})"


@fact
def stack_causes(rdp_listeners: Answer[RdpListeners], listening: Answer[Listening]) -> Causes:
    """What is wrong with the side-by-side stack, configured or running."""
    return _causes((rdp_listeners, _configured), (listening, _deaf))


@fact
def host_causes(
    boot_loader: Answer[BootLoader],
    rdp_listeners: Answer[RdpListeners],
    listening: Answer[Listening],
    brokers: Answer[Brokers],
    registration: Answer[Registration],
) -> Causes:
    """What on the host explains that a broker finds no endpoint on it; membership and session limits are the host pool's."""
    return _causes(
        (boot_loader, _loader),
        (rdp_listeners, _configured),
        (listening, _deaf),
        (brokers, _brokers),
        (registration, _registration),
    )
