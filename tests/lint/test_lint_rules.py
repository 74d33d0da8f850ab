"""Every rule rejects what it is for and lets pass what it is not for."""

import re

import pytest

from vmready.lint import Rule, lint, rules

RULES = rules()


def samples(kind: str):
    return [
        pytest.param(rule, sample, id=f"{rule.id}-{number}")
        for rule in RULES.values()
        for number, sample in enumerate(getattr(rule, kind), 1)
    ]


@pytest.mark.parametrize(("rule", "sample"), samples("rejects"))
def test_rejects(rule: Rule, sample: str):
    findings = lint(sample.encode(), "sample.ps1", [rule.id])
    assert findings, f"{rule.id} lets pass: {sample!r}"
    for finding in findings:
        assert re.fullmatch(r"sample\.ps1:[1-9]\d*:[1-9]\d* VR\d{3} .+", str(finding))
        assert finding.line <= sample.count("\n") + 1


@pytest.mark.parametrize(("rule", "sample"), samples("accepts"))
def test_accepts(rule: Rule, sample: str):
    assert [str(finding) for finding in lint(sample.encode(), "sample.ps1", [rule.id])] == []


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_has_samples_and_words(rule: Rule):
    assert rule.rejects
    assert rule.accepts
    assert not set(rule.rejects) & set(rule.accepts)
    assert rule.title
    assert rule.reason.endswith(".")
    assert re.fullmatch(r"VR[0-9]{3}", rule.id)


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.id != "VR001"], ids=lambda rule: rule.id)
def test_samples_parse(rule: Rule):
    """A sample that does not parse would be rejected for the wrong reason."""
    unread = [sample for sample in (*rule.rejects, *rule.accepts) if lint(sample.encode(), "sample.ps1", ["VR001"])]
    assert unread == []


def test_there_are_rules_of_every_kind():
    assert {id[:3] for id in RULES} == {f"VR{kind}" for kind in range(8)}
