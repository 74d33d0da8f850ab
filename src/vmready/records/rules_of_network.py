"""The troubleshooter's rules that ask the network."""

from __future__ import annotations

import re

from vmready.probes.answers import Answer
from vmready.probes.readings import ComReading, Connection, EventLog, Exchange, NativeText
from vmready.records import endpoints, workspace
from vmready.records.looked import Looked
from vmready.records.record import FAILED, PASSED, WARNED, NoRecord, NotTold, Outcome, seen

_NO_WORKSPACE = "Unable to find Workspace registration information"
_REMOTE, _CLOSED = "unable to connect to the remote server", "the underlying connection was closed"


def _connection(looked: Looked, host: str, description: str | None = None) -> Outcome:
    if host not in looked.connections:
        raise NotTold(f"{host} was not tried: the collection had another location or workspace")
    found: Connection | None = seen(looked.connections[host])
    worked = found is not None and found.connected
    text = f"TCP Test for {host} (port 443) {'succeeded' if worked else 'failed'}"
    return Outcome(PASSED if worked else FAILED, text, (host,), description=description)


def _with_host(looked: Looked, host: str) -> Outcome:
    description = (
        f"Proxy and firewall configuration must allow Automation Hybrid Worker agent to communicate with {host}"
    )
    return _connection(looked, host, description)


def registration(looked: Looked) -> Outcome:
    found = workspace.find(looked.configurations, looked.workspaces)
    if not found.usable:
        return Outcome(FAILED, _NO_WORKSPACE, None, "NoRegistrationFound", "")
    return _with_host(looked, endpoints.registration(workspace.host_name(found.workspace), looked.location))


def operations(looked: Looked) -> Outcome:
    return _with_host(looked, endpoints.operations(looked.location))


def _log_analytics(looked: Looked, service: str) -> Outcome:
    found = workspace.find(looked.configurations, looked.workspaces)
    if found.state is workspace.State.NONE:
        return Outcome(FAILED, _NO_WORKSPACE, None)
    if found.state is workspace.State.SEVERAL:
        return Outcome(FAILED, "VM connected to multiple workspaces.", None)
    return _connection(looked, endpoints.log_analytics(workspace.host_name(found.workspace), service, looked.location))


def ods(looked: Looked) -> Outcome:
    return _log_analytics(looked, "ods")


def oms(looked: Looked) -> Outcome:
    return _log_analytics(looked, "oms")


def hosts(configurations: Answer[EventLog], workspaces: Answer[ComReading], location: str) -> tuple[str, ...]:
    """Every host that the rules connect to once the workspace is known."""
    try:
        found = workspace.find(configurations, workspaces)
        name = workspace.host_name(found.workspace) if found.usable else ""
    except NotTold:
        return ()
    if not name:
        return ()
    services = (endpoints.log_analytics(name, service, location) for service in ("ods", "oms"))
    return (endpoints.registration(name, location), *services)


def https(looked: Looked) -> Outcome:
    """A request as PowerShell makes it, then one without a proxy. English words decide; a text that has none of them makes no record."""
    able = Outcome(PASSED, "VM is able to make https requests.")
    first: Exchange | None = seen(looked.https)
    if first is None:
        raise NotTold("the first request gave nothing")
    if _succeeded(first) or "forbidden" in _first_text(first).lower():
        return able
    unreached = Outcome(
        FAILED,
        f"VM is not able to make https requests. Please check your network connection. Unable to reach {endpoints.HTTPS}.",
        (endpoints.HTTPS,),
    )
    warned = Outcome(WARNED, "Please check if the proxy server is configured properly to allow https requests.")
    second: Exchange | None = seen(looked.https_direct)
    if second is None:
        raise NotTold("the request without a proxy gave nothing")
    if _succeeded(second):
        return warned if second.status == 200 else unreached
    text = _text(second).lower()
    if _REMOTE in text or _CLOSED in text:
        return unreached
    if "forbidden" in text:
        return warned
    raise NoRecord(
        "the failed request's text fits none of the rule's branches, so there is no result to make a record of"
    )


def _succeeded(exchange: Exchange) -> bool:
    """Whether .NET makes no exception of it: an answer below 400."""
    return exchange.answered and (exchange.status is None or exchange.status < 400)


def _text(exchange: Exchange) -> str:
    """The exception's text; a request that we gave up is one that .NET gives up later."""
    return (exchange.message if exchange.answered else exchange.error) or ""


def _first_text(exchange: Exchange) -> str:
    """Windows PowerShell puts the answer's own text in the place of the exception's, where the answer says that it has one."""
    if exchange.answered and exchange.length:
        body = re.sub(r"<[^>]*>", "", exchange.body)
        if body:
            return body
    return _text(exchange)


def proxy(looked: Looked) -> Outcome:
    printed: NativeText | None = seen(looked.win_http)
    lines = printed.text.split("\n") if printed is not None else []
    if any("direct access" in line.lower() for line in lines):
        return Outcome(PASSED, "Proxy is not set.")
    return Outcome(WARNED, "Proxy is set.")


def metadata(looked: Looked) -> Outcome:
    first: Exchange | None = seen(looked.metadata)
    if first is not None and _succeeded(first):
        return Outcome(PASSED, "VM is able to reach IMDS server")
    second: Exchange | None = seen(looked.metadata_direct)
    if second is not None and _succeeded(second):
        return Outcome(FAILED, "VM is likely behind a proxy and UM may not be able to query IMDS to get VM info.")
    return Outcome(WARNED, "VM is not able to reach IMDS server. Consider this as a Failure if this is an Azure VM.")
