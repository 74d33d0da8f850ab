"""The installed .NET Framework 4.x, from the number that its setup leaves in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from vmready.facts.registry import fact
from vmready.facts.settings import Setting, setting
from vmready.probes.readings import Key
from vmready.probes.vocabulary import RegistryKey

#: ``Full`` itself: its LCID sub-keys belong to language packs and can lag behind.
NDP = RegistryKey(r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full", values=("Release", "Version"))

#: The lowest ``Release`` of each version over all editions of Windows, from the page "How to: Determine which .NET Framework versions are
#: installed". A higher number is that version or a later one, so it is compared with ``>=``, never matched exactly.
MINIMUM_RELEASE = {
    "4.5": 378389,
    "4.5.1": 378675,
    "4.5.2": 379893,
    "4.6": 393295,
    "4.6.1": 394254,
    "4.6.2": 394802,
    "4.7": 460798,
    "4.7.1": 461308,
    "4.7.2": 461808,
    "4.8": 528040,
    "4.8.1": 533320,
}


#: Programs read a signed number: what is larger is negative to them, and older than everything.
_LARGEST = 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class DotNetFramework:
    """``release`` is the number that decides; ``version`` the text beside it, for people only (it stays behind on some updates).

    ``installed``: whether .NET Framework 4 (Full) is there at all.
    """

    installed: bool
    release: Setting
    version: str | None

    def at_least(self, version: str) -> bool:
        """Whether ``Release`` says that this version (``4.7.2``) or a later one is installed."""
        return self.release.number is not None and MINIMUM_RELEASE[version] <= self.release.number <= _LARGEST

    def perhaps(self, version: str) -> bool:
        """Whether ``Release`` is a text that spells a sufficient number: it can be taken two ways."""
        written = self.release.written_number
        return written is not None and written >= MINIMUM_RELEASE[version]

    @property
    def name(self) -> str:
        """What is installed, in words: ``4.6.1 (Release 394271)``."""
        if not self.installed:
            return "no .NET Framework 4"
        if self.release.number is None or self.release.number > _LARGEST:
            return f"older than 4.5 (Release is {self.release})"
        known = [version for version, least in MINIMUM_RELEASE.items() if least <= self.release.number]
        return f"{known[-1] if known else 'older than 4.5'} (Release {self.release})"


@fact
def dot_net_framework(full: Annotated[Key | None, NDP]) -> DotNetFramework:
    """The installed .NET Framework 4.x. No key: none; no ``Release``: older than 4.5."""
    return DotNetFramework(full is not None, setting(full, "Release"), None if full is None else full.text("Version"))
