"""``vmready collector``: the collector as one script for a machine that WinRM does not reach."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from vmready import catalogue, files, standalone
from vmready.collect.plan import HostPlan, plan_host
from vmready.declared import Problem, did_you_mean
from vmready.facts.registry import facts
from vmready.inventory import Inventory, InventoryError, parse_inputs, select
from vmready.model import Cell, Host, Role


def write(target: str, hosts: str | None, inputs: Sequence[str], output: Path) -> str:
    """Write the script for a host of the inventory ``hosts``, or for any machine of a role; gives what to say of it.

    InventoryError: no such host or role, or a mistake in the inventory; EvidenceError: the file could not be written.
    """
    inventory = select(hosts).inventory if hosts is not None else Inventory()
    host, named = _target(target, inventory, inputs)
    plan = _plan(host)
    files.write(output, standalone.script(plan, datetime.now(UTC), named=named))
    asked = len(plan.cells) - len(plan.ruled_out)
    later = sorted({one.name for one in facts.closure(plan.fact_names) if one.follow_up})
    left = f" Without a second round stay undetermined: what needs {', '.join(later)}." if later else ""
    whom = f"host {host.name}" if named else f"machines with role {target}"
    return (
        f"{output}: {len(plan.first)} probes for {asked} items, for {whom}.{left}\n"
        f"On the machine, as an administrator: powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File {output.name} > answers.txt\n"
        "Then put answers.txt into a folder and judge it: pytest --pyargs tests_infra --snapshots FOLDER"
    )


def _target(target: str, inventory: Inventory, inputs: Sequence[str]) -> tuple[Host, bool]:
    wanted = target.casefold()
    found = next((host for host in inventory.hosts if host.name.casefold() == wanted), None)
    if found is not None:
        return found, True
    if wanted in list(Role):
        return Host(
            name=wanted, address="", declared_roles=frozenset({Role(wanted)}), inputs=parse_inputs(inputs)
        ), False
    known = [host.name for host in inventory.hosts] + list(Role)
    where = (
        "neither a host of the inventory nor a role"
        if inventory.hosts
        else "not a role; for a host give its inventory with --hosts"
    )
    raise InventoryError([Problem(f'"{target}" is {where}{did_you_mean(target, known)}', "--for")])


def _plan(host: Host) -> HostPlan:
    return plan_host(
        host,
        [
            (Cell(host.name, of.requirement.id, case.id), of.requirement, of.fact_names)
            for of in catalogue.requirements()
            for case in of.cases
        ],
    )
