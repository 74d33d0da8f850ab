"""Every place where a proxy of the machine or of LocalSystem can be set, what it means for the agent, and whether it lets Azure's own
addresses pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import Annotated, Any

from vmready.facts.reach import perhaps_proxy, refused_by_proxy
from vmready.facts.registry import FollowUp, UnreadableFact, fact
from vmready.facts.settings import setting
from vmready.facts.system_proxy import (
    AUTO_DETECT,
    CONNECTIONS,
    LOCAL_SYSTEM,
    MACHINE,
    PER_USER,
    WIN_HTTP,
    WITH_PROXY,
    WITH_SCRIPT,
    Proxy,
    Stored,
    account_settings,
    no_texts,
    proxy_of,
    socks_of,
    win_http_settings,
)
from vmready.facts.update_management_endpoints import WORKER, host_of
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Exchange, Key
from vmready.probes.vocabulary import HttpGet, Probe, RegistryKey

ENVIRONMENT = RegistryKey(
    r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment",
    values=("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    cut_userinfo=True,
)
#: Azure's instance metadata service and WireServer: a request to them has to leave the machine without a proxy.
AZURE_ADDRESSES = ("169.254.169.254", "168.63.129.16")
#: Asked through the proxies where the worker's registration names no endpoint.
_ASKED = "eus2-jobruntimedata-prod-su1.azure-automation.net"


@dataclass(frozen=True, slots=True)
class Place:
    """One setting. ``proxy`` for HTTPS and ``plain`` for HTTP, None where it names none. ``script``: a proxy script decides;
    ``detects``: the network is asked for one; ``socks``: it names a SOCKS proxy, which some programs take where there is none for HTTPS."""

    name: str
    proxy: Proxy | None = None
    plain: Proxy | None = None
    script: bool = False
    detects: bool = False
    socks: bool = False


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """``places``: every setting that says something else than "direct". ``unknown``: what could not be read or understood.

    ``answers``: for each proxy that requests to the service (``asked``; the document's own endpoint where no other is known) go through,
    what it said.
    """

    places: tuple[Place, ...]
    unknown: tuple[str, ...]
    answers: Mapping[str, Answer[Exchange]]
    asked: str

    @property
    def proxies(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.proxy or place.plain)

    @property
    def swallowed(self) -> tuple[str, ...]:
        """Azure's addresses that a proxy stands before, with the place of the setting."""
        return tuple(
            f"{address} ({place.name})"
            for place in self.proxies
            for address in AZURE_ADDRESSES
            if place.plain and place.plain.used_for(address)
        )

    @property
    def blocked(self) -> tuple[str, ...]:
        """Proxies through which the service is not reached, or perhaps not."""
        found = []
        for address, answer in self.answers.items():
            if not isinstance(answer, Observed):
                continue
            if not answer.value.answered or refused_by_proxy(answer.value):
                found.append(f"{address} ({answer.value.text})")
            elif said := perhaps_proxy(self.asked, answer.value):
                found.append(f"{address} ({said}, without the service's certificate: perhaps the proxy's own answer)")
        return tuple(found)

    def require_asked(self) -> None:
        """UnreadableFact where it could not be tried whether a proxy leads to the service."""
        for address, answer in self.answers.items():
            if isinstance(answer, Unreadable):
                raise UnreadableFact("proxy_settings", answer.why, f"the service through the proxy {address}")

    def require_known(self) -> None:
        """UnreadableFact where a setting could not be read or understood."""
        if self.unknown:
            raise UnreadableFact("proxy_settings", Why(Reason.FAILED, "NotUnderstood", "; ".join(self.unknown)))


def _places(
    win_http: Answer[Key],
    local_system: Answer[Key],
    connections: Answer[Key],
    machine: Answer[Key],
    per_user: Answer[Key],
    environment: Answer[Key],
) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    unknown: list[str] = []
    named = {
        "WinHTTP": win_http,
        "LocalSystem": local_system,
        "LocalSystem's connections": connections,
        "the machine's internet settings": machine,
        "the policy ProxySettingsPerUser": per_user,
        "the machine's environment": environment,
    }
    for name, answer in named.items():
        if isinstance(answer, Unreadable):
            unknown.append(f"{name}: {answer.why}")
    places: list[Place] = []
    if isinstance(win_http, Observed):
        places += _of_win_http(win_http.value, unknown)
    if isinstance(per_user, Observed) and (policy := setting(per_user.value, "ProxySettingsPerUser")).wrong_type:
        unknown.append(f"the policy ProxySettingsPerUser is {policy}")
    # With this policy every account uses the machine's settings; without it nobody does.
    whole_machine = isinstance(per_user, Observed) and setting(per_user.value, "ProxySettingsPerUser").number == 0
    source, name = (machine, "the machine's internet settings") if whole_machine else (local_system, "LocalSystem")
    if isinstance(source, Observed):
        places += _of_settings(source.value, name, unknown)
    if isinstance(connections, Observed) and not whole_machine:
        of_values = {(place.proxy, place.plain) for place in places if place.name == name}
        places += (p for p in _of_connections(connections.value, unknown) if _other(p, of_values))
    if isinstance(environment, Observed):
        places += _of_environment(environment.value, unknown)
    return tuple(places), tuple(unknown)


def _of_win_http(key: Key, unknown: list[str]) -> Iterator[Place]:
    if "WinHttpSettings" not in key.values:
        return
    try:
        yield from _of_stored("WinHTTP", win_http_settings(key.values["WinHttpSettings"]), unknown)
    except ValueError:
        unknown.append("WinHTTP: the bytes of WinHttpSettings are not understood")


def _of_settings(key: Key, name: str, unknown: list[str]) -> Iterator[Place]:
    enabled = setting(key, "ProxyEnable")
    unknown += no_texts(name, key)
    if key.text("AutoConfigURL"):
        yield Place(name, script=True)
    if enabled.wrong_type:
        unknown.append(f"{name}: ProxyEnable is {enabled}")
    if enabled.number:
        yield from _named(name, key.text("ProxyServer") or "", key.text("ProxyOverride") or "", unknown)


def _of_connections(key: Key, unknown: list[str]) -> Iterator[Place]:
    """``DefaultConnectionSettings``: what programs of the account go by; the values beside it are for those of old."""
    value = key.values.get("DefaultConnectionSettings")
    if value is None:
        return
    try:
        yield from _of_stored("LocalSystem's connections", account_settings(value), unknown)
    except ValueError:
        unknown.append("LocalSystem's connections: the bytes of DefaultConnectionSettings are not understood")


def _other(place: Place, known: Set[tuple[Proxy | None, Proxy | None]]) -> bool:
    """Whether it says something else than the values of the same account, which mostly say the same once more."""
    return place.script or place.detects or (place.proxy, place.plain) not in known


def _of_stored(name: str, stored: Stored, unknown: list[str]) -> Iterator[Place]:
    if stored.flags & WITH_PROXY:
        yield from _named(name, stored.servers, stored.bypass, unknown)
    if stored.flags & WITH_SCRIPT:
        yield Place(name, script=True)
    if stored.flags & AUTO_DETECT:
        yield Place(name, detects=True)


def _of_environment(key: Key, unknown: list[str]) -> Iterator[Place]:
    # A name there stands for those below it as well, with a dot before it or without.
    past = (key.text("NO_PROXY") or "").replace(",", " ").split()
    bypass = ";".join(pattern for name in past for pattern in (name, f"*.{name.lstrip('.')}"))
    # Each of the first two is for one scheme alone.
    for name, secure, plain in (("HTTPS_PROXY", True, False), ("HTTP_PROXY", False, True), ("ALL_PROXY", True, True)):
        if text := (key.text(name) or "").strip():
            for place in _named(f"the environment's {name}", text, bypass, unknown):
                yield replace(place, proxy=place.proxy if secure else None, plain=place.plain if plain else None)


def _named(name: str, servers: str, bypass: str, unknown: list[str]) -> Iterator[Place]:
    try:
        proxy, plain = proxy_of(servers, bypass), proxy_of(servers, bypass, "http")
    except ValueError as error:
        unknown.append(f"{name}: {error}")
        return
    socks = proxy is None and socks_of(servers)
    if proxy or plain or socks:
        yield Place(name, proxy, plain, socks=socks)


def _target(worker: Answer[Key]) -> str:
    return (host_of(worker.value) if isinstance(worker, Observed) else None) or _ASKED


def _requests(places: tuple[Place, ...], worker: Answer[Key]) -> dict[str, HttpGet]:
    host = _target(worker)
    through = (place.proxy for place in places if place.proxy and place.proxy.used_for(host))
    return {proxy.address: HttpGet(_url(host), proxy=proxy.address) for proxy in through}


def _url(host: str) -> str:
    return f"https://{host}/"


def _ask(
    win_http: Answer[Key],
    local_system: Answer[Key],
    connections: Answer[Key],
    machine: Answer[Key],
    per_user: Answer[Key],
    environment: Answer[Key],
    worker: Answer[Key],
) -> Iterator[Probe[Any]]:
    places, _ = _places(win_http, local_system, connections, machine, per_user, environment)
    yield from _requests(places, worker).values()


@fact(follow_up=_ask)
def proxy_settings(
    win_http: Annotated[Answer[Key], WIN_HTTP],
    local_system: Annotated[Answer[Key], LOCAL_SYSTEM],
    connections: Annotated[Answer[Key], CONNECTIONS],
    machine: Annotated[Answer[Key], MACHINE],
    per_user: Annotated[Answer[Key], PER_USER],
    environment: Annotated[Answer[Key], ENVIRONMENT],
    worker: Annotated[Answer[Key], WORKER],
    followed: FollowUp,
) -> ProxySettings:
    """All settings, decoded from what is stored: no translated text of a program decides."""
    places, unknown = _places(win_http, local_system, connections, machine, per_user, environment)
    answers = {address: followed[request] for address, request in _requests(places, worker).items()}
    return ProxySettings(places, unknown, answers, _url(_target(worker)))
