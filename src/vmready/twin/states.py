r"""States: what a Windows host is declared to be, in Windows' own terms. ``docs/twin.md`` lists the keys.

A state is a YAML or JSON file. ``base: other.yaml`` names another state that it changes: mappings are merged key by key (without case), lists
and plain values are replaced, ``null`` removes (a key or folder with all that lies below it). ``registry_from: file.json`` takes the keys of
a recorded registry in first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from vmready.twin import times
from vmready.twin.files import Tree
from vmready.twin.merging import merged
from vmready.twin.names import Folded, plain
from vmready.twin.reading import read
from vmready.twin.registry import Key, tree, with_services
from vmready.twin.shapes import StateError, Wrong
from vmready.twin.state_shapes import PARTS, check

__all__ = ["State", "StateError", "load", "merge"]

#: What a Windows has in its environment where the state does not say otherwise.
_ENVIRONMENT = {
    "SystemRoot": r"C:\Windows",
    "SystemDrive": "C:",
    "windir": r"C:\Windows",
    "ProgramData": r"C:\ProgramData",
    "ProgramFiles": r"C:\Program Files",
    "PROCESSOR_ARCHITECTURE": "AMD64",
}
_NATIVE = ("qwinsta", "vssadmin", "netsh")


@dataclass(frozen=True, eq=False)
class State:
    """A declared host. ``origin`` is the file it came from (for messages), ``raw`` what was declared after merging, ``parts`` the same checked."""

    origin: str
    raw: Mapping[str, Any]
    parts: Mapping[str, Any]

    @classmethod
    def of(cls, raw: Mapping[str, Any], origin: str = "state") -> State:
        """A state from plain values (no ``base``). Raises :class:`StateError`."""
        try:
            parts = check({name: value for name, value in raw.items() if name not in ("base", "registry_from")})
        except Wrong as wrong:
            raise StateError(f"{origin}: {wrong}") from None
        parts["registry"] = with_services(parts["registry"], parts["services"])
        state = cls(origin, raw, parts)
        if "now" in state.os:
            try:
                times.parse(state.os["now"])
            except ValueError:
                raise StateError(
                    f"{origin}: os.now: {state.os['now']!r} is no time: write 2026-11-20T10:00:00Z"
                ) from None
        return state

    def __getitem__(self, part: str) -> Any:
        return self.parts[part]

    @property
    def os(self) -> Mapping[str, Any]:
        return self.parts["os"]  # type: ignore[no-any-return]

    @property
    def mode(self) -> str:
        """FullLanguage or ConstrainedLanguage."""
        return str(self.os.get("languageMode", "FullLanguage"))

    @property
    def constrained(self) -> bool:
        return self.mode == "ConstrainedLanguage"

    @property
    def ps_version(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.os.get("psVersion", "5.1.17763.1").split("."))

    @property
    def delay(self) -> float:
        """Seconds that this host takes for a command."""
        return float(self.parts["twin"].get("delay", 0))

    def now(self) -> datetime:
        """The host's clock: ``os.now``, else the real one with ``twin.clockOffset`` seconds added."""
        if "now" in self.os:
            return times.parse(self.os["now"])
        return datetime.now(UTC) + timedelta(seconds=self.parts["twin"].get("clockOffset", 0))

    @cached_property
    def environment(self) -> Folded[str]:
        named = {"USERNAME": self.os.get("userName", "SYSTEM"), "COMPUTERNAME": self.os.get("computerName", "HOST")}
        return Folded({**_ENVIRONMENT, **named, **dict(self.os.get("environment", {}))})

    @cached_property
    def registry(self) -> Key:
        return tree(self.parts["registry"], self.parts["denied"])

    @cached_property
    def files(self) -> Tree:
        return Tree(self.parts["files"], self.parts["acls"], self.parts["denied"])

    @cached_property
    def _later(self) -> State:
        later = self.parts["twin"].get("later")
        return self if later is None else merge(self, later)

    def at(self, round_number: int) -> State:
        """The state in a round of questions: from the second on with the changes of ``twin.later`` (a restart in between, say)."""
        return self if round_number < 2 else self._later

    def denies(self, name: str) -> bool:
        return any(entry.casefold() == name.casefold() for entry in self.parts["denied"])

    def document(self) -> dict[str, Any]:
        """The state as plain JSON values in the stand-ins' format: everything merged and derived, times that hang on the real clock fixed now."""
        machine = dict(self.os)
        if "clockOffset" in self.parts["twin"] and "now" not in machine:
            machine["now"] = times.iso(self.now())
        if isinstance(boot := machine.get("bootTime"), str | int | float):
            machine["bootTime"] = times.to_dmtf(times.moment(boot, self.now()))
        declared = {line.split()[0].casefold().removesuffix(".exe") for line in self.parts["native"] if line.split()}
        missing = [name for name in _NATIVE if name not in declared]
        if missing:
            machine["missingCommands"] = sorted({*machine.get("missingCommands", []), *missing})
        parts = {name: self.parts[name] for name in PARTS if name not in ("os", "twin")}
        return {"os": plain(machine), **{name: plain(value) for name, value in parts.items() if value}}


