"""VR2xx: every command and parameter exists, in each Windows PowerShell that can reach it."""

from __future__ import annotations

from collections.abc import Iterator

from vmready.lint import allowed, index
from vmready.lint.guards import guards_of, has_command, not_version
from vmready.lint.rule import Found, at, rule
from vmready.lint.script import Command, Script, core, literal


def _ours(command: Command, script: Script) -> bool:
    return command.key in script.functions


@rule(
    "VR201",
    "every command is a function of the script or one of Windows PowerShell 5.1, by its full name",
    "An unknown name is an error only when it is reached; an alias can be set to anything.",
    ("Get-Everything\n", "Get-A | % { 1 }\n", "dir 'x'\n", "Write-Frame 'x'\n"),
    (
        "Get-Process\n",
        "Microsoft.PowerShell.Utility\\New-Object PSObject\n",
        "function Read-Path {\n  1\n}\nRead-Path\n",
        "& $verb\n",
        "qwinsta.exe\n",
    ),
)
def commands_exist(script: Script) -> Iterator[Found]:
    for command in script.commands:
        program = command.key.removesuffix(".exe") in allowed.PROGRAMS
        if command.name is None or command.operator or program or _ours(command, script):
            continue
        known = index.commands().get(command.key)
        if known is None:
            yield (
                at(command.node),
                f"{command.name} is no function of this script and no command of Windows PowerShell 5.1",
            )
        elif "5.1" not in known.versions:
            yield at(command.node), f"{command.name} is not in Windows PowerShell 5.1"


@rule(
    "VR202",
    "every parameter exists in Windows PowerShell 5.1 and is written out",
    "A shortened name is decided by whatever parameters a version has.",
    ("Get-Content -LiteralPath 'x' -AsByteStream\n", "Get-Content -Literal 'x'\n"),
    ("Get-Content -LiteralPath 'x' -TotalCount 5 -ErrorAction Stop\n",),
)
def parameters_exist(script: Script) -> Iterator[Found]:
    for command in script.commands:
        known = index.commands().get(command.key)
        if known is None or command.operator or _ours(command, script):
            continue
        for parameter in command.parameters:
            if "5.1" not in known.parameters.get(parameter.name.casefold(), frozenset()):
                yield at(parameter.node), f"{known.name} of Windows PowerShell 5.1 has no parameter -{parameter.name}"


@rule(
    "VR203",
    "every command and parameter exists in 2.0, 3.0 and 4.0, or stands behind a guard",
    "On an older engine a verb that needs more says so (Unsupported) and never fails in an unforeseen way.",
    (
        "Get-CimInstance -ClassName 'x'\n",
        "Get-Content -LiteralPath 'x' -Tail 5\n",
        "if ((Get-EngineVersion).Major -lt 3) { throw 'Unsupported' }\nGet-FileHash -LiteralPath 'x'\n",
        "function Read-A {\n  Get-CimInstance -ClassName 'x'\n}\nif ((Get-EngineVersion).Major -ge 3) { Read-A }\nRead-A\n",
        "if ((Get-EngineVersion).Major -lt 3) { $a = 1 }\nGet-CimInstance -ClassName 'x'\n",
    ),
    (
        "Get-WmiObject -Class 'x'\n",
        "if ((Get-EngineVersion).Major -lt 3) { throw 'Unsupported' }\nGet-Content -LiteralPath 'x' -Tail 5\n",
        "if ((Get-EngineVersion).Major -ge 3) { Get-CimInstance -ClassName 'x' } else { Get-WmiObject -Class 'x' }\n",
        "if ($null -ne (Get-Command 'Get-CimInstance' -ErrorAction SilentlyContinue)) { Get-CimInstance -ClassName 'x' }\n",
        "function Read-A {\n  Get-CimInstance -ClassName 'x'\n}\nif ((Get-EngineVersion).Major -ge 3) { Read-A }\n",
        "function Confirm-New {\n  if ((Get-EngineVersion).Major -lt 3) { throw 'Unsupported' }\n}\nConfirm-New\nGet-CimInstance -ClassName 'x'\n",
    ),
)
def older_versions(script: Script) -> Iterator[Found]:
    guards = guards_of(script)
    for command in script.commands:
        known = index.commands().get(command.key)
        if known is None or command.operator or _ours(command, script):
            continue
        facts = guards.at(command.node)
        reachable = [version for version in ("2.0", "3.0", "4.0") if not_version(version) not in facts]
        if has_command(known.name) not in facts:
            missing = [version for version in reachable if version not in known.versions]
            if missing:
                yield at(command.node), f"{known.name} is not in {', '.join(missing)}, and no guard stands before it"
                continue
        for parameter in command.parameters:
            there = known.parameters.get(parameter.name.casefold())
            missing = [version for version in reachable if there and version in known.versions and version not in there]
            if missing:
                yield (
                    at(parameter.node),
                    f"-{parameter.name} of {known.name} is not in {', '.join(missing)}, and no guard stands before it",
                )


