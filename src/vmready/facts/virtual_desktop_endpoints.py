"""The endpoints of Azure Virtual Desktop: the brokers that the registry names, and those that every session host needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urljoin, urlsplit

from vmready.facts import clouds
from vmready.facts.clouds import Cloud, Endpoint
from vmready.facts.reach import Reach, foreign_issuer, probes_of, reach
from vmready.facts.registry import FollowUp, Inputs, fact, plain_value
from vmready.facts.system_proxy import SystemProxy
from vmready.probes.answers import Answer, Observed
from vmready.probes.readings import Exchange, Key
from vmready.probes.readings import Tail as TailReading
from vmready.probes.vocabulary import HttpGet, Probe, RegistryKey, Tail

BROKERS = ("BrokerURI", "BrokerURIGlobal", "BrokerResourceIdURI", "BrokerResourceIdURIGlobal")
AGENT = RegistryKey(r"HKLM\SOFTWARE\Microsoft\RDInfraAgent", values=(*BROKERS, "DiagnosticsUri"))
TCPIP = RegistryKey(r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters", values=("DataBasePath",))
#: What the broker's page says; diagnostics and gateways have no such page.
HEALTHY = "RD Broker is Healthy"
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}", re.ASCII)


def _base(uri: str | None) -> str | None:
    """The address without doubt: https, a plain host name, a slash at the end. None where it is not one."""
    try:
        parts = urlsplit((uri or "").strip())
        sound = parts.scheme == "https" and _HOST.fullmatch(parts.hostname or "") and parts.port in (None, 443)
    except ValueError:
        return None
    return f"https://{parts.hostname}{parts.path.rstrip('/')}/" if sound and "@" not in parts.netloc else None


@dataclass(frozen=True, slots=True)
class BrokerHealth:
    """What one broker's health page said. ``failure`` is empty where it was healthy; ``doubt``: what may keep the agent from it all the same."""

    outcome: str
    failure: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Brokers:
    """The addresses that the registry names (as stored), and what their pages answered."""

    addresses: Mapping[str, str]
    proxy: SystemProxy
    followed: FollowUp

    def health(self, name: str) -> BrokerHealth:
        """The health of the broker under a value's name. UnreadableFact where it could not be asked."""
        base = _base(self.addresses[name])
        if base is None:
            return BrokerHealth(
                "no address", f"{name} is {'empty' if not self.addresses[name] else 'no https address'}"
            )
        failures = []
        for probe in _health_probes(base, self.proxy):
            answer: Answer[Exchange] = self.followed[probe]
            if probe.proxy != "none" and not isinstance(answer, Observed):
                continue
            exchange: Exchange = plain_value("brokers", probe, answer)
            if exchange.status == 200 and HEALTHY in exchange.body:
                issuer = foreign_issuer(exchange)
                doubt = (
                    f"its certificate comes from {issuer}: inspected TLS keeps the agent from working" if issuer else ""
                )
                return BrokerHealth("healthy", doubt=f"{name}: {doubt}" if doubt else "")
            other = "answers HTTP 200, but not as the broker does (a portal or TLS inspection in its place)"
            said = other if exchange.status == 200 else exchange.text
            failures.append(said if probe.proxy == "none" else f"through the proxy {probe.proxy}: {said}")
        failure = f"{name}: {base}api/health: {'; '.join(failures)}"
        if self.proxy.automatic:
            return BrokerHealth(
                "not reached directly", doubt=f"{failure}; what the proxy script of LocalSystem answers cannot be told"
            )
        return BrokerHealth("not healthy", failure)


def _health_probes(base: str, proxy: SystemProxy) -> Iterator[HttpGet]:
    for way in ("none", *proxy.for_host(urlsplit(base).hostname or "")):
        yield HttpGet(urljoin(base, "api/health"), proxy=way, body=4096)


def _addresses(agent: Key | None) -> Mapping[str, str]:
    """The broker values that are there. One that is not text reads as empty: it names no address."""
    return {name: agent.text(name) or "" for name in BROKERS if name in agent.values} if agent else {}


def _ask_brokers(agent: Key | None, system_proxy: SystemProxy) -> Iterator[Probe[Any]]:
    for address in _addresses(agent).values():
        base = _base(address)
        if base is not None:
            yield from _health_probes(base, system_proxy)


