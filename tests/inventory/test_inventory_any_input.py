"""Whatever stands in an inventory, what comes out is an inventory or an error with lines to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vmready.inventory import Inventory, InventoryError, limit, load, parse_hosts_option, schema, select

KEYS = st.sampled_from(
    [*schema()["$defs"]["host"]["properties"], "hosts", "children", "groups", "defaults", "password", "a", "b"]
)
WORDS = st.sampled_from(
    ["a", "b", "ask", "basic", "http", "https", "unverified", "!azure-vm", "session-host", "/x", "ab" * 32]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS
VALUES: Any = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
SETTINGS = st.none() | st.dictionaries(KEYS, VALUES, max_size=6)
NAMED = st.none() | st.dictionaries(st.sampled_from(["a", "A", "b", "c d", "e"]), SETTINGS, max_size=4)
INVENTORIES = st.fixed_dictionaries({"hosts": NAMED}, optional={"groups": NAMED, "defaults": SETTINGS, "x": VALUES})


def outcome(path: Path) -> Inventory | InventoryError:
    """The inventory, or an error of which every line can be read. Anything else that is raised fails the test."""
    try:
        return load([path])
    except InventoryError as caught:
        error = caught
    lines = str(error).splitlines()
    assert lines
    assert len(lines) == len(error.problems)
    assert all(line.startswith(str(path)) and line.isprintable() for line in lines)
    return error


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


relaxed = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@relaxed
@given(data=st.binary(max_size=60), suffix=st.sampled_from([".yaml", ".json"]))
def test_any_bytes(folder: Path, data: bytes, suffix: str) -> None:
    path = folder / f"x{suffix}"
    path.write_bytes(data)
    assert isinstance(outcome(path), Inventory | InventoryError)


@relaxed
@given(
    text=st.text(st.sampled_from("ab:-{}[],&*!|>'\"%@`#?~<. \n\t\0\ud800é"), max_size=40),
    suffix=st.sampled_from([".yaml", ".json"]),
)
def test_any_syntax(folder: Path, text: str, suffix: str) -> None:
    path = folder / f"x{suffix}"
    path.write_bytes(f"hosts: {text}".encode("utf-8", "surrogatepass"))
    assert isinstance(outcome(path), Inventory | InventoryError)


@relaxed
@given(value=VALUES | INVENTORIES)
def test_any_values(folder: Path, value: Any) -> None:
    path = folder / "x.yaml"
    path.write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8", errors="surrogatepass")
    assert isinstance(outcome(path), Inventory | InventoryError)


@relaxed
@given(value=INVENTORIES)
def test_any_inventory_of_valid_hosts_names_each_once(folder: Path, value: Any) -> None:
    path = folder / "x.yaml"
    path.write_text(yaml.safe_dump(value), encoding="utf-8")
    found = outcome(path)
    if isinstance(found, Inventory):
        names = [host.name.lower() for host in found.hosts]
        assert names
        assert len(names) == len(set(names))
        assert limit(found.hosts, "*") == found.hosts


@relaxed
@given(
    value=st.text(max_size=40) | st.text(st.sampled_from("winrm:/@?&=[]%,.ab1é"), max_size=30).map("winrm://".__add__)
)
def test_any_option(folder: Path, value: str) -> None:
    said = "--hosts: "
    try:
        option = parse_hosts_option(value)
        if not option.inventories:
            select(value)
    except InventoryError as error:
        said = str(error)
    assert all(line.startswith("--hosts: ") and line.isprintable() for line in said.splitlines())
