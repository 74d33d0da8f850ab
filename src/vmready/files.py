"""The one module that writes files: reports, ledgers, snapshots.

Files are made with mode 0600 in folders of mode 0700, because what a host answered is nobody else's business. A file is either there
with all of its content, on the disk, or not there; the ledger alone grows line by line, and a line is either there whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600

# Windows would translate line ends without it; elsewhere there is no such flag.
_BINARY: int = getattr(os, "O_BINARY", 0)


class EvidenceError(Exception):
    """Evidence that could not be written or read. ``str()`` is one line that names the path and the reason (exit code 11)."""

    def __init__(self, path: Path, what: str, reason: str) -> None:
        super().__init__(f"{path}: {what}: {reason}")
        self.path = path
        self.what = what
        self.reason = reason


def _failed(path: Path, what: str, error: OSError) -> EvidenceError:
    return EvidenceError(path, what, error.strerror or type(error).__name__)


def make_folder(path: Path, *, new: bool = False) -> None:
    """Make a folder, and those above it that are missing, for the user alone (0700).

    With ``new`` it has to be a new one: an existing folder raises, so that two runs never share one. Raises EvidenceError.
    """
    try:
        for missing in reversed([folder for folder in path.parents if not folder.exists()]):
            missing.mkdir(FOLDER_MODE, exist_ok=True)
        path.mkdir(FOLDER_MODE, exist_ok=not new)
    except OSError as error:
        raise _failed(path, "the folder could not be made", error) from None


def write(path: Path, content: str | bytes, *, mode: int = FILE_MODE) -> None:
    """Write a file as a whole: under another name first, flushed to the disk, then put in place. Text is UTF-8. Raises EvidenceError.

    ``mode`` is for files that are no evidence. Whoever reads ``path`` meanwhile sees the earlier content or the new one, never a part.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, FILE_MODE)
        try:
            _write_all(descriptor, data)
            if mode != FILE_MODE:
                draft.chmod(mode)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise _failed(path, "could not be written", error) from None


def read_bytes(path: Path, most: int) -> bytes:
    """The content of a file of at most ``most`` bytes. Raises EvidenceError: missing, not readable, too large."""
    try:
        with path.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise _failed(path, "could not be read", error) from None
    if len(data) > most:
        raise EvidenceError(path, "could not be read", f"it is larger than {most:,} bytes")
    return data


class Appending:
    """A new file that grows by whole lines. Each is handed to the system at once, so that it survives the death of this process.

    Raises EvidenceError where the file exists already or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._length = 0
        try:
            self._descriptor: int | None = os.open(
                path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | _BINARY, FILE_MODE
            )
        except OSError as error:
            raise _failed(path, "could not be created", error) from None

    def append(self, line: str) -> None:
        """Add one line (without its end). A line that does not fit on the disk is taken back. Raises EvidenceError."""
        if self._descriptor is None:
            raise EvidenceError(self.path, "could not be written", "it is closed")
        data = line.encode("utf-8") + b"\n"
        try:
            _write_all(self._descriptor, data)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._length)
            raise _failed(self.path, "could not be written", error) from None
        self._length += len(data)

    def sync(self) -> None:
        """Wait until all lines are on the disk: they survive a power cut from here on. Raises EvidenceError."""
        if self._descriptor is None:
            return
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise _failed(self.path, "could not be written", error) from None

    def close(self) -> None:
        """Close the file; a second time does nothing. Raises EvidenceError."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            os.close(descriptor)
        except OSError as error:
            raise _failed(self.path, "could not be written", error) from None


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there; the rename is journalled
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
