"""Update Management, "Connectivity checks": the endpoints that the agent talks to."""

from __future__ import annotations

from tests_infra.documents import UPDATE_MANAGEMENT
from vmready import Role, advise, must, note, observe, requirement
from vmready.facts.reach import Reach, detours, doubts, failures
from vmready.facts.update_management_endpoints import WorkspaceEndpoints

OFFLINE = UPDATE_MANAGEMENT["Troubleshoot offline"]


@requirement(
    "UM-04",
    must,
    title="The registration endpoint (agentsvc) of the workspace can be reached",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Registration endpoint"],
    rationale="The hybrid runbook worker registers with this endpoint; without it the machine is not configured for Update Management.",
    remedy="Allow TCP 443 to *.azure-automation.net (or the cloud's own name) in firewall and proxy, without TLS inspection.",
)
def test_registration_endpoint(registration_endpoints: WorkspaceEndpoints) -> None:
    _judge_workspaces(registration_endpoints)


@requirement(
    "UM-05",
    must,
    title="The operations endpoint (Job Runtime Data Service) can be reached",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Operations endpoint"],
    rationale="The worker fetches its jobs, update deployments among them, from the Job Runtime Data Service of its Automation account.",
    remedy="Allow TCP 443 to *.azure-automation.net (or the cloud's own name) in firewall and proxy, without TLS inspection.",
)
def test_operations_endpoint(operations_endpoints: tuple[Reach, ...]) -> None:
    assert operations_endpoints, "no operations endpoint is known"
    _judge(operations_endpoints)


@requirement(
    "UM-19",
    must,
    title="The data endpoint (ods) of the Log Analytics workspace can be reached",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=OFFLINE,
    rationale="What the agent finds out about missing updates goes to this endpoint; without it the machine shows no assessment.",
    remedy="Allow TCP 443 to *.ods.opinsights.azure.com (or the cloud's own name) in firewall and proxy, without TLS inspection.",
)
def test_ods_endpoint(ods_endpoints: WorkspaceEndpoints) -> None:
    _judge_workspaces(ods_endpoints)


@requirement(
    "UM-20",
    must,
    title="The configuration endpoint (oms) of the Log Analytics workspace can be reached",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=OFFLINE,
    rationale="The agent gets its configuration, the Update Management solution included, from this endpoint.",
    remedy="Allow TCP 443 to *.oms.opinsights.azure.com (or the cloud's own name) in firewall and proxy, without TLS inspection.",
)
def test_oms_endpoint(oms_endpoints: WorkspaceEndpoints) -> None:
    _judge_workspaces(oms_endpoints)


def _judge_workspaces(endpoints: WorkspaceEndpoints) -> None:
    assert endpoints.agent or endpoints.reaches, "the monitoring agent is not installed, and no workspace_id is given"
    assert endpoints.reaches, "the monitoring agent has no Log Analytics workspace, and no workspace_id is given"
    _judge(endpoints.reaches)
    if endpoints.several:
        advise("the agent reports to several workspaces, Update Management to one: give the input workspace_id")


def _judge(reaches: tuple[Reach, ...]) -> None:
    observe({reach.name: reach.way or "not reached" for reach in reaches})
    unreached = failures(reaches)
    assert not unreached, "; ".join(unreached)
    for text in doubts(reaches):
        advise(text)
    for text in detours(reaches):
        note(text)
