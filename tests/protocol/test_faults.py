"""Every kind of fault, played to pywinrm over each transport that can have it."""

from __future__ import annotations

import binascii
import gc
import socket
import xml.etree.ElementTree as ET
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from loopback import client, host, run
from spnego.exceptions import SpnegoError
from winrm.exceptions import InvalidCredentialsError, WinRMTransportError, WSManFaultError

from vmready.twin.execution import TwinError
from vmready.twin.faults import KINDS, OPERATIONS, parse_faults
from vmready.twin.wsman_faults import FAULTS

TEXT = "Grüße, 世界, \N{PILE OF POO}\r\n".encode() * 20
ANY = (("ntlm", "https"), ("ntlm", "http"), ("basic", "https"))
TLS = (("ntlm", "https"), ("basic", "https"))
SEALED = (("ntlm", "http"),)


def raises(kind: type[BaseException], **attributes):
    def check(result):
        assert isinstance(result, kind), repr(result)
        for name, value in attributes.items():
            assert getattr(result, name) == value

    return check


def gives(out: bytes = TEXT, err: bytes = b"", code: int = 0):
    def check(result):
        if isinstance(result, BaseException):
            raise result
        assert result == (out, err, code)

    return check


def noisy(start_out: bytes = b"", start_err: bytes = b""):
    def check(result):
        out, err, code = result
        assert out.startswith(start_out)
        assert out.endswith(TEXT)
        assert err.startswith(start_err)
        assert bool(err) == bool(start_err)
        assert code == 0

    return check


LOST = raises(requests.RequestException)
UNREADABLE = raises(ET.ParseError)

