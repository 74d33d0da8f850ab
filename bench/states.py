"""The machines that are played: the healthy states of this repository, changed where a benchmark needs it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vmready.twin.merging import merged
from vmready.twin.states import load

STATES = Path(__file__).parents[1] / "inventories" / "states"

#: What hosts of these states need to be told.
INPUTS = {
    "cloud": "public",
    "region": "westeurope",
    "automation_account_region": "westeurope",
    "workspace_id": "6d1c7a52-0d3f-4b8e-9a51-2f7be0c4d811",
}
UPDATE_MANAGEMENT = ["azure-vm", "update-management"]


def update_management(**changes: Any) -> dict[str, Any]:
    """A healthy server under Update Management; its operations endpoint is asked for in a second round."""
    return changed(load(STATES / "demo" / "um-01.yaml").raw, changes)


def everything() -> dict[str, Any]:
    """A healthy session host that is under Update Management as well: every role but a golden image's fits it."""
    server, session_host = (load(STATES / "demo" / f"{name}.yaml").raw for name in ("um-01", "avd-01"))
    # Lists are replaced by a change, so the processes of both are put together.
    both = {one["id"]: one for state in (server, session_host) for one in state["processes"]}
    return changed(changed(server, session_host), {"processes": list(both.values())})


def changed(state: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The state with changes, as a state file with a base has them."""
    return dict(merged(state, {name: value for name, value in changes.items() if name != "base"}))
