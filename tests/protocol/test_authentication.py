"""Logons: channel binding, seals, what is offered, and that a logon belongs to its connection and its host."""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import ssl
from pathlib import Path

import pytest
import spnego
import spnego.channel_bindings
import yaml
from loopback import PASSWORD, client, host, run
from winrm.exceptions import InvalidCredentialsError, WinRMTransportError

from vmready.twin.authentication import Account, ChannelBinding, Method

IDENTIFY = Path(__file__).with_name("identify.xml").read_text(encoding="utf-8")


def connection(server, authority, name="sh-01"):
    address = server.fleet.by_name[name].spec.address
    context = ssl.create_default_context(cafile=authority.ca_file)
    return http.client.HTTPSConnection(address, server.https_port, timeout=10, context=context)


def post(link, body="", **headers):
    link.request("POST", "/wsman", body, {name.replace("_", "-"): value for name, value in headers.items()})
    reply = link.getresponse()
    return reply, reply.read().decode()


def negotiate(link, bindings=None, wrong=False):
    """The status of a hand-made NTLM logon; ``bindings`` is None for no channel binding."""
    settings = {"protocol": "ntlm", "options": spnego.NegotiateOptions.use_ntlm}
    if bindings:
        settings["channel_bindings"] = spnego.channel_bindings.GssChannelBindings(application_data=bindings)
    context = spnego.client("auditor", "wrong" if wrong else PASSWORD, **settings)
    token = context.step()
    while True:
        reply, _ = post(link, Authorization=f"Negotiate {base64.b64encode(token).decode()}")
        challenge = reply.headers.get("WWW-Authenticate", "").partition(" ")[2]
        if context.complete or not challenge:
            return reply.status
        token = context.step(base64.b64decode(challenge))


@pytest.mark.parametrize("cbt", list(ChannelBinding))
def test_the_channel_binding_is_compared_with_the_certificate(serve, authority, cbt):
    server = serve(host("sh-01", cbt=cbt))

    def status(bindings):
        link = connection(server, authority)
        try:
            link.connect()
            certificate = link.sock.getpeercert(binary_form=True)
            digest = hashlib.sha256(certificate).digest()
            return negotiate(link, bindings(digest))
        finally:
            link.close()

    assert status(lambda digest: b"tls-server-end-point:" + digest) == 200
    assert status(lambda digest: b"tls-server-end-point:" + digest[::-1]) == 401
    assert status(lambda digest: None) == (200 if cbt is ChannelBinding.RELAXED else 401)


def test_a_strict_listener_takes_pywinrm_with_its_binding_and_refuses_it_without(serve, authority):
    server = serve(host("sh-01", cbt=ChannelBinding.STRICT))
    assert run(client(server, authority), "echo x")[2] == 0
    with pytest.raises(InvalidCredentialsError):
        client(server, authority, send_cbt=False).open_shell()


def test_what_a_401_offers(serve, authority):
    server = serve(host("sh-01"), host("sh-02", "127.0.7.2", methods=frozenset({Method.NEGOTIATE})))
    for name, offers in (
        ("sh-01", ["Negotiate", "Kerberos", 'Basic realm="WSMAN"']),
        ("sh-02", ["Negotiate", "Kerberos"]),
    ):
        link = connection(server, authority, name)
        reply, body = post(link)
        assert (reply.status, body, reply.headers.get_all("WWW-Authenticate")) == (401, "", offers)
        link.close()
    link = http.client.HTTPConnection("127.0.7.1", server.http_port, timeout=10)
    reply, _ = post(link)
    assert reply.headers.get_all("WWW-Authenticate") == ["Negotiate", "Kerberos"]
    link.close()


def test_a_logon_belongs_to_its_connection(serve, authority):
    server = serve()
    first, second = connection(server, authority), connection(server, authority)
    assert negotiate(first) == 200
    assert post(first, IDENTIFY)[0].status == 200
    assert post(second, IDENTIFY)[0].status == 401
    first.close()
    second.close()


@pytest.mark.parametrize(
    "header", ["Negotiate", "Negotiate !", "Negotiate AAAA", "Kerberos YII=", "CredSSP AA==", "Basic QQ=="]
)
def test_a_credential_that_makes_no_sense_is_refused(serve, authority, header):
    server = serve()
    link = connection(server, authority)
    assert post(link, IDENTIFY, Authorization=header)[0].status == 401
    assert negotiate(link) == 200  # and the connection can still be used
    link.close()


