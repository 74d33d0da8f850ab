"""VR0xx: text that every way of sending it, every code page and the parser of this lint read alike."""

from __future__ import annotations

from collections.abc import Iterator

from vmready.lint import allowed
from vmready.lint.rule import Found, at, rule
from vmready.lint.script import Script, text_of

LONGEST_LINE = 160


@rule(
    "VR001",
    "the text parses",
    "A host that cannot parse the text runs nothing of it, and one way of sending it then ends with exit code 0.",
    ("function Read-Path {", "$a = $b ? 1 : 2", "$a = $b ?? 1", "$a?.Name", "Get-Item |\n", "Get-Item &"),
    ("function Read-Path {\n  1\n}\n",),
)
def parses(script: Script) -> Iterator[Found]:
    for nodes in script.nodes.values():
        for node in nodes:
            if node.is_missing:
                yield at(node), f"does not parse: {node.type} is missing"
            elif node.is_error:
                yield at(node), f"does not parse near {text_of(node)[:40]!r}"


@rule(
    "VR002",
    "ASCII only",
    "Code pages differ between hosts, and PowerShell takes typographic quotes and dashes for quotes and dashes.",
    ("$a = 'caf\u00e9'\n", "$a = \u2018x\u2019\n", "$a = 1\x00\n"),
    ("$a = 'x'\n",),
)
def ascii_only(script: Script) -> Iterator[Found]:
    for number, line in enumerate(script.lines, 1):
        for column, character in enumerate(line, 1):
            if not (" " <= character <= "~" or character in "\t\r"):
                yield (number, column), f"character U+{ord(character):04X} is not printable ASCII"


@rule(
    "VR003",
    f"no line is longer than {LONGEST_LINE} characters, but for the seams, which are one line each",
    "An auditor reads this text.",
    ("$a = '" + "x" * LONGEST_LINE + "'\n",),
    ("$a = '" + "x" * (LONGEST_LINE - 7) + "'\n", allowed.SEAMS["Open-SharedFile"] + "\n"),
)
def line_length(script: Script) -> Iterator[Found]:
    for number, line in enumerate(script.lines, 1):
        if len(line) > LONGEST_LINE and line not in allowed.SEAMS.values():
            yield (number, LONGEST_LINE + 1), f"line of {len(line)} characters"


@rule(
    "VR004",
    "lines end with LF, without tabs or trailing blanks; so does the last one",
    "The digest of the text stands in every snapshot: it has one spelling.",
    ("$a = 1\r\n", "\t$a = 1\n", "$a = 1 \n", "$a = 1"),
    ("$a = 1\n",),
)
def line_ends(script: Script) -> Iterator[Found]:
    for number, line in enumerate(script.lines, 1):
        if "\r" in line:
            yield (number, line.index("\r") + 1), "carriage return"
        elif "\t" in line:
            yield (number, line.index("\t") + 1), "tab"
        elif line.endswith(" "):
            yield (number, len(line)), "blank at the end of the line"
    if script.lines[-1]:
        yield (len(script.lines), len(script.lines[-1]) + 1), "no line end at the end of the text"


@rule(
    "VR005",
    "empty lines stand between top-level statements only",
    "Read from standard input as a command, the text is cut at empty lines: each one inside a block makes the host parse all it has so far, "
    "one before else ends the if, and one inside a string is lost.",
    (
        "function Read-Path {\n  1\n\n  2\n}\n",
        "if ($a) {\n  1\n}\n\nelse {\n  2\n}\n",
        "$a = @(\n  1,\n\n  2)\n",
        "$a = 'x\n\ny'\n",
    ),
    ("# one\n\nfunction Read-Path {\n  1\n}\n\nRead-Path\n",),
)
def empty_lines(script: Script) -> Iterator[Found]:
    inside: set[int] = set()
    tops = [child for child in script.root.children if child.type != "statement_list"]
    tops += [child for node in script.root.children if node.type == "statement_list" for child in node.children]
    for node in tops:
        inside.update(range(node.start_point[0], node.end_point[0] + 1))
    for number, line in enumerate(script.lines, 1):
        if not line.strip() and number - 1 in inside and number < len(script.lines):
            yield (number, 1), "empty line inside a statement"


@rule(
    "VR006",
    "no here-strings",
    "Their text ends at a line end and a quote in the first column: line ends and empty lines that are changed on the way change the data.",
    ("$a = @'\nx\n'@\n", '$a = @"\nx\n"@\n'),
    ("$a = 'x'\n",),
)
def here_strings(script: Script) -> Iterator[Found]:
    for node in script.of("verbatim_here_string_characters", "expandable_here_string_literal"):
        yield at(node), "here-string"


@rule(
    "VR007",
    "no backticks outside of strings",
    "A backtick continues a line only while nothing stands behind it, not even a blank that cannot be seen.",
    ("Get-Item `\n  -LiteralPath 'x'\n", "Get-Item a` b\n"),
    ('$a = "`n"\n', "# a `word`\nGet-Item -LiteralPath 'x'\n"),
)
def backticks(script: Script) -> Iterator[Found]:
    kept: list[tuple[int, int]] = [
        (node.start_byte, node.end_byte)
        for node in script.of("comment", "string_literal", "verbatim_string_characters", "expandable_string_literal")
    ]
    for number, line in enumerate(script.data.split(b"\n")):
        start = sum(len(before) + 1 for before in script.data.split(b"\n")[:number]) if b"`" in line else 0
        for column, byte in enumerate(line):
            if byte == ord("`") and not any(begin <= start + column < end for begin, end in kept):
                yield (number + 1, column + 1), "backtick outside of a string"
