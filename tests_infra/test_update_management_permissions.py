"""Update Management, "Access permissions checks"."""

from __future__ import annotations

from tests_infra.documents import UPDATE_MANAGEMENT
from vmready import Role, advise, must, note, observe, requirement
from vmready.facts.machine_keys import Access, MachineKeys


def _machine_keys_letter(machine_keys: MachineKeys | None) -> None:
    """The fix wants "Read, Write & Modify or Full Control" for SYSTEM; the command beside it looks at the caller or Everyone: the stricter."""
    assert machine_keys is not None, "the MachineKeys folder does not exist"
    observe({"access": machine_keys.access.value})
    assert machine_keys.access is Access.MODIFY, (
        f"LocalSystem has {machine_keys.access.value} (0x{machine_keys.rights:06X})"
    )


@requirement(
    "UM-10",
    must,
    title="LocalSystem effectively has Modify on the MachineKeys folder",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Machine key folder"],
    rationale="The agent keeps its certificate's key there. Windows' own list has no entry for SYSTEM, which comes in through Administrators.",
    remedy="icacls %ProgramData%\\Microsoft\\Crypto\\RSA\\MachineKeys /grant *S-1-5-18:(M), and remove what denies SYSTEM or Administrators.",
    as_documented=_machine_keys_letter,
)
def test_system_may_modify_machine_keys(machine_keys: MachineKeys | None) -> None:
    assert machine_keys is not None, "the MachineKeys folder does not exist"
    observe({"access": machine_keys.access.value, "default": machine_keys.default})
    assert machine_keys.access is not Access.LESS, (
        f"LocalSystem has {machine_keys.access.value} (0x{machine_keys.rights:06X})"
    )
    if machine_keys.access is Access.READ_AND_WRITE:
        advise(f"LocalSystem may {machine_keys.access.value}: it has no more than Everyone has by default")
    elif not machine_keys.default:
        note("LocalSystem may modify the folder, but its permissions are not those that Windows sets up")
