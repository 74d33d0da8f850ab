"""``vmready explain ID``: requirement, reason, source, probes, decision and remedy, of every one."""

from __future__ import annotations

import pytest

from vmready.catalogue import requirements
from vmready.cli import main

ALL = {of.requirement.id: of for of in requirements()}


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_requirement_is_explained_from_its_code(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", name.lower()]) == 0
    said = capsys.readouterr().out
    requirement = ALL[name].requirement
    together = " ".join(said.split())
    for text in (requirement.title, requirement.rationale, requirement.remedy, requirement.source.section):
        assert " ".join(text.split()) in together.replace("- ", "-") or " ".join(text.split()) in together
    assert f"def {ALL[name].function.__name__}(" in said
    assert all(fact in said for fact in ALL[name].fact_names)


def test_probes_stand_with_the_fact_that_asks_them(capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", "UM-11"])
    said = capsys.readouterr().out
    fact = said.index("  tls (made of windows_version)")
    assert fact < said.index(r"SCHANNEL\Protocols\TLS", fact) < said.index("Decided by tests_infra/")
    assert "def _tls_letter(" in said
    main(["explain", "UM-05"])
    assert "in the second round what the first names" in capsys.readouterr().out


def test_an_item_is_explained_by_its_requirement(capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", "GA-12.80"])
    assert capsys.readouterr().out.startswith("GA-12  ")
