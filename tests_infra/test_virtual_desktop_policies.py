"""Azure Virtual Desktop: policies that keep the agent from installing its updates."""

from __future__ import annotations

from tests_infra.documents import VIRTUAL_DESKTOP
from vmready import Role, advise, must, observe, requirement
from vmready.facts.user_policies import UserPolicy


@requirement(
    "VD-24",
    must,
    title="Registry tools are not disabled for LocalSystem",
    severity="medium",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: InstallMsiException"],
    rationale="The stack's installer runs as LocalSystem; a policy against registry tools in that hive makes it fail, and the listener with it.",
    remedy="Delete DisableRegistryTools from HKU\\.DEFAULT and HKU\\S-1-5-18, remove the broken stack, restart, let the agent install it again.",
)
def test_registry_tools_are_allowed(registry_tools_policy: UserPolicy) -> None:
    observe({hive: found.number for hive, found in registry_tools_policy.system.items()})
    assert not registry_tools_policy.blocking, "; ".join(registry_tools_policy.blocking)
    registry_tools_policy.require_hives()
    for text in registry_tools_policy.doubts:
        advise(text)
