"""How the parts of a state must look. Each shape checks a value and gives it back in one spelling; what is wrong is one line that names the key."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vmready.twin import times
from vmready.twin.execution import TwinError
from vmready.twin.names import Folded, fold


class StateError(TwinError):
    """A state that cannot be played. The text is one line: ``file: key: what is wrong``."""


class Wrong(ValueError):
    """A value that has not its shape: ``where`` is the key, ``what`` the rest of the line."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}" if where else what)


def below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


Shape = Callable[[Any, str], Any]


def anything(value: Any, where: str) -> Any:
    return value


def text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise Wrong(
            where,
            f"text is wanted, not {shown(value)}" + ("; put it in quotes" if isinstance(value, int | float) else ""),
        )
    return value


def flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise Wrong(where, f"true or false is wanted, not {shown(value)}")
    return value


def number(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(where, f"a whole number is wanted, not {shown(value)}")
    return value


def quantity(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(where, f"a number is wanted, not {shown(value)}")
    return value


def moment(value: Any, where: str) -> str | float:
    """ISO 8601 in UTC, or seconds before the host's clock."""
    if isinstance(value, str):
        try:
            times.parse(value)
        except ValueError:
            raise Wrong(
                where, f"{shown(value)} is no time: write 2026-11-20T10:00:00Z, or a number of seconds before os.now"
            ) from None
        return value
    return quantity(value, where)


def one_of(*words: str) -> Shape:
    """One of these words, whatever its case; given back as it stands here."""
    known = {fold(word): word for word in words}

    def check(value: Any, where: str) -> str:
        found = known.get(fold(text(value, where)))
        if found is None:
            raise Wrong(where, f"{shown(value)} is none of {', '.join(words)}")
        return found

    return check


def nullable(shape: Shape) -> Shape:
    return lambda value, where: None if value is None else shape(value, where)


def list_of(shape: Shape) -> Shape:
    def check(value: Any, where: str) -> list[Any]:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            raise Wrong(where, f"a list is wanted, not {shown(value)}")
        return [shape(item, f"{where}[{at}]") for at, item in enumerate(value)]

    return check


def either(first: type | tuple[type, ...], then: Shape, otherwise: Shape) -> Shape:
    """``then`` for values of these types, ``otherwise`` for the rest."""
    return lambda value, where: then(value, where) if isinstance(value, first) else otherwise(value, where)


def mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Wrong(where, f"keys and values are wanted, not {shown(value)}")
    seen: dict[str, str] = {}
    for name in value:
        if not isinstance(name, str):
            raise Wrong(where, f"the key {shown(name)} is no text; put it in quotes")
        if (other := seen.setdefault(fold(name), name)) is not name:
            raise Wrong(below(where, name), f"stands there already, as {other!r}")
    return value


def names(shape: Shape, spelled: Callable[[str, str], str] | None = None) -> Shape:
    """Keys of the user's choosing. ``spelled`` brings a key into one spelling or raises :class:`Wrong`."""

    def check(value: Any, where: str) -> Folded[Any]:
        found: dict[str, Any] = {}
        seen: set[str] = set()
        for name, item in mapping(value, where).items():
            spelling = spelled(name, where) if spelled else name
            if fold(spelling) in seen:
                raise Wrong(below(where, name), "stands there already, in another spelling")
            seen.add(fold(spelling))
            found[spelling] = shape(item, below(where, name))
        return Folded(found)

    return check


@dataclass(frozen=True)
class Fields:
    """Known keys, whatever their case; given back as they stand here. ``wanted``: those that must be there."""

    shapes: Mapping[str, Shape]
    wanted: tuple[str, ...] = ()
    known: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", {fold(name): name for name in self.shapes})

    def __call__(self, value: Any, where: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, item in mapping(value, where).items():
            spelling = self.known.get(fold(name))
            if spelling is None:
                near = difflib.get_close_matches(fold(name), self.known, 1, 0.6)
                hint = f"did you mean {self.known[near[0]]!r}?" if near else f"known are {', '.join(self.shapes)}"
                raise Wrong(below(where, name), f"unknown key; {hint}")
            found[spelling] = self.shapes[spelling](item, below(where, spelling))
        for name in self.wanted:
            if name not in found:
                raise Wrong(where, f"the key {name!r} is missing")
        return found
