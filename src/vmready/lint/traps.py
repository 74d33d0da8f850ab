"""VR6xx: what runs without an error and does something else than it says. Each of these was seen on an engine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from vmready.lint import index
from vmready.lint.rule import Found, at, rule
from vmready.lint.script import Script, bare, core, literal, text_of, unwrapped, variable

_LOOPS = {"for_statement", "foreach_statement", "while_statement", "do_statement"}
_CASELESS = re.compile(r"-i?(match|notmatch|replace|like|notlike|contains|notcontains|split)")
_FORMAT_ITEM = re.compile(r"\{\{|\}\}|\{[0-9]+(?:,-?[0-9]+)?(?::(?P<spec>[^}]*))?\}")


@rule(
    "VR601",
    "no script block as a regular expression's evaluator, a callback or a delegate",
    "In Constrained Language Mode the block's source is pasted into the text; as a callback it ends the whole process.",
    (
        "$a = [regex]::Replace($b, 'x', { 'y' })\n",
        "$a.BeginConnect('h', 1, { 1 }, $null)\n",
        "$a.Callback = { 1 }\n",
        "$a = [System.AsyncCallback]{ 1 }\n",
        "$a = $f.Replace($b, $block)\n$block = { 1 }\n",
    ),
    ("$a = $b.Replace('x', 'y')\n", "Get-Process | Where-Object { $_.Id -gt 4 }\n"),
)
def delegates(script: Script) -> Iterator[Found]:
    held = {
        bare(variable(left) or "")
        for left, _, right in script.assignments
        if core(right).type == "script_block_expression"
    } - {""}
    for member in script.members:
        for argument in member.arguments or ():
            if core(argument).type == "script_block_expression" or bare(variable(argument) or "") in held:
                yield at(argument), f"a script block is handed to .{member.name}()"
    for left, _, right in script.assignments:
        if core(left).type == "member_access" and core(right).type == "script_block_expression":
            yield at(right), "a script block is set as a property"
    for node in script.of("cast_expression"):
        if core(node.named_children[-1]).type == "script_block_expression":
            yield at(node), "a script block is cast"


@rule(
    "VR602",
    "operators on text say that they mind the case",
    "Without case a range takes letters of other alphabets in (U+212A for k), and an account, key or path of other case passes for the same.",
    (
        "$a -match '[a-z]'\n",
        "$a = $b -replace 'x', 'y'\n",
        "if ($a -contains 'x') { 1 }\n",
        "if ($a -like 'x*') { 1 }\n",
        "$a = $b -imatch 'x'\n",
    ),
    ("$a -cmatch '[a-z]'\n", "$a = $b -creplace 'x', 'y'\n", "if ($a -ccontains 'x') { 1 }\n"),
)
def caseless(script: Script) -> Iterator[Found]:
    for _, operator, _, node in script.comparisons:
        if _CASELESS.fullmatch(operator):
            yield (
                at(node),
                f"{operator} ignores case: -c{operator.lstrip('-').removeprefix('i') if operator != '-icontains' else 'contains'}",
            )


@rule(
    "VR603",
    "text is compared by -ceq and -cne, or by name with [string]::Equals",
    "-eq ignores case by the rules of a culture, and of unlike types converts one silently.",
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
    "VR604",
    ".Keys, .Values and .Count are asked of .PSBase",
    "A table gives its ENTRY of that name if it has one, and a host decides which names there are.",
    ("foreach ($k in $h.Keys) { 1 }\n", "$a = $h.Count\n", "$a = $h.Values\n"),
    ("foreach ($k in @($h.PSBase.Keys)) { 1 }\n", "$a = $h.PSBase.Count\n", "$a = @($h).Length\n"),
)
def table_members(script: Script) -> Iterator[Found]:
    for member in script.members:
        if (
            (member.name or "").casefold() not in {"keys", "values", "count"}
            or member.arguments is not None
            or member.static
        ):
            continue
        if not text_of(member.target).casefold().endswith(".psbase"):
            yield at(member.node), f".{member.name} may be an entry of that name: .PSBase.{member.name}"


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
    ("[Array]::Sort($keys, [System.StringComparer]::Ordinal)\n", "$a | Select-Object -First 1\n"),
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
        if (
            member.static
            and (member.type or "").casefold().removeprefix("system.") in {"array", "string"}
            and name in {"sort", "compare"}
            and not ordinal
        ):
            yield at(member.node), f"{member.name} without an ordinal comparer follows the culture"


@rule(
    "VR608",
    "paths are literal",
    "In -Path, which also takes the first bare argument, [, ], * and ? are patterns: C:\\a[1] does not name itself.",
    ("Get-Item $path\n", "Get-Content -Path $path\n", "Test-Path 'HKLM:\\x'\n", "Get-ChildItem\n"),
    ("Get-Item -LiteralPath $path\n", "Get-Content -LiteralPath $path -TotalCount 1\n"),
)
def literal_paths(script: Script) -> Iterator[Found]:
    for command in script.commands:
        known = index.commands().get(command.key)
        if (
            known is None
            or "2.0" not in known.parameters.get("literalpath", frozenset())
            or command.key in {"set-item"}
        ):
            continue
        if command.parameter("LiteralPath") is None:
            yield at(command.node), f"{known.name} without -LiteralPath"


@rule(
    "VR609",
    "arrays and text do not grow by += in a loop",
    "Each turn copies all there is: 20,000 items take 40 times as long as $list = @(foreach …).",
    (
        "$a = @()\nforeach ($b in $c) { $a += $b }\n",
        "$a = ''\nwhile ($true) { $a += 'x' }\n",
        "foreach ($b in $c) { $a += , $b }\n",
    ),
    ("$a = 0\nforeach ($b in $c) { $a += $b }\n", "$a = @(foreach ($b in $c) { $b })\n", "$a = @()\n$a += 1\n"),
)
def growing(script: Script) -> Iterator[Found]:
    for left, operator, right in script.assignments:
        if operator != "+=" or not any(above.type in _LOOPS for above in _in_function(script, left)):
            continue
        value = unwrapped(right)
        if _grows(value) or _starts_as_list(script, left):
            yield (
                at(left),
                "+= in a loop copies all there is: collect with $list = @(foreach …), or count up in a table",
            )


def _in_function(script: Script, node: Node) -> Iterator[Node]:
    for above in script.ancestors(node):
        if above.type == "function_statement":
            return
        yield above


def _grows(value: Node) -> bool:
    listing = {
        "array_expression",
        "array_literal_expression",
        "hash_literal_expression",
        "verbatim_string_characters",
        "expandable_string_literal",
        "string_literal",
    }
    return value.type in listing or (value.type == "expression_with_unary_operator" and text_of(value).startswith(","))


def _starts_as_list(script: Script, left: Node) -> bool:
    name, function = variable(left), script.function_of(left)
    for other, operator, right in script.assignments:
        if (
            operator == "="
            and name is not None
            and variable(other) == name
            and script.function_of(other) == function
            and _grows(unwrapped(right))
        ):
            return True
    return False


@rule(
    "VR610",
    "unwanted output is assigned to $null",
    "Out-Null costs twice as much, and [void] is one more cast.",
    ("$a.Add(1) | Out-Null\n", "[void]$a.Add(1)\n"),
    ("$null = $a.Add(1)\n",),
)
def thrown_away(script: Script) -> Iterator[Found]:
    for command in script.commands:
        if command.key == "out-null":
            yield at(command.node), "Out-Null: $null = …"
    for node in script.of("type_literal"):
        if text_of(node).casefold() == "[void]":
            yield at(node), "[void]: $null = …"


@rule(
    "VR611",
    "a loop goes over @( ) around a call",
    "A call without output is null, and foreach over null makes one turn in 2.0.",
    ("foreach ($a in Get-Process) { 1 }\n", "foreach ($a in (Get-Process)) { 1 }\n", "foreach ($a in $null) { 1 }\n"),
    ("foreach ($a in @(Get-Process)) { 1 }\n", "foreach ($a in $b) { 1 }\n", "foreach ($a in 1..3) { 1 }\n"),
)
def loops_over_calls(script: Script) -> Iterator[Found]:
    calls = {command.node.id for command in script.commands}
    for node in script.of("foreach_statement"):
        position = next(i for i, child in enumerate(node.children) if text_of(child).casefold() == "in")
        over = unwrapped(node.children[position + 1])
        if over.id in calls or text_of(over).casefold() == "$null":
            yield at(node), "foreach over a call without @( )"


@rule(
    "VR612",
    "no failure is silenced",
    "An explicit -ErrorAction wins over Stop: what could not be read would pass for absent.",
    (
        "Get-Item -LiteralPath 'x' -ErrorAction SilentlyContinue\n",
        "Get-Item -LiteralPath 'x' -ErrorAction Ignore\n",
        "Get-Item -LiteralPath 'x' -ErrorAction 0\n",
        "$ErrorActionPreference = 'SilentlyContinue'\n",
        "Get-Item -LiteralPath 'x' 2> $null\n",
    ),
    (
        "$null -ne (Get-Command 'Get-Process' -ErrorAction SilentlyContinue)\n",
        "Get-ChildItem -LiteralPath 'x' -ErrorAction SilentlyContinue -ErrorVariable failures\n",
        "$ErrorActionPreference = 'Stop'\n",
    ),
)
def silenced(script: Script) -> Iterator[Found]:
    for command in script.commands:
        action = command.parameter("ErrorAction")
        if (
            action is None
            or action.value is None
            or command.key in {"get-command", "get-variable"}
            or command.parameter("ErrorVariable")
        ):
            continue
        if text_of(action.value).strip("'\"").casefold() in {"silentlycontinue", "ignore", "0"}:
            yield at(action.node), "a failure is silenced: -ErrorVariable keeps it"
    for left, _, right in script.assignments:
        if bare(variable(left) or "") == "erroractionpreference" and (literal(right) or "").casefold() in {
            "silentlycontinue",
            "ignore",
        }:
            yield at(left), "every failure is silenced"
    for node in script.of("redirection"):
        if text_of(node).startswith("2>") and "$null" in text_of(node):
            yield at(node), "2> $null drops failures"
