"""certificates, native, com, applocker and system: what is installed on the host, and what it says of itself."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from vmready.twin import times
from vmready.twin.answers import paths, wmi
from vmready.twin.answers.outcome import Absent, Unreadable, bad_argument, not_allowed, own, unsupported, why
from vmready.twin.answers.question import Question
from vmready.twin.answers.readings import Readings
from vmready.twin.answers.registry import USER_INFO, overwritten
from vmready.twin.names import cut, fold, units
from vmready.twin.states import State

_CERTIFICATES = 200
_NATIVE = ("qwinsta", "vssadmin list writers", "netsh winhttp show proxy")
_NATIVE_TEXT = 65_536
_POLICY = 4 * 1024 * 1024
_FILES = 50
_EXE = re.compile(
    r"""<RuleCollection\b(?=[^>]*\bType\s*=\s*["']Exe["'])[^>]*?(?:/>|>.*?(?:</RuleCollection>|\Z)|\Z)""",
    re.DOTALL,
)
_ADMINISTRATORS = "S-1-5-32-544"
_GROUPS = (_ADMINISTRATORS, "S-1-1-0", "S-1-5-11")


def certificates(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    if fold(question.subject) != fold(r"LocalMachine\My"):
        raise not_allowed(question.subject)
    if question.subject not in state["certificates"]:
        raise Absent
    declared = state["certificates"][question.subject]
    return {
        "certificates": [_certificate(entry, readings) for entry in declared[:_CERTIFICATES]],
        "more": len(declared) > _CERTIFICATES,
    }


def _certificate(entry: Mapping[str, Any], readings: Readings) -> dict[str, Any]:
    found = {**(_decoded(entry["base64"]) if "base64" in entry else {}), **entry}
    dates = {
        name: times.iso(times.moment(found[name], readings.now)) if name in found else None
        for name in ("notBefore", "notAfter")
    }
    return {
        "subject": found.get("subject"),
        "issuer": found.get("issuer"),
        "friendlyName": found.get("friendlyName") or None,
        **dates,
        "thumbprint": found.get("thumbprint"),
        "hasPrivateKey": found.get("hasPrivateKey", False),
    }


def _decoded(text: str) -> dict[str, Any]:
    """The public parts of a real certificate (DER in base64)."""
    from cryptography import x509  # noqa: PLC0415 - only the twin extra brings it
    from cryptography.hazmat.primitives.hashes import SHA1  # noqa: PLC0415

    certificate = x509.load_der_x509_certificate(base64.b64decode(text))
    return {
        "subject": certificate.subject.rfc4514_string().replace(",", ", "),
        "issuer": certificate.issuer.rfc4514_string().replace(",", ", "),
        "thumbprint": certificate.fingerprint(SHA1()).hex().upper(),  # noqa: S303 - what Windows calls a thumbprint
        "notBefore": times.iso(certificate.not_valid_before_utc),
        "notAfter": times.iso(certificate.not_valid_after_utc),
    }


def native(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    command = question.subject
    if command not in _NATIVE:
        raise not_allowed(command)
    if state.constrained and command.startswith("vssadmin"):
        raise unsupported("a program with a time limit, in Constrained Language Mode")
    if command not in state["native"] or fold(command.split()[0]) in map(fold, state.os.get("missingCommands", ())):
        raise Absent
    entry = state["native"][command]
    if entry.get("silent") and command.startswith("vssadmin"):
        raise own("BudgetSpent", "vssadmin had not ended")
    text = re.sub(r"\r?\n", "\n", entry.get("output", "")).rstrip("\n")
    return {"text": cut(overwritten(USER_INFO, text), _NATIVE_TEXT), "exit": entry.get("exitCode", 0)}


_OBJECTS = {
    "Microsoft.Update.AutoUpdate": (None, "Settings.NotificationLevel"),
    "AgentConfigManager.MgmtSvcCfg": ("GetCloudWorkspaces", "workspaceId"),
}


def com(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    name, call, properties = question.subject, question.one("call"), question.all("property")
    if name not in _OBJECTS or (call, *properties) != _OBJECTS[name]:
        raise not_allowed(name)
    if state.constrained:
        raise unsupported("COM objects, in Constrained Language Mode")
    if name not in state["com"]:
        raise Absent
    declared = state["com"][name]
    if call is None:
        found = {path: _member(declared, path) for path in properties}
        if None in found.values():
            raise Unreadable(why("NoValue", "the setting cannot be read"))
        return {"properties": found}
    methods = _named(declared, "methods") or {}
    result = _named(methods, call)
    if isinstance(result, Mapping) and (text := _named(result, "throws")):
        raise Unreadable(
            why("COMException", str(text), type="System.Runtime.InteropServices.COMException", hresult=-2147467259)
        )
    if result is None and not any(fold(method) == fold(call) for method in methods):
        raise Unreadable(why("MethodNotFound", f"the object has no method {call}"))
    rows = result if isinstance(result, list) else [] if result is None else [result]
    return {"items": [{path: _member(row, path) for path in properties} for row in rows]}


def _named(value: Any, name: str) -> Any:
    if not isinstance(value, Mapping):
        return None
    return next((item for key, item in value.items() if fold(key) == fold(name)), None)


def _member(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = _named(value, name)
    return value


def applocker(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    path = question.one("path")
    if question.subject not in ("effective", "file") or (path is None) == (question.subject == "file"):
        raise bad_argument(question.subject)
    wanted = "Get-AppLockerPolicy" if path is None else "Get-AppLockerFileInformation"
    if state.ps_version < (3,):
        raise unsupported("AppLocker, in Windows PowerShell 2.0")
    if fold(wanted) in map(fold, state.os.get("missingCommands", ())):
        raise Absent
    if path is None:
        match = _EXE.search(state["appLocker"].get("effective", ""))
        if match and len(units(match[0])) > _POLICY:
            raise not_allowed("the policy is larger than 4 MB")
        return {"xml": match[0] if match else ""}
    walk = paths.matches(state, path, _FILES, files_only=True)
    found = []
    for place, node in walk.places:
        known = readings.file(node).get("appLocker", {})
        publisher = known.get("publisher")
        members = ("name", "product", "binary", "version")
        found.append(
            {
                "path": place,
                "publisher": publisher and {name: publisher.get(name) for name in members},
                "hash": _hash(known.get("hash")),
            }
        )
    return {"files": found, "more": walk.more}


def _hash(text: str | None) -> str | None:
    return None if text is None else text.lower().removeprefix("0x")


def system(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    os = state.os
    hidden = state.constrained
    return {
        "computerName": state.environment.get("COMPUTERNAME") or None,
        "machineId": _of_wmi(state, "Win32_ComputerSystemProduct", "UUID", readings),
        "psVersion": os.get("psVersion", "5.1.17763.1"),
        "osVersion": os.get("version", "10.0.17763.0"),
        "bitness": os.get("bitness", 64),
        "languageMode": state.mode,
        "culture": os.get("culture", "en-US"),
        "userSid": None if hidden else os.get("userSid", "S-1-5-18"),
        "administrator": None if hidden else _ADMINISTRATORS in os.get("groups", _GROUPS),
        "boot": _of_wmi(state, "Win32_OperatingSystem", "LastBootUpTime", readings),
        "clock": times.iso(readings.now),
    }


def _of_wmi(state: State, name: str, column: str, readings: Readings) -> Any:
    try:
        rows = wmi.rows(state, r"root\cimv2", name, readings)
    except (Absent, Unreadable):
        return None
    return wmi.value(rows[0].get(column)) if rows else None
