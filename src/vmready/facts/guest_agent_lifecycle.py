"""How the Azure guest agent starts, stops and reaches the platform, by its log, and what confirms it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from vmready.facts.guest_agent_installation import GUEST_AGENT_FILES, GuestAgentInstallation
from vmready.facts.guest_agent_log import GuestAgentLog
from vmready.facts.guest_agent_log_patterns import STOPPING, WAITING_FOR_OOBE
from vmready.facts.guest_agent_version import GuestAgentVersion
from vmready.facts.guest_agent_versions import Version, dotted, folder_version
from vmready.facts.proven import or_unknown, proven
from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.facts.services import GUEST_AGENT, told
from vmready.facts.wire_server import WireServer
from vmready.probes.answers import Absent, Answer, Observed, Reason, Why
from vmready.probes.readings import Paths, version_of
from vmready.probes.readings import Process as ProcessReading
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import Process

#: A start that is not through after this time is stuck; one that is younger may still go on.
STARTS_WITHIN = timedelta(minutes=20)
#: A service that was just told to stop is not stuck yet.
STOPS_WITHIN = timedelta(minutes=5)
_START_PENDING = 2
_UNREACHED = ("L2", "L3", "L3.other", "L10")
_PROCESS = Process("WaAppAgent")


@dataclass(frozen=True, slots=True)
class LogWriter:
    """The service that writes the log: what a log says of an agent that was removed, or does not run, is past."""

    answer: Answer[ServiceReading]

    def missing(self) -> str:
        """That there is no such service; empty where there is one. UnreadableFact where that, or its state, could not be read."""
        there = told("log_writer", plain_value("log_writer", GUEST_AGENT, self.answer), "state")
        return (
            ""
            if there
            else f"there is no service {GUEST_AGENT.name}: the log is left over from an agent that was removed"
        )

    def idle(self) -> str:
        """That it does not run; empty where it does."""
        if not isinstance(self.answer, Observed) or self.answer.value.running:
            return ""
        return f"the service {GUEST_AGENT.name} is {self.answer.value.state_text}: what its log says is of before"


@fact
def log_writer(service: Annotated[Answer[ServiceReading], GUEST_AGENT]) -> LogWriter:
    """WindowsAzureGuestAgent. Never unreadable itself."""
    return LogWriter(service)


@dataclass(frozen=True, slots=True)
class GuestAgentStart:
    """Whether the agent came through its last start."""

    log: GuestAgentLog
    writer: LogWriter
    installation: GuestAgentInstallation
    version: GuestAgentVersion

    @property
    def waits(self) -> bool:
        """Whether it still waits for Windows to be set up (OOBE), which takes its time after provisioning."""
        return any(
            WAITING_FOR_OOBE in record.text
            and record.time is not None
            and self.log.clock - record.time <= STARTS_WITHIN
            for record in self.log.entries
        )

    def problems(self) -> tuple[str, ...]:
        return proven(self.writer.missing, self._pending, self.stuck, self.duplicates)

    def _pending(self) -> str:
        """A service that is being started, while its log shows no start of now. UnreadableFact where the log could not be read."""
        service = self.writer.answer.value if isinstance(self.writer.answer, Observed) else None
        begun = self.log.start.time if self.log.start is not None else None
        if service is None or service.state != _START_PENDING:
            return ""
        if self.log.problem is not None:
            self.log.required()
        now = begun is not None and self.log.clock - begun <= STARTS_WITHIN
        return (
            "" if now else f"the service {GUEST_AGENT.name} is {service.state_text}, and its log shows no start of now"
        )

    def seen(self) -> dict[str, bool | str]:
        """Which of these it is: values that stay the same; ``not known`` where one could not be read."""
        return {
            "missing": or_unknown(lambda: bool(self.writer.missing())),
            "pending": or_unknown(lambda: bool(self._pending())),
            "stuck": or_unknown(lambda: bool(self.stuck())),
            "duplicates": or_unknown(lambda: bool(self.duplicates())),
        }

    def stuck(self) -> str:
        """Why it is stuck starting; empty where it is not. UnreadableFact where that is not known, or not yet."""
        log = self.log
        start, good = log.start, log.good
        if log.problem is not None:
            log.required()
        if good is not None and good.time is not None:
            log.required()
            return ""
        if self.waits:
            return ""
        if start is None or start.time is None:
            text = "no start of the agent stands in its log, and no heartbeat either"
            raise UnreadableFact("guest_agent_start", Why(Reason.FAILED, "NoStart", text))
        begun = start.time
        if log.clock - begun <= STARTS_WITHIN:
            text = f"the agent started {int((log.clock - begun).total_seconds() // 60)} minutes ago and is not through yet: look again later"
            raise UnreadableFact("guest_agent_start", Why(Reason.FAILED, "JustStarted", text))
        return (
            f"the agent is stuck starting: version {start.version or '(not named)'} began at {begun:%Y-%m-%d %H:%M} UTC, "
            "and neither the end of its start nor a heartbeat follows [L1]"
        )

    @property
    def installed(self) -> tuple[Version, ...]:
        """The version of each folder that holds the program, once for each folder."""
        names = (file.path.split("\\")[-2] for file in self.installation.program(GUEST_AGENT.name).candidates)
        return tuple(version for name in names if (version := folder_version(name)) is not None)

    def duplicates(self) -> str:
        """Several folders of one version while an older one than that runs. UnreadableFact where the running version decides and is not known."""
        program = self.installation.program(GUEST_AGENT.name)
        found: Paths | None = plain_value("guest_agent_start", GUEST_AGENT_FILES, program.files)
        double = sorted(version for version, times in Counter(self.installed).items() if times > 1)
        running = self._running() if double else None
        if running is None or running >= double[-1]:
            self._require_folders(found)
            return ""
        names = ", ".join(dotted(version) for version in double if running < version)
        return f"there are several folders of version {names}, and {dotted(running)} runs, not {dotted(max(self.installed))}"

    def _running(self) -> Version:
        """The oldest version that the log, the program or the registry names."""
        started = version_of(self.log.start.version) if self.log.start is not None else None
        known = self.version.oldest()
        return min(known, started or known)

    @staticmethod
    def _require_folders(found: Paths | None) -> None:
        """UnreadableFact where a folder of the agent could not be looked at."""
        if found is None:
            return
        hidden = any(folder_version(name) for path in found.unreadable for name in path.split("\\"))
        if hidden or found.more:
            why = Why(Reason.FAILED, "Hidden", "not every folder of the agent could be looked at")
            raise UnreadableFact("guest_agent_start", why, str(GUEST_AGENT_FILES))


@fact
def guest_agent_start(
    guest_agent_log: GuestAgentLog,
    log_writer: LogWriter,
    guest_agent_installation: GuestAgentInstallation,
    guest_agent_version: GuestAgentVersion,
) -> GuestAgentStart:
    """The agent's last start, by its log, its service and its folders."""
    return GuestAgentStart(guest_agent_log, log_writer, guest_agent_installation, guest_agent_version)


