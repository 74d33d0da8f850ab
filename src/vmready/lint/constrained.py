"""VR5xx: Constrained Language Mode. What it refuses stands behind a guard, so that a verb says Unsupported and the others answer.

The guard is the one of ``guards.py``: ``$ExecutionContext.SessionState.LanguageMode`` compared with ``'FullLanguage'``. In the few functions of
``allowed.FALLBACKS`` the ``catch`` is the other way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tree_sitter import Node

from vmready.lint import allowed
from vmready.lint.guards import FULL, guards_of
from vmready.lint.read_only import made_type
from vmready.lint.rule import Found, at, rule
from vmready.lint.script import Script, core, type_name

_GUARD = "if ($ExecutionContext.SessionState.LanguageMode -cne 'FullLanguage') { throw 'Unsupported' }\n"


def _reaches(script: Script) -> Callable[[Node], bool]:
    """Whether Constrained Language Mode can reach a node, with no other way prepared."""
    guards = guards_of(script)

    def reached(node: Node) -> bool:
        function = script.function_of(node)
        if function is not None and function.key in allowed.FALLBACKS and _tried(script, node):
            return False
        if function is not None and function.name in allowed.SEAMS:
            return False  # a seam is judged where it is called
        return FULL not in guards.at(node)

    return reached


def _tried(script: Script, node: Node) -> bool:
    inside = node
    for above in script.ancestors(node):
        if above.type == "try_statement":
            return inside.type == "statement_block" and any(child.type == "catch_clauses" for child in above.children)
        inside = above
    return False


@rule(
    "VR501",
    "static methods are called on the types that Constrained Language Mode allows",
    "It refuses every other: MethodInvocationNotSupportedInConstrainedLanguage.",
    (
        "$a = [math]::Max(1, 2)\n",
        "$a = [System.Text.Encoding]::UTF8.GetString($b)\n" + "$c = [Convert]::ToInt32('1', 16)\n",
    ),
    (
        "$a = [regex]::Match($b, 'x')\n",
        "$a = [BitConverter]::ToString($b)\n",
        "$a = [System.StringComparer]::Ordinal\n",
        _GUARD + "$a = [math]::Max(1, 2)\n",
    ),
)
def static_methods(script: Script) -> Iterator[Found]:
    reached = _reaches(script)
    for member in script.members:
        if not member.static or member.arguments is None or member.type is None:
            continue
        if (member.name or "").casefold() == "tostring":
            continue  # allowed by its name
        if allowed.plain(member.type) not in allowed.CORE_TYPES and reached(member.node):
            yield (
                at(member.node),
                f"[{member.type}]::{member.name}() is refused in Constrained Language Mode, and no guard stands before it",
            )


@rule(
    "VR502",
    "objects are made and cast of the types that Constrained Language Mode allows",
    "It refuses every other: CannotCreateTypeConstrainedLanguage, ConversionSupportedOnlyToCoreTypes.",
    (
        "$a = New-Object System.Text.StringBuilder\n",
        "$a = [System.Security.Principal.SecurityIdentifier]$b\n",
        "$a = New-Object -ComObject 'Microsoft.Update.AutoUpdate'\n",
        "function Read-A([System.Net.WebRequest]$a) {\n  $a\n}\n",
    ),
    (
        "$a = New-Object byte[] 4\n",
        "$a = [int]$b\n",
        "$a = $b -is [System.Net.WebException]\n",
        _GUARD + "$a = New-Object System.Text.StringBuilder\n",
    ),
)
def made_types(script: Script) -> Iterator[Found]:
    reached = _reaches(script)
    for command in script.commands:
        if command.key == "new-object":
            name = made_type(command)
            if (name is None or allowed.plain(name) not in allowed.CORE_TYPES) and reached(command.node):
                yield (
                    at(command.node),
                    f"New-Object {name or ''} is refused in Constrained Language Mode, and no guard stands before it",
                )
    for node in script.of("type_literal"):
        above = script.parent(node)
        cast = above is not None and above.type in {"cast_expression", "attribute"}
        if (
            cast
            and allowed.plain(type_name(node)) not in allowed.CORE_TYPES | {"parameter", "cmdletbinding"}
            and reached(node)
        ):
            yield (
                at(node),
                f"a cast to [{type_name(node)}] is refused in Constrained Language Mode, and no guard stands before it",
            )


@rule(
    "VR503",
    "methods are called on the objects that Constrained Language Mode allows",
    "Of other objects it runs no method but ToString.",
    (
        "$a = $key.GetValue('x')\n",
        "$a.Close()\n",
        "$a = $b.get_Length()\n",
        "function Read-A {\n  $a.Close()\n}\n$verbs = @{ a = 'Read-A' }\n",
    ),
    (
        "$a = $b.Substring(1)\n",
        _GUARD + "$a = $key.GetValue('x')\n",
        "function Confirm-Full {\n  "
        + _GUARD
        + "}\nfunction Read-A {\n  Confirm-Full\n  $a.Close()\n}\n$verbs = @{ a = 'Read-A' }\n",
    ),
)
def object_methods(script: Script) -> Iterator[Found]:
    reached = _reaches(script)
    for member in script.members:
        if member.static or member.arguments is None or (member.name or "").casefold() in allowed.CORE_METHODS:
            continue
        if reached(member.node):
            yield (
                at(member.node),
                f".{member.name}() is refused in Constrained Language Mode, and no guard stands before it",
            )


@rule(
    "VR504",
    "properties are set where the language is full",
    "PropertySetterNotSupportedInConstrainedLanguage.",
    ("$request.KeepAlive = $false\n", "[System.Net.ServicePointManager]::Expect100Continue = $false\n"),
    ("$a['x'] = 1\n", _GUARD + "$request.KeepAlive = $false\n"),
)
def property_setters(script: Script) -> Iterator[Found]:
    reached = _reaches(script)
    for left, _, _ in script.assignments:
        if core(left).type == "member_access" and reached(left):
            yield at(left), "setting a property is refused in Constrained Language Mode, and no guard stands before it"


@rule(
    "VR505",
    "a seam that Constrained Language Mode refuses is called where the language is full",
    "Of the seams only those that read a property run there.",
    ("function Read-A {\n  Open-SharedFile 'x'\n}\n$verbs = @{ a = 'Read-A' }\n", "$a = New-TcpClient\n"),
    ("$a = Get-HostTime\n", _GUARD + "$a = New-TcpClient\n"),
)
def seam_calls(script: Script) -> Iterator[Found]:
    reached = _reaches(script)
    reads = {
        name.casefold()
        for name, text in allowed.SEAMS.items()
        if "(" not in text.partition("{")[2] and "New-Object" not in text
    }
    for command in script.commands:
        if command.key in {name.casefold() for name in allowed.SEAMS} - reads and reached(command.node):
            yield (
                at(command.node),
                f"{command.name} is refused in Constrained Language Mode, and no guard stands before it",
            )
