"""VR3xx, second part: what reaches beyond the text itself: calls by name, files, variables and properties that are set, words in strings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from vmready.lint import allowed
from vmready.lint.rule import Found, at, rule
from vmready.lint.script import Command, Script, bare, core, literal, text_of, variable

_BANNED_WORDS = re.compile(
    r"(?i)invoke-expression|\biex\b|add-type|win32_product\b|encodedcommand|downloadstring|frombase64string"
)


@rule(
    "VR306",
    "nothing is called by a name that is not written out, and nothing is dot-sourced",
    "What is not written out cannot be read.",
    ("& $a\n", ". $a\n", ". 'x.ps1'\n", "& ($a + $b)\n", "function Read-A {\n  & $verb\n}\n"),
    ("& 'qwinsta.exe'\n", "function Invoke-Verb($words) {\n  & $Verbs[$words[0]] $words\n}\n", "& { 1 }\n"),
)
def dynamic(script: Script) -> Iterator[Found]:
    for command in script.commands:
        function = script.function_of(command.node)
        if command.operator == ".":
            yield at(command.node), "dot-sourcing"
        elif command.operator == "&" and command.name is None:
            block = core(command.target).type == "script_block_expression" or any(
                child.type == "script_block_expression" for child in script.within(command.target)
            )
            if not block and not (function is not None and function.key in allowed.DISPATCHERS):
                yield at(command.node), "a call of something that is not written out"


@rule(
    "VR307",
    "output goes to no file",
    "A redirection writes.",
    ("Get-Item -LiteralPath 'x' > 'y'\n", "Get-Item -LiteralPath 'x' 2>> $log\n", "1 > out\n"),
    ("Get-Item -LiteralPath 'x' 2> $null\n", "& 'qwinsta.exe' 2>&1\n"),
)
def files(script: Script) -> Iterator[Found]:
    for node in script.of("redirected_file_name"):
        if text_of(node).strip().casefold() != "$null":
            yield at(node), "output redirected to a file"


@rule(
    "VR308",
    "variables are set in the script's own scope only, and automatic ones not at all",
    "$env:, $function:, $alias: and $global: reach beyond the collector's own text.",
    (
        "$env:Path = 'x'\n",
        "$global:x = 1\n",
        "$function:Other = { 1 }\n",
        "$args = 1\n",
        "function Read-A($input) {\n  1\n}\n",
        "foreach ($matches in $a) { 1 }\n",
    ),
    ("$script:count = 1\n", "$global:LASTEXITCODE = $null\n", "$ErrorActionPreference = 'Stop'\n"),
)
def variables(script: Script) -> Iterator[Found]:
    for node in _written(script):
        name = variable(node)
        if name is None or name in allowed.GLOBALS:
            continue
        scope = name.rpartition(":")[0]
        if scope not in {"", "script", "local", "private"}:
            yield at(node), f"${name} is not the script's own"
        elif bare(name) in _AUTOMATIC:
            yield at(node), f"${name} is set by PowerShell itself"


_AUTOMATIC = allowed.words(
    "args input matches error host home pid pshome psversiontable executioncontext this myinvocation pwd foreach switch true false profile _"
)


def _written(script: Script) -> Iterator[Node]:
    for left, _, _ in script.assignments:
        inner = core(left)
        parts = inner.named_children if inner.type == "array_literal_expression" else [inner]
        for part in parts:
            found = core(part)
            while found.type in {"cast_expression", "expression_with_unary_operator"}:
                found = core(found.named_children[-1])
            yield found
    for node in script.of("script_parameter", "foreach_statement"):
        yield from [child for child in node.children if child.type == "variable"][:1]
    for node in script.of(
        "post_increment_expression", "post_decrement_expression", "pre_increment_expression", "pre_decrement_expression"
    ):
        yield core(node.named_children[0])


@rule(
    "VR309",
    "only properties of the allow-list are set; entries of a table are set by index",
    "Setting a property of an object can change the machine, and a table's entry is told from one only by how it is written.",
    ("$service.StartType = 'Disabled'\n", "$answer.value = 1\n", "[Console]::Title = 'x'\n", "$a.Count++\n"),
    (
        "$answer['value'] = 1\n",
        "$request.KeepAlive = $false\n",
        "[System.Net.ServicePointManager]::Expect100Continue = $false\n",
    ),
)
def setters(script: Script) -> Iterator[Found]:
    for node in _written(script):
        if node.type != "member_access":
            continue
        member = next(m for m in script.members if m.node.id == node.id)
        if (member.name or "").casefold() not in allowed.SETTERS:
            yield (
                at(node),
                f".{member.name} is set: not on the allow-list (an entry of a table is set by ['{member.name}'])",
            )


@rule(
    "VR310",
    "no words in strings that are run elsewhere, or that change a host by being asked",
    "A query of Win32_Product repairs every installed package; text that is code would be run past this lint.",
    ("$a = 'Win32_Product'\n", "$a = 'Invoke-Expression x'\n", '$a = "powershell -EncodedCommand $b"\n'),
    ("$a = 'Win32_OperatingSystem'\n",),
)
def words(script: Script) -> Iterator[Found]:
    for node in script.of("string_literal"):
        if (match := _BANNED_WORDS.search(text_of(node))) is not None:
            yield at(node), f"the word {match[0]} in a string"


@rule(
    "VR311",
    "what is called later is named where it is chosen: a function of the script, or one of the programs with its arguments",
    "A name that came from outside would make data into code.",
    (
        "Invoke-Guarded $name 1\n",
        "Invoke-Guarded 'Get-Nothing' 1\n",
        "$ticket = @{ finish = $name }\n",
        "$ticket = @{ finish = 'Get-Nothing' }\n",
        "$process = Start-Program $path 'list writers'\n",
        "$process = Start-Program (Expand-Environment '%SystemRoot%\\vssadmin.exe') 'delete shadows'\n",
        "$process = Start-Program (Expand-Environment '%SystemRoot%\\cmd.exe') 'list writers'\n",
        "$ticket['finish'] = $name\n",
    ),
    (
        "function Read-A {\n  1\n}\nInvoke-Guarded 'Read-A' 1\n$ticket = @{ finish = 'Read-A' }\n$ticket['finish'] = 'Read-A'\n",
        "Invoke-Guarded $ticket['finish'] $ticket\n",
        "$process = Start-Program (Expand-Environment '%SystemRoot%\\vssadmin.exe') 'list writers'\n",
    ),
)
def named_calls(script: Script) -> Iterator[Found]:
    def ours(node: Node) -> bool:
        return (literal(node) or "").casefold() in script.functions

    for command in script.commands:
        first = command.elements[0] if command.elements else command.node
        if command.key == "invoke-guarded" and not (ours(first) or text_of(core(first)).endswith("['finish']")):
            yield at(first), f"{command.name} is given something that is no function of the script by name"
        if command.key == "start-program" and not _listed(script, command):
            yield at(command.node), "a program that is not on the list is started"
    for left, _, right in script.assignments:
        if text_of(left).endswith("['finish']") and not ours(right):
            yield at(right), "finish is no function of the script by name"
    for entry in script.of("hash_entry"):
        value = entry.named_children[-1]
        if text_of(entry.named_children[0]) == "finish" and not ours(value):
            yield at(entry), "finish is no function of the script by name"


def _listed(script: Script, command: Command) -> bool:
    """``Start-Program (Expand-Environment '…\\vssadmin.exe') 'list writers'``"""
    if len(command.elements) != 2:
        return False
    path = list(script.within(command.elements[0]))
    texts = [literal(node) or "" for node in path if node.type == "verbatim_string_characters"]
    program = texts[0].rpartition("\\")[2].casefold().removesuffix(".exe") if len(texts) == 1 else ""
    written_out = not any(node.type == "variable" for node in path)
    return written_out and allowed.PROGRAMS.get(program) == tuple((literal(command.elements[1]) or "").split())
