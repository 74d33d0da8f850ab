from __future__ import annotations

import importlib.resources
import json
import random
import threading
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from evidence_runs import ALL, DOWN, FINISHED, ITEMS, Writing, storied

from vmready.evidence import ledger
from vmready.evidence.ledger import LedgerWriter
from vmready.evidence.run import Run
from vmready.files import EvidenceError
from vmready.model import Cell, Finding, Verdict


def schema(name: str) -> jsonschema.Draft202012Validator:
    text = (importlib.resources.files("vmready") / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    jsonschema.Draft202012Validator.check_schema(json.loads(text))
    return jsonschema.Draft202012Validator(json.loads(text))


def lines(run_folder: Path) -> list[str]:
    return (run_folder / "ledger.jsonl").read_text(encoding="ascii").splitlines()


def test_run_ids_name_second_and_chance():
    now = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    first, second = (ledger.run_id(now, random.Random(seed)) for seed in (1, 2))
    assert first.startswith("2026-11-20T10-00-00Z-")
    assert len(first) == len("2026-11-20T10-00-00Z-3f9a")
    assert first != second


def test_every_record_agrees_with_the_published_schema(tmp_path):
    storied(tmp_path / "run")
    validator = schema("ledger-record")
    records = [json.loads(line) for line in lines(tmp_path / "run")]
    for record in records:
        validator.validate(record)
    assert {record["record"] for record in records} >= {
        "run",
        "requirement",
        "host",
        "plan",
        "planned",
        "collected",
        "finding",
        "end",
    }


@pytest.mark.parametrize("change", [{"verdict": "not run"}, {"extra": 1}, {"seconds": -1}, {"record": "gossip"}])
def test_the_schema_refuses_what_is_not_a_record(tmp_path, change):
    storied(tmp_path / "run")
    record = next(json.loads(line) for line in lines(tmp_path / "run") if '"finding"' in line)
    with pytest.raises(jsonschema.ValidationError):
        schema("ledger-record").validate({**record, **change})


def test_what_was_written_is_read_back(tmp_path):
    run = storied(tmp_path / "run")
    assert run == Run.read(tmp_path / "run") == Run.read(tmp_path / "run" / "ledger.jsonl")
    assert run.header.operator == "alex"
    assert run.requirements["UM-11"] == ALL[0]
    assert run.hosts["web-03"].tls == "unverified"
    assert run.hosts["web-06"].cause == DOWN
    assert run.problems == ()
    assert run.end is not None
    assert run.end.finished == FINISHED


def test_every_planned_cell_has_exactly_one_verdict(tmp_path):
    run = storied(tmp_path / "run")
    cells = [finding.cell for finding in run.findings]
    assert len(cells) == len(set(cells)) == 12 * len(ITEMS)
    assert sum(run.totals.values()) == len(cells)
    assert sum(sum(counts.values()) for counts in run.by_host().values()) == len(cells)
    assert sum(sum(counts.values()) for counts in run.by_requirement().values()) == len(cells)


def test_a_cell_without_finding_is_not_run_unless_the_plan_knows_that_it_does_not_apply(tmp_path):
    writing = Writing(tmp_path / "run", 1)
    writing.found("web-1", "UM-11", Verdict.COMPLIANT)
    run = writing.end(2, "interrupted")
    verdicts = {finding.cell.item: (finding.verdict, finding.detail) for finding in run.findings}
    assert verdicts["UM-02"] == (Verdict.NOT_RUN, "not judged: interrupted")
    assert verdicts["GA-06"] == (Verdict.NOT_APPLICABLE, "it has no such role")
    assert verdicts["UM-11"] == (Verdict.COMPLIANT, "")


def test_not_run_is_never_written(tmp_path):
    writing = Writing(tmp_path / "run", 1)
    with pytest.raises(ValueError, match="not run is not a finding"):
        writing.found("web-1", "UM-11", Verdict.NOT_RUN)


def test_a_second_verdict_is_a_contradiction_even_if_it_is_the_same(tmp_path):
    writing = Writing(tmp_path / "run", 1)
    writing.found("web-1", "UM-11", Verdict.NON_COMPLIANT)
    writing.found("web-1", "UM-11", Verdict.COMPLIANT)
    run = writing.end()
    assert run.problems == ("UM-11 on web-1 has more than one verdict (non-compliant and compliant)",)
    assert run.totals[Verdict.COMPLIANT] == 0


@pytest.mark.parametrize(
    "cell", [Cell("web-9", "UM-11", "UM-11"), Cell("web-1", "UM-11", "UM-99"), Cell("web-1", "UM-02", "UM-11")]
)
def test_a_verdict_that_was_not_planned_is_a_contradiction(tmp_path, cell):
    writing = Writing(tmp_path / "run", 1)
    writing.writer.finding(Finding(cell, Verdict.COMPLIANT))
    assert "was not planned" in writing.end().problems[0]


def test_a_plan_that_lost_a_line_is_noticed(tmp_path):
    storied(tmp_path / "run")
    kept = [line for line in lines(tmp_path / "run") if '"plan","host":"web-04"' not in line]
    (tmp_path / "run" / "ledger.jsonl").write_text("\n".join(kept) + "\n")
    problems = Run.read(tmp_path / "run").problems
    assert "the plan has 77 cells where 84 were planned" in problems
    assert "the plan is not the one that was made: its digest differs" in problems


def test_findings_that_were_changed_afterwards_disagree_with_the_totals(tmp_path):
    storied(tmp_path / "run")
    text = (
        (tmp_path / "run" / "ledger.jsonl").read_text().replace('"verdict":"non-compliant"', '"verdict":"compliant"', 1)
    )
    (tmp_path / "run" / "ledger.jsonl").write_text(text)
    assert Run.read(tmp_path / "run").problems == (
        "the totals that the run wrote at its end are not those of its findings",
    )


def test_a_ledger_can_be_read_wherever_the_run_was_cut_off(tmp_path):
    whole = storied(tmp_path / "run")
    data = (tmp_path / "run" / "ledger.jsonl").read_bytes()
    cut = tmp_path / "cut.jsonl"
    begun = data.index(b"\n") + 1
    for length in range(begun, len(data), 397):
        cut.write_bytes(data[:length])
        run = Run.read(cut)
        planned = b'"planned"' in data[:length] and data.index(b"\n", data.index(b'{"record":"planned"')) < length
        assert (run.problems == ()) == planned
        assert bool(run.remarks) == (not data[:length].endswith(b"\n"))
        assert sum(run.totals.values()) == len(run.findings) <= len(whole.findings)
        if planned:
            assert len(run.findings) == len(whole.findings)
            assert run.totals[Verdict.COMPLIANT] <= whole.totals[Verdict.COMPLIANT]


def test_a_cut_off_run_says_so(tmp_path):
    writing = Writing(tmp_path / "run", 1)
    writing.writer.close()
    path = tmp_path / "run" / "ledger.jsonl"
    with path.open("ab") as stream:
        stream.write(b'{"record":"fin')
    run = Run.read(path)
    assert run.end is None
    assert run.remarks[0].endswith("is torn: the run was cut off while it wrote")
    assert {finding.detail for finding in run.findings if finding.verdict is Verdict.NOT_RUN} == {
        "not judged: the run was cut off"
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: "", "it is empty"),
        (lambda text: "\n" + text, "this is not a record"),
        (lambda text: text.replace('"finding"', "finding", 1), "this is not a record"),
        (lambda text: text.replace('"schema":1', '"schema":2'), "version 2, and this vmready reads version 1"),
        (lambda text: text.replace('"verdict":"compliant"', '"verdict":"fine"', 1), "finding is malformed"),
        (lambda text: text.replace('"kind":"must"', '"kind":"may"', 1), "requirement is malformed"),
        (lambda text: text.split("\n", 1)[1], "does not begin with the record of a run"),
        (lambda text: text.replace('"record":"end"', '"record":"fin"'), "unknown kind of record"),
    ],
    ids=["empty", "blank line", "not JSON", "version", "verdict", "kind", "no beginning", "unknown record"],
)
def test_what_is_not_a_ledger_is_one_line_with_the_path(tmp_path, change, said):
    storied(tmp_path / "run")
    path = tmp_path / "run" / "ledger.jsonl"
    path.write_text(change(path.read_text()))
    with pytest.raises(EvidenceError) as caught:
        Run.read(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_ledger_is_named(tmp_path):
    with pytest.raises(EvidenceError, match=r"ledger\.jsonl: could not be read: No such file"):
        Run.read(tmp_path)


def test_an_earlier_run_is_never_written_into_and_its_verdicts_still_reach_the_screen(tmp_path):
    storied(tmp_path / "run")
    before = lines(tmp_path / "run")
    writing = Writing(tmp_path / "run", 1)
    assert isinstance(writing.writer.failure, EvidenceError)
    assert lines(tmp_path / "run") == before


def test_without_a_folder_the_run_is_kept_in_memory(tmp_path):
    (tmp_path / "reports").write_text("a file where the folder should be")
    writing = Writing(tmp_path / "reports" / "run", 2)
    writing.found("web-1", "UM-11", Verdict.NON_COMPLIANT, "off")
    run = writing.end(11)
    assert str(tmp_path / "reports" / "run") in str(writing.writer.failure)
    assert run.totals[Verdict.NON_COMPLIANT] == 1
    assert len(run.findings) == 2 * len(ITEMS)


def test_records_after_a_failure_join_those_on_the_disk(tmp_path):
    writing = Writing(tmp_path / "run", 1)
    writing.found("web-1", "UM-11", Verdict.NON_COMPLIANT)
    writing.writer._file.close()  # from here on nothing can be written
    writing.found("web-1", "UM-02", Verdict.COMPLIANT)
    assert writing.writer.failure is not None
    run = Run.of(writing.writer)
    assert (run.totals[Verdict.NON_COMPLIANT], run.totals[Verdict.COMPLIANT]) == (1, 1)
    assert '"UM-02","item"' not in "".join(lines(tmp_path / "run")[-1:])


def test_threads_write_whole_lines(tmp_path):
    writer = LedgerWriter(tmp_path / "run")
    threads = [
        threading.Thread(target=lambda name=name: [writer.message(f"{name} {n}" * 50) for n in range(200)])
        for name in "abcd"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert len([json.loads(line) for line in lines(tmp_path / "run")]) == 800


def test_snapshots_inside_the_folder_are_named_relative_to_it(tmp_path):
    writing = Writing(tmp_path / "run", 2)
    writing.writer.collected("web-1", snapshot=tmp_path / "run" / "snapshots" / "web-1.json", sha256="0" * 64)
    writing.writer.collected("web-2", snapshot=tmp_path / "earlier" / "web-2.json", sha256="1" * 64)
    run = writing.end()
    assert run.hosts["web-1"].snapshot == "snapshots/web-1.json"
    assert run.hosts["web-2"].snapshot == (tmp_path / "earlier" / "web-2.json").as_posix()
