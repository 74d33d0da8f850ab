"""No evidence, no verdict: whatever single answer fails, a host is not called compliant for it; and a deviation flips what was good.

Each probe of each item's compliant example fails in turn. Where the item stays compliant all the same, the table says why that probe does not decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from vmready.model import JUDGED, Verdict
from vmready.probes.lines import arguments

from .harness import Example, collect, items, judged, probes_asked
from .tables import ALL, OWN_PROBES
from .tables import NOT_DECIDING as OF_TABLES

REFUSED: Mapping[str, Any] = {
    "state": "unreadable",
    "why": {"id": "AccessDenied", "type": "System.UnauthorizedAccessException", "message": "refused"},
}
#: What a hostile or broken host could send in an answer's place.
MALFORMED: Mapping[str, Any] = {"state": "observed", "value": {"values": 1}}
GOOD = (Verdict.COMPLIANT, Verdict.NOTED)
#: Items by prefix, a piece of the probe's text, and why the verdict stands without it; tables of examples name theirs as ``NOT_DECIDING``.
NOT_DECIDING = (
    *OF_TABLES,
    ("", "'system'", "asked in every first round; only freshness needs it"),
    ("UM-", "Internet Settings", "the proxy of LocalSystem counts where the endpoint is not reached directly"),
    ("VD-22.activation", "Internet Settings", "no proxy has a say in what is no web address"),
    ("VD-22.health", "Internet Settings", "no proxy has a say in what is no web address"),
    *(
        (item, r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings'", "counts where a policy says so")
        for item in ("VD-04", "VD-22")
    ),
    ("GA-03.RdAgent", "'WindowsAzureGuestAgent'", "the other service"),
    ("GA-03.WindowsAzureGuestAgent", "'RdAgent'", "the other service"),
    ("GA-12.80", "port=32526", "another item"),
    ("GA-12.80", "?comp=versions", "another item"),
    ("GA-12.32526", "port=80'", "another item"),
    ("GA-12.32526", "?comp=versions", "another item"),
    ("GA-12.versions", "'tcp'", "another item"),
    ("GA-12", "GuestProxyAgent", "counts where a request was refused"),
    ("GA-15", "168.63.129.16", "counts where the address is static"),
    ("GA-15", "GuestProxyAgent", "counts where the address is static"),
    ("GA-15", "169.254.169.254", "counts where the address is static"),
    ("GA-15", "MSFT_NetAdapter", "tells software adapters apart; what is not told is not excluded"),
    ("GA-15", "Win32_", "the older classes, where the newer ones are not there"),
    ("VD-12", "'native' 'qwinsta'", "one of three sources"),
    ("VD-12", "'events'", "one of three sources"),
    ("VD-12", "HealthCheckReport", "one of three sources"),
    ("VD-17", "HealthCheckReport", "takes back an error, and there is none"),
    ("UM-", "'tcp'", "the answered request is the stronger proof"),
    ("VD-22", "'tcp'", "the answered request is the stronger proof, and other purposes' endpoints are other items"),
    ("VD-22", "'http'", "other purposes' endpoints are other items"),
    ("VD-22.metadata", "hosts", "an address, not a name"),
    ("VD-22.health", "hosts", "an address, not a name"),
    ("VD-22", "'id=3701'", "names more to try"),
    ("VD-22.shortpath", "", "nothing can be asked"),
    ("VD-04", "api/health", "the other brokers are other items"),
)
FIRST_GOOD = {e.item: e for e in reversed(ALL) if e.verdict in GOOD}


def _excused(item: str, text: str) -> bool:
    own = _own_probe(item)
    if own and own in text:
        return False
    return any(item.startswith(prefix) and piece in text for prefix, piece, _ in NOT_DECIDING)


def _own_probe(item: str) -> str:
    """What of an item's own probe decides although its siblings' probes do not."""
    if item.startswith("VD-04."):
        return "rdbroker.wvd" if item.endswith("Global") else "rdbroker-g-eu"
    return OWN_PROBES.get(item) or {
        "VD-22.login": "'http' 'https://login.microsoftonline.com",
        "VD-22.telemetry": "'http' 'https://gcs.prod",
        "VD-22.marketplace": "'http' 'https://catalogartifact",
        "VD-22.activation": "'tcp' 'azkms",
        "VD-22.updates": "'http' 'https://mrsglobal",
        "VD-22.portal": "'http' 'https://wvdportal",
        "VD-22.metadata": "'tcp' '169.254",
        "VD-22.health": "'tcp' '168.63",
        "VD-22.revocation": "'http' 'http://oneocsp",
        "VD-22.certificates": "'http' 'http://www.microsoft.com",
        "VD-22.service": "'http' 'https://rddiagnostics",
        "VD-22.trust-list": "'http' 'http://ctldl",
        "VD-22.attestation": "'http' 'http://azcsprod",
        "VD-22.sign-in": "'http' 'https://login.windows.net",
        "VD-22.connectivity-test": "'http' 'http://www.msftconnecttest",
    }.get(item, "")


@pytest.mark.parametrize("failed", [REFUSED, MALFORMED], ids=["refused", "malformed"])
@pytest.mark.parametrize("item", sorted(items()))
def test_an_answer_that_fails_leaves_nothing_compliant(item: str, failed: Mapping[str, Any]) -> None:
    example = FIRST_GOOD[item]
    assert judged(example).verdict in GOOD
    green = []
    for number, text in probes_asked(example):
        finding = judged(example, collect(example, _failing(number, text, failed)))
        assert finding.verdict is not Verdict.NON_COMPLIANT, (text, finding.detail)
        if finding.verdict in GOOD and not _excused(item, text):
            green.append((text, finding.verdict))
    assert not green


@pytest.mark.parametrize("item", sorted(items()))
def test_no_answers_at_all_are_undetermined(item: str) -> None:
    finding = judged(FIRST_GOOD[item], {1: {}, 2: {}})
    assert finding.verdict is Verdict.UNDETERMINED
    assert "not collected" in finding.detail


def _failing(number: int, text: str, failed: Mapping[str, Any]) -> Any:
    return lambda at, asked, found: failed if (at, asked) == (number, text) else found


@pytest.mark.parametrize("example", [e for e in ALL if e.kind == "deviating"], ids=str)
def test_a_deviation_flips_what_was_good(example: Example) -> None:
    """The example's change alone makes the difference: without it the same item on the same host is good."""
    sound = judged(
        Example(example.item, "compliant", "base", Verdict.COMPLIANT, base=example.base, inputs=example.inputs)
    )
    deviating = judged(example)
    assert deviating.verdict in JUDGED
    assert (sound.verdict, sound.detail) != (deviating.verdict, deviating.detail) or example.item == "GA-12.443"


@pytest.mark.parametrize("item", sorted(items()))
def test_probes_are_of_the_grammar(item: str) -> None:
    for _, text in probes_asked(FIRST_GOOD[item]):
        assert arguments(text)
