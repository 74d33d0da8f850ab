"""What a listener shows before any credential is sent: that it is there, its certificate, what it is, and how it wants a logon.

Each function makes a connection of its own and closes it. No function here takes or sends a secret, and only :func:`check_trust` minds
whose certificate it is.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from xml.etree.ElementTree import Element

import requests
from cryptography import x509

from vmready.model import Host, Tls
from vmready.remote import envelope, tls
from vmready.remote.deadline import Deadline
from vmready.remote.dialling import Dialling
from vmready.remote.errors import NameNotResolved, clean
from vmready.remote.exchange import WireAdapter
from vmready.remote.figures import PeerCertificate, Tally
from vmready.remote.negotiate import offers

_IDENTITY = "{http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd}"
#: Identify of WS-Management (DSP0226 section 11).
_IDENTIFY = (
    f'<s:Envelope xmlns:s="{envelope.SOAP[1:-1]}" xmlns:i="{_IDENTITY[1:-1]}">'
    "<s:Header/><s:Body><i:Identify/></s:Body></s:Envelope>"
)
_SOAP_TYPE = "application/soap+xml;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Reached:
    """A TCP connection that could be made: to which address and port, in how many seconds, at which attempt (from 1)."""

    place: str
    seconds: float
    attempt: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What a TLS handshake shows. ``names`` are the certificate's DNS names and addresses; ``fits`` whether the host's is among them."""

    protocol: str
    cipher: str
    certificate: PeerCertificate
    names: tuple[str, ...]
    fits: bool
    self_signed: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """An answer to Identify or to an empty request, without a logon.

    ``status`` is HTTP's; ``vendor`` and ``product`` are empty where the answer is none to Identify; ``offered`` are the authentication
    schemes of a 401, in lower case; ``server`` is HTTP's header; ``clock`` is how many seconds the host's clock is ahead, to the second.
    """

    status: int
    vendor: str
    product: str
    offered: tuple[str, ...]
    server: str
    clock: float | None
    envelope: bool


def addresses(host: Host) -> tuple[str, ...]:
    """The addresses of the host's name, in the order in which they are tried. Raises :class:`~vmready.remote.errors.NameNotResolved`."""
    try:
        found = socket.getaddrinfo(host.address, host.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        said = clean(error.strerror or "") if isinstance(error, socket.gaierror) else "not a name"
    else:
        return tuple(dict.fromkeys(str(place[0]) for *_, place in found))
    raise NameNotResolved(f"The name “{host.address}” of {host.name} cannot be resolved: {said}.")


def connect(host: Host, deadline: Deadline) -> Reached:
    """Connect and say nothing. Raises :class:`~vmready.remote.errors.HostError`."""
    tally = Tally()
    begun = time.monotonic()
    sock, _ = Dialling(replace(host, scheme="http"), deadline, tally).dial()
    seconds = time.monotonic() - begun
    with sock:
        address, port = sock.getpeername()[:2]
    place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    return Reached(place, seconds, 1 + tally.retries["connect"])


def certificate(host: Host, deadline: Deadline) -> Shown:
    """Shake hands with whoever is there and read the certificate, trusted or not. Raises :class:`~vmready.remote.errors.HostError`."""
    tally = Tally()
    sock, der = Dialling(_unchecked(host), deadline, tally).dial()
    with sock:
        cipher = sock.cipher() if isinstance(sock, ssl.SSLSocket) else None
    der = der or b""
    shown = tally.certificate or tls.peer_certificate(der)
    names, self_signed = _names(der)
    return Shown(tally.tls_version or "", cipher[0] if cipher else "", shown, names, _fits(host, names), self_signed)


def check_trust(host: Host, deadline: Deadline) -> None:
    """Shake hands by the host's own trust setting. Raises :class:`~vmready.remote.errors.HostError` as a visit would."""
    sock, _ = Dialling(host, deadline, Tally()).dial()
    sock.close()


def identify(host: Host, deadline: Deadline) -> Identity:
    """Ask what it is, by Identify without a logon. Raises :class:`~vmready.remote.errors.HostError`.

    MS-WSMV has the header: without a logon the product's version is withheld.
    """
    return _asked(host, deadline, _IDENTIFY.encode(), {"WSMANIDENTIFY": "unauthenticated"}, "asking what it is")


def ask_for_methods(host: Host, deadline: Deadline) -> Identity:
    """Send an empty request, to be told how to log on. Raises :class:`~vmready.remote.errors.HostError`."""
    return _asked(host, deadline, b"", {}, "asking how to log on")


def _unchecked(host: Host) -> Host:
    return replace(host, tls=Tls(verify=False, server_name=host.tls.server_name))


def _asked(host: Host, deadline: Deadline, body: bytes, headers: dict[str, str], doing: str) -> Identity:
    adapter = WireAdapter(_unchecked(host), deadline, Tally())
    adapter.doing = doing
    known = {"Content-Type": _SOAP_TYPE, "User-Agent": "vmready", "Accept-Encoding": "identity", **headers}
    request = requests.Request("POST", host.url, data=body, headers=known).prepare()
    try:
        sent = datetime.now(UTC)
        response = adapter.send(request)
        received = datetime.now(UTC)
    finally:
        adapter.close()
    root = _root(bytes(response.content))
    found = None if root is None else root.find(f"{envelope.SOAP}Body/{_IDENTITY}IdentifyResponse")
    text = _texts(found)
    return Identity(
        response.status_code,
        text("ProductVendor"),
        text("ProductVersion"),
        tuple(offers(response)) if response.status_code == 401 else (),
        clean(response.headers.get("Server", ""), 100),
        _clock(response.headers.get("Date", ""), sent, received),
        root is not None,
    )


def _root(body: bytes) -> Element | None:
    try:
        return envelope.parse(body)
    except envelope.NotAnEnvelope:
        return None


def _texts(found: Element | None) -> Callable[[str], str]:
    def text(name: str) -> str:
        return "" if found is None else clean(found.findtext(f"{_IDENTITY}{name}") or "", 120)

    return text


def _clock(date: str, sent: datetime, received: datetime) -> float | None:
    """HTTP's Date against the middle of our waiting; it has whole seconds (RFC 9110 section 6.6.1)."""
    try:
        theirs = parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return None
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    return round((theirs - (sent + (received - sent) / 2)).total_seconds(), 1)


def _names(der: bytes) -> tuple[tuple[str, ...], bool]:
    """DNS names and addresses of a certificate (RFC 5280 section 4.2.1.6), and whether it is its own issuer."""
    try:
        read = x509.load_der_x509_certificate(der)
        self_signed = read.subject == read.issuer
        found = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return (), self_signed
    except ValueError:
        return (), False
    names = [*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))]
    return tuple(clean(name, 100) for name in names[:20]), self_signed


def _fits(host: Host, names: tuple[str, ...]) -> bool:
    """Whether the host's name is among those (RFC 9525 section 6.3: a star stands for the whole first label)."""
    wanted = host.tls.server_name or host.address
    try:
        address = str(ip_address(wanted))
    except ValueError:
        name = wanted.casefold().rstrip(".")
        star = "*." + name.partition(".")[2]
        return any(one.casefold() in (name, star) for one in names)
    return address in names