@rule(
    "VR204",
    "functions of the script are called with parameters they have, by position or full name, and not in brackets",
    "F(1, 2) hands over one array, and what fits no parameter is silently put into $args.",
    (
        "function Read-A($a) {\n  $a\n}\nRead-A 1 2\n",
        "function Read-A($a) {\n  $a\n}\nRead-A -b 1\n",
        "function Read-A($a) {\n  $a\n}\nRead-A(1)\n",
        "function Read-A($a, $b) {\n  $a\n}\nRead-A 1, 2\n",
    ),
    (
        "function Read-A($a, $b) {\n  $a\n}\nRead-A 1 2\nRead-A -b 1 2\nRead-A (1 + 1) $c\n",
        "function Ask {\n  $args\n}\nAsk '0' 'a'\n",
        "function Read-A($a) {\n  $a\n}\nRead-A @rest\nRead-A @(1, 2)\n",
    ),
)
def own_calls(script: Script) -> Iterator[Found]:
    for command in script.commands:
        function = script.functions.get(command.key)
        if function is None or command.operator == ".":
            continue
        for parameter in command.parameters:
            if parameter.name.casefold() not in function.parameters and "$args" not in _text(function.node):
                yield at(parameter.node), f"{function.name} has no parameter -{parameter.name}"
        splatted = any(core(e).type == "variable" and (core(e).text or b"").startswith(b"@") for e in command.elements)
        plain = [e for e in command.elements if e.type != "redirection"]
        if len(plain) > len(function.parameters) and not splatted and "$args" not in _text(function.node).casefold():
            yield (
                at(command.node),
                f"{function.name} has {len(function.parameters)} parameters, {len(plain)} arguments are given",
            )
        for element in plain:
            inner = core(element)
            if inner.type == "array_literal_expression" and inner.named_child_count > 1:
                yield at(element), f"a comma makes one array of what is handed to {function.name}"
            if inner.type == "parenthesized_expression" and script.data[
                element.start_byte - 1 : element.start_byte
            ] not in (b" ", b":"):
                yield at(element), f"{function.name}( ) is a call with one argument in brackets: write a blank"
        for node in command.node.children:
            if (
                node.type == "command_elements"
                and node.named_children
                and node.named_children[0].type == "argument_list"
            ):
                yield at(node), f"{function.name}( ) is a call with one argument in brackets: write a blank"


def _text(node: object) -> str:
    return (getattr(node, "text", b"") or b"").decode("utf-8", "replace")


@rule(
    "VR205",
    "every function is used, and defined once",
    "Text that is never run is never proved.",
    ("function Read-A {\n  1\n}\n", "function Read-A {\n  1\n}\nfunction read-a {\n  2\n}\nRead-A\n"),
    (
        "function Read-A {\n  1\n}\n$verbs = @{ a = 'Read-A' }\n",
        "function Ask {\n  1\n}\n",
        "function Read-A {\n  1\n}\nRead-A\n",
    ),
)
def functions_used(script: Script) -> Iterator[Found]:
    entries = {"begin", "ask", "finish"}  # called by the lines behind the text
    used = (
        {command.key for command in script.commands}
        | {(literal(node) or "").casefold() for node in script.of("string_literal")}
        | entries
    )
    seen: set[str] = set()
    for function in script.function_list:
        if function.key in seen:
            yield at(function.node), f"{function.name} is defined twice"
        elif function.key not in used:
            yield at(function.node), f"{function.name} is never called"
        seen.add(function.key)
