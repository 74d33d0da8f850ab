"""Every example is judged as it says."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from .harness import Example, items, judged
from .tables import ALL

#: The same machine a few minutes on.
LATER = {"now": "2026-11-20T10:07:00Z"}


@pytest.mark.parametrize("example", ALL, ids=str)
def test_example(example: Example) -> None:
    finding = judged(example)
    assert finding.verdict == example.verdict, f"{finding.verdict}: {finding.detail}"
    assert example.message in "\n".join([finding.detail, *finding.notes]), finding.detail


@pytest.mark.parametrize("item", sorted(items()))
def test_what_was_observed_is_small_json_and_stays_the_same(item: str) -> None:
    """Waivers bind to it: it must fit tomorrow."""
    for example in (e for e in ALL if e.item == item and e.kind in ("compliant", "deviating")):
        first, second = judged(example), judged(replace(example, delta={**example.delta, "os": LATER}))
        assert first.observed == second.observed, example
        text = json.dumps(first.observed)
        assert len(text) < 500
        assert "2026-" not in text


def test_what_was_observed_of_endpoints_says_the_way() -> None:
    by_title = {e.title: (judged(e).observed or {}).get("reached") for e in ALL if e.item == "UM-05"}
    name = "we-jobruntimedata-prod-su1.azure-automation.net:443"
    assert by_title["answers HTTP 403: it is there"] == {name: "direct"}
    assert by_title["refused"] == {name: "not reached"}
    assert by_title["through the proxy of LocalSystem only"] == {name: "10.0.0.9:8080"}
