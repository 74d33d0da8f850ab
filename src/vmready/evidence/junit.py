"""``junit.xml``: one suite per host, one testcase per planned cell, in the subset that the usual consumers agree on.

The schema of Jenkins' xUnit plug-in and the one that Azure DevOps names are both met: required attributes of both, times with three
decimals, a timestamp without zone (UTC), properties, testcases, system-out and system-err in this order, at most one child per testcase.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC
from xml.sax.saxutils import escape

from vmready.evidence.reading import HostOfRun
from vmready.evidence.run import Run
from vmready.judge import clean
from vmready.model import Finding, Verdict

#: Azure DevOps cuts or refuses longer names.
LONGEST_NAME = 500
LONGEST_MESSAGE = 2500

FAILURES = frozenset({Verdict.NON_COMPLIANT})
ERRORS = frozenset({Verdict.UNDETERMINED, Verdict.UNREACHABLE, Verdict.NOT_RUN})
SKIPPED = frozenset({Verdict.WAIVED, Verdict.NOT_APPLICABLE})


def render(run: Run, *, testcase_properties: bool = False) -> str:
    """The whole document. With ``testcase_properties`` each testcase says verdict, severity, kind and what was observed as properties,
    which one of the two schemas does not allow."""
    by_host: dict[str, list[Finding]] = {name: [] for name in run.hosts}
    for finding in run.findings:
        by_host[finding.cell.host].append(finding)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"]
    for number, (name, findings) in enumerate(by_host.items()):
        lines += _suite(run, number, run.hosts[name], findings, testcase_properties)
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _suite(run: Run, number: int, host: HostOfRun, findings: list[Finding], testcase_properties: bool) -> Iterator[str]:
    counts = Counter(finding.verdict for finding in findings)
    seconds = sum(finding.seconds for finding in findings)
    yield (
        f'<testsuite{_attribute("name", host.name)} package="vmready" id="{number}"{_attribute("hostname", host.name)}'
        f' timestamp="{run.header.started.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" time="{seconds:.3f}" tests="{len(findings)}"'
        f' failures="{_sum(counts, FAILURES)}" errors="{_sum(counts, ERRORS)}" skipped="{_sum(counts, SKIPPED)}">'
    )
    yield from _properties(_suite_properties(run, host, counts), " ")
    for finding in findings:
        yield from _testcase(run, finding, testcase_properties)
    yield f" <system-out>{_text(_said(host, findings))}</system-out>"
    yield " <system-err></system-err>"
    yield "</testsuite>"


def _sum(counts: Counter[Verdict], verdicts: Iterable[Verdict]) -> int:
    return sum(counts[verdict] for verdict in verdicts)


def _suite_properties(run: Run, host: HostOfRun, counts: Counter[Verdict]) -> Iterator[tuple[str, str]]:
    yield "vmready.run", run.header.run_id
    yield "vmready.version", run.header.version
    yield "vmready.url", host.url
    yield "vmready.tls", host.tls
    yield "vmready.roles", ", ".join(f"{role} ({origin})" for role, origin in host.roles.items())
    if host.resource_id:
        yield "vmready.resource_id", host.resource_id
    for verdict in Verdict:
        yield f"vmready.total.{verdict.replace(' ', '-')}", str(counts[verdict])


def _properties(pairs: Iterable[tuple[str, str]], indent: str) -> Iterator[str]:
    yield f"{indent}<properties>"
    for name, value in pairs:
        yield f"{indent} <property{_attribute('name', name)}{_attribute('value', value)}/>"
    yield f"{indent}</properties>"


def _testcase(run: Run, finding: Finding, with_properties: bool) -> Iterator[str]:
    requirement = run.requirements[finding.cell.requirement]
    classname = f"{requirement.source.document.key}/{requirement.id}"
    name = f"{finding.cell.item} {requirement.title}"
    start = (
        f" <testcase{_attribute('classname', classname, LONGEST_NAME)}{_attribute('name', name, LONGEST_NAME)}"
        f' time="{finding.seconds:.3f}"'
    )
    children: list[str] = []
    if with_properties:
        children += _properties(_cell_properties(run, finding), "  ")
    message = finding.detail or finding.verdict.value
    if finding.verdict in FAILURES:
        body = "\n".join((message, *finding.notes, f"Remedy: {requirement.remedy}", f"Source: {requirement.source}"))
        children.append(_child("failure", finding.verdict, message, body))
    elif finding.verdict in ERRORS:
        children.append(_child("error", finding.verdict, message, "\n".join((message, *finding.notes))))
    elif finding.verdict in SKIPPED:
        children.append(f"  <skipped{_attribute('message', f'{finding.verdict}: {finding.detail}', LONGEST_MESSAGE)}/>")
    if children:
        yield start + ">"
        yield from children
        yield " </testcase>"
    else:
        yield start + "/>"


def _child(element: str, verdict: Verdict, message: str, body: str) -> str:
    attributes = _attribute("type", verdict.value) + _attribute("message", message, LONGEST_MESSAGE)
    return f"  <{element}{attributes}>{_text(body)}</{element}>"


def _cell_properties(run: Run, finding: Finding) -> Iterator[tuple[str, str]]:
    requirement = run.requirements[finding.cell.requirement]
    yield "verdict", finding.verdict.value
    yield "severity", requirement.severity.value
    yield "kind", requirement.kind.value
    yield "source", str(requirement.source)
    if finding.cause:
        yield "cause", finding.cause
    if finding.observed is not None:
        yield "observed", json.dumps(finding.observed)


def _said(host: HostOfRun, findings: Iterable[Finding]) -> str:
    """What JUnit has no place for: texts of cells that count as passed, and what is to be known of the host."""
    lines = []
    if host.tls == "unverified":
        lines.append("the certificate of this host was not checked (tls: unverified)")
    if host.cause is not None:
        lines.append(f"no answers from this host: {host.cause.message} {host.cause.remedy}".rstrip())
    lines += host.warnings
    for finding in findings:
        if finding.verdict in FAILURES or finding.verdict in ERRORS or finding.verdict in SKIPPED:
            continue
        texts = [text for text in (finding.detail, *finding.notes) if text]
        if texts or finding.verdict is not Verdict.COMPLIANT:
            lines.append(f"{finding.cell.item} {finding.verdict}: {'; '.join(texts)}".rstrip(": "))
    return "\n".join(lines)


def _attribute(name: str, value: str, longest: int = LONGEST_MESSAGE) -> str:
    escaped = escape(clean(value, longest), {'"': "&quot;", "\n": "&#10;"})
    return f' {name}="{escaped}"'


def _text(value: str) -> str:
    # Every character that XML 1.0 cannot hold is a control or an unassigned one, which clean() writes out.
    return escape(clean(value, 1_000_000))
