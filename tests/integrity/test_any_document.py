"""Any document at all from a host, through everything that reads it: each cell gets a verdict, and every report can be made."""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from audits import GOOD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vmready import catalogue
from vmready.audit import Audit, Selected, Settings, with_roles
from vmready.collect.plan import plan_host
from vmready.collect.snapshot import Snapshot, parse
from vmready.evidence import console, html, junit, markdown, run_json
from vmready.evidence.gate import decide
from vmready.evidence.ledger import run_id
from vmready.evidence.run import Run
from vmready.items import Declared
from vmready.judge import judge
from vmready.model import Cell, Host, Role, Verdict
from vmready.twin.answers import Readings, answer
from vmready.twin.states import State, load

sys.path.append(str(Path(__file__).parents[1] / "evidence"))

from hostile import PAYLOADS, harmless

STATES = Path(__file__).parents[2] / "inventories" / "states"
#: What a frame can hold: read_json lets through no NaN, no deeper nesting, no larger numbers.
texts = st.sampled_from(PAYLOADS) | st.text(max_size=30)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
HOST = Host("host", "127.0.0.1", declared_roles=frozenset(Role))
#: The same where the roles have to be found in what the host says.
SILENT = Host("host", "127.0.0.1")
SHOWN_AS_DEFECT = "the check itself failed"


@cache
def requirements() -> tuple[Declared, ...]:
    return tuple(catalogue.requirements())


@cache
def honest(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answers of a declared host in both rounds, by probe text."""
    state = load(STATES / name) if name else State.of(GOOD)
    plan = plan_host(HOST, selected())
    memory = Readings.of(state, 60)
    first = {text: answer(state, text, round=1, readings=memory) for text in plan.texts}
    second = {text: answer(state, text, round=2, readings=memory) for text in plan.follow_up(first)}
    return first, second


@cache
def selected() -> tuple[tuple[Cell, Any, tuple[str, ...]], ...]:
    return tuple(
        (Cell("host", of.requirement.id, case.id), of.requirement, of.fact_names)
        for of in requirements()
        for case in of.cases
    )


def audited(first: dict[str, Any], second: dict[str, Any], folder: Path, host: Host = HOST) -> Run:
    """What a run makes of these answers."""
    started = datetime(2026, 11, 20, 10, tzinfo=UTC)
    audit = Audit((host,), Settings(folder), run_id(started, random.Random(7)), started)
    audit.plan(Selected(*one) for one in selected())
    audit.begin([of.requirement for of in requirements()], ["any"])
    # The second round's probes depend on hostile answers: asking for them must not fail either.
    audit.plans["host"].follow_up(first)
    snapshot = Snapshot("host", "127.0.0.1", {}, {}, started.isoformat(), started.isoformat(), {1: first, 2: second})
    snapshot = with_roles(snapshot, host)
    stored = parse(snapshot.to_json())
    assert stored.rounds == {1: first, 2: second}
    audit._store(stored)
    reader = audit.reader("host")
    for of in requirements():
        for case in of.cases:
            cell = Cell("host", of.requirement.id, case.id)
            found, _ = judge(cell, of.requirement, of.function, case.arguments, of.fact_names, host, reader)
            audit.found(found)
    assert audit.writer is not None
    run = Run.of(audit.writer)
    audit.writer.end(started, decide(run).exit_code, run.totals)
    audit.writer.close()
    return Run.read(audit.folder)


def check(run: Run) -> None:
    assert not run.problems
    assert len(run.findings) == len(selected())
    assert Verdict.NOT_RUN not in {finding.verdict for finding in run.findings}
    # An exception of ours is no answer to what a host sends: a fact that cannot take it says what it cannot take.
    assert [finding for finding in run.findings if SHOWN_AS_DEFECT in finding.detail] == []
    assert harmless(console.summary(run, decide(run)))
    assert harmless(markdown.render(run))
    page = html.render(run)
    assert "<script>window" not in page
    assert "<iframe" not in page
    assert Counter(dict(html.shown_totals(page))) == Counter(run.totals)
    assert len(list(ET.fromstring(junit.render(run)).iter("testcase"))) == len(run.findings)
    json.loads(run_json.render(run), parse_constant=pytest.fail)


@pytest.mark.parametrize("name", ["", "session-host.yaml", "update-management.yaml", "windows-server-2012-r2.yaml"])
def test_honest_answers_are_judged_without_a_defect(name: str, tmp_path: Path) -> None:
    first, second = honest(name)
    run = audited(first, second, tmp_path)
    check(run)
    if name:
        assert run.totals[Verdict.COMPLIANT] > 20


@settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_documents_with_anything_in_the_place_of_anything(data: st.DataObject) -> None:
    first, second = (dict(answers) for answers in honest("session-host.yaml"))
    seed = data.draw(st.integers(0, 2**32))
    odd = [data.draw(anything) for _ in range(6)]
    chance = random.Random(seed)
    for answers in (first, second):
        for text in answers:
            match chance.randrange(10):
                case 0:
                    answers[text] = {"state": "unreadable", "why": chance.choice(odd)}
                case 1:
                    keys = ("id", "type", "message", "code", "hresult", "category")
                    answers[text] = {"state": "unreadable", "why": {key: chance.choice(odd) for key in keys}}
                case 2 | 3:
                    pass
                case _:
                    answers[text] = changed(answers[text], chance, odd)
    with tempfile.TemporaryDirectory() as folder:
        check(audited(first, second, Path(folder), chance.choice([HOST, SILENT])))


def changed(value: Any, chance: random.Random, odd: list[Any], depth: int = 0) -> Any:
    """The value with something else in one place, or in a few: another type, a member more or less."""
    if isinstance(value, dict) and value and (depth == 0 or chance.random() < 0.85):
        made = dict(value)
        key = chance.choice(list(made))
        match chance.randrange(8):
            case 0 if depth:
                del made[key]
            case 1:
                made[str(chance.choice(odd))[:40]] = chance.choice(odd)
            case _:
                made[key] = changed(made[key], chance, odd, depth + 1)
        return made
    if isinstance(value, list) and value and chance.random() < 0.85:
        index = chance.randrange(len(value))
        return [*value[:index], changed(value[index], chance, odd, depth + 1), *value[index + 1 :]]
    return chance.choice(odd)


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_one_payload_in_the_place_of_every_text(number: int, tmp_path: Path) -> None:
    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: value[key] if key in ("state", "id", "ms", "type") else replaced(value[key]) for key in value}
        if isinstance(value, list):
            return [replaced(entry) for entry in value]
        return PAYLOADS[number] if isinstance(value, str) else value

    first, second = honest("session-host.yaml")
    check(
        audited(
            {text: replaced(one) for text, one in first.items()},
            {text: replaced(one) for text, one in second.items()},
            tmp_path,
        )
    )
