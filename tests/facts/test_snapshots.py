"""VSS: what vssadmin prints, what its states mean, and the services that take part in a snapshot."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.facts.registry import UnreadableFact
from vmready.facts.snapshots import PARTS, Snapshots
from vmready.facts.vss_writers import Writer, parse
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import NativeText, Service
from vmready.probes.vocabulary import Service as ServiceProbe

DENIED = Unreadable(Why(Reason.DENIED))
GUID, OTHER = "e8132975-6f93-4464-a53e-1050253ae220", "0cbfa1a3-e9e8-4a0a-8e6d-5d1ea3d5dc1c"


def block(name: str = "'A'", state: str = "State: [1] Stable", error: str = "Last error: No error") -> str:
    return f"Writer name: {name}\n   Writer Id: {{{GUID.upper()}}}\n   Instance: {{{OTHER}}}\n   {state}\n   {error}\n"


@pytest.mark.parametrize(
    ("text", "writer"),
    [
        (block(), Writer(GUID, "A", 1, "No error")),
        (block('"A"'), Writer(GUID, "A", 1, "No error")),
        (block("«A»"), Writer(GUID, "A", 1, "No error")),
        (block("“A”"), Writer(GUID, "A", 1, "No error")),
        (block("A"), Writer(GUID, "", 1, "No error")),
        (block("'A [7]'"), Writer(GUID, "A [7]", 1, "No error")),
        (block(f"'{'a' * 200}'"), Writer(GUID, "a" * 200, 1, "No error")),
        (block(f"'{'a' * 201}'"), Writer(GUID, "", 1, "No error")),
        (block(state="State: [12] Failed"), Writer(GUID, "A", 12, "No error")),
        (block(state="State: [999]"), Writer(GUID, "A", 999, "No error")),
        (block(state="State: [1000]"), Writer(GUID, "A", None, "")),
        (block(state="State: [٣]"), Writer(GUID, "A", None, "")),
        (block(state="State: Stable"), Writer(GUID, "A", None, "")),
        (block(state="State: [1] Stable\n   Last error: Code: [8]", error=""), Writer(GUID, "A", 1, "[8]")),
        (block(error=""), Writer(GUID, "A", 1, "")),
        (block(error="Dernière erreur : Aucune erreur "), Writer(GUID, "A", 1, "Aucune erreur")),
        (block(error="no colon here"), Writer(GUID, "A", 1, "no colon here")),
        (f"Writer name: 'A'\n {{{GUID}}}\n [5]", Writer(GUID, "A", 5, "")),
        (f"Writer name: 'A'\nWriter Id: {{{GUID}}}\nState: [5]\nLast error: x", Writer(GUID, "A", 5, "x")),
        (f"'A' [7] {{{GUID}}}\n [5]\n x\n y", Writer(GUID, "A", 5, "x")),
    ],
)
def test_a_writer(text: str, writer: Writer) -> None:
    assert parse(f"vssadmin 1.1 - 'tool'\n(C) 2001\n\n{text}") == (writer,)


@pytest.mark.parametrize(
    "text",
    [
        f"{block()}\n{block()}",
        f"{block()}{block()}",
        f"\n\n{block()}\n\n\n{block()}\n\n",
        f"{block()}\r\n{block()}".replace("\n", "\r\n"),
        f"{block()} \t \n{block()}",
        f"{block()}not indented, and no name\n{block()}",
    ],
)
def test_where_a_writer_ends(text: str) -> None:
    assert [str(writer) for writer in parse(text)] == [f"A ({GUID})", f"A ({GUID})"]


@pytest.mark.parametrize("indent", [" ", "\t"])
def test_a_quoted_text_that_is_indented_begins_no_writer(indent: str) -> None:
    assert [writer.state for writer in parse(block(state=f"x\n{indent}Comment: 'quoted'\n State: [5]"))] == [5]


@pytest.mark.parametrize(("length", "state"), [(1000, 5), (1001, None)])
def test_a_line_is_read_to_its_thousandth_character(length: int, state: int | None) -> None:
    assert [writer.state for writer in parse(block(state="State: [5]".rjust(length, "x")))] == [state]


@pytest.mark.parametrize(
    "text", ["", "\n", "no writers at all", "Writer name: 'A'\n   State: [1] Stable\n", "{not-a-guid} [1]"]
)
def test_a_text_without_writers(text: str) -> None:
    assert parse(text) == ()


def test_a_writer_without_a_name_goes_by_its_id() -> None:
    assert str(Writer(GUID, "", 1, "")) == GUID


def listed(*blocks: str, code: int | None = 0, length: int = 0) -> Snapshots:
    return Snapshots(Observed(NativeText("\n".join(blocks).ljust(length), code)), {})


def of_state(state: int, error: str = "No error") -> str:
    return block(state=f"State: [{state}]", error=f"Last error: {error}")


@pytest.mark.parametrize(
    ("state", "failed", "waiting", "doubts"),
    [
        (0, 0, 0, 1),
        (1, 0, 0, 0),
        (2, 0, 1, 0),
        (5, 0, 1, 0),
        (6, 1, 0, 0),
        (7, 1, 0, 0),
        (12, 1, 0, 0),
    ],
)
def test_what_the_states_mean(state: int, failed: int, waiting: int, doubts: int) -> None:
    found = listed(of_state(state))
    assert (len(found.failed()), len(found.waiting()), len(list(found.doubts()))) == (failed, waiting, doubts)


@pytest.mark.parametrize(
    ("errors", "doubted"),
    [
        (["No error"], []),
        (["NO ERROR", "Kein Fehler"], ["Kein Fehler"]),
        (["Kein Fehler"], []),
        (["Kein Fehler", "KEIN FEHLER"], []),
        (["Kein Fehler", "Kein Fehler", "Zeitlimit"], ["Zeitlimit"]),
        (["", "", ""], []),
        (["Retryable error"] * 2, ["Retryable error"] * 2),
        (["The writer's Timed Out"], ["The writer's Timed Out"]),
        (["Inconsistent shadow copy"], ["Inconsistent shadow copy"]),
        (["Out of resources"], ["Out of resources"]),
        (["Unexpected error"], ["Unexpected error"]),
    ],
)
def test_last_errors_that_look_like_one(errors: list[str], doubted: list[str]) -> None:
    found = listed(*(of_state(1, error) for error in errors))
    assert list(found.doubts()) == [f"the last error of A ({GUID}) is “{error}”" for error in doubted]


def test_failed_writers_are_named_with_their_error() -> None:
    found = listed(of_state(8, "Timed out"), block(state="State: [9]", error=""))
    assert found.failed() == (f"A ({GUID}) is in state 8 (Timed out)", f"A ({GUID}) is in state 9")
    assert found.waiting() == ()


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (listed("error", code=2), "vssadmin ended with 2"),
        (listed("error", code=-1), "vssadmin ended with -1"),
        (listed(block(), code=2), "vssadmin ended with 2: the list of writers may not be whole"),
        (listed(block(state="State: ?")), r"the state of A \(.*\) is not understood"),
        (listed(block(), block("'B'", "State: ?")), r"the state of B \("),
        (listed(block(), length=65536), "cut off"),
        (listed(block(), length=65537), "cut off"),
        (listed(block(state="State: ?"), length=65536), "cut off"),
        (Snapshots(Absent(), {}), "no vssadmin"),
        (Snapshots(DENIED, {}), "access denied"),
    ],
)
def test_a_list_that_is_not_known(found: Snapshots, words: str) -> None:
    with pytest.raises(UnreadableFact, match=words):
        found.writers()


@pytest.mark.parametrize(
    ("found", "writers", "failed"),
    [
        (listed(), 0, 0),
        (listed(code=None), 0, 0),
        (listed(block(), code=None), 1, 0),
        (listed(of_state(6), code=2), 1, 1),
        (listed(block(), length=65535), 1, 0),
        (listed(of_state(6), length=65536), 1, 1),
        (listed(of_state(6), block(state="State: ?")), 2, 1),
        (listed(of_state(7), block(state="State: ?")), 2, 1),
    ],
)
def test_a_list_that_is_known(found: Snapshots, writers: int, failed: int) -> None:
    assert (len(found.writers()), len(found.failed())) == (writers, failed)


def service(
    state: int | None = 4, start: int | None = 3, account: str | None = r"NT AUTHORITY\NetworkService"
) -> Answer[Service]:
    return Observed(Service("x", state, start, None, account, None, None, None, None))


NETWORK = ("nt authority\\networkservice", "NT AUTHORITY\\NETWORK SERVICE", "NetworkService", " s-1-5-20 ")


@pytest.mark.parametrize(
    ("name", "answer", "problem", "doubt"),
    [
        *((part.name, service(), "", "") for part in PARTS),
        *((part.name, service(4, 2), "", "") for part in PARTS),
        *((part.name, service(1, 4), f"the service {part.name} is disabled", "") for part in PARTS if part.missing),
        *((part.name, Absent(), f"there is no service {part.name}", "") for part in PARTS if part.missing),
        *((name, service(1), "", "") for name in ("VSS", "swprv", "MSDTC", "IaasVmProvider")),
        *((name, service(1), "", f"the service {name} is stopped") for name in ("COMSysApp", "CryptSvc")),
        *((name, service(None), "", "") for name in ("VSS", "MSDTC", "IaasVmProvider")),
        *((name, service(account=None), "", "") for name in ("VSS", "EventSystem")),
        ("EventSystem", service(1), "the service EventSystem is stopped", ""),
        ("IaasVmProvider", service(1, 4), "", "the service IaasVmProvider is disabled"),
        ("IaasVmProvider", Absent(), "", ""),
        *(("MSDTC", service(account=account), "", "") for account in NETWORK),
        ("MSDTC", service(account="LocalSystem"), "the service MSDTC runs as LocalSystem, not as NetworkService", ""),
    ],
)
def test_a_service_that_takes_part(name: str, answer: Answer[Service], problem: str, doubt: str) -> None:
    found = Snapshots(Absent(), {ServiceProbe(name): answer}).part(name)
    assert (found.problem, found.doubt, found.there) == (problem, doubt, answer != Absent())
    assert found.start == (answer.value.start if isinstance(answer, Observed) else None)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("VSS", DENIED),
        ("VSS", service(start=None)),
        ("COMSysApp", service(None)),
        ("CryptSvc", service(None)),
        ("EventSystem", service(None)),
        ("MSDTC", service(account=None)),
        ("MSDTC", service(start=None)),
    ],
)
def test_a_service_of_which_what_decides_is_not_told(name: str, answer: Any) -> None:
    with pytest.raises(UnreadableFact):
        Snapshots(Absent(), {ServiceProbe(name): answer}).part(name)
