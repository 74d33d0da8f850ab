"""The processes of the Azure guest agent, matched to its services by process id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from vmready.facts.guest_agent_version import NET_AGENT, TELEMETRY
from vmready.facts.proven import proven
from vmready.facts.registry import fact, plain_value
from vmready.facts.services import GUEST_AGENT, RD_AGENT, told
from vmready.probes.answers import Answer
from vmready.probes.readings import Process as ProcessReading
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import Process

Processes = tuple[ProcessReading, ...]
WA_APP_AGENT = Process("WaAppAgent")
WINDOWS_AZURE_GUEST_AGENT = Process("WindowsAzureGuestAgent")
TELEMETRY_PROCESS = Process("WindowsAzureTelemetryService")
NET_AGENT_PROCESS = Process("WindowsAzureNetAgent")


@dataclass(frozen=True, slots=True)
class AgentProcess:
    """A service of the agent and the processes of its program. ``needed``: every version has it."""

    service_name: str
    probe: Process
    needed: bool
    service: Answer[ServiceReading]
    processes: Answer[Processes]

    def problem(self) -> str:
        """Why the process is not what it should be; empty where it is. UnreadableFact where that is not known."""
        running: Processes = plain_value("guest_agent_processes", self.probe, self.processes) or ()
        program = f"{self.probe.name}.exe"
        if not running and self.needed:
            return f"{program} does not run"
        service: ServiceReading | None = plain_value("guest_agent_processes", self.probe, self.service)
        if service is None:
            return f"{program} runs, but there is no service {self.service_name}" if running and self.needed else ""
        told("guest_agent_processes", service, "state", *(("pid",) if running else ()))
        if not running:
            return f"the service {self.service_name} runs, but {program} does not" if service.running else ""
        if service.pid in {process.id for process in running}:
            return ""
        return f"{program} runs, but it is not the process of the service {self.service_name}"


@dataclass(frozen=True, slots=True)
class AgentProcesses:
    processes: tuple[AgentProcess, ...]

    def problems(self) -> tuple[str, ...]:
        """What is wrong with the two processes that every version has."""
        return proven(*(process.problem for process in self.processes if process.needed))

    def doubts(self) -> Iterator[str]:
        """What is odd of the processes that only some versions have."""
        return (text for process in self.processes if not process.needed and (text := process.problem()))


@fact
def guest_agent_processes(
    rd_agent: Annotated[Answer[ServiceReading], RD_AGENT],
    rd_agent_processes: Annotated[Answer[Processes], WA_APP_AGENT],
    guest_agent: Annotated[Answer[ServiceReading], GUEST_AGENT],
    guest_agent_processes_: Annotated[Answer[Processes], WINDOWS_AZURE_GUEST_AGENT],
    telemetry: Annotated[Answer[ServiceReading], TELEMETRY],
    telemetry_processes: Annotated[Answer[Processes], TELEMETRY_PROCESS],
    net_agent: Annotated[Answer[ServiceReading], NET_AGENT],
    net_agent_processes: Annotated[Answer[Processes], NET_AGENT_PROCESS],
) -> AgentProcesses:
    """WaAppAgent.exe and WindowsAzureGuestAgent.exe, and the two that older versions have besides."""
    return AgentProcesses(
        (
            AgentProcess(RD_AGENT.name, WA_APP_AGENT, True, rd_agent, rd_agent_processes),
            AgentProcess(GUEST_AGENT.name, WINDOWS_AZURE_GUEST_AGENT, True, guest_agent, guest_agent_processes_),
            AgentProcess(TELEMETRY.name, TELEMETRY_PROCESS, False, telemetry, telemetry_processes),
            AgentProcess(NET_AGENT.name, NET_AGENT_PROCESS, False, net_agent, net_agent_processes),
        )
    )
