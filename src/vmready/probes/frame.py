"""The frame in which the collector's document comes back, read strictly.

    <<<vmready:1:<length>:<algorithm>:<digest>:<json>:vmready>>>

``length`` counts the ASCII characters of ``json``; ``algorithm`` is ``sha256`` or ``adler32``. The frame is the only proof that the
collector ran to its end; text before and after it (banners, warnings, a byte order mark) is noise. What is inside comes from a machine
that nobody vouches for: it is bounded in size, depth and numbers, and JSON is taken at its word (no NaN, no key twice).
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from sys import intern
from typing import Any, NoReturn

VERSION = 1
START = b"<<<vmready:"
END = b":vmready>>>"
#: The longest document, in bytes.
MAX_LENGTH = 64 * 1024 * 1024
#: The deepest nesting of lists and objects.
MAX_DEPTH = 64
#: Digits of an integer: what 64 bits need, with a sign. A number written with thousands of digits takes quadratic time to read.
MAX_DIGITS = 20
#: Characters of a number with a fraction or an exponent.
MAX_NUMBER = 40

_HEADER = re.compile(rb"<<<vmready:([0-9]{1,4}):([0-9]{1,12}):(sha256|adler32):([0-9a-f]{8}(?:[0-9a-f]{56})?):")
#: A header of which only the beginning came.
_HEADER_START = re.compile(
    rb"<<<vmready:(?:[0-9]{0,4}|[0-9]{1,4}:[0-9]{0,12}|[0-9]{1,4}:[0-9]{1,12}:[a-z0-9]{0,7}(?::[0-9a-f]{0,64})?)\Z"
)
_NESTING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]')


class FrameFault(StrEnum):
    """What is wrong with a frame."""

    MISSING = "missing"
    TRUNCATED = "truncated"
    DOUBLED = "doubled"
    DAMAGED = "damaged"
    VERSION = "version"
    NONCE = "nonce"
    ROUND = "round"
    NOT_ASCII = "not-ascii"
    NOT_JSON = "not-json"
    TOO_DEEP = "too-deep"
    TOO_LARGE = "too-large"


class FrameError(Exception):
    """The output holds no document that can be trusted; ``code`` says why, the message says it in words."""

    def __init__(self, code: FrameFault, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_frame(stdout: bytes, *, nonce: str, round_number: int) -> dict[str, Any]:
    """The document in ``stdout``, which must answer the question that carried ``nonce`` and ``round_number``.

    Line ends inside a frame are dropped (Windows PowerShell may wrap what it writes; the JSON itself holds none).
    Raises :class:`FrameError`.
    """
    document = read_json(_payload(stdout))
    if not isinstance(document, dict):
        raise FrameError(FrameFault.NOT_JSON, "the collector's document is no object")
    if document.get("version") != VERSION or isinstance(document.get("version"), bool):
        raise FrameError(FrameFault.VERSION, "the collector's document is of another version")
    if document.get("nonce") != nonce:
        raise FrameError(
            FrameFault.NONCE, "the collector's document answers another question than the one that was asked"
        )
    if document.get("round") != round_number or isinstance(document.get("round"), bool):
        raise FrameError(
            FrameFault.ROUND, "the collector's document is of another round than the one that was asked for"
        )
    return document


def answers_by_text(document: Mapping[str, Any], texts: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Each answer of a document under the text of the question that it names.

    An answer to no question, or two to one, spoil the document: :class:`FrameError`.
    """
    found: dict[str, Mapping[str, Any]] = {}
    answers = document.get("answers")
    if not isinstance(answers, list):
        raise FrameError(FrameFault.DAMAGED, "it has no list of answers")
    for answer in answers:
        number = answer.get("id") if isinstance(answer, dict) else None
        if not isinstance(number, str) or not re.fullmatch(r"[0-9]{1,6}", number) or int(number) >= len(texts):
            raise FrameError(FrameFault.DAMAGED, "it answers what was not asked")
        text = texts[int(number)]
        if text in found:
            raise FrameError(FrameFault.DAMAGED, "it answers one question twice")
        found[text] = answer
    return found


