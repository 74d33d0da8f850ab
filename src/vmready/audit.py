"""One run: what was planned, what was collected, what was judged, and the ledger that holds it.

The plug-in asks this module; this module knows no pytest hooks. Hosts come from an inventory (collected over the wire) or from a folder of
snapshots (nothing is touched then). Either way the plan is written before anything else happens.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
import subprocess
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import vmready
from vmready import files, stored
from vmready.collect.plan import HostPlan, plan_host
from vmready.collect.runner import Collected, Job, collect
from vmready.collect.snapshot import Snapshot, roles_of, unreached
from vmready.evidence.ledger import LedgerWriter
from vmready.evidence.records import Header
from vmready.evidence.values import settled
from vmready.facts.registry import Reader
from vmready.facts.roles import DISCOVERED_BY
from vmready.items import RequirementItem
from vmready.judge import discoverable, judge, not_applicable, roles_in_advance, unreachable
from vmready.model import Cause, Cell, Fault, Finding, Host, Origin, Requirement, Role, Verdict
from vmready.probes.script import collector_digest
from vmready.remote.figures import TransportFigures
from vmready.stored import Stored
from vmready.waivers import Waivers, sentence


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is done. ``max_age``: older snapshots are refused (undetermined, with their age). ``deadline``: seconds for all hosts."""

    reports: Path
    letter: bool = False
    concurrency: int = 32
    deadline: float | None = None
    max_age: timedelta | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selected:
    """One selected cell, with what judging it needs to be planned."""

    cell: Cell
    requirement: Requirement
    fact_names: tuple[str, ...]


