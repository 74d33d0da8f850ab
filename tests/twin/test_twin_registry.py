"""registry: values, trees, hives, secrets, bounds; Constrained Language Mode."""

from __future__ import annotations

from typing import Any

import pytest
from declared_hosts import absent, host, reason, unreadable, value
from hypothesis import given
from hypothesis import strategies as some

from vmready.probes.vocabulary import RegistryHives, RegistryKey
from vmready.twin.states import State

KEY = r"HKLM\SOFTWARE\Contoso"


def _data(state: State, probe: RegistryKey) -> dict[str, Any]:
    return {name: entry["data"] for name, entry in value(state, probe)["values"].items()}


def test_every_type_comes_as_the_page_says() -> None:
    declared = {
        "Text": {"type": "REG_SZ", "data": "plain"},
        "Path": {"type": "REG_EXPAND_SZ", "data": r"%SystemRoot%\System32"},
        "Lines": {"type": "REG_MULTI_SZ", "data": ["one", "two"]},
        "Minus": {"type": "REG_DWORD", "data": -1},
        "Long": {"type": "REG_QWORD", "data": -1},
        "Bytes": {"type": "REG_BINARY", "data": "00FF10"},
        "Odd": {"type": "REG_RESOURCE_LIST", "data": "01"},
    }
    assert value(host(registry={KEY: declared}), RegistryKey(KEY))["values"] == {
        "Text": {"type": "REG_SZ", "data": "plain"},
        "Path": {"type": "REG_EXPAND_SZ", "data": r"%SystemRoot%\System32"},
        "Lines": {"type": "REG_MULTI_SZ", "data": ["one", "two"]},
        "Minus": {"type": "REG_DWORD", "data": 2**32 - 1},
        "Long": {"type": "REG_QWORD", "data": 2**64 - 1},
        "Bytes": {"type": "REG_BINARY", "data": "00ff10"},
        "Odd": {"type": "REG_NONE", "data": "01"},
    }


def test_sub_keys_are_named_and_read_as_deep_as_asked() -> None:
    state = host(registry={KEY + r"\b\deep": {"V": 1}, KEY + r"\A": {}}, denied=[KEY + r"\c"])
    tree = value(state, RegistryKey(KEY))
    assert tree["keys"] == {"A": None, "b": None, "c": None}
    assert list(tree["keys"]) == ["A", "b", "c"], "in the order of names"
    deeper = value(state, RegistryKey(KEY, depth=1))["keys"]
    assert deeper["b"] == {"values": {}, "keys": {"deep": None}, "more": False}
    assert deeper["c"]["unreadable"]["id"] == "SecurityException"
    assert value(state, RegistryKey(KEY, depth=2))["keys"]["b"]["keys"]["deep"]["values"]["V"]["data"] == 1


def test_chosen_values_are_named_as_asked() -> None:
    state = host(registry={KEY: {"Release": 1, "Other": 2, "": "default"}})
    assert _data(state, RegistryKey(KEY, values=("RELEASE", "Missing"))) == {"RELEASE": 1}
    assert _data(state, RegistryKey(KEY, values=("",))) == {"": "default"}


def test_absent_and_denied() -> None:
    state = host(registry={KEY: {}}, denied=[r"HKLM\SOFTWARE\Secret"])
    assert absent(state, RegistryKey(KEY + r"\Nothing"))
    assert reason(state, RegistryKey(r"HKLM\SOFTWARE\Secret")) == "DENIED"
    assert not absent(state, RegistryKey("hklm\\software\\\\contoso\\"))
    assert unreadable(state, RegistryKey(r"HKCU\Software")) == "BadArgument"


def test_a_slash_is_part_of_a_keys_name() -> None:
    ciphers = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Ciphers"
    state = host(registry={ciphers + r"\AES 128/128": {"Enabled": 0}})
    assert value(state, RegistryKey(ciphers))["keys"] == {"AES 128/128": None}
    assert absent(state, RegistryKey(ciphers + "\\AES 128"))
    locked = host(registry={ciphers + r"\AES 128/128": {"Enabled": 0}}, os={"languageMode": "ConstrainedLanguage"})
    assert reason(locked, RegistryKey(ciphers + r"\AES 128/128")) == "UNSUPPORTED"
    assert value(locked, RegistryKey(ciphers, depth=1))["keys"]["AES 128/128"]["unreadable"]["id"] == "Unsupported"


def test_every_loaded_hive_but_the_classes() -> None:
    state = host(
        registry={
            r"HKU\S-1-5-18\Software\X": {"V": 1},
            r"HKU\S-1-5-21-1-2-3-1001\Software": {},
            r"HKU\S-1-5-21-1-2-3-1001_Classes\Software\X": {"V": 3},
        },
        denied=[r"HKU\S-1-5-21-9\Software\X"],
    )
    hives = value(state, RegistryHives(r"Software\X", values=("V",)))["hives"]
    assert set(hives) == {"S-1-5-18", "S-1-5-21-1-2-3-1001", "S-1-5-21-9"}
    assert hives["S-1-5-18"]["values"] == {"V": {"type": "REG_DWORD", "data": 1}}
    assert hives["S-1-5-21-1-2-3-1001"] == {"absent": True}
    assert hives["S-1-5-21-9"]["unreadable"]["id"] == "SecurityException"


