"""Extensions by the three sources that tell of them: status file, registry, folders."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vmready.facts.aggregate_status import AggregateStatus
from vmready.facts.extension_handlers import VM_SNAPSHOT, ExtensionHandlers, SnapshotExtension
from vmready.facts.registry import UnreadableFact
from vmready.facts.services import GuestAgentServices
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import File, Key, Names, Paths, Tail, Value

CLOCK = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
DENIED = Unreadable(Why(Reason.DENIED))


def handler(name: str = "A.B", status: Any = "Ready", settings: Any = None, since: datetime | None = None) -> Any:
    found = {"handlerName": name, "handlerVersion": "1.2", "status": status}
    if settings is None:
        return found
    time = since and since.isoformat()
    return {
        **found,
        "runtimeSettingsStatus": {"settingsStatus": {"timestampUTC": time, "status": {"status": settings}}},
    }


def reported(*handlers: Any, age: timedelta = timedelta()) -> Answer[Tail]:
    text = json.dumps({"aggregateStatus": {"guestAgentStatus": {}, "handlerAggregateStatus": handlers}})
    return Observed(Tail("x", text, "utf-8", len(text), 0, False, CLOCK - age, (), None, True))


def registered(**entries: Any) -> Answer[Key]:
    """Handlers by name and version, each with its InstallState (empty: none), or with what its key was instead of one that was read."""
    keys = {
        name: entry
        if entry is None or isinstance(entry, Unreadable)
        else Key(Names({"InstallState": Value("REG_SZ", entry)} if entry else {}), Names({}), Names({}))
        for name, entry in entries.items()
    }
    return Observed(Key(Names({}), Names({}), Names(keys)))


def folders(*paths: str, more: bool = False, unreadable: tuple[str, ...] = ()) -> Answer[Paths]:
    found = tuple(File("C:\\Packages\\Plugins\\" + path, not path.endswith(".txt"), None, None, None) for path in paths)
    return Observed(Paths(found, unreadable, more))


def machine(
    status: Answer[Tail] | None = None, registry: Answer[Key] | None = None, plugins: Answer[Paths] | None = None
) -> ExtensionHandlers:
    whole = AggregateStatus(status or Absent(), CLOCK, GuestAgentServices({}))
    return ExtensionHandlers(whole, registry or Absent(), plugins or Absent())


@pytest.mark.parametrize(
    ("settings", "age", "doubts"),
    [
        ("transitioning", 0, 0),
        ("Transitioning", 5399, 0),
        ("transitioning", 5400, 0),
        ("transitioning", 5401, 1),
        ("transitioning", None, 1),
        ("success", 5401, 0),
        ("success", None, 0),
        ("WARNING", 0, 1),
        ("warning", 5401, 1),
    ],
)
def test_settings_that_hang_or_ended_in_a_warning(settings: str, age: int | None, doubts: int) -> None:
    since = None if age is None else CLOCK - timedelta(seconds=age)
    found = machine(reported(handler(settings=settings, since=since)))
    assert len(list(found.doubts())) == doubts
    assert not found.problems()


@pytest.mark.parametrize(
    ("one", "problem"),
    [
        (handler(), ""),
        (handler(settings="Success"), ""),
        (handler(settings="error"), "the settings of A.B 1.2 ended in error"),
        (handler(settings=""), "the settings of A.B 1.2 ended in no status"),
        (handler(status="ready"), "A.B 1.2 is ready, not Ready"),
        (handler(status="NotReady"), "A.B 1.2 is NotReady, not Ready"),
        (handler(status=None), "A.B 1.2 is of no status, not Ready"),
        (handler("", "NotReady"), "(a handler without a name) 1.2 is NotReady, not Ready"),
    ],
)
def test_handlers_that_are_not_ready(one: Any, problem: str) -> None:
    found = machine(reported(one))
    assert found.problems() == ((problem,) if problem else ())
    assert found.problems("a.b") == ((problem,) if problem.replace("the settings of ", "").startswith("A.B") else ())
    assert found.problems("A.A") == found.problems("A.C") == ()


def test_settings_of_a_status_that_nobody_knows_are_a_problem_and_no_doubt() -> None:
    found = machine(reported(handler(settings="xyz")))
    assert (len(found.problems()), list(found.doubts())) == (1, [])


@pytest.mark.parametrize(
    ("entries", "version", "state"),
    [
        ({"A.B_1.9": "Failed", "A.B_1.10": "Enabled"}, "1.10", "Enabled"),
        ({"A.B_1.10": "Enabled", "a.b_1.9": "Failed"}, "1.10", "Enabled"),
        ({"A.B_1.2": "Failed", "A.B_1.02": "Enabled"}, "1.2", "Failed"),
        ({"A.B_x": "Failed", "A.B_0": "Enabled"}, "0", "Enabled"),
        ({"A.B_1": ""}, "1", None),
    ],
)
def test_of_several_versions_the_highest_is_registered(entries: Any, version: str, state: str | None) -> None:
    found = machine(registry=registered(**entries)).registered()["a.b"]
    assert (found.name.lower(), found.version, found.state) == ("a.b", version, state)


def test_keys_that_name_no_handler_and_keys_that_were_not_read() -> None:
    found = machine(registry=registered(Settings="Failed", _1="Failed", **{"A.B_1": "Enabled"})).registered()
    assert list(found) == ["a.b"]
    for node, reason in ((DENIED, Reason.DENIED), (None, Reason.NOT_COLLECTED)):
        with pytest.raises(UnreadableFact) as raised:
            machine(registry=registered(**{"A.B_1": node})).registered()
        assert raised.value.why.reason is reason


def test_folders_by_handler() -> None:
    found = machine(plugins=folders(r"A.B\1.2", r"a.b\1.3", r"A.C\1", r"A.B\note.txt"))
    assert found.folders() == {"a.b": ("1.2", "1.3"), "a.c": ("1",)}
    assert machine().folders() == {}
    for cut in (folders("A.B\\1", more=True), folders("A.B\\1", unreadable=("x",)), DENIED):
        with pytest.raises(UnreadableFact):
            machine(plugins=cut).folders()


@pytest.mark.parametrize(
    ("found", "none"),
    [
        (machine(), True),
        (machine(reported()), True),
        (machine(reported(handler())), False),
        (machine(registry=registered(**{"A.B_1": "Enabled"})), False),
        (machine(plugins=folders("A.B\\1")), False),
        (machine(DENIED, registered(**{"A.B_1": "Enabled"})), False),
    ],
)
def test_whether_there_is_any_extension(found: ExtensionHandlers, none: bool) -> None:
    assert found.none() is none


def test_what_is_not_known_is_not_none() -> None:
    for found in (
        machine(DENIED),
        machine(registry=DENIED),
        machine(plugins=DENIED),
        machine(reported(age=timedelta(1))),
    ):
        with pytest.raises(UnreadableFact):
            found.none()


@pytest.mark.parametrize(
    ("entries", "problems", "left_over"),
    [
        ({"A.B_1.2": "Failed"}, 1, ()),
        ({"a.b_1.2": "FAILED"}, 1, ()),
        ({"A.B_1.2": "Enabled"}, 0, ()),
        ({"A.B_1.2": "Installed"}, 0, ()),
        ({"A.B_1.2": ""}, 0, ()),
        ({"Z.Z_1": "Failed", "A.C_1": "Failed"}, 0, ("A.C", "Z.Z")),
    ],
)
def test_an_installation_that_failed(entries: Any, problems: int, left_over: tuple[str, ...]) -> None:
    found = machine(reported(handler()), registered(**entries))
    assert (len(found.problems()), found.left_over()) == (problems, left_over)
    assert len(found.problems("a.B")) == problems
    assert found.problems("Z.Z") == ()


@pytest.mark.parametrize(
    ("state", "folder", "gone"),
    [
        ("Enabled", r"A.B\1.2", False),
        ("Enabled", r"A.B\1.1", True),
        ("ENABLED", r"A.C\1.2", True),
        ("Installed", r"A.C\1.2", False),
        ("", r"A.C\1.2", False),
    ],
)
def test_an_enabled_handler_without_its_folder(state: str, folder: str, gone: bool) -> None:
    found = machine(reported(handler()), registered(**{"A.B_1.2": state}), folders(folder))
    said = ["A.B 1.2 is enabled in the registry, but its folder below Packages\\Plugins is gone"] * gone
    assert list(found.doubts()) == said
    assert list(found.doubts("a.b")) == said
    assert list(found.doubts("A.A")) == list(found.doubts("A.C")) == []


NAME = VM_SNAPSHOT
LEFT = "VMSnapshot is on the machine, but the agent does not report it: it may be left over from a removal"


@pytest.mark.parametrize(
    ("state", "folder", "absent", "problem"),
    [
        (None, "", True, ""),
        (None, r"A.B\1.2", True, ""),
        ("Enabled", rf"{NAME}\1.2", False, ""),
        ("Failed", rf"{NAME}\1.2", False, "the installation of VMSnapshot 1.2 failed (InstallState)"),
        ("FAILED", rf"{NAME}\1.2", False, "the installation of VMSnapshot 1.2 failed (InstallState)"),
        ("", rf"{NAME}\1.2", False, ""),
        ("Enabled", rf"{NAME}\1.1", False, "VMSnapshot 1.2 is registered, but its folder"),
        ("Installed", "", False, "VMSnapshot 1.2 is registered, but its folder"),
        (None, rf"{NAME}\1.1", False, "the folder of VMSnapshot 1.1 is left over, and no handler is registered"),
    ],
)
def test_the_extension_of_backups(state: str | None, folder: str, absent: bool, problem: str) -> None:
    entries = {} if state is None else {f"{NAME}_1.2": state}
    found = SnapshotExtension(machine(reported(), registered(**entries), folders(*[folder] * bool(folder))))
    assert found.absent() is absent
    assert len(found.problems()) == bool(problem)
    assert "".join(found.problems()).startswith(problem)
    assert absent or list(found.doubts()) == [LEFT]


def test_the_extension_of_backups_that_only_the_agent_reports() -> None:
    found = SnapshotExtension(machine(reported(handler(NAME.upper(), settings="warning"), handler(settings="warning"))))
    assert not found.absent()
    assert list(found.doubts()) == [f"the settings of {NAME.upper()} 1.2 ended in a warning"]
    others = reported(handler(), handler("Z.Z"))
    assert SnapshotExtension(machine(others)).absent()
    left = machine(others, registered(**{f"{NAME}_1.2": "Enabled"}), folders(rf"{NAME}\1.2"))
    assert list(SnapshotExtension(left).doubts()) == [LEFT]


def test_a_folder_that_is_gone_is_a_problem_of_the_extension_of_backups_and_no_doubt() -> None:
    found = SnapshotExtension(machine(reported(handler(NAME)), registered(**{f"{NAME}_1.2": "Enabled"})))
    assert (len(found.problems()), list(found.doubts())) == (1, [])


def test_where_the_agent_never_reported_nobody_tells_whether_a_handler_is_ready() -> None:
    assert machine(plugins=folders()).reported() == ()
    for found in (machine(registry=registered(**{"A.B_1": "Enabled"})), machine(plugins=folders("A.B\\1"))):
        for other in ("A.A", "A.C"):
            assert found.reported(other) == ()
            assert found.problems(other) == ()
        for only in (None, "a.B"):
            with pytest.raises(UnreadableFact, match=r"whether a\.b is ready is not told"):
                found.reported(only)
            with pytest.raises(UnreadableFact):
                found.problems(only)


def test_settings_of_which_nothing_is_told() -> None:
    found = machine(reported({**handler(), "runtimeSettingsStatus": {"settingsStatus": None}}))
    assert found.problems() == ()
    assert list(found.doubts()) == ["A.B 1.2 was given settings, and no status of them is told"]
