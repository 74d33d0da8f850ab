"""tcp and http: every declared peer and the outcome that it is."""

from __future__ import annotations

import pytest
from declared_hosts import host, reason, unreadable, value

from vmready.probes.vocabulary import HttpGet, TcpConnect
from vmready.twin.states import State

ENDPOINTS = {
    "open.example:443": {"tcp": "open", "addresses": ["203.0.113.7", "2001:db8::1"]},
    "six.example:443": {"tcp": "open", "addresses": ["2001:db8::1"]},
    "refused.example:443": {"tcp": "refused"},
    "forbidden.example:443": {"tcp": "forbidden"},
    "unreachable.example:443": {"tcp": "unreachable"},
    "timeout.example:443": {"tcp": "timeout"},
    "reset.example:443": {"tcp": "reset"},
    "late.example:443": {"tcp": "open", "delay": 25_000},
    "named.example:443": {"tcp": "dns-failure"},
    "10.0.0.9:80": {"tcp": "open"},
}


@pytest.fixture
def state() -> State:
    return host(
        endpoints=ENDPOINTS,
        dns={"mute.example": {"silent": True}, "busy.example": {"error": "try-again"}, "known.example": ["192.0.2.1"]},
    )


@pytest.mark.parametrize(
    ("name", "connect"),
    [
        ("open", {"outcome": "connected", "socket": None, "remote": "203.0.113.7:443"}),
        ("six", {"outcome": "connected", "socket": None, "remote": "[2001:db8::1]:443"}),
        ("refused", {"outcome": "refused", "socket": 10061, "remote": None}),
        ("forbidden", {"outcome": "forbidden", "socket": 10013, "remote": None}),
        ("unreachable", {"outcome": "unreachable", "socket": 10051, "remote": None}),
        ("timeout", {"outcome": "timeout", "socket": None, "remote": None}),
        ("reset", {"outcome": "connected", "socket": None, "remote": "203.0.113.10:443"}),
        ("late", {"outcome": "timeout", "socket": None, "remote": None}),
        ("named", {"outcome": "dns", "socket": 11001, "remote": None}),
        ("nobody", {"outcome": "dns", "socket": 11001, "remote": None}),
    ],
)
def test_connections(state: State, name: str, connect: dict[str, object]) -> None:
    assert value(state, TcpConnect(f"{name}.example", 443))["connect"] == connect


def test_names(state: State) -> None:
    def dns(name: str) -> object:
        return value(state, TcpConnect(name, 443))["dns"]

    assert dns("open.example") == {"outcome": "resolved", "socket": None, "addresses": ["203.0.113.7", "2001:db8::1"]}
    assert dns("known.example") == {"outcome": "resolved", "socket": None, "addresses": ["192.0.2.1"]}
    assert dns("busy.example") == {"outcome": "dns", "socket": 11002, "addresses": []}
    assert dns("mute.example") == {"outcome": "timeout", "socket": None, "addresses": []}
    assert dns("nobody.example") == {"outcome": "dns", "socket": 11001, "addresses": []}
    assert dns("10.0.0.9") is None
    assert unreadable(state, TcpConnect("open.example", 0)) == "NotAllowed"


WEB = {
    "web.example:80": {
        "tcp": "open",
        "http": {"status": 404, "body": "no such page", "headers": {"location": "/x", "Content-Length": "999"}},
        "direct": {"status": 200, "body": "gr\u00fc\u00df"},
    },
    "paths.example:80": {
        "tcp": "open",
        "http": {"body": "other"},
        "paths": {
            "/302": {"status": 302, "headers": {"Location": "http://paths.example/there"}},
            "/meta*": {"requires": {"Metadata": "true"}, "body": "{}"},
            "/stall": {"body": "first ", "stall": True},
            "/chunked": {"body": "abc", "chunked": True},
            "/silent": {"silent": True},
            "/late": {"body": "late", "delay": 30_000},
            "/nonsense": {"error": {"status": "ServerProtocolViolation", "message": "bad"}},
            "/inner": {"error": {"status": "ConnectFailure", "message": "no", "socket": 10061}},
            "/bare": {"error": {"status": "NameResolutionFailure", "message": "unknown"}},
            "/gateway": {"status": 502, "statusText": "Bad Gateway from proxy"},
        },
    },
    "tls.example:443": {
        "tcp": "open",
        "tls": {"issuer": "CN=Some CA", "thumbprint": "00:ab:cd", "notBefore": "2026-01-01T00:00:00Z"},
    },
    "trust.example:443": {"tcp": "open", "tls": {"error": "trust"}},
    "old.example:443": {"tcp": "open", "tls": {"error": "handshake"}},
    **ENDPOINTS,
}


