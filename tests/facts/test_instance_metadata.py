"""Who answers in the place of Azure's metadata service, and whose machine it is."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.facts.instance_metadata import AZURE_TAG, InstanceMetadata, instance_metadata
from vmready.facts.registry import UnreadableFact
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Exchange, Instances, Names, Service

ID = "02aab8a4-74ef-476e-8182-f6d2ba4166a6"
DENIED = Unreadable(Why(Reason.DENIED))


def answered(status: int, body: str = "") -> Exchange:
    return Exchange.read({"outcome": "answered", "status": status, "body": body})


NOT_ANSWERED = Exchange.read({"outcome": "timeout"})


def agent(state: int) -> Observed[Service]:
    return Observed(Service("GuestProxyAgent", state, 2, None, None, None, None, None, None))


def chassis(*tags: Any) -> Observed[Instances]:
    return Observed(Instances(tuple(Names({"SMBIOSAssetTag": tag}) for tag in tags), more=False))


def metadata(straight: Exchange, **answers: Answer[Any]) -> InstanceMetadata:
    given = {name: answers.get(name, Absent()) for name in ("by_default", "chassis", "proxy_agent")}
    return instance_metadata(straight, **given)


@pytest.mark.parametrize(
    ("exchange", "is_answer"),
    [
        (answered(200, ID), True),
        (answered(200, f" {ID.upper()}\r\n"), True),
        (answered(200, f"{ID}x"), False),
        (answered(200, f"<p>{ID}</p>"), False),
        (answered(200), False),
        (answered(201, ID), False),
        (answered(199, ID), False),
        (NOT_ANSWERED, False),
    ],
)
def test_an_id_and_nothing_else_is_the_services_answer(exchange: Exchange, is_answer: bool) -> None:
    assert metadata(exchange).answered is is_answer
    assert bool(metadata(NOT_ANSWERED, by_default=Observed(exchange)).intercepted) is not is_answer


@pytest.mark.parametrize(
    ("by_default", "text"),
    [
        (Absent(), ""),
        (Observed(answered(429)), ""),
        (Observed(answered(428)), "HTTP 428"),
        (Observed(answered(430)), "HTTP 430"),
        (Observed(answered(200, "<html>")), "another answer"),
        (Observed(NOT_ANSWERED), "no answer in time"),
    ],
)
def test_what_a_default_proxy_makes_of_it(by_default: Answer[Exchange], text: str) -> None:
    assert metadata(answered(200, ID), by_default=by_default).intercepted == text


@pytest.mark.parametrize(
    ("status", "proxy_agent", "refused"),
    [
        *((status, agent(4), status in (401, 403)) for status in (200, 400, 401, 402, 403, 404)),
        (401, agent(1), False),
        (403, agent(7), False),
        (401, Absent(), False),
        (200, DENIED, False),
    ],
)
def test_a_program_that_lets_chosen_ones_through(status: int, proxy_agent: Answer[Service], refused: bool) -> None:
    assert metadata(answered(status), proxy_agent=proxy_agent).refused is refused


def test_what_was_not_told_is_not_known() -> None:
    for status in (401, 403):
        with pytest.raises(UnreadableFact, match="access denied"):
            _ = metadata(answered(status), proxy_agent=DENIED).refused
    with pytest.raises(UnreadableFact, match="access denied"):
        _ = metadata(answered(200, ID), by_default=DENIED).intercepted
    with pytest.raises(UnreadableFact):
        instance_metadata(None, Absent(), Absent(), Absent())


@pytest.mark.parametrize(("status", "limited"), [(428, False), (429, True), (430, False), (200, False)])
def test_a_service_that_is_asked_too_often(status: int, limited: bool) -> None:
    assert metadata(answered(status)).limited is limited


@pytest.mark.parametrize(
    ("found", "azure"),
    [
        (chassis(AZURE_TAG), True),
        (chassis(f" {AZURE_TAG} "), True),
        (chassis(None, AZURE_TAG), True),
        (chassis("No Asset Tag", AZURE_TAG), True),
        (chassis("No Asset Tag"), False),
        (chassis(""), False),
        (chassis(None), None),
        (chassis(7), None),
        (chassis(), None),
        (Absent(), None),
        (DENIED, None),
    ],
)
def test_whose_machine_it_is(found: Answer[Instances], azure: bool | None) -> None:
    if azure is None:
        with pytest.raises(UnreadableFact):
            metadata(NOT_ANSWERED, chassis=found).azure()
    else:
        assert metadata(NOT_ANSWERED, chassis=found).azure() is azure
