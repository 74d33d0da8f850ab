"""What a declared host answers to a probe: a reading of ``docs/probes.md`` in Python, independent of the collector's.

``answer`` gives ``{"state": "observed", "value": …}``, ``{"state": "absent"}`` or ``{"state": "unreadable", "why": …}``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vmready.twin.answers import contents, events, installed, network, paths, registry, services, wmi
from vmready.twin.answers.outcome import Absent, Unreadable, bad_argument
from vmready.twin.answers.question import Question, parse
from vmready.twin.answers.readings import Readings
from vmready.twin.states import State

__all__ = ["Readings", "answer"]

_VERBS: Mapping[str, Callable[[State, Question, Readings], dict[str, Any]]] = {
    "registry": registry.answer,
    "service": services.service,
    "process": services.process,
    "events": events.answer,
    "path": paths.answer,
    "tail": contents.tail,
    "xml": contents.xml,
    "descriptor": contents.descriptor,
    "wmi": wmi.answer,
    "tcp": network.tcp,
    "http": network.http,
    "certificates": installed.certificates,
    "native": installed.native,
    "com": installed.com,
    "applocker": installed.applocker,
    "system": installed.system,
}


def answer(state: State, probe_text: str, *, round: int = 1, readings: Readings | None = None) -> dict[str, Any]:
    """One answer. ``readings`` carries from one answer to the next what a second reading would notice; without it each answer is a first one."""
    now = state.at(round)
    try:
        question = parse(probe_text)
        return {"state": "observed", "value": _VERBS[question.verb](now, question, readings or Readings.of(now))}
    except Absent:
        return {"state": "absent"}
    except Unreadable as failure:
        return {"state": "unreadable", "why": failure.why}
    except ValueError as error:
        return {"state": "unreadable", "why": bad_argument(str(error)).why}
