"""``run.json``: the run as one document for programs. ``schemas/run.schema.json`` is its contract."""

from __future__ import annotations

from typing import Any

from vmready.evidence.reading import HostOfRun
from vmready.evidence.records import cause_value, finding_record, instant, requirement_record
from vmready.evidence.run import Run
from vmready.evidence.values import line
from vmready.model import Finding, Requirement, Verdict

#: Version of the format. It changes when a reader would have to.
SCHEMA = 1


def document(run: Run) -> dict[str, Any]:
    """The run as JSON values."""
    header, by_host = run.header, run.by_host()
    return {
        "schema": SCHEMA,
        "run": header.run_id,
        "started": instant(header.started),
        "finished": None if run.end is None else instant(run.end.finished),
        "exit_code": None if run.end is None else run.end.exit_code,
        "ended_early": "" if run.end is None else run.end.reason,
        "tool": {"name": "vmready", "version": header.version, "commit": header.commit},
        "operator": header.operator,
        "python": header.python,
        "platform": header.platform,
        "options": dict(header.options),
        "sources": list(header.sources),
        "plan_sha256": run.plan_digest,
        "totals": totals(run.totals),
        "cells": len(run.findings),
        "requirements": [_requirement(requirement) for requirement in run.requirements.values()],
        "hosts": [_host(host, by_host[host.name]) for host in run.hosts.values()],
        "findings": [_finding(finding) for finding in run.findings],
        "messages": [{"level": m.level, "text": m.text, "hosts": list(m.hosts)} for m in run.messages],
        "waivers": [
            {"state": w.state, "requirement": w.requirement, "hosts": list(w.hosts), "text": w.text}
            for w in run.waivers
        ],
        "problems": list(run.problems),
        "remarks": list(run.remarks),
    }


def render(run: Run) -> str:
    """The document as text (ASCII): one line for each requirement, host and finding, so that it can be read and compared."""
    return "{\n" + ",\n".join(f'"{key}": {_value(value)}' for key, value in document(run).items()) + "\n}\n"


def _value(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n " + ",\n ".join(line(entry) for entry in value) + "\n]"
    return line(value)


def totals(counts: Any) -> dict[str, int]:
    """Totals with every verdict named, those without cells as 0."""
    return {verdict.value: counts.get(verdict, 0) for verdict in Verdict}


def _requirement(requirement: Requirement) -> dict[str, Any]:
    record = requirement_record(requirement)
    del record["record"]
    return record


def _host(host: HostOfRun, counts: Any) -> dict[str, Any]:
    return {
        "name": host.name,
        "url": host.url,
        "roles": dict(host.roles),
        "tls": host.tls,
        "tags": dict(host.tags),
        "resource_id": host.resource_id,
        "inputs": dict(host.inputs),
        "allow_undetermined": dict(host.allow_undetermined),
        "collected": host.collected,
        "snapshot": host.snapshot,
        "snapshot_sha256": host.sha256,
        "cause": None if host.cause is None else cause_value(host.cause),
        "warnings": list(host.warnings),
        "totals": totals(counts),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    record = finding_record(finding, settle=False)  # it was settled when the ledger was read
    del record["record"]
    return {
        "detail": "",
        "observed": None,
        "notes": [],
        "basis": "decision",
        "cause": None,
        "waiver": None,
        **record,
    }
