"""Every place of a proxy setting, out of the registry's values, and what the answers through a proxy say of it."""

from __future__ import annotations

import struct
from collections import defaultdict
from typing import Any

import pytest

from vmready.facts.proxy_settings import ProxySettings, proxy_settings
from vmready.facts.registry import UnreadableFact
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Exchange, Key
from vmready.probes.vocabulary import HttpGet

DENIED = Unreadable(Why(Reason.DENIED))
DEFAULT = "https://eus2-jobruntimedata-prod-su1.azure-automation.net/"
PLACES = ("win_http", "local_system", "connections", "machine", "per_user", "environment", "worker")


def key(sub_keys: dict[str, Any] | None = None, **values: object) -> Observed[Key]:
    typed = {
        name: {"type": "REG_BINARY", "data": value.hex()} if isinstance(value, bytes)
        else {"type": "REG_DWORD" if isinstance(value, int) else "REG_SZ", "data": value}
        for name, value in values.items()
    }  # fmt: skip
    return Observed(Key.read({"values": typed, "keys": sub_keys or {}, "more": False}))


def exchange(status: int | None, issuer: str | None = "CN=Microsoft") -> Observed[Exchange]:
    told: dict[str, Any] = {"outcome": "answered", "status": status, "body": ""} if status else {"outcome": "timeout"}
    told["certificate"] = issuer and {"issuer": issuer}
    return Observed(Exchange.read({"body": "", **told}))


def found(answer: Answer[Exchange] | None = None, **given: Answer[Key]) -> ProxySettings:
    followed: dict[HttpGet, Answer[Exchange]] = defaultdict(lambda: answer or Absent())
    return proxy_settings(**{name: given.get(name, Absent()) for name in PLACES}, followed=followed)


def win_http(version: int, flags: int, servers: str = "p:80", bypass: str = "") -> Observed[Key]:
    texts = b"".join(struct.pack("<I", len(text)) + text.encode("latin-1") for text in (servers, bypass))
    return key(WinHttpSettings=struct.pack("<III", version, 7, flags) + texts)


def connections(flags: int, servers: str = "") -> Observed[Key]:
    packed = struct.pack("<IIII", 0x46, 3, flags, len(servers)) + servers.encode() + struct.pack("<I", 0)
    return key(DefaultConnectionSettings=packed)


def said(settings: ProxySettings) -> list[tuple[Any, ...]]:
    return [
        (p.name, p.proxy and p.proxy.address, p.plain and p.plain.address, p.script, p.detects) for p in settings.places
    ]


@pytest.mark.parametrize(
    ("version", "flags", "servers", "set_"),
    [
        (0x18, 3, "p:80", True),
        (0x28, 3, "p:80", True),
        (0x28, 2, "p:80", True),
        (0x18, 1, "", False),
        (0x28, 1, " ", False),
    ],
)
def test_win_http_has_a_proxy_where_its_flag_and_a_name_say_so(
    version: int, flags: int, servers: str, set_: bool
) -> None:
    settings = found(win_http=win_http(version, flags, servers))
    assert said(settings) == ([("WinHTTP", "p:80", "p:80", False, False)] if set_ else [])
    settings.require_known()


@pytest.mark.parametrize(
    "damaged",
    [
        *(win_http(version, 3) for version in (0x17, 0x19, 0x27, 0x29, 0)),
        *(win_http(0x28, flags) for flags in (0, 1, 4, 5, 8, 9)),
        *(win_http(0x28, flags, "") for flags in (0, 2, 3)),
        win_http(0x28, 3, " "),
        win_http(0x28, 3, "p\n:80"),
        win_http(0x28, 3, "p:80", "\0"),
        key(WinHttpSettings=b"\x28" + b"\0" * 7),
        key(WinHttpSettings=7),
        key(WinHttpSettings="no hex"),
    ],
    ids=str,
)
def test_bytes_that_are_not_understood_are_said(damaged: Observed[Key]) -> None:
    settings = found(win_http=damaged)
    assert settings.places == ()
    assert settings.unknown == ("WinHTTP: the bytes of WinHttpSettings are not understood",)
    with pytest.raises(UnreadableFact, match="not understood"):
        settings.require_known()


