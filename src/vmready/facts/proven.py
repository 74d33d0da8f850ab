"""What is proven of several questions at once: a deviation stands whatever else could not be read, and without one nothing may be unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from vmready.probes.answers import UnreadableFact

T = TypeVar("T")
#: Gives the problems that it finds (none, one, several), or raises UnreadableFact.
Question = Callable[[], str | Iterable[str]]


def proven(*questions: Question) -> tuple[str, ...]:
    """The problems that the questions found, each once, in their order.

    UnreadableFact (the first one) where no question found a problem and one of them could not be answered.
    """
    found: dict[str, None] = {}
    failure: UnreadableFact | None = None
    for question in questions:
        try:
            said = question()
            texts = [said] if isinstance(said, str) else list(said)
        except UnreadableFact as unreadable:
            failure = failure or unreadable
            continue
        found.update(dict.fromkeys(text for text in texts if text))
    if failure is not None and not found:
        raise failure
    return tuple(found)


def or_unknown(ask: Callable[[], T]) -> T | str:
    """For what is observed, to which waivers bind: the answer, or ``not known`` where it could not be read."""
    try:
        return ask()
    except UnreadableFact:
        return "not known"
