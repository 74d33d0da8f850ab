"""Update Management, "Machine Update settings": what a policy of Windows Update does beside or against a deployment's schedule."""

from __future__ import annotations

from tests_infra.documents import UPDATE_MANAGEMENT
from vmready import Role, advise, note, observe, requirement, should
from vmready.facts.update_server import UpdateServer
from vmready.facts.windows_update_policy import UNSETTLED, AutomaticUpdates, RestartPolicy, ServerState, observed


def _restart_letter(restart_policy: RestartPolicy) -> None:
    """The fix removes both values, whatever they hold."""
    settings = {"always": restart_policy.always, "minutes": restart_policy.minutes}
    observe(observed(settings))
    there = [found.name for found in settings.values() if found.type]
    assert not there, f"{' and '.join(there)} should not be there"


@requirement(
    "UM-12",
    should,
    title="No policy restarts the machine after updates by itself",
    severity="medium",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Automatically reboot after install"],
    rationale="A restart that a policy forces comes outside the schedule of the update deployment.",
    remedy="Remove AlwaysAutoRebootAtScheduledTime and AlwaysAutoRebootAtScheduledTimeMinutes from policy; set restarts in the schedule.",
    as_documented=_restart_letter,
)
def test_no_forced_restart(restart_policy: RestartPolicy) -> None:
    always, minutes = restart_policy.always, restart_policy.minutes
    observe(observed({"always": always, "minutes": minutes, "options": restart_policy.options}))
    effect = "it takes effect with AUOptions 4"
    if restart_policy.scheduled:
        spared = ", unless somebody is logged on" if restart_policy.spares else ""
        effect = f"scheduled installation (AUOptions 4) restarts the machine{spared}"
    if not restart_policy.possible:
        note(f"AlwaysAutoRebootAtScheduledTimeMinutes is {minutes}: 15 to 180 are possible")
    assert always.number != 1, f"AlwaysAutoRebootAtScheduledTime is 1: {effect}"
    if always.wrong_type:
        advise(f"AlwaysAutoRebootAtScheduledTime is {always}: Windows Update reads a number")
    elif minutes.type:
        note(f"AlwaysAutoRebootAtScheduledTimeMinutes ({minutes}) stands alone: it only sets a delay")
    elif always.type:
        note(f"AlwaysAutoRebootAtScheduledTime is there and {always}: it has no effect")


def _server_letter(update_server: UpdateServer) -> None:
    """ "If your environment is not using WSUS, ensure that you remove the WSUS server settings": settings without use deviate."""
    settings = update_server.settings
    observe({"state": settings.state.value})
    in_use = settings.state in (ServerState.NONE, ServerState.EFFECTIVE)
    assert in_use, (
        f"settings of an update server are left over ({settings.state}): {settings.server or settings.status_server}"
    )
    if settings.state is ServerState.EFFECTIVE:
        note(f"updates come from {settings.server}: approve them there before the deployment")


@requirement(
    "UM-13",
    should,
    title="The settings of the update server (WSUS) are absent or consistent, and a server in use answers",
    severity="medium",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["WSUS server configuration"],
    rationale="WUServer and WUStatusServer count with UseWUServer 1 only. Half a setting, or a server that does not answer, leaves the machine "
    "without updates.",
    remedy="Set WUServer, WUStatusServer and UseWUServer together and open the server's port; or remove all of them.",
    as_documented=_server_letter,
)
def test_update_server(update_server: UpdateServer) -> None:
    settings = update_server.settings
    observe({"state": settings.state.value, "server": settings.server})
    assert settings.state is not ServerState.INCONSISTENT, "; ".join(settings.problems)
    assert not update_server.not_addresses, f"no address of a server: {', '.join(update_server.not_addresses)}"
    assert not update_server.unreached, f"the update server does not answer: {', '.join(update_server.unreached)}"
    update_server.require_ways()
    for text in update_server.perhaps:
        advise(f"{text} does not answer directly; what the proxy script of LocalSystem answers cannot be told")
    for text in update_server.detours:
        advise(text)
    if settings.state is ServerState.EFFECTIVE:
        note(f"updates come from {settings.server}; what is not approved there is not installed")
        if settings.elsewhere:
            note(f"from Server 2022 on these come from Windows Update all the same: {', '.join(settings.elsewhere)}")
    elif settings.state is ServerState.NOT_EFFECTIVE:
        note(
            f"the update server {settings.server or settings.status_server} is set, but UseWUServer is {settings.use}: it is not in use"
        )


def _automatic_letter(automatic_updates: AutomaticUpdates) -> None:
    """ "Set it to Disabled in the local group policy Configure Automatic Updates"."""
    observe(observed({"no_auto_update": automatic_updates.no_auto_update}))
    found = automatic_updates.no_auto_update
    disabled = found.number == 1 and not found.wide
    assert disabled, f"Configure Automatic Updates is not disabled: NoAutoUpdate is {found}"


@requirement(
    "UM-14",
    should,
    title="Windows does not download and install updates by itself",
    severity="medium",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Automatically download and install"],
    rationale="Updates that Windows installs on its own schedule get in the way of an update deployment, and Azure's images do so by default.",
    remedy="Disable the policy Configure Automatic Updates (NoAutoUpdate 1), or set it to 2 or 3 (notify, or download and notify).",
    as_documented=_automatic_letter,
)
def test_no_automatic_installation(automatic_updates: AutomaticUpdates) -> None:
    off, options = automatic_updates.no_auto_update, automatic_updates.options
    observe(observed({"no_auto_update": off, "options": options}))
    if off.number == 1 and not off.wide:
        return
    for found in (off, options):
        no_dword = found.wrong_type or found.wide
        assert not no_dword, f"{found.name} is {found}: Windows Update reads a number (DWORD)"
    chosen = options.number if options.type else automatic_updates.level()
    place = "AUOptions" if options.type else "the update agent's own setting"
    assert chosen != 4, f"{place} is 4: Windows downloads and installs updates on its own schedule"
    if chosen not in (1, 2, 3, 7):
        advise(f"{place} is {chosen} ({UNSETTLED.get(chosen, 'unknown')}): who decides is not settled")
    elif chosen == 7 and not automatic_updates.knows_seven():
        advise(f"{place} is 7, which Windows knows from Server 2016 on: who decides is not settled")
