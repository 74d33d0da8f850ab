"""Whether a run over WinRM to a real Windows proves anything."""

import json
from pathlib import Path

import pytest
import reached

from vmready.model import Verdict


def run(**totals: int) -> dict:
    named = {key.replace("_", " ").replace("non compliant", "non-compliant"): count for key, count in totals.items()}
    finding = {"requirement": "X-1", "verdict": "undetermined", "detail": "could not be read"}
    return {"totals": {verdict.value: 0 for verdict in Verdict} | named, "findings": [finding]}


@pytest.mark.parametrize(
    ("totals", "fault"),
    [
        ({"compliant": 3, "undetermined": 2, "not_applicable": 4}, None),
        ({"non_compliant": 1}, None),
        ({"compliant": 3, "unreachable": 1}, "1 unreachable, 0 not run"),
        ({"compliant": 3, "not_run": 2}, "0 unreachable, 2 not run"),
        ({"undetermined": 5, "not_applicable": 1}, "nothing was judged"),
        ({}, "nothing was judged"),
    ],
)
def test_fault(totals: dict[str, int], fault: str | None):
    assert reached.fault(run(**totals)) == fault


def test_the_newest_run_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert reached.main([str(tmp_path)]) == 2
    (tmp_path / "run-1").mkdir()
    (tmp_path / "run-1" / "run.json").write_text(json.dumps(run(compliant=1)))
    assert reached.main([str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "1 compliant" in out
    assert "undetermined: X-1: could not be read" in out
