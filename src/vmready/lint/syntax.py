"""VR1xx: syntax that Windows PowerShell 2.0 has. What newer engines added is an error of the whole text there, so no guard helps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vmready.lint.rule import Found, at, rule
from vmready.lint.script import Script, bare, core, literal, text_of, type_name, variable

_NEW_OPERATORS = {"-in", "-notin", "-cin", "-cnotin", "-iin", "-inotin", "-shl", "-shr"}
_NEW_VARIABLES = {
    **dict.fromkeys(["psitem", "psscriptroot", "pscommandpath"], "3.0"),
    **dict.fromkeys(["iswindows", "islinux", "ismacos", "iscoreclr"], "6.0"),
}
_WHERE = {"where-object", "where", "?", "foreach-object", "foreach", "%"}
_SUFFIX = re.compile(r"(?i)0b[01]+|(0x[0-9a-f]+|[0-9.]+(e[+-]?[0-9]+)?)(u|us|ul|uy|y|s|n)(kb|mb|gb|tb|pb)?")
_NEW_MEMBERS = {"isnullorwhitespace", "copyto", "hasflag", "enumeratefiles", "enumeratedirectories"}
#: What every array has, so that asking for it is not member enumeration.
_OF_ARRAYS = {"length", "count", "psbase", "psobject", "rank", "gettype", "getenumerator", "syncroot"}


@rule(
    "VR101",
    "no class, enum, using, workflow, configuration, data section or script-wide trap",
    "Words of 3.0 to 5.0; a trap hides where an error was caught.",
    ("class A { [int]$x }\n", "enum E { x }\n", "using namespace System\n", "workflow W { 1 }\n", "trap { 1 }\n"),
    ("function Read-Path {\n  1\n}\n",),
)
def new_words(script: Script) -> Iterator[Found]:
    for node in script.of(
        "class_statement",
        "enum_statement",
        "trap_statement",
        "data_statement",
        "inlinescript_statement",
        "parallel_statement",
    ):
        yield at(node), f"{node.type.partition('_')[0]} statement"
    for command in script.commands:
        if command.key in {"using", "configuration", "workflow", "data"}:
            yield at(command.node), f"{command.key} statement"
    for node in script.of("function_statement"):
        if text_of(node.children[0]).casefold() == "workflow":
            yield at(node), "workflow"


@rule(
    "VR102",
    "no -in, -notin, -shl, -shr, && or ||",
    "Operators of 3.0 and 7.0.",
    ("$a = 1 -in $b\n", "$a = 1 -notin $b\n", "$a = 1 -shl 2\n", "Get-A && Get-B\n"),
    ("$a = $b -ccontains 1\n",),
)
def new_operators(script: Script) -> Iterator[Found]:
    for _, operator, _, node in script.comparisons:
        if operator in _NEW_OPERATORS:
            yield at(node), f"operator {operator} came with 3.0"
    for node in script.of("pipeline_chain_tail"):
        yield at(node), f"{text_of(node)[:2]} came with 7.0"


@rule(
    "VR103",
    "no [pscustomobject] and [ordered]",
    "3.0 made them; earlier the cast is ignored or fails. Constrained Language Mode refuses the first.",
    ("$a = [pscustomobject]@{ b = 1 }\n", "$a = [ordered]@{ b = 1 }\n"),
    ("$a = @{ b = 1 }\n",),
)
def new_casts(script: Script) -> Iterator[Found]:
    for node in script.of("type_literal"):
        if type_name(node).casefold() in {"pscustomobject", "ordered"}:
            yield at(node), f"[{type_name(node)}] came with 3.0"


@rule(
    "VR104", "no ::new()", "5.0.", ("$a = [System.Version]::new(1, 2)\n",), ("$a = New-Object System.Version 1, 2\n",)
)
def new_method(script: Script) -> Iterator[Found]:
    for member in script.members:
        if member.static and (member.name or "").casefold() == "new":
            yield at(member.node), "::new() came with 5.0: New-Object"


@rule(
    "VR105",
    "Where-Object and ForEach-Object take a script block",
    "The form without a block came with 3.0.",
    ("Get-A | Where-Object Name -eq x\n", "Get-A | ForEach-Object Name\n"),
    ("Get-A | Where-Object { $_.Name -ceq 'x' }\n",),
)
def simplified(script: Script) -> Iterator[Found]:
    for command in script.commands:
        if command.key in _WHERE and not any(
            core(e).type in {"script_block_expression", "variable"} for e in command.elements
        ):
            yield at(command.node), f"{command.name} without a script block came with 3.0"


@rule(
    "VR106",
    "no $PSItem, $PSScriptRoot, $PSCommandPath, $IsWindows… and $using:",
    "Variables of 3.0 and 6.0; under strict mode an undefined one ends the probe.",
    ("$PSItem\n", "$a = $PSScriptRoot\n", "if ($IsWindows) { 1 }\n", "$using:a\n"),
    ("$a = $_\n",),
)
def new_variables(script: Script) -> Iterator[Found]:
    for node in script.of("variable"):
        name = variable(node) or ""
        if name.startswith("using:"):
            yield at(node), "$using: came with 3.0"
        elif bare(name) in _NEW_VARIABLES:
            yield at(node), f"${bare(name)} came with {_NEW_VARIABLES[bare(name)]}"


@rule(
    "VR107",
    "only streams 1 and 2 are redirected, and no --%",
    "The others can be redirected from 3.0 on.",
    ("Get-A 3>&1\n", "Get-A *> $null\n", "Get-A 4> $null\n", "qwinsta --% x\n"),
    ("Get-A 2>&1\n", "Get-A 2> $null\n"),
)
def new_redirections(script: Script) -> Iterator[Found]:
    for node in script.of("merging_redirection_operator", "file_redirection_operator"):
        if text_of(node).strip()[:1] in set("3456*"):
            yield at(node), f"{text_of(node).strip()} came with 3.0"
    for node in script.of("stop_parsing"):
        yield at(node), "--% came with 3.0"


@rule(
    "VR108",
    "no .Where() and .ForEach()",
    "4.0.",
    ("$a.Where({ $_ })\n", "$a.ForEach{ $_ }\n"),
    ("$a | Where-Object { $_ }\n",),
)
def collection_methods(script: Script) -> Iterator[Found]:
    for member in script.members:
        if (
            member.arguments is not None
            and not member.static
            and (member.name or "").casefold() in {"where", "foreach"}
        ):
            yield at(member.node), f".{member.name}() came with 4.0"


@rule(
    "VR109",
    "an attribute's argument has a value",
    "Leaving out = $true came with 3.0.",
    ("function Read-Path {\n  param([Parameter(Mandatory)]$a)\n  $a\n}\n",),
    ("function Read-Path {\n  param([Parameter(Mandatory = $true)]$a)\n  $a\n}\n",),
)
def attribute_values(script: Script) -> Iterator[Found]:
    for node in script.of("attribute_argument"):
        if not any(text_of(child) == "=" for child in script.within(node)) and core(node).type == "simple_name":
            yield at(node), f"{text_of(node)} without = $true came with 3.0"


@rule(
    "VR110",
    "no member of a whole array",
    "That an array gives the member of each of its elements came with 3.0; earlier it is nothing, and under strict mode an error.",
    ("$a = @(Get-A).Name\n", "$a = (Get-A | Where-Object { $_ }).Name\n", "$a = $(Get-A).Name\n"),
    ("$a = @(Get-A).Length\n", "$a = @(Get-A)[0].Name\n", "$a = (Get-A).Name\n"),
)
def member_enumeration(script: Script) -> Iterator[Found]:
    for member in script.members:
        target = core(member.target)
        several = target.type in {"array_expression", "sub_expression"}
        if target.type == "parenthesized_expression":
            several = any(child.type == "|" for child in core(target.named_children[0]).children)
        if several and member.arguments is None and (member.name or "").casefold() not in _OF_ARRAYS:
            yield at(member.node), f".{member.name} of an array, element by element, came with 3.0"


@rule(
    "VR111",
    "no escapes and number suffixes of 6.0",
    "`e, `u{} are letters and u, y, s, n suffixes are errors earlier.",
    ('$a = "`u{41}"\n', '$a = "`e[0m"\n', "$a = 1uy\n", "$a = 0b11\n"),
    ('$a = "`n"\n', "$a = 16kb\n", "$a = 0x1F\n", "$a = 5L\n", "$a = 1.5d\n"),
)
def escapes(script: Script) -> Iterator[Found]:
    for node in script.of("expandable_string_literal"):
        if re.search(r"(?<!`)(``)*`(u\{|e)", text_of(node)):
            yield at(node), "`u{} and `e came with 6.0"
    for node in script.of("integer_literal", "real_literal", "command_name", "generic_token"):
        if _SUFFIX.fullmatch(text_of(node)):
            yield at(node), f"number {text_of(node)} came with 6.2"


@rule(
    "VR112",
    "-replace has no script block",
    "6.1; earlier the block's own text is put in.",
    ("$a = $b -creplace 'x', { 'y' }\n",),
    ("$a = $b -creplace 'x', 'y'\n",),
)
def replace_blocks(script: Script) -> Iterator[Found]:
    for _, operator, right, node in script.comparisons:
        if operator.endswith("replace") and any(
            below.type == "script_block_expression" for below in script.within(right)
        ):
            yield at(node), f"{operator} with a script block came with 6.1"


@rule(
    "VR113",
    "no members that .NET gained after version 2",
    "Windows PowerShell 2.0 runs on it.",
    ("$a = [string]::IsNullOrWhiteSpace($b)\n", "$a = [enum]::TryParse($b)\n", "$a.CopyTo($b)\n"),
    ("$a = [string]::IsNullOrEmpty($b)\n",),
)
def new_members(script: Script) -> Iterator[Found]:
    for member in script.members:
        name = (member.name or "").casefold()
        new_parser = name == "tryparse" and (member.type or "").casefold().removeprefix("system.") in {
            "enum",
            "guid",
            "version",
        }
        if name in _NEW_MEMBERS or new_parser:
            yield at(member.node), f"{member.name} is not in .NET 2"


@rule(
    "VR114",
    "names of members are written out",
    "A computed member name can be anything, and nothing here could be said of it.",
    ("$a = $b.$c\n", "$a = $b.$c()\n", "$a = $b.('x' + $c)\n"),
    ("$a = $b.PSObject.Properties[$c]\n", "$a = $b.'odd name'\n"),
)
def computed_members(script: Script) -> Iterator[Found]:
    for member in script.members:
        if member.name is None and not any(
            literal(child) for node in member.node.children if node.type == "member_name" for child in node.children
        ):
            yield at(member.node), "computed member name: PSObject.Properties[$name] reads a property"
