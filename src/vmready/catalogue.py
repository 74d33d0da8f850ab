"""The requirements that come with vmready, without running pytest: for ``vmready list``, ``explain`` and completeness checks."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

from vmready.items import Declared, declared, requirement_of


def requirements(package: str = "tests_infra") -> Iterator[Declared]:
    """Every requirement declared in a package's modules, in the order of modules and lines.

    ModuleNotFoundError where the package is not there (an installation brings ``tests_infra``).
    """
    found = importlib.import_module(package)
    for info in sorted(pkgutil.iter_modules(found.__path__), key=lambda module: module.name):
        if not info.name.startswith("test_"):
            continue
        module = importlib.import_module(f"{package}.{info.name}")
        functions = [
            value for _, value in inspect.getmembers(module, inspect.isfunction) if value.__module__ == module.__name__
        ]
        for function in sorted(functions, key=lambda function: function.__code__.co_firstlineno):
            requirement = requirement_of(function)
            if requirement is not None:
                yield declared(function, requirement)


def described(of: Declared) -> dict[str, Any]:
    """A requirement as JSON: what ``vmready list --json`` prints."""
    requirement = of.requirement
    return {
        "id": requirement.id,
        "items": [case.id for case in of.cases],
        "title": requirement.title,
        "kind": requirement.kind.value,
        "severity": requirement.severity.value,
        "roles": sorted(role.value for role in requirement.roles),
        "document": requirement.source.document.title,
        "section": requirement.source.section,
        "url": requirement.source.document.url,
        "rationale": requirement.rationale,
        "remedy": requirement.remedy,
        "facts": list(of.fact_names),
        "as_documented": requirement.as_documented is not None,
        "test": f"{of.function.__module__.replace('.', '/')}.py::{of.function.__name__}",
    }
