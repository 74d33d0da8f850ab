"""Why the WireServer is not reached: firewall rule, another filter, route, proxy or the host's side, told apart."""

from __future__ import annotations

from dataclasses import dataclass

from vmready.facts.firewall import Firewall
from vmready.facts.host_routes import HostRoutes
from vmready.facts.registry import fact
from vmready.facts.system_proxy import SystemProxy
from vmready.facts.wire_server import ADDRESS


@dataclass(frozen=True, slots=True)
class WireServerCause:
    """What the machine's own settings say of a failure. Further evidence only: no verdict waits for it."""

    firewall: Firewall
    routes: HostRoutes
    proxy: SystemProxy

    def of(self, port: int | None, outcome: str) -> str:
        """The likely cause of an outcome (that of :class:`~vmready.facts.wire_server.Tried`), in words; empty where nothing explains it."""
        if outcome == "forbidden":
            rule = self.firewall.cause(port or 80)
            if rule is None:
                return "a filter on the machine; whether a firewall rule is it could not be read"
            return (
                rule or "no firewall rule explains it: another filter on the machine (WFP), such as security software"
            )
        if outcome in ("timeout", "unreachable", "reset", "refused"):
            return self.routes.cause(ADDRESS) or self.firewall.cause(port or 80) or ""
        if outcome == "HTTP 503":
            return "the host's side or a proxy, not a firewall"
        if outcome.startswith("HTTP 407") or outcome == "another document":
            named = self.proxy.for_host(ADDRESS)
            return (
                f"a proxy ({', '.join(named)})"
                if named
                else "something between that speaks HTTP, such as a transparent proxy"
            )
        return ""


@fact
def wire_server_cause(firewall: Firewall, host_routes: HostRoutes, system_proxy: SystemProxy) -> WireServerCause:
    """Firewall, routes and proxy as explanations."""
    return WireServerCause(firewall, host_routes, system_proxy)
