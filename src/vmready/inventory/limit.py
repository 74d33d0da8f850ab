"""``--limit 'web-*,role:session-host,group:hamburg,!web-03'``: which of the inventory's hosts are looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

from vmready.declared import Problem, did_you_mean, shown
from vmready.inventory.error import InventoryError
from vmready.model import Host, Role

OPTION = "--limit"


def limit(hosts: Sequence[Host], expression: str) -> tuple[Host, ...]:
    """The hosts that ``expression`` selects, in their order.

    Comma separated: names, ``role:ROLE``, ``group:GROUP``, each with ``*``, ``?`` and ``[…]``, ignoring case; ``!`` before one leaves its
    hosts out, wherever it stands. With exclusions alone, all others are selected. Roles are those of the inventory (``azure-vm``
    implied): what is discovered on a host is not known yet. Raises InventoryError for unknown names and for what selects nothing.
    """
    terms = [term.strip() for term in expression.split(",") if term.strip()]
    if not terms:
        raise InventoryError([Problem("names no host", OPTION)])
    wrong: list[Problem] = []
    selected: set[str] = set()
    left_out: set[str] = set()
    for term in terms:
        excluding = term.startswith("!")
        pattern = term[1:].strip() if excluding else term
        matching, message = _matching(hosts, pattern)
        # An exclusion by pattern may well be meant for hosts of another inventory; what is to be looked at must be there.
        if message and not (excluding and _is_pattern(pattern)):
            wrong.append(Problem(message, OPTION))
        (left_out if excluding else selected).update(matching)
    if wrong:
        raise InventoryError(wrong)
    if all(term.startswith("!") for term in terms):
        selected = {host.name for host in hosts}
    chosen = tuple(host for host in hosts if host.name in selected - left_out)
    if not chosen:
        raise InventoryError([Problem(f"selects none of the {len(hosts)} hosts: {shown(expression)}", OPTION)])
    return chosen


def bound_roles(host: Host) -> frozenset[Role]:
    """The roles that are known before the host is asked: those of its inventory, and ``azure-vm`` unless it is excluded."""
    return ((host.declared_roles or frozenset()) | {Role.AZURE_VM}) - host.excluded_roles


def _is_pattern(text: str) -> bool:
    return re.search(r"[*?\[]", text) is not None


def _matching(hosts: Sequence[Host], term: str) -> tuple[set[str], str | None]:
    """The names of the hosts that ``term`` means, or what to say of a term that means none."""
    kind, colon, pattern = term.partition(":")
    kind = kind.strip().lower()
    pattern = pattern.strip()
    if not colon:
        return _select(hosts, term, "host", [host.name for host in hosts], lambda host: [host.name])
    if kind == "role":
        return _select(hosts, pattern, "role", list(Role), bound_roles)
    if kind == "group":
        groups = list(dict.fromkeys(group for host in hosts for group in host.groups))
        return _select(hosts, pattern, "group", groups, lambda host: host.groups)
    return set(), f'"{shown(term)}": unknown kind "{shown(kind)}"{did_you_mean(kind, ["role", "group"])}'


def _select(
    hosts: Sequence[Host],
    pattern: str,
    kind: str,
    known: Sequence[str],
    words: Callable[[Host], Sequence[str] | frozenset[Role]],
) -> tuple[set[str], str | None]:
    folded = pattern.casefold()
    matching = {host.name for host in hosts if any(fnmatchcase(word.casefold(), folded) for word in words(host))}
    if matching:
        return matching, None
    if not _is_pattern(pattern) and folded not in {word.casefold() for word in known}:
        return set(), f'unknown {kind} "{shown(pattern)}"{did_you_mean(pattern, known)}'
    return (
        set(),
        f'no host {"is called" if kind == "host" else f"has a {kind}"} "{shown(pattern)}"{_undiscovered(hosts, kind)}',
    )


def _undiscovered(hosts: Sequence[Host], kind: str) -> str:
    silent = kind == "role" and any(host.declared_roles is None for host in hosts)
    return (
        ": roles are discovered on hosts that name none, and --limit sees those of the inventory only" if silent else ""
    )
