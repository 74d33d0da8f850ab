"""path, tail, xml and descriptor."""

from __future__ import annotations

import pytest
from declared_hosts import absent, answered, host, reason, unreadable, value

from vmready.probes.vocabulary import Descriptor, Path, Tail, Xml
from vmready.twin.answers import Readings
from vmready.twin.states import State

FILES = {
    r"C:\Agent\1.0\agent.exe": {"version": "1.0.0.10", "length": 5},
    r"C:\Agent\1.0\sub\deep\deeper\deepest\far\agent.exe": {"version": "9.9.9.9"},
    r"C:\agent\2.0\AGENT.EXE": {"version": "2.0.0.0", "modified": 60, "length": 0},
    r"C:\Agent\2.0\plain.exe": {"version": "0.0.0.0", "attributes": "Hidden"},
    r"C:\Agent\[x]\a?b.log": {"text": "x"},
    r"C:\Secret\inside.txt": {"text": "x"},
}


@pytest.fixture
def state() -> State:
    return host(
        files=FILES, denied=[r"C:\Secret", r"C:\Agent\1.0\sub\deep"], os={"environment": {"Agent": r"C:\Agent"}}
    )


def _paths(state: State, pattern: str) -> list[str]:
    return [match["path"] for match in value(state, Path(pattern))["matches"]]


def test_what_is_told_of_files_and_folders(state: State) -> None:
    assert value(state, Path(r"c:\agent\\2.0\*")) == {
        "matches": [
            {
                "path": r"c:\agent\2.0\AGENT.EXE",
                "directory": False,
                "length": 0,
                "modified": "2026-11-20T09:59:00.000Z",
                "version": "2.0.0.0",
            },
            {
                "path": r"c:\agent\2.0\plain.exe",
                "directory": False,
                "length": 0,
                "modified": "2024-01-02T03:04:05.000Z",
                "version": None,
            },
        ],
        "more": False,
        "unreadable": [],
    }
    folder = value(state, Path(r"C:\Agent\1.0"))["matches"]
    assert folder == [
        {
            "path": r"C:\Agent\1.0",
            "directory": True,
            "length": None,
            "modified": "2024-01-02T03:04:05.000Z",
            "version": None,
        }
    ]


def test_wildcards_fit_inside_one_segment(state: State) -> None:
    assert [path.lower() for path in _paths(state, r"%AGENT%\*\agent.???")] == [
        r"c:\agent\1.0\agent.exe",
        r"c:\agent\2.0\agent.exe",
    ]
    assert _paths(state, r"C:\Agent\[x]\*") == [r"C:\Agent\[x]\a?b.log"]
    assert absent(state, Path(r"C:\Agent\[1].0"))
    assert absent(state, Path(r"C:\A*\agent.exe"))


def test_two_stars_are_up_to_four_folders() -> None:
    state = host(files={"C:\\R\\" + "f\\" * depth + "x.txt": {} for depth in range(7)})
    assert [path.count("\\f") for path in _paths(state, r"C:\R\**\x.txt")] == [4, 3, 2, 1, 0]
    assert _paths(state, r"C:\R\f\f\f\f\f\f\**") == [r"C:\R\f\f\f\f\f\f"]


def test_a_refused_folder_is_said_beside_what_was_found(state: State) -> None:
    found = value(state, Path(r"C:\**\agent.exe"))
    assert len(found["matches"]) == 2
    assert [entry["path"] for entry in found["unreadable"]] == [
        r"C:\Agent\1.0\sub\deep\agent.exe",
        r"C:\Secret",
        r"C:\Secret\agent.exe",
    ]
    assert {entry["why"]["id"] for entry in found["unreadable"]} == {"UnauthorizedAccessException"}
    assert reason(state, Path(r"C:\Secret\*")) == "DENIED"
    assert reason(state, Path(r"C:\Secret\inside.txt")) == "DENIED"
    assert reason(state, Path(r"C:\Secret\not\there.txt")) == "DENIED"
    assert absent(state, Path(r"C:\Nothing\*"))
    assert absent(state, Path(r"D:\x"))
    assert _paths(state, r"C:\Secret") == [r"C:\Secret"]


