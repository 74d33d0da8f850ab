"""Secrets that tests plant, every form in which they could get out, and the search for them. What is searched is counted."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from spnego._ntlm_raw.crypto import ntowfv1


def canary(kind: str) -> str:
    """A secret that nothing else can be: long enough that no form of it turns up by chance."""
    return f"{kind}-{secrets.token_hex(9)}!Zq/+{secrets.token_hex(9)}"


def forms(secret: str) -> dict[str, bytes]:
    """Name of a form -> the bytes to look for, in lower case: text in three encodings, hex, base64 at each offset, percent, NT hash."""
    texts = {"utf-8": secret.encode(), "utf-16-le": secret.encode("utf-16-le"), "utf-16-be": secret.encode("utf-16-be")}
    digest = ntowfv1(secret)
    found: dict[str, bytes] = {**texts, "percent": quote(secret, safe="").encode(), "reversed": secret[::-1].encode()}
    for name, data in {**texts, "NT hash": digest}.items():
        found[f"{name} as hex"] = data.hex().encode()
        for offset in range(3):
            for alphabet, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
                text = encode(b"\0" * offset + data)
                # What the bytes beside it take part in is left out.
                first = 0 if offset == 0 else 4
                found[f"{name} as {alphabet} at {offset}"] = text[first : len(text) // 4 * 4 - 4]
    found["NT hash"] = digest
    return {name: data.lower() if data.isascii() else data for name, data in found.items() if len(data) >= 12}


class Search:
    """Looks for canaries and counts the bytes that were looked through."""

    def __init__(self, canaries: dict[str, str]) -> None:
        self._wanted = [(name, form, data) for name, secret in canaries.items() for form, data in forms(secret).items()]
        self.searched = 0

    def found(self, where: str, data: bytes) -> Iterator[str]:
        """What was found, as ``where: canary as form``."""
        self.searched += len(data)
        lower = data.lower()
        for name, form, wanted in self._wanted:
            if wanted in lower or wanted in data:
                yield f"{where}: {name} as {form}"

    def in_files(self, folder: Path, without: Iterable[Path]) -> Iterator[str]:
        """What is found in all files below a folder and in their names, except in the sources of the secrets."""
        left_out = {path.resolve() for path in without}
        for path in sorted(folder.rglob("*")):
            if any(path.resolve() == out or out in path.resolve().parents for out in left_out):
                continue
            yield from self.found(f"name of {path}", str(path.name).encode("utf-8", "surrogateescape"))
            if path.is_file() and not path.is_symlink():
                yield from self.found(str(path.relative_to(folder)), path.read_bytes())
