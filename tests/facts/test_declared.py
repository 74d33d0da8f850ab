"""All declared facts together."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil

import pytest

import vmready.facts
import vmready.records
from vmready.facts.registry import Reader, UnreadableFact, facts
from vmready.probes.lines import arguments
from vmready.probes.vocabulary import RegistryKey

assert vmready.facts.__path__


MODULES = sorted(module.name for module in pkgutil.iter_modules(vmready.facts.__path__) if module.name != "registry")
#: Values in which people write ``http://user:password@…``.
ADDRESSES = {
    "ProxyServer",
    "AutoConfigURL",
    "WinHttpSettings",
    "DefaultConnectionSettings",
    "WUServer",
    "WUStatusServer",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
}
OF_RECORDS = sorted(f"vmready.records.{module.name}" for module in pkgutil.iter_modules(vmready.records.__path__))


def test_nothing_is_wrong_with_the_declarations() -> None:
    assert facts.check() == []


@pytest.mark.parametrize("name", sorted(facts.facts))
def test_a_fact_without_any_answer_is_unreadable_or_says_what_it_does_not_know(name: str) -> None:
    """No fact makes a value up: with no answers at all it is unreadable, or its value says so when it is asked."""
    reader = Reader({}, {})
    if not any(parameter.probes({}) for declared in facts.closure([name]) for parameter in declared.parameters):
        return  # made of inputs alone
    try:
        value = repr(reader.value(name))
    except UnreadableFact as failure:
        value = str(failure)
    assert "not collected" in value or "NOT_COLLECTED" in value


@pytest.mark.parametrize("name", sorted(facts.facts))
def test_probes_are_lines_of_the_grammar(name: str) -> None:
    for parameter in facts.facts[name].parameters:
        for probe in parameter.probes({}):
            assert arguments(probe.text)[0] == probe.verb


@pytest.mark.parametrize("name", sorted(facts.facts))
def test_an_address_that_may_hold_a_password_is_asked_without_it(name: str) -> None:
    for parameter in facts.facts[name].parameters:
        for probe in parameter.probes({}):
            if isinstance(probe, RegistryKey) and ADDRESSES & set(probe.values):
                assert probe.cut_userinfo, probe


@pytest.mark.parametrize("name", [*(f"vmready.facts.{name}" for name in MODULES), *OF_RECORDS])
def test_values_stay_as_they_were_parsed(name: str) -> None:
    """A fact's value is judged by many requirements: none of them can change it, nor add to it."""
    module = importlib.import_module(name)
    own = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
    for value in filter(dataclasses.is_dataclass, own):
        assert value.__dataclass_params__.frozen, value
        assert "__dict__" not in value.__dict__, f"{value} has no slots"
