"""Every mistake in an inventory gives its own line: file, line, key, what is wrong, what was probably meant."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vmready.inventory import InventoryError, load

REFERENCES = "{env: NAME}, {file: PATH}, {command: [PROGRAM, …]}, {keyring: {service: …, username: …}} or ask"
NAME = 'a name of letters, digits, ".", "_" and "-", with a letter or digit at both ends'
CREDENTIAL = f"a reference to the password: {REFERENCES}"
TLS = "one way to trust the server (ca_file, fingerprint, verified or unverified) and a server_name"
FINGERPRINT = "the certificate's SHA-256 fingerprint: 64 hexadecimal digits, colons between them or not"


def lines_of(path: Path, monkeypatch: pytest.MonkeyPatch, *others: Path) -> list[str]:
    """What a user in the file's folder is told."""
    monkeypatch.chdir(path.parent)
    with pytest.raises(InventoryError) as error:
        load([Path(p.name) for p in (path, *others)])
    return str(error.value).splitlines()


CASES = {
    "unknown key": ("hosts:\n  web-01:\n    prot: 5986\n", ['3: hosts.web-01.prot: unknown key, did you mean "port"?']),
    "unknown key at the top": ("hots:\n  a:\nhosts: {a: }\n", ['1: hots: unknown key, did you mean "hosts"?']),
    "unknown key unlike any": (
        "hosts: {a: }\nzzz: 1\n",
        ["2: zzz: unknown key; known: $schema, defaults, groups, hosts"],
    ),
    "Ansible's names": (
        "hosts:\n  a:\n    ansible_host: b\n    ansible_user: c\n",
        [
            '3: hosts.a.ansible_host: unknown key, did you mean "address"?',
            '4: hosts.a.ansible_user: unknown key, did you mean "username"?',
        ],
    ),
    "Ansible's layout": (
        "all:\n  hosts: {a: }\n",
        [
            " no hosts: each stands by its name under hosts",
            "1: all: unknown key: this is Ansible's layout; here defaults, groups and hosts stand at the top",
        ],
    ),
    "duplicate key": (
        "hosts:\n  a:\n    port: 1\n    port: 2\n",
        ["4: hosts.a.port: duplicate key, first used in line 3"],
    ),
    "duplicate host": ("hosts:\n  a:\n  b:\n  a:\n", ["4: hosts.a: duplicate key, first used in line 2"]),
    "duplicate host by case": (
        "hosts:\n  web:\n  WEB:\n",
        ['3: hosts.WEB: the same host as "web" in line 2 (names ignore case)'],
    ),
    "duplicate group by case": (
        "hosts: {a: }\ngroups:\n  g:\n  G:\n",
        ['4: groups.G: the same group as "g" in line 3 (names ignore case)'],
    ),
    "unknown auth": (
        "defaults:\n  auth: ntml\nhosts: {a: }\n",
        ['2: defaults.auth: unknown value "ntml", did you mean "ntlm"?'],
    ),
    "auth of later": (
        "hosts:\n  a: {auth: kerberos}\n  b: {auth: Certificate}\n  c: {auth: credssp}\n",
        [
            "2: hosts.a.auth: kerberos is not supported yet: use negotiate, ntlm or basic",
            "3: hosts.b.auth: certificate is not supported yet: use negotiate, ntlm or basic",
            "4: hosts.c.auth: credssp is not supported yet: use negotiate, ntlm or basic",
        ],
    ),
    "unknown role": (
        "hosts:\n  a:\n    roles: [azure-backup, sesion-host]\n",
        ['3: hosts.a.roles[1]: unknown value "sesion-host", did you mean "session-host"?'],
    ),
    "excluded role without quotes": (
        "hosts:\n  a:\n    roles:\n      - !azure-vm\n",
        ['4: hosts.a.roles[0]: YAML reads !azure-vm as a tag: write "!azure-vm" in quotes'],
    ),
    "role named and excluded": (
        'hosts:\n  a:\n    roles: [azure-backup, "!azure-backup"]\n',
        ["3: hosts.a.roles: azure-backup is named and excluded (!azure-backup) at once"],
    ),
    "role twice": (
        "hosts: {a: {roles: [azure-vm, azure-vm]}}\n",
        ["1: hosts.a.roles: names something twice"],
    ),
    "password": (
        "hosts:\n  a:\n    password: hunter2\n",
        [f"3: hosts.a.password: a password must not stand in an inventory: write credential: {REFERENCES}"],
    ),
    "password in Ansible's name": (
        "defaults: {ansible_password: hunter2}\nhosts: {a: }\n",
        [f"1: defaults.ansible_password: a password must not stand in an inventory: write credential: {REFERENCES}"],
    ),
    "secret among inputs": (
        "hosts:\n  a:\n    inputs:\n      clientSecret: hunter2\n      workspace_key: hunter2\n",
        [
            f"{line}: hosts.a.inputs.{key}: a secret must not stand in an inventory, "
            "and inputs and tags are written into reports: leave it out"
            for line, key in ((4, "clientSecret"), (5, "workspace_key"))
        ],
    ),
    "credential as text": (
        "hosts:\n  a:\n    credential: hunter2\n",
        [f"3: hosts.a.credential: a password must not stand in an inventory: write {REFERENCES}"],
    ),
    "credential that is no name": (
        "hosts:\n  a:\n    credential: {env: hunter2!}\n",
        ["3: hosts.a.credential.env: expected the name of an environment variable, found text"],
    ),
    "two credentials": (
        "hosts:\n  a:\n    credential: {env: A, file: b}\n",
        [f"3: hosts.a.credential: expected {CREDENTIAL}, found env and file at once"],
    ),
    "credential without reference": (
        "hosts:\n  a:\n    credential: {}\n",
        [f"3: hosts.a.credential: is empty, expected {CREDENTIAL}"],
    ),
    "credential command as text": (
        "hosts:\n  a:\n    credential: {command: cat hunter2}\n",
        ["3: hosts.a.credential.command: expected a list of a program and its arguments, found text"],
    ),
    "keyring without user": (
        "hosts:\n  a:\n    credential: {keyring: {service: s}}\n",
        ["3: hosts.a.credential.keyring: lacks the key username"],
    ),
    "group loop": (
        "hosts: {h: }\ngroups:\n  a: {children: [b]}\n  b:\n    children: [a]\n    hosts: [h]\n",
        ["5: groups.b.children: the groups form a loop: a > b > a"],
    ),
    "group within itself": (
        "hosts: {h: }\ngroups:\n  a: {children: [a]}\n",
        ["3: groups.a.children: the groups form a loop: a > a"],
    ),
    "unknown child": (
        "hosts: {h: }\ngroups:\n  web: {children: [wbe-eu]}\n  web-eu: {hosts: [h]}\n",
        ['3: groups.web.children[0]: unknown group "wbe-eu", did you mean "web-eu"?'],
    ),
    "unknown host of a group": (
        "hosts: {web-01: }\ngroups:\n  web:\n    hosts:\n      - web-01\n      - web-O2\n",
        ['6: groups.web.hosts[1]: unknown host "web-O2", did you mean "web-01"?'],
    ),
    "no hosts": ("defaults: {port: 5986}\n", [" no hosts: each stands by its name under hosts"]),
    "hosts of nothing": ("hosts: {}\n", ["1: hosts: no hosts: each stands by its name here"]),
    "hosts without names": (
        "hosts:\n",
        ["1: hosts: expected a mapping of host names to settings, found nothing"],
    ),
    "hosts as a list": (
        "hosts: [a, b]\n",
        ["1: hosts: expected a mapping of host names to settings, found a list"],
    ),
    "port too high": (
        "hosts:\n  a: {port: 70000}\n",
        ["2: hosts.a.port: expected a port from 1 to 65535, found 70000"],
    ),
    "port of zero": ("hosts:\n  a: {port: 0}\n", ["2: hosts.a.port: expected a port from 1 to 65535, found 0"]),
    "port as text": (
        'hosts:\n  a: {port: "5986"}\n',
        ['2: hosts.a.port: expected a port from 1 to 65535, found "5986"'],
    ),
    "port in the address": (
        "hosts:\n  a: {address: 10.0.0.4:5986}\n",
        ["2: hosts.a.address: expected a DNS name or an IP address without a port (which stands under port)"],
    ),
    "URL as address": (
        "hosts:\n  a: {address: https://a/wsman}\n",
        ['2: hosts.a.address: expected a DNS name or an IP address without scheme and port, found "https://a/wsman"'],
    ),
    "path without slash": (
        "hosts:\n  a: {path: wsman}\n",
        ['2: hosts.a.path: expected a URL path such as /wsman, found "wsman"'],
    ),
    "fingerprint too short": (
        "hosts:\n  a: {tls: {fingerprint: 'AA:BB'}}\n",
        [f'2: hosts.a.tls.fingerprint: expected {FINGERPRINT}, found "AA:BB"'],
    ),
    "SHA-1 thumbprint": (
        f"hosts:\n  a: {{tls: {{fingerprint: {'A1' * 20}}}}}\n",
        [
            "2: hosts.a.tls.fingerprint: this is a SHA-1 thumbprint (40 digits), the SHA-256 fingerprint (64) is needed: "
            "openssl x509 -noout -fingerprint -sha256"
        ],
    ),
    "basic over http": (
        "hosts:\n  a:\n    scheme: http\n    auth: basic\n",
        ["4: hosts.a.auth: basic over http would send the password readable: use https, or auth negotiate or ntlm"],
    ),
    "basic over http, by inheritance": (
        "defaults: {auth: basic}\nhosts:\n  a:\n  b:\n    scheme: http\n",
        ["5: hosts.b.scheme: basic over http would send the password readable: use https, or auth negotiate or ntlm"],
    ),
    "two ways to trust": (
        f"hosts:\n  a:\n    tls: {{ca_file: x.pem, fingerprint: {'ab' * 32}, server_name: b}}\n",
        [f"3: hosts.a.tls: expected {TLS}, found ca_file and fingerprint at once"],
    ),
    "tls unknown word": (
        "hosts:\n  a: {tls: unverifed}\n",
        ['2: hosts.a.tls: unknown value "unverifed", did you mean "unverified"?'],
    ),
    "tls verify": (
        "hosts:\n  a: {tls: {verify: false}}\n",
        ["2: hosts.a.tls.verify: unknown key: write tls: unverified"],
    ),
    "bad host name": (
        'hosts:\n  "web 01":\n  ../x:\n  .:\n',
        [
            f'2: hosts["web 01"]: expected {NAME}, found "web 01"',
            f'3: hosts["../x"]: expected {NAME}, found "../x"',
            f'4: hosts["."]: expected {NAME}, found "."',
        ],
    ),
    "time-out": (
        "hosts:\n  a:\n    timeouts: {host: 0, conect: 5}\n",
        [
            '3: hosts.a.timeouts.conect: unknown key, did you mean "connect"?',
            "3: hosts.a.timeouts.host: expected a number of seconds above 0, at most 86400, found 0",
        ],
    ),
    "infinite time-out": (
        "hosts:\n  a:\n    timeouts: {host: .inf}\n",
        ["3: hosts.a.timeouts.host: infinity and not-a-number are not taken; quote it if it is text"],
    ),
    "unknown cloud": (
        "groups: {g: {inputs: {cloud: usgvo}}}\nhosts: {a: }\n",
        ['1: groups.g.inputs.cloud: unknown cloud "usgvo", did you mean "usgov"?'],
    ),
    "workspace id": (
        "hosts:\n  a:\n    inputs: {workspace_id: 12}\n",
        ["3: hosts.a.inputs.workspace_id: expected the workspace's id (8-4-4-4-12 hexadecimal digits), found 12"],
    ),
    "input of several values": (
        "hosts:\n  a:\n    inputs: {region: [westeurope]}\n",
        ["3: hosts.a.inputs.region: expected text, a number, true or false, found a list"],
    ),
    "undetermined without a reason": (
        "hosts:\n  a:\n    allow_undetermined: {UM-11: ' '}\n",
        ['3: hosts.a.allow_undetermined.UM-11: expected a reason, found " "'],
    ),
    "transport of later": (
        "hosts:\n  a: {transport: ssh}\n",
        ["2: hosts.a.transport: ssh is not supported yet: use winrm"],
    ),
    "settings under vars": (
        "hosts: {a: }\ngroups:\n  g:\n    vars: {port: 1}\n",
        [
            "4: groups.g.vars: unknown key: settings stand directly here, and what requirements ask for under inputs",
        ],
    ),
    "not a mapping": ("- a\n- b\n", [" expected an inventory, found a list"]),
    "text": ("just a word\n", [' expected an inventory, found "just a word"']),
    "merge key": (
        "hosts:\n  a: &a {port: 1}\n  b:\n    <<: *a\n",
        ["4: hosts.b: merge keys (<<) are not part of YAML 1.2: put what is shared in one place above"],
    ),
    "not YAML": (
        "hosts:\n  a: {port: 1\n  b: 2\n",
        ["3:4: not YAML: while parsing a flow mapping, did not find expected ',' or '}'"],
    ),
    "indented with a tab": (
        "hosts:\n\ta:\n",
        [
            "2:1: not YAML: while scanning for the next token, found character that cannot start any token "
            "(indent with spaces, not with tabs)"
        ],
    ),
    "two documents": (
        "hosts: {a: }\n---\nhosts: {b: }\n",
        ["2:1: more than one YAML document: a second one begins here"],
    ),
    "an object": (
        "hosts: !!python/object/apply:os.system [true]\n",
        [
            '1: hosts: begins with "!", which makes it a YAML tag, and this one is not known here: put text in quotes',
        ],
    ),
    "control character": (
        'hosts:\n  a: {username: "x\\e[31m"}\n',
        ["2: hosts.a.username: holds the control character U+001B"],
    ),
    "empty": ("", [" is empty"]),
    "comments only": ("# nothing yet\n", [" is empty"]),
}


