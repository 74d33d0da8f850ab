"""What a probe brought: observed, absent, or unreadable. The three never mix.

There is no default value anywhere: whoever wants the value of an answer that holds none gets :class:`UnreadableFact`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Reason(StrEnum):
    """Why something could not be read."""

    DENIED = "access denied"
    TIMED_OUT = "timed out"
    FAILED = "failed"
    UNSUPPORTED = "not possible on this host"
    NOT_COLLECTED = "not collected"


@dataclass(frozen=True, slots=True)
class Why:
    """A reason with what the host said: ``id`` the error id, ``message`` its text (of the host: cleaned and cut before it is shown)."""

    reason: Reason
    id: str = ""
    message: str = ""

    def __str__(self) -> str:
        said = self.message or self.id
        return f"{self.reason}: {said}" if said else str(self.reason)


@dataclass(frozen=True, slots=True)
class Observed(Generic[T]):
    """The thing is there and this is its value."""

    value: T


@dataclass(frozen=True, slots=True)
class Absent:
    """The question was understood, and the thing is not there: an answer, not a failure."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """We could not read it, and know nothing."""

    why: Why


Answer = Observed[T] | Absent | Unreadable


class UnreadableFact(Exception):
    """A fact has no value: it could not be read, or was not collected. The requirement that needs it is undetermined."""

    def __init__(self, fact: str, why: Why, probe: str = "") -> None:
        self.fact, self.why, self.probe = fact, why, probe
        super().__init__(f"{fact} could not be read: {why}" + (f" ({probe})" if probe else ""))


#: Error numbers that mean "access denied": Win32 5, E_ACCESSDENIED, WBEM_E_ACCESS_DENIED, RPC access, SCM.
_DENIED = frozenset({5, -2147024891, 0x80070005, -2147217405, 0x80041003})
_DENIED_WORDS = (
    "unauthorizedaccess",
    "securityexception",
    "accessdenied",
    "permissiondenied",
    "access_denied",
    "privilegenotheld",
    "loginfounavailable",
)
#: System.Management.Automation.ErrorCategory: PermissionDenied, SecurityError, AuthenticationError.
_DENIED_CATEGORIES = frozenset({18, 8, 27})
_TIMED_OUT_WORDS = ("timeout", "timedout", "budgetspent")
_UNSUPPORTED_WORDS = (
    "unsupported",
    "notsupportedinconstrainedlanguage",
    "constrainedlanguage",
    "onlytocoretypes",
    "commandnotfound",
    "platformnotsupported",
)


def why_of(raw: Any) -> Why:
    """Sort what the collector says of a failure (``why`` of docs/probes.md) into a reason. Never raises: host data."""
    if not isinstance(raw, Mapping):
        return Why(Reason.FAILED, "", "the host gave no reason")
    error_id = _short(raw.get("id"), 200)
    message = _short(raw.get("message"), 400)
    head = error_id.split(",", 1)[0].lower()
    kind = _short(raw.get("type"), 200).lower()
    # Anything may stand there: only numbers are compared (a list cannot even be looked up).
    numbers = {number for number in (raw.get("code"), raw.get("hresult")) if isinstance(number, int)}
    category = raw.get("category")
    if any(word in head for word in _UNSUPPORTED_WORDS) or "platformnotsupported" in kind:
        return Why(Reason.UNSUPPORTED, error_id, message)
    if any(word in head for word in _TIMED_OUT_WORDS) or "timeoutexception" in kind:
        return Why(Reason.TIMED_OUT, error_id, message)
    if (
        any(word in head or word in kind for word in _DENIED_WORDS)
        or bool(_DENIED & numbers)
        or (isinstance(category, int) and category in _DENIED_CATEGORIES)
    ):
        return Why(Reason.DENIED, error_id, message)
    return Why(Reason.FAILED, error_id, message)


def reason_of(raw: Any) -> Reason:
    """The reason alone: what collector and twin must agree on."""
    return why_of(raw).reason


def _short(value: Any, limit: int) -> str:
    return value[:limit] if isinstance(value, str) else ""
