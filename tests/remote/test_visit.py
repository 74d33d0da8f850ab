"""A whole visit over the real protocol: requests counted by the other side, the shell deleted, figures that agree."""

from __future__ import annotations

import pytest
from loopback_hosts import WAYS, entry, secret, twin

from vmready.remote.deadline import Deadline
from vmready.remote.winrm import BOOTSTRAP, CHUNK, open_connection


@pytest.mark.parametrize("way", WAYS)
def test_a_script_takes_five_requests_and_the_legs_of_the_logon(serve, authority, way):
    server = serve()
    connection = open_connection(entry(server, authority, way=way), secret(), deadline=Deadline(20))
    execution = connection.run_script(b"'hello'\n")
    connection.close()
    assert (execution.stdout, execution.stderr, execution.exit_code) == (b"read 'hello'\n", b"", 0)
    assert server.fleet.by_name["web-01"].spec.machine.lines == [BOOTSTRAP]
    counts, figures = server.counts("web-01"), connection.figures
    assert counts.requests == {"create": 1, "command": 1, "send": 1, "receive": 1, "delete": 1}
    assert counts.authentication_legs == figures.auth_legs == WAYS[way][2]
    assert figures.total_requests == counts.total_requests == 5 + WAYS[way][2]
    assert counts.open_shells == 0
    assert figures.shell_deleted
    assert figures.connections == counts.connections == 1
    assert (figures.bytes_sent, figures.bytes_received) == (counts.bytes_in, counts.bytes_out)
    assert figures.sealed == way.endswith("sealed")


@pytest.mark.parametrize("way", WAYS)
def test_a_second_script_in_the_same_shell_takes_three_more(serve, authority, way):
    server = serve()
    connection = open_connection(entry(server, authority, way=way), secret(), deadline=Deadline(20))
    assert connection.run_script(b"1").stdout == b"read 1"
    assert connection.run_script(b"2").stdout == b"read 2"
    connection.close()
    assert server.counts("web-01").total_requests == 8 + WAYS[way][2]
    assert server.counts("web-01").shells_opened == 1


@pytest.mark.parametrize("way", ["ntlm-sealed", "ntlm-https"])
def test_a_long_script_goes_in_pieces_that_old_hosts_take(serve, authority, way):
    server = serve()
    connection = open_connection(entry(server, authority, way=way), secret(), deadline=Deadline(20))
    script = b"0123456789abcdef" * (CHUNK // 8)
    assert connection.run_script(script).stdout == b"read " + script
    connection.close()
    assert server.counts("web-01").requests["send"] == 2
    assert connection.figures.receives == server.counts("web-01").requests["receive"]


def test_nothing_is_sent_before_a_script_is_run(serve, authority):
    server = serve()
    connection = open_connection(entry(server, authority), secret(), deadline=Deadline(20))
    connection.close()
    assert server.counts("web-01").connections == 0
    assert connection.figures.shell_deleted


@pytest.mark.parametrize("user", ["auditor", ".\\auditor", "WEB-01\\auditor", "CONTOSO\\auditor"])
@pytest.mark.parametrize("way", ["ntlm-https", "negotiate-https", "ntlm-sealed"])
def test_local_and_domain_names_log_on(serve, authority, way, user):
    server = serve()
    connection = open_connection(entry(server, authority, way=way, username=user), secret(), deadline=Deadline(20))
    connection.open()
    connection.close()
    assert server.counts("web-01").logons == 1


def test_the_logon_is_bound_to_the_certificate(serve, authority):
    from vmready.twin.authentication import ChannelBinding

    server = serve(twin(cbt=ChannelBinding.STRICT))
    for way in ("ntlm-https", "negotiate-https"):
        connection = open_connection(entry(server, authority, way=way), secret(), deadline=Deadline(20))
        connection.open()
        connection.close()


def test_the_environment_has_no_say(serve, authority, monkeypatch):
    """Proxies and certificate bundles of the environment would send a credential elsewhere, or trust someone else."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    monkeypatch.setenv("CURL_CA_BUNDLE", "/nonexistent")
    server = serve()
    for way in ("ntlm-https", "ntlm-sealed"):
        connection = open_connection(entry(server, authority, way=way), secret(), deadline=Deadline(20))
        assert connection.run_script(b"x").stdout == b"read x"
        connection.close()