@dataclass(frozen=True, slots=True)
class GuestAgentStop:
    """Whether the agent is stuck stopping."""

    log: GuestAgentLog
    service: Answer[ServiceReading]
    process: Answer[tuple[ProcessReading, ...]]

    def problems(self) -> tuple[str, ...]:
        return proven(self.missing, self.logged, self.pending)

    def missing(self) -> str:
        """That there is no agent that could be stopped; empty where there is one."""
        service = plain_value("guest_agent_stop", GUEST_AGENT, self.service)
        return "" if service else f"there is no service {GUEST_AGENT.name} that could be stopped"

    def seen(self) -> dict[str, bool | str]:
        """Which of these it is: values that stay the same; ``not known`` where one could not be read."""
        return {
            "missing": or_unknown(lambda: bool(self.missing())),
            "logged": or_unknown(lambda: bool(self.log.shows("L4"))),
            "pending": or_unknown(lambda: bool(self.pending())),
        }

    def logged(self) -> Iterator[str]:
        """What the log says; nothing where a start followed."""
        hits = self.log.shows("L4")
        runs = {Observed: "runs", Absent: "does not run"}.get(type(self.process), "is not told to run")
        return (f"{hit}; WaAppAgent.exe {runs}" for hit in hits)

    def pending(self) -> str:
        """The service's state. UnreadableFact where it was told to stop just now, or its state is not known."""
        service: ServiceReading | None = plain_value("guest_agent_stop", GUEST_AGENT, self.service)
        told("guest_agent_stop", service, "state")
        if service is None or service.state != 3:
            return ""
        stopping = [r.time for r in self.log.entries if STOPPING in r.text and r.time is not None]
        if stopping and self.log.clock - stopping[-1] <= STOPS_WITHIN:
            why = Why(Reason.FAILED, "Stopping", "the agent was told to stop less than 5 minutes ago: look again later")
            raise UnreadableFact("guest_agent_stop", why)
        return f"the service {GUEST_AGENT.name} is {service.state_text}"


