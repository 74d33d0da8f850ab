"""Which of several signs counts, where no example can say it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vmready.facts.listening import LISTENER_EVENTS, Listening, Sign
from vmready.facts.listening import listening as listening_fact
from vmready.facts.rdp_listeners import RdpListeners
from vmready.facts.registry import UnreadableFact
from vmready.probes.answers import Absent, Observed, Reason, Why
from vmready.probes.readings import Event, EventLog, NativeText, System


def listening(*signs: bool) -> Listening:
    return Listening({"rdp-tcp": tuple(Sign(f"source {n}", s) for n, s in enumerate(signs))}, ())


@pytest.mark.parametrize(
    ("signs", "told", "deaf", "contradictions"),
    [
        ((), None, 0, 0),
        ((True,), True, 0, 0),
        ((False,), False, 1, 0),
        ((True, False), True, 0, 1),
        ((True, False, True), True, 0, 1),
        ((True, True, False), True, 0, 1),
        ((True, False, False), True, 0, 2),
        ((False, True, True), False, 1, 0),
        ((False, True, False), False, 1, 0),
    ],
)
def test_the_strongest_sign_tells(signs: tuple[bool, ...], told: bool | None, deaf: int, contradictions: int) -> None:
    found = listening(*signs)
    assert found.told("rdp-tcp") is told
    assert found.told("rdp-sxs") is None
    assert found.deaf == (("rdp-tcp", "source 0"),) * deaf
    assert len(found.contradictions) == contradictions
    assert all(text.startswith("source 0 says that rdp-tcp listens, source ") for text in found.contradictions)


def shown(*lines: str) -> bool | None:
    """Whether qwinsta alone says that rdp-tcp listens."""
    text = Observed(NativeText("\n".join(lines), 0))
    none, system = RdpListeners(None, None), System.read({"clock": "2026-11-20T10:00:00.000Z"})
    return listening_fact(none, text, Absent(), Absent(), system).told("rdp-tcp")


@pytest.mark.parametrize(
    ("lines", "listens"),
    [
        ((), None),
        (("Error [5]:Access is denied.",), None),
        ((" rdp-tcp    65536  Listen",), True),
        ((" rdp-tcp    65536  Down",), False),
        ((" rdp-tcp    65536  Lauscht",), True),
        ((" services   0  Disc",), False),
        ((" \u017fervice\u017f   0  Disc",), None),
        ((" services   0  Disc", " rdp-tcp    65535  Listen"), False),
        ((" services   0  Disc", " rdp-tcp    65536\u2003Listen"), False),
        ((" rdp-tcp    65536  Listen", " rdp-\u017fxs2    65537  Listen"), True),
        ((" rdp-tcp    65536  Lauscht", " rdp-sxs2    65537  Taub"), None),
        ((" rdp-tcp    65536  Lauscht", " rdp-\u017fxs2    65537  Taub"), True),
    ],
)
def test_what_qwinsta_shows(lines: tuple[str, ...], listens: bool | None) -> None:
    assert shown(*lines) is listens


def test_a_listener_without_a_sign_is_not_known_whatever_the_others_are() -> None:
    known = (Sign("qwinsta", True),)
    Listening({"rdp-tcp": known}, (Why(Reason.DENIED),)).require_signs()
    for signs in ({"rdp-tcp": known, "rdp-sxs": ()}, {"rdp-tcp": (), "rdp-sxs": known}):
        with pytest.raises(UnreadableFact, match="whether rdp-"):
            Listening(signs, ()).require_signs()


@pytest.mark.parametrize(("enabled", "told"), [(True, True), (None, True), (False, None)])
def test_a_log_that_is_switched_off_tells_nothing(enabled: bool | None, told: bool | None) -> None:
    time = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    log = EventLog(enabled, time, (Event(258, "x", 4, time, 1, ("RDP-Tcp",), None),), False)
    system = System.read({"clock": "2026-11-20T10:00:00.000Z", "boot": "2026-11-20T08:00:00.000Z"})
    found = listening_fact(RdpListeners(None, None), Absent(), Absent(), Observed(log), system)
    assert found.told("rdp-tcp") is told


def test_how_many_events_are_asked_for() -> None:
    assert LISTENER_EVENTS.newest == 200
    assert LISTENER_EVENTS.ids == (258, 259, 260)
