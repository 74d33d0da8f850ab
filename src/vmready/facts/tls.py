"""Whether clients on this machine can use TLS 1.2: Schannel, the cipher suites it is left, .NET and WinHTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact
from vmready.facts.settings import Setting, setting
from vmready.facts.windows_version import WindowsVersion
from vmready.probes.answers import Unreadable
from vmready.probes.readings import Key
from vmready.probes.vocabulary import RegistryKey

_SCHANNEL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
_PAIR = ("Enabled", "DisabledByDefault")
CLIENT = RegistryKey(_SCHANNEL + r"\Protocols\TLS 1.2\Client", values=_PAIR)
SERVER = RegistryKey(_SCHANNEL + r"\Protocols\TLS 1.2\Server", values=_PAIR)
CIPHERS = RegistryKey(_SCHANNEL + r"\Ciphers", values=("Enabled",), depth=1)
HASHES = RegistryKey(_SCHANNEL + r"\Hashes", values=("Enabled",), depth=1)
KEY_EXCHANGES = RegistryKey(_SCHANNEL + r"\KeyExchangeAlgorithms", values=("Enabled",), depth=1)
#: The policy's list replaces the local one.
POLICY_SUITES = RegistryKey(
    r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002", values=("Functions",)
)
LOCAL_SUITES = RegistryKey(
    r"HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002", values=("Functions",)
)
_STRONG = ("SchUseStrongCrypto", "SystemDefaultTlsVersions")
DOT_NET_64 = RegistryKey(r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319", values=_STRONG)
DOT_NET_32 = RegistryKey(r"HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319", values=_STRONG)
_WIN_HTTP = r"Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp"
WIN_HTTP_64 = RegistryKey("HKLM\\SOFTWARE\\" + _WIN_HTTP, values=("DefaultSecureProtocols",))
WIN_HTTP_32 = RegistryKey("HKLM\\SOFTWARE\\Wow6432Node\\" + _WIN_HTTP, values=("DefaultSecureProtocols",))

#: From this version on Schannel and WinHTTP offer TLS 1.2 by themselves ("Protocols in TLS/SSL (Schannel SSP)"; KB3140245 for WinHTTP).
SCHANNEL_DEFAULT, WIN_HTTP_DEFAULT = (6, 2), (6, 3)
WIN_HTTP_TLS_12 = 0x800

#: Suites that Azure's services take under TLS 1.2, strongest first; their certificates are RSA.
USEFUL_SUITES = (
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
)
#: Those that Windows has besides, with a plain RSA key exchange: what is left by default where both Diffie-Hellman kinds are switched off.
_PLAIN_RSA_SUITES = ("TLS_RSA_WITH_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_GCM_SHA256")
#: What Schannel calls the parts of a suite, by a piece of its name.
_KEY_EXCHANGE_OF = {"TLS_ECDHE_": "ECDH", "TLS_DHE_": "Diffie-Hellman", "TLS_RSA_": "PKCS"}
_CIPHER_OF = {"_AES_256_": "AES 256/256", "_AES_128_": "AES 128/128"}
_HASH_OF = {"_SHA384": "SHA384", "_SHA256": "SHA256"}


class State(StrEnum):
    """What Schannel does with a protocol."""

    ENABLED = "enabled"
    BY_DEFAULT = "left to the operating system, which enables it"
    NOT_BY_DEFAULT = "disabled by default"
    OS_DISABLES = "left to the operating system, which disables it by default"
    DISABLED = "disabled"

    @property
    def usable(self) -> bool:
        """Whether a program that asks for nothing in particular gets the protocol."""
        return self in (State.ENABLED, State.BY_DEFAULT)

    @property
    def switched_off(self) -> bool:
        """Whether somebody decided against the protocol, not the operating system."""
        return self in (State.DISABLED, State.NOT_BY_DEFAULT)


@dataclass(frozen=True, slots=True)
class Side:
    """Schannel's two values for one side of TLS 1.2 and the state that they make."""

    enabled: Setting
    disabled_by_default: Setting
    state: State

    @property
    def ignored(self) -> tuple[Setting, ...]:
        """Values of a type that Schannel does not read."""
        return tuple(found for found in (self.enabled, self.disabled_by_default) if found.wrong_type or found.wide)


@dataclass(frozen=True, slots=True)
class Suites:
    """``tls_12``: what is left for TLS 1.2 of the list in force; ``useful``: what of that Azure takes.

    ``empty_policy``: a policy sets a list without any suite, of which it is not documented what Windows makes.
    """

    empty_policy: bool
    useful: tuple[str, ...]
    tls_12: tuple[str, ...]
    switched_off: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tls:
    """``strong_crypto`` by view (64-bit, 32-bit); ``win_http`` likewise, empty where WinHTTP has TLS 1.2 by itself."""

    client: Side
    server: Side
    suites: Suites
    strong_crypto: Mapping[str, Setting]
    win_http: Mapping[str, Setting]

    @property
    def weaknesses(self) -> Iterator[str]:
        """What leaves it open whether Schannel speaks TLS 1.2 with Azure's services."""
        for found in self.client.ignored:
            yield f"{found.name} of TLS 1.2 is {found}: Schannel does not read it"
        if self.suites.empty_policy:
            yield "a policy sets an empty list of cipher suites"
        if not self.suites.useful:
            yield "none of the cipher suites that are left is one that Azure takes (ECDHE or DHE with RSA and AES)"


