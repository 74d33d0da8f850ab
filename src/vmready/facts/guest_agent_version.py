"""Which version of the Azure guest agent runs, by the registry and by the program itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from vmready.facts.guest_agent_installation import GuestAgentInstallation, version_of_file
from vmready.facts.guest_agent_versions import (
    FLOOR,
    OLDEST_DOCUMENTED_WINDOWS,
    TELEMETRY_MERGED,
    Version,
    below_floor,
    dotted,
    known_bad,
)
from vmready.facts.proven import or_unknown, proven
from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.facts.services import GUEST_AGENT, told
from vmready.facts.windows_version import CURRENT_VERSION, windows_version
from vmready.probes.answers import Answer, Reason, Why
from vmready.probes.readings import Key, version_of
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import RegistryKey, Service

GUEST = RegistryKey(r"HKLM\SOFTWARE\Microsoft\Virtual Machine\Guest", values=("GuestAgentVersion",))
TELEMETRY = Service("WindowsAzureTelemetryService")
NET_AGENT = Service("WindowsAzureNetAgentSvc")


@dataclass(frozen=True, slots=True)
class GuestAgentVersion:
    """``guest``: the key in which the agent reports its version; ``windows``: the key that tells the Windows."""

    guest: Answer[Key]
    windows: Answer[Key]
    installation: GuestAgentInstallation

    def registered(self) -> Version | None:
        """The version in the registry; None where none stands there. UnreadableFact where it is no version or could not be read."""
        key: Key | None = plain_value("guest_agent_version", GUEST, self.guest)
        value = key.values.get("GuestAgentVersion") if key is not None else None
        if value is None:
            return None
        version = version_of(value.text)
        if version is None:
            why = Why(Reason.FAILED, "NoVersion", f"GuestAgentVersion is {str(value.data)[:80]!r}, which is no version")
            raise UnreadableFact("guest_agent_version", why, str(GUEST))
        return version

    def running(self) -> Version | None:
        """The file version of the program that the service WindowsAzureGuestAgent runs; None where there is none, or it tells no version.

        UnreadableFact where it could not be read.
        """
        program = self.installation.program(GUEST_AGENT.name)
        if program.missing_service():
            return None
        return version_of_file(program.running_file())

    def known(self) -> Version:
        """The version in the registry, else that of the program. UnreadableFact where neither is told."""
        found = self.registered() or self.running()
        if found is None:
            text = "neither GuestAgentVersion in the registry nor a program of the service tells the agent's version"
            raise UnreadableFact("guest_agent_version", Why(Reason.FAILED, "NoVersion", text), str(GUEST))
        return found

    def seen(self) -> dict[str, str | bool | None]:
        """Both versions, and whether there is no agent: values that stay the same; ``not known`` where one could not be read."""
        asked = {"registered": or_unknown(self.registered), "running": or_unknown(self.running)}
        versions = {name: dotted(found) if isinstance(found, tuple) else found for name, found in asked.items()}
        return {"removed": or_unknown(lambda: bool(self.removed())), **versions}

    def oldest(self) -> Version:
        """The older of both, of which a failed update leaves one behind. UnreadableFact where one could not be read or neither is told."""
        found = self.known()
        return min(found, self.running() or found)

    def problems(self) -> tuple[str, ...]:
        """No service, or versions below the supported ones. UnreadableFact where neither shows, but one or the Windows could not be read."""

        def registered() -> str:
            return self._too_old(self.known(), "the agent's version")

        def running() -> str:
            return self._too_old(self.running(), "the version of the running program")

        def windows() -> str:
            windows_version(plain_value("guest_agent_version", CURRENT_VERSION, self.windows))
            return ""

        return proven(self.removed, registered, running, windows)

    def removed(self) -> str:
        """That there is no agent whose version it could be; empty where there is one."""
        missing = self.installation.program(GUEST_AGENT.name).missing_service()
        return f"{missing}: no agent runs, and a version in the registry is left over" if missing else ""

    @staticmethod
    def _too_old(version: Version | None, what: str) -> str:
        if version is None or not below_floor(version):
            return ""
        return f"{what} is {dotted(version)}; {dotted(FLOOR.version)} is the oldest that is supported"

    def doubts(self) -> tuple[str, ...]:
        """Known-bad versions, a version that no program confirms, and a Windows on whose support the documents differ."""
        windows = windows_version(plain_value("guest_agent_version", CURRENT_VERSION, self.windows))
        running = self.running()
        found = {version: None for version in (self.known(), running) if version is not None}
        said = [] if running else [f"no program confirms version {dotted(self.known())}, which stands in the registry"]
        said += [
            f"version {dotted(version)} {known.says} ({known.source}, {known.date})"
            for version in found
            for known in known_bad(version, windows.number)
        ]
        if windows.number < OLDEST_DOCUMENTED_WINDOWS:
            said.append(f"Windows {windows} is older than what today's article on the agent supports (others name it)")
        return tuple(said)


@fact
def guest_agent_version(
    guest_agent_installation: GuestAgentInstallation,
    guest: Annotated[Answer[Key], GUEST],
    windows: Annotated[Answer[Key], CURRENT_VERSION],
) -> GuestAgentVersion:
    """The agent's version from two sources, with the Windows that it runs on."""
    return GuestAgentVersion(guest, windows, guest_agent_installation)


@dataclass(frozen=True, slots=True)
class OptionalServices:
    """Services that only some versions of the agent have."""

    version: GuestAgentVersion
    telemetry: ServiceReading | None
    net_agent: ServiceReading | None

    def seen(self) -> dict[str, bool]:
        """Whether there is no agent, and which of them are there: values that stay the same. UnreadableFact where the first is not known."""
        removed = bool(self.version.removed())
        return {"removed": removed, "telemetry": self.telemetry is not None, "net agent": self.net_agent is not None}

    def missing(self) -> str:
        """Why the telemetry service should be there and run, or that there is no agent; empty where it does, or need not.

        UnreadableFact where the version decides and is not known.
        """
        removed = self.version.removed()
        if removed or (self.telemetry is not None and self.telemetry.running):
            return removed
        version = self.version.oldest()
        if version >= TELEMETRY_MERGED:
            return ""
        state = "is missing" if self.telemetry is None else f"is {self.telemetry.state_text}"
        merged = f"it is part of another service from {dotted(TELEMETRY_MERGED)} on"
        return f"{TELEMETRY.name} {state}, and version {dotted(version)} needs it ({merged})"


@fact
def guest_agent_optional_services(
    guest_agent_version: GuestAgentVersion,
    telemetry: Annotated[ServiceReading | None, TELEMETRY],
    net_agent: Annotated[ServiceReading | None, NET_AGENT],
) -> OptionalServices:
    """The telemetry service and the legacy network agent."""
    told("guest_agent_optional_services", telemetry, "state")
    told("guest_agent_optional_services", net_agent, "state")
    return OptionalServices(guest_agent_version, telemetry, net_agent)
