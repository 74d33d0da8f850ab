"""Requirements are pytest tests: pytest's own options and habits hold for them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from audits import DENIED, GOOD, OLD, audits

from vmready.evidence.run import Run

DOT_NET = ("-k", "BK-06 or UM-02")
OWN = '''
from dataclasses import dataclass
from typing import Annotated

import pytest

from tests_infra.documents import BACKUP
from vmready import Role, fact, must, note, observe, requirement, should
from vmready.probes.readings import Key
from vmready.probes.vocabulary import RegistryKey

TEXT = dict(source=BACKUP["Step 1"], rationale="Our own rule.", remedy="Do as it says.", roles=[Role.AZURE_BACKUP])


@fact
def contoso(key: Annotated[Key | None, RegistryKey(r"HKLM\\\\SOFTWARE\\\\Contoso")]) -> str | None:
    """Contoso's edition."""
    return key.text("Edition") if key else None


@requirement("OWN-01", must, title="Contoso is installed", severity="low", **TEXT)
def test_contoso(contoso):
    assert contoso, "Contoso is not installed"


@requirement("OWN-02", must, title="A file can be written beside it", severity="low", **TEXT)
def test_with_a_fixture(contoso, tmp_path):
    (tmp_path / "x").write_text(contoso or "")
    observe({"edition": contoso})
    assert contoso == "Gold", f"the edition is {contoso}"


@requirement("OWN-03", should, title="Colours", severity="low", **TEXT)
@pytest.mark.parametrize("colour", [pytest.param("red", id="OWN-03.red"), pytest.param("blue", id="OWN-03.blue")])
def test_colours(contoso, tmp_path, colour):
    assert colour == "red", f"the colour is {colour}"


@requirement("OWN-04", must, title="Not planned", severity="low", **TEXT)
def test_asks_for_more(contoso, request):
    assert request.getfixturevalue("dot_net_framework")


def test_host_fixture(host):
    assert host.run("qwinsta").stdout.startswith("Sessions")
