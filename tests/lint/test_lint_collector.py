"""The collector passes the lint, and hardly anything could be put into it or taken out of it that the lint would not see."""

import re
from importlib.resources import files

import pytest

from vmready.lint import allowed, lint
from vmready.lint.read_only import made_type
from vmready.lint.script import Script, core, literal, type_name
from vmready.remote.winrm import BOOTSTRAP

TEXT = (files("vmready.probes") / "collector.ps1").read_text("ascii")
SCRIPT = Script(TEXT.encode())


def found(text: str) -> list[str]:
    return [str(finding) for finding in lint(text.encode(), "collector.ps1")]


def test_the_collector_passes():
    assert found(TEXT) == []


def test_the_bootstrap_passes_but_for_the_name_that_it_makes():
    match = re.fullmatch(r'.* -Command "(.*)"', BOOTSTRAP)
    assert match is not None
    assert {finding.split(" ", 2)[2].split(" ")[0] for finding in found(match[1].replace("; ", "\n") + "\n")} == {
        "Collect"
    }


HOSTILE = [
    "Set-ItemProperty -LiteralPath 'HKLM:\\SOFTWARE' -Name 'x' -Value 1",
    "Remove-Item -LiteralPath 'C:\\x'",
    "New-Item -ItemType File -Path 'C:\\x'",
    "Restart-Service -Name 'x'",
    "Stop-Process -Id 4",
    "Invoke-Expression $words",
    "Invoke-WmiMethod -Class 'Win32_Process' -Name 'Create'",
    "(Get-WmiObject -Class 'Win32_Service').StopService()",
    "$key.SetValue('x', 1)",
    "$key.DeleteSubKeyTree('x')",
    "[System.IO.File]::Delete('C:\\x')",
    "[Microsoft.Win32.Registry]::SetValue('x', 'y', 1)",
    "[System.Diagnostics.Process]::Start('cmd.exe')",
    "[System.Reflection.Assembly]::LoadWithPartialName('x')",
    "$null = Add-Type -TypeDefinition 'x'",
    "Import-Module 'x'",
    "& 'cmd.exe' '/c' 'x'",
    "& $words[0]",
    ". 'C:\\x.ps1'",
    "$null = $ExecutionContext.InvokeCommand.InvokeScript('x')",
    "'x' > 'C:\\x'",
    "$env:Path = 'x'",
    "netsh.exe winhttp reset proxy",
    "vssadmin.exe delete shadows",
    "$null = Start-Program (Expand-Environment '%SystemRoot%\\System32\\vssadmin.exe') 'delete shadows'",
    "$null = Invoke-Guarded $words 1",
    "$null = New-Object -ComObject 'WScript.Shell'",
    "$null = New-Object System.Net.WebClient",
    "$null = New-Object System.IO.FileStream('C:\\x', 'Create')",
    "$service.Status = 1",
    "$null = Get-WmiObject -Class 'Win32_Product'",
    "Get-Content -LiteralPath 'x' -Tail 5",
    "$a = $b -match 'x'",
    "$a = [pscustomobject]@{ a = 1 }",
]


@pytest.mark.parametrize("statement", HOSTILE)
def test_what_does_not_belong_is_seen_in_the_middle_of_it(statement: str):
    head = "function Read-Wmi($words) {\n"
    assert TEXT.count(head) == 1
    assert found(TEXT.replace(head, head + f"  {statement}\n"))


@pytest.mark.parametrize("guard", sorted(set(re.findall(r"\n  Assert-Full '[^']*'\n", TEXT))), ids=str.strip)
def test_each_guard_for_full_language_is_needed(guard: str):
    rules = {finding.split(" ")[1] for finding in found(TEXT.replace(guard, "\n"))}
    assert rules & {"VR501", "VR502", "VR503", "VR504", "VR505"}


@pytest.mark.parametrize("number", range(TEXT.count("if ($Full) {")))
def test_each_branch_for_full_language_is_needed(number: int):
    parts = TEXT.split("if ($Full) {")
    text = "if ($Full) {".join(parts[: number + 1]) + "if ($true) {" + "if ($Full) {".join(parts[number + 1 :])
    assert any(" VR50" in finding for finding in found(text))


def test_the_guards_for_versions_are_needed():
    line = "  Assert-Version 3 'a security descriptor by its literal path'\n"
    assert any(" VR203 " in finding for finding in found(TEXT.replace(line, "")))
    branch = "if ((Get-EngineVersion).Major -ge 3) {"
    assert TEXT.count(branch) >= 1
    assert any(" VR203 " in finding for finding in found(TEXT.replace(branch, "if ($true) {")))


def test_constrained_language_refuses_what_the_page_says():
    """docs/probes.md: tail, xml, descriptor, tcp, http, com, native with a time limit."""
    refusing = {
        function.name
        for function in SCRIPT.function_list
        if any(
            command.key == "assert-full" and SCRIPT.function_of(command.node) == function for command in SCRIPT.commands
        )
    }
    verbs = {}
    for entry in SCRIPT.of("hash_entry"):
        name = literal(entry.named_children[-1])
        if name is not None and name.casefold() in SCRIPT.functions and entry.named_children[0].text != b"finish":
            verbs[(entry.named_children[0].text or b"").decode()] = name
    assert len(verbs) == 16
    assert {verb for verb, name in verbs.items() if name in refusing} == {
        "tail",
        "xml",
        "descriptor",
        "tcp",
        "http",
        "com",
        "native",
    }


def test_nothing_is_allowed_that_is_not_used():
    """The allow-lists are the manifest of what the collector does: no entry waits for somebody to use it."""
    commands = {command.key for command in SCRIPT.commands}
    assert {name.casefold() for name in allowed.COMMANDS | allowed.EXCEPTIONS} <= commands
    assert {allowed.plain(type_name(node)) for node in SCRIPT.of("type_literal")} == set(allowed.TYPES)
    made = [made_type(command) for command in SCRIPT.commands if command.key == "new-object"]
    assert {allowed.plain(name) for name in made if name is not None} == allowed.MADE
    methods = {(m.name or "").casefold() for m in SCRIPT.members if m.arguments is not None and not m.static}
    assert methods == allowed.CORE_METHODS | allowed.OBJECT_METHODS
    used = {(allowed.plain(m.type), (m.name or "").casefold()) for m in SCRIPT.members if m.static and m.type}
    for lists in (allowed.PURE, allowed.PROCESS, allowed.MACHINE):
        for kind, names in lists.items():
            for name in names.casefold().split():
                assert (kind, name) in used or (name == "*" and any(one == kind for one, _ in used)), (kind, name)
    assert {function.name for function in SCRIPT.function_list} >= set(allowed.SEAMS)
    assert {function.key for function in SCRIPT.function_list} >= {*allowed.DISPATCHERS, *allowed.FALLBACKS}
    written = {core(left).id for left, _, _ in SCRIPT.assignments}
    assert {(m.name or "").casefold() for m in SCRIPT.members if m.node.id in written} == allowed.SETTERS