def test_tokens_cut_short_anywhere_are_refused(serve, authority):
    server = serve()
    context = spnego.client("auditor", PASSWORD, protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
    link = connection(server, authority)
    reply, _ = post(link, Authorization=f"Negotiate {base64.b64encode(context.step()).decode()}")
    token = context.step(base64.b64decode(reply.headers["WWW-Authenticate"].partition(" ")[2]))
    link.close()
    for length in range(12, len(token), 7):
        link = connection(server, authority)
        start = spnego.client("auditor", PASSWORD, protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm).step()
        assert post(link, Authorization=f"Negotiate {base64.b64encode(start).decode()}")[0].status == 401
        assert post(link, Authorization=f"Negotiate {base64.b64encode(token[:length]).decode()}")[0].status == 401
        link.close()


def test_an_account_of_another_host_is_refused_though_the_name_is_the_same(serve, authority):
    server = serve(
        host("sh-01", accounts=(Account.with_password("auditor", "one"),)),
        host("sh-02", "127.0.7.2", accounts=(Account.with_password("auditor", "two"),)),
    )
    for name, right, wrong in (("sh-01", "one", "two"), ("sh-02", "two", "one")):
        for transport in ("ntlm", "basic"):
            assert run(client(server, authority, name, transport, password=right), "echo x")[2] == 0
            with pytest.raises(InvalidCredentialsError):
                client(server, authority, name, transport, password=wrong).open_shell()


def test_a_bad_seal_is_a_bad_request(serve, authority):
    server = serve()
    protocol = client(server, authority, scheme="http")
    shell = protocol.open_shell()
    wrap = protocol.transport.session.auth.session_security.wrap
    protocol.transport.session.auth.session_security.wrap = lambda message: (wrap(message)[0], b"\x01" * 16)
    with pytest.raises(WinRMTransportError) as refused:
        protocol.run_command(shell, "echo x")
    assert refused.value.code == 400
    protocol.transport.close_session()
    assert server.counts("sh-01").open_shells == 1
    assert server.wait_idle()
    assert server.counts("sh-01").leaked_shells == 1


def test_identify_without_a_logon_withholds_the_version(serve, authority):
    server = serve()
    link = connection(server, authority)
    reply, text = post(link, IDENTIFY, WSMANIDENTIFY="unauthenticated")
    assert reply.status == 200
    assert "OS: 0.0.0 SP: 0.0 Stack: 3.0" in text
    assert negotiate(link) == 200
    assert "OS: 10.0.20348 SP: 0.0 Stack: 3.0" in post(link, IDENTIFY)[1]
    link.close()


def test_the_header_of_identify_opens_nothing_else(serve, authority):
    server = serve()
    link = connection(server, authority)
    recorded = Path(__file__).with_name("recordings") / "test_winrs_standard.yml"
    create = yaml.safe_load(recorded.read_text(encoding="utf-8"))["messages"][0]["request"]
    assert post(link, create, WSMANIDENTIFY="unauthenticated")[0].status == 401
    assert server.counts("sh-01").open_shells == 0
    link.close()


def test_a_foreign_account_cannot_use_a_shell(serve, authority):
    server = serve()
    shell = client(server, authority).open_shell()
    other = client(server, authority, user="CONTOSO\\auditor", password="Another-Staple-8!")
    with pytest.raises(Exception, match="Access is denied") as refused:
        other.run_command(shell, "echo x")
    assert refused.value.wsman_fault_code == 5


def test_the_user_file_of_the_process_is_put_back_and_holds_no_password(serve, authority, monkeypatch):
    monkeypatch.setenv("NTLM_USER_FILE", "/nonexistent/mine")
    server = serve()
    path = Path(os.environ["NTLM_USER_FILE"])
    assert run(client(server, authority), "echo x")[2] == 0
    text = path.read_text(encoding="utf-8")
    assert "auditor" in text
    assert PASSWORD not in text
    assert PASSWORD not in repr(server.fleet.by_name["sh-01"].spec)
    assert path.stat().st_mode & 0o777 == 0o600
    server.close()
    assert os.environ["NTLM_USER_FILE"] == "/nonexistent/mine"
    assert not path.exists()
