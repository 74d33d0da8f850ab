"""A probe's canonical text as verb, subject and options, checked against what the verb takes (``docs/probes.md``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vmready.probes.lines import arguments
from vmready.twin.answers.outcome import bad_argument, not_allowed, own

#: Options of each verb; those in the second set may be given several times. None: the verb has no subject.
_OPTIONS: Mapping[str, tuple[frozenset[str], frozenset[str]] | None] = {
    "registry": (frozenset({"depth", "userinfo"}), frozenset({"value", "shape", "equals", "contains"})),
    "service": (frozenset({"again", "start"}), frozenset()),
    "process": (frozenset(), frozenset()),
    "events": (frozenset({"provider", "since", "newest", "kinds"}), frozenset({"id", "level", "contains"})),
    "path": (frozenset(), frozenset()),
    "tail": (frozenset({"bytes"}), frozenset({"lines-with", "blank"})),
    "xml": (frozenset(), frozenset({"element", "literal"})),
    "descriptor": (frozenset({"names"}), frozenset()),
    "wmi": (frozenset({"namespace", "where"}), frozenset({"property"})),
    "tcp": (frozenset({"port"}), frozenset()),
    "http": (frozenset({"proxy", "metadata", "body", "protocols", "message"}), frozenset()),
    "certificates": (frozenset(), frozenset()),
    "native": (frozenset(), frozenset()),
    "com": (frozenset({"call"}), frozenset({"property"})),
    "applocker": (frozenset({"path"}), frozenset()),
    "system": None,
}
_DIGITS_AT_MOST = 9
#: What cmdlets would take for a pattern or a quote.
_NAME = frozenset("*?[]`\"'")
_REFUSED = {"service": _NAME | frozenset("\\/"), "process": _NAME, "events": _NAME}


@dataclass(frozen=True, slots=True)
class Question:
    """``options`` holds every value of each option, in the order given."""

    verb: str
    subject: str
    options: Mapping[str, tuple[str, ...]]

    def all(self, name: str) -> tuple[str, ...]:
        return self.options.get(name, ())

    def one(self, name: str, otherwise: str | None = None) -> str | None:
        values = self.options.get(name)
        return values[0] if values else otherwise

    def word(self, name: str, *allowed: str) -> str | None:
        """The option's value, which must be one of these words."""
        value = self.one(name)
        if value is not None and value not in allowed:
            raise bad_argument(f"{name}={value}")
        return value

    def number(self, name: str, otherwise: int, low: int, high: int) -> int:
        value = self.one(name)
        return otherwise if value is None else bounded(name, value, low, high)


def bounded(name: str, text: str, low: int, high: int) -> int:
    """The number that ``text`` is, within its bounds."""
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_AT_MOST):
        raise bad_argument(f"{name}={text}")
    if not low <= int(text) <= high:
        raise not_allowed(f"{name}={text}: {low} to {high}")
    return int(text)


def parse(probe_text: str) -> Question:
    """Read a canonical text. Raises Unreadable (UnknownVerb, BadArgument), ValueError where it is not of the grammar."""
    verb, *words = arguments(probe_text)
    if verb not in _OPTIONS:
        raise own("UnknownVerb", verb)
    known = _OPTIONS[verb]
    if known is None:
        if words:
            raise bad_argument(words[0])
        return Question(verb, "", {})
    if not words or not words[0]:
        raise bad_argument("the subject is missing")
    if set(words[0]) & _REFUSED.get(verb, frozenset()):
        raise bad_argument(f"no {verb} has such a name: {words[0]}")
    single, many = known
    options: dict[str, tuple[str, ...]] = {}
    for word in words[1:]:
        name, sign, value = word.partition("=")
        if not sign or name not in single | many or (name in single and name in options):
            raise bad_argument(word)
        options[name] = (*options.get(name, ()), value)
    return Question(verb, words[0], options)
