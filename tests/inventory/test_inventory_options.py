"""``--hosts`` and the options that describe a host without a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import testinfra.backend

from vmready.inventory import (
    HostsOption,
    InventoryError,
    host_from_url,
    parse_credential,
    parse_fingerprint,
    parse_hosts_option,
    parse_inputs,
    parse_roles,
    select,
)
from vmready.model import CredentialReference, Role, Tls

CANARY = "c4nary-pw"


def said(call: object, *arguments: object, **named: object) -> str:
    with pytest.raises(InventoryError) as error:
        call(*arguments, **named)  # type: ignore[operator]
    return str(error.value)


@pytest.mark.parametrize(
    "spec",
    [
        "ssh://root@web:2222",
        "local://",
        "docker://c0ffee",
        "ansible://all?ansible_inventory=/etc/ansible/hosts.yaml",
        "kubectl://pod?namespace=x",
        "paramiko://user@host",
        "web-01",
        "user@web-01:22",
        "10.0.0.4",
    ],
)
def test_what_is_testinfras_stays_as_it_is(spec: str) -> None:
    assert parse_hosts_option(spec, connections=testinfra.backend.BACKENDS) == HostsOption(others=(spec,))


@pytest.mark.parametrize(
    "path", ["prod.yaml", "prod.YML", "x.json", "./prod", "inventories/azure", "/etc/vmready/prod"]
)
def test_paths_are_inventories(path: str) -> None:
    assert parse_hosts_option(path) == HostsOption(inventories=(Path(path),))


def test_all_kinds_at_once() -> None:
    assert parse_hosts_option("a.yaml, winrm://u@h ,ssh://x,b/c,local://") == HostsOption(
        (Path("a.yaml"), Path("b/c")), ("winrm://u@h",), ("ssh://x", "local://")
    )


@pytest.mark.parametrize("value", ["", ",", " , "])
def test_no_host(value: str) -> None:
    assert said(parse_hosts_option, value) == "--hosts: names no host"


def test_unknown_connection() -> None:
    assert said(parse_hosts_option, "winmr://a", connections=testinfra.backend.BACKENDS) == (
        '--hosts: unknown connection "winmr://", did you mean "winrm"?'
    )


@pytest.mark.parametrize(
    "value",
    [
        f"winrm://builder:{CANARY}@10.0.0.4",
        f"WinRM://builder:{CANARY}@10.0.0.4:5986",
        f"a.yaml,winrm://builder:{CANARY}@h",
        f"winrm://b:{CANARY},and-more@h",
        f"winrm://b:{CANARY}:x@h",
        f"winrm://b:{CANARY}@x@h",
        "winrm://builder:@h",
    ],
)
def test_a_password_in_a_url_names_the_option_instead(value: str) -> None:
    message = said(select, value)
    assert message.startswith("--hosts: a password must not stand in a URL")
    assert "--credential env:NAME" in message
    assert CANARY not in message


@pytest.mark.parametrize("value", [f"winrm://b:{CANARY}/x@h", f"winrm://b:{CANARY},/x@h", f"winrm://b:{CANARY}"])
def test_what_may_be_a_password_is_not_repeated(value: str) -> None:
    message = said(select, value)
    assert "--credential" in message
    assert CANARY not in message
    assert "/x" not in message


@pytest.mark.parametrize(
    ("url", "name", "endpoint", "user"),
    [
        ("winrm://builder@10.0.0.4", "10.0.0.4", "https://10.0.0.4:5986/wsman", "builder"),
        ("winrm://h:443/tunnel", "h", "https://h:443/tunnel", ""),
        ("winrm://CONTOSO%5Cb@h", "h", "https://h:5986/wsman", "CONTOSO\\b"),
        ("winrm://CONTOSO\\b@h", "h", "https://h:5986/wsman", "CONTOSO\\b"),
        ("winrm://b@contoso.com@h", "h", "https://h:5986/wsman", "b@contoso.com"),
        ("winrm://b@h?no_ssl=true", "h", "http://h:5985/wsman", "b"),
        ("winrm://b@[fe80::1]:15986", "fe80--1", "https://[fe80::1]:15986/wsman", "b"),
    ],
)
def test_url(url: str, name: str, endpoint: str, user: str) -> None:
    host = host_from_url(url)
    assert (host.name, host.url, host.username, host.auth) == (name, endpoint, user, "negotiate")
    assert host.declared_roles is None


def test_url_parameters() -> None:
    host = host_from_url("winrm://b@h?no_verify_ssl=true&auth=ntlm&operation_timeout_sec=45")
    assert (host.tls, host.auth, host.timeouts.operation) == (Tls(verify=False), "ntlm", 45.0)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("winrm://", "a winrm:// URL names no host"),
        ("winrm://b@", "a winrm:// URL names no host"),
        ("winrm://b@h:0", "the port of a winrm:// URL is not a number from 1 to 65535"),
        ("winrm://b@h:x", "the port of a winrm:// URL is not a number from 1 to 65535"),
        ("winrm://b@fe80::1", "the port of a winrm:// URL is not a number from 1 to 65535"),
        ("winrm://b@a b", "the host of a winrm:// URL is neither a DNS name nor an IP address (IPv6 in brackets)"),
        ("winrm://b@[::x]", "the host of a winrm:// URL is neither a DNS name nor an IP address (IPv6 in brackets)"),
        ("winrm://h?no_ssI=true", 'unknown parameter "no_ssI" of a winrm:// URL, did you mean "no_ssl"?'),
        ("winrm://h?no_ssl=yes", "no_ssl is true or false"),
        ("winrm://h?auth=kerberos", 'unknown auth "kerberos"; known: ntlm, negotiate, basic'),
        ("winrm://h?auth=basic&no_ssl=true", "basic over http would send the password readable"),
    ],
)
def test_bad_url(url: str, message: str) -> None:
    assert said(host_from_url, url).startswith(f"--hosts: {message}")


def test_a_host_without_a_file() -> None:
    found = select(
        "winrm://builder@h",
        roles=["golden-image,!azure-vm"],
        inputs=["cloud=usgov", "note=NO"],
        credential="env:BUILD_PASSWORD",
        tls_fingerprint=":".join(["AB"] * 32),
    )
    (host,) = found.inventory.hosts
    assert host.declared_roles == {Role.GOLDEN_IMAGE}
    assert host.excluded_roles == {Role.AZURE_VM}
    assert host.inputs == {"cloud": "usgov", "note": "NO"}
    assert host.credential == CredentialReference("env", "BUILD_PASSWORD")
    assert host.tls == Tls(fingerprint="ab" * 32)


def test_two_ports_of_one_address_are_two_hosts() -> None:
    found = select("winrm://h,winrm://h:15986,ssh://h")
    assert [host.name for host in found.inventory.hosts] == ["h", "h-15986"]
    assert found.others == ("ssh://h",)
    assert said(select, "winrm://h,winrm://H,winrm://h") == '--hosts: the host "h" is given twice'


def test_a_credential_serves_hosts_that_name_none(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("hosts: {a: {username: u}, b: {credential: {env: B}}}")
    a, b = select(str(tmp_path / "x.yaml"), credential="env:A").inventory.hosts
    assert (str(a.credential), str(b.credential)) == ("env:A", "env:B")


def test_limit_is_applied(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("hosts: {a: , b: }")
    assert [h.name for h in select(str(tmp_path / "x.yaml"), limit="!a").inventory.hosts] == ["b"]


def test_all_wrong_options_at_once(tmp_path: Path) -> None:
    message = said(
        select,
        f"{tmp_path}/x.yaml",
        roles=["sesion-host"],
        inputs=["cloud=usgvo", "x"],
        credential=CANARY,
        tls_fingerprint="ab",
    )
    assert [line.split(":")[0] for line in message.splitlines()] == [
        "--credential",
        "--tls-fingerprint",
        "--role",
        "--input",
        "--input",
        f"{tmp_path}/x.yaml",
        "--role",
        "--input",
        "--tls-fingerprint",
    ]
    assert 'unknown role "sesion-host", did you mean "session-host"?' in message
    assert 'cloud: unknown cloud "usgvo", did you mean "usgov"?' in message
    assert CANARY not in message


def test_a_credential_that_nobody_uses() -> None:
    assert said(select, "ssh://h", credential="ask").startswith("--credential: is for hosts that vmready connects to")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ask", CredentialReference("ask")),
        ("env:A_1", CredentialReference("env", "A_1")),
        ("file:/run/pw", CredentialReference("file", "/run/pw")),
        ("keyring:https://vault/x/user", CredentialReference("keyring", ("https://vault/x", "user"))),
    ],
)
def test_credential(value: str, expected: CredentialReference) -> None:
    assert parse_credential(value) == expected


@pytest.mark.parametrize("value", [CANARY, "env:", f"env:{CANARY}", "file:", "keyring:x", f"evn:{CANARY}", ""])
def test_bad_credential(value: str) -> None:
    message = said(parse_credential, value)
    assert message.startswith("--credential: write env:NAME, file:PATH, keyring:SERVICE/USER or ask")
    assert CANARY not in message


def test_fingerprint() -> None:
    assert parse_fingerprint("AB:" * 31 + "AB") == "ab" * 32
    assert "SHA-1 thumbprint" in said(parse_fingerprint, "AB" * 20)
    assert "64 hexadecimal digits" in said(parse_fingerprint, "ABC")


def test_inputs() -> None:
    assert parse_inputs(["a=1", "b=x=y", "c=true", "d=on"]) == {"a": 1, "b": "x=y", "c": True, "d": "on"}
    assert said(parse_inputs, ["claud=usgov"]) == '--input: claud: not a known input, did you mean "cloud"?'
    assert said(parse_inputs, ["cloud="]) == "--input: cloud: has no value"


def test_roles() -> None:
    assert parse_roles([]) == (None, frozenset())
    assert parse_roles(["azure-backup", "session-host"])[0] == {Role.AZURE_BACKUP, Role.SESSION_HOST}
    assert said(parse_roles, ["azure-vm", "!azure-vm"]) == "--role: azure-vm is named and excluded at once"
