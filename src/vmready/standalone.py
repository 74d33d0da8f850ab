"""The collector as one script for machines that WinRM does not reach, and reading back what it wrote.

The script is the collector's own text with its calls.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from vmready.collect.snapshot import SIZE_LIMIT, Snapshot, SnapshotError, parse


def read_snapshot_file(path: Path) -> tuple[Snapshot, str]:
    """A snapshot file, or the output of a standalone collector; with the SHA-256 of its bytes."""
    size = path.stat().st_size
    if size > SIZE_LIMIT:
        raise SnapshotError(f"{size} bytes; more than {SIZE_LIMIT} are not read")
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise SnapshotError("not UTF-8 text") from None
    return parse(text), digest
