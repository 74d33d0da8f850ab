"""The lint of ``collector.ps1``: what can be proved of the only code that runs on hosts, without a host and without an engine.

    python -m vmready.lint [FILE…]        without FILE: the collector of this installation
    python -m vmready.lint --rules        the rules, with their reasons

One line per finding, ``collector.ps1:12:5 VR602 …``; exit code 1 if there is one, 2 if a file cannot be read or the parser is not
installed. The rules:

- VR0xx, ``layout``: the text itself
- VR1xx, ``syntax``: syntax of Windows PowerShell 2.0 only
- VR2xx, ``commands``: commands and parameters exist in 2.0, 3.0, 4.0 and 5.1, or stand behind a guard
- VR3xx, ``read_only`` and ``effects``: everything called, made, named or set is on an allow-list (``allowed.py``)
- VR4xx, ``seams``: calls that meet the machine stand in functions that a harness can replace
- VR5xx, ``constrained``: Constrained Language Mode refuses nothing that no guard stands before
- VR6xx, ``comparisons`` and ``traps``: what runs without an error and does something else than it says
- VR7xx, ``flow``: what ends, leaves or overflows without a word

The guards that VR2xx and VR5xx look for are described in ``guards.py``.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from vmready.lint.rule import RULES, Finding, Rule

__all__ = ["Finding", "ParserMissing", "Rule", "lint", "main", "rules"]

_MODULES = (
    "layout",
    "syntax",
    "commands",
    "read_only",
    "effects",
    "seams",
    "constrained",
    "comparisons",
    "traps",
    "flow",
)


class ParserMissing(Exception):
    """tree-sitter or its PowerShell grammar is not installed."""


def rules() -> dict[str, Rule]:
    """Every rule by its id. Raises :class:`ParserMissing`."""
    try:
        for name in _MODULES:
            importlib.import_module(f"vmready.lint.{name}")
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("tree_sitter"):
            raise ParserMissing(
                "the lint needs a parser for PowerShell: pip install tree-sitter tree-sitter-powershell"
            ) from missing
        raise
    return dict(sorted(RULES.items()))


def lint(data: bytes, name: str, only: Sequence[str] = ()) -> list[Finding]:
    """What the rules (those of ``only``, or all) reject in a script, in the order of the text. ``name`` stands before each finding.

    Raises :class:`ParserMissing`.
    """
    known = rules()
    from vmready.lint.script import Script  # noqa: PLC0415  the parser may be missing

    script = Script(data)
    found: set[Finding] = set()
    for id in only or known:
        for (line, column), message in known[id].check(script):
            found.add(Finding(name, line, column, id, message))
    return sorted(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m vmready.lint", description="Checks the collector's PowerShell text without running it."
    )
    parser.add_argument("file", nargs="*", help="scripts to check; the collector of this installation if none is named")
    parser.add_argument("--rules", action="store_true", help="list the rules with their reasons")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.rules:
            for one in rules().values():
                print(f"{one.id}  {one.title}\n       {one.reason}")
            return 0
        return _report(chosen.file)
    except ParserMissing as missing:
        print(missing, file=sys.stderr)
        return 2


def _report(names: Sequence[str]) -> int:
    code = 0
    for name in names or ["collector.ps1"]:
        try:
            data = Path(name).read_bytes() if names else (files("vmready.probes") / "collector.ps1").read_bytes()
        except OSError as problem:
            print(f"{name}: cannot be read: {problem.strerror}", file=sys.stderr)
            code = 2
            continue
        found = lint(data, name)
        for finding in found:
            print(finding)
        if found:
            code = max(code, 1)
    return code
