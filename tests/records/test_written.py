"""The records of a whole run over the wire: the file of each host, the item that notes it, and ``vmready records``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from audits import Audits, Done, audits

from .told_hosts import ID, SOUND, inputs_of, told

SELECTED = "UM-16 or UM-18 or UM-22"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Audits, Done]]:
    """A host that is sound, one that the inventory gives a location, one without answers, and one that has not the role."""
    sound: dict[str, Any] = SOUND.document()
    states = dict.fromkeys(("sound", "located", "plain"), sound)
    with audits(tmp_path_factory.mktemp("records"), states) as given:
        done = given.pytest(
            "-k",
            SELECTED,
            located={"inputs": inputs_of("westeurope")},
            plain={"roles": ["azure-backup"]},
            lost={"address": "127.0.21.99", "port": 1},
        )
        yield given, done


def records(given: Audits, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vmready.cli", "records", *arguments],
        cwd=given.folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def snapshot(done: Done, host: str) -> str:
    return str(done.report / "snapshots" / f"{host}.snapshot.json")


def test_each_host_with_the_role_and_answers_has_its_file(run: tuple[Audits, Done]) -> None:
    _, done = run
    assert sorted(path.name for path in (done.report / "update-management").iterdir()) == ["located.json", "sound.json"]
    assert done.verdicts()["sound UM-22"] == "noted", done.out
    assert done.verdicts()["plain UM-22"] == "not applicable"
    assert done.verdicts()["lost UM-22"] == "unreachable"


def test_the_file_holds_what_the_host_shows(run: tuple[Audits, Done]) -> None:
    _, done = run
    raw = json.loads((done.report / "update-management" / "located.json").read_text())
    assert raw["location"] == "westeurope"
    assert raw["records"] == told({}, "westeurope").array()
    assert raw["compact"] == told({}, "westeurope").array(compact=True)
    beside = {one["requirement"]: one for one in raw["verdicts"]}
    assert (beside["UM-18"]["verdict"], beside["UM-18"]["differs"]) == ("compliant", False)
    assert (beside["UM-01"]["verdict"], beside["UM-01"]["differs"]) == (None, None)


@pytest.mark.skipif(sys.platform == "win32", reason="modes are those of POSIX")
def test_the_file_is_the_user_s_alone(run: tuple[Audits, Done]) -> None:
    _, done = run
    folder = done.report / "update-management"
    assert {folder.stat().st_mode & 0o777, (folder / "sound.json").stat().st_mode & 0o777} == {0o700, 0o600}


def test_the_command_prints_the_array(run: tuple[Audits, Done]) -> None:
    given, done = run
    whole, compact = records(given, snapshot(done, "sound")), records(given, snapshot(done, "sound"), "--compact")
    assert (whole.returncode, compact.returncode, whole.stderr) == (0, 0, "")
    assert json.loads(whole.stdout) == told({}).array()
    assert json.loads(compact.stdout) == told({}).array(compact=True)
    assert whole.stdout.count("\n") == 1


def test_another_location_than_the_collection_s_is_not_told(run: tuple[Audits, Done]) -> None:
    given, done = run
    found = records(given, snapshot(done, "sound"), "--location", "chinaeast2")
    assert found.returncode == 10
    assert found.stderr.count("not collected") == 4
    assert len(json.loads(found.stdout)) == 16
    assert records(given, snapshot(done, "located"), "--location", "WestEurope").returncode == 0


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.json", None, "no such file or folder"),
        ("torn.json", "{", "not"),
        ("foreign.json", '{"schema": "vmready/snapshot/99"}', "vmready/snapshot"),
    ],
)
def test_a_file_that_is_no_snapshot_is_one_clear_error(
    run: tuple[Audits, Done], name: str, content: str | None, said: str
) -> None:
    given, _ = run
    path = given.folder / name
    if content is not None:
        path.write_text(content)
    found = records(given, str(path))
    assert (found.returncode, found.stdout) == (4, "")
    assert said in found.stderr
    assert "Traceback" not in found.stderr
    assert name in found.stderr


def test_a_folder_of_several_snapshots_asks_for_one(run: tuple[Audits, Done]) -> None:
    given, done = run
    found = records(given, str(done.report))
    assert found.returncode == 4
    assert "one snapshot is wanted" in found.stderr
    assert ID not in found.stderr


def test_a_host_that_gave_nothing_says_so(run: tuple[Audits, Done]) -> None:
    given, done = run
    found = records(given, snapshot(done, "lost"))
    assert found.returncode == 4
    assert "gave no answers" in found.stderr
