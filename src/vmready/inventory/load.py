"""Inventory files to hosts: read, checked, inherited, merged."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from vmready.declared import Declaration, DeclarationError, Path, Problem, problems, without
from vmready.inventory.error import InventoryError
from vmready.inventory.explain import HIDDEN, explain, literal_secrets
from vmready.inventory.groups import Groups
from vmready.inventory.host import Level, Settings, contradictions, host
from vmready.inventory.inputs import KNOWN_INPUTS, InputCheck, similar_input
from vmready.inventory.source import TIME_LIMIT, declaration_of
from vmready.model import Host


@dataclass(frozen=True, slots=True)
class Location:
    """Where a setting stands, for messages about it after loading."""

    file: str
    line: int | None = None
    path: Path = ()

    def problem(self, message: str) -> Problem:
        return Problem(message, self.file, self.line, None, self.path)


@dataclass(frozen=True, slots=True)
class Inventory:
    """The hosts of one or more inventories, in the order of the files.

    ``groups``: members by group name, those of its children included. ``warnings`` are for the user to see before the run.
    ``locations``: where ``(host, setting)`` stands; the setting ``"name"`` is the host itself.
    """

    hosts: tuple[Host, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    files: tuple[str, ...] = ()
    locations: Mapping[tuple[str, str], Location] = field(default_factory=dict)


@cache
def schema() -> Mapping[str, Any]:
    """The published JSON Schema (2020-12) of an inventory."""
    text = files("vmready").joinpath("schemas", "inventory.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def load(
    paths: Sequence[pathlib.Path],
    *,
    inputs: Mapping[str, InputCheck] = KNOWN_INPUTS,
    time_limit: float = TIME_LIMIT,
) -> Inventory:
    """Load inventories and merge their hosts; each file's defaults and groups' settings hold for its own hosts.

    ``inputs`` says what known inputs may be; ``time_limit`` is what an executable inventory may take, in seconds. Raises InventoryError
    with everything that is wrong with every file.
    """
    wrong: list[Problem] = []
    loaded: list[_File] = []
    for path in paths:
        try:
            declaration = declaration_of(path, time_limit=time_limit)
        except DeclarationError as error:
            wrong += error.problems
            continue
        file = _File(declaration, path.parent, inputs)
        wrong += sorted(file.problems, key=lambda problem: (problem.line or 0, problem.column or 0))
        loaded.append(file)
    wrong += _twice(loaded)
    if wrong:
        raise InventoryError(dict.fromkeys(wrong))
    groups: dict[str, tuple[str, ...]] = {}
    spelling: dict[str, str] = {}
    for file in loaded:
        for name, members in file.members.items():
            kept = spelling.setdefault(name.casefold(), name)
            groups[kept] = (*groups.get(kept, ()), *members)
    hosts = tuple(host for file in loaded for host in file.hosts)
    warnings = [warning for file in loaded for warning in file.warnings]
    locations = {key: place for file in loaded for key, place in file.locations.items()}
    return Inventory(
        hosts,
        groups,
        tuple(dict.fromkeys([*warnings, *_same_endpoint(hosts, locations)])),
        tuple(str(path) for path in paths),
        locations,
    )


class _File:
    """One inventory on its own."""

    def __init__(self, declaration: Declaration, folder: pathlib.Path, inputs: Mapping[str, InputCheck]) -> None:
        self.declaration = declaration
        self.problems: list[Problem] = [*declaration.problems, *literal_secrets(declaration)]
        self.warnings: list[Problem] = []
        self.hosts: list[Host] = []
        self.members: dict[str, tuple[str, ...]] = {}
        self.locations: dict[tuple[str, str], Location] = {}
        known = {problem.path for problem in self.problems}
        self.problems += [
            problem
            for problem in problems(declaration, schema(), explain=explain, hidden=HIDDEN)
            if problem.path not in known
        ]
        # What is wrong is left out, so that everything else of the file is checked in the same go. A duplicate key's first value stays.
        wrong = {problem.path for problem in self.problems if not problem.message.startswith("duplicate key")}
        sound = without(declaration.value, wrong)
        if isinstance(sound, dict):
            self._build(sound, folder, inputs)

    def _build(self, value: Mapping[str, Any], folder: pathlib.Path, inputs: Mapping[str, InputCheck]) -> None:
        defaults, groups, hosts = (value.get(key) or {} for key in ("defaults", "groups", "hosts"))
        self._same_name("groups", groups)
        self._same_name("hosts", hosts)
        order = Groups(self.declaration, groups, hosts)
        self.problems += order.problems
        belongs = order.of_each_host()
        members: dict[str, list[str]] = {name: [] for name in groups}
        replaced: dict[tuple[str, str], list[str]] = {}
        for level in (Level(("defaults",), defaults), *self._levels("groups", groups), *self._levels("hosts", hosts)):
            self._check_level(level, inputs)
        for name, own in hosts.items():
            names = belongs.get(name, ())
            for group in names:
                members[group].append(name)
            levels = [
                Level(("defaults",), defaults),
                *(Level(("groups", group), groups[group] or {}) for group in names),
            ]
            settings = Settings([*levels, Level(("hosts", name), own or {})])
            self._check_roles(name, settings, order, replaced)
            wrong = [self.declaration.problem(path, message) for path, message in contradictions(settings)]
            self.problems += wrong
            self.locations[name, "name"] = self._location(("hosts", name))
            for key in ("username", "credential", "tls"):
                self.locations[name, key] = self._location(settings.place(key))
            if not wrong:
                self.hosts.append(host(name, settings, names, folder))
        self.members = {name: tuple(hosts) for name, hosts in members.items()}
        for (winner, loser), concerned in replaced.items():
            self.warnings.append(
                self.declaration.problem(
                    ("groups", winner, "roles"),
                    f"replaces the other roles that group {loser} gives to {some(concerned)}: name the roles at the host",
                )
            )

    @staticmethod
    def _levels(kind: str, named: Mapping[str, Any]) -> list[Level]:
        return [Level((kind, name), settings or {}) for name, settings in named.items()]

    def _location(self, path: Path) -> Location:
        return Location(self.declaration.file, self.declaration.line(path), path)

    def _same_name(self, kind: str, named: Mapping[str, Any]) -> None:
        first: dict[str, str] = {}
        for name in named:
            other = first.setdefault(name.casefold(), name)
            if other != name:
                line = self.declaration.line((kind, other))
                message = f'the same {kind[:-1]} as "{other}" in line {line} (names ignore case)'
                self.problems.append(self.declaration.problem((kind, name), message))

    def _check_level(self, level: Level, inputs: Mapping[str, InputCheck]) -> None:
        given: Mapping[str, Any] = level.settings.get("inputs") or {}
        for key, value in given.items():
            path = (*level.path, "inputs", key)
            if key in inputs and (message := inputs[key](value)) is not None:
                self.problems.append(self.declaration.problem(path, message))
            if meant := similar_input(key, inputs):
                self.warnings.append(self.declaration.problem(path, f'not a known input, did you mean "{meant}"?'))
        if "tls" in level.settings and level.settings.get("scheme") == "http":
            self.warnings.append(self.declaration.problem((*level.path, "tls"), "has no meaning for scheme http"))

    def _check_roles(
        self, name: str, settings: Settings, order: Groups, replaced: dict[tuple[str, str], list[str]]
    ) -> None:
        """Note groups beside each other that name different roles: the later one wins, which must not go unseen."""
        given = [(path, value) for path, value in settings.each("roles")]
        if not given or given[-1][0][0] != "groups":
            return
        winner = str(given[-1][0][1])
        for path, value in given[:-1]:
            if path[0] != "groups" or str(path[1]) in order.ancestors(winner):
                continue
            if set(value) - set(given[-1][1]):
                replaced.setdefault((winner, str(path[1])), []).append(name)


def some(names: Sequence[str], most: int = 3) -> str:
    """``a, b, c and 4 more``."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _twice(loaded: Sequence[_File]) -> list[Problem]:
    """Hosts that stand in more than one file."""
    first: dict[str, tuple[_File, str]] = {}
    wrong: list[Problem] = []
    for file in loaded:
        names = [str(name) for name, setting in file.locations if setting == "name"]
        for name in names:
            other, spelled = first.setdefault(name.casefold(), (file, name))
            if other is not file:
                place = other.locations[spelled, "name"]
                message = f"this host stands in {place.file}:{place.line} already (names ignore case)"
                wrong.append(file.locations[name, "name"].problem(message))
    return wrong


def _same_endpoint(hosts: Sequence[Host], locations: Mapping[tuple[str, str], Location]) -> list[Problem]:
    """Hosts that are reached at one and the same address: two names of one machine, or a slip in copying."""
    return _repeated(hosts, locations, lambda host: host.url.lower(), "is reached at the same address as")


def _repeated(
    hosts: Sequence[Host], locations: Mapping[tuple[str, str], Location], key: Callable[[Host], str], words: str
) -> list[Problem]:
    first: dict[str, str] = {}
    warnings: list[Problem] = []
    for host_ in hosts:
        other = first.setdefault(key(host_), host_.name)
        if other != host_.name:
            warnings.append(locations[host_.name, "name"].problem(f"{words} {other}: {host_.url}"))
    return warnings