def test_patterns_that_may_not_be_asked(state: State) -> None:
    assert unreadable(state, Path(r"C:\WindowsAzure\**\x")) == "NotAllowed"
    assert unreadable(state, Path(r"%SystemDrive%\windowsazure\Logs\**")) == "NotAllowed"
    assert absent(state, Path(r"C:\WindowsAzure\*\x"))
    assert unreadable(state, Path(r"%NoSuchVariable%\x")) == "BadArgument"
    for wrong in ("relative", "C:", r"C:/x", r"C:\a\..\b", r"C:\a:stream", r"C:\**x\y", r"C:\**\a\**", "C:\\a\x07"):
        assert unreadable(state, Path(wrong)) == "BadArgument", wrong
    assert unreadable(state, Tail(r"C:\*.log")) == "BadArgument"


def test_at_most_200_in_the_order_of_paths() -> None:
    found = value(host(files={rf"C:\F\{'abB'[n % 3]}{n:03d}": {} for n in range(201)}), Path(r"C:\F\*"))
    paths = [match["path"].upper() for match in found["matches"]]
    assert (len(paths), found["more"]) == (200, True)
    assert paths == sorted(paths)


TEXT = "erste Zeile \u00e4\r\nzweite \U0001f600\r\ndritte"


@pytest.mark.parametrize(
    ("encoding", "name", "mark"),
    [(None, "utf-8", 0), ("utf-8", "utf-8", 3), ("utf-16", "utf-16le", 2), ("utf-16BE", "utf-16be", 2)],
)
def test_the_end_of_a_text_in_every_encoding(encoding: str | None, name: str, mark: int) -> None:
    entry = {"text": TEXT, "writing": True, **({"encoding": encoding} if encoding else {})}
    state = host(files={r"C:\l.log": entry})
    whole = value(state, Tail(r"C:\l.log"))
    assert (whole["text"], whole["encoding"], whole["from"], whole["inside"], whole["whole"]) == (
        TEXT,
        name,
        mark,
        False,
        True,
    )
    for size in range(whole["length"] - mark):
        part = value(state, Tail(r"C:\l.log", size=size))
        assert TEXT.endswith(part["text"])
        assert "\ufffd" not in part["text"]
        assert part["from"] >= whole["length"] - size
        begins = len(TEXT) - len(part["text"])
        assert part["inside"] == (begins > 0 and TEXT[begins - 1] != "\n")
        assert not part["whole"]


def test_lines_far_before_the_end() -> None:
    lines = ["start 1", "noise " * 20_000, "start 2 " + "y" * 5_000, "end"]
    state = host(files={r"C:\l.log": {"lines": lines}})
    found = value(state, Tail(r"C:\l.log", size=10, lines_with=("start", "nothing")))
    assert [line[:7] for line in found["lines"]] == ["start 1", "start 2"]
    assert len(found["lines"][1]) == 4_096
    assert (found["searched"], found["whole"]) == (found["length"], True)
    assert value(state, Tail(r"C:\l.log", lines_with=("START",)))["lines"] == []
    assert value(state, Tail(r"C:\l.log", size=10))["searched"] == 0


def test_the_newest_50_lines_oldest_first() -> None:
    state = host(files={r"C:\l.log": {"lines": [f"hit {n}" for n in range(60)]}})
    found = value(state, Tail(r"C:\l.log", size=0, lines_with=("hit",)))
    assert found["lines"] == [f"hit {n}" for n in range(10, 60)]
    assert (found["searched"], found["whole"]) == (50 * len("hit 10\r\n"), False)


def test_a_long_file_is_searched_back_to_the_cap() -> None:
    state = host(files={r"C:\l.log": {"text": "\r\nlast hit\r\n", "length": 40_000_000}})
    found = value(state, Tail(r"C:\l.log", size=5, lines_with=("hit",)))
    assert found["lines"] == ["last hit"]
    assert (found["length"], found["searched"], found["whole"]) == (40_000_000, 33_554_432, False)


def test_signatures_and_chosen_values_stay_on_the_host() -> None:
    text = (
        '{"url": "https://x/?sv=1&SIG=se%2Bcret&se=2", "message" : "script \\"said\\" secret", "other": "kept", "encoded": "sig%3Dsecret%26x", '
        '"message": "torn secret'
    )
    state = host(files={r"C:\s.json": {"text": text}})
    found = value(state, Tail(r"C:\s.json", lines_with=("kept",), blank=("message",)))
    for told in (found["text"], found["lines"][0]):
        assert "secret" not in told.replace("se%2Bcret", "secret")
        assert "SIG=*********&se=2" in told
        assert '"message" : ""' in told
        assert '"other": "kept"' in told


