"""The update server (WSUS) that policy names: what its settings amount to, and whether it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlsplit

from vmready.facts.reach import perhaps_proxy, refused_by_proxy, refused_on_the_way
from vmready.facts.registry import FollowUp, UnreadableFact, fact, plain_value
from vmready.facts.system_proxy import SystemProxy
from vmready.facts.windows_update_policy import AUTOMATIC, POLICY, ServerSettings, ServerState, server_settings
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Exchange, Key
from vmready.probes.vocabulary import HttpGet, Probe

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}", re.ASCII)


@dataclass(frozen=True, slots=True)
class UpdateServer:
    """``unreached``: addresses of an update server in use that did not answer, each with what happened; ``perhaps``: those of them that a
    proxy script may know a way to; ``not_addresses``: settings that name no server. ``detours``: what answered one way only, or perhaps not
    itself: Windows Update may go the other way; ``untried``: why such a way is not known, or could not be tried."""

    settings: ServerSettings
    unreached: tuple[str, ...]
    perhaps: tuple[str, ...]
    not_addresses: tuple[str, ...]
    detours: tuple[str, ...] = ()
    untried: Why | None = None

    def require_ways(self) -> None:
        """UnreadableFact where the way that Windows Update goes to a server that answers is not known, or could not be tried."""
        if self.untried is not None:
            raise UnreadableFact("update_server", self.untried)


def address(text: str) -> str | None:
    """``scheme://host:port/`` of a server's setting; None where it is no such address."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        return None
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}/"


def _in_use(settings: ServerSettings) -> tuple[str, ...]:
    if settings.state is not ServerState.EFFECTIVE:
        return ()
    return tuple(dict.fromkeys(text for text in (settings.server, settings.status_server) if text))


def _requests(text: str, proxy: SystemProxy) -> tuple[HttpGet, ...]:
    url = address(text)
    if url is None:
        return ()
    parts = urlsplit(url)
    return tuple(HttpGet(url, proxy=way) for way in ("none", *proxy.for_host(parts.hostname or "", parts.scheme)))


def _ask(policy: Key | None, automatic: Key | None, system_proxy: SystemProxy) -> Iterator[Probe[Any]]:
    for text in _in_use(server_settings(policy, automatic)):
        yield from _requests(text, system_proxy)


@fact(follow_up=_ask)
def update_server(
    policy: Annotated[Key | None, POLICY],
    automatic: Annotated[Key | None, AUTOMATIC],
    system_proxy: SystemProxy,
    followed: FollowUp,
) -> UpdateServer:
    """The server is asked only where it is in use; any HTTP status shows that it is there."""
    settings = server_settings(policy, automatic)
    unreached: list[str] = []
    not_addresses: list[str] = []
    detours: list[str] = []
    untried: list[Why] = []
    for text in _in_use(settings):
        requests = _requests(text, system_proxy)
        if not requests:
            not_addresses.append(text[:100])
            continue
        if any(_answered(request, followed[request]) for request in requests):
            detours += _detours(requests, followed)
            untried += (answer.why for request in requests[1:] if isinstance(answer := followed[request], Unreadable))
            if system_proxy.unknown:
                why = f"{requests[0].url} answers, and the proxy of LocalSystem is not known: {system_proxy.unknown}"
                untried.append(Why(Reason.FAILED, "ProxyUnknown", why))
            continue
        straight, *_ = [plain_value("update_server", request, followed[request]) for request in requests]
        said = f"{requests[0].url} ({straight.text})"
        if system_proxy.unknown:
            why = f"{said} does not answer directly, and the proxy of LocalSystem is not known: {system_proxy.unknown}"
            raise UnreadableFact("update_server", Why(Reason.FAILED, "ProxyUnknown", why))
        unreached.append(said)
    found = UpdateServer(
        settings, tuple(unreached), (), tuple(not_addresses), tuple(detours), next(iter(untried), None)
    )
    return replace(found, unreached=(), perhaps=found.unreached) if system_proxy.automatic else found


def _detours(requests: tuple[HttpGet, ...], followed: FollowUp) -> Iterator[str]:
    """Of a server that answered: the proxies that Windows Update may go through and that did not, or perhaps not, get through to it."""
    straight, *through = requests
    for request in through:
        answer: Answer[Exchange] = followed[request]
        if not isinstance(answer, Observed):
            continue
        if not _answered(request, answer):
            if _answered(straight, followed[straight]):
                said = f"{request.url} answers directly, but not through the proxy {request.proxy} of LocalSystem"
                yield f"{said} ({answer.value.text})"
        elif said := perhaps_proxy(request.url, answer.value):
            yield (
                f"through the proxy {request.proxy} {said} is answered for {request.url}, without its certificate: it may be the proxy's own answer"
            )


def _answered(request: HttpGet, answer: Answer[Exchange]) -> bool:
    """Whether the server itself answered, not a proxy that did not get through to it."""
    if not isinstance(answer, Observed) or not answer.value.answered:
        return False
    refused = refused_on_the_way if request.proxy == "none" else refused_by_proxy
    return not refused(answer.value)
