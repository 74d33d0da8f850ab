"""A broker's health page asked in several ways, where no declared host can say it: a way that could not be tried."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.facts.registry import UnreadableFact
from vmready.facts.system_proxy import Proxy, SystemProxy
from vmready.facts.virtual_desktop_endpoints import Brokers
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Exchange
from vmready.probes.vocabulary import HttpGet

URL = "https://rdbroker.wvd.microsoft.com/"
BY_PROXY = SystemProxy((Proxy("10.0.0.9:8080", ()),))
REFUSED: Answer[Exchange] = Unreadable(Why(Reason.DENIED))


def page(**said: Any) -> Answer[Exchange]:
    return Observed(Exchange.read({"outcome": "answered", "status": 200, "body": "", **said}))


HEALTHY, PORTAL = page(body="RD Broker is Healthy"), page(body="Sign in")


def brokers(direct: Answer[Exchange], through: Answer[Exchange], proxy: SystemProxy = BY_PROXY) -> Brokers:
    asked = f"{URL}api/health"
    ways = {HttpGet(asked, body=4096): direct, HttpGet(asked, proxy="10.0.0.9:8080", body=4096): through}
    return Brokers({"BrokerURI": URL}, proxy, ways)


def test_a_way_that_could_not_be_tried_may_be_the_one_that_leads_there() -> None:
    for direct, through in ((PORTAL, REFUSED), (REFUSED, PORTAL), (REFUSED, REFUSED)):
        with pytest.raises(UnreadableFact, match="access denied"):
            brokers(direct, through).health("BrokerURI")
    assert brokers(PORTAL, PORTAL).health("BrokerURI").failure


def test_the_way_of_local_system_is_not_known_where_its_proxy_could_not_be_asked() -> None:
    for through in (REFUSED, page(body="RD", cut=True)):
        with pytest.raises(UnreadableFact):
            brokers(HEALTHY, through).health("BrokerURI")
    with pytest.raises(UnreadableFact, match="healthy when asked through a proxy, and the proxy of LocalSystem is not"):
        brokers(REFUSED, HEALTHY, SystemProxy(BY_PROXY.proxies, unknown="denied")).health("BrokerURI")


def test_the_way_of_local_system_counts_whatever_the_straight_one_says() -> None:
    for direct, through in ((REFUSED, HEALTHY), (PORTAL, HEALTHY), (HEALTHY, HEALTHY)):
        found = brokers(direct, through).health("BrokerURI")
        assert (found.outcome, found.failure, found.doubt) == ("healthy", "", "")


@pytest.mark.parametrize(
    ("direct", "through", "doubt"),
    [
        (HEALTHY, HEALTHY, "asked directly"),
        (HEALTHY, PORTAL, "asked directly"),
        (REFUSED, HEALTHY, "asked through a proxy"),
    ],
)
def test_a_script_may_lead_elsewhere_than_straight(
    direct: Answer[Exchange], through: Answer[Exchange], doubt: str
) -> None:
    found = brokers(direct, through, SystemProxy(BY_PROXY.proxies, automatic=True)).health("BrokerURI")
    assert found.outcome == "healthy"
    assert f"healthy when {doubt}; what the proxy script" in found.doubt
