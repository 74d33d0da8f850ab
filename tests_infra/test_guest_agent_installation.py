"""The guest agent: what of it lies on the machine."""

from __future__ import annotations

from tests_infra.documents import GUEST_AGENT
from vmready import Role, advise, info, must, observe, requirement
from vmready.facts.guest_agent_installation import GuestAgentInstallation, ProgramEntry

SECTION = GUEST_AGENT["Basic Troubleshooting of VM Agent in NOT READY state :"]
REINSTALL = "Install the guest agent again (WindowsVMAgent releases, as administrator)"


@requirement(
    "GA-01",
    must,
    title="The guest agent is installed: folder, both programs, both services",
    severity="critical",
    roles=[Role.AZURE_VM],
    source=SECTION,
    rationale="Without the agent Azure learns nothing of the machine and runs no extension on it: no backup, no updates, no Run Command.",
    remedy=f"{REINSTALL}; where a service names a wrong program, correct its ImagePath.",
)
def test_guest_agent_is_installed(guest_agent_installation: GuestAgentInstallation) -> None:
    problems = guest_agent_installation.problems()
    observe(guest_agent_installation.seen())
    assert not problems, "; ".join(problems)
    for text in guest_agent_installation.doubts:
        advise(text)


@requirement(
    "GA-02",
    info,
    title="The package that provisioning installs the agent from is there",
    severity="low",
    roles=[Role.AZURE_VM],
    source=SECTION,
    rationale="VMAgentPackage.zip shows that Azure installed the agent; images of one's own and installations by MSI do not have it.",
    remedy="None is needed.",
)
def test_guest_agent_package(guest_agent_package: bool) -> None:
    observe({"present": guest_agent_package})
    assert guest_agent_package, "there is no VMAgentPackage.zip, as after an installation by MSI"


@requirement(
    "GA-06",
    info,
    title="Programs and Features has an entry of the guest agent",
    severity="low",
    roles=[Role.AZURE_VM],
    source=SECTION,
    rationale="Only an installation by MSI leaves the entry “Windows Azure VM Agent”; machines made from the marketplace have none.",
    remedy="None is needed: look at services and folders instead.",
)
def test_guest_agent_program_entry(guest_agent_program_entry: ProgramEntry | None) -> None:
    entry = guest_agent_program_entry
    observe({"name": entry and entry.name, "version": entry and entry.version})
    assert entry is not None, "no entry of the agent: it was installed by provisioning, not by MSI (or not at all)"


@requirement(
    "GA-18",
    info,
    title="No left-overs of a manual repair (the folder WindowsAzure\\OLD)",
    severity="low",
    roles=[Role.AZURE_VM],
    source=GUEST_AGENT["1. Agent Stuck on Starting"],
    rationale="The documented repair moves old folders to OLD and deletes that when the new agent runs.",
    remedy="Delete WindowsAzure\\OLD once the agent is Ready.",
)
def test_no_left_overs_of_a_repair(guest_agent_left_over: bool) -> None:
    observe({"OLD": guest_agent_left_over})
    assert not guest_agent_left_over, "WindowsAzure\\OLD is left over from a manual repair and can be deleted"
