"""Windows' own terms, short: the deltas that several tables of examples use."""

from __future__ import annotations

from typing import Any

NDP = r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full"


def key(path: str, **values: Any) -> dict[str, Any]:
    """A key with values (None removes one)."""
    return {"registry": {path: values}}


def no_key(path: str) -> dict[str, Any]:
    return {"registry": {path: None}}


def denied(*places: str) -> dict[str, Any]:
    return {"denied": list(places)}


def service(name: str, **changes: Any) -> dict[str, Any]:
    return {"services": {name: changes}}


def no_service(name: str) -> dict[str, Any]:
    return {"services": {name: None}}


def endpoint(name: str, **changes: Any) -> dict[str, Any]:
    return {"endpoints": {name: changes}}


def together(*deltas: dict[str, Any]) -> dict[str, Any]:
    """Several deltas of different parts of the state (registry keys are joined)."""
    found: dict[str, Any] = {}
    for delta in deltas:
        for part, changes in delta.items():
            if isinstance(changes, dict) and isinstance(found.get(part), dict):
                found[part] = {**found[part], **changes}
            else:
                found[part] = [*found.get(part, []), *changes] if isinstance(changes, list) else changes
    return found
