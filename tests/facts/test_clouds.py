"""Which cloud a machine is in, and what its services are called there."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.facts import clouds
from vmready.facts.clouds import Cloud, Endpoint
from vmready.facts.registry import UnreadableFact

PUBLIC, US, CHINA = Cloud.PUBLIC, Cloud.US_GOVERNMENT, Cloud.CHINA


@pytest.mark.parametrize(
    ("inputs", "cloud"),
    [
        ({}, None),
        ({"cloud": "public"}, PUBLIC),
        ({"cloud": "USGov"}, US),
        ({"cloud": "china", "region": "westeurope"}, CHINA),
        ({"cloud": "mars"}, None),
        ({"cloud": "mars", "region": "westeurope"}, PUBLIC),
        ({"region": "West Europe"}, PUBLIC),
        ({"region": "usgovvirginia"}, US),
        ({"region": "usdodeast"}, US),
        ({"region": "China East 2"}, CHINA),
        ({"region": "westeurope", "automation_account_region": "chinaeast2"}, CHINA),
        ({"region": "mars"}, None),
        ({"region": None}, None),
    ],
)
def test_cloud_of_the_inputs(inputs: dict[str, Any], cloud: Cloud | None) -> None:
    assert clouds.of_inputs(inputs) is cloud


@pytest.mark.parametrize(("number", "cloud"), [(-1, None), (0, PUBLIC), (1, US), (2, CHINA), (3, None), (4, None)])
def test_cloud_of_the_agents_number(number: int, cloud: Cloud | None) -> None:
    assert clouds.of_cloud_type(number) is cloud


@pytest.mark.parametrize(
    ("host", "cloud"),
    [
        ("rdbroker.wvd.microsoft.com", PUBLIC),
        ("RDBROKER-G-EU-R0.WVD.MICROSOFT.COM", PUBLIC),
        ("rdbroker.wvd.azure.us", US),
        ("rdbroker.wvd.azure.cn", CHINA),
        ("wvd.microsoft.com", None),
        ("rdbroker.wvd.microsoft.com.example", None),
    ],
)
def test_cloud_of_a_broker(host: str, cloud: Cloud | None) -> None:
    assert clouds.of_broker(host) is cloud


@pytest.mark.parametrize(
    ("wildcards", "domains"),
    [
        ("*.wvd.microsoft.com:443", (".wvd.microsoft.com",)),
        ("*.wvd.azure.us", (".wvd.azure.us",)),
        ("*.a.example:443, *.b.example:443,*.c.example", (".a.example", ".b.example", ".c.example")),
        ("51.5.0.0/16, UDP 3478", ()),
        ("UDP 3478", ()),
        ("a*.example:443", ()),
        ("*example:443", ()),
        ("*.example:443, UDP", (".example",)),
        ("", ()),
    ],
)
def test_domains_of_wildcards(wildcards: str, domains: tuple[str, ...]) -> None:
    assert clouds.domains_of(wildcards) == domains


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eastus2", "eus2-jobruntimedata-prod-su1.azure-automation.net"),
        ("West Europe", "we-jobruntimedata-prod-su1.azure-automation.net"),
        ("usgovarizona", "phx-jobruntimedata-prod-su1.azure-automation.us"),
        ("chinaeast2", "sha2-jobruntimedata-prod-su1.azure-automation.cn"),
    ],
)
def test_operations_endpoint_of_a_region(region: str, host: str) -> None:
    assert clouds.operations_host({"automation_account_region": region, "region": "mars"}, "x") == host
    assert clouds.operations_host({"region": region}, "x") == host


@pytest.mark.parametrize(("inputs", "text"), [({}, "there is no input"), ({"region": "mars"}, "region 'mars'; known")])
def test_a_region_that_is_not_known_is_not_guessed(inputs: dict[str, Any], text: str) -> None:
    with pytest.raises(UnreadableFact, match=text):
        clouds.operations_host(inputs, "x")


def test_ports_of_what_a_session_host_must_reach() -> None:
    """All are HTTPS but those that the documents name with another port."""
    other = {"activation": 1688, "metadata": 80, "health": 80, "revocation": 80, "certificates": 80, "trust-list": 80}
    other |= {"attestation": 80, "connectivity-test": 80}
    silent = {"activation", "metadata", "health"}
    for endpoints in clouds.VIRTUAL_DESKTOP.values():
        assert {name: found.port for name, found in endpoints.items()} == {
            name: other.get(name, 443) for name in endpoints
        }
        assert {name for name, found in endpoints.items() if not found.web} == silent & set(endpoints)
    assert Endpoint("x") == Endpoint("x", 443, web=True)
