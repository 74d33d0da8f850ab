"""What an inventory says of its hosts: defaults, groups, hosts, and what wins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vmready.inventory import Inventory, load
from vmready.model import CredentialReference, Host, Role, Timeouts, Tls

EXAMPLE = Path(__file__).parents[2] / "inventories" / "example.yaml"


def inventory(tmp_path: Path, text: str, name: str = "x.yaml") -> Inventory:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return load([tmp_path / name])


def one(tmp_path: Path, text: str) -> Host:
    (host,) = inventory(tmp_path, text).hosts
    return host


def test_a_name_is_enough(tmp_path: Path) -> None:
    assert one(tmp_path, "hosts: {web-01: }") == Host(name="web-01", address="web-01")


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ("", "https://h:5986/wsman"),
        ("scheme: http", "http://h:5985/wsman"),
        ("port: 443", "https://h:443/wsman"),
        ("address: 10.0.0.4, path: /h", "https://10.0.0.4:5986/h"),
        ("address: 'fe80::1'", "https://[fe80::1]:5986/wsman"),
    ],
)
def test_endpoint(tmp_path: Path, settings: str, url: str) -> None:
    assert one(tmp_path, f"hosts: {{h: {{{settings}}}}}").url == url


def test_words_stay_words(tmp_path: Path) -> None:
    host = one(
        tmp_path, "hosts: {h: {inputs: {a: NO, b: on, c: 22:30, d: 2026-11-20, e: 0o17, f: 012, g: true, h: ~x}}}"
    )
    assert host.inputs == {
        "a": "NO",
        "b": "on",
        "c": "22:30",
        "d": "2026-11-20",
        "e": 15,
        "f": 12,
        "g": True,
        "h": "~x",
    }


LEVELS = """
defaults: {port: 1, username: d, inputs: {a: 1, b: 1, c: 1, d: 1}, tags: {x: d}, timeouts: {connect: 1, host: 9}}
groups:
  later: {children: [], port: 4, username: later, inputs: {c: 4}, hosts: [h]}
  child: {port: 3, inputs: {b: 3, c: 3}, tags: {x: child}, hosts: [h]}
  parent: {children: [child], port: 2, inputs: {a: 2, b: 2, c: 2}, tags: {y: parent}, timeouts: {connect: 2}}
hosts:
  h: {inputs: {d: 5}}
  i: {tags: {n: 7, yes: true}}
