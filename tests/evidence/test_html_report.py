"""``report.html`` and the columns of a user's own pytest-html report, without a browser."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from evidence_runs import ITEMS, Writing, storied
from lxml import html as lxml_html

from vmready.evidence import html, html_cells
from vmready.evidence.findings import DEVIATIONS
from vmready.model import Document, Source, Verdict


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return storied(tmp_path_factory.mktemp("html") / "run")


def rows_of(document: str) -> list[dict]:
    tree = lxml_html.document_fromstring(document)
    blob = json.loads(tree.get_element_by_id("data-container").get("data-jsonblob"))
    return [test for tests in blob["tests"].values() for test in tests]


def cell(test: dict, column: str) -> str:
    row = "".join(test["resultsTableRow"])
    found = lxml_html.fragment_fromstring(f"<table><tr>{row}</tr></table>").xpath(
        f"//td[starts-with(@class, 'col-{column}')]"
    )
    for hidden in found[0].xpath(".//span[@hidden]"):
        hidden.drop_tree()
    return found[0].text_content()


def test_every_cell_has_a_row_with_its_columns(run):
    rows = rows_of(html.render(run))
    assert len(rows) == len(run.findings)
    assert [cell(rows[0], column) for column in ("verdict", "host", "id", "document")] == [
        "non-compliant",
        "web-02",
        "UM-11",
        "UM: A section",
    ]
    assert "TLS 1.2 is switched off" in cell(rows[0], "requirement")


def test_deviations_come_first_and_those_of_a_host_together(run):
    verdicts = [Verdict(cell(test, "verdict")) for test in rows_of(html.render(run))]
    deviating = [verdict in DEVIATIONS for verdict in verdicts]
    assert deviating == sorted(deviating, reverse=True)
    hosts = [cell(test, "host") for test in rows_of(html.render(run))][: deviating.index(False)]
    changes = sum(first != second for first, second in itertools.pairwise(hosts))
    assert changes <= len(set(hosts))


def test_pytest_htmls_own_filter_counts_by_outcome(run):
    text = lxml_html.document_fromstring(html.render(run)).text_content()
    for said in ("4 Failed", "54 Passed", "10 Skipped", "16 Errors"):
        assert said in text


def test_cells_that_never_ran_stand_in_the_summary_with_the_totals(run):
    tree = lxml_html.document_fromstring(html.render(run))
    text = " ".join(tree.find_class("summary")[0].text_content().split())
    assert "not run 1" in text
    assert "1 cell never ran: web-08" in text
    assert dict(html.shown_totals(html.render(run))) == run.totals


def test_only_what_pytest_html_brings_may_run_and_nothing_is_loaded(run):
    document = html.render(run)
    tree = lxml_html.document_fromstring(document)
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for element in ("style", "script"):
        content = re.findall(rf"<{element}[^>]*>(.*?)</{element}>", document, re.DOTALL)
        assert len(content) == 1
        digest = base64.b64encode(hashlib.sha256(content[0].encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy
    assert not tree.xpath("//link | //*[@src != '']")
    # The policy stands before anything that it has to hold for.
    assert document.index("Content-Security-Policy") < document.index("<style")


def test_a_large_run_lists_only_deviations_and_says_so(run):
    document = html.render(run, most_rows=40)
    assert len(rows_of(document)) == sum(run.totals[verdict] for verdict in DEVIATIONS) == 21
    assert "The run has 84 cells: only deviations are listed here. All cells are in run.json" in document
    assert dict(html.shown_totals(document)) == run.totals
    assert "only deviations" not in html.render(run)


def test_even_deviations_are_bounded(run):
    document = html.render(run, most_rows=5)
    assert len(rows_of(document)) == 5
    assert "only deviations are listed here, and of these 21 the first 5" in document


def test_the_limit_of_rows_is_5000(tmp_path):
    writing = Writing(tmp_path / "run", 715)  # 715 hosts x 7 items = 5,005 cells
    for host in writing.hosts:
        writing.rest(host.name)
    writing.found("web-3", "GA-06", Verdict.WARNING, "look")
    document = html.render(writing.end())
    assert len(rows_of(document)) == 1
    assert "The run has 5,005 cells" in document


def test_a_cut_off_run_can_be_shown(tmp_path):
    writing = Writing(tmp_path / "run", 1)
    from vmready.evidence.run import Run

    document = html.render(Run.of(writing.writer))
    assert "Cut off, or still going on" in document
    assert len(rows_of(document)) == len(ITEMS)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "file:///etc/passwd", ""])
def test_only_web_addresses_become_links(url):
    source = Source(Document("UM", "Title", url), "Section")
    assert html_cells.link(source) == "Title, section “Section”"
    assert "<a " not in html_cells.source(source)


def test_a_web_address_becomes_a_link():
    link = html_cells.link(Source(Document("UM", "Title", 'https://example.org/"x'), "Section"))
    assert link == '<a href="https://example.org/&quot;x" rel="noreferrer">Title, section “Section”</a>'


PLUGIN = """
import pytest
from vmready.evidence import html
from vmready.model import Cell, Finding, Verdict
from evidence_runs import TLS12

class Slim(pytest.Item):
    def runtest(self): ...

def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".slim":
        return File.from_parent(parent, path=file_path)

class File(pytest.File):
    def collect(self):
        for verdict in (Verdict.NON_COMPLIANT, Verdict.COMPLIANT, Verdict.UNDETERMINED):
            yield Slim.from_parent(self, name=f"slim[{verdict}]")

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    if not isinstance(item, Slim):
        return None
    verdict = Verdict(item.name[5:-1])
    outcome, when, _ = html.OUTCOMES[verdict]
    report = pytest.TestReport(item.nodeid, item.location, {}, outcome, None, when, duration=0.0)
    report.vmready = Finding(Cell("web-1", "UM-11", "UM-11"), verdict, "<b>off</b>")
    item.ihook.pytest_runtest_logreport(report=report)
    html.complete(item.config, report)
    return True

def pytest_html_results_table_header(cells):
    html.live_header(cells)

def pytest_html_results_table_row(report, cells):
    html.live_row(report, cells, getattr(report, "vmready", None), TLS12)

def pytest_html_results_table_html(report, data):
    html.live_details(data, getattr(report, "vmready", None), TLS12)
"""


def test_a_users_own_report_gets_the_columns_and_keeps_plain_tests(tmp_path):
    (tmp_path / "conftest.py").write_text(PLUGIN)
    (tmp_path / "a.slim").write_text("")
    (tmp_path / "test_plain.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('value', [1], ids=['<img src=x onerror=alert(1)>'])\n"
        "def test_plain(value):\n    print('said'); assert value == 2\n"
    )
    options = ["-q", "-p", "no:vmready", "-p", "no:cacheprovider", "--html=own.html", "--self-contained-html"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).parent), "PATH": ""},
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    rows = rows_of((tmp_path / "own.html").read_text())
    assert sorted(cell(test, "verdict") for test in rows) == ["", "compliant", "non-compliant", "undetermined"]
    assert sorted(test["result"] for test in rows) == ["Error", "Failed", "Failed", "Passed"]
    plain = next(test for test in rows if cell(test, "verdict") == "")
    assert "said" in plain["log"]
    row = "".join(plain["resultsTableRow"])
    assert "test_plain[&lt;img src=x onerror=alert(1)&gt;]" in row
    assert "<img" not in row
    slim = next(test for test in rows if cell(test, "verdict") == "non-compliant")
    assert cell(slim, "host") == "web-1"
    assert "&lt;b&gt;off&lt;/b&gt;" in slim["log"]
