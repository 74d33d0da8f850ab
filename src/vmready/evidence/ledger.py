"""The ledger: one JSON record per line, written while the run goes on. Every report is a view of it.

A run that is killed leaves a ledger that can be read: records are appended whole and handed to the system at once.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vmready import files
from vmready.evidence import records
from vmready.evidence.records import Header, PlanDigest, Record
from vmready.evidence.values import line, settled_text
from vmready.files import EvidenceError
from vmready.model import Cause, Cell, Finding, Host, Origin, Requirement, Role, Verdict

NAME = "ledger.jsonl"
#: What stands for a torn last line among the records that were read.
TORN = "torn"
#: A record that is longer is not one of ours (characters of one line).
LONGEST_LINE = 16_000_000


def run_id(now: datetime, chance: random.Random) -> str:
    """The name of a run and of its folder: UTC time to the second and a random suffix, ``2026-11-20T10-00-00Z-3f9a``."""
    return f"{now.astimezone(UTC):%Y-%m-%dT%H-%M-%SZ}-{chance.getrandbits(16):04x}"


class LedgerWriter:
    """Writes ``ledger.jsonl`` into a new folder. May be used by several threads.

    No method raises: after the first failure (full disk, read-only folder) ``failure`` holds the EvidenceError, and the records from there
    on are kept in memory, so that the verdicts still reach the screen. Whoever ends the run looks at ``failure`` (exit code 11).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / NAME
        self.failure: EvidenceError | None = None
        self.unwritten: list[Record] = []
        self._lock = threading.Lock()
        self._plan = PlanDigest()
        self._hosts = self._cells = 0
        self._file: files.Appending | None = None
        try:
            files.make_folder(folder, new=True)
            self._file = files.Appending(self.path)
        except EvidenceError as failure:
            self.failure = failure

    def run(self, header: Header) -> None:
        """The first record: what this run is."""
        self._write(records.run_record(header))

    def requirement(self, requirement: Requirement) -> None:
        """A selected requirement, with all that reports say of it."""
        self._write(records.requirement_record(requirement))

    def host(self, host: Host, roles: Mapping[Role, Origin]) -> None:
        """A host of the run and the roles that are known before it is reached."""
        self._write(records.host_record(host, roles))

    def plan(self, host: str, cells: Iterable[Cell], not_applicable: Mapping[str, str]) -> None:
        """All planned cells of a host, those included that are known in advance not to apply (item to reason).

        A cell that does not apply needs no finding; one that is reported all the same counts with the verdict of its finding.
        """
        record = records.plan_record(host, cells, not_applicable)
        with self._lock:
            self._plan.add(host, record["cells"], record["not_applicable"])
            self._hosts += 1
            self._cells += len(record["cells"])
            self._append(record)

    def planned(self) -> None:
        """The plan is complete: its size and digest. On the disk when this returns; connections are made after it."""
        with self._lock:
            digest = self._plan.hexdigest()
            self._append({"record": "planned", "hosts": self._hosts, "cells": self._cells, "sha256": digest})
        self.sync()

    def collected(
        self,
        host: str,
        *,
        snapshot: Path | None = None,
        sha256: str | None = None,
        cause: Cause | None = None,
        warnings: Iterable[str] = (),
        roles: Mapping[Role, Origin] | None = None,
    ) -> None:
        """What collecting a host gave: its snapshot file with digest, or the cause why there are no answers (or both).

        ``snapshot`` is written relative to the run's folder where it lies inside; ``roles`` are all roles, discovered ones included.
        """
        if snapshot is not None and snapshot.is_relative_to(self.folder):
            snapshot = snapshot.relative_to(self.folder)
        name = None if snapshot is None else snapshot.as_posix()
        self._write(records.collected_record(host, name, sha256, cause, warnings, roles))

    def finding(self, finding: Finding, *, settled: bool = False) -> None:
        """The verdict of one cell. *Not run* is derived by readers and never written: such a finding is refused (ValueError).

        ``settled``: what was observed is so already.
        """
        if finding.verdict is Verdict.NOT_RUN:
            raise ValueError(f"{finding.cell}: not run is not a finding")
        self._write(records.finding_record(finding, settle=not settled))

    def message(self, text: str, *, hosts: Iterable[str] = (), level: str = "warning") -> None:
        """Something about the run as a whole (``level`` warning or info), such as two entries that are one machine."""
        self._write({"record": "message", "level": level, "text": settled_text(text), "hosts": list(hosts)})

    def waiver(self, state: str, text: str, *, requirement: str = "", hosts: Iterable[str] = ()) -> None:
        """What became of a waiver: ``used``, ``unused``, ``expired``, …; ``text`` says which one, and what to do."""
        self._write(
            {
                "record": "waiver",
                "state": settled_text(state, 100),
                "requirement": settled_text(requirement, 100),
                "hosts": list(hosts),
                "text": settled_text(text),
            }
        )

    def end(self, finished: datetime, exit_code: int, totals: Mapping[Verdict, int], *, reason: str = "") -> None:
        """The run is over; ``reason`` says why early (interrupt, ``-x``, deadline). The last such record counts."""
        self._write(
            {
                "record": "end",
                "finished": records.instant(finished),
                "exit_code": exit_code,
                "reason": settled_text(reason),
                "totals": {verdict.value: totals.get(verdict, 0) for verdict in Verdict},
            }
        )
        self.sync()

    def sync(self) -> None:
        """Wait until what was written is on the disk."""
        with self._lock:
            if self._file is not None:
                self._try(self._file.sync)

    def close(self) -> None:
        """Close the file. Records of later calls are kept in memory only."""
        with self._lock:
            if self._file is not None:
                self._try(self._file.close)
            self._file = None

    def records(self) -> Iterator[Record]:
        """All records so far: those on the disk, then those that could not be written. Raises EvidenceError."""
        if self._file is not None or self.path.exists():
            yield from read_records(self.path)
        yield from self.unwritten

    def _write(self, record: Record) -> None:
        with self._lock:
            self._append(record)

    def _append(self, record: Record) -> None:
        text = line(record)
        if self._file is None or self.failure is not None:
            self.unwritten.append(record)
            return
        try:
            self._file.append(text)
        except EvidenceError as failure:
            self.failure = failure
            self.unwritten.append(record)

    def _try(self, action: Any) -> None:
        try:
            action()
        except EvidenceError as failure:
            self.failure = self.failure or failure


def read_records(path: Path) -> Iterator[Record]:
    """The records of a ledger, one at a time. A torn last line (the run was cut off while it wrote) ends them with ``{"record": "torn"}``.

    Raises EvidenceError where the file cannot be read, or a line other than the last is not a record.
    """
    try:
        with path.open("rb") as stream:
            number = 0
            while data := stream.readline(LONGEST_LINE + 1):
                number += 1
                record = _record(data)
                if record is not None:
                    yield record
                elif stream.read(1):
                    raise EvidenceError(path, f"line {number}", "this is not a record of a ledger")
                else:
                    yield {"record": TORN, "line": number}
    except OSError as error:
        raise EvidenceError(path, "could not be read", error.strerror or type(error).__name__) from None


def _record(data: bytes) -> Record | None:
    if not data.endswith(b"\n"):
        return None
    try:
        record = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and isinstance(record.get("record"), str) else None
