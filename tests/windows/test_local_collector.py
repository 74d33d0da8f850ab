"""What the check of a Windows runner accepts of the collector's document, and what not."""

import inspect

import pytest
from local_collector import BOOTSTRAP, OF_THE_TEXT, QUESTIONS, faults

from vmready.probes import vocabulary as ask
from vmready.remote import winrm

PRESENT = ask.RegistryKey(r"HKLM\SOFTWARE\Microsoft")
MISSING = ask.RegistryKey(r"HKLM\SOFTWARE\NoSuchKey")
NODE = {"values": {}, "keys": {}, "more": False}


def found(*answers: dict, full: bool = True) -> list[str]:
    return list(
        faults({"answers": [{"id": str(n), **a} for n, a in enumerate(answers)]}, [PRESENT, MISSING], full=full)
    )


def test_a_good_document_has_no_faults():
    assert found({"state": "observed", "value": NODE}, {"state": "absent"}) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"state": "observed", "value": {"values": 5}}, {"state": "absent"}),
        ({"state": "absent"}, {"state": "absent"}),
        ({"state": "odd"}, {"state": "absent"}),
        ({"state": "unreadable", "why": {"id": "Unsupported"}}, {"state": "absent"}),
        ({"state": "observed", "value": NODE}, {"state": "observed", "value": NODE}),
        *(({"state": "unreadable", "why": {"id": f"{id},Read-Key"}}, {"state": "absent"}) for id in OF_THE_TEXT),
    ],
)
def test_faults(first: dict, second: dict):
    assert len(found(first, second)) == 1


def test_what_an_engine_other_than_5_1_cannot_do_is_no_fault():
    assert found({"state": "unreadable", "why": {"id": "Unsupported"}}, {"state": "absent"}, full=False) == []


def test_a_machine_that_refuses_is_no_fault():
    assert found({"state": "unreadable", "why": {"id": "UnauthorizedAccessException"}}, {"state": "absent"}) == []


def test_missing_and_unasked_answers():
    assert found({"state": "observed", "value": NODE}) == [f"{MISSING}: no answer"]
    assert len(found({"state": "observed", "value": NODE}, {"state": "absent"}, {"state": "absent"})) == 1


def test_every_verb_is_asked():
    verbs = {
        cls.verb
        for _, cls in inspect.getmembers(ask, inspect.isclass)
        if issubclass(cls, ask.Probe) and cls is not ask.Probe
    }
    assert {question.verb for question in QUESTIONS} == verbs


def test_the_bootstrap_is_the_one_that_hosts_get():
    assert f'"{BOOTSTRAP}"' in winrm.BOOTSTRAP
