"""The options that say which hosts: ``--hosts`` and, for hosts without a file, ``--role``, ``--input``, ``--credential``,
``--tls-fingerprint``. A secret is never taken from them, and never repeated in a message.
"""

from __future__ import annotations

import os
import pathlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from vmready.declared import Problem, did_you_mean, shown
from vmready.inventory.error import InventoryError, option_error
from vmready.inventory.inputs import KNOWN_INPUTS, InputCheck
from vmready.inventory.limit import limit as limited
from vmready.inventory.load import Inventory, load
from vmready.inventory.source import TIME_LIMIT
from vmready.inventory.url import CREDENTIAL_IN_URL, SCHEME, host_from_url
from vmready.inventory.value import parse_credential, parse_fingerprint, parse_inputs, parse_roles
from vmready.model import Host

_T = TypeVar("_T")

_SUFFIXES = (".yaml", ".yml", ".json")
#: A user and a password before the host; seen before the value is split at its commas, which a password may hold.
_WITH_PASSWORD = re.compile(r"winrm://[^/@,]*:(?!\d+,)[^/@]*@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HostsOption:
    """What ``--hosts`` names: inventories, WinRM URLs, and what is left to pytest-testinfra, unchanged."""

    inventories: tuple[pathlib.Path, ...] = ()
    urls: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """The hosts of a command line: vmready's in ``inventory``, testinfra's host specifications in ``others``."""

    inventory: Inventory
    others: tuple[str, ...] = ()


def parse_hosts_option(value: str, *, connections: Collection[str] = ()) -> HostsOption:
    """Take ``--hosts`` apart at its commas, as pytest-testinfra does.

    A value with a path separator or ending in .yaml, .yml or .json is an inventory (that it exists is for ``load`` to say);
    ``winrm://…`` is a host of ours; everything else is testinfra's. ``connections`` are the schemes it knows; where they are given,
    another one is an error. Raises InventoryError.
    """
    if _WITH_PASSWORD.search(value):
        raise option_error("--hosts", CREDENTIAL_IN_URL)
    parts = [part.strip() for part in value.split(",")]
    if not any(parts):
        raise option_error("--hosts", "names no host")
    inventories: list[pathlib.Path] = []
    urls: list[str] = []
    others: list[str] = []
    wrong: list[Problem] = []
    for part in filter(None, parts):
        scheme, separator, _ = part.partition("://")
        if part.lower().startswith(SCHEME):
            urls.append(part)
        elif separator:
            if connections and scheme not in connections:
                near = did_you_mean(scheme, sorted(connections))
                wrong.append(Problem(f'unknown connection "{shown(scheme)}://"{near}', "--hosts"))
            others.append(part)
        elif _is_path(part):
            inventories.append(pathlib.Path(os.path.expanduser(part)))  # noqa: PTH111 - without its RuntimeError
        else:
            others.append(part)
    if wrong:
        raise InventoryError(wrong)
    return HostsOption(tuple(dict.fromkeys(inventories)), tuple(urls), tuple(others))


def _is_path(part: str) -> bool:
    return any(sep in part for sep in (os.sep, os.altsep) if sep) or part.lower().endswith(_SUFFIXES)


def select(
    hosts: str,
    *,
    roles: Sequence[str] = (),
    inputs: Sequence[str] = (),
    credential: str | None = None,
    tls_fingerprint: str | None = None,
    limit: str | None = None,
    connections: Collection[str] = (),
    known_inputs: Mapping[str, InputCheck] = KNOWN_INPUTS,
    time_limit: float = TIME_LIMIT,
) -> Selection:
    """The hosts that a command line means; the arguments are the options as they were typed.

    ``--credential`` also serves hosts of an inventory that names none for them. The other options need a ``winrm://`` URL: an
    inventory says those things itself. Raises InventoryError with all that is wrong.
    """
    option = parse_hosts_option(hosts, connections=connections)
    wrong: list[Problem] = []

    def attempt(call: Callable[[], _T]) -> _T | None:
        try:
            return call()
        except InventoryError as error:
            wrong.extend(error.problems)
            return None

    for url in option.urls:
        attempt(lambda url=url: host_from_url(url))  # type: ignore[misc]
    if wrong:  # alone: with a password in a URL, what else stands in the value may be a part of it
        raise InventoryError(dict.fromkeys(wrong))
    reference = attempt(lambda: parse_credential(credential)) if credential is not None else None
    fingerprint = attempt(lambda: parse_fingerprint(tls_fingerprint)) if tls_fingerprint is not None else None
    role_sets = attempt(lambda: parse_roles(roles))
    values = attempt(lambda: parse_inputs(inputs, known=known_inputs))
    inventory = attempt(lambda: load(option.inventories, inputs=known_inputs, time_limit=time_limit)) or Inventory()
    if not option.urls:
        given = {"--role": roles, "--input": inputs, "--tls-fingerprint": tls_fingerprint}
        message = "is for a host given as winrm://…: an inventory says this itself"
        wrong += [Problem(message, name) for name, value in given.items() if value]
        if credential is not None and not option.inventories:
            message = "is for hosts that vmready connects to: give --hosts winrm://… or an inventory"
            wrong.append(Problem(message, "--credential"))
    from_urls = [
        attempt(
            lambda url=url: host_from_url(  # type: ignore[misc]
                url, roles=role_sets, inputs=values, credential=reference, tls_fingerprint=fingerprint
            )
        )
        for url in option.urls
    ]
    if wrong:
        raise InventoryError(dict.fromkeys(wrong))
    filled = tuple(
        replace(host, credential=reference) if host.credential is None and reference is not None else host
        for host in inventory.hosts
    )
    together = (*filled, *_distinct([host for host in from_urls if host is not None], filled))
    inventory = replace(inventory, hosts=limited(together, limit) if limit is not None else together)
    return Selection(inventory, option.others)


def _distinct(from_urls: Sequence[Host], others: Sequence[Host]) -> list[Host]:
    """Hosts of URLs with names of their own: two ports of one address are told apart by the port. Raises InventoryError."""
    taken = {host.name.casefold() for host in others}
    result: list[Host] = []
    for host in from_urls:
        name = host.name if host.name.casefold() not in taken else f"{host.name}-{host.port}"
        if name.casefold() in taken:
            raise option_error("--hosts", f'the host "{host.name}" is given twice')
        taken.add(name.casefold())
        result.append(replace(host, name=name))
    return result