@dataclass
class Audit:
    """A run over hosts. ``given``: the snapshots to judge instead of visiting the hosts; None: they are visited."""

    hosts: tuple[Host, ...]
    settings: Settings
    run_id: str
    started: datetime
    given: Stored | None = None
    waivers: Waivers = field(default_factory=Waivers)
    #: Snapshots of an earlier run that this one goes on with: hosts that have a usable one are not visited.
    adopted: Stored | None = None
    writer: LedgerWriter | None = None
    plans: dict[str, HostPlan] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    #: The first file besides the ledger that could not be written. The run goes on, the verdicts reach the screen, the exit code is 11.
    broken: files.EvidenceError | None = None
    _readers: dict[str, Reader] = field(default_factory=dict)
    _by_name: dict[str, Host] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name = {host.name: host for host in self.hosts}

    @property
    def folder(self) -> Path:
        return self.settings.reports / self.run_id

    @property
    def snapshot_folder(self) -> Path:
        return self.folder / "snapshots"

    # --- plan -------------------------------------------------------------------------------------------------------------

    def plan(self, selected: Iterable[Selected]) -> None:
        """Work out what is asked of whom. Nothing is written or read yet (``--collect-only`` stops here)."""
        by_host: dict[str, list[tuple[Cell, Requirement, tuple[str, ...]]]] = {host.name: [] for host in self.hosts}
        for one in selected:
            by_host[one.cell.host].append((one.cell, one.requirement, one.fact_names))
        self.plans = {name: plan_host(self._by_name[name], cells) for name, cells in by_host.items()}

    def begin(self, requirements: Sequence[Requirement], host_sources: Sequence[str]) -> None:
        """Write the plan: the ledger's first records. :class:`~vmready.files.EvidenceError` where the folder cannot be written."""
        self.writer = writer = LedgerWriter(self.folder)
        about = tool()
        writer.run(
            Header(
                run_id=self.run_id,
                started=self.started,
                version=about["version"],
                commit=about["commit"],
                operator=operator(),
                python=about["python"],
                platform=about["platform"],
                options={**self.settings.options, "as_documented": self.settings.letter},
                sources=tuple(host_sources),
            )
        )
        for requirement in requirements:
            writer.requirement(requirement)
        planned = tuple(host for host in self.hosts if self.plans[host.name].cells)
        for host in planned:
            writer.host(host, roles_in_advance(host))
        for plan in (self.plans[host.name] for host in planned):
            writer.plan(plan.host.name, plan.cells, {cell.item: reason for cell, reason in plan.ruled_out.items()})
        writer.planned()
        # Hosts of which the user chose nothing (-k, node ids, --lf) are out of the run, as with --limit; it is said, so that nobody misses one.
        if len(planned) < len(self.hosts):
            self.message("nothing was selected", [name for name, plan in self.plans.items() if not plan.cells])
        self._save(lambda: files.make_folder(self.snapshot_folder))
        self._save(lambda: stored.write_index(self.snapshot_folder, self.run_id, planned))

    # --- collect ----------------------------------------------------------------------------------------------------------

    def collect(
        self, resolve_secret: Callable[..., Any], progress: Callable[[str, Cause | None], None], stop: threading.Event
    ) -> None:
        """Visit the hosts that something has to be read from, or take the snapshots that were given."""
        wanted = [plan for plan in self.plans.values() if plan.needs_visit]
        if self.given is not None:
            for plan in wanted:
                self._take(plan, self.given, progress)
        else:
            jobs = [Job(plan.host, plan.texts, plan.follow_up) for plan in wanted if not self._adopt(plan, progress)]
            for collected in collect(
                jobs,
                concurrency=self.settings.concurrency,
                run_deadline=self.settings.deadline,
                resolve_secret=resolve_secret,
                stop=stop,
            ):
                self._keep(collected)
                progress(collected.host.name, collected.cause)
        self._same_machines()

    def _take(self, plan: HostPlan, given: Stored, progress: Callable[[str, Cause | None], None]) -> None:
        name = plan.host.name
        snapshot = next((found for host, found in given.snapshots.items() if host.lower() == name.lower()), None)
        if snapshot is None:
            cause = Cause(
                "no-snapshot",
                f"there is no snapshot of {name} in {given.folder}.",
                "Collect it again, or take the host out of the inventory.",
                Fault.RUN,
            )
            snapshot = unreached(plan.host, cause, self.started.isoformat(), run=self.run_id)
        snapshot = self.snapshots[name] = with_roles(snapshot, plan.host)
        path = given.paths.get(snapshot.host)
        self._record(name, snapshot, path, given.digests.get(snapshot.host))
        progress(name, snapshot.cause)

    def _adopt(self, plan: HostPlan, progress: Callable[[str, Cause | None], None]) -> bool:
        """Take the earlier run's snapshot where it holds everything that this plan asks, is whole, and is not too old."""
        if self.adopted is None:
            return False
        name = plan.host.name
        found = next(
            (snapshot for host, snapshot in self.adopted.snapshots.items() if host.lower() == name.lower()), None
        )
        if found is None or found.cause is not None or self.too_old(found) is not None:
            return False
        # The name may have been given to another machine since.
        if found.address != plan.host.address:
            return False
        if not all(text in found.rounds.get(1, {}) for text in plan.texts):
            return False
        if not all(text in found.rounds.get(2, {}) for text in plan.follow_up(found.rounds[1])):
            return False
        self._store(
            with_roles(replace(found, host=name, inputs=dict(plan.host.inputs), **roles_of(plan.host)), plan.host)
        )
        progress(name, None)
        return True

    def _keep(self, collected: Collected) -> None:
        host = collected.host
        plan = self.plans[host.name]
        snapshot = Snapshot(
            host=host.name,
            address=host.address,
            inputs=dict(host.inputs),
            roles={},
            started=collected.started.isoformat(),
            finished=collected.finished.isoformat(),
            rounds=collected.answers,
            cause=collected.cause,
            mode=collected.mode,
            clock_difference=collected.clock_difference,
            transport=figures(collected.figures),
            digests={"collector": collector_digest(), "plan": plan.digest, "requirements": self.requirements_digest},
            tool=tool(),
            operator=operator(),
            run=self.run_id,
            **roles_of(host),
        )
        self._store(with_roles(snapshot, host))

    def _store(self, snapshot: Snapshot) -> None:
        self.snapshots[snapshot.host] = snapshot
        text = snapshot.to_json()
        path = self.snapshot_folder / stored.file_name(snapshot.host)
        written = self._save(lambda: files.write(path, text))
        self._record(
            snapshot.host,
            snapshot,
            path if written else None,
            hashlib.sha256(text.encode()).hexdigest() if written else None,
        )

    def _record(self, name: str, snapshot: Snapshot, path: Path | None, digest: str | None) -> None:
        if self.writer is not None:
            roles = {Role(role): Origin(origin) for role, origin in snapshot.roles.items()}
            self.writer.collected(name, snapshot=path, sha256=digest, cause=snapshot.cause, roles=roles)

    def _same_machines(self) -> None:
        by_machine: dict[str, list[str]] = {}
        for name, snapshot in self.snapshots.items():
            if snapshot.machine:
                by_machine.setdefault(snapshot.machine, []).append(name)
        for machine, names in by_machine.items():
            if len(names) > 1:
                self.message(f"one machine with several entries, judged for each (SMBIOS id {machine})", names)

    @property
    def requirements_digest(self) -> str:
        """SHA-256 over the planned cells' requirements: their ids, kinds and severities."""
        ids = sorted({f"{cell.requirement} {cell.item}" for plan in self.plans.values() for cell in plan.cells})
        return hashlib.sha256("\n".join(ids).encode()).hexdigest()

    # --- judge ------------------------------------------------------------------------------------------------------------

    def judge(self, item: RequirementItem) -> tuple[Finding, BaseException | None]:
        """Judge a slim item and put the finding into the ledger."""
        cell = item.cell
        settled = self.settled(cell)
        if settled is not None:
            return self.found(settled), None
        of = item.of
        host = self._by_name[cell.host]
        found, error = judge(
            cell,
            of.requirement,
            of.function,
            item.case.arguments,
            of.fact_names,
            host,
            self.reader(cell.host),
            letter=self.settings.letter,
        )
        return self.found(found), error

    def settled(self, cell: Cell) -> Finding | None:
        """The finding of a cell that needs no body: ruled out in advance, or its host gave no (fresh) answers."""
        plan = self.plans.get(cell.host)
        if plan is None or cell not in plan.cell_set:
            return Finding(cell, Verdict.UNDETERMINED, "this test was not part of the plan")
        reason = plan.ruled_out.get(cell)
        if reason is not None:
            return not_applicable(cell, reason)
        snapshot = self.snapshots.get(cell.host)
        if snapshot is None:
            cause = Cause(
                "not-collected", "the host was not visited: the run ended before.", "Run it again.", Fault.RUN
            )
            return unreachable(cell, cause)
        if snapshot.cause is not None and self.without_answers(cell.host):
            return unreachable(cell, snapshot.cause)
        age = self.too_old(snapshot)
        if age is not None:
            return Finding(cell, Verdict.UNDETERMINED, age)
        return None

    def without_answers(self, host: str) -> bool:
        """Whether the host was visited and gave no answers."""
        snapshot = self.snapshots.get(host)
        return snapshot is not None and snapshot.cause is not None and not snapshot.rounds

    def too_old(self, snapshot: Snapshot) -> str | None:
        """Why the snapshot is refused under ``--max-age``, or None."""
        if self.settings.max_age is None:
            return None
        age = self.started - datetime.fromisoformat(snapshot.finished)
        if age <= self.settings.max_age:
            return None
        return f"the snapshot is {span(age)} old; --max-age allows {span(self.settings.max_age)}"

    def reader(self, host: str) -> Reader:
        """The facts of a host, parsed once each."""
        if host not in self._readers:
            self._readers[host] = self.snapshots[host].reader(self._by_name[host].inputs)
        return self._readers[host]

    def host(self, name: str) -> Host:
        return self._by_name[name]

    def found(self, finding: Finding) -> Finding:
        """Put a finding into the ledger, with what the waivers make of it, and give it back."""
        # As reports show it and `vmready waive` copies it, so that a waiver is held against the same value.
        observed = settled(finding.observed)
        if observed != finding.observed:
            finding = replace(finding, observed=observed)
        if self.waivers.entries:
            finding = self.waivers.apply(finding, self.roles(finding.cell.host))
        if self.writer is not None:
            self.writer.finding(finding, settled=True)
        return finding

    def roles(self, host: str) -> frozenset[str]:
        """The names of all roles of a host, discovered ones included once it was visited."""
        snapshot = self.snapshots.get(host)
        known = {role.value for role in roles_in_advance(self._by_name[host])} if host in self._by_name else set()
        return frozenset(known | set(snapshot.roles if snapshot is not None else ()))

    def report_waivers(self, known: Collection[str]) -> None:
        """Say in the ledger what became of every waiver. ``known``: every requirement and item id that exists."""
        if self.writer is None:
            return
        hosts = {host.name: self.roles(host.name) for host in self.hosts}
        for state, waiver, names in self.waivers.report(known, hosts):
            self.writer.waiver(state.value, sentence(state, waiver, known), requirement=waiver.requirement, hosts=names)

    def message(self, text: str, hosts: Iterable[str] = ()) -> None:
        if self.writer is not None:
            self.writer.message(text, hosts=hosts)

    # --- end --------------------------------------------------------------------------------------------------------------

    @property
    def failure(self) -> files.EvidenceError | None:
        """What could not be written, if anything: exit code 11."""
        return (self.writer.failure if self.writer is not None else None) or self.broken

    def _save(self, action: Callable[[], None]) -> bool:
        try:
            action()
        except files.EvidenceError as error:
            self.broken = self.broken or error
            return False
        return True


