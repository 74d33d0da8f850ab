"""What one visit cost on the wire: counted where the bytes pass, kept in the snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any


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

    def to_json(self) -> dict[str, Any]:
        """The figures as a snapshot keeps them."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "requests": dict(self.requests),
            "total_requests": self.total_requests,
            "retries": dict(self.retries),
            "seconds": round(self.seconds, 3),
            "certificate": None if self.certificate is None else asdict(self.certificate),
        }

    @property
    def receives(self) -> int:
        return self.requests.get("Receive", 0)

    @property
    def total_requests(self) -> int:
        """All HTTP requests, those of the authentication included."""
        return sum(self.requests.values()) + self.auth_legs


_PLAIN = (
    "auth_legs",
    "bytes_sent",
    "bytes_received",
    "connections",
    "auth",
    "sealed",
    "verified",
    "tls_version",
    "shell_id",
    "shell_deleted",
    "close_problem",
)


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


def no_figures(auth: str) -> TransportFigures:
    """Of a host that was never asked."""
    nothing: Mapping[str, int] = MappingProxyType({})
    return TransportFigures(nothing, 0, 0, 0, 0, 0.0, nothing, auth, False, "none", None, None, None, True, None)
