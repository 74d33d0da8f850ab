"""Update Management, "Prerequisite checks": what must be installed and switched on before the agent can work."""

from __future__ import annotations

from tests_infra.documents import UPDATE_MANAGEMENT
from vmready import Role, advise, must, observe, requirement
from vmready.facts.dot_net import DotNetFramework
from vmready.facts.windows_powershell import WindowsPowerShell


@requirement(
    "UM-02",
    must,
    title=".NET Framework 4.6.2 or later is installed",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT[".NET 4.6.2"],
    rationale="The hybrid runbook worker is built for .NET Framework 4.6.2; with an earlier one it does not start.",
    remedy="Install .NET Framework 4.8 (or 4.6.2 at least) and restart the machine.",
)
def test_dot_net_for_update_management(dot_net_framework: DotNetFramework) -> None:
    observe({"release": dot_net_framework.release.number})
    perhaps = dot_net_framework.perhaps("4.6.2")
    assert perhaps or dot_net_framework.at_least("4.6.2"), (
        f".NET Framework 4.6.2 is wanted, found {dot_net_framework.name}"
    )
    if perhaps:
        advise(f"Release is {dot_net_framework.release}: .NET's own detection does not find it")


@requirement(
    "UM-03",
    must,
    title="Windows Management Framework 5.1 or later is installed",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["WMF 5.1"],
    rationale="Update deployments run their scripts in Windows PowerShell 5.1.",
    remedy="Install Windows Management Framework 5.1 (built in from Windows Server 2016 on) and restart the machine.",
)
def test_windows_management_framework(windows_powershell: WindowsPowerShell) -> None:
    observe({"version": windows_powershell.text})
    assert windows_powershell.version is not None, "Windows PowerShell is not installed"
    assert windows_powershell.version >= (5, 1), f"WMF 5.1 is wanted, found {windows_powershell.text}"
