"""Update Management, "Connectivity checks": the endpoints that the agent talks to, requests, proxies and the metadata service."""

from __future__ import annotations

from tests_infra.documents import UPDATE_MANAGEMENT
from vmready import (
    Reason,
    Role,
    UnreadableFact,
    Why,
    advise,
    missing,
    must,
    not_applicable,
    note,
    observe,
    requirement,
    should,
)
from vmready.facts.https_request import HttpsRequests
from vmready.facts.instance_metadata import InstanceMetadata
from vmready.facts.proxy_settings import ProxySettings
from vmready.facts.reach import Reach, detours, doubts, failures
from vmready.facts.update_management_endpoints import WorkspaceEndpoints

OFFLINE = UPDATE_MANAGEMENT["Troubleshoot offline"]


def _judge_workspaces(endpoints: WorkspaceEndpoints) -> None:
    if not endpoints.reaches:
        lacks = "has no Log Analytics workspace" if endpoints.agent else "is not installed"
        missing(f"the monitoring agent {lacks}, and no workspace_id is given")
    _judge(endpoints.reaches)
    if endpoints.several:
        advise("the agent reports to several workspaces, Update Management to one: give the input workspace_id")


def _judge(reaches: tuple[Reach, ...]) -> None:
    _observe(reaches)
    unreached = failures(reaches)
    assert not unreached, "; ".join(unreached)
    for text in doubts(reaches):
        advise(text)
    for text in detours(reaches):
        note(text)


def _observe(reaches: tuple[Reach, ...]) -> None:
    reached = {reach.name: reach.way or "not reached" for reach in reaches}
    observe({"reached": reached, "known_from": sorted({reach.known_from for reach in reaches})})


def _judge_letter(reaches: tuple[Reach, ...]) -> None:
    """The document's command: a TCP connection to port 443, never through a proxy ("doesn't route traffic through a proxy server")."""
    _observe(reaches)
    for reach in reaches:
        if reach.connected is None:
            raise UnreadableFact("connection", Why(Reason.NOT_COLLECTED, "", f"{reach.name} could not be tried"))
    refused = [reach.name for reach in reaches if not reach.connected]
    assert not refused, f"no TCP connection to {', '.join(refused)}"


def _letter_of_workspaces(endpoints: WorkspaceEndpoints) -> None:
    if not endpoints.reaches:
        missing("no workspace is known")
    _judge_letter(endpoints.reaches)


def _registration_letter(registration_endpoints: WorkspaceEndpoints) -> None:
    _letter_of_workspaces(registration_endpoints)


@requirement(
    "UM-04",
    must,
    title="The registration endpoint (agentsvc) of the workspace can be reached",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Registration endpoint"],
    rationale="The hybrid runbook worker registers with this endpoint; without it the machine is not configured for Update Management.",
    remedy="Allow TCP 443 to *.azure-automation.net (or the cloud's own name) in firewall and proxy, without TLS inspection.",
    as_documented=_registration_letter,
)
def test_registration_endpoint(registration_endpoints: WorkspaceEndpoints) -> None:
    _judge_workspaces(registration_endpoints)


def _operations_letter(operations_endpoints: tuple[Reach, ...]) -> None:
    assert operations_endpoints, "no operations endpoint is known"
    _judge_letter(operations_endpoints)


@requirement(
    "UM-05",
    must,
    title="The operations endpoint (Job Runtime Data Service) can be reached",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Operations endpoint"],
    rationale="The worker fetches its jobs, update deployments among them, from the Job Runtime Data Service of its Automation account.",
    remedy="Allow TCP 443 to *.azure-automation.net (or the cloud's own name) in firewall and proxy, without TLS inspection.",
    as_documented=_operations_letter,
)
def test_operations_endpoint(operations_endpoints: tuple[Reach, ...]) -> None:
    assert operations_endpoints, "no operations endpoint is known"
    _judge(operations_endpoints)


def _https_letter(https_requests: HttpsRequests) -> None:
    found = https_requests.documented()
    observe({"answer": found.text})
    assert found.answered, f"GET of the document's address, eus2-jobruntimedata-prod-su1, gives: {found.text}"


@requirement(
    "UM-15",
    must,
    title="The machine can make HTTPS requests to the service",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Https connection"],
    rationale="Everything that agent and worker do is an HTTPS request. The message says which stage fails: name, connection, TLS or answer.",
    remedy="Name does not resolve: DNS. No answer or refused: firewall. TLS: TLS 1.2, trusted roots, no inspection on the way.",
    as_documented=_https_letter,
)
def test_https_request(https_requests: HttpsRequests) -> None:
    assert https_requests.reaches, "no endpoint is known that a request could go to"
    _judge(https_requests.reaches)


