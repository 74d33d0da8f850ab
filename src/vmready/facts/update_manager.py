"""What Azure Update Manager needs of a machine, beside its operating system, its network and Windows Update itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from vmready.facts.dot_net import DotNetFramework
from vmready.facts.operating_system import OperatingSystem
from vmready.facts.proxy_settings import ProxySettings
from vmready.facts.registry import UnreadableFact, fact
from vmready.facts.services import GUEST_AGENT, HEALTH_SERVICE, RD_AGENT, told
from vmready.facts.settings import Setting, setting
from vmready.facts.tls import Tls
from vmready.facts.update_server import UpdateServer
from vmready.facts.windows_update_endpoints import UpdateEndpoints
from vmready.facts.windows_update_policy import AutomaticUpdates, RestartPolicy
from vmready.facts.wire_server import WireServer
from vmready.facts.workspaces import Workspaces
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Key, Paths, version_of
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import Path, RegistryKey, Service

#: The agent of machines that Azure Arc connects; it takes the place of the guest agent there.
ARC_AGENT = Service("himds")
EXTENSION = "Microsoft.CPlat.Core.WindowsPatchExtension"
FOLDER = Path(rf"%SystemDrive%\Packages\Plugins\{EXTENSION}\*")
HANDLERS = RegistryKey(
    r"HKLM\SOFTWARE\Microsoft\Windows Azure\HandlerState", values=("InstallState", "EnableCommandState"), depth=1
)
#: Microsoft Update as a service of the update agent: updates of other products, optional.
MICROSOFT_UPDATE = RegistryKey(
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Services\7971f918-a847-4430-9279-4a52d1efe18d",
    values=("RegisteredWithAU",),
)


@dataclass(frozen=True, slots=True)
class UpdateManager:
    """The prerequisites, each with an answer of its own: what could not be read makes only its own item undetermined."""

    answers: Mapping[str, Answer[Any]]

    def part(self, name: str) -> Any:
        """The value of a part. UnreadableFact where it could not be read."""
        answer = self.answers[name]
        if isinstance(answer, Unreadable):
            raise UnreadableFact(name, answer.why)
        return answer.value if isinstance(answer, Observed) else None

    def service(self, name: str) -> ServiceReading | None:
        """A service of which the state is known. UnreadableFact where it is not."""
        return told("update_manager", self.part(name), "state")

    @property
    def arc(self) -> bool:
        """Whether Azure Arc's agent takes the place of the guest agent."""
        of_azure = (GUEST_AGENT.name, RD_AGENT.name)
        return self.service("himds") is not None and all(self.service(name) is None for name in of_azure)

    @property
    def extension_states(self) -> Mapping[str, str]:
        """What the guest agent says of the patch extension's highest version (those before it leave their keys); empty where it has never
        been sent. UnreadableFact where it could not be read."""
        key: Key | None = self.part("handlers")
        found: dict[tuple[int, ...], tuple[str, Key | Unreadable | None]] = {}
        for name, node in key.keys.items() if key else ():
            handler, _, version = name.rpartition("_")
            if handler.lower() == EXTENSION.lower():
                found[version_of(version) or ()] = (name, node)
        if not found:
            return {}
        name, node = found[max(found)]
        if not isinstance(node, Key):
            why = node.why if isinstance(node, Unreadable) else Why(Reason.NOT_COLLECTED)
            raise UnreadableFact("update_manager", why, rf"{HANDLERS.path}\{name[:80]}")
        state = node.text("InstallState")
        if not state:
            why = Why(Reason.FAILED, "NotTold", "InstallState is not told")
            raise UnreadableFact("update_manager", why, rf"{HANDLERS.path}\{name[:80]}")
        return {name: state}

    def extension_gone(self, name: str) -> bool:
        """Whether the files of a registered version are not there. UnreadableFact where that could not be looked at."""
        found: Paths | None = self.part("folder")
        version = name.rpartition("_")[2]
        there = {file.name for file in found.matches if file.directory} if found else set()
        if found is not None and version not in there and (found.more or found.unreadable):
            why = Why(Reason.FAILED, "Cut", "not every folder of the extension could be looked at")
            raise UnreadableFact("update_manager", why, str(FOLDER))
        return version not in there

    @property
    def extension_folders(self) -> int:
        """How many versions of it are on disk."""
        found: Paths | None = self.part("folder")
        return len(found.matches) if found else 0

    @property
    def microsoft_update(self) -> Setting:
        return setting(self.part("microsoft_update"), "RegisteredWithAU")


@fact
def update_manager(
    operating_system: Answer[OperatingSystem],
    dot_net_framework: Answer[DotNetFramework],
    tls: Answer[Tls],
    proxy_settings: Answer[ProxySettings],
    wire_server: Answer[WireServer],
    update_server: Answer[UpdateServer],
    windows_update_endpoints: Answer[UpdateEndpoints],
    windows_update_service: Answer[ServiceReading | None],
    restart_policy: Answer[RestartPolicy],
    automatic_updates: Answer[AutomaticUpdates],
    workspaces: Answer[Workspaces],
    rd_agent: Annotated[Answer[ServiceReading], RD_AGENT],
    guest_agent: Annotated[Answer[ServiceReading], GUEST_AGENT],
    arc_agent: Annotated[Answer[ServiceReading], ARC_AGENT],
    monitoring_agent: Annotated[Answer[ServiceReading], HEALTH_SERVICE],
    folder: Annotated[Answer[Paths], FOLDER],
    handlers: Annotated[Answer[Key], HANDLERS],
    microsoft_update: Annotated[Answer[Key], MICROSOFT_UPDATE],
) -> UpdateManager:
    """Everything together; never unreadable itself."""
    return UpdateManager(
        {
            "operating_system": operating_system,
            "dot_net_framework": dot_net_framework,
            "tls": tls,
            "proxy_settings": proxy_settings,
            "wire_server": wire_server,
            "update_server": update_server,
            "windows_update_endpoints": windows_update_endpoints,
            "windows_update_service": windows_update_service,
            "restart_policy": restart_policy,
            "automatic_updates": automatic_updates,
            "workspaces": workspaces,
            "RdAgent": rd_agent,
            "WindowsAzureGuestAgent": guest_agent,
            "himds": arc_agent,
            "HealthService": monitoring_agent,
            "folder": folder,
            "handlers": handlers,
            "microsoft_update": microsoft_update,
        }
    )
