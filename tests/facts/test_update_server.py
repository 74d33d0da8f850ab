"""Whether an update server in use answers by every way that Windows Update may go."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.facts.registry import UnreadableFact
from vmready.facts.system_proxy import Proxy, SystemProxy
from vmready.facts.update_server import UpdateServer, update_server
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Exchange, Key
from vmready.probes.vocabulary import HttpGet

NOT_TRIED = Unreadable(Why(Reason.NOT_COLLECTED))


def key(**values: Any) -> Key:
    typed = {n: {"type": "REG_DWORD" if isinstance(v, int) else "REG_SZ", "data": v} for n, v in values.items()}
    return Key.read({"values": typed, "keys": {}})


def http(status: int | None, issuer: str | None = None) -> Observed[Exchange]:
    told: dict[str, Any] = {"outcome": "answered", "status": status} if status else {"outcome": "timeout"}
    return Observed(Exchange.read({**told, "certificate": issuer and {"issuer": issuer}}))


def found(straight: Answer[Exchange], *through: Answer[Exchange], url: str = "http://wsus:8530/") -> UpdateServer:
    names = [f"p{number}:80" for number in range(1, len(through) + 1)]
    proxies = tuple(Proxy(name, ()) for name in names)
    ways = dict(zip(["none", *names], (straight, *through), strict=True))
    return update_server(
        key(WUServer=url, WUStatusServer=url),
        key(UseWUServer=1),
        SystemProxy(proxies, plain=proxies),
        {HttpGet(url, proxy=way): answer for way, answer in ways.items()},
    )


def test_a_long_text_that_is_no_address_is_cut() -> None:
    server = update_server(key(WUServer="x" * 200, WUStatusServer="x" * 200), key(UseWUServer=1), SystemProxy(), {})
    assert server.not_addresses == ("x" * 100,)


PAST = "http://wsus:8530/ answers directly, but not through the proxy {} of LocalSystem ({})"
ITSELF = "through the proxy p1:80 HTTP 403 is answered for https://wsus:8531/, without its certificate: it may be the proxy's own answer"


@pytest.mark.parametrize(
    ("answers", "detours"),
    [
        ((http(403),), []),
        ((http(403), http(403)), []),
        ((http(403), http(502)), [PAST.format("p1:80", "HTTP 502")]),
        ((http(403), http(470)), [PAST.format("p1:80", "HTTP 470")]),
        ((http(403), NOT_TRIED), []),
        ((http(403), http(200), http(None)), [PAST.format("p2:80", "no answer in time")]),
        ((http(403), NOT_TRIED, http(None)), [PAST.format("p2:80", "no answer in time")]),
        # What does not answer directly has no other way than that which it answered by.
        ((http(None), http(502), http(200)), []),
        ((http(407), http(502), http(200)), []),
        ((http(470), http(502), http(200)), []),
    ],
)
def test_a_proxy_that_does_not_lead_to_a_server_that_answers(
    answers: tuple[Answer[Exchange], ...], detours: list[str]
) -> None:
    server = found(*answers)
    assert (list(server.detours), server.unreached) == (detours, ())


@pytest.mark.parametrize(
    ("straight", "through", "detours"),
    [
        (http(None), http(403), [ITSELF]),
        (http(403), http(403), [ITSELF]),
        (http(None), http(403, "CN=Contoso"), []),
        (http(None), http(302), []),
    ],
)
def test_an_answer_without_the_servers_certificate(
    straight: Answer[Exchange], through: Answer[Exchange], detours: list[str]
) -> None:
    assert list(found(straight, through, url="https://wsus:8531/").detours) == detours


@pytest.mark.parametrize(
    ("answers", "untried"),
    [
        ((http(403),), False),
        ((NOT_TRIED, http(200)), False),
        ((http(403), http(502)), False),
        ((http(403), NOT_TRIED), True),
        ((http(None), http(200), NOT_TRIED), True),
    ],
)
def test_a_way_that_was_not_tried(answers: tuple[Answer[Exchange], ...], untried: bool) -> None:
    server = found(*answers)
    if untried:
        with pytest.raises(UnreadableFact, match="not collected"):
            server.require_ways()
    else:
        server.require_ways()


@pytest.mark.parametrize("status", [407, 470])
def test_what_only_something_on_the_way_answers_is_no_server(status: int) -> None:
    server = found(http(status))
    assert server.unreached == (f"http://wsus:8530/ (HTTP {status})",)
    assert server.detours == ()


@pytest.mark.parametrize("other", ["no address", "http://ok:8530/"])
def test_of_two_servers_each_counts(other: str) -> None:
    """The one that is no address, or that answers, does not hide the one that does not."""
    straight = {"http://ok:8530/": http(403), "http://wsus:8530/": http(None)}
    server = update_server(
        key(WUServer=other, WUStatusServer="http://wsus:8530/"),
        key(UseWUServer=1),
        SystemProxy(()),
        {HttpGet(url, proxy="none"): answer for url, answer in straight.items()},
    )
    assert server.unreached == ("http://wsus:8530/ (no answer in time)",)
    assert server.not_addresses == (("no address",) if other == "no address" else ())
