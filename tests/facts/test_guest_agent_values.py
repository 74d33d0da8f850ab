"""Tables and boundaries of the agent's and the backup's facts: numbers that documents name stand here a second time."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

import pytest

from vmready.facts.application_control import APPLOCKER_EVENTS, CODE_INTEGRITY_EVENTS, CRASHES
from vmready.facts.backup_disks import ENCRYPTED_LIMIT, LIMIT, STORAGE
from vmready.facts.extension_handlers import HANDLER_STATE
from vmready.facts.fabric_address import LEASES, NotOptions, dhcp_options
from vmready.facts.guest_agent_certificate import guest_agent_certificate
from vmready.facts.guest_agent_lifecycle import STARTS_WITHIN, STOPS_WITHIN
from vmready.facts.guest_agent_log import WINDOW
from vmready.facts.guest_agent_versions import (
    FLOOR,
    KNOWN_BAD,
    OLDEST_DOCUMENTED_WINDOWS,
    TELEMETRY_MERGED,
    below_floor,
    known_bad,
)
from vmready.facts.metadata import INTERFACES
from vmready.facts.proven import proven
from vmready.facts.registry import UnreadableFact
from vmready.facts.vss_writers import Writer, parse
from vmready.facts.wire_server import VERSIONS
from vmready.probes.answers import Reason, Why
from vmready.probes.readings import Certificate, System

CLOCK = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
NAME = "DC=Windows Azure CRP Certificate Generator"


def test_versions_that_documents_name() -> None:
    assert FLOOR.version == (2, 7, 41491, 1010)
    assert TELEMETRY_MERGED == (2, 7, 41491, 971)
    assert OLDEST_DOCUMENTED_WINDOWS == (10, 0)
    assert [(known.version[3], known.windows) for known in KNOWN_BAD] == [
        (1004, None),
        (1018, None),
        (1018, (6, 1)),
        (1193, (6, 1)),
    ]
    assert all(known.version[:3] == (2, 7, 41491) and known.source and known.date for known in (*KNOWN_BAD, FLOOR))


def test_versions_compare_as_numbers() -> None:
    assert below_floor((2, 7, 41491, 971))
    assert below_floor((2, 7, 41491))
    assert not below_floor((2, 7, 41491, 1193))
    assert not below_floor((2, 10))


@pytest.mark.parametrize(
    ("version", "windows", "count"),
    [
        ((2, 7, 41491, 1004), (10, 0, 20348), 1),
        ((2, 7, 41491, 1018), (10, 0, 20348), 1),
        ((2, 7, 41491, 1018), (6, 1, 7601), 2),
        ((2, 7, 41491, 1193), (6, 1, 7601), 1),
        ((2, 7, 41491, 1193), (6, 3, 9600), 0),
        ((2, 7, 41491, 1005), (6, 1, 7601), 0),
    ],
)
def test_pairs_that_are_known_to_be_bad(version: tuple[int, ...], windows: tuple[int, ...], count: int) -> None:
    assert len(known_bad(version, windows)) == count


def test_windows_of_time_and_limits_of_size() -> None:
    assert (timedelta(hours=24), timedelta(minutes=20), timedelta(minutes=5)) == (WINDOW, STARTS_WITHIN, STOPS_WITHIN)
    assert (LIMIT, ENCRYPTED_LIMIT) == (35_184_372_088_832, 4_398_046_511_104)


def test_how_much_is_asked_for() -> None:
    """An answer is found by its probe's text: other numbers leave older snapshots without an answer."""
    assert (STORAGE.body, INTERFACES.body, VERSIONS.body) == (65536, 65536, 4096)
    assert (HANDLER_STATE.depth, LEASES.depth) == (1, 1)
    assert [probe.newest for probe in (APPLOCKER_EVENTS, CODE_INTEGRITY_EVENTS, CRASHES)] == [50, 50, 50]


def _certificate(before: datetime | None, after: datetime | None, key: bool | None = True) -> Certificate:
    return Certificate(NAME, NAME, "TenantEncryptionCert", before, after, "7F", key)


def _system() -> System:
    return System(None, None, None, None, None, None, None, None, None, None, CLOCK)


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (CLOCK - DAY, CLOCK + DAY, ""),
        (CLOCK, CLOCK, ""),
        (CLOCK - DAY, CLOCK - timedelta(seconds=1), "it expired on 2026-11-20"),
        (CLOCK + timedelta(seconds=1), CLOCK + DAY, "it is not valid before 2026-11-20"),
    ],
)
def test_the_times_of_the_certificate(before: datetime, after: datetime, problem: str) -> None:
    found = guest_agent_certificate((_certificate(before, after),), _system())
    assert found is not None
    assert found.problem == problem


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [(None, CLOCK, True), (CLOCK - DAY, None, True), (CLOCK - DAY, CLOCK + DAY, None)],
)
def test_a_certificate_of_which_something_is_not_told(before: datetime, after: datetime, key: bool) -> None:
    with pytest.raises(UnreadableFact):
        guest_agent_certificate((_certificate(before, after, key),), _system())


@pytest.mark.parametrize(("count", "readable"), [(199, True), (200, False), (201, False)])
def test_a_store_that_is_cut_says_nothing_of_what_is_missing(count: int, readable: bool) -> None:
    other = Certificate("CN=x", "CN=x", None, CLOCK - DAY, CLOCK + DAY, "7F", True)
    if readable:
        assert guest_agent_certificate((other,) * count, _system()) is None
    else:
        with pytest.raises(UnreadableFact, match="more than the 200 certificates"):
            guest_agent_certificate((other,) * count, _system())


def test_one_writer_at_a_time() -> None:
    guid = "{E8132975-6F93-4464-A53E-1050253AE220}"
    text = f"Writer name: 'A [7]'\n\tWriter Id: {guid}\n\tState: [1] Stable\n\tLast error: No error: none\nWriter name: 'B'\n Id: {guid}\n State: [5]"
    lower = guid.strip("{}").lower()
    assert parse(text) == (Writer(lower, "A [7]", 1, "none"), Writer(lower, "B", 5, ""))
    assert parse(f"Writer name: 'C'\n Id: {guid} [9]\n State: [5]") == (Writer(lower, "C", 5, ""),)
    assert parse("  'indented' text without any identifier\n [1]") == ()


def test_options_of_a_lease() -> None:
    def option(number: int, data: bytes) -> bytes:
        return struct.pack("<IIIII", number, 0, len(data), 0, 0x6A00F4D0) + data + b"\0" * (-len(data) % 4)

    data = option(245, IPv4Address("168.63.129.16").packed) + option(15, b"azure") + option(252, b"")
    assert list(dhcp_options(data)) == [(245, b"\xa8\x3f\x81\x10"), (15, b"azure"), (252, b"")]
    for cut in (1, 19, 22):
        with pytest.raises(NotOptions):
            list(dhcp_options(data[:cut]))


def _unreadable() -> str:
    raise UnreadableFact("x", Why(Reason.DENIED))


def test_what_is_proven_stands_and_what_is_unknown_is_told() -> None:
    assert proven(lambda: "a", _unreadable, lambda: ("b", "", "a")) == ("a", "b")
    assert proven(lambda: "", lambda: ()) == ()
    with pytest.raises(UnreadableFact):
        proven(lambda: "", _unreadable)

    def later() -> object:
        yield "c"
        _unreadable()

    with pytest.raises(UnreadableFact):
        proven(later)  # type: ignore[arg-type]
