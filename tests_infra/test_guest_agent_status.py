"""The guest agent: what it reports of itself and of its extensions."""

from __future__ import annotations

from tests_infra.documents import GUEST_AGENT
from vmready import Role, advise, must, not_applicable, note, observe, requirement
from vmready.facts.aggregate_status import AggregateStatus
from vmready.facts.extension_handlers import ExtensionHandlers


@requirement(
    "GA-08",
    must,
    title="The agent reports Ready, now, and its services run",
    severity="high",
    roles=[Role.AZURE_VM],
    source=GUEST_AGENT["Checking Agent Status and Version"],
    rationale="Extensions and Run Command need an agent that is Ready. Its status file stays behind with Ready when the services stop.",
    remedy="Start RdAgent and WindowsAzureGuestAgent and look again after a few minutes; else follow the rows on the WireServer and the log.",
)
def test_guest_agent_is_ready(aggregate_status: AggregateStatus) -> None:
    problems = aggregate_status.problems()
    observe(aggregate_status.seen())
    assert not problems, "; ".join(problems)
    if aggregate_status.ahead:
        advise(aggregate_status.ahead)


@requirement(
    "GA-24",
    must,
    title="The extensions' handlers are ready, and their settings were applied",
    severity="high",
    roles=[Role.AZURE_VM],
    source=GUEST_AGENT["Checking Agent Status and Version"],
    rationale="A handler that is not Ready does not do its work; one failed extension keeps backups and others from running.",
    remedy="Read the extension's log below WindowsAzure\\Logs\\Plugins; remove the extension in Azure and let it be installed again.",
)
def test_extension_handlers_are_ready(extension_handlers: ExtensionHandlers) -> None:
    problems = extension_handlers.problems()
    observe({"problems": problems})
    assert not problems, "; ".join(problems)
    if extension_handlers.none():
        not_applicable("no extension is installed")
    for text in extension_handlers.doubts():
        advise(text)
    if extension_handlers.left_over():
        note(f"no longer reported, but still registered: {', '.join(extension_handlers.left_over())}")
