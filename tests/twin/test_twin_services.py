"""service, process and wmi."""

from __future__ import annotations

import pytest
from declared_hosts import absent, host, reason, unreadable, value

from vmready.probes.vocabulary import Process, Service, Wmi
from vmready.twin.answers import Readings, answer

SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"


def test_a_service_from_its_three_sources() -> None:
    state = host(
        services={
            "RdAgent": {
                "status": "Running",
                "startType": "Automatic",
                "processId": 42,
                "account": "LocalSystem",
                "exitCode": 0,
            }
        }
    )
    assert value(state, Service("rdagent")) == {
        "scm": {"status": 4},
        "key": {"Start": 2, "ObjectName": "LocalSystem"},
        "wmi": {
            "State": "Running",
            "StartMode": "Auto",
            "StartName": "LocalSystem",
            "ProcessId": 42,
            "ExitCode": 0,
            "ServiceSpecificExitCode": 0,
            "PathName": None,
        },
    }


def test_a_service_that_nobody_knows_is_absent_whatever_else_is_left_of_it() -> None:
    leftover = host(
        registry={rf"{SERVICES}\gone": {"Start": 2}}, wmi={r"root\cimv2": {"Win32_Service": [{"Name": "gone"}]}}
    )
    assert absent(leftover, Service("gone"))


def test_each_part_fails_alone() -> None:
    services = {"s": {"status": "StopPending"}}
    no_scm = host(services=services, denied=["service control manager"])
    assert value(no_scm, Service("s"))["scm"]["unreadable"]["code"] == 5
    assert value(no_scm, Service("s"))["wmi"]["State"] == "Stop Pending"
    assert absent(no_scm, Service("other"))
    no_key = host(services=services, denied=[rf"{SERVICES}\s"])
    assert value(no_key, Service("s"))["key"]["unreadable"]["id"] == "SecurityException"
    no_wmi = host(services=services, wmi={r"root\cimv2": {"Win32_Service": {"error": "rpc-unavailable"}}})
    assert value(no_wmi, Service("s"))["wmi"]["unreadable"]["id"] == "GetWMICOMException"
    nothing = host(
        services=services,
        denied=["service control manager", rf"{SERVICES}\s"],
        wmi={r"root\cimv2": {"Win32_Service": {"error": "access-denied"}}},
    )
    assert reason(nothing, Service("s")) == "DENIED"


def test_a_second_reading_sees_what_comes_then() -> None:
    crashing = {"status": "Running", "processId": 7, "then": {"status": "Stopped", "processId": 0, "exitCode": 1067}}
    state = host(
        services={
            "quick": crashing,
            "late": {**crashing, "then": {**crashing["then"], "after": 5}},
            "never": {**crashing, "then": {**crashing["then"], "after": 60}},
        }
    )
    quick = value(state, Service("quick", again=True))
    assert (quick["scm"], quick["wmi"]["State"], quick["again"]["scm"], quick["again"]["wmi"]["State"]) == (
        {"status": 4},
        "Running",
        {"status": 1},
        "Stopped",
    )
    late = value(state, Service("late", again=True))
    assert (late["wmi"]["State"], late["again"]["scm"], late["again"]["wmi"]["ExitCode"]) == (
        "Running",
        {"status": 1},
        1067,
    )
    never = value(state, Service("never", again=True))
    assert never["again"]["scm"] == {"status": 4}


def test_without_memory_each_reading_is_a_first_one() -> None:
    state = host(services={"s": {"status": "Running", "then": {"status": "Stopped"}}})
    assert value(state, Service("s"))["scm"] == value(state, Service("s"))["scm"] == {"status": 4}
    memory = Readings.of(state)
    assert value(state, Service("s"), memory)["scm"] == {"status": 4}
    assert value(state, Service("s"), memory)["scm"] == {"status": 1}


def test_processes_of_a_name() -> None:
    processes = [
        {"name": "WaAppAgent", "id": 9, "started": 60, "company": "Contoso", "version": "1.2"},
        {"name": "waappagent", "id": 3},
        {"name": "WaAppAgentX", "id": 4},
    ]
    state = host(processes=processes)
    assert value(state, Process("WAAPPAGENT")) == {
        "processes": [
            {"id": 3, "path": None, "started": None, "company": None, "version": None},
            {"id": 9, "path": None, "started": "2026-11-20T09:59:00.000Z", "company": "Contoso", "version": "1.2"},
        ],
        "more": False,
    }
    assert absent(state, Process("nothing"))
    crowd = value(host(processes=[{"name": "p", "id": n} for n in range(201)]), Process("p"))
    assert (len(crowd["processes"]), crowd["more"]) == (200, True)


