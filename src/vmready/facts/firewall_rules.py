r"""Rules of the Windows Firewall as they stand in the registry, and whether they let a connection out (MS-FASP 2.2.37, MS-GPFAS 2.2).

    v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=80|RA4=168.63.0.0/255.255.0.0|App=%SystemRoot%\x.exe|Name=…|

A field may stand several times and then fits where one of them does. What a rule asks that a registry cannot answer makes it a *perhaps*,
never a no: a rule that is not understood does not count as harmless.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError

from vmready.facts import sddl
from vmready.facts.guest_agent_versions import within

LENGTH_LIMIT = 65536


class Fit(IntEnum):
    """Whether something fits; of several conditions the least counts."""

    NO = 0
    PERHAPS = 1
    YES = 2


class NotRule(ValueError):
    """The text is no rule."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What is to be let out: a TCP connection of LocalSystem's service. ``programs`` and ``services`` by name, lower case.

    ``images``: the programs that the services run, as far as they are known, with their paths, lower case.
    """

    address: IPv4Address
    port: int
    programs: frozenset[str]
    services: frozenset[str]
    images: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it does and its fields by name (lower case), each with its values in order."""

    action: str
    active: bool
    outbound: bool
    fields: Mapping[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        """Its name for people; empty where it has none."""
        return (self.fields.get("name") or ("",))[0][:120]

    def profiles(self) -> frozenset[str]:
        """The profiles that it holds in, lower case; empty: in all."""
        return frozenset(value.strip().lower() for value in self.fields.get("profile", ()))


def parse(text: str) -> Rule:
    """The rule that a registry value spells. :class:`NotRule` where it is none, or contradicts itself."""
    head, *rest = text[:LENGTH_LIMIT].split("|")
    if not re.fullmatch(r"[vV][0-9]{1,4}\.[0-9]{1,4}", head.strip()) or len(text) > LENGTH_LIMIT:
        raise NotRule("it does not begin with a version")
    found: dict[str, list[str]] = {}
    for part in rest:
        name, sign, value = part.partition("=")
        if not sign:
            if part.strip():
                raise NotRule("a field has no value")
            continue
        found.setdefault(name.strip().lower(), []).append(value)
    fields = {name: tuple(values) for name, values in found.items()}
    try:
        action, active, direction = (_one(fields, name) for name in ("action", "active", "dir"))
    except KeyError as missing:
        raise NotRule(f"it has no field {missing}") from None
    in_force, outbound = {"true": True, "false": False}.get(active), {"out": True, "in": False}.get(direction)
    if action not in ("allow", "block", "bypass") or in_force is None or outbound is None:
        raise NotRule("its action, state or direction is unknown")
    rest_of = {name: values for name, values in fields.items() if name not in ("action", "active", "dir")}
    return Rule(action, in_force, outbound, rest_of)


def _one(fields: Mapping[str, tuple[str, ...]], name: str) -> str:
    value, *others = {value.strip().lower() for value in fields[name]}
    if others:
        raise NotRule(f"it has several fields {name}")
    return value


_Condition = Callable[[tuple[str, ...], Connection], Fit]


def _any_of(fit: Callable[[str, Connection], Fit]) -> _Condition:
    return lambda values, connection: max((fit(value.strip(), connection) for value in values), default=Fit.YES)


def _always(values: tuple[str, ...], connection: Connection) -> Fit:
    return Fit.YES


def _never(values: tuple[str, ...], connection: Connection) -> Fit:
    return Fit.NO


def _unknown(values: tuple[str, ...], connection: Connection) -> Fit:
    return Fit.PERHAPS


def _protocol(value: str, connection: Connection) -> Fit:
    if not re.fullmatch(r"[0-9]{1,3}", value):
        return Fit.PERHAPS
    return Fit.YES if int(value) in (6, 256) else Fit.NO


def _port(value: str, connection: Connection) -> Fit:
    if not re.fullmatch(r"[0-9]{1,5}(-[0-9]{1,5})?", value):
        # Named ports (IPHTTPSOut, RPC, Teredo, …) are none of ours but in name; any other text is not understood.
        return Fit.NO if value.isalpha() and value.isascii() else Fit.PERHAPS
    bounds = [int(bound) for bound in value.split("-")]
    return Fit.YES if bounds[0] <= connection.port <= bounds[-1] else Fit.NO


#: Keywords of remote addresses. The WireServer is in none of the first; the machine's DNS and DHCP server it may well be.
_ELSEWHERE = frozenset(
    {"localsubnet", "localsubnet4", "localsubnet6", "wins", "defaultgateway", "plytorenderers", "ply2renders"}
)


def _remote_address(value: str, connection: Connection) -> Fit:
    if value in ("*", ""):
        return Fit.YES
    if value.lower() in _ELSEWHERE:
        return Fit.NO
    try:
        first, dash, last = value.partition("-")
        if dash:
            return Fit.YES if IPv4Address(first.strip()) <= connection.address <= IPv4Address(last.strip()) else Fit.NO
        return Fit.YES if connection.address in IPv4Network(value, strict=False) else Fit.NO
    except (AddressValueError, NetmaskValueError, ValueError):
        return Fit.PERHAPS


def _local(value: str, connection: Connection) -> Fit:
    return Fit.YES if value in ("*", "") else Fit.PERHAPS


def _program(value: str, connection: Connection) -> Fit:
    path = value.lower()
    if path in ("*", ""):
        return Fit.YES
    if path.rpartition("\\")[2] not in connection.programs:
        return Fit.NO
    # The agent updates itself into another folder each time: a rule for an older one is none for what runs now.
    return Fit.YES if any(within(path, image[:2]) == image for image in connection.images) else Fit.PERHAPS


def _service(value: str, connection: Connection) -> Fit:
    return Fit.YES if value in ("*", "") or value.lower() in connection.services else Fit.NO


def _interface_type(value: str, connection: Connection) -> Fit:
    return {"lan": Fit.YES, "all": Fit.YES, "wireless": Fit.NO, "remoteaccess": Fit.NO}.get(value.lower(), Fit.PERHAPS)


def _owner(value: str, connection: Connection) -> Fit:
    return Fit.YES if value.upper() == sddl.SYSTEM else Fit.NO


def _users(value: str, connection: Connection) -> Fit:
    """Users that a descriptor names: whether LocalSystem is one."""
    try:
        rights = sddl.effective(sddl.parse(value), sddl.LOCAL_SYSTEM_TOKEN)
    except (sddl.NotSddl, ValueError):
        return Fit.PERHAPS
    return Fit.YES if rights.surely & 0x1 else Fit.PERHAPS if rights.perhaps & 0x1 else Fit.NO


_FIELDS: Mapping[str, _Condition] = {
    **dict.fromkeys(("name", "desc", "embedctxt", "profile", "edge", "defer", "la6", "la62"), _always),
    "protocol": _any_of(_protocol),
    **dict.fromkeys(("la4", "la42", "lport", "lport2_10"), _any_of(_local)),
    "app": _any_of(_program),
    "svc": _any_of(_service),
    "iftype": _any_of(_interface_type),
    "luown": _any_of(_owner),
    "luauth": _any_of(_users),
    # Rules of packaged apps, and of ICMP, which is no TCP.
    **dict.fromkeys(("apppkgid", "icmp4", "icmp6"), _never),
}


def fits(rule: Rule, connection: Connection) -> Fit:
    """Whether an active outbound rule concerns a connection, its profiles aside.

    A range and a single port stand in fields of different names, and one of them is enough; so with addresses and keywords. A rule that
    names addresses of IPv6 only does not concern IPv4.
    """
    if not (rule.active and rule.outbound):
        return Fit.NO
    conditions = [
        _FIELDS.get(name, _unknown)(values, connection)
        for name, values in rule.fields.items()
        if not name.startswith(("ra4", "ra6", "rport"))
    ]
    addresses, ports = _beginning(rule, "ra4"), _beginning(rule, "rport")
    if rule.action == "block":
        # The WireServer's address is public; how networks are told apart is not known here: enough to be blocked by, not to rely on.
        addresses = tuple("*" if value.strip().lower() == "internet" else value for value in addresses)
    if addresses:
        conditions.append(_any_of(_remote_address)(addresses, connection))
    elif _beginning(rule, "ra6"):
        conditions.append(Fit.NO)
    if ports:
        conditions.append(_any_of(_port)(ports, connection))
    return min(conditions, default=Fit.YES)


def _beginning(rule: Rule, prefix: str) -> tuple[str, ...]:
    """The values of all fields whose name begins so."""
    return tuple(value for name, found in rule.fields.items() if name.startswith(prefix) for value in found)
