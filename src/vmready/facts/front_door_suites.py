"""Which of the TLS 1.2 cipher suites of Azure Front Door, behind which brokers and gateways stand, this host would offer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.facts.settings import setting
from vmready.facts.tls import (
    CIPHERS,
    CLIENT,
    DOT_NET_32,
    DOT_NET_64,
    HASHES,
    KEY_EXCHANGES,
    LOCAL_SUITES,
    POLICY_SUITES,
    listed_suites,
)
from vmready.probes.answers import Answer, Reason, Unreadable, Why
from vmready.probes.readings import Key
from vmready.probes.vocabulary import RegistryKey

POLICY_CURVES = RegistryKey(POLICY_SUITES.path, values=("EccCurves",))

#: "End-to-end TLS with Azure Front Door", 2025-04-09: the suites for TLS 1.2, the strongest first, and what Schannel calls their parts.
FRONT_DOOR = {
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": ("ECDH", "AES 256/256", "SHA384"),
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": ("ECDH", "AES 128/128", "SHA256"),
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384": ("ECDH", "AES 256/256", "SHA384"),
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256": ("ECDH", "AES 128/128", "SHA256"),
    "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384": ("Diffie-Hellman", "AES 256/256", "SHA384"),
    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256": ("Diffie-Hellman", "AES 128/128", "SHA256"),
}
_STRONG = tuple(FRONT_DOOR)[:2]
_OF_DOT_NET = ("SchUseStrongCrypto", "SystemDefaultTlsVersions")
#: The curves that Front Door takes, as Windows names them.
_CURVES = frozenset({"nistp256", "nistp384", "nistp521"})


@dataclass(frozen=True, slots=True)
class FrontDoorSuites:
    """``usable``: the suites that the host would offer, the strongest first. ``causes``: what takes some away, in words; ``doubts`` likewise."""

    usable: tuple[str, ...]
    causes: tuple[str, ...]
    doubts: tuple[str, ...]
    frameworks: tuple[tuple[RegistryKey, Answer[Key]], ...]

    @property
    def of_dot_net(self) -> Iterator[str]:
        """Where .NET, on which the agent runs, is told not to use TLS 1.2 by itself. UnreadableFact where that is not known."""
        for probe, answer in self.frameworks:
            key: Key | None = plain_value("front_door_suites", probe, answer)
            for name in _OF_DOT_NET:
                found = setting(key, name)
                if found.number == 0:
                    yield f"{name} of .NET is 0 in {probe.path}: its programs may not offer TLS 1.2"
                elif found.wrong_type:
                    yield f"{name} of .NET is {found} in {probe.path}: it reads a DWORD"

    @property
    def missing(self) -> tuple[str, ...]:
        """The suites of Front Door that the host would not offer."""
        return tuple(suite for suite in FRONT_DOOR if suite not in self.usable)

    @property
    def strong(self) -> bool:
        """Whether a suite with forward secrecy and authenticated encryption is left."""
        return any(suite in _STRONG for suite in self.usable)


def _switched_off(probe: RegistryKey, answer: Answer[Key], names: frozenset[str]) -> Iterator[str]:
    """The parts that Schannel is told not to use."""
    key: Key | None = plain_value("front_door_suites", probe, answer)
    for name in sorted(names):
        node = key.key(name) if key else None
        if isinstance(node, Unreadable):
            raise UnreadableFact("front_door_suites", node.why, rf"{probe.path}\{name}")
        if node is not None and setting(node, "Enabled").number == 0:
            yield name


def _doubts(policy: Key | None, curves: Key | None, client: Key | None) -> Iterator[str]:
    if listed_suites(policy) == ():
        yield "the policy SSL Cipher Suite Order is set, and lists no suite"
    value = curves.values.get("EccCurves") if curves else None
    if value is not None:
        lines = value.data if isinstance(value.data, tuple) else str(value.data).split(",")
        named = {part.strip().lower() for line in lines for part in line.split(",") if part.strip()}
        if not named & _CURVES:
            yield "the policy ECC Curve Order names none of NistP256, NistP384 and NistP521"
    for found in (setting(client, "Enabled"), setting(client, "DisabledByDefault")):
        if found.wrong_type or found.wide:
            yield f"{found.name} of TLS 1.2 is {found}: Schannel does not read it"
    if setting(client, "DisabledByDefault").number not in (None, 0):
        yield "TLS 1.2 is disabled by default for clients"


@fact
def front_door_suites(
    policy: Annotated[Key | None, POLICY_SUITES],
    local: Annotated[Answer[Key], LOCAL_SUITES],
    curves: Annotated[Key | None, POLICY_CURVES],
    client: Annotated[Key | None, CLIENT],
    ciphers: Annotated[Answer[Key], CIPHERS],
    key_exchanges: Annotated[Answer[Key], KEY_EXCHANGES],
    hashes: Annotated[Answer[Key], HASHES],
    dot_net_64: Annotated[Answer[Key], DOT_NET_64],
    dot_net_32: Annotated[Answer[Key], DOT_NET_32],
) -> FrontDoorSuites:
    """The policy's list, else the machine's, without what Schannel is told not to use. No list at all: not known."""
    doubts = tuple(_doubts(policy, curves, client))
    frameworks = ((DOT_NET_64, dot_net_64), (DOT_NET_32, dot_net_32))
    if setting(client, "Enabled").number == 0:
        return FrontDoorSuites((), ("TLS 1.2 is disabled for clients",), doubts, frameworks)
    listed, name = listed_suites(policy), "the policy"
    if not listed:
        listed, name = listed_suites(plain_value("front_door_suites", LOCAL_SUITES, local)), "the machine's own list"
    if listed is None:
        why = Why(Reason.FAILED, "NoList", "neither the policy nor the machine lists its cipher suites")
        raise UnreadableFact("front_door_suites", why, str(LOCAL_SUITES))
    offered = tuple(suite for suite in FRONT_DOOR if suite in listed)
    causes = [f"{name} lists {len(offered)} of {len(FRONT_DOOR)}"]
    if offered:  # Nothing that Schannel is told makes more of none.
        parts = [frozenset(kind) for kind in zip(*FRONT_DOOR.values(), strict=True)]
        looks = ((KEY_EXCHANGES, key_exchanges), (CIPHERS, ciphers), (HASHES, hashes))
        off = {
            found
            for (probe, answer), names in zip(looks, parts, strict=True)
            for found in _switched_off(probe, answer, names)
        }
        offered = tuple(suite for suite in offered if not off & set(FRONT_DOOR[suite]))
        causes += [f"Schannel is told not to use {name}" for name in sorted(off)]
    return FrontDoorSuites(offered, tuple(causes), doubts, frameworks)
