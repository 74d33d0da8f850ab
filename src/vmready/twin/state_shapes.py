"""The keys of a state, part by part: what ``docs/twin.md`` lists, checked."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from vmready.twin import shapes
from vmready.twin.names import Folded, file_path, key_path
from vmready.twin.shapes import (
    Fields,
    Shape,
    Wrong,
    anything,
    flag,
    list_of,
    moment,
    names,
    nullable,
    number,
    one_of,
    quantity,
    text,
)

_TYPES = (
    "REG_NONE REG_SZ REG_EXPAND_SZ REG_BINARY REG_DWORD REG_DWORD_BIG_ENDIAN REG_LINK REG_MULTI_SZ REG_RESOURCE_LIST "
    "REG_FULL_RESOURCE_DESCRIPTOR REG_RESOURCE_REQUIREMENTS_LIST REG_QWORD"
)
_kind = one_of(*_TYPES.split())
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*\Z")
_VERSION = re.compile(r"\d{1,5}(?:\.\d{1,5}){3}\Z", re.ASCII)
ENCODINGS = {
    "utf-8": ("utf-8", b"\xef\xbb\xbf"),
    "utf-16": ("utf-16-le", b"\xff\xfe"),
    "utf-16le": ("utf-16-le", b"\xff\xfe"),
    "unicode": ("utf-16-le", b"\xff\xfe"),
    "utf-16be": ("utf-16-be", b"\xfe\xff"),
    "unicodefffe": ("utf-16-be", b"\xfe\xff"),
    "windows-1252": ("cp1252", b""),
    "iso-8859-1": ("latin-1", b""),
    "us-ascii": ("ascii", b""),
}


def registry_value(value: Any, where: str) -> dict[str, Any]:
    """``{type, data}``, or for short a number (REG_DWORD), text (REG_SZ), a list of text (REG_MULTI_SZ)."""
    if isinstance(value, str):
        return {"type": "REG_SZ", "data": value}
    if isinstance(value, int) and not isinstance(value, bool):
        value = {"type": "REG_DWORD", "data": value}
    elif isinstance(value, list | tuple):
        value = {"type": "REG_MULTI_SZ", "data": value}
    entry = Fields({"type": _kind, "data": anything}, ("type",))(value, where)
    kind, data, at = entry["type"], entry.get("data"), shapes.below(where, "data")
    if kind in ("REG_DWORD", "REG_QWORD"):
        bits = 32 if kind == "REG_DWORD" else 64
        whole = number(data, at)
        if not -(1 << bits - 1) <= whole < 1 << bits:
            raise Wrong(at, f"{whole} does not fit into {bits} bits")
        data = whole & (1 << bits) - 1
    elif kind in ("REG_SZ", "REG_EXPAND_SZ"):
        text(data, at)
    elif kind == "REG_MULTI_SZ":
        data = list_of(text)(data, at)
    else:
        data = "" if data is None else text(data, at).lower()
        if not _HEX.match(data):
            raise Wrong(at, "bytes are written as hex, two digits each")
    return {"type": kind, "data": data}


def key_name(name: str, where: str) -> str:
    path = key_path(name)
    if path is None:
        raise Wrong(shapes.below(where, name), r"no registry key: it begins with HKLM\, HKU\, HKCU\ or HKCR\ ")
    return path


def file_name(name: str, where: str) -> str:
    path = file_path(name)
    if path is None:
        raise Wrong(shapes.below(where, name), r"no path of a file: it begins with C:\ or another drive")
    return path


def _key_or_file(name: str, where: str) -> str:
    path = key_path(name) or file_path(name)
    if path is None:
        raise Wrong(shapes.below(where, name), "neither a registry key nor the path of a file")
    return path


def _denied(value: Any, where: str) -> str:
    name = text(value, where)
    if name.casefold().startswith("log:") or name.casefold() == "service control manager":
        return name
    path = key_path(name) or file_path(name)
    if path is None:
        raise Wrong(where, f"{shapes.shown(name)} is no key, no path, no 'log:NAME' and not 'service control manager'")
    return path


def _version(value: Any, where: str) -> str:
    if not _VERSION.match(text(value, where)):
        raise Wrong(where, f"{shapes.shown(value)} is no version of four numbers")
    return str(value)


def _base64(value: Any, where: str) -> str:
    try:
        base64.b64decode(text(value, where), validate=True)
    except (binascii.Error, ValueError):
        raise Wrong(where, "not base64") from None
    return str(value)


def _encoding(value: Any, where: str) -> str:
    return one_of(*ENCODINGS)(value, where)  # type: ignore[no-any-return]


def _sddl(value: Any, where: str) -> str:
    """Owner, group and DACL: an audit list (SACL) is left out, nobody reads it."""
    found = re.match(
        r"((?:O:[^:()]+?)?(?:G:[^:()]+?)?(?:D:[A-Z]*(?:\([^()]*\))*)?)(?:S:[A-Z]*(?:\([^()]*\))*)?\Z",
        text(value, where),
    )
    if found is None:
        raise Wrong(where, f"{shapes.shown(value)} is no security descriptor (SDDL)")
    return found[1]


def _port_pattern(name: str, where: str) -> str:
    if name != "*" and not re.fullmatch(r"(?:\*|[^\s/]+):\d{1,5}", name):
        raise Wrong(shapes.below(where, name), "an endpoint is host:port, *:port or *")
    return name


def _with_then(fields: dict[str, Shape], later: dict[str, Shape]) -> Fields:
    return Fields({**fields, "then": nullable(Fields({**fields, **later}))})


_STATUS = one_of("Stopped", "StartPending", "StopPending", "Running", "ContinuePending", "PausePending", "Paused")
_SERVICE: dict[str, Shape] = {
    "status": _STATUS,
    "startType": one_of("Boot", "System", "Automatic", "Manual", "Disabled"),
    "displayName": text,
    "processId": number,
    "pathName": nullable(text),
    "account": nullable(text),
    "exitCode": number,
    "delayed": flag,
    "dependsOn": list_of(text),
}
_PROCESS = Fields(
    {
        **dict.fromkeys(("name", "path", "version", "company", "user", "commandLine"), nullable(text)),
        **dict.fromkeys(("id", "session", "workingSet", "handles"), number),
        "cpu": quantity,
        "started": nullable(moment),
        "modules": list_of(
            Fields(dict.fromkeys(("name", "path", "company", "description", "product", "version"), nullable(text)))
        ),
    },
    ("name", "id"),
)
_EVENT = Fields(
    {
        **dict.fromkeys(("id", "level", "recordId", "qualifiers", "task", "processId"), number),
        **dict.fromkeys(("provider", "computer", "xml", "keywords"), text),
        "message": nullable(text),
        "time": moment,
        "data": shapes.either(Mapping, names(anything), nullable(list_of(anything))),
    }
)


def _event(value: Any, where: str) -> dict[str, Any]:
    entry = _EVENT(value, where)
    for wanted in () if "xml" in entry else ("id", "provider", "time"):
        if wanted not in entry:
            raise Wrong(where, f"an event without xml has the key {wanted!r}")
    return entry


_LOG = Fields(
    {
        "events": list_of(_event),
        "enabled": flag,
        "type": one_of("Administrative", "Operational", "Analytical", "Debug"),
        "classic": flag,
        "denied": flag,
        "providers": list_of(text),
        "maximumSize": number,
        "sddl": text,
    }
)
_FILE: dict[str, Shape] = {
    "text": text,
    "lines": list_of(text),
    "base64": _base64,
    "encoding": nullable(_encoding),
    "directory": flag,
    "length": number,
    "modified": moment,
    "created": moment,
    "attributes": text,
    "version": nullable(_version),
    "productVersion": nullable(text),
    "company": nullable(text),
    "locked": flag,
    "writing": flag,
    "signature": Fields({**dict.fromkeys(("status", "subject", "thumbprint", "issuer"), text), "isOSBinary": flag}),
    "appLocker": Fields(
        {"publisher": Fields(dict.fromkeys(("name", "product", "binary", "version"), text)), "hash": text}
    ),
}
_WMI_ERRORS = one_of("invalid-class", "invalid-namespace", "access-denied", "generic-failure", "rpc-unavailable")
_ANSWER_FIELDS: dict[str, Shape] = {
    "status": number,
    **dict.fromkeys(("statusText", "body", "message"), text),
    "headers": names(text),
    "requires": names(text),
    **dict.fromkeys(("chunked", "silent", "stall"), flag),
    "delay": number,
    "error": Fields({"status": text, "message": text, "socket": number}, ("status",)),
}
_HTTP = Fields(_ANSWER_FIELDS)
_CERTIFICATE_TIMES: dict[str, Shape] = {"notBefore": moment, "notAfter": moment}
_TLS = Fields({**dict.fromkeys(("subject", "issuer", "thumbprint", "error"), text), **_CERTIFICATE_TIMES})
_ENDPOINT = Fields(
    {
        "tcp": one_of("open", "refused", "forbidden", "timeout", "unreachable", "dns-failure", "reset"),
        "addresses": list_of(text),
        "delay": number,
        "tls": _TLS,
        "http": _HTTP,
        "direct": _HTTP,
        "paths": names(_HTTP),
    }
)
_DNS = Fields(
    {
        "addresses": list_of(text),
        "delay": number,
        "silent": flag,
        "error": one_of("not-found", "try-again", "no-recovery", "no-data"),
    }
)
_CERTIFICATE = Fields(
    {
        **dict.fromkeys(("subject", "issuer", "thumbprint", "friendlyName"), text),
        **_CERTIFICATE_TIMES,
        "hasPrivateKey": flag,
        "base64": _base64,
    }
)
_OS = Fields(
    {
        **dict.fromkeys(("version", "caption", "computerName", "userName", "psVersion", "userSid", "culture"), text),
        **dict.fromkeys(("productType", "connectTimeout", "bitness", "securityProtocol"), number),
        "now": text,
        "bootTime": moment,
        "accounts": names(text),
        "environment": names(text),
        "missingCommands": list_of(text),
        "groups": list_of(text),
        "serviceStartType": flag,
        "languageMode": one_of("FullLanguage", "ConstrainedLanguage"),
    }
)
_TWIN = Fields(
    {
        "delay": quantity,
        "clockOffset": quantity,
        "later": anything,
        "logon": one_of("accepted", "refused"),
        "faults": list_of(anything),
    }
)
_NATIVE = shapes.either(
    str,
    lambda value, where: {"output": value, "exitCode": 0},
    Fields({"output": text, "exitCode": number, "error": text, "silent": flag}),
)

PARTS: dict[str, Shape] = {
    "os": _OS,
    "registry": names(names(registry_value), key_name),
    "denied": list_of(_denied),
    "services": names(_with_then(_SERVICE, {"after": quantity})),
    "processes": list_of(_PROCESS),
    "logs": names(_LOG),
    "files": names(_with_then(_FILE, {}), file_name),
    "acls": names(_sddl, _key_or_file),
    "wmi": names(
        names(shapes.either(Mapping, Fields({"error": _WMI_ERRORS}, ("error",)), list_of(names(anything)))),
        lambda name, _: name.replace("/", "\\"),
    ),
    "endpoints": names(_ENDPOINT, _port_pattern),
    "dns": names(shapes.either(Mapping, _DNS, list_of(text))),
    "proxy": names(nullable(text)),
    "certificates": names(list_of(_CERTIFICATE)),
    "native": names(_NATIVE),
    "com": names(names(anything)),
    "appLocker": Fields({"effective": text, "local": text}),
    "twin": _TWIN,
}
_STATE = Fields({"description": text, **PARTS})


def check(raw: Any) -> dict[str, Any]:
    """The parts of a state in one spelling, all there (empty where nothing is declared). Raises :class:`~vmready.twin.shapes.Wrong`."""
    found = _STATE(raw, "")
    for part in PARTS:
        found.setdefault(
            part, [] if part in ("denied", "processes") else {} if part in ("os", "appLocker", "twin") else Folded()
        )
    return found
