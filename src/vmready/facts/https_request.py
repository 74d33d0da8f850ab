"""Whether the machine can make an HTTPS request to the service of Update Management, stage by stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

from vmready.facts import clouds
from vmready.facts.clouds import Cloud, Endpoint
from vmready.facts.reach import Reach, probes_of, reach
from vmready.facts.registry import FollowUp, Inputs, UnreadableFact, fact, plain_value
from vmready.facts.system_proxy import SystemProxy
from vmready.facts.update_management_endpoints import WORKER, WORKER_V2, operations, origin
from vmready.facts.workspaces import Workspaces
from vmready.probes.answers import Answer, Observed
from vmready.probes.readings import Exchange, Key, Service
from vmready.probes.vocabulary import HttpGet, Probe

#: The document's own command asks this one, wherever the machine is.
DOCUMENTED = HttpGet("https://eus2-jobruntimedata-prod-su1.azure-automation.net/")
#: Asked where neither the worker nor an input names the machine's own endpoint: any of its cloud shows whether HTTPS works.
_ANY = {Cloud.PUBLIC: "eus2", Cloud.US_GOVERNMENT: "usge", Cloud.CHINA: "sha2"}


@dataclass(frozen=True, slots=True)
class HttpsRequests:
    """``reaches``: the machine's own endpoints; ``documented``: the request of the document, for the letter only."""

    reaches: tuple[Reach, ...]
    answer: Answer[Exchange]

    def documented(self) -> Exchange:
        """What the document's fixed address gave. UnreadableFact where it could not be asked."""
        found: Exchange | None = plain_value("https_requests", DOCUMENTED, self.answer)
        assert found is not None
        return found


def _endpoints(
    worker: Key | None,
    worker_v2: Key | None,
    workspaces: Answer[Workspaces],
    health_service: Answer[Service | None],
    inputs: Inputs,
) -> tuple[tuple[Endpoint, ...], str]:
    """The endpoints, and who named them or their cloud: what an agent that was removed left behind comes after the inputs."""
    removed = isinstance(health_service, Observed) and health_service.value is None
    by_agent = None if removed else worker
    try:
        return operations(by_agent, worker_v2, inputs, "https_requests"), f"region: {origin(by_agent, worker_v2)}"
    except UnreadableFact:
        named, of_agent = clouds.of_inputs(inputs), _of_agent(workspaces)
        cloud = named or of_agent if removed else of_agent or named
        if cloud is None:
            raise
    return (Endpoint(clouds.OPERATIONS[cloud].format(_ANY[cloud])),), (
        f"cloud: {'registry' if cloud is of_agent else 'inputs'}"
    )


def _of_agent(workspaces: Answer[Workspaces]) -> Cloud | None:
    value = getattr(workspaces, "value", None)
    known = {w.cloud_type.number for w in value.configured} if isinstance(value, Workspaces) else set()
    numbers = [number for number in known if number is not None]
    return clouds.of_cloud_type(*numbers) if len(numbers) == 1 else None


def _ask(
    worker: Key | None,
    worker_v2: Key | None,
    workspaces: Answer[Workspaces],
    health_service: Answer[Service | None],
    inputs: Inputs,
    system_proxy: SystemProxy,
) -> Iterator[Probe[Any]]:
    for endpoint in _endpoints(worker, worker_v2, workspaces, health_service, inputs)[0]:
        yield from probes_of(endpoint, system_proxy)


@fact(follow_up=_ask)
def https_requests(
    worker: Annotated[Key | None, WORKER],
    worker_v2: Annotated[Key | None, WORKER_V2],
    workspaces: Answer[Workspaces],
    health_service: Answer[Service | None],
    inputs: Inputs,
    system_proxy: SystemProxy,
    documented: Annotated[Answer[Exchange], DOCUMENTED],
    followed: FollowUp,
) -> HttpsRequests:
    """DNS, connection, TLS and HTTP told apart; any HTTP status counts (the service answers 403), read from its number, never from a text."""
    found, known_from = _endpoints(worker, worker_v2, workspaces, health_service, inputs)
    reaches = (reach(endpoint, system_proxy, followed, "https_requests") for endpoint in found)
    return HttpsRequests(tuple(replace(one, known_from=known_from) for one in reaches), documented)
