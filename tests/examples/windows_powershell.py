"""UM-03: Windows Management Framework."""

from __future__ import annotations

from vmready.model import Verdict

from .harness import Of
from .terms import denied, key

ENGINE = r"HKLM\SOFTWARE\Microsoft\PowerShell\3\PowerShellEngine"
ENGINE_1 = r"HKLM\SOFTWARE\Microsoft\PowerShell\1\PowerShellEngine"
UM_03 = Of("UM-03", "update-management")
EXAMPLES = [
    UM_03.compliant("5.1 of Server 2019", **key(ENGINE, PowerShellVersion="5.1.17763.1")),
    UM_03.compliant("5.1 in two parts", **key(ENGINE, PowerShellVersion="5.1")),
    UM_03.deviating("4.0", "WMF 5.1 is wanted, found 4.0", **key(ENGINE, PowerShellVersion="4.0")),
    UM_03.deviating("5.0", "WMF 5.1 is wanted, found 5.0.10586.117", **key(ENGINE, PowerShellVersion="5.0.10586.117")),
    UM_03.deviating("2.0 has only the old key", "WMF 5.1 is wanted, found 2.0", registry={ENGINE: None}),
    UM_03.absent("no Windows PowerShell", "not installed", registry={ENGINE: None, ENGINE_1: None}),
    UM_03.unreadable("the key may not be opened", "access denied", **denied(ENGINE)),
    UM_03.trap("a text that is no version", Verdict.UNDETERMINED, "'five'", **key(ENGINE, PowerShellVersion="five")),
    UM_03.trap(
        "a version that is no text",
        Verdict.UNDETERMINED,
        "PowerShellVersion is not told",
        **key(ENGINE, PowerShellVersion=5),
    ),
    UM_03.trap(
        "the newer key without its version",
        Verdict.UNDETERMINED,
        "PowerShellVersion is not told",
        **key(ENGINE, PowerShellVersion=None),
    ),
    UM_03.trap("10 is more than 5", Verdict.COMPLIANT, **key(ENGINE, PowerShellVersion="10.0.1")),
]
