"""Update Management, the three readiness states of a machine."""

from __future__ import annotations

from tests_infra.documents import UPDATE_MANAGEMENT
from vmready import Role, info, note, observe, requirement
from vmready.facts.readiness import Readiness


@requirement(
    "UM-21",
    info,
    title="The machine's readiness: Ready, Disconnected or Not configured",
    severity="low",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Troubleshoot Windows update agent issues"],
    rationale="The portal tells the three states apart by the worker's last contact with the service; agent, workspace, worker and endpoints show "
    "what the machine itself does for it.",
    remedy="Begin with what the state was decided by. Update Management was retired on 31 August 2024: move the machine to Azure Update Manager.",
)
def test_readiness(readiness: Readiness) -> None:
    observe({"state": readiness.state.value, "decided": list(readiness.decided)})
    note(f"{readiness.state}: {'; '.join(readiness.decided)}")
    note("the last contact with the service cannot be seen from the host")
    note(
        "the host is on Automation Update Management, retired on 31 August 2024: Azure Update Manager is its successor"
    )
