"""The proxy of LocalSystem out of the registry's bytes and texts."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmready.facts.system_proxy import Stored, SystemProxy, proxy_of, stored_settings, system_proxy
from vmready.probes.answers import Absent, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Key, Value


def key(**values: object) -> Observed[Key]:
    typed = {
        name: {"type": "REG_BINARY", "data": value.hex()} if isinstance(value, bytes)
        else {"type": "REG_DWORD" if isinstance(value, int) else "REG_SZ", "data": value}
        for name, value in values.items()
    }  # fmt: skip
    return Observed(Key.read({"values": typed, "keys": {}, "more": False}))


def win_http(servers: str, bypass: str = "") -> bytes:
    parts = [struct.pack("<III", 0x28, 7, 3)]
    parts += [struct.pack("<I", len(text)) + text.encode() for text in (servers, bypass)]
    return b"".join(parts)


@pytest.mark.parametrize(
    "raw", ["1800000000000000010000000000000000000000", "2800000000000000010000000000000000000000"]
)
def test_direct_access_as_windows_writes_it(raw: str) -> None:
    """Never set, and reset."""
    assert system_proxy(key(WinHttpSettings=bytes.fromhex(raw)), Absent()) == SystemProxy()


def test_no_settings_at_all_are_direct_access() -> None:
    assert system_proxy(Absent(), Absent()) == SystemProxy()
    assert system_proxy(key(), key()) == SystemProxy()


def test_a_proxy_with_names_that_go_past_it() -> None:
    found = system_proxy(key(WinHttpSettings=win_http("proxy.example:3128", "<local>;*.contoso.com;10.*")), Absent())
    assert found.for_host("login.microsoftonline.com") == ("proxy.example:3128",)
    assert found.for_host("a.CONTOSO.com") == ()
    assert found.for_host("10.1.2.3") == ()


def test_one_proxy_from_two_places_is_one() -> None:
    found = system_proxy(key(WinHttpSettings=win_http("P.example:80")), key(ProxyEnable=1, ProxyServer="p.example:80"))
    assert [proxy.address for proxy in found.proxies] == ["p.example:80"]


def test_one_proxy_from_two_places_keeps_what_goes_past_it_in_each() -> None:
    for bypass, override in (("a.example", ""), ("", "a.example"), ("a.example", "b.example")):
        there = key(ProxyEnable=1, ProxyServer="p.example:80", ProxyOverride=override)
        found = system_proxy(key(WinHttpSettings=win_http("p.example:80", bypass)), there)
        assert (found.for_host("a.example"), found.for_host("x")) == (("p.example:80",), ("p.example:80",))
    there = key(ProxyEnable=1, ProxyServer="p.example:80", ProxyOverride="A.example")
    assert system_proxy(key(WinHttpSettings=win_http("p.example:80", "a.example")), there).for_host("a.example") == ()


@pytest.mark.parametrize(
    ("servers", "plain", "secure"),
    [("http=a:80;https=b:443", ("a:80",), ("b:443",)), ("http=a:80", ("a:80",), ()), ("https=b:443", (), ("b:443",))],
)
def test_the_proxy_for_http_is_another_than_that_for_https(
    servers: str, plain: tuple[str, ...], secure: tuple[str, ...]
) -> None:
    found = system_proxy(Absent(), key(ProxyEnable=1, ProxyServer=servers))
    assert (found.for_host("x", "http"), found.for_host("x")) == (plain, secure)


def test_what_is_no_address_is_told_once() -> None:
    assert system_proxy(Absent(), key(ProxyEnable=1, ProxyServer="a")).unknown == "a proxy's address is not understood"


@pytest.mark.parametrize(
    ("servers", "address"),
    [
        ("http=a:80;https=b:443", "b:443"),
        ("http://c:8080", "c:8080"),
        ("http=a:80 https=http://b:443/", "b:443"),
        ("******@d:8080", "d:8080"),
    ],
)
def test_forms_of_an_address(servers: str, address: str) -> None:
    assert system_proxy(Absent(), key(ProxyEnable=1, ProxyServer=servers)).for_host("x") == (address,)


@pytest.mark.parametrize(
    ("servers", "plain", "secure"),
    [
        ("a:80", "a:80", "a:80"),
        ("http=a:80;https=b:443", "a:80", "b:443"),
        ("HTTP=a:80", "a:80", None),
        ("https=b:443", None, "b:443"),
        ("a:80;https=b:443", "a:80", "b:443"),
        (" a:80 ", "a:80", "a:80"),
        ("https=;a:80", "a:80", "a:80"),
        ("a:80 b:80;https=c:1;https=d:1", "a:80", "c:1"),
        ("", None, None),
        (" ", None, None),
    ],
)
def test_a_proxy_for_each_scheme(servers: str, plain: str | None, secure: str | None) -> None:
    found = (proxy_of(servers, "", "http"), proxy_of(servers, ""))
    assert tuple(proxy and proxy.address for proxy in found) == (plain, secure)


@pytest.mark.parametrize("servers", ["a", "a:", ":80", "a:123456", "a:80/path", "a b:80", "a:80x", "ä:80"])
def test_what_is_no_address_is_not_taken_for_one(servers: str) -> None:
    with pytest.raises(ValueError, match="not understood"):
        proxy_of(servers, "")


@pytest.mark.parametrize(
    ("bypass", "past", "not_past"),
    [
        ("", (), ("wsus", "a.contoso.com")),
        ("<local>", ("wsus",), ("a.contoso.com", "10.0.0.4")),
        ("<LOCAL>", ("wsus",), ("a.contoso.com",)),
        (
            "*.contoso.com;  10.* \r\n x.y",
            ("a.contoso.com", "A.CONTOSO.COM", "10.0.0.4", "x.y"),
            ("contoso.com", "wsus"),
        ),
        (" ; ;*.Contoso.com", ("a.contoso.com",), ("", "wsus")),
    ],
)
def test_names_that_go_past_a_proxy(bypass: str, past: tuple[str, ...], not_past: tuple[str, ...]) -> None:
    proxy = proxy_of("p:80", bypass)
    assert proxy is not None
    assert [host for host in (*past, *not_past) if not proxy.used_for(host)] == list(past)


@pytest.mark.parametrize(
    ("tail", "texts"),
    [
        (b"\0" * 8, ("", "")),
        (b"\3\0\0\0a:1\0\0\0\0", ("a:1", "")),
        (b"\3\0\0\0a:1\2\0\0\0x\xe9", ("a:1", "x\xe9")),
        (b"\3\0\0\0a:1\1\0\0\0xyz", ("a:1", "x")),
        (b"\0\0\0", None),
        (b"\0" * 4, None),
        (b"\0" * 7, None),
        (b"\4\0\0\0a:1", None),
        (b"\3\0\0\0a:1\2", None),
        (b"\3\0\0\0a:1\2\0\0\0x", None),
        (b"\3\0\0\0a\n1\0\0\0\0", None),
        (b"\1\0\0\0a\1\0\0\0\0", None),
    ],
)
def test_settings_as_they_are_stored(tail: bytes, texts: tuple[str, str] | None) -> None:
    data = struct.pack("<III", 0x28, 7, 13) + tail
    if texts is None:
        with pytest.raises(ValueError, match=r"too short|no text"):
            stored_settings(Value("REG_BINARY", data.hex()))
    else:
        assert stored_settings(Value("REG_BINARY", data.hex())) == Stored(0x28, 13, *texts)
        with pytest.raises(ValueError, match="not binary"):
            stored_settings(Value("REG_SZ", data.hex()))


@pytest.mark.parametrize(("flags", "automatic"), [(1, False), (4, True), (5, True), (8, False)])
def test_a_script_of_win_http_may_know_another_way(flags: int, automatic: bool) -> None:
    data = struct.pack("<IIIII", 0x28, 7, flags, 0, 0)
    assert system_proxy(key(WinHttpSettings=data), Absent()) == SystemProxy(automatic=automatic)
    assert system_proxy(key(WinHttpSettings=data), key(AutoConfigURL="http://wpad/")).automatic


@pytest.mark.parametrize(
    ("version", "flags", "servers", "understood"),
    [
        (0x18, 1, "", True),
        (0x28, 1, "", True),
        (0x28, 1, " ", True),
        (0x46, 1, "", False),
        (0x28, 0, "", False),
        (0x28, 1, "p:80", False),
        (0x28, 3, "", False),
        (0x28, 3, " ", False),
        (0x28, 3, "p:80", True),
    ],
)
def test_settings_of_win_http_that_contradict_themselves_are_not_known(
    version: int, flags: int, servers: str, understood: bool
) -> None:
    texts = struct.pack("<I", len(servers)) + servers.encode() + struct.pack("<I", 0)
    found = system_proxy(key(WinHttpSettings=struct.pack("<III", version, 7, flags) + texts), Absent())
    assert found.unknown == ("" if understood else "WinHttpSettings is not understood")
    assert found.for_host("x") == (("p:80",) if understood and servers.strip() else ())


@pytest.mark.parametrize(
    ("flags", "servers", "understood", "used"),
    [
        (1, "", True, False),
        (1, "p:80", True, False),
        (9, "p:80", True, False),
        (0, "", False, False),
        (3, "", False, False),
        (3, "p:80", True, True),
    ],
)
def test_settings_of_an_account_that_contradict_themselves_are_not_known(
    flags: int, servers: str, understood: bool, used: bool
) -> None:
    texts = struct.pack("<I", len(servers)) + servers.encode() + struct.pack("<I", 0)
    stored = key(DefaultConnectionSettings=struct.pack("<III", 0x46, 7, flags) + texts)
    found = system_proxy(Absent(), Absent(), stored)
    assert found.unknown == ("" if understood else "DefaultConnectionSettings is not understood")
    assert found.for_host("x") == (("p:80",) if used else ())


def test_what_is_not_understood_in_one_place_hides_no_other() -> None:
    stored = key(DefaultConnectionSettings=struct.pack("<III", 0x46, 7, 3) + win_http("p:80")[12:])
    found = system_proxy(key(WinHttpSettings=b"damaged"), Absent(), stored)
    assert found.unknown == "WinHttpSettings is not understood"
    assert found.for_host("x") == ("p:80",)


@pytest.mark.parametrize(
    ("values", "unknown"),
    [
        ({"AutoConfigURL": 1}, "LocalSystem: AutoConfigURL is REG_DWORD instead of text"),
        ({"ProxyServer": 1}, ""),
        ({"ProxyServer": 1, "ProxyEnable": 0}, ""),
        ({"ProxyServer": 1, "ProxyEnable": 1}, "LocalSystem: ProxyServer is REG_DWORD instead of text"),
        ({"ProxyServer": "p:80", "ProxyEnable": "1"}, "LocalSystem: ProxyEnable is REG_SZ '1' instead of a number"),
    ],
)
def test_settings_of_another_type_are_not_known(values: dict[str, Any], unknown: str) -> None:
    assert system_proxy(Absent(), key(**values)) == SystemProxy(unknown=unknown)


@pytest.mark.parametrize(
    ("per_user", "unknown"),
    [
        ("0", "the policy ProxySettingsPerUser is REG_SZ '0' instead of a number"),
        (1, ""),
        (0, ""),
    ],
)
def test_whose_settings_count_is_told_by_a_number(per_user: Any, unknown: str) -> None:
    found = system_proxy(Absent(), Absent(), per_user=key(ProxySettingsPerUser=per_user))
    assert found == SystemProxy(unknown=unknown)


def test_a_script_may_know_another_way() -> None:
    assert system_proxy(Absent(), key(AutoConfigURL="http://wpad/wpad.dat")) == SystemProxy(automatic=True)
    assert system_proxy(Absent(), key(AutoConfigURL="")) == SystemProxy()


def test_every_number_but_0_switches_the_proxy_on() -> None:
    assert system_proxy(Absent(), key(ProxyEnable=0, ProxyServer="a:80")) == SystemProxy()
    for number in (1, 2, 0xFFFFFFFF):
        assert system_proxy(Absent(), key(ProxyEnable=number, ProxyServer="a:80")).for_host("x") == ("a:80",)
    assert "ProxyEnable is REG_SZ" in system_proxy(Absent(), key(ProxyEnable="1", ProxyServer="a:80")).unknown


def test_a_proxy_for_another_scheme_is_none() -> None:
    assert system_proxy(Absent(), key(ProxyEnable=1, ProxyServer="socks=a:1080")).proxies == ()


def test_what_could_not_be_read_is_said() -> None:
    refused = Unreadable(Why(Reason.DENIED))
    assert system_proxy(refused, Absent()).unknown == "WinHTTP: access denied"
    assert system_proxy(Absent(), refused).unknown == "LocalSystem: access denied"
    assert "not understood" in system_proxy(key(WinHttpSettings=b"\x18\0"), Absent()).unknown
    assert "not understood" in system_proxy(Absent(), key(ProxyEnable=1, ProxyServer="a b:c")).unknown
    assert "not understood" in system_proxy(key(WinHttpSettings=7), Absent()).unknown
    assert system_proxy(refused, refused).unknown == "WinHTTP: access denied; LocalSystem: access denied"


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_said_not_to_be_understood(data: bytes) -> None:
    found = system_proxy(key(WinHttpSettings=data), Absent())
    assert isinstance(found.unknown, str)


ON = key(ProxyEnable=1, ProxyServer="p:80")
WHOLE, EACH = key(ProxySettingsPerUser=0), key(ProxySettingsPerUser=1)
REFUSED = Unreadable(Why(Reason.DENIED))


def connections(flags: int, servers: str = "") -> Observed[Key]:
    packed = struct.pack("<IIII", 0x46, 3, flags, len(servers)) + servers.encode() + struct.pack("<I", 0)
    return key(DefaultConnectionSettings=packed)


@pytest.mark.parametrize(
    ("settings", "addresses", "automatic", "unknown"),
    [
        # LocalSystem's connections, the machine's settings, and the policy that puts these in the place of every account's.
        ((Absent(), connections(3, "c:80"), ON, Absent()), ["c:80"], False, ""),
        ((ON, connections(3, "c:80"), Absent(), Absent()), ["c:80", "p:80"], False, ""),
        ((Absent(), connections(1, "c:80"), ON, Absent()), [], False, ""),
        ((Absent(), connections(5), ON, Absent()), [], True, ""),
        ((Absent(), connections(5, "c:80"), ON, Absent()), [], True, ""),
        ((Absent(), connections(9), ON, EACH), [], False, ""),
        ((Absent(), key(Other=1), ON, Absent()), [], False, ""),
        ((Absent(), connections(3, "c:80"), ON, WHOLE), ["p:80"], False, ""),
        ((ON, connections(5), key(AutoConfigURL="http://wpad/"), WHOLE), [], True, ""),
        ((ON, connections(5), Absent(), WHOLE), [], False, ""),
        ((ON, Absent(), ON, EACH), ["p:80"], False, ""),
        (
            (Absent(), key(DefaultConnectionSettings=b"x"), Absent(), Absent()),
            [],
            False,
            "DefaultConnectionSettings is not",
        ),
        ((Absent(), REFUSED, Absent(), Absent()), [], False, "LocalSystem's connections: access denied"),
        ((Absent(), REFUSED, Absent(), WHOLE), [], False, ""),
        ((REFUSED, Absent(), Absent(), WHOLE), [], False, ""),
        ((Absent(), Absent(), REFUSED, WHOLE), [], False, "the machine: access denied"),
        ((Absent(), Absent(), REFUSED, Absent()), [], False, ""),
        ((Absent(), Absent(), Absent(), REFUSED), [], False, "the policy ProxySettingsPerUser: access denied"),
        ((Absent(), Absent(), key(ProxyEnable="1"), WHOLE), [], False, "the machine: ProxyEnable is REG_SZ"),
    ],
)
def test_whose_settings_count(settings: tuple[Any, ...], addresses: list[str], automatic: bool, unknown: str) -> None:
    found = system_proxy(Absent(), *settings)
    assert [proxy.address for proxy in found.proxies] == addresses
    assert found.automatic is automatic
    assert unknown in found.unknown
    assert bool(unknown) is bool(found.unknown)


def test_what_is_not_understood_of_one_setting_leaves_the_other() -> None:
    found = system_proxy(key(WinHttpSettings=b"x"), Absent(), connections(3, "c:80"))
    assert found.for_host("x") == ("c:80",)
    assert found.unknown == "WinHttpSettings is not understood"
