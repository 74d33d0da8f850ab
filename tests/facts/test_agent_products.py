"""What is installed of the agent, where Programs and Features or the folder could not be seen whole."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.facts.agent_products import PRODUCTS, STACK, AgentProducts, Version, agent_products
from vmready.facts.rdp_listeners import Listener, RdpListeners
from vmready.facts.registry import UnreadableFact
from vmready.facts.settings import Setting
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


def versions(listener: str = "", **paths: object) -> StackVersions:
    found = {"matches": [], "unreadable": [], "more": False, **paths}
    installed = AgentProducts({STACK: ((1, 0, 2407, 5700),)}, (), Absent(), Absent(), Absent())
    number = Setting("x", 1, "REG_DWORD")
    listeners = RdpListeners(Listener(listener, True, number, number) if listener else None, None)
    return stack_versions(Paths.read(found), None, None, installed, listeners)


def test_the_newest_installer_may_be_what_was_not_seen() -> None:
    assert versions().on_disk == ()
    for unseen in ({"more": True}, {"unreadable": [{"path": "C:\\x", "why": {}}]}):
        with pytest.raises(UnreadableFact, match="not every installer"):
            versions(**unseen)


@pytest.mark.parametrize(
    ("letter", "told"), [("s", True), ("S", True), ("\u017f", False)], ids=["small", "capital", "long s"]
)
def test_letters_of_names(letter: str, told: bool) -> None:
    found = versions(f"rdp-{letter}xs240705700", matches=[{"path": rf"C:\SxSStack-1.0.2407.05700.m{letter}i"}])
    assert found.on_disk == ((1, 0, 2407, 5700),) * told
    assert found.listener == ((2407, 5700) if told else None)
    number = Setting("x", 1, "REG_DWORD")
    assert Listener(f"rdp-sx{letter}240705700", True, number, number).side_by_side is told


def stack(on_disk: tuple[Version, ...], installed: tuple[Version, ...], **more: Any) -> StackVersions:
    named = {"listener_name": "rdp-sxs240705700", "listener": (2407, 5700), "current": None, "pinned": False, **more}
    return StackVersions(on_disk, installed, **named)


OLD, NOW, NEW = (1, 0, 2301, 5700), (1, 0, 2407, 5700), (1, 0, 2602, 9400)


@pytest.mark.parametrize(
    ("versions", "disagreements", "doubts"),
    [
        (stack((NOW,), (NOW,)), 0, 0),
        (stack((NOW, OLD), (NOW, OLD)), 0, 0),
        (stack((NEW, NOW), (NOW,)), 1, 0),
        (stack((NEW, NOW, OLD), (NOW, OLD)), 1, 0),
        (stack((OLD,), (NOW, OLD)), 0, 1),
        (stack((), (NOW,)), 0, 1),
        (stack((NOW,), (NOW,), current=OLD), 1, 0),
        (stack((NOW,), (NOW, OLD), current=OLD), 0, 0),
        (stack((NOW,), (NOW,), listener=(2407, 5701)), 1, 0),
        (stack((NOW,), (NOW,), listener=(2408, 5700)), 1, 0),
        (stack((NOW,), (NOW,), listener=(2406, 5700)), 1, 0),
        (stack((NOW,), (NOW, OLD), listener=(2301, 5700)), 1, 0),
        (stack((NOW,), (NOW,), listener=None), 0, 1),
        (stack((NOW,), (NOW,), pinned=True), 0, 1),
    ],
)
def test_the_newest_of_each_list_is_compared(versions: StackVersions, disagreements: int, doubts: int) -> None:
    assert len(list(versions.disagreements)) == disagreements
    assert len(list(versions.doubts)) == doubts
