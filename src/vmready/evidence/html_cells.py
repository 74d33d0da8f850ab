"""The pieces of HTML that pytest-html's tables and summaries are filled with. Everything that is not ours is escaped here."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from html import escape
from typing import Any

from vmready.evidence import findings
from vmready.evidence.findings import ORDER, RANK, Shared, brief, count, cut
from vmready.evidence.reading import HostOfRun
from vmready.evidence.records import instant
from vmready.evidence.run import Run
from vmready.judge import clean
from vmready.model import JUDGED, Finding, Requirement, Source, Verdict

HEADER = (
    '<th class="sortable" data-column-type="verdict">Verdict</th>',
    '<th class="sortable" data-column-type="host">Host</th>',
    '<th class="sortable" data-column-type="id">Id</th>',
    # Not sortable: pytest-html keeps a second copy of what it sorts by, and this is the longest column.
    "<th>Requirement</th>",
    '<th class="sortable" data-column-type="document">Document</th>',
)
NAMED_HOSTS = 12
SHOWN_HOSTS = 40
SHOWN_TEXTS = 5
#: Up to so many hosts their overview is open from the start.
OPEN_HOSTS = 20


def text(value: str) -> str:
    """Text as HTML: cleaned of control and format characters, escaped, on one source line."""
    return escape(clean(value, 100_000)).replace("\n", "<br>")


def slug(verdict: Verdict) -> str:
    """A verdict as a class name."""
    return verdict.value.replace(" ", "-")


def cells(finding: Finding, requirement: Requirement, *, first_of_host: bool = False) -> tuple[str, ...]:
    """The five cells of a finding. The hidden parts make pytest-html sort by weight and by natural order."""
    cell, verdict = finding.cell, finding.verdict
    detail = f'<div class="detail">{text(brief(finding.detail))}</div>' if finding.detail else ""
    first = " first-of-host" if first_of_host else ""
    return (
        f'<td class="col-verdict v-{slug(verdict)}{first}"><span hidden>{RANK[verdict]}</span><b>{verdict}</b></td>',
        f'<td class="col-host"><span hidden>{_sortable(cell.host)}</span>{text(cell.host)}</td>',
        f'<td class="col-id"><span hidden>{_sortable(cell.item)}</span>{text(cell.item)}</td>',
        f'<td class="col-requirement">{text(requirement.title)} <span class="severity">{requirement.severity}</span>{detail}</td>',
        f'<td class="col-document">{source(requirement.source)}</td>',
    )


def _sortable(name: str) -> str:
    return text(re.sub(r"[0-9]{1,12}", lambda match: match.group().zfill(12), name.casefold()))


def source(of: Source) -> str:
    """A source in short: ``UM: Section``."""
    return f'<span title="{text(of.document.title)}">{text(f"{of.document.key}: {of.section}")}</span>'


def link(of: Source) -> str:
    """A source in full, linked where its document's address is a web address."""
    if not of.document.url.startswith(("https://", "http://")):
        return text(str(of))
    return f'<a href="{text(of.document.url)}" rel="noreferrer">{text(str(of))}</a>'


def details(finding: Finding, requirement: Requirement) -> str:
    """What a row shows when it is opened."""
    pairs = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in _details(finding, requirement) if value)
    return f'<dl class="finding">{pairs}</dl>'


def _details(finding: Finding, requirement: Requirement) -> Iterator[tuple[str, str]]:
    if finding.verdict is not Verdict.NOT_APPLICABLE:
        yield "Found", text(finding.detail)
    yield "Also", "<br>".join(text(note) for note in finding.notes)
    if finding.observed is not None:
        yield "Observed", f"<code>{text(json.dumps(finding.observed, indent=1, ensure_ascii=False))}</code>"
    yield "Cause", text(finding.cause or "")
    if finding.waiver is not None:
        yield "Waiver", f"<code>{text(json.dumps(dict(finding.waiver), ensure_ascii=False))}</code>"
    if finding.verdict in JUDGED and finding.verdict is not Verdict.COMPLIANT:
        # Of a host that gave no answer, the requirement's remedy would mislead.
        yield "Remedy", text(requirement.remedy)
        yield "Why", text(requirement.rationale)
    yield "Source", link(requirement.source)
    yield "Weight", f"{requirement.kind}, {requirement.severity}"
    yield "Judged by", "the letter of the document" if finding.basis == "letter" else ""


def totals(run: Run) -> str:
    """All totals, as the filter of verdicts: a box that is not ticked hides the rows of its verdict."""
    boxes = "".join(
        f'<label class="total v-{slug(verdict)}{"" if run.totals[verdict] else " none"}">'
        f'<input type="checkbox" id="show-{slug(verdict)}" checked autocomplete="off">'
        f' {verdict} <b data-total="{slug(verdict)}">{run.totals[verdict]:,}</b></label>'
        for verdict in ORDER
    )
    return f'<div class="totals">{boxes}</div>'


