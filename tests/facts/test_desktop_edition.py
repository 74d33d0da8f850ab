"""Editions and builds, where a host's examples leave room between them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vmready.facts.desktop_edition import END_OF_SERVICING, DesktopEdition
from vmready.facts.windows_version import WindowsVersion
from vmready.probes.answers import Observed
from vmready.probes.readings import Instances, System


def windows(
    edition: str, build: int, product_type: int = 1, kind: str = "Client", clock: str = "2026-11-20T10:00:00"
) -> DesktopEdition:
    version = WindowsVersion((10, 0, build), None, kind, edition)
    system = System.read({"clock": f"{clock}.000Z"})
    said = Instances.read({"instances": [{"ProductType": product_type}]})
    return DesktopEdition(edition, version, system, Observed(said), Observed(Instances((), False)))


#: "Windows lifecycle": the day from which on Enterprise is not serviced any more.
ENDS = {
    19045: "2025-10-14",
    22000: "2024-10-08",
    22621: "2025-10-14",
    22631: "2026-11-10",
    26100: "2027-10-12",
    26200: "2028-10-10",
}


@pytest.mark.parametrize(("build", "end"), ENDS.items())
def test_end_of_servicing(build: int, end: str) -> None:
    assert windows("Enterprise", build, clock=f"{end}T00:00:00").out_of_servicing == f"since {end}"
    before = datetime.fromisoformat(end).replace(tzinfo=UTC).timestamp() - 1
    clock = f"{datetime.fromtimestamp(before, UTC):%Y-%m-%dT%H:%M:%S}"
    assert windows("Enterprise", build, clock=clock).out_of_servicing == ""


def test_builds_beside_the_table() -> None:
    assert set(END_OF_SERVICING) == set(ENDS)
    assert windows("Enterprise", 19044, clock="2020-01-01T00:00:00").out_of_servicing
    assert not windows("Enterprise", 22001, clock="2030-01-01T00:00:00").out_of_servicing


@pytest.mark.parametrize(
    ("found", "doubts"),
    [
        (windows("Enterprise", 26100), 0),
        (windows("Enterprise", 26100, 2), 1),
        (windows("Enterprise", 26100, 3), 1),
        (windows("ServerRdsh", 26100, 1), 0),
        (windows("ServerRdsh", 26100, 3), 0),
        (windows("Education", 26100, 3), 1),
        (windows("Education", 19044), 2),
        (windows("Enterprise", 26100, kind="Server Core"), 0),
        (windows("ServerStandard", 14393, 3, "Server"), 0),
        (windows("ServerStandard", 20348, 2, "Server"), 0),
        (windows("ServerStandard", 20348, 1, "Server"), 1),
        (windows("ServerStandard", 20348, 3, "Server Core"), 1),
        (windows("ServerStandardEval", 20348, 3, "Server"), 1),
        (windows("ServerDatacenterEval", 20348, 1, "Server Core"), 3),
        (windows("ServerSolution", 20348, 3, "Server"), 1),
    ],
)
def test_each_doubt_is_told_once(found: DesktopEdition, doubts: int) -> None:
    assert len(list(found.doubts)) == doubts


@pytest.mark.parametrize(
    ("found", "unsupported"),
    [
        (windows("ServerStandard", 14392, 3, "Server"), True),
        (windows("ServerStandard", 14393, 3, "Server"), False),
        (windows("ServerRdsh", 14392, 3), False),
        (windows("Enterprise", 10240), False),
        (windows("EnterpriseEval", 26100), False),
        (windows("Professional", 26100), True),
    ],
)
def test_what_speaks_against_it(found: DesktopEdition, unsupported: bool) -> None:
    assert bool(found.unsupported) is unsupported