def figures(of: TransportFigures) -> dict[str, Any]:
    """The figures of a visit as JSON."""
    values = {item.name: getattr(of, item.name) for item in fields(of)}
    certificate = (
        None
        if of.certificate is None
        else {item.name: getattr(of.certificate, item.name) for item in fields(of.certificate)}
    )
    return {
        **values,
        "seconds": round(of.seconds, 3),
        "requests": dict(of.requests),
        "retries": dict(of.retries),
        "certificate": certificate,
        "total_requests": of.total_requests,
    }


def with_roles(snapshot: Snapshot, host: Host) -> Snapshot:
    """The snapshot with every role of the host and its origin: declared, implied, or discovered by what it answered."""
    roles = {role.value: origin.value for role, origin in roles_in_advance(host).items()}
    reader = snapshot.reader()
    for role in discoverable(host):
        name = DISCOVERED_BY[role]
        try:
            if name is not None and reader.value(name):
                roles.setdefault(role.value, Origin.DISCOVERED.value)
        except Exception:  # noqa: BLE001, S112  judging says of each cell why it could not be told
            continue
    return replace(snapshot, roles=roles)


def span(time: timedelta) -> str:
    """A length of time for people: ``3 d 4 h``, ``5 min``."""
    seconds = int(time.total_seconds())
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
    parts = [
        f"{days} d" if days else "",
        f"{hours} h" if hours else "",
        f"{minutes} min" if minutes and not days else "",
    ]
    return " ".join(part for part in parts if part) or f"{seconds} s"


def operator() -> str:
    """The account that runs this, as the system names it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


_TOOL: dict[str, str] = {}


def tool() -> Mapping[str, str]:
    """Version and commit of vmready, Python, platform. The commit is empty for an installed package without its repository."""
    if not _TOOL:
        root = Path(vmready.__file__).resolve().parents[2]
        commit = ""
        if (root / ".git").exists():
            try:
                done = subprocess.run(  # noqa: S603
                    ["git", "-C", str(root), "rev-parse", "HEAD"],  # noqa: S607
                    # Not the whole environment: secrets of hosts may be in it.
                    env={name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ},
                    capture_output=True,
                    text=True,
                    timeout=10,
                    check=False,
                )
                commit = done.stdout.strip() if done.returncode == 0 else ""
            except (OSError, subprocess.SubprocessError):
                commit = ""
        _TOOL.update(
            version=vmready.__version__, commit=commit, python=platform.python_version(), platform=platform.platform()
        )
    return dict(_TOOL)


def now() -> datetime:
    return datetime.now(UTC)
