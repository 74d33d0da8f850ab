"""One client's connection to a twin: TLS, HTTP requests one after the other, the logon, and the faults of its host."""

from __future__ import annotations

import json
import os
import select
import socket
import ssl
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from vmready.twin.authentication import Logon
from vmready.twin.certificates import Flaw
from vmready.twin.counts import HostCounts
from vmready.twin.envelopes import NotAnEnvelope, Request, parse_request
from vmready.twin.execution import Restarts
from vmready.twin.faults import KINDS, Fault, Layer
from vmready.twin.fleet import Fleet, Hosted
from vmready.twin.http1 import BadHttp, Head, Reader, reply_head
from vmready.twin.sealing import CONTENT_TYPE, BadSeal
from vmready.twin.wsman import Caller, Wait
from vmready.twin.wsman_faults import FAULTS, Refused

COUNTS_PATH = "/twin/counts"
_SOAP_TYPE = "application/soap+xml;charset=UTF-8"
_HANDSHAKE_FAILURE = bytes.fromhex("15030300020228")  # TLS alert: fatal, handshake_failure (RFC 8446 section 6.2)
_SEAL_ALLOWANCE = 1_024
#: For SO_LINGER: close with a reset. Windows has two shorts there.
LINGER_NONE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Gone(Exception):
    """The client has left, or the server closes."""


class Reset(Exception):
    """The connection is to end with a TCP reset."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What connections share: the fleet, a socket that becomes readable when the server closes, and its call-backs."""

    fleet: Fleet
    closing: socket.socket
    counts: Callable[[], dict[str, HostCounts]]
    reset_others: Callable[[Hosted, Connection], None]
    report: Callable[[str], None]
    idle: float = 600.0


@dataclass(slots=True)
class Exchange:
    """One request on its way through a connection."""

    hosted: Hosted
    logon: Logon
    head: Head
    headers: tuple[tuple[str, str], ...] = ()
    sealed: bool = False
    operation: str = ""


