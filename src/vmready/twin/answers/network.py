"""tcp and http: what the declared endpoints answer, sorted into outcomes as ``docs/probes.md`` names them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from vmready.twin import times
from vmready.twin.answers.outcome import bad_argument, unsupported
from vmready.twin.answers.question import Question, bounded
from vmready.twin.answers.readings import Readings
from vmready.twin.names import fold
from vmready.twin.states import State

#: Seconds after which every network probe is over (``docs/probes.md``, Decisions).
DEADLINE = 15.0
_BODY = 65_536
_SOCKETS = {"refused": 10061, "forbidden": 10013, "unreachable": 10051, "dns-failure": 11001, "timeout": 10060}
_LOOKUPS = {"not-found": 11001, "try-again": 11002, "no-recovery": 11003, "no-data": 11004}
_HOST = re.compile(r"[A-Za-z0-9._:-]+", re.ASCII)
_URL = re.compile(r"https?://[^/?#@]+(?:[/?#]|\Z)")
_ADDRESS = re.compile(r"[\d.]+\Z|.*:", re.ASCII | re.DOTALL)
#: System.Net.WebExceptionStatus, those that a state may name.
_WEB = {
    **{
        "Success": 0,
        "NameResolutionFailure": 1,
        "ConnectFailure": 2,
        "ReceiveFailure": 3,
        "SendFailure": 4,
        "PipelineFailure": 5,
    },
    **{"RequestCanceled": 6, "ProtocolError": 7, "ConnectionClosed": 8, "TrustFailure": 9, "SecureChannelFailure": 10},
    **{
        "ServerProtocolViolation": 11,
        "KeepAliveFailure": 12,
        "Pending": 13,
        "Timeout": 14,
        "ProxyNameResolutionFailure": 15,
    },
    **{
        "UnknownError": 16,
        "MessageLengthLimitExceeded": 17,
        "CacheEntryNotFound": 18,
        "RequestProhibitedByCachePolicy": 19,
    },
    "RequestProhibitedByProxy": 20,
}
#: System.Net.HttpStatusCode where its name is not that of the RFC in one word.
_STATUS_TEXTS = {
    203: "NonAuthoritativeInformation",
    200: "OK",
    408: "RequestTimeout",
    413: "RequestEntityTooLarge",
    414: "RequestUriTooLong",
}
_STATUS_TEXTS |= {
    416: "RequestedRangeNotSatisfiable",
    407: "ProxyAuthenticationRequired",
    505: "HttpVersionNotSupported",
}
_TLS12 = 3072


def _outcome(socket: int | None, web: int | None = None, tls: bool = False) -> str:
    """The word for what failed. The numbers are the same in every language."""
    match socket:
        case 10061:
            return "refused"
        case 10060:
            return "timeout"
        case 10013:
            return "forbidden"
        case 10051 | 10065:
            return "unreachable"
        case 11001 | 11002 | 11003 | 11004:
            return "dns"
        case 10053 | 10054 | 10057 | 10058 if not tls:
            return "reset"
    return {1: "dns", 14: "timeout", 9: "tls", 10: "tls"}.get(web or 0, "tls" if tls else "failed")


def _endpoint(state: State, host: str, port: int) -> Mapping[str, Any]:
    endpoints = state["endpoints"]
    for name in (f"{host}:{port}", f"*:{port}", "*"):
        if name in endpoints:
            return endpoints[name]  # type: ignore[no-any-return]
    return {"tcp": "dns-failure"}


def _addresses(state: State, host: str) -> list[str]:
    if _ADDRESS.match(host):
        return [host]
    if host in state["dns"]:
        declared = state["dns"][host]
        return list(declared.get("addresses", ()) if isinstance(declared, Mapping) else declared)
    for name, endpoint in state["endpoints"].items():
        if fold(name).startswith(fold(host) + ":") and endpoint.get("tcp") != "dns-failure":
            return list(endpoint.get("addresses", ["203.0.113.10"]))
    anything = state["endpoints"].get("*")
    return ["203.0.113.10"] if anything is not None and anything.get("tcp") != "dns-failure" else []


def _patience(readings: Readings) -> float:
    return min(DEADLINE, readings.seconds / 2) * 1000


def tcp(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    port = bounded("port", question.one("port") or "", 1, 65_535)
    host = question.subject
    if not _HOST.fullmatch(host):
        raise bad_argument(host)
    if state.constrained:
        raise unsupported("sockets, in Constrained Language Mode")
    return {
        "dns": None if _ADDRESS.match(host) else _look_up(state, host, readings),
        "connect": _connect(state, host, port, readings),
    }


def _look_up(state: State, host: str, readings: Readings) -> dict[str, Any]:
    declared = state["dns"].get(host)
    detail = declared if isinstance(declared, Mapping) else {}
    if detail.get("silent") or detail.get("delay", 0) > _patience(readings):
        return {"outcome": "timeout", "socket": None, "addresses": []}
    found = _addresses(state, host)
    error = detail.get("error") or (None if found else "not-found")
    if error:
        return {"outcome": "dns", "socket": _LOOKUPS[error], "addresses": []}
    return {"outcome": "resolved", "socket": None, "addresses": found}


def _connect(state: State, host: str, port: int, readings: Readings) -> dict[str, Any]:
    endpoint = _endpoint(state, host, port)
    word = endpoint.get("tcp", "timeout")
    delay = state.os.get("connectTimeout", 21_000) if word == "timeout" else endpoint.get("delay", 0)
    if delay > _patience(readings):
        return {"outcome": "timeout", "socket": None, "remote": None}
    socket = _SOCKETS.get(word)
    if socket is not None:
        return {"outcome": _outcome(socket), "socket": socket, "remote": None}
    address = next(iter(_addresses(state, host)), "255.255.255.255")
    return {
        "outcome": "connected",
        "socket": None,
        "remote": f"[{address}]:{port}" if ":" in address else f"{address}:{port}",
    }


@dataclass(frozen=True, slots=True)
class _Failure:
    outcome: str
    socket: int | None = None
    web: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    host: str
    port: int
    secure: bool
    path: str
    direct: bool
    metadata: bool


def http(state: State, question: Question, readings: Readings) -> dict[str, Any]:
    request = _request(question)
    size = question.number("body", 0, 0, _BODY)
    number = state.os.get("securityProtocol", 0)
    if question.word("protocols", "default") is None and number:
        number |= _TLS12
    if state.constrained:
        raise unsupported("web requests, in Constrained Language Mode")
    nothing = dict.fromkeys(("status", "statusText", "length", "location", "socket", "web", "error", "certificate"))
    found = {"outcome": "timeout", **nothing, "body": "", "cut": False, "protocols": number}
    message = question.word("message", "yes") is not None
    if message:
        found["message"] = None
    endpoint = _endpoint(state, request.host, request.port)
    answer = _answer(endpoint, request)
    failure = _failure(endpoint, answer, request, readings)
    if failure is not None:
        return {
            **found,
            "outcome": failure.outcome,
            "socket": failure.socket,
            "web": failure.web,
            "error": failure.error,
        }
    for name, wanted in (answer or {}).get("requires", {}).items():
        if fold(wanted) != "TRUE" or not (request.metadata and fold(name) == "METADATA"):
            answer = {"status": 400, "body": f'{{"error":"the header {name} is missing or wrong"}}'}
            break
    found |= {**_response(answer or {}, size), "certificate": _certificate(endpoint, request, readings.now)}
    if message and found["status"] >= 400:
        said = f"The remote server returned an error: ({found['status']}) {found['statusText']}."
        found["message"] = (answer or {}).get("message") or said
    return found


def _request(question: Question) -> _Request:
    proxy = question.one("proxy", "none") or ""
    question.word("metadata", "yes")
    if proxy not in ("none", "default") and not re.fullmatch(r"[A-Za-z0-9._-]+:[0-9]{1,5}", proxy):
        raise bad_argument(f"proxy={proxy}")
    if not _URL.match(question.subject) or not re.fullmatch(r"[!-~]+", question.subject):
        raise bad_argument(question.subject)
    try:
        parts = urlsplit(question.subject)
        port = parts.port
    except ValueError:
        raise bad_argument(question.subject) from None
    if not parts.hostname:
        raise bad_argument(question.subject)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    secure = parts.scheme == "https"
    return _Request(
        parts.hostname,
        port or (443 if secure else 80),
        secure,
        path,
        proxy == "none",
        question.one("metadata") is not None,
    )


def _answer(endpoint: Mapping[str, Any], request: _Request) -> Mapping[str, Any] | None:
    """The declared answer: ``direct`` without a proxy, else the first of ``paths`` that fits, else ``http``."""
    if request.direct and "direct" in endpoint:
        return endpoint["direct"]  # type: ignore[no-any-return]
    if endpoint.get("tcp") == "open":
        for pattern, answer in endpoint.get("paths", {}).items():
            if re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), request.path, re.IGNORECASE | re.DOTALL):
                return answer  # type: ignore[no-any-return]
    return endpoint.get("http")


def _failure(
    endpoint: Mapping[str, Any], answer: Mapping[str, Any] | None, request: _Request, readings: Readings
) -> _Failure | None:
    word = endpoint.get("tcp", "timeout")
    if answer is None and word != "open":
        if word == "timeout":
            return _Failure("timeout")
        if word == "dns-failure":
            return _Failure(
                "dns", 11001, _WEB["NameResolutionFailure"], f"The remote name could not be resolved: '{request.host}'"
            )
        if word == "reset":
            text = "The underlying connection was closed: An unexpected error occurred on a receive."
            return _late(_Failure("reset", 10054, _WEB["ReceiveFailure"], text), endpoint.get("delay", 0), readings)
        refused = _Failure(
            _outcome(_SOCKETS[word]), _SOCKETS[word], _WEB["ConnectFailure"], "Unable to connect to the remote server"
        )
        return _late(refused, endpoint.get("delay", 0), readings)
    answer = answer or {}
    delay = endpoint.get("delay", 0) + answer.get("delay", 0)
    if answer.get("silent") or delay > _patience(readings):
        return _Failure("timeout")
    if "error" in answer:
        error = answer["error"]
        web = next(
            (number for name, number in _WEB.items() if fold(name) == fold(error["status"])), _WEB["UnknownError"]
        )
        return _Failure(_outcome(error.get("socket"), web), error.get("socket"), web, error.get("message"))
    trouble = endpoint.get("tls", {}).get("error") if request.secure else None
    if trouble == "handshake":
        return _Failure(
            "tls",
            None,
            _WEB["SecureChannelFailure"],
            "The request was aborted: Could not create SSL/TLS secure channel.",
        )
    if trouble is not None:
        text = "The underlying connection was closed: Could not establish trust relationship for the SSL/TLS secure channel."
        return _Failure("tls", None, _WEB["TrustFailure"], text)
    return None


def _late(failure: _Failure, delay: float, readings: Readings) -> _Failure:
    return _Failure("timeout") if delay > _patience(readings) else failure


def _response(answer: Mapping[str, Any], size: int) -> dict[str, Any]:
    status = answer.get("status", 200)
    body = answer.get("body", "").encode("utf-8", "replace")
    headers = answer.get("headers", {})
    declared = headers.get("Content-Length", "") if headers else ""
    if declared.strip().isdigit():
        length: int | None = int(declared)
    else:
        length = None if answer.get("chunked") or answer.get("stall") else len(body)
    return {
        "outcome": "answered",
        "status": status,
        "statusText": answer.get("statusText") or _status_text(status),
        "length": length,
        "location": headers.get("Location") if headers else None,
        "body": body[:size].decode("utf-8", "replace"),
        "cut": bool(answer.get("stall")) and len(body) < size,
    }


def _status_text(status: int) -> str:
    if status in _STATUS_TEXTS:
        return _STATUS_TEXTS[status]
    try:
        return re.sub(r"[^A-Za-z]", "", HTTPStatus(status).phrase.title())
    except ValueError:
        return str(status)


def _certificate(endpoint: Mapping[str, Any], request: _Request, now: datetime) -> dict[str, Any] | None:
    tls = endpoint.get("tls")
    if not request.secure or tls is None:
        return None
    subject = tls.get("subject", f"CN={request.host}")
    issuer = tls.get("issuer", subject)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    begins = times.moment(tls["notBefore"], now) if "notBefore" in tls else midnight - timedelta(days=30)
    ends = times.moment(tls["notAfter"], now) if "notAfter" in tls else midnight + timedelta(days=365)
    begins, ends = begins.replace(microsecond=0), ends.replace(microsecond=0)
    seen = "\n".join([subject, issuer, f"{begins:%Y-%m-%dT%H:%M:%S}", f"{ends:%Y-%m-%dT%H:%M:%S}"])
    thumbprint = (
        re.sub(r"[ :]", "", tls.get("thumbprint", "")) or hashlib.sha1(seen.encode(), usedforsecurity=False).hexdigest()
    )
    return {
        "subject": subject,
        "issuer": issuer,
        "thumbprint": thumbprint.upper(),
        "notBefore": times.iso(begins),
        "notAfter": times.iso(ends),
    }
