"""Adding to a waivers file leaves what people wrote there alone, or does nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmready.commands.waivers_text import as_yaml, with_entry
from vmready.declared import parse
from vmready.evidence.values import settled

ENTRY = {
    "requirement": "UM-02",
    "hosts": ["web-01"],
    "reason": "Moves to new machines.",
    "approver": "R. Roe",
    "expires": "2027-01-31",
    "observed": {"release": 378389},
}
OLD = "  - requirement: BK-06\n    hosts: [a, b]\n    observed: null\n"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def read(text: str, syntax: str = "yaml") -> Any:
    declaration = parse(text, "file", syntax=syntax)
    assert not declaration.problems
    return declaration.value


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# nothing yet\n",
        "waivers: []\n",
        "waivers: [ ] # none so far\n",
        f"# head\nwaivers:\n{OLD}",
        f"waivers:\n{OLD}".rstrip("\n"),
        f"waivers:\n{OLD}\n# the end\n",
        f"---\nwaivers:\n\n  # why\n{OLD}",
        "waivers:\n- requirement: BK-06\n  hosts:\n  - a\n",
        "waivers:\n      -   requirement: BK-06\n          hosts: [a]\n",
        f"waivers:\n{OLD}".replace("\n", "\r\n"),
    ],
)
def test_block_lists_grow_and_nothing_else_changes(before: str) -> None:
    after = with_entry(before, ENTRY)
    assert after is not None
    assert read(after)["waivers"][-1] == ENTRY
    comments = [line for line in before.splitlines() if "#" in line]
    assert [line for line in after.splitlines() if "#" in line and "vmready waive" not in line] == [
        line.replace("[ ] ", "") if line not in after else line for line in comments
    ]
    if "\r\n" in before:
        assert "\n" not in after.replace("\r\n", "")
    twice = with_entry(after, {**ENTRY, "requirement": "UM-03"})
    assert twice is not None
    assert twice.startswith(after)


@pytest.mark.parametrize(
    "before",
    [
        "waivers: [{requirement: BK-06}]\n",
        "waivers:\n  -\n    requirement: BK-06\n",
        f"waivers:\n{OLD}...\n",
        "{waivers: []}\n",
        "waivers: 5\n",
        "[1\n",
        "other: 1\nwaivers:\n  - requirement: BK-06\n",
    ],
)
def test_what_cannot_be_added_to_is_left_alone(before: str) -> None:
    assert with_entry(before, ENTRY) is None


def test_json_stays_json() -> None:
    after = with_entry('{"waivers": [{"requirement": "BK-06"}]}', ENTRY, syntax="json")
    assert json.loads(after or "") == {"waivers": [{"requirement": "BK-06"}, ENTRY]}
    assert json.loads(with_entry("", ENTRY, syntax="json") or "") == {"waivers": [ENTRY]}


@settings(max_examples=300, deadline=None)
@given(observed=json_values, reason=st.text(min_size=1, max_size=60))
def test_any_value_that_a_report_can_hold_comes_back_as_it_was(observed: Any, reason: str) -> None:
    entry = {**ENTRY, "observed": settled(observed), "reason": reason}
    after = with_entry(f"waivers:\n{OLD}", entry)
    if after is None:
        # Only a text that no file may hold is refused.
        assert not reason.isprintable(), reason
        return
    found = read(after)["waivers"]
    assert json.dumps(found[1]["observed"], sort_keys=True) == json.dumps(entry["observed"], sort_keys=True)
    assert found[1]["reason"] == reason


def test_the_entry_reads_well() -> None:
    assert as_yaml(ENTRY) == (
        '  - requirement: "UM-02"\n    hosts: ["web-01"]\n    reason: "Moves to new machines."\n    approver: "R. Roe"\n'
        '    expires: "2027-01-31"\n    observed: {"release": 378389}\n'
    )
