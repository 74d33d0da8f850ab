"""``vmready resume RUN``: a new run that adopts what the old one has and visits the rest."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from pathlib import Path

import pytest
from _pytest.config.argparsing import Parser
from audits import GOOD, OLD, audits
from runs import agree, audit, newest, vmready

from vmready import options
from vmready.commands.resume import WITH_VALUE, ResumeError, continued

RUN = Path("/reports/run")


def test_hosts_that_were_unreachable_are_asked_again_and_the_others_are_not(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-01": OLD, "web-02": GOOD}) as given:
        first = audit(given, "--gate", "critical", "--report-dir", "kept", **{"web-02": {"port": 9}})
        assert first.code == 10, first.out
        visits = given.server.counts("web-01").requests["create"]
        old = newest(tmp_path, "kept")
        ledger = (old / "ledger.jsonl").read_bytes()
        given.write()
        again = vmready(given, "resume", str(old), "-v")
        second = newest(tmp_path, "kept")
        # Gone on with once more: options do not pile up, and nothing at all has to be asked.
        third = vmready(given, "resume", str(second.relative_to(tmp_path)))
        assert given.server.counts("web-01").requests["create"] == visits == 1, again.out + third.out
        assert given.server.counts("web-02").requests.get("create") == 1, again.out + third.out
    # --gate critical was recorded and holds: UM-02 deviates on web-01, and that is below it.
    assert again.code == 0, again.out
    run = agree(second, again.out)
    assert second != old
    assert {f"{f.cell.host} {f.cell.item}": f.verdict.value for f in run.findings} == {
        "web-01 BK-06": "compliant",
        "web-01 UM-02": "non-compliant",
        "web-02 BK-06": "compliant",
        "web-02 UM-02": "compliant",
    }
    assert (old / "ledger.jsonl").read_bytes() == ledger
    adopted, visited = (
        json.loads((second / "snapshots" / f"{name}.snapshot.json").read_text()) for name in ("web-01", "web-02")
    )
    assert adopted["run"] == old.name
    assert visited["run"] == second.name
    assert third.code == 0, third.out
    arguments = agree(newest(tmp_path, "kept"), third.out).header.options["arguments"]
    assert [arguments.count(word) for word in ("--resume", "--report-dir", "--gate", "--hosts", "-v")] == [
        1,
        1,
        1,
        1,
        1,
    ]


def test_a_snapshot_that_is_too_old_is_asked_for_again_and_refused_where_no_machine_may_be_touched(
    tmp_path: Path,
) -> None:
    with audits(tmp_path, {"web-01": GOOD}) as given:
        assert audit(given).code == 0
        old = newest(tmp_path)
        path = old / "snapshots" / "web-01.snapshot.json"
        document = json.loads(path.read_text())
        path.write_text(json.dumps({**document, "finished": "2026-01-02T03:04:05+00:00"}))
        judged = audit(given, "--snapshots", str(old), "--max-age", "12h", "--report-dir", "judged")
        kept = audit(given, "--snapshots", str(old), "--max-age", "99999d", "--report-dir", "judged")
        requests = dict(given.server.counts("web-01").requests)
        again = vmready(given, "resume", str(old), "--max-age", "12h")
        assert given.server.counts("web-01").requests["create"] == requests["create"] + 1
    assert judged.code == 10, judged.out
    assert "2 undetermined" in judged.out
    # With its age: the snapshot is said to be of 2 January 2026.
    assert re.search(
        r"the snapshot is [0-9]{3,} d [0-9]+ h old; --max-age allows 12 h|the snapshot is [0-9]{3,} d old", judged.out
    ), judged.out
    assert kept.code == 0, kept.out
    assert again.code == 0, again.out


def test_an_answer_that_the_new_run_needs_and_the_old_one_did_not_ask_for_is_asked(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-01": GOOD}) as given:
        given.pytest("-k", "BK-06")
        again = vmready(given, "resume", str(newest(tmp_path)), "-k", "BK-06 or UM-05")
        assert given.server.counts("web-01").requests["create"] == 2
    assert "UM-05" in again.out + (newest(tmp_path) / "run.json").read_text()


def test_another_machine_under_the_same_name_is_asked_itself(tmp_path: Path) -> None:
    with audits(tmp_path, {"web-01": GOOD, "moved": OLD}) as given:
        audit(given, "--limit", "web-01")
        given.write(**{"web-01": {"address": given.addresses["moved"]}})
        again = vmready(given, "resume", str(newest(tmp_path)))
    assert again.code == 1, again.out


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda folder: folder / "nowhere", "could not be read"),
        (lambda folder: folder, "could not be read"),
    ],
    ids=["missing", "no-run"],
)
def test_what_is_no_run_is_one_clear_line(tmp_path: Path, prepare: object, said: str) -> None:
    with audits(tmp_path, {"web-01": GOOD}) as given:
        done = vmready(given, "resume", str(prepare(tmp_path)))  # type: ignore[operator]
        assert not given.server.counts("web-01").connections
    assert done.code == 4
    assert said in done.out
    assert len(done.out.splitlines()) == 1


def test_arguments_given_anew_replace_the_recorded_ones() -> None:
    recorded = ["tests", "--hosts", "a.yaml", "--waivers=w1", "--waivers", "w2", "-k", "UM", "--resume=older", "--plan"]
    added = ["--resume", str(RUN)]
    kept = ["tests", "--hosts", "a.yaml", "--waivers=w1", "--waivers", "w2", "-k", "UM"]
    assert continued(recorded, [], RUN) == [*kept, *added]
    anew = ["--waivers", "w3", "-x"]
    assert continued(recorded, anew, RUN) == ["tests", "--hosts", "a.yaml", "-k", "UM", *anew, *added]


def test_a_value_that_looks_like_an_option_stays_a_value() -> None:
    made = continued(["--limit", "--gate", "--gate", "low"], ["--gate=high"], RUN)
    assert made == ["--limit", "--gate", "--gate=high", "--resume", str(RUN)]


@pytest.mark.parametrize(
    ("recorded", "more"),
    [(["--snapshots", "x"], []), ([], ["--snapshots=x"]), ([], ["--resume", "x"])],
)
def test_stored_snapshots_and_a_second_run_cannot_be_resumed(recorded: list[str], more: list[str]) -> None:
    with pytest.raises(ResumeError, match=r"--snapshots|--resume"):
        continued(recorded, more, RUN)


def test_every_option_that_takes_a_value_is_known() -> None:
    parser = Parser(_ispytest=True)
    options.add(parser)
    flags = {"--plan", "--as-documented", "--fail-on-warning", "--junit-properties"}
    made: ArgumentParser = parser.optparser if hasattr(parser, "optparser") else parser._getparser()
    names = {name for group in parser._groups for option in group.options for name in option.names()}
    assert made is not None
    assert names - flags == set(WITH_VALUE) - {"--hosts"}
