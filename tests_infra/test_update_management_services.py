"""Update Management, "VM service health checks" and "Monitoring agent service health checks"."""

from __future__ import annotations

from tests_infra.documents import UPDATE_MANAGEMENT
from vmready import Role, advise, missing, must, note, observe, requirement
from vmready.facts.hybrid_worker import HybridWorker
from vmready.facts.monitoring_agent_events import AgentEvents
from vmready.facts.services import told
from vmready.facts.workspaces import Workspaces
from vmready.probes.readings import Service


def _monitoring_agent_letter(health_service: Service | None, workspaces: Workspaces) -> None:
    del workspaces
    observe({"state": health_service and health_service.state})
    if health_service is None:
        missing("the machine has no service HealthService")
    assert health_service.running, f"HealthService is {health_service.state_text}"


@requirement(
    "UM-06",
    must,
    title="The monitoring agent's service HealthService runs for a Log Analytics workspace",
    severity="critical",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Monitoring agent service status"],
    rationale="HealthService runs the hybrid runbook worker. The same service is that of an Operations Manager agent, which serves no workspace.",
    remedy="Start HealthService; where it is missing or knows no workspace, install the Log Analytics agent again with the workspace's id and key.",
    as_documented=_monitoring_agent_letter,
)
def test_monitoring_agent_runs(health_service: Service | None, workspaces: Workspaces) -> None:
    observe({"state": health_service and health_service.state, "workspaces": len(workspaces.ids)})
    if health_service is None:
        missing("the machine has no service HealthService: the monitoring agent is not installed")
    if not workspaces.ids:
        missing(f"HealthService is {health_service.state_text}, but no Log Analytics workspace is configured")
    assert health_service.running, f"HealthService is {health_service.state_text}"


def _hybrid_worker_letter(hybrid_worker: HybridWorker) -> None:
    """The fix is validated by 15003 or 15004 being there, the rule says "must be in running state": the stricter, the last is a start."""
    if hybrid_worker.log is None:
        missing("there is no log Microsoft-SMA/Operational")
    last = hybrid_worker.last
    observe({"last": last.id if last else None})
    assert last is not None, "neither 15003 (started) nor 15004 (stopped) stands in Microsoft-SMA/Operational"
    assert last.id == 15003, "the worker was stopped (event 15004)"


@requirement(
    "UM-07",
    must,
    title="The system hybrid runbook worker runs",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Hybrid Runbook Worker"],
    rationale="The worker carries out update deployments, inside HealthService. Its start (15003) must be newer than its stop (15004) and of the "
    "process that runs now.",
    remedy="Remove HKLM\\SOFTWARE\\Microsoft\\HybridRunbookWorker and restart HealthService: the worker registers anew. User workers must be "
    "registered again afterwards.",
    as_documented=_hybrid_worker_letter,
)
def test_hybrid_worker_runs(hybrid_worker: HybridWorker) -> None:
    service, last = hybrid_worker.service, hybrid_worker.last
    observe({"registered": hybrid_worker.registered, "last": last.id if last else None})
    if hybrid_worker.log is None:
        missing("there is no log Microsoft-SMA/Operational: no hybrid runbook worker was ever installed")
    if service is None:
        missing("the machine has no service HealthService, which the worker lives in")
    if not hybrid_worker.registered:
        missing("no hybrid runbook worker is registered (HKLM\\SOFTWARE\\Microsoft\\HybridRunbookWorker)")
    assert service.running, f"HealthService, which the worker lives in, is {service.state_text}"
    hybrid_worker.require_seen()
    assert last is not None, "the worker has not been started since HealthService runs"
    assert last.id == 15003, "the worker was stopped (event 15004)"
    assert hybrid_worker.started_since, "the worker's last start is older than the HealthService process that runs now"


def _events_letter(monitoring_agent_events: AgentEvents, health_service: Service | None) -> None:
    """ "Any 4502 events … in the past 24 hours": whatever they name."""
    del health_service
    if monitoring_agent_events.others is None:
        missing("there is no log Operations Manager")
    observe({"found": bool(monitoring_agent_events.any)})
    assert not monitoring_agent_events.any, "event 4502 was logged in the last 24 hours"
    monitoring_agent_events.require_window()


