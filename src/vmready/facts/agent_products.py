"""The four products of the Azure Virtual Desktop agent, and what its loader and its monitoring are told to start."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from vmready.facts.golden_image import BOOT_LOADER, UNINSTALL
from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.probes.answers import Answer, Reason, Unreadable, Why
from vmready.probes.readings import Key, Paths, version_of
from vmready.probes.vocabulary import Path, RegistryKey

LOADER, AGENT = "Remote Desktop Agent Boot Loader", "Remote Desktop Services Infrastructure Agent"
STACK = "Remote Desktop Services SxS Network Stack"
#: Its name goes on with its version.
GENEVA = "Remote Desktop Services Infrastructure Geneva Agent"
PRODUCTS = (LOADER, AGENT, GENEVA, STACK)
MONITORING = RegistryKey(r"HKLM\SOFTWARE\Microsoft\RDMonitoringAgent", values=("CurrentVersion",))
FOLDERS = Path(r"%ProgramW6432%\Microsoft RDInfra\RDAgent_*")
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+){1,3}", re.ASCII)

Version = tuple[int, ...]


def written(version: Version) -> str:
    """A version for people, without the zeros that stack versions are padded with."""
    return ".".join(str(part) for part in version)


@dataclass(frozen=True, slots=True)
class AgentProducts:
    """``versions`` by product: every installed one, the newest first (several are kept for going back); a product may be there without any.

    ``unreadable``: entries of Programs and Features that could not be read, any of which may be one of these products; ``untold``: the
    products of which an entry tells no version.
    """

    versions: Mapping[str, tuple[Version, ...]]
    unreadable: tuple[Why, ...]
    loader: Answer[Key]
    monitoring: Answer[Key]
    folders: Answer[Paths]
    untold: frozenset[str] = frozenset()

    @property
    def missing(self) -> tuple[str, ...]:
        """The products that are not installed. UnreadableFact where one may be, unseen."""
        missing = tuple(product for product in PRODUCTS if product not in self.versions)
        if missing:
            self.require()
        return missing

    def require(self) -> None:
        """UnreadableFact where not every entry of Programs and Features could be read."""
        if self.unreadable:
            raise UnreadableFact("agent_products", self.unreadable[0], str(UNINSTALL))

    @property
    def default_agent(self) -> str:
        """The agent that the loader starts (``RDAgent_1.0.9103.3700``); empty where none is named."""
        loader: Key | None = plain_value("agent_products", BOOT_LOADER, self.loader)
        return (loader.text("DefaultAgent") if loader else None) or ""

    @property
    def has_folder(self) -> bool:
        """Whether the default agent's folder is there."""
        folders: Paths | None = plain_value("agent_products", FOLDERS, self.folders)
        wanted = self.default_agent.lower()
        return any(file.directory and file.name.lower() == wanted for file in (folders.matches if folders else ()))

    @property
    def doubts(self) -> Iterator[str]:
        """Versions that are told to run, and are not installed. A format that is not known says nothing."""
        monitoring: Key | None = plain_value("agent_products", MONITORING, self.monitoring)
        current = (monitoring.text("CurrentVersion") if monitoring else None) or ""
        for product, name, told in (
            (AGENT, "DefaultAgent", self.default_agent),
            (GENEVA, "RDMonitoringAgent's CurrentVersion", current),
        ):
            found = _VERSION.search(told)
            installed = self.versions.get(product, ())
            if found and product in self.versions and not installed:
                yield f"{name} is {told[:80]}, and the installed {product} tells no version to compare it with"
            if found and installed and version_of(found[0]) not in installed:
                yield f"{name} is {told[:80]}, and the installed {product} is {', '.join(map(written, installed))}"


def _product(name: str) -> str | None:
    return GENEVA if name.startswith(GENEVA) else name if name in PRODUCTS else None


@fact
def agent_products(
    uninstall: Annotated[Key | None, UNINSTALL],
    loader: Annotated[Answer[Key], BOOT_LOADER],
    monitoring: Annotated[Answer[Key], MONITORING],
    folders: Annotated[Answer[Paths], FOLDERS],
) -> AgentProducts:
    """From Programs and Features in the 64-bit view: asking Windows Installer itself would make it repair what is installed."""
    found: dict[str, set[Version]] = {}
    untold: set[str] = set()
    unreadable = []
    for node in uninstall.keys.values() if uninstall else ():
        if isinstance(node, Unreadable):
            unreadable.append(node.why)
        elif node is not None and (product := _product(node.text("DisplayName") or "")) is not None:
            version = version_of(node.text("DisplayVersion"))
            found.setdefault(product, set()).update({version} if version else ())
            untold.update(() if version else (product,))
    if uninstall is not None and uninstall.more:
        unreadable.append(Why(Reason.FAILED, "Cut", "there are more products than are listed"))
    versions = {product: tuple(sorted(those, reverse=True)) for product, those in found.items()}
    return AgentProducts(versions, tuple(unreadable), loader, monitoring, folders, frozenset(untold))
