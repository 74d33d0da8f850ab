from __future__ import annotations

import pytest
from evidence_runs import ITEMS, Writing, storied

from vmready.evidence.gate import Decision, Gate, ThresholdError, Thresholds, combine, decide
from vmready.evidence.run import Run
from vmready.model import Severity, Verdict


def run_with(tmp_path, **verdicts) -> Run:
    """Two hosts, all compliant but web-1's named items (``UM_11=…``)."""
    writing = Writing(tmp_path / "run", 2)
    other = {item.replace("_", "-"): verdict for item, verdict in verdicts.items()}
    for item, verdict in other.items():
        writing.found("web-1", item, verdict, "it deviates")
    writing.rest("web-1", without=tuple(other))
    writing.rest("web-2")
    return writing.end()


def test_all_compliant_is_good(tmp_path):
    assert decide(run_with(tmp_path)) == Decision(0)


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Verdict.NON_COMPLIANT, 1),
        (Verdict.UNDETERMINED, 10),
        (Verdict.UNREACHABLE, 10),
        (Verdict.WARNING, 0),
        (Verdict.NOTED, 0),
        (Verdict.WAIVED, 0),
        (Verdict.NOT_APPLICABLE, 0),
    ],
)
def test_what_one_cell_of_a_verdict_makes_of_the_run(tmp_path, verdict, code):
    decision = decide(run_with(tmp_path, UM_11=verdict))
    assert decision.exit_code == code
    assert decision.reasons == ((f"1 {verdict}",) if code else ())


def test_a_cell_that_never_ran_is_not_good(tmp_path):
    writing = Writing(tmp_path / "run", 1)
    writing.rest("web-1", without=("UM-12",))
    assert decide(writing.end()) == Decision(10, ("1 not run",))


def test_non_compliant_outweighs_unknown_and_both_are_said(tmp_path):
    decision = decide(run_with(tmp_path, UM_11=Verdict.UNDETERMINED, UM_02=Verdict.NON_COMPLIANT))
    assert decision == Decision(1, ("1 non-compliant", "1 undetermined"))


@pytest.mark.parametrize("verdict", [Verdict.NON_COMPLIANT, Verdict.UNDETERMINED])
@pytest.mark.parametrize(
    ("line", "counts"),
    [(Severity.LOW, True), (Severity.MEDIUM, True), (Severity.HIGH, True), (Severity.CRITICAL, False)],
)
def test_the_gate_sets_the_line_for_known_and_unknown_alike(tmp_path, line, counts, verdict):
    run = run_with(tmp_path, UM_02=verdict)  # UM-02 is of severity high
    assert (decide(run, Gate(line)).exit_code != 0) == counts


def test_warnings_count_only_if_asked_for_and_at_the_line(tmp_path):
    run = run_with(tmp_path, UM_12=Verdict.WARNING)  # medium
    assert decide(run).exit_code == 0
    assert decide(run, Gate(fail_on_warning=True)).exit_code == 1
    assert decide(run, Gate(Severity.HIGH, fail_on_warning=True)).exit_code == 0


@pytest.mark.parametrize("name", ["UM-02", "UM-04.operations", "UM-04"])
def test_undetermined_can_be_allowed_for_a_host_by_requirement_or_item(tmp_path, name):
    item = "UM-04.operations" if name.startswith("UM-04") else name
    run = run_with(tmp_path, **{item: Verdict.UNDETERMINED})
    assert decide(run, Gate(allow_undetermined={"web-1": {name: "no rights there"}})).exit_code == 0
    assert decide(run, Gate(allow_undetermined={"web-2": {name: "no rights there"}})).exit_code == 10
    assert decide(run, Gate(allow_undetermined={"web-1": {"UM-11": "another"}})).exit_code == 10


def test_allowing_undetermined_allows_nothing_else(tmp_path):
    run = run_with(tmp_path, UM_02=Verdict.UNREACHABLE)
    assert decide(run, Gate(allow_undetermined={"web-1": {"UM-02": "no rights"}})).exit_code == 10


@pytest.mark.parametrize("verdict", [Verdict.NOT_APPLICABLE, Verdict.UNDETERMINED, Verdict.UNREACHABLE])
def test_a_host_of_which_nothing_was_judged_is_never_green(tmp_path, verdict):
    writing = Writing(tmp_path / "run", 2)
    writing.rest("web-1", verdict)
    writing.rest("web-2")
    allowed = {"web-1": {item: "allowed" for item, _ in ITEMS}}
    decision = decide(writing.end(), Gate(Severity.CRITICAL, allow_undetermined=allowed))
    assert decision.exit_code == 10
    assert "nothing was judged on 1 host: web-1" in decision.reasons


