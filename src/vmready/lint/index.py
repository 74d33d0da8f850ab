"""Which Windows PowerShell has which command, with which parameters: the reduced index in ``data/commands.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

VERSIONS = ("2.0", "3.0", "4.0", "5.1")


@dataclass(frozen=True, slots=True)
class Known:
    """A command: the versions that have it, and for each parameter (in lower case) the versions that have that. ``switches`` take no value."""

    name: str
    versions: frozenset[str]
    parameters: dict[str, frozenset[str]]
    switches: frozenset[str]


@cache
def commands() -> dict[str, Known]:
    """By name in lower case."""
    index = json.loads((files("vmready.lint") / "data" / "commands.json").read_text("ascii"))
    common = {name.casefold(): frozenset(VERSIONS) for name in index["common"]}
    for name in ("informationaction", "informationvariable"):
        common[name] = frozenset({"5.1"})
    common["pipelinevariable"] = frozenset({"4.0", "5.1"})
    known = {}
    for name, entry in index["commands"].items():
        parameters = {
            parameter.rstrip("!").casefold(): _versions(bits) for parameter, bits in entry["parameters"].items()
        }
        switches = frozenset(parameter[:-1].casefold() for parameter in entry["parameters"] if parameter.endswith("!"))
        known[name.casefold()] = Known(
            name, _versions(entry["in"]), common | parameters, switches | {"verbose", "debug"}
        )
    return known


def _versions(bits: int) -> frozenset[str]:
    return frozenset(version for bit, version in enumerate(VERSIONS) if bits & 1 << bit)