@pytest.mark.parametrize("case", CASES)
def test_each_mistake_has_its_line(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, expected = CASES[case]
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")
    lines = lines_of(file, monkeypatch)
    wanted = [f"x.yaml:{line}" for line in expected]
    if case in {"not YAML", "indented with a tab"}:
        # The parser's own words differ between PyYAML's two parsers; place and hint do not.
        lines, wanted = (
            [part.split(" not YAML: ")[0] + part[-40:] * ("tabs" in part) for part in x] for x in (lines, wanted)
        )
    assert lines == wanted
    assert "hunter2" not in "".join(lines)


def test_all_mistakes_of_a_file_at_once_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(
        "defaults:\n  auth: ntml\ngroups:\n  g: {hosts: [b], prot: 1}\nhosts:\n  a: {port: -1}\n  A: {credential: pw}\n"
        "  a: {}\n"
    )
    lines = lines_of(file, monkeypatch)
    assert [line.split(":")[1] for line in lines] == ["2", "4", "4", "6", "7", "7", "8"]


class TestFiles:
    def test_missing_with_a_near_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "production.yaml").write_text("hosts: {a: }")
        assert lines_of(tmp_path / "prodution.yaml", monkeypatch) == [
            "prodution.yaml: does not exist, did you mean production.yaml?"
        ]

    def test_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(InventoryError, match=r"does not exist: there is no folder .*nowhere"):
            load([tmp_path / "nowhere" / "x.yaml"])

    def test_directory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "x.yaml").mkdir()
        assert lines_of(tmp_path / "x.yaml", monkeypatch) == ["x.yaml: is a directory, not a file"]

    def test_binary(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "x.yaml").write_bytes(b"\x7fELF\x02\x01\x01\0\0\0\xff\xfe\0")
        assert lines_of(tmp_path / "x.yaml", monkeypatch) == ["x.yaml: is a binary file, not text"]

    def test_binary_that_decodes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "x.yaml").write_bytes(b"hosts:\n\0\0\0")
        assert lines_of(tmp_path / "x.yaml", monkeypatch) == [
            "x.yaml:2:1: not YAML: holds the control character U+0000"
        ]

    def test_other_encoding_names_the_line(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "x.yaml").write_bytes("hosts:\n  a: {tags: {ort: München}}\n".encode("latin-1"))
        assert lines_of(tmp_path / "x.yaml", monkeypatch) == ["x.yaml:2: is not UTF-8 text (byte 0xFC)"]

    def test_what_windows_powershell_writes_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "x.yaml").write_bytes("\ufeffhosts:\r\n  a:\r\n".encode("utf-16-le"))
        assert [host.name for host in load([tmp_path / "x.yaml"]).hosts] == ["a"]

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads every file")
    def test_unreadable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "x.yaml").touch(mode=0)
        assert lines_of(tmp_path / "x.yaml", monkeypatch) == ["x.yaml: cannot be read: Permission denied"]

    def test_a_name_that_no_file_can_have(self, tmp_path: Path) -> None:
        with pytest.raises(InventoryError, match=r"\.yaml: cannot be read: File name too long"):
            load([tmp_path / ("x" * 300 + ".yaml")])

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
    def test_a_pipe_is_not_waited_for(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        os.mkfifo(tmp_path / "x.yaml")
        assert lines_of(tmp_path / "x.yaml", monkeypatch) == ["x.yaml: is not a regular file"]

    def test_json_names_line_and_column(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "x.json").write_text('{"hosts": {\n\t"a": {"port": 1,}}}')
        (tmp_path / "y.json").write_text('{"hosts": {\n\t"a": {"prot": 1},\n\t"a": {}}}')
        assert lines_of(tmp_path / "x.json", monkeypatch, tmp_path / "y.json") == [
            "x.json:2:18: not JSON: Expecting property name enclosed in double quotes",
            'y.json:2: hosts.a.prot: unknown key, did you mean "port"?',
            "y.json:3: hosts.a: duplicate key, first used in line 2",
        ]

    def test_a_host_in_two_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "x.yaml").write_text("hosts:\n  a:\n  web:\n")
        (tmp_path / "y.yaml").write_text("hosts:\n  Web:\n")
        assert lines_of(tmp_path / "x.yaml", monkeypatch, tmp_path / "y.yaml") == [
            "y.yaml:2: hosts.Web: this host stands in x.yaml:3 already (names ignore case)"
        ]

    def test_mistakes_of_several_files_come_together(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "x.yaml").write_text("hosts: {a: {prot: 1}}")
        lines = lines_of(tmp_path / "x.yaml", monkeypatch, tmp_path / "y.yaml")
        assert [line.split(":")[0] for line in lines] == ["x.yaml", "y.yaml"]


def test_names_cannot_colour_a_terminal(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text('hosts:\n  "\\u202eabc\\u200b": \n  a: {auth: "\\u202e"}\n')
    with pytest.raises(InventoryError) as error:
        load([file])
    assert str(error.value).replace("\n", "").isprintable()


def test_nested_aliases_are_no_bomb(tmp_path: Path) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    file = tmp_path / "x.yaml"
    file.write_text("\n".join(levels) + "\nhosts: {a: }\n")
    with pytest.raises(InventoryError, match="aliases stand for too many values"):
        load([file])


def test_an_alias_within_itself(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("hosts: &h {a: *h}\n")
    with pytest.raises(InventoryError, match=r"x\.yaml:1:15: an alias stands inside of what it refers to"):
        load([file])


def test_deep_nesting(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("hosts: " + "[" * 5000 + "]" * 5000)
    (tmp_path / "x.json").write_text('{"hosts": ' + "[" * 100_000 + "]" * 100_000 + "}")
    with pytest.raises(InventoryError) as error:
        load([tmp_path / "x.yaml", tmp_path / "x.json"])
    assert [problem.message for problem in error.value.problems] == ["nested more than 64 levels deep"] * 2
