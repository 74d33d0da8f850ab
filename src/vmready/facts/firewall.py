"""Whether the Windows Firewall lets the Azure guest agent reach the WireServer: rules and defaults out of the registry, evaluated here.

The registry says in seconds what the cmdlets say in minutes, policies of a domain and of a management service included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Annotated, Any

from vmready.facts.firewall_rules import Connection, Fit, NotRule, Rule, fits, parse
from vmready.facts.guest_agent_versions import program_of
from vmready.facts.proven import proven
from vmready.facts.registry import FollowUp, Inputs, UnreadableFact, fact, plain_value
from vmready.facts.services import GUEST_AGENT, RD_AGENT, told
from vmready.facts.wire_server import ADDRESS, WireServer
from vmready.probes.answers import Answer, Observed, Reason, Why
from vmready.probes.readings import Instances, Key
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import Probe, RegistryKey, Service, Wmi

_LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
_SETTINGS = ("EnableFirewall", "DefaultOutboundAction", "AllowLocalPolicyMerge")
#: The three stores of rules: the machine's own, a domain's policy, a management service's. Policies do not give way to the machine's.
STORES: Mapping[str, str] = {
    "local": _LOCAL + r"\FirewallRules",
    "policy": _POLICY + r"\FirewallRules",
    "management": _LOCAL + r"\Mdm\FirewallRules",
}
#: The profiles with the keys of their settings: policies first, as they win, a domain's before a management service's (UNSURE where both
#: set the same). "Standard" is what private was called; which of the two names a management service's key has is UNSURE, too.
PROFILES: Mapping[str, tuple[str, ...]] = {
    "domain": (_POLICY + r"\DomainProfile", _LOCAL + r"\Mdm\DomainProfile", _LOCAL + r"\DomainProfile"),
    "private": (
        _POLICY + r"\PrivateProfile",
        _POLICY + r"\StandardProfile",
        _LOCAL + r"\Mdm\PrivateProfile",
        _LOCAL + r"\Mdm\StandardProfile",
        _LOCAL + r"\StandardProfile",
    ),
    "public": (_POLICY + r"\PublicProfile", _LOCAL + r"\Mdm\PublicProfile", _LOCAL + r"\PublicProfile"),
}
CATEGORIES = Wmi("MSFT_NetConnectionProfile", ("InterfaceAlias", "NetworkCategory"), r"root\StandardCimv2")
_CATEGORY = {0: "public", 1: "private", 2: "domain"}
FIREWALL_SERVICE = Service("MpsSvc")
PORTS = (80, 32526)
#: The agent's programs with the services that they run as.
_AGENT = {"waappagent.exe": "rdagent", "windowsazureguestagent.exe": "windowsazureguestagent"}
_NAME = "firewall"
Answers = Mapping[Probe[Any], Answer[Key]]


def _rules_of(action: str) -> tuple[RegistryKey, ...]:
    """Up to 200,000 rules stand there on session hosts: only those that can matter are told."""
    wanted = ("Active=TRUE", "Dir=Out", f"Action={action}")
    return tuple(RegistryKey(path, contains=wanted) for path in STORES.values())


def _settings_of(path: str) -> RegistryKey:
    return RegistryKey(path, values=_SETTINGS)


def _profile_keys(_: Inputs) -> tuple[RegistryKey, ...]:
    return tuple(dict.fromkeys(_settings_of(path) for paths in PROFILES.values() for path in paths))


def _block_keys(_: Inputs) -> tuple[RegistryKey, ...]:
    return _rules_of("Block")


@dataclass(frozen=True, slots=True)
class Way:
    """The way out to one port under one profile. ``blocked`` and ``perhaps``: by what, in words; both empty: open."""

    blocked: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


def _category(value: object) -> str:
    """The profile of a network's category; empty for whatever is none."""
    return _CATEGORY.get(value, "") if type(value) is int else ""


