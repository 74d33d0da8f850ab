"""The endpoints of Azure Virtual Desktop: the brokers that the registry names, and those that every session host needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urljoin, urlsplit

from vmready.facts import clouds
from vmready.facts.clouds import Cloud, Endpoint
from vmready.facts.good_signs import names_of, of_agent
from vmready.facts.reach import Reach, foreign_issuer, past_proxies, probes_of, reach, require_known, require_ways
from vmready.facts.registry import FollowUp, Inputs, UnreadableFact, fact, plain_value
from vmready.facts.system_proxy import SystemProxy
from vmready.probes.answers import Answer, Observed, Reason, Why
from vmready.probes.readings import EventLog, Exchange, Key
from vmready.probes.readings import Tail as TailReading
from vmready.probes.vocabulary import Events, HttpGet, Probe, RegistryKey, Tail

BROKERS = ("BrokerURI", "BrokerURIGlobal", "BrokerResourceIdURI", "BrokerResourceIdURIGlobal")
AGENT = RegistryKey(r"HKLM\SOFTWARE\Microsoft\RDInfraAgent", values=(*BROKERS, "DiagnosticsUri"))
TCPIP = RegistryKey(r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters", values=("DataBasePath",))
#: The addresses that the agent reached (3701) or did not (3702), those of its region among them.
REPORTED = Events("Application", ids=(3701, 3702), newest=20)
_AT_MOST = 8
#: The metadata service, which no proxy can ask for a machine.
METADATA = "169.254.169.254"
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
        healthy, direct, doubts, failures, by_proxies, unread = False, False, [], [], [], []
        for probe in _health_probes(base, self.proxy):
            answer: Answer[Exchange] = self.followed[probe]
            through = "" if probe.proxy == "none" else f"through the proxy {probe.proxy}: "
            if not isinstance(answer, Observed) or _stalled(answer.value):
                unread.append(probe)
            elif _healthy(answer.value):
                healthy, direct = True, direct or not through
                issuer = foreign_issuer(answer.value)
                if issuer:
                    doubts.append(f"its certificate comes from {issuer}: inspected TLS keeps the agent from working")
            else:
                said = f"{through}{_instead(answer.value)}"
                failures.append(said)
                if through:
                    by_proxies.append(said)
        script = "what the proxy script of LocalSystem answers cannot be told"
        if healthy:
            # One way that leads there is not all: the agent goes by the proxy of LocalSystem.
            asked = f"healthy when asked {'directly' if direct else 'through a proxy'}"
            self._require_ways([probe for probe in unread if probe.proxy != "none"], f"{name}: {asked}")
            doubts += [f"healthy, but {failure}" for failure in by_proxies]
            doubts += [f"{asked}; {script}"] if self.proxy.automatic else []
            return BrokerHealth("healthy", doubt=f"{name}: {'; '.join(doubts)}" if doubts else "")
        failure = f"{name}: {base}api/health: {'; '.join(failures)}"
        self._require_ways(unread, failure)
        if self.proxy.automatic:
            return BrokerHealth("not reached directly", doubt=f"{failure}; {script}")
        return BrokerHealth("not healthy", failure)

    def _require_ways(self, unread: Sequence[HttpGet], said: str) -> None:
        """UnreadableFact where a way could not be tried, or is not known: it may be the one that leads there."""
        for probe in unread:
            plain_value("brokers", probe, self.followed[probe])
            raise UnreadableFact(
                "brokers", Why(Reason.FAILED, "Stalled", "the page did not come to its end"), str(probe)
            )
        require_known(self.proxy, said, "brokers")


def _healthy(exchange: Exchange) -> bool:
    return exchange.status == 200 and HEALTHY in exchange.body


def _stalled(exchange: Exchange) -> bool:
    """Whether a page that may still say that the broker is healthy stopped on its way."""
    return exchange.status == 200 and exchange.cut and HEALTHY not in exchange.body


def _instead(exchange: Exchange) -> str:
    """What a page said that is not the broker's."""
    if exchange.status != 200:
        return exchange.text
    issuer = foreign_issuer(exchange)
    instead = f"TLS inspection, its certificate comes from {issuer}" if issuer else "a portal in its place"
    return f"answers HTTP 200, but not as the broker does ({instead})"


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
    log: Answer[EventLog]

    def reaches(self, purpose: str) -> tuple[Reach, ...]:
        """What was tried for a purpose. UnreadableFact where it could not be tried."""
        found = self.endpoints.get(purpose, ())
        return tuple(reach(endpoint, self.proxy, self.followed, "desktop_endpoints") for endpoint in found)

    def redirected(self, purpose: str) -> tuple[str, ...]:
        """The lines of the hosts file that give an address to a name of a purpose, also to one that its wildcard stands for.

        Empty where the file could not be read: :meth:`require_hosts_file` tells that.
        """
        names, domains = self._named(purpose)
        tail = self.hosts_file.value if isinstance(self.hosts_file, Observed) else None
        if tail is None:
            return ()
        found = dict.fromkeys(
            " ".join(line.split())[:200]
            for line in (*tail.lines, *tail.text.splitlines()[1 if tail.inside else 0 :])
            for name in (word.rstrip(".") for word in line.split("#")[0].lower().split()[1:])
            if name in names or name.endswith(domains)
        )
        return tuple(found)

    def require_hosts_file(self, purpose: str) -> None:
        """UnreadableFact where the hosts file could not be read to its beginning, and the purpose has names."""
        if any(self._named(purpose)):
            probe = _hosts_file(None, ())
            tail: TailReading | None = plain_value("desktop_endpoints", probe, self.hosts_file)
            if tail is not None and not tail.whole:
                why = Why(Reason.FAILED, "Cut", "the hosts file holds more than could be searched")
                raise UnreadableFact("desktop_endpoints", why, str(probe))

    def past_proxies(self, purpose: str) -> Iterator[str]:
        """What of a purpose is reached, but not, or perhaps not, as LocalSystem goes. UnreadableFact where that is not known."""
        if purpose == "metadata":
            require_known(self.proxy, f"{METADATA} is reached directly", "desktop_endpoints")
            for address in self.proxy.for_host(METADATA, "http"):
                yield f"the proxy {address} of LocalSystem has no exception for {METADATA}, which is not reached through any"
            if self.proxy.automatic:
                yield f"{METADATA} is reached directly; what the proxy script of LocalSystem answers cannot be told"
        reaches = self.reaches(purpose)
        require_ways(reaches, self.proxy, self.followed, "desktop_endpoints")
        yield from past_proxies(reaches, self.proxy, self.followed)

    def gaps(self, purpose: str) -> Iterator[str]:
        """Names that were not tried, and what was not looked for in a long hosts file, in words."""
        reported = _reported(self.log, clouds.domains_of(self.wildcards.get(purpose, "")))
        untried = set(reported) - {endpoint.host for endpoint in self.endpoints.get(purpose, ())}
        if untried:
            yield f"of the names that the agent reported {len(untried)} were not tried"
        tail = self.hosts_file.value if isinstance(self.hosts_file, Observed) else None
        if tail is not None and not tail.begins and any(self._named(purpose)):
            text = "only names in lower case were looked for"
            yield f"the hosts file has {tail.length} bytes: before its last {tail.length - tail.start} {text}"

    def _named(self, purpose: str) -> tuple[frozenset[str], tuple[str, ...]]:
        """A purpose's names in lower case, and the domains of its wildcards."""
        names = {e.host.lower() for e in self.endpoints.get(purpose, ()) if _is_name(e)}
        return frozenset(names), clouds.domains_of(self.wildcards.get(purpose, ""))


