"""What one visit cost on the wire: counted where the bytes pass, kept in the snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """The certificate that the host's listener showed. ``sha256`` is over its DER form; times are ISO 8601, UTC."""

    sha256: str
    subject: str
    issuer: str
    not_before: str
    not_after: str


@dataclass(frozen=True, slots=True)
class TransportFigures:
    """``requests`` counts WS-Man operations by name, ``auth_legs`` the HTTP requests that only served authentication.

    ``seconds`` is the time between the first connect and the last answer; ``retries`` counts what was tried again, by reason.
    ``shell_deleted`` is True where the host confirmed it, and where no shell was ever opened.
    """

    requests: Mapping[str, int]
    auth_legs: int
    bytes_sent: int
    bytes_received: int
    connections: int
    seconds: float
    retries: Mapping[str, int]
    auth: str
    sealed: bool
    verified: str
    tls_version: str | None
    certificate: PeerCertificate | None
    shell_id: str | None
    shell_deleted: bool
    close_problem: str | None

    @property
    def receives(self) -> int:
        return self.requests.get("Receive", 0)

    @property
    def total_requests(self) -> int:
        """All HTTP requests, those of the authentication included."""
        return sum(self.requests.values()) + self.auth_legs


@dataclass(slots=True)
class Tally:
    """The same while it is being counted, by one thread."""

    requests: Counter[str] = field(default_factory=Counter)
    http_requests: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    connections: int = 0
    retries: Counter[str] = field(default_factory=Counter)
    tls_version: str | None = None
    certificate: PeerCertificate | None = None

    def frozen_requests(self) -> Mapping[str, int]:
        return MappingProxyType(dict(self.requests))
