"""What the lint takes for certain at a place, and what not."""

import pytest

from vmready.lint.guards import FULL, Guards
from vmready.lint.script import Script

FULL_TEST = "$ExecutionContext.SessionState.LanguageMode -ceq 'FullLanguage'"


def facts(text: str) -> set[str]:
    """What holds at the call of ``Here``."""
    script = Script(text.encode())
    assert not script.root.has_error, text
    [call] = [command for command in script.commands if command.name == "Here"]
    return set(Guards(script).at(call.node))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Here\n", set()),
        ("if ((Get-EngineVersion).Major -lt 3) { throw 'x' }\nHere\n", {"not 2.0"}),
        ("if ((Get-EngineVersion).Major -lt 4) { throw 'x' }\nHere\n", {"not 2.0", "not 3.0"}),
        ("if ((Get-EngineVersion).Major -lt 5) { return }\nHere\n", {"not 2.0", "not 3.0", "not 4.0"}),
        ("if ((Get-EngineVersion).Major -lt 3) { $a = 1 }\nHere\n", set()),
        ("Here\nif ((Get-EngineVersion).Major -lt 3) { throw 'x' }\n", set()),
        ("if ((Get-EngineVersion).Major -lt 3) { Here }\n", set()),
        ("if ((Get-EngineVersion).Major -ge 3) { Here }\n", {"not 2.0"}),
        ("if ((Get-EngineVersion).Major -ge 3) { 1 } else { Here }\n", set()),
        ("if ((Get-EngineVersion).Major -lt 3) { 1 } else { Here }\n", {"not 2.0"}),
        ("if ($a) { 1 } elseif ((Get-EngineVersion).Major -ge 3) { Here }\n", {"not 2.0"}),
        ("if ((Get-EngineVersion).Major -lt 3) { 1 } elseif ($a) { Here }\n", {"not 2.0"}),
        (f"if ({FULL_TEST}) {{ Here }}\n", {FULL}),
        (f"if (-not ({FULL_TEST})) {{ throw 'x' }}\nHere\n", {FULL}),
        (f"if ({FULL_TEST} -and (Get-EngineVersion).Major -ge 3) {{ Here }}\n", {FULL, "not 2.0"}),
        (f"if ({FULL_TEST} -or (Get-EngineVersion).Major -ge 3) {{ Here }}\n", set()),
        (f"if (-not ({FULL_TEST}) -or (Get-EngineVersion).Major -lt 3) {{ throw 'x' }}\nHere\n", {FULL, "not 2.0"}),
        (f"$a = {FULL_TEST} -and (Here)\n", {FULL}),
        (f"$full = {FULL_TEST}\nif ($full) {{ Here }}\n", {FULL}),
        (f"$full = {FULL_TEST}\n$full = $true\nif ($full) {{ Here }}\n", set()),
        (f"function F {{\n  $full = {FULL_TEST}\n}}\nif ($full) {{ Here }}\n", set()),
        (f"function Test-Full {{ {FULL_TEST} }}\nif (Test-Full) {{ Here }}\n", {FULL}),
        (f"function Test-Full {{ return {FULL_TEST} }}\nif (-not (Test-Full)) {{ throw 'x' }}\nHere\n", {FULL}),
        ("if (Get-Command 'Get-X' -ErrorAction SilentlyContinue) { Here }\n", {"command get-x"}),
        ("if ($null -eq (Get-Command 'Get-X' -ErrorAction SilentlyContinue)) { throw 'x' }\nHere\n", {"command get-x"}),
        (f"function Confirm-Full {{\n  if (-not ({FULL_TEST})) {{ throw 'x' }}\n}}\nConfirm-Full\nHere\n", {FULL}),
        (
            "function Assert-Version([int]$major, $what) { if ((Get-EngineVersion).Major -lt $major) { throw $what } }\n"
            "Assert-Version 4 'x'\nHere\n",
            {"not 2.0", "not 3.0"},
        ),
        (
            "function Assert-Version([int]$major) { if ((Get-EngineVersion).Major -lt $major) { throw 'x' } }\n"
            "Assert-Version $number\nHere\n",
            set(),
        ),
        (f"function Confirm-Full {{\n  if (-not ({FULL_TEST})) {{ return }}\n}}\nConfirm-Full\nHere\n", set()),
        (f"try {{\n  if (-not ({FULL_TEST})) {{ throw 'x' }}\n}}\ncatch {{ 1 }}\nHere\n", set()),
        (f"if (-not ({FULL_TEST})) {{ throw 'x' }}\nforeach ($a in $b) {{ Here }}\n", {FULL}),
        (f"foreach ($a in $b) {{\n  if (-not ({FULL_TEST})) {{ continue }}\n  Here\n}}\n", {FULL}),
    ],
)
def test_within_one_text(text: str, expected: set[str]):
    assert facts(text) == expected


def test_a_function_holds_what_holds_at_all_of_its_calls():
    guard = f"if (-not ({FULL_TEST})) {{ throw 'x' }}\n"
    one = "function Read-A {\n  Here\n}\n"
    assert facts(one + guard + "Read-A\n") == {FULL}
    assert facts(one + "Read-A\n" + guard + "Read-A\n") == set()
    assert facts(one + f"function Read-B {{\n  {guard}  Read-A\n}}\nRead-B\n") == {FULL}
    assert facts(one + f"function Read-B {{\n  {guard}  Read-A\n}}\nRead-A\nRead-B\n") == set()


def test_a_function_that_is_named_in_a_table_may_be_called_from_anywhere():
    text = f"function Read-A {{\n  Here\n}}\n$verbs = @{{ a = 'Read-A' }}\nif ({FULL_TEST}) {{ Read-A }}\n"
    assert facts(text) == set()


def test_a_function_that_is_named_in_a_string_is_called_where_the_string_stands():
    finish = "function Complete-A {\n  Here\n}\nfunction Start-A {\n"
    guard = f"  if (-not ({FULL_TEST})) {{ throw 'x' }}\n"
    ticket = "  return @{ finish = 'Complete-A' }\n"
    assert facts(finish + guard + ticket + "}\n$verbs = @{ a = 'Start-A' }\n") == {FULL}
    assert facts(finish + "  $a = 'Complete-A'\n" + guard + ticket + "}\n$verbs = @{ a = 'Start-A' }\n") == set()


def test_functions_that_call_each_other():
    text = (
        f"function Read-A {{\n  Here\n  Read-B\n}}\nfunction Read-B {{\n  Read-A\n}}\nif ({FULL_TEST}) {{ Read-A }}\n"
    )
    assert facts(text) == {FULL}
