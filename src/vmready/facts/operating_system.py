"""Which kind of Windows this is: a server or a client, with or without its desktop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact
from vmready.facts.windows_version import CURRENT_VERSION, WindowsVersion
from vmready.probes.answers import Reason, Why
from vmready.probes.readings import Instances
from vmready.probes.vocabulary import Wmi

KIND = Wmi("Win32_OperatingSystem", ("ProductType", "Caption"))
_WORKSTATION = 1


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """``product_type``: 1 workstation, 2 domain controller, 3 server. A Windows 10 or 11 for many sessions says 3 there, and Client as its
    installation type, so either makes a client."""

    version: WindowsVersion
    product_type: int
    caption: str

    @property
    def client(self) -> bool:
        return self.product_type == _WORKSTATION or self._is("client")

    @property
    def nano(self) -> bool:
        return self._is("nano server")

    @property
    def core(self) -> bool:
        return self._is("server core")

    @property
    def name(self) -> str:
        """What it is, for messages: ``Microsoft Windows Server 2019 Datacenter (10.0.17763, Server Core)``."""
        kind = self.version.installation_type
        return f"{self.caption or 'Windows'} ({self.version}{f', {kind}' if kind else ''})"

    def require_kind(self) -> None:
        """UnreadableFact where the installation type is not told, which every Windows has: a Nano Server or a client for many sessions would
        pass for a server."""
        if not self.version.installation_type:
            why = Why(
                Reason.FAILED,
                "NotTold",
                "InstallationType is not there: which kind of installation it is cannot be told",
            )
            raise UnreadableFact("operating_system", why, str(CURRENT_VERSION))

    def _is(self, kind: str) -> bool:
        return (self.version.installation_type or "").strip().lower() == kind


@fact
def operating_system(windows_version: WindowsVersion, kind: Annotated[Instances | None, KIND]) -> OperatingSystem:
    """Unreadable where WMI does not tell the product type."""
    row = next(iter(kind.instances), None) if kind else None
    product_type = row.get("ProductType") if row is not None else None
    if not isinstance(product_type, int):
        why = Why(Reason.FAILED, "NotTold", "Win32_OperatingSystem does not tell its ProductType")
        raise UnreadableFact("operating_system", why, str(KIND))
    caption = row.get("Caption") if row is not None else None
    return OperatingSystem(windows_version, product_type, caption.strip() if isinstance(caption, str) else "")
