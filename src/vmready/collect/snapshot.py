"""A snapshot: all answers of one host at one time. The evidence, and the unit of judging again.

A host that could not be reached leaves a snapshot too: it holds the cause. What is not in a snapshot was not collected, and is said so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from sys import intern
from typing import Any

from vmready.facts.registry import Reader
from vmready.model import Cause, Fault, Host, Role
from vmready.probes.readings import System
from vmready.probes.vocabulary import System as SystemProbe

SCHEMA = "vmready/snapshot/1"
#: A larger file is refused: a host's answers are bounded, and so is what is read back.
SIZE_LIMIT = 256 * 1024 * 1024


class SnapshotError(ValueError):
    """A file that is no snapshot of this version. One line: what is wrong; the caller names the file."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one visit brought.

    ``rounds[n][probe text]`` are raw answers. ``roles``: each role with its origin (declared, implied, discovered); ``declared_roles`` None where the
    inventory was silent. ``clock_difference``: seconds that the host's clock is ahead of the controller's, None unknown.
    ``cause`` with answers: the visit ended between its rounds. ``transport``: requests, bytes, seconds, method, TLS certificate: figures of the
    visit. ``digests``: of the collector's text, the plan and the requirements that were selected. ``standalone``: made by a collector that
    was run by hand, so without a second round.
    """

    host: str
    address: str
    inputs: Mapping[str, Any]
    roles: Mapping[str, str]
    started: str
    finished: str
    rounds: Mapping[int, Mapping[str, Mapping[str, Any]]]
    cause: Cause | None = None
    mode: str = ""
    clock_difference: float | None = None
    transport: Mapping[str, Any] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    tool: Mapping[str, str] = field(default_factory=dict)
    operator: str = ""
    run: str = ""
    resource_id: str | None = None
    declared_roles: tuple[str, ...] | None = None
    excluded_roles: tuple[str, ...] = ()
    standalone: bool = False

    def as_host(self) -> Host:
        """The host that this snapshot was taken of, as far as judging needs it."""
        declared = self.declared_roles
        return Host(
            name=self.host,
            address=self.address,
            declared_roles=None if declared is None else frozenset(Role(role) for role in declared),
            excluded_roles=frozenset(Role(role) for role in self.excluded_roles),
            inputs=dict(self.inputs),
            resource_id=self.resource_id,
        )

    def reader(self, inputs: Mapping[str, Any] | None = None) -> Reader:
        """The facts of this host. ``inputs`` replaces those of the snapshot (an inventory given while judging again)."""
        missing = f"{self.cause.message} {self.cause.remedy}" if self.cause is not None else ""
        if self.standalone:
            missing = "the collector was run by hand, without the second round that this needs"
        return Reader(self.rounds, self.inputs if inputs is None else inputs, missing=missing)

    @property
    def system(self) -> System | None:
        """What the host said of itself, or None."""
        raw = self.rounds.get(1, {}).get(SystemProbe().text)
        if raw is None or raw.get("state") != "observed":
            return None
        try:
            return SystemProbe().parse(raw.get("value"))
        except (ValueError, TypeError, AttributeError, KeyError):
            return None

    @property
    def machine(self) -> str | None:
        """What tells this machine from every other: its SMBIOS UUID, None where the host would not tell."""
        system = self.system
        return system.machine_id.lower() if system is not None and system.machine_id else None

    def to_json(self) -> str:
        system = self.system
        document = {
            "schema": SCHEMA,
            "run": self.run,
            "host": {
                "name": self.host,
                "address": self.address,
                "resource_id": self.resource_id,
                "roles": dict(self.roles),
                "declared_roles": None if self.declared_roles is None else list(self.declared_roles),
                "excluded_roles": list(self.excluded_roles),
                "inputs": dict(self.inputs),
                "computer_name": system.computer_name if system else None,
                "machine_id": self.machine,
            },
            "started": self.started,
            "finished": self.finished,
            "operator": self.operator,
            "tool": dict(self.tool),
            "digests": dict(self.digests),
            "mode": self.mode,
            "clock_difference": self.clock_difference,
            "transport": dict(self.transport),
            "standalone": self.standalone,
            "cause": None
            if self.cause is None
            else {
                "code": self.cause.code,
                "message": self.cause.message,
                "remedy": self.cause.remedy,
                "fault": self.cause.fault.name,
            },
            "rounds": {str(number): dict(answers) for number, answers in self.rounds.items()},
        }
        return json.dumps(document, ensure_ascii=True, allow_nan=False, separators=(",", ":"), sort_keys=True)


def unreached(host: Host, cause: Cause, when: str, **known: Any) -> Snapshot:
    """The snapshot of a host that gave no answers: it holds the cause."""
    return Snapshot(host.name, host.address, dict(host.inputs), {}, when, when, {}, cause, **roles_of(host), **known)


def roles_of(host: Host) -> dict[str, Any]:
    """The members of a snapshot that carry what the inventory said of the host."""
    return {
        "resource_id": host.resource_id,
        "declared_roles": None if host.declared_roles is None else tuple(sorted(host.declared_roles)),
        "excluded_roles": tuple(sorted(host.excluded_roles)),
    }


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Hosts of a fleet say much the same: each text is kept once, which halves the memory of many snapshots.
    found = {intern(key): intern(value) if type(value) is str else value for key, value in pairs}
    if len(found) != len(pairs):
        raise SnapshotError("a member stands twice")
    return found


def _refuse(constant: str) -> Any:
    raise SnapshotError(f"{constant} is no JSON number")


def parse(text: str) -> Snapshot:
    """Read a snapshot back, strictly. :class:`SnapshotError` says in one line what is wrong with it."""
    try:
        document = json.loads(text, object_pairs_hook=_pairs, parse_constant=_refuse)
    except SnapshotError:
        raise
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise SnapshotError(f"not complete JSON{where}; was the file cut off?") from None
    if not isinstance(document, dict) or not isinstance(document.get("schema"), str):
        raise SnapshotError("not a snapshot: the member “schema” is missing, or no text")
    if document["schema"] != SCHEMA:
        raise SnapshotError(f"its schema is {document['schema'][:60]!r}; this version of vmready reads {SCHEMA!r}")
    try:
        return _snapshot(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SnapshotError(f"not a snapshot of {SCHEMA}: {error}") from None


def _snapshot(document: Mapping[str, Any]) -> Snapshot:
    host = document["host"]
    raw_cause = document["cause"]
    rounds = {int(number): answers for number, answers in document["rounds"].items()}
    if not all(isinstance(answer, dict) for answers in rounds.values() for answer in answers.values()):
        raise ValueError("an answer is no object")
    for name in ("started", "finished"):
        datetime.fromisoformat(document[name])
    for role in host["roles"]:
        Role(role)
    if not rounds and raw_cause is None:
        raise ValueError("it holds neither answers nor a cause")
    return Snapshot(
        str(host["name"]),
        str(host["address"]),
        dict(host["inputs"]),
        dict(host["roles"]),
        document["started"],
        document["finished"],
        rounds,
        None
        if raw_cause is None
        else Cause(
            str(raw_cause["code"]), str(raw_cause["message"]), str(raw_cause["remedy"]), Fault[raw_cause["fault"]]
        ),
        str(document["mode"]),
        document["clock_difference"],
        dict(document["transport"]),
        dict(document["digests"]),
        dict(document["tool"]),
        str(document["operator"]),
        str(document["run"]),
        host["resource_id"],
        None if host["declared_roles"] is None else tuple(Role(role).value for role in host["declared_roles"]),
        tuple(Role(role).value for role in host["excluded_roles"]),
        bool(document["standalone"]),
    )
