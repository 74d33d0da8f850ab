"""Snapshots on disk: one file per host, an index of the run's hosts beside them, and reading a folder of them back.

The index is what keeps a host from disappearing: a host of the run's list without a snapshot is unreachable when the folder is judged again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vmready import files
from vmready.collect.snapshot import SIZE_LIMIT, Snapshot, SnapshotError
from vmready.evidence import ledger
from vmready.model import Host, Role
from vmready.standalone import read_snapshot_file

INDEX = "hosts.json"
INDEX_SCHEMA = "vmready/hosts/1"
SUFFIX = ".snapshot.json"


class StoredError(ValueError):
    """A folder of snapshots that cannot be judged. One line per problem."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A folder of snapshots: the hosts of the run that left them, and what each left (hosts without an entry left nothing)."""

    folder: Path
    hosts: tuple[Host, ...]
    snapshots: Mapping[str, Snapshot]
    digests: Mapping[str, str]
    paths: Mapping[str, Path]


def file_name(host: str) -> str:
    """The snapshot's file name. Host names are limited to ``[A-Za-z0-9._-]``; a leading dot would hide the file."""
    return ("_" + host if host.startswith(".") else host) + SUFFIX


def write_index(folder: Path, run: str, hosts: Iterable[Host]) -> None:
    """Write the list of the run's hosts, before anything is collected."""
    document = {"schema": INDEX_SCHEMA, "run": run, "hosts": [described(host) for host in hosts]}
    files.write(folder / INDEX, json.dumps(document, indent=1))


def described(host: Host) -> dict[str, Any]:
    """What judging again needs to know of a host."""
    return {
        "name": host.name,
        "address": host.address,
        "declared_roles": None if host.declared_roles is None else sorted(host.declared_roles),
        "excluded_roles": sorted(host.excluded_roles),
        "inputs": dict(host.inputs),
        "resource_id": host.resource_id,
        "tags": dict(host.tags),
        "allow_undetermined": dict(host.allow_undetermined),
    }


def host_of(raw: Mapping[str, Any]) -> Host:
    declared = raw["declared_roles"]
    return Host(
        name=str(raw["name"]),
        address=str(raw["address"]),
        declared_roles=None if declared is None else frozenset(Role(role) for role in declared),
        excluded_roles=frozenset(Role(role) for role in raw["excluded_roles"]),
        inputs=dict(raw["inputs"]),
        resource_id=raw["resource_id"],
        tags=dict(raw["tags"]),
        allow_undetermined=dict(raw["allow_undetermined"]),
    )


def read(folder: Path) -> Stored:
    """Read a folder of snapshots (or a run's folder that holds one). :class:`StoredError` names every file that is wrong, and why."""
    if (folder / "snapshots").is_dir():
        folder = folder / "snapshots"
    if not folder.exists():
        raise StoredError(
            f"{folder}: no such file or folder; wanted is the folder “snapshots” of a run, or one file of it"
        )
    single = folder.is_file()
    if single:
        paths = [folder]
    else:
        paths = sorted(
            path for path in folder.iterdir() if path.is_file() and path.name != INDEX and not path.name.startswith(".")
        )
        if not paths and not (folder / INDEX).exists():
            raise StoredError(f"{folder}: the folder is empty; wanted is the folder “snapshots” of a run")
    problems: list[str] = []
    snapshots: dict[str, Snapshot] = {}
    digests: dict[str, str] = {}
    where: dict[str, Path] = {}
    for path in paths:
        try:
            snapshot, digest = read_snapshot_file(path)
        except (SnapshotError, OSError) as error:
            problems.append(f"{path}: {error.strerror if isinstance(error, OSError) else error}")
            continue
        known = next((name for name in snapshots if name.lower() == snapshot.host.lower()), None)
        if known is not None:
            problems.append(f"{path}: a second snapshot of host {snapshot.host}; keep one of them in the folder")
            continue
        snapshots[snapshot.host] = snapshot
        digests[snapshot.host] = digest
        where[snapshot.host] = path
    hosts = {} if single else {host.name.lower(): host for host in _indexed(folder, problems)}
    if problems:
        raise StoredError("\n".join(problems))
    for snapshot in snapshots.values():
        hosts.setdefault(snapshot.host.lower(), snapshot.as_host())
    return Stored(folder, tuple(hosts.values()), snapshots, digests, where)


def read_run(folder: Path) -> Stored:
    """The snapshots of a run to be gone on with. One that was cut off before it made any has none. Raises StoredError as :func:`read`."""
    if (folder / ledger.NAME).is_file() and not any((folder / "snapshots").glob("*")):
        return Stored(folder, (), {}, {}, {})
    return read(folder)


def _indexed(folder: Path, problems: list[str]) -> tuple[Host, ...]:
    path = folder / INDEX
    if not path.exists():
        return ()
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise ValueError("too large")
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["schema"] != INDEX_SCHEMA:
            problems.append(
                f"{path}: its schema is {str(document['schema'])[:60]!r}; this version of vmready reads {INDEX_SCHEMA!r}"
            )
            return ()
        return tuple(host_of(raw) for raw in document["hosts"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        problems.append(f"{path}: the list of the run's hosts cannot be read ({type(error).__name__}: {error})")
        return ()


__all__ = ["INDEX", "SUFFIX", "Stored", "StoredError", "described", "file_name", "read", "read_run", "write_index"]
