"""``winrm://user@host``: a host of the command line. A password in it is refused, and nothing that may be one is repeated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

from vmready.declared import Problem, did_you_mean, shown
from vmready.inventory.error import InventoryError, option_error
from vmready.inventory.host import PORTS, bad_address
from vmready.model import CredentialReference, Host, Role, Timeouts, Tls

SCHEME = "winrm://"
CREDENTIAL_IN_URL = (
    "a password must not stand in a URL (it would be seen in the process list and in the shell's history): "
    "write winrm://USER@HOST and --credential env:NAME"
)
_ADDRESS = re.compile(r"[A-Za-z0-9._%:-]+\Z")
_QUERY = ("no_ssl", "no_verify_ssl", "operation_timeout_sec", "auth")
_AUTH: dict[str, Literal["ntlm", "negotiate", "basic"]] = {"ntlm": "ntlm", "negotiate": "negotiate", "basic": "basic"}


def host_from_url(
    url: str,
    *,
    roles: tuple[frozenset[Role] | None, frozenset[Role]] | None = None,
    inputs: Mapping[str, Any] | None = None,
    credential: CredentialReference | None = None,
    tls_fingerprint: str | None = None,
) -> Host:
    """The host of ``winrm://[user@]host[:port][/path][?query]``, named as its address.

    HTTPS on 5986 unless ``?no_ssl=true`` (HTTP, 5985); ``no_verify_ssl=true`` is ``tls: unverified``; ``auth=ntlm|negotiate|basic`` and
    ``operation_timeout_sec`` as the inventory's settings. ``roles`` are declared and excluded ones (``parse_roles``). Raises InventoryError.
    """
    if not url.lower().startswith(SCHEME):
        raise option_error("--hosts", f"not a winrm:// URL: {shown(url)}")
    rest, _, query = url[len(SCHEME) :].partition("?")
    authority, slash, path = rest.partition("/")
    user, _, place = authority.rpartition("@")
    if ":" in user:
        raise option_error("--hosts", CREDENTIAL_IN_URL)
    settings = _query(query)
    scheme: Literal["https", "http"] = "http" if settings.get("no_ssl") else "https"
    address, port = _place(place, scheme)
    auth = _AUTH[str(settings.get("auth", "negotiate"))]
    if auth == "basic" and scheme == "http":
        raise option_error(
            "--hosts", "basic over http would send the password readable: leave no_ssl out, or use negotiate or ntlm"
        )
    if settings.get("no_verify_ssl") and tls_fingerprint:
        raise option_error("--hosts", "no_verify_ssl and --tls-fingerprint exclude each other")
    operation = settings.get("operation_timeout_sec")
    declared, excluded = roles if roles is not None else (None, frozenset[Role]())
    return Host(
        name=re.sub(r"[^A-Za-z0-9._-]", "-", address).strip("-._") or "host",
        address=address,
        port=port,
        path=f"/{path}" if slash and path else "/wsman",
        scheme=scheme,
        auth=auth,
        username=unquote(user),
        credential=credential,
        tls=Tls(verify=not settings.get("no_verify_ssl"), fingerprint=tls_fingerprint),
        timeouts=Timeouts(operation=float(operation)) if isinstance(operation, int) else Timeouts(),
        declared_roles=declared,
        excluded_roles=excluded,
        inputs=dict(inputs or {}),
    )


def _place(place: str, scheme: str) -> tuple[str, int]:
    """Address and port. Nothing of it is repeated in a message: it may be what follows an @ in a password."""
    bracketed = re.match(r"\[([^\]]*)\](?::(.*))?\Z", place)
    address, port = (bracketed.group(1), bracketed.group(2)) if bracketed else (place.partition(":")[0], None)
    if not bracketed and ":" in place:
        port = place.partition(":")[2]
    if not address:
        raise option_error("--hosts", "a winrm:// URL names no host")
    if not _ADDRESS.match(address) or not re.search("[A-Za-z0-9]", address) or bad_address(address):
        raise option_error(
            "--hosts", "the host of a winrm:// URL is neither a DNS name nor an IP address (IPv6 in brackets)"
        )
    if port is None:
        return address, PORTS[scheme]
    if not re.match(r"[0-9]{1,5}\Z", port) or not 1 <= int(port) <= 65535:
        raise option_error(
            "--hosts",
            "the port of a winrm:// URL is not a number from 1 to 65535 (and a password must not stand there: --credential)",
        )
    return address, int(port)


def _query(query: str) -> dict[str, bool | int | str]:
    settings: dict[str, bool | int | str] = {}
    wrong: list[str] = []
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key in {"no_ssl", "no_verify_ssl"}:
            settings[key] = value.lower() == "true"
            if value.lower() not in {"true", "false"}:
                wrong.append(f"{key} is true or false")
        elif key == "operation_timeout_sec":
            if re.match(r"[0-9]{1,5}\Z", value) and int(value):
                settings[key] = int(value)
            else:
                wrong.append(f"{key} is a number of seconds")
        elif key == "auth":
            settings[key] = value
            if value not in _AUTH:
                wrong.append(f'unknown auth "{shown(value)}"{did_you_mean(value, list(_AUTH))}')
        else:
            wrong.append(f'unknown parameter "{shown(key)}" of a winrm:// URL{did_you_mean(key, _QUERY)}')
    if wrong:
        raise InventoryError([Problem(message, "--hosts") for message in wrong])
    return settings
