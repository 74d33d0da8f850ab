"""Whatever a host sends, no report breaks, obeys it, or counts otherwise because of it."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import pytest
from evidence_runs import Writing
from hostile import PAYLOADS, deep, harmless, texts, values
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html
from test_ledger_and_run import schema
from test_reports import SUBSET

from vmready.evidence import console, html, junit, markdown, run_json
from vmready.evidence.gate import Decision
from vmready.evidence.reports import disagreements
from vmready.evidence.run import Run
from vmready.evidence.values import DEEPEST, LONGEST, MOST_ENTRIES, line, settled
from vmready.model import Cause, Verdict

VERDICTS = [verdict for verdict in Verdict if verdict is not Verdict.NOT_RUN]
RUN = schema("run")
LEDGER = schema("ledger-record")


def strict(text: str) -> object:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    value = json.loads(text, parse_constant=refuse)
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # no lone surrogates
    return value


def hostile_run(folder: Path, data) -> Run:
    writing = Writing(folder, 2)
    for item, _ in writing.items:
        writing.found(
            "web-1",
            item,
            data(st.sampled_from(VERDICTS)),
            data(texts),
            observed=data(values),
            notes=tuple(data(st.lists(texts, max_size=2))),
            cause=data(st.one_of(st.none(), texts)),
            waiver=data(st.one_of(st.none(), st.dictionaries(texts, values, max_size=2))),
        )
    writing.writer.collected(
        "web-2", cause=Cause(data(texts), data(texts), data(texts)), warnings=data(st.lists(texts, max_size=2))
    )
    writing.writer.message(data(texts), hosts=["web-1"])
    writing.writer.waiver("expired", data(texts))
    return writing.end(1, data(texts))


@settings(
    max_examples=40, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(st.data())
def test_no_report_breaks_or_obeys(data):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "run"
        run = hostile_run(folder, data.draw)
        assert [entry.name for entry in folder.iterdir()] == ["ledger.jsonl"]
        ledger = (folder / "ledger.jsonl").read_bytes()
    for text in ledger.decode("ascii").splitlines():
        assert text.isprintable()
        LEDGER.validate(strict(text))
    assert run.problems == ()
    check_json(run)
    check_junit(run)
    check_texts(run)
    check_html(run)


def check_json(run: Run) -> None:
    text = run_json.render(run)
    assert harmless(text)
    assert text.isascii()
    RUN.validate(strict(text))
    assert list(disagreements(run, "run.json", text)) == []


def check_junit(run: Run) -> None:
    text = junit.render(run)
    assert harmless(text)
    SUBSET.assertValid(etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False)))
    assert list(disagreements(run, "junit.xml", text)) == []
    with_properties = junit.render(run, testcase_properties=True)
    assert list(disagreements(run, "junit.xml", with_properties)) == []


def check_texts(run: Run) -> None:
    decision = Decision(1, tuple(run.problems))
    plain = console.summary(run, decision, width=80)
    assert harmless(plain)
    coloured = console.summary(run, decision, width=80, colour=True)
    uncoloured = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in uncoloured.splitlines()] == plain.splitlines()
    summary = markdown.render(run)
    assert harmless(summary)
    assert list(disagreements(run, "summary.md", summary)) == []
    assert "<" not in re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", summary)


ALLOWED_TAGS = {"td", "span", "b", "div", "br", "a", "dl", "dt", "dd", "code"}
ALLOWED_ATTRIBUTES = {"class", "hidden", "href", "title", "rel"}


def check_html(run: Run) -> None:
    document = html.render(run)
    assert harmless(document)
    assert list(disagreements(run, "report.html", document)) == []
    tree = lxml_html.document_fromstring(document)
    assert (len(tree.xpath("//script")), len(tree.xpath("//style"))) == (1, 1)
    assert not tree.xpath("//@*[starts-with(name(), 'on')]")
    assert not tree.xpath("//iframe | //object | //embed | //svg | //link | //base | //form")
    blob = json.loads(tree.get_element_by_id("data-container").get("data-jsonblob"))
    assert len(blob["tests"]) == len(run.findings)
    assert not any("<" in value for value in blob["environment"].values())
    for tests in blob["tests"].values():
        for test in tests:
            for fragment in (*test["resultsTableRow"], test["log"]):
                for element in lxml_html.fragment_fromstring(fragment, create_parent="table").iterdescendants():
                    assert element.tag in ALLOWED_TAGS, fragment
                    assert set(element.attrib) <= ALLOWED_ATTRIBUTES, fragment
                    assert element.get("href", "https://").startswith(("https://", "http://"))


@settings(max_examples=200, deadline=None)
@given(values)
def test_settled_values_are_json_for_everyone_and_settling_twice_changes_nothing(value):
    once = settled(value)
    assert strict(line({"value": once})) == {"value": once}
    assert settled(once) == once


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (2**63, 2**63),
        (2**64, "0x10000000000000000"),
        (10**5000, "an integer of 16610 bits"),
        ("\ud800\x1b[31m", "\\ud800\\x1b[31m"),
        ({1: (True, None), 10**5000: 0}, {"1": [True, None], "an integer of 16610 bits": 0}),
    ],
    ids=["NaN", "infinity", "63 bits", "65 bits", "16610 bits", "text", "keys"],
)
def test_what_becomes_of_values_that_only_python_can_read(value, becomes):
    assert settled(value) == becomes


def test_size_and_depth_are_bounded_and_the_cut_is_said():
    assert settled("x" * 1_000_000) == "x" * LONGEST + "… (cut)"
    assert settled(list(range(10_000)))[-2:] == [MOST_ENTRIES - 1, f"… {10_000 - MOST_ENTRIES} more"]
    assert settled({str(n): n for n in range(10_000)})["…"] == f"{10_000 - MOST_ENTRIES} more"
    text = line({"value": settled(deep(5000))})
    assert f"… nested more than {DEEPEST} levels deep" in json.dumps(json.loads(text), ensure_ascii=False)


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_each_payload_alone_in_every_report(payload, tmp_path):
    writing = Writing(tmp_path / "run", 1)
    writing.found("web-1", "UM-11", Verdict.NON_COMPLIANT, payload, observed=payload, notes=(payload,))
    writing.found("web-1", "UM-12", Verdict.WARNING, payload)
    writing.found("web-1", "UM-02", Verdict.WAIVED, payload, waiver={"reason": payload})
    writing.rest("web-1", without=("UM-11", "UM-12", "UM-02"))
    run = writing.end(1, payload)
    check_json(run)
    check_junit(run)
    check_texts(run)
    check_html(run)


@given(texts)
def test_a_code_span_ends_where_it_should(text):
    span = markdown.code(text)
    fence = re.match("`+", span).group()
    inner = span[len(fence) : -len(fence)]
    assert span.endswith(fence)
    assert "\n" not in span
    assert fence not in re.findall("`+", inner)


def test_an_observed_value_cannot_pass_for_a_finding(tmp_path):
    writing = Writing(tmp_path / "run", 1)
    fake = {"host": "web-1", "requirement": "UM-02", "item": "UM-02", "verdict": "compliant", "seconds": 0}
    writing.found(
        "web-1", "UM-11", Verdict.NON_COMPLIANT, '| compliant | 9 | data-total="compliant">9<', observed=[fake]
    )
    run = writing.end()
    check_json(run)
    check_junit(run)
    check_texts(run)
    check_html(run)
