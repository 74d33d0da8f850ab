"""Azure's clouds, and the names that its services have in each: one table for every endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vmready import regions
from vmready.facts.registry import UnreadableFact
from vmready.probes.answers import Reason, Why


class Cloud(StrEnum):
    """The clouds whose endpoints are documented. The values are those of the input ``cloud``."""

    PUBLIC = "public"
    US_GOVERNMENT = "usgov"
    CHINA = "china"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A name and a TCP port that a machine must reach. ``web``: it answers HTTP there (HTTPS on 443)."""

    host: str
    port: int = 443
    web: bool = True


#: Automation and Log Analytics by workspace ("Automation network configuration", "Log Analytics agent: firewall requirements").
REGISTRATION = {
    Cloud.PUBLIC: "{}.agentsvc.azure-automation.net",
    Cloud.US_GOVERNMENT: "{}.agentsvc.azure-automation.us",
    Cloud.CHINA: "{}.agentsvc.azure-automation.cn",
}
ODS = {
    Cloud.PUBLIC: "{}.ods.opinsights.azure.com",
    Cloud.US_GOVERNMENT: "{}.ods.opinsights.azure.us",
    Cloud.CHINA: "{}.ods.opinsights.azure.cn",
}
OMS = {
    Cloud.PUBLIC: "{}.oms.opinsights.azure.com",
    Cloud.US_GOVERNMENT: "{}.oms.opinsights.azure.us",
    Cloud.CHINA: "{}.oms.opinsights.azure.cn",
}
OPERATIONS = {
    Cloud.PUBLIC: "{}-jobruntimedata-prod-su1.azure-automation.net",
    Cloud.US_GOVERNMENT: "{}-jobruntimedata-prod-su1.azure-automation.us",
    Cloud.CHINA: "{}-jobruntimedata-prod-su1.azure-automation.cn",
}
#: The codes in the operations endpoint's name, by region (the troubleshooter's table and "Azure Automation region DNS records").
REGION_CODES: Mapping[str, tuple[Cloud, str]] = {
    "australiasoutheast": (Cloud.PUBLIC, "ase"),
    "canadacentral": (Cloud.PUBLIC, "cc"),
    "centralindia": (Cloud.PUBLIC, "cid"),
    "eastus2": (Cloud.PUBLIC, "eus2"),
    "japaneast": (Cloud.PUBLIC, "jpe"),
    "northeurope": (Cloud.PUBLIC, "ne"),
    "southcentralus": (Cloud.PUBLIC, "scus"),
    "southeastasia": (Cloud.PUBLIC, "sea"),
    "uksouth": (Cloud.PUBLIC, "uks"),
    "westcentralus": (Cloud.PUBLIC, "wcus"),
    "westeurope": (Cloud.PUBLIC, "we"),
    "westus2": (Cloud.PUBLIC, "wus2"),
    "usgovvirginia": (Cloud.US_GOVERNMENT, "usge"),
    "usgovarizona": (Cloud.US_GOVERNMENT, "phx"),
    "chinaeast2": (Cloud.CHINA, "sha2"),
}

