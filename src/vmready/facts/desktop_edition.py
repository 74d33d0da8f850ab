"""Whether an edition of Windows can be a session host: by ``EditionID``, product type and build, never by a name for people.

Enterprise multi-session calls itself a server by its product type, and Windows 11 calls itself Windows 10 in its product name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.facts.windows_version import WindowsVersion
from vmready.probes.answers import Answer, Reason, Why
from vmready.probes.readings import Instances
from vmready.probes.readings import System as SystemReading
from vmready.probes.vocabulary import System, Wmi

SYSTEM_CLASS = Wmi("Win32_OperatingSystem", ("ProductType", "OSArchitecture"))
#: Roles and features of a server; the class has no instances on a client. 130 is the Remote Desktop Session Host.
FEATURES = Wmi("Win32_ServerFeature", ("ID",))
SESSION_HOST_FEATURE = 130

MULTI_SESSION = "serverrdsh"
SERVERS = frozenset({"serverstandard", "serverdatacenter", "serverturbine"})
SUPPORTED = frozenset({"enterprise", MULTI_SESSION, *SERVERS})
#: Named in licences or evaluations only: nothing says whether they are supported.
UNSURE = frozenset({"education", "enterpriseeval", "serverstandardeval", "serverdatacentereval"})
#: Windows Server 2016.
FIRST_SERVER_BUILD = 14393
#: When Enterprise ceases to be serviced, by build ("Windows lifecycle", read in November 2026). Servers have other dates.
END_OF_SERVICING: Mapping[int, str] = {
    19045: "2025-10-14",
    22000: "2024-10-08",
    22621: "2025-10-14",
    22631: "2026-11-10",
    26100: "2027-10-12",
    26200: "2028-10-10",
}


@dataclass(frozen=True, slots=True)
class DesktopEdition:
    """``edition`` as stored in ``EditionID``; the rest is asked for where the edition makes it count."""

    edition: str
    version: WindowsVersion
    system: SystemReading
    os_class: Answer[Instances]
    features: Answer[Instances]

    @property
    def _name(self) -> str:
        return self.edition.lower()

    @property
    def server(self) -> bool:
        """Whether it is a real server: Enterprise multi-session is a client, whatever its product type says."""
        return self._name.startswith("server") and self._name != MULTI_SESSION

    @property
    def unsupported(self) -> str:
        """Why it cannot be a session host, in words; empty where nothing speaks against it so far."""
        build = self.version.number[2]
        if self.server:
            return (
                f"{self.edition} of build {build} is older than Windows Server 2016"
                if build < FIRST_SERVER_BUILD
                else ""
            )
        if self._name in SUPPORTED | UNSURE:
            return "" if self.version.number[0] >= 10 else f"Windows {self.version} is older than Windows 10"
        return f"the edition {self.edition} is none that session hosts are supported with (Enterprise, multi-session, Server)"

    @property
    def architecture(self) -> str:
        """``64-bit`` in one spelling or another. UnreadableFact where it is not told."""
        return str(self._of_class("OSArchitecture", str))

    @property
    def product_type(self) -> int:
        """1 workstation, 2 domain controller, 3 server."""
        return int(str(self._of_class("ProductType", int)))

    def _of_class(self, name: str, kind: type) -> object:
        found: Instances | None = plain_value("desktop_edition", SYSTEM_CLASS, self.os_class)
        for instance in found.instances if found else ():
            value = instance.get(name)
            if isinstance(value, kind):
                return value
        why = Why(Reason.FAILED, "NotTold", f"Win32_OperatingSystem does not tell {name}")
        raise UnreadableFact("desktop_edition", why, str(SYSTEM_CLASS))

    @property
    def has_session_host_role(self) -> bool:
        """Whether a server has the role service Remote Desktop Session Host. UnreadableFact where its roles are not told."""
        found: Instances | None = plain_value("desktop_edition", FEATURES, self.features)
        if found is None:
            why = Why(Reason.UNSUPPORTED, "NoClass", "this Windows does not list its roles (Win32_ServerFeature)")
            raise UnreadableFact("desktop_edition", why, str(FEATURES))
        return any(feature.get("ID") == SESSION_HOST_FEATURE for feature in found.instances)

    @property
    def doubts(self) -> Iterator[str]:
        """What is read and can be taken two ways."""
        if self._name in UNSURE or (self.server and self._name not in SUPPORTED):
            yield f"whether session hosts are supported with the edition {self.edition} is not documented"
        core = (self.version.installation_type or "").lower() == "server core"
        if self.server and core:
            yield "whether session hosts are supported on Server Core is not documented"
        if (self._name == "enterprise" and self.product_type != 1) or (self.server and self.product_type == 1):
            yield f"the product type {self.product_type} does not belong to the edition {self.edition}"
        if not self.server and self.out_of_servicing:
            yield f"build {self.version.number[2]} is no longer serviced ({self.out_of_servicing})"

    @property
    def out_of_servicing(self) -> str:
        """Since when a client's build is not serviced any more by the host's clock; empty where it is, or is later than the table."""
        build = self.version.number[2]
        if build < min(END_OF_SERVICING):
            return "since before the table of builds begins"
        end = END_OF_SERVICING.get(build)
        over = end is not None and self.system.clock >= datetime.fromisoformat(end).replace(tzinfo=UTC)
        return f"since {end}" if over else ""


@fact
def desktop_edition(
    windows_version: WindowsVersion,
    os_class: Annotated[Answer[Instances], SYSTEM_CLASS],
    features: Annotated[Answer[Instances], FEATURES],
    system: Annotated[SystemReading, System()],
) -> DesktopEdition:
    """The edition as it is now: activation and management tools change it after deployment."""
    if not windows_version.edition:
        why = Why(Reason.FAILED, "NoEdition", "EditionID is not there")
        raise UnreadableFact("desktop_edition", why, "EditionID")
    return DesktopEdition(windows_version.edition, windows_version, system, os_class, features)
