"""The WireServer's answers, and what explains that there is none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from vmready.facts.wire_server import WireServer
from vmready.facts.wire_server_cause import WireServerCause
from vmready.probes.answers import Absent, Answer, Observed
from vmready.probes.readings import Connection, Exchange, Service


def answered(status: int, body: str = "", outcome: str = "answered") -> Answer[Exchange]:
    return Observed(Exchange(outcome, status, None, None, None, body, False, None, None, None, None, None))


def service(state: int) -> Answer[Service]:
    return Observed(Service("GuestProxyAgent", state, 2, None, None, None, None, None, None))


@pytest.mark.parametrize(
    ("body", "document"),
    [
        ("<Versions/>", True),
        ("<Versions>", True),
        ("<Versions xmlns='x'>", True),
        ("<Versions\n>", True),
        ('\ufeff\n<?xml version="1.0"?>\n<!-- a --><!--\nb-->\n<Versions>', True),
        ("<ns-1.a:Versions>", True),
        ("<VersionsList>", False),
        ("<versions>", False),
        ("<html><Versions/></html>", False),
        ("Versions", False),
        ("", False),
    ],
)
def test_which_documents_are_the_list_of_versions(body: str, document: bool) -> None:
    tried = WireServer({}, answered(200, body), Absent()).versions()
    assert (tried.outcome, bool(tried.failure), tried.policy) == (
        "Versions" if document else "another document",
        not document,
        False,
    )


@pytest.mark.parametrize(
    ("answer", "agent", "outcome", "policy"),
    [
        (answered(401), service(4), "HTTP 401", True),
        (answered(403), service(4), "HTTP 403", True),
        (answered(403), service(1), "HTTP 403", False),
        (answered(403), Absent(), "HTTP 403", False),
        *((answered(status), service(4), f"HTTP {status}", False) for status in (199, 201, 400, 402, 404, 407, 503)),
        (answered(200, "<Versions/>", "timeout"), service(4), "timeout", False),
    ],
)
def test_answers_that_are_failures(
    answer: Answer[Exchange], agent: Answer[Service], outcome: str, policy: bool
) -> None:
    tried = WireServer({}, answer, agent).versions()
    assert (tried.outcome, bool(tried.failure), tried.policy) == (outcome, True, policy)


@pytest.mark.parametrize(("agent", "taken_over"), [(service(4), True), (service(1), False), (Absent(), False)])
def test_whether_connections_are_taken_over(agent: Answer[Service], taken_over: bool) -> None:
    assert WireServer({}, Absent(), agent).taken_over is taken_over


@pytest.mark.parametrize("outcome", ["connected", "timeout"])
def test_a_port(outcome: str) -> None:
    tried = WireServer({80: Observed(Connection(None, (), outcome, None, None))}, Absent(), Absent()).port(80)
    assert (tried.outcome, bool(tried.failure), tried.policy) == (outcome, outcome != "connected", False)


def cause(rule: str = "", route: str = "", proxies: tuple[str, ...] = ()) -> WireServerCause:
    """A machine of which firewall, routes and proxy say this."""
    told: Any = (
        SimpleNamespace(cause=lambda port: rule and f"{rule} on {port}"),
        SimpleNamespace(cause=lambda address: route and f"{route} to {address}"),
        SimpleNamespace(for_host=lambda address: proxies),
    )
    return WireServerCause(*told)


@pytest.mark.parametrize(
    ("found", "port", "outcome", "words"),
    [
        (cause("rule", "route"), 32526, "forbidden", "rule on 32526"),
        (cause("rule"), None, "forbidden", "rule on 80"),
        (cause(route="route"), 80, "forbidden", "no firewall rule explains it: another filter"),
        *(
            (cause("rule", "route"), 80, outcome, "route to 168.63.129.16")
            for outcome in ("timeout", "unreachable", "reset", "refused")
        ),
        (cause("rule"), 32526, "timeout", "rule on 32526"),
        (cause("rule"), None, "timeout", "rule on 80"),
        (cause(), 80, "timeout", ""),
        (cause("rule", "route", ("p",)), None, "HTTP 503", "the host's side or a proxy"),
        (cause(proxies=("p:1", "q:2")), None, "HTTP 407", "a proxy (p:1, q:2)"),
        (cause(proxies=("p:1",)), None, "another document", "a proxy (p:1)"),
        (cause("rule", "route"), None, "another document", "something between that speaks HTTP"),
        (cause(), None, "HTTP 407", "something between that speaks HTTP"),
        *(
            (cause("rule", "route", ("p",)), None, outcome, "")
            for outcome in ("HTTP 500", "HTTP 403", "Versions", "connected", "")
        ),
    ],
)
def test_what_explains_a_failure(found: WireServerCause, port: int | None, outcome: str, words: str) -> None:
    said = found.of(port, outcome)
    assert said.startswith(words)
    assert bool(said) == bool(words)