class Connection:
    """Serves an accepted socket in a thread of its own; :meth:`run` never raises."""

    def __init__(self, number: int, sock: socket.socket, tls: bool, around: Surroundings) -> None:
        self.number, self._sock, self._tls, self._around = number, sock, tls, around
        self.address: str = sock.getsockname()[0]
        self._client: str = sock.getpeername()[0]
        self.hosts: tuple[Hosted, ...] = around.fleet.at(self.address)
        self._certificate: bytes | None = None
        self._logons: dict[str, Logon] = {}

    def run(self) -> None:
        """Until the client leaves, the server closes or a fault ends it."""
        try:
            self._sock.settimeout(self._around.idle)
            if self._open():
                reader = Reader(self._sock)
                while self._serve(reader):
                    pass
        except Reset:
            self.reset()
        except (Gone, BadHttp, OSError):
            pass  # the client's business
        except Exception as error:  # noqa: BLE001 - a thread must not die silently
            self._around.report(f"{type(error).__name__}: {error}")
        finally:
            self._sock.close()

    def interrupt(self) -> None:
        """Wake whoever waits on the socket; from any thread. Not SSLSocket's own shutdown: that would pull TLS away."""
        with suppress(OSError):
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def reset(self) -> None:
        """End with a TCP reset."""
        with suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
        self._sock.close()

    def _open(self) -> bool:
        if not self.hosts:
            raise Reset
        for hosted in self.hosts:
            hosted.tally.add("connections")
            if hosted.down_until > time.monotonic() or hosted.schedule.take(Layer.CONNECT, "connect"):
                with suppress(Gone):  # a reset before the client spoke could also meet its connect: let it speak first
                    self._wait(time.monotonic() + 5)
                raise Reset
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self._tls:
            return True
        flaw = Flaw.NONE
        for hosted in self.hosts:
            if fault := hosted.schedule.take(Layer.TLS, "tls"):
                flaw = KINDS[fault.kind].flaw
                if fault.kind == "handshake-silence":
                    while self._sock.recv(4_096):
                        pass
                    return False
                if flaw is Flaw.NONE:
                    self._sock.recv(4_096)
                    self._sock.sendall(_HANDSHAKE_FAILURE)
                    return False
        context = self._around.fleet.context(self.address, flaw)
        self._sock = wrapped = context.wrap_socket(self._sock, server_side=True, do_handshake_on_connect=False)
        wrapped.settimeout(15)
        wrapped.do_handshake()
        wrapped.settimeout(self._around.idle)
        self._certificate = self._around.fleet.certificate(wrapped.context)
        return True

    def _serve(self, reader: Reader) -> bool:
        head = reader.head()
        if head is None:
            return False
        if head.method == "GET" and head.target == COUNTS_PATH:
            text = json.dumps({name: counts.as_json() for name, counts in self._around.counts().items()})
            self._sock.sendall(reply_head(200, [("Content-Type", "application/json")], len(text)) + text.encode())
            return True
        hosted = self._around.fleet.find(self.address, head.target)
        limit = hosted.spec.limits.max_envelope + _SEAL_ALLOWANCE if hosted else 0
        body = reader.body(head, limit)
        if hosted is None:
            self._sock.sendall(reply_head(404, [], 0))
            return True
        hosted.tally.add("bytes_in", head.size + head.length)
        if hosted.spec.name not in self._logons:
            self._logons[hosted.spec.name] = Logon(hosted.accounts, self._certificate)
        exchange = Exchange(hosted, self._logons[hosted.spec.name], head)
        if head.method != "POST":
            self._reply(exchange, 405)
        elif body is None:
            exchange.headers = (("Connection", "close"),)  # a sealed body was not read: the cipher's state is lost
            self._reply(exchange, 413)
            return False
        elif _identifies_unauthenticated(head) or self._log_on(exchange, body):
            self._perform(exchange, body)
        return head.headers.get("connection", "").lower() != "close"

    def _log_on(self, exchange: Exchange, body: bytes) -> bool:
        """Whether the request may be carried out; if not, it has been answered."""
        header, logon, tally = exchange.head.headers.get("authorization", ""), exchange.logon, exchange.hosted.tally
        before = logon.account
        if logon.concludes(header) and self._play_before(exchange, "authenticate"):
            tally.add("authentication_legs")
            return False
        outcome = logon.present(header)
        exchange.headers = outcome.headers
        if outcome.granted and header and not before:
            tally.add("logons")
        if outcome.granted and body:
            return True
        tally.add("authentication_legs")
        if outcome.rejected:
            tally.add("rejected_logons")
        self._reply(exchange, 200 if outcome.granted else 401)
        return False

    def _perform(self, exchange: Exchange, body: bytes) -> None:
        sealed = exchange.head.headers.get("content-type", "").lower().startswith("multipart/encrypted")
        try:
            if sealed and not exchange.logon.can_seal:
                raise BadSeal("no security context")
            message = exchange.logon.unseal(body) if sealed else body
            request = parse_request(message)
        except (BadSeal, NotAnEnvelope):
            self._reply(exchange, 400)
            raise Gone from None  # the stream cipher's state is lost
        exchange.sealed, exchange.operation = sealed, request.operation
        if not exchange.logon.account and request.operation != "identify":
            exchange.headers = tuple(exchange.hosted.accounts.offers(exchange.logon.encrypted))
            self._reply(exchange, 401)
            return
        exchange.hosted.tally.request(request.operation)
        if exchange.logon.account and not (sealed or exchange.logon.encrypted or exchange.hosted.spec.plain):
            self._reply(exchange, 500)  # AllowUnencrypted is false (MS-WSMV section 2.2.4.34)
        elif not self._play_before(exchange, request.operation, request):
            self._answer(exchange, request)

    def _play_before(self, exchange: Exchange, place: str, request: Request | None = None) -> bool:
        """Faults that come before the service is asked. Whether one of them answered the request."""
        hosted = exchange.hosted
        if fault := hosted.schedule.take(Layer.TIME, place):
            self._wait(time.monotonic() + fault.seconds)
        if request is not None and (fault := hosted.schedule.take(Layer.SHELLS, place)):
            hosted.service.forget_shells()
            if fault.kind == "reboot":
                hosted.down_until = time.monotonic() + fault.seconds
                if isinstance(hosted.spec.machine, Restarts):
                    hosted.spec.machine.restart()
                self._around.reset_others(hosted, self)
                raise Reset
        fault = hosted.schedule.take(Layer.REQUEST, place)
        if fault is None:
            return False
        kind = KINDS[fault.kind]
        if kind.fault and request is not None:
            self._envelope(exchange, 500, FAULTS[kind.fault].envelope(request.message_id, self.address))
        elif kind.status == 401:
            exchange.logon.forget()
            exchange.headers = tuple(hosted.accounts.offers(exchange.logon.encrypted))
            if place == "authenticate":
                hosted.tally.add("rejected_logons")
            self._reply(exchange, 401)
        elif kind.status:
            self._reply(exchange, kind.status)
        elif kind.name == "silence":
            self._wait(None)
        else:
            raise Reset
        return True

    def _answer(self, exchange: Exchange, request: Request) -> None:
        hosted, arrived = exchange.hosted, time.monotonic()
        scheme = "https" if self._tls else "http"
        url = f"{scheme}://{exchange.head.headers.get('host', self.address)}{exchange.head.target}"
        caller = Caller(exchange.logon.account, self._client, url, self.number)
        status = 200
        try:
            while isinstance(answer := hosted.service.answer(request, caller, arrived, time.monotonic()), Wait):
                self._wait(answer.until)
        except Refused as refused:
            status, answer = 500, refused.fault.envelope(request.message_id, self.address)
        except Gone:
            raise
        except Exception as error:  # noqa: BLE001 - the machine behind the wire failed: say so on both sides
            self._around.report(f"{hosted.spec.name}: {type(error).__name__}: {error}")
            status, answer = 500, FAULTS["internal-error"].envelope(request.message_id, self.address)
        if request.operation == "create" and status == 200:
            hosted.tally.add("shells_opened")
        self._envelope(exchange, status, answer)

    def _envelope(self, exchange: Exchange, status: int, text: str) -> None:
        if (fault := exchange.hosted.schedule.take(Layer.REPLY, exchange.operation)) and (
            change := KINDS[fault.kind].text
        ):
            text = change(text)
        wire = exchange.hosted.schedule.take(Layer.WIRE, exchange.operation)
        message = text.encode()
        if exchange.sealed:
            message = exchange.logon.seal(message)
            if wire and wire.kind == "broken-seal":
                middle = len(message) // 2
                message = message[:middle] + bytes([message[middle] ^ 0x55]) + message[middle + 1 :]
        content_type = CONTENT_TYPE if exchange.sealed else _SOAP_TYPE
        exchange.headers = (*exchange.headers, ("Content-Type", content_type))
        self._reply(exchange, status, message, wire)

    def _reply(self, exchange: Exchange, status: int, body: bytes = b"", wire: Fault | None = None) -> None:
        head = reply_head(status, exchange.headers, len(body), exchange.hosted.spec.clock)
        exchange.hosted.tally.add("bytes_out", len(head) + len(body))
        match wire.kind if wire else "":
            case "drip":
                self._sock.sendall(head)
                for position in range(len(body)):
                    if position:  # and never after the last byte: the client may speak again then
                        self._wait(time.monotonic() + (wire.seconds if wire else 1.0))
                    self._sock.sendall(body[position : position + 1])
            case "cut-off":
                self._sock.sendall(head + body[: len(body) // 2])
                raise Gone
            case "reset-reply":
                self._sock.sendall(head + body[: len(body) // 2])
                raise Reset
            case _:
                self._sock.sendall(head + body)

    def _wait(self, until: float | None) -> None:
        """Until then. Raises :class:`Gone` when the client leaves meanwhile (anything it sends now is its good-bye)."""
        timeout = None if until is None else max(0.0, until - time.monotonic())
        if isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
            raise Gone
        if hasattr(select, "poll"):
            poll = select.poll()
            for each in (self._sock, self._around.closing):
                poll.register(each, select.POLLIN)
            ready = bool(poll.poll(None if timeout is None else timeout * 1_000))
        else:
            ready = bool(select.select([self._sock, self._around.closing], [], [], timeout)[0])
        if ready:
            raise Gone


def _identifies_unauthenticated(head: Head) -> bool:
    """Identify may come without a logon, by a header of its own; the product's version is withheld then."""
    return "wsmanidentify" in head.headers and "authorization" not in head.headers
