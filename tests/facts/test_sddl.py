"""Rights out of security descriptors: what a declared state cannot say, and what holds of every descriptor."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmready.facts.sddl import (
    FILE_ALL,
    LOCAL_SYSTEM_TOKEN,
    MODIFY,
    Effective,
    NotSddl,
    SecurityDescriptor,
    effective,
    parse,
)


def rights(sddl: str) -> Effective:
    return effective(parse(sddl), LOCAL_SYSTEM_TOKEN)


def test_the_default_of_windows_gives_system_everything() -> None:
    found = rights("O:SYG:SYD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)")
    assert found.surely == found.perhaps == FILE_ALL


def test_parts_of_a_descriptor() -> None:
    found = parse("O:SYG:BAD:PAI(A;OICIID;0x12019f;;;WD)S:(AU;SAFA;FA;;;WD)")
    assert (found.owner, found.group, found.protected) == ("S-1-5-18", "S-1-5-32-544", True)
    assert found.entries is not None
    [entry] = found.entries
    assert (entry.allow, entry.flags, entry.mask, entry.account) == (True, {"OI", "CI", "ID"}, 0x12019F, "S-1-1-0")


@pytest.mark.parametrize(
    ("flags", "protected"), [("", False), ("P", True), ("AI", False), ("ARAI", False), ("ARP", True), ("AIP", True)]
)
def test_a_list_that_inherits_nothing_is_protected(flags: str, protected: bool) -> None:
    assert parse(f"O:SYD:{flags}(A;;FA;;;SY)").protected is protected
    assert not parse(f"O:SYS:{flags}(AU;SA;FA;;;SY)").protected


@pytest.mark.parametrize(
    "sddl",
    [
        "O:SYG:BAD:P(A;;FA;;;SY)",
        "D:P(A;;FA;;;SY)G:BAO:SY",
        "S:AI(AU;SA;FA;;;WD)(AU;FA;KA;;;WD)G:BAO:SYD:P(A;;FA;;;SY)",
        # A mandatory label, whose rights are others, is an audit part, too.
        "O:SYG:BAD:P(A;;FA;;;SY)S:(ML;;NW;;;LW)",
    ],
)
def test_parts_in_any_order_are_the_same_descriptor(sddl: str) -> None:
    found = parse(sddl)
    assert (found.owner, found.group, found.protected) == ("S-1-5-18", "S-1-5-32-544", True)
    assert [entry.account for entry in found.entries or ()] == ["S-1-5-18"]


@pytest.mark.parametrize(
    ("sddl", "surely", "perhaps"),
    [
        # A condition that would permit: perhaps. One that would deny: perhaps not.
        ('O:BAG:SYD:(XA;;FA;;;SY;(@User.Title=="PM" && (Member_of {SID(BA)})))', 0, FILE_ALL),
        ('O:BAG:SYD:(XD;;FA;;;SY;(@User.Title=="(PM)"))(A;;FA;;;SY)', 0, FILE_ALL),
        ('O:BAG:SYD:(A;;FA;;;SY)(XD;;FA;;;SY;(@User.Title=="PM"))', FILE_ALL, FILE_ALL),
        ("O:BAG:SYD:(OA;;FA;bf967aba-0de6-11d0-a285-00aa003049e2;;SY)", 0, FILE_ALL),
        ("O:BAG:SYD:(A;;FA;;bf967aba-0de6-11d0-a285-00aa003049e2;SY)", 0, FILE_ALL),
        ("O:BAG:SYD:(A;;FA;bf967aba-0de6-11d0-a285-00aa003049e2;;SY)", 0, FILE_ALL),
        ("O:BAG:SYD:(A;;FA;;;SY;(Exists x))", 0, FILE_ALL),
        ('O:BAG:SYD:(ZA;;FA;;;SY;(@User.Title=="a;(b"))', 0, FILE_ALL),
        ("O:BAG:SYD:(A;;FA;;;SY;)", FILE_ALL, FILE_ALL),
        ("O:BAG:SYD:(OD;;SD;bf967aba-0de6-11d0-a285-00aa003049e2;;SY)(A;;FA;;;SY)", FILE_ALL & ~0x10000, FILE_ALL),
        # An entry for another account has no say, whatever its kind.
        ('O:BAG:SYD:(XD;;FA;;;S-1-5-21-1-2-3-4;(@User.Title=="PM"))(A;;FA;;;SY)', FILE_ALL, FILE_ALL),
    ],
)
def test_what_depends_on_more_than_the_token(sddl: str, surely: int, perhaps: int) -> None:
    # The owner is Administrators, of whom LocalSystem is one: it reads and writes the list in any case.
    owners = 0x60000
    assert rights(sddl) == Effective(surely | owners, perhaps | owners)


@pytest.mark.parametrize("sddl", ["O:SYG:SYD:NO_ACCESS_CONTROL", "O:SYG:SY", "D:PNO_ACCESS_CONTROL", ""])
def test_without_a_list_everybody_may_do_everything(sddl: str) -> None:
    assert parse(sddl).entries is None
    assert rights(sddl) == Effective(FILE_ALL, FILE_ALL)


@pytest.mark.parametrize("sddl", ["O:S-1-5-21-1-2-3-500G:SYD:", "O:S-1-5-21-1-2-3-500G:SYD:PAI", "D:P"])
def test_with_an_empty_list_nobody_may_do_anything(sddl: str) -> None:
    assert parse(sddl).entries == ()
    assert rights(sddl) == Effective(0, 0)


def test_an_owner_reads_and_writes_the_list_unless_owner_rights_say_otherwise() -> None:
    assert rights("O:SYG:SYD:P").surely == 0x60000
    assert rights("O:SYG:SYD:P(A;;RC;;;OW)").surely == 0x20000
    assert rights("O:SYG:SYD:P(A;OICIIO;RC;;;OW)").surely == 0x60000
    assert rights("O:SYG:SYD:P(A;;RC;;;WD)").surely == 0x60000


@pytest.mark.parametrize("of", ["", "bf967aba-0de6-11d0-a285-00aa003049e2"])
def test_audit_entries_in_a_list_do_nothing(of: str) -> None:
    assert rights(f"O:S-1-5-21-1-2-3-500G:SYD:(AU;SAFA;FA;{of};;SY)").perhaps == 0


def test_a_list_may_be_long() -> None:
    found = parse("O:SYG:SYD:" + "".join(f"(A;;FA;;;S-1-5-21-1-2-3-{n})" for n in range(1000, 1100)))
    assert len(found.entries or ()) == 100


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("0x1301bf", MODIFY),
        ("1245631", 1245631),
        ("010", 8),
        ("RCSDWDWO", 0xF0000),
        ("", 0),
        ("0", 0),
        ("8", 8),
        ("0XfFfFfFfF", 0xFFFFFFFF),
        ("4294967295", 0xFFFFFFFF),
        ("037777777777", 0xFFFFFFFF),
        # MS-DTYP 2.5.1.1, and what winnt.h has for the names of a file's and a key's rights.
        *{
            "GA": 0x10000000, "GR": 0x80000000, "GW": 0x40000000, "GX": 0x20000000,
            "RC": 0x20000, "SD": 0x10000, "WD": 0x40000, "WO": 0x80000,
            "CC": 0x1, "DC": 0x2, "LC": 0x4, "SW": 0x8, "RP": 0x10, "WP": 0x20, "DT": 0x40, "LO": 0x80, "CR": 0x100,
            "FA": 0x1F01FF, "FR": 0x120089, "FW": 0x120116, "FX": 0x1200A0,
            "KA": 0xF003F, "KR": 0x20019, "KW": 0x20006, "KX": 0x20019,
        }.items(),
    ],
)  # fmt: skip
def test_masks_as_names_and_numbers(text: str, mask: int) -> None:
    found = parse(f"D:(A;;{text};;;SY)")
    assert found.entries is not None
    assert found.entries[0].mask == mask


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "D:(A;;FA;;;SY",
        "D:(A;;FA;;SY)",
        "D:(A;;QQ;;;SY)",
        "D:(A;;FAQ;;;SY)",
        "D:(A;;0x123456789;;;SY)",
        "D:(A;;0x;;;SY)",
        "D:(A;;4294967296;;;SY)",
        "D:(A;;4294967297;;;SY)",
        "D:(A;;08;;;SY)",
        "D:(A;;040000000000;;;SY)",
        "D:(A;;12345678901;;;SY)",
        "D:(;;FA;;;SY)",
        "D:(A;;FA)",
        "D:A;;FA;;;SY)",
        "P:(A;;FA;;;SY)",
        "G:",
        "G:SYG:SY",
        "S:S:",
        "D:(A;;FA;;;S-1-)",
        "D:(A;;FA;;;SYS)",
        'D:(A;;FA;;;SY;(x=="))',
        "D:(A;;FA;;;system)",
        "O:",
        "D:D:",
        "O:SYO:SY",
        "D:(A;;FA;;;SY)x",
    ],
)
def test_what_is_no_descriptor_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NotSddl):
        parse(text)


@pytest.mark.parametrize(
    ("text", "place"), [("x", 1), ("O:SYx", 5), ("O:", 3), ("D:(A;;FA;;;SY)(A;;FA", 15), ("O:SYO:SY", 5)]
)
def test_where_it_stops_being_one_is_said(text: str, place: int) -> None:
    with pytest.raises(NotSddl, match=f"character {place}\\b"):
        parse(text)


@pytest.mark.parametrize(
    ("name", "sid"),
    {
        "SY": "S-1-5-18", "BA": "S-1-5-32-544", "WD": "S-1-1-0", "AU": "S-1-5-11", "OW": "S-1-3-4", "BU": "S-1-5-32-545",
        "S-1-5-80-0": "S-1-5-80-0", "S-1-0x50000000000-7": "S-1-0x50000000000-7", "DA": "DA",
    }.items(),
)  # fmt: skip
def test_accounts_by_name_and_number(name: str, sid: str) -> None:
    found = parse(f"O:{name}D:(A;;FA;;;{name})")
    assert found.owner == sid
    assert [entry.account for entry in found.entries or ()] == [sid]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("GR", 0x120089),
        ("GW", 0x120116),
        ("GX", 0x1200A0),
        ("GA", 0x1F01FF),
        ("GRGW", 0x12019F),
        ("GRSD", 0x130089),
        ("0xa0000000", 0x1200A9),
        # Rights of a registry key are taken as they are.
        ("KR", 0x20019),
    ],
)
def test_generic_rights_stand_for_those_of_a_file(given: str, meant: int) -> None:
    assert rights(f"O:S-1-5-21-1-2-3-500D:(A;;{given};;;SY)") == Effective(meant, meant)
    assert rights(f"O:S-1-5-21-1-2-3-500D:(D;;{given};;;SY)(A;;FA;;;SY)").surely == FILE_ALL & ~meant


@given(st.text(alphabet='OGDS:();,"APXI0x1FBWYSR-5 \n', max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except NotSddl:
        return
    assert isinstance(found, SecurityDescriptor)
    limits = effective(found, LOCAL_SYSTEM_TOKEN)
    assert limits.surely & ~limits.perhaps == 0


_KINDS = st.sampled_from(["A", "D", "XA", "XD"])
_ENTRY = st.tuples(
    _KINDS, st.sampled_from(["", "IO", "OICI"]), st.integers(0, FILE_ALL), st.sampled_from(["SY", "BA", "WD", "BU"])
)


@settings(max_examples=200)
@given(st.lists(_ENTRY, max_size=8))
def test_the_walk_agrees_with_asking_for_one_right_at_a_time(entries: list[tuple[str, str, int, str]]) -> None:
    """Windows' own check, bit by bit: the first entry of the token that names the right decides (conditions all met, or none)."""
    text = "".join(
        f"({kind};{flags};0x{mask:x};;;{who}{';(1)' if kind[0] == 'X' else ''})" for kind, flags, mask, who in entries
    )
    found = rights("O:S-1-5-21-1-2-3-500G:SYD:" + text)
    for bit in (1 << n for n in range(21)):
        plain = [e for e in entries if e[1] != "IO" and e[3] != "BU" and e[2] & bit]
        worst = next((kind for kind, *_ in plain if kind != "XA"), "D")
        best = next((kind for kind, *_ in plain if kind != "XD"), "D")
        assert bool(found.surely & bit) == (worst == "A")
        assert bool(found.perhaps & bit) == (best in ("A", "XA"))
