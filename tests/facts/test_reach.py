"""Endpoints: their addresses, and whose certificates are expected."""

from __future__ import annotations

import pytest

from vmready.facts.clouds import Endpoint
from vmready.facts.reach import foreign_issuer, probes_of, reach, url_of
from vmready.facts.registry import UnreadableFact
from vmready.facts.system_proxy import Proxy, SystemProxy
from vmready.probes.answers import Observed, Reason, Unreadable, Why
from vmready.probes.readings import Connection, Exchange


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        (Endpoint("a.example"), "https://a.example/"),
        (Endpoint("a.example", 80), "http://a.example/"),
        (Endpoint("a.example", 8080), "http://a.example:8080/"),
    ],
)
def test_address_of_an_endpoint(endpoint: Endpoint, url: str) -> None:
    assert url_of(endpoint) == url


@pytest.mark.parametrize(
    ("issuer", "foreign"),
    [
        ("CN=Microsoft Azure RSA TLS Issuing CA 04, O=Microsoft Corporation, C=US", False),
        ("CN=DigiCert SHA2 Secure Server CA, O=DigiCert Inc, C=US", False),
        ('C=US, O="DigiCert, Inc.", CN=X', False),
        ("O=Baltimore, CN=Baltimore CyberTrust Root", False),
        ("CN=Contoso Proxy CA", True),
        ("CN=O=Microsoft Corporation", True),
        ("CN=Microsoft Corporation, O=Contoso", True),
        ("", False),
    ],
)
def test_issuers(issuer: str, foreign: bool) -> None:
    exchange = Exchange.read({"outcome": "answered", "status": 200, "body": "", "certificate": {"issuer": issuer}})
    assert bool(foreign_issuer(exchange)) is foreign


def test_a_way_that_could_not_be_tried_may_lead_there() -> None:
    endpoint, proxy = Endpoint("a.example"), SystemProxy((Proxy("10.0.0.9:8080", ()),))
    tcp, straight, through = probes_of(endpoint, proxy)
    followed = {
        tcp: Observed(Connection.read({"dns": None, "connect": {"outcome": "timeout"}})),
        straight: Observed(Exchange.read({"outcome": "timeout"})),
        through: Unreadable(Why(Reason.TIMED_OUT, "BudgetSpent")),
    }
    with pytest.raises(UnreadableFact, match=r"10\.0\.0\.9"):
        reach(endpoint, proxy, followed, "some_fact")
