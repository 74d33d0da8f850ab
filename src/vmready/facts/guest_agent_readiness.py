"""Whether the Azure guest agent is installed, runs and is Ready: what Azure Backup starts from."""

from __future__ import annotations

from dataclasses import dataclass

from vmready.facts.aggregate_status import AggregateStatus
from vmready.facts.guest_agent_installation import GuestAgentInstallation
from vmready.facts.proven import proven
from vmready.facts.registry import fact


@dataclass(frozen=True, slots=True)
class GuestAgentReadiness:
    installation: GuestAgentInstallation
    status: AggregateStatus

    def problems(self) -> tuple[str, ...]:
        """What is wrong of either. UnreadableFact where nothing is, but something could not be read."""
        return proven(self.installation.problems, self.status.problems)

    def seen(self) -> dict[str, object]:
        """Both as values that stay the same."""
        return {"status": self.status.seen(), "installation": self.installation.seen()}


@fact
def guest_agent_readiness(
    guest_agent_installation: GuestAgentInstallation, aggregate_status: AggregateStatus
) -> GuestAgentReadiness:
    """The agent's installation and its status together."""
    return GuestAgentReadiness(guest_agent_installation, aggregate_status)
