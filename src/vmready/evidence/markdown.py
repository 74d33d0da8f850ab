"""``summary.md``: the summary for a pull request, a ticket or a job page. Host text stands in code spans, so that nothing in it is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vmready.evidence import findings
from vmready.evidence.findings import Group, brief, count, cut
from vmready.evidence.records import instant
from vmready.evidence.run import Run
from vmready.model import Verdict

NAMED_HOSTS = 20
SHOWN_TEXTS = 10
SHOWN_HOSTS = 200
_GROUPED = (Verdict.NON_COMPLIANT, Verdict.UNDETERMINED, Verdict.WARNING, Verdict.WAIVED, Verdict.NOTED)


def render(run: Run) -> str:
    """The summary as GitHub-flavoured Markdown."""
    return "\n".join(_lines(run)) + "\n"


def code(text: str, longest: int = 500) -> str:
    """Text as one code span that it cannot leave: fence longer than any run of back-ticks inside, on one line."""
    flat = brief(text, longest) or " "
    fence = "`" * (max((len(ticks) for ticks in re.findall("`+", flat)), default=0) + 1)
    padding = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{padding}{flat}{padding}{fence}"


def plain(text: str) -> str:
    """Our own words (titles, remedies) with the characters written out that Markdown would take for markup."""
    return re.sub(r"([\\`*_{}\[\]<>#|~@!&])", r"\\\1", brief(text, 1000))


def _lines(run: Run) -> Iterator[str]:
    header, end = run.header, run.end
    yield f"# vmready {header.run_id}"
    yield ""
    state = (
        "cut off, or still going on"
        if end is None
        else f"exit code {end.exit_code}, {findings.meaning(end.exit_code, run)}".rstrip(", ")
    )
    if end is not None and end.reason:
        state += f" ({code(end.reason)})"
    yield f"{count(len(run.findings), 'cell')} on {count(len(run.hosts), 'host')}, started {instant(header.started)}, {state}."
    yield ""
    yield "| verdict | cells |"
    yield "|---|---:|"
    for verdict in findings.ORDER:
        yield f"| {verdict} | {run.totals[verdict]} |"
    for verdict in _GROUPED:
        yield from _section(run, verdict)
    yield from _unreachable(run)
    yield from _notes(run)
    yield from _hosts(run)


def _section(run: Run, verdict: Verdict) -> Iterator[str]:
    found = findings.groups(run, {verdict})
    if found:
        yield ""
        yield f"## {verdict.value.capitalize()}"
    for group in found:
        yield from _group(group)


def _group(group: Group) -> Iterator[str]:
    requirement = group.requirement
    yield ""
    yield f"### {plain(requirement.id)} {plain(requirement.title)}"
    yield ""
    yield f"{requirement.severity}, {count(len(group.hosts), 'host')}. {plain(str(requirement.source))}."
    yield ""
    for shared in group.shared[:SHOWN_TEXTS]:
        items = "" if shared.items == (requirement.id,) else f"{code(cut(shared.items, 3))}: "
        yield f"- {items}{code(shared.text)} on {count(len(shared.hosts), 'host')}: {code(cut(shared.hosts, NAMED_HOSTS), 3000)}"
    if len(group.shared) > SHOWN_TEXTS:
        yield f"- and {len(group.shared) - SHOWN_TEXTS:,} more texts"
    if group.verdict in (Verdict.NON_COMPLIANT, Verdict.WARNING):
        yield ""
        yield f"Remedy: {plain(requirement.remedy)}"


def _unreachable(run: Run) -> Iterator[str]:
    hosts = findings.unreachable_hosts(run)
    if hosts:
        yield ""
        yield f"## No answers from {count(len(hosts), 'host')}"
        yield ""
    for name, cause in hosts[:SHOWN_HOSTS]:
        yield f"- {code(name)} {code(cause.code)}: {code(f'{cause.message} {cause.remedy}')}"
    if len(hosts) > SHOWN_HOSTS:
        yield f"- and {len(hosts) - SHOWN_HOSTS:,} more"


def _notes(run: Run) -> Iterator[str]:
    notes = findings.notes(run)
    if not notes:
        return
    yield ""
    yield "## To be known"
    yield ""
    for note in notes[:SHOWN_HOSTS]:
        hosts = f": {code(cut(note.hosts, NAMED_HOSTS), 3000)}" if note.hosts else ""
        yield f"- {code(note.text)}{hosts}"
    if len(notes) > SHOWN_HOSTS:
        yield f"- and {len(notes) - SHOWN_HOSTS:,} more"


def _hosts(run: Run) -> Iterator[str]:
    worst = findings.hosts_with_findings(run)
    if not worst:
        return
    yield ""
    yield "## Hosts with findings"
    yield ""
    for name, totals in worst[:SHOWN_HOSTS]:
        counts = ", ".join(f"{totals[verdict]} {verdict}" for verdict in findings.ORDER if totals[verdict])
        yield f"- {code(name)}: {counts}"
    if len(worst) > SHOWN_HOSTS:
        yield f"- and {len(worst) - SHOWN_HOSTS:,} more"