@fact
def guest_agent_stop(
    guest_agent_log: GuestAgentLog,
    service: Annotated[Answer[ServiceReading], GUEST_AGENT],
    process: Annotated[Answer[tuple[ProcessReading, ...]], _PROCESS],
) -> GuestAgentStop:
    """The agent's last stop, by its log and its service."""
    return GuestAgentStop(guest_agent_log, service, process)


@dataclass(frozen=True, slots=True)
class GuestAgentWay:
    """Failures to reach the WireServer that the agent logged since its last start and did not recover from."""

    log: GuestAgentLog
    wire_server: WireServer
    writer: LogWriter

    def problems(self) -> tuple[str, ...]:
        return proven(self.writer.missing, self.failures, self.no_fabric_address)

    def failures(self) -> Iterator[str]:
        return (f"{hit}{self._now(hit.what)}" for hit in self.log.shows(*_UNREACHED))

    def doubts(self) -> Iterator[str]:
        """Failures in lines without a time, of which it is not known whether they are over."""
        return (
            f"{hit}: the line tells no time, so whether it is over is not known"
            for hit in self.log.undated(*_UNREACHED)
        )

    def no_fabric_address(self) -> str:
        """An interface without a fabric address counts where the WireServer is not reached: a further interface normally has none."""
        hits = self.log.shows("L5")
        ports = (lambda: self.wire_server.port(80).failure, lambda: self.wire_server.port(32526).failure)
        failures = proven(*ports, self._no_versions) if hits else ()
        return f"{'; '.join(map(str, hits))}, and {'; '.join(failures)}" if failures else ""

    def _no_versions(self) -> str:
        """What the WireServer answers instead of its versions; empty where it tells them, or refuses only us."""
        tried = self.wire_server.versions()
        return "" if tried.policy else tried.failure

    def remarks(self) -> Iterator[str]:
        yield from (f"{hit}, but the WireServer is reached" for hit in self.log.evidence("L5"))
        if self.log.begins is not None:
            yield f"only the end of the long log was read, from {self.log.begins:%Y-%m-%d %H:%M} UTC on"

    def _now(self, place: str) -> str:
        """What the WireServer answers now, where the entry names a port that was tried."""
        port = int(place.rpartition(":")[2]) if place else 80
        try:
            reached = port in (80, 32526) and not self.wire_server.port(port).failure
        except UnreadableFact:
            return ""
        return f"; port {port} is reached now, but the log shows no recovery" if reached else ""


@fact
def guest_agent_way(guest_agent_log: GuestAgentLog, wire_server: WireServer, log_writer: LogWriter) -> GuestAgentWay:
    """The agent's way to the WireServer, by its logs; connections from the machine confirm it."""
    return GuestAgentWay(guest_agent_log, wire_server, log_writer)


@dataclass(frozen=True, slots=True)
class ThreeVersions:
    """The agent's version by three sources; a text, or None where the source tells none."""

    logged: str | None
    program: str | None
    registered: str | None

    @property
    def differing(self) -> bool:
        return len({text for text in (self.logged, self.program, self.registered) if text is not None}) > 1


@dataclass(frozen=True, slots=True)
class GuestAgentVersions:
    """Compares what the log says that started with what lies there and what is registered."""

    log: GuestAgentLog
    version: GuestAgentVersion

    def compared(self) -> ThreeVersions:
        """UnreadableFact where two do not differ already, and one is not known."""
        told_: dict[str, str | None] = {}
        failure: UnreadableFact | None = None
        for name, ask in (
            ("logged", self._logged),
            ("program", self.version.running),
            ("registered", self.version.registered),
        ):
            try:
                version = ask()
            except UnreadableFact as unreadable:
                failure, version = failure or unreadable, None
            told_[name] = dotted(version) if version is not None else None
        found = ThreeVersions(told_["logged"], told_["program"], told_["registered"])
        if not found.differing and failure is not None:
            raise failure
        return found

    def _logged(self) -> Version | None:
        start = self.log.start
        if start is None:
            self.log.required()
            text = "no start of the agent stands in its log, nor in the one before"
            raise UnreadableFact("guest_agent_versions", Why(Reason.FAILED, "NoStart", text))
        return version_of(start.version)


@fact
def guest_agent_versions(guest_agent_log: GuestAgentLog, guest_agent_version: GuestAgentVersion) -> GuestAgentVersions:
    """The version by log, program and registry."""
    return GuestAgentVersions(guest_agent_log, guest_agent_version)