@requirement(
    "UM-08",
    must,
    title="The monitoring agent logged no failure of the worker's module (event 4502) in 24 hours",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Monitoring agent service events"],
    rationale="Event 4502 that names the module HybridAgent says why the worker could not register or reach its service.",
    remedy="Read the event's message: the certificate of an inspecting proxy, no common TLS algorithm, an endpoint that is not reached.",
    as_documented=_events_letter,
)
def test_no_failures_of_the_worker(monitoring_agent_events: AgentEvents, health_service: Service | None) -> None:
    if monitoring_agent_events.of_worker is None:
        missing("there is no log Operations Manager: the monitoring agent was never installed")
    observe({"found": bool(monitoring_agent_events.found)})
    assert not monitoring_agent_events.found, (
        "the worker's module failed in the last 24 hours (event 4502 of Health Service Modules)"
    )
    if health_service is None:
        missing("the agent was removed and has left its log: there is no service HealthService whose module could fail")
    monitoring_agent_events.require_window()
    if not health_service.running:
        advise(f"HealthService is {health_service.state_text}: while it does not run its module logs no failure")
    if monitoring_agent_events.any:
        note("event 4502 was logged in the last 24 hours, but for other modules of the agent")


@requirement(
    "UM-09",
    must,
    title="The machine is linked to exactly one Log Analytics workspace",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["VMs linked workspace"],
    rationale="Update Management works for one workspace, the one that its Automation account is linked to; more than one is not supported.",
    remedy="Remove the workspaces that are not wanted from the agent (Control Panel, Microsoft Monitoring Agent), or add the right one.",
)
def test_linked_workspace(workspaces: Workspaces, wanted_workspace: str, health_service: Service | None) -> None:
    found = workspaces.ids
    wanted, agent = wanted_workspace or None, health_service is not None
    observe({"agent": agent, "workspaces": list(found), "known_from": "registry", "wanted": wanted})
    if not workspaces.agent:
        missing("the monitoring agent is not installed, so the machine is linked to no workspace")
    if not found:
        missing("the monitoring agent has no Log Analytics workspace")
    if health_service is None:
        missing(
            f"the agent was removed and has left its keys: there is no service HealthService that would report to {', '.join(found)}"
        )
    assert not wanted_workspace or wanted_workspace in found, (
        f"the agent reports to {', '.join(found)}, not to {wanted_workspace}"
    )
    assert len(found) == 1, f"the agent reports to {len(found)} workspaces: {', '.join(found)}"
    doubtful = [w for w in workspaces.configured if w.connection_status.type and w.connection_status.number != 0]
    for known in doubtful:
        advise(f"Connection Status of workspace {known.id} is {known.connection_status}, and 0 is connected")


def _windows_update_letter(windows_update_service: Service | None) -> None:
    """The fix starts the service, the rule wants it "not in the disabled state": the stricter, it runs."""
    assert windows_update_service is not None, "the machine has no Windows Update service (wuauserv)"
    observe({"start": windows_update_service.start, "state": windows_update_service.state})
    assert windows_update_service.start != 4, "the Windows Update service (wuauserv) is disabled"
    told("windows_update_service", windows_update_service, "state")
    assert windows_update_service.running, (
        f"the Windows Update service (wuauserv) is {windows_update_service.state_text}"
    )


@requirement(
    "UM-18",
    must,
    title="The Windows Update service is there and not disabled",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Windows update service status"],
    rationale="Updates are found and installed through wuauserv; it starts on demand, so stopped is normal and disabled is not.",
    remedy="Set-Service wuauserv -StartupType Manual, and look for the policy or tool that disabled it.",
    as_documented=_windows_update_letter,
)
def test_windows_update_service(windows_update_service: Service | None) -> None:
    assert windows_update_service is not None, "the machine has no Windows Update service (wuauserv)"
    start = windows_update_service.start
    observe({"start": start})
    assert start != 4, "the Windows Update service (wuauserv) is disabled"
    if start not in (2, 3):
        advise(f"the start type of wuauserv is {windows_update_service.start_text}, neither automatic nor manual")
