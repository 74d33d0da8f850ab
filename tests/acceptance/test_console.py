"""What the screen says of a fleet: like things together, each in a line."""

from __future__ import annotations

from pathlib import Path

from audits import GOOD, audits

MACHINE = {
    **GOOD,
    "wmi": {"root/cimv2": {"Win32_ComputerSystemProduct": [{"UUID": "5E2B0001-6C1A-4D0F-9B7E-1F0C2D3E4A01"}]}},
}


def test_like_causes_and_names_of_one_machine_stand_together(tmp_path: Path) -> None:
    down = {f"down-{number}": {"address": f"127.0.21.{90 + number}", "port": 9} for number in range(8)}
    with audits(tmp_path, {"web-01": MACHINE}) as given:
        done = given.pytest("-k", "UM-02", twin={"address": given.addresses["web-01"]}, **down)
    assert done.code == 10, done.out
    summary = done.out.split("= vmready =")[1]
    assert summary.count("refuses the connection") == 1, summary
    assert "8 hosts: down-0, down-1, down-2, down-3, down-4, down-5 and 2 more  refused" in summary
    assert "one machine with several entries, judged for each (SMBIOS id" in summary
    assert ": twin, web-01" in summary
    assert set(done.verdicts()) == {f"{host} UM-02" for host in ("web-01", "twin", *down)}