def load(path: str | Path) -> State:
    """The state of a file, its bases merged in. Raises :class:`StateError`, one line."""
    return State.of(_merged(Path(path), ()), str(path))


def merge(base: State, delta: Mapping[str, Any], origin: str = "") -> State:
    """A state with changes: what an example of a requirement is. Raises :class:`StateError`."""
    return State.of(
        _apply(base.raw, delta, origin or f"{base.origin} with changes"), origin or f"{base.origin} with changes"
    )


def _apply(base: Mapping[str, Any], delta: Mapping[str, Any], origin: str) -> dict[str, Any]:
    try:
        return merged(base, delta)
    except Wrong as wrong:
        raise StateError(f"{origin}: {wrong}") from None


def _merged(path: Path, above: tuple[Path, ...]) -> dict[str, Any]:
    if path.resolve() in above:
        raise StateError(f"{path}: base: the states name each other in a circle")
    raw = read(path)
    found: dict[str, Any] = {}
    if base := _named(raw, "base", path):
        found = _merged(base, (*above, path.resolve()))
    if recorded := _named(raw, "registry_from", path):
        found = _apply(found, {"registry": _recorded(recorded)}, str(recorded))
    return _apply(
        found, {name: value for name, value in raw.items() if name not in ("base", "registry_from")}, str(path)
    )


def _named(raw: Mapping[str, Any], key: str, path: Path) -> Path | None:
    name = raw.get(key)
    if name is None:
        return None
    if not isinstance(name, str):
        raise StateError(f"{path}: {key}: the name of a file is wanted")
    target = Path(os.path.normpath(path.parent / name))
    if not target.is_file():
        raise StateError(f"{path}: {key}: there is no file {target}")
    return target


def _recorded(path: Path) -> Mapping[str, Any]:
    try:
        keys = json.loads(path.read_text(encoding="utf-8"))["keys"]
    except (OSError, ValueError, KeyError, TypeError):
        keys = None
    if not isinstance(keys, dict):
        raise StateError(f"{path}: no recorded registry: it holds {{keys: {{path: {{value: {{type, data}}}}}}}}")
    return keys


def expand(state: State, text: str) -> str:
    """Environment variables of the host in their place; one that is not there, or empty, stays as it is written."""
    pieces = text.split("%")
    done, at = pieces[0], 1
    while at < len(pieces):
        if at + 1 < len(pieces) and pieces[at] and (value := state.environment.get(pieces[at])):
            done += value + pieces[at + 1]
            at += 2
        elif at + 1 < len(pieces) and pieces[at]:
            done += "%" + pieces[at] + "%" + pieces[at + 1]
            at += 2
        else:
            done += "%" + pieces[at]
            at += 1
    return done
