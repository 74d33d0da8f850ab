"""Update Management, "VM service health checks" and "Windows update service status"."""

from __future__ import annotations

from tests_infra.documents import UPDATE_MANAGEMENT
from vmready import Role, advise, must, observe, requirement
from vmready.facts.workspaces import Workspaces
from vmready.probes.readings import Service


@requirement(
    "UM-06",
    must,
    title="The monitoring agent's service HealthService runs for a Log Analytics workspace",
    severity="critical",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Monitoring agent service status"],
    rationale="HealthService runs the hybrid runbook worker. The same service is that of an Operations Manager agent, which serves no workspace.",
    remedy="Start HealthService; where it is missing or knows no workspace, install the Log Analytics agent again with the workspace's id and key.",
)
def test_monitoring_agent_runs(health_service: Service | None, workspaces: Workspaces) -> None:
    observe({"state": health_service and health_service.state, "workspaces": len(workspaces.ids)})
    assert health_service is not None, "the machine has no service HealthService: the monitoring agent is not installed"
    assert health_service.running, f"HealthService is {health_service.state_text}"
    assert workspaces.ids, "HealthService runs, but no Log Analytics workspace is configured"


@requirement(
    "UM-18",
    must,
    title="The Windows Update service is there and not disabled",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Windows update service status"],
    rationale="Updates are found and installed through wuauserv; it starts on demand, so stopped is normal and disabled is not.",
    remedy="Set-Service wuauserv -StartupType Manual, and look for the policy or tool that disabled it.",
)
def test_windows_update_service(windows_update_service: Service | None) -> None:
    assert windows_update_service is not None, "the machine has no Windows Update service (wuauserv)"
    start = windows_update_service.start
    observe({"start": start})
    assert start != 4, "the Windows Update service (wuauserv) is disabled"
    if start not in (2, 3):
        advise(f"the start type of wuauserv is {windows_update_service.start_text}, neither automatic nor manual")
