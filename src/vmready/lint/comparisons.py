"""VR6xx, first part: text, numbers and times that are compared, sorted and written the same on every host."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from vmready.lint.rule import Found, at, rule
from vmready.lint.script import Script, core, literal, text_of, variable

_CASELESS = re.compile(r"-(i?(match|notmatch|replace|like|notlike|split)|contains|notcontains)")
_FORMAT_ITEM = re.compile(r"\{\{|\}\}|\{[0-9]+(?:,-?[0-9]+)?(?::(?P<spec>[^}]*))?\}")


@rule(
    "VR602",
    "operators on text say that they mind the case",
    "Without case a range takes letters of other alphabets in (U+212A for k), and an account, key or path of other case passes for the same. "
    "Where that is wanted for names, -icontains says so.",
    (
        "$a -match '[a-z]'\n",
        "$a = $b -replace 'x', 'y'\n",
        "if ($a -contains 'x') { 1 }\n",
        "if ($a -like 'x*') { 1 }\n",
        "$a = $b -imatch 'x'\n",
    ),
    (
        "$a -cmatch '[a-z]'\n",
        "$a = $b -creplace 'x', 'y'\n",
        "if ($a -ccontains 'x') { 1 }\n",
        "if ($a -icontains 'x') { 1 }\n",
    ),
)
def caseless(script: Script) -> Iterator[Found]:
    for _, operator, _, node in script.comparisons:
        if _CASELESS.fullmatch(operator):
            yield (
                at(node),
                f"{operator} ignores case: -c{operator.lstrip('-').removeprefix('i')}",
            )


@rule(
    "VR603",
    "text is compared by -ceq and -cne, or by name with [string]::Equals",
    "-eq ignores case by the rules of a culture, and of unlike types converts one silently. -ceq too passes over characters without weight: "
    "where a host may have sent one, [string]::Equals with Ordinal or OrdinalIgnoreCase.",
    ("if ($a -eq 'x') { 1 }\n", "if ('x' -ne $a) { 1 }\n"),
    ("if ($a -ceq 'x') { 1 }\n", "if ($a -eq 1) { 1 }\n", "if ($a -eq $b) { 1 }\n"),
)
def text_equality(script: Script) -> Iterator[Found]:
    for left, operator, right, node in script.comparisons:
        if operator in {"-eq", "-ne", "-ieq", "-ine"} and any(_is_text(side) for side in (left, right)):
            yield at(node), f"{operator} with text: -c{operator[-2:]}"


def _is_text(node: Node) -> bool:
    return core(node).type in {"verbatim_string_characters", "expandable_string_literal", "string_literal"}


@rule(
    "VR605",
    "$null stands on the left",
    "An array on the left of -eq is filtered: of two nulls the result is true.",
    ("if ($a -eq $null) { 1 }\n", "if ($a -ne $null) { 1 }\n"),
    ("if ($null -eq $a) { 1 }\n",),
)
def null_left(script: Script) -> Iterator[Found]:
    for _, operator, right, node in script.comparisons:
        if operator.lstrip("-").lstrip("ci") in {"eq", "ne"} and text_of(right).casefold() == "$null":
            yield at(node), "$null on the right"


@rule(
    "VR606",
    "ToString and -f do not follow the culture of the host",
    "1,5 in Germany, another year in Thailand, another minus in Sweden. [string] and + are invariant, ToString takes the invariant culture, "
    "-f is for hex.",
    (
        "$a = $b.ToString()\n",
        "$a = $b.ToString('d')\n",
        "$a = '{0}' -f 1.5\n",
        "$a = '{0:d4}' -f $b\n",
        "$a = $format -f $b\n",
        "$a = [string]::Format('{0}', 1)\n",
    ),
    (
        "$a = $b.ToString($Invariant)\n",
        "$a = $b.ToString('d', [System.Globalization.CultureInfo]::InvariantCulture)\n",
        "$a = '{0:x2}' -f $b\n",
        "$a = [BitConverter]::ToString($b)\n",
    ),
)
def cultures(script: Script) -> Iterator[Found]:
    for member in script.members:
        name = (member.name or "").casefold()
        invariant = any("invariant" in text_of(argument).casefold() for argument in member.arguments or ())
        if name == "tostring" and not member.static and member.arguments is not None and not invariant:
            yield (
                at(member.node),
                "ToString without the invariant culture: [string], or $Invariant as its last argument",
            )
        if name == "format" and member.static and not invariant:
            yield at(member.node), "Format without the invariant culture"
    for node in script.of("format_expression", "format_argument_expression"):
        children = node.children
        if len(children) == 3 and not _only_hex(literal(children[0])):
            yield at(children[1]), "-f with anything but hex follows the culture: join with +"


def _only_hex(text: str | None) -> bool:
    if text is None:
        return False
    specs = [match["spec"] for match in _FORMAT_ITEM.finditer(text) if match[0] not in {"{{", "}}"}]
    return all(spec is not None and re.fullmatch("[xX][0-9]*", spec) for spec in specs)


@rule(
    "VR607",
    "nothing is sorted or compared by culture",
    "Sort-Object follows the host's culture: the same answers would have another order, and another text, elsewhere.",
    (
        "$a | Sort-Object\n",
        "[Array]::Sort($keys)\n",
        "$a | Select-Object -Unique\n",
        "$a | Group-Object Name\n",
        "$a = [string]::Compare($b, $c)\n",
    ),
    (
        "[Array]::Sort($keys, [System.StringComparer]::Ordinal)\n",
        "[int[]]$ids = @(1, 2)\n[Array]::Sort($ids)\n",
        "$a | Select-Object -First 1\n",
    ),
)
def culture_order(script: Script) -> Iterator[Found]:
    for command in script.commands:
        if command.key in {"sort-object", "group-object", "compare-object", "sort", "group"}:
            yield at(command.node), f"{command.name} follows the culture: [Array]::Sort with StringComparer.Ordinal"
        if command.key == "select-object" and command.parameter("Unique") is not None:
            yield at(command.node), "-Unique compares by culture"
    for member in script.members:
        name = (member.name or "").casefold()
        ordinal = any("ordinal" in text_of(argument).casefold() for argument in member.arguments or ())
        ordered = (member.type or "").casefold().removeprefix("system.") in {"array", "string"} and name in {
            "sort",
            "compare",
        }
        if member.static and ordered and not ordinal and not _of_numbers(script, member.arguments or ()):
            yield at(member.node), f"{member.name} without an ordinal comparer follows the culture"


def _of_numbers(script: Script, arguments: tuple[Node, ...]) -> bool:
    """One variable that is made as ``[int[]]``."""
    name = variable(arguments[0]) if len(arguments) == 1 else None
    for left, _, _ in script.assignments:
        if (
            core(left).type == "cast_expression"
            and variable(core(left).named_children[-1]) == name
            and name is not None
        ):
            return re.match(r"\[(int|long|double)\[\]\]", text_of(left)) is not None
    return False
