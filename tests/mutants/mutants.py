"""Mutation testing of every requirement and fact: cosmic-ray makes the mutants, the examples and the facts' own tests have to notice each.

    python tests/mutants/mutants.py [MODULE …] [-k TESTS] [--jobs N] [--session FILE]

Needs the ``mutants`` extra and a system with fork. Exit code 0 where at least 95 % of every module's and every row's mutants were killed and each
survivor stands in ``survivors/*.yaml`` with its reason, 1 otherwise. The session is cosmic-ray's own file:
``cr-report``, ``cr-html`` and ``cr-rate`` read it.

A mutant meets three rounds, each only what the one before let pass:

1. In a process that has everything imported, the mutated functions take the places of the real ones, and those tests are run that call them: the
   examples, the facts' own tests, and those that take each answer of the examples away.
2. In a process that has imported nothing of the facts, the mutated module is imported, and the examples are judged that call any of the module.
3. The same, with pytest and the tests of round 1: for what no function's body holds (tables, probes, decorators).

The source files stay as they are: a mutant lives in a forked child only.
"""

from __future__ import annotations

import argparse
import ast
import collections
import functools
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import re
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "tests" / "support")]

import yaml  # noqa: E402

try:
    from cosmic_ray.commands.init import init
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator
    from cosmic_ray.work_db import WorkDB
    from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkResult
except ImportError:
    sys.exit("cosmic-ray is missing: pip install 'vmready[mutants]' (from a clone: make mutants)")

SURVIVORS = HERE / "survivors"
LEAST = 0.95
SECONDS = 60
BYTES = 4 << 30
#: Equal for the members of enumerations, None and small numbers, which are all that is compared so here.
SAME = {f"core/ReplaceComparisonOperator_{change}" for change in ("Eq_Is", "Is_Eq", "NotEq_IsNot", "IsNot_NotEq")}
#: Examples, and what an item says when an answer is missing, cut or older.
OF_EXAMPLES = ("examples", "unreadable", "cut_answers", "update_management_letters", "observed")
#: Folders of tests of the facts themselves.
OF_FACTS = ("facts",)
MARKS = "not slow and not engine and not browser"
#: Rooms below the facts: a mutant of a fact changes nothing in them.
BELOW = ("vmready.model", "vmready.secret", "vmready.files", "vmready.judging", "vmready.declared", "vmready.probes")
KILLED, SURVIVED = 0, 7

Place = tuple[str, int]


def say(text: str) -> None:
    print(text, flush=True)


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
            return _source(self.path)
        found = mutate_code(_source(self.path), get_operator(self.spec.operator_name)(), self.spec.occurrence)
        assert found is not None
        return found


@dataclass
class Round:
    """The mutants that a round is given, what kills one (``how``), and how many at a time."""

    title: str
    mutants: Sequence[Mutant]
    how: Callable[[Mutant], str]
    jobs: int
    survivors: list[Mutant] = field(default_factory=list)

    def run(self) -> list[Mutant]:
        waiting = collections.deque(self.mutants)
        running: dict[int, tuple[Mutant, int]] = {}
        begun, done = time.monotonic(), 0
        while waiting or running:
            while waiting and len(running) < self.jobs:
                mutant = waiting.popleft()
                reader, writer = os.pipe()
                pid = os.fork()
                if pid == 0:
                    os.close(reader)
                    _child(self.how, mutant, writer)
                os.close(writer)
                running[pid] = (mutant, reader)
            pid, status = os.wait()
            mutant, reader = running.pop(pid)
            with os.fdopen(reader, "rb") as pipe:
                told = json.loads(pipe.read() or b"{}")
            mutant.before, mutant.after = told.get("change", (mutant.before, mutant.after))
            mutant.swapped = told.get("swapped", mutant.swapped)
            if os.WIFEXITED(status) and os.WEXITSTATUS(status) == SURVIVED:
                self.survivors.append(mutant)
            else:
                mutant.killed_by = told.get("by") or (
                    f"signal {os.WTERMSIG(status)} (endless, or too much memory)" if os.WIFSIGNALED(status) else "exit"
                )
            done += 1
            if done % 500 == 0:
                say(f"  {self.title}: {done} of {len(self.mutants)}, {time.monotonic() - begun:.0f} s")
        say(f"{self.title}: {done} mutants, {len(self.survivors)} not noticed, {time.monotonic() - begun:.0f} s")
        return self.survivors


