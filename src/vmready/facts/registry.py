"""Facts: named, frozen values that are parsed from the answers of their probes. Pure: no input or output here.

    NDP = RegistryKey(r"HKLM\\SOFTWARE\\Microsoft\\NET Framework Setup\\NDP\\v4\\Full", values=("Release", "Version"))

    @fact
    def dot_net_framework(full: Annotated[Key | None, NDP]) -> DotNetFramework: ...

A parameter annotated with a probe receives what the probe read: the reading, or None where the thing is absent. Annotated
``Annotated[Answer[Key], NDP]`` it receives the answer itself. Instead of a probe there may stand a function of the host's inputs that gives a
probe, None (nothing to ask: the parameter is None) or a tuple of probes (the parameter is a dict from probe to answer). A parameter with the
name of another fact receives that fact's value, annotated ``Answer[…]`` also why it has none; ``inputs: Inputs`` the host's inputs. A plain
parameter that could not be read makes the whole fact unreadable, before the function runs.

``@fact(follow_up=function)``: ``function`` takes some of the same parameters by name and gives the probes of the second round; the fact's
parameter ``followed: FollowUp`` maps those probes to their answers. A follow-up never follows a follow-up.
"""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar, get_args, get_origin, overload

from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, UnreadableFact, Why, why_of
from vmready.probes.readings import Malformed
from vmready.probes.vocabulary import Probe

F = TypeVar("F", bound=Callable[..., Any])

