"""UM-12, UM-13, UM-14: what policy sets of Windows Update."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .harness import Of
from .terms import denied, key, together
from .update_management_endpoints import DETOUR, LOCAL_SYSTEM, proxy

POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate"
AU = POLICY + r"\AU"
ALWAYS, MINUTES = "AlwaysAutoRebootAtScheduledTime", "AlwaysAutoRebootAtScheduledTimeMinutes"
SERVER = "http://wsus.example:8530"
ANSWERS = {"endpoints": {"wsus.example:8530": {"tcp": "open", "http": {"status": 403}}}}
SET = key(POLICY, WUServer=SERVER, WUStatusServer=SERVER)
USED = {"registry": {POLICY: {"WUServer": SERVER, "WUStatusServer": SERVER}, AU: {"UseWUServer": 1}}}
UM_12, UM_13, UM_14 = (Of(f"UM-{number}", "update-management") for number in (12, 13, 14))
REFUSED = {"com": {"Microsoft.Update.AutoUpdate": None}}


#: The update server for some classes of updates, Windows Update for others.
BY_CLASS = {
    "registry": {
        POLICY: {
            "WUServer": SERVER,
            "WUStatusServer": SERVER,
            "SetPolicyDrivenUpdateSourceForDriverUpdates": 1,
            "SetPolicyDrivenUpdateSourceForFeatureUpdates": 0,
            "SetPolicyDrivenUpdateSourceForOtherUpdates": 1,
            "SetPolicyDrivenUpdateSourceForQualityUpdates": 0,
        },
        AU: {"UseWUServer": 1, "UseUpdateClassPolicySource": 1},
    }
}
CURRENT = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
SERVER_2012_R2 = {
    CURRENT: {
        "CurrentMajorVersionNumber": None,
        "CurrentMinorVersionNumber": None,
        "CurrentVersion": "6.3",
        "CurrentBuildNumber": "9600",
    }
}
WSUS_PROXY = proxy("10.0.0.9:8080")
#: The update server answers itself, and a proxy in its place that it got no answer.
PAST_PROXY = {"endpoints": {"wsus.example:8530": {"tcp": "open", "http": {"status": 502}, "direct": {"status": 403}}}}


def wsus(http: Any) -> dict[str, Any]:
    """The update server behind a proxy that answers so."""
    return {"endpoints": {"wsus.example:8530": {**DETOUR, "http": http}}}


def sources(**values: Any) -> dict[str, Any]:
    return {
        "registry": {
            POLICY: {f"SetPolicyDrivenUpdateSourceFor{name}Updates": value for name, value in values.items()},
            AU: {"UseUpdateClassPolicySource": 1},
        }
    }


def level(number: Any) -> dict[str, Any]:
    return {"com": {"Microsoft.Update.AutoUpdate": {"Settings": {"NotificationLevel": number}}}}


EXAMPLES = [
    UM_12.compliant("a policy that says nothing of restarts", **key(AU, AUOptions=3)),
    UM_12.compliant("no policy at all"),
    UM_12.deviating(
        "always at the scheduled time", "it takes effect with AUOptions 4", Verdict.WARNING, **key(AU, **{ALWAYS: 1})
    ),
    UM_12.deviating(
        "and installation is scheduled",
        "restarts the machine",
        Verdict.WARNING,
        **key(AU, **{ALWAYS: 1, "AUOptions": 4}),
    ),
    UM_12.trap(
        "not while somebody is logged on",
        Verdict.WARNING,
        "unless somebody is logged on",
        **key(AU, **{ALWAYS: 1, "AUOptions": 4, "NoAutoRebootWithLoggedOnUsers": 1}),
    ),
    *[
        UM_12.trap(
            f"installation is not scheduled ({options})",
            Verdict.WARNING,
            "it takes effect with AUOptions 4",
            **key(AU, **{ALWAYS: 1, "AUOptions": options, "NoAutoRebootWithLoggedOnUsers": 1}),
        )
        for options in (3, 5)
    ],
    UM_12.trap(
        "whoever is logged on",
        Verdict.WARNING,
        "restarts the machine",
        **key(AU, **{ALWAYS: 1, "AUOptions": 4, "NoAutoRebootWithLoggedOnUsers": 0}),
    ),
    UM_12.trap("a number that means nothing", Verdict.NOTED, "is there and 2", **key(AU, **{ALWAYS: 2})),
    UM_12.trap(
        "minutes beside a number that means nothing",
        Verdict.NOTED,
        "stands alone",
        **key(AU, **{ALWAYS: 0, MINUTES: 15}),
    ),
    UM_12.trap("the minutes alone", Verdict.NOTED, "only sets a delay", **key(AU, **{MINUTES: 15})),
    UM_12.trap(
        "a delay that is not possible", Verdict.NOTED, "is 14: 15 to 180 are possible", **key(AU, **{MINUTES: 14})
    ),
    UM_12.trap(
        "a delay that is not possible, beside the restart",
        Verdict.WARNING,
        "is 181: 15 to 180 are possible",
        **key(AU, **{ALWAYS: 1, MINUTES: 181}),
    ),
    UM_12.trap("the longest delay", Verdict.NOTED, "(180) stands alone", **key(AU, **{MINUTES: 180})),
    UM_12.trap("switched off", Verdict.NOTED, "has no effect", **key(AU, **{ALWAYS: 0})),
    UM_12.trap(
        "text where a number belongs",
        Verdict.WARNING,
        "reads a number",
        **key(AU, **{ALWAYS: {"type": "REG_SZ", "data": "1"}}),
    ),
    UM_12.trap("a negative number", Verdict.NOTED, "4294967295", **key(AU, **{ALWAYS: 4294967295})),
    UM_12.trap(
        "the 32-bit view does not count",
        Verdict.COMPLIANT,
        "",
        **key(r"HKLM\SOFTWARE\Wow6432Node\Policies\Microsoft\Windows\WindowsUpdate\AU", **{ALWAYS: 1}),
    ),
    UM_12.absent("no key: nothing forces a restart", "", Verdict.COMPLIANT),
    UM_12.unreadable("the key may not be read", "access denied", **denied(AU)),
    UM_13.compliant("no server"),
    UM_13.deviating(
        "in use, but it does not answer", "does not answer: http://wsus.example:8530/", Verdict.WARNING, **USED
    ),
    UM_13.trap("in use, and it answers", Verdict.NOTED, f"updates come from {SERVER}", **together(USED, ANSWERS)),
    UM_13.trap(
        "in use, and only the proxy answers that it got no answer",
        Verdict.WARNING,
        "does not answer",
        **together(USED, WSUS_PROXY, wsus({"status": 502})),
    ),
    UM_13.trap(
        "in use, and it answers through the proxy",
        Verdict.NOTED,
        f"updates come from {SERVER}",
        **together(USED, WSUS_PROXY, wsus({"status": 403})),
    ),
    UM_13.trap(
        "in use, and a proxy on the way wants authentication",
        Verdict.WARNING,
        "does not answer",
        **together(USED, {"endpoints": {"wsus.example:8530": {"tcp": "open", "http": {"status": 407}}}}),
    ),
    *[
        UM_13.trap(
            f"in use, and the proxy answers in its place ({status})",
            Verdict.WARNING,
            "does not answer: http://wsus.example:8530/ (no answer in time)",
            **together(USED, WSUS_PROXY, wsus({"status": status})),
        )
        for status in (407, 503, 504)
    ],
    UM_13.trap(
        "in use, and it answers 503 itself",
        Verdict.NOTED,
        "updates come from",
        **together(USED, {"endpoints": {"wsus.example:8530": {"tcp": "open", "http": {"status": 503}}}}),
    ),
    UM_13.trap(
        "in use, and Azure Firewall answers in its place",
        Verdict.WARNING,
        "does not answer",
        **together(USED, {"endpoints": {"wsus.example:8530": {"tcp": "open", "http": {"status": 470}}}}),
    ),
    UM_13.trap(
        "in use, and it answers directly, but not through the proxy that stands before it",
        Verdict.WARNING,
        "answers directly, but not through the proxy 10.0.0.9:8080 of LocalSystem (HTTP 502)",
        **together(USED, WSUS_PROXY, PAST_PROXY),
    ),
    UM_13.trap(
        "in use, and the proxy of its scheme would not let it through",
        Verdict.WARNING,
        "answers directly, but not through the proxy 10.0.0.9:8080 of LocalSystem (HTTP 502)",
        **together(USED, proxy("http=10.0.0.9:8080;https=10.0.0.8:8080"), PAST_PROXY),
    ),
    UM_13.trap(
        "in use, and a proxy for https, which would not let it through, has no say in it",
        Verdict.NOTED,
        "updates come from",
        **together(USED, proxy("https=10.0.0.9:8080"), PAST_PROXY),
    ),
    UM_13.trap(
        "in use, and it goes past the proxy that would not let it through",
        Verdict.NOTED,
        "updates come from",
        **together(USED, proxy("10.0.0.9:8080", "*.example"), PAST_PROXY),
    ),
    UM_13.trap(
        "in use, and what the proxy answers for a server with TLS comes without its certificate",
        Verdict.WARNING,
        "may be the proxy's own answer",
        **together(
            {
                "registry": {
                    POLICY: dict.fromkeys(("WUServer", "WUStatusServer"), "https://wsus.example:8531"),
                    AU: {"UseWUServer": 1},
                }
            },
            WSUS_PROXY,
            {"endpoints": {"wsus.example:8531": {**DETOUR, "http": {"status": 403}}}},
        ),
    ),
    UM_13.trap(
        "in use, and a name without a dot goes past the proxy",
        Verdict.WARNING,
        "does not answer: http://wsus:8530/",
        **together(
            {
                "registry": {
                    POLICY: dict.fromkeys(("WUServer", "WUStatusServer"), "http://wsus:8530"),
                    AU: {"UseWUServer": 1},
                }
            },
            proxy("10.0.0.9:8080", "*.example;<local>"),
            {"endpoints": {"wsus:8530": {**DETOUR, "http": {"status": 403}}}},
        ),
    ),
    UM_13.trap(
        "in use, and a proxy script may know a way to it",
        Verdict.WARNING,
        "what the proxy script",
        **together(USED, key(LOCAL_SYSTEM, AutoConfigURL="http://wpad/wpad.dat")),
    ),
    UM_13.unreadable(
        "it answers directly, and the proxy may not be read",
        "the proxy of LocalSystem is not known",
        **together(USED, ANSWERS, key(LOCAL_SYSTEM, ProxyEnable=0), denied(LOCAL_SYSTEM)),
    ),
    UM_13.trap(
        "not in use, and the proxy may not be read",
        Verdict.NOTED,
        "it is not in use",
        **together(SET, key(LOCAL_SYSTEM, ProxyEnable=0), denied(LOCAL_SYSTEM)),
    ),
    UM_13.unreadable(
        "it does not answer directly, and the proxy may not be read",
        "the proxy of LocalSystem is not known",
        **together(USED, key(LOCAL_SYSTEM, ProxyEnable=0), denied(LOCAL_SYSTEM)),
    ),
    UM_13.trap(
        "a number of eight bytes",
        Verdict.WARNING,
        "UseWUServer is 1 as REG_QWORD",
        registry={
            POLICY: {"WUServer": SERVER, "WUStatusServer": SERVER},
            AU: {"UseWUServer": {"type": "REG_QWORD", "data": 1}},
        },
    ),
    UM_13.trap(
        "in use, but not for every class of updates",
        Verdict.NOTED,
        "from Windows Update all the same: Feature, Quality",
        **together(BY_CLASS, ANSWERS),
    ),
    UM_13.trap("set, but not in use", Verdict.NOTED, "UseWUServer is absent: it is not in use", **SET),
    UM_13.trap(
        "set, and switched off",
        Verdict.NOTED,
        "UseWUServer is 0",
        registry={POLICY: {"WUServer": SERVER}, AU: {"UseWUServer": 0}},
    ),
    UM_13.deviating(
        "used, but not named",
        "UseWUServer is 1, but WUServer is absent",
        Verdict.WARNING,
        registry={AU: {"UseWUServer": 1}},
    ),
    UM_13.deviating(
        "without a status server",
        "WUStatusServer is absent",
        Verdict.WARNING,
        registry={POLICY: {"WUServer": SERVER}, AU: {"UseWUServer": 1}},
    ),
    UM_13.trap(
        "an empty name",
        Verdict.WARNING,
        "WUServer is empty",
        registry={POLICY: {"WUServer": "", "WUStatusServer": SERVER}, AU: {"UseWUServer": 1}},
    ),
    UM_13.trap(
        "a number where text belongs",
        Verdict.WARNING,
        "WUServer is a REG_DWORD",
        registry={POLICY: {"WUServer": 1, "WUStatusServer": SERVER}, AU: {"UseWUServer": 1}},
    ),
    UM_13.trap(
        "text where a number belongs",
        Verdict.WARNING,
        "UseWUServer is REG_SZ '1'",
        registry={POLICY: {"WUServer": SERVER}, AU: {"UseWUServer": {"type": "REG_SZ", "data": "1"}}},
    ),
    UM_13.trap(
        "no address",
        Verdict.WARNING,
        "no address of a server",
        registry={POLICY: {"WUServer": "wsus", "WUStatusServer": "wsus"}, AU: {"UseWUServer": 1}},
    ),
    UM_13.trap(
        "three of four sources", Verdict.WARNING, "QualityUpdates absent", **sources(Driver=1, Feature=1, Other=1)
    ),
    UM_13.trap(
        "a source as text",
        Verdict.WARNING,
        "SetPolicyDrivenUpdateSourceForQualityUpdates is REG_SZ '0' instead of a number",
        **sources(Driver=1, Feature=1, Other=1, Quality="0"),
    ),
    UM_13.trap(
        "a source as a number of eight bytes",
        Verdict.WARNING,
        "SetPolicyDrivenUpdateSourceForDriverUpdates is 0 as REG_QWORD",
        **sources(Driver={"type": "REG_QWORD", "data": 0}, Feature=1, Other=1, Quality=1),
    ),
    *[
        UM_13.trap(
            f"their switch is no number of four bytes ({data!r})",
            Verdict.WARNING,
            f"UseUpdateClassPolicySource is {text}",
            registry={
                POLICY: {"SetPolicyDrivenUpdateSourceForDriverUpdates": 0},
                AU: {"UseUpdateClassPolicySource": {"type": kind, "data": data}},
            },
        )
        for kind, data, text in (
            ("REG_SZ", "1", "REG_SZ '1' instead of a number"),
            ("REG_QWORD", 1, "1 as REG_QWORD"),
        )
    ],
    UM_13.trap("a switch that is text, of no source", Verdict.COMPLIANT, "", **key(AU, UseUpdateClassPolicySource="1")),
    UM_13.trap(
        "a source as text, switched off",
        Verdict.COMPLIANT,
        "",
        registry={
            POLICY: {"SetPolicyDrivenUpdateSourceForDriverUpdates": "0"},
            AU: {"UseUpdateClassPolicySource": 0},
        },
    ),
    UM_13.trap("four sources", Verdict.COMPLIANT, "", **sources(Driver=1, Feature=1, Other=1, Quality=0)),
    UM_13.trap(
        "one source without the switch",
        Verdict.COMPLIANT,
        "",
        **key(POLICY, SetPolicyDrivenUpdateSourceForDriverUpdates=1),
    ),
    UM_13.absent("no key", "", Verdict.COMPLIANT, registry={POLICY: None}),
    UM_13.unreadable("the key may not be read", "access denied", **denied(POLICY)),
    UM_13.unreadable(
        "the server cannot be asked", "not possible on this host", **USED, os={"languageMode": "ConstrainedLanguage"}
    ),
    UM_14.compliant("the machine itself notifies only"),
    UM_14.compliant("disabled by policy", **key(AU, NoAutoUpdate=1)),
    UM_14.compliant("notify before download", **key(AU, AUOptions=2)),
    UM_14.compliant("Server 2016's own", **key(AU, AUOptions=7)),
    UM_14.compliant("off", **level(1)),
    UM_14.trap(
        "Server 2016's own on Server 2012 R2",
        Verdict.WARNING,
        "from Server 2016 on",
        registry={AU: {"AUOptions": 7}, **SERVER_2012_R2},
    ),
    UM_14.unreadable(
        "Server 2016's own, and Windows' version is not told",
        "CurrentBuildNumber is not there",
        registry={AU: {"AUOptions": 7}, CURRENT: {"CurrentBuildNumber": None}},
    ),
    UM_14.trap(
        "a level that every Windows knows, and its version is not told",
        Verdict.COMPLIANT,
        "",
        registry={AU: {"AUOptions": 3}, CURRENT: {"CurrentBuildNumber": None}},
    ),
    UM_14.deviating("scheduled by policy", "AUOptions is 4", Verdict.WARNING, **key(AU, AUOptions=4)),
    UM_14.deviating(
        "scheduled by the machine's own setting", "the update agent's own setting is 4", Verdict.WARNING, **level(4)
    ),
    UM_14.trap("disabled beats scheduled", Verdict.COMPLIANT, "", **key(AU, NoAutoUpdate=1, AUOptions=4)),
    UM_14.trap("policy beats the machine's setting", Verdict.COMPLIANT, "", **together(key(AU, AUOptions=3), level(4))),
    UM_14.compliant("download, and notify before installation", **key(AU, AUOptions=3)),
    UM_14.compliant("switched off by its options", **key(AU, AUOptions=1)),
    UM_14.compliant("the machine itself notifies before download", **level(2)),
    *[
        UM_14.trap(
            f"not disabled, and scheduled ({number})",
            Verdict.WARNING,
            "AUOptions is 4",
            **key(AU, NoAutoUpdate=number, AUOptions=4),
        )
        for number in (0, 2)
    ],
    *[
        UM_14.trap(
            f"a number that says nothing ({number})",
            Verdict.WARNING,
            f"AUOptions is {number} ({text}): who decides is not settled",
            **key(AU, AUOptions=number),
        )
        for number, text in ((0, "not configured"), (6, "unknown"), (8, "unknown"))
    ],
    UM_14.trap(
        "text where the switch belongs",
        Verdict.WARNING,
        "NoAutoUpdate is REG_SZ '1'",
        **key(AU, NoAutoUpdate={"type": "REG_SZ", "data": "1"}),
    ),
    UM_14.trap("left to the administrator", Verdict.WARNING, "left to the local", **key(AU, AUOptions=5)),
    UM_14.trap("the machine is not set up", Verdict.WARNING, "not configured", **level(0)),
    UM_14.trap(
        "text where a number belongs",
        Verdict.WARNING,
        "reads a number",
        **key(AU, AUOptions={"type": "REG_SZ", "data": "4"}),
    ),
    UM_14.trap(
        "disabled by a number of eight bytes",
        Verdict.WARNING,
        "NoAutoUpdate is 1 as REG_QWORD",
        **key(AU, NoAutoUpdate={"type": "REG_QWORD", "data": 1}),
    ),
    UM_14.trap(
        "notify, as a number of eight bytes",
        Verdict.WARNING,
        "AUOptions is 3 as REG_QWORD",
        **key(AU, AUOptions={"type": "REG_QWORD", "data": 3}),
    ),
    UM_14.trap(
        "a policy decides without the update agent", Verdict.COMPLIANT, "", **together(key(AU, AUOptions=3), REFUSED)
    ),
    UM_14.absent("no policy, and no update agent", "does not tell its own setting", Verdict.UNDETERMINED, **REFUSED),
    UM_14.unreadable("the key may not be read", "access denied", **denied(AU)),
    UM_14.unreadable(
        "the update agent refuses a network logon",
        "could not be read",
        com={"Microsoft.Update.AutoUpdate": {"Settings": None}},
    ),
]
NOT_DECIDING = [
    ("UM-13", "Internet Settings", "the proxy counts where the server is not reached directly"),
    ("UM-14", "Windows NT", "Windows' version counts where AUOptions is 7"),
]
