"""The way to a host, below WS-Man: whatever listens there, the wait ends, memory stays bounded, and the cause has its name."""

from __future__ import annotations

import hashlib
import itertools
import socket
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from loopback_hosts import PASSWORD, entry, secret, twin

from vmready.model import Host, Timeouts, Tls
from vmready.remote.deadline import Deadline
from vmready.remote.errors import HostError
from vmready.remote.winrm import open_connection
from vmready.twin.authentication import Account, Method
from vmready.twin.certificates import Flaw
from vmready.twin.faults import parse_faults


@contextmanager
def listener(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port on loopback where ``talk`` gets each connection; it ends when the other side hangs up."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            with connection, suppress(OSError):
                connection.settimeout(10)
                talk(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        over.set()
        thread.join()
        server.close()


def host(port: int, **settings: object) -> Host:
    plain = Host(
        "web-01", "127.0.0.1", port, scheme="http", auth="ntlm", username="auditor", timeouts=Timeouts(1.0, 1.0, 3.0)
    )
    return replace(plain, **settings)


def failure(where: Host, seconds: float = 3.0, password: str = PASSWORD) -> HostError:
    connection = open_connection(where, secret(password), deadline=Deadline(seconds))
    began = time.monotonic()
    with pytest.raises(HostError) as caught:
        connection.run_script(b"x")
    connection.close()
    assert time.monotonic() - began < seconds + 15, "a wait without end"
    assert caught.value.cause.message.isprintable()
    return caught.value


def say(*pieces: bytes, pause: float = 0.0) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)

    return talk


def endless(start: bytes, again: bytes, pause: float = 0.0) -> Callable[[socket.socket], None]:
    """Until the other side has had enough."""
    return say(start, *itertools.repeat(again, 100 if pause else 100_000), pause=pause)


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("talk", "code"),
    [
        pytest.param(endless(b"", b"H", 0.05), "timed-out", id="status-line-drips"),
        pytest.param(endless(OK, b"A: b\r\n", 0.1), "timed-out", id="headers-drip"),
        pytest.param(endless(OK, b"A: b\r\n"), "protocol-error", id="headers-without-end"),
        pytest.param(endless(OK, b"A" * 65536), "protocol-error", id="header-without-end"),
        pytest.param(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), "too-large", id="continues-for-ever"),
        pytest.param(endless(OK + b"\r\n", b"x" * 65536), "too-large", id="body-without-end"),
        pytest.param(say(OK + b"Content-Length: 999999999999\r\n\r\n"), "too-large", id="length-announced"),
        pytest.param(
            endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"8000\r\n" + b"x" * 32768 + b"\r\n"),
            "too-large",
            id="chunks-without-end",
        ),
        pytest.param(
            say(OK + b"Transfer-Encoding: chunked\r\n\r\nfffffffffff\r\n", b"x"), "connection-lost", id="one-huge-chunk"
        ),
        pytest.param(say(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "connection-lost", id="chunk-of-no-size"),
        pytest.param(say(b"SSH-2.0-OpenSSH_9.6\r\n"), "not-winrm", id="ssh"),
        pytest.param(say(b"\x15\x03\x03\x00\x02\x02\x46"), "not-winrm", id="tls"),
        pytest.param(say(b"HTTP/1.1 xyz\r\n\r\n"), "not-winrm", id="no-status"),
        pytest.param(say(), "connection-lost", id="closed-without-answer"),
        pytest.param(say(OK + b"Content-Length: 10\r\n\r\nabc"), "connection-lost", id="body-cut-off"),
        pytest.param(
            say(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
            "not-winrm",
            id="redirect",
        ),
        pytest.param(
            say(b"HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n"), "not-winrm", id="proxy"
        ),
        pytest.param(say(b"HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n"), "service-unavailable", id="service-down"),
        pytest.param(say(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"), "auth-not-offered", id="no-method-offered"),
        pytest.param(
            say(b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x, Digest\r\nContent-Length: 0\r\n\r\n"),
            "auth-not-offered",
            id="others-offered",
        ),
        pytest.param(say(OK + b"Content-Length: 0\r\n\r\n"), "not-sealed", id="no-logon-wanted"),
    ],
)
def test_whatever_listens_there_the_wait_ends_with_a_cause(talk, code):
    with listener(talk) as port:
        assert failure(host(port)).cause.code == code


def test_an_answer_that_ends_with_its_connection_is_read_whole():
    page = OK + b"Connection: close\r\n\r\n" + b"<html>" + b"x" * 200_000
    with listener(say(page.replace(b"200 OK", b"403 No"))) as port:
        error = failure(host(port))
    assert error.cause.code == "forbidden"


def test_a_token_that_is_none_ends_the_logon_before_the_password_is_used():
    def talk(connection: socket.socket) -> None:
        for token in (b"", b" AAAA", b" AAAA"):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM" + token + b"\r\nContent-Length: 0\r\n\r\n")

    with listener(talk) as port:
        error = failure(host(port))
    assert error.cause.code == "authentication-broken"


def test_a_challenge_that_never_comes_is_not_called_a_wrong_password():
    def talk(connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(b"HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n")

    with listener(talk) as port:
        assert failure(host(port)).cause.code == "authentication-broken"


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"], ids=["silent", "plain-http"])
def test_tls_where_there_is_none(answer):
    with listener(say(answer)) as port:
        error = failure(host(port, scheme="https", tls=Tls(verify=False)))
    assert error.cause.code == "tls-handshake"


def test_a_handshake_that_hangs_ends_with_the_connect_time():
    with listener(lambda connection: connection.recv(65536) and time.sleep(2)) as port:
        error = failure(host(port, scheme="https", tls=Tls(verify=False)), seconds=10)
    assert error.cause.code == "timed-out"
    assert "TLS handshake" in error.message


def test_a_host_that_never_accepts_is_a_connect_timeout():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        # The queue is full: further connections get no answer at all.
        queue = []
        for _ in range(3):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
            queue.append(waiting)
        error = failure(host(server.getsockname()[1]), seconds=10)
        for waiting in queue:
            waiting.close()
    assert error.cause.code == "connect-timeout"


def test_a_name_that_does_not_resolve():
    error = failure(host(5986, address="web-01..invalid"))
    assert error.cause.code == "dns"
    assert "web-01..invalid" in error.message


def test_a_password_is_never_sent_over_plain_http():
    heard = []
    with listener(lambda connection: heard.append(connection.recv(65536))) as port:
        error = failure(host(port, auth="basic"))
    assert error.cause.code == "not-sealed"
    assert heard == []


# --- trust


def test_each_way_of_trust(serve, authority, tmp_path):
    server = serve(twin(names=("inner.example",)))
    digest = hashlib.sha256(server.fleet.certificate(server.fleet.context("127.0.8.1", Flaw.NONE))).hexdigest()
    for trust, verified in (
        (Tls(ca_file=str(authority.ca_file)), "ca-file"),
        (Tls(fingerprint=digest), "fingerprint"),
        (Tls(verify=False), "unverified"),
        (Tls(ca_file=str(authority.ca_file), server_name="inner.example"), "ca-file"),
    ):
        connection = open_connection(entry(server, authority, tls=trust), secret(), deadline=Deadline(20))
        connection.open()
        connection.close()
        figures = connection.figures
        assert figures.verified == verified
        assert figures.certificate.sha256 == digest
        assert figures.tls_version.startswith("TLSv1.")
        assert "web-01" in figures.certificate.subject


@pytest.mark.parametrize(
    ("trust", "code"),
    [
        (Tls(), "tls-untrusted"),
        (Tls(fingerprint="ab" * 32), "tls-fingerprint"),
        (Tls(ca_file="CA", server_name="other.example"), "tls-name"),
        (Tls(ca_file="/nonexistent/ca.pem"), "ca-file"),
        (Tls(ca_file="GARBAGE"), "ca-file"),
    ],
    ids=["system", "fingerprint", "name", "no-ca-file", "no-pem"],
)
def test_a_certificate_that_is_not_trusted_gets_no_request(serve, authority, tmp_path, trust, code):
    server = serve()
    (tmp_path / "garbage.pem").write_text("no certificate")
    files = {"CA": str(authority.ca_file), "GARBAGE": str(tmp_path / "garbage.pem")}
    trust = replace(trust, ca_file=files.get(trust.ca_file or "", trust.ca_file))
    error = failure(entry(server, authority, way="basic-https", tls=trust))
    assert error.cause.code == code
    assert server.counts("web-01").total_requests == 0


@pytest.mark.parametrize(
    ("way", "methods", "offered"),
    [
        ("basic-https", {Method.NEGOTIATE}, "negotiate, kerberos"),
        ("ntlm-https", {Method.BASIC}, "basic"),
        ("negotiate-https", {Method.BASIC}, "basic"),
        ("ntlm-sealed", {Method.BASIC}, "none at all"),
    ],
)
def test_a_method_that_is_not_offered_is_told_with_those_that_are(serve, authority, way, methods, offered):
    server = serve(twin(methods=frozenset(methods)))
    error = failure(entry(server, authority, way=way))
    assert error.cause.code == "auth-not-offered"
    assert error.message.endswith(f"it offers: {offered}.")


# --- secrets


def frames(error: BaseException) -> str:
    """All that a debugger, or --showlocals, would show of an error."""
    shown = []
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        shown.append(repr(one))
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if frame.f_globals["__name__"] != __name__:
                shown.extend(map(repr, frame.f_locals.values()))
        todo += [one.__context__, one.__cause__]
    return "\n".join(shown)


@pytest.mark.parametrize("way", ["basic-https", "ntlm-https", "ntlm-sealed", "negotiate-https"])
@pytest.mark.parametrize("kind", ["unauthorized", "reset", "half-envelope", "access-denied", "silence"])
def test_no_error_carries_a_secret_or_a_header(serve, authority, way, kind):
    canary = "Canary-4711-Password"
    accounts = (Account.with_password("auditor", canary),)
    server = serve(twin(accounts=accounts, faults=parse_faults([{"kind": kind, "at": "create"}])))
    error = failure(entry(server, authority, way=way, seconds=2.0), seconds=2.0, password=canary)
    shown = frames(error)
    assert "run_script" in shown or "Connection" in shown
    assert "Canary" not in shown
    # base64 of "auditor:Canary" at any offset, and the header's name
    assert "YXVkaXRvcjpDYW5hcn" not in shown
    assert "Authorization" not in shown
    assert error.__context__ is None
    assert error.__cause__ is None


def test_the_process_keeps_its_warnings(serve, authority):
    server = serve()
    before = list(warnings.filters)
    for way in ("basic-https", "ntlm-sealed"):
        connection = open_connection(
            entry(server, authority, way=way, tls=Tls(verify=False)), secret(), deadline=Deadline(20)
        )
        connection.run_script(b"x")
        connection.close()
    assert warnings.filters == before
