"""Every requirement has its examples, and is what it was decided to be."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from vmready.requirement import registry

from .harness import KINDS, items
from .tables import ALL, WITHOUT

#: The kinds of example that an item does not have, each with the reason; tables of examples name theirs as ``WITHOUT``.
EXCEPTIONS = {
    **WITHOUT,
    "VD-22.shortpath": ({"compliant", "deviating", "absent"}, "UDP: nothing can be asked of it"),
}
DECIDED = yaml.safe_load((Path(__file__).parent / "catalogue.yaml").read_text(encoding="utf-8"))
#: The list that the rows come from, where it lies beside the repository.
SOURCE = Path(__file__).parents[3] / "shared" / "catalogue.yaml"


@pytest.mark.parametrize("item", sorted(items()))
def test_every_item_has_an_example_of_each_kind(item: str) -> None:
    without, _ = EXCEPTIONS.get(item, (set(), ""))
    kinds = {example.kind for example in ALL if example.item == item}
    assert set(KINDS) - kinds == without


def test_every_example_is_of_a_declared_item() -> None:
    assert {example.item for example in ALL} <= set(items())


def test_examples_have_different_names() -> None:
    names = [str(example) for example in ALL]
    assert sorted(names) == sorted(set(names))


def test_messages_are_expected_where_a_host_deviates() -> None:
    """A deviation without its expected message would pass for the wrong reason."""
    silent = [str(e) for e in ALL if e.kind in ("deviating", "absent") and e.verdict != "compliant" and not e.message]
    assert not silent


def test_requirements_are_what_was_decided() -> None:
    declared = {of.requirement.id: of.requirement for of, _ in items().values()}
    found = {
        name: {"kind": str(r.kind), "severity": str(r.severity), "role": " ".join(sorted(r.roles))}
        for name, r in declared.items()
    }
    assert found == {name: DECIDED.get(name) for name in found}


def test_the_decisions_are_those_of_the_catalogue() -> None:
    if not SOURCE.is_file():
        pytest.skip(
            "the catalogue does not lie beside the repository; its copy here was compared with the requirements"
        )
    rows = {row["id"]: row for row in yaml.safe_load(SOURCE.read_text(encoding="utf-8"))["rows"]}
    assert {n: {k: rows[n][k] for k in ("kind", "severity", "role")} for n in DECIDED} == DECIDED


def test_nothing_is_wrong_with_the_declarations() -> None:
    items()
    assert registry.problems == []
