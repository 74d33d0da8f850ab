"""``--limit``."""

from __future__ import annotations

import pytest

from vmready.inventory import InventoryError, limit
from vmready.model import Host, Role


def host(name: str, *groups: str, roles: set[Role] | None = None, excluded: frozenset[Role] = frozenset()) -> Host:
    declared = None if roles is None else frozenset(roles)
    return Host(name=name, address=name, groups=groups, declared_roles=declared, excluded_roles=excluded)


HOSTS = [
    host("web-01", "web", "eu", roles={Role.UPDATE_MANAGEMENT}),
    host("web-02", "web", roles={Role.UPDATE_MANAGEMENT}),
    host("Web-03", "web", roles={Role.SESSION_HOST}),
    host("sql-01", "db", "eu", roles=set(), excluded=frozenset({Role.AZURE_VM})),
    host("new-01"),
]


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("web-01", "web-01"),
        ("WEB-01", "web-01"),
        ("web-*", "web-01 web-02 Web-03"),
        ("web-0[12]", "web-01 web-02"),
        ("web-0?,!web-02", "web-01 Web-03"),
        ("!web-02,web-0?", "web-01 Web-03"),
        ("!web-*", "sql-01 new-01"),
        ("!nothing-*", "web-01 web-02 Web-03 sql-01 new-01"),
        ("sql-01, web-01", "web-01 sql-01"),
        ("role:session-host", "Web-03"),
        ("role:azure-vm", "web-01 web-02 Web-03 new-01"),
        ("role:update-*", "web-01 web-02"),
        ("group:EU", "web-01 sql-01"),
        ("group:*,!role:session-host", "web-01 web-02 sql-01"),
        ("*", "web-01 web-02 Web-03 sql-01 new-01"),
        ("web-01,,", "web-01"),
    ],
)
def test_selects_in_the_inventorys_order(expression: str, names: str) -> None:
    assert " ".join(host.name for host in limit(HOSTS, expression)) == names


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("web-1", 'unknown host "web-1", did you mean "web-01"?'),
        ("!wbe-01,web-*", 'unknown host "wbe-01", did you mean "web-01"?'),
        ("role:sesion-host", 'unknown role "sesion-host", did you mean "session-host"?'),
        ("group:wbe", 'unknown group "wbe", did you mean "web"?'),
        ("rloe:x", '"rloe:x": unknown kind "rloe", did you mean "role"?'),
        ("db-*", 'no host is called "db-*"'),
        (
            "role:golden-image",
            'no host has a role "golden-image": roles are discovered on hosts that name none, '
            "and --limit sees those of the inventory only",
        ),
        ("web-01,!web-*", "selects none of the 5 hosts: web-01,!web-*"),
        ("!*", "selects none of the 5 hosts: !*"),
        ("", "names no host"),
        (" , ", "names no host"),
    ],
)
def test_what_cannot_be_meant(expression: str, message: str) -> None:
    with pytest.raises(InventoryError) as error:
        limit(HOSTS, expression)
    assert str(error.value) == f"--limit: {message}"


def test_all_unknown_names_at_once() -> None:
    with pytest.raises(InventoryError) as error:
        limit(HOSTS, "web-1,sql-1")
    assert len(error.value.problems) == 2
