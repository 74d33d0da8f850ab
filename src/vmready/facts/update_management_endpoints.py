"""The endpoints of Update Management: registration, operations, and the two of Log Analytics."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlsplit

from vmready.facts import clouds
from vmready.facts.clouds import Cloud, Endpoint
from vmready.facts.reach import Reach, probes_of, reach
from vmready.facts.registry import FollowUp, Inputs, UnreadableFact, fact
from vmready.facts.system_proxy import SystemProxy
from vmready.facts.workspaces import Workspaces
from vmready.probes.answers import Unreadable
from vmready.probes.readings import Key, Service
from vmready.probes.vocabulary import Probe, RegistryKey

_URI = ("JobRuntimeDataServiceUri",)
#: The worker's registrations: by agent, and by extension. Only this value: others below hold its certificate.
WORKER = RegistryKey(r"HKLM\SOFTWARE\Microsoft\HybridRunbookWorker", values=_URI, depth=3)
WORKER_V2 = RegistryKey(r"HKLM\SOFTWARE\Microsoft\HybridRunbookWorkerV2", values=_URI, depth=3)
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}", re.ASCII)


@dataclass(frozen=True, slots=True)
class WorkspaceEndpoints:
    """The endpoint of each workspace that was tried. None where no workspace is configured and no input names one.

    ``agent``: the monitoring agent is there at all; ``several``: the agent reports to more than one, and no input says which counts.
    """

    reaches: tuple[Reach, ...]
    agent: bool
    several: bool


def _workspaces(workspaces: Workspaces, inputs: Inputs) -> tuple[str, ...]:
    """The workspaces that count: the input's where the agent has several or none, else the agent's own."""
    named = str(inputs.get("workspace_id") or "").lower()
    if named and (not workspaces.ids or named in workspaces.ids):
        return (named,)
    return workspaces.ids


def _cloud(workspaces: Workspaces, inputs: Inputs, workspace: str, fact_name: str) -> Cloud:
    """The cloud of a workspace: what the agent knows, else the inputs."""
    for known in workspaces.configured:
        if known.id == workspace and known.cloud_type.number is not None:
            cloud = clouds.of_cloud_type(known.cloud_type.number)
            if cloud is None:
                text = f"Azure Cloud Type {known.cloud_type}: the endpoints of this cloud are not published; known are {', '.join(Cloud)}"
                raise clouds.not_known(fact_name, text)
            return cloud
    cloud = clouds.of_inputs(inputs)
    if cloud is None:
        text = f"which cloud workspace {workspace} is in: give the input cloud ({', '.join(Cloud)})"
        raise clouds.not_known(fact_name, text)
    return cloud


def _endpoints(
    names: Mapping[Cloud, str], workspaces: Workspaces, inputs: Inputs, fact_name: str
) -> Iterator[Endpoint]:
    for workspace in _workspaces(workspaces, inputs):
        yield Endpoint(names[_cloud(workspaces, inputs, workspace, fact_name)].format(workspace))


def _tried(
    names: Mapping[Cloud, str],
    workspaces: Workspaces,
    inputs: Inputs,
    system_proxy: SystemProxy,
    followed: FollowUp,
    fact_name: str,
) -> WorkspaceEndpoints:
    known_from = _origin(workspaces, inputs)
    found = [
        replace(reach(endpoint, system_proxy, followed, fact_name), known_from=known_from)
        for endpoint in _endpoints(names, workspaces, inputs, fact_name)
    ]
    return WorkspaceEndpoints(tuple(found), workspaces.agent, len(found) > 1)


def _origin(workspaces: Workspaces, inputs: Inputs) -> str:
    """Who named the workspace and its cloud: the host's registry, which comes first, or the inputs."""
    ids = _workspaces(workspaces, inputs)
    from_registry = bool(workspaces.ids)
    typed = [known for known in workspaces.configured if known.id in ids and known.cloud_type.number is not None]
    cloud = "registry" if typed else "inputs"
    return f"workspace: {'registry' if from_registry else 'inputs'}, cloud: {cloud}"


def _ask_registration(live_workspaces: Workspaces, inputs: Inputs, system_proxy: SystemProxy) -> Iterator[Probe[Any]]:
    for endpoint in _endpoints(clouds.REGISTRATION, live_workspaces, inputs, "registration_endpoints"):
        yield from probes_of(endpoint, system_proxy)


@fact(follow_up=_ask_registration)
def registration_endpoints(
    live_workspaces: Workspaces, inputs: Inputs, system_proxy: SystemProxy, followed: FollowUp
) -> WorkspaceEndpoints:
    """``<workspace id>.agentsvc.azure-automation.net`` and its like."""
    return _tried(clouds.REGISTRATION, live_workspaces, inputs, system_proxy, followed, "registration_endpoints")