def test_files_that_change_once_they_were_opened() -> None:
    state = host(
        files={
            r"C:\f": {"text": "old", "modified": 600, "then": {"text": "newer", "modified": 1}},
            r"C:\g": {"text": "x", "locked": True, "then": {"locked": False}},
        }
    )
    memory = Readings.of(state)
    assert value(state, Tail(r"C:\f"), memory)["text"] == "old"
    again = value(state, Tail(r"C:\f"), memory)
    assert (again["text"], again["length"], again["modified"]) == ("newer", 5, "2026-11-20T09:59:59.000Z")
    assert value(state, Path(r"C:\f"), memory)["matches"][0]["length"] == 5
    assert answered(state, Tail(r"C:\g"), memory)["why"]["hresult"] == -2147024864
    assert value(state, Tail(r"C:\g"), memory)["text"] == "x"


def test_tails_that_cannot_be_read(state: State) -> None:
    assert absent(state, Tail(r"C:\Agent\none.log"))
    assert absent(state, Tail(r"C:\Nowhere\none.log"))
    assert reason(state, Tail(r"C:\Agent")) == "DENIED"
    assert reason(state, Tail(r"C:\Secret\inside.txt")) == "DENIED"
    assert unreadable(state, Tail(r"C:\Agent\none.log", size=1_048_577)) == "NotAllowed"


def test_the_shape_of_an_xml_file() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><configuration><!-- <proxy/> hidden --><a><b/><b x="y"/></a><a/></configuration>'
    state = host(files={r"C:\m.config": {"text": text}, r"C:\broken.config": {"text": "<a><b></a> <!-- hidden"}})
    found = value(
        state,
        Xml(r"C:\m.config", ("configuration", "configuration/a/b", "a", "configuration/proxy"), ("hidden", 'x="y"')),
    )
    assert found == {
        "length": len(text),
        "wellFormed": True,
        "elements": {"configuration": 1, "configuration/a/b": 2, "a": 0, "configuration/proxy": 0},
        "literals": {"hidden": False, 'x="y"': True},
    }
    broken = value(state, Xml(r"C:\broken.config", ("a",), ("hidden", "<b>")))
    assert (broken["wellFormed"], broken["elements"], broken["literals"]) == (
        False,
        {"a": None},
        {"hidden": False, "<b>": True},
    )
    assert absent(state, Xml(r"C:\none.config"))


KEYS = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys"


def test_descriptors() -> None:
    sddl = "O:SYG:BAD:PAI(A;;0x12019f;;;WD)(D;OICI;FR;;;S-1-5-21-9-9-9-9)"
    state = host(
        acls={KEYS: sddl + "S:AI(AU;;FA;;;WD)"},
        denied=[r"C:\Secret"],
        files={r"C:\f": {}},
        os={"accounts": {"S-1-1-0": "Jeder"}},
    )
    assert value(state, Descriptor(r"%ProgramData%\Microsoft\Crypto\RSA\MachineKeys")) == {"sddl": sddl}
    assert value(state, Descriptor(KEYS, names=True))["names"] == {
        "S-1-5-18": r"NT AUTHORITY\SYSTEM",
        "S-1-5-32-544": r"BUILTIN\Administrators",
        "S-1-1-0": "Jeder",
    }
    assert value(state, Descriptor(r"C:\f"))["sddl"] == "O:SYG:SYD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)"
    assert reason(state, Descriptor(r"C:\Secret")) == reason(state, Descriptor(r"C:\Secret\x")) == "DENIED"
    assert absent(state, Descriptor(r"C:\none"))


def test_constrained_language_mode_has_no_streams_and_no_descriptors() -> None:
    state = host(files=FILES, os={"languageMode": "ConstrainedLanguage"})
    for probe in (Tail(r"C:\Agent\x"), Xml(r"C:\Agent\x"), Descriptor(r"C:\Agent")):
        assert reason(state, probe) == "UNSUPPORTED"
    assert value(state, Path(r"C:\Agent\2.0\*"))["matches"]
