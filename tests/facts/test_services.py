"""What two readings of a service tell."""

from __future__ import annotations

import pytest

from vmready.facts.registry import UnreadableFact
from vmready.facts.services import BootLoader
from vmready.probes.readings import Service


def boot_loader(again_state: int | None, pid: int | None, again_pid: int | None) -> BootLoader:
    of_service = {"state": 4, "start": 2, "delayed": None, "account": None, "image": None, "pid": pid}
    service = Service(
        "RDAgentBootLoader",
        **of_service,
        exit_code=None,
        specific_exit_code=None,
        again_state=again_state,
        again_pid=again_pid,
        unreadable=("SCM: access denied",),
    )
    return BootLoader(service, frozenset())


@pytest.mark.parametrize(
    ("again_state", "pid", "again_pid", "stayed"),
    [
        (4, 1200, 1200, True),
        (4, 1200, 1201, False),
        (4, 1200, 1199, False),
        *[(state, 1200, 1200, False) for state in (1, 2, 3, 5, 6, 7)],
        (1, None, None, False),
        (None, 1200, 1200, None),
        (4, None, 1200, None),
        (4, 1200, None, None),
        (4, None, None, None),
    ],
)
def test_a_service_stays_where_the_same_process_runs_again(
    again_state: int | None, pid: int | None, again_pid: int | None, stayed: bool | None
) -> None:
    found = boot_loader(again_state, pid, again_pid)
    assert found.stayed is stayed
    if stayed is None:
        with pytest.raises(UnreadableFact, match="is not told; SCM: access denied"):
            found.require_stay()
    else:
        found.require_stay()


def test_no_service_does_not_tell() -> None:
    with pytest.raises(UnreadableFact, match="is not told"):
        BootLoader(None, frozenset()).require_stay()
