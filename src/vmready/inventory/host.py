"""One host from its levels: defaults, its groups from the most general to the most specific, its own settings."""

from __future__ import annotations

import ipaddress
import os
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vmready.declared import Path
from vmready.model import CredentialReference, Host, Role, Timeouts, Tls

PORTS = {"https": 5986, "http": 5985}


@dataclass(frozen=True, slots=True)
class Level:
    """Settings that stand together, and where: ``("defaults",)``, ``("groups", NAME)`` or ``("hosts", NAME)``."""

    path: Path
    settings: Mapping[str, Any]


class Settings:
    """What holds for one host, and where each setting comes from."""

    def __init__(self, levels: Sequence[Level]) -> None:
        self.levels = levels

    def get(self, key: str, default: Any = None) -> Any:
        """The value of the most specific level that has ``key``."""
        return next((level.settings[key] for level in reversed(self.levels) if key in level.settings), default)

    def place(self, key: str) -> Path:
        """Where ``get`` found it; the host itself if nowhere."""
        found = [level.path for level in self.levels if key in level.settings]
        return (*found[-1], key) if found else self.levels[-1].path

    def later(self, *keys: str) -> Path:
        """Of the places of ``keys`` the most specific one: the setting that made a combination wrong."""
        order = {level.path: index for index, level in enumerate(self.levels)}
        return max((self.place(key) for key in keys), key=lambda path: order.get(path[:-1], -1))

    def each(self, key: str) -> Iterator[tuple[Path, Any]]:
        """All levels that have ``key``, the most general first."""
        for level in self.levels:
            if key in level.settings:
                yield (*level.path, key), level.settings[key]

    def merged(self, key: str) -> dict[str, Any]:
        """A mapping put together key by key."""
        result: dict[str, Any] = {}
        for _, value in self.each(key):
            result.update(value or {})
        return result


def host(name: str, settings: Settings, groups: tuple[str, ...], folder: pathlib.Path) -> Host:
    """The host that ``settings`` (valid by the schema) describe. Relative paths start at ``folder``."""
    scheme = settings.get("scheme", "https")
    roles = settings.get("roles")
    declared, excluded = roles_of(roles) if roles is not None else (None, frozenset())
    state = settings.get("state")
    return Host(
        name=name,
        address=settings.get("address", name),
        port=settings.get("port", PORTS[scheme]),
        path=settings.get("path", "/wsman"),
        scheme=scheme,
        transport=settings.get("transport", "winrm"),
        auth=settings.get("auth", "negotiate"),
        username=settings.get("username", ""),
        credential=_credential(settings.get("credential"), folder),
        tls=tls(settings, folder),
        timeouts=Timeouts(**{key: float(value) for key, value in settings.merged("timeouts").items()}),
        declared_roles=declared,
        excluded_roles=excluded,
        inputs=settings.merged("inputs"),
        resource_id=settings.get("resource_id"),
        tags={key: text(value) for key, value in settings.merged("tags").items()},
        groups=groups,
        state=from_folder(state, folder) if state is not None else None,
        allow_undetermined=settings.merged("allow_undetermined"),
    )


def roles_of(names: Sequence[Any]) -> tuple[frozenset[Role] | None, frozenset[Role]]:
    """Declared and excluded roles. A list of exclusions alone declares none (None), so that the others are still discovered."""
    named = [name for name in names if isinstance(name, str)]
    excluded = frozenset(Role(name[1:]) for name in named if name.startswith("!"))
    declared = frozenset(Role(name) for name in named if not name.startswith("!"))
    return (None if excluded and not declared else declared), excluded


def tls(settings: Settings, folder: pathlib.Path) -> Tls:
    """The most specific way to trust the server, and the most specific name of it."""
    trust, server_name = Tls(), None
    for _, value in settings.each("tls"):
        if value == "unverified":
            trust = Tls(verify=False)
        elif value == "verified":
            trust = Tls()
        else:
            server_name = value.get("server_name", server_name)
            if "ca_file" in value:
                trust = Tls(ca_file=from_folder(value["ca_file"], folder))
            elif "fingerprint" in value:
                trust = Tls(fingerprint=value["fingerprint"].replace(":", "").lower())
    return Tls(trust.verify, trust.ca_file, trust.fingerprint, server_name)


def _credential(value: Any, folder: pathlib.Path) -> CredentialReference | None:
    match value:
        case "ask":
            return CredentialReference("ask")
        case {"env": str(name)}:
            return CredentialReference("env", name)
        case {"file": str(path)}:
            return CredentialReference("file", from_folder(path, folder))
        case {"command": [str(program), *arguments]}:
            # As a shell would: a name alone is looked up on the PATH, a path is one.
            has_folder = any(separator in program for separator in (os.sep, os.altsep) if separator)
            first = from_folder(program, folder) if has_folder else program
            return CredentialReference("command", (first, *(str(argument) for argument in arguments)))
        case {"keyring": {"service": str(service), "username": str(username)}}:
            return CredentialReference("keyring", (service, username))
    return None


def from_folder(path: str, folder: pathlib.Path) -> str:
    """An absolute path; a relative one starts at ``folder``, ``~`` is the user's home."""
    return os.path.abspath(folder / os.path.expanduser(path))  # noqa: PTH100, PTH111 - expanduser without its RuntimeError; links are kept


def text(value: Any) -> str:
    """A scalar as YAML writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def contradictions(settings: Settings) -> Iterator[tuple[Path, str]]:
    """What no single setting shows: the place and what is wrong."""
    if settings.get("auth") == "basic" and settings.get("scheme") == "http":
        yield (
            settings.later("auth", "scheme"),
            "basic over http would send the password readable: use https, or auth negotiate or ntlm",
        )
    address = settings.get("address")
    if isinstance(address, str) and (wrong := bad_address(address)):
        yield settings.place("address"), wrong
    roles = settings.get("roles")
    if roles is not None:
        declared, excluded = roles_of(roles)
        for role in sorted((declared or frozenset()) & excluded):
            yield settings.place("roles"), f"{role} is named and excluded (!{role}) at once"


def bad_address(address: str) -> str | None:
    """What is wrong with a DNS name or IP address; None if nothing is."""
    if ":" not in address:
        return None
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return "expected a DNS name or an IP address without a port (which stands under port)"
    return None
