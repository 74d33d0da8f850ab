"""Azure Backup: application control must let the snapshot extension run."""

from __future__ import annotations

from tests_infra.documents import BACKUP
from vmready import Role, advise, must, note, observe, requirement
from vmready.facts.application_control import ApplicationControl


@requirement(
    "BK-14",
    must,
    title="Application control does not block IaaSBcdrExtension.exe",
    severity="high",
    roles=[Role.AZURE_BACKUP],
    source=BACKUP["Application control solution is blocking IaaSBcdrExtension.exe"],
    rationale="The extension lies below C:\\Packages, which publisher and path rules mostly miss; blocked, it takes no snapshot.",
    remedy="Allow IaaSBcdrExtension.exe (publisher O=Microsoft Corporation) or its folder in AppLocker or App Control.",
)
def test_application_control_lets_the_extension_run(application_control: ApplicationControl) -> None:
    problems = application_control.problems()
    observe(application_control.seen())
    assert not problems, "; ".join(problems)
    for text in application_control.doubts():
        advise(text)
    for text in application_control.remarks():
        note(text)
