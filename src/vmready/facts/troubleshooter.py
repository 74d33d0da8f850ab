"""The records that Microsoft's troubleshooter for Update Management would make of this machine, from what only it looks at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from vmready.facts import sddl
from vmready.facts.registry import FollowUp, Inputs, fact
from vmready.probes.answers import Answer, Observed
from vmready.probes.readings import (
    ComReading,
    Connection,
    EventLog,
    Exchange,
    Key,
    NativeText,
)
from vmready.probes.readings import Descriptor as DescriptorReading
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.readings import System as SystemReading
from vmready.probes.vocabulary import (
    Com,
    Descriptor,
    Events,
    HttpGet,
    Native,
    Probe,
    RegistryKey,
    Service,
    System,
    TcpConnect,
)
from vmready.records import endpoints
from vmready.records.looked import Looked
from vmready.records.rules_of_network import hosts
from vmready.records.told import Told, tell

_SCHANNEL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2"
_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate"
_PAIR = ("Enabled", "DisabledByDefault")
_METADATA = "http://169.254.169.254/metadata/instance?api-version=2018-02-01"
DOT_NET = RegistryKey(r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full", values=("Release",), depth=1)
AGENT = Service("HealthService", shown=True)
UPDATE_SERVICE = Service("wuauserv", shown=True)
WORKER_LOG = Events("Microsoft-SMA/Operational", ids=(15003, 15004), newest=500, kinds=True)
AGENT_LOG = Events("Operations Manager", ids=(4502,), since="25h", newest=500, kinds=True)
CONFIGURATIONS = Events("Operations Manager", ids=(1210,), newest=500)
WORKSPACES = Com("AgentConfigManager.MgmtSvcCfg", ("workspaceId",), call="GetCloudWorkspaces")
MACHINE_KEYS = Descriptor(r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys", names=True)
POLICY = RegistryKey(_POLICY, values=("WUServer",), cut_userinfo=True)
AUTOMATIC = RegistryKey(
    _POLICY + r"\AU",
    values=("AlwaysAutoRebootAtScheduledTime", "AlwaysAutoRebootAtScheduledTimeMinutes", "AUOptions"),
)
#: Under the protocols that a new process has: the troubleshooter switches nothing on.
HTTPS = HttpGet(endpoints.HTTPS, proxy="default", body=65536, default_protocols=True, message=True)
HTTPS_DIRECT = HttpGet(endpoints.HTTPS, default_protocols=True, message=True)
#: Of the whole document, which holds user data, nothing is read.
METADATA = HttpGet(_METADATA, proxy="default", metadata=True)
METADATA_DIRECT = HttpGet(_METADATA, metadata=True)
PROXY = Native("netsh winhttp show proxy")
PORT = 443


def location(inputs: Inputs) -> str:
    """What the troubleshooter would be given as the Automation account's location: the inputs' region."""
    return str(inputs.get("automation_account_region") or inputs.get("region") or "")


def _operations(inputs: Inputs) -> TcpConnect:
    return TcpConnect(endpoints.operations(location(inputs)), PORT)


def _ask(configurations: Answer[EventLog], workspaces: Answer[ComReading], inputs: Inputs) -> Iterator[Probe[Any]]:
    for host in hosts(configurations, workspaces, location(inputs)):
        yield TcpConnect(host, PORT)


@fact(follow_up=_ask)
def troubleshooter_records(
    inputs: Inputs,
    system: Annotated[Answer[SystemReading], System()],
    dot_net: Annotated[Answer[Key], DOT_NET],
    agent: Annotated[Answer[ServiceReading], AGENT],
    worker_log: Annotated[Answer[EventLog], WORKER_LOG],
    agent_log: Annotated[Answer[EventLog], AGENT_LOG],
    configurations: Annotated[Answer[EventLog], CONFIGURATIONS],
    workspaces: Annotated[Answer[ComReading], WORKSPACES],
    machine_keys: Annotated[Answer[DescriptorReading], MACHINE_KEYS],
    tls_client: Annotated[Answer[Key], RegistryKey(_SCHANNEL + r"\Client", values=_PAIR)],
    tls_server: Annotated[Answer[Key], RegistryKey(_SCHANNEL + r"\Server", values=_PAIR)],
    policy: Annotated[Answer[Key], POLICY],
    automatic: Annotated[Answer[Key], AUTOMATIC],
    https: Annotated[Answer[Exchange], HTTPS],
    https_direct: Annotated[Answer[Exchange], HTTPS_DIRECT],
    metadata: Annotated[Answer[Exchange], METADATA],
    metadata_direct: Annotated[Answer[Exchange], METADATA_DIRECT],
    win_http: Annotated[Answer[NativeText], PROXY],
    update_service: Annotated[Answer[ServiceReading], UPDATE_SERVICE],
    operations: Annotated[Answer[Connection], _operations],
    followed: FollowUp,
) -> Told:
    """The records, and for each rule without one the reason. Never unreadable itself: each rule stands alone."""
    connections = {probe.host: answer for probe, answer in followed.items() if isinstance(probe, TcpConnect)}
    connections[_operations(inputs).host] = operations
    return tell(
        Looked(
            location=location(inputs),
            system=system,
            dot_net=dot_net,
            agent=agent,
            worker_log=worker_log,
            agent_log=agent_log,
            configurations=configurations,
            workspaces=workspaces,
            machine_keys=machine_keys,
            accounts=_accounts(machine_keys),
            tls_client=tls_client,
            tls_server=tls_server,
            policy=policy,
            automatic=automatic,
            https=https,
            https_direct=https_direct,
            metadata=metadata,
            metadata_direct=metadata_direct,
            win_http=win_http,
            update_service=update_service,
            connections=connections,
        )
    )


def _accounts(answer: Answer[DescriptorReading]) -> tuple[str, ...]:
    """The accounts of the list's entries, by SID. None of a list that is not understood: the troubleshooter would not have seen it."""
    if not isinstance(answer, Observed):
        return ()
    try:
        entries = sddl.parse(answer.value.sddl).entries or ()
    except sddl.NotSddl:
        return ()
    return tuple(entry.account for entry in entries if entry.allow is not None)


__all__ = ["Told", "location", "troubleshooter_records"]