def _proxy_letter(proxy_settings: ProxySettings) -> None:
    """One method of the document looks at WinHTTP, the other at an account's settings: the stricter of both is that neither has a proxy."""
    set_at = [place.name for place in proxy_settings.places if place.proxy or place.plain or place.socks]
    observe({"proxies": sorted(set_at)})
    assert not set_at, f"a proxy is set: {', '.join(set_at)}"
    proxy_settings.require_known()


@requirement(
    "UM-16",
    should,
    title="The proxy settings of the machine and of LocalSystem are known and harmless",
    severity="medium",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Proxy settings"],
    rationale="Agent and Windows Update run as LocalSystem and take its proxy or WinHTTP's, not a user's. A proxy must let the service through and "
    "stay out of the way of Azure's own addresses.",
    remedy="netsh winhttp set proxy … bypass-list=169.254.169.254;168.63.129.16 (reset for none), and open the service's addresses in the proxy.",
    as_documented=_proxy_letter,
)
def test_proxy_settings(proxy_settings: ProxySettings) -> None:
    places = proxy_settings.places
    observe(
        {
            place.name: place.proxy.address if place.proxy else "script" if place.script else "other"
            for place in places
            if not place.detects
        }
    )
    wrong = [f"a proxy stands before {text}" for text in proxy_settings.swallowed]
    wrong += [f"the service is not reached through the proxy {text}" for text in proxy_settings.blocked]
    wrong += [f"a proxy script decides for {p.name}; what it answers cannot be told" for p in places if p.script]
    wrong += [f"{p.name} has a SOCKS proxy; which programs go through it cannot be told" for p in places if p.socks]
    assert not wrong, "; ".join(wrong)
    proxy_settings.require_known()
    proxy_settings.require_asked()
    for place in proxy_settings.proxies:
        note(f"{place.name} has the proxy {(place.proxy or place.plain).address}")  # type: ignore[union-attr]
    for place in places:
        if place.detects:
            note(f"{place.name}: a proxy is looked for in the network (auto-detection)")


@requirement(
    "UM-17",
    must,
    title="The instance metadata service answers without a proxy",
    severity="medium",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["IMDS endpoint connectivity"],
    rationale="The worker learns from it which virtual machine it is. The service takes no request that came through a proxy.",
    remedy="Allow 169.254.169.254:80 in firewalls on the machine, and put it on the bypass list of every proxy setting.",
)
def test_instance_metadata(instance_metadata: InstanceMetadata) -> None:
    straight = instance_metadata.straight
    observe({"straight": straight.text, "answered": instance_metadata.answered})
    if instance_metadata.limited:
        advise("the metadata service answers HTTP 429: other programs ask it more than five times a second")
        return
    if instance_metadata.refused:
        advise(
            f"the metadata service answers HTTP {straight.status} to us; GuestProxyAgent lets chosen programs through"
        )
        return
    if not instance_metadata.answered and not instance_metadata.azure():
        not_applicable("the machine's chassis is not that of an Azure virtual machine, and no metadata service answers")
    assert straight.answered, f"the metadata service is not reached: {straight.text}"
    assert straight.status == 200, f"in the place of the metadata service HTTP {straight.status} is answered"
    assert instance_metadata.answered, "what answers in the place of the metadata service names no virtual machine"
    if instance_metadata.intercepted:
        advise(f"through the default proxy the metadata service is not what answers: {instance_metadata.intercepted}")


def _ods_letter(ods_endpoints: WorkspaceEndpoints) -> None:
    _letter_of_workspaces(ods_endpoints)


@requirement(
    "UM-19",
    must,
    title="The data endpoint (ods) of the Log Analytics workspace can be reached",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=OFFLINE,
    rationale="What the agent finds out about missing updates goes to this endpoint; without it the machine shows no assessment.",
    remedy="Allow TCP 443 to *.ods.opinsights.azure.com (or the cloud's own name) in firewall and proxy, without TLS inspection.",
    as_documented=_ods_letter,
)
def test_ods_endpoint(ods_endpoints: WorkspaceEndpoints) -> None:
    _judge_workspaces(ods_endpoints)


def _oms_letter(oms_endpoints: WorkspaceEndpoints) -> None:
    _letter_of_workspaces(oms_endpoints)


@requirement(
    "UM-20",
    must,
    title="The configuration endpoint (oms) of the Log Analytics workspace can be reached",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=OFFLINE,
    rationale="The agent gets its configuration, the Update Management solution included, from this endpoint.",
    remedy="Allow TCP 443 to *.oms.opinsights.azure.com (or the cloud's own name) in firewall and proxy, without TLS inspection.",
    as_documented=_oms_letter,
)
def test_oms_endpoint(oms_endpoints: WorkspaceEndpoints) -> None:
    _judge_workspaces(oms_endpoints)
