"""The Azure guest agent's logs, line by line: three forms of lines, of which any mixture is met.

    [00000007] [05/28/2019 12:58:50.90] [INFO]  WindowsAzureGuestAgent starting. Version 2.7.41491.901
    [00000018] 2021-01-12T16:35:45Z [INFO]  Test extract the plugin zip file
    [ERROR] GetVersions() failed with exception: …, and lines of its stack without any prefix

Times are UTC, the first form writes month before day. A line without a level belongs to the record before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

#: What is kept of one line, and of one record with the lines that belong to it.
LINE_LIMIT, RECORD_LIMIT = 4096, 16384
_RECORD = re.compile(
    r"(?:\[(?P<thread>[0-9A-Fa-f]{1,16})\][ \t]{0,8})?"
    r"(?:\[(?P<american>\d\d/\d\d/\d{4} \d\d:\d\d:\d\d\.\d{1,9})\]|(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z))?"
    r"[ \t]{0,8}\[(?P<level>INFO|WARN|ERROR|HEART|TRACE)\][ \t]{0,8}(?P<text>.*)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Record:
    """An entry of a log. ``time`` is that of the entry before where it has none of its own; None: nothing before had one either."""

    time: datetime | None
    level: str
    text: str


def records(text: str, *, inside: bool = False) -> Iterator[Record]:
    """The entries of a log's text. ``inside``: it starts inside a line, which is left out, and so is what belongs to it.

    NUL bytes and byte order marks fall out: a log in UTF-16 without a mark reads like ASCII with a NUL after each letter.
    """
    return parsed(_lines(text.replace("\0", "").replace("\ufeff", ""), inside=inside))


def parsed(lines: Iterable[str]) -> Iterator[Record]:
    """The entries of lines. Lines before the first entry are left out."""
    current: Record | None = None
    more: list[str] = []
    for line in lines:
        match = _RECORD.match(line[:LINE_LIMIT])
        if match is None:
            more.append(line[:LINE_LIMIT])
            continue
        if current is not None:
            yield _with(current, more)
        time = _time(match) or (current.time if current is not None else None)
        current, more = Record(time, match["level"], match["text"]), []
    if current is not None:
        yield _with(current, more)


def _with(record: Record, more: list[str]) -> Record:
    return replace(record, text="\n".join([record.text, *more])[:RECORD_LIMIT]) if more else record


def _lines(text: str, *, inside: bool) -> Iterator[str]:
    """One line after the other, without a list of all of them."""
    if inside:
        text = text.partition("\n")[2]
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield text[at:end].rstrip("\r")
        at = end + 1


def _time(match: re.Match[str]) -> datetime | None:
    """The line's time; None where it has none, or one that no calendar has."""
    try:
        if match["american"]:
            whole, _, part = match["american"].partition(".")
            found = datetime.strptime(whole, "%m/%d/%Y %H:%M:%S").replace(tzinfo=UTC)
            return found.replace(microsecond=int(f"{part[:6]:0<6}"))
        if match["iso"]:
            return datetime.strptime(match["iso"][:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return None
