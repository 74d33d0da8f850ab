"""wmi: instances of declared classes, and of those that follow from services, processes and os."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vmready.twin import times
from vmready.twin.answers.outcome import Absent, Unreadable, bad_argument, not_allowed, why
from vmready.twin.answers.question import Question
from vmready.twin.answers.readings import Readings
from vmready.twin.names import Folded, fold
from vmready.twin.states import State

_INSTANCES = 1000
_PROPERTY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
#: ``docs/probes.md``, Decisions.
ALLOWED: Mapping[str, tuple[str, ...]] = {
    r"root\cimv2": (
        *(
            "Win32_ComputerSystem",
            "Win32_ComputerSystemProduct",
            "Win32_SystemEnclosure",
            "Win32_BIOS",
            "Win32_OperatingSystem",
        ),
        *(
            "Win32_Service",
            "Win32_LogicalDisk",
            "Win32_Volume",
            "Win32_DiskDrive",
            "Win32_NetworkAdapter",
            "Win32_IP4RouteTable",
        ),
        *("Win32_NetworkAdapterConfiguration", "Win32_ServerFeature", "Win32_QuickFixEngineering"),
    ),
    r"root\StandardCimv2": (
        *(
            "MSFT_NetRoute",
            "MSFT_NetIPInterface",
            "MSFT_NetIPAddress",
            "MSFT_NetAdapter",
            "MSFT_DNSClientServerAddress",
        ),
        *("MSFT_NetConnectionProfile", "MSFT_NetTCPConnection"),
    ),
    r"root\Microsoft\Windows\Storage": ("MSFT_Disk", "MSFT_Partition", "MSFT_Volume"),
    r"root\Microsoft\Windows\DeviceGuard": ("Win32_DeviceGuard",),
    r"root\cimv2\Security\MicrosoftVolumeEncryption": ("Win32_EncryptableVolume",),
}
_ALLOWED = frozenset((fold(space), fold(name)) for space, classes in ALLOWED.items() for name in classes)
_FAILURES = {
    "access-denied": (
        "GetWMIManagementException",
        "System.Management.ManagementException",
        -2147217405,
        "Access denied ",
    ),
    "generic-failure": (
        "GetWMIManagementException",
        "System.Management.ManagementException",
        -2147217407,
        "Generic failure ",
    ),
    "rpc-unavailable": (
        "GetWMICOMException",
        "System.Runtime.InteropServices.COMException",
        -2147023174,
        "The RPC server is unavailable.",
    ),
}
_STATES = {
    "StartPending": "Start Pending",
    "StopPending": "Stop Pending",
    "ContinuePending": "Continue Pending",
    "PausePending": "Pause Pending",
}


def answer(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    class_name = question.subject
    space = (question.one("namespace") or r"root\cimv2").replace("/", "\\")
    if (fold(space), fold(class_name)) not in _ALLOWED:
        raise not_allowed(f"{space}:{class_name}")
    properties = question.all("property")
    where = question.one("where")
    column, sign, literal = (where or "").partition("=")
    if not properties or (where is not None and not sign):
        raise bad_argument("a property is wanted, and where=NAME=LITERAL")
    for name in (*properties, *([column] if where is not None else [])):
        if not _PROPERTY.fullmatch(name):
            raise bad_argument(f"no name of a property: {name}")
    found = []
    for row in rows(state, space, class_name, readings):
        if where is not None and not _equal(row.get(column), literal):
            continue
        if fold(class_name) == "WIN32_SERVICE":
            readings.saw_service(str(row.get("Name", "")), "wmi")
        found.append({wanted: value(row.get(wanted)) for wanted in properties})
    return {"instances": found[:_INSTANCES], "more": len(found) > _INSTANCES}


def rows(state: State, namespace: str, name: str, readings: Readings) -> list[Mapping[str, Any]]:
    """The instances of a class. Raises Absent where the class or its namespace does not exist, Unreadable where WMI fails."""
    space = state["wmi"].get(namespace)
    if space is not None and name in space:
        declared = space[name]
        if isinstance(declared, list):
            return declared
        error = declared["error"]
        if error in ("invalid-class", "invalid-namespace"):
            raise Absent
        error_id, kind, number, message = _FAILURES[error]
        raise Unreadable(why(error_id, message, type=kind, code=number, hresult=number, category=7))
    if fold(namespace) == fold(r"root\cimv2"):
        match fold(name):
            case "WIN32_SERVICE":
                return [_service(readings.service(state, service, "wmi"), service) for service in state["services"]]
            case "WIN32_OPERATINGSYSTEM":
                return [_operating_system(state, readings)]
    raise Absent


def _service(entry: Mapping[str, Any], name: str) -> Folded[Any]:
    status = entry.get("status", "Stopped")
    return Folded(
        {
            "Name": name,
            "DisplayName": entry.get("displayName"),
            "State": _STATES.get(status, status),
            "StartMode": {"Automatic": "Auto"}.get(mode := entry.get("startType", "Manual"), mode),
            "ProcessId": entry.get("processId", 0),
            "PathName": entry.get("pathName"),
            "StartName": entry.get("account") or "LocalSystem",
            "ExitCode": entry.get("exitCode", 0),
            "ServiceSpecificExitCode": 0,
            "DelayedAutoStart": bool(entry.get("delayed")),
            "Started": status == "Running",
            "Status": "OK",
        }
    )


def _operating_system(state: State, readings: Readings) -> Folded[Any]:
    os = state.os
    numbers = os["version"].split(".") if "version" in os else []
    boot = os.get("bootTime")
    return Folded(
        {
            "Caption": os.get("caption"),
            "Version": ".".join(numbers[:3]),
            "BuildNumber": numbers[2] if len(numbers) > 2 else None,
            "ProductType": os.get("productType") or 3,
            "CSName": os.get("computerName"),
            "OSArchitecture": "64-bit",
            "SystemDirectory": r"C:\Windows\system32",
            "LastBootUpTime": None if boot is None else times.to_dmtf(times.moment(boot, readings.now)),
        }
    )


def value(declared: Any) -> Any:
    """A property as JSON holds it: DMTF times as UTC, ``{type, value}`` as the value."""
    if isinstance(declared, Mapping):
        return value(declared.get("value"))
    if isinstance(declared, list):
        return [value(item) for item in declared]
    if isinstance(declared, str) and (when := times.dmtf(declared)) is not None:
        return times.iso(when)
    return declared


def _equal(declared: Any, literal: str) -> bool:
    if isinstance(declared, Mapping):
        declared = declared.get("value")
    if declared is None or isinstance(declared, list):
        return False
    if isinstance(declared, bool):
        return fold(literal) == ("TRUE" if declared else "FALSE")
    if isinstance(declared, int | float):
        try:
            return float(literal) == declared
        except ValueError:
            return False
    return fold(declared) == fold(literal)
