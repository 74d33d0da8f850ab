"""The records of a ledger, as JSON: written from the nouns here, read back in :mod:`vmready.evidence.run`.

``schemas/ledger-record.schema.json`` says the same for other readers. A field that is empty may be left out of a finding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from vmready.evidence.values import line, settled, settled_text
from vmready.model import Cause, Cell, Finding, Host, Origin, Requirement, Role

#: Version of the ledger's format. A reader refuses another one.
SCHEMA = 1

Record = dict[str, Any]
TlsMode = Literal["system-cas", "ca-file", "fingerprint", "unverified", "none"]


@dataclass(frozen=True, slots=True)
class Header:
    """What a run is: who ran which tool with what. ``options`` holds the choices that decide verdicts and the exit code (gate, selection, …).

    Never a secret: neither credentials nor user names of hosts belong in here. ``sources`` are the values of ``--hosts`` or ``--snapshots``.
    """

    run_id: str
    started: datetime
    version: str
    commit: str = ""
    operator: str = ""
    python: str = ""
    platform: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    sources: tuple[str, ...] = ()


def instant(moment: datetime) -> str:
    """A UTC time as ``2026-11-20T10:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def run_record(header: Header) -> Record:
    return {
        "record": "run",
        "schema": SCHEMA,
        "run": header.run_id,
        "started": instant(header.started),
        "tool": {"name": "vmready", "version": header.version, "commit": header.commit},
        "operator": settled_text(header.operator, 200),
        "python": header.python,
        "platform": settled_text(header.platform, 200),
        "options": settled(dict(header.options)),
        "sources": [settled_text(source) for source in header.sources],
    }


def requirement_record(requirement: Requirement) -> Record:
    document = requirement.source.document
    return {
        "record": "requirement",
        "id": requirement.id,
        "title": settled_text(requirement.title),
        "kind": requirement.kind.value,
        "severity": requirement.severity.value,
        "document": {"key": document.key, "title": settled_text(document.title), "url": settled_text(document.url)},
        "section": settled_text(requirement.source.section),
        "rationale": settled_text(requirement.rationale),
        "remedy": settled_text(requirement.remedy),
        "roles": sorted(role.value for role in requirement.roles),
        "as_documented": requirement.as_documented is not None,
    }


def tls_mode(host: Host) -> TlsMode:
    """How the listener's certificate is trusted; ``none`` where the connection is HTTP."""
    if host.scheme == "http":
        return "none"
    if not host.tls.verify:
        return "unverified"
    if host.tls.fingerprint:
        return "fingerprint"
    return "ca-file" if host.tls.ca_file else "system-cas"


def host_record(host: Host, roles: Mapping[Role, Origin]) -> Record:
    return {
        "record": "host",
        "host": host.name,
        "url": settled_text(host.url),
        "roles": {role.value: origin.value for role, origin in sorted(roles.items())},
        "tls": tls_mode(host),
        "tags": settled(dict(host.tags)),
        "resource_id": None if host.resource_id is None else settled_text(host.resource_id),
        "inputs": settled(dict(host.inputs)),
        "allow_undetermined": settled(dict(host.allow_undetermined)),
    }


def plan_record(host: str, cells: Iterable[Cell], not_applicable: Mapping[str, str]) -> Record:
    """All planned cells of a host; ``not_applicable`` gives the reason of those items that are known in advance not to apply."""
    return {
        "record": "plan",
        "host": host,
        "cells": [[cell.item, cell.requirement] for cell in cells],
        "not_applicable": {item: settled_text(reason) for item, reason in not_applicable.items()},
    }


class PlanDigest:
    """SHA-256 over the plan records in their order: what the run was going to ask, host by host."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, host: str, cells: Iterable[Iterable[str]], not_applicable: Mapping[str, str]) -> None:
        canonical = {
            "host": host,
            "cells": [list(cell) for cell in cells],
            "not_applicable": sorted(not_applicable.items()),
        }
        self._hash.update(line(canonical).encode("ascii") + b"\n")

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def cause_value(cause: Cause) -> Record:
    return {
        "code": settled_text(cause.code, 100),
        "message": settled_text(cause.message),
        "remedy": settled_text(cause.remedy),
        "fault": cause.fault.name.lower(),
    }


def collected_record(
    host: str,
    snapshot: str | None,
    sha256: str | None,
    cause: Cause | None,
    warnings: Iterable[str],
    roles: Mapping[Role, Origin] | None,
) -> Record:
    return {
        "record": "collected",
        "host": host,
        "snapshot": None if snapshot is None else settled_text(snapshot),
        "sha256": sha256,
        "cause": None if cause is None else cause_value(cause),
        "warnings": [settled_text(warning) for warning in warnings],
        "roles": None if roles is None else {role.value: origin.value for role, origin in sorted(roles.items())},
    }


def finding_record(finding: Finding, *, settle: bool = True) -> Record:
    cell = finding.cell
    record: Record = {
        "record": "finding",
        "host": cell.host,
        "requirement": cell.requirement,
        "item": cell.item,
        "verdict": finding.verdict.value,
        "seconds": round(finding.seconds, 6),
    }
    if finding.detail:
        record["detail"] = settled_text(finding.detail)
    if finding.observed is not None:
        record["observed"] = settled(finding.observed) if settle else finding.observed
    if finding.notes:
        record["notes"] = [settled_text(note) for note in finding.notes]
    if finding.basis != "decision":
        record["basis"] = finding.basis
    if finding.cause is not None:
        record["cause"] = settled_text(finding.cause, 100)
    if finding.waiver is not None:
        record["waiver"] = settled(dict(finding.waiver))
    return record
