"""Facts out of keys that were recorded on real machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmready.collect.plan import ordered
from vmready.facts.rdp_listeners import RdpListeners
from vmready.facts.registry import Reader, UnreadableFact, facts
from vmready.probes.readings import Service
from vmready.twin.answers import Readings, answer
from vmready.twin.states import State, load

RECORDED = Path(__file__).parents[2] / "inventories" / "states" / "recorded"


def reader(tmp_path: Path, name: str, *fact_names: str, more: str = "") -> Reader:
    """The named facts' first round on a machine with the recorded registry."""
    file = tmp_path / "host.yaml"
    file.write_text(f"registry_from: {RECORDED / name}\n{more}", encoding="utf-8")
    state: State = load(file)
    readings = Readings.of(state)
    probes = [probe for fact in facts.closure(fact_names) for p in fact.parameters for probe in p.probes({})]
    return Reader({1: {probe.text: answer(state, probe.text, readings=readings) for probe in ordered(probes)}}, {})


@pytest.mark.parametrize("name", ["windows-10-1709.json", "windows-7-static.json"])
def test_a_machine_that_is_no_session_host_has_no_active_listener(tmp_path: Path, name: str) -> None:
    found: RdpListeners = reader(tmp_path, name, "rdp_listeners").value("rdp_listeners")
    assert found.active is None
    assert found.session_directory is None


@pytest.mark.parametrize("name", ["windows-10-1709.json", "windows-7-static.json"])
def test_start_type_and_image_of_a_recorded_service(tmp_path: Path, name: str) -> None:
    declared = "services: {wuauserv: {status: Stopped}}\n"
    service: Service = reader(tmp_path, name, "windows_update_service", more=declared).value("windows_update_service")
    assert service.start in (2, 3)
    assert "svchost" in (service.image or "")


def test_schannel_of_a_machine_where_nothing_was_changed(tmp_path: Path) -> None:
    key = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
    values = "{CurrentMajorVersionNumber: 10, CurrentMinorVersionNumber: 0, CurrentBuildNumber: '16299'}"
    version = f"registry: {{'{key}': {values}}}"
    found = reader(tmp_path, "windows-10-1709.json", "tls", more=version).value("tls")
    assert found.client.state.usable
    assert found.suites.switched_off == ()


def test_a_hive_without_the_software_keys_does_not_tell_the_version(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFact, match="CurrentBuildNumber"):
        reader(tmp_path, "windows-7-static.json", "windows_version").value("windows_version")


def test_the_hosts_file_is_where_the_recorded_value_says(tmp_path: Path) -> None:
    from vmready.facts.virtual_desktop_endpoints import TCPIP

    found = reader(tmp_path, "windows-10-1709.json", "desktop_endpoints").answer(TCPIP)
    assert "DataBasePath" in str(found)
