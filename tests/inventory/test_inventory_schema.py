"""The published schema: valid by itself, explained, and what editors say with it is what loading says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from vmready.inventory import schema
from vmready.model import Role

EXAMPLE = Path(__file__).parents[2] / "inventories" / "example.yaml"


def test_it_is_a_valid_schema_of_2020_12() -> None:
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema())


def test_it_is_published_in_the_package() -> None:
    text = files("vmready").joinpath("schemas/inventory.schema.json").read_text(encoding="utf-8")
    assert json.loads(text) == schema()


def test_the_example_is_valid_for_any_validator() -> None:
    Draft202012Validator(schema()).validate(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")))


def test_its_roles_are_those_of_the_model() -> None:
    assert schema()["$defs"]["roles"]["items"]["enum"] == [*Role, *(f"!{role}" for role in Role)]


def test_what_does_not_work_yet_is_not_in_it() -> None:
    assert not {"kerberos", "certificate", "credssp"} & set(schema()["$defs"]["auth"]["enum"])


def test_every_host_setting_is_one_of_groups_and_defaults_too() -> None:
    host = schema()["$defs"]["host"]["properties"]
    assert set(host) - {"resource_id"} == set(schema()["properties"]["defaults"]["properties"])
    assert set(host) - {"resource_id"} | {"hosts", "children"} == set(schema()["$defs"]["group"]["properties"])


def with_rules(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        if "type" in value or "enum" in value:
            yield path, value
        for key, item in value.items():
            if key != "not":
                yield from with_rules(item, f"{path}/{key}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from with_rules(item, f"{path}/{index}")


@pytest.mark.parametrize(
    ("path", "part"), [pytest.param(p, v, id=p or "/") for p, v in with_rules(schema()) if not p.endswith("/if")]
)
def test_every_value_has_words_for_its_messages(path: str, part: dict[str, Any]) -> None:
    assert part.get("title"), path
