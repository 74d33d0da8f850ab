"""The status file of the guest agent, torn at first and gone a moment later: what is replaced is no agent that never reported."""

from __future__ import annotations

from vmready.model import Verdict

from .guest_agent_status import GA_08, TORN, file
from .harness import collect, judged


def test_torn_and_gone_a_moment_later() -> None:
    example = GA_08.unreadable("torn, and gone a moment later", **file(TORN))
    answers = collect(example, lambda at, text, found: {"state": "absent"} if at == 2 else found)
    finding = judged(example, answers)
    assert finding.verdict is Verdict.UNDETERMINED
    assert "it is no JSON" in finding.detail
