"""VR3xx: the collector only reads. Everything it calls, makes, names and sets is on the lists of ``allowed.py``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from vmready.lint import allowed
from vmready.lint.rule import Found, at, rule
from vmready.lint.script import Command, Script, bare, core, literal, text_of, type_name, variable

_COMMANDS = {name.casefold() for name in allowed.COMMANDS | allowed.EXCEPTIONS}
_BANNED_WORDS = re.compile(
    r"(?i)invoke-expression|\biex\b|add-type|win32_product\b|encodedcommand|downloadstring|frombase64string"
)


@rule(
    "VR301",
    "only commands of the allow-list are called",
    "Nothing that writes, starts, stops, sets or loads code.",
    (
        "Set-ItemProperty -LiteralPath 'x' -Name 'y' -Value 1\n",
        "Invoke-Expression $a\n",
        "Add-Type -TypeDefinition $a\n",
        "Stop-Service 'x'\n",
        "Set-Item function:Other $s\n",
        "& 'cmd.exe'\n",
        "qwinsta /server:x\n",
        "Out-File 'x'\n",
        "Start-Process 'x'\n",
    ),
    (
        "Get-Service -Name 'x'\n",
        "Set-StrictMode -Version 2\n",
        "$null = Set-Item function:Collect $s\n",
        "& 'vssadmin.exe' list writers 2>&1\n",
        "function Read-A {\n  1\n}\nRead-A\n",
    ),
)
def commands(script: Script) -> Iterator[Found]:
    for command in script.commands:
        if command.name is None or command.key in script.functions or command.key in _COMMANDS:
            continue
        if command.key == "set-item" and _words(command)[:1] and _words(command)[0] in allowed.SET_ITEM_TARGETS:
            continue
        program = command.key.removesuffix(".exe")
        if program in allowed.PROGRAMS and tuple(_words(command)) == allowed.PROGRAMS[program]:
            continue
        yield at(command.node), f"{command.name} is not on the allow-list"


def _words(command: Command) -> list[str]:
    return [literal(element) or "" for element in command.elements if element.type != "redirection"] + [
        "-" for _ in command.parameters
    ]


@rule(
    "VR302",
    "only methods of the allow-list are called",
    "A method can write, start or load as well as a command can.",
    ("$a.Kill()\n", "$key.SetValue('x', 1)\n", "$a.InvokeMethod('x', $null)\n", "$shell.AddScript($a)\n"),
    ("$a = $b.Substring(1)\n", "$key.Close()\n", "$a = $b.get_Length()\n"),
)
def methods(script: Script) -> Iterator[Found]:
    known = allowed.CORE_METHODS | allowed.OBJECT_METHODS
    for member in script.members:
        if member.arguments is None or member.static or member.name is None:
            continue
        name = member.name.casefold()
        if name not in known and not (name.startswith("get_") and not member.arguments):
            yield at(member.node), f".{member.name}() is not on the allow-list"


@rule(
    "VR303",
    "only types of the allow-list are named",
    "A type that can be named can be used.",
    (
        "$a = [System.Reflection.Assembly]\n",
        "$a = [System.Diagnostics.Process]::Start('x')\n",
        "function Read-A([wmiclass]$a) {\n  $a\n}\n",
    ),
    ("$a = [int]$b\n", "$a = $b -is [System.Collections.IDictionary]\n"),
)
def types(script: Script) -> Iterator[Found]:
    for node in script.of("type_literal"):
        above = script.parent(node)
        attribute = (
            above is not None
            and above.type == "attribute"
            and allowed.plain(type_name(node)) in {"parameter", "cmdletbinding"}
        )
        if not attribute and allowed.plain(type_name(node)) not in allowed.TYPES:
            yield at(node), f"[{type_name(node)}] is not on the allow-list"


@rule(
    "VR304",
    "only static members of the allow-list are used",
    "Of most types only a few members are harmless.",
    ("[Environment]::Exit(0)\n", "[Console]::Beep()\n", "$a = [regex]::CompileToAssembly($b)\n", "$type::Anything()\n"),
    ("$a = [math]::Max(1, 2)\n", "$a = [System.IO.FileShare]::Delete\n", "$a = [datetime]::UtcNow\n"),
)
def statics(script: Script) -> Iterator[Found]:
    lists = (allowed.PURE, allowed.PROCESS, allowed.MACHINE)
    for member in script.members:
        if not member.static:
            continue
        if member.type is None:
            yield at(member.node), "a static member of a type that is not written out"
        elif not any(allowed.static(members, member.type, member.name or "") for members in lists):
            yield at(member.node), f"[{member.type}]::{member.name} is not on the allow-list"


@rule(
    "VR305",
    "New-Object makes types and COM classes of the allow-list, written out",
    "A constructor can open a file to write, and a COM class can do anything.",
    (
        "$a = New-Object System.Net.WebClient\n",
        "$a = New-Object $b\n",
        "$a = New-Object -ComObject WScript.Shell\n",
        "$a = New-Object -ComObject $b\n",
    ),
    (
        "$a = New-Object byte[] 4\n",
        "$a = New-Object PSObject\n",
        "$a = New-Object -ComObject 'Microsoft.Update.AutoUpdate'\n",
    ),
)
def made(script: Script) -> Iterator[Found]:
    for command in script.commands:
        if command.key != "new-object":
            continue
        com, name = command.parameter("ComObject"), made_type(command)
        if com is not None:
            wanted = literal(com.value) if com.value is not None else None
            if wanted not in allowed.COM:
                yield at(command.node), f"COM class {wanted or 'that is not written out'} is not on the allow-list"
        elif name is None or allowed.plain(name) not in allowed.MADE:
            yield at(command.node), f"New-Object of {name or 'a type that is not written out'} is not on the allow-list"


def made_type(command: Command) -> str | None:
    """The type that a New-Object makes; None where it is not written out or a COM class."""
    if command.parameter("ComObject") is not None:
        return None
    named = command.parameter("TypeName")
    node = named.value if named is not None else (command.elements[0] if command.elements else None)
    return None if node is None else literal(node)


@rule(
    "VR306",
    "nothing is called by a name that is not written out, and nothing is dot-sourced",
    "What is not written out cannot be read.",
    ("& $a\n", ". $a\n", ". 'x.ps1'\n", "& ($a + $b)\n", "function Read-A {\n  & $verb\n}\n"),
    ("& 'qwinsta.exe'\n", "function Ask {\n  & $verb @rest\n}\n", "& { 1 }\n"),
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
