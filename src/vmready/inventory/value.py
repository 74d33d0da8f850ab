"""Values of single options: ``--role``, ``--input``, ``--credential``, ``--tls-fingerprint``. What may be a secret is not repeated."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from vmready.declared import Problem, did_you_mean, nearest, shown
from vmready.declared.yaml12 import core_scalar
from vmready.inventory.error import InventoryError, option_error
from vmready.inventory.host import from_folder
from vmready.inventory.inputs import KNOWN_INPUTS, InputCheck, similar_input
from vmready.model import CredentialReference, Role


def parse_roles(values: Sequence[str]) -> tuple[frozenset[Role] | None, frozenset[Role]]:
    """``--role session-host`` (repeated, or comma separated; ``!ROLE`` excludes): declared (None: to be discovered) and excluded roles."""
    known = {role.value: role for role in Role}
    named = [name.strip().lower() for value in values for name in value.split(",") if name.strip()]
    wrong = [
        Problem(f'unknown role "{shown(n)}"{did_you_mean(n.lstrip("!"), list(known))}', "--role")
        for n in named
        if n.lstrip("!") not in known
    ]
    if wrong:
        raise InventoryError(wrong)
    excluded = frozenset(known[name.lstrip("!")] for name in named if name.startswith("!"))
    declared = frozenset(known[name] for name in named if not name.startswith("!"))
    if both := sorted(declared & excluded):
        raise option_error("--role", f"{both[0]} is named and excluded at once")
    return declared or None, excluded


def parse_inputs(values: Sequence[str], *, known: Mapping[str, InputCheck] = KNOWN_INPUTS) -> dict[str, Any]:
    """``--input cloud=usgov`` (repeated); values as YAML reads them. Raises InventoryError."""
    result: dict[str, Any] = {}
    wrong: list[Problem] = []
    for value in values:
        key, equals, text = value.partition("=")
        key = key.strip()
        if not equals or not re.match(r"[A-Za-z0-9._-]+\Z", key):
            wrong.append(
                Problem("write NAME=VALUE, the name of letters, digits, dots, underscores and hyphens", "--input")
            )
            continue
        try:
            result[key] = scalar = core_scalar(text.strip())
        except ValueError as error:
            wrong.append(Problem(f"{key}: {error}", "--input"))
            continue
        if scalar is None:
            wrong.append(Problem(f"{key}: has no value", "--input"))
        elif key in known and (message := known[key](scalar)) is not None:
            wrong.append(Problem(f"{key}: {message}", "--input"))
        elif (meant := similar_input(key, known)) is not None:
            wrong.append(Problem(f'{key}: not a known input, did you mean "{meant}"?', "--input"))
    if wrong:
        raise InventoryError(wrong)
    return result


def parse_credential(value: str) -> CredentialReference:
    """``env:NAME``, ``file:PATH``, ``keyring:SERVICE/USER`` or ``ask``. Raises InventoryError, which does not repeat the value."""
    kind, _, rest = value.partition(":")
    if value == "ask":
        return CredentialReference("ask")
    if kind == "env" and re.match(r"[A-Za-z_][A-Za-z0-9_]*\Z", rest):
        return CredentialReference("env", rest)
    if kind == "file" and rest:
        return CredentialReference("file", from_folder(rest, pathlib.Path.cwd()))
    service, _, user = rest.rpartition("/")
    if kind == "keyring" and service and user:
        return CredentialReference("keyring", (service, user))
    forms = {"env": "env:NAME", "file": "file:PATH", "keyring": "keyring:SERVICE/USER"}
    meant = forms.get(nearest(kind, forms) or "") if ":" in value else None
    hint = f"; did you mean {meant}?" if meant else ", never the password itself"
    raise option_error("--credential", f"write env:NAME, file:PATH, keyring:SERVICE/USER or ask{hint}")


def parse_fingerprint(value: str) -> str:
    """A certificate's SHA-256 fingerprint as 64 lower-case digits; colons and upper case are taken. Raises InventoryError."""
    digits = re.sub(r"[:\s]", "", value)
    if re.match(r"[0-9A-Fa-f]{64}\Z", digits):
        return digits.lower()
    if re.match(r"[0-9A-Fa-f]{40}\Z", digits):
        message = "this is a SHA-1 thumbprint (40 digits), the SHA-256 fingerprint (64) is needed"
    else:
        message = "expected the certificate's SHA-256 fingerprint: 64 hexadecimal digits, colons between them or not"
    raise option_error("--tls-fingerprint", f"{message}: openssl x509 -noout -fingerprint -sha256")
