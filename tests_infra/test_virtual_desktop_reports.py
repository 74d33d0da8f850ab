"""Azure Virtual Desktop: what the agent says of itself, in its health report and in its event sources."""

from __future__ import annotations

from tests_infra.agent_events import reports
from tests_infra.documents import VIRTUAL_DESKTOP
from vmready import Role, note, observe, requirement, should
from vmready.facts.agent_health import HealthReport
from vmready.facts.services import AgentService
from vmready.facts.unclassified_errors import UnclassifiedErrors


@requirement(
    "VD-25",
    should,
    title="Every check of the agent's own health report passes, and is fresh",
    severity="medium",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: Session host VMs are stuck in Unavailable or Upgrading state"],
    rationale="A fatal check that fails makes the host Unavailable, any other Needs Assistance; a report of yesterday says nothing of now.",
    remedy="Mend what the failed check names; where checks are old, restart RDAgentBootLoader and look again.",
)
def test_agent_reports_health(health_report: HealthReport, agent_service: AgentService) -> None:
    failed = health_report.failed
    observe({"failed": sorted(failed)})
    assert not failed, "; ".join(health_report.told(name) for name in failed)
    installed = agent_service.service is not None
    observe({"failed": []} if installed else {"agent": "not installed"})
    assert installed, "there is no service RDAgentBootLoader: a removed agent has left its report"
    health_report.require_fresh()


@requirement(
    "VD-27",
    should,
    title="The agent's event sources hold no error that nothing here classifies",
    severity="low",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Troubleshoot common Azure Virtual Desktop Agent issues"],
    rationale="The document sends everybody to these event sources first; an error that it does not list may still be the cause.",
    remedy="Read the events in the finding (Application and RemoteDesktopServices), look for their text, or open a support case with them.",
)
def test_no_unclassified_errors(unclassified_errors: UnclassifiedErrors, agent_service: AgentService) -> None:
    found = unclassified_errors.found
    observe({"unclassified": list(unclassified_errors.kinds)})
    assert not found, f"unclassified: {unclassified_errors.told(found)}"
    reports(agent_service)
    unclassified_errors.require_logs()
    if unclassified_errors.others:
        note(f"Windows Installer, of other programs: {unclassified_errors.told(unclassified_errors.others)}")
    for gap in unclassified_errors.gaps:
        note(gap)
