"""The requests adapter that sends over a :class:`~vmready.remote.wire.Wire`: one connection per host, no proxy, no redirect, no pool."""

from __future__ import annotations

import http.client
from collections.abc import Mapping

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from vmready.model import Host
from vmready.remote.deadline import Deadline
from vmready.remote.errors import ConnectionLost, HostError, NotWinrm, ProtocolError, TooLarge, clean, where
from vmready.remote.figures import Tally
from vmready.remote.wire import MAX_EXCHANGE, HttpOverWire, Wire

_PIECE = 65536


class WireAdapter(BaseAdapter):
    """Sends prepared requests, one at a time, on one connection.

    ``bound`` is set once an authentication belongs to the connection: from then on a connection that the host closed is lost, because
    a sealed message, and NTLM's logon, are worth nothing on another one.
    """

    def __init__(self, host: Host, deadline: Deadline, tally: Tally) -> None:
        super().__init__()
        self._host = host
        self._deadline = deadline
        self._tally = tally
        self._wire: Wire | None = None
        self._http: HttpOverWire | None = None
        self.bound = False
        self.has_sent = False
        self.doing = "connecting"
        self.seconds = host.timeouts.operation

    @property
    def certificate(self) -> bytes | None:
        """The listener's certificate (DER), None without TLS."""
        return self._wire.certificate if self._wire is not None else None

    def connect(self) -> None:
        """Open the connection if it is not open. Raises :class:`~vmready.remote.errors.HostError`."""
        if self._wire is not None and not self._wire.dropped_by_host():
            return
        if self.bound:
            self.close()
            raise ConnectionLost(f"{where(self._host)} closed the connection before {self.doing}.")
        self.close()
        wire = Wire(self._host, self._deadline, self._tally)
        wire.open()
        self._wire = wire
        self._http = HttpOverWire(wire)

    def use(self, deadline: Deadline) -> None:
        """From now on another deadline holds, for an open connection, too."""
        self._deadline = deadline
        if self._wire is not None:
            self._wire.deadline = deadline

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """As requests wants it; only ``request`` is looked at. Raises :class:`~vmready.remote.errors.HostError`."""
        self.connect()
        assert self._wire is not None
        assert self._http is not None
        self._tally.http_requests += 1
        self._wire.begin(self.doing, self.seconds)
        self.has_sent = True
        wire, connection = self._wire, self._http
        failure: HostError
        try:
            return self._exchange(wire, connection, request)
        except HostError as error:
            failure = error.bare()
        except http.client.RemoteDisconnected:
            failure = ConnectionLost(f"{where(self._host)} closed the connection without an answer while {self.doing}.")
        except http.client.BadStatusLine:
            failure = NotWinrm(f"{where(self._host)} does not answer in HTTP.")
        except http.client.IncompleteRead:
            failure = ConnectionLost(
                f"{where(self._host)} closed the connection in the middle of an answer while {self.doing}."
            )
        except (http.client.HTTPException, ValueError) as error:
            failure = ProtocolError(
                f"{where(self._host)} answered in broken HTTP while {self.doing} ({type(error).__name__})."
            )
        self.close()
        raise failure

    def _exchange(self, wire: Wire, connection: HttpOverWire, request: requests.PreparedRequest) -> requests.Response:
        connection.request(
            request.method or "POST",
            request.path_url,
            body=request.body,
            headers={str(k): str(v) for k, v in request.headers.items()},
        )
        with connection.getresponse() as answer:
            body = self._body(answer)
            response = requests.Response()
            response.status_code = answer.status
            response.reason = clean(answer.reason)
            response.headers = _joined(answer)
            closing = answer.will_close
        response.url = request.url or ""
        response.request = request
        response.encoding = "utf-8"
        response._content = body
        response._content_consumed = True  # type: ignore[attr-defined]
        if closing:
            wire.close()
        return response

    def _body(self, answer: http.client.HTTPResponse) -> bytes:
        if answer.length is not None and answer.length > MAX_EXCHANGE:
            raise TooLarge(
                f"{where(self._host)} announces an answer of {answer.length} bytes, at most {MAX_EXCHANGE} are read."
            )
        announced = answer.length
        body = bytearray()
        while piece := answer.read(_PIECE):
            body += piece
        if announced is not None and len(body) < announced:
            raise http.client.IncompleteRead(b"")
        return bytes(body)

    def close(self) -> None:
        wire, self._wire, self._http = self._wire, None, None
        if wire is not None:
            wire.close()


def _joined(answer: http.client.HTTPResponse) -> CaseInsensitiveDict[str]:
    """Headers, several of one name joined by commas as RFC 9110 section 5.3 has it."""
    headers: CaseInsensitiveDict[str] = CaseInsensitiveDict()
    for name, value in answer.getheaders():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
