"""A registry value that should be a DWORD: absent, of the wrong type, wide, and what it says."""

from __future__ import annotations

import pytest

from vmready.facts.settings import Setting


@pytest.mark.parametrize(
    ("found", "wrong_type", "wide", "text"),
    [
        (Setting("X", None), False, False, "absent"),
        (Setting("X", 1, "REG_DWORD"), False, False, "1"),
        (Setting("X", 1, "REG_QWORD"), False, True, "1 as REG_QWORD"),
        (Setting("X", None, "REG_SZ", "1"), True, False, "REG_SZ '1' instead of a number"),
        (Setting("X", None, "REG_BINARY"), True, False, "REG_BINARY instead of a number"),
    ],
    ids=str,
)
def test_a_setting_says_what_it_is(found: Setting, wrong_type: bool, wide: bool, text: str) -> None:
    assert (found.wrong_type, found.wide, str(found)) == (wrong_type, wide, text)
