"""States: what may be declared, how states inherit, what is said of a wrong one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from declared_hosts import NOW, absent, host, value

from vmready.probes.vocabulary import Path as PathProbe
from vmready.probes.vocabulary import RegistryKey, Service, System
from vmready.twin.states import State, StateError, load, merge

CONTOSO = r"HKLM\SOFTWARE\Contoso"


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_state_changes_its_base(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "base.yaml",
        r"""
os: {computerName: BASE, culture: de-DE}
registry:
  HKLM\SOFTWARE\Contoso: {Kept: 1, Changed: 1, Gone: 1}
  HKLM\SOFTWARE\Contoso\Below: {}
services: {alpha: {status: Running}, beta: {status: Running}}
denied: [HKLM\SOFTWARE\Old]
""",
    )
    state = load(
        _write(
            tmp_path,
            "host.yaml",
            r"""
base: base.yaml
os: {computername: HOST}
registry:
  hkey_local_machine\software\CONTOSO: {changed: 2, Gone: null, New: text}
services: {Alpha: null}
denied: [HKLM\SOFTWARE\New]
""",
        )
    )
    read = value(state, RegistryKey(CONTOSO))["values"]
    assert {name: entry["data"] for name, entry in read.items()} == {"Kept": 1, "Changed": 2, "New": "text"}
    assert absent(state, Service("alpha"))
    assert value(state, Service("beta"))["scm"] == {"status": 4}
    assert (state.os["computerName"], state.os["culture"]) == ("HOST", "de-DE")
    assert state["denied"] == [r"HKLM\SOFTWARE\New"]


def test_null_removes_a_key_and_a_folder_with_what_lies_below() -> None:
    base = host(
        registry={CONTOSO: {"A": 1}, CONTOSO + r"\Sub\Deep": {}, CONTOSO + "ological": {}},
        files={r"C:\App\x.log": {"text": "x"}, r"C:\App2\y.log": {"text": "y"}},
    )
    changed = merge(base, {"registry": {CONTOSO.lower(): None}, "files": {"c:/app": None}})
    assert absent(changed, RegistryKey(CONTOSO))
    assert absent(changed, RegistryKey(CONTOSO + r"\Sub"))
    assert value(changed, RegistryKey(CONTOSO + "ological"))["values"] == {}
    assert absent(changed, PathProbe(r"C:\App\x.log"))
    assert not absent(changed, PathProbe(r"C:\App2\y.log"))
    assert not absent(base, RegistryKey(CONTOSO)), "the base is not changed"


def test_values_may_be_written_short() -> None:
    state = host(registry={CONTOSO: {"Number": 4294967295, "Text": "t", "Lines": ["a", "b"], "": "default"}})
    assert value(state, RegistryKey(CONTOSO))["values"] == {
        "Number": {"type": "REG_DWORD", "data": 4294967295},
        "Text": {"type": "REG_SZ", "data": "t"},
        "Lines": {"type": "REG_MULTI_SZ", "data": ["a", "b"]},
        "": {"type": "REG_SZ", "data": "default"},
    }


def test_json_holds_text_that_yaml_cannot(tmp_path: Path) -> None:
    text = '{"registry": {"HKLM\\\\SOFTWARE\\\\Contoso": {"Odd": {"type": "REG_SZ", "data": "\\u0000 \\ud83d"}}}}'
    state = load(_write(tmp_path, "odd.json", text))
    assert value(state, RegistryKey(CONTOSO))["values"]["Odd"]["data"] == "\0 \ud83d"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("servces: {}", "servces: unknown key; did you mean 'services'?"),
        (
            "services: {x: {status: running, startTyp: Manual}}",
            "services.x.startTyp: unknown key; did you mean 'startType'?",
        ),
        ("services: {x: {status: Sleeping}}", "services.x.status: 'Sleeping' is none of Stopped, "),
        (r"registry: {SOFTWARE\X: {}}", r"registry.SOFTWARE\X: no registry key: it begins with HKLM"),
        (r"registry: {HKLM\X: {a: {type: REG_DWORD, data: 4294967296}}}", "does not fit into 32 bits"),
        (r"registry: {HKLM\X: {a: {type: REG_BINARY, data: 0xZZ}}}", "bytes are written as hex"),
        (r"registry: {HKLM\X: {a: 1, A: 2}}", "stands there already, as 'a'"),
        (
            "logs: {System: {events: [{id: 1, time: 5}]}}",
            "logs.System.events[0]: an event without xml has the key 'provider'",
        ),
        ("logs: {System: {events: [{id: 1, provider: p, time: yesterday}]}}", "'yesterday' is no time"),
        ("files: {relative.txt: {}}", "no path of a file"),
        (r"files: {C:\a: {version: 1.2.3}}", "no version of four numbers"),
        (r"acls: {C:\a: everyone}", "no security descriptor"),
        ("endpoints: {example: {tcp: open}}", "an endpoint is host:port"),
        ("endpoints: {'example:443': {tcp: closed}}", "'closed' is none of open"),
        ("denied: [everything]", "denied[0]: 'everything' is no key"),
        ("os: {now: today}", "os.now: 'today' is no time"),
        ("os: {computerName: 5}", "os.computerName: text is wanted, not 5; put it in quotes"),
        ("base: missing.yaml", "base: there is no file"),
        ("- a list", "a state has keys and values, not list"),
        ("services: [", "not YAML"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    path = _write(tmp_path, "wrong.yaml", text)
    with pytest.raises(StateError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bases_in_a_circle(tmp_path: Path) -> None:
    _write(tmp_path, "a.yaml", "base: b.yaml")
    with pytest.raises(StateError, match="in a circle"):
        load(_write(tmp_path, "b.yaml", "base: a.yaml"))


def test_a_recorded_registry_comes_before_the_states_own_keys(tmp_path: Path) -> None:
    recorded = {"keys": {CONTOSO: {"A": {"type": "REG_SZ", "data": "recorded"}, "B": {"type": "REG_DWORD", "data": 1}}}}
    _write(tmp_path, "recorded.json", json.dumps(recorded))
    state = load(
        _write(tmp_path, "host.yaml", "registry_from: recorded.json\nregistry: {HKLM\\SOFTWARE\\Contoso: {A: own}}")
    )
    read = value(state, RegistryKey(CONTOSO))["values"]
    assert (read["A"]["data"], read["B"]["data"]) == ("own", 1)
    _write(tmp_path, "broken.json", "{}")
    with pytest.raises(StateError, match="no recorded registry"):
        load(_write(tmp_path, "other.yaml", "registry_from: broken.json"))


def test_the_services_key_follows_from_a_declared_service_unless_the_registry_says_otherwise() -> None:
    services = {
        "plain": {"status": "Running", "startType": "Automatic", "delayed": True, "pathName": r"C:\p.exe"},
        "own": {"startType": "Automatic"},
    }
    state = host(services=services, registry={r"HKLM\SYSTEM\CurrentControlSet\Services\OWN": {"Start": 4}})
    assert value(state, Service("plain"))["key"] == {
        "Start": 2,
        "DelayedAutostart": 1,
        "ImagePath": r"C:\p.exe",
        "ObjectName": "LocalSystem",
    }
    assert value(state, Service("own"))["key"] == {"Start": 4}


def test_the_document_says_everything_in_the_stand_ins_format() -> None:
    state = host(os={"bootTime": 3600}, services={"x": {"startType": "Disabled"}}, registry={CONTOSO: {"A": 1}})
    document = state.document()
    assert json.loads(json.dumps(document)) == document
    assert document["registry"][CONTOSO] == {"A": {"type": "REG_DWORD", "data": 1}}
    assert document["registry"][r"HKLM\SYSTEM\CurrentControlSet\Services\x"]["Start"] == {
        "type": "REG_DWORD",
        "data": 4,
    }
    assert document["os"]["bootTime"] == "20261120090000.000000+000"
    assert document["os"]["missingCommands"] == ["netsh", "qwinsta", "vssadmin"], (
        "programs that the state does not declare are not there"
    )
    again = State.of(document)
    assert again.document() == document


def test_the_clock_is_declared_or_the_real_one_with_an_offset() -> None:
    assert value(host(), System())["clock"] == "2026-11-20T10:00:00.000Z"
    slow = State.of({"twin": {"clockOffset": -420}})
    behind = datetime.now(UTC) - slow.now()
    assert timedelta(seconds=419) < behind < timedelta(seconds=430)


def test_a_second_round_may_find_another_machine() -> None:
    state = State.of({"os": {"now": NOW, "bootTime": 86400}, "twin": {"later": {"os": {"bootTime": 60}}}})
    assert value(state.at(1), System())["boot"] == "2026-11-19T10:00:00.000Z"
    assert value(state.at(2), System())["boot"] == "2026-11-20T09:59:00.000Z"
