"""VD-27: what the agent's event sources hold besides."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .agent_errors import BEFORE_START, HIDDEN, INVALID_FORM, LOADER, SECOND_SOURCE, application, event, second
from .harness import Of
from .terms import denied, no_service, service, together

VD_27 = Of("VD-27", "session-host")
LAST_WEEK = "2026-11-13T09:00:00Z"


def installer(text: str, **changes: Any) -> dict[str, Any]:
    return event(11708, text, provider="MsiInstaller", **changes)


AGENT_FAILED = "Product: Remote Desktop Services Infrastructure Agent -- Installation failed."
EXAMPLES = [
    VD_27.compliant("nothing"),
    VD_27.compliant("an older agent, which writes no second log", logs={"RemoteDesktopServices": None}),
    VD_27.deviating(
        "an error under the general id",
        "unclassified: WVD-Agent 3277 (2026-11-20 09:57 UTC): AgentLoadException: no agent",
        Verdict.WARNING,
        **application(event(3277, "AgentLoadException: no agent")),
    ),
    VD_27.deviating(
        "an update's",
        "WVD-Agent 3389 (2026-11-20 09:57 UTC): Unable to retrieve DefaultAgent from registry",
        Verdict.WARNING,
        **application(event(3389, "Unable to retrieve DefaultAgent from registry")),
    ),
    VD_27.deviating(
        "another id of the agent",
        "WVD-Agent 3702",
        Verdict.WARNING,
        **application(event(3702, "URLs not accessible", level=3)),
    ),
    VD_27.deviating(
        "the updater's",
        "WVD-Agent-Updater 3",
        Verdict.WARNING,
        **application(event(3, "x", provider="WVD-Agent-Updater")),
    ),
    VD_27.deviating(
        "the loader's",
        "RDAgentBootLoader 4",
        Verdict.WARNING,
        **application(event(4, "x", provider="RDAgentBootLoader", level=1)),
    ),
    VD_27.deviating(
        "Windows Installer's about the agent",
        "MsiInstaller 11708",
        Verdict.WARNING,
        **application(installer(AGENT_FAILED)),
    ),
    VD_27.deviating(
        "the second log's",
        f"{SECOND_SOURCE} 0",
        Verdict.WARNING,
        **second(event(0, "SessionHost unhealthy", provider=SECOND_SOURCE)),
    ),
    VD_27.deviating(
        "Windows Installer's about another program",
        "of other programs: MsiInstaller 11708 (2026-11-20 09:57 UTC): Product: Contoso -- failed",
        Verdict.NOTED,
        **application(installer("Product: Contoso -- failed")),
    ),
    VD_27.absent("no Application log", "no Application log", Verdict.UNDETERMINED, logs={"Application": None}),
    VD_27.unreadable("the log may not be read", "access denied", **denied("log:Application")),
    VD_27.unreadable("the second log may not be read", "access denied", **denied("log:RemoteDesktopServices")),
    VD_27.trap(
        "what requirements look for is classified",
        Verdict.COMPLIANT,
        "",
        **application(
            event(3277, INVALID_FORM),
            event(3389, "MissingMethodException: x"),
            event(3703, "RD Gateway Url: x is not accessible"),
            event(3019, "Transport received an exception"),
        ),
    ),
    *(
        VD_27.deviating(
            f"what requirements look for under another id: {number}, {text}",
            f"WVD-Agent {number}",
            Verdict.WARNING,
            **application(event(number, text, level=3)),
        )
        for number, text in (
            (3389, "BootLoader exception: System.ComponentModel.Win32Exception (0x80004005)"),
            (3277, "MissingMethodException: x"),
            (3277, "RD Gateway Url: x is not accessible"),
            (3703, "Transport received an exception"),
            (3702, INVALID_FORM),
        )
    ),
    VD_27.deviating(
        "the same in the second log",
        f"{SECOND_SOURCE} 3277",
        Verdict.WARNING,
        **second(event(3277, INVALID_FORM, provider=SECOND_SOURCE)),
    ),
    VD_27.absent("the agent was removed", "there is no agent that would report", Verdict.WARNING, **no_service(LOADER)),
    VD_27.deviating(
        "the agent does not run",
        "RDAgentBootLoader is stopped",
        Verdict.WARNING,
        **service(LOADER, status="Stopped", processId=0),
    ),
    VD_27.deviating(
        "the agent stops again",
        "RDAgentBootLoader does not stay up",
        Verdict.WARNING,
        **service(LOADER, then={"status": "Stopped"}),
    ),
    VD_27.unreadable("whether there is an agent may not be read", "agent_service could not be read", **HIDDEN),
    VD_27.trap(
        "when the machine was started is not told",
        Verdict.NOTED,
        "when the machine was started is not told",
        wmi={r"root\cimv2": {"Win32_OperatingSystem": {"error": "rpc-unavailable"}}},
    ),
    VD_27.trap(
        "in the second log too", Verdict.COMPLIANT, "", **second(event(0, INVALID_FORM, provider=SECOND_SOURCE))
    ),
    VD_27.trap(
        "of before the start, under the general id",
        Verdict.WARNING,
        "WVD-Agent 3277 (2026-11-18",
        **application(event(3277, "AgentLoadException", BEFORE_START)),
    ),
    VD_27.trap("of last week, under another id", Verdict.COMPLIANT, "", **application(event(4, "x", LAST_WEEK))),
    VD_27.trap(
        "as information, under the general id",
        Verdict.WARNING,
        "WVD-Agent 3277",
        **application(event(3277, "x", level=4)),
    ),
    VD_27.trap(
        "as information, under the id of updates",
        Verdict.WARNING,
        "WVD-Agent 3389",
        **application(event(3389, "BootLoader exception", level=4)),
    ),
    VD_27.trap(
        "3019 in another language is classified", Verdict.COMPLIANT, "", **application(event(3019, "Transportausnahme"))
    ),
    VD_27.trap(
        "the newest of both logs first",
        Verdict.WARNING,
        f"unclassified: {SECOND_SOURCE} 0 (2026-11-20 09:58 UTC): later; WVD-Agent 3277 (2026-11-20 09:57 UTC): x",
        **together(
            application(event(3277, "x")), second(event(0, "later", "2026-11-20T09:58:00Z", provider=SECOND_SOURCE))
        ),
    ),
    VD_27.trap("information under another id", Verdict.COMPLIANT, "", **application(event(3700, "x", level=4))),
    VD_27.trap("of another source", Verdict.COMPLIANT, "", **application(event(3277, "x", provider="Contoso"))),
    VD_27.trap(
        "of another source in the second log", Verdict.COMPLIANT, "", **second(event(0, "x", provider="Contoso"))
    ),
    VD_27.trap(
        "control characters",
        Verdict.WARNING,
        "UTC): one two [31mthree four",
        **application(event(3277, "one\r\n\ttwo\x00 \x1b[31mthree\u202e\u2028four")),
    ),
    VD_27.trap(
        "long texts are cut", Verdict.WARNING, "UTC): " + "x" * 200 + "…", **application(event(3277, "x" * 3000))
    ),
    VD_27.trap(
        "without its source's texts",
        Verdict.WARNING,
        "UTC): AgentLoadException",
        **application(event(3277, "x", message=None, data=["AgentLoadException"])),
    ),
    VD_27.trap(
        "without any text", Verdict.WARNING, "UTC): no text", **application(event(3277, "x", message=None, data=[]))
    ),
    VD_27.trap(
        "many: the newest five, and how many more",
        Verdict.WARNING,
        "WVD-Agent 3277 (2026-11-20 09:05 UTC): error 5; and 3 more",
        **application(
            *(event(3277, f"error {number}", f"2026-11-20T09:0{number}:00Z") for number in (9, 8, 7, 6, 5, 4, 3, 2))
        ),
    ),
    VD_27.trap(
        "one log's error, whatever the other refuses",
        Verdict.WARNING,
        "WVD-Agent 3277",
        **together(application(event(3277, "x")), denied("log:RemoteDesktopServices")),
    ),
    VD_27.trap(
        "what is classified pushes the rest out",
        Verdict.NOTED,
        "Application was read back to 2026-11-20 09:57 UTC",
        **application(*[event(3277, INVALID_FORM)] * 201),
    ),
    VD_27.trap(
        "the log does not reach back",
        Verdict.NOTED,
        "Application was read back to 2026-11-20 09:59 UTC",
        **application(event(1, "x", "2026-11-20T09:59:00Z", provider="Contoso"), old=False),
    ),
]
