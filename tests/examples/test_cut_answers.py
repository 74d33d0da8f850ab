"""An answer that says that there was more than it holds: what was not told is no evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from vmready.model import Verdict

from .harness import collect, judged
from .tables import ALL

GOOD = {example.item: example for example in reversed(ALL) if example.kind == "compliant"}
CUT = [
    ("GA-20", r"FirewallPolicy\FirewallRules", "more rules than are looked at"),
    ("GA-21", "AddressFamily", "more routes than are looked at"),
    ("GA-17", "'wmi' 'MSFT_NetAdapter'", "more network adapters than are looked at"),
    ("GA-24", r"Packages\Plugins", "not every folder below"),
    ("VD-05", "contains=INVALID_FORM", "more events of the agent's ids than could be searched"),
    ("VD-07", "'RemoteDesktopServices'", "the log RemoteDesktopServices holds more events"),
    ("BK-14", "AppLocker/EXE and DLL", "holds more events than could be searched"),
    ("GA-13", "WindowsAzureGuestAgent.exe", "not every folder of the agent"),
    ("GA-10", "Service Control Manager", "more events of other programs"),
]


@pytest.mark.parametrize(("item", "piece", "message"), CUT, ids=[item for item, _, _ in CUT])
def test_a_cut_answer_leaves_the_item_undetermined(item: str, piece: str, message: str) -> None:
    def cut(_: int, text: str, found: Mapping[str, Any]) -> Mapping[str, Any]:
        if piece not in text:
            return found
        value = found.get("value") or {"values": {}, "keys": {}}
        return {"state": "observed", "value": {**value, "more": True}}

    finding = judged(GOOD[item], collect(GOOD[item], cut))
    assert finding.verdict is Verdict.UNDETERMINED
    assert message in finding.detail
