"""The proxy that programs of LocalSystem use: what WinHTTP and that account's internet settings say."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated

from vmready.facts.registry import fact
from vmready.facts.settings import setting
from vmready.probes.answers import Absent, Answer, Observed, Unreadable
from vmready.probes.readings import Key, Value
from vmready.probes.vocabulary import RegistryKey

_SETTINGS = r"Microsoft\Windows\CurrentVersion\Internet Settings"
WIN_HTTP = RegistryKey("HKLM\\SOFTWARE\\" + _SETTINGS + r"\Connections", values=("WinHttpSettings",), cut_userinfo=True)
_VALUES = ("ProxyEnable", "ProxyServer", "ProxyOverride", "AutoConfigURL")
LOCAL_SYSTEM = RegistryKey("HKU\\S-1-5-18\\Software\\" + _SETTINGS, values=_VALUES, cut_userinfo=True)
#: The same settings once more, in bytes: what programs of the account go by.
CONNECTIONS = RegistryKey(
    "HKU\\S-1-5-18\\Software\\" + _SETTINGS + r"\Connections", values=("DefaultConnectionSettings",), cut_userinfo=True
)
#: Those of the machine stand in the place of every account's where policy says so.
MACHINE = RegistryKey("HKLM\\SOFTWARE\\" + _SETTINGS, values=_VALUES, cut_userinfo=True)
PER_USER = RegistryKey("HKLM\\SOFTWARE\\Policies\\" + _SETTINGS, values=("ProxySettingsPerUser",))
#: Flags of stored settings; 1 is a direct connection, which stands beside the others.
WITH_PROXY, WITH_SCRIPT, AUTO_DETECT = 2, 4, 8
_WIN_HTTP_VERSIONS = (0x18, 0x28)
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

    ``unknown``: what could not be read or understood; empty where everything was. ``plain``: the proxies for http, where those are for https.
    """

    proxies: tuple[Proxy, ...] = ()
    automatic: bool = False
    unknown: str = ""
    plain: tuple[Proxy, ...] = ()

    def for_host(self, host: str, scheme: str = "https") -> tuple[str, ...]:
        """The addresses of the proxies that a request to this host would go through, each once."""
        named = self.plain if scheme == "http" else self.proxies
        return tuple(dict.fromkeys(proxy.address for proxy in named if proxy.used_for(host)))


@fact
def system_proxy(
    win_http: Annotated[Answer[Key], WIN_HTTP],
    local_system: Annotated[Answer[Key], LOCAL_SYSTEM],
    connections: Annotated[Answer[Key], CONNECTIONS] = Absent(),  # noqa: B008  frozen
    machine: Annotated[Answer[Key], MACHINE] = Absent(),  # noqa: B008
    per_user: Annotated[Answer[Key], PER_USER] = Absent(),  # noqa: B008
) -> SystemProxy:
    """All settings together. Never unreadable itself: most of what asks for it is decided without a proxy."""
    # With this policy every account uses the machine's settings; without it nobody does.
    whole_machine = isinstance(per_user, Observed) and setting(per_user.value, "ProxySettingsPerUser").number == 0
    name, texts = ("the machine", machine) if whole_machine else ("LocalSystem", local_system)
    binary = {"WinHttpSettings": win_http}
    if not whole_machine:
        binary["DefaultConnectionSettings"] = connections
    named = {"WinHTTP": win_http, name: texts, **({} if whole_machine else {"LocalSystem's connections": connections})}
    named["the policy ProxySettingsPerUser"] = per_user
    unknown = [f"{whose}: {answer.why}" for whose, answer in named.items() if isinstance(answer, Unreadable)]
    if isinstance(per_user, Observed) and (policy := setting(per_user.value, "ProxySettingsPerUser")).wrong_type:
        unknown.append(f"the policy ProxySettingsPerUser is {policy}")
    lists: list[tuple[str, str]] = []
    automatic = False
    for value, answer in binary.items():
        if not isinstance(answer, Observed) or value not in answer.value.values:
            continue
        try:
            stored = (win_http_settings if answer is win_http else account_settings)(answer.value.values[value])
        except ValueError:
            unknown.append(f"{value} is not understood")
            continue
        automatic = automatic or bool(stored.flags & WITH_SCRIPT)
        # An account keeps the name of a proxy that it has switched off.
        if stored.flags & WITH_PROXY:
            lists.append((stored.servers, stored.bypass))
    if isinstance(texts, Observed):
        key = texts.value
        automatic = automatic or bool(key.text("AutoConfigURL"))
        enabled = setting(key, "ProxyEnable")
        unknown += no_texts(name, key)
        if enabled.wrong_type:
            unknown.append(f"{name}: ProxyEnable is {enabled}")
        if enabled.number:
            lists.append((key.text("ProxyServer") or "", key.text("ProxyOverride") or ""))
    proxies, plain = (_named(lists, scheme, unknown) for scheme in ("https", "http"))
    return SystemProxy(proxies, automatic, "; ".join(dict.fromkeys(unknown)), plain)


