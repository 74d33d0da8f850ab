"""``vmready records SNAPSHOT``, and the files of the same records that a run leaves in ``update-management/``."""

from __future__ import annotations

import json
from pathlib import Path

from vmready import files, stored
from vmready.audit import Audit
from vmready.evidence.run import Run
from vmready.facts.registry import Reader
from vmready.model import Verdict
from vmready.records.document import document, printed
from vmready.records.told import Told

FOLDER = "update-management"
FACT, REQUIREMENT = "troubleshooter_records", "UM-22"


class RecordsError(Exception):
    """Records that cannot be told. ``str()`` says why and what to do."""

    user_error = True


def told_of(path: Path, location: str | None) -> Told:
    """The records of the one snapshot at ``path``. Raises RecordsError and StoredError.

    ``location``: instead of the region of the collection's inputs. What it needs and the collection did not ask is not told.
    """
    found = stored.read(path)
    if len(found.snapshots) != 1:
        names = ", ".join(sorted(found.snapshots)[:8]) or "none"
        raise RecordsError(f"{path}: one snapshot is wanted, found {len(found.snapshots)} ({names}): name a file")
    snapshot = next(iter(found.snapshots.values()))
    if not snapshot.rounds:
        why = snapshot.cause.message if snapshot.cause else "nothing was collected"
        raise RecordsError(f"{path}: the host gave no answers: {why}")
    inputs = dict(snapshot.inputs)
    if location is not None:
        inputs["automation_account_region"] = location
    told: Told = snapshot.reader(inputs).value(FACT)
    return told


def records(path: Path, *, compact: bool, location: str | None) -> tuple[str, list[str], int]:
    """The array as one line of JSON, what else is to be said, and the exit code: 10 where a rule could not be told."""
    told = told_of(path, location)
    said = [f"{rule}: no record: {reason}" for rule, reason in told.left_out.items()]
    said += [f"{rule}: cannot be told: {reason}" for rule, reason in told.not_told.items()]
    return printed(told, compact=compact), said, 10 if told.not_told else 0


def write_records(audit: Audit, run: Run) -> None:
    """Write ``update-management/<host>.json`` for every host of which the records were planned and something was read.

    Raises EvidenceError with the path of what could not be written.
    """
    folder = audit.folder / FOLDER
    for name, plan in audit.plans.items():
        snapshot = audit.snapshots.get(name)
        if FACT not in plan.fact_names or snapshot is None or not snapshot.rounds:
            continue
        reader: Reader = audit.reader(name)
        told: Told = reader.value(FACT)
        if not told.records:
            continue
        found = {finding.cell.requirement: finding for finding in run.findings if finding.cell.host == name}
        own = found.get(REQUIREMENT)
        if own is None or own.verdict is Verdict.NOT_APPLICABLE:
            continue
        if not folder.exists():
            files.make_folder(folder)
        text = json.dumps(document(name, run.header.run_id, told, found), indent=1, ensure_ascii=True)
        files.write(folder / f"{stored.file_name(name).removesuffix(stored.SUFFIX)}.json", text + "\n")
