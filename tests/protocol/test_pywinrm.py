"""pywinrm, unmodified, against the twin."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from loopback import FakeMachine, client, host, run
from winrm.exceptions import InvalidCredentialsError

from vmready.twin.wsman import Limits

WAYS = [
    pytest.param("ntlm", "https", 2, id="ntlm-https"),
    pytest.param("ntlm", "http", 3, id="ntlm-sealed"),
    pytest.param("basic", "https", 0, id="basic-https"),
]


@pytest.mark.parametrize(("transport", "scheme", "legs"), WAYS)
def test_a_command_with_stdin_takes_five_requests_and_the_legs_of_its_logon(serve, authority, transport, scheme, legs):
    server = serve()
    text = "Grüße, 世界, \N{PILE OF POO}\r\n".encode()
    out, err, code = run(client(server, authority, transport=transport, scheme=scheme), "cat", text)
    assert (out, err, code) == (text, b"", 0)
    counts = server.counts("sh-01")
    assert counts.requests == {"create": 1, "command": 1, "send": 1, "receive": 1, "delete": 1}
    assert counts.authentication_legs == legs
    assert counts.total_requests == 5 + legs
    assert (counts.logons, counts.rejected_logons) == (1, 0)
    assert (counts.shells_opened, counts.open_shells) == (1, 0)
    assert counts.bytes_in > 5_000
    assert counts.bytes_out > 3_000


@pytest.mark.parametrize(("transport", "scheme", "legs"), WAYS)
def test_large_output_comes_back_whole_within_the_clients_envelope(serve, authority, transport, scheme, legs):
    server = serve()
    out, _, _ = run(client(server, authority, transport=transport, scheme=scheme), "spew 1000000")
    assert out == (b"0123456789abcdef" * 62_500)
    assert server.counts("sh-01").requests["receive"] >= 1_000_000 * 4 / 3 / 153_600


def test_a_command_without_stdin_and_its_exit_code_and_signal(serve, authority):
    server = serve()
    assert run(client(server, authority), "exit 3", signal=True) == (b"", b"failed\r\n", 3)
    assert server.counts("sh-01").requests["signal"] == 1


def test_stdin_in_pieces_and_output_split_inside_characters(serve, authority):
    server = serve(host("sh-01", limits=Limits(chunk=5)))
    protocol = client(server, authority)
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "cat", console_mode_stdin=False)
    text = "ää€€世界" * 40
    protocol.send_command_input(shell, command, text.encode()[:101])
    protocol.send_command_input(shell, command, text.encode()[101:], end=True)
    assert protocol.get_command_output(shell, command)[0].decode() == text
    protocol.close_shell(shell)


def test_a_slow_command_runs_into_operation_time_outs_until_it_answers(serve, authority):
    server = serve()
    protocol = client(server, authority, operation_timeout_sec=1, read_timeout_sec=5)
    assert run(protocol, "sleep 1.5") == (b"awake\r\n", b"", 0)
    assert server.counts("sh-01").requests["receive"] == 2


def test_wrong_passwords_and_unknown_accounts_are_refused(serve, authority):
    server = serve()
    for user, password in (("auditor", "wrong"), ("nobody", "wrong"), ("CONTOSO\\auditor", "wrong")):
        for transport, scheme in (("ntlm", "https"), ("ntlm", "http"), ("basic", "https")):
            with pytest.raises(InvalidCredentialsError):
                client(server, authority, transport=transport, scheme=scheme, user=user, password=password).open_shell()
    counts = server.counts("sh-01")
    assert (counts.logons, counts.rejected_logons) == (0, 9)
    assert counts.requests == {}


@pytest.mark.parametrize("user", ["auditor", ".\\auditor", "sh-01\\auditor", "SH-01\\Auditor"])
def test_a_local_account_logs_on_by_its_bare_name_and_by_the_hosts(serve, authority, user):
    assert run(client(serve(), authority, user=user), "echo hello")[0] == b"hello\r\n"


def test_a_domain_account_has_a_password_of_its_own(serve, authority):
    server = serve()
    assert run(client(server, authority, user="CONTOSO\\auditor", password="Another-Staple-8!"), "echo hello")[2] == 0


def test_hosts_on_one_port_are_told_apart_by_their_addresses(serve, authority):
    specs = [host(f"h-{number}", f"127.0.8.{number}") for number in range(1, 41)]
    server = serve(*specs)
    with ThreadPoolExecutor(8) as pool:
        outputs = list(pool.map(lambda spec: run(client(server, authority, spec.name), f"echo {spec.name}")[0], specs))
    assert outputs == [f"{spec.name}\r\n".encode() for spec in specs]
    for spec in specs:
        assert isinstance(spec.machine, FakeMachine)
        assert spec.machine.ran == [f"echo {spec.name}"]
        assert server.counts(spec.name).total_requests == 6


def test_hosts_on_one_address_are_told_apart_by_their_paths(serve, authority):
    specs = [host(f"h-{number}", "127.0.0.1", path=f"/wsman/h-{number}") for number in (1, 2)]
    server = serve(*specs)
    for spec in specs:
        for scheme in ("https", "http"):
            assert run(client(server, authority, spec.name, scheme=scheme), "echo x")[2] == 0
    assert [spec.machine.ran for spec in specs] == [["echo x", "echo x"]] * 2