@pytest.mark.parametrize(
    ("flags", "servers", "set_", "script", "detects"),
    [
        (1, "", 0, 0, 0),
        (1, "p:80", 0, 0, 0),
        (2, "p:80", 1, 0, 0),
        (3, "p:80", 1, 0, 0),
        (4, "", 0, 1, 0),
        (5, "p:80", 0, 1, 0),
        (8, "", 0, 0, 1),
        (9, "", 0, 0, 1),
        (15, "p:80", 1, 1, 1),
        (16, "", 0, 0, 0),
    ],
)
def test_connections_have_a_proxy_name_a_script_or_ask_the_network(
    flags: int, servers: str, set_: int, script: int, detects: int
) -> None:
    name = "LocalSystem's connections"
    wanted = [
        *[(name, "p:80", "p:80", False, False)] * set_,
        *[(name, None, None, True, False)] * script,
        *[(name, None, None, False, True)] * detects,
    ]
    settings = found(connections=connections(flags, servers))
    assert said(settings) == wanted
    assert settings.unknown == ()


@pytest.mark.parametrize(
    "damaged",
    [
        key(DefaultConnectionSettings=b"\0" * 11),
        key(DefaultConnectionSettings=7),
        connections(0),
        connections(2),
        connections(3, " "),
    ],
    ids=str,
)
def test_connections_that_are_not_understood_are_said(damaged: Observed[Key]) -> None:
    assert "DefaultConnectionSettings are not understood" in found(connections=damaged).unknown[0]
    assert found(connections=key(Other=1)).unknown == ()


ON = key(ProxyEnable=1, ProxyServer="p:80")
MACHINE = "the machine's internet settings"


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"local_system": ON}, ["LocalSystem"]),
        ({"machine": ON}, []),
        ({"local_system": ON, "machine": ON, "per_user": key(ProxySettingsPerUser=1)}, ["LocalSystem"]),
        ({"local_system": ON, "machine": ON, "per_user": key(ProxySettingsPerUser=0)}, [MACHINE]),
        ({"local_system": ON, "machine": ON, "per_user": key()}, ["LocalSystem"]),
        ({"local_system": ON, "connections": connections(4)}, ["LocalSystem", "LocalSystem's connections"]),
        ({"local_system": ON, "connections": connections(3, "p:80")}, ["LocalSystem"]),
        ({"local_system": ON, "connections": connections(3, "q:80")}, ["LocalSystem", "LocalSystem's connections"]),
        (
            {"local_system": ON, "connections": connections(15, "p:80")},
            ["LocalSystem", *["LocalSystem's connections"] * 2],
        ),
        (
            {"win_http": win_http(0x28, 3), "connections": connections(3, "p:80")},
            ["WinHTTP", "LocalSystem's connections"],
        ),
        ({"local_system": key(ProxyEnable=2, ProxyServer="p:80")}, ["LocalSystem"]),
        (
            {"local_system": key(AutoConfigURL="http://wpad/"), "connections": connections(4)},
            ["LocalSystem", "LocalSystem's connections"],
        ),
        ({"machine": ON, "connections": connections(4), "per_user": key(ProxySettingsPerUser=0)}, [MACHINE]),
        ({"local_system": key(ProxyEnable=0, ProxyServer="p:80")}, []),
        ({"local_system": key(ProxyEnable=1)}, []),
        ({"local_system": key(ProxyServer="p:80")}, []),
        ({"local_system": key(ProxyEnable=0, AutoConfigURL="http://wpad/")}, ["LocalSystem"]),
        ({"local_system": key(AutoConfigURL="")}, []),
        ({"environment": key(HTTP_PROXY="a:1", HTTPS_PROXY="b:2", ALL_PROXY="c:3")}, ["HTTPS", "HTTP", "ALL"]),
        ({"environment": key(HTTPS_PROXY=" ", NO_PROXY="*")}, []),
    ],
)
def test_whose_settings_count(given: dict[str, Answer[Key]], names: list[str]) -> None:
    wanted = [f"the environment's {n}_PROXY" if n in ("HTTPS", "HTTP", "ALL") else n for n in names]
    settings = found(**given)
    assert [place.name for place in settings.places] == wanted
    assert settings.unknown == ()


