"""The collector on this very machine, without WinRM: for a Windows runner, under Windows PowerShell 5.1 and under PowerShell 7.

    python tests/windows/local_collector.py powershell.exe [-o document.json]
    python tests/windows/local_collector.py pwsh [-o document.json]

Sends the collector with one question of every verb over standard input, as it is sent to a host, and fails (exit code 1) when no whole frame
comes back, a probe has no answer, a value has not its documented shape, or a probe fails in a way that speaks of the collector's text and not of
the machine.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from vmready.probes import vocabulary as ask
from vmready.probes.frame import FrameError, read_frame
from vmready.probes.readings import Malformed
from vmready.probes.script import script

NONCE = "0123456789abcdef"
SECONDS = 120
#: The remote bootstrap's text; the engine's path is the caller's.
BOOTSTRAP = "$s = @($input) -join [string][char]10; $null = Set-Item function:Collect $s; Collect"

#: One question of each verb, and then some whose answers every Windows has.
QUESTIONS: tuple[ask.Probe[Any], ...] = (
    ask.Service("WinRM"),
    ask.Service("NoSuchService"),
    ask.System(),
    ask.RegistryKey(
        r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", values=("ProductName", "CurrentBuild"), depth=0
    ),
    ask.RegistryKey(r"HKLM\SOFTWARE\NoSuchKey"),
    ask.RegistryHives(r"Control Panel\International", values=("LocaleName",)),
    ask.Process("lsass"),
    ask.Path(r"%SystemRoot%\System32\*.nls"),
    ask.Path(r"%SystemRoot%\NoSuchFile"),
    ask.Tail(r"%SystemRoot%\win.ini", size=1024),
    ask.Xml(r"%SystemRoot%\Microsoft.NET\Framework64\v4.0.30319\Config\machine.config", elements=("configuration",)),
    ask.Descriptor(r"%SystemRoot%", names=True),
    ask.Events("System", newest=5),
    ask.Events("NoSuchLog"),
    ask.Certificates(),
    ask.AppLockerPolicy(),
    ask.TcpConnect("localhost", 5986),
    ask.HttpGet("https://localhost:5986/wsman", default_protocols=True),
    ask.Native("netsh winhttp show proxy"),
    ask.Wmi("Win32_OperatingSystem", ("Version", "LastBootUpTime")),
    ask.Com("Microsoft.Update.AutoUpdate", ("Settings.NotificationLevel",)),
)
#: Which of them every Windows Server answers with a value under Windows PowerShell 5.1.
CERTAIN = frozenset(
    {
        "system",
        "registry",
        "service",
        "process",
        "path",
        "tail",
        "descriptor",
        "events",
        "wmi",
        "native",
        "certificates",
    }
)
NOT_THERE = frozenset({"NoSuchService", "NoSuchKey", "NoSuchFile", "NoSuchLog"})

#: Beginnings of error ids that come from the text itself: an unknown name, a missing member, a wrong cast, a stray break.
OF_THE_TEXT = (
    *(
        "CommandNotFoundException",
        "NamedParameterNotFound",
        "PositionalParameterNotFound",
        "MissingMandatoryParameter",
        "AmbiguousParameter",
    ),
    *(
        "PropertyNotFoundStrict",
        "VariableIsUndefined",
        "MethodNotFound",
        "MethodCountCouldNotFindBest",
        "InvokeMethodOnNull",
        "NullArray",
    ),
    *(
        "InvalidCast",
        "ConvertToFinalInvalidCast",
        "CannotConvertArgument",
        "RuntimeException",
        "UnexpectedToken",
        "CannotIndex",
    ),
    *("ProbeLeftEarly", "NotWritable", "UnknownVerb", "BadArgument", "NotAllowed"),
)


def run(engine: str) -> tuple[bytes, bytes, int]:
    """Standard output, standard error and exit code of the collector under that engine."""
    text = script(1, NONCE, SECONDS, [question.text for question in QUESTIONS])
    command = [engine, "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-Command", BOOTSTRAP]
    done = subprocess.run(command, input=text, capture_output=True, timeout=SECONDS * 3, check=False)
    return done.stdout, done.stderr, done.returncode


def faults(document: dict[str, Any], questions: Sequence[ask.Probe[Any]], *, full: bool) -> Iterator[str]:
    """What a reader of the document must not accept. ``full``: Windows PowerShell 5.1 in full language, where nothing may be unsupported."""
    answers = {answer.get("id"): answer for answer in document.get("answers", [])}
    for number, question in enumerate(questions):
        answer = answers.pop(str(number), None)
        if answer is None:
            yield f"{question}: no answer"
        elif answer.get("state") == "observed":
            try:
                question.parse(answer.get("value"))
            except Malformed as malformed:
                yield f"{question}: {malformed}"
            if any(name in str(question) for name in NOT_THERE):
                yield f"{question}: observed, but there is no such thing"
        elif answer.get("state") == "absent":
            if question.verb in CERTAIN and not any(name in str(question) for name in NOT_THERE):
                yield f"{question}: absent, but every Windows has it"
        elif answer.get("state") == "unreadable":
            why = answer.get("why", {})
            if str(why.get("id", "")).startswith(OF_THE_TEXT) or (full and why.get("id") == "Unsupported"):
                yield f"{question}: {json.dumps(why)}"
        else:
            yield f"{question}: state {answer.get('state')!r}"
    for left in answers:
        yield f"an answer to a question that was not asked: {left}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("engine", help="powershell.exe or pwsh")
    parser.add_argument("-o", "--output", type=Path, help="where the collector's document is written")
    chosen = parser.parse_args(arguments)
    stdout, stderr, code = run(chosen.engine)
    print(f"{chosen.engine}: exit code {code}, {len(stdout)} bytes out, {len(stderr)} bytes of errors")
    sys.stdout.write(stderr.decode("ascii", "backslashreplace"))
    try:
        document = read_frame(stdout, nonce=NONCE, round_number=1)
    except FrameError as fault:
        print(f"no frame: {fault}")
        return 1
    if chosen.output is not None:
        chosen.output.write_text(json.dumps(document, indent=1), "ascii")
    for number, question in enumerate(QUESTIONS):
        answer = next((a for a in document["answers"] if a.get("id") == str(number)), {})
        print(f"{answer.get('state', 'no answer'):<11} {answer.get('ms', '?'):>6} ms  {question}")
    full = document.get("mode") == "FullLanguage" and chosen.engine.startswith("powershell")
    found = list(faults(document, QUESTIONS, full=full))
    for fault in found:
        print(f"fault: {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
