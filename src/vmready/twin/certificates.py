"""Certificates for twins: an authority made for one run, a server certificate per host, and broken ones on request.

Needs the package ``cryptography`` (extra ``twin``). Keys are on P-256, since a thousand hosts want a thousand of them, and
every signature is ECDSA with SHA-256, so that a certificate's SHA-256 is also what its channel binding holds (RFC 5929
section 4.1).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import os
import shutil
import ssl
import tempfile
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from vmready.twin.execution import TwinError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

_DAY = dt.timedelta(days=1)


class Flaw(StrEnum):
    """What is wrong with a server certificate."""

    NONE = "none"
    EXPIRED = "expired"
    WRONG_NAME = "wrong-name"
    UNKNOWN_CA = "unknown-ca"


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A certificate with its key in one PEM file of mode 0600. ``der`` is the certificate alone."""

    pem: Path
    der: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, 64 hexadecimal digits in lower case."""
        return hashlib.sha256(self.der).hexdigest()

    def context(self) -> ssl.SSLContext:
        """A server's TLS settings with this certificate, TLS 1.2 and 1.3."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.num_tickets = 0  # nobody resumes, and each ticket would cost memory and bytes
        context.load_cert_chain(self.pem)
        return context


class Authority:
    """A certificate authority in a temporary folder that :meth:`close` removes. ``ca_file`` is its certificate (PEM)."""

    def __init__(self, now: dt.datetime | None = None) -> None:
        try:
            import cryptography.x509  # noqa: F401, PLC0415 - optional extra
        except ImportError:
            raise TwinError("a twin with HTTPS needs the package cryptography: pip install 'vmready[twin]'") from None
        self._now = now or dt.datetime.now(dt.UTC)
        self.folder = Path(tempfile.mkdtemp(prefix="vmready-twin-"))
        self._lock = threading.Lock()
        self._issued: dict[tuple[tuple[str, ...], Flaw], ServerCertificate] = {}
        self._key, self._certificate = self._self_signed("vmready twin CA")
        self._stranger: tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None = None
        self.ca_file = self.folder / "ca.pem"
        self._write(self.ca_file, _pem(self._certificate))

    def __enter__(self) -> Authority:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the keys."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def issue(self, *names: str, flaw: Flaw = Flaw.NONE) -> ServerCertificate:
        """The server certificate for host names and IP addresses; the same one for the same names and flaw."""
        with self._lock:
            if (names, flaw) not in self._issued:
                self._issued[names, flaw] = self._issue(names, flaw)
            return self._issued[names, flaw]

    def _issue(self, names: tuple[str, ...], flaw: Flaw) -> ServerCertificate:
        from cryptography import x509  # noqa: PLC0415
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

        signer, issuer = self._key, self._certificate
        if flaw is Flaw.UNKNOWN_CA:
            self._stranger = self._stranger or self._self_signed("a CA nobody trusts")
            signer, issuer = self._stranger
        shown = ("someone-else.invalid",) if flaw is Flaw.WRONG_NAME else names
        start = self._now - (40 * _DAY if flaw is Flaw.EXPIRED else _DAY)
        end = self._now - 10 * _DAY if flaw is Flaw.EXPIRED else self._now + 30 * _DAY
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(_name(shown[0]))
            .issuer_name(issuer.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in shown]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .sign(signer, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        pem = self.folder / f"{certificate.serial_number:x}.pem"
        self._write(pem, private + _pem(certificate))
        return ServerCertificate(pem, certificate.public_bytes(serialization.Encoding.DER))

    def _self_signed(self, name: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        from cryptography import x509  # noqa: PLC0415
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

        key = ec.generate_private_key(ec.SECP256R1())
        usage = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
        )
        certificate = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - 60 * _DAY)
            .not_valid_after(self._now + 60 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(
                x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False),
                critical=True,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return key, certificate

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)


def _name(common_name: str) -> x509.Name:
    from cryptography import x509  # noqa: PLC0415

    return x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, common_name[:64])])


def _general(name: str) -> x509.GeneralName:
    from cryptography import x509  # noqa: PLC0415

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    return certificate.public_bytes(serialization.Encoding.PEM)
