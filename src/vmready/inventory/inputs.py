"""Inputs that documents need, and what each may be. Other names are free; one that looks like a typing mistake is warned about."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from vmready import regions
from vmready.declared import did_you_mean, found, nearest, shown

#: Says what is wrong with an input's value; None where nothing is.
InputCheck = Callable[[object], str | None]

CLOUDS = ("public", "usgov", "china")
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_REGION = re.compile(r"[a-z0-9]+\Z")


def _cloud(value: object) -> str | None:
    if value in CLOUDS:
        return None
    return f'unknown cloud "{shown(str(value))}"{did_you_mean(str(value), CLOUDS)}'


def _workspace_id(value: object) -> str | None:
    if isinstance(value, str) and _GUID.match(value):
        return None
    return f"expected the workspace's id (8-4-4-4-12 hexadecimal digits), found {found(value)}"


def _region(value: object) -> str | None:
    """A region that nobody knows would leave its endpoints unknown, or worse, another region's in their place."""
    if not (isinstance(value, str) and _REGION.match(value)):
        return f"expected an Azure region's short name such as westeurope, found {found(value)}"
    if value in regions.ALL:
        return None
    known = ", ".join(regions.ALL)
    return f'unknown region "{shown(value)}"{did_you_mean(value, regions.ALL)}; known are {known}; for a newer one leave it out and give cloud'


KNOWN_INPUTS: Mapping[str, InputCheck] = {
    "cloud": _cloud,
    "region": _region,
    "automation_account_region": _region,
    "workspace_id": _workspace_id,
}


def similar_input(name: str, known: Mapping[str, InputCheck]) -> str | None:
    """The known input that ``name`` was probably meant to be; None if it is known or unlike any."""
    if name in known:
        return None
    near = nearest(name.replace("-", "_"), known)
    # "region" is like "region_of_dr": only a slip of a letter or two counts.
    return near if near is not None and abs(len(near) - len(name)) <= 1 else None
