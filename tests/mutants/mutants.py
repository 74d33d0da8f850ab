"""Mutation testing of every requirement, fact and rule of the records: the examples and their own tests have to notice each mutant.

cosmic-ray makes the mutants.

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
import gc
import importlib
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "tests" / "support")]

from making import Mutant, function_at, made, modules, store  # noqa: E402
from rounds import Round, apart, say  # noqa: E402
from telling import report  # noqa: E402

#: Rooms below the facts: a mutant of a fact changes nothing in them.
BELOW = ("vmready.model", "vmready.secret", "vmready.files", "vmready.judging", "vmready.declared", "vmready.probes")


def run(chosen: Mapping[str, Path], words: str, jobs: int, session: Path) -> int:
    mutants = made(chosen, session)
    tried = [m for m in mutants if not m.left_out]
    say(
        f"{len(mutants)} mutants of {len(chosen)} modules, {len(mutants) - len(tried)} left out (texts, types, the same)",
    )
    first = apart(lambda: _first_round(tried, chosen, words, jobs))
    if "broken" in first:
        print("these fail without any mutant:", *first["broken"], sep="\n  ")
        return 1
    for mutant in tried:
        mutant.killed_by, mutant.before, mutant.after, mutant.swapped = first["mutants"][mutant.job]
    seen = {(file, name): numbers for file, name, numbers in first["seen"]}
    _warm()

    of_module = _once(chosen, seen)

    def imported(mutant: Mutant) -> str:
        return _imported(mutant, seen.get((str(mutant.path), ""), ()) if mutant.spec else of_module[mutant.module])

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
    store(mutants, session)
    return report(mutants, seen, first["items"], first["rows"], whole=len(chosen) == len(modules()))


def _once(chosen: Mapping[str, Path], seen: Mapping[tuple[str, str], Sequence[int]]) -> dict[str, list[int]]:
    """The tests that run each module, a test of several only with the first: unchanged modules must let each pass once."""
    found: dict[str, list[int]] = {}
    known: set[int] = set()
    for name, path in chosen.items():
        found[name] = [number for number in seen.get((str(path), ""), ()) if number not in known]
        known.update(found[name])
    return found


def _first_round(mutants: Sequence[Mutant], chosen: Mapping[str, Path], words: str, jobs: int) -> dict[str, Any]:
    import calling
    import changing

    begun = time.monotonic()

    def mutate(tests: calling.Tests) -> dict[str, Any]:
        say(f"{len(tests.items)} tests passed, who calls what is known: {time.monotonic() - begun:.0f} s")

        def how(mutant: Mutant) -> str:
            if mutant.spec is None:
                return tests.first_that_fails(of_module[mutant.module])
            numbers = tests.seen.get((str(mutant.path), function_at(str(mutant.path)).get(mutant.line) or "-"), ())
            if not numbers or mutant.spec.operator_name == "core/RemoveDecorator" or not changing.swap(mutant):
                mutant.swapped = False
                return ""
            calling.forget()
            return tests.first_that_fails(numbers)

        changing.living(), calling.caches()
        gc.collect()
        gc.freeze()
        unchanged = [Mutant("", name, path, None) for name, path in chosen.items()]
        of_module = _once(chosen, tests.seen)
        Round("functions swapped, unchanged", unchanged, how, jobs).run()
        if broken := [f"{m.module}: {m.killed_by}" for m in unchanged if m.killed_by]:
            return {"broken": broken}
        Round("functions swapped", mutants, how, jobs).run()
        examples: dict[tuple[str, str], list[int]] = {}
        every = {str(example): number for number, example in enumerate(calling.examples().ALL)}
        for place, numbers in tests.seen.items():
            of = [tests.items[number] for number in numbers]
            examples[place] = [
                every[str(i.callspec.params["example"])] for i in of if i.name.startswith("test_example[")
            ]
        return {
            "mutants": {m.job: (m.killed_by, m.before, m.after, m.swapped) for m in mutants},
            "seen": [(file, name, numbers) for (file, name), numbers in examples.items()],
            "items": [example.item for example in calling.examples().ALL],
            "rows": calling.rows_of_items(),
        }

    tests = calling.Tests(mutate)
    calling.run_pytest(tests, "-s", "--no-header", "--no-summary", "-k", words, files=calling.test_files())
    return {"broken": tests.broken} if tests.broken or tests.result is None else tests.result


def _imported(mutant: Mutant, numbers: Sequence[int]) -> str:
    import calling
    import changing

    assert mutant.module not in sys.modules
    sys.meta_path.insert(0, changing.Mutated(mutant))
    if failed := calling.first_that_fails(numbers):
        return failed
    if not mutant.module.startswith("tests_infra"):
        rule = importlib.import_module("tests.facts.test_declared")
        rule.test_values_stay_as_they_were_parsed(mutant.module)
    return ""


def _tested(mutant: Mutant, items: Sequence[str]) -> str:
    import calling
    import changing

    sys.meta_path.insert(0, changing.Mutated(mutant))
    importlib.import_module(mutant.module)  # pytest puts a finder of its own first
    told = calling.Failed()
    code = calling.run_pytest(told, "-x", "-k", calling.words_for(items), files=calling.tests_for(mutant.module))
    return "" if code == 0 else told.name or f"pytest exit {code}"


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


def _chosen(names: Sequence[str]) -> Iterator[tuple[str, Path]]:
    known = modules()
    known_short = {name.rpartition(".")[2]: name for name in known}
    for name in names or known:
        short = Path(name).stem if name.endswith(".py") else name.rpartition(".")[2]
        if short not in known_short:
            sys.exit(
                f"{name}: no module of facts, records or requirements (they are: {', '.join(sorted(known_short))})"
            )
        yield known_short[short], known[known_short[short]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "modules",
        nargs="*",
        metavar="MODULE",
        help="modules of facts, records or requirements; all of them where none is named",
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
