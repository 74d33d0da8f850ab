"""A quick part of the engine proof; `make engine` runs all of it. Skipped where no PowerShell engine is found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ENGINE = Path(__file__).with_name("engine.py")


@pytest.mark.engine
def test_collector_and_twin_agree_on_a_real_engine() -> None:
    ran = subprocess.run(
        [sys.executable, str(ENGINE), "--quick"],
        capture_output=True,
        timeout=900,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    said = ran.stdout.decode("utf-8", "replace")
    if ran.returncode == 2:
        pytest.skip(f"no PowerShell engine: {said.strip()}")
    assert ran.returncode == 0, said + ran.stderr.decode("utf-8", "replace")[-2000:]


def test_states_are_generated_alike_for_one_seed() -> None:
    """A difference that was found can be found again."""
    script = "import sys, json; sys.path.insert(0, sys.argv[1]); import generate; print(json.dumps([generate.generated(n) for n in range(30)]))"
    first, second = (
        subprocess.run(
            [sys.executable, "-c", script, str(ENGINE.parent)],
            capture_output=True,
            check=True,
            timeout=120,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    )
    assert first == second


def test_every_verb_is_asked_of_generated_states() -> None:
    from vmready.probes import vocabulary

    sys.path.insert(0, str(ENGINE.parent))
    try:
        import generate
    finally:
        sys.path.remove(str(ENGINE.parent))
    verbs = {kind.verb for kind in vars(vocabulary).values() if isinstance(kind, type) and hasattr(kind, "verb")}
    asked = {text.split("'")[1] for number in range(60) for text in generate.generated(number)[1]}
    assert verbs <= asked


def test_the_comparison_tells_what_differs() -> None:
    sys.path.insert(0, str(ENGINE.parent))
    try:
        import compare
    finally:
        sys.path.remove(str(ENGINE.parent))
    denied = {"state": "unreadable", "why": {"id": "SecurityException", "type": "System.Security.SecurityException"}}
    failed = {"state": "unreadable", "why": {"id": "BadArgument"}}
    assert compare.difference(compare.answer_of(denied), compare.answer_of(failed))
    observed = {"state": "observed", "value": {"n": 1, "ms": 5, "list": [{"unreadable": denied["why"]}]}}
    other = {
        "state": "observed",
        "value": {"n": 1, "ms": 7, "list": [{"unreadable": {"id": "UnauthorizedAccessException"}}]},
    }
    assert compare.difference(compare.answer_of(observed), compare.answer_of(other)) is None
    for value in ({"n": True}, {"n": 2}, {"n": None}, {}):
        changed = {
            "state": "observed",
            "value": {**other["value"], "n": 1, **value} if value else {"list": other["value"]["list"]},
        }
        assert compare.difference(compare.answer_of(observed), compare.answer_of(changed))