def _ask_ods(live_workspaces: Workspaces, inputs: Inputs, system_proxy: SystemProxy) -> Iterator[Probe[Any]]:
    for endpoint in _endpoints(clouds.ODS, live_workspaces, inputs, "ods_endpoints"):
        yield from probes_of(endpoint, system_proxy)


@fact(follow_up=_ask_ods)
def ods_endpoints(
    live_workspaces: Workspaces, inputs: Inputs, system_proxy: SystemProxy, followed: FollowUp
) -> WorkspaceEndpoints:
    """``<workspace id>.ods.opinsights.azure.com`` and its like: where data goes."""
    return _tried(clouds.ODS, live_workspaces, inputs, system_proxy, followed, "ods_endpoints")


def _ask_oms(live_workspaces: Workspaces, inputs: Inputs, system_proxy: SystemProxy) -> Iterator[Probe[Any]]:
    for endpoint in _endpoints(clouds.OMS, live_workspaces, inputs, "oms_endpoints"):
        yield from probes_of(endpoint, system_proxy)


@fact(follow_up=_ask_oms)
def oms_endpoints(
    live_workspaces: Workspaces, inputs: Inputs, system_proxy: SystemProxy, followed: FollowUp
) -> WorkspaceEndpoints:
    """``<workspace id>.oms.opinsights.azure.com`` and its like: where the agent's configuration comes from."""
    return _tried(clouds.OMS, live_workspaces, inputs, system_proxy, followed, "oms_endpoints")


def _uris(key: Key | None, path: str) -> Iterator[str]:
    if key is None:
        return
    if uri := key.text("JobRuntimeDataServiceUri"):
        yield uri
    for name, node in key.keys.items():
        if isinstance(node, Unreadable):
            raise UnreadableFact("operations_endpoints", node.why, f"{path}\\{name}")
        if isinstance(node, Key):
            yield from _uris(node, f"{path}\\{name}")


def operations(
    worker: Key | None, worker_v2: Key | None, inputs: Inputs, fact_name: str = "operations_endpoints"
) -> tuple[Endpoint, ...]:
    """What the worker was registered with; where it is not registered, what the region's table says."""
    uris = [*_uris(worker, WORKER.path), *_uris(worker_v2, WORKER_V2.path)]
    hosts = {_host(uri) for uri in uris} or {clouds.operations_host(inputs, fact_name)}
    return tuple(Endpoint(host) for host in sorted(hosts))


def origin(worker: Key | None, worker_v2: Key | None) -> str:
    """Who names the endpoint or its region: the worker's registration, which comes first, or the inputs."""
    keys = ((worker, WORKER), (worker_v2, WORKER_V2))
    return "registry" if any(True for key, probe in keys for _ in _uris(key, probe.path)) else "inputs"


def host_of(worker: Key | None) -> str | None:
    """The host of a worker's registration; None where it names none that could be read."""
    try:
        return next((_host(uri) for uri in _uris(worker, WORKER.path)), None)
    except UnreadableFact:
        return None


def _host(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        host = (parts.hostname or "") if parts.scheme == "https" else ""
    except ValueError:
        host = ""
    if not _HOST.fullmatch(host):
        raise clouds.not_known(
            "operations_endpoints", "JobRuntimeDataServiceUri of the worker's key is no https address"
        )
    return host


def _current(worker: Key | None, health_service: Service | None) -> Key | None:
    """The registration by agent, where the agent is there: one that was removed leaves its worker's key."""
    return worker if health_service is not None else None


def _ask_operations(
    worker: Key | None,
    worker_v2: Key | None,
    health_service: Service | None,
    inputs: Inputs,
    system_proxy: SystemProxy,
) -> Iterator[Probe[Any]]:
    for endpoint in operations(_current(worker, health_service), worker_v2, inputs):
        yield from probes_of(endpoint, system_proxy)


@fact(follow_up=_ask_operations)
def operations_endpoints(
    worker: Annotated[Key | None, WORKER],
    worker_v2: Annotated[Key | None, WORKER_V2],
    health_service: Service | None,
    inputs: Inputs,
    system_proxy: SystemProxy,
    followed: FollowUp,
) -> tuple[Reach, ...]:
    """The Job Runtime Data Service, as the worker's registration names it, else by the region that the inputs give."""
    current = _current(worker, health_service)
    found = operations(current, worker_v2, inputs)
    known_from = f"region: {origin(current, worker_v2)}"
    return tuple(
        replace(reach(endpoint, system_proxy, followed, "operations_endpoints"), known_from=known_from)
        for endpoint in found
    )
