"""Endpoints: their addresses, and whose certificates are expected."""

from __future__ import annotations

import pytest

from vmready.facts.clouds import Endpoint
from vmready.facts.reach import foreign_issuer, url_of
from vmready.probes.readings import Exchange


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
