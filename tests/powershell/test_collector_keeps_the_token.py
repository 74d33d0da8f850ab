"""The collector itself never writes a registration token, whatever a fact asks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

import engine

import vmready.facts  # noqa: F401  declares the facts
from vmready.facts.registration import REGISTRATION
from vmready.facts.registry import facts
from vmready.twin.states import load, merge

ENGINE = engine.engine_at(None)
STATES = Path(__file__).parents[2] / "inventories" / "states"
INPUTS = {"cloud": "public", "region": "westeurope"}
TOKEN = "eyJhbGciOiJSUzI1NiJ9.canary-4711." + "x" * 900


@pytest.mark.engine
@pytest.mark.skipif(ENGINE is None, reason="no PowerShell engine: PWSH, pwsh or powershell on the path")
@pytest.mark.parametrize("mode", ["FullLanguage", "ConstrainedLanguage"])
def test_no_question_brings_the_token(mode: str) -> None:
    changes = {"registry": {r"HKLM\SOFTWARE\Microsoft\RDInfraAgent": {"RegistrationToken": TOKEN}}}
    state = merge(load(STATES / "session-host.yaml"), {**changes, "os": {"languageMode": mode}})
    parameters = [parameter for declared in facts.facts.values() for parameter in declared.parameters]
    asked = dict.fromkeys(probe.text for parameter in parameters for probe in parameter.probes(INPUTS))
    of_host = [text for text in asked if not text.startswith(engine.NETWORK)]
    by_shape = of_host.index(REGISTRATION.text)

    def told(answers: list[dict[str, Any]], document: dict[str, Any]) -> str | None:
        if "canary-4711" in json.dumps(document):
            return "the token left the host"
        shape = answers[by_shape]["value"]["values"]["RegistrationToken"]
        known = {name: shape[name] for name in ("shape", "length", "equals")}
        return None if known == {"shape": "text", "length": len(TOKEN), "equals": None} else f"its shape: {known}"

    assert ENGINE is not None
    assert engine.run(ENGINE, [engine.Job("token", state, of_host, mode=mode, expect=told)]).failed == []
