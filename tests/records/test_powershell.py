"""How PowerShell reads and compares registry values."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.probes.readings import Value
from vmready.records import powershell
from vmready.records.powershell import at_least, equals, registry_value, truth, unrolled


@pytest.mark.parametrize(
    ("kind", "data", "read"),
    [
        ("REG_DWORD", 0, 0),
        ("REG_DWORD", 0x4000_0000, 0x4000_0000),
        ("REG_DWORD", 0x7FFF_FFFF, 2147483647),
        ("REG_DWORD", 0x8000_0000, -2147483648),
        ("REG_DWORD", 0xFFFF_FFFF, -1),
        ("REG_QWORD", 0xFFFF_FFFF, 4294967295),
        ("REG_QWORD", 0x4000_0000_0000_0000, 4611686018427387904),
        ("REG_QWORD", 0x7FFF_FFFF_FFFF_FFFF, 9223372036854775807),
        ("REG_QWORD", 0x8000_0000_0000_0000, -9223372036854775808),
        ("REG_QWORD", 0xFFFF_FFFF_FFFF_FFFF, -1),
        ("REG_SZ", "04", "04"),
        ("REG_EXPAND_SZ", "04", "04"),
        ("REG_MULTI_SZ", ("04", "05"), ["04", "05"]),
        ("REG_MULTI_SZ", (), []),
        ("REG_BINARY", "04ff", [4, 255]),
        ("REG_BINARY", "", []),
        ("REG_BINARY", "no bytes", "no bytes"),
    ],
    ids=repr,
)
def test_a_registry_value(kind: str, data: Any, read: Any) -> None:
    assert registry_value(Value(kind, data)) == read


@pytest.mark.parametrize(
    ("value", "true"),
    [
        (0, False),
        (2, True),
        ("", False),
        ("0", True),
        (None, False),
        ([], False),
        ([0], False),
        ([1], True),
        ([""], False),
        ([0, 0], True),
        ([0, 0, 0], True),
    ],
    ids=repr,
)
def test_truth(value: Any, true: bool) -> None:
    assert truth(value) is true


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (4, 4, True),
        (3, 4, False),
        (5, 4, False),
        ("4", 4, True),
        ("04", 4, False),
        ("3", 4, False),
        ("5", 4, False),
        ([4], 4, True),
        (["4"], 4, True),
        ([3, 5], 4, False),
        ([3, 4, 5], 4, True),
        ([], 0, False),
        # The zero that is found is no truth; two of them are.
        ([0, 1], 0, False),
        ([0, 1, 0], 0, True),
    ],
    ids=repr,
)
def test_equals(left: Any, right: int, same: bool) -> None:
    assert equals(left, right) is same


@pytest.mark.parametrize(
    ("value", "comes_out"), [(None, None), (1, 1), ("a", "a"), ([], None), (["a"], "a"), (["a", "b"], ["a", "b"])]
)
def test_what_comes_out_of_a_function(value: Any, comes_out: Any) -> None:
    assert unrolled(value) == comes_out


@pytest.mark.parametrize(
    ("left", "fits"),
    [
        (394801, False),
        (394802, True),
        (394803, True),
        (-1, False),
        ("394801", False),
        ("394802", True),
        ("394803", True),
        ("9", True),
        ("1000000", False),
        ("", False),
        (" 9", False),
        (":9", False),
        ("x", True),
        ([255], False),
        ([], False),
        (["394802"], False),
        (["x"], False),
        (["True"], True),
        (["1", "true"], True),
    ],
    ids=repr,
)
def test_at_least(left: Any, fits: bool) -> None:
    assert any(at_least(left, 394802)) is fits


@pytest.mark.parametrize(("value", "text"), [("a", "a"), (1, "1"), (["a", "b"], "a b"), ([1, 2], "1 2")])
def test_inside_a_text(value: Any, text: str) -> None:
    assert powershell.text(value) == text
