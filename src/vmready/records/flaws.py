"""Why the troubleshooter's record and our verdict differ: its known flaws, by the number of the rule that has them.

The numbers are those of the list of flaws that the decisions were made from; ``2b`` and the like do not occur in this troubleshooter.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Requirement of each rule, by rule id, and the number of its flaw.
REQUIREMENTS: Mapping[str, str] = {
    "OperatingSystemCheck": "UM-01",
    "DotNetFrameworkInstalledCheck": "UM-02",
    "WindowsManagementFrameworkInstalledCheck": "UM-03",
    "AutomationAgentServiceConnectivityCheck1": "UM-04",
    "AutomationJobRuntimeDataServiceConnectivityCheck": "UM-05",
    "MonitoringAgentServiceRunningCheck": "UM-06",
    "SystemHybridRunbookWorkerRunningCheck": "UM-07",
    "MonitoringAgentServiceEventsCheck": "UM-08",
    "LinkedWorkspaceCheck": "UM-09",
    "CryptoRsaMachineKeysFolderAccessCheck": "UM-10",
    "TlsVersionCheck": "UM-11",
    "AlwaysAutoRebootCheck": "UM-12",
    "WSUSServerConfigured": "UM-13",
    "AutomaticUpdateCheck": "UM-14",
    "HttpsConnection": "UM-15",
    "ProxySettings": "UM-16",
    "IMDSConnectivity": "UM-17",
    "WUServiceRunningCheck": "UM-18",
    "LAOdsEndpointConnectivity": "UM-19",
    "LAOmsEndpointConnectivity": "UM-20",
}
FLAWS: Mapping[str, str] = {
    "1": "it looks at the version alone, as the process is told it: clients, Nano Server and Server Core pass",
    "2": "it reads the language packs' sub-keys instead of the key Full: one without Release fails the rule, one that lags behind decides it",
    "3": "it reports the PowerShell that runs it and takes 4.0 with a warning, where the documents want 5.1",
    "4": "the workspace comes from a COM list and an event that may have rolled over, the cloud from the location alone, and TCP is all it tries",
    "5": "the endpoint comes from the location alone (unknown or none is East US 2), not from the worker's registration, and TCP is all it tries",
    "6": "a running HealthService passes whatever it serves: it is the Operations Manager agent's service too",
    "7": "stopped, never started, rolled over and denied are one result, and a start from before the agent's last one still passes",
    "8": "it takes event 4502 of any module, passes a log that reaches back an hour, and calls a missing log a failure everywhere",
    "9": "without event 1210 in the log no workspace is found, however many the agent has",
    "10": "it looks for the caller's name or the English word Everyone among the entries, not for what SYSTEM may do",
    "11": "it wants the server side too and looks at neither cipher suites nor .NET nor WinHTTP; a failure of rule 1 becomes one of TLS",
    "12": "the delay in minutes alone warns, and a policy that has no effect warns too",
    "13": "WUServer alone warns, also where UseWUServer does not put it in use, and a server in use is not asked",
    "14": "without a policy it passes, although images update by default, and NoAutoUpdate 1 does not count",
    "15": "it tries East US 2 in every cloud and reads English texts: another language or another failure makes no record",
    "16": "it looks for an English phrase in translated text, and at WinHTTP alone",
    "17": "its severities are the wrong way round: a proxy in the way fails, a service that is not reached only warns",
    "18": "where the start type is not shown, and where there is no service, it passes and says running",
    "19": "the workspace comes from a COM list and an event that may have rolled over, Arizona counts as public, and TCP is all it tries",
    "20": "the workspace comes from a COM list and an event that may have rolled over, Arizona counts as public, and TCP is all it tries",
}
