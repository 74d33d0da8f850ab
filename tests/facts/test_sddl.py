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
    ("sddl", "surely", "perhaps"),
    [
        # A condition that would permit: perhaps. One that would deny: perhaps not.
        ('O:BAG:SYD:(XA;;FA;;;SY;(@User.Title=="PM" && (Member_of {SID(BA)})))', 0, FILE_ALL),
        ('O:BAG:SYD:(XD;;FA;;;SY;(@User.Title=="(PM)"))(A;;FA;;;SY)', 0, FILE_ALL),
        ('O:BAG:SYD:(A;;FA;;;SY)(XD;;FA;;;SY;(@User.Title=="PM"))', FILE_ALL, FILE_ALL),
        ("O:BAG:SYD:(OA;;FA;bf967aba-0de6-11d0-a285-00aa003049e2;;SY)", 0, FILE_ALL),
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


def test_audit_entries_in_a_list_do_nothing() -> None:
    assert rights("O:S-1-5-21-1-2-3-500G:SYD:(AU;SAFA;FA;;;SY)").perhaps == 0


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("FA", FILE_ALL),
        ("0x1301bf", MODIFY),
        ("1245631", 1245631),
        ("010", 8),
        ("RCSDWDWO", 0xF0000),
        ("", 0),
        ("GR", 0x80000000),
    ],
)
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
