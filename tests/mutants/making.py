"""The mutants that cosmic-ray makes of facts, rules of the records and requirements, and which of them are left out."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

try:
    from cosmic_ray.commands.init import init
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator
    from cosmic_ray.work_db import WorkDB
    from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkResult
except ImportError:
    sys.exit("cosmic-ray is missing: pip install 'vmready[mutants]' (from a clone: make mutants)")

ROOT = Path(__file__).resolve().parents[2]
#: Equal for the members of enumerations, None and small numbers, which are all that is compared so here.
SAME = {f"core/ReplaceComparisonOperator_{change}" for change in ("Eq_Is", "Is_Eq", "NotEq_IsNot", "IsNot_NotEq")}

Place = tuple[int, int]


@dataclass
class Mutant:
    """One change of one module, and what became of it."""

    job: str
    module: str
    path: Path
    #: None: the module as it is, which every round must let pass.
    spec: MutationSpec | None
    left_out: str = ""
    #: Its functions were put in the places of the real ones, before all tests that call them.
    swapped: bool = True
    killed_by: str = ""
    before: str = ""
    after: str = ""

    @property
    def name(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.before} -> {self.after}"

    @property
    def line(self) -> int:
        return self.spec.start_pos[0] if self.spec else 0

    def source(self) -> str:
        if self.spec is None:
            return source_of(self.path)
        found = mutate_code(source_of(self.path), get_operator(self.spec.operator_name)(), self.spec.occurrence)
        assert found is not None
        return found


def modules() -> dict[str, Path]:
    """Every module of facts, of the records' rules and of requirements, by its dotted name."""
    of = {
        "vmready.facts": (ROOT / "src" / "vmready" / "facts").glob("*.py"),
        "vmready.records": (ROOT / "src" / "vmready" / "records").glob("*.py"),
        "tests_infra": (ROOT / "tests_infra").glob("test_*.py"),
    }
    return {
        f"{package}.{p.stem}": p
        for package, paths in of.items()
        for p in sorted(paths)
        if p.stem not in ("__init__", "registry")
    }


def made(chosen: Mapping[str, Path], session: Path) -> list[Mutant]:
    session.parent.mkdir(parents=True, exist_ok=True)
    session.unlink(missing_ok=True)
    database = WorkDB(str(session), WorkDB.Mode.create)
    try:
        init(chosen.values(), database, {})
        names = {path: name for name, path in chosen.items()}
        found = [
            Mutant(item.job_id, names[Path(spec.module_path)], Path(spec.module_path), spec)
            for item in database.work_items
            for spec in item.mutations
        ]
        for mutant in found:
            mutant.left_out = _left_out(mutant)
    finally:
        database.close()
    return found


def _left_out(mutant: Mutant) -> str:
    if mutant.spec is None:
        return ""
    if mutant.spec.operator_name in SAME:
        return "the same for everything that is compared so here"
    line, column = mutant.spec.start_pos
    for kind, begin, end in _spans(mutant.path):
        if begin <= (line, column) < end and (kind == "text" or "BitOr" in mutant.spec.operator_name):
            return f"inside a {kind}"
    return ""


@functools.cache
def _spans(path: Path) -> list[tuple[str, Place, Place]]:
    """Where texts (f-strings) and types stand."""
    found = []
    for node in ast.walk(ast.parse(source_of(path))):
        if isinstance(node, ast.JoinedStr):
            found.append(("text", node))
        for name in ("annotation", "returns"):
            if getattr(node, name, None) is not None:
                found.append(("type", getattr(node, name)))
    return [
        (kind, (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)) for kind, node in found
    ]


@functools.cache
def source_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def changed_line(before: str, after: str) -> tuple[str, str]:
    """The first changed line, before and after, or the decorator that is gone."""
    old, new = before.splitlines(), after.splitlines()
    for first, second in zip(old, new, strict=False):
        if first != second:
            return (first.strip(), second.strip() if len(old) == len(new) else "(removed)")
    return ("", "(removed)")


def outermost(paths: Iterable[Path]) -> dict[str, list[tuple[int, int, str]]]:
    """The functions and methods of each file that stand in no other function: first line (of its decorators), last line, name."""
    found: dict[str, list[tuple[int, int, str]]] = {}

    def visit(path: Path, nodes: Iterable[ast.stmt], prefix: str) -> None:
        for node in nodes:
            if isinstance(node, ast.FunctionDef):
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                found[str(path)].append((first, node.end_lineno or 0, prefix + node.name))
            elif isinstance(node, ast.ClassDef):
                visit(path, node.body, f"{prefix}{node.name}.")

    for path in paths:
        found[str(path)] = []
        visit(path, ast.parse(source_of(path)).body, "")
    return found


@functools.cache
def function_at(path: str) -> dict[int, str]:
    spans = outermost([Path(path)])[path]
    return {line: name for first, last, name in spans for line in range(first, last + 1)}


def store(mutants: Iterable[Mutant], session: Path) -> None:
    database = WorkDB(str(session), WorkDB.Mode.open)
    try:
        for mutant in mutants:
            outcome = TestOutcome.KILLED if mutant.killed_by else TestOutcome.SURVIVED
            database.set_result(
                mutant.job,
                WorkResult(WorkerOutcome.SKIPPED, output=mutant.left_out)
                if mutant.left_out
                else WorkResult(
                    WorkerOutcome.NORMAL, mutant.killed_by, outcome, f"- {mutant.before}\n+ {mutant.after}"
                ),
            )
    finally:
        database.close()
