"""The summary that a run prints at its end: what deviates first, by requirement, then by host, then the totals.

Host text is data: it goes into rich as plain text (no markup), cleaned of control characters when the ledger was read.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Collection, Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from vmready.evidence import findings
from vmready.evidence.findings import Group, brief, count, cut
from vmready.evidence.gate import Decision
from vmready.evidence.run import Run
from vmready.model import Verdict

#: How much of a run is listed; the rest is counted, and stands in the report.
NAMED_HOSTS = 6
SHOWN_TEXTS = 3
SHOWN_GROUPS = 30
SHOWN_HOSTS = 20
#: Up to so many unreachable hosts each cause stands with its host; beyond, hosts with like causes stand together.
FEW_UNREACHABLE = 6
#: Up to so many hosts the outcome of every host is listed, good ones included.
SMALL_FLEET = 25

STYLE = {
    Verdict.COMPLIANT: "green",
    Verdict.NON_COMPLIANT: "bold red",
    Verdict.WARNING: "yellow",
    Verdict.NOTED: "cyan",
    Verdict.WAIVED: "blue",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.UNDETERMINED: "bold magenta",
    Verdict.UNREACHABLE: "bold magenta",
    Verdict.NOT_RUN: "bold magenta",
}
_GROUPED = (Verdict.NON_COMPLIANT, Verdict.UNDETERMINED, Verdict.WARNING, Verdict.WAIVED)


def summary(run: Run, decision: Decision, *, width: int = 100, colour: bool = False, report: str = "") -> str:
    """The summary as lines that fit ``width``, with terminal colours where ``colour`` says so. ``report`` is where the reports are."""
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=max(width, 40),
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
    for indent, line in _lines(run, decision, report):
        console.print(Padding(line, (0, 0, 0, indent)), end="")
    return "\n".join(text.rstrip() for text in stream.getvalue().splitlines()) + "\n"


def _lines(run: Run, decision: Decision, report: str) -> Iterator[tuple[int, RenderableType]]:
    for verdict in _GROUPED:
        found = findings.groups(run, {verdict})
        if found:
            yield 0, _heading(verdict.value.capitalize(), STYLE[verdict])
            for group in found[:SHOWN_GROUPS]:
                yield from _group(group)
            if len(found) > SHOWN_GROUPS:
                yield 2, Text(f"and {count(len(found) - SHOWN_GROUPS, 'requirement')} more, see the report", "dim")
    yield from _unreachable(run)
    yield from _hosts(run)
    yield from _notes(run)
    yield 0, Text()
    yield 0, _totals(run)
    yield 0, _outcome(run, decision)
    for reason in decision.reasons[:10]:
        yield 2, Text(reason)
    if report:
        yield 0, Text.assemble(("Report: ", "bold"), report)


def _heading(text: str, style: str) -> Text:
    return Text(f"\n{text}", style)


def _group(group: Group) -> Iterator[tuple[int, RenderableType]]:
    requirement = group.requirement
    yield (
        2,
        Text.assemble(
            (requirement.id, STYLE[group.verdict]),
            (f"  {requirement.severity}  ", "dim"),
            requirement.title,
        ),
    )
    for shared in group.shared[:SHOWN_TEXTS]:
        parts = "" if shared.items == (requirement.id,) else f"[{cut(shared.items, 3)}] "
        named = (
            shared.hosts[0]
            if len(shared.hosts) == 1
            else f"{count(len(shared.hosts), 'host')}: {cut(shared.hosts, NAMED_HOSTS)}"
        )
        yield 4, Text.assemble((parts, "dim"), brief(shared.text), (f" · {named}", "bold"))
    rest = group.shared[SHOWN_TEXTS:]
    if rest:
        hosts = {host for shared in rest for host in shared.hosts}
        yield (
            4,
            Text(
                f"and {count(len(rest), 'other text')} on {count(len(hosts), 'host')}: {cut(hosts, NAMED_HOSTS)}", "dim"
            ),
        )


def _unreachable(run: Run) -> Iterator[tuple[int, RenderableType]]:
    hosts = findings.unreachable_hosts(run)
    if not hosts:
        return
    yield 0, _heading(f"No answers from {count(len(hosts), 'host')}", STYLE[Verdict.UNREACHABLE])
    if len(hosts) <= FEW_UNREACHABLE:
        yield 2, _columns([(name, Text(brief(f"{cause.message} {cause.remedy}"))) for name, cause in hosts])
        return
    alike: dict[str, list[tuple[str, str]]] = {}
    for name, cause in hosts:
        alike.setdefault(cause.code, []).append((name, f"{cause.message} {cause.remedy}"))
    for code, entries in sorted(alike.items(), key=lambda entry: -len(entry[1])):
        names = cut([name for name, _ in entries], NAMED_HOSTS)
        example = "" if len({text for _, text in entries}) == 1 else f", on {entries[0][0]}"
        yield (
            2,
            Text.assemble(
                (f"{count(len(entries), 'host')}: {names}", "bold"), f"  {code}{example}: {brief(entries[0][1])}"
            ),
        )


def _hosts(run: Run) -> Iterator[tuple[int, RenderableType]]:
    by_host = run.by_host()
    worst = findings.hosts_with_findings(run)
    if len(by_host) <= SMALL_FLEET:
        fine = [(name, by_host[name]) for name in sorted(by_host, key=findings.natural) if name not in dict(worst)]
        title, shown, more = "Hosts", [*worst, *fine], ""
    else:
        title, shown = "Hosts with findings", list(worst[:SHOWN_HOSTS])
        rest = len(worst) - len(shown)
        fine_count = len(by_host) - len(worst)
        more = ", ".join(
            text
            for text in (
                f"{count(rest, 'more host')} with findings" if rest > 0 else "",
                f"{count(fine_count, 'host')} without",
            )
            if text
        )
    if not shown and not more:
        return
    yield 0, _heading(title, "bold")
    of_interest = findings.DEVIATIONS if more else frozenset(Verdict)
    yield 2, _columns([(name, _counts(totals, of_interest)) for name, totals in shown])
    if more:
        yield 2, Text(more, "dim")


def _columns(rows: list[tuple[str, Text]]) -> Table:
    """Names and, beside them, texts that wrap below themselves."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(overflow="fold", style="bold", max_width=40)
    table.add_column(overflow="fold")
    for name, text in rows:
        table.add_row(Text(name), text)
    return table


