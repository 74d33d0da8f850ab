"""What an inventory's author probably meant: better words than the schema's, and secrets that must not stand in a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vmready.declared import Declaration, Path, Problem

REFERENCES = "{env: NAME}, {file: PATH}, {command: [PROGRAM, …]}, {keyring: {service: …, username: …}} or ask"
#: Settings below which values are never quoted in a message.
HIDDEN = ("credential",)

_SECRET_KEY = re.compile(
    r"(?:password|passwd|passphrase|secret|token"
    r"|(?:^|[_.-])(?:pass|pwd|sas|psk)"
    r"|(?:private|api|access|workspace|shared|account|primary|secondary)[_-]?key)s?\Z",
    re.IGNORECASE,
)
_MEANT = {
    "account": "username",
    "ansible_host": "address",
    "ansible_port": "port",
    "ansible_user": "username",
    "ansible_winrm_path": "path",
    "ansible_winrm_scheme": "scheme",
    "ansible_winrm_transport": "auth",
    "ansible_connection": "transport",
    "authentication": "auth",
    "connection": "transport",
    "credentials": "credential",
    "fqdn": "address",
    "host": "address",
    "hostname": "address",
    "ip": "address",
    "role": "roles",
    "tag": "tags",
    "timeout": "timeouts",
    "user": "username",
    "variables": "inputs",
}
_INSTEAD = {
    "vars": "settings stand directly here, and what requirements ask for under inputs",
    "groups": "a host is listed by its groups (groups: NAME: hosts: [...])",
    "group": "a host is listed by its groups (groups: NAME: hosts: [...])",
    "ansible_winrm_server_cert_validation": "write tls: unverified to trust anybody, or tls: {fingerprint: …}",
    "verify": "write tls: unverified to trust anybody",
    "no_verify_ssl": "write tls: unverified to trust anybody",
    "no_ssl": "write scheme: http",
}
_LATER = {"auth": ("kerberos", "certificate", "credssp"), "transport": ("psrp", "ssh")}
_SHA1 = re.compile(r"(?:[0-9A-Fa-f]{2}[: ]?){19}[0-9A-Fa-f]{2}\Z")


def explain(path: Path, rule: str, value: Any) -> str | None:
    """What to say instead of the schema's words; None: those will do."""
    key = path[-1] if path else ""
    if rule == "additionalProperties":
        return _unknown_key(path, str(key))
    if rule == "required" and not path:
        return "no hosts: each stands by its name under hosts"
    if rule == "minProperties" and path == ("hosts",):
        return "no hosts: each stands by its name here"
    if key == "credential" and isinstance(value, str):
        return f"a password must not stand in an inventory: write {REFERENCES}"
    if rule == "enum" and isinstance(value, str) and value.lower() in _LATER.get(str(key), ()):
        return f"{value.lower()} is not supported yet: use {'negotiate, ntlm or basic' if key == 'auth' else 'winrm'}"
    if key == "fingerprint" and isinstance(value, str) and _SHA1.match(value):
        return (
            "this is a SHA-1 thumbprint (40 digits), the SHA-256 fingerprint (64) is needed: "
            "openssl x509 -noout -fingerprint -sha256"
        )
    return None


def _unknown_key(path: Path, key: str) -> str | None:
    if len(path) == 1 and key in {"all", "_meta", "ungrouped"}:
        return "unknown key: this is Ansible's layout; here defaults, groups and hosts stand at the top"
    if len(path) == 1 and key == "vars":
        return 'unknown key, did you mean "defaults"?'
    if "credential" in path or "tls" in path[:-1]:
        return "unknown key: write tls: unverified" if key in {"verify", "unverified", "insecure"} else None
    if key in _INSTEAD:
        return f"unknown key: {_INSTEAD[key]}"
    if key in _MEANT:
        return f'unknown key, did you mean "{_MEANT[key]}"?'
    return None


def literal_secrets(declaration: Declaration) -> Iterator[Problem]:
    """A problem for every key whose name says that its value is a secret, wherever it stands."""
    pending: list[tuple[Path, Any]] = [((), declaration.value)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, list):
            pending += [((*path, index), item) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            continue
        names = path in {("hosts",), ("groups",)}
        for key, item in value.items():
            here = (*path, key)
            if not names and _SECRET_KEY.search(key):
                in_reports = any(part in {"inputs", "tags"} for part in path)
                yield declaration.problem(
                    here,
                    "a secret must not stand in an inventory, and inputs and tags are written into reports: leave it out"
                    if in_reports
                    else f"a password must not stand in an inventory: write credential: {REFERENCES}",
                )
            else:
                pending.append((here, item))
