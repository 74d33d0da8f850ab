"""The Log Analytics workspaces that the monitoring agent is configured for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from vmready.facts.registry import Inputs, UnreadableFact, fact
from vmready.facts.settings import Setting, setting
from vmready.probes.answers import Reason, Unreadable, Why
from vmready.probes.readings import Key, Service
from vmready.probes.vocabulary import RegistryKey

SERVICE_CONNECTORS = RegistryKey(
    r"HKLM\SYSTEM\CurrentControlSet\Services\HealthService\Parameters\Service Connector Services",
    values=("Azure Cloud Type", "Connection Status"),
    depth=1,
)
_NAME = re.compile(r"(?i)Log Analytics - ([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace. ``cloud_type``: 0 public, 1 US Government, 2 China, 3 and 4 clouds of their own; agents of old leave it out."""

    id: str
    cloud_type: Setting
    connection_status: Setting


@dataclass(frozen=True, slots=True)
class Workspaces:
    """The configured workspaces, by id, in order. An Operations Manager agent has none. ``agent``: the agent's key is there at all."""

    agent: bool
    configured: tuple[Workspace, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(workspace.id for workspace in self.configured)


@fact
def workspaces(connectors: Annotated[Key | None, SERVICE_CONNECTORS]) -> Workspaces:
    """Every sub-key ``Log Analytics - <workspace id>``; other names are not workspaces."""
    found = []
    for name, node in () if connectors is None else connectors.keys.items():
        match = _NAME.fullmatch(name)
        if match is None:
            continue
        if node is None or isinstance(node, Unreadable):
            why = Why(Reason.NOT_COLLECTED) if node is None else node.why
            raise UnreadableFact("workspaces", why, f"{SERVICE_CONNECTORS.path}\\{name}")
        cloud, status = setting(node, "Azure Cloud Type"), setting(node, "Connection Status")
        found.append(Workspace(match[1].lower(), cloud, status))
    return Workspaces(connectors is not None, tuple(sorted(found, key=lambda workspace: workspace.id)))


@fact
def live_workspaces(workspaces: Workspaces, health_service: Service | None) -> Workspaces:
    """Those of an agent that is there: one that was removed leaves its keys, and reports to none of them."""
    return workspaces if health_service is not None else Workspaces(agent=False, configured=())


@fact
def wanted_workspace(inputs: Inputs) -> str:
    """The workspace that the inputs name, lower case; empty where they name none."""
    return str(inputs.get("workspace_id") or "").lower()
