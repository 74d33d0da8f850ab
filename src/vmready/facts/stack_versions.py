"""The versions of the side-by-side stack: its installers on disk, what is installed, and the listener that runs.

They are compared as numbers: ``1.0.10292`` is later than ``1.0.9742``, and a file's time says nothing. A listener is named after the last
two parts of its stack's version, ``rdp-sxs240705700`` after ``1.0.2407.05700``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from vmready.facts.agent_products import STACK, AgentProducts, Version, written
from vmready.facts.rdp_listeners import RdpListeners
from vmready.facts.registry import UnreadableFact, fact
from vmready.facts.settings import setting
from vmready.probes.answers import Reason, Why
from vmready.probes.readings import Key, Paths, version_of
from vmready.probes.vocabulary import Path, RegistryKey

INSTALLERS = Path(r"%ProgramW6432%\Microsoft RDInfra\SxSStack*.msi")
#: ``CurrentVersion`` names a second value, which holds the installer's path.
CURRENT = RegistryKey(r"HKLM\SOFTWARE\Microsoft\RDInfraAgent\SxsStack")
PINNED = RegistryKey(
    r"HKLM\SOFTWARE\Microsoft\RDInfraAgent\ByPass", values=("EnableStackVersionBypass", "StackByPassVersion")
)
_FLAGS = re.IGNORECASE | re.ASCII
_OF_FILE = re.compile(r"([0-9]+(?:\.[0-9]+){3})\.msi", _FLAGS)
_OF_LISTENER = re.compile(r"rdp-sxs([0-9]{4})([0-9]{5})", _FLAGS)


@dataclass(frozen=True, slots=True)
class StackVersions:
    """Versions, each list the newest first. ``listener``: the last two parts of its stack's version; None where its name does not tell.

    ``current``: what the agent's registry says is current; None where it does not tell. ``pinned``: a version is held on purpose;
    ``held_at``: which one, None where that is not told; ``perhaps_pinned``: the value that says so is of another type than a number;
    ``untold``: there is another installed stack, of which no version is told.
    """

    on_disk: tuple[Version, ...]
    installed: tuple[Version, ...]
    listener_name: str
    listener: Version | None
    current: Version | None
    pinned: bool
    held_at: Version | None = None
    perhaps_pinned: str = ""
    untold: bool = False

    @property
    def disagreements(self) -> Iterator[str]:
        """What does not belong together, in words."""
        if self._waiting and not self.pinned:
            yield self._waiting
        if self._behind and not self._kept:
            yield self._behind
        if self.current is not None and self.current not in self.installed:
            yield f"the agent's current stack {written(self.current)} is not installed"

    @property
    def held(self) -> tuple[str, ...]:
        """What holding a version on purpose explains, and nothing else: a later stack that was not installed, or that is not the listener's."""
        explained = ((self._waiting, self.pinned), (self._behind, self._kept))
        return tuple(text for text, held in explained if text and held)

    @property
    def _kept(self) -> bool:
        """Whether the listener is that of an installed stack, and of the one that is held on purpose."""
        parts = [version[2:] for version in self.installed if self.held_at in (None, version)]
        return self.pinned and self.listener in parts

    @property
    def _behind(self) -> str:
        newest = self.installed[0]
        if self.listener is None or self.listener == newest[2:]:
            return ""
        return f"the active listener is {self.listener_name}, and stack {written(newest)} is installed"

    @property
    def _waiting(self) -> str:
        newest = self.installed[0]
        if not self.on_disk or self.on_disk[0] <= newest:
            return ""
        return f"stack {written(self.on_disk[0])} is on disk, and {written(newest)} is installed: an update is stuck"

    @property
    def doubts(self) -> Iterator[str]:
        """What cannot be compared, or is held on purpose."""
        if not self.on_disk:
            yield "there is no installer of the stack on disk to compare with"
        elif self.on_disk[0] < self.installed[0]:
            yield f"the newest installer on disk, {written(self.on_disk[0])}, is older than the installed stack"
        if self.listener is None:
            yield f"the name of the listener {self.listener_name} does not tell its stack's version"
        if self.untold:
            yield "there is another installed stack, of which no version is told"
        if self.pinned:
            yield "the stack's version is pinned (EnableStackVersionBypass)"
        if self.perhaps_pinned:
            yield f"the stack's version may be pinned: EnableStackVersionBypass is {self.perhaps_pinned}"


def _of_file(name: str) -> Version | None:
    found = _OF_FILE.search(name)
    return version_of(found[1]) if found else None


def _current(stack: Key | None) -> Version | None:
    name = (stack.text("CurrentVersion") if stack else None) or ""
    return _of_file((stack.text(name) if stack and name else None) or name)


@fact
def stack_versions(
    installers: Annotated[Paths | None, INSTALLERS],
    stack: Annotated[Key | None, CURRENT],
    pinned: Annotated[Key | None, PINNED],
    agent_products: AgentProducts,
    rdp_listeners: RdpListeners,
) -> StackVersions:
    """Unreadable where a folder or an entry was refused: the newest could be what was not seen."""
    agent_products.require()
    if installers is not None and (installers.unreadable or installers.more):
        why = Why(Reason.DENIED, "", "not every installer of the stack could be seen")
        raise UnreadableFact("stack_versions", why, str(INSTALLERS))
    installed = agent_products.versions.get(STACK)
    if installed == ():
        raise UnreadableFact(
            "stack_versions", Why(Reason.FAILED, "NoVersion", "the stack's DisplayVersion is no version")
        )
    on_disk = {found for file in (installers.matches if installers else ()) if (found := _of_file(file.name))}
    name = rdp_listeners.active.name if rdp_listeners.active else ""
    parts, bypass = _OF_LISTENER.fullmatch(name), setting(pinned, "EnableStackVersionBypass")
    return StackVersions(
        tuple(sorted(on_disk, reverse=True)),
        installed or (),
        name,
        (int(parts[1]), int(parts[2])) if parts else None,
        _current(stack),
        bypass.number not in (None, 0),
        version_of(pinned.text("StackByPassVersion")) if pinned else None,
        str(bypass) if bypass.wrong_type and bypass.written_number != 0 else "",
        STACK in agent_products.untold,
    )
