"""What shows that a machine has a role, and what leaves it open."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.facts.registry import UnreadableFact, facts
from vmready.facts.roles import DISCOVERED_BY, azure_backup_trace, session_host_trace, update_management_trace
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why

SEEN: Observed[Any] = Observed(object())
DENIED, ABSENT = Unreadable(Why(Reason.DENIED)), Absent()


@pytest.mark.parametrize(
    ("worker", "service", "trace"),
    [
        (SEEN, ABSENT, "key HybridRunbookWorker"),
        (SEEN, DENIED, "key HybridRunbookWorker"),
        (SEEN, SEEN, "key HybridRunbookWorker"),
        (ABSENT, SEEN, "service HealthService"),
        (DENIED, SEEN, "service HealthService"),
        (ABSENT, ABSENT, ""),
        (ABSENT, DENIED, None),
        (DENIED, ABSENT, None),
    ],
)
def test_signs_of_update_management(worker: Answer[Any], service: Answer[Any], trace: str | None) -> None:
    if trace is None:
        with pytest.raises(UnreadableFact, match="access denied"):
            update_management_trace(worker, service)
    else:
        assert update_management_trace(worker, service) == trace


def test_signs_of_the_other_roles() -> None:
    assert session_host_trace(ABSENT, ABSENT, SEEN) == "folder Microsoft RDInfra"
    assert session_host_trace(SEEN, ABSENT, SEEN) == "key RDInfraAgent"
    assert session_host_trace(ABSENT, SEEN, ABSENT) == "service RDAgentBootLoader"
    assert session_host_trace(ABSENT, ABSENT, ABSENT) == ""
    assert azure_backup_trace(SEEN) == "folder of the VMSnapshot extension"
    assert azure_backup_trace(ABSENT) == ""


def test_what_discovers_a_role_is_a_fact() -> None:
    assert set(filter(None, DISCOVERED_BY.values())) <= set(facts.facts)
