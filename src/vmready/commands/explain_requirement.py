"""``vmready explain ID``: what a requirement asks, of whom, why, how it is decided, and what to do where a host deviates; all from the code."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from vmready.facts.registry import Fact, facts
from vmready.items import Declared

_WIDTH = 100


def explained(of: Declared) -> str:
    """The text for people."""
    requirement = of.requirement
    roles = " or ".join(sorted(role.value for role in requirement.roles))
    document = requirement.source.document
    items = [case.id for case in of.cases]
    place = f"{of.function.__module__.replace('.', '/')}.py::{of.function.__name__}"
    lines = [
        f"{requirement.id}  {requirement.title}",
        _block("kind", f"{requirement.kind}, severity {requirement.severity}, for hosts with role {roles}"),
        _block("source", f"{document.title}, section “{requirement.source.section}” {document.url}"),
        _block("why", requirement.rationale),
        _block("remedy", requirement.remedy),
    ]
    if items != [requirement.id]:
        lines.append(_block("items", ", ".join(items)))
    lines += ["", "Facts, and what the host is asked for them:", *_asked(of.fact_names)]
    lines += ["", f"Decided by {place}:", "", _code(of.function)]
    if requirement.as_documented is not None:
        lines += ["", "With --as-documented, by the letter of the document:", "", _code(requirement.as_documented)]
    return "\n".join(lines) + "\n"


def _asked(names: tuple[str, ...]) -> Iterator[str]:
    if not names:
        yield "  none"
    for declared in facts.closure(names):
        made_of = ", ".join(declared.needs())
        yield textwrap.fill(
            f"{declared.name}{f' (made of {made_of})' if made_of else ''}",
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="      ",
        )
        yield from (
            textwrap.fill(
                text,
                _WIDTH,
                initial_indent="    ",
                subsequent_indent="        ",
                break_on_hyphens=False,
                break_long_words=False,
            )
            for text in _probes(declared)
        )


def _probes(declared: Fact) -> Iterator[str]:
    for parameter in declared.parameters:
        if parameter.source == "inputs":
            yield "made of the host's inputs"
        probes = parameter.probes({})
        if callable(parameter.source):
            yield "by the host's inputs" + (", without any:" if probes else "; nothing without any")
        yield from map(str, probes)
    if declared.follow_up is not None:
        yield "in the second round what the first names: " + _first_line(declared.follow_up)


def _first_line(function: Callable[..., Any]) -> str:
    return (inspect.getdoc(function) or function.__name__.strip("_").replace("_", " ")).splitlines()[0]


def _code(function: Callable[..., Any]) -> str:
    """The function as it stands in its file, without the decorators, which say what stands above."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    begins = next(number for number, line in enumerate(lines) if line.startswith("def "))
    return textwrap.indent("\n".join(lines[begins:]), "    ")


def _block(label: str, text: object) -> str:
    return textwrap.fill(str(text), _WIDTH, initial_indent=f"{label:11}", subsequent_indent=" " * 11)
