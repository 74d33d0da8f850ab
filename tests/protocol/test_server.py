"""The server around the protocol: sockets, limits, certificates, counts, and a clean end."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import gc
import http.client
import json
import socket
import ssl
import stat
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from loopback import ACCOUNTS, FakeMachine, client, host, run
from winrm.exceptions import WinRMTransportError

from vmready.twin.certificates import Authority, Flaw
from vmready.twin.execution import TwinError
from vmready.twin.fleet import TwinHost
from vmready.twin.server import TwinServer
from vmready.twin.wsman import Limits

IDENTIFY = Path(__file__).with_name("identify.xml").read_bytes()
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")


def raw(server, text: bytes, address: str = "127.0.7.1") -> bytes:
    """What comes back until the server closes."""
    with socket.create_connection((address, server.http_port), timeout=10) as sock:
        sock.sendall(text)
        sock.shutdown(socket.SHUT_WR)
        parts = []
        while data := sock.recv(65_536):
            parts.append(data)
    return b"".join(parts)


def touch(address: str, port: int) -> None:
    """Connect and say nothing. Raises ConnectionResetError when the server ends it at once, cleanly or not."""
    with socket.create_connection((address, port), timeout=5) as sock:
        if not sock.recv(1):
            raise ConnectionResetError


def test_a_request_beyond_the_services_envelope_is_too_large(serve, authority):
    server = serve(host("sh-01", limits=Limits(max_envelope=20_000)))
    for scheme in ("https", "http"):
        protocol = client(server, authority, scheme=scheme)
        shell = protocol.open_shell()
        command = protocol.run_command(shell, "cat", console_mode_stdin=False)
        protocol.send_command_input(shell, command, b"x" * 12_000)
        with pytest.raises(WinRMTransportError) as refused:
            protocol.send_command_input(shell, command, b"x" * 15_000)
        assert refused.value.code == 413


def test_a_reply_keeps_to_the_services_envelope(serve, authority):
    server = serve(host("sh-01", limits=Limits(max_envelope=20_000)))
    assert len(run(client(server, authority), "spew 100000")[0]) == 100_000
    assert server.counts("sh-01").requests["receive"] == 8


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        (b"POST /wsman HTTP/1.1\r\nContent-Length: 3\r\nWSMANIDENTIFY: u\r\n\r\n<a>", b"400"),
        (b"POST /elsewhere HTTP/1.1\r\nContent-Length: 0\r\n\r\n", b"404"),
        (b"GET /wsman HTTP/1.1\r\n\r\n", b"405"),
        (b"POST /wsman HTTP/1.1\r\nContent-Length: 600000\r\n\r\n" + b"x" * 600_000, b"413"),
    ],
)
def test_what_is_no_ws_man_request(serve, request_text, status):
    assert raw(serve(), request_text).startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize(
    "text",
    [b"\x16\x03\x01\x00\x05hello", b"POST\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"A" * 70_000],
)
def test_what_is_no_http_ends_the_connection(serve, text):
    server = serve()
    with contextlib.suppress(ConnectionResetError):
        assert raw(server, text) == b""
    assert server.wait_idle()


def test_addresses_outside_loopback_are_refused():
    for address in ("0.0.0.0", "192.168.1.1", "::1", "localhost"):
        with pytest.raises(TwinError, match=r"must be in 127\.0\.0\.0/8"):
            TwinServer([TwinHost("a", FakeMachine(), ACCOUNTS, address)], https_port=None)


def test_hosts_that_cannot_be_told_apart_are_refused():
    one, two = host("a"), host("b")
    with pytest.raises(TwinError, match="host b: a has the same address and path"):
        TwinServer([one, two], https_port=None)
    with pytest.raises(TwinError, match="host a: the name is there twice"):
        TwinServer([one, host("a", "127.0.7.9")], https_port=None)


def test_a_port_that_is_taken_is_named(serve, authority):
    server = serve()
    with pytest.raises(TwinError, match=rf"cannot listen on port {server.http_port}: .*choose another port"):
        TwinServer([host("sh-01")], authority, https_port=None, http_port=server.http_port)


@linux
def test_a_thousand_hosts_need_two_listening_sockets_and_one_on_loopback_only(serve, authority):
    specs = [host(f"h-{number}", f"127.1.{number // 250}.{number % 250 + 1}") for number in range(1_000)]
    server = serve(*specs)
    mine = [link for link in psutil.Process().net_connections() if link.status == psutil.CONN_LISTEN]
    assert len([link for link in mine if link.laddr.port in {server.https_port, server.http_port}]) == 2
    for name in ("h-0", "h-517", "h-999"):
        assert run(client(server, authority, name), f"echo {name}")[0] == f"{name}\r\n".encode()
    others = {
        entry.address
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family == socket.AF_INET
    }
    for address in others - {"127.0.0.1"}:  # reached over lo as well, but not one of its addresses
        with pytest.raises(ConnectionError):
            touch(address, server.http_port)
    with pytest.raises(ConnectionResetError):  # nobody lives there
        touch("127.9.9.9", server.http_port)


def test_more_connections_than_allowed_are_reset(serve):
    server = serve(max_connections=2)
    kept = [socket.create_connection(("127.0.7.1", server.http_port), timeout=5) for _ in range(2)]
    while server.open_connections < 2:
        time.sleep(0.01)
    with pytest.raises(ConnectionResetError):
        touch("127.0.7.1", server.http_port)
    for sock in kept:
        sock.close()


def test_closing_does_not_wait_for_idle_connections_or_long_receives(serve, authority):
    server = serve()
    idle = socket.create_connection(("127.0.7.1", server.http_port), timeout=5)
    outcomes = []

    def wait_for_ever():
        try:
            run(client(server, authority, operation_timeout_sec=50, read_timeout_sec=60), "sleep 3600")
        except Exception as error:
            outcomes.append(error)

    waiting = threading.Thread(target=wait_for_ever)
    waiting.start()
    while server.counts("sh-01").requests.get("receive", 0) == 0:
        time.sleep(0.01)
    server.close()
    waiting.join(30)
    assert len(outcomes) == 1
    assert server.open_connections == 0
    idle.close()


def test_a_client_that_leaves_while_it_waits_frees_its_thread(serve, authority):
    server = serve()
    protocol = client(server, authority, operation_timeout_sec=1, read_timeout_sec=2)
    shell = protocol.open_shell()
    protocol.operation_timeout_sec = 50
    command = protocol.run_command(shell, "sleep 3600", console_mode_stdin=False)
    with pytest.raises(Exception, match="timed out"):
        protocol.get_command_output(shell, command)
    protocol.transport.close_session()
    gc.collect()
    assert server.wait_idle()
    assert server.counts("sh-01").leaked_shells == 1


def test_a_machine_that_fails_is_reported_on_both_sides(authority):
    with TwinServer([host("sh-01")], authority) as server:
        with pytest.raises(Exception, match="An internal error occurred"):
            run(client(server, authority), "nonsense")
        assert server.errors == ["sh-01: LookupError: no such command: nonsense"]


def test_counts_are_read_by_other_processes_too(serve, authority, tmp_path):
    server = serve(host("sh-01"), host("sh-02", "127.0.7.2"))
    run(client(server, authority), "echo x")
    with urllib.request.urlopen(f"http://127.0.7.2:{server.http_port}/twin/counts", timeout=10) as reply:
        over_http = json.load(reply)
    server.write_counts(tmp_path / "counts.json")
    written = json.loads((tmp_path / "counts.json").read_text(encoding="utf-8"))
    for counts in (over_http, written):
        assert counts["sh-01"]["total_requests"] == 6
        assert counts["sh-01"]["requests"] == {"create": 1, "command": 1, "receive": 1, "delete": 1}
        assert counts["sh-02"]["total_requests"] == 0


def test_the_clock_of_a_host_shows_in_its_replies(serve):
    server = serve(host("sh-01", clock=3_600))
    link = http.client.HTTPConnection("127.0.7.1", server.http_port, timeout=10)
    link.request("POST", "/wsman", IDENTIFY, {"WSMANIDENTIFY": "unauthenticated"})
    reply = link.getresponse()
    reply.read()
    link.close()
    ahead = email.utils.parsedate_to_datetime(reply.headers["Date"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(minutes=59) < ahead < dt.timedelta(minutes=61)


def test_certificates_name_the_host_and_its_address(serve, authority):
    server = serve(host("sh-01", names=("sh-01.contoso.example",)))
    context = ssl.create_default_context(cafile=authority.ca_file)
    for name in ("sh-01", "sh-01.contoso.example", "127.0.7.1"):
        with (
            socket.create_connection(("127.0.7.1", server.https_port), timeout=10) as sock,
            context.wrap_socket(sock, server_hostname=name) as tls,
        ):
            assert tls.version() == "TLSv1.3"
            shown = tls.getpeercert(binary_form=True)
    issued = authority.issue("sh-01", "127.0.7.1", "sh-01.contoso.example")
    assert issued.der == shown
    assert len(issued.fingerprint) == 64


def test_keys_are_private_and_gone_afterwards():
    with Authority() as authority:
        issued = authority.issue("a")
        assert stat.S_IMODE(issued.pem.stat().st_mode) == 0o600
        assert stat.S_IMODE(authority.folder.stat().st_mode) == 0o700
        assert authority.issue("a") is issued
        assert authority.issue("a", flaw=Flaw.EXPIRED).der != issued.der
    assert not authority.folder.exists()


def test_without_cryptography_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography.x509", None)
    with pytest.raises(TwinError, match=r"pip install 'vmready\[twin\]'"):
        Authority()


@pytest.mark.slow
@linux
def test_a_thousand_clients_at_once(serve):
    specs = [host(f"h-{number}", f"127.2.{number // 250}.{number % 250 + 1}") for number in range(1_000)]
    server = serve(*specs)
    before = len(psutil.Process().net_connections())
    barrier = threading.Barrier(1_000)

    def one(spec: TwinHost) -> int:
        link = http.client.HTTPConnection(spec.address, server.http_port, timeout=120)
        link.connect()
        barrier.wait(120)  # all are connected
        link.request("POST", "/wsman", IDENTIFY, {"WSMANIDENTIFY": "unauthenticated"})
        reply = link.getresponse()
        reply.read()
        link.close()
        return reply.status

    with ThreadPoolExecutor(1_000) as pool:
        assert set(pool.map(one, specs)) == {200}
    assert server.wait_idle(30)
    assert len(psutil.Process().net_connections()) <= before
    assert all(server.counts(spec.name).connections == 1 for spec in specs)