@dataclass(frozen=True, slots=True)
class Firewall:
    """Settings, rules and active profiles. Each question raises UnreadableFact where what decides could not be read."""

    settings: Answers
    blocks: Answers
    allows: Answers
    categories: Answer[Instances]
    service: Answer[ServiceReading]
    wire_server: WireServer
    #: The program that each of the agent's services runs, with its path (lower case), by its name; none where that is not known.
    images: Mapping[str, str]

    def problems(self) -> tuple[str, ...]:
        """What blocks the agent. UnreadableFact where nothing does, by what could be read, and something could not be."""
        return proven(self._blocked, self._another_filter, self._read_service)

    def _blocked(self) -> Iterator[str]:
        for port in PORTS:
            ways = self.ways(port)
            if all(way.blocked for way in ways.values()):
                yield from (
                    f"{text} ({profile} profile, port {port})" for profile, way in ways.items() for text in way.blocked
                )

    def doubts(self) -> Iterator[str]:
        """Rules that may concern the agent, and profiles of which only one blocks."""
        for port in PORTS:
            ways = self.ways(port)
            for profile, way in ways.items():
                yield from (f"{text} may concern the agent ({profile} profile, port {port})" for text in way.perhaps)
                if not all(other.blocked for other in ways.values()):
                    yield from (f"{text} (in the {profile} profile only, port {port})" for text in way.blocked)
        service: ServiceReading | None = plain_value(_NAME, FIREWALL_SERVICE, self.service)
        if service is None or not service.running:
            state = "absent" if service is None else service.state_text
            yield f"the firewall's service MpsSvc is {state}: what filters then cannot be told by its rules"

    def cause(self, port: int) -> str | None:
        """What blocks a port, for another finding's text; empty where nothing does, None where that is not known."""
        try:
            return "; ".join(dict.fromkeys(text for way in self.ways(port).values() for text in way.blocked))
        except UnreadableFact:
            return None

    def _another_filter(self) -> str:
        """A refused connection without a rule that explains it: a filter below the firewall, which no rule shows."""
        for port in PORTS:
            answer = self.wire_server.ports[port]
            if isinstance(answer, Observed) and answer.value.outcome == "forbidden":
                text = f"a connection to port {port} is refused on the machine (10013), but by no rule that fits: another filter"
                raise UnreadableFact(_NAME, Why(Reason.UNSUPPORTED, "OtherFilter", text))
        return ""

    def _read_service(self) -> str:
        told(_NAME, plain_value(_NAME, FIREWALL_SERVICE, self.service), "state")
        return ""

    def profiles(self) -> tuple[str, ...]:
        """The profiles that networks of the machine are in; all three where that is not told."""
        rows = self.categories.value.instances if isinstance(self.categories, Observed) else ()
        found = dict.fromkeys(_category(row.get("NetworkCategory")) for row in rows)
        return tuple(found) if found and "" not in found else tuple(PROFILES)

    def ways(self, port: int) -> Mapping[str, Way]:
        """The way out to a port of the WireServer, by profile."""
        connection = self._connection(port, *_AGENT)
        return {profile: self._way(profile, connection) for profile in self.profiles()}

    def _connection(self, port: int, *programs: str) -> Connection:
        names, services = frozenset(programs), frozenset(_AGENT[program] for program in programs)
        images = frozenset(path for program, path in self.images.items() if program in names)
        return Connection(IPv4Address(ADDRESS), port, names, services, images)

    def _way(self, profile: str, connection: Connection) -> Way:
        if self._setting(profile, "EnableFirewall") == 0:
            return Way()
        blocking: dict[Fit, list[str]] = {fit: [] for fit in Fit}
        for name, fit in self._matching(self.blocks, profile, connection, "block"):
            blocking[fit].append(name)
        blocked = tuple(f"the rule {name} blocks" for name in blocking[Fit.YES])
        perhaps = tuple(f"the rule {name}" for name in blocking[Fit.PERHAPS])
        if self._setting(profile, "DefaultOutboundAction") == 1:
            # Each program needs a permission: one that names the other does not let it out.
            match min(self._allowed(profile, self._connection(connection.port, program)) for program in _AGENT):
                case Fit.NO:
                    blocked = (*blocked, "what no rule allows is blocked by default, and none allows this")
                case Fit.PERHAPS:
                    perhaps = (*perhaps, "the default that blocks what no rule surely allows")
        if not blocked:
            self._require(self.blocks, profile)
        return Way(blocked, perhaps)

    def _allowed(self, profile: str, connection: Connection) -> Fit:
        self._require(self.allows, profile)
        matching = self._matching(self.allows, profile, connection, "allow", "bypass")
        return max((fit for _, fit in matching), default=Fit.NO)

    def _setting(self, profile: str, name: str) -> int | None:
        """A profile's setting: that of the first key that has it as a number, as Windows takes it; None where none has."""
        for path in PROFILES[profile]:
            probe = _settings_of(path)
            key: Key | None = plain_value(_NAME, probe, self.settings[probe])
            number = key.number(name) if key is not None else None
            if number is not None:
                return number
        return None

    def _counting(self, answers: Answers, profile: str) -> Iterator[tuple[RegistryKey, str, Answer[Key]]]:
        """The stores that count in a profile: a policy can leave the machine's own rules out."""
        own = self._setting(profile, "AllowLocalPolicyMerge") != 0
        for probe, answer in answers.items():
            assert isinstance(probe, RegistryKey)
            store = next(name for name, path in STORES.items() if path == probe.path)
            if own or probe.path != STORES["local"]:
                yield probe, store, answer

    def _require(self, answers: Answers, profile: str) -> None:
        """UnreadableFact where a store could not be read whole."""
        for probe, _, answer in self._counting(answers, profile):
            key: Key | None = plain_value(_NAME, probe, answer)
            if key is not None and key.more:
                raise UnreadableFact(
                    _NAME, Why(Reason.FAILED, "Cut", "there are more rules than are looked at"), str(probe)
                )

    def _matching(
        self, answers: Answers, profile: str, connection: Connection, *actions: str
    ) -> Iterator[tuple[str, Fit]]:
        """The rules of these actions by name, and whether they concern the connection. One that is not understood perhaps does."""
        for _, store, answer in self._counting(answers, profile):
            for value_name, value in answer.value.values.items() if isinstance(answer, Observed) else ():
                try:
                    rule: Rule = parse(value.text or "")
                except NotRule:
                    yield f"{value_name[:80]} ({store}; not understood)", Fit.PERHAPS
                    continue
                if rule.action not in actions:
                    continue
                if rule.profiles() and profile not in rule.profiles():
                    continue
                yield f"“{rule.name or value_name[:80]}” ({store})", fits(rule, connection)


def _ask_for_allowing_rules(settings: Answers) -> Iterator[Probe[Any]]:
    """Rules that allow matter only where the default blocks."""
    for answer in settings.values():
        if isinstance(answer, Observed) and answer.value.number("DefaultOutboundAction") == 1:
            yield from _rules_of("Allow")
            return


@fact(follow_up=_ask_for_allowing_rules)
def firewall(
    settings: Annotated[Any, _profile_keys],
    blocks: Annotated[Any, _block_keys],
    categories: Annotated[Answer[Instances], CATEGORIES],
    service: Annotated[Answer[ServiceReading], FIREWALL_SERVICE],
    wire_server: WireServer,
    rd_agent: Annotated[Answer[ServiceReading], RD_AGENT],
    guest_agent: Annotated[Answer[ServiceReading], GUEST_AGENT],
    followed: FollowUp,
) -> Firewall:
    """The Windows Firewall, as far as it concerns the agent's way to the WireServer. Never unreadable itself."""
    images = {
        program: program_of(answer.value.image).lower()
        for program, answer in zip(_AGENT, (rd_agent, guest_agent), strict=True)
        if isinstance(answer, Observed) and answer.value.image
    }
    return Firewall(settings, blocks, followed, categories, service, wire_server, images)
