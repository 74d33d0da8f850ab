"""What a requirement's body may say besides passing or failing: what it observed, advised and noted."""

from __future__ import annotations

from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from typing import Any, NoReturn


class NotApplicable(Exception):
    """The requirement does not concern this host; the text is the reason."""


class Missing(AssertionError):
    """What the role brings with it is not there: a deviation where the role is declared; where it was only discovered, nothing to judge."""


@dataclass(slots=True)
class Statement:
    """What one running body has said so far."""

    observed: Any = None
    advice: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


_statement: ContextVar[Statement | None] = ContextVar("vmready_statement", default=None)


class listening:
    """A context: collect what the body that runs inside says."""

    __slots__ = ("_token",)
    _token: Token[Statement | None]

    def __enter__(self) -> Statement:
        statement = Statement()
        self._token = _statement.set(statement)
        return statement

    def __exit__(self, *_: object) -> None:
        _statement.reset(self._token)


def _current(name: str) -> Statement:
    statement = _statement.get()
    if statement is None:
        raise RuntimeError(f"{name}() can be called in the body of a requirement only")
    return statement


def observe(value: Any) -> None:
    """Name what was observed: a small JSON value (tuples and sets become lists, sets sorted). Waivers bind to it, so nothing in it may
    change by itself (no times, counters, process ids)."""
    _current("observe").observed = plain(value)


def advise(text: str) -> None:
    """A deviation that does not make the host non-compliant: the verdict is *warning* if the body passes."""
    _current("advise").advice.append(text)


def note(text: str) -> None:
    """Something worth recording: the verdict is *noted* if the body passes and nothing was advised."""
    _current("note").notes.append(text)


def not_applicable(reason: str) -> None:
    """End the body: the requirement does not concern this host, for this reason."""
    raise NotApplicable(reason)


def missing(reason: str) -> NoReturn:
    """End the body: something that comes with the role is not there. Non-compliant where the inventory declares the role, not applicable
    where the role was only discovered on the host."""
    raise Missing(reason)


def plain(value: Any) -> Any:
    """The value in JSON's own types."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value)
