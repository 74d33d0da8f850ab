r"""The VSS writers as ``vssadmin list writers`` prints them, in any language: only layout, GUIDs and state numbers are read.

Writer name: 'System Writer'
   Writer Id: {e8132975-6f93-4464-a53e-1050253ae220}
   Writer Instance Id: {…}
   State: [1] Stable
   Last error: No error
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_GUID = re.compile(r"\{([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}")
_NUMBER = re.compile(r"\[([0-9]{1,3})\]", re.ASCII)
_NAME = re.compile(r"'([^'\r\n]{1,200})'|\"([^\"\r\n]{1,200})\"|«([^»\r\n]{1,200})»|“([^”\r\n]{1,200})”")
_LINE_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Writer:
    """A writer. ``state`` is VSS_WRITER_STATE (1 stable, 2 to 5 waiting, 6 and more failed); None: no number stands there.

    ``error``: the text of its last error, in the language of Windows.
    """

    id: str
    name: str
    state: int | None
    error: str

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.name else self.id


def parse(text: str) -> tuple[Writer, ...]:
    """The writers in a listing, in its order; none where there are none."""
    return tuple(writer for block in _blocks(text) if (writer := _writer(block)) is not None)


def _blocks(text: str) -> Iterator[list[str]]:
    """Paragraphs; a line with a quoted name and no GUID begins a new one even without an empty line before it."""
    block: list[str] = []
    for raw in text.splitlines():
        line = raw.strip()[:_LINE_LIMIT]
        starts = raw[:1] not in (" ", "\t") and _NAME.search(line) is not None
        if block and (not line or starts):
            yield block
            block = []
        if line:
            block.append(line)
    if block:
        yield block


def _writer(block: list[str]) -> Writer | None:
    guids = [match[1].lower() for line in block if (match := _GUID.search(line))]
    if not guids:
        return None
    name = next((next(filter(None, match.groups())) for line in block if (match := _NAME.search(line))), "")
    # Names hold numbers in brackets, too: the state stands below the GUIDs.
    below = max(n for n, line in enumerate(block) if _GUID.search(line))
    rest = iter(block[below + 1 :])
    number = next((match for line in rest if (match := _NUMBER.search(line))), None)
    if number is None:
        return Writer(guids[0], name, None, "")
    return Writer(guids[0], name, int(number[1]), next(rest, "").rpartition(":")[2].strip())
