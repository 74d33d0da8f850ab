"""All records together: their order and shape, what a snapshot does not tell, and how they stand beside our verdicts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from vmready.facts.registry import Reader
from vmready.model import Cell, Finding, Verdict
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import ComReading, Event, EventLog, Names, Service
from vmready.probes.vocabulary import System
from vmready.records import workspace
from vmready.records.document import document, printed
from vmready.records.flaws import FLAWS, REQUIREMENTS
from vmready.records.record import NoRecord, NotTold, refused
from vmready.records.rules import RULES
from vmready.records.rules_of_services import _shown
from vmready.records.told import Told

from .told_hosts import EUS2, ID, IMDS, NETSH, OTHER, POLICY, answers, told

FULL = [
    "RuleId",
    "RuleGroupId",
    "RuleName",
    "RuleGroupName",
    "RuleDescription",
    "CheckResult",
    "CheckResultMessage",
    "CheckResultMessageId",
    "CheckResultMessageArguments",
]
COMPACT = ["RuleId", "RuleGroupId", "CheckResult", "CheckResultMessageId", "CheckResultMessageArguments"]
#: In the order of the troubleshooter, as the document's sample prints them.
ORDER = [
    "OperatingSystemCheck",
    "DotNetFrameworkInstalledCheck",
    "WindowsManagementFrameworkInstalledCheck",
    "AutomationAgentServiceConnectivityCheck1",
    "AutomationJobRuntimeDataServiceConnectivityCheck",
    "MonitoringAgentServiceRunningCheck",
    "SystemHybridRunbookWorkerRunningCheck",
    "MonitoringAgentServiceEventsCheck",
    "LinkedWorkspaceCheck",
    "CryptoRsaMachineKeysFolderAccessCheck",
    "TlsVersionCheck",
    "AlwaysAutoRebootCheck",
    "WSUSServerConfigured",
    "AutomaticUpdateCheck",
    "HttpsConnection",
    "ProxySettings",
    "IMDSConnectivity",
    "WUServiceRunningCheck",
    "LAOdsEndpointConnectivity",
    "LAOmsEndpointConnectivity",
]
GROUPS = {
    "prerequisites": (1, 2, 3, 11),
    "connectivity": (4, 5, 15, 16, 17, 19, 20),
    "servicehealth": (6, 7, 8, 9, 18),
    "permissions": (10,),
    "machineSettings": (12, 13, 14),
}
#: The update service's rule names its group otherwise than the four before it.
GROUP_NAMES = {
    ("prerequisites", "Prerequisite Checks"),
    ("connectivity", "connectivity"),
    ("servicehealth", "VM Service Health Checks"),
    ("servicehealth", "WU Service Health Check"),
    ("permissions", "Access Permission Checks"),
    ("machineSettings", "Machine Override Checks"),
}


def test_a_sound_host_passes_all_twenty_in_order() -> None:
    found = told({})
    assert [record.rule for record in found.records] == ORDER == [rule.id for rule in RULES]
    assert {record.result for record in found.records} == {"Passed"}
    assert not found.left_out
    assert not found.not_told


def test_groups_are_those_of_the_rules() -> None:
    of = {number: group for group, numbers in GROUPS.items() for number in numbers}
    found = told({}).array()
    assert [record["RuleGroupId"] for record in found] == [of[number] for number in range(1, 21)]
    assert {(record["RuleGroupId"], record["RuleGroupName"]) for record in found} == GROUP_NAMES


def test_rules_are_numbered_from_one() -> None:
    assert [rule.number for rule in RULES] == list(range(1, 21))


def test_fields_come_in_the_troubleshooter_s_order() -> None:
    found = told({})
    assert all(list(record) == FULL for record in found.array())
    assert all(list(record) == COMPACT for record in found.array(compact=True))
    common = [{name: record[name] for name in COMPACT} for record in found.array()]
    assert common == found.array(compact=True)


def test_what_is_printed_is_one_line_of_json() -> None:
    found = told({"registry": {POLICY: {"WUServer": "http://w\u00fc:8530"}}})
    for compact in (False, True):
        line = printed(found, compact=compact)
        assert "\n" not in line
        assert line.isascii()
        assert json.loads(line) == found.array(compact=compact)


def test_message_ids_follow_their_grammar() -> None:
    for record in told({"services": {"HealthService": None}}).records:
        assert re.fullmatch(rf"{record.rule}\.{record.result}(\.[A-Za-z]+)?", record.message_id)


def test_missing_arguments_and_no_arguments_are_told_apart() -> None:
    blank = told({"com": {"AgentConfigManager.MgmtSvcCfg": None}})
    by_rule = {record["RuleId"]: record["CheckResultMessageArguments"] for record in blank.array()}
    assert by_rule["AutomationAgentServiceConnectivityCheck1"] is None
    assert by_rule["WSUSServerConfigured"] is None
    assert by_rule["LinkedWorkspaceCheck"] == [""]
    assert by_rule["TlsVersionCheck"] == []


def test_the_description_of_a_registration_that_is_not_found_is_empty() -> None:
    found = told({"com": {"AgentConfigManager.MgmtSvcCfg": None}}).record("AutomationAgentServiceConnectivityCheck1")
    assert found is not None
    assert found.description == ""
    reached = told({}).record("AutomationAgentServiceConnectivityCheck1")
    assert reached is not None
    assert reached.description.endswith(f"communicate with {ID}.agentsvc.azure-automation.net")


# --- what is not told ---------------------------------------------------------------------------------------------------

OF_LOCATION = {
    "AutomationAgentServiceConnectivityCheck1",
    "AutomationJobRuntimeDataServiceConnectivityCheck",
    "LAOdsEndpointConnectivity",
    "LAOmsEndpointConnectivity",
}


def test_another_location_afterwards_was_not_collected() -> None:
    found = told({}, "westeurope", later="chinaeast2")
    assert set(found.not_told) == OF_LOCATION
    assert all("not collected" in reason for reason in found.not_told.values())
    assert len(found.records) == 16


def test_another_name_of_the_same_endpoints_was_collected() -> None:
    assert not told({}, "", later="mars").not_told
    assert not told({}, "westeurope", later="WESTEUROPE").not_told


def test_a_probe_that_the_snapshot_lacks_leaves_its_rules_out_alone() -> None:
    rounds = answers({})
    whole = Reader(rounds, {}).value("troubleshooter_records")
    for text in rounds[1]:
        less = {1: {key: value for key, value in rounds[1].items() if key != text}, 2: rounds[2]}
        found: Told = Reader(less, {}).value("troubleshooter_records")
        # The requests without a proxy are second tries: where the first succeeds nobody asks for them.
        assert found.not_told or ("'http'" in text and "proxy=none" in text), text
        assert {r.rule: r.full() for r in whole.records if r.rule not in found.not_told} == {
            r.rule: r.full() for r in found.records
        }


def test_without_answers_there_are_no_records_and_no_errors() -> None:
    found: Told = Reader({}, {}).value("troubleshooter_records")
    assert not found.records
    assert set(found.not_told) == set(ORDER)


@pytest.mark.parametrize("why", [{"id": "BudgetSpent"}, {"id": "ProbeLeftEarly"}, {"id": "Unsupported"}], ids=str)
def test_what_the_collector_itself_could_not_do_is_not_taken_for_the_host_s_refusal(why: Mapping[str, Any]) -> None:
    rounds = answers({})
    changed = {1: {text: {"state": "unreadable", "why": why} for text in rounds[1]}, 2: {}}
    found: Told = Reader(changed, {}).value("troubleshooter_records")
    assert not found.records


@pytest.mark.parametrize(
    ("why", "of_the_host"),
    [
        (Why(Reason.DENIED), True),
        (Why(Reason.FAILED, "COMException"), True),
        (Why(Reason.FAILED, "COMException,GetCloudWorkspaces"), True),
        (Why(Reason.FAILED), False),
        (Why(Reason.FAILED, "Malformed"), False),
        (Why(Reason.FAILED, "BadArgument,collector,more"), False),
        (Why(Reason.UNSUPPORTED, "CommandNotFoundException"), True),
        (Why(Reason.UNSUPPORTED, "CommandNotFoundException,Get-WinEvent"), True),
        (Why(Reason.UNSUPPORTED, "ConstrainedLanguage"), False),
        (Why(Reason.TIMED_OUT, "Timeout"), False),
        (Why(Reason.TIMED_OUT, "CommandNotFoundException"), False),
        (Why(Reason.NOT_COLLECTED, "CommandNotFoundException"), False),
    ],
    ids=str,
)
def test_what_any_other_program_would_have_met_as_well(why: Why, of_the_host: bool) -> None:
    assert refused(why) is of_the_host


@pytest.mark.parametrize(
    "message",
    [
        pytest.param("x" * 5000 + f"AOI-{ID} updates;", id="longer"),
        pytest.param("x" * 4096, id="as long as can be"),
        pytest.param("updates; " + "x" * 4083 + "AOI-", id="behind the mark"),
        pytest.param("updates; " + "x" * 4080 + f"AOI-{ID}", id="inside the id"),
    ],
)
def test_a_long_message_that_was_cut_decides_nothing(message: str) -> None:
    event = {"id": 1210, "provider": "x", "time": 1, "message": message}
    found = told({"logs": {"Operations Manager": {"events": [event]}}})
    assert "was cut" in found.not_told["LinkedWorkspaceCheck"]


@pytest.mark.parametrize("length", [4096, 4097])
def test_no_message_of_that_length_is_taken_for_whole(length: int) -> None:
    for message in ("x" * length, "updates; AOI-".rjust(length)):
        log = Observed(EventLog(True, None, (Event(1210, "x", None, None, None, (), message),), False))
        with pytest.raises(NotTold, match="was cut"):
            workspace.find(log, Absent())


def test_events_of_other_ids_name_no_workspace() -> None:
    def event(number: int, named: str) -> Event:
        return Event(number, "x", None, None, None, (), f"AOI-{named} updates;")

    log = EventLog(True, None, (event(1209, OTHER), event(1211, OTHER), event(1210, ID)), False)
    rows = tuple(Names({"WorkspaceId": one}) for one in (ID, OTHER))
    found = workspace.find(Observed(log), Observed(ComReading(Names({}), rows)))
    assert found == workspace.Found(workspace.State.ONE_OF_SEVERAL, ID)


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("osVersion", {"OperatingSystemCheck", "TlsVersionCheck"}),
        ("psVersion", {"WindowsManagementFrameworkInstalledCheck"}),
    ],
)
def test_a_version_that_the_host_does_not_say_leaves_its_rules_out(name: str, rules: set[str]) -> None:
    rounds = answers({})
    said = rounds[1][System().text]
    value = {key: one for key, one in said["value"].items() if key != name}
    found: Told = Reader({1: {**rounds[1], System().text: {**said, "value": value}}, 2: rounds[2]}, {}).value(
        "troubleshooter_records"
    )
    assert set(found.not_told) == rules


def test_a_log_of_which_its_interface_is_not_told_is_read_all_the_same() -> None:
    rounds = answers({})
    first = {
        text: {**said, "value": {key: one for key, one in said["value"].items() if key not in ("classic", "older")}}
        if "4502" in text
        else said
        for text, said in rounds[1].items()
    }
    assert first != rounds[1]
    found: Told = Reader({1: first, 2: rounds[2]}, {}).value("troubleshooter_records")
    assert found.array() == told({}).array()


def test_the_other_service_is_asked_only_where_one_is_absent() -> None:
    refuses: Answer[Service] = Unreadable(Why(Reason.DENIED, "x", "x"))
    running = Observed(Service("x", 4, 2, None, None, None, None, None, None, scm_state=Observed(4)))
    assert _shown(running, refuses) == running.value
    with pytest.raises(NoRecord):
        _shown(Absent(), refuses)


def test_an_id_that_is_no_part_of_a_name_is_not_asked_for() -> None:
    odd = "x y" + "z" * 33
    found = told(
        {
            "logs": {
                "Operations Manager": {
                    "events": [{"id": 1210, "provider": "x", "time": 1, "message": f"AOI-{odd} updates;"}]
                }
            },
            "com": {"AgentConfigManager.MgmtSvcCfg": {"methods": {"GetCloudWorkspaces": [{"workspaceId": odd}]}}},
        }
    )
    assert set(found.not_told) == OF_LOCATION - {"AutomationJobRuntimeDataServiceConnectivityCheck"}
    linked = found.record("LinkedWorkspaceCheck")
    assert linked is not None
    assert linked.arguments == (odd,)


# --- beside our verdicts ------------------------------------------------------------------------------------------------


def finding(requirement: str, verdict: Verdict) -> Finding:
    return Finding(Cell("web-01", requirement, requirement), verdict, "detail")


def beside(found: Told, requirement: str, verdict: Verdict) -> dict[str, Any]:
    raw = document("web-01", "run", found, {requirement: finding(requirement, verdict)})
    return next(one for one in raw["verdicts"] if one["requirement"] == requirement)


@pytest.mark.parametrize(
    ("delta", "requirement", "verdict", "differs", "flaw"),
    [
        ({}, "UM-01", Verdict.COMPLIANT, False, None),
        ({}, "UM-01", Verdict.NOTED, False, None),
        ({}, "UM-01", Verdict.NON_COMPLIANT, True, "1"),
        ({}, "UM-10", Verdict.WARNING, True, "10"),
        ({}, "UM-18", Verdict.NON_COMPLIANT, True, "18"),
        ({"native": {NETSH: {"output": "x", "exitCode": 0}}}, "UM-16", Verdict.WARNING, False, None),
        ({"native": {NETSH: {"output": "x", "exitCode": 0}}}, "UM-16", Verdict.COMPLIANT, True, "16"),
        ({"endpoints": {IMDS: None}}, "UM-17", Verdict.NON_COMPLIANT, True, "17"),
        ({"endpoints": {EUS2: None}}, "UM-15", Verdict.NON_COMPLIANT, True, "15"),
        ({}, "UM-01", Verdict.UNDETERMINED, None, None),
        ({}, "UM-01", Verdict.UNREACHABLE, None, None),
        ({}, "UM-01", Verdict.NOT_APPLICABLE, None, None),
    ],
)
def test_a_difference_names_the_flaw(
    delta: Mapping[str, Any], requirement: str, verdict: Verdict, differs: bool | None, flaw: str | None
) -> None:
    found = beside(told(delta), requirement, verdict)
    assert found["differs"] is differs
    assert found.get("flaw") == flaw
    assert found.get("reason") == (FLAWS[flaw] if flaw else None)


def test_every_rule_has_its_requirement_and_its_flaw() -> None:
    assert list(REQUIREMENTS) == ORDER
    assert list(REQUIREMENTS.values()) == [f"UM-{number:02}" for number in range(1, 21)]
    assert set(FLAWS) == {str(number) for number in range(1, 21)}


def test_the_document_holds_both_forms_and_what_is_missing() -> None:
    found = told({"endpoints": {EUS2: None}})
    raw = document("web-01", "run-1", found, {})
    assert (raw["records"], raw["compact"]) == (found.array(), found.array(compact=True))
    assert list(raw["left_out"]) == ["HttpsConnection"]
    assert raw["not_told"] == {}
    assert [one["rule"] for one in raw["verdicts"]] == ORDER
    assert all(one["verdict"] is None and one["differs"] is None for one in raw["verdicts"])
