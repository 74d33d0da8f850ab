"""The collector's text: package data, the same for every host of a release; its digest stands in every snapshot."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from vmready.probes.lines import calls


@cache
def collector_text() -> str:
    """``collector.ps1`` as it is sent: ASCII, lines ended by LF (a checkout may have made them CRLF). FileNotFoundError without it."""
    text = (files("vmready.probes") / "collector.ps1").read_bytes().decode("ascii")
    text = text.replace("\r\n", "\n")
    return text if text.endswith("\n") else text + "\n"


@cache
def collector_digest() -> str:
    """SHA-256 of :func:`collector_text`, 64 hex digits."""
    return hashlib.sha256(collector_text().encode("ascii")).hexdigest()


def script(round_number: int, nonce: str, seconds: int, probe_texts: Sequence[str]) -> bytes:
    """What is sent over stdin: the collector, then its calls. ASCII."""
    return (collector_text() + calls(round_number, nonce, seconds, probe_texts)).encode("ascii")
