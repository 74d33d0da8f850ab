"""Azure Virtual Desktop: what keeps the agent from installing its updates."""

from __future__ import annotations

from tests_infra.agent_events import beside, no_doubt, state
from tests_infra.documents import VIRTUAL_DESKTOP
from vmready import Role, advise, must, note, observe, requirement
from vmready.facts.agent_errors import AgentErrors
from vmready.facts.system_drive import SystemDrive
from vmready.facts.user_policies import UserPolicy
from vmready.facts.windows_installer import WindowsInstaller


@requirement(
    "VD-10",
    must,
    title="Windows Installer is not blocked (DisableMSI, msiserver, no event 3277 InstallMsiException)",
    severity="high",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: InstallMsiException"],
    rationale="Agent and stack update themselves by Windows Installer; a policy that turns it off, or another installation, stops them.",
    remedy='Take back the policy "Turn off Windows Installer" and the disabled start of msiserver; where another installation runs, wait for it.',
)
def test_windows_installer_is_not_blocked(install_msi_errors: AgentErrors, windows_installer: WindowsInstaller) -> None:
    observe({**windows_installer.seen, "error": state(install_msi_errors)})
    blocked = beside(install_msi_errors, windows_installer.blocking)
    assert not blocked, "; ".join((*blocked, *windows_installer.running))
    windows_installer.require()
    no_doubt(install_msi_errors)
    for text in windows_installer.doubts:
        advise(text)
    for text in windows_installer.running:
        note(text)


@requirement(
    "VD-11",
    must,
    title="cmd.exe is not blocked for the agent (DisableCMD, no event 3277 Win32Exception)",
    severity="high",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: Win32Exception"],
    rationale="The agent starts cmd.exe to restart its service after an update; a policy that binds LocalSystem keeps it from that.",
    remedy='Take back the policy "Prevent access to the command prompt" for LocalSystem; without it, look at AppLocker and App Control.',
)
def test_command_prompt_is_not_blocked(command_errors: AgentErrors, command_prompt_policy: UserPolicy) -> None:
    observe({**command_prompt_policy.seen, "error": state(command_errors)})
    blocked = beside(command_errors, command_prompt_policy.blocking)
    assert not blocked, "; ".join(blocked)
    command_prompt_policy.require_hives()
    no_doubt(command_errors)
    for text in command_prompt_policy.doubts:
        advise(text)


@requirement(
    "VD-24",
    must,
    title="Registry tools are not disabled for LocalSystem",
    severity="medium",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: InstallMsiException"],
    rationale="The stack's installer runs as LocalSystem; a policy against registry tools in that hive makes it fail, and the listener with it.",
    remedy="Delete DisableRegistryTools from HKU\\.DEFAULT and HKU\\S-1-5-18, remove the broken stack, restart, let the agent install it again.",
)
def test_registry_tools_are_allowed(registry_tools_policy: UserPolicy) -> None:
    observe(registry_tools_policy.seen)
    assert not registry_tools_policy.blocking, "; ".join(registry_tools_policy.blocking)
    registry_tools_policy.require_hives()
    for text in registry_tools_policy.doubts:
        advise(text)


@requirement(
    "VD-16",
    must,
    title="There is room for the agent's updates (no event 3277 DownloadMsiException)",
    severity="medium",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: DownloadMsiException"],
    rationale="An update of the agent needs about 100 MiB, and three versions are kept; a full system drive keeps the host on an old one.",
    remedy="Delete what is not needed from the system drive, or make it larger.",
)
def test_room_for_updates(download_errors: AgentErrors, system_drive: SystemDrive) -> None:
    observe({"error": state(download_errors)})
    fresh = download_errors.fresh
    assert fresh is None, f"{download_errors.told(fresh)}; {system_drive.free_text}"
    no_doubt(download_errors)
    observe({"error": state(download_errors), "short": system_drive.short})
    if system_drive.short:
        advise(f"{system_drive.free_text}; less than 5 % or 2 GiB is short (no figure is documented)")