@fact
def tls(
    windows_version: WindowsVersion,
    client: Annotated[Key | None, CLIENT],
    server: Annotated[Key | None, SERVER],
    key_exchanges: Annotated[Key | None, KEY_EXCHANGES],
    ciphers: Annotated[Key | None, CIPHERS],
    hashes: Annotated[Key | None, HASHES],
    policy: Annotated[Key | None, POLICY_SUITES],
    local: Annotated[Key | None, LOCAL_SUITES],
    dot_net_64: Annotated[Key | None, DOT_NET_64],
    dot_net_32: Annotated[Key | None, DOT_NET_32],
    win_http_64: Annotated[Key | None, WIN_HTTP_64],
    win_http_32: Annotated[Key | None, WIN_HTTP_32],
) -> Tls:
    """What the registry says of TLS 1.2. Changes hold after a restart only: the registry can be ahead of the machine."""
    by_default = windows_version.number >= SCHANNEL_DEFAULT
    protocols = "DefaultSecureProtocols"
    win_http = {"64-bit": setting(win_http_64, protocols), "32-bit": setting(win_http_32, protocols)}
    return Tls(
        _side(client, by_default),
        _side(server, by_default),
        _suites(policy, local, _switched_off(key_exchanges, ciphers, hashes)),
        {
            "64-bit": setting(dot_net_64, "SchUseStrongCrypto"),
            "32-bit": setting(dot_net_32, "SchUseStrongCrypto"),
        },
        win_http if windows_version.number < WIN_HTTP_DEFAULT else {},
    )


def _side(key: Key | None, by_default: bool) -> Side:
    enabled, disabled = setting(key, "Enabled"), setting(key, "DisabledByDefault")
    left = State.BY_DEFAULT if by_default else State.OS_DISABLES
    match enabled.number, disabled.number:
        case 0, _:
            state = State.DISABLED
        case _, 0:
            state = State.ENABLED
        case _, None:  # Enabled alone does not change what the operating system does by default
            state = left
        case _:
            state = State.NOT_BY_DEFAULT
    return Side(enabled, disabled, state)


def _suites(policy: Key | None, local: Key | None, off: frozenset[str]) -> Suites:
    by_policy, by_machine = listed_suites(policy), listed_suites(local)
    configured = by_policy or by_machine  # None: Windows' own order
    usable = tuple(
        suite
        for suite in (USEFUL_SUITES + _PLAIN_RSA_SUITES if configured is None else configured)
        if _of_tls_12(suite) and not off & set(_parts(suite))
    )
    useful = tuple(suite for suite in usable if suite in USEFUL_SUITES)
    return Suites(by_policy == (), useful, usable, tuple(sorted(off)))


def _parts(suite: str) -> Iterator[str]:
    for start, name in _KEY_EXCHANGE_OF.items():
        if suite.startswith(start):
            yield name
    for piece, name in _CIPHER_OF.items():
        if piece in suite:
            yield name
    for end, name in _HASH_OF.items():
        if suite.endswith(end):
            yield name


def listed_suites(key: Key | None) -> tuple[str, ...] | None:
    """The suites of a ``Functions`` value: a comma string from a policy, lines elsewhere; old names end in their curve."""
    value = None if key is None else key.values.get("Functions")
    if value is None:
        return None
    data = value.data if isinstance(value.data, tuple) else str(value.data).split(",")
    parts = (part.strip().upper() for line in data for part in line.split(","))
    return tuple(_without_curve(part) for part in parts if part)


def _without_curve(suite: str) -> str:
    head, _, curve = suite.rpartition("_")
    return head if curve in ("P256", "P384", "P521") else suite


def _of_tls_12(suite: str) -> bool:
    """Whether it is a suite that TLS 1.2 brought (authenticated encryption, or a SHA-2 hash); those of 1.3 name no key exchange."""
    return "_WITH_" in suite and suite.endswith(("_SHA256", "_SHA384"))


def _switched_off(key_exchanges: Key | None, ciphers: Key | None, hashes: Key | None) -> frozenset[str]:
    """The parts of suites that Schannel is told not to use."""
    asked = (
        (KEY_EXCHANGES, key_exchanges, _KEY_EXCHANGE_OF),
        (CIPHERS, ciphers, _CIPHER_OF),
        (HASHES, hashes, _HASH_OF),
    )
    return frozenset(name for probe, key, named in asked for name in named.values() if _is_off(probe, key, name))


def _is_off(probe: RegistryKey, key: Key | None, name: str) -> bool:
    node = None if key is None else key.key(name)
    if isinstance(node, Unreadable):
        raise UnreadableFact("tls", node.why, rf"{probe.path}\{name}")
    return node is not None and setting(node, "Enabled").number == 0