def _is_name(endpoint: Endpoint) -> bool:
    """Whether it is asked for by name: the hosts file has no say in addresses."""
    return not endpoint.host.replace(".", "").isdigit()


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


def _reported(log: Answer[EventLog], domains: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a wildcard's domains that the agent reported, those of events of unreached ones first."""
    events = log.value.events if isinstance(log, Observed) else ()
    ordered = sorted(filter(of_agent, events), key=lambda event: event.id, reverse=True)
    named = (name for event in ordered for name in names_of(event))
    return tuple(dict.fromkeys(name for name in named if name.endswith(domains)))


def _endpoints(agent: Key | None, inputs: Inputs, log: Answer[EventLog]) -> Mapping[str, tuple[Endpoint, ...]]:
    """By purpose. Wildcards cannot be asked: the names that the registry and the agent's events give stand in for them."""
    cloud = _cloud(agent, inputs)
    found: dict[str, tuple[Endpoint, ...]] = {
        purpose: (endpoint,) for purpose, endpoint in clouds.VIRTUAL_DESKTOP[cloud].items()
    }
    for purpose, wildcard in clouds.VIRTUAL_DESKTOP_WILDCARDS[cloud].items():
        # Anybody can write to that log: only few are tried.
        reported = _reported(log, clouds.domains_of(wildcard))[:_AT_MOST]
        hosts = (*(_named(agent) if purpose == "service" else ()), *reported)
        found[purpose] = tuple(Endpoint(host) for host in dict.fromkeys(hosts))
    return found


def _names(agent: Key | None, inputs: Inputs, log: Answer[EventLog]) -> tuple[str, ...]:
    """What is looked for in the hosts file: every name, and the domain of every wildcard."""
    names = [e.host for es in _endpoints(agent, inputs, log).values() for e in es if _is_name(e)]
    wildcards = clouds.VIRTUAL_DESKTOP_WILDCARDS[_cloud(agent, inputs)].values()
    return tuple(dict.fromkeys((*names, *(domain for each in wildcards for domain in clouds.domains_of(each)))))


def _ask_endpoints(
    agent: Key | None, tcpip: Key | None, log: Answer[EventLog], inputs: Inputs, system_proxy: SystemProxy
) -> Iterator[Probe[Any]]:
    for endpoints in _endpoints(agent, inputs, log).values():
        for endpoint in endpoints:
            yield from probes_of(endpoint, system_proxy)
    yield _hosts_file(tcpip, _names(agent, inputs, log))


@fact(follow_up=_ask_endpoints)
def desktop_endpoints(
    agent: Annotated[Key | None, AGENT],
    tcpip: Annotated[Key | None, TCPIP],
    log: Annotated[Answer[EventLog], REPORTED],
    inputs: Inputs,
    system_proxy: SystemProxy,
    followed: FollowUp,
) -> DesktopEndpoints:
    """The endpoints of the host's cloud, which its brokers' names tell, else the inputs."""
    cloud = _cloud(agent, inputs)
    hosts_file = followed[_hosts_file(tcpip, _names(agent, inputs, log))]
    wildcards = clouds.VIRTUAL_DESKTOP_WILDCARDS[cloud]
    return DesktopEndpoints(cloud, _endpoints(agent, inputs, log), wildcards, system_proxy, followed, hosts_file, log)
