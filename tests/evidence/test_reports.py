from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import pytest
from evidence_runs import ITEMS, Writing, storied
from lxml import etree
from test_ledger_and_run import schema

from vmready.evidence import console, findings, junit, markdown, run_json
from vmready.evidence.gate import Decision, decide
from vmready.evidence.reports import Options, disagreements, write_all
from vmready.files import EvidenceError
from vmready.model import Host, Tls, Verdict

SUBSET = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit-subset.xsd")))
GOOD = Decision(0)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return storied(tmp_path_factory.mktemp("reports") / "run")


# --- all of them ----------------------------------------------------------------------------------------------------------


def test_all_reports_are_written_and_agree(run, tmp_path):
    written = write_all(run, tmp_path)
    assert set(written.paths) == {"run.json", "summary.md", "junit.xml", "report.html"}
    assert all(path.stat().st_size for path in written.paths.values())
    assert written.problems == ()


@pytest.mark.parametrize("name", ["run.json", "summary.md", "junit.xml", "report.html"])
def test_a_report_that_counts_otherwise_is_noticed(run, tmp_path, name):
    write_all(run, tmp_path)
    other = replace(run, totals={**run.totals, Verdict.NON_COMPLIANT: 5})
    problems = list(disagreements(other, name, (tmp_path / name).read_text()))
    assert problems == [f"{name} counts 4 non-compliant, and the run has 5"]


def test_one_report_that_cannot_be_written_does_not_keep_the_others(run, tmp_path):
    (tmp_path / "summary.md").mkdir()
    with pytest.raises(EvidenceError) as caught:
        write_all(run, tmp_path, Options(html=None))
    assert caught.value.path == tmp_path / "summary.md"
    assert (tmp_path / "junit.xml").exists()


# --- run.json -------------------------------------------------------------------------------------------------------------


def test_run_json_agrees_with_its_schema(run):
    schema("run").validate(json.loads(run_json.render(run)))


def test_the_schema_of_run_json_is_strict(run):
    document = json.loads(run_json.render(run))
    validator = schema("run")
    for broken in (
        {**document, "gossip": 1},
        {**document, "schema": 2},
        {**document, "findings": [{**document["findings"][0], "verdict": "fine"}]},
        {**document, "hosts": [{**document["hosts"][0], "secret": "x"}]},
        {key: value for key, value in document.items() if key != "totals"},
    ):
        assert not validator.is_valid(broken)


def test_run_json_says_what_was_observed_and_why_a_host_is_unreachable(run):
    document = json.loads(run_json.render(run))
    assert {"Enabled": 0} in [finding["observed"] for finding in document["findings"]]
    causes = {host["name"]: host["cause"] and host["cause"]["code"] for host in document["hosts"]}
    assert (causes["web-05"], causes["web-06"], causes["web-01"]) == ("wrong-password", "refused", None)


# --- JUnit ----------------------------------------------------------------------------------------------------------------


def test_junit_is_in_the_subset_that_both_schemas_take(run):
    SUBSET.assertValid(etree.fromstring(junit.render(run).encode()))


def test_junit_properties_of_testcases_are_there_only_on_request(run):
    assert not etree.fromstring(junit.render(run).encode()).xpath("//testcase/properties")
    cases = etree.fromstring(junit.render(run, testcase_properties=True).encode()).xpath("//testcase")
    properties = {each.get("name"): each.get("value") for each in cases[7].iter("property")}
    assert properties == {
        "verdict": "non-compliant",
        "severity": "critical",
        "kind": "must",
        "source": "Troubleshoot Windows update agent issues, section “A section”",
        "observed": '{"Enabled": 0}',
    }


def test_junit_tells_each_verdict_by_element_type_and_message(run):
    seen = {}
    for case in etree.fromstring(junit.render(run).encode()).iter("testcase"):
        for child in case:
            seen.setdefault((child.tag, child.get("type")), child.get("message"))
    assert seen == {
        ("failure", "non-compliant"): "TLS 1.2 is switched off for clients in Schannel (Enabled is 0)",
        ("error", "unreachable"): "The host refused the credential.",
        ("error", "undetermined"): "NDP\\v4\\Full could not be read: access denied",
        ("error", "not run"): "not judged: the run ended without it",
        ("skipped", None): ANY,
    }
    skipped = {each.get("message") for each in etree.fromstring(junit.render(run).encode()).iter("skipped")}
    assert skipped == {
        "not applicable: it has no such role",
        "waived: waived until 2027-01-01: fReverseConnectMode is 0",
    }


def test_junit_has_one_suite_per_host_and_unique_names_in_it(run):
    suites = list(etree.fromstring(junit.render(run).encode()))
    assert [suite.get("hostname") for suite in suites] == list(run.hosts)
    for suite in suites:
        names = [case.get("name") for case in suite.iter("testcase")]
        assert len(names) == len(set(names)) == len(ITEMS) == int(suite.get("tests"))
        for element in ("failure", "error"):
            assert int(suite.get(f"{element}s")) == len(list(suite.iter(element)))
        assert int(suite.get("skipped")) == len(list(suite.iter("skipped")))