#: What a session host must reach, by purpose ("Required FQDNs and endpoints for Azure Virtual Desktop", 2024-06-26, and the lists of 2026 that
#: add trust-list, attestation and the domains of Microsoft's own top level; for China docs.azure.cn, read in 2024).
#: A purpose that a cloud does not have is not there. Wildcards stand apart: nothing can be asked of them.
VIRTUAL_DESKTOP: Mapping[Cloud, Mapping[str, Endpoint]] = {
    Cloud.PUBLIC: {
        "login": Endpoint("login.microsoftonline.com"),
        "telemetry": Endpoint("gcs.prod.monitoring.core.windows.net"),
        "marketplace": Endpoint("catalogartifact.azureedge.net"),
        "activation": Endpoint("azkms.core.windows.net", 1688, web=False),
        "updates": Endpoint("mrsglobalsteus2prod.blob.core.windows.net"),
        "portal": Endpoint("wvdportalstorageblob.blob.core.windows.net"),
        "metadata": Endpoint("169.254.169.254", 80, web=False),
        "health": Endpoint("168.63.129.16", 80, web=False),
        "revocation": Endpoint("oneocsp.microsoft.com", 80),
        "certificates": Endpoint("www.microsoft.com", 80),
        "trust-list": Endpoint("ctldl.windowsupdate.com", 80),
        "attestation": Endpoint("azcsprodeusaikpublish.blob.core.windows.net", 80),
        "sign-in": Endpoint("login.windows.net"),
        "connectivity-test": Endpoint("www.msftconnecttest.com", 80),
    },
    Cloud.US_GOVERNMENT: {
        "login": Endpoint("login.microsoftonline.us"),
        "telemetry": Endpoint("gcs.monitoring.core.usgovcloudapi.net"),
        "activation": Endpoint("azkms.core.usgovcloudapi.net", 1688, web=False),
        "updates": Endpoint("mrsglobalstugviffx.blob.core.usgovcloudapi.net"),
        "portal": Endpoint("wvdportalstorageblob.blob.core.usgovcloudapi.net"),
        "metadata": Endpoint("169.254.169.254", 80, web=False),
        "health": Endpoint("168.63.129.16", 80, web=False),
        "revocation": Endpoint("ocsp.msocsp.com", 80),
    },
    Cloud.CHINA: {
        "login": Endpoint("login.partner.microsoftonline.cn"),
        "telemetry": Endpoint("monitoring.core.chinacloudapi.cn"),
        "agent-telemetry": Endpoint("mooncake.warmpath.chinacloudapi.cn"),
        "activation": Endpoint("kms.core.chinacloudapi.cn", 1688, web=False),
        "updates": Endpoint("mrsglobalstcne2mc.blob.core.chinacloudapi.cn"),
        "portal": Endpoint("wvdportalcontainer.blob.core.chinacloudapi.cn"),
        "metadata": Endpoint("169.254.169.254", 80, web=False),
        "health": Endpoint("168.63.129.16", 80, web=False),
        "revocation": Endpoint("crl.digicert.cn", 80),
    },
}
#: Names that stand for many, and what cannot be seen from the guest at all.
VIRTUAL_DESKTOP_WILDCARDS: Mapping[Cloud, Mapping[str, str]] = {
    Cloud.PUBLIC: {
        "service": "*.windows.cloud.microsoft:443, *.windows.static.microsoft:443, *.wvd.microsoft.com:443",
        "agent-telemetry": "*.prod.warm.ingest.monitor.core.windows.net:443",
        "shortpath": "51.5.0.0/16, UDP 3478",
    },
    Cloud.US_GOVERNMENT: {
        "service": "*.wvd.azure.us:443",
        "agent-telemetry": "*.prod.warm.ingest.monitor.core.usgovcloudapi.net:443",
        "shortpath": "UDP 3478",
    },
    Cloud.CHINA: {
        "service": "*.wvd.azure.cn:443",
        "shortpath": "UDP 3478",
    },
}
#: The broker's domain tells a registered session host's cloud.
_BROKER_DOMAINS = {
    ".wvd.microsoft.com": Cloud.PUBLIC,
    ".windows.cloud.microsoft": Cloud.PUBLIC,
    ".wvd.azure.us": Cloud.US_GOVERNMENT,
    ".wvd.azure.cn": Cloud.CHINA,
}
_REGION_PREFIXES = {"usgov": Cloud.US_GOVERNMENT, "usdod": Cloud.US_GOVERNMENT, "china": Cloud.CHINA}
#: ``Azure Cloud Type`` of a workspace's key. 3 and 4 are clouds whose endpoints are not published.
_CLOUD_TYPES = {0: Cloud.PUBLIC, 1: Cloud.US_GOVERNMENT, 2: Cloud.CHINA}


def of_broker(host: str) -> Cloud | None:
    """The cloud that a broker's name belongs to."""
    return next((cloud for domain, cloud in _BROKER_DOMAINS.items() if host.lower().endswith(domain)), None)


def domains_of(wildcards: str) -> tuple[str, ...]:
    """The domains of wildcards with their dots, ``.wvd.microsoft.com``; none of what is no wildcard."""
    found = (part.strip() for part in wildcards.split(","))
    return tuple(name.partition(":")[0][1:] for name in found if name.startswith("*."))


def of_cloud_type(number: int) -> Cloud | None:
    return _CLOUD_TYPES.get(number)


def of_inputs(inputs: Mapping[str, Any]) -> Cloud | None:
    """The cloud that the inputs name: ``cloud``, else that of the region; None where neither is known."""
    named = str(inputs.get("cloud", "")).lower()
    if named in set(Cloud):
        return Cloud(named)
    region = _region(inputs)
    if region in regions.PUBLIC:
        return Cloud.PUBLIC
    return next((cloud for prefix, cloud in _REGION_PREFIXES.items() if region.startswith(prefix)), None)


def operations_host(inputs: Mapping[str, Any], fact_name: str) -> str:
    """The operations endpoint of the region that the inputs name. UnreadableFact where they name none, or an unknown one."""
    region = _region(inputs)
    if not region:
        raise not_known(
            fact_name, "the worker's key names no endpoint, and there is no input automation_account_region"
        )
    if region not in REGION_CODES:
        known = ", ".join(sorted(REGION_CODES))
        raise not_known(fact_name, f"no endpoint is known for region {region!r}; known are {known}")
    cloud, code = REGION_CODES[region]
    return OPERATIONS[cloud].format(code)


def not_known(fact_name: str, text: str) -> UnreadableFact:
    """What could not be asked, because it is not known where."""
    return UnreadableFact(fact_name, Why(Reason.NOT_COLLECTED, "NotKnown", text))


def _region(inputs: Mapping[str, Any]) -> str:
    named = inputs.get("automation_account_region") or inputs.get("region") or ""
    return str(named).replace(" ", "").lower()