@fact(follow_up=_ask_brokers)
def brokers(agent: Annotated[Key | None, AGENT], system_proxy: SystemProxy, followed: FollowUp) -> Brokers:
    """The four broker addresses; which of them are there depends on the agent's age."""
    return Brokers(_addresses(agent), system_proxy, followed)


@dataclass(frozen=True, slots=True)
class DesktopEndpoints:
    """Every endpoint of the host's cloud by purpose, and what trying to reach each one gave, told when asked for."""

    cloud: Cloud
    endpoints: Mapping[str, tuple[Endpoint, ...]]
    wildcards: Mapping[str, str]
    proxy: SystemProxy
    followed: FollowUp
    hosts_file: Answer[TailReading]

    def reaches(self, purpose: str) -> tuple[Reach, ...]:
        """What was tried for a purpose. UnreadableFact where it could not be tried."""
        found = self.endpoints.get(purpose, ())
        return tuple(reach(endpoint, self.proxy, self.followed, "desktop_endpoints") for endpoint in found)

    def redirected(self, purpose: str) -> tuple[str, ...]:
        """The names of a purpose that the hosts file gives addresses to. UnreadableFact where it could not be read."""
        names = [endpoint.host for endpoint in self.endpoints.get(purpose, ()) if not endpoint.host[0].isdigit()]
        if not names:
            return ()
        tail: TailReading | None = plain_value("desktop_endpoints", _hosts_file(None, ()), self.hosts_file)
        if tail is None:
            return ()
        named = {
            name.lower() for line in (*tail.text.splitlines(), *tail.lines) for name in line.split("#")[0].split()[1:]
        }
        return tuple(name for name in names if name.lower() in named)


def _hosts_file(tcpip: Key | None, names: tuple[str, ...]) -> Tail:
    # Windows' own default where the value is gone; the folder can be moved.
    folder = (tcpip.text("DataBasePath") if tcpip else None) or r"%SystemRoot%\System32\drivers\etc"
    return Tail(folder.rstrip("\\") + r"\hosts", lines_with=names)


def _named(agent: Key | None) -> tuple[str, ...]:
    """The hosts that the agent was told to use, each once."""
    uris = [agent.text(name) for name in (*BROKERS, "DiagnosticsUri")] if agent else []
    bases = [base for uri in uris if (base := _base(uri)) is not None]
    return tuple(dict.fromkeys(urlsplit(base).hostname or "" for base in bases))


def _cloud(agent: Key | None, inputs: Inputs) -> Cloud:
    of_brokers = (clouds.of_broker(host) for host in _named(agent))
    cloud = next((cloud for cloud in of_brokers if cloud is not None), None) or clouds.of_inputs(inputs)
    if cloud is None:
        text = f"which cloud the host is in: no broker's address tells; give the input cloud ({', '.join(Cloud)})"
        raise clouds.not_known("desktop_endpoints", text)
    return cloud


def _endpoints(agent: Key | None, inputs: Inputs) -> Mapping[str, tuple[Endpoint, ...]]:
    found = {purpose: (endpoint,) for purpose, endpoint in clouds.VIRTUAL_DESKTOP[_cloud(agent, inputs)].items()}
    return {**found, "service": tuple(Endpoint(host) for host in _named(agent))}


def _names(agent: Key | None, inputs: Inputs) -> tuple[str, ...]:
    return tuple(e.host for es in _endpoints(agent, inputs).values() for e in es if not e.host[0].isdigit())


def _ask_endpoints(
    agent: Key | None, tcpip: Key | None, inputs: Inputs, system_proxy: SystemProxy
) -> Iterator[Probe[Any]]:
    for endpoints in _endpoints(agent, inputs).values():
        for endpoint in endpoints:
            yield from probes_of(endpoint, system_proxy)
    yield _hosts_file(tcpip, _names(agent, inputs))


@fact(follow_up=_ask_endpoints)
def desktop_endpoints(
    agent: Annotated[Key | None, AGENT],
    tcpip: Annotated[Key | None, TCPIP],
    inputs: Inputs,
    system_proxy: SystemProxy,
    followed: FollowUp,
) -> DesktopEndpoints:
    """The endpoints of the host's cloud, which its brokers' names tell, else the inputs."""
    cloud = _cloud(agent, inputs)
    hosts_file = followed[_hosts_file(tcpip, _names(agent, inputs))]
    wildcards = clouds.VIRTUAL_DESKTOP_WILDCARDS[cloud]
    return DesktopEndpoints(cloud, _endpoints(agent, inputs), wildcards, system_proxy, followed, hosts_file)
