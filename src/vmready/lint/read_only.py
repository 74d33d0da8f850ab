"""VR3xx, first part: the collector only reads. Everything it calls, makes, names and sets is on the lists of ``allowed.py``."""

from __future__ import annotations

from collections.abc import Iterator

from vmready.lint import allowed
from vmready.lint.rule import Found, at, rule
from vmready.lint.script import Command, Script, literal, type_name

_COMMANDS = {name.casefold() for name in allowed.COMMANDS | allowed.EXCEPTIONS}


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
        if member.name.casefold() not in known:
            yield at(member.node), f".{member.name}() is not on the allow-list"


@rule(
    "VR303",
    "only types of the allow-list are named",
    "A type that can be named can be used.",
    (
        "$a = [System.Reflection.Assembly]\n",
        "$a = [System.IO.File]::OpenWrite('x')\n",
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
        "$a = New-Object System.IO.MemoryStream\n",
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