def test_of_a_secret_only_the_shape_is_told() -> None:
    state = host(
        registry={
            KEY: {"Token": "INVALID_TOKEN", "Empty": "", "Bytes": {"type": "REG_BINARY", "data": "0011"}, "Seen": 1}
        }
    )
    asked = RegistryKey(KEY, values=("Seen",), shape=("Token", "Empty", "Bytes", "None"), equals=("INVALID_TOKEN",))
    assert value(state, asked)["values"] == {
        "Seen": {"type": "REG_DWORD", "data": 1},
        "Token": {"type": "REG_SZ", "shape": "text", "length": 13, "equals": "INVALID_TOKEN"},
        "Empty": {"type": "REG_SZ", "shape": "empty", "length": 0, "equals": None},
        "Bytes": {"type": "REG_BINARY", "shape": "other", "length": 2, "equals": None},
    }


def test_contains_chooses_by_text_without_case() -> None:
    rules = {
        "a": "v2.0|Action=Block|Active=TRUE|",
        "b": "v2.0|Action=Allow|Active=TRUE|",
        "c": ["action=block", "active=true"],
        "n": 5,
    }
    asked = RegistryKey(KEY, contains=("ACTION=BLOCK", "active=TRUE"))
    assert set(_data(host(registry={KEY: rules}), asked)) == {"a", "c"}


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("http://user:pass@proxy:8080", "http://*********@proxy:8080"),
        ("http=a:80;https=CONTOSO\\user:pa/ss@b:443", "http=a:80;https=******************@b:443"),
        ("proxy:8080", "proxy:8080"),
        ("mail@example.com", "mail@example.com"),
        ("https://example.com/a@b", "https://example.com/a@b"),
        ("http://user:p@ss@proxy:1", "http://*********@proxy:1"),
        (":pass@proxy:1", "*****@proxy:1"),
    ],
)
def test_user_and_password_never_leave_the_host(stored: str, told: str) -> None:
    octets = {"type": "REG_BINARY", "data": (b"\x18\x00" + stored.encode() + b"\x00").hex()}
    state = host(registry={KEY: {"Text": stored, "Lines": [stored, "x"], "Bytes": octets}})
    found = _data(state, RegistryKey(KEY, cut_userinfo=True))
    assert found == {"Text": told, "Lines": [told, "x"], "Bytes": (b"\x18\x00" + told.encode() + b"\x00").hex()}
    assert _data(state, RegistryKey(KEY))["Text"] == stored


@given(some.text(some.characters(exclude_characters='@; \0"<>', min_codepoint=33), min_size=1, max_size=20))
def test_no_password_is_left_over(password: str) -> None:
    secret = "Q" + password
    state = host(registry={KEY: {"P": f"http://user:{secret}@proxy:80"}})
    assert secret not in _data(state, RegistryKey(KEY, cut_userinfo=True))["P"].removesuffix("@proxy:80")


def test_long_data_is_cut_and_says_so() -> None:
    emoji = "\U0001f600" * 40_000
    declared = {
        "Text": "x" * 65_537,
        "Exact": "x" * 65_536,
        "Emoji": emoji,
        "Bytes": {"type": "REG_BINARY", "data": "ab" * 65_537},
        "Lines": ["y" * 40_000, "z" * 40_000],
    }
    found = value(host(registry={KEY: declared}), RegistryKey(KEY))["values"]
    assert (len(found["Text"]["data"]), found["Text"]["cut"]) == (65_536, 65_537)
    assert "cut" not in found["Exact"]
    assert (found["Emoji"]["data"], found["Emoji"]["cut"]) == (emoji[:32_768], 80_000)
    assert (len(found["Bytes"]["data"]), found["Bytes"]["cut"]) == (2 * 65_536, 65_537)
    assert ([len(line) for line in found["Lines"]["data"]], found["Lines"]["cut"]) == ([40_000, 25_535], 80_001)


def test_lists_are_bounded_and_say_that_there_is_more() -> None:
    many = host(registry={KEY: {f"v{n}": n for n in range(4_097)}, **{rf"{KEY}\k{n:05d}": {} for n in range(4_097)}})
    found = value(many, RegistryKey(KEY))
    assert (len(found["values"]), len(found["keys"]), found["more"]) == (4_096, 4_096, True)
    assert "k04096" not in found["keys"], "the names that come first stay"
    chosen = value(many, RegistryKey(KEY, contains=("x",)))
    assert (chosen["values"], len(chosen["keys"])) == ({}, 4_096)
    wide = host(registry={rf"{KEY}\a{n:02d}\b{m:03d}": {} for n in range(25) for m in range(900)})
    tree = value(wide, RegistryKey(KEY, depth=2))
    read = sum(
        1 + sum(node is not None for node in branch["keys"].values()) for branch in tree["keys"].values() if branch
    )
    assert read + 1 == 20_000
    assert tree["keys"]["a22"]["more"], "where the nodes ran out"
    assert tree["keys"]["a24"] is None


def test_constrained_language_mode_infers_types() -> None:
    declared = {
        "P": {"type": "REG_EXPAND_SZ", "data": r"%SystemRoot%\x"},
        "B": {"type": "REG_NONE", "data": "00"},
        "N": 1,
    }
    state = host(registry={KEY: declared}, os={"languageMode": "ConstrainedLanguage"})
    assert value(state, RegistryKey(KEY))["values"] == {
        "P": {"type": "REG_SZ", "data": r"C:\Windows\x", "inferred": True},
        "B": {"type": "REG_BINARY", "data": "00", "inferred": True},
        "N": {"type": "REG_DWORD", "data": 1, "inferred": True},
    }


def test_windows_powershell_2_cannot() -> None:
    assert reason(host(os={"psVersion": "2.0"}), RegistryKey(KEY)) == "UNSUPPORTED"
