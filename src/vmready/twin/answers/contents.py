"""tail, xml and descriptor: what files hold, and who may use them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from vmready.twin import times
from vmready.twin.answers.outcome import Absent, Unreadable, bad_argument, denied, not_allowed, unsupported, why
from vmready.twin.answers.paths import asked_path
from vmready.twin.answers.question import Question
from vmready.twin.answers.readings import Readings
from vmready.twin.answers.registry import overwritten
from vmready.twin.files import Stream
from vmready.twin.names import cut, file_path, whole
from vmready.twin.states import State

_TAIL = 1_048_576
_SEARCH = 33_554_432
_LINES = 50
_LINE = 4096
_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"))
_NAMES = {"utf-8": "utf-8", "utf-16-le": "utf-16le", "utf-16-be": "utf-16be"}
_SIGNATURE = re.compile(r"""([sS][iI][gG](?:=|%3[dD]))([^\x00-\x20&"'<>]*)""")
_XML = 8_388_608
_ELEMENT = re.compile(r"[A-Za-z0-9_.:-]+(?:/[A-Za-z0-9_.:-]+)*", re.ASCII)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_DECLARATION = re.compile(r"\A\ufeff?<\?xml\b.*?\?>", re.DOTALL)


def _open(state: State, asked: str, readings: Readings) -> tuple[Stream, Any]:
    """The file, opened as a reader that shares everything. Raises Absent, Unreadable."""
    path = file_path(asked) or asked
    node = state.files.get(path)
    if state.files.refused_above(path):
        raise denied(path)
    if node is None:
        raise Absent
    if node.denied or node.folder:
        raise denied(path)
    entry = readings.file(node)
    readings.opens(node)
    if entry.get("locked"):
        raise Unreadable(
            why(
                "IOException",
                f"The process cannot access the file '{path}' because it is being used by another process.",
                type="System.IO.IOException",
                hresult=-2147024864,
            )
        )
    return Stream.open(entry), entry


def _path(state: State, question: Question) -> str:
    """The path as it was asked, its variables expanded."""
    return str(asked_path(state, question.subject))


def _encoding(head: bytes) -> tuple[str, int]:
    """The encoding that the byte order mark names, and the mark's length; UTF-8 without one."""
    return next(((codec, len(mark)) for mark, codec in _MARKS if head.startswith(mark)), ("utf-8", 0))


def tail(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    size = question.number("bytes", 65_536, 0, _TAIL)
    literals = question.all("lines-with")
    if state.constrained:
        raise unsupported("file streams, in Constrained Language Mode")
    path = _path(state, question)
    stream, entry = _open(state, path, readings)
    codec, mark = _encoding(stream.read(0, 4))
    start = max(mark, stream.length - size)
    if codec != "utf-8" and start % 2:
        start += 1
    start = min(start, stream.length)
    data = stream.read(start, stream.length)
    if start > mark:
        skipped = _broken(data, codec)
        start, data = start + skipped, data[skipped:]
    modified = entry.get("modified")
    found: list[str] = []
    searched, complete = 0, start == mark
    if literals:
        found, searched, complete = _search(stream, codec, mark, literals)
    keys = question.all("blank")
    return {
        "path": path,
        "text": _safe(data.decode(codec, "replace"), keys),
        "encoding": _NAMES[codec],
        "length": stream.length,
        "from": start,
        "inside": start > mark and not _ends_line(stream, codec, start),
        "modified": times.iso(times.UNDECLARED if modified is None else times.moment(modified, readings.now)),
        "lines": [cut(_safe(line, keys), _LINE) for line in found],
        "searched": searched,
        "whole": complete,
    }


def _broken(data: bytes, codec: str) -> int:
    """How many bytes at the start belong to a character whose beginning was cut off."""
    if codec == "utf-8":
        skipped = 0
        while skipped < min(3, len(data)) and data[skipped] & 0xC0 == 0x80:
            skipped += 1
        return skipped
    high = data[1:2] if codec == "utf-16-le" else data[:1]
    return 2 if len(data) >= 2 and 0xDC <= high[0] <= 0xDF else 0


def _ends_line(stream: Stream, codec: str, start: int) -> bool:
    feed = "\n".encode(codec)
    return stream.read(start - len(feed), start) == feed


def _search(stream: Stream, codec: str, mark: int, literals: tuple[str, ...]) -> tuple[list[str], int, bool]:
    """The newest lines that hold a literal (oldest first), how many bytes from the end were searched, whether that was the whole file."""
    start = max(mark, stream.length - _SEARCH)
    if codec != "utf-8" and start % 2:
        start += 1
    # Zeros before the declared content hold no line ends and no literals: they need not be there to be searched.
    # A line whose beginning was not reached does not count.
    begin = max(start, min(stream.lead, stream.length))
    data = stream.read(begin, stream.length)
    ends = [*_line_ends(data, "\n".encode(codec)), len(data)]
    found: list[str] = []
    for at in range(len(ends) - 1, -1, -1):
        if at == 0 and start > mark:
            break
        begins = ends[at - 1] if at else 0
        line = data[begins : ends[at]].decode(codec, "replace").removesuffix("\n").removesuffix("\r")
        if at == 0:
            line = "\0" * min(begin - start, _LINE) + line
        if any(literal in line for literal in literals):
            found.append(line)
            if len(found) == _LINES:
                complete = begin + begins == mark
                return found[::-1], stream.length if complete else len(data) - begins, complete
    return found[::-1], stream.length if start == mark else stream.length - start, start == mark


def _line_ends(data: bytes, feed: bytes) -> Iterator[int]:
    """The offsets behind each line feed that stands on a whole unit."""
    at = data.find(feed)
    while at >= 0:
        if at % len(feed) == 0:
            yield at + len(feed)
        at = data.find(feed, at + 1)


def _safe(text: str, keys: tuple[str, ...]) -> str:
    """The text without signatures and without the string values of these JSON keys."""
    text = overwritten(_SIGNATURE, whole(text))
    for key in keys:
        text = re.sub(rf'("{re.escape(key)}"[ \t\r\n]*:[ \t\r\n]*")((?:[^"\\]|\\[\s\S])*)', r"\1", text)
    return text


def xml(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    if state.constrained:
        raise unsupported("file streams, in Constrained Language Mode")
    if not all(_ELEMENT.fullmatch(element) for element in question.all("element")):
        raise bad_argument("an element is a/b/c")
    stream, _ = _open(state, _path(state, question), readings)
    if stream.length > _XML:
        raise not_allowed("the document is larger than 8 MB")
    data = stream.read(0, stream.length)
    codec, mark = _encoding(data)
    text = data[mark:].decode(codec, "replace")
    counts = _elements(text)
    outside = _COMMENT.sub(" ", text)
    return {
        "length": stream.length,
        "wellFormed": counts is not None,
        "elements": {path: None if counts is None else counts.get(path, 0) for path in question.all("element")},
        "literals": {literal: literal in outside for literal in question.all("literal")},
    }


def _elements(text: str) -> dict[str, int] | None:
    """How often each path of elements stands in the document; None where it is not well-formed."""
    counts: dict[str, int] = {}
    way: list[str] = []

    def begins(name: str, attributes: dict[str, str]) -> None:
        way.append(name)
        path = "/".join(way)
        counts[path] = counts.get(path, 0) + 1

    parser = expat.ParserCreate()
    parser.StartElementHandler = begins
    parser.EndElementHandler = lambda name: way.pop()
    try:
        # The declaration names an encoding that the text has left behind.
        parser.Parse(_DECLARATION.sub("", text), True)
    except (expat.ExpatError, UnicodeEncodeError):
        return None
    return counts


_ACCOUNTS = {
    **{
        "SY": "S-1-5-18",
        "LS": "S-1-5-19",
        "NS": "S-1-5-20",
        "BA": "S-1-5-32-544",
        "BU": "S-1-5-32-545",
        "BG": "S-1-5-32-546",
    },
    **{"BO": "S-1-5-32-551", "RD": "S-1-5-32-555", "WD": "S-1-1-0", "AU": "S-1-5-11", "IU": "S-1-5-4", "NU": "S-1-5-2"},
    **{
        "SU": "S-1-5-6",
        "AN": "S-1-5-7",
        "CO": "S-1-3-0",
        "CG": "S-1-3-1",
        "OW": "S-1-3-4",
        "PS": "S-1-5-10",
        "AC": "S-1-15-2-1",
    },
}
_ENGLISH = {
    "S-1-1-0": "Everyone",
    "S-1-3-0": "CREATOR OWNER",
    "S-1-3-4": "OWNER RIGHTS",
    "S-1-5-2": r"NT AUTHORITY\NETWORK",
    "S-1-5-4": r"NT AUTHORITY\INTERACTIVE",
    "S-1-5-6": r"NT AUTHORITY\SERVICE",
    "S-1-5-7": r"NT AUTHORITY\ANONYMOUS LOGON",
    "S-1-5-11": r"NT AUTHORITY\Authenticated Users",
    "S-1-5-18": r"NT AUTHORITY\SYSTEM",
    "S-1-5-19": r"NT AUTHORITY\LOCAL SERVICE",
    "S-1-5-20": r"NT AUTHORITY\NETWORK SERVICE",
    "S-1-5-32-544": r"BUILTIN\Administrators",
    "S-1-5-32-545": r"BUILTIN\Users",
    "S-1-5-32-546": r"BUILTIN\Guests",
    "S-1-5-32-551": r"BUILTIN\Backup Operators",
    "S-1-5-32-555": r"BUILTIN\Remote Desktop Users",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464": r"NT SERVICE\TrustedInstaller",
}
#: What a file or folder has where the state does not say otherwise.
_DEFAULT_SDDL = "O:SYG:SYD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)"


def descriptor(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    names = question.word("names", "yes")
    if state.constrained:
        raise unsupported("security descriptors, in Constrained Language Mode")
    if state.ps_version < (3,):
        raise unsupported("security descriptors, in Windows PowerShell 2.0")
    path = file_path(_path(state, question)) or ""
    node = state.files.get(path)
    if node is None:
        if state.files.refused_above(path):
            raise denied(path)
        raise Absent
    if node.denied or state.files.refused_above(path):
        raise denied(path)
    sddl: str = state["acls"].get(path, _DEFAULT_SDDL)
    if not names:
        return {"sddl": sddl}
    known = {**_ENGLISH, **dict(state.os.get("accounts", {}))}
    user = state.environment.get("USERNAME") or ""
    return {"sddl": sddl, "user": user, "names": {sid: known[sid] for sid in _sids(sddl) if sid in known}}


def _sids(sddl: str) -> list[str]:
    """The SIDs of owner, group and entries, once each."""
    found = [match[1] for match in re.finditer(r"[OG]:(S-[0-9-]+|[A-Z]{2})", sddl.split("D:", 1)[0])]
    found += [entry.split(";")[5] for entry in re.findall(r"\(([^()]*)\)", sddl) if entry.count(";") >= 5]
    return list(dict.fromkeys(_ACCOUNTS.get(account, account) for account in found))
