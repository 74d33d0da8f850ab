"""How an error of the Azure Virtual Desktop agent in the event log is judged, the same for every requirement that looks for one."""

from __future__ import annotations

from collections.abc import Sequence

from vmready import advise, note, observe
from vmready.facts.agent_errors import AgentErrors
from vmready.facts.registry import UnreadableFact
from vmready.facts.services import AgentService


def state(errors: AgentErrors) -> str:
    """``fresh``, ``past`` or ``none``: what was observed of an error, without times; ``not known`` where that could not be told."""
    try:
        return "fresh" if errors.fresh else "past" if errors.events else "none"
    except UnreadableFact:
        return "not known"


def beside(errors: AgentErrors, deviations: Sequence[str]) -> tuple[str, ...]:
    """The deviations and the error that counts, in words. UnreadableFact where there are none and that is not known."""
    try:
        fresh = errors.fresh
    except UnreadableFact:
        if not deviations:
            raise
        return tuple(deviations)
    return (*deviations, errors.told(fresh)) if fresh else tuple(deviations)


def no_fresh(errors: AgentErrors, agent: AgentService) -> None:
    """The error has not been reported since the last start, or something good came after it."""
    observe({"error": state(errors)})
    fresh = errors.fresh
    assert fresh is None, errors.told(fresh)
    reports(agent)
    no_doubt(errors)


def reports(agent: AgentService) -> None:
    """There is an agent that would report errors, and it runs: without one, none in the logs is no good sign."""
    loader = agent.service
    if loader is None or not loader.running:
        observe({"agent": "not installed" if loader is None else loader.state_text})
    assert loader is not None, (
        "the machine has no service RDAgentBootLoader: there is no agent that would report errors"
    )
    if not loader.running:
        advise(f"the service RDAgentBootLoader is {loader.state_text}: an agent that does not run reports no errors")
    elif loader.again_state not in (None, 4):
        observe({"agent": "does not stay up"})
        advise("the service RDAgentBootLoader does not stay up: an agent that does not run reports no errors")


def no_doubt(errors: AgentErrors) -> None:
    """What is to be said where no error counts: unread logs, an error of old, logs that do not reach back."""
    errors.require_logs()
    if errors.past:
        advise(errors.past)
    for gap in errors.gaps:
        note(gap)