@pytest.mark.parametrize("name", PLACES[:-1])
def test_a_place_that_may_not_be_read_is_said(name: str) -> None:
    settings = found(**{name: DENIED})
    assert len(settings.unknown) == 1
    assert settings.unknown[0].endswith(": access denied")


def test_what_is_no_setting_is_said() -> None:
    assert "ProxyEnable is REG_SZ '1'" in found(local_system=key(ProxyEnable="1")).unknown[0]
    assert "LocalSystem: a proxy's address" in found(local_system=key(ProxyEnable=1, ProxyServer="a b")).unknown[0]
    assert "ProxySettingsPerUser is REG_SZ '0'" in found(per_user=key(ProxySettingsPerUser="0"), machine=ON).unknown[0]
    assert "AutoConfigURL is REG_DWORD" in found(local_system=key(AutoConfigURL=1)).unknown[0]
    assert "ProxyServer is REG_DWORD" in found(local_system=key(ProxyEnable=1, ProxyServer=1)).unknown[0]
    assert found(local_system=key(ProxyEnable=0, ProxyServer=1)).unknown == ()
    assert found(worker=DENIED).unknown == ()


@pytest.mark.parametrize(
    ("given", "swallowed"),
    [
        (key(ProxyEnable=1, ProxyServer="p:80"), ["169.254.169.254", "168.63.129.16"]),
        (key(ProxyEnable=1, ProxyServer="p:80", ProxyOverride="169.254.*"), ["168.63.129.16"]),
        (key(ProxyEnable=1, ProxyServer="p:80", ProxyOverride="<local>;169.254.*;168.63.129.16"), []),
        # Azure's addresses are asked by HTTP.
        (key(ProxyEnable=1, ProxyServer="https=p:80"), []),
        (key(ProxyEnable=1, ProxyServer="http=p:80"), ["169.254.169.254", "168.63.129.16"]),
    ],
)
def test_azures_own_addresses_behind_a_proxy(given: Observed[Key], swallowed: list[str]) -> None:
    settings = found(local_system=given)
    assert [place.name for place in settings.proxies] == ["LocalSystem"]
    assert list(settings.swallowed) == [f"{address} (LocalSystem)" for address in swallowed]


def test_names_of_the_environment_that_go_past() -> None:
    environment = key(HTTP_PROXY="http://p:80", NO_PROXY="169.254.169.254,168.63.129.16")
    assert found(environment=environment).swallowed == ()
    assert found(win_http=win_http(0x28, 3, "p:80", "169.254.169.254;168.63.129.16")).swallowed == ()


@pytest.mark.parametrize(
    ("status", "blocked"),
    [
        (status, status in (407, 470, 502, 503, 504))
        for status in (200, 403, 406, 407, 408, 469, 470, 471, 500, 501, 502, 503, 504, 505)
    ],
)
def test_a_proxy_that_does_not_get_through(status: int, blocked: bool) -> None:
    assert bool(found(exchange(status), local_system=ON).blocked) is blocked


@pytest.mark.parametrize(("status", "blocked"), [(200, False), (399, False), (400, True), (403, True)])
def test_an_answer_without_the_services_certificate_is_perhaps_the_proxys_own(status: int, blocked: bool) -> None:
    perhaps = (f"p:80 (HTTP {status}, without the service's certificate: perhaps the proxy's own answer)",)
    assert found(exchange(status, None), local_system=ON).blocked == (perhaps if blocked else ())


@pytest.mark.parametrize(("past", "asked"), [("*.azure-automation.net", False), ("*.azure-automation.us", True)])
def test_a_proxy_that_the_service_goes_past_is_not_asked_for_it(past: str, asked: bool) -> None:
    settings = found(exchange(502), local_system=key(ProxyEnable=1, ProxyServer="p:80", ProxyOverride=past))
    assert (bool(settings.answers), bool(settings.blocked)) == (asked, asked)


