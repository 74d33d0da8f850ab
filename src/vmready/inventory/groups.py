"""Groups of one file: who belongs to which, and in which order their settings apply."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from vmready.declared import Declaration, Path, Problem, did_you_mean, shown


class Groups:
    """The groups of a declaration. ``problems`` names unknown members and loops; what it names is left out of the rest."""

    def __init__(self, declaration: Declaration, groups: Mapping[str, Any], hosts: Mapping[str, Any]) -> None:
        self.problems: list[Problem] = []
        self._declaration = declaration
        self._hosts: dict[str, list[str]] = {}
        parents: dict[str, list[str]] = {name: [] for name in groups}
        for name, group in groups.items():
            settings = group or {}
            self._hosts[name] = self._known(("groups", name, "hosts"), settings.get("hosts"), hosts, "host")
            for child in self._known(("groups", name, "children"), settings.get("children"), groups, "group"):
                parents[child].append(name)
        order = self._parents_first(parents)
        self._above: dict[str, frozenset[str]] = {}
        depth: dict[str, int] = {}
        for name in order:
            self._above[name] = frozenset(parents[name]).union(*(self._above[parent] for parent in parents[name]))
            depth[name] = max((depth[parent] + 1 for parent in parents[name]), default=0)
        self._place = {name: (depth[name], index) for index, name in enumerate(groups)}

    def _known(self, path: Path, named: Any, known: Mapping[str, Any], kind: str) -> list[str]:
        folded = {name.casefold(): name for name in known}
        members: list[str] = []
        for index, name in enumerate(named or ()):
            if not isinstance(name, str):
                continue  # left out: the schema has said what is wrong with it
            if name.casefold() in folded:
                members.append(folded[name.casefold()])
                continue
            message = f'unknown {kind} "{shown(name)}"{did_you_mean(name, list(known))}'
            if not known:
                message += f": no {kind} stands under {kind}s"
            self.problems.append(self._declaration.problem((*path, index), message))
        return list(dict.fromkeys(members))

    def _parents_first(self, parents: dict[str, list[str]]) -> list[str]:
        """All groups, parents before children. Reports each loop and cuts it."""
        while True:
            try:
                return list(TopologicalSorter(parents).static_order())
            except CycleError as error:
                loop: list[str] = error.args[1]  # each the parent of the next, the first again at the end
                parent, child = loop[-2:]
                parents[child].remove(parent)
                path = ("groups", parent, "children")
                self.problems.append(self._declaration.problem(path, f"the groups form a loop: {' > '.join(loop)}"))

    def ancestors(self, name: str) -> frozenset[str]:
        """All groups above a group."""
        return self._above[name]

    def of_each_host(self) -> dict[str, tuple[str, ...]]:
        """For every host in a group its groups, the most general first: parents before children, then the order of the file."""
        belongs: dict[str, set[str]] = {}
        for name, hosts in self._hosts.items():
            for host in hosts:
                belongs.setdefault(host, set()).update({name}, self._above[name])
        return {host: tuple(sorted(names, key=self._place.__getitem__)) for host, names in belongs.items()}
