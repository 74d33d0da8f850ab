"""One requirement, one host, one verdict. Pure: everything that it needs is handed in.

The verdict table of the project in one place: what a body did (passed, asserted, raised) and said (advice, notes), and whether its facts
could be read, become a :class:`~vmready.model.Finding`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest

from vmready import judging
from vmready.facts.registry import Reader, UnreadableFact
from vmready.facts.roles import DISCOVERED_BY
from vmready.model import Cause, Cell, Finding, Host, Kind, Origin, Requirement, Role, Verdict

# str.isprintable already excludes Cc, Cf (bidi, zero-width), Cs, Co, Cn and separators; tags and variation selectors remain.
_FORMAT = re.compile("[\ufe00-\ufe0f\U000e0000-\U000e0fff]")
#: How long a finding's text may become; host data in it is cut.
DETAIL_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Applicability:
    """Whether a requirement concerns a host. ``reason`` says why not, or why that could not be told (``known`` False)."""

    applies: bool
    reason: str = ""
    known: bool = True


def roles_in_advance(host: Host) -> Mapping[Role, Origin]:
    """The roles that bind before anything is read: the declared ones, and azure-vm unless the inventory writes ``!azure-vm``."""
    return _binding(host.declared_roles, host.excluded_roles)


@cache
def _binding(declared: frozenset[Role] | None, excluded: frozenset[Role]) -> Mapping[Role, Origin]:
    roles = dict.fromkeys(declared or (), Origin.DECLARED)
    if Role.AZURE_VM not in excluded:
        roles.setdefault(Role.AZURE_VM, Origin.IMPLIED)
    return MappingProxyType({role: origin for role, origin in roles.items() if role not in excluded})


def discoverable(host: Host) -> tuple[Role, ...]:
    """The roles that are looked for on this host: none where the inventory declares roles."""
    if host.declared_roles is not None:
        return ()
    return tuple(role for role, name in DISCOVERED_BY.items() if name is not None and role not in host.excluded_roles)


def in_advance(requirement: Requirement, host: Host) -> Applicability | None:
    """What can be said of the requirement before the host is reached; None where it depends on what is discovered."""
    if requirement.roles & roles_in_advance(host).keys():
        return Applicability(True)
    if requirement.roles & set(discoverable(host)):
        return None
    wanted = " or ".join(sorted(requirement.roles))
    if host.declared_roles is not None:
        has = ", ".join(sorted(host.declared_roles)) or "no role"
        return Applicability(False, f"it concerns hosts with role {wanted}; the inventory gives this host {has}")
    return Applicability(False, f"it concerns hosts with role {wanted}, which has to be declared")


def applicability(requirement: Requirement, host: Host, reader: Reader) -> Applicability:
    """Whether the requirement concerns the host, with what was discovered on it."""
    settled = in_advance(requirement, host)
    if settled is not None:
        return settled
    for role in sorted(requirement.roles & set(discoverable(host))):
        name = DISCOVERED_BY[role]
        assert name is not None
        try:
            if reader.value(name):
                return Applicability(True)
        except Exception as failure:  # noqa: BLE001  as for a body: a defect of a fact is this cell's matter, not the run's end
            what = str(failure) if isinstance(failure, UnreadableFact) else f"{type(failure).__name__}: {failure}"
            return Applicability(False, f"whether the host is a {role} could not be told: {what}", known=False)
    wanted = " or ".join(sorted(requirement.roles))
    return Applicability(False, f"it concerns hosts with role {wanted}, and nothing on this host shows it")


@dataclass(slots=True)
class Outcome:
    """What running a body gave: nothing raised (``error`` None), or what it raised, and what it said."""

    error: BaseException | None = None
    statement: judging.Statement = field(default_factory=judging.Statement)


def verdict_of(kind: Kind, outcome: Outcome) -> tuple[Verdict, str]:
    """The verdict and its text for people, by the kind of the requirement and what its body did."""
    error, said = outcome.error, outcome.statement
    match error:
        case None if said.advice:
            return Verdict.WARNING, "; ".join(said.advice)
        case None if said.notes:
            return Verdict.NOTED, "; ".join(said.notes)
        case None:
            return Verdict.COMPLIANT, ""
        case judging.NotApplicable():
            return Verdict.NOT_APPLICABLE, str(error)
        case AssertionError():
            deviation = {Kind.MUST: Verdict.NON_COMPLIANT, Kind.SHOULD: Verdict.WARNING, Kind.INFO: Verdict.NOTED}[kind]
            return deviation, message_of(error)
        case UnreadableFact():
            return Verdict.UNDETERMINED, str(error)
        case _:
            return Verdict.UNDETERMINED, f"the check itself failed: {type(error).__name__}: {error}"


def message_of(error: AssertionError) -> str:
    """The assertion's own message. pytest's introspection of the operands is left out: operands are host data."""
    if not error.args or error.args[0] in (None, ""):
        return "the assertion failed"
    # pytest's rewriting puts the message first and its introspection (the "assert …" explanation) on the lines that follow.
    text = str(error.args[0]).split("\nassert ", 1)[0]
    return "the assertion failed" if text.startswith("assert ") else text


def clean(text: str, limit: int = DETAIL_LIMIT) -> str:
    """Text that may hold host data, fit for a terminal and any report: control, format and lone surrogate characters are escaped, long text cut."""
    text = text if len(text) <= limit else text[:limit] + f"… ({len(text)} characters)"
    if text.replace("\n", "").isprintable() and not _FORMAT.search(text):
        return text
    return "".join(
        character
        if character == "\n" or (character.isprintable() and not _FORMAT.match(character))
        else _escape(character)
        for character in text
    )


def _escape(character: str) -> str:
    if character == "\t":
        return " "
    if (
        character.isspace()
        and ord(character) < 0x3001
        and character not in "\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
    ):
        return " "
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def finding(
    cell: Cell, requirement: Requirement, outcome: Outcome, seconds: float = 0.0, *, letter: bool = False
) -> Finding:
    """The finding for an outcome."""
    verdict, detail = verdict_of(requirement.kind, outcome)
    said = outcome.statement
    extra = [*said.advice, *said.notes] if verdict is not Verdict.WARNING or outcome.error else said.notes
    notes = () if verdict is Verdict.NOTED and outcome.error is None else tuple(clean(text) for text in extra)
    return Finding(
        cell,
        verdict,
        clean(detail),
        said.observed,
        notes,
        "letter" if letter and requirement.as_documented is not None else "decision",
        seconds=seconds,
    )


def unreachable(cell: Cell, cause: Cause) -> Finding:
    """The finding of every planned cell of a host that gave no snapshot."""
    return Finding(cell, Verdict.UNREACHABLE, clean(f"{cause.message} {cause.remedy}".strip()), cause=cause.code)


def not_applicable(cell: Cell, reason: str) -> Finding:
    return Finding(cell, Verdict.NOT_APPLICABLE, clean(reason))


def judge(
    cell: Cell,
    requirement: Requirement,
    body: Callable[..., None],
    arguments: Mapping[str, Any],
    fact_names: tuple[str, ...],
    host: Host,
    reader: Reader,
    *,
    letter: bool = False,
) -> tuple[Finding, BaseException | None]:
    """Judge one cell: applicability first, then the facts, then the body (or its ``as_documented`` twin).

    The exception that the body raised comes with the finding, for debuggers. KeyboardInterrupt and pytest's own exits pass through.
    """
    started = time.perf_counter()
    concerns = applicability(requirement, host, reader)
    if not concerns.applies:
        if concerns.known:
            return not_applicable(cell, concerns.reason), None
        return Finding(cell, Verdict.UNDETERMINED, clean(concerns.reason)), None
    run = requirement.as_documented if letter and requirement.as_documented is not None else body
    outcome = Outcome()
    with judging.listening() as outcome.statement:
        try:
            values = {name: reader.value(name) for name in fact_names}
        except Exception as error:  # noqa: BLE001
            # An assertion in a fact's own code says nothing of the host.
            outcome.error = RuntimeError(f"fact: {error}") if isinstance(error, AssertionError) else error
        else:
            try:
                run(**arguments, **values)
            except (KeyboardInterrupt, SystemExit, GeneratorExit, pytest.exit.Exception):
                raise
            except (
                pytest.skip.Exception
            ) as skipped:  # as in an ordinary item: the body says that it does not concern this host
                outcome.error = judging.NotApplicable(str(skipped))
            except BaseException as error:  # noqa: BLE001  the verdict table decides what any of them means (pytest.fail is no Exception)
                outcome.error = error
    if isinstance(outcome.error, judging.Missing) and not requirement.roles & roles_in_advance(host).keys():
        outcome.error = judging.NotApplicable(str(outcome.error))
    return finding(cell, requirement, outcome, time.perf_counter() - started, letter=letter), outcome.error