DISKS = [
    {"DeviceID": "C:", "DriveType": 3, "Label": "System"},
    {"DeviceID": "D:", "DriveType": {"type": "uint32", "value": 3}},
    {"DeviceID": "E:", "DriveType": 5, "Ready": False},
]


def test_instances_with_the_properties_that_were_asked() -> None:
    state = host(wmi={r"root\cimv2": {"Win32_LogicalDisk": DISKS}})
    asked = Wmi("win32_logicaldisk", ("deviceid", "DriveType", "Nothing"), where=("drivetype", "3"))
    assert value(state, asked) == {
        "instances": [
            {"deviceid": "C:", "DriveType": 3, "Nothing": None},
            {"deviceid": "D:", "DriveType": 3, "Nothing": None},
        ],
        "more": False,
    }
    assert len(value(state, Wmi("Win32_LogicalDisk", ("DeviceID",), where=("Label", "SYSTEM")))["instances"]) == 1
    assert len(value(state, Wmi("Win32_LogicalDisk", ("DeviceID",), where=("Ready", "false")))["instances"]) == 1
    assert value(state, Wmi("Win32_LogicalDisk", ("DeviceID",), where=("Missing", "")))["instances"] == []


def test_times_are_utc() -> None:
    row = {"BIOSVersion": "x", "ReleaseDate": "20260105101112.123456+060", "Interval": "00000001000000.000000:000"}
    found = value(host(wmi={r"root\cimv2": {"Win32_BIOS": [row]}}), Wmi("Win32_BIOS", ("ReleaseDate", "Interval")))[
        "instances"
    ]
    assert found == [{"ReleaseDate": "2026-01-05T09:11:12.123Z", "Interval": "00000001000000.000000:000"}]


def test_classes_that_follow_from_the_rest_of_the_state() -> None:
    state = host(
        os={"version": "10.0.20348.1", "bootTime": 3600, "computerName": "VM"}, services={"s": {"status": "Running"}}
    )
    assert value(
        state, Wmi("Win32_OperatingSystem", ("Version", "BuildNumber", "ProductType", "LastBootUpTime", "CSName"))
    )["instances"] == [
        {
            "Version": "10.0.20348",
            "BuildNumber": "20348",
            "ProductType": 3,
            "LastBootUpTime": "2026-11-20T09:00:00.000Z",
            "CSName": "VM",
        }
    ]
    assert value(state, Wmi("Win32_Service", ("Name", "StartMode")))["instances"] == [
        {"Name": "s", "StartMode": "Manual"}
    ]
    own = host(services={"s": {}}, wmi={r"root\cimv2": {"Win32_Service": [{"Name": "declared"}]}})
    assert value(own, Wmi("Win32_Service", ("Name",)))["instances"] == [{"Name": "declared"}]


@pytest.mark.parametrize(
    ("error", "expected"),
    [("access-denied", "DENIED"), ("generic-failure", "FAILED"), ("rpc-unavailable", "FAILED")],
)
def test_a_failing_repository_is_unreadable(error: str, expected: str) -> None:
    state = host(wmi={r"root\cimv2": {"Win32_Volume": {"error": error}}})
    assert reason(state, Wmi("Win32_Volume", ("Label",))) == expected


def test_a_class_or_namespace_that_is_not_there_is_absent() -> None:
    state = host(wmi={r"root\cimv2": {"Win32_Volume": {"error": "invalid-class"}}})
    assert absent(state, Wmi("Win32_Volume", ("Label",)))
    assert absent(state, Wmi("Win32_ServerFeature", ("Name",)))
    assert absent(state, Wmi("Win32_DeviceGuard", ("X",), namespace="root/Microsoft/Windows/DeviceGuard"))


def test_only_classes_of_the_list() -> None:
    assert unreadable(host(), Wmi("Win32_Product", ("Name",))) == "NotAllowed"
    assert unreadable(host(), Wmi("Win32_BIOS", ("Name",), namespace=r"root\default")) == "NotAllowed"
    assert answer(host(), "'wmi' 'Win32_BIOS'")["why"]["id"] == "BadArgument"


def test_at_most_a_thousand_instances() -> None:
    rows = [{"Index": n} for n in range(1_001)]
    found = value(host(wmi={r"root\cimv2": {"Win32_DiskDrive": rows}}), Wmi("Win32_DiskDrive", ("Index",)))
    assert (len(found["instances"]), found["more"]) == (1_000, True)
