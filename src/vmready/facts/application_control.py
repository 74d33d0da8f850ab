"""Whether application control keeps Azure Backup's IaaSBcdrExtension.exe from running: AppLocker evaluated, App Control, and what events show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

from vmready.facts import sddl
from vmready.facts.applocker import Collection, Decision, Fit, NotPolicy, Program, decide, parse
from vmready.facts.proven import proven
from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.facts.services import told
from vmready.probes.answers import Answer, Reason, Why
from vmready.probes.readings import AppLockerFile, Event, EventLog, Instances
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import AppLockerFiles, AppLockerPolicy, Events, Service, Wmi

EXE = "IaaSBcdrExtension.exe"
_FOLDER = r"%SystemDrive%\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot"
POLICY = AppLockerPolicy()
IDENTITY = Service("AppIDSvc")
FILES = AppLockerFiles(rf"{_FOLDER}\*\**\{EXE}")
#: 8004: AppLocker blocked; 8003: it would have, if it did not only audit.
APPLOCKER_EVENTS = Events(
    "Microsoft-Windows-AppLocker/EXE and DLL", ids=(8003, 8004), contains=(EXE,), since="7d", newest=50
)
#: 3077: App Control blocked; 3076: it would have, if it did not only audit.
CODE_INTEGRITY_EVENTS = Events(
    "Microsoft-Windows-CodeIntegrity/Operational", ids=(3076, 3077), contains=(EXE,), since="7d", newest=50
)
CRASHES = Events("Application", provider="Application Error", ids=(1000,), contains=(EXE,), since="7d", newest=50)
DEVICE_GUARD = Wmi(
    "Win32_DeviceGuard",
    ("CodeIntegrityPolicyEnforcementStatus", "UsermodeCodeIntegrityPolicyEnforcementStatus"),
    r"root\Microsoft\Windows\DeviceGuard",
)
#: Where the extension would lie, for a policy that is judged before it is installed.
_EXPECTED = r"C:\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot\1.0.0.0" + "\\" + EXE
_BLOCKED, _AUDITED = frozenset({8004, 3077}), frozenset({8003, 3076})
_ENFORCED = 2
_NAME = "application_control"


@dataclass(frozen=True, slots=True)
class AppLockerJudgement:
    """What AppLocker does, step by step (``reasons``). ``problem``: it blocks; ``doubt``: it may, or would."""

    reasons: tuple[str, ...]
    problem: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationControl:
    """Policy, programs, services and events. Each question raises UnreadableFact where what decides could not be read."""

    policy: Answer[str]
    identity: Answer[ServiceReading]
    files: Answer[tuple[AppLockerFile, ...]]
    applocker_events: Answer[EventLog]
    code_integrity_events: Answer[EventLog]
    crashes: Answer[EventLog]
    device_guard: Answer[Instances]

    def problems(self) -> tuple[str, ...]:
        """What blocks the extension, each with its reasoning."""
        return proven(
            lambda: self.applocker().problem,
            lambda: self._events(APPLOCKER_EVENTS, self.applocker_events, _BLOCKED, "AppLocker blocked"),
            lambda: self._events(CODE_INTEGRITY_EVENTS, self.code_integrity_events, _BLOCKED, "App Control blocked"),
            self._crashed,
            self._read_app_control,
        )

    def _read_app_control(self) -> str:
        self.app_control()
        return ""

    def doubts(self) -> Iterator[str]:
        judged = self.applocker()
        if judged.doubt:
            yield judged.doubt
        if self.app_control() == _ENFORCED:
            yield f"App Control enforces a policy for programs, which cannot be evaluated here: see that it allows {EXE}"

    def remarks(self) -> Iterator[str]:
        """The reasoning where there are rules, and what was only audited."""
        if self.collection().rules:
            yield "AppLocker: " + "; ".join(self.applocker().reasons)
        yield from self._events(APPLOCKER_EVENTS, self.applocker_events, _AUDITED, "AppLocker would have blocked")
        yield from self._events(
            CODE_INTEGRITY_EVENTS, self.code_integrity_events, _AUDITED, "App Control would have blocked"
        )

    def collection(self) -> Collection:
        """The rules for programs; none where AppLocker is not on this Windows.

        UnreadableFact where only its cmdlets are not there, but the service that applies rules runs.
        """
        text: str | None = plain_value(_NAME, POLICY, self.policy)
        if text is None:
            service: ServiceReading | None = plain_value(_NAME, IDENTITY, self.identity)
            if service is not None and service.running:
                said = "AppLocker's cmdlets are not there, but AppIDSvc runs: its rules are not told"
                raise UnreadableFact(_NAME, Why(Reason.UNSUPPORTED, "NoCmdlets", said), str(POLICY))
        try:
            return parse(text or "")
        except NotPolicy as error:
            raise UnreadableFact(
                _NAME, Why(Reason.FAILED, "NotPolicy", f"AppLocker's policy: {error}"), str(POLICY)
            ) from None

    def applocker(self) -> AppLockerJudgement:
        """Step by step: are there rules, are they enforced, does the service run, do they hold for LocalSystem, what do they decide."""
        collection = self.collection()
        if not collection.rules:
            return AppLockerJudgement(("there are no rules for programs",))
        reasons = [f"{len(collection.rules)} rules for programs"]
        if not collection.enforced:
            return AppLockerJudgement((*reasons, "they are audited only"))
        enforced = {"notconfigured": "their mode is not configured, so they are enforced"}
        reasons.append(enforced.get(collection.mode, "they are enforced"))
        service: ServiceReading | None = plain_value(_NAME, IDENTITY, self.identity)
        told(_NAME, service, "state")
        if service is None or not service.running:
            state = "absent" if service is None else service.state_text
            reasons.append(f"AppIDSvc is {state}, so they are not enforced now")
            return AppLockerJudgement(
                tuple(reasons), doubt=f"AppLocker has rules, but AppIDSvc is {state}: they may come into force"
            )
        if not collection.services:
            reasons.append(
                "they do not hold for services (no Services extension), and the extension runs as LocalSystem"
            )
            return AppLockerJudgement(tuple(reasons))
        reasons.append("they hold for services, too (Services extension)")
        return self._decided(collection, reasons)

    def _decided(self, collection: Collection, reasons: list[str]) -> AppLockerJudgement:
        found = plain_value(_NAME, FILES, self.files)
        programs = [_program(file) for file in found or ()] or [Program(_EXPECTED, known=False)]
        installed = bool(found)
        decisions = [(program, decide(collection, program, sddl.LOCAL_SYSTEM_TOKEN)) for program in programs]
        reasons += [_words(program, decision) for program, decision in decisions]
        denied = [_words(program, decision) for program, decision in decisions if decision.allowed is Fit.NO]
        unsure = [_words(program, decision) for program, decision in decisions if decision.allowed is Fit.PERHAPS]
        if denied and installed:
            return AppLockerJudgement(
                tuple(reasons), problem="AppLocker: " + "; ".join([*reasons[: -len(decisions)], *denied])
            )
        if denied or unsure:
            return AppLockerJudgement(tuple(reasons), doubt="AppLocker: " + "; ".join(reasons))
        return AppLockerJudgement(tuple(reasons))

    def app_control(self) -> int:
        """How App Control treats programs: 0 not at all, 1 audits, 2 enforces. A Windows without the class has none."""
        found: Instances | None = plain_value(_NAME, DEVICE_GUARD, self.device_guard)
        status = [row.get("UsermodeCodeIntegrityPolicyEnforcementStatus") for row in found.instances] if found else [0]
        if not status or not all(isinstance(number, int) for number in status):
            raise UnreadableFact(
                _NAME, Why(Reason.FAILED, "NotTold", "whether App Control enforces a policy is not told")
            )
        return max(int(number) for number in status if isinstance(number, int))

    def _events(self, probe: Events, answer: Answer[EventLog], wanted: frozenset[int], text: str) -> Iterator[str]:
        """What the events of a log show, the most recent first."""
        hits = [event for event in self._written(probe, answer) if event.id in wanted]
        return iter(
            [f"{text} {EXE} (event {hits[0].id}, {len(hits)} in 7 days, last {_when(hits[0])})"] if hits else []
        )

    def _written(self, probe: Events, answer: Answer[EventLog]) -> tuple[Event, ...]:
        """The events of a log. One that is not there has none; UnreadableFact where it is switched off, or too full to be searched."""
        log: EventLog | None = plain_value(_NAME, probe, answer)
        if log is None:
            return ()
        if log.enabled is False or (log.more and not log.events):
            said = "is switched off" if log.enabled is False else "holds more events than could be searched"
            raise UnreadableFact(_NAME, Why(Reason.FAILED, "Incomplete", f"the log {probe.log} {said}"), str(probe))
        return log.events

    def _crashed(self) -> Iterator[str]:
        """A program that fails is often one that security software injects itself into."""
        events = self._written(CRASHES, self.crashes)
        hits = [
            event for event in events if event.properties and str(event.properties[0]).strip().lower() == EXE.lower()
        ]
        if hits:
            yield f"{EXE} crashed (event 1000, {len(hits)} in 7 days, last {_when(hits[0])}): look for security software"

    def seen(self) -> dict[str, Any]:
        """What decided, as values that stay the same; None where it could not be read."""
        found: dict[str, Any] = {"applocker": None, "app control": None}
        with suppress(UnreadableFact):
            found["applocker"] = list(self.applocker().reasons)
        with suppress(UnreadableFact):
            found["app control"] = self.app_control()
        return found


def _words(program: Program, decision: Decision) -> str:
    place = program.path if program.known else f"{program.path} (not installed yet)"
    verb = {Fit.YES: "is allowed", Fit.NO: "is denied", Fit.PERHAPS: "may be denied"}[decision.allowed]
    return f"{place} {verb} by {decision.by}"


def _when(event: Event) -> str:
    return f"{event.time:%Y-%m-%d %H:%M} UTC" if event.time else "at an unknown time"


def _program(file: AppLockerFile) -> Program:
    publisher = file.publisher or {}
    name, product, binary, version = (str(publisher.get(key) or "") for key in ("name", "product", "binary", "version"))
    return Program(file.path[:260], (name, product, binary, version) if name else None, file.hash)


@fact
def application_control(
    policy: Annotated[Answer[str], POLICY],
    identity: Annotated[Answer[ServiceReading], IDENTITY],
    files: Annotated[Answer[tuple[AppLockerFile, ...]], FILES],
    applocker_events: Annotated[Answer[EventLog], APPLOCKER_EVENTS],
    code_integrity_events: Annotated[Answer[EventLog], CODE_INTEGRITY_EVENTS],
    crashes: Annotated[Answer[EventLog], CRASHES],
    device_guard: Annotated[Answer[Instances], DEVICE_GUARD],
) -> ApplicationControl:
    """What could block the backup's extension. Never unreadable itself."""
    return ApplicationControl(policy, identity, files, applocker_events, code_integrity_events, crashes, device_guard)
