"""All reports of a run, written into its folder, and held against each other before the run may call itself good."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from vmready import files
from vmready.evidence import html, junit, markdown, run_json
from vmready.evidence.run import Run
from vmready.model import Verdict

RUN_JSON = "run.json"
SUMMARY = "summary.md"
JUNIT = "junit.xml"
HTML = "report.html"


@dataclass(frozen=True, slots=True)
class Options:
    """What a user chose for the reports. ``html`` makes ``report.html`` (None: it is not made)."""

    junit_properties: bool = False
    html: Callable[[Run], str] | None = html.render


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and ``problems``: totals of a report that are not those of the run (exit code 12)."""

    paths: Mapping[str, Path] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def write_all(run: Run, folder: Path, options: Options | None = None) -> Written:
    """Write ``run.json``, ``summary.md``, ``junit.xml`` and ``report.html``. Raises EvidenceError with the path of the first that fails;
    those after it are tried all the same."""
    options = options or Options()
    made: dict[str, Callable[[], str]] = {
        RUN_JSON: lambda: run_json.render(run),
        SUMMARY: lambda: markdown.render(run),
        JUNIT: lambda: junit.render(run, testcase_properties=options.junit_properties),
    }
    if options.html is not None:
        made_html = options.html
        made[HTML] = lambda: made_html(run)
    paths: dict[str, Path] = {}
    problems: list[str] = []
    failure: files.EvidenceError | None = None
    for name, render in made.items():
        text = render()
        problems += disagreements(run, name, text)
        try:
            files.write(folder / name, text)
            paths[name] = folder / name
        except files.EvidenceError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return Written(paths, tuple(problems))


def disagreements(run: Run, name: str, text: str) -> Iterator[str]:
    """Totals that a report shows and that are not those of the run. Only what can be read back from it is compared."""
    for what, shown, real in _TOTALS[name](run, text) if name in _TOTALS else ():
        if shown != real:
            yield f"{name} counts {shown} {what}, and the run has {real}"


def _of_json(run: Run, text: str) -> Iterator[tuple[str, int, int]]:
    # One finding a line: 100,000 need not be kept to be counted, and nothing inside of one can pass for another.
    findings = text.partition('\n"findings": [\n')[2].partition("\n]")[0]
    counts = Counter(json.loads(one.rstrip(","))["verdict"] for one in findings.splitlines())
    for verdict in Verdict:
        yield verdict.value, counts[verdict.value], run.totals[verdict]


def _of_junit(run: Run, text: str) -> Iterator[tuple[str, int, int]]:
    counts: Counter[str] = Counter()
    for _, element in ET.iterparse(io.BytesIO(text.encode("utf-8"))):  # noqa: S314
        if element.tag == "testcase":
            counts[_outcome(element)] += 1
        if element.tag in ("testcase", "testsuite"):
            element.clear()
    passed = set(Verdict) - junit.FAILURES - junit.ERRORS - junit.SKIPPED
    yield "passed", counts["passed"], sum(run.totals[verdict] for verdict in passed)
    for verdict in (*junit.FAILURES, *junit.ERRORS, *junit.SKIPPED):
        yield verdict.value, counts[verdict.value], run.totals[verdict]


def _outcome(case: ET.Element) -> str:
    child = next((child for child in case if child.tag != "properties"), None)
    if child is None:
        return "passed"
    return child.get("message", "").partition(":")[0] if child.tag == "skipped" else child.get("type", "")


def _of_summary(run: Run, text: str) -> Iterator[tuple[str, int, int]]:
    shown = dict(
        line.strip("| ").split(" | ") for line in text.split("\n") if line.startswith("| ") and line.endswith(" |")
    )
    for verdict in Verdict:
        yield verdict.value, int(shown[verdict.value]), run.totals[verdict]


def _of_html(run: Run, text: str) -> Iterator[tuple[str, int, int]]:
    for verdict, shown in html.shown_totals(text):
        yield verdict.value, shown, run.totals[verdict]


_TOTALS: Mapping[str, Callable[[Run, str], Iterator[tuple[str, int, int]]]] = {
    RUN_JSON: _of_json,
    SUMMARY: _of_summary,
    JUNIT: _of_junit,
    HTML: _of_html,
}
