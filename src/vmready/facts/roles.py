"""What shows that a machine has a role, for hosts of which the inventory says nothing. Each role names the one fact that discovers it.

A golden image and the successor of Update Management leave no trace that tells them from any other machine: they are declared or not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from vmready.facts.registry import UnreadableFact, fact
from vmready.model import Role
from vmready.probes.answers import Answer, Observed, Unreadable
from vmready.probes.readings import Key, Paths
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import Path, RegistryKey, Service

#: The fact whose value (a text: what was seen; empty: nothing) discovers a role. None: the role can only be declared.
DISCOVERED_BY: Mapping[Role, str | None] = {
    Role.AZURE_VM: None,
    Role.UPDATE_MANAGEMENT: "update_management_trace",
    Role.AZURE_UPDATE_MANAGER: None,
    Role.SESSION_HOST: "session_host_trace",
    Role.GOLDEN_IMAGE: None,
    Role.AZURE_BACKUP: "azure_backup_trace",
}


def _trace(seen: Mapping[str, Answer[Any]], fact_name: str) -> str:
    """What was seen of several signs; an unreadable sign counts only where no other was seen, and then nothing is known."""
    found = [name for name, answer in seen.items() if isinstance(answer, Observed)]
    if found:
        return found[0]
    for name, answer in seen.items():
        if isinstance(answer, Unreadable):
            raise UnreadableFact(fact_name, answer.why, name)
    return ""


@fact
def session_host_trace(
    agent: Annotated[Answer[Key], RegistryKey(r"HKLM\SOFTWARE\Microsoft\RDInfraAgent", values=("IsRegistered",))],
    service: Annotated[Answer[ServiceReading], Service("RDAgentBootLoader")],
    folder: Annotated[Answer[Paths], Path(r"%ProgramW6432%\Microsoft RDInfra")],
) -> str:
    """A sign of the Azure Virtual Desktop agent: its registry key, its boot loader's service, or its folder."""
    signs = {"key RDInfraAgent": agent, "service RDAgentBootLoader": service, "folder Microsoft RDInfra": folder}
    return _trace(signs, "session_host_trace")


@fact
def update_management_trace(
    worker: Annotated[Answer[Key], RegistryKey(r"HKLM\SOFTWARE\Microsoft\HybridRunbookWorker")],
    service: Annotated[Answer[ServiceReading], Service("HealthService")],
) -> str:
    """A sign of Update Management: the hybrid runbook worker's key, or the monitoring agent's service."""
    return _trace({"key HybridRunbookWorker": worker, "service HealthService": service}, "update_management_trace")


@fact
def azure_backup_trace(
    extension: Annotated[
        Answer[Paths], Path(r"%SystemDrive%\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot")
    ],
) -> str:
    """A sign of Azure Backup: the folder of its snapshot extension."""
    return _trace({"folder of the VMSnapshot extension": extension}, "azure_backup_trace")
