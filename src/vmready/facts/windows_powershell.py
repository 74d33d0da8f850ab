"""The installed Windows PowerShell (Windows Management Framework), from the registry: not the engine that happens to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact
from vmready.probes.answers import Reason, Why
from vmready.probes.readings import Key, version_of
from vmready.probes.vocabulary import RegistryKey

_VALUES = ("PowerShellVersion",)
#: 3.0 and later write here; 2.0 and earlier below ``1``, which later versions keep.
ENGINE_3 = RegistryKey(r"HKLM\SOFTWARE\Microsoft\PowerShell\3\PowerShellEngine", values=_VALUES)
ENGINE_1 = RegistryKey(r"HKLM\SOFTWARE\Microsoft\PowerShell\1\PowerShellEngine", values=_VALUES)


@dataclass(frozen=True, slots=True)
class WindowsPowerShell:
    """``version`` as numbers, (5, 1, 17763, 1) or (4, 0); None where Windows PowerShell is not installed. ``text`` as stored."""

    version: tuple[int, ...] | None
    text: str | None


@fact
def windows_powershell(
    engine_3: Annotated[Key | None, ENGINE_3], engine_1: Annotated[Key | None, ENGINE_1]
) -> WindowsPowerShell:
    """The installed version. A text that is no version makes the fact unreadable: nothing can be said of it."""
    # The newer key stands above the older one, which later versions keep.
    key, probe = (engine_3, ENGINE_3) if engine_3 is not None else (engine_1, ENGINE_1)
    text = key.text("PowerShellVersion") if key is not None else None
    if key is not None and not text:
        why = Why(Reason.FAILED, "NotTold", "PowerShellVersion is not told")
        raise UnreadableFact("windows_powershell", why, str(probe))
    version = version_of(text)
    if text is not None and version is None:
        why = Why(Reason.FAILED, "NoVersion", f"PowerShellVersion is {text[:40]!r}")
        raise UnreadableFact("windows_powershell", why, str(probe))
    return WindowsPowerShell(version, text)