def no_texts(name: str, key: Key) -> Iterator[str]:
    """Which settings of an account that count are of another type than text."""
    enabled = setting(key, "ProxyEnable").number
    for text in ("AutoConfigURL", *(["ProxyServer"] if enabled else [])):
        if text in key.values and key.text(text) is None:
            yield f"{name}: {text} is {key.values[text].type} instead of text"


@dataclass(frozen=True, slots=True)
class Stored:
    """Settings in the layout that WinHTTP and the internet settings of an account share."""

    version: int
    flags: int
    servers: str
    bypass: str


def win_http_settings(value: Value) -> Stored:
    """``WinHttpSettings``. ValueError for another version, or where flags and names contradict each other."""
    stored = account_settings(value)
    if stored.version not in _WIN_HTTP_VERSIONS:
        raise ValueError("another version")
    if stored.servers.strip() and not stored.flags & WITH_PROXY:
        raise ValueError("a contradiction")
    return stored


def account_settings(value: Value) -> Stored:
    """``DefaultConnectionSettings``. ValueError where the flags say nothing, or a proxy of which there is no name."""
    stored = stored_settings(value)
    if not stored.flags or (stored.flags & WITH_PROXY and not stored.servers.strip()):
        raise ValueError("a contradiction")
    return stored


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


def _named(lists: list[tuple[str, str]], scheme: str, unknown: list[str]) -> tuple[Proxy, ...]:
    """The proxies for a scheme out of lists of servers, each with its own names that go past it."""
    found: dict[Proxy, None] = {}
    for servers, bypass in lists:
        try:
            proxy = proxy_of(servers, bypass, scheme)
        except ValueError as error:
            unknown.append(str(error))
        else:
            found.update({} if proxy is None else {proxy: None})
    return tuple(found)


def socks_of(servers: str) -> bool:
    """Whether a SOCKS proxy is named, which stands in where none is named for a scheme."""
    return bool(_by_scheme(servers).get("socks"))


def _by_scheme(servers: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in re.split(r"[;\s]+", servers.strip()):
        name, equals, address = part.partition("=")
        found.setdefault(name.lower() if equals else "*", address if equals else name)
    return found


def proxy_of(servers: str, bypass: str, scheme: str = "https") -> Proxy | None:
    """The proxy for a scheme out of ``host:port`` or ``http=host:port;https=host:port``; the first of several.

    None where none is named; ValueError where what is named is no address.
    """
    by_scheme = _by_scheme(servers)
    chosen = by_scheme.get(scheme) or by_scheme.get("*")
    if not chosen:
        return None
    match = _ADDRESS.fullmatch(chosen)
    if match is None:
        raise ValueError("a proxy's address is not understood")
    return Proxy(match[1].lower(), tuple(pattern.lower() for pattern in re.split(r"[;\s]+", bypass) if pattern))
