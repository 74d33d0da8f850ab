"""How a question ends: with a value, absent, or unreadable with what Windows would say. Nothing else leaves a verb."""

from __future__ import annotations

from typing import Any


class Absent(Exception):
    """The question was understood, and the thing is not there."""


class Unreadable(Exception):
    """It could not be read. ``why`` is what ``docs/probes.md`` lists under *why*."""

    def __init__(self, why: dict[str, Any]) -> None:
        super().__init__(why["id"])
        self.why = why


def why(
    id: str,
    message: str = "",
    *,
    type: str | None = None,
    code: int | None = None,
    hresult: int | None = None,
    category: int | None = None,
) -> dict[str, Any]:
    """A reason with the members that are known."""
    known = {"id": id, "type": type, "code": code, "hresult": hresult, "category": category, "message": message or None}
    return {name: value for name, value in known.items() if value is not None}


def own(id: str, message: str) -> Unreadable:
    """One of the collector's own words: Unsupported, NotAllowed, BadArgument, …"""
    return Unreadable(why(id, message))


def unsupported(what: str) -> Unreadable:
    return own("Unsupported", what)


def bad_argument(what: str) -> Unreadable:
    return own("BadArgument", what)


def not_allowed(what: str) -> Unreadable:
    return own("NotAllowed", what)


def denied(path: str) -> Unreadable:
    """What .NET throws where the file system refuses."""
    return Unreadable(
        why(
            "UnauthorizedAccessException",
            f"Access to the path '{path}' is denied.",
            type="System.UnauthorizedAccessException",
            hresult=-2147024891,
        )
    )


def registry_denied() -> Unreadable:
    return Unreadable(
        why(
            "SecurityException",
            "Requested registry access is not allowed.",
            type="System.Security.SecurityException",
            hresult=-2146233078,
        )
    )