def outcome(run: Run) -> str:
    """The first line: how the run ended."""
    what = f"{count(len(run.findings), 'cell')} on {count(len(run.hosts), 'host')}"
    if run.end is None:
        return f'<p class="outcome bad"><b>Cut off, or still going on</b> · {what}</p>'
    code = run.end.exit_code
    reason = f" · {text(run.end.reason)}" if run.end.reason else ""
    said = findings.meaning(code, run)
    return f'<p class="outcome {"bad" if code else "good"}"><b>Exit code {code}:</b> {said}{reason} · {what}</p>'


def known(run: Run) -> str:
    """What has to be known of the run as a whole: contradictions, unchecked certificates, warnings, cells that never ran."""
    notes = findings.notes(run)
    entries = [f"{text(brief(note.text))}{_named(note.hosts)}" for note in notes[:SHOWN_HOSTS]]
    if len(notes) > SHOWN_HOSTS:
        entries.append(f"and {len(notes) - SHOWN_HOSTS:,} more, in run.json")
    return '<ul class="known">' + "".join(f"<li>{entry}</li>" for entry in entries) + "</ul>" if entries else ""


def _named(hosts: Collection[str]) -> str:
    return f": <b>{text(cut(hosts, NAMED_HOSTS))}</b>" if hosts else ""


def by_requirement(run: Run) -> str:
    """What deviates, one line per text with the hosts that share it."""
    lines = []
    for group in findings.groups(run, {Verdict.NON_COMPLIANT, Verdict.UNDETERMINED, Verdict.WARNING}):
        requirement, verdict = group.requirement, group.verdict
        shared = "".join(_shared(requirement, each) for each in group.shared[:SHOWN_TEXTS])
        if len(group.shared) > SHOWN_TEXTS:
            shared += f'<div class="detail">and {count(len(group.shared) - SHOWN_TEXTS, "other text")}</div>'
        lines.append(
            f'<tr><td class="v-{slug(verdict)}"><b>{verdict}</b></td><td>{text(requirement.id)}</td>'
            f'<td>{text(requirement.title)} <span class="severity">{requirement.severity}</span>{shared}</td></tr>'
        )
    return _overview("By requirement", "".join(lines), is_open=True) if lines else ""


def _shared(requirement: Requirement, each: Shared) -> str:
    items = "" if each.items == (requirement.id,) else f'<span class="items">{text(cut(each.items, 3))}</span> '
    hosts = "" if len(each.hosts) == 1 else f"<b>{count(len(each.hosts), 'host')}</b>: "
    return f'<div class="detail">{items}{text(brief(each.text))} · {hosts}{text(cut(each.hosts, NAMED_HOSTS))}</div>'


def by_host(run: Run) -> str:
    """Hosts with a finding and hosts without answers, the worst first, each with its counts and its cause."""
    worst, of_host = findings.hosts_with_findings(run), run.by_host()
    fine = [name for name in sorted(of_host, key=findings.natural) if name not in dict(worst)]
    shown = [*worst, *((name, of_host[name]) for name in fine)] if len(of_host) <= SHOWN_HOSTS else worst[:SHOWN_HOSTS]
    lines = "".join(_host(run.hosts[name], counts) for name, counts in shown)
    rest = len(of_host) - len(shown)
    more = (
        f'<tr><td colspan="3">and {count(rest, "more host")}, in the table below or in run.json</td></tr>'
        if rest
        else ""
    )
    return _overview("By host", lines + more, is_open=len(of_host) <= OPEN_HOSTS)


def _overview(title: str, rows: str, *, is_open: bool) -> str:
    attribute = " open" if is_open else ""
    return f'<details{attribute}><summary>{title}</summary><table class="overview">{rows}</table></details>'


def _host(host: HostOfRun, counts: Mapping[Verdict, int]) -> str:
    chips = " ".join(
        f'<span class="chip v-{slug(verdict)}">{counts[verdict]} {verdict}</span>'
        for verdict in ORDER
        if counts.get(verdict)
    )
    cause = f"{host.cause.message} {host.cause.remedy}" if host.cause is not None else ""
    tls = '<span class="chip v-warning">tls: unverified</span> ' if host.tls == "unverified" else ""
    roles = ", ".join(host.roles)
    return (
        f'<tr><td><b>{text(host.name)}</b><div class="detail">{text(roles)}</div></td><td>{text(host.url)}</td>'
        f'<td>{tls}{chips}<div class="detail">{text(cause)}</div></td></tr>'
    )


def environment(run: Run) -> dict[str, Any]:
    """What pytest-html shows as the environment; it inserts the values as HTML."""
    header, end = run.header, run.end
    values = {
        "Run": header.run_id,
        "Started": instant(header.started),
        "Finished": "" if end is None else instant(end.finished),
        "Operator": header.operator,
        "vmready": f"{header.version} {header.commit}".strip(),
        "Python": header.python,
        "Platform": header.platform,
        "Hosts from": ", ".join(header.sources),
        "Options": json.dumps(dict(header.options), ensure_ascii=False),
        "Plan (SHA-256)": run.plan_digest,
    }
    return {name: text(value) for name, value in values.items() if value}
