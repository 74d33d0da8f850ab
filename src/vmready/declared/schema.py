"""A declaration against its JSON Schema (2020-12): each deviation as a line that a person can act on.

The schema's ``title`` of a value says what is expected ("a port from 1 to 65535"), so that schema and messages cannot drift apart.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from vmready.declared.declaration import Declaration
from vmready.declared.problem import Path, Problem, did_you_mean, shown


class Explanation(Protocol):
    """Says better than the schema what is wrong with the value at ``path``; None leaves it to the schema.

    ``rule`` is the schema's keyword (``type``, ``enum``, ``pattern``, …, ``additionalProperties`` for an unknown key, whose path it is).
    """

    def __call__(self, path: Path, rule: str, value: Any) -> str | None: ...


def _pattern(_: Any, pattern: str, instance: Any, __: Mapping[str, Any]) -> Iterator[ValidationError]:
    """``$`` means the end here as it does in JSON Schema's dialect (ECMA-262), and not also before a last line end."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError("does not match")


_extend: Any = extend  # not annotated
_Validator: Any = _extend(Draft202012Validator, {"pattern": _pattern})


def problems(
    declaration: Declaration,
    schema: Mapping[str, Any],
    *,
    explain: Explanation | None = None,
    hidden: Collection[str] = (),
) -> tuple[Problem, ...]:
    """All deviations of ``declaration`` from ``schema``, in the order of the file.

    Values below a key in ``hidden`` are not quoted (they may be secrets). A declaration that could not be read has none.
    """
    if not declaration.usable:
        return ()
    found: dict[tuple[Path, str], Problem] = {}
    for error in _Validator(schema).iter_errors(declaration.value):
        for path, message in _deviations(error, explain, frozenset(hidden)):
            found.setdefault((path, message), declaration.problem(path, message))
    return tuple(sorted(found.values(), key=lambda problem: (problem.line or 0, problem.key)))


def _deviations(
    error: ValidationError, explain: Explanation | None, hidden: frozenset[str]
) -> Iterator[tuple[Path, str]]:
    path: Path = tuple(error.absolute_path)
    rule = str(error.validator)
    value: Any = error.instance
    schema: Any = error.schema
    if rule == "additionalProperties":
        known = list(schema.get("properties", ()))
        for key in [key for key in value if key not in known]:
            said = explain((*path, key), rule, value[key]) if explain else None
            yield (*path, key), said or f"unknown key{did_you_mean(key, known)}"
        return
    parts = list(error.absolute_schema_path)
    if "propertyNames" in parts:
        path, rule = (*path, value), "propertyNames"
    said = explain(path, rule, value) if explain else None
    yield path, said or _message(error, rule, value, quoted=hidden.isdisjoint(path))


def _message(error: ValidationError, rule: str, value: Any, *, quoted: bool) -> str:
    schema: Any = error.schema
    operand: Any = error.validator_value
    expected = schema.get("title") or schema.get("type")
    match rule:
        case "enum":
            choices = [str(choice) for choice in operand]
            if isinstance(value, str) and quoted:
                return f'unknown value "{shown(value)}"{did_you_mean(value, choices)}'
            return f"expected one of {', '.join(choices)}, found {found(value, quoted=quoted)}"
        case "required":
            lacking = [key for key in operand if key not in value]
            return f"lacks the key {', '.join(lacking)}"
        case "uniqueItems":
            return "names something twice"
        case "maxProperties" | "not":
            at_once = [key for key in value if rule != "not" or key in operand.get("required", value)]
            return f"expected {expected}, found {' and '.join(shown(key) for key in at_once)} at once"
        case "minProperties" | "minItems":
            return f"is empty, expected {expected}"
    return f"expected {expected}, found {found(value, quoted=quoted)}"


def found(value: Any, *, quoted: bool = True) -> str:
    """What a value is, in words; its text only where ``quoted``."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value) if quoted else "a number"
    if isinstance(value, str):
        return f'"{shown(value)}"' if quoted else "text"
    return "a list" if isinstance(value, list) else "a mapping"
