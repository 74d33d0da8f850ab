"""The rules in the troubleshooter's order, each as the troubleshooter decides it. Rules about services, events and rights stand in
``rules_of_services``, those that ask the network in ``rules_of_network``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vmready.probes.answers import Unreadable
from vmready.probes.readings import Key, System
from vmready.records import powershell, rules_of_network, rules_of_services
from vmready.records.looked import Looked
from vmready.records.record import FAILED, PASSED, WARNED, NotTold, Outcome, Record, seen

PREREQUISITES = ("prerequisites", "Prerequisite Checks")
CONNECTIVITY = ("connectivity", "connectivity")
HEALTH = ("servicehealth", "VM Service Health Checks")
PERMISSIONS = ("permissions", "Access Permission Checks")
SETTINGS = ("machineSettings", "Machine Override Checks")

_SUPPORTED = "https://docs.microsoft.com/en-Us/azure/automation/update-management/operating-system-requirements"
_DOT_NET = "https://www.microsoft.com/net/download/dotnet-framework-runtime"
_WMF = "https://www.microsoft.com/download/details.aspx?id=54616"
_TLS_UPDATE = "https://support.microsoft.com/help/4019276/update-to-add-support-for-tls-1-1-and-tls-1-2-in-windows"
_TLS_SETTINGS = "https://docs.microsoft.com/windows-server/security/tls/tls-registry-settings#tls-12"

#: ``Release`` of .NET Framework 4.6.2.
_RELEASE = 394802


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its position from 1, what its record always says, and how it decides."""

    number: int
    id: str
    group: tuple[str, str]
    name: str
    description: str
    decide: Callable[[Looked], Outcome]

    def record(self, outcome: Outcome) -> Record:
        suffix = f".{outcome.reason}" if outcome.reason else ""
        description = self.description if outcome.description is None else outcome.description
        return Record(
            self.id,
            self.group[0],
            self.name,
            self.group[1],
            description,
            outcome.result,
            outcome.message,
            f"{self.id}.{outcome.result}{suffix}",
            outcome.arguments,
        )


def os_version(looked: Looked) -> tuple[int, ...]:
    system: System | None = seen(looked.system)
    if system is None or system.os_version is None:
        raise NotTold("the operating system's version was not told")
    return system.os_version


def operating_system(looked: Looked) -> Outcome:
    if os_version(looked) >= (6, 1, 7600):
        return Outcome(PASSED, "Operating System version is supported")
    return Outcome(
        FAILED,
        f"Operating System version is not supported. Supported versions listed here: {_SUPPORTED}",
        (_SUPPORTED,),
    )


def dot_net(looked: Looked) -> Outcome:
    """``Release`` of the sub-keys, not of the key; one without it ends the statement, whatever the others hold."""
    failed = Outcome(FAILED, f".NET Framework version 4.6.2 or higher is required: {_DOT_NET}", (_DOT_NET,))
    key: Key | None = seen(looked.dot_net)
    children: list[Key] = []
    for node in key.keys.values() if key else ():
        if isinstance(node, Unreadable):
            seen(node)
        elif node is not None:
            children.append(node)
    found: list[bool] = []
    for child in children:
        value = powershell.registry_value(child.values.get("Release"))
        if value is None:
            return failed
        found += powershell.at_least(value, _RELEASE)
    return Outcome(PASSED, ".NET Framework version 4.6.2+ is found") if any(found) else failed


def management_framework(looked: Looked) -> Outcome:
    system: System | None = seen(looked.system)
    if system is None or system.ps_version is None:
        raise NotTold("the version of PowerShell was not told")
    version = system.ps_version
    text = ".".join(str(part) for part in version)
    detected = f"Detected Windows Management Framework version: {text}"
    if version >= (5, 1):
        return Outcome(PASSED, detected, (text,))
    if version[0] >= 4:
        advice = f"{detected}. Consider upgrading to version 5.1 or higher for increased reliability: {_WMF}"
        return Outcome(WARNED, advice, (text, _WMF))
    wanted = f"{detected}. Version 4.0 or higher is required (version 5.1 or higher is preferable): {_WMF}"
    return Outcome(FAILED, wanted, (text, _WMF))


