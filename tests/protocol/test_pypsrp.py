"""pypsrp's WS-Man and WinRS client, unmodified, against the twin."""

from __future__ import annotations

import pytest
from loopback import PASSWORD
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError
from pypsrp.shell import Process, SignalCode, WinRS
from pypsrp.wsman import WSMan

WAYS = [
    pytest.param(auth, ssl, legs, id=f"{auth}-{'https' if ssl else 'sealed'}")
    for auth in ("ntlm", "negotiate")
    for ssl, legs in ((True, 2), (False, 3))
]


def connect(server, authority, ssl=True, auth="negotiate", password=PASSWORD, **settings) -> WSMan:
    address = server.fleet.by_name["sh-01"].spec.address
    port = server.https_port if ssl else server.http_port
    trust = str(authority.ca_file)
    return WSMan(
        address, port=port, ssl=ssl, auth=auth, username="auditor", password=password, cert_validation=trust, **settings
    )


@pytest.mark.parametrize(("auth", "ssl", "legs"), WAYS)
def test_a_process_with_stdin(serve, authority, auth, ssl, legs):
    server = serve()
    text = "Grüße, 世界\r\n".encode()
    with connect(server, authority, ssl, auth) as wsman, WinRS(wsman, codepage=65001) as shell:
        process = Process(shell, "cat")
        process.begin_invoke()
        process.send(text, end=True)
        process.end_invoke()
        process.signal(SignalCode.TERMINATE)
        assert (process.stdout, process.stderr, process.rc) == (text, b"", 0)
    counts = server.counts("sh-01")
    assert counts.requests == {"create": 1, "command": 1, "send": 1, "receive": 1, "signal": 1, "delete": 1}
    assert counts.authentication_legs == legs
    assert (counts.logons, counts.open_shells) == (1, 0)


@pytest.mark.parametrize(("auth", "ssl", "legs"), WAYS)
def test_large_output(serve, authority, auth, ssl, legs):
    server = serve()
    with connect(server, authority, ssl, auth) as wsman, WinRS(wsman) as shell:
        process = Process(shell, "spew", ["600000"])
        process.invoke()
        assert len(process.stdout) == 600_000


def test_basic_over_tls_and_never_without(serve, authority):
    server = serve()
    with connect(server, authority, auth="basic") as wsman, WinRS(wsman) as shell:
        process = Process(shell, "echo", ["a", "b c"])
        process.invoke()
        assert process.stdout == b"a b c\r\n"
    with (
        connect(server, authority, ssl=False, auth="basic", encryption="never") as wsman,
        pytest.raises(AuthenticationError),
    ):
        WinRS(wsman).open()


def test_a_wrong_password_is_refused(serve, authority):
    server = serve()
    for ssl in (True, False):
        with connect(server, authority, ssl, password="wrong") as wsman, pytest.raises(AuthenticationError):
            WinRS(wsman).open()
    assert server.counts("sh-01").rejected_logons == 2


def test_unsealed_messages_over_http_are_refused(serve, authority):
    server = serve()
    with connect(server, authority, ssl=False, auth="ntlm", encryption="never") as wsman:
        with pytest.raises(WinRMTransportError) as refused:
            WinRS(wsman).open()
        assert refused.value.code == 500
    assert server.counts("sh-01").open_shells == 0


def test_a_program_without_a_path_is_not_found_when_the_cmd_shell_is_skipped(serve, authority):
    server = serve()
    with connect(server, authority) as wsman, WinRS(wsman) as shell:
        with pytest.raises(WSManFaultError) as fault:
            Process(shell, "powershell.exe", no_shell=True).begin_invoke()
        assert fault.value.code == 2147942402
        assert fault.value.provider == "Shell cmd plugin"


def test_a_shell_that_was_deleted_is_unknown(serve, authority):
    server = serve()
    with connect(server, authority) as wsman:
        shell = WinRS(wsman)
        shell.open()
        server.fleet.by_name["sh-01"].service.forget_shells()
        with pytest.raises(WSManFaultError) as fault:
            Process(shell, "cat").begin_invoke()
        assert fault.value.code == 2150858843
