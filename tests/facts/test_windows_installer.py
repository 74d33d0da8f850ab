"""What keeps the agent from installing, value by value: policies of Windows Installer and of users."""

from __future__ import annotations

import pytest

from vmready.facts.user_policies import command_prompt_policy
from vmready.facts.windows_installer import WindowsInstaller
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Hives, Key, Names

HUMAN = "S-1-5-21-1004336348-1177238915-682003330-1104"
REFUSED: Answer[Key] = Unreadable(Why(Reason.DENIED))


def key(name: str, number: int) -> Observed[Key]:
    value = {"type": "REG_DWORD", "data": number}
    return Observed(Key.read({"values": {name: value}, "keys": {}}))


@pytest.mark.parametrize(
    ("number", "blocking", "doubts"), [(0, 0, 0), (1, 0, 1), (2, 1, 0), (3, 0, 1), (-1, 0, 1), (None, 0, 0)]
)
def test_values_of_the_installers_policy(number: int | None, blocking: int, doubts: int) -> None:
    policy: Answer[Key] = Absent() if number is None else key("DisableMSI", number)
    found = WindowsInstaller(policy, Unreadable(Why(Reason.DENIED)), Absent())
    assert len(found.blocking) == blocking
    assert len(list(found.doubts)) == doubts


def hives(**found: Answer[Key]) -> Observed[Hives]:
    return Observed(Hives(Names(found)))


def test_hives_of_local_system_and_of_users() -> None:
    blocks = key("DisableCMD", 1)
    others = dict.fromkeys(("S-1-5-18", ".DEFAULT", "S-1-5-19", HUMAN), blocks)
    found = command_prompt_policy(Absent(), hives(**others))
    assert set(found.system) == {"S-1-5-18", ".DEFAULT"}
    assert set(found.users) == {"S-1-5-19", HUMAN}
    assert found.system["S-1-5-18"].number is None


def test_a_hive_that_may_not_be_read_hides_no_other() -> None:
    found = command_prompt_policy(Absent(), hives(**{HUMAN: REFUSED, ".DEFAULT": key("DisableCMD", 1)}))
    assert found.unreadable is not None
    assert len(found.blocking) == 1
