"""Whether endpoints can be reached: connection, TLS and answer told apart, straight or through the proxy that LocalSystem uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vmready.facts.clouds import Endpoint
from vmready.facts.registry import FollowUp, UnreadableFact, plain_value
from vmready.facts.system_proxy import SystemProxy
from vmready.probes.answers import Answer, Observed, Reason, Why
from vmready.probes.readings import Connection, Exchange
from vmready.probes.vocabulary import HttpGet, Probe, TcpConnect

#: Who issues the certificates of Azure's services; another name means that something in between opens TLS.
_ISSUERS = ("microsoft", "digicert", "baltimore")
_ORGANISATION = re.compile(r'(?:^|,\s*)O="?([^,"]+)')
#: A proxy's own answers that say that it did not get through.
_PROXY_REFUSALS: Mapping[int | None, str] = {
    407: "it wants authentication",
    502: "it got no answer",
    503: "it refuses",
    504: "it got no answer in time",
    470: "Azure Firewall refuses",
}
#: Asked without a proxy, no server of its own says so: 470 is what Azure Firewall answers in the place of a name that no rule allows.
_ON_THE_WAY: Mapping[int | None, str] = {407: "a proxy on the way", 470: "Azure Firewall"}


@dataclass(frozen=True, slots=True)
class Reach:
    """What trying to reach one endpoint gave.

    ``way``: ``direct``, or the address of the proxy that it was reached through; empty where it was not reached, and ``failure`` says why.
    ``inspected``: the issuer of its certificate, where that is none of Azure's. ``automatic``: a proxy script may know a way to what
    is not reached.
    ``perhaps_proxy``: the answer that came through a proxy may be the proxy's own.
    """

    endpoint: Endpoint
    way: str
    failure: str = ""
    inspected: str = ""
    automatic: bool = False
    perhaps_proxy: str = ""
    #: Whether a straight TCP connection came about; None where it could not be tried. ``known_from``: who named the endpoint.
    connected: bool | None = None
    known_from: str = ""

    @property
    def name(self) -> str:
        return f"{self.endpoint.host}:{self.endpoint.port}"


def failures(reaches: Sequence[Reach]) -> tuple[str, ...]:
    """What was certainly not reached, in words."""
    return tuple(f"{r.name} is not reached: {r.failure}" for r in reaches if not r.way and not r.automatic)


def doubts(reaches: Sequence[Reach]) -> Iterator[str]:
    """What may not be what it seems: a proxy script of which the guest cannot tell the answer, TLS opened on the way."""
    for found in reaches:
        if found.automatic:
            yield f"{found.name} is not reached directly ({found.failure}); what the proxy script of LocalSystem answers cannot be told"
        if found.perhaps_proxy:
            said = f"through the proxy {found.way} {found.perhaps_proxy} is answered for {found.name}"
            yield f"{said}, without its certificate: it may be the proxy's own answer"
        if found.inspected:
            yield f"the certificate of {found.name} comes from {found.inspected}: inspected TLS keeps the agent from working"


def detours(reaches: Sequence[Reach]) -> Iterator[str]:
    """What was reached through a proxy only."""
    return (f"{r.name} is reached through the proxy {r.way} only" for r in reaches if r.way not in ("", "direct"))


def past_proxies(reaches: Sequence[Reach], proxy: SystemProxy, followed: FollowUp) -> Iterator[str]:
    """What is reached one way, but not, or perhaps not, by every way that programs of LocalSystem may go."""
    for found, request, answer in _by_proxies(reaches, proxy, followed):
        # What may be the proxy's own answer on the way itself is told already.
        other = request.proxy != found.way
        if other and isinstance(answer, Observed) and not _got_through(found.endpoint, answer.value):
            yield f"{_reached(found)}, but not through the proxy {request.proxy} of LocalSystem: {_through_proxy(answer)}"
    for found in reaches:
        if found.way and found.endpoint.web and proxy.automatic:
            yield f"{_reached(found)}; what the proxy script of LocalSystem answers cannot be told"


def require_ways(reaches: Sequence[Reach], proxy: SystemProxy, followed: FollowUp, fact_name: str) -> None:
    """UnreadableFact where a way of LocalSystem to what is reached is not known, or could not be tried: it may be the one that is gone."""
    for _, request, answer in _by_proxies(reaches, proxy, followed):
        plain_value(fact_name, request, answer)
    for found in reaches:
        if found.way and found.endpoint.web:
            require_known(proxy, _reached(found), fact_name)


def _by_proxies(
    reaches: Sequence[Reach], proxy: SystemProxy, followed: FollowUp
) -> Iterator[tuple[Reach, HttpGet, Answer[Exchange]]]:
    """The requests through proxies to what is reached one way or another, and their answers."""
    for found in reaches:
        for request in probes_of(found.endpoint, proxy)[2:] if found.way else ():
            assert isinstance(request, HttpGet)
            yield found, request, followed[request]


def _reached(found: Reach) -> str:
    return f"{found.name} is reached {'directly' if found.way == 'direct' else f'through the proxy {found.way}'}"


def require_known(proxy: SystemProxy, said: str, fact_name: str) -> None:
    """UnreadableFact, with what is said so far, where the proxy of LocalSystem is not known."""
    if proxy.unknown:
        text = f"{said}, and the proxy of LocalSystem is not known: {proxy.unknown}"
        raise UnreadableFact(fact_name, Why(Reason.FAILED, "ProxyUnknown", text))


def url_of(endpoint: Endpoint, path: str = "/") -> str:
    scheme, usual = ("https", 443) if endpoint.port == 443 else ("http", 80)
    return f"{scheme}://{endpoint.host}{'' if endpoint.port == usual else f':{endpoint.port}'}{path}"


def probes_of(endpoint: Endpoint, proxy: SystemProxy) -> tuple[Probe[Any], ...]:
    """What is asked of an endpoint: a connection, and where it speaks HTTP a request, straight and through each proxy."""
    scheme = "https" if endpoint.port == 443 else "http"
    ways = ("none", *proxy.for_host(endpoint.host, scheme)) if endpoint.web else ()
    return (TcpConnect(endpoint.host, endpoint.port), *(HttpGet(url_of(endpoint), proxy=way) for way in ways))


def reach(endpoint: Endpoint, proxy: SystemProxy, followed: FollowUp, fact_name: str) -> Reach:
    """What the answers say of one endpoint. UnreadableFact where they do not tell whether it can be reached.

    Any HTTP status counts as reached: what matters is that the service's own server answers.
    """
    tcp, *requests = probes_of(endpoint, proxy)
    connection: Answer[Connection] = followed[tcp]
    connected = connection.value.connected if isinstance(connection, Observed) else None
    straight: Answer[Exchange] | None = followed[requests[0]] if requests else None
    if isinstance(straight, Observed) and straight.value.answered and not refused_on_the_way(straight.value):
        return Reach(endpoint, "direct", inspected=foreign_issuer(straight.value), connected=connected)
    if straight is None and isinstance(connection, Observed) and connection.value.connected:
        return Reach(endpoint, "direct", connected=connected)
    why = [_failure(connection, straight)]
    for request in requests[1:]:
        assert isinstance(request, HttpGet)
        answer: Answer[Exchange] = followed[request]
        if isinstance(answer, Observed) and answer.value.answered and not refused_by_proxy(answer.value):
            return Reach(
                endpoint,
                request.proxy,
                inspected=foreign_issuer(answer.value),
                perhaps_proxy=perhaps_proxy(url_of(endpoint), answer.value),
                connected=connected,
            )
        why.append(f"through the proxy {request.proxy}: {_through_proxy(answer)}")
    if not why[0]:
        plain_value(fact_name, tcp, connection)
        plain_value(fact_name, requests[0], followed[requests[0]])
    for request in requests[1:]:  # A way that could not be tried may be the one that leads there.
        plain_value(fact_name, request, followed[request])
    require_known(proxy, f"{endpoint.host}:{endpoint.port} is not reached directly ({why[0]})", fact_name)
    return Reach(endpoint, "", "; ".join(why), automatic=proxy.automatic, connected=connected)


def _failure(connection: Answer[Connection], straight: Answer[Exchange] | None) -> str:
    """Why the straight way failed; empty where it could not be tried."""
    if isinstance(connection, Observed) and not connection.value.connected:
        return connection.value.text
    if not isinstance(straight, Observed):
        return ""
    by = refused_on_the_way(straight.value)
    return f"{straight.value.text}, which only {by} answers" if by else straight.value.text


def perhaps_proxy(url: str, exchange: Exchange) -> str:
    """The answer of a proxy that refuses a TLS connection looks like the service's own, but no certificate comes with it."""
    refused = url.startswith("https:") and exchange.certificate is None and (exchange.status or 0) >= 400
    return exchange.text if refused else ""


def _got_through(endpoint: Endpoint, exchange: Exchange) -> bool:
    return exchange.answered and not refused_by_proxy(exchange) and not perhaps_proxy(url_of(endpoint), exchange)


def refused_on_the_way(exchange: Exchange) -> str:
    """Who on the way answered a request without a proxy in the server's place; empty where the server itself may have."""
    return _ON_THE_WAY.get(exchange.status, "")


def refused_by_proxy(exchange: Exchange) -> bool:
    """Whether an answer that came through a proxy says that the proxy did not get through."""
    return exchange.status in _PROXY_REFUSALS


def _through_proxy(answer: Answer[Exchange]) -> str:
    if not isinstance(answer, Observed):
        return "could not be tried"
    return _PROXY_REFUSALS.get(answer.value.status, answer.value.text)


def foreign_issuer(exchange: Exchange) -> str:
    """The issuer of the answer's certificate where it is none of Azure's; empty also where no certificate was told."""
    issuer = str((exchange.certificate or {}).get("issuer") or "")
    organisation = _ORGANISATION.search(issuer)
    known = organisation is not None and organisation[1].strip().lower().startswith(_ISSUERS)
    return "" if known or not issuer else issuer[:120]
