"""Views of a run that several reports share: order of verdicts, groups of like findings, lists of hosts. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from vmready.evidence.run import Run
from vmready.model import JUDGED, Cause, Finding, Requirement, Verdict

#: The order in which reports list verdicts: what has to be acted on comes first.
ORDER: tuple[Verdict, ...] = (
    Verdict.NON_COMPLIANT,
    Verdict.UNREACHABLE,
    Verdict.UNDETERMINED,
    Verdict.NOT_RUN,
    Verdict.WARNING,
    Verdict.WAIVED,
    Verdict.NOTED,
    Verdict.NOT_APPLICABLE,
    Verdict.COMPLIANT,
)
RANK: Mapping[Verdict, int] = {verdict: rank for rank, verdict in enumerate(ORDER)}
#: Verdicts that say that something is to be looked at.
DEVIATIONS = frozenset(ORDER[:5])


@dataclass(frozen=True, slots=True)
class Shared:
    """A text that findings of one requirement share: its items and the hosts that have it, in natural order."""

    text: str
    items: tuple[str, ...]
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one requirement with one verdict. ``hosts`` in natural order; ``shared`` has the most frequent text first."""

    requirement: Requirement
    verdict: Verdict
    hosts: tuple[str, ...]
    shared: tuple[Shared, ...]


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key under which ``web-9`` comes before ``web-10``, whatever the case."""
    parts = re.split(r"([0-9]{1,18})", name.casefold())
    keys = [(0, int(part), "") if index % 2 else (1, 0, part) for index, part in enumerate(parts) if part]
    return (*keys, (2, 0, name))


def cut(names: Collection[str], most: int) -> str:
    """Names in natural order, at most ``most`` of them: ``web-1, web-2 and 210 more``. One more is named rather than counted."""
    ordered = sorted(names, key=natural)
    if len(ordered) <= most + 1:
        return ", ".join(ordered)
    return f"{', '.join(ordered[:most])} and {len(ordered) - most:,} more"


def count(number: int, noun: str) -> str:
    """``1 host``, ``2,000 hosts``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def brief(text: str, longest: int = 300) -> str:
    """A text on one line, cut."""
    flat = " · ".join(part.strip() for part in text.split("\n") if part.strip())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def groups(run: Run, verdicts: Collection[Verdict]) -> tuple[Group, ...]:
    """Like findings together: by verdict in report order, then severity, then the number of hosts."""
    texts: dict[tuple[str, Verdict], dict[str, list[Finding]]] = {}
    for finding in run.findings:
        if finding.verdict in verdicts:
            of_requirement = texts.setdefault((finding.cell.requirement, finding.verdict), {})
            of_requirement.setdefault(finding.detail, []).append(finding)
    found = [
        Group(
            run.requirements[requirement],
            verdict,
            _hosts(finding for findings in of_requirement.values() for finding in findings),
            tuple(
                sorted(
                    (Shared(text, _items(findings), _hosts(findings)) for text, findings in of_requirement.items()),
                    key=lambda shared: (-len(shared.hosts), shared.items, shared.text),
                )
            ),
        )
        for (requirement, verdict), of_requirement in texts.items()
    ]
    return tuple(
        sorted(
            found,
            key=lambda group: (
                RANK[group.verdict],
                -group.requirement.severity.rank,
                -len(group.hosts),
                natural(group.requirement.id),
            ),
        )
    )


def _hosts(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(sorted({finding.cell.host for finding in findings}, key=natural))


def _items(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(sorted({finding.cell.item for finding in findings}, key=natural))


def hosts_with_findings(run: Run) -> tuple[tuple[str, Counter[Verdict]], ...]:
    """Hosts that have a deviation, the worst first, with their totals."""
    worst = [(name, totals) for name, totals in run.by_host().items() if DEVIATIONS & {v for v in totals if totals[v]}]
    return tuple(sorted(worst, key=lambda entry: (*(-entry[1][verdict] for verdict in ORDER[:5]), natural(entry[0]))))


def unreachable_hosts(run: Run) -> tuple[tuple[str, Cause], ...]:
    """Hosts that gave no answers, each with its one cause, like causes together."""
    found = [(host.name, host.cause) for host in run.hosts.values() if host.cause is not None]
    return tuple(sorted(found, key=lambda entry: (entry[1].code, entry[1].message, natural(entry[0]))))


def judged_share(run: Run) -> float | None:
    """Judged cells among those that apply, 0 to 1; None where none applies."""
    judged = sum(run.totals[verdict] for verdict in JUDGED)
    applying = len(run.findings) - run.totals[Verdict.NOT_APPLICABLE]
    return judged / applying if applying else None


@dataclass(frozen=True, slots=True)
class Note:
    """Something to be known of a run besides its verdicts; ``hosts`` (natural order) are those it concerns."""

    text: str
    hosts: tuple[str, ...] = ()


def notes(run: Run) -> tuple[Note, ...]:
    """What every report says besides the verdicts: contradictions first, unchecked certificates, hosts of which nothing was judged,
    cells that never ran, messages, warnings of hosts (alike ones together), waivers that did not do what they were written for."""
    found = [Note(text) for text in (*run.problems, *run.remarks)]

    def about(text: str, hosts: Iterable[str]) -> None:
        names = tuple(sorted(set(hosts), key=natural))
        if names:
            found.append(Note(text, names))

    about(
        "certificate not checked (tls: unverified)",
        (host.name for host in run.hosts.values() if host.tls == "unverified"),
    )
    about("nothing was judged", run.unjudged_hosts())
    never = [finding.cell.host for finding in run.findings if finding.verdict is Verdict.NOT_RUN]
    about(f"{count(len(never), 'cell')} never ran", never)
    found += [Note(message.text, tuple(sorted(message.hosts, key=natural))) for message in run.messages]
    said: dict[str, list[str]] = {}
    for host in run.hosts.values():
        for warning in host.warnings:
            said.setdefault(warning, []).append(host.name)
    for warning, hosts in said.items():
        about(warning, hosts)
    found += [
        Note(f"waiver {waiver.state}: {waiver.text}", waiver.hosts) for waiver in run.waivers if waiver.state != "used"
    ]
    return tuple(found)


#: What an exit code says, in a few words.
MEANING: Mapping[int, str] = {
    0: "nothing at or above the gate",
    1: "not compliant at or above the gate",
    2: "interrupted",
    3: "internal error",
    4: "usage error",
    5: "nothing was selected",
    10: "something at or above the gate is unknown",
    11: "evidence could not be written",
    12: "the totals do not agree",
}


def meaning(code: int, run: Run) -> str:
    """What the exit code says of this run. 1 is also pytest's, for tests beside the requirements."""
    if code == 1 and not (run.totals[Verdict.NON_COMPLIANT] or run.totals[Verdict.WARNING]):
        return "tests that are no requirements failed"
    return MEANING.get(code, "")