@pytest.mark.parametrize(
    ("name", "secure", "plain"), [("HTTPS_PROXY", True, False), ("HTTP_PROXY", False, True), ("ALL_PROXY", True, True)]
)
def test_a_proxy_of_the_environment_is_for_one_scheme(name: str, secure: bool, plain: bool) -> None:
    settings = found(exchange(502), environment=key(**{name: "p:80"}))
    (place,) = settings.places
    assert (place.proxy is not None, place.plain is not None, place.socks) == (secure, plain, False)
    assert (bool(settings.blocked), bool(settings.swallowed)) == (secure, plain)


@pytest.mark.parametrize(
    ("past", "asked"),
    [
        (".azure-automation.net", False),
        ("azure-automation.net", False),
        ("localhost, azure-automation.net,169.254.169.254", False),
        (DEFAULT.split("/")[2], False),
        ("*", False),
        ("automation.net", True),
        ("net.example,,", True),
        ("", True),
    ],
)
def test_a_name_of_no_proxy_stands_for_those_below_it(past: str, asked: bool) -> None:
    environment = key(HTTPS_PROXY="p:80", NO_PROXY=past)
    assert bool(found(exchange(502), environment=environment).blocked) is asked


@pytest.mark.parametrize(
    ("servers", "socks"),
    [
        ("socks=p:1080", [True]),
        ("http=a:80;SOCKS=p:1080", [True]),
        ("https=a:443;socks=p:1080", [False]),
        ("a:80;socks=p:1080", [False]),
        ("ftp=p:21", []),
        ("socks=", []),
    ],
)
def test_a_socks_proxy_stands_in_where_there_is_none_for_https(servers: str, socks: list[bool]) -> None:
    settings = found(exchange(200), local_system=key(ProxyEnable=1, ProxyServer=servers))
    assert [place.socks for place in settings.places] == socks


def test_a_proxy_that_does_not_answer() -> None:
    assert found(exchange(None), local_system=ON).blocked == ("p:80 (no answer in time)",)


@pytest.mark.parametrize(
    ("worker", "url"),
    [
        (Absent(), DEFAULT),
        (DENIED, DEFAULT),
        (key(), DEFAULT),
        (key({"w": None}), DEFAULT),
        (key({"w": {"unreadable": {"id": "AccessDenied", "type": "x", "message": "x"}}}), DEFAULT),
        (key(JobRuntimeDataServiceUri="https://we.example/x"), "https://we.example/"),
    ],
)
def test_what_is_asked_through_a_proxy(worker: Answer[Key], url: str) -> None:
    asked: dict[HttpGet, Answer[Exchange]] = defaultdict(Absent)
    places: dict[str, Answer[Key]] = dict.fromkeys(PLACES, Absent())
    settings = proxy_settings(
        **{**places, "local_system": ON, "worker": worker, "environment": key(HTTP_PROXY="http=q:81")}, followed=asked
    )
    assert list(asked) == [HttpGet(url, proxy="p:80")]
    assert list(settings.answers) == ["p:80"]
    assert settings.blocked == ()
    settings.require_asked()


def test_what_could_not_be_asked_through_a_proxy_is_said() -> None:
    with pytest.raises(UnreadableFact, match=r"through the proxy p:80"):
        found(DENIED, local_system=ON).require_asked()


def test_a_proxy_that_could_not_be_tried_hides_no_other() -> None:
    places: dict[str, Answer[Key]] = dict.fromkeys(PLACES, Absent())
    settings = proxy_settings(
        **{**places, "win_http": win_http(0x18, 3), "local_system": key(ProxyEnable=1, ProxyServer="q:80")},
        followed={HttpGet(DEFAULT, proxy="p:80"): DENIED, HttpGet(DEFAULT, proxy="q:80"): exchange(502)},
    )
    assert settings.blocked == ("q:80 (HTTP 502)",)
