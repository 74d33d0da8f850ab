"""The agent's surroundings, its certificate, its update and its programs: answers that no state of the twin can declare, and boundaries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vmready.facts.guest_agent_certificate import guest_agent_certificate
from vmready.facts.guest_agent_installation import Program
from vmready.facts.guest_agent_log import GuestAgentLog
from vmready.facts.guest_agent_surroundings import DEBUGGING, MACHINE_CONFIG, GuestAgentSurroundings
from vmready.facts.guest_agent_update import UpdateRecord
from vmready.facts.npcap import npcap
from vmready.facts.registry import UnreadableFact
from vmready.probes.answers import Absent, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Certificate, File, Instances, Paths, Service, System, XmlShape

CLOCK = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SYSTEM = System(None, None, None, None, None, None, None, None, None, None, CLOCK)
NAME = "DC=Windows Azure CRP Certificate Generator"
VALID = Certificate(
    NAME, NAME, "TenantEncryptionCert", CLOCK - timedelta(days=1), CLOCK + timedelta(days=1), "7F" * 50, True
)


def test_the_newest_certificate_that_tells_when_it_began() -> None:
    undated = replace(VALID, not_before=None, thumbprint="01")
    for store in ((VALID, undated), (undated, VALID)):
        found = guest_agent_certificate(store, SYSTEM)
        assert found is not None
        assert (found.thumbprint, found.problem) == ("7F" * 40, "")


@pytest.mark.parametrize(
    ("elements", "literals"),
    [({}, {DEBUGGING: False}), ({"configuration": None}, {DEBUGGING: False}), ({"configuration": 1}, {})],
)
def test_a_machine_config_whose_shape_is_not_told(elements: dict[str, Any], literals: dict[str, Any]) -> None:
    shape = Observed(XmlShape(9, True, elements, literals))
    with pytest.raises(UnreadableFact, match="holds is not told"):
        GuestAgentSurroundings({MACHINE_CONFIG: shape}, GuestAgentLog(CLOCK)).machine_config()


@pytest.mark.parametrize(
    ("code", "state", "failed"),
    [
        (None, None, False),
        ("0", "Succeeded", False),
        (" 0 ", None, False),
        ("", None, False),
        ("0x0", None, False),
        ("0x00000000", None, False),
        ("1", "Succeeded", True),
        ("-1", None, True),
        ("0", "InstallFailed", True),
        (None, "ERROR", True),
    ],
)
def test_records_of_updates_that_say_that_they_failed(code: str | None, state: str | None, failed: bool) -> None:
    assert UpdateRecord((2, 7), code, state).failed is failed


def adapters(*statuses: int, more: bool) -> Observed[Instances]:
    rows = [{"Name": "Npcap Loopback Adapter", "InterfaceOperationalStatus": status} for status in statuses]
    return Observed(Instances.read({"instances": rows, "more": more}))


def test_more_network_adapters_than_are_looked_at() -> None:
    """One that is active is found already; else the rest could hold it."""
    absent = Absent()
    assert npcap(GuestAgentLog(CLOCK), adapters(1, more=True), absent, absent, absent).active == (
        "Npcap Loopback Adapter",
    )
    with pytest.raises(UnreadableFact, match="more network adapters"):
        npcap(GuestAgentLog(CLOCK), adapters(2, more=True), absent, absent, absent)
    with pytest.raises(UnreadableFact, match="more network adapters"):
        npcap(GuestAgentLog(CLOCK), absent, adapters(more=True), absent, absent)


def file(path: str) -> File:
    return File(path, False, 1, None, "2.7.41491.1183")


def program(image: str | None, *files: str, confirmed: Any = None) -> Program:
    service = Service("RdAgent", 4, 2, None, None, image, 1, None, None)
    paths = Observed(Paths(tuple(map(file, files)), (), False))
    return Program("RdAgent", Observed(service), paths, confirmed)


OWN = r"D:\WindowsAzure\Packages\WaAppAgent.exe"


@pytest.mark.parametrize(
    "image", [OWN, OWN.upper(), r"%SystemDrive%\WindowsAzure\Packages\WaAppAgent.exe", f'"{OWN}" -x']
)
def test_the_program_that_a_service_runs(image: str) -> None:
    other = r"D:\WindowsAzure\Packages_1\WaAppAgent.exe"
    assert program(image, other, OWN).running_file() == file(OWN)


def test_a_program_elsewhere_counts_where_it_was_looked_up() -> None:
    image = r"E:\Agent\WaAppAgent.exe"
    assert program(image, OWN, confirmed=Observed(Paths((file(image),), (), False))).running_file() == file(image)
    assert program(image, OWN, confirmed=Absent()).running_file() is None
    assert program("WaAppAgent.exe", OWN).running_file() is None
    for confirmed in (None, Unreadable(Why(Reason.DENIED))):
        with pytest.raises(UnreadableFact):
            program(image, OWN, confirmed=confirmed).running_file()
    for unnamed in (None, ""):
        with pytest.raises(UnreadableFact, match="no source told the ImagePath of the service RdAgent"):
            program(unnamed, OWN).running_file()