def test_junit_keeps_the_text_of_what_counts_as_passed(run):
    said = "\n".join(suite.findtext("system-out") for suite in etree.fromstring(junit.render(run).encode()))
    assert "UM-12 warning: it restarts by itself (AUOptions is 4)" in said
    assert "GA-06 noted: Windows Azure VM Agent" in said
    assert "the certificate of this host was not checked (tls: unverified)" in said


def test_junit_of_a_host_without_cells_is_valid(tmp_path):
    run = Writing(tmp_path / "run", 2, items=()).end()
    SUBSET.assertValid(etree.fromstring(junit.render(run).encode()))


# --- console and summary --------------------------------------------------------------------------------------------------


def test_the_summary_groups_by_requirement_and_counts_hosts(tmp_path):
    run = storied(tmp_path / "run", 300)
    text = console.summary(run, decide(run), width=200)
    assert (
        "TLS 1.2 is switched off for clients in Schannel (Enabled is 0)"
        " · 75 hosts: web-02, web-03, web-04, web-14, web-15, web-16 and 69 more"
    ) in text
    assert "No answers from 50 hosts" in text
    assert "25 hosts: web-05, web-17, web-29, web-41, web-53, web-65 and 19 more  wrong-password" in text
    assert "2,100 cells on 300 hosts: 100 non-compliant" in text
    assert len(text.splitlines()) < 70


def test_an_unreachable_host_is_one_line_with_its_cause_and_what_to_do(run):
    text = console.summary(run, decide(run), width=200)
    assert len(re.findall(r"^  web-05 .*refused the credential.*Check the password", text, re.MULTILINE)) == 1


def test_a_small_fleet_is_listed_host_by_host_good_ones_included(run):
    text = console.summary(run, decide(run), width=120)
    hosts = text[text.index("\nHosts\n") :]
    for name in run.hosts:
        assert re.search(rf"^  {name} ", hosts, re.MULTILINE)


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_the_summary_fits_its_width(run, width):
    text = console.summary(run, decide(run), width=width, report="reports/r")
    assert max(map(len, text.splitlines())) <= width


def test_colours_only_where_asked_for(run):
    assert "\x1b" not in console.summary(run, decide(run))
    assert "\x1b[1;31m" in console.summary(run, decide(run), colour=True)


def test_markup_in_host_text_is_text(tmp_path):
    writing = Writing(tmp_path / "run", 1)
    writing.found("web-1", "UM-11", Verdict.NON_COMPLIANT, "[red]off[/red] :warning: [link=http://x]y[/link]")
    run = writing.end()
    assert "[red]off[/red] :warning: [link=http://x]y[/link]" in console.summary(
        run, decide(run), width=200, colour=True
    )


def test_the_exit_code_and_its_reasons_are_said(run):
    text = console.summary(run, decide(run), width=120, report="reports/r/report.html")
    assert "Exit code 1: not compliant at or above the gate" in text
    assert "nothing was judged on 2 hosts: web-05, web-06" in text
    assert text.rstrip().endswith("Report: reports/r/report.html")


def test_unchecked_certificates_are_shown_by_every_report(tmp_path):
    writing = Writing(tmp_path / "run", [Host("build-01", "10.0.0.1", tls=Tls(verify=False))])
    writing.rest("build-01")
    run = writing.end(0)
    write_all(run, tmp_path / "run")
    for name in ("run.json", "summary.md", "junit.xml", "report.html", "ledger.jsonl"):
        assert "unverified" in (tmp_path / "run" / name).read_text(), name
    assert "certificate not checked (tls: unverified): build-01" in console.summary(run, GOOD, width=200)


def test_host_text_cannot_leave_its_code_span():
    assert markdown.code("a `b` ``c``") == "``` a `b` ``c`` ```"
    assert markdown.code("one\ntwo") == "`one · two`"
    assert markdown.plain("a [b](c) <d> @e") == r"a \[b\](c) \<d\> \@e"


# --- views ----------------------------------------------------------------------------------------------------------------


def test_natural_order_and_cut_lists():
    names = ["web-10", "Web-9", "web-1", "db"]
    assert sorted(names, key=findings.natural) == ["db", "web-1", "Web-9", "web-10"]
    assert findings.cut(names, 2) == "db, web-1 and 2 more"
    assert findings.cut(names, 3) == "db, web-1, Web-9, web-10"


def test_groups_are_sorted_by_verdict_severity_and_hosts(run):
    groups = findings.groups(run, {Verdict.NON_COMPLIANT, Verdict.WARNING, Verdict.UNDETERMINED})
    assert [(group.requirement.id, group.verdict, len(group.hosts)) for group in groups] == [
        ("UM-11", Verdict.NON_COMPLIANT, 3),
        ("UM-04", Verdict.NON_COMPLIANT, 1),
        ("UM-02", Verdict.UNDETERMINED, 1),
        ("UM-12", Verdict.WARNING, 1),
    ]


def test_the_order_of_verdicts_names_each_once():
    assert Counter(findings.ORDER) == Counter(Verdict)