def test_no_hosts_or_nothing_planned_is_never_green(tmp_path):
    assert decide(Writing(tmp_path / "none", 0).end()) == Decision(10, ("no host was looked at",))
    assert decide(Writing(tmp_path / "nothing", 2, items=()).end()) == Decision(10, ("nothing was planned",))


def test_evidence_that_was_not_written_and_totals_that_disagree_come_first(tmp_path):
    run = run_with(tmp_path, UM_11=Verdict.NON_COMPLIANT)
    failed = decide(run, failure="reports/x: no space left")
    assert failed.exit_code == 11
    assert failed.reasons[0] == "evidence could not be written: reports/x: no space left"
    writing = Writing(tmp_path / "twice", 1)
    writing.rest("web-1")
    writing.found("web-1", "UM-11", Verdict.COMPLIANT)
    assert decide(writing.end(), failure="full").exit_code == 12


def test_thresholds_allow_up_to_their_number(tmp_path):
    run = storied(tmp_path / "run")  # 3 critical and 1 high non-compliant
    limits = {"max": {"critical": {"non-compliant": 3}, "high": {"non-compliant": 0}}}
    decision = decide(run, Gate(thresholds=Thresholds.parse(limits)))
    assert decision.exit_code == 1
    assert decision.reasons[0] == "1 non-compliant of severity high, and at most 0 may be"
    assert not any("critical" in reason for reason in decision.reasons)


def test_a_named_limit_holds_below_the_line_too(tmp_path):
    run = run_with(tmp_path, UM_12=Verdict.WARNING)
    gate = Gate(Severity.CRITICAL, thresholds=Thresholds.parse({"max": {"medium": {"warning": 0}}}))
    assert decide(run, gate).exit_code == 1


def test_the_least_share_of_judged_cells(tmp_path):
    run = run_with(tmp_path, UM_11=Verdict.UNDETERMINED)  # 11 of 12 that apply
    allowed = {"web-1": {"UM-11": "no rights"}}
    for least, code in ((0.9, 0), (0.95, 10)):
        thresholds = Thresholds.parse({"min_judged_share": least})
        assert decide(run, Gate(allow_undetermined=allowed, thresholds=thresholds)).exit_code == code


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "thresholds are a mapping"),
        ({"maximum": {}}, "maximum: unknown key"),
        ({"max": {"grave": {}}}, "max.grave: unknown severity"),
        ({"max": {"high": {"compliant": 1}}}, "max.high.compliant: not a verdict that can be limited"),
        ({"max": {"high": {"non-compliant": -1}}}, "a whole number"),
        ({"max": {"high": {"non-compliant": True}}}, "a whole number"),
        ({"max": {"high": 3}}, "max.high: a mapping"),
        ({"max": 3}, "max: a mapping"),
        ({"min_judged_share": 95}, "a number from 0 to 1"),
        ({"min_judged_share": float("nan")}, "a number from 0 to 1"),
    ],
)
def test_thresholds_that_cannot_be_used_name_the_key(document, said):
    with pytest.raises(ThresholdError) as caught:
        Thresholds.parse(document)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("pytest_exit", "ours", "plain_failures", "code"),
    [
        (0, 0, False, 0),
        (0, 1, False, 1),
        (0, 10, False, 10),
        (1, 0, False, 0),  # pytest counts a deviation below the gate as a failure
        (1, 10, False, 10),  # and an unknown as one
        (1, 1, False, 1),
        (1, 0, True, 1),
        (1, 10, True, 1),
        (0, 12, False, 12),
        (2, 12, False, 12),
        (2, 11, False, 11),
        (2, 1, False, 2),
        (2, 10, True, 2),
        (3, 1, False, 3),
        (4, 10, False, 4),
        (5, 10, False, 5),
        (6, 0, False, 6),
        (6, 10, False, 10),
        (6, 1, False, 1),
    ],
)
def test_of_two_exit_codes_the_weightier_is_taken(pytest_exit, ours, plain_failures, code):
    assert combine(pytest_exit, ours, plain_failures=plain_failures) == code
