"""A mutant put into this process: its functions in the places of the real ones, or its module imported."""

from __future__ import annotations

import collections
import functools
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
from types import CodeType, FunctionType, ModuleType

from making import Mutant, modules, source_of


def swap(mutant: Mutant) -> bool:
    """False where what changed is not the body of a function, but what an import runs."""
    filename = str(mutant.path)
    before = compile(source_of(mutant.path), filename, "exec", dont_inherit=True)
    after = compile(mutant.source(), filename, "exec", dont_inherit=True)
    changed: list[tuple[CodeType, CodeType]] = []
    if not _pairs(before, after, changed, inside=False) or not changed:
        return False
    swapped = 0
    for old, new in changed:
        for function in living().get(old, ()):
            function.__code__ = new
            swapped += 1
    return swapped > 0


@functools.cache
def living() -> dict[CodeType, list[FunctionType]]:
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
