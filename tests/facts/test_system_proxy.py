"""The proxy of LocalSystem out of the registry's bytes and texts."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmready.facts.system_proxy import SystemProxy, system_proxy
from vmready.probes.answers import Absent, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Key


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


def test_a_proxy_for_another_scheme_is_none() -> None:
    assert system_proxy(Absent(), key(ProxyEnable=1, ProxyServer="socks=a:1080")).proxies == ()


def test_what_could_not_be_read_is_said() -> None:
    refused = Unreadable(Why(Reason.DENIED))
    assert system_proxy(refused, Absent()).unknown == "WinHTTP: access denied"
    assert system_proxy(Absent(), refused).unknown == "LocalSystem: access denied"
    assert "not understood" in system_proxy(key(WinHttpSettings=b"\x18\0"), Absent()).unknown
    assert "not understood" in system_proxy(Absent(), key(ProxyEnable=1, ProxyServer="a b:c")).unknown


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_said_not_to_be_understood(data: bytes) -> None:
    found = system_proxy(key(WinHttpSettings=data), Absent())
    assert isinstance(found.unknown, str)
