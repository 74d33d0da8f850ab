"""Azure Update Manager, the successor of Update Management: what its documents and its troubleshooter want of a Windows machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from tests_infra.documents import UPDATE_MANAGER
from vmready import Role, advise, must, not_applicable, note, observe, requirement
from vmready.facts.proven import or_unknown
from vmready.facts.reach import detours, doubts
from vmready.facts.update_manager import EXTENSION, UpdateManager
from vmready.facts.windows_update_endpoints import WINDOWS_UPDATE
from vmready.facts.windows_update_policy import ServerState

_LOCALS = ("RdAgent", "WindowsAzureGuestAgent")


def _operating_system(host: UpdateManager) -> None:
    found = host.part("operating_system")
    observe({"version": str(found.version), "kind": found.version.installation_type})
    assert not found.client, f"{found.name} is a client"
    assert not found.nano, f"{found.name} is a Nano Server"
    assert found.version.number >= (6, 2, 9200), f"{found.name} is older than Windows Server 2012"
    if found.version.number < (6, 3, 9600):
        assert not host.arc, f"{found.name} is older than Windows Server 2012 R2, which Azure Arc begins with"
    found.require_kind()


def _dot_net(host: UpdateManager) -> None:
    found = host.part("dot_net_framework")
    observe({"release": found.release.number})
    perhaps = found.perhaps("4.5")
    assert perhaps or found.at_least("4.5"), f".NET Framework 4.5 (Release 378389) is wanted, found {found.name}"
    if perhaps or found.release.wide:
        advise(f"Release is {found.release}: .NET's own detection reads a DWORD")


def _tls(host: UpdateManager) -> None:
    found = host.part("tls")
    observe({"client": found.client.state.value})
    assert found.client.state.usable, f"TLS 1.2 is {found.client.state} for clients (Schannel)"
    assert found.suites.tls_12, "no cipher suite of TLS 1.2 is left"
    for text in found.weaknesses:
        advise(text)


def _agent(host: UpdateManager) -> None:
    services = {name: host.service(name) for name in _LOCALS}
    arc = host.service("himds")
    if arc is not None and all(service is None for service in services.values()):
        services = {"himds": arc}
    observe({name: service.state if service else None for name, service in services.items()})
    broken = [f"{n} is {s.state_text if s else 'not there'}" for n, s in services.items() if s is None or not s.running]
    assert not broken, f"the agent that brings the extension does not work: {', '.join(broken)}"


def _wire_server(port: int) -> Callable[[UpdateManager], None]:
    def judge(host: UpdateManager) -> None:
        if host.arc:
            not_applicable("the machine is connected by Azure Arc, which has no WireServer")
        tried = host.part("wire_server").port(port)
        observe({"outcome": tried.outcome})
        assert not tried.failure, tried.failure

    return judge


def _endpoint(purpose: str) -> Callable[[UpdateManager], None]:
    def judge(host: UpdateManager) -> None:
        endpoints = host.part("windows_update_endpoints")
        reach = endpoints.purpose(purpose)
        if reach is None:
            not_applicable("updates come from the update server that policy names, not from Windows Update")
        observe({reach.name: reach.way or "not reached"})
        assert reach.way or reach.automatic, f"{reach.name} is not reached: {reach.failure}"
        for text in (*doubts([reach]), *endpoints.past_proxies(reach)):
            advise(text)
        for text in detours([reach]):
            note(text)

    return judge


def _update_server(host: UpdateManager) -> None:
    found = host.part("update_server")
    observe({"state": found.settings.state.value, "server": found.settings.server})
    assert found.settings.state is not ServerState.INCONSISTENT, "; ".join(found.settings.problems)
    assert not found.not_addresses, f"no address of a server: {', '.join(found.not_addresses)}"
    assert not found.unreached, f"the update server does not answer: {', '.join(found.unreached)}"
    found.require_ways()
    for text in found.perhaps:
        advise(f"{text} does not answer directly; what the proxy script of LocalSystem answers cannot be told")
    for text in found.detours:
        advise(text)
    if found.settings.state is ServerState.EFFECTIVE:
        note(f"updates come from {found.settings.server}")


def _update_service(host: UpdateManager) -> None:
    found = host.part("windows_update_service")
    assert found is not None, "the machine has no Windows Update service (wuauserv)"
    observe({"start": found.start})
    assert found.start != 4, "the Windows Update service (wuauserv) is disabled"
    if found.start not in (2, 3):
        advise(f"the start type of wuauserv is {found.start_text}, neither automatic nor manual")


def _extension(host: UpdateManager) -> None:
    states = host.extension_states
    observe({"states": sorted(set(states.values())), "folders": or_unknown(lambda: bool(host.extension_folders))})
    failed = [f"{name}: {state}" for name, state in states.items() if state.lower() in ("failed", "error")]
    assert not failed, f"the patch extension is not installed well: {', '.join(failed)}"
    for name, state in states.items():
        if state.lower() not in ("installed", "enabled"):
            advise(f"the patch extension is not yet, or no longer, installed: {name}: {state}")
        elif host.extension_gone(name):
            advise(f"{name} is registered as {state}, but its folder below Packages\\Plugins is gone")
    if states:
        return
    if host.extension_folders:
        advise(f"the folder of {EXTENSION} is there, but no handler is registered: files alone prove nothing")
    else:
        note(f"{EXTENSION} has not been sent yet: it comes with the first operation")


def _restart(host: UpdateManager) -> None:
    always = host.part("restart_policy").always
    observe({"always": always.number})
    if always.wrong_type:
        advise(f"AlwaysAutoRebootAtScheduledTime is {always}: Windows Update reads a number")
    if always.number == 1:
        advise("AlwaysAutoRebootAtScheduledTime is 1: a policy restarts the machine outside the maintenance window")


def _automatic(host: UpdateManager) -> None:
    found = host.part("automatic_updates")
    observe({"no_auto_update": found.no_auto_update.number, "options": found.options.number})
    for setting in (found.no_auto_update, found.options):
        if setting.wrong_type or setting.wide:
            advise(f"{setting.name} is {setting}: Windows Update reads a number (DWORD)")
    if found.no_auto_update.number != 1 and found.options.number == 4:
        advise("AUOptions is 4: Windows installs on its own schedule, unless Azure's orchestration wrote it")


def _microsoft_update(host: UpdateManager) -> None:
    found = host.microsoft_update
    observe({"registered": found.number})
    if found.number != 1:
        note("Microsoft Update is not registered: updates of other Microsoft products are not offered (optional)")


def _proxy(host: UpdateManager) -> None:
    found = host.part("proxy_settings")
    observe({"proxies": sorted(place.name for place in found.proxies)})
    swallowed = found.swallowed
    assert not swallowed, f"a proxy stands before {'; '.join(swallowed)}"
    found.require_known()
    for place in found.places:
        if place.script:
            advise(f"a proxy script decides for {place.name}; what it answers cannot be told")
        if place.socks:
            advise(f"{place.name} has a SOCKS proxy; which programs go through it cannot be told")
    if found.proxies:
        note(f"a proxy is set: {', '.join(place.name for place in found.proxies)}")


def _retired_agent(host: UpdateManager) -> None:
    service, found = host.service("HealthService"), host.part("workspaces").ids
    observe({"service": service is not None, "workspaces": len(found)})
    if service is not None and found:
        note(
            "the host still has the agent of Automation Update Management, retired on 31 August 2024, with a workspace"
        )
    elif service is not None or found:
        note("parts of the retired monitoring agent are left over")


def _control_plane(host: UpdateManager) -> None:
    observe({"guest_agent": host.service("WindowsAzureGuestAgent") is not None})
    note(
        "whether extensions may run (AllowExtensionOperations) and who orchestrates patching stand in Azure, not on the host"
    )


PARTS: Mapping[str, Callable[[UpdateManager], None]] = {
    "operating-system": _operating_system,
    "dot-net": _dot_net,
    "tls": _tls,
    "agent": _agent,
    "wire-server-80": _wire_server(80),
    "wire-server-32526": _wire_server(32526),
    "extension": _extension,
    "login": _endpoint("login"),
    **{purpose: _endpoint(purpose) for purpose in WINDOWS_UPDATE},
    "update-server": _update_server,
    "update-service": _update_service,
    "restart": _restart,
    "automatic-updates": _automatic,
    "microsoft-update": _microsoft_update,
    "proxy": _proxy,
    "retired-agent": _retired_agent,
    "control-plane": _control_plane,
}


@requirement(
    "UM-23",
    must,
    title="The machine meets a prerequisite of Azure Update Manager",
    severity="high",
    roles=[Role.AZURE_UPDATE_MANAGER],
    source=UPDATE_MANAGER["Prerequisites"],
    rationale="Azure Update Manager needs no monitoring agent: it sends an extension through the guest agent (or Arc's), which asks Windows Update "
    "or the update server that policy names.",
    remedy="The message says which part: a supported Windows Server, a running agent, open endpoints, TLS 1.2, an enabled update service.",
)
@pytest.mark.parametrize("part", [pytest.param(part, id=f"UM-23.{part}") for part in PARTS])
def test_update_manager(part: str, update_manager: UpdateManager) -> None:
    PARTS[part](update_manager)