def tls(looked: Looked) -> Outcome:
    version = os_version(looked)
    if operating_system(looked).result != PASSED and version >= (6, 0, 6001):
        return Outcome(
            FAILED,
            f"TLS 1.2 is not enabled by default on the Operating System. Follow the instructions to enable it: {_TLS_UPDATE}",
        )
    client, server = (seen(answer) for answer in (looked.tls_client, looked.tls_server))

    def is_(key: Key | None, name: str, number: int) -> bool:
        value = powershell.registry_value(key.values.get(name)) if key else None
        return value is not None and powershell.equals(value, number)

    off = is_(server, "Enabled", 0), is_(client, "Enabled", 0)
    # A version of four parts is greater than one of three.
    if (6, 1, 7601) <= version <= (6, 1, 8400):
        on = is_(client, "DisabledByDefault", 0) and is_(server, "DisabledByDefault", 0)
        if on and not all(off):
            return Outcome(PASSED, "TLS 1.2 is enabled on the Operating System.")
        text = f"TLS 1.2 is not enabled by default on the Operating System. Follow the instructions to enable it: {_TLS_SETTINGS}"
        return Outcome(FAILED, text, reason="NotExplicitlyEnabled")
    if version >= (6, 2, 9200):
        if any(off) or is_(client, "DisabledByDefault", 1) or is_(server, "DisabledByDefault", 1):
            text = f"TLS 1.2 is supported by the Operating System, but currently disabled. Follow the instructions to re-enable: {_TLS_SETTINGS}"
            return Outcome(FAILED, text, reason="ExplicitlyDisabled")
        return Outcome(PASSED, "TLS 1.2 is enabled by default on the Operating System.", reason="EnabledByDefault")
    return Outcome(FAILED, "Your OS does not support TLS 1.2 by default.", reason="NoDefaultSupport")


def restart(looked: Looked) -> Outcome:
    key: Key | None = seen(looked.automatic)
    values = key.values if key else {}
    always = powershell.registry_value(values.get("AlwaysAutoRebootAtScheduledTime"))
    minutes = powershell.unrolled(powershell.registry_value(values.get("AlwaysAutoRebootAtScheduledTimeMinutes")))
    if (always is not None and powershell.equals(always, 1)) or powershell.truth(minutes):
        text = "Windows Update reboot registry keys are set. This can cause unexpected reboots when installing updates"
        return Outcome(WARNED, text, None)
    return Outcome(PASSED, "Windows Update reboot registry keys are not set to automatically reboot", None)


def update_server(looked: Looked) -> Outcome:
    key: Key | None = seen(looked.policy)
    server = powershell.unrolled(powershell.registry_value(key.values.get("WUServer") if key else None))
    if server is None:
        text = "Windows Updates are downloading from the default Windows Update location. Ensure the server has access to the Windows Update service"
        return Outcome(PASSED, text, None)
    text = (
        f"Windows Updates are downloading from a configured WSUS Server {powershell.text(server)}. "
        "Ensure the WSUS server is accessible and updates are being approved for installation"
    )
    return Outcome(WARNED, text, tuple(server) if isinstance(server, list) else (server,))


def automatic_update(looked: Looked) -> Outcome:
    key: Key | None = seen(looked.automatic)
    options = powershell.registry_value(key.values.get("AUOptions") if key else None)
    if options is not None and powershell.equals(options, 4):
        text = "Windows Update will automatically download and install new updates as they become available"
        return Outcome(WARNED, text, None)
    return Outcome(PASSED, "Windows Update is not set to automatically install updates as they become available", None)


