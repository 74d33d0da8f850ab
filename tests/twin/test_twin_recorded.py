"""Registries recorded from real hosts are answered as they were recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from declared_hosts import value

from vmready.probes.vocabulary import RegistryKey, Service
from vmready.twin.states import State

RECORDED = Path(__file__).parents[2] / "inventories" / "states" / "recorded"


@pytest.mark.parametrize("name", ["windows-10-1709", "windows-7-static"])
def test_every_recorded_key_comes_back(name: str) -> None:
    keys = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))["keys"]
    state = State.of({"registry": keys})
    assert len(keys) > 60
    for path, values in keys.items():
        found = value(state, RegistryKey(path))
        assert {key: (entry["type"], entry["data"]) for key, entry in found["values"].items()} == {
            key: (entry["type"], entry["data"]) for key, entry in values.items()
        }
        below = {
            other[len(path) + 1 :].split("\\")[0].upper()
            for other in keys
            if other.upper().startswith(path.upper() + "\\")
        }
        assert {key.upper() for key in found["keys"]} == below


def test_a_recorded_services_key_is_the_services_key() -> None:
    keys = json.loads((RECORDED / "windows-10-1709.json").read_text(encoding="utf-8"))["keys"]
    state = State.of({"registry": keys, "services": {"dhcp": {"status": "Running", "startType": "Disabled"}}})
    recorded = keys[r"HKLM\SYSTEM\CurrentControlSet\Services\Dhcp"]
    key = value(state, Service("Dhcp"))["key"]
    assert key["Start"] == recorded["Start"]["data"] == 2
    assert key["ImagePath"] == recorded["ImagePath"]["data"]
