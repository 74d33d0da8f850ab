"""VR6xx, second part: what runs without an error and does something else than it says. Each of these was seen on an engine."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from vmready.lint import index
from vmready.lint.rule import Found, at, rule
from vmready.lint.script import Script, bare, core, literal, text_of, unwrapped, variable

_LOOPS = {"for_statement", "foreach_statement", "while_statement", "do_statement"}


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
    "a loop goes over @( ) around a call, or over a function that returns a whole array",
    "A call without output is null, and foreach over null makes one turn in 2.0.",
    (
        "foreach ($a in Get-Process) { 1 }\n",
        "foreach ($a in (Get-Process)) { 1 }\n",
        "foreach ($a in $null) { 1 }\n",
        "function Read-A {\n  if ($a) { return 1 }\n  return , @($b)\n}\nforeach ($a in (Read-A)) { 1 }\n",
    ),
    (
        "foreach ($a in @(Get-Process)) { 1 }\n",
        "foreach ($a in $b) { 1 }\n",
        "foreach ($a in 1..3) { 1 }\n",
        "function Read-A {\n  return , @($b)\n}\nforeach ($a in (Read-A)) { 1 }\n",
    ),
)
def loops_over_calls(script: Script) -> Iterator[Found]:
    calls = {command.node.id: command for command in script.commands}
    for node in script.of("foreach_statement"):
        position = next(i for i, child in enumerate(node.children) if text_of(child).casefold() == "in")
        over = unwrapped(node.children[position + 1])
        called = calls.get(over.id)
        if text_of(over).casefold() == "$null" or (called is not None and not _returns_whole(script, called.key)):
            yield at(node), "foreach over a call without @( )"


def _returns_whole(script: Script, key: str) -> bool:
    """Whether every return of a function hands its array over as one thing: ``return , $list``."""
    function = script.functions.get(key)
    if function is None:
        return False
    returns = [
        node
        for node in script.within(function.node)
        if node.type == "flow_control_statement" and text_of(node).casefold().startswith("return")
    ]
    return bool(returns) and all(
        node.named_children and text_of(node.named_children[0]).startswith(",") for node in returns
    )


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


@rule(
    "VR613",
    "@( ) does not stand around a function that returns a whole array",
    "The result is an array of one array: its only element is the list.",
    ("function Read-A {\n  return , @($b)\n}\n$c = @(Read-A)\n",),
    ("function Read-A {\n  return , @($b)\n}\n$c = Read-A\n", "function Read-A {\n  return @($b)\n}\n$c = @(Read-A)\n"),
)
def wrapped_twice(script: Script) -> Iterator[Found]:
    calls = {command.node.id: command for command in script.commands}
    for node in script.of("array_expression"):
        lists = [child for child in node.named_children if child.type == "statement_list"]
        only = core(lists[0].named_children[0]) if lists and lists[0].named_child_count == 1 else None
        called = calls.get(only.id) if only is not None else None
        if called is not None and _returns_whole(script, called.key):
            yield at(node), f"@( ) around {called.name}, which returns its array whole"
