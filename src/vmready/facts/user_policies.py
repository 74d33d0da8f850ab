"""Policies that stand in a user's hive, for LocalSystem above all: its hive decides what the Azure Virtual Desktop agent may start.

A remote session's own ``HKCU`` says nothing of the agent. LocalSystem's hive has two names, ``HKU\\S-1-5-18`` and ``HKU\\.DEFAULT``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact
from vmready.facts.settings import Setting, setting
from vmready.probes.answers import Answer, Observed, Unreadable, Why
from vmready.probes.readings import Hives, Key
from vmready.probes.vocabulary import RegistryHives, RegistryKey

_TOOLS = r"Software\Microsoft\Windows\CurrentVersion\Policies\System"
_PROMPT = r"Software\Policies\Microsoft\Windows\System"
REGISTRY_TOOLS = RegistryKey("HKU\\S-1-5-18\\" + _TOOLS, values=("DisableRegistryTools",))
REGISTRY_TOOLS_HIVES = RegistryHives(_TOOLS, values=("DisableRegistryTools",))
COMMAND_PROMPT = RegistryKey("HKU\\S-1-5-18\\" + _PROMPT, values=("DisableCMD",))
COMMAND_PROMPT_HIVES = RegistryHives(_PROMPT, values=("DisableCMD",))

#: What the two policies write where they are enabled: with and without an exception for scripts, or for a silent start.
_BLOCKS = (1, 2)
_LOCAL_SYSTEM = ("S-1-5-18", ".DEFAULT")


@dataclass(frozen=True, slots=True)
class UserPolicy:
    """One policy value by hive. ``system``: under LocalSystem's two names; ``users``: in the other loaded hives, or why they are not known."""

    name: str
    system: Mapping[str, Setting]
    users: Mapping[str, Setting]
    unreadable: Why | None = None

    @property
    def blocking(self) -> tuple[str, ...]:
        """Where the policy keeps LocalSystem from it, in words."""
        return tuple(_says(hive, found) for hive, found in self.system.items() if found.number in _BLOCKS)

    @property
    def doubts(self) -> Iterator[str]:
        """Values that no policy writes, in LocalSystem's hive, and human users whom it keeps from it."""
        for hive, found in self.system.items():
            if found.wrong_type or found.number not in (None, 0, *_BLOCKS):
                yield f"{_says(hive, found)}, which no policy writes"
        for hive, found in self.users.items():
            if found.number in _BLOCKS:
                yield f"{_says(hive, found)}: it binds that user, not the agent"

    @property
    def seen(self) -> Mapping[str, int | None]:
        """The value under each of LocalSystem's names, fit to be observed: users come and go."""
        return {hive: found.number for hive, found in self.system.items()}

    def require_hives(self) -> None:
        """UnreadableFact where not every loaded hive could be read, or LocalSystem's own."""
        if self.unreadable is not None:
            raise UnreadableFact(self.name, self.unreadable)


def _says(hive: str, found: Setting) -> str:
    return f"{found.name} is {found} in HKU\\{hive}"


def _policy(name: str, own: Answer[Key], answer: Answer[Hives]) -> UserPolicy:
    """What could be read decides: LocalSystem is kept from it where one of its names says so."""
    system: dict[str, Setting] = {}
    users: dict[str, Setting] = {}
    unreadable = next((found.why for found in (own, answer) if isinstance(found, Unreadable)), None)
    if not isinstance(own, Unreadable):
        system[_LOCAL_SYSTEM[0]] = setting(own.value if isinstance(own, Observed) else None, name)
    hives = answer.value.hives if isinstance(answer, Observed) else {}
    for hive, found in hives.items():
        if isinstance(found, Unreadable):
            unreadable = found.why
            continue
        key = found.value if isinstance(found, Observed) else None
        if hive.upper() == _LOCAL_SYSTEM[1]:
            system[hive] = setting(key, name)
        elif hive.upper() != _LOCAL_SYSTEM[0]:
            users[hive] = setting(key, name)
    return UserPolicy(name, system, users, unreadable)


@fact
def registry_tools_policy(
    own: Annotated[Answer[Key], REGISTRY_TOOLS], hives: Annotated[Answer[Hives], REGISTRY_TOOLS_HIVES]
) -> UserPolicy:
    """``DisableRegistryTools``: "Prevent access to registry editing tools"."""
    return _policy("DisableRegistryTools", own, hives)


@fact
def command_prompt_policy(
    own: Annotated[Answer[Key], COMMAND_PROMPT], hives: Annotated[Answer[Hives], COMMAND_PROMPT_HIVES]
) -> UserPolicy:
    """``DisableCMD``: "Prevent access to the command prompt"."""
    return _policy("DisableCMD", own, hives)
