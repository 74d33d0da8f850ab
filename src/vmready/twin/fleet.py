"""The hosts that a twin server plays: their settings, their state while it runs, and who is who by address and path."""

from __future__ import annotations

import ipaddress
import ssl
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vmready.twin.authentication import Account, Accounts, ChannelBinding, Method
from vmready.twin.certificates import Authority, Flaw
from vmready.twin.counts import Tally
from vmready.twin.execution import Execution, Machine, TwinError
from vmready.twin.faults import KINDS, Fault, Layer, Schedule
from vmready.twin.wsman import Limits, Service

_LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


@dataclass(frozen=True, slots=True)
class TwinHost:
    """One host to play. ``address`` is in 127.0.0.0/8; hosts on the same address differ by ``path``.

    ``names`` stand in its certificate beside its name and address. ``clock`` seconds are added to the Date that its
    HTTP replies carry. ``plain`` is AllowUnencrypted: unsealed messages over HTTP.
    """

    name: str
    machine: Machine
    accounts: tuple[Account, ...]
    address: str = "127.0.0.1"
    path: str = "/wsman"
    names: tuple[str, ...] = ()
    methods: frozenset[Method] = frozenset(Method)
    cbt: ChannelBinding = ChannelBinding.RELAXED
    limits: Limits = field(default_factory=Limits)
    faults: tuple[Fault, ...] = ()
    clock: float = 0.0
    plain: bool = False


class Hosted:
    """A host while it is being played."""

    def __init__(self, spec: TwinHost) -> None:
        self.spec = spec
        self.schedule = Schedule(spec.faults)
        self.tally = Tally()
        self.accounts = Accounts(spec.name, spec.accounts, spec.methods, spec.cbt)
        self.service = Service(spec.name, spec.machine, spec.limits, self._finish)
        self.down_until = 0.0

    def _finish(self, execution: Execution, chunk: int) -> tuple[Execution, int]:
        fault = self.schedule.take(Layer.OUTPUT, "command")
        if fault is None:
            return execution, chunk
        kind = KINDS[fault.kind]
        if kind.execution is not None:
            return kind.execution(execution, fault.value), chunk
        return execution, fault.value or (7 if len(execution.stdout) < 20_000 else 1_021)


class Fleet:
    """All hosts of a server. Raises :class:`TwinError` for a set that cannot be told apart or leaves loopback."""

    def __init__(self, hosts: Iterable[TwinHost]) -> None:
        self.by_name: dict[str, Hosted] = {}
        self._by_place: dict[str, dict[str, Hosted]] = {}
        self._authority: Authority | None = None
        self._contexts: dict[tuple[str, Flaw], ssl.SSLContext] = {}
        self._certificates: dict[ssl.SSLContext, bytes] = {}
        self._lock = threading.Lock()
        for spec in hosts:
            try:
                inside = ipaddress.ip_address(spec.address) in _LOOPBACK
            except ValueError:
                inside = False
            if not inside:
                raise TwinError(f"host {spec.name}: a twin's address must be in 127.0.0.0/8, not {spec.address!r}")
            place = self._by_place.setdefault(spec.address, {})
            path = spec.path.rstrip("/").lower()
            if spec.name in self.by_name:
                raise TwinError(f"host {spec.name}: the name is there twice")
            if path in place:
                raise TwinError(
                    f"host {spec.name}: {place[path].spec.name} has the same address and path; change one of them"
                )
            place[path] = self.by_name[spec.name] = Hosted(spec)
        if not self.by_name:
            raise TwinError("a twin server needs at least one host")

    @property
    def addresses(self) -> Mapping[str, bool]:
        """Every address, and whether anything listens there for good."""
        return {
            address: not all(hosted.schedule.never_listens for hosted in place.values())
            for address, place in self._by_place.items()
        }

    def at(self, address: str) -> tuple[Hosted, ...]:
        """The hosts on an address."""
        return tuple(self._by_place.get(address, {}).values())

    def find(self, address: str, target: str) -> Hosted | None:
        """The host that answers a request's target (path and query) on an address."""
        return self._by_place.get(address, {}).get(target.partition("?")[0].rstrip("/").lower())

    def trust(self, authority: Authority) -> None:
        """Take certificates from this authority."""
        self._authority = authority

    def context(self, address: str, flaw: Flaw) -> ssl.SSLContext:
        """The TLS settings of an address: its host's certificate, or one for all its hosts, chosen by server name."""
        hosts = self.at(address)
        if len(hosts) == 1:
            return self._context_of(hosts[0], flaw)
        context = self._make(address, ("localhost", address), flaw)

        def choose(sock: ssl.SSLObject, server_name: str | None, _: ssl.SSLContext) -> None:
            for hosted in hosts:
                if server_name and server_name.lower() == hosted.spec.name.lower():
                    sock.context = self._context_of(hosted, flaw)

        context.sni_callback = choose
        return context

    def certificate(self, context: ssl.SSLContext) -> bytes:
        """The certificate (DER) that these TLS settings show."""
        return self._certificates[context]

    def _context_of(self, hosted: Hosted, flaw: Flaw) -> ssl.SSLContext:
        spec = hosted.spec
        return self._make(f"host {spec.name}", (spec.name, spec.address, *spec.names), flaw)

    def _make(self, key: str, names: tuple[str, ...], flaw: Flaw) -> ssl.SSLContext:
        with self._lock:
            if (key, flaw) not in self._contexts:
                if self._authority is None:
                    raise TwinError("this twin server has no certificate authority")
                certificate = self._authority.issue(*names, flaw=flaw)
                context = certificate.context()
                self._contexts[key, flaw] = context
                self._certificates[context] = certificate.der
            return self._contexts[key, flaw]
