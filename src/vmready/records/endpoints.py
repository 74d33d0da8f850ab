"""The names that the troubleshooter tests, chosen by the location that it is given and nothing else.

Its mistakes with clouds are kept: two rules know Virginia alone of the Government's regions, other regions are taken for the public cloud, an
unknown or missing location is East US 2.
"""

from __future__ import annotations

_OPERATIONS = {
    "usgovvirginia": "usge-jobruntimedata-prod-su1.azure-automation.us",
    "usgovarizona": "phx-jobruntimedata-prod-su1.azure-automation.us",
    "chinaeast2": "sha2-jobruntimedata-prod-su1.azure-automation.cn",
}
_CODES = {
    "australiasoutheast": "ase",
    "canadacentral": "cc",
    "centralindia": "cid",
    "eastus2": "eus2",
    "japaneast": "jpe",
    "northeurope": "ne",
    "southcentralus": "scus",
    "southeastasia": "sea",
    "uksouth": "uks",
    "westcentralus": "wcus",
    "westeurope": "we",
    "westus2": "wus2",
}
#: Asked by the HTTPS rule in every cloud.
HTTPS = "https://eus2-jobruntimedata-prod-su1.azure-automation.net"


def operations(location: str) -> str:
    place = location.lower()
    return _OPERATIONS.get(place) or f"{_CODES.get(place, 'eus2')}-jobruntimedata-prod-su1.azure-automation.net"


def registration(workspace: str, location: str) -> str:
    domain = {"usgovvirginia": "us", "usgovarizona": "us", "chinaeast2": "cn"}.get(location.lower(), "net")
    return f"{workspace}.agentsvc.azure-automation.{domain}"


def log_analytics(workspace: str, service: str, location: str) -> str:
    """``service``: ods or oms."""
    domain = {"usgovvirginia": "us", "chinaeast2": "cn"}.get(location.lower(), "com")
    return f"{workspace}.{service}.opinsights.azure.{domain}"