def _payload(stdout: bytes) -> str:
    """The JSON text of the one frame, its length and digest checked."""
    text = stdout.translate(None, b"\r\n")
    found: list[bytes] = []
    faults: list[FrameError] = []
    at = text.find(START)
    while at >= 0:
        header = _HEADER.match(text, at)
        if header is None:
            # Other text may well name the marker (a log of this very script, say): only a real header opens a frame.
            if _HEADER_START.match(text, at):
                faults.append(FrameError(FrameFault.TRUNCATED, "the collector's output ends inside the frame's header"))
            at = text.find(START, at + 1)
            continue
        body, fault = _body(text, header)
        if fault is None:
            found.append(body)
            at = text.find(START, header.end() + len(body) + len(END))
        else:
            faults.append(fault)
            at = text.find(START, header.end())
    if len(found) + len(faults) > 1 and found:
        raise FrameError(FrameFault.DOUBLED, "the collector's output holds more than one frame")
    if faults:
        raise faults[0]
    if not found:
        raise FrameError(FrameFault.MISSING, "the collector's output holds no frame")
    return found[0].decode("ascii")


def _body(text: bytes, header: re.Match[bytes]) -> tuple[bytes, FrameError | None]:
    version, length, algorithm, digest = int(header[1]), int(header[2]), header[3], header[4].decode("ascii")
    if version != VERSION:
        return b"", FrameError(FrameFault.VERSION, f"the frame is of version {version}, wanted is {VERSION}")
    if length > MAX_LENGTH:
        return b"", FrameError(
            FrameFault.TOO_LARGE, f"the frame announces {length} bytes, at most {MAX_LENGTH} are read"
        )
    body = text[header.end() : header.end() + length]
    closing = text[header.end() + length : header.end() + length + len(END)]
    if len(body) < length or (closing != END and END.startswith(closing)):
        return b"", FrameError(
            FrameFault.TRUNCATED, f"the collector's output ends inside the frame ({len(body)} of {length} bytes came)"
        )
    if closing != END:
        return b"", FrameError(FrameFault.DAMAGED, "the frame does not end where its length says")
    if not body.isascii():
        return b"", FrameError(FrameFault.NOT_ASCII, "the frame holds bytes that are not ASCII")
    actual = hashlib.sha256(body).hexdigest() if algorithm == b"sha256" else f"{zlib.adler32(body):08x}"
    if actual != digest:
        return b"", FrameError(FrameFault.DAMAGED, f"the frame's {algorithm.decode()} digest does not fit its content")
    return body, None


def read_json(text: str) -> Any:
    """JSON of RFC 8259, bounded: no NaN or infinity, no key twice, integers of 64 bits, at most 64 levels. Raises :class:`FrameError`."""
    _check_depth(text)
    failure: FrameError
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        failure = FrameError(
            FrameFault.NOT_JSON, f"the collector's document is not JSON: {error.msg} at character {error.pos}"
        )
    except RecursionError:
        failure = FrameError(FrameFault.TOO_DEEP, "the collector's document is nested too deeply")
    raise failure


def _check_depth(text: str) -> None:
    depth = 0
    for match in _NESTING.finditer(text):
        first = text[match.start()]
        if first in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise FrameError(
                    FrameFault.TOO_DEEP, f"the collector's document is nested deeper than {MAX_DEPTH} levels"
                )
        elif first in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Hosts of a fleet say much the same: each text is kept once, as in snapshots that are read back.
    members = {intern(name): intern(value) if type(value) is str else value for name, value in pairs}
    if len(members) != len(pairs):
        raise FrameError(FrameFault.NOT_JSON, "the collector's document has a key twice in one object")
    return members


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise FrameError(FrameFault.TOO_LARGE, f"the collector's document holds a number of {len(digits)} digits")
    return int(digits)


def _number(digits: str) -> float:
    if len(digits) > MAX_NUMBER:
        raise FrameError(FrameFault.TOO_LARGE, f"the collector's document holds a number of {len(digits)} characters")
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise FrameError(FrameFault.TOO_LARGE, "the collector's document holds a number beyond what a double can hold")
    return value


def _constant(name: str) -> NoReturn:
    raise FrameError(FrameFault.NOT_JSON, f"the collector's document holds {name}, which is not JSON")
