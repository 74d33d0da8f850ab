"""A declared host behind the wire: it runs the collector's lines, and the native command lines that its state declares.

The lines are read by the strict grammar of :mod:`vmready.probes.lines`; the text before them (the collector itself) is not executed, for
this is the other reading of ``docs/probes.md``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import threading
import zlib
from dataclasses import dataclass, replace
from typing import Any

from vmready.probes.lines import argument, arguments
from vmready.twin import times
from vmready.twin.answers import Readings, answer
from vmready.twin.execution import Execution
from vmready.twin.names import Folded
from vmready.twin.states import State, merge

_POWERSHELL = re.compile(r'\s*"?(?:[^"\s]*\\)?powershell(?:\.exe)?"?(?:\s|\Z)', re.IGNORECASE)
_READS_INPUT = re.compile(r"\$input\b|-(?:Command|c)\s+-\s*\Z", re.IGNORECASE)
_ENCODED = re.compile(r"-e(?:nc(?:odedcommand)?)?\s+([A-Za-z0-9+/=]+)\s*\Z", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Script:
    """The calls at the end of a script: ``asked`` is each question's id and canonical text."""

    round: int
    nonce: str
    seconds: int
    asked: tuple[tuple[str, str], ...]


class NotACollection(ValueError):
    """A script without the calls: cut off, or another script."""


def parse(script_text: str) -> Script:
    """The calls that end a script. Raises NotACollection where they are not there or not whole, ValueError where they break the grammar."""
    lines = [line for line in script_text.replace("\r\n", "\n").split("\n") if line.strip()]
    if not lines or lines[-1] != "Finish":
        raise NotACollection("the script does not end in Finish")
    first = len(lines) - 2
    while first >= 0 and lines[first].startswith("Ask "):
        first -= 1
    if first < 0 or not lines[first].startswith("Begin "):
        raise NotACollection("the script has no Begin")
    begin = arguments(lines[first][len("Begin ") :])
    if len(begin) != 3 or not all(text.isascii() and text.isdigit() for text in (begin[0], begin[2])):
        raise ValueError("Begin takes a round, a nonce and seconds")
    asked = []
    for line in lines[first + 1 : -1]:
        number, *words = arguments(line[len("Ask ") :])
        asked.append((number, " ".join(map(argument, words))))
    return Script(int(begin[0]), begin[1], int(begin[2]), tuple(asked))


def document(state: State, script_text: str, readings: Readings | None = None) -> str:
    """The framed document that a host in this state gives to the script. Raises ValueError as :func:`parse` does."""
    script = parse(script_text)
    now = state.at(script.round)
    memory = readings or Readings.of(now, script.seconds)
    answers = [
        {"id": number, **answer(state, text, round=script.round, readings=memory), "ms": 1}
        for number, text in script.asked
    ]
    return frame(
        {
            "version": 1,
            "round": script.round,
            "nonce": script.nonce,
            "mode": now.mode,
            "started": times.iso(memory.now),
            "finished": times.iso(memory.now),
            "answers": answers,
        }
    )


def frame(collected: dict[str, Any]) -> str:
    """The document in its frame: printable ASCII, with SHA-256, or Adler-32 where .NET is refused."""
    text = json.dumps(collected, ensure_ascii=True, allow_nan=False, separators=(",", ":")).replace("\x7f", "\\u007f")
    data = text.encode("ascii")
    constrained = collected["mode"] == "ConstrainedLanguage"
    digest = f"adler32:{zlib.adler32(data):08x}" if constrained else f"sha256:{hashlib.sha256(data).hexdigest()}"
    return f"<<<vmready:1:{len(text)}:{digest}:{text}:vmready>>>"


class DeclaredMachine:
    """A host in a declared state, as the wire side wants it. Safe for threads; a collection's second round remembers its first."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._readings: Readings | None = None
        self._native = Folded({_BLANKS.sub(" ", line).strip(): entry for line, entry in state["native"].items()})

    def execute(self, command_line: str, stdin: bytes) -> Execution:
        """What the command leaves behind; ``twin.delay`` seconds pass before."""
        with self._lock:
            found = self._run(command_line, stdin)
        return replace(found, seconds=self._state.delay)

    def restart(self) -> None:
        """A host that has just come up: its boot time is now, and nothing was read yet."""
        with self._lock:
            self._readings = None
            self._state = merge(self._state, {"os": {"bootTime": times.iso(self._state.now())}}, self._state.origin)

    def _run(self, command_line: str, stdin: bytes) -> Execution:
        declared = self._declared(command_line)
        if declared is not None:
            return declared
        if not _POWERSHELL.match(command_line):
            program = command_line.split(maxsplit=1)[0] if command_line.split() else ""
            text = f"'{program}' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n"
            return Execution(stderr=text.encode(), exit_code=1)
        if not _READS_INPUT.search(command_line):
            return Execution(
                stderr=b"This host's state declares no answer to this command line (key native).\r\n", exit_code=1
            )
        return self._collect(stdin)

    def _declared(self, command_line: str) -> Execution | None:
        """The answer that the state's ``native`` has for a command line, for the script in -EncodedCommand too."""
        lines = [command_line]
        if encoded := _ENCODED.search(command_line):
            try:
                lines.append(base64.b64decode(encoded[1], validate=True).decode("utf-16-le"))
            except (binascii.Error, ValueError):
                return Execution(
                    stderr=b"Cannot process the command because the value specified with -EncodedCommand is not valid.\r\n",
                    exit_code=1,
                )
        for line in lines:
            entry = self._native.get(_BLANKS.sub(" ", line).strip())
            if entry is not None:
                return Execution(
                    _console(entry.get("output", "")), _console(entry.get("error", "")), entry.get("exitCode", 0)
                )
        return None

    def _collect(self, stdin: bytes) -> Execution:
        try:
            text = stdin.decode("ascii")
            script = parse(text)
        except NotACollection:
            # What a script that was cut off leaves behind: nothing at all, and success.
            return Execution()
        except ValueError as error:
            return Execution(stderr=f"ParserError: {error}\r\n".encode("utf-8", "replace"), exit_code=1)
        if script.round < 2 or self._readings is None:
            self._readings = Readings.of(self._state, script.seconds)
        else:
            self._readings.now = self._state.now()
        return Execution((document(self._state, text, self._readings) + "\r\n").encode("ascii"))


def _console(text: str) -> bytes:
    """Text as a console program writes it: lines ended by CR LF."""
    if not text:
        return b""
    lines = text.replace("\r\n", "\n")
    return (lines if lines.endswith("\n") else lines + "\n").replace("\n", "\r\n").encode("utf-8", "replace")
