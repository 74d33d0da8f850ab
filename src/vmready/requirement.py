"""The decorator that makes a pytest test a requirement, and what it insists on.

The decorator never raises: an exception while a test module is imported would be a traceback. It records what is wrong, and the plug-in
reports all of it as one usage error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

import pytest

from vmready.model import Document, Kind, Requirement, Role, Severity, Source

must, should, info = Kind.MUST, Kind.SHOULD, Kind.INFO

#: The mark's name: ``-m requirement`` selects all requirements, and marks of the row, kind, severity and roles come with it.
MARK = "requirement"
_ID = re.compile(r"[A-Z][A-Z0-9]*-[0-9]{2}[A-Z]?(\.[A-Za-z0-9_-]+)*")
TITLE_LIMIT, TEXT_LIMIT = 100, 400

F = TypeVar("F", bound=Callable[..., Any])


class Registry:
    """The requirements that were imported, and what is wrong with their declarations."""

    def __init__(self) -> None:
        self._by_id: dict[str, tuple[Requirement, str]] = {}
        self.problems: list[str] = []

    def add(self, requirement: Requirement, place: str, problems: Iterable[str]) -> None:
        known = self._by_id.get(requirement.id)
        # The same module imported again (by another name, or reloaded) declares the same thing at the same place.
        if known is not None and known[1] != place:
            problems = [*problems, f"{requirement.id} is already declared at {known[1]}"]
        self.problems += [f"{place}: requirement {requirement.id}: {problem}" for problem in problems]
        if known is None or known[1] == place:
            self._by_id[requirement.id] = (requirement, place)

    def __iter__(self) -> Iterable[Requirement]:
        return iter([requirement for requirement, _ in self._by_id.values()])

    def get(self, requirement_id: str) -> Requirement | None:
        """The requirement of exactly this id; never by prefix."""
        found = self._by_id.get(requirement_id)
        return None if found is None else found[0]

    def of_item(self, item_id: str) -> Requirement | None:
        """The requirement that an item belongs to: the row itself, or the row before one of its dots (longest first)."""
        candidate = item_id
        while candidate:
            found = self.get(candidate)
            if found is not None:
                return found
            candidate = candidate.rpartition(".")[0]
        return None


registry = Registry()


def requirement(
    id: str,  # the word that the field uses
    kind: Kind,
    *,
    title: str,
    severity: str,
    roles: Collection[Role],
    source: Source,
    rationale: str,
    remedy: str,
    as_documented: Callable[..., None] | None = None,
) -> Callable[[F], F]:
    """Make a test function a requirement.

    :param id: the row's id, stable for ever (``VD-13``). Items of a parametrized requirement give ``pytest.param(…, id="GA-12.80")``.
    :param kind: ``must``, ``should`` or ``info``: what a failing assertion means.
    :param title: what must be true, at most 100 characters.
    :param severity: ``critical``, ``high``, ``medium`` or ``low``.
    :param roles: the roles of which a host must have one for the requirement to apply.
    :param source: the document's section, ``VIRTUAL_DESKTOP["Stack listener isn't working"]``.
    :param rationale: why it matters; :param remedy: what to do about it; at most 400 characters each.
    :param as_documented: the body that judges under ``--as-documented``, with the same arguments, where the document's letter differs.
    """

    def decorate(function: F) -> F:
        place = f"{function.__module__}.{function.__qualname__}"
        problems = []
        if not _ID.fullmatch(id):
            problems.append(f"{id!r} is not an id such as VD-13")
        if severity not in [s.value for s in Severity]:
            problems.append(f"severity {severity!r} is none of {', '.join(Severity)}")
        unknown = [str(role) for role in roles if not isinstance(role, Role)]
        if unknown:
            problems.append(f"unknown role {', '.join(unknown)}; roles are {', '.join(Role)}")
        if not roles:
            problems.append("it names no role, so it would apply to no host")
        if not isinstance(source, Source):
            problems.append("source must be a section of a document, such as UPDATE_MANAGEMENT['TLS 1.2']")
        for name, text, limit in (
            ("title", title, TITLE_LIMIT),
            ("rationale", rationale, TEXT_LIMIT),
            ("remedy", remedy, TEXT_LIMIT),
        ):
            if not text.strip() or len(text) > limit:
                problems.append(f"{name} has {len(text)} characters; 1 to {limit} are allowed")
        if kind not in [k.value for k in Kind]:
            problems.append(f"kind {kind!r} is none of {', '.join(Kind)}")
        declared = Requirement(
            id,
            title,
            Kind(kind) if kind in [k.value for k in Kind] else Kind.MUST,
            Severity(severity) if severity in [s.value for s in Severity] else Severity.LOW,
            source if isinstance(source, Source) else Document("none", "none")["none"],
            rationale,
            remedy,
            frozenset(role for role in roles if isinstance(role, Role)),
            as_documented,
        )
        registry.add(declared, place, problems)
        return getattr(pytest.mark, MARK)(declared)(function)  # type: ignore[no-any-return]

    return decorate
