"""The update server (WSUS) that policy names: what its settings amount to, and whether it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from vmready.facts.registry import FollowUp, fact, plain_value
from vmready.facts.system_proxy import SystemProxy
from vmready.facts.windows_update_policy import AUTOMATIC, POLICY, ServerSettings, ServerState, server_settings
from vmready.probes.answers import Observed
from vmready.probes.readings import Key
from vmready.probes.vocabulary import HttpGet, Probe

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}", re.ASCII)


@dataclass(frozen=True, slots=True)
class UpdateServer:
    """``unreached``: addresses of an update server in use that did not answer, each with what happened; ``not_addresses``: settings that
    name no server."""

    settings: ServerSettings
    unreached: tuple[str, ...]
    not_addresses: tuple[str, ...]


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
    return tuple(HttpGet(url, proxy=way) for way in ("none", *proxy.for_host(urlsplit(url).hostname or "")))


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
    unreached, not_addresses = [], []
    for text in _in_use(settings):
        requests = _requests(text, system_proxy)
        if not requests:
            not_addresses.append(text[:100])
            continue
        answers = [followed[request] for request in requests]
        if any(isinstance(answer, Observed) and answer.value.answered for answer in answers):
            continue
        straight = plain_value("update_server", requests[0], answers[0])
        unreached.append(f"{requests[0].url} ({straight.text})")
    return UpdateServer(settings, tuple(unreached), tuple(not_addresses))