'''


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with requirements and facts of the user's own."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "test_own.py").write_text(OWN.replace("\\\\\\\\", "\\"))
    return tmp_path


CONTOSO = {
    **OLD,
    "registry": {**OLD["registry"], r"HKLM\SOFTWARE\Contoso": {"Edition": {"type": "REG_SZ", "data": "Silver"}}},
    "native": {"qwinsta": {"output": "Sessions\n", "exitCode": 0}},
}


def test_own_requirements_beside_those_that_come_along(own: Path) -> None:
    with audits(own, {"web-01": CONTOSO}) as given:
        done = given.pytest("-k", "(OWN- or BK-06) and not OWN-04 and not host_fixture", "mine")
        counts = given.server.counts("web-01")
    assert done.verdicts() == {
        "web-01 BK-06": "compliant",
        "web-01 OWN-01": "compliant",
        "web-01 OWN-02": "non-compliant",
        "web-01 OWN-03.red": "compliant",
        "web-01 OWN-03.blue": "warning",
    }, done.out
    assert done.code == 1
    details = {finding.cell.item: finding for finding in done.run.findings}
    assert details["OWN-02"].detail == "the edition is Silver"
    assert details["OWN-02"].observed == {"edition": "Silver"}
    assert counts.requests["create"] == 1


def test_a_fact_that_was_not_planned_is_undetermined(own: Path) -> None:
    with audits(own, {"web-01": CONTOSO}) as given:
        done = given.pytest("-k", "OWN-04", "mine")
    assert done.verdicts() == {"web-01 OWN-04": "undetermined"}, done.out
    assert "not collected" in done.run.findings[0].detail
    assert done.code == 10


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ('pytest.skip("not here")', "not applicable"),
        ('pytest.fail("no")', "undetermined"),
        ("raise ValueError", "undetermined"),
    ],
    ids=["skip", "fail", "error"],
)
def test_what_else_a_body_may_do_ends_its_own_cell_only(own: Path, statement: str, verdict: str) -> None:
    path = own / "mine" / "test_own.py"
    path.write_text(path.read_text().replace('assert contoso, "Contoso is not installed"', statement))
    with audits(own, {"web-01": CONTOSO}) as given:
        done = given.pytest("-k", "OWN-01 or OWN-02", "mine")
    assert done.verdicts() == {"web-01 OWN-01": verdict, "web-01 OWN-02": "non-compliant"}, done.out


def test_the_host_fixture_uses_the_connection_and_deletes_its_shell(own: Path) -> None:
    with audits(own, {"web-01": CONTOSO}) as given:
        done = given.pytest("-k", "test_host_fixture or OWN-01", "mine")
        counts = given.server.counts("web-01")
    assert done.code == 0, done.out
    assert counts.shells_opened == 2
    assert counts.open_shells == 0


def test_the_host_fixture_touches_no_machine_under_snapshots(own: Path) -> None:
    with audits(own, {"web-01": CONTOSO}) as given:
        given.pytest("-k", "OWN-01", "mine")
        before = given.server.counts("web-01").requests.copy()
        run = next((own / "reports").glob("*"))
        done = given.pytest("--snapshots", str(run), "-k", "OWN-01 or test_host_fixture", "mine")
        assert given.server.counts("web-01").requests == before
    assert "no command is run on a machine" in done.out
    assert done.code == 1  # a plain test that errs keeps pytest's code


def test_collect_only_lists_the_plan_and_connects_nowhere(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-01": GOOD}) as given:
        done = given.pytest("--collect-only", "--plan", *DOT_NET)
        assert not given.server.counts("web-01").connections
    assert done.code == 0, done.out
    assert "web-01: 2 probes for 2 requirements" in done.out
    assert r"NDP\v4\Full" in done.out
    assert not (tmp_path / "reports").exists()


def test_what_no_selected_test_needs_is_not_asked(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-01": GOOD}) as given:
        done = given.pytest(*DOT_NET)
    snapshot = (done.report / "snapshots" / "web-01.snapshot.json").read_text()
    assert r"NDP\\v4\\Full" in snapshot
    assert "MachineKeys" not in snapshot


def test_keywords_marks_and_exitfirst(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-01": OLD, "web-02": OLD}) as given:
        by_name = given.pytest("-k", "UM-02 and web-02")
        assert by_name.verdicts() == {"web-02 UM-02": "non-compliant"}, by_name.out
        by_mark = given.pytest("-m", "azure_backup and high", "-k", "web-01 and BK-06", "--report-dir", "marked")
        assert "1 compliant" in by_mark.out
        first = given.pytest("-k", "UM-02", "-x", "--report-dir", "first")
    assert first.code == 1
    verdicts = [finding.verdict.value for finding in Run.read(next((tmp_path / "first").glob("*"))).findings]
    assert sorted(verdicts) == ["non-compliant", "not run"]


def test_junitxml_of_pytest_tells_failures_errors_and_skips_apart(tmp_path: Path) -> None:
    with audits(tmp_path, {"old": OLD, "denied": DENIED, "other": GOOD}) as given:
        given.pytest(*DOT_NET, "--junitxml", "mine.xml", other={"roles": ["session-host"]})
    suite = ET.parse(tmp_path / "mine.xml").getroot()[0]
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "1",
        "errors": "2",
        "skipped": "2",
    }


def test_html_of_the_user_is_written_beside_ours(tmp_path: Path) -> None:
    with audits(tmp_path, {"old": OLD}) as given:
        done = given.pytest(*DOT_NET, "--html", "mine.html", "--self-contained-html")
    assert "test_dot_net_for_update_management" in (tmp_path / "mine.html").read_text()
    assert (done.report / "report.html").exists()


def test_operands_of_assertions_stay_out_of_every_report(own: Path) -> None:
    secret = {
        **CONTOSO,
        "registry": {
            **CONTOSO["registry"],
            r"HKLM\SOFTWARE\Contoso": {"Edition": {"type": "REG_SZ", "data": "Opaque-Operand"}},
        },
    }
    source = (
        (own / "mine" / "test_own.py")
        .read_text()
        .replace('assert contoso, "Contoso is not installed"', 'assert contoso == "Gold"')
    )
    (own / "mine" / "test_own.py").write_text(source)
    with audits(own, {"web-01": secret}) as given:
        done = given.pytest("-k", "OWN-01", "mine", "--junitxml", "mine.xml")
    assert done.verdicts()["web-01 OWN-01"] == "non-compliant"
    for name in ("ledger.jsonl", "run.json", "summary.md", "junit.xml", "report.html"):
        assert "Opaque-Operand" not in (done.report / name).read_text(), name
    assert "Opaque-Operand" not in (own / "mine.xml").read_text()
    assert "Opaque-Operand" not in done.out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("Role.AZURE_BACKUP", '"azure-bakcup"'), "unknown role azure-bakcup"),
        (('"OWN-02"', '"OWN-01"'), "OWN-01 is already declared"),
        (('severity="low"', 'severity="hihg"'), "severity 'hihg'"),
        ((', id="OWN-03.red"', ""), "without an item id"),
    ],
    ids=["role", "twice", "severity", "item"],
)
def test_mistakes_in_requirements_are_usage_errors(own: Path, change: tuple[str, str], said: str) -> None:
    path = own / "mine" / "test_own.py"
    path.write_text(path.read_text().replace(*change))
    with audits(own, {"web-01": CONTOSO}) as given:
        done = given.pytest("mine", tests=())
        assert not given.server.counts("web-01").connections
    assert done.code == 4, done.out
    assert said in done.out
    assert "Traceback" not in done.out
