"""What is installed of the agent, where Programs and Features or the folder could not be seen whole."""

from __future__ import annotations

import pytest

from vmready.facts.agent_products import PRODUCTS, STACK, AgentProducts, agent_products
from vmready.facts.rdp_listeners import RdpListeners
from vmready.facts.registry import UnreadableFact
from vmready.facts.stack_versions import StackVersions, stack_versions
from vmready.probes.answers import Absent
from vmready.probes.readings import Key, Paths


def products(*names: str, more: bool = False) -> AgentProducts:
    keys = {
        f"{{{number}}}": {"values": {"DisplayName": {"type": "REG_SZ", "data": name}}, "keys": {}}
        for number, name in enumerate(names)
    }
    return agent_products(Key.read({"values": {}, "keys": keys, "more": more}), Absent(), Absent(), Absent())


def test_of_a_list_that_was_cut_nothing_is_said_to_be_missing() -> None:
    assert products(*PRODUCTS, more=True).missing == ()
    assert products(*PRODUCTS[1:]).missing == PRODUCTS[:1]
    with pytest.raises(UnreadableFact, match="more products than are listed"):
        _ = products(*PRODUCTS[1:], more=True).missing


def versions(**paths: object) -> StackVersions:
    found = {"matches": [], "unreadable": [], "more": False, **paths}
    installed = AgentProducts({STACK: ((1, 0, 2407, 5700),)}, (), Absent(), Absent(), Absent())
    return stack_versions(Paths.read(found), None, None, installed, RdpListeners(None, None))


def test_the_newest_installer_may_be_what_was_not_seen() -> None:
    assert versions().on_disk == ()
    for unseen in ({"more": True}, {"unreadable": [{"path": "C:\\x", "why": {}}]}):
        with pytest.raises(UnreadableFact, match="not every installer"):
            versions(**unseen)
