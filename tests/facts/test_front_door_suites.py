"""Which suites are left, one by one: most of them no verdict depends on."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.facts.front_door_suites import FRONT_DOOR, FrontDoorSuites, front_door_suites
from vmready.facts.golden_image import UNINSTALL
from vmready.facts.rdp_listeners import WIN_STATIONS
from vmready.facts.tls import CIPHERS, HASHES, KEY_EXCHANGES
from vmready.probes.answers import Absent, Observed
from vmready.probes.readings import Key
from vmready.probes.vocabulary import RegistryKey

SUITES = tuple(FRONT_DOOR)
ECDHE_256, ECDHE_128, CBC_256, CBC_128, DHE_256, DHE_128 = SUITES


def key(value: Any = None, name: str = "Functions", **parts: int) -> Key:
    values = {} if value is None else {name: {"type": "REG_SZ", "data": value}}
    keys = {
        part: {"values": {"Enabled": {"type": "REG_DWORD", "data": number}}, "keys": {}}
        for part, number in parts.items()
    }
    return Key.read({"values": values, "keys": keys})


def suites(listed: tuple[str, ...] = SUITES, exchanges: Key | None = None, **more: Key) -> FrontDoorSuites:
    parts = {name: Observed(found) for name, found in more.items()}
    return front_door_suites(
        None,
        Observed(key(",".join(listed))),
        None,
        None,
        parts.get("ciphers", Absent()),
        Observed(exchanges) if exchanges else Absent(),
        parts.get("hashes", Absent()),
        Absent(),
        Absent(),
    )


@pytest.mark.parametrize(
    ("found", "usable"),
    [
        (suites(), SUITES),
        (suites(("TLS_AES_256_GCM_SHA384", DHE_128, ECDHE_256)), (ECDHE_256, DHE_128)),
        (suites(ciphers=key(**{"AES 256/256": 0})), (ECDHE_128, CBC_128, DHE_128)),
        (suites(ciphers=key(**{"AES 128/128": 0, "AES 256/256": 1})), (ECDHE_256, CBC_256, DHE_256)),
        (suites(exchanges=key(ECDH=0)), (DHE_256, DHE_128)),
        (suites(exchanges=key(**{"Diffie-Hellman": 0})), (ECDHE_256, ECDHE_128, CBC_256, CBC_128)),
        (suites(hashes=key(SHA256=0)), (ECDHE_256, CBC_256, DHE_256)),
        (suites(hashes=key(SHA384=0)), (ECDHE_128, CBC_128, DHE_128)),
        (suites(hashes=key(SHA384=0), exchanges=key(ECDH=0)), (DHE_128,)),
    ],
)
def test_suites_that_are_left(found: FrontDoorSuites, usable: tuple[str, ...]) -> None:
    assert found.usable == usable
    assert found.missing == tuple(suite for suite in SUITES if suite not in usable)


@pytest.mark.parametrize(("suite", "strong"), [*((s, s in (ECDHE_256, ECDHE_128)) for s in SUITES), ("", False)])
def test_strong_suites(suite: str, strong: bool) -> None:
    assert suites((suite,)).strong is strong


@pytest.mark.parametrize("probe", [CIPHERS, HASHES, KEY_EXCHANGES, WIN_STATIONS, UNINSTALL])
def test_keys_are_read_one_level_deep(probe: RegistryKey) -> None:
    assert probe.depth == 1
