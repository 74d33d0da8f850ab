"""Regions that an inventory names: known ones pass, an unknown one is an error that names them."""

from __future__ import annotations

import pytest

from vmready import regions
from vmready.facts.clouds import REGION_CODES, Cloud, of_inputs
from vmready.inventory.inputs import KNOWN_INPUTS


@pytest.mark.parametrize("name", ["region", "automation_account_region"])
def test_an_unknown_region_names_the_known_ones(name: str) -> None:
    said = KNOWN_INPUTS[name]("westeuropa")
    assert said is not None
    assert said.startswith('unknown region "westeuropa", did you mean "westeurope"?; known are australiacentral, ')
    assert all(region in said for region in REGION_CODES)
    assert KNOWN_INPUTS[name]("mars") is not None


@pytest.mark.parametrize("value", ["West Europe", "", 1, None, "westeurope\n"])
def test_what_is_no_region_s_name_is_an_error(value: object) -> None:
    assert KNOWN_INPUTS["region"](value) is not None


@pytest.mark.parametrize("region", regions.ALL)
def test_every_known_region_passes_and_belongs_to_a_cloud(region: str) -> None:
    assert KNOWN_INPUTS["region"](region) is None
    cloud = (
        Cloud.PUBLIC if region in regions.PUBLIC else Cloud.CHINA if region in regions.CHINA else Cloud.US_GOVERNMENT
    )
    assert of_inputs({"region": region}) is cloud


def test_regions_with_an_endpoint_of_their_own_are_known() -> None:
    assert set(REGION_CODES) <= set(regions.ALL)
