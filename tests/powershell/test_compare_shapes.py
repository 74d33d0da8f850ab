"""The comparison of the stand-ins' shapes with those of real cmdlets."""

import json
from pathlib import Path

import compare_shapes
import pytest


def record(**shapes: object) -> dict:
    return {"engine": "5.1", "standIns": False, "shapes": shapes}


def objects(*types: str, **properties: str) -> dict:
    return {"outcome": "objects", "shape": {"types": list(types), "properties": properties}}


FAILED = {"outcome": "failure", "failure": {"id": "A,B", "category": 13, "exception": "X"}}


@pytest.mark.parametrize(
    ("real", "ours", "expected"),
    [
        (objects("A", x="int"), objects("A", x="int"), []),
        (objects("A"), objects("B"), ["type"]),
        (objects("A", x="int"), objects("A", x="string"), ["property x"]),
        (objects("A", x="int", y="int"), objects("A", y="null", z="int"), ["property x", "property y", "property z"]),
        (objects("A"), FAILED, ["outcome"]),
        (FAILED, FAILED, []),
        (
            FAILED,
            {"outcome": "failure", "failure": {"id": "A,C", "category": 13, "exception": "Y"}},
            ["id", "exception"],
        ),
        ({"outcome": "nothing"}, {"outcome": "nothing"}, []),
    ],
)
def test_differences(real: dict, ours: dict, expected: list[str]):
    found = list(compare_shapes.differences(record(call=real), record(call=ours)))
    assert [one["what"] for one in found] == expected


def test_a_call_that_only_one_record_has():
    [one] = compare_shapes.differences(record(call=FAILED), record())
    assert (one["what"], one["real"], one["standIns"]) == ("outcome", "failure", None)


def test_the_command_writes_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "real.json").write_text("\ufeff" + json.dumps(record(call=objects("A"))), "utf-8")
    (tmp_path / "ours.json").write_text(json.dumps(record(call=objects("B"))), "utf-8")
    paths = [str(tmp_path / "real.json"), str(tmp_path / "ours.json")]
    assert compare_shapes.main([*paths, "-o", str(tmp_path / "out.json")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "call: type: 'A' on Windows, 'B' in the stand-ins",
        "1 differences in 1 calls",
    ]
    assert json.loads((tmp_path / "out.json").read_text()) == [
        {"call": "call", "what": "type", "real": "A", "standIns": "B"}
    ]


def test_a_record_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "none.json").write_text("[]")
    assert compare_shapes.main([str(tmp_path / "none.json"), str(tmp_path / "none.json")]) == 2
    assert "not a record of shapes.ps1" in capsys.readouterr().err