#: kind -> (declaration, transports, what pywinrm meets)
EXPECTED = {
    "refused": ({}, ANY, raises(requests.ConnectionError)),
    "handshake-failure": ({}, TLS, raises(requests.exceptions.SSLError)),
    "handshake-silence": ({}, TLS, raises(requests.Timeout)),
    "wrong-name": ({}, TLS, raises(requests.exceptions.SSLError)),
    "expired": ({}, TLS, raises(requests.exceptions.SSLError)),
    "unknown-ca": ({}, TLS, raises(requests.exceptions.SSLError)),
    "delay": ({"seconds": 0.05}, ANY, gives()),
    "shells-gone": ({"at": "command"}, ANY, raises(WSManFaultError, wsman_fault_code=2150858843)),
    "reboot": ({"at": "receive", "times": 1, "seconds": 0}, ANY, raises(requests.ConnectionError)),
    "reset": ({"at": "send"}, ANY, raises(requests.ConnectionError)),
    "silence": ({"at": "receive"}, ANY, raises(requests.exceptions.ReadTimeout)),
    "bad-request": ({"at": "command"}, ANY, raises(WinRMTransportError, code=400)),
    "forbidden": ({"at": "authenticate"}, ANY, raises(WinRMTransportError, code=403)),
    "not-found": ({"at": "create"}, ANY, raises(WinRMTransportError, code=404)),
    "too-large": ({"at": "send"}, ANY, raises(WinRMTransportError, code=413)),
    "server-error": ({"at": "receive"}, ANY, raises(WinRMTransportError, code=500)),
    "unauthorized": ({}, ANY, raises(InvalidCredentialsError)),
    "timed-out": ({"times": 2}, ANY, gives()),
    "huge-output": ({"value": 400_000}, ANY, lambda result: gives(result[0])(result)),
    "split-characters": ({}, ANY, gives()),
    "truncated": ({}, ANY, gives(TEXT[: len(TEXT) // 2])),
    "no-output": ({}, ANY, gives(b"")),
    "two-frames": ({}, ANY, gives(TEXT + TEXT)),
    "stdout-noise": ({}, ANY, noisy(b"\xef\xbb\xbfWelcome.")),
    "stderr-noise": ({}, ANY, noisy(start_err=b"WARNING: noise\r\n")),
    "clixml": ({}, ANY, noisy(start_err=b"#< CLIXML\r\n<Objs ")),
    "exit-code": ({"value": 4294967295}, ANY, gives(code=4294967295)),
    "wrong-relates-to": ({"at": "delete"}, ANY, raises(AssertionError)),
    "half-envelope": ({"at": "create"}, ANY, UNREADABLE),
    "invalid-xml": ({"at": "command"}, ANY, UNREADABLE),
    "html": ({"at": "create"}, ANY, UNREADABLE),
    "xml-bomb": ({"at": "receive"}, ANY, UNREADABLE),
    "external-entity": ({"at": "receive"}, ANY, UNREADABLE),
    "invalid-base64": ({}, ANY, raises(binascii.Error)),
    "no-stream-end": ({}, ANY, gives()),
    "drip": ({"at": "create", "seconds": 0.0002}, ANY, gives()),
    "cut-off": ({"at": "receive"}, ANY, LOST),
    "reset-reply": ({"at": "create"}, ANY, LOST),
    "broken-seal": ({"at": "create"}, SEALED, raises(SpnegoError)),
    **{
        name: (
            {"at": "create"} if name not in {"unknown-command", "file-not-found"} else {"at": "command"},
            ANY,
            raises(WSManFaultError, **{"wmierror_code" if shape.wmi else "wsman_fault_code": shape.code}),
        )
        for name, shape in FAULTS.items()
        if name != "timed-out"
    },
}
TABLE = [
    pytest.param(kind, transport, scheme, id=f"{kind}-{transport}-{scheme}")
    for kind, (_, ways, _) in EXPECTED.items()
    for transport, scheme in ways
]


def attempt(server, authority, **settings):
    """The output of a command, or the first exception; the shell is deleted where that can be delivered."""
    protocol = client(server, authority, operation_timeout_sec=1, read_timeout_sec=2, **settings)
    shell = None
    try:
        shell = protocol.open_shell()
        command = protocol.run_command(shell, "cat", console_mode_stdin=False)
        protocol.send_command_input(shell, command, TEXT, end=True)
        result = protocol.get_command_output(shell, command)
        protocol.close_shell(shell, close_session=False)
        return result
    except (Exception, AssertionError) as error:
        if shell:
            with suppress(Exception):
                protocol.close_shell(shell)
        return error
    finally:
        protocol.transport.close_session()


def settled(server):
    """urllib3 closes a pool's connections when the pool is collected, and an exception's traceback keeps it alive."""
    gc.collect()
    return server.wait_idle()


def test_every_kind_is_in_the_table():
    assert set(EXPECTED) == set(KINDS)
    assert all(kind.doc for kind in KINDS.values())


@pytest.mark.parametrize(("kind", "transport", "scheme"), TABLE)
def test_what_the_client_meets(serve, authority, kind, transport, scheme):
    declared, _, check = EXPECTED[kind]
    faults = parse_faults([{"kind": kind, **declared}])
    faulty = host("sh-01", faults=faults)
    server = serve(faulty, host("sh-02", "127.0.7.2"))
    check(attempt(server, authority, transport=transport, scheme=scheme))
    counts = server.counts("sh-01")
    if kind != "refused":
        assert counts.faults[kind] >= 1
    assert run(client(server, authority, "sh-02"), "echo well")[0] == b"well\r\n"
    assert settled(server)
    assert server.counts("sh-02").faults == {}


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name not in {"identify", "signal"}])
@pytest.mark.parametrize("kind", ["reset", "cut-off", "server-error"])
def test_one_broken_operation_leaves_no_shell_where_delete_can_be_delivered(serve, authority, operation, kind):
    server = serve(host("sh-01", faults=parse_faults([{"kind": kind, "at": operation, "times": 1}])))
    assert isinstance(attempt(server, authority), Exception)
    assert server.counts("sh-01").faults == {kind: 1}
    assert settled(server)
    nobody_knows_its_id = (kind, operation) == ("cut-off", "create")
    assert server.counts("sh-01").leaked_shells == nobody_knows_its_id


def test_a_quota_that_is_reached_and_then_free(serve, authority):
    server = serve(host("sh-01", faults=parse_faults([{"kind": "too-many-shells", "times": 2}])))
    for _ in range(2):
        raises(WSManFaultError, wmierror_code=2150859173)(attempt(server, authority))
    gives()(attempt(server, authority))


def test_the_real_quota_counts_open_shells_per_account(serve, authority):
    server = serve()
    protocol = client(server, authority)
    shells = [protocol.open_shell() for _ in range(30)]
    with pytest.raises(WSManFaultError) as refused:
        protocol.open_shell()
    assert refused.value.wmierror_code == 2150859173
    protocol.close_shell(shells.pop(), close_session=False)
    shells.append(protocol.open_shell())
    assert server.counts("sh-01").open_shells == 30
    for shell in shells:
        protocol.close_shell(shell, close_session=False)
    protocol.transport.close_session()


def test_a_refused_delete_leaves_the_shell_open(serve, authority):
    server = serve(host("sh-01", faults=parse_faults([{"kind": "access-denied", "at": "delete"}])))
    raises(WSManFaultError, wsman_fault_code=5)(attempt(server, authority))
    assert settled(server)
    assert server.counts("sh-01").leaked_shells == 1


def test_the_nth_request_is_refused_and_only_that(serve, authority):
    server = serve(host("sh-01", faults=parse_faults([{"kind": "unauthorized", "at": "any", "request": 3}])))
    raises(InvalidCredentialsError)(attempt(server, authority, transport="basic"))
    gives()(attempt(server, authority, transport="basic"))
    assert server.counts("sh-01").faults == {"unauthorized": 1}


def test_a_host_that_is_down_refuses_and_another_is_there(serve, authority):
    server = serve(host("sh-01", faults=parse_faults([{"kind": "refused"}])), host("sh-02", "127.0.7.2"))
    result = attempt(server, authority)
    assert "Connection refused" in str(result)
    assert server.counts("sh-01").connections == 0
    assert run(client(server, authority, "sh-02"), "echo x")[2] == 0


def test_a_restarting_host_refuses_for_a_while_and_then_knows_no_shell(serve, authority):
    spec = host("sh-01", faults=parse_faults([{"kind": "reboot", "at": "send", "seconds": 60, "times": 1}]))
    server = serve(spec)
    raises(requests.ConnectionError)(attempt(server, authority))
    assert spec.machine.restarts == 1
    assert server.counts("sh-01").open_shells == 0
    raises(requests.ConnectionError)(attempt(server, authority))
    server.fleet.by_name["sh-01"].down_until = 0.0
    gives()(attempt(server, authority))


def test_a_reset_is_one_on_the_wire(serve, authority):
    server = serve(host("sh-01", faults=parse_faults([{"kind": "reset", "at": "identify"}])))
    with socket.create_connection(("127.0.7.1", server.http_port), timeout=5) as sock:
        body = Path(__file__).with_name("identify.xml").read_bytes()
        sock.sendall(
            b"POST /wsman HTTP/1.1\r\nWSMANIDENTIFY: unauthenticated\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        with pytest.raises(ConnectionResetError):
            sock.recv(1)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ("reset", "faults: expected a list"),
        ([{"at": "receive"}], r"faults\[0\]: a fault needs a kind"),
        ([{"kind": "reset"}, {"kind": "rest"}], r"faults\[1\]: unknown kind 'rest'; did you mean 'reset'\?"),
        ([{"kind": "reset", "time": 1}], "unknown key 'time'; did you mean 'times'"),
        ([{"kind": "expired", "at": "receive"}], "expired cannot happen at 'receive', only at tls"),
        ([{"kind": "reset", "times": 0}], "times must be a whole number, 1 or more"),
        ([{"kind": "reset", "request": True}], "request must be a whole number"),
        ([{"kind": "delay", "seconds": "long"}], "seconds must be a number"),
    ],
)
def test_a_declaration_that_is_wrong_is_named(declared, message):
    with pytest.raises(TwinError, match=message):
        parse_faults(declared)


@pytest.mark.slow
def test_a_hundred_megabytes_arrive(serve, authority):
    server = serve(host("sh-01", faults=parse_faults([{"kind": "huge-output"}])))
    assert len(run(client(server, authority), "cat", b"")[0]) == 100 * 1024 * 1024
