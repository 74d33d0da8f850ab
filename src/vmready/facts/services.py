"""The services that the documents name. None: the machine has no such service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Process as ProcessReading
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import Process, Service

RD_AGENT = Service("RdAgent")
GUEST_AGENT = Service("WindowsAzureGuestAgent")
HEALTH_SERVICE = Service("HealthService")
#: Read before anything that talks to the update agent by COM, which would start it.
WINDOWS_UPDATE = Service("wuauserv")
BOOT_LOADER = Service("RDAgentBootLoader", again=True)
_LOADERS = Process("RDAgentBootLoader")
_LOCAL_SYSTEM = ("localsystem", r"nt authority\system")


def told(fact_name: str, service: ServiceReading | None, *wanted: str) -> ServiceReading | None:
    """The service, of which these readings (``state``, ``start``) must be known; UnreadableFact where no source told one of them."""
    missing = [name for name in wanted if service is not None and getattr(service, name) is None]
    if service is not None and missing:
        why = Why(
            Reason.FAILED, "NotTold", f"no source told its {' and '.join(missing)}; {'; '.join(service.unreadable)}"
        )
        raise UnreadableFact(fact_name, why, str(Service(service.name)))
    return service


def told_running(fact_name: str, service: ServiceReading | None) -> ServiceReading | None:
    """The service, of which the state must be known, and where it runs how it starts: one that does not run deviates in any case."""
    return told(fact_name, service, *(("state", "start") if service and service.running else ("state",)))


@dataclass(frozen=True, slots=True)
class GuestAgentServices:
    """The two services of the Azure guest agent. One that could not be read makes only its own rows undetermined."""

    answers: Mapping[str, Answer[ServiceReading]]

    def service(self, name: str) -> ServiceReading | None:
        """The service of this name, None where there is none. UnreadableFact where it could not be read."""
        found = plain_value("guest_agent_services", Service(name), self.answers[name])
        return told_running("guest_agent_services", found)


@fact
def guest_agent_services(
    rd_agent: Annotated[Answer[ServiceReading], RD_AGENT],
    guest_agent: Annotated[Answer[ServiceReading], GUEST_AGENT],
) -> GuestAgentServices:
    """RdAgent (installer and heartbeat) and WindowsAzureGuestAgent (extensions)."""
    return GuestAgentServices({RD_AGENT.name: rd_agent, GUEST_AGENT.name: guest_agent})


@fact
def health_service(service: Annotated[ServiceReading | None, HEALTH_SERVICE]) -> ServiceReading | None:
    """The Microsoft Monitoring Agent's service (also that of an Operations Manager agent)."""
    return told("health_service", service, "state")


@fact
def windows_update_service(service: Annotated[ServiceReading | None, WINDOWS_UPDATE]) -> ServiceReading | None:
    """The Windows Update service; it starts on demand, so stopped is normal."""
    return told("windows_update_service", service, "start")


@dataclass(frozen=True, slots=True)
class BootLoader:
    """The Azure Virtual Desktop agent's loader: its service, read twice at least ten seconds apart, and the processes of its name."""

    service: ServiceReading | None
    process_ids: frozenset[int]
    #: Why the processes are not known.
    unseen: Why | None = None

    def require_processes(self) -> None:
        """UnreadableFact where the processes of its name could not be read."""
        if self.unseen is not None:
            raise UnreadableFact("boot_loader", self.unseen, str(_LOADERS))

    @property
    def doubts(self) -> Iterator[str]:
        """Another account, and another program in the service's place."""
        service = self.service
        if service is None:
            return
        # A service whose key names no account is LocalSystem's.
        if (service.account or "LocalSystem").lower().removeprefix(".\\") not in _LOCAL_SYSTEM:
            yield f"RDAgentBootLoader runs as {(service.account or '')[:80]}, not as LocalSystem"
        if service.pid and service.pid not in self.process_ids:
            yield f"the process {service.pid} of the service RDAgentBootLoader is no RDAgentBootLoader.exe"

    @property
    def stayed(self) -> bool | None:
        """Whether the same process ran at both readings; None where the second state or a process id could not be read."""
        service = self.service
        if service is None or service.again_state is None:
            return None
        if service.again_state != 4:
            return False
        return service.pid == service.again_pid if service.pid and service.again_pid else None

    def require_stay(self) -> None:
        """UnreadableFact where it is not known whether the same process ran at both readings."""
        if self.stayed is None:
            said = "; ".join(self.service.unreadable) if self.service else ""
            text = f"whether the same process ran at both readings is not told; {said}"
            raise UnreadableFact("boot_loader", Why(Reason.FAILED, "NotTold", text), str(BOOT_LOADER))


@dataclass(frozen=True, slots=True)
class AgentService:
    """``RDAgentBootLoader`` where only its being there counts: what a removed agent left in registry and logs says nothing of now."""

    answer: Answer[ServiceReading]

    @property
    def service(self) -> ServiceReading | None:
        """The service, None where the agent is not installed. UnreadableFact where that, or its state, is not known."""
        return told("agent_service", plain_value("agent_service", BOOT_LOADER, self.answer), "state")


@fact
def agent_service(answer: Annotated[Answer[ServiceReading], BOOT_LOADER]) -> AgentService:
    """Never unreadable itself: what deviates does so whether or not this is known."""
    return AgentService(answer)


@fact
def boot_loader(
    service: Annotated[ServiceReading | None, BOOT_LOADER],
    processes: Annotated[Answer[tuple[ProcessReading, ...]], _LOADERS],
) -> BootLoader:
    """``RDAgentBootLoader``; not to be taken for ``RdAgent``, the guest agent's."""
    told_running("boot_loader", service)
    if isinstance(processes, Unreadable):
        return BootLoader(service, frozenset(), processes.why)
    return BootLoader(service, frozenset(p.id for p in (processes.value if isinstance(processes, Observed) else ())))
