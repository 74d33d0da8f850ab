"""Waivers through whole runs: what they cover, what they do not, and that every report says so."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from audits import DENIED, GOOD, OLD, audits
from runs import agree, audit, newest, vmready

from vmready import waivers

TODAY = datetime.now(UTC).date()
SOON = (TODAY + timedelta(days=30)).isoformat()
PAST = (TODAY - timedelta(days=1)).isoformat()
REASON = "Moves to new machines in spring."
RELEASE = {"release": 378389}


def entry(requirement: str = "UM-02", host: str = "old", **changes: Any) -> dict[str, Any]:
    made = {
        "requirement": requirement,
        "hosts": [host],
        "reason": REASON,
        "approver": "R. Roe",
        "expires": SOON,
        "observed": RELEASE,
    }
    return {**made, **changes}


def written(path: Path, *entries: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"waivers": list(entries)}, indent=1))
    return path


def release(number: int) -> dict[str, Any]:
    return {
        **OLD,
        "registry": {
            r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full": {
                "Release": {"type": "REG_DWORD", "data": number}
            }
        },
    }


def test_a_waiver_covers_what_it_names_and_every_report_shows_both_outcomes(tmp_path: Path) -> None:
    states = {"old": OLD, "other": release(378758), "lapsed": OLD, "good": GOOD, "denied": DENIED, "by-role": OLD}
    file = written(
        tmp_path / "waivers.json",
        entry(ticket="CHG-0815"),
        entry(host="OTH*"),
        entry(host="lapsed", expires=PAST),
        entry(host="good", observed={"release": 528049}),
        entry(host="good", expires=PAST),
        entry(host="denied"),
        entry("UN-02"),
        entry(host="web-9?"),
        entry(host="role:session-host"),
        entry(host="ol?", reason="The same thing a second time."),
    )
    with audits(tmp_path, states) as given:
        done = audit(
            given,
            "-k",
            "UM-02",
            "--waivers",
            str(file),
            **{"by-role": {"roles": ["update-management", "session-host"]}},
        )
    report = newest(tmp_path)
    run = agree(report, done.out)
    verdicts = {finding.cell.host: finding for finding in run.findings}
    assert {host: finding.verdict.value for host, finding in verdicts.items()} == {
        "old": "waived",
        "other": "non-compliant",
        "lapsed": "non-compliant",
        "good": "compliant",
        "denied": "undetermined",
        "by-role": "waived",
    }
    assert done.code == 1
    # Both outcomes, the reason, who answers for it and until when.
    both = f"non-compliant: .NET Framework 4.6.2 is wanted, found 4.5 (Release 378389) (waived until {SOON} by R. Roe, CHG-0815: {REASON})"
    assert verdicts["old"].detail == both
    assert verdicts["old"].waiver is not None
    assert verdicts["old"].waiver["verdict"] == "non-compliant"
    assert verdicts["old"].observed == RELEASE
    case = next(
        c for s in ET.parse(report / "junit.xml").getroot() if s.get("name") == "old" for c in s.iter("testcase")
    )
    assert [child.tag for child in case] == ["skipped"]
    assert case[0].get("message") == f"waived: {both}"
    for text in (done.out, (report / "report.html").read_text(), (report / "summary.md").read_text()):
        assert ".NET Framework 4.6.2 is wanted" in text
        assert "R. Roe" in text
        assert "CHG-0815" in text
    # The value that another host shows is not the one that was accepted, and the finding says so.
    line = file.read_text().splitlines().index('    "OTH*"') - 2
    assert verdicts["other"].notes == (
        f'a waiver ({file}:{line}) accepts {{"release": 378389}}, the host shows {{"release": 378758}}: it does not cover this',
    )
    assert "expired" in verdicts["lapsed"].notes[0]
    assert PAST in verdicts["lapsed"].notes[0]
    assert "no longer needed" in verdicts["good"].notes[0]
    # What became of each, once and in every report.
    states_of = {(waiver.state, waiver.requirement, waiver.hosts) for waiver in run.waivers}
    assert states_of == {
        ("used", "UM-02", ("old",)),
        ("overlapping", "UM-02", ("old",)),
        ("other value observed", "UM-02", ("other",)),
        ("expired", "UM-02", ("lapsed",)),
        ("no longer needed", "UM-02", ("good",)),
        ("unused", "UM-02", ()),
        ("unknown id", "UN-02", ()),
        ("no matching host", "UM-02", ()),
        ("used", "UM-02", ("by-role",)),
    }
    for state in (
        "overlapping",
        "other value observed",
        "expired",
        "no longer needed",
        "unused",
        "unknown id",
        "no matching host",
    ):
        for text in (done.out, (report / "report.html").read_text(), (report / "summary.md").read_text()):
            assert f"waiver {state}" in text, state
    assert 'did you mean "UM-02"?' in done.out


def test_waive_writes_what_the_next_run_accepts(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(
        "# Ours.\nwaivers:\n    # Of last year.\n    - requirement: BK-06\n      hosts: [gone]\n"
        f'      reason: "{REASON}"\n      approver: R. Roe\n      expires: {PAST}\n      observed: null # none\n'
    )
    before = file.read_text()
    file.chmod(0o640)
    words = ("--reason", REASON, "--expires", SOON, "--approver", "R. Roe", "--ticket", "CHG-1: “new”")
    with audits(tmp_path, {"old": OLD, "good": GOOD}) as given:
        assert audit(given).code == 1
        run = str(newest(tmp_path))
        done = vmready(given, "waive", run, "um-02", "OLD", *words)
        assert done.code == 0, done.out
        accepted = audit(given, "--waivers", "waivers.yaml")
        again = vmready(given, "waive", run, "UM-02", "old", *words)
        waived = vmready(given, "waive", str(newest(tmp_path)), "UM-02", "old", *words)
        after = file.read_text()
        refused = {
            ("BK-06", "old"): "compliant",
            ("UM-02", "odl"): 'did you mean "old"?',
            ("UM-20", "old"): 'did you mean "UM-02"?',
        }
        for (item, host), said in refused.items():
            no = vmready(given, "waive", run, item, host, *words)
            assert no.code == 4, no.out
            assert said in no.out
            assert len(no.out.splitlines()) == 1
    # Text of people is kept as it stands, the entry has their indentation, and the file its mode.
    assert after == before + (
        '    - requirement: "UM-02"\n      hosts: ["old"]\n'
        f'      reason: "{REASON}"\n      approver: "R. Roe"\n      expires: "{SOON}"\n'
        '      ticket: "CHG-1: “new”"\n      observed: {"release": 378389}\n'
    )
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.glob("*waivers*")] == ["waivers.yaml"]
    assert accepted.code == 0, accepted.out
    assert agree(newest(tmp_path), accepted.out).totals["waived"] == 1  # type: ignore[index]
    assert again.code == 4
    assert "already" in again.out
    assert waived.code == 4
    assert "waived already" in waived.out
    assert file.read_text() == after


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expires": "2026-02-30"}, "not a day of the calendar"),
        ({"expires": (TODAY + timedelta(days=400)).isoformat()}, "--waiver-days"),
        ({"expires": "tomorrow"}, "YYYY-MM-DD"),
        ({"expires": None}, "expires"),
        ({"reason": "short"}, "10"),
        ({"approver": ""}, "who approved"),
        ({"hosts": []}, "hosts"),
        ({"hosts": "web-01"}, "list"),
        ({"hosts": ["role:sesion-host"]}, 'did you mean "session-host"?'),
        ({"hosts": ["../x"]}, "pattern"),
        ({"requirement": "um-02"}, "requirement"),
        ({"aprover": "x"}, 'did you mean "approver"?'),
        ({"reason": "Colour \u001b[31m and more"}, "control character"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_each_mistake_is_one_line_that_names_file_and_key(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    bad = {key: value for key, value in {**entry(), **change}.items() if value is not None}
    file = written(tmp_path / "waivers.json", entry(), bad)
    with pytest.raises(waivers.WaiverError) as caught:
        waivers.load(file, today=TODAY)
    lines = str(caught.value).splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"{file}:")
    assert "waivers[1]" in lines[0]
    assert said in lines[0], lines[0]
    assert lines[0].isprintable()


@pytest.mark.parametrize("missing", ["requirement", "hosts", "reason", "approver", "expires", "observed"])
def test_nothing_of_a_waiver_may_be_left_out(tmp_path: Path, missing: str) -> None:
    bad = entry()
    del bad[missing]
    with pytest.raises(waivers.WaiverError, match=missing):
        waivers.load(written(tmp_path / "waivers.json", bad), today=TODAY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("waivers: {}", "list"),
        ("- a\n- b\n", "waivers"),
        ("waivers:\n  - requirement: [\n", "not YAML"),
        ("waivers: []\nwaivers: []\n", "duplicate key"),
        ("waivers: [5]", "waivers[0]"),
        ("waivres: []", 'did you mean "waivers"?'),
        ("\0\1\2", "control"),
    ],
)
def test_a_file_that_is_none_is_said_to_be_none(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "waivers.yaml"
    file.write_text(text)
    with pytest.raises(waivers.WaiverError) as caught:
        waivers.load(file, today=TODAY)
    assert said in str(caught.value)


def test_bad_files_are_one_usage_error_before_any_connection(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("waivers:\n  - requirement: UM-02\n    hosts: web-01\n    expires: 2026-13-01\n")
    with audits(tmp_path, {"web-01": GOOD}) as given:
        done = audit(given, "--waivers", "one.yaml")
        assert not given.server.counts("web-01").connections
    assert done.code == 4
    lines = [line for line in done.out.splitlines() if line.strip()]
    assert all("one.yaml:" in line for line in lines), done.out
    assert [
        key for key in ("hosts", "reason", "approver", "observed", "expires") if not any(key in line for line in lines)
    ] == []
    assert not (tmp_path / "reports").exists()


def test_a_longer_waiver_needs_leave(tmp_path: Path) -> None:
    file = written(tmp_path / "waivers.json", entry(expires=(TODAY + timedelta(days=400)).isoformat()))
    assert len(waivers.load(file, today=TODAY, longest=401)) == 1
    with pytest.raises(waivers.WaiverError):
        waivers.load(file, today=TODAY, longest=399)


def test_the_published_example_is_sound() -> None:
    example = Path(__file__).parents[2] / "inventories" / "waivers.example.yaml"
    found = waivers.load(example, today=datetime(2026, 11, 21, tzinfo=UTC).date())
    assert len(found) >= 2
    assert {waiver.requirement for waiver in found} >= {"UM-02"}