"""


def test_the_most_specific_level_wins_and_mappings_are_merged(tmp_path: Path) -> None:
    h, i = inventory(tmp_path, LEVELS).hosts
    # On one level the later group of the file wins; the child is one level below its parent, and so below "later".
    assert h.groups == ("later", "parent", "child")
    assert (h.port, h.username) == (3, "later")
    assert h.inputs == {"a": 2, "b": 3, "c": 3, "d": 5}
    assert h.tags == {"x": "child", "y": "parent"}
    assert h.timeouts == Timeouts(connect=2.0, host=9.0)
    assert (i.port, i.groups, i.tags) == (1, (), {"x": "d", "n": "7", "yes": "true"})


def test_members_of_groups_include_those_of_children(tmp_path: Path) -> None:
    assert inventory(tmp_path, LEVELS).groups == {"later": ("h",), "child": ("h",), "parent": ("h",)}


@pytest.mark.parametrize(
    ("roles", "declared", "excluded"),
    [
        ("", None, set()),
        ("roles: [session-host]", {Role.SESSION_HOST}, set()),
        ("roles: []", set(), set()),
        ("roles: ['!azure-vm']", None, {Role.AZURE_VM}),
        ("roles: [golden-image, '!azure-vm']", {Role.GOLDEN_IMAGE}, {Role.AZURE_VM}),
    ],
)
def test_roles(tmp_path: Path, roles: str, declared: set[Role] | None, excluded: set[Role]) -> None:
    host = one(tmp_path, f"hosts: {{h: {{{roles}}}}}")
    assert (host.declared_roles, host.excluded_roles) == (declared, excluded)


def test_roles_are_replaced_not_merged(tmp_path: Path) -> None:
    text = "defaults: {roles: [azure-backup]}\nhosts: {a: , b: {roles: [session-host]}}"
    a, b = inventory(tmp_path, text).hosts
    assert (a.declared_roles, b.declared_roles) == ({Role.AZURE_BACKUP}, {Role.SESSION_HOST})


def test_groups_that_disagree_about_roles_are_warned_about(tmp_path: Path) -> None:
    text = (
        "groups:\n  a: {roles: [azure-backup], hosts: [h, i]}\n  b:\n    roles: [session-host]\n    hosts: [h, i]\n"
        "hosts: {h: , i: {roles: [azure-vm]}}"
    )
    found = inventory(tmp_path, text)
    assert [f"{w.line}: {w.key}: {w.message}" for w in found.warnings] == [
        "4: groups.b.roles: replaces the other roles that group a gives to h: name the roles at the host"
    ]
    assert found.hosts[0].declared_roles == {Role.SESSION_HOST}


def test_a_child_may_replace_its_parents_roles_silently(tmp_path: Path) -> None:
    text = "groups: {p: {roles: [azure-backup], children: [c]}, c: {roles: [session-host], hosts: [h]}}\nhosts: {h: }"
    assert inventory(tmp_path, text).warnings == ()


A, B = "ab" * 32, "cd" * 32


@pytest.mark.parametrize(
    ("default", "own", "expected"),
    [
        ("", "", Tls()),
        ("unverified", "", Tls(verify=False)),
        ("unverified", "verified", Tls()),
        ("unverified", f"{{fingerprint: {A}}}", Tls(fingerprint=A)),
        ("unverified", "{server_name: s}", Tls(verify=False, server_name="s")),
        (f"{{fingerprint: {A}, server_name: s}}", f"{{fingerprint: {B}}}", Tls(fingerprint=B, server_name="s")),
        (f"{{fingerprint: {A}}}", "{ca_file: /ca.pem, server_name: t}", Tls(ca_file="/ca.pem", server_name="t")),
        ("{ca_file: /ca.pem}", "{server_name: t}", Tls(ca_file="/ca.pem", server_name="t")),
        ("{ca_file: /ca.pem}", "unverified", Tls(verify=False)),
    ],
)
def test_tls(tmp_path: Path, default: str, own: str, expected: Tls) -> None:
    text = (f"defaults: {{tls: {default}}}\n" if default else "") + f"hosts: {{h: {{{f'tls: {own}' if own else ''}}}}}"
    assert one(tmp_path, text).tls == expected


def test_fingerprint_as_tools_print_it(tmp_path: Path) -> None:
    printed = ":".join(["9F", "0a"] * 16)
    assert one(tmp_path, f"hosts: {{h: {{tls: {{fingerprint: '{printed}'}}}}}}").tls.fingerprint == "9f0a" * 16


@pytest.mark.parametrize(
    ("credential", "expected"),
    [
        ("ask", CredentialReference("ask")),
        ("{env: PW}", CredentialReference("env", "PW")),
        ("{file: /run/pw}", CredentialReference("file", "/run/pw")),
        ("{command: [pass, show, a b]}", CredentialReference("command", ("pass", "show", "a b"))),
        ("{keyring: {service: s/t, username: u}}", CredentialReference("keyring", ("s/t", "u"))),
    ],
)
def test_credentials(tmp_path: Path, credential: str, expected: CredentialReference) -> None:
    assert one(tmp_path, f"hosts: {{h: {{credential: {credential}}}}}").credential == expected


def test_relative_paths_start_at_the_inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inventories").mkdir()
    (tmp_path / "inventories" / "x.yaml").write_text(
        "defaults: {tls: {ca_file: ca.pem}, state: ../states/a.yaml}\n"
        "hosts: {a: {credential: {file: pw}}, b: {credential: {command: [./get, arg]}}}"
    )
    monkeypatch.chdir(tmp_path)
    a, b = load([Path("inventories/x.yaml")]).hosts
    assert a.credential is not None
    assert b.credential is not None
    assert a.credential.value == str(tmp_path / "inventories" / "pw")
    assert b.credential.value == (str(tmp_path / "inventories" / "get"), "arg")
    assert a.tls.ca_file == str(tmp_path / "inventories" / "ca.pem")
    assert a.state == str(tmp_path / "states" / "a.yaml")


def test_several_files_keep_their_own_defaults(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("defaults: {port: 1}\ngroups: {g: {hosts: [a], username: u}}\nhosts: {a: }")
    (tmp_path / "y.yaml").write_text("groups: {G: {hosts: [b]}}\nhosts: {b: }")
    found = load([tmp_path / "x.yaml", tmp_path / "y.yaml"])
    assert [(h.name, h.port, h.username) for h in found.hosts] == [("a", 1, "u"), ("b", 5986, "")]
    assert found.groups == {"g": ("a", "b")}


def test_json_says_the_same_as_yaml(tmp_path: Path) -> None:
    value = {"defaults": {"inputs": {"cloud": "usgov", "smile": "\U0001f600"}}, "hosts": {"a": None, "b": {"port": 1}}}
    (tmp_path / "x.json").write_text(json.dumps(value, indent="\t"))
    (tmp_path / "x.yaml").write_text(json.dumps(value, ensure_ascii=False))
    assert load([tmp_path / "x.json"]).hosts == load([tmp_path / "x.yaml"]).hosts


def test_warnings_that_do_not_stop_a_run(tmp_path: Path) -> None:
    text = "hosts:\n  a: {inputs: {claud: usgov}}\n  b: {address: a}\n  c:\n    scheme: http\n    tls: unverified\n"
    assert [f"{w.line}: {w.key}: {w.message}" for w in inventory(tmp_path, text).warnings] == [
        '2: hosts.a.inputs.claud: not a known input, did you mean "cloud"?',
        "6: hosts.c.tls: has no meaning for scheme http",
        "3: hosts.b: is reached at the same address as a: https://a:5986/wsman",
    ]


def test_own_inputs_are_free(tmp_path: Path) -> None:
    assert one(tmp_path, "hosts: {h: {inputs: {patch-window: sunday}}}").inputs == {"patch-window": "sunday"}


def test_a_thousand_hosts(tmp_path: Path) -> None:
    text = "groups:\n  g: {hosts: [" + ", ".join(f"h{n}" for n in range(1000)) + "], inputs: {cloud: public}}\nhosts:\n"
    text += "".join(f"  h{n}: {{address: 10.0.{n // 250}.{n % 250}, tags: {{n: {n}}}}}\n" for n in range(1000))
    found = inventory(tmp_path, text)
    assert len(found.hosts) == 1000
    assert found.hosts[999].tags == {"n": "999"}
    assert found.warnings == ()


def test_the_example_shows_what_it_says() -> None:
    found = load([EXAMPLE])
    assert found.warnings == ()
    hosts = {host.name: host for host in found.hosts}
    assert hosts["avd-02"].tls.server_name == "avd-02.contoso.com"
    assert hosts["web-01"].tls.fingerprint is not None
    assert hosts["build-01"].tls.verify is False
    assert hosts["sql-01"].declared_roles == {Role.UPDATE_MANAGEMENT, Role.AZURE_BACKUP}
    assert hosts["sql-01"].tags == {"owner": "workplace", "tier": "gold"}
