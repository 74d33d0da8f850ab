"""What came out: by module, by row, and the survivors with their reasons."""

from __future__ import annotations

import ast
import collections
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml
from making import ROOT, Mutant, modules, outermost, source_of

SURVIVORS = Path(__file__).resolve().parent / "survivors"
LEAST = 0.95


def report(
    mutants: Sequence[Mutant],
    seen: Mapping[tuple[str, str], Sequence[int]],
    items: Sequence[str],
    rows: Mapping[str, str],
    *,
    whole: bool,
) -> int:
    tried = [m for m in mutants if not m.left_out]
    reasons = reasons_of(SURVIVORS)
    problems: list[str] = []
    by_module: dict[str, list[Mutant]] = collections.defaultdict(list)
    for mutant in tried:
        by_module[mutant.module].append(mutant)
    print("\nmodule: killed of mutants")
    for module, of in sorted(by_module.items()):
        problems += _line(module, of)
    print("\nrow: examples, killed of the mutants that its examples run")
    for row, (examples, of) in sorted(_by_row(tried, seen, items, rows).items()):
        problems += _line(f"{row}: {examples} examples", of)
    survivors = [m for m in tried if not m.killed_by]
    print(f"\n{len(survivors)} survivors")
    known = set()
    without = 0
    for mutant in survivors:
        key = (mutant.module, mutant.before, mutant.after)
        known.add(key)
        print(f"  {mutant.name}\n    {reasons.get(key, 'NO REASON is written')}")
        if key not in reasons:
            without += 1
    if without:
        problems.append(f"{without} survivors have no reason in {SURVIVORS.relative_to(ROOT)}")
    problems += [
        f"{SURVIVORS.name}: {module}: {before} -> {after}: no such survivor any more"
        for module, before, after in reasons
        if module in by_module and (module, before, after) not in known
    ]
    if whole:
        problems += [
            f"{name}: no mutant was made of it"
            for name in modules()
            if name not in by_module and _has_code(modules()[name])
        ]
    killed = len(tried) - len(survivors)
    print(f"\nmutants: {killed} of {len(tried)} killed ({killed / max(1, len(tried)):.1%})")
    print(*(["", "problems:", *problems] if problems else ["no problem"]), sep="\n  ")
    return 1 if problems else 0


def _has_code(path: Path) -> bool:
    return any(isinstance(node, ast.FunctionDef) for node in ast.walk(ast.parse(source_of(path))))


def _line(name: str, mutants: Sequence[Mutant]) -> list[str]:
    killed = sum(bool(m.killed_by) for m in mutants)
    print(f"  {name}, {killed} of {len(mutants)}" + ("" if not mutants else f" ({killed / len(mutants):.1%})"))
    if mutants and killed / len(mutants) < LEAST:
        return [f"{name}: {killed} of {len(mutants)} killed, fewer than {LEAST:.0%}"]
    return []


def _by_row(
    mutants: Sequence[Mutant],
    seen: Mapping[tuple[str, str], Sequence[int]],
    items: Sequence[str],
    rows: Mapping[str, str],
) -> dict[str, tuple[int, list[Mutant]]]:
    functions = outermost({m.path for m in mutants})
    found: dict[str, tuple[int, list[Mutant]]] = {}
    examples = collections.Counter(rows[item] for item in items)
    runs: dict[tuple[str, str], set[str]] = {
        place: {rows[items[number]] for number in numbers} for place, numbers in seen.items()
    }
    for mutant in mutants:
        line = mutant.line
        name = next((n for first, last, n in functions[str(mutant.path)] if first <= line <= last), "")
        for row in runs.get((str(mutant.path), name), ()):
            found.setdefault(row, (examples[row], []))[1].append(mutant)
    return found


def reasons_of(folder: Path) -> dict[tuple[str, str, str], str]:
    """By module, changed line before and after: why no test can notice the change."""
    return {
        (entry["module"], before, after): entry["reason"]
        for path in sorted(folder.glob("*.yaml"))
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or []
        for before, after in entry["changes"]
    }
