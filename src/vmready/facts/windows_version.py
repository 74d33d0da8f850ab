"""Which Windows this is, from the registry: what a process is told can be shimmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact
from vmready.probes.answers import Reason, Why
from vmready.probes.readings import Key
from vmready.probes.vocabulary import RegistryKey

CURRENT_VERSION = RegistryKey(
    r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion",
    values=(
        "CurrentMajorVersionNumber",
        "CurrentMinorVersionNumber",
        "CurrentVersion",
        "CurrentBuildNumber",
        "UBR",
        "InstallationType",
        "EditionID",
    ),
)


@dataclass(frozen=True, slots=True)
class WindowsVersion:
    """``number`` as (major, minor, build): Server 2008 R2 SP1 is (6, 1, 7601), 2012 R2 (6, 3, 9600), 2019 (10, 0, 17763)."""

    number: tuple[int, int, int]
    revision: int | None
    installation_type: str | None
    edition: str | None

    def __str__(self) -> str:
        return ".".join(str(part) for part in self.number)


@fact
def windows_version(key: Annotated[Key | None, CURRENT_VERSION]) -> WindowsVersion:
    """The version. Unreadable where the key does not tell it: every Windows has these values."""
    build = (key.text("CurrentBuildNumber") or "") if key else ""
    if key is None or not (build.isascii() and build.isdigit()):
        raise _unknown("CurrentBuildNumber is not there")
    major, minor = key.number("CurrentMajorVersionNumber"), key.number("CurrentMinorVersionNumber")
    if major is None or minor is None:
        # Before Windows 10 there is only the text; since then it says 6.3 for ever.
        first, _, second = (key.text("CurrentVersion") or "").partition(".")
        if not (first.isdigit() and second.isdigit()):
            raise _unknown("neither CurrentMajorVersionNumber nor CurrentVersion tells the version")
        major, minor = int(first), int(second)
    return WindowsVersion(
        (major, minor, int(build)), key.number("UBR"), key.text("InstallationType"), key.text("EditionID")
    )


def _unknown(text: str) -> UnreadableFact:
    return UnreadableFact("windows_version", Why(Reason.FAILED, "NoVersion", text), str(CURRENT_VERSION))
