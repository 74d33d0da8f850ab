"""What is proven of several questions at once: a deviation stands whatever else could not be read, and without one nothing may be unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from vmready.probes.answers import UnreadableFact

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
