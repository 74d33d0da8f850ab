"""The WireServer 168.63.129.16, the agent's way to the platform: its ports and its list of versions, asked from inside the machine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from vmready.facts.registry import fact, plain_value
from vmready.probes.answers import Answer, Observed
from vmready.probes.readings import Connection, Exchange
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import HttpGet, Service, TcpConnect

ADDRESS = "168.63.129.16"
HTTP, HOST_PLUGIN, OBSOLETE = TcpConnect(ADDRESS, 80), TcpConnect(ADDRESS, 32526), TcpConnect(ADDRESS, 443)
#: Without a proxy: a proxy's page with status 200 would look like success.
VERSIONS = HttpGet(f"http://{ADDRESS}/?comp=versions", body=4096)
#: Where it enforces, only the agent itself is let through; PowerShell gets 401 or 403.
PROXY_AGENT = Service("GuestProxyAgent")
#: The document's root, after an XML declaration and comments.
_ROOT = re.compile(r"\ufeff?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:[\w.-]+:)?Versions[\s/>]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tried:
    """One question to the WireServer. ``failure`` is empty where it was answered as it should.

    ``policy``: it was refused to us, but perhaps not to the agent.
    """

    outcome: str
    failure: str = ""
    policy: bool = False


@dataclass(frozen=True, slots=True)
class WireServer:
    """What the WireServer answered. Each question stands alone: one that could not be asked makes only its own item undetermined."""

    ports: Mapping[int, Answer[Connection]]
    versions_answer: Answer[Exchange]
    proxy_agent: Answer[ServiceReading]

    def port(self, port: int) -> Tried:
        """A TCP connection to 80 or 32526. UnreadableFact where it could not be tried."""
        connection: Connection = plain_value("wire_server", TcpConnect(ADDRESS, port), self.ports[port])
        failure = "" if connection.connected else f"{ADDRESS}:{port} is not reached: {connection.text}"
        return Tried(connection.outcome, failure)

    @property
    def taken_over(self) -> bool:
        """Whether GuestProxyAgent runs, which takes connections to the WireServer over. False also where that is not known."""
        return isinstance(self.proxy_agent, Observed) and self.proxy_agent.value.running

    def versions(self) -> Tried:
        """GET ``/?comp=versions``: status 200 with a Versions document. UnreadableFact where it could not be tried."""
        exchange: Exchange = plain_value("wire_server", VERSIONS, self.versions_answer)
        asked = f"GET {VERSIONS.url}"
        if not exchange.answered:
            return Tried(exchange.outcome, f"{asked}: {exchange.text}")
        if exchange.status == 200:
            document = _ROOT.match(exchange.body) is not None
            other = f"{asked} answers 200, but with no Versions document: something else answers in its place"
            return Tried("Versions" if document else "another document", "" if document else other)
        policy = exchange.status in (401, 403) and self._proxy_agent_runs()
        return Tried(f"HTTP {exchange.status}", f"{asked} answers HTTP {exchange.status}", policy)

    def _proxy_agent_runs(self) -> bool:
        service: ServiceReading | None = plain_value("wire_server", PROXY_AGENT, self.proxy_agent)
        return service is not None and service.running


@fact
def wire_server(
    http: Annotated[Answer[Connection], HTTP],
    host_plugin: Annotated[Answer[Connection], HOST_PLUGIN],
    versions: Annotated[Answer[Exchange], VERSIONS],
    proxy_agent: Annotated[Answer[ServiceReading], PROXY_AGENT],
) -> WireServer:
    """Ports 80 and 32526 and the list of versions."""
    return WireServer({80: http, 32526: host_plugin}, versions, proxy_agent)


@fact
def wire_server_443(connection: Annotated[Connection, OBSOLETE]) -> Connection:
    """Port 443, which documents of old name; nothing is known to listen there."""
    return connection
