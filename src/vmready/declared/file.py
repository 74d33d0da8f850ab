"""From a path to a declaration: everything that can be wrong with a file before its first key."""

from __future__ import annotations

import codecs
import pathlib

from vmready.declared.declaration import Declaration, parse
from vmready.declared.problem import DeclarationError, Problem, nearest, shown

#: No declaration is larger; a disk image given by mistake is not read into memory.
LARGEST = 64 * 1024 * 1024
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),  # what ``>`` of Windows PowerShell writes
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read(path: pathlib.Path) -> Declaration:
    """Read a YAML file (JSON where its name ends in ``.json``).

    Raises DeclarationError with one problem where there is no text to read: missing, a directory, unreadable, binary, empty.
    """
    text = text_of(content(path), str(path))
    declaration = parse(text, str(path), syntax="json" if path.suffix.lower() == ".json" else "yaml")
    if declaration.usable and declaration.value is None:
        raise _error(path, "is empty")
    return declaration


def content(path: pathlib.Path) -> bytes:
    """The bytes of a regular file. Raises DeclarationError."""
    try:
        if path.is_dir():
            raise _error(path, "is a directory, not a file")
        if not path.exists():
            raise _error(path, missing(path))
        if not path.is_file():
            raise _error(path, "is not a regular file")
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        raise _error(path, f"cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # a NUL in the name
        raise _error(path, f"is not a file name: {error}") from None
    if len(data) > LARGEST:
        raise _error(path, f"is larger than {LARGEST // 1024 // 1024} MB")
    return data


def missing(path: pathlib.Path) -> str:
    """What to say of a file that is not there: the nearest one in its folder, or that there is no such folder."""
    folder = path.parent
    if not folder.is_dir():
        return f"does not exist: there is no folder {shown(str(folder), 200)}"
    near = nearest(path.name, sorted(entry.name for entry in folder.iterdir() if entry.is_file()))
    return "does not exist" + (f", did you mean {shown(str(folder / near), 200)}?" if near else "")


def text_of(data: bytes, file: str) -> str:
    """Decode UTF-8, or UTF-16 with a byte order mark. Raises DeclarationError with the line of what is not text."""
    mark, encoding = next((found for found in _BYTE_ORDER_MARKS if data.startswith(found[0])), (b"", "utf-8"))
    data = data[len(mark) :]
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\0" in data[:8192]:
            raise DeclarationError([Problem("is a binary file, not text", file)]) from None
        line = data.count(b"\n", 0, error.start) + 1
        raise DeclarationError([Problem(f"is not UTF-8 text (byte 0x{data[error.start]:02X})", file, line)]) from None


def _error(path: pathlib.Path, message: str) -> DeclarationError:
    return DeclarationError([Problem(message, str(path))])
