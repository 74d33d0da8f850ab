"""The gateways that the agent could not reach: whether they can be reached now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from vmready.facts import clouds
from vmready.facts.agent_errors import GATEWAY_EVENTS
from vmready.facts.clouds import Endpoint
from vmready.facts.good_signs import hosts_of, of_agent
from vmready.facts.reach import probes_of, reach
from vmready.facts.registry import FollowUp, UnreadableFact, fact
from vmready.facts.system_proxy import SystemProxy
from vmready.probes.answers import Answer, Observed
from vmready.probes.readings import Event, EventLog
from vmready.probes.vocabulary import Probe

#: Anybody on a machine can write to its Application log: only few names are tried, and only those of the service.
_AT_MOST = 3


def _endpoints(log: Answer[EventLog]) -> tuple[Endpoint, ...]:
    events = log.value.events if isinstance(log, Observed) else ()
    named = dict.fromkeys(host for event in events if of_agent(event) for host in hosts_of(event))
    return tuple(Endpoint(host) for host in named if clouds.of_broker(host))[:_AT_MOST]


@dataclass(frozen=True, slots=True)
class Gateways:
    """The gateways that errors name, and what trying to reach them gave."""

    endpoints: tuple[Endpoint, ...]
    proxy: SystemProxy
    followed: FollowUp

    def now(self, event: Event) -> str:
        """Whether the gateways of an error are reached now, in words; empty where it names none that was tried."""
        named = hosts_of(event)
        return "; ".join(self._now(endpoint) for endpoint in self.endpoints if endpoint.host in named)

    def _now(self, endpoint: Endpoint) -> str:
        try:
            found = reach(endpoint, self.proxy, self.followed, "gateways")
        except UnreadableFact as failure:
            return f"whether {endpoint.host} is reached now could not be tried: {failure.why}"
        return f"{found.name} is {'reached now' if found.way else f'not reached now either: {found.failure}'}"


def _ask(log: Answer[EventLog], system_proxy: SystemProxy) -> Iterator[Probe[Any]]:
    for endpoint in _endpoints(log):
        yield from probes_of(endpoint, system_proxy)


@fact(follow_up=_ask)
def gateways(
    log: Annotated[Answer[EventLog], GATEWAY_EVENTS], system_proxy: SystemProxy, followed: FollowUp
) -> Gateways:
    """Never unreadable itself: it only explains an error."""
    return Gateways(_endpoints(log), system_proxy, followed)
