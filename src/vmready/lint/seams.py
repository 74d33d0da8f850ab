"""VR4xx: the seams. A function can be replaced by a harness, a static call of .NET cannot."""

from __future__ import annotations

from collections.abc import Iterator

from vmready.lint import allowed
from vmready.lint.read_only import made_type
from vmready.lint.rule import Found, at, rule
from vmready.lint.script import Function, Script, text_of

_SEAMS = {name.casefold(): text for name, text in allowed.SEAMS.items()}


def _in_seam(function: Function | None) -> bool:
    return function is not None and function.key in _SEAMS


@rule(
    "VR401",
    "a call of .NET that meets the machine stands in its seam and nowhere else",
    "Replacing the seams must replace every such call, so that the whole text can be run over a declared host.",
    (
        "$a = [System.Net.Dns]::BeginGetHostAddresses('x', $null, $null)\n",
        "$a = [Environment]::OSVersion\n",
        "$a = New-Object System.Net.Sockets.TcpClient\n",
        "$a = $PSVersionTable.PSVersion\n",
        "$a = $env:SystemRoot\n",
    ),
    (allowed.SEAMS["New-TcpClient"] + "\n$a = New-TcpClient\n", "$a = [math]::Max(1, 2)\n"),
)
def machine_calls(script: Script) -> Iterator[Found]:
    for member in script.members:
        machine = (
            member.static
            and member.type is not None
            and allowed.static(allowed.MACHINE, member.type, member.name or "")
        )
        if machine and not _in_seam(script.function_of(member.node)):
            yield at(member.node), f"[{member.type}]::{member.name} outside of its seam"
    for command in script.commands:
        name = made_type(command) if command.key == "new-object" else None
        if (
            name is not None
            and allowed.plain(name) in allowed.MADE_IN_SEAMS
            and not _in_seam(script.function_of(command.node))
        ):
            yield at(command.node), f"New-Object {name} outside of its seam"
    for node in script.of("variable"):
        name = text_of(node).casefold()
        if (name == "$psversiontable" or name.startswith("$env:")) and not _in_seam(script.function_of(node)):
            yield at(node), f"{text_of(node)} outside of its seam"


@rule(
    "VR402",
    "a seam is one line, word for word as listed",
    "What replaces it was written for exactly this call.",
    (
        "function Get-HostTime { [datetime]::Now }\n",
        "function New-TcpClient {\n  New-Object System.Net.Sockets.TcpClient\n}\n",
    ),
    (allowed.SEAMS["Get-HostTime"] + "\n",),
)
def seam_text(script: Script) -> Iterator[Found]:
    for function in script.function_list:
        wanted = _SEAMS.get(function.key)
        if wanted is not None and text_of(function.node) != wanted:
            yield at(function.node), f"the seam {function.name} is not as listed"