_NETWORK, _SERVICES = rules_of_network, rules_of_services
_LA = "Proxy and firewall configuration must allow to communicate with LA {} endpoint"
_FOLDER = rules_of_services.FOLDER
RULES: tuple[Rule, ...] = tuple(
    Rule(number, *row)
    for number, row in enumerate(
        (
            (
                "OperatingSystemCheck",
                PREREQUISITES,
                "Operating System",
                "The Windows Operating system must be version 6.1.7600 (Windows Server 2008 R2) or higher",
                operating_system,
            ),
            (
                "DotNetFrameworkInstalledCheck",
                PREREQUISITES,
                ".Net Framework 4.6.2+",
                ".NET Framework version 4.6.2 or higher is required",
                dot_net,
            ),
            (
                "WindowsManagementFrameworkInstalledCheck",
                PREREQUISITES,
                "WMF 5.1",
                "Windows Management Framework version 4.0 or higher is required (version 5.1 or higher is preferable)",
                management_framework,
            ),
            (
                "AutomationAgentServiceConnectivityCheck1",
                CONNECTIVITY,
                "Registration endpoint",
                "",
                _NETWORK.registration,
            ),
            (
                "AutomationJobRuntimeDataServiceConnectivityCheck",
                CONNECTIVITY,
                "Operations endpoint",
                "",
                _NETWORK.operations,
            ),
            (
                "MonitoringAgentServiceRunningCheck",
                HEALTH,
                "Monitoring Agent service status",
                "HealthService must be running on the machine",
                _SERVICES.monitoring_agent,
            ),
            (
                "SystemHybridRunbookWorkerRunningCheck",
                HEALTH,
                "Hybrid runbook worker status",
                "Hybrid runbook worker must be in running state.",
                _SERVICES.hybrid_worker,
            ),
            (
                "MonitoringAgentServiceEventsCheck",
                HEALTH,
                "Monitoring Agent service events",
                "Event Log must not have event 4502 logged in the past 24 hours",
                _SERVICES.agent_events,
            ),
            (
                "LinkedWorkspaceCheck",
                HEALTH,
                "VM's Linked Workspace",
                "Get linked workspace info of the VM",
                _SERVICES.linked_workspace,
            ),
            (
                "CryptoRsaMachineKeysFolderAccessCheck",
                PERMISSIONS,
                "Crypto RSA MachineKeys Folder Access",
                f"SYSTEM account must have WRITE and MODIFY access to '{_FOLDER}'",
                _SERVICES.machine_keys,
            ),
            ("TlsVersionCheck", PREREQUISITES, "TLS 1.2", "Client and Server connections must support TLS 1.2", tls),
            (
                "AlwaysAutoRebootCheck",
                SETTINGS,
                "AutoReboot",
                "Automatic reboot should not be enable as it forces a reboot irrespective of update configuration",
                restart,
            ),
            (
                "WSUSServerConfigured",
                SETTINGS,
                "isWSUSServerConfigured",
                "Increase awareness on WSUS configured on the server",
                update_server,
            ),
            (
                "AutomaticUpdateCheck",
                SETTINGS,
                "AutoUpdate",
                "AutoUpdate should not be enabled on the machine",
                automatic_update,
            ),
            (
                "HttpsConnection",
                CONNECTIVITY,
                "Https connection",
                "Check if VM is able to make https requests.",
                _NETWORK.https,
            ),
            ("ProxySettings", CONNECTIVITY, "Proxy settings", "Check if Proxy is enabled on the VM.", _NETWORK.proxy),
            (
                "IMDSConnectivity",
                CONNECTIVITY,
                "IMDS endpoint connectivity",
                "Check if VM is able to reach IMDS server to get VM information.",
                _NETWORK.metadata,
            ),
            (
                "WUServiceRunningCheck",
                ("servicehealth", "WU Service Health Check"),
                "WU service status",
                "WU must not be in the disabled state.",
                _SERVICES.update_service,
            ),
            ("LAOdsEndpointConnectivity", CONNECTIVITY, "LA ODS endpoint", _LA.format("ODS"), _NETWORK.ods),
            ("LAOmsEndpointConnectivity", CONNECTIVITY, "LA OMS endpoint", _LA.format("OMS"), _NETWORK.oms),
        ),
        1,
    )
)
