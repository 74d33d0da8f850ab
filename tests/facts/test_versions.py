"""Numbers of Windows and the .NET Framework, as the registry has them."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.facts.dot_net import MINIMUM_RELEASE, dot_net_framework
from vmready.facts.registry import UnreadableFact
from vmready.facts.settings import setting
from vmready.facts.windows_version import windows_version
from vmready.probes.readings import Key


def key(**values: Any) -> Key:
    typed = {n: {"type": "REG_DWORD" if isinstance(v, int) else "REG_SZ", "data": v} for n, v in values.items()}
    return Key.read({"values": typed, "keys": {}, "more": False})


@pytest.mark.parametrize(
    ("release", "name"),
    [
        (378388, "older than 4.5"),
        (378389, "4.5"),
        (378674, "4.5"),
        (378675, "4.5.1"),
        (378758, "4.5.1"),
        (379892, "4.5.1"),
        (379893, "4.5.2"),
        (393294, "4.5.2"),
        (393295, "4.6"),
        (393297, "4.6"),
        (394253, "4.6"),
        (394254, "4.6.1"),
        (394271, "4.6.1"),
        (394801, "4.6.1"),
        (394802, "4.6.2"),
        (394806, "4.6.2"),
        (460797, "4.6.2"),
        (460798, "4.7"),
        (460805, "4.7"),
        (461307, "4.7"),
        (461308, "4.7.1"),
        (461310, "4.7.1"),
        (461807, "4.7.1"),
        (461808, "4.7.2"),
        (461814, "4.7.2"),
        (528039, "4.7.2"),
        (528040, "4.8"),
        (528049, "4.8"),
        (528372, "4.8"),
        (528449, "4.8"),
        (533319, "4.8"),
        (533320, "4.8.1"),
        (533325, "4.8.1"),
        (533509, "4.8.1"),
        (999999, "4.8.1"),
        (2147483647, "4.8.1"),
    ],
)
def test_release_numbers_and_their_versions(release: int, name: str) -> None:
    found = dot_net_framework(key(Release=release))
    assert found.name == f"{name} (Release {release})"
    known = list(MINIMUM_RELEASE)
    reached = known[: known.index(name) + 1] if name in known else []
    assert [version for version in known if found.at_least(version)] == reached


@pytest.mark.parametrize(
    ("release", "version", "perhaps"),
    [("394802", "4.6.2", True), ("394801", "4.6.2", False), ("4.8", "4.5", False), (528040, "4.8", False)],
)
def test_a_release_as_text_is_not_that_version_but_perhaps(release: Any, version: str, perhaps: bool) -> None:
    found = dot_net_framework(key(Release=release))
    assert found.perhaps(version) is perhaps
    assert found.at_least(version) is isinstance(release, int)


@pytest.mark.parametrize("release", [0x80000000, 0xFFFFFFFF])
def test_a_release_that_setups_read_as_negative_is_no_version(release: int) -> None:
    found = dot_net_framework(key(Release=release))
    assert found.name == f"older than 4.5 (Release is {release})"
    assert not found.at_least("4.5")


def test_a_key_without_release_is_older_than_4_5() -> None:
    assert dot_net_framework(key(Version="4.0.30319")).name == "older than 4.5 (Release is absent)"
    assert dot_net_framework(None).name == "no .NET Framework 4"


@pytest.mark.parametrize(
    ("values", "number"),
    [
        # Since Windows 10 the text says 6.3 for ever.
        ({"CurrentMajorVersionNumber": 10, "CurrentMinorVersionNumber": 0, "CurrentVersion": "6.3", "CurrentBuildNumber": "20348"}, (10, 0, 20348)),
        ({"CurrentVersion": "6.3", "CurrentBuildNumber": "9600"}, (6, 3, 9600)),
        ({"CurrentVersion": "6.1", "CurrentBuildNumber": "7601"}, (6, 1, 7601)),
        ({"CurrentMajorVersionNumber": 10, "CurrentVersion": "6.3", "CurrentBuildNumber": "9600"}, (6, 3, 9600)),
        ({"CurrentMinorVersionNumber": 0, "CurrentVersion": "6.3", "CurrentBuildNumber": "9600"}, (6, 3, 9600)),
    ],
)  # fmt: skip
def test_windows_version(values: dict[str, Any], number: tuple[int, int, int]) -> None:
    assert windows_version(key(**values)).number == number


@pytest.mark.parametrize(
    "values",
    [
        {"CurrentBuildNumber": "9600"},
        {"CurrentVersion": "6.3"},
        {"CurrentVersion": "6.x", "CurrentBuildNumber": "9600"},
        {"CurrentVersion": "x.3", "CurrentBuildNumber": "9600"},
        {"CurrentVersion": "6.3", "CurrentBuildNumber": "9600a"},
        {"CurrentVersion": "6.3", "CurrentBuildNumber": "\uff19\uff16\uff10\uff10"},
        {"CurrentVersion": "6.3", "CurrentBuildNumber": ""},
        {"CurrentVersion": "6.3", "CurrentBuildNumber": 9600},
    ],
)
def test_a_version_that_is_not_told_is_not_guessed(values: dict[str, Any]) -> None:
    with pytest.raises(UnreadableFact):
        windows_version(key(**values))
    with pytest.raises(UnreadableFact):
        windows_version(None)


@pytest.mark.parametrize(
    ("value", "number", "written", "text"),
    [
        (1, 1, None, "1"),
        (0, 0, None, "0"),
        ("1", None, 1, "REG_SZ '1' instead of a number"),
        (" 0461814 ", None, 461814, "REG_SZ ' 0461814 ' instead of a number"),
        ("4294967295", None, 4294967295, "REG_SZ '4294967295' instead of a number"),
        ("\u0663", None, None, "REG_SZ '\u0663' instead of a number"),
        ("", None, None, "REG_SZ '' instead of a number"),
        ("4.7", None, None, "REG_SZ '4.7' instead of a number"),
        ("12345678901", None, None, "REG_SZ '12345678901' instead of a number"),
    ],
)
def test_a_setting_keeps_value_and_type_apart(value: Any, number: int | None, written: int | None, text: str) -> None:
    found = setting(key(Name=value), "name")
    assert (found.number, found.written_number, str(found)) == (number, written, text)
    assert found.wrong_type is (number is None)


@pytest.mark.parametrize(("kind", "text", "wide"), [("REG_DWORD", "7", False), ("REG_QWORD", "7 as REG_QWORD", True)])
def test_a_number_of_eight_bytes_is_said_to_be_one(kind: str, text: str, wide: bool) -> None:
    found = setting(Key.read({"values": {"Name": {"type": kind, "data": 7}}, "keys": {}}), "Name")
    assert (str(found), found.number, found.wide, found.wrong_type) == (text, 7, wide, False)


def test_an_absent_setting_is_absent() -> None:
    for found in (setting(None, "Name"), setting(key(), "Name")):
        assert (found.number, found.wrong_type, found.written_number, str(found)) == (None, False, None, "absent")
