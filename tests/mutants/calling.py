"""The tests that have to notice: examples and the facts' own, and which of them call which function."""

from __future__ import annotations

import functools
import importlib
import re
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import FrameType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from making import ROOT, function_at, modules

#: Examples, and what an item says when an answer is missing, cut or older.
OF_EXAMPLES = ("examples", "unreadable", "cut_answers", "update_management_letters", "observed")
#: Seconds of the processor's time in which one example is judged by far.
ENDLESS = 5.0
#: Every branch of the troubleshooter's rules, and its records as a whole.
OF_RECORDS = ("branches", "told", "powershell")
MARKS = "not slow and not engine and not browser"
QUIET = (
    "-q",
    "--assert=plain",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)


def examples() -> ModuleType:
    return importlib.import_module("tests.examples.tables")


def _fails(example: Any) -> str:
    harness = importlib.import_module("tests.examples.harness")
    finding = harness.judged(example)
    if finding.verdict != example.verdict or example.message not in "\n".join([finding.detail, *finding.notes]):
        return str(example)
    return ""


def first_that_fails(numbers: Iterable[int]) -> str:
    every = examples().ALL
    for number in numbers:
        at_most(ENDLESS)
        if failed := _fails(every[number]):
            return failed
    return ""


def at_most(seconds: float) -> None:
    """The processor's time that this process may take from now on; then the kernel ends it."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)


@dataclass
class Tests:
    """The tests of the first round, in pytest's own hands, and which of them call which function.

    ``seen``: by file and outermost function (a file's own name, "": any of it), the tests, the quickest first.
    """

    of: Callable[[Tests], Any]
    items: list[Any] = field(default_factory=list)
    seen: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    #: Seconds that each test took, its calls being followed.
    took: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    result: Any = None

    def pytest_runtestloop(self, session: Any) -> bool:
        self.items = session.items
        self.look()
        self.result = None if self.broken else self.of(self)
        return True

    def fails(self, number: int) -> str:

        item = self.items[number]
        return item.name if any(report.failed for report in runtestprotocol(item, log=False, nextitem=None)) else ""

    def first_that_fails(self, numbers: Iterable[int]) -> str:
        for number in numbers:
            at_most(ENDLESS + 20 * self.took[number])
            if failed := self.fails(number):
                return failed
        return ""

    def look(self) -> None:
        files = {str(path) for path in modules().values()}
        called: set[tuple[str, str]] = set()

        def trace(frame: FrameType, _event: str, _argument: object) -> None:
            code = frame.f_code
            if code.co_filename in files:
                called.add((code.co_filename, function_at(code.co_filename).get(code.co_firstlineno, "")))
                called.add((code.co_filename, ""))

        for number, item in enumerate(self.items):
            called.clear()
            forget()
            begun = time.perf_counter()
            sys.settrace(trace)
            try:
                failed = self.fails(number)
            finally:
                sys.settrace(None)
            self.took.append(time.perf_counter() - begun)
            if failed:
                self.broken.append(item.nodeid)
            for place in called:
                self.seen.setdefault(place, []).append(number)
        for numbers in self.seen.values():
            numbers.sort(key=self.took.__getitem__)


def forget() -> None:
    """Caches of the code under test would hide what an example runs, and what a mutant changed."""
    for cached in caches():
        cached.cache_clear()


@functools.cache
def caches() -> list[Any]:
    wrapper = type(functools.cache(str))
    return [
        value
        for name, module in list(sys.modules.items())
        if name.startswith(("vmready.facts", "vmready.records", "tests_infra"))
        for value in vars(module).values()
        if isinstance(value, wrapper)
    ]


class Failed:
    """The first test that failed."""

    name = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.name = self.name or report.nodeid


def run_pytest(plugin: object, *arguments: str, files: Sequence[str]) -> int:
    return int(pytest.main([*QUIET, "--rootdir", str(ROOT), "-m", MARKS, *arguments, *files], plugins=[plugin]))


def test_files() -> list[str]:
    """Those of the examples first."""
    of_facts = sorted((ROOT / "tests" / "facts").glob("test_*.py"))
    return [*_of_examples(), *_of_records(), *map(str, of_facts)]


def _of_examples() -> list[str]:
    return [str(ROOT / "tests" / "examples" / f"test_{name}.py") for name in OF_EXAMPLES]


def _of_records() -> list[str]:
    return [str(ROOT / "tests" / "records" / f"test_{name}.py") for name in OF_RECORDS]


@functools.cache
def tests_for(module: str) -> list[str]:
    """The examples' further tests, the facts' tests that name the module, and those of all facts together."""
    name = module.rpartition(".")[2]
    wanted = re.compile(rf"vmready\.facts\.{name}\b|import [^\n]*\b{name}\b|^    {name},$", re.MULTILINE)
    files = sorted((ROOT / "tests" / "facts").glob("test_*.py"))
    own = [str(f) for f in files if f.stem == "test_declared" or wanted.search(f.read_text(encoding="utf-8"))]
    return [*_of_examples()[1:], *(_of_records() if module.startswith("vmready.records") else ()), *own]


def words_for(items: Sequence[str]) -> str:
    """Of the tests that go through every item only those of these."""
    return " or ".join(
        ["facts", "records", *(name for name in OF_EXAMPLES if name not in ("examples", "unreadable")), *items]
    )


def rows_of_items() -> dict[str, str]:
    """The requirement of each item."""
    harness = importlib.import_module("tests.examples.harness")
    return {item: of.requirement.id for item, (of, _) in harness.items().items()}
