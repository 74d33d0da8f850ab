"""What LocalSystem may do in the folder of the machine's keys: what a declared state cannot say."""

from __future__ import annotations

import pytest

from vmready.facts.machine_keys import Access, machine_keys
from vmready.facts.registry import UnreadableFact
from vmready.probes.readings import Descriptor

OTHERS = "O:S-1-5-21-1-2-3-500G:SYD:"
PERHAPS = '(XA;;FA;;;SY;(@User.Title=="PM"))'


@pytest.mark.parametrize(
    ("sddl", "access"),
    [
        (OTHERS + PERHAPS, "conditional"),
        (OTHERS + "(A;;0x12019f;;;WD)" + PERHAPS, "conditional"),
        (OTHERS + "(A;;0x1301bf;;;WD)" + PERHAPS, Access.MODIFY),
        (OTHERS + "(A;;0x12019f;;;WD)" + PERHAPS.replace("FA", "FX"), Access.READ_AND_WRITE),
        (OTHERS + PERHAPS.replace("FA", "FR"), Access.LESS),
        ("D:(A;;FA;;;SY", "not closed"),
    ],
)
def test_conditions_count_where_they_decide(sddl: str, access: Access | str) -> None:
    if isinstance(access, Access):
        found = machine_keys(Descriptor(sddl, {}))
        assert found is not None
        assert found.access is access
    else:
        with pytest.raises(UnreadableFact, match=access):
            machine_keys(Descriptor(sddl, {}))
