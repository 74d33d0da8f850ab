"""VD-20: the connection that the agent's loader holds to its broker."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .harness import Of
from .terms import denied, key, no_service, service, together
from .update_management_endpoints import LOCAL_SYSTEM, proxy

LOADER = "RDAgentBootLoader"
BROKER = {"OwningProcess": 4100, "LocalPort": 50212, "RemoteAddress": "203.0.113.31", "RemotePort": 443, "State": 5}
WMI_DOWN = {"wmi": {r"root\cimv2": {"Win32_Service": {"error": "rpc-unavailable"}}}}


def connections(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    found = [{**BROKER, **changes}] if changes else list(rows)
    return {"wmi": {r"root\StandardCimv2": {"MSFT_NetTCPConnection": found}}}


def refused(error: str) -> dict[str, Any]:
    return {"wmi": {r"root\StandardCimv2": {"MSFT_NetTCPConnection": {"error": error}}}}


VD_20 = Of("VD-20", "session-host")
NONE = "holds no connection to the broker"
UNKNOWN_PROXY = together(key(LOCAL_SYSTEM, ProxyEnable=0), denied(LOCAL_SYSTEM))
EXAMPLES = [
    VD_20.compliant("one to the broker"),
    VD_20.compliant("among others", **connections({**BROKER, "State": 8, "RemotePort": 443}, BROKER)),
    VD_20.compliant("through LocalSystem's proxy", **together(proxy("10.0.0.9:8080"), connections(RemotePort=8080))),
    VD_20.deviating("none", NONE, Verdict.WARNING, **connections()),
    VD_20.deviating("only being opened", NONE, Verdict.WARNING, **connections(State=3)),
    VD_20.deviating("only one that is being closed", NONE, Verdict.WARNING, **connections(State=8)),
    VD_20.deviating("only to another port", NONE, Verdict.WARNING, **connections(RemotePort=80)),
    VD_20.deviating("another process's", NONE, Verdict.WARNING, **connections(OwningProcess=1100)),
    VD_20.deviating("only to the machine itself", NONE, Verdict.WARNING, **connections(RemoteAddress="127.0.0.1")),
    VD_20.deviating("only to itself by IPv6", NONE, Verdict.WARNING, **connections(RemoteAddress="::1")),
    VD_20.deviating(
        "the loader is stopped",
        "RDAgentBootLoader is stopped",
        Verdict.WARNING,
        **together(service(LOADER, status="Stopped", processId=0), {"processes": []}),
    ),
    VD_20.absent(
        "no loader", "the agent is not installed", Verdict.WARNING, **together(no_service(LOADER), {"processes": []})
    ),
    VD_20.absent(
        "an old Windows without such a table",
        "not possible on this host",
        Verdict.UNDETERMINED,
        **refused("invalid-class"),
    ),
    VD_20.unreadable("connections may not be read", "access denied", **refused("access-denied")),
    VD_20.unreadable(
        "no source tells of the loader", "could not be read", **together(denied("service control manager"), WMI_DOWN)
    ),
    *(
        VD_20.compliant(
            f"through LocalSystem's proxy on the machine itself, {host}",
            **together(proxy(f"{host}:9000"), connections(RemoteAddress="127.0.0.1", RemotePort=9000)),
        )
        for host in ("127.0.0.1", "localhost")
    ),
    VD_20.trap(
        "to the machine itself, beside a proxy on another one",
        Verdict.WARNING,
        NONE,
        **together(proxy("10.0.0.9:9000"), connections(RemoteAddress="127.0.0.1", RemotePort=9000)),
    ),
    VD_20.trap(
        "a proxy elsewhere, and a connection to the machine itself on its port",
        Verdict.WARNING,
        NONE,
        **together(proxy("proxy.example:8080"), connections(RemotePort=8080, RemoteAddress="127.0.0.1")),
    ),
    VD_20.unreadable(
        "on another port, and the proxy of LocalSystem is not known",
        "leads through the proxy of LocalSystem, which is not known: LocalSystem: access denied",
        **together(UNKNOWN_PROXY, connections(RemotePort=8080)),
    ),
    VD_20.trap(
        "none, and the proxy of LocalSystem is not known",
        Verdict.WARNING,
        NONE,
        **together(UNKNOWN_PROXY, connections()),
    ),
    VD_20.trap(
        "only one that is being closed, and the proxy of LocalSystem is not known",
        Verdict.WARNING,
        NONE,
        **together(UNKNOWN_PROXY, connections(State=8, RemotePort=8080)),
    ),
    VD_20.trap("to the broker, and the proxy of LocalSystem is not known", Verdict.COMPLIANT, "", **UNKNOWN_PROXY),
    VD_20.trap("a proxy that LocalSystem does not use", Verdict.WARNING, NONE, **connections(RemotePort=8080)),
    VD_20.trap("WMI does not tell the service's process, and the process list does", Verdict.COMPLIANT, "", **WMI_DOWN),
    VD_20.trap(
        "it started again: the process of now counts",
        Verdict.COMPLIANT,
        "",
        **together(
            service(LOADER, then={"after": 5, "processId": 4242}), {"processes": []}, connections(OwningProcess=4242)
        ),
    ),
    VD_20.trap(
        "it runs, but there is no process of it",
        Verdict.WARNING,
        "there is no process of it",
        **together(service(LOADER, processId=0), {"processes": []}),
    ),
]
NOT_DECIDING = [
    ("VD-20", "Internet Settings", "counts where there is a proxy"),
    ("VD-20", "'process'", "the service's process is told by WMI too"),
]
