"""A declared host behind the wire: the collector's lines in a frame, native command lines, scripts that were cut off."""

from __future__ import annotations

import base64

import pytest
from declared_hosts import host
from hypothesis import given
from hypothesis import strategies as some

from vmready.probes.frame import read_frame
from vmready.probes.lines import calls
from vmready.probes.vocabulary import RegistryKey, Service, System
from vmready.twin.collection import DeclaredMachine, document
from vmready.twin.states import State

BOOTSTRAP = (
    "powershell.exe -NoProfile -NonInteractive -Command "
    '"$s = @($input) -join [string][char]10; $null = Set-Item function:Collect $s; Collect"'
)
COLLECTOR = "function Begin([string]$round) { }\nfunction Ask { }\nAsk-Nothing\n"


def _run(machine: DeclaredMachine, *probes: str, round_number: int = 1, nonce: str = "n0") -> dict:
    stdin = (COLLECTOR + calls(round_number, nonce, 60, probes)).encode("ascii")
    ran = machine.execute(BOOTSTRAP, stdin)
    assert (ran.exit_code, ran.stderr) == (0, b"")
    return read_frame(ran.stdout, nonce=nonce, round_number=round_number)


def test_the_document_answers_every_question_in_its_frame() -> None:
    state = host(services={"s": {"status": "Running"}})
    found = _run(DeclaredMachine(state), Service("s").text, Service("none").text, "'format' 'C:'")
    assert (found["version"], found["mode"], found["started"]) == (1, "FullLanguage", "2026-11-20T10:00:00.000Z")
    assert [(one["id"], one["state"]) for one in found["answers"]] == [
        ("0", "observed"),
        ("1", "absent"),
        ("2", "unreadable"),
    ]
    assert all(isinstance(one["ms"], int) for one in found["answers"])
    assert found["answers"][2]["why"] == {"id": "UnknownVerb", "message": "format"}


def test_constrained_language_mode_has_the_plain_digest() -> None:
    state = host(os={"languageMode": "ConstrainedLanguage"})
    text = document(state, calls(1, "n", 60, [System().text]))
    assert ":adler32:" in text[:40]
    assert read_frame(text.encode(), nonce="n", round_number=1)["mode"] == "ConstrainedLanguage"


@given(some.text(some.characters(categories=("Lu", "Cc", "Cs", "Zs", "So", "Po")), max_size=20))
def test_whatever_text_a_host_holds_comes_back_as_it_is(text: str) -> None:
    state = host(registry={r"HKLM\SOFTWARE\X": {"V": {"type": "REG_SZ", "data": text}}})
    framed = document(state, calls(1, "n", 60, [RegistryKey(r"HKLM\SOFTWARE\X").text]))
    assert all(" " <= unit <= "~" for unit in framed)
    read = read_frame(framed.encode(), nonce="n", round_number=1)
    assert read["answers"][0]["value"]["values"]["V"]["data"].encode("utf-16-le", "surrogatepass") == text.encode(
        "utf-16-le", "surrogatepass"
    )


def test_a_second_round_remembers_the_first_and_another_collection_does_not() -> None:
    machine = DeclaredMachine(host(services={"s": {"status": "Running", "then": {"status": "Stopped"}}}))

    def status(round_number: int) -> int:
        found = _run(machine, Service("s").text, round_number=round_number)["answers"][0]["value"]
        return int(found["scm"]["status"])

    assert [status(1), status(2), status(1)] == [4, 1, 4]


def test_a_restart_in_between() -> None:
    machine = DeclaredMachine(State.of({"os": {"bootTime": 86_400}}))
    before = _run(machine, System().text)["answers"][0]["value"]["boot"]
    machine.restart()
    after = _run(machine, System().text)["answers"][0]["value"]
    assert before < after["boot"] <= after["clock"]


@pytest.mark.parametrize(
    ("stdin", "exit_code"),
    [
        (b"", 0),
        (COLLECTOR.encode(), 0),
        ((COLLECTOR + calls(1, "n", 60, ["'system'"])).encode()[:-8], 0),
        ((COLLECTOR + "Ask '0' 'system'\nFinish\n").encode(), 0),
        ((COLLECTOR + "Begin '1' 'n' '60'\nAsk '0' 'system' $(evil)\nFinish\n").encode(), 1),
        ((COLLECTOR + "Begin '1' 'n'\nFinish\n").encode(), 1),
        ("Begin '1' '\u00e4' '60'\nFinish\n".encode(), 1),
    ],
)
def test_a_script_that_is_not_whole_gives_no_frame(stdin: bytes, exit_code: int) -> None:
    ran = DeclaredMachine(host()).execute(BOOTSTRAP, stdin)
    assert (ran.stdout, ran.exit_code) == (b"", exit_code)
    assert bool(ran.stderr) == bool(exit_code)


def test_native_command_lines_as_declared() -> None:
    script = "(Get-Service wuauserv).Status"
    state = host(
        native={
            "powershell -Command whoami": "nt authority\\system",
            script: {"output": "Running\n", "exitCode": 3, "error": "beware"},
        }
    )
    machine = DeclaredMachine(state)
    ran = machine.execute("PowerShell  -command   whoami", b"")
    assert (ran.stdout, ran.stderr, ran.exit_code) == (b"nt authority\\system\r\n", b"", 0)
    encoded = base64.b64encode(script.encode("utf-16-le")).decode()
    ran = machine.execute(f"powershell -encodedcommand {encoded}", b"")
    assert (ran.stdout, ran.stderr, ran.exit_code) == (b"Running\r\n", b"beware\r\n", 3)
    unknown = machine.execute("powershell -Command Get-Date", b"")
    assert (unknown.exit_code, b"native" in unknown.stderr) == (1, True)
    missing = machine.execute("no-such-program x", b"")
    assert (missing.exit_code, missing.stderr[:20]) == (1, b"'no-such-program' is")


def test_a_slow_host_takes_its_time() -> None:
    assert DeclaredMachine(State.of({"twin": {"delay": 2.5}})).execute("hostname", b"").seconds == 2.5