def _child(how: Callable[[Mutant], str], mutant: Mutant, writer: int) -> None:
    """Never returns. What the mutant did to be noticed goes through the pipe; a hang or a memory hog is ended by the kernel."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    told: dict[str, Any] = {"change": (mutant.before, mutant.after)}
    try:
        if mutant.spec and not mutant.before:
            told["change"] = _change(_source(mutant.path), mutant.source())
        told["by"] = how(mutant)
    except BaseException as error:
        told["by"] = f"{type(error).__name__}: {error}"[:200]
    told["swapped"] = mutant.swapped
    os.write(writer, json.dumps(told).encode()[:4000])
    os._exit(KILLED if told["by"] else SURVIVED)


# What is mutated, and what of it is left out.


def modules() -> dict[str, Path]:
    """Every module of facts and of requirements, by its dotted name."""
    facts = sorted((ROOT / "src" / "vmready" / "facts").glob("*.py"))
    requirements = sorted((ROOT / "tests_infra").glob("test_*.py"))
    return {f"vmready.facts.{p.stem}": p for p in facts if p.stem not in ("__init__", "registry")} | {
        f"tests_infra.{p.stem}": p for p in requirements
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
    for node in ast.walk(ast.parse(_source(path))):
        if isinstance(node, ast.JoinedStr):
            found.append(("text", node))
        for name in ("annotation", "returns"):
            if getattr(node, name, None) is not None:
                found.append(("type", getattr(node, name)))
    return [
        (kind, (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)) for kind, node in found
    ]


@functools.cache
def _source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _change(before: str, after: str) -> tuple[str, str]:
    """The first changed line, before and after, or the decorator that is gone."""
    old, new = before.splitlines(), after.splitlines()
    for first, second in zip(old, new, strict=False):
        if first != second:
            return (first.strip(), second.strip() if len(old) == len(new) else "(removed)")
    return ("", "(removed)")


# What the examples run.


def _examples() -> ModuleType:
    return importlib.import_module("tests.examples.tables")


def _fails(example: Any) -> str:
    harness = importlib.import_module("tests.examples.harness")
    finding = harness.judged(example)
    if finding.verdict != example.verdict or example.message not in "\n".join([finding.detail, *finding.notes]):
        return str(example)
    return ""


def _first_that_fails(numbers: Iterable[int]) -> str:
    every = _examples().ALL
    return next((failed for number in numbers if (failed := _fails(every[number]))), "")


def _outermost(paths: Iterable[Path]) -> dict[str, list[tuple[int, int, str]]]:
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
        visit(path, ast.parse(_source(path)).body, "")
    return found


@functools.cache
def _function_at(path: str) -> dict[int, str]:
    spans = _outermost([Path(path)])[path]
    return {line: name for first, last, name in spans for line in range(first, last + 1)}


@dataclass
class Tests:
    """The tests of the first round, in pytest's own hands, and which of them call which function.

    ``seen``: by file and outermost function (a file's own name, "": any of it), the tests, the quickest first.
    """

    of: Callable[[Tests], Any]
    items: list[Any] = field(default_factory=list)
    seen: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    result: Any = None

    def pytest_runtestloop(self, session: Any) -> bool:
        self.items = session.items
        self.look()
        self.result = None if self.broken else self.of(self)
        return True

    def fails(self, number: int) -> str:
        from _pytest.runner import runtestprotocol

        item = self.items[number]
        return item.name if any(report.failed for report in runtestprotocol(item, log=False, nextitem=None)) else ""

    def first_that_fails(self, numbers: Iterable[int]) -> str:
        return next((failed for number in numbers if (failed := self.fails(number))), "")

    def look(self) -> None:
        files = {str(path) for path in modules().values()}
        called: set[tuple[str, str]] = set()

        def trace(frame: FrameType, _event: str, _argument: object) -> None:
            code = frame.f_code
            if code.co_filename in files:
                called.add((code.co_filename, _function_at(code.co_filename).get(code.co_firstlineno, "")))
                called.add((code.co_filename, ""))

        took = []
        for number, item in enumerate(self.items):
            called.clear()
            _forget()
            begun = time.perf_counter()
            sys.settrace(trace)
            try:
                failed = self.fails(number)
            finally:
                sys.settrace(None)
            took.append(time.perf_counter() - begun)
            if failed:
                self.broken.append(item.nodeid)
            for place in called:
                self.seen.setdefault(place, []).append(number)
        for numbers in self.seen.values():
            numbers.sort(key=took.__getitem__)


def _forget() -> None:
    """Caches of the code under test would hide what an example runs, and what a mutant changed."""
    for cached in _caches():
        cached.cache_clear()


@functools.cache
def _caches() -> list[Any]:
    wrapper = type(_source)
    return [
        value
        for name, module in list(sys.modules.items())
        if name.startswith(("vmready.facts", "tests_infra"))
        for value in vars(module).values()
        if isinstance(value, wrapper)
    ]


# Round 1: the mutated functions in the places of the real ones.


def _swap(mutant: Mutant) -> bool:
    """False where what changed is not the body of a function, but what an import runs."""
    filename = str(mutant.path)
    before = compile(_source(mutant.path), filename, "exec", dont_inherit=True)
    after = compile(mutant.source(), filename, "exec", dont_inherit=True)
    changed: list[tuple[CodeType, CodeType]] = []
    if not _pairs(before, after, changed, inside=False) or not changed:
        return False
    swapped = 0
    for old, new in changed:
        for function in _living().get(old, ()):
            function.__code__ = new
            swapped += 1
    return swapped > 0


@functools.cache
def _living() -> dict[CodeType, list[FunctionType]]:
    """The functions of the modules under test, by their code."""
    files = {str(path) for path in modules().values()}
    found: dict[CodeType, list[FunctionType]] = collections.defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename in files:
            found[thing.__code__].append(thing)
    return found


def _pairs(before: CodeType, after: CodeType, changed: list[tuple[CodeType, CodeType]], *, inside: bool) -> bool:
    """Fills ``changed``, the outer first; False where a module's or a class's own statements differ."""
    old, new = (list(filter(lambda c: isinstance(c, CodeType), code.co_consts)) for code in (before, after))
    plain = [tuple(repr(c) for c in code.co_consts if not isinstance(c, CodeType)) for code in (before, after)]
    function = bool(before.co_flags & 0x02)  # CO_NEWLOCALS: a function's code, not a module's or a class's
    own = (before.co_code, before.co_names, before.co_freevars, plain[0]) == (
        after.co_code,
        after.co_names,
        after.co_freevars,
        plain[1],
    )
    if len(old) != len(new) or (not own and not (function or inside)):
        return False
    if before != after and function:
        changed.append((before, after))
    return all(_pairs(o, n, changed, inside=inside or function) for o, n in zip(old, new, strict=True))


# Rounds 2 and 3: the mutated module imported.


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the one module, mutated."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(
        self, name: str, _path: object = None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self.mutant.module:
            return None
        return importlib.util.spec_from_loader(name, self, origin=str(self.mutant.path))

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self.mutant.path)
        exec(compile(self.mutant.source(), str(self.mutant.path), "exec", dont_inherit=True), vars(module))


def _imported(mutant: Mutant, numbers: Sequence[int]) -> str:
    assert mutant.module not in sys.modules
    sys.meta_path.insert(0, Mutated(mutant))
    if failed := _first_that_fails(numbers):
        return failed
    if mutant.module.startswith("vmready.facts"):
        rule = importlib.import_module("tests.facts.test_declared")
        rule.test_values_stay_as_they_were_parsed(mutant.path.stem)
    return ""


def _tested(mutant: Mutant, items: Sequence[str]) -> str:
    sys.meta_path.insert(0, Mutated(mutant))
    importlib.import_module(mutant.module)  # pytest puts a finder of its own first
    words = [*OF_FACTS, *(word for word in OF_EXAMPLES if word not in ("examples", "unreadable")), *items]
    told = _Failed()
    code = _pytest(
        told, "-x", "-k", " or ".join(words), files=[*_test_files()[1 : len(OF_EXAMPLES)], *_tests_of(mutant.module)]
    )
    return "" if code == 0 else told.name or f"pytest exit {code}"


class _Failed:
    name = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.name = self.name or report.nodeid


def _pytest(plugin: object, *arguments: str, files: Sequence[str]) -> int:
    import pytest

    quiet = [
        "-q",
        "--assert=plain",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
    ]
    return int(pytest.main([*quiet, "--rootdir", str(ROOT), "-m", MARKS, *arguments, *files], plugins=[plugin]))


@functools.cache
def _tests_of(module: str) -> list[str]:
    """The facts' tests that name the module, and those of all facts together."""
    name = module.rpartition(".")[2]
    wanted = re.compile(rf"vmready\.facts\.{name}\b|import [^\n]*\b{name}\b|^    {name},$", re.MULTILINE)
    files = sorted((ROOT / "tests" / "facts").glob("test_*.py"))
    return [str(f) for f in files if f.stem == "test_declared" or wanted.search(f.read_text(encoding="utf-8"))]


def _test_files() -> list[str]:
    """Those of the examples first."""
    return [str(ROOT / "tests" / "examples" / f"test_{name}.py") for name in OF_EXAMPLES] + [
        str(file) for folder in OF_FACTS for file in sorted((ROOT / "tests" / folder).glob("test_*.py"))
    ]


# The whole.


def _apart(work: Callable[[], Any]) -> Any:
    """``work``'s result, from a forked child: what it imports does not stay here."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(json.dumps(work()).encode())
        except BaseException:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
            os._exit(1)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read()
    if os.waitpid(pid, 0)[1]:
        sys.exit("the first round ended early")
    return json.loads(told)


def _first_round(mutants: Sequence[Mutant], words: str, jobs: int) -> dict[str, Any]:
    begun = time.monotonic()

    def mutate(tests: Tests) -> dict[str, Any]:
        say(f"{len(tests.items)} tests passed, who calls what is known: {time.monotonic() - begun:.0f} s")

        def how(mutant: Mutant) -> str:
            name = _function_at(str(mutant.path)).get(mutant.line)
            removed = mutant.spec is not None and mutant.spec.operator_name == "core/RemoveDecorator"
            if not name or removed or not _swap(mutant):
                mutant.swapped = False
                return ""
            _forget()
            return tests.first_that_fails(tests.seen.get((str(mutant.path), name), ()))

        _living(), _caches()
        gc.collect()
        gc.freeze()
        Round("functions swapped", mutants, how, jobs).run()
        examples: dict[tuple[str, str], list[int]] = {}
        every = {str(example): number for number, example in enumerate(_examples().ALL)}
        for place, numbers in tests.seen.items():
            of = [tests.items[number] for number in numbers]
            examples[place] = [
                every[str(i.callspec.params["example"])] for i in of if i.name.startswith("test_example[")
            ]
        return {
            "mutants": {m.job: (m.killed_by, m.before, m.after, m.swapped) for m in mutants},
            "seen": [(file, name, numbers) for (file, name), numbers in examples.items()],
            "items": [example.item for example in _examples().ALL],
            "rows": _rows(),
        }

    tests = Tests(mutate)
    _pytest(tests, "-s", "--no-header", "--no-summary", "-k", words, files=_test_files())
    return {"broken": tests.broken} if tests.broken or tests.result is None else tests.result


def _rows() -> dict[str, str]:
    """The requirement of each item."""
    harness = importlib.import_module("tests.examples.harness")
    return {item: of.requirement.id for item, (of, _) in harness.items().items()}


def run(chosen: Mapping[str, Path], words: str, jobs: int, session: Path) -> int:
    mutants = made(chosen, session)
    tried = [m for m in mutants if not m.left_out]
    say(
        f"{len(mutants)} mutants of {len(chosen)} modules, {len(mutants) - len(tried)} left out (texts, types, the same)",
    )
    first = _apart(lambda: _first_round(tried, words, jobs))
    if "broken" in first:
        print("these fail without any mutant:", *first["broken"], sep="\n  ")
        return 1
    for mutant in tried:
        mutant.killed_by, mutant.before, mutant.after, mutant.swapped = first["mutants"][mutant.job]
    seen = {(file, name): numbers for file, name, numbers in first["seen"]}
    _warm()

    def imported(mutant: Mutant) -> str:
        return _imported(mutant, seen.get((str(mutant.path), ""), ()))

    def tested(mutant: Mutant) -> str:
        return _tested(mutant, sorted({first["items"][number] for number in seen.get((str(mutant.path), ""), ())}))

    left = [m for m in tried if not m.killed_by]
    for title, how in (("modules imported", imported), ("tests of the facts", tested)):
        unchanged = [
            Mutant("", name, path, None) for name, path in chosen.items() if any(m.module == name for m in left)
        ]
        Round(f"{title}, unchanged", unchanged, how, jobs).run()
        if broken := [f"{m.module}: {m.killed_by}" for m in unchanged if m.killed_by]:
            print("these fail without any mutant:", *broken, sep="\n  ")
            return 1
        left = Round(title, left, how, jobs).run()
        left = [m for m in left if not m.swapped]
    _store(mutants, session)
    return _report(mutants, seen, first["items"], first["rows"], whole=len(chosen) == len(modules()))


def _warm() -> None:
    """What every child needs and no mutant changes: others' packages, and of our own what stands below the facts."""
    for name in ("pytest", "hypothesis", "yaml", "jsonschema", "winrm", "spnego", "rich.progress", "vmready"):
        importlib.import_module(name)
    for name in [n for n in sys.modules if n.partition(".")[0] in ("vmready", "tests_infra", "tests")]:
        if not name.startswith(BELOW):
            del sys.modules[name]
    assert threading.active_count() == 1
    gc.collect()
    gc.freeze()


def _store(mutants: Iterable[Mutant], session: Path) -> None:
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


def _report(
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
    return any(isinstance(node, ast.FunctionDef) for node in ast.walk(ast.parse(_source(path))))


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
    functions = _outermost({m.path for m in mutants})
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


def _chosen(names: Sequence[str]) -> Iterator[tuple[str, Path]]:
    known = modules()
    known_short = {name.rpartition(".")[2]: name for name in known}
    for name in names or known:
        short = Path(name).stem if name.endswith(".py") else name.rpartition(".")[2]
        if short not in known_short:
            sys.exit(f"{name}: no module of facts or requirements (they are: {', '.join(sorted(known_short))})")
        yield known_short[short], known[known_short[short]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help="modules of facts or requirements; all of them where none is named"
    )
    parser.add_argument(
        "-k",
        default="",
        metavar="TESTS",
        help="only these tests, as pytest's -k takes them: quicker while you work on a few",
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--session", type=Path, default=ROOT / "build" / "mutants.sqlite")
    options = parser.parse_args()
    if not hasattr(os, "fork"):
        sys.exit("mutants live in forked children: this needs Linux or macOS")
    os.chdir(ROOT)
    sys.dont_write_bytecode = True
    return run(dict(_chosen(options.modules)), options.k, options.jobs, options.session)


if __name__ == "__main__":
    sys.exit(main())