#: The host's inputs (cloud, region, workspace id, …) as the inventory or the command line gave them.
Inputs = Mapping[str, Any]
#: The answers of the second round, by probe.
FollowUp = Mapping[Probe[Any], Answer[Any]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a fact: a probe (or a function of the inputs that gives it), another fact, the inputs, or the follow-up's answers."""

    name: str
    source: Any  # Probe | Callable[[Inputs], Probe | tuple | None] | "fact" | "inputs" | "follow-up"
    wants_answer: bool

    def probes(self, inputs: Inputs) -> tuple[Probe[Any], ...]:
        if isinstance(self.source, Probe):
            return (self.source,)
        if callable(self.source):
            found = self.source(inputs)
            return () if found is None else found if isinstance(found, tuple) else (found,)
        return ()


@dataclass(frozen=True)
class Fact:
    """A declared fact. ``parameters`` in order; ``follow_up`` with the names of the parameters that it takes."""

    name: str
    parse: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    follow_up: Callable[..., Iterable[Probe[Any]]] | None = None
    follow_up_takes: tuple[str, ...] = ()
    place: str = ""

    def needs(self) -> Iterator[str]:
        """The names of the facts that this one is made of."""
        return (parameter.name for parameter in self.parameters if parameter.source == "fact")


class FactRegistry:
    """Every declared fact by name, and what is wrong with the declarations (reported by the plug-in, never raised at import)."""

    def __init__(self) -> None:
        self.facts: dict[str, Fact] = {}
        self.problems: list[str] = []

    def add(self, declared: Fact) -> None:
        known = self.facts.get(declared.name)
        if known is not None and known.place != declared.place:
            self.problems.append(f"{declared.place}: fact {declared.name} is already declared at {known.place}")
            return
        self.facts[declared.name] = declared

    def __contains__(self, name: object) -> bool:
        return name in self.facts

    def closure(self, names: Iterable[str]) -> tuple[Fact, ...]:
        """These facts and those they are made of, each once, the made-of first."""
        ordered: dict[str, Fact] = {}

        def visit(name: str, path: tuple[str, ...]) -> None:
            if name in ordered:
                return
            if name in path:
                raise ValueError("facts in a circle: " + " > ".join([*path, name]))
            found = self.facts[name]
            for needed in found.needs():
                visit(needed, (*path, name))
            ordered[name] = found

        for name in names:
            visit(name, ())
        return tuple(ordered.values())

    def check(self) -> list[str]:
        """Problems that only show when everything is imported: a parameter that is no fact, circles."""
        problems = list(self.problems)
        for declared in self.facts.values():
            problems += [
                f"{declared.place}: fact {declared.name}: parameter {name!r} has no probe and is no fact"
                for name in declared.needs()
                if name not in self.facts
            ]
        if problems:
            return problems
        try:
            self.closure(self.facts)
        except ValueError as circle:
            return [str(circle)]
        for declared in self.facts.values():
            asked_late = [
                needed.name
                for needed in self.closure(set(declared.follow_up_takes) & set(declared.needs()))
                if needed.follow_up
            ]
            problems += [
                f"{declared.place}: fact {declared.name}: its follow-up needs {name}, which has one itself"
                for name in asked_late
            ]
        return problems


facts = FactRegistry()


@overload
def fact(function: F) -> F: ...
@overload
def fact(*, follow_up: Callable[..., Iterable[Probe[Any]]]) -> Callable[[F], F]: ...
def fact(function: F | None = None, *, follow_up: Callable[..., Iterable[Probe[Any]]] | None = None) -> Any:
    """Declare a fact; the module's docstring says how its parameters are filled."""

    def declare(parse: F) -> F:
        place = f"{parse.__module__}.{parse.__qualname__}"
        parameters = tuple(_parameter(name, hint) for name, hint in _hints(parse).items())
        takes = tuple(inspect.signature(follow_up).parameters) if follow_up else ()
        facts.add(Fact(parse.__name__, parse, parameters, follow_up, takes, place))
        return parse

    return declare if function is None else declare(function)


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(function, vars(sys.modules[function.__module__]), include_extras=True)
    return {name: hints.get(name, Any) for name in inspect.signature(function).parameters}


def _parameter(name: str, hint: Any) -> Parameter:
    if hint is Inputs or name == "inputs":
        return Parameter(name, "inputs", False)
    if hint == FollowUp or name == "followed":
        return Parameter(name, "follow-up", True)
    if get_origin(hint) is Annotated:
        wanted, source, *_ = get_args(hint)
        return Parameter(name, source, _is_answer(wanted))
    return Parameter(name, "fact", _is_answer(hint))


def _is_answer(hint: Any) -> bool:
    """Whether the annotation is ``Answer[…]``: a union that can be Absent or Unreadable."""
    members = {get_origin(member) or member for member in get_args(hint)}
    return Unreadable in members


@dataclass
class Reader:
    """The facts of one host, parsed once from its answers when first asked for.

    ``answers[round][probe text]`` are the raw answers of the snapshot (``{"state": …, "value" | "why": …}``).
    """

    rounds: Mapping[int, Mapping[str, Mapping[str, Any]]]
    inputs: Inputs
    registry: FactRegistry = field(default_factory=lambda: facts)
    #: Why answers may be missing that were asked for (a visit that ended between its rounds).
    missing: str = ""
    _values: dict[str, Any] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """The fact's value. :class:`UnreadableFact` where it has none; other exceptions are errors of the fact's own code."""
        if name not in self._values:
            try:
                self._values[name] = (True, self._parse(self.registry.facts[name]))
            except UnreadableFact as failure:
                self._values[name] = (False, failure)
        known, value = self._values[name]
        if not known:
            raise value
        return value

    def answer(self, probe: Probe[Any], round_number: int = 1) -> Answer[Any]:
        """What the probe brought in a round."""
        raw = self.rounds.get(round_number, {}).get(probe.text)
        if raw is None:
            return Unreadable(Why(Reason.NOT_COLLECTED, "", self.missing))
        return read_answer(probe, raw)

    def follow_up(self, declared: Fact) -> tuple[Probe[Any], ...]:
        """The second-round probes of a fact. None where its questions could not be read: it is undetermined anyway."""
        if declared.follow_up is None:
            return ()
        try:
            taken = {
                name: self._argument(declared, p)
                for p in declared.parameters
                if (name := p.name) in declared.follow_up_takes
            }
            return tuple(declared.follow_up(**taken))
        except UnreadableFact:
            return ()

    def _parse(self, declared: Fact) -> Any:
        return declared.parse(**{p.name: self._argument(declared, p) for p in declared.parameters})

    def _argument(self, declared: Fact, parameter: Parameter) -> Any:
        match parameter.source:
            case "inputs":
                return self.inputs
            case "fact":
                return self._fact_answer(parameter.name) if parameter.wants_answer else self.value(parameter.name)
            case "follow-up":
                return {probe: self.answer(probe, 2) for probe in self.follow_up(declared)}
        if callable(parameter.source):
            found = parameter.source(self.inputs)
            if found is None:
                return None
            if isinstance(found, tuple):
                return {probe: self.answer(probe) for probe in found}
            probe: Probe[Any] = found
        else:
            probe = parameter.source
        answer = self.answer(probe)
        if parameter.wants_answer:
            return answer
        return plain_value(declared.name, probe, answer)

    def _fact_answer(self, name: str) -> Answer[Any]:
        try:
            return Observed(self.value(name))
        except UnreadableFact as failure:
            return Unreadable(failure.why)


def plain_value(fact_name: str, probe: Probe[Any], answer: Answer[Any]) -> Any:
    """The reading, or None where absent; :class:`UnreadableFact` where it could not be read."""
    match answer:
        case Observed(value):
            return value
        case Absent():
            return None
        case Unreadable(why):
            raise UnreadableFact(fact_name, why, str(probe))


def read_answer(probe: Probe[Any], raw: Mapping[str, Any]) -> Answer[Any]:
    """A raw answer of a snapshot, typed. What has not the documented shape is unreadable: never absent, never a default."""
    match raw.get("state"):
        case "observed":
            try:
                return Observed(probe.parse(raw.get("value")))
            except (Malformed, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
                return Unreadable(Why(Reason.FAILED, "Malformed", f"the answer has not its documented shape: {error}"))
        case "absent":
            return Absent()
        case "unreadable":
            return Unreadable(why_of(raw.get("why")))
        case _:
            return Unreadable(Why(Reason.FAILED, "Malformed", "the answer has no state"))


__all__ = [
    "Fact",
    "FactRegistry",
    "FollowUp",
    "Inputs",
    "Parameter",
    "Reader",
    "UnreadableFact",
    "fact",
    "facts",
    "plain_value",
    "read_answer",
]
