"""The proxy that programs of LocalSystem use: what WinHTTP and that account's internet settings say."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated

from vmready.facts.registry import fact
from vmready.facts.settings import setting
from vmready.probes.answers import Answer, Observed, Unreadable
from vmready.probes.readings import Key, Value
from vmready.probes.vocabulary import RegistryKey

_SETTINGS = r"Microsoft\Windows\CurrentVersion\Internet Settings"
WIN_HTTP = RegistryKey("HKLM\\SOFTWARE\\" + _SETTINGS + r"\Connections", values=("WinHttpSettings",), cut_userinfo=True)
LOCAL_SYSTEM = RegistryKey(
    "HKU\\S-1-5-18\\Software\\" + _SETTINGS,
    values=("ProxyEnable", "ProxyServer", "ProxyOverride", "AutoConfigURL"),
    cut_userinfo=True,
)
#: Flags of stored settings; 1 is a direct connection, which stands beside the others.
WITH_PROXY, WITH_SCRIPT, AUTO_DETECT = 2, 4, 8
_ADDRESS = re.compile(r"(?:[a-z]+://)?(?:[^@/]*@)?([A-Za-z0-9._-]+:[0-9]{1,5})/?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy's ``host:port`` and the patterns of names that go past it."""

    address: str
    bypass: tuple[str, ...]

    def used_for(self, host: str) -> bool:
        """Whether a request to this host goes through it. ``<local>`` stands for names without a dot."""
        past = "<local>" in self.bypass and "." not in host
        return not past and not any(fnmatchcase(host.lower(), pattern) for pattern in self.bypass)


@dataclass(frozen=True, slots=True)
class SystemProxy:
    """``proxies``: those of WinHTTP and LocalSystem, each once. ``automatic``: a script (PAC) decides, of which a guest cannot tell the answer.

    ``unknown``: what could not be read or understood; empty where everything was.
    """

    proxies: tuple[Proxy, ...] = ()
    automatic: bool = False
    unknown: str = ""

    def for_host(self, host: str) -> tuple[str, ...]:
        """The addresses of the proxies that a request to this host would go through."""
        return tuple(proxy.address for proxy in self.proxies if proxy.used_for(host))


@fact
def system_proxy(
    win_http: Annotated[Answer[Key], WIN_HTTP], local_system: Annotated[Answer[Key], LOCAL_SYSTEM]
) -> SystemProxy:
    """Both settings together. Never unreadable itself: most of what asks for it is decided without a proxy."""
    unknown = [
        f"{name}: {answer.why}"
        for name, answer in (("WinHTTP", win_http), ("LocalSystem", local_system))
        if isinstance(answer, Unreadable)
    ]
    found: dict[str, Proxy] = {}
    automatic = False
    if isinstance(win_http, Observed) and "WinHttpSettings" in win_http.value.values:
        try:
            stored = stored_settings(win_http.value.values["WinHttpSettings"])
        except ValueError:
            unknown.append("WinHTTP: WinHttpSettings is not understood")
        else:
            automatic = bool(stored.flags & WITH_SCRIPT)
            _add(found, stored.servers, stored.bypass, unknown)
    if isinstance(local_system, Observed):
        key = local_system.value
        automatic = automatic or bool(key.text("AutoConfigURL"))
        enabled = setting(key, "ProxyEnable")
        if enabled.wrong_type:
            unknown.append(f"LocalSystem: ProxyEnable is {enabled}")
        if enabled.number:
            _add(found, key.text("ProxyServer") or "", key.text("ProxyOverride") or "", unknown)
    return SystemProxy(tuple(found.values()), automatic, "; ".join(unknown))


@dataclass(frozen=True, slots=True)
class Stored:
    """Settings in the layout that WinHTTP and the internet settings of an account share."""

    version: int
    flags: int
    servers: str
    bypass: str


def stored_settings(value: Value) -> Stored:
    """Version, counter and flags as numbers, then servers and bypass list, each after its length. ValueError for anything else."""
    if value.type != "REG_BINARY":
        raise ValueError("not binary")
    data = bytes.fromhex(str(value.data))
    try:
        version, _, flags = struct.unpack_from("<III", data)
        servers, at = _counted(data, 12)
        bypass, _ = _counted(data, at)
    except struct.error:
        raise ValueError("too short") from None
    return Stored(version, flags, servers, bypass)


def _counted(data: bytes, at: int) -> tuple[str, int]:
    length = struct.unpack_from("<I", data, at)[0]
    text = data[at + 4 : at + 4 + length]
    if len(text) != length or not (decoded := text.decode("latin-1")).isprintable():
        raise ValueError("no text of that length")
    return decoded, at + 4 + length


def _add(found: dict[str, Proxy], servers: str, bypass: str, unknown: list[str]) -> None:
    try:
        proxy = proxy_of(servers, bypass)
    except ValueError as error:
        unknown.append(str(error))
    else:
        if proxy is not None:
            found.setdefault(proxy.address, proxy)


def proxy_of(servers: str, bypass: str, scheme: str = "https") -> Proxy | None:
    """The proxy for a scheme out of ``host:port`` or ``http=host:port;https=host:port``; the first of several.

    None where none is named; ValueError where what is named is no address.
    """
    by_scheme: dict[str, str] = {}
    for part in re.split(r"[;\s]+", servers.strip()):
        name, equals, address = part.partition("=")
        by_scheme.setdefault(name.lower() if equals else "*", address if equals else name)
    chosen = by_scheme.get(scheme) or by_scheme.get("*")
    if not chosen:
        return None
    match = _ADDRESS.fullmatch(chosen)
    if match is None:
        raise ValueError("a proxy's address is not understood")
    return Proxy(match[1].lower(), tuple(pattern.lower() for pattern in re.split(r"[;\s]+", bypass) if pattern))
