"""Azure Virtual Desktop: images that session hosts are made from."""

from __future__ import annotations

from tests_infra.documents import VIRTUAL_DESKTOP
from vmready import Role, must, observe, requirement
from vmready.facts.golden_image import AgentTraces


@requirement(
    "VD-26",
    must,
    title="The image carries no agent, stack or registration",
    severity="critical",
    roles=[Role.GOLDEN_IMAGE],
    source=VIRTUAL_DESKTOP["Your issue isn't listed here or wasn't resolved"],
    rationale="Machines made from an image with an agent on it keep its stale registration, and the agent is not installed again.",
    remedy="Uninstall all agent, boot loader and stack components from the image, remove their keys, and capture it again.",
)
def test_image_carries_no_agent(agent_traces: AgentTraces) -> None:
    observe(list(agent_traces.found))
    assert not agent_traces.found, f"the image carries {', '.join(agent_traces.found)}"
    agent_traces.require_all()
