"""VD-11 and VD-24: what a policy keeps LocalSystem from."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .agent_errors import REPORT, application, event, not_deciding, of_errors
from .harness import Example, Of
from .terms import denied, key, together

HUMAN = "S-1-5-21-1004336348-1177238915-682003330-1104"
ENTRA = "S-1-12-1-3446291453-1122334455-2345678901-1203040506"


def _policy(of: Of, path: str, name: str) -> list[Example]:
    """One policy value, by the hive that it stands in."""

    def at(hive: str, value: Any) -> dict[str, Any]:
        return key(rf"HKU\{hive}\{path}", **{name: value})

    own = rf"HKU\S-1-5-18\{path}"
    return [
        of.compliant(f"{name} is 0", **at("S-1-5-18", 0)),
        of.deviating(f"{name} is 1", rf"{name} is 1 in HKU\S-1-5-18", **at("S-1-5-18", 1)),
        of.deviating(f"{name} is 2", rf"{name} is 2 in HKU\S-1-5-18", **at("S-1-5-18", 2)),
        of.deviating("under LocalSystem's other name", rf"{name} is 1 in HKU\.DEFAULT", **at(".DEFAULT", 1)),
        of.deviating("a value that no policy writes", f"{name} is 7", Verdict.WARNING, **at("S-1-5-18", 7)),
        of.absent("no such key", "", Verdict.COMPLIANT),
        of.absent("no such value", "", Verdict.COMPLIANT, **key(own, Other=1)),
        of.unreadable(
            "LocalSystem's hive may not be opened", "access denied", **together(at("S-1-5-18", 0), denied(own))
        ),
        of.unreadable(
            "a user's hive may not be opened",
            "access denied",
            **together(at(HUMAN, 1), denied(rf"HKU\{HUMAN}\{path}")),
        ),
        of.trap(
            "a human user's hive only warns", Verdict.WARNING, rf"in HKU\{HUMAN}: it binds that user", **at(HUMAN, 1)
        ),
        of.trap(
            "an Entra user's hive only warns too",
            Verdict.WARNING,
            rf"in HKU\{ENTRA}: it binds that user",
            **at(ENTRA, 1),
        ),
        of.trap("a human user's 0", Verdict.COMPLIANT, "", **at(HUMAN, 0)),
        of.trap("a hive of classes is none", Verdict.COMPLIANT, "", **at(HUMAN + "_Classes", 1)),
        of.trap("text can be taken two ways", Verdict.WARNING, "REG_SZ '1' instead of a number", **at("S-1-5-18", "1")),
        of.trap(
            "it blocks, whatever could not be read",
            Verdict.NON_COMPLIANT,
            rf"{name} is 1 in HKU\S-1-5-18",
            **together(at("S-1-5-18", 1), at(HUMAN, 1), denied(rf"HKU\{HUMAN}\{path}")),
        ),
    ]


VD_11, VD_24 = Of("VD-11", "session-host"), Of("VD-24", "session-host")
_PROMPT = r"Software\Policies\Microsoft\Windows\System"
WIN32 = "Win32Exception (0x80004005): This operation has been cancelled due to restrictions"
EXAMPLES = [
    *_policy(VD_11, _PROMPT, "DisableCMD"),
    *of_errors(VD_11, 3277, WIN32),
    VD_11.trap(
        "InstallMsiException, which the document prints here, is another row's",
        Verdict.COMPLIANT,
        "",
        **application(event(3277, "InstallMsiException: x")),
    ),
    VD_11.trap(
        "what is no policy key says nothing",
        Verdict.COMPLIANT,
        "",
        **key(r"HKU\S-1-5-18\Software\Microsoft\Windows\System", DisableCMD=1),
    ),
    VD_11.trap(
        "it blocks, whatever may have taken an error back",
        Verdict.NON_COMPLIANT,
        "DisableCMD is 1",
        **together(key(rf"HKU\S-1-5-18\{_PROMPT}", DisableCMD=1), application(event(3277, WIN32)), denied(REPORT)),
    ),
    VD_11.trap(
        "an error, whatever the policy says",
        Verdict.NON_COMPLIANT,
        "the agent reported Win32Exception",
        **together(
            application(event(3277, WIN32)), denied(rf"HKU\S-1-5-18\{_PROMPT}"), key(rf"HKU\S-1-5-18\{_PROMPT}", X=1)
        ),
    ),
    *_policy(VD_24, r"Software\Microsoft\Windows\CurrentVersion\Policies\System", "DisableRegistryTools"),
]
NOT_DECIDING = not_deciding("VD-11")
