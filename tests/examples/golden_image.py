"""VD-26: nothing of the agent on an image."""

from __future__ import annotations

from vmready.model import Verdict

from .harness import Of
from .terms import denied, key, together

UNINSTALL = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
STATIONS = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations"
AGENT = r"HKLM\SOFTWARE\Microsoft\RDInfraAgent"
HIDDEN = {
    "denied": ["service control manager", r"HKLM\SYSTEM\CurrentControlSet\Services\RDAgentBootLoader"],
    "wmi": {r"root\cimv2": {"Win32_Service": {"error": "rpc-unavailable"}}},
}
VD_26 = Of("VD-26", "golden-image")


def product(name: str, at: str = "{11111111-2222-3333-4444-555555555555}") -> dict[str, object]:
    return key(f"{UNINSTALL}\\{at}", DisplayName=name)


EXAMPLES = [
    VD_26.compliant("an image without the agent"),
    VD_26.compliant("and without any product"),
    VD_26.deviating("a registration", "the image carries the key RDInfraAgent", **key(AGENT, IsRegistered=1)),
    VD_26.deviating("an empty key is a trace too", "the key RDInfraAgent", **key(AGENT)),
    VD_26.deviating(
        "the loader's key", "the key RDAgentBootLoader", **key(r"HKLM\SOFTWARE\Microsoft\RDAgentBootLoader")
    ),
    VD_26.deviating(
        "a stopped service",
        "the service RDAgentBootLoader",
        services={"RDAgentBootLoader": {"status": "Stopped", "startType": "Disabled"}},
    ),
    VD_26.deviating(
        "the folder", "the folder Microsoft RDInfra", files={r"C:\Program Files\Microsoft RDInfra": {"directory": True}}
    ),
    VD_26.deviating(
        "a listener", "a ReverseConnectionListener", **key(STATIONS, ReverseConnectionListener="rdp-sxs260209400")
    ),
    VD_26.deviating(
        "a listener's name of another type",
        "a ReverseConnectionListener",
        **key(STATIONS, ReverseConnectionListener=["rdp-sxs260209400"]),
    ),
    VD_26.deviating(
        "the stack",
        "the product Remote Desktop Services SxS Network Stack",
        **product("Remote Desktop Services SxS Network Stack"),
    ),
    VD_26.deviating(
        "the Geneva agent of any version",
        "Geneva Agent 46.2.1",
        **product("Remote Desktop Services Infrastructure Geneva Agent 46.2.1"),
    ),
    VD_26.absent(
        "nothing that could be looked at is there", "", Verdict.COMPLIANT, registry={UNINSTALL: None, STATIONS: None}
    ),
    VD_26.unreadable("the products may not be listed", "access denied", **denied(UNINSTALL)),
    VD_26.unreadable(
        "one product may not be opened",
        "access denied",
        **together(product("Contoso"), denied(UNINSTALL + r"\{11111111-2222-3333-4444-555555555555}")),
    ),
    VD_26.unreadable("no source tells of the service", "could not be read", **HIDDEN),
    VD_26.unreadable("the agent's key may not be opened", "access denied", **together(key(AGENT), denied(AGENT))),
    VD_26.unreadable(
        "the folder may not be looked into",
        "access denied",
        **together({"files": {r"C:\Program Files\Contoso": {"directory": True}}}, denied(r"C:\Program Files")),
    ),
    VD_26.trap(
        "what is found counts, whatever could not be read",
        Verdict.NON_COMPLIANT,
        "the folder",
        **together({"files": {r"C:\Program Files\Microsoft RDInfra": {"directory": True}}}, denied(UNINSTALL)),
    ),
    VD_26.trap("an empty listener name is none", Verdict.COMPLIANT, "", **key(STATIONS, ReverseConnectionListener="")),
    VD_26.trap(
        "a product that only begins like one",
        Verdict.COMPLIANT,
        "",
        **product("Remote Desktop Services SxS Network Stack Monitor"),
    ),
    VD_26.trap(
        "RdAgent is the guest agent's",
        Verdict.COMPLIANT,
        "",
        services={"RdAgent": {"status": "Running", "startType": "Automatic"}},
    ),
]
