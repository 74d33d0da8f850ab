"""VR7xx: what ends, leaves or overflows without a word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vmready.lint.rule import Found, at, rule
from vmready.lint.script import Script, text_of

_LOOPS = {"for_statement", "foreach_statement", "while_statement", "do_statement", "switch_statement"}
#: Functions that may end the process: the frame is out, nothing comes after.
_LAST = {"finish"}


@rule(
    "VR701",
    "break and continue stand in a loop of their own function",
    "Without one they unwind through every caller, and the whole script ends with exit code 0.",
    ("function Read-A {\n  break\n}\n", "if ($a) { continue }\n", "Get-Process | ForEach-Object { break }\n"),
    (
        "foreach ($a in $b) { if ($a) { break } }\n",
        "do {\n  Get-Process | ForEach-Object { break }\n} while ($false)\n",
        "switch ($a) {\n  1 { break }\n}\n",
    ),
)
def stray_jumps(script: Script) -> Iterator[Found]:
    for node in script.of("flow_control_statement"):
        word = text_of(node.children[0]).casefold()
        if word not in {"break", "continue"}:
            continue
        for above in script.ancestors(node):
            if above.type in _LOOPS:
                break
            if above.type == "function_statement":
                yield at(node), f"{word} without a loop around it"
                break
        else:
            yield at(node), f"{word} without a loop around it"


@rule(
    "VR702",
    "only the end of the text ends the process",
    "An exit in a question takes every other answer with it.",
    ("function Read-A {\n  exit 1\n}\n", "if ($a) { exit }\n"),
    ("function Finish {\n  exit 0\n}\n",),
)
def early_exits(script: Script) -> Iterator[Found]:
    for node in script.of("flow_control_statement"):
        function = script.function_of(node)
        if text_of(node.children[0]).casefold() == "exit" and (function is None or function.key not in _LAST):
            yield at(node), "exit"


@rule(
    "VR703",
    "a catch says what it does",
    "An empty one may have been forgotten; $null = $_ says that nothing is to be done.",
    ("try { Get-Process }\ncatch { }\n", "try { Get-Process } catch [System.Exception] {\n}\n"),
    ("try { Get-Process }\ncatch { $null = $_ }\n",),
)
def empty_catches(script: Script) -> Iterator[Found]:
    for node in script.of("catch_clause"):
        block = next(child for child in node.children if child.type == "statement_block")
        if not any(child.type == "statement_list" for child in block.children):
            yield at(node), "empty catch"


@rule(
    "VR704",
    "no hexadecimal number of eight digits that begins with 8 to F",
    "0xFFFFFFFF is -1, and whoever compares it with an unsigned number never meets it.",
    ("$a = 0xFFFFFFFF\n", "if ($a -eq 0x80070020) { 1 }\n"),
    ("$a = 0x7FFFFFFF\n", "$a = 0xFFFFFFFFL\n", "$a = -2147024864\n"),
)
def negative_hex(script: Script) -> Iterator[Found]:
    for node in script.of("hexadecimal_integer_literal"):
        if re.fullmatch(r"(?i)0x0*[89a-f][0-9a-f]{7}", text_of(node)):
            yield at(node), f"{text_of(node)} is a negative number"
