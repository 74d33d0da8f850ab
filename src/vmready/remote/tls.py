"""Trust in a listener's certificate: one shared context per distinct setting, and what went wrong in words.

A context costs half of what a whole visit costs (it loads the machine's authorities), so that hosts with the same setting share one.
"""

from __future__ import annotations

import hashlib
import ssl
import threading
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from vmready.model import Host, Tls
from vmready.remote.errors import (
    CaFileUnusable,
    HostError,
    TlsBroken,
    TlsExpired,
    TlsHandshake,
    TlsUntrusted,
    TlsWrongFingerprint,
    TlsWrongName,
    clean,
    where,
)
from vmready.remote.figures import PeerCertificate

# X509_V_ERR_* of OpenSSL's x509_vfy.h.
_NOT_YET_VALID = 9
_EXPIRED = 10
_NAME_MISMATCHES = frozenset({62, 64})

_contexts: dict[tuple[object, ...], ssl.SSLContext] = {}
_lock = threading.Lock()


def trust(tls: Tls) -> str:
    """How a certificate is trusted, in a word: ``fingerprint``, ``ca-file``, ``system`` or ``unverified``."""
    if tls.fingerprint is not None:
        return "fingerprint"
    if not tls.verify:
        return "unverified"
    return "ca-file" if tls.ca_file is not None else "system"


def context_for(host: Host) -> ssl.SSLContext:
    """The shared context for the host's trust setting. Raises :class:`~vmready.remote.errors.CaFileUnusable`."""
    setting = trust(host.tls)
    key: tuple[object, ...] = (setting,)
    if setting == "ca-file":
        path = Path(host.tls.ca_file or "")
        try:
            stat = path.stat()
        except OSError as error:
            raise CaFileUnusable(f"The CA file {path} of {host.name} cannot be read: {error.strerror}.") from None
        # A file that was replaced meanwhile is another setting.
        key = (setting, str(path), stat.st_mtime_ns, stat.st_size)
    with _lock:
        context = _contexts.get(key)
        if context is None:
            context = _contexts[key] = _build(host, setting)
        return context


def _build(host: Host, setting: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if setting in {"fingerprint", "unverified"}:
        # A pinned certificate is compared right after the handshake, before anything is sent.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif setting == "system":
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    else:
        # An intermediate authority, or a listener's own exported certificate, is enough of an anchor.
        context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        try:
            context.load_verify_locations(cafile=host.tls.ca_file)
        except (OSError, ssl.SSLError) as error:
            reason = (
                error.strerror
                if isinstance(error, OSError) and not isinstance(error, ssl.SSLError)
                else "no PEM certificate in it"
            )
            raise CaFileUnusable(f"The CA file {host.tls.ca_file} of {host.name} cannot be used: {reason}.") from None
    return context


def check_fingerprint(host: Host, der: bytes) -> None:
    """Raises :class:`~vmready.remote.errors.TlsWrongFingerprint` where a pinned certificate is another one."""
    pinned = host.tls.fingerprint
    if pinned is None:
        return
    actual = hashlib.sha256(der).hexdigest()
    if actual != pinned.replace(":", "").lower():
        raise TlsWrongFingerprint(
            f"{where(host)} shows a certificate with the SHA-256 fingerprint {actual}, pinned is {pinned.replace(':', '').lower()}."
        )


def handshake_error(host: Host, error: Exception) -> HostError:
    """What a failed handshake means."""
    name = host.tls.server_name or host.address
    if isinstance(error, ssl.SSLCertVerificationError):
        code = error.verify_code
        said = clean(error.verify_message or "")
        if code in _NAME_MISMATCHES:
            return TlsWrongName(f"The certificate of {where(host)} is not for “{name}”.")
        if code == _EXPIRED:
            return TlsExpired(f"The certificate of {where(host)} has expired.")
        if code == _NOT_YET_VALID:
            return TlsExpired(f"The certificate of {where(host)} is not valid yet.")
        return TlsUntrusted(f"The certificate of {where(host)} is not trusted: {said}.")
    reason = getattr(error, "reason", None) or ""
    if reason in {
        "WRONG_VERSION_NUMBER",
        "HTTP_REQUEST",
        "HTTPS_PROXY_REQUEST",
        "UNKNOWN_PROTOCOL",
        "RECORD_LAYER_FAILURE",
    }:
        return TlsHandshake(f"{where(host)} does not speak TLS on this port.")
    if not isinstance(error, ssl.SSLError) or isinstance(error, ssl.SSLEOFError):
        return TlsBroken(f"{where(host)} ended the connection during the TLS handshake.")
    said = reason.replace("_", " ").lower() or "unknown error"
    return TlsHandshake(f"No TLS connection with {where(host)} could be made: {clean(said)}.")


def peer_certificate(der: bytes) -> PeerCertificate:
    """The parts of a certificate that a report shows. A certificate that cannot be parsed is told by its digest alone."""
    digest = hashlib.sha256(der).hexdigest()
    try:
        certificate = x509.load_der_x509_certificate(der)
        return PeerCertificate(
            digest,
            clean(certificate.subject.rfc4514_string()),
            clean(certificate.issuer.rfc4514_string()),
            certificate.not_valid_before_utc.isoformat(),
            certificate.not_valid_after_utc.isoformat(),
        )
    except (ValueError, TypeError):
        return PeerCertificate(digest, "", "", "", "")


def channel_binding(der: bytes) -> bytes | None:
    """``tls-server-end-point`` of RFC 5929 section 4.1: the hash that binds an authentication to this certificate.

    MD5 and SHA-1 become SHA-256, as the RFC has it, and so does an algorithm that names no hash (undefined there; what other clients
    do). None where the certificate cannot be parsed.
    """
    try:
        algorithm = x509.load_der_x509_certificate(der).signature_hash_algorithm
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    chosen: hashes.HashAlgorithm = hashes.SHA256()
    if algorithm is not None and algorithm.name not in {"md5", "sha1"}:
        chosen = algorithm
    digest = hashes.Hash(chosen)
    digest.update(der)
    return b"tls-server-end-point:" + digest.finalize()
