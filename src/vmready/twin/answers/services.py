"""service and process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vmready.twin import times
from vmready.twin.answers import registry, wmi
from vmready.twin.answers.outcome import Absent, Unreadable, registry_denied, unsupported, why
from vmready.twin.answers.question import Question
from vmready.twin.answers.readings import AGAIN, Readings
from vmready.twin.names import fold
from vmready.twin.states import State, expand

_STATUS = {
    name: at
    for at, name in enumerate(
        ("Stopped", "StartPending", "StopPending", "Running", "ContinuePending", "PausePending", "Paused"), 1
    )
}
_START_TYPES = {fold(name): at for at, name in enumerate(("Boot", "System", "Automatic", "Manual", "Disabled"))}
_IN_KEY = ("Start", "DelayedAutostart", "ImagePath", "ObjectName")
_IN_WMI = ("State", "StartMode", "StartName", "ProcessId", "ExitCode", "ServiceSpecificExitCode", "PathName")
_PROCESSES = 200

Part = dict[str, Any]


def service(state: State, question: Question, readings: Readings) -> Part:
    again = question.word("again", "yes")
    shown = question.word("start", "shown") is not None
    name = question.subject
    scm, scm_failure = _part(lambda: _scm(state, name, readings, shown=shown))
    key, key_failure = _part(lambda: _key(state, name))
    if scm == {"absent": True}:
        raise Absent
    row, row_failure = _part(lambda: _wmi(state, name, readings))
    if scm_failure and key == row == {"absent": True}:
        raise Absent
    if scm_failure and key_failure and row_failure:
        raise scm_failure
    found = {"scm": scm, "key": key, "wmi": row}
    if again:
        # For these two readings only: whatever else is asked, the collector asks while it waits.
        readings.elapsed += AGAIN
        found["again"] = {
            "scm": _part(lambda: _scm(state, name, readings))[0],
            "wmi": _part(lambda: _wmi(state, name, readings))[0],
        }
        readings.elapsed -= AGAIN
    return found


def _part(read: Callable[[], Part]) -> tuple[Part, Unreadable | None]:
    try:
        return read(), None
    except Absent:
        return {"absent": True}, None
    except Unreadable as failure:
        return {"unreadable": failure.why}, failure


def _scm(state: State, name: str, readings: Readings, *, shown: bool = False) -> Part:
    if state.denies("service control manager"):
        raise Unreadable(
            why(
                "System.InvalidOperationException",
                "Cannot open Service Control Manager on computer '.'. This operation might require other privileges.",
                type="System.InvalidOperationException",
                code=5,
            )
        )
    if name not in state["services"]:
        raise Absent
    entry = readings.service(state, name, "scm")
    readings.saw_service(name, "scm")
    found: Part = {"status": _STATUS[entry.get("status", "Stopped")]}
    if shown:
        visible = state.os.get("serviceStartType", True)
        found["startType"] = _START_TYPES[fold(entry.get("startType", "Manual"))] if visible else None
    return found


def _key(state: State, name: str) -> Part:
    registry.supported(state, name)
    if "\\" in name:
        raise Absent
    key = state.registry.find(rf"HKLM\SYSTEM\CurrentControlSet\Services\{name}")
    if key is None:
        raise Absent
    if key.refused:
        raise registry_denied()
    found: Part = {}
    for wanted in _IN_KEY:
        value = key.value(wanted)
        if value is not None:
            expanded = value.type == "REG_EXPAND_SZ" and state.constrained
            found[wanted] = expand(state, value.data) if expanded else value.data
    return found


def _wmi(state: State, name: str, readings: Readings) -> Part:
    try:
        rows = wmi.rows(state, r"root\cimv2", "Win32_Service", readings)
    except Absent:
        raise unsupported("WMI has no class Win32_Service here") from None
    for row in rows:
        if fold(str(row.get("Name", ""))) == fold(name):
            readings.saw_service(name, "wmi")
            return {wanted: wmi.value(row.get(wanted)) for wanted in _IN_WMI}
    raise Absent


def process(state: State, question: Question, readings: Readings) -> Part:
    wanted = fold(question.subject)
    running = sorted(
        (entry for entry in state["processes"] if fold(entry["name"] or "") == wanted),
        key=lambda entry: int(entry["id"]),
    )
    if not running:
        raise Absent
    return {
        "processes": [
            {
                "id": entry["id"],
                "path": entry.get("path"),
                "started": None
                if entry.get("started") is None
                else times.iso(times.moment(entry["started"], readings.now)),
                "company": entry.get("company"),
                "version": entry.get("version"),
            }
            for entry in running[:_PROCESSES]
        ],
        "more": len(running) > _PROCESSES,
    }
