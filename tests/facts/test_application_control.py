"""What keeps the backup's extension from running: the steps of AppLocker's judgement, App Control's state, and events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from vmready.facts.application_control import (
    APPLOCKER_EVENTS,
    CODE_INTEGRITY_EVENTS,
    CRASHES,
    EXE,
    ApplicationControl,
)
from vmready.facts.registry import UnreadableFact
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import AppLockerFile, Event, EventLog, Instances, Names, Service

DENIED = Unreadable(Why(Reason.DENIED))
AT = datetime(2026, 11, 19, 2, 10, tzinfo=UTC)
PATH = r"C:\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot\1.0.92.0\IaaSBcdrExtension.exe"
SIGNED = {"name": "O=X", "product": "P", "binary": "B", "version": "1.0"}
EVERYTHING, OTHERS, DENIAL = (
    f'<FilePathRule Name="{name}" Action="{action}"><Conditions><FilePathCondition Path="{path}"/></Conditions></FilePathRule>'
    for name, action, path in (("all", "Allow", "*"), ("others", "Allow", "%WINDIR%\\*"), ("none", "Deny", "*"))
)
PUBLISHER = '<FilePublisherRule Name="x" Action="Allow"><Conditions><FilePublisherCondition PublisherName="O=X"/></Conditions></FilePublisherRule>'
SERVICES = '<RuleCollectionExtensions><ThresholdExtensions><Services EnforcementMode="Enabled"/></ThresholdExtensions></RuleCollectionExtensions>'


def policy(*rules: str, mode: str = "Enabled", services: str = SERVICES) -> Answer[str]:
    return Observed(f'<RuleCollection Type="Exe" EnforcementMode="{mode}">{"".join(rules)}{services}</RuleCollection>')


def service(state: int | None = 4) -> Answer[Service]:
    return Observed(Service("AppIDSvc", state, 3, None, None, None, None, None, None))


def files(*found: AppLockerFile) -> Answer[tuple[AppLockerFile, ...]]:
    return Observed(found)


def log(*events: tuple[int, datetime | None, Any]) -> Answer[EventLog]:
    found = tuple(
        Event(number, "x", 2, time, 1, said if isinstance(said, tuple) else (said,) if said else (), None)
        for number, time, said in events
    )
    return Observed(EventLog(True, None, found, False))


def guard(*status: Any) -> Answer[Instances]:
    name = "UsermodeCodeIntegrityPolicyEnforcementStatus"
    return Observed(Instances(tuple(Names({name: one}) for one in status), False))


FILE = AppLockerFile(PATH, SIGNED, "0xAB")


def machine(**answers: Any) -> ApplicationControl:
    known: dict[str, Any] = {
        "policy": Observed(""),
        "identity": service(),
        "files": files(FILE),
        "applocker_events": Absent(),
        "code_integrity_events": Absent(),
        "crashes": Absent(),
        "device_guard": Absent(),
    }
    return ApplicationControl(**{**known, **answers})


ALLOWED, REFUSED = (
    f"{PATH} is allowed by the allow rule “all”",
    f"{PATH} is denied by no rule, and what no rule allows is denied",
)


@pytest.mark.parametrize(
    ("found", "steps", "problem", "doubt"),
    [
        (machine(), ["there are no rules for programs"], "", ""),
        (machine(policy=Absent(), identity=service(1)), ["there are no rules for programs"], "", ""),
        (machine(policy=Absent(), identity=Absent()), ["there are no rules for programs"], "", ""),
        (machine(policy=policy()), ["there are no rules for programs"], "", ""),
        (machine(policy=policy(OTHERS, mode="AuditOnly")), ["1 rules for programs", "they are audited only"], "", ""),
        (
            machine(policy=policy(OTHERS), identity=service(1)),
            ["1 rules for programs", "they are enforced", "AppIDSvc is stopped, so they are not enforced now"],
            "",
            "AppLocker has rules, but AppIDSvc is stopped: they may come into force",
        ),
        (
            machine(policy=policy(OTHERS), identity=Absent()),
            ["1 rules for programs", "they are enforced", "AppIDSvc is absent, so they are not enforced now"],
            "",
            "AppLocker has rules, but AppIDSvc is absent: they may come into force",
        ),
        (
            machine(policy=policy(OTHERS, services="")),
            ["1 rules for programs", "they are enforced", "they do not hold for services"],
            "",
            "",
        ),
        (
            machine(policy=policy(OTHERS, EVERYTHING)),
            ["2 rules for programs", "they are enforced", "they hold for services, too", ALLOWED],
            "",
            "",
        ),
        (
            machine(policy=policy(OTHERS, mode="NotConfigured")),
            [
                "1 rules for programs",
                "their mode is not configured, so they are enforced",
                "they hold for services, too",
                REFUSED,
            ],
            f"AppLocker: 1 rules for programs; their mode is not configured, so they are enforced; "
            f"they hold for services, too (Services extension); {REFUSED}",
            "",
        ),
    ],
)
def test_the_steps_of_the_judgement(found: ApplicationControl, steps: list[str], problem: str, doubt: str) -> None:
    judged = found.applocker()
    assert [said[: len(step)] for said, step in zip(judged.reasons, steps, strict=True)] == steps
    assert (judged.problem, judged.doubt) == (problem, doubt)
    assert found.problems() == ((problem,) if problem else ())
    assert list(found.doubts()) == ([doubt] if doubt else [])


def test_of_several_versions_only_the_denied_ones_are_named() -> None:
    second = AppLockerFile(r"C:\Windows\x.exe", None, None)
    judged = machine(policy=policy(OTHERS), files=files(second, FILE)).applocker()
    assert judged.problem.endswith(f"(Services extension); {REFUSED}")
    assert len(judged.reasons) == 5


@pytest.mark.parametrize("answer", [files(), Absent()])
@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ((EVERYTHING,), ""),
        ((OTHERS,), "(not installed yet) is denied by no rule"),
        ((DENIAL,), "(not installed yet) is denied by the deny rule “none”"),
        ((PUBLISHER,), "(not installed yet) may be denied by the allow rule “x”"),
    ],
)
def test_an_extension_that_is_not_installed_yet_is_only_doubted(
    answer: Any, rules: tuple[str, ...], words: str
) -> None:
    judged = machine(policy=policy(*rules), files=answer).applocker()
    assert (judged.problem, bool(judged.doubt)) == ("", bool(words))
    assert words in judged.doubt


@pytest.mark.parametrize(
    ("publisher", "verb"),
    [
        (SIGNED, "is allowed"),
        ({"name": "O=X"}, "is allowed"),
        ({"name": "O=Y"}, "is denied"),
        ({**SIGNED, "name": None}, "is denied"),
        ({**SIGNED, "name": ""}, "is denied"),
        (None, "is denied"),
    ],
)
def test_who_signed_it(publisher: Any, verb: str) -> None:
    found = machine(policy=policy(PUBLISHER), files=files(AppLockerFile(PATH, publisher, None)))
    assert found.applocker().reasons[-1].startswith(f"{PATH} {verb} by ")


def test_its_product_file_name_and_version_count() -> None:
    attributes = 'PublisherName="O=X" ProductName="P" BinaryName="B"'
    versions = '<BinaryVersionRange LowSection="1.0" HighSection="1.0"/>'
    exact = PUBLISHER.replace('PublisherName="O=X"/>', f"{attributes}>{versions}</FilePublisherCondition>")
    assert machine(policy=policy(exact)).problems() == ()


@pytest.mark.parametrize(
    "found",
    [
        machine(policy=policy(OTHERS), identity=service(None)),
        machine(policy=policy(OTHERS), identity=DENIED),
        machine(policy=policy(OTHERS), files=DENIED),
        machine(policy=DENIED),
        machine(policy=Absent()),
        machine(policy=Absent(), identity=DENIED),
        machine(policy=Observed("<a>")),
        machine(applocker_events=DENIED),
        machine(code_integrity_events=DENIED),
        machine(crashes=DENIED),
        machine(device_guard=DENIED),
        machine(device_guard=guard()),
        machine(device_guard=guard(None)),
        machine(device_guard=guard(0, None)),
        machine(device_guard=guard("2")),
    ],
)
def test_what_is_not_known_is_not_allowed(found: ApplicationControl) -> None:
    with pytest.raises(UnreadableFact):
        found.problems()


@pytest.mark.parametrize(
    ("answer", "status", "doubts"),
    [
        (Absent(), 0, 0),
        (guard(0), 0, 0),
        (guard(1), 1, 0),
        (guard(2), 2, 1),
        (guard(3), 3, 0),
        (guard(0, 2), 2, 1),
        (guard(2, 0), 2, 1),
    ],
)
def test_app_control(answer: Answer[Instances], status: int, doubts: int) -> None:
    found = machine(device_guard=answer)
    assert (found.app_control(), len(list(found.doubts()))) == (status, doubts)
    assert found.seen() == {"applocker": ["there are no rules for programs"], "app control": status}


def test_what_was_seen_where_something_is_not_known() -> None:
    assert machine(policy=DENIED, device_guard=guard(1)).seen() == {"applocker": None, "app control": 1}
    assert machine(device_guard=DENIED).seen()["app control"] is None


WHEN = "2 in 7 days, last 2026-11-19 02:10 UTC"


@pytest.mark.parametrize(
    ("answers", "problem", "remark"),
    [
        (
            {"applocker_events": log((8004, AT, 1), (8003, AT, 1), (8004, None, 1))},
            f"AppLocker blocked {EXE} (event 8004, {WHEN})",
            1,
        ),
        ({"applocker_events": log((8003, None, 1))}, "", 1),
        ({"applocker_events": log((8002, AT, 1))}, "", 0),
        (
            {"code_integrity_events": log((3077, AT, 1), (3077, AT, 1))},
            f"App Control blocked {EXE} (event 3077, {WHEN})",
            0,
        ),
        ({"code_integrity_events": log((3076, AT, 1))}, "", 1),
        ({"applocker_events": log(), "code_integrity_events": log(), "crashes": log()}, "", 0),
        (
            {"crashes": log((1000, AT, f" {EXE.upper()} "), (1000, AT, EXE))},
            f"{EXE} crashed (event 1000, {WHEN}): look for security software",
            0,
        ),
        ({"crashes": log((1000, AT, "x" + EXE), (1000, AT, None), (1000, AT, 7))}, "", 0),
        ({"crashes": log((1000, AT, (EXE, "ntdll.dll")))}, f"{EXE} crashed (event 1000, 1 in 7 days", 0),
        ({"crashes": log((1000, AT, ("explorer.exe", EXE)))}, "", 0),
        ({"crashes": log((1000, None, EXE))}, f"{EXE} crashed (event 1000, 1 in 7 days, last at an unknown time)", 0),
    ],
)
def test_what_events_show(answers: Any, problem: str, remark: int) -> None:
    found = machine(**answers)
    assert len(found.problems()) == bool(problem)
    assert "".join(found.problems()).startswith(problem)
    assert len(list(found.remarks())) == remark


def test_rules_are_a_remark_that_tells_the_steps() -> None:
    (said,) = machine(policy=policy(OTHERS, mode="AuditOnly")).remarks()
    assert said == "AppLocker: 1 rules for programs; they are audited only"


def test_which_events_are_asked_for() -> None:
    """8003 and 3076 audited, 8004 and 3077 blocked: Microsoft's numbers, which some published texts swap."""
    assert [probe.ids for probe in (APPLOCKER_EVENTS, CODE_INTEGRITY_EVENTS, CRASHES)] == [
        (8003, 8004),
        (3076, 3077),
        (1000,),
    ]


EVENT = Event(8004, "x", 2, AT, 1, (EXE,), None)


@pytest.mark.parametrize(
    ("enabled", "more", "events", "said"),
    [
        (None, False, (EVENT,), ""),
        (None, True, (EVENT,), ""),
        (None, True, (), "more events than could be searched"),
        (True, True, (), "more events than could be searched"),
        (False, False, (), "is switched off"),
    ],
)
def test_a_log_that_tells_what_was_written(
    enabled: bool | None, more: bool, events: tuple[Event, ...], said: str
) -> None:
    answer = Observed(EventLog(enabled, None, events, more))
    if said:
        with pytest.raises(UnreadableFact, match=said):
            machine()._written(APPLOCKER_EVENTS, answer)
    else:
        assert machine()._written(APPLOCKER_EVENTS, answer) == events