@pytest.fixture
def web() -> State:
    return host(endpoints=WEB, os={"securityProtocol": 192})


def _http(state: State, url: str, **options: object) -> dict[str, object]:
    return dict(value(state, HttpGet(url, **options)))  # type: ignore[arg-type]


def test_an_answer_straight_and_through_a_proxy(web: State) -> None:
    straight = _http(web, "http://web.example/", body=5)
    assert straight == {
        "outcome": "answered",
        "status": 200,
        "statusText": "OK",
        "length": 6,
        "location": None,
        "body": "gr\u00fc\ufffd",
        "cut": False,
        "socket": None,
        "web": None,
        "error": None,
        "certificate": None,
        "protocols": 3264,
    }
    for proxy in ("default", "10.0.0.9:8080"):
        through = _http(web, "http://web.example/", proxy=proxy)
        assert (through["status"], through["statusText"], through["length"], through["location"], through["body"]) == (
            404,
            "NotFound",
            999,
            "/x",
            "",
        )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/302", {"outcome": "answered", "status": 302, "location": "http://paths.example/there"}),
        ("/metadata?x=1", {"status": 400}),
        ("/stall", {"outcome": "answered", "body": "first ", "cut": True, "length": None}),
        ("/chunked", {"body": "abc", "cut": False, "length": None}),
        ("/silent", {"outcome": "timeout", "status": None, "body": "", "web": None}),
        ("/late", {"outcome": "timeout"}),
        ("/nonsense", {"outcome": "failed", "web": 11, "error": "bad"}),
        ("/inner", {"outcome": "refused", "socket": 10061, "web": 2}),
        ("/bare", {"outcome": "dns", "socket": None, "web": 1}),
        ("/gateway", {"status": 502, "statusText": "Bad Gateway from proxy"}),
        ("/anything", {"body": "other"}),
    ],
)
def test_answers_by_path(web: State, path: str, expected: dict[str, object]) -> None:
    found = _http(web, "http://paths.example" + path, body=100)
    assert {name: found[name] for name in expected} == expected


def test_the_metadata_header_is_sent_where_asked(web: State) -> None:
    assert _http(web, "http://paths.example/meta", metadata=True)["status"] == 200


@pytest.mark.parametrize(
    ("host_name", "outcome", "socket", "status"),
    [
        ("refused", "refused", 10061, 2),
        ("forbidden", "forbidden", 10013, 2),
        ("unreachable", "unreachable", 10051, 2),
        ("timeout", "timeout", None, None),
        ("reset", "reset", 10054, 3),
        ("nobody", "dns", 11001, 1),
        ("trust", "tls", None, 9),
        ("old", "tls", None, 10),
    ],
)
def test_requests_that_get_no_answer(
    web: State, host_name: str, outcome: str, socket: int | None, status: int | None
) -> None:
    found = _http(web, f"https://{host_name}.example/")
    assert (found["outcome"], found["socket"], found["web"], found["status"]) == (outcome, socket, status, None)


def test_the_peers_certificate(web: State) -> None:
    assert _http(web, "https://tls.example/")["certificate"] == {
        "subject": "CN=tls.example",
        "issuer": "CN=Some CA",
        "thumbprint": "00ABCD",
        "notBefore": "2026-01-01T00:00:00.000Z",
        "notAfter": "2027-11-20T00:00:00.000Z",
    }
    assert _http(web, "https://open.example/")["certificate"] is None


def test_the_protocols_in_force(web: State) -> None:
    assert _http(web, "http://web.example/", default_protocols=True)["protocols"] == 192
    assert _http(host(endpoints=WEB), "http://web.example/")["protocols"] == 0, "0 leaves it to the system, and is left"


def test_requests_that_are_no_questions(web: State) -> None:
    assert unreadable(web, HttpGet("ftp://web.example/")) == "BadArgument"
    assert unreadable(web, HttpGet("http://web.example:99999999/")) == "BadArgument"
    assert unreadable(web, HttpGet("http://web.example/", proxy="nonsense")) == "BadArgument"
    assert unreadable(web, HttpGet("http://web.example/", body=65_537)) == "NotAllowed"


def test_constrained_language_mode_has_no_network() -> None:
    state = host(endpoints=WEB, os={"languageMode": "ConstrainedLanguage"})
    assert (
        reason(state, TcpConnect("open.example", 443)) == reason(state, HttpGet("http://web.example/")) == "UNSUPPORTED"
    )
