"""Endpoints: their addresses, and whose certificates are expected."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from vmready.facts.clouds import Endpoint
from vmready.facts.reach import (
    Reach,
    detours,
    doubts,
    failures,
    foreign_issuer,
    past_proxies,
    probes_of,
    reach,
    refused_by_proxy,
    require_ways,
    url_of,
)
from vmready.facts.registry import UnreadableFact
from vmready.facts.system_proxy import Proxy, SystemProxy
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
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


def test_a_long_issuer_is_cut() -> None:
    exchange = http(200, {"issuer": "CN=" + 200 * "x"}).value
    assert foreign_issuer(exchange) == "CN=" + 117 * "x"


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


DENIED = Unreadable(Why(Reason.DENIED))
ISSUER = {"issuer": "CN=X, O=Microsoft Corporation"}
CONTOSO = {"issuer": "CN=Contoso Proxy CA"}


def tcp(outcome: str) -> Observed[Connection]:
    return Observed(Connection.read({"dns": None, "connect": {"outcome": outcome}}))


def http(
    status: int | None, certificate: dict[str, str] | None = ISSUER, outcome: str = "timeout"
) -> Observed[Exchange]:
    told = {"outcome": "answered", "status": status} if status else {"outcome": outcome}
    return Observed(Exchange.read({**told, "body": "", "certificate": certificate}))


def _tried(
    connection: Answer[Connection],
    *exchanges: Answer[Exchange],
    port: int = 443,
    web: bool = True,
    automatic: bool = False,
    unknown: str = "",
) -> Reach:
    """What these answers say: to a connection, a straight request, and one through each proxy."""
    endpoint = Endpoint("a.example", port, web)
    proxies = tuple(Proxy(f"p{number}:80", ()) for number, _ in enumerate(exchanges[1:]))
    proxy = SystemProxy(proxies, automatic, unknown, proxies)
    return reach(endpoint, proxy, dict(zip(probes_of(endpoint, proxy), (connection, *exchanges), strict=True)), "x")


def tried(*answers: Any, **how: Any) -> Callable[[], Reach]:
    """The same, when the test asks for it."""
    return partial(_tried, *answers, **how)


@pytest.mark.parametrize(
    ("found_by", "way", "failure", "connected"),
    [
        (tried(tcp("connected"), http(403)), "direct", "", True),
        (tried(tcp("timeout"), http(200)), "direct", "", False),
        (tried(DENIED, http(200)), "direct", "", None),
        (tried(tcp("connected"), http(406)), "direct", "", True),
        (tried(tcp("connected"), http(408)), "direct", "", True),
        (tried(tcp("connected"), http(502)), "direct", "", True),
        (tried(tcp("connected"), web=False), "direct", "", True),
        (tried(tcp("connected"), http(200), http(None)), "direct", "", True),
        (tried(tcp("refused"), web=False), "", "connection refused", False),
        (tried(tcp("timeout"), http(None)), "", "no answer in time", False),
        (tried(tcp("timeout"), DENIED), "", "no answer in time", False),
        (tried(tcp("connected"), http(None, outcome="tls")), "", "TLS failed", True),
        (tried(tcp("connected"), http(407)), "", "HTTP 407, which only a proxy on the way answers", True),
        (tried(tcp("connected"), http(470)), "", "HTTP 470, which only Azure Firewall answers", True),
        (tried(tcp("connected"), http(471)), "direct", "", True),
        (tried(tcp("timeout"), http(None), http(200)), "p0:80", "", False),
        (tried(tcp("timeout"), http(None), http(None), http(403)), "p1:80", "", False),
        (tried(tcp("timeout"), http(None), http(407), http(501)), "p1:80", "", False),
        (
            tried(tcp("timeout"), http(None), http(502)),
            "",
            "no answer in time; through the proxy p0:80: it got no answer",
            False,
        ),
        (
            tried(tcp("refused"), DENIED, http(502)),
            "",
            "connection refused; through the proxy p0:80: it got no answer",
            False,
        ),
        (
            tried(tcp("timeout"), http(None), http(503)),
            "",
            "no answer in time; through the proxy p0:80: it refuses",
            False,
        ),
        (
            tried(tcp("timeout"), http(None), http(504)),
            "",
            "no answer in time; through the proxy p0:80: it got no answer in time",
            False,
        ),
        (
            tried(tcp("timeout"), http(None), http(None)),
            "",
            "no answer in time; through the proxy p0:80: no answer in time",
            False,
        ),
    ],
)
def test_how_an_endpoint_is_reached(
    found_by: Callable[[], Reach], way: str, failure: str, connected: bool | None
) -> None:
    found = found_by()
    assert (found.way, found.connected, found.failure) == (way, connected, failure)
    assert bool(failures([found])) is bool(failure)
    assert bool(list(detours([found]))) is (way not in ("", "direct"))


@pytest.mark.parametrize(
    ("connection", "exchanges", "unknown", "web", "untried"),
    [
        (DENIED, [DENIED], "", True, "tcp a.example"),
        (tcp("connected"), [DENIED], "", True, "https://a.example/"),
        (tcp("connected"), [DENIED, http(502)], "", True, "https://a.example/"),
        (DENIED, [], "", False, "tcp a.example"),
        (tcp("timeout"), [http(None), DENIED], "", True, "p0:80"),
        (tcp("timeout"), [http(None)], "WinHTTP: access denied", True, ""),
        (tcp("timeout"), [http(None), http(502)], "WinHTTP: access denied", True, ""),
    ],
)
def test_what_could_not_be_tried_is_no_failure(
    connection: Answer[Connection], exchanges: list[Answer[Exchange]], unknown: str, web: bool, untried: str
) -> None:
    with pytest.raises(UnreadableFact, match="access denied") as failure:
        _tried(connection, *exchanges, unknown=unknown, web=web)
    assert untried in failure.value.probe
    assert ("p0:80" in failure.value.probe) is (untried == "p0:80")


@pytest.mark.parametrize(
    ("found_by", "text"),
    [
        (tried(tcp("connected"), http(403), automatic=True), ""),
        (tried(tcp("timeout"), http(None), automatic=True), "what the proxy script of LocalSystem answers"),
        (tried(tcp("timeout"), http(None), http(502), automatic=True), "what the proxy script of LocalSystem answers"),
        (tried(tcp("timeout"), http(None), http(200), automatic=True), ""),
        (tried(tcp("connected"), http(403, CONTOSO)), "comes from CN=Contoso Proxy CA"),
        (tried(tcp("connected"), http(403, None)), ""),
        (tried(tcp("timeout"), http(None), http(403, CONTOSO)), "comes from CN=Contoso Proxy CA"),
        (tried(tcp("timeout"), http(None), http(403)), ""),
        (tried(tcp("timeout"), http(None), http(399, None)), ""),
        (tried(tcp("timeout"), http(None), http(400, None)), "HTTP 400 is answered for a.example:443"),
        (tried(tcp("timeout"), http(None), http(403, None)), "it may be the proxy's own answer"),
        (tried(tcp("timeout"), http(None), http(403, None), port=80), ""),
    ],
)
def test_what_may_not_be_what_it_seems(found_by: Callable[[], Reach], text: str) -> None:
    found = found_by()
    told = list(doubts([found]))
    assert len(told) == bool(text)
    assert text in "".join(told)
    assert not failures([found])


@pytest.mark.parametrize("status", [200, 403, 406, 407, 408, 469, 470, 471, 501, 502, 503, 504, 505])
def test_a_proxys_own_refusals(status: int) -> None:
    assert refused_by_proxy(http(status).value) is (status in (407, 470, 502, 503, 504))


@pytest.mark.parametrize(
    ("straight", "through", "automatic", "texts"),
    [
        (http(403), http(403), False, []),
        (http(403), http(407), False, ["through the proxy p:80 of LocalSystem: it wants authentication"]),
        (http(403), http(None), False, ["through the proxy p:80 of LocalSystem: no answer in time"]),
        (http(403), http(403), True, ["a.example:443 is reached directly; what the proxy script"]),
        (http(None), http(403), False, []),
        (http(None), http(403, None), False, []),
        (http(None), http(403), True, ["a.example:443 is reached through the proxy p:80; what the proxy script"]),
        (http(None), http(None), True, []),
    ],
)
def test_what_is_reached_only_past_the_proxy(
    straight: Answer[Exchange], through: Answer[Exchange], automatic: bool, texts: list[str]
) -> None:
    endpoint, proxy = Endpoint("a.example"), SystemProxy((Proxy("p:80", ()),), automatic)
    followed = dict(zip(probes_of(endpoint, proxy), (tcp("connected"), straight, through), strict=True))
    told = list(past_proxies([reach(endpoint, proxy, followed, "x")], proxy, followed))
    assert [text in said for text, said in zip(texts, told, strict=True)] == [True] * len(texts)


def test_what_speaks_no_http_has_no_way_through_a_proxy() -> None:
    endpoint, proxy = Endpoint("a.example", 1688, web=False), SystemProxy((Proxy("p:80", ()),), True, "x")
    followed = dict(zip(probes_of(endpoint, proxy), (tcp("connected"),), strict=True))
    assert list(past_proxies([reach(endpoint, proxy, followed, "x")], proxy, followed)) == []


@pytest.mark.parametrize(
    ("answers", "texts"),
    [
        ((http(None), http(403), http(407)), ["through the proxy p:80, but not through the proxy q:80 of LocalSystem"]),
        ((http(None), http(407), http(403)), ["through the proxy q:80, but not through the proxy p:80 of LocalSystem"]),
        ((http(None), http(403), http(403)), []),
        ((http(403), http(407), http(None)), ["proxy p:80 of LocalSystem: it wants", "proxy q:80 of LocalSystem: no"]),
    ],
)
def test_every_proxy_counts(answers: tuple[Answer[Exchange], ...], texts: list[str]) -> None:
    endpoint, proxy = Endpoint("a.example"), SystemProxy((Proxy("p:80", ()), Proxy("q:80", ())))
    followed = dict(zip(probes_of(endpoint, proxy), (tcp("timeout"), *answers), strict=True))
    told = list(past_proxies([reach(endpoint, proxy, followed, "x")], proxy, followed))
    assert [text in said for text, said in zip(texts, told, strict=True)] == [True] * len(texts)


@pytest.mark.parametrize(("through", "unknown"), [(DENIED, ""), (http(403), "denied"), (http(407), "denied")])
def test_a_way_that_is_not_known_may_be_the_one_that_is_gone(through: Answer[Exchange], unknown: str) -> None:
    endpoint, proxy = Endpoint("a.example"), SystemProxy((Proxy("p:80", ()),), unknown=unknown)
    followed = dict(zip(probes_of(endpoint, proxy), (tcp("connected"), http(403), through), strict=True))
    found = reach(endpoint, proxy, followed, "x")
    assert found.way == "direct"
    with pytest.raises(UnreadableFact, match="LocalSystem is not known: denied" if unknown else "denied") as failure:
        require_ways([found], proxy, followed, "x")
    assert failure.value.fact == "x"
    assert len(list(past_proxies([found], proxy, followed))) == (through == http(407))


def test_ways_to_what_is_not_reached_or_speaks_no_http_are_not_wanted() -> None:
    proxy = SystemProxy((Proxy("p:80", ()),), automatic=True)
    followed = dict(zip(probes_of(Endpoint("a.example"), proxy), (tcp("timeout"), http(None), http(None)), strict=True))
    found = reach(Endpoint("a.example"), proxy, followed, "x")
    assert not found.way
    require_ways([found], SystemProxy(unknown="denied"), {**followed, **dict.fromkeys(followed, DENIED)}, "x")
    require_ways([found], proxy, dict.fromkeys(followed, DENIED), "x")
    reached = Reach(Endpoint("a.example", 1688, web=False), "direct")
    require_ways([reached], SystemProxy(proxy.proxies, unknown="denied"), {}, "x")
    require_ways([Reach(Endpoint("a.example"), "direct")], proxy, followed, "x")


def test_a_proxy_is_asked_for_by_the_scheme_of_the_address() -> None:
    proxy = SystemProxy((Proxy("s:443", ()),), plain=(Proxy("p:80", ()),))
    ways = {
        port: [getattr(probe, "proxy", "") for probe in probes_of(Endpoint("x", port), proxy)]
        for port in (80, 443, 8443)
    }
    assert ways == {80: ["", "none", "p:80"], 443: ["", "none", "s:443"], 8443: ["", "none", "p:80"]}
