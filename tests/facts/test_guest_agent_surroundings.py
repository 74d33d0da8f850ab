"""The agent's surroundings, its certificate, its update and its programs: answers that no state of the twin can declare, and boundaries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vmready.facts.guest_agent_certificate import guest_agent_certificate
from vmready.facts.guest_agent_crashes import GuestAgentCrashes
from vmready.facts.guest_agent_installation import Program, guest_agent_program_entry
from vmready.facts.guest_agent_lifecycle import GuestAgentWay, LogWriter
from vmready.facts.guest_agent_log import GuestAgentLog
from vmready.facts.guest_agent_log_lines import Record
from vmready.facts.guest_agent_surroundings import (
    DEBUGGING,
    DISKS,
    MACHINE_CONFIG,
    MIB,
    WINDOWS_FOLDER,
    WINMGMT,
    GuestAgentSurroundings,
)
from vmready.facts.guest_agent_update import UpdateRecord
from vmready.facts.npcap import npcap
from vmready.facts.registry import UnreadableFact, facts
from vmready.facts.services import GuestAgentServices
from vmready.facts.wire_server import WireServer
from vmready.probes.answers import Absent, Observed, Reason, Unreadable, Why
from vmready.probes.readings import (
    Certificate,
    Connection,
    EventLog,
    File,
    Instances,
    Key,
    Paths,
    Service,
    System,
    Value,
    XmlShape,
)
from vmready.probes.vocabulary import Path

CLOCK = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SYSTEM = System(None, None, None, None, None, None, None, None, None, None, CLOCK)
OWN = r"D:\WindowsAzure\Packages\WaAppAgent.exe"
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


@pytest.mark.parametrize(
    ("interface", "said"), [("Npcap Loopback Adapter #2", True), ("Ethernet", False), ("vEthernet", False)]
)
def test_where_the_agent_looked_for_its_fabric_address(interface: str, said: bool) -> None:
    record = Record(CLOCK, "ERROR", f"Did not discover fabric address on interface {interface}")
    absent = Absent()
    found = npcap(GuestAgentLog(CLOCK, (record,)), adapters(1, more=False), absent, absent, absent)
    assert bool(found.fabric_address) is said


def test_a_loopback_adapter_of_another_name_is_none_of_npcaps() -> None:
    absent = Absent()
    for name in ("VMware Loopback", "A Loopback"):
        rows = [{"Name": name, "InterfaceDescription": name, "InterfaceOperationalStatus": 1}]
        answer = Observed(Instances.read({"instances": rows, "more": False}))
        found = npcap(GuestAgentLog(CLOCK), answer, absent, absent, absent)
        assert (found.active, found.unknown, found.perhaps) == ((), (), ())


@pytest.mark.parametrize(
    ("enabled", "oldest", "more", "said"),
    [
        (None, CLOCK, False, ""),
        (True, CLOCK, False, ""),
        (False, CLOCK, False, "switched off"),
        (None, CLOCK, True, "more events"),
        (True, CLOCK, True, "more events"),
        (None, None, False, "is empty"),
        (True, None, False, "is empty"),
        (False, None, False, "switched off"),
    ],
)
def test_a_log_without_crashes(enabled: bool | None, oldest: datetime | None, more: bool, said: str) -> None:
    logs = Observed(EventLog(enabled, oldest, (), more))
    found = GuestAgentCrashes(logs, logs, logs, CLOCK, GuestAgentServices({}))
    if not said:
        assert found.problems() == ()
        return
    with pytest.raises(UnreadableFact, match=said):
        found.problems()


def test_more_installed_programs_than_are_looked_at() -> None:
    programs = Observed(Key.read({"values": {}, "keys": {}, "more": True}))
    for views in ((programs, Absent()), (Absent(), programs)):
        with pytest.raises(UnreadableFact, match="could not be read"):
            guest_agent_program_entry(*views)
    assert guest_agent_program_entry(Absent(), Absent()) is None
    named = Value("REG_SZ", "Windows Azure VM Agent".ljust(81, "x"))
    entry = guest_agent_program_entry(Observed(Key({}, {}, {"{A}": Key({"DisplayName": named}, {}, {})})), Absent())
    assert entry is not None
    assert (len(entry.name), entry.version) == (80, None)


@pytest.mark.parametrize(
    ("image", "asked"),
    [
        (OWN, False),
        (r"%SystemDrive%\WindowsAzure\Packages\WaAppAgent.exe", False),
        (r"E:\Agent\WaAppAgent.exe", True),
        (r"%windir%\WaAppAgent.exe", True),
        ("WaAppAgent.exe", False),
        (r"D:\WindowsAzure\..\WaAppAgent.exe", False),
        (r"\\server\share\WaAppAgent.exe", False),
        (None, False),
    ],
)
def test_programs_that_are_looked_up(image: str | None, asked: bool) -> None:
    """Only what no listed program is, and what is a path of a local drive."""
    found, other = program(image, OWN), program(OWN, OWN)
    follow_up = facts.facts["guest_agent_installation"].follow_up
    assert follow_up is not None
    probes = list(follow_up(found.answer, other.answer, found.files, other.files))
    assert probes == ([Path(str(image))] if asked else [])


@pytest.mark.parametrize(
    ("free", "seen", "problem", "doubt"),
    [
        (100 * MIB - 1, "less than 100 MiB", True, False),
        (100 * MIB, "less than 1024 MiB", False, True),
        (1024 * MIB - 1, "less than 1024 MiB", False, True),
        (1024 * MIB, "enough", False, False),
    ],
)
def test_space_on_the_system_drive(free: int, seen: str, problem: bool, doubt: bool) -> None:
    disks = Instances.read({"instances": [{"DeviceID": "D:", "FreeSpace": free}], "more": False})
    folder = Paths((File("D:\\Windows", True, None, None, None),), (), False)
    answers: dict[Any, Any] = {DISKS: Observed(disks), WINDOWS_FOLDER: Observed(folder)}
    found = GuestAgentSurroundings(answers, GuestAgentLog(CLOCK)).space()
    assert (found.seen, bool(found.problem), bool(found.doubt)) == (seen, problem, doubt)


@pytest.mark.parametrize(("start", "problem", "doubt"), [(2, False, False), (3, False, True), (4, True, False)])
def test_the_start_of_winmgmt(start: int, problem: bool, doubt: bool) -> None:
    key = Key({"Start": Value("REG_DWORD", start)}, {}, {})
    found = GuestAgentSurroundings({WINMGMT: Observed(key)}, GuestAgentLog(CLOCK)).management()
    assert (bool(found.problem), bool(found.doubt)) == (problem, doubt)


@pytest.mark.parametrize(
    ("place", "reached", "said"),
    [
        ("168.63.129.16:80", True, True),
        ("168.63.129.16:32526", True, True),
        ("168.63.129.16:80", False, False),
        ("168.63.129.16:443", True, False),
        ("168.63.129.16:80", None, False),
        ("", True, True),
    ],
)
def test_what_is_reached_now_is_said_of_ports_that_were_tried(place: str, reached: bool | None, said: bool) -> None:
    record = Record(CLOCK, "ERROR", f"GetVersions() failed with exception: (503) {place}")
    answer = (
        Unreadable(Why(Reason.DENIED))
        if reached is None
        else Observed(Connection(None, (), "connected" if reached else "timeout", None, None))
    )
    server = WireServer({80: answer, 32526: answer}, Absent(), Absent())
    (problem,) = GuestAgentWay(GuestAgentLog(CLOCK, (record,)), server, LogWriter(program(OWN).answer)).failures()
    assert ("is reached now" in problem) is said


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