def _counts(totals: Counter[Verdict], verdicts: Collection[Verdict]) -> Text:
    text = Text(" · ").join(
        Text(f"{totals[verdict]:,} {verdict}", STYLE[verdict])
        for verdict in findings.ORDER
        if totals.get(verdict) and verdict in verdicts
    )
    return text or Text("nothing planned", STYLE[Verdict.NOT_RUN])


def _notes(run: Run) -> Iterator[tuple[int, RenderableType]]:
    notes = findings.notes(run)
    if not notes:
        return
    yield 0, _heading("To be known", "bold yellow")
    for note in notes[:SHOWN_HOSTS]:
        hosts = f": {cut(note.hosts, NAMED_HOSTS)}" if note.hosts else ""
        yield 2, Text(brief(note.text) + hosts)
    if len(notes) > SHOWN_HOSTS:
        yield 2, Text(f"and {len(notes) - SHOWN_HOSTS:,} more, see the report", "dim")


def _totals(run: Run) -> Text:
    head = f"{count(len(run.findings), 'cell')} on {count(len(run.hosts), 'host')}: "
    return Text.assemble((head, "bold"), _counts(Counter(run.totals), findings.ORDER) if run.findings else Text("none"))


def _outcome(run: Run, decision: Decision) -> Text:
    style = "bold green" if decision.exit_code == 0 else "bold red"
    return Text(f"Exit code {decision.exit_code}: {findings.meaning(decision.exit_code, run)}".rstrip(": "), style)
