"""A run as it is read back from its ledger: the plan times the findings. Reports are made from this, and from nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vmready.evidence import ledger, reading
from vmready.evidence.ledger import LedgerWriter
from vmready.evidence.reading import End, HostOfRun, Message, WaiverState
from vmready.evidence.records import SCHEMA, Header, PlanDigest, Record
from vmready.files import EvidenceError
from vmready.model import JUDGED, Cell, Finding, Requirement, Verdict

#: Problems that are listed one by one; the rest is counted.
MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Run:
    """A run: every planned cell has exactly one finding, in the order of the plan.

    ``problems`` are contradictions between plan and findings: the totals cannot be relied on, exit code 12. ``remarks`` say what is
    missing without contradiction (a torn last line). ``end`` is None where the run was cut off or is still going on.
    """

    header: Header
    requirements: Mapping[str, Requirement]
    hosts: Mapping[str, HostOfRun]
    findings: tuple[Finding, ...]
    totals: Mapping[Verdict, int]
    messages: tuple[Message, ...] = ()
    waivers: tuple[WaiverState, ...] = ()
    end: End | None = None
    plan_digest: str = ""
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Run:
        """The run in a folder or a ledger file. Raises EvidenceError: not readable, not a ledger, written by another version."""
        file = path / ledger.NAME if path.is_dir() else path
        return cls.from_records(ledger.read_records(file), file)

    @classmethod
    def of(cls, writer: LedgerWriter) -> Run:
        """The run that a writer has recorded so far, records included that could not be written. Raises EvidenceError."""
        return cls.from_records(writer.records(), writer.path)

    @classmethod
    def from_records(cls, records: Iterable[Record], path: Path) -> Run:
        """The run that these records tell; ``path`` is what errors name."""
        builder = _Builder(path)
        for record in records:
            builder.add(record)
        return builder.run()

    def by_host(self) -> Mapping[str, Counter[Verdict]]:
        """Totals of each host, in the order of the run; a host without cells has none."""
        counts: dict[str, Counter[Verdict]] = {name: Counter() for name in self.hosts}
        for finding in self.findings:
            counts[finding.cell.host][finding.verdict] += 1
        return counts

    def by_requirement(self) -> Mapping[str, Counter[Verdict]]:
        """Totals of each requirement, in the order of the run."""
        counts: dict[str, Counter[Verdict]] = {name: Counter() for name in self.requirements}
        for finding in self.findings:
            counts[finding.cell.requirement][finding.verdict] += 1
        return counts

    def unjudged_hosts(self) -> tuple[str, ...]:
        """Hosts of which nothing was judged: never green, whatever the reason."""
        judged = {finding.cell.host for finding in self.findings if finding.verdict in JUDGED}
        return tuple(name for name in self.hosts if name not in judged)


@dataclass(slots=True)
class _Builder:
    path: Path
    header: Header | None = None
    requirements: dict[str, Requirement] = field(default_factory=dict)
    hosts: dict[str, HostOfRun] = field(default_factory=dict)
    planned: dict[tuple[str, str], Cell] = field(default_factory=dict)
    not_applicable: dict[tuple[str, str], str] = field(default_factory=dict)
    found: dict[tuple[str, str], Finding] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    waivers: list[WaiverState] = field(default_factory=list)
    end: End | None = None
    digest: PlanDigest = field(default_factory=PlanDigest)
    complete: str = ""
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    number: int = 0

    def add(self, record: Record) -> None:
        self.number += 1
        try:
            self._add(record)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise EvidenceError(
                self.path, f"record {self.number}", f"{record.get('record')} is malformed ({error})"
            ) from None

    def _add(self, record: Record) -> None:
        kind = record["record"]
        if self.header is None:
            if kind != "run":
                raise EvidenceError(self.path, "could not be read", "it does not begin with the record of a run")
            if record["schema"] != SCHEMA:
                reason = f"its format is version {record['schema']}, and this vmready reads version {SCHEMA}"
                raise EvidenceError(self.path, "could not be read", reason)
            self.header = reading.header(record)
            return
        match kind:
            case "finding":
                self._finding(record)
            case "plan":
                self._plan(record)
            case "planned":
                self._planned(record)
            case "requirement":
                requirement = reading.requirement(record)
                self.requirements[requirement.id] = requirement
            case "host":
                host = reading.host(record)
                self.hosts[host.name] = host
            case "collected":
                self.hosts[record["host"]] = reading.collected(self.hosts[record["host"]], record)
            case "message":
                self.messages.append(reading.message(record))
            case "waiver":
                self.waivers.append(reading.waiver(record))
            case "end":
                self.end = reading.end(record)
            case ledger.TORN:
                self.remarks.append(
                    f"the last line of {self.path} (line {record['line']}) is torn: the run was cut off while it wrote"
                )
            case _:
                raise ValueError("unknown kind of record")

    def _plan(self, record: Record) -> None:
        host = reading.text(record["host"])
        if host not in self.hosts:
            self.problems.append(f"the plan names the host {host}, which is not of this run")
            self.hosts[host] = HostOfRun(host)
        for item, requirement in record["cells"]:
            if (host, item) in self.planned:
                self.problems.append(f"{item} on {host} was planned twice")
            if requirement not in self.requirements:
                raise ValueError(f"{requirement} is not a requirement of this run")
            self.planned[host, item] = Cell(host, requirement, reading.text(item))
        for item, reason in record["not_applicable"].items():
            self.not_applicable[host, item] = str(reason)
        self.digest.add(host, record["cells"], record["not_applicable"])

    def _planned(self, record: Record) -> None:
        self.complete = str(record["sha256"])
        if record["cells"] != len(self.planned):
            self.problems.append(f"the plan has {len(self.planned)} cells where {record['cells']} were planned")
        if self.complete != self.digest.hexdigest():
            self.problems.append("the plan is not the one that was made: its digest differs")

    def _finding(self, record: Record) -> None:
        key = (record["host"], record["item"])
        cell = self.planned.get(key)
        if cell is None or cell.requirement != record["requirement"]:
            host, item, verdict = (reading.text(record[name]) for name in ("host", "item", "verdict"))
            self.problems.append(f"{item} on {host} has a verdict ({verdict}) and was not planned")
            return
        finding = reading.finding(record, cell)
        if key in self.found:
            verdicts = f"{self.found[key].verdict} and {finding.verdict}"
            self.problems.append(f"{cell.item} on {cell.host} has more than one verdict ({verdicts})")
        else:
            self.found[key] = finding

    def run(self) -> Run:
        if self.header is None:
            raise EvidenceError(self.path, "could not be read", "it is empty")
        if not self.complete:
            self.problems.append("the plan was not completed: the run was cut off before it connected to any host")
        rest = reading.never_judged(self.end)
        findings = tuple(
            self.found.get(key) or reading.derived(cell, self.not_applicable.get(key), rest)
            for key, cell in self.planned.items()
        )
        totals = Counter(finding.verdict for finding in findings)
        if self.end is not None and self.end.totals != {verdict: totals[verdict] for verdict in Verdict}:
            self.problems.append("the totals that the run wrote at its end are not those of its findings")
        if len(self.problems) > MOST_PROBLEMS:
            more = len(self.problems) - MOST_PROBLEMS
            self.problems[MOST_PROBLEMS:] = [f"and {more} more contradictions"]
        return Run(
            self.header,
            self.requirements,
            self.hosts,
            findings,
            {verdict: totals[verdict] for verdict in Verdict},
            tuple(self.messages),
            tuple(self.waivers),
            self.end,
            self.complete,
            tuple(self.problems),
            tuple(self.remarks),
        )
