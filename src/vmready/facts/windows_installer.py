"""Whether programs can be installed by Windows Installer: the policy, its service, and an installation that is under way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact
from vmready.facts.services import told
from vmready.facts.settings import Setting, setting
from vmready.probes.answers import Answer, Observed, Unreadable
from vmready.probes.readings import Key
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import RegistryKey, Service

POLICY = RegistryKey(r"HKLM\SOFTWARE\Policies\Microsoft\Windows\Installer", values=("DisableMSI",))
IN_PROGRESS = RegistryKey(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Installer\InProgress", values=("",))
MSI_SERVER = Service("msiserver")


@dataclass(frozen=True, slots=True)
class WindowsInstaller:
    """``DisableMSI`` (0 never, 1 for programs that are not managed, 2 always) and the service msiserver, which starts on demand."""

    policy: Answer[Key]
    service: Answer[ServiceReading]
    in_progress: Answer[Key]

    @property
    def _disabled(self) -> Setting:
        return setting(self.policy.value if isinstance(self.policy, Observed) else None, "DisableMSI")

    @property
    def _start(self) -> int | None:
        return self.service.value.start if isinstance(self.service, Observed) else None

    @property
    def seen(self) -> Mapping[str, int | None]:
        return {"DisableMSI": self._disabled.number, "msiserver": self._start}

    @property
    def blocking(self) -> tuple[str, ...]:
        """What certainly blocks it, in words."""
        found = ["DisableMSI is 2: Windows Installer is always turned off"] if self._disabled.number == 2 else []
        if self._start == 4:
            found.append("the service msiserver is disabled")
        if not isinstance(self.service, (Observed, Unreadable)):
            found.append("the machine has no service msiserver")
        return tuple(found)

    @property
    def doubts(self) -> Iterator[str]:
        """What may block it. For an installation by LocalSystem the middle setting is not documented to do so."""
        disabled = self._disabled
        if disabled.number == 1:
            yield "DisableMSI is 1: Windows Installer is turned off for programs that are not managed"
        elif disabled.wrong_type or disabled.number not in (None, 0, 2):
            yield f"DisableMSI is {disabled}, which no policy writes"

    @property
    def running(self) -> tuple[str, ...]:
        """An installation that is under way, in words: another one waits for it (error 1618)."""
        return ("an installation is under way",) if isinstance(self.in_progress, Observed) else ()

    def require(self) -> None:
        """UnreadableFact where policy or service could not be read: nothing blocking proves nothing then."""
        for probe, answer in ((POLICY, self.policy), (MSI_SERVER, self.service)):
            if isinstance(answer, Unreadable):
                raise UnreadableFact("windows_installer", answer.why, str(probe))
        if isinstance(self.service, Observed):
            told("windows_installer", self.service.value, "start")


@fact
def windows_installer(
    policy: Annotated[Answer[Key], POLICY],
    service: Annotated[Answer[ServiceReading], MSI_SERVER],
    in_progress: Annotated[Answer[Key], IN_PROGRESS],
) -> WindowsInstaller:
    """Never unreadable itself: what was read may block already."""
    return WindowsInstaller(policy, service, in_progress)
