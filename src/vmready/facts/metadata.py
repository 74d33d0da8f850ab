"""What Azure's instance metadata service says of the machine's network interfaces."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any

from vmready.facts.registry import UnreadableFact, fact
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Exchange
from vmready.probes.vocabulary import HttpGet

#: The sub-tree in one answer: of leaf paths a 404 would mean both "no second address" and "try again".
INTERFACES = HttpGet(
    "http://169.254.169.254/metadata/instance/network/interface?api-version=2021-02-01&format=json",
    metadata=True,
    body=65536,
)


@dataclass(frozen=True, slots=True)
class AzureInterface:
    """A network interface as Azure knows it: MAC address without separators, upper case; private IPv4 addresses, the primary first."""

    mac: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AzureInterfaces:
    """The machine's interfaces, the primary first. Empty where the service did not tell them; ``unknown`` says why not."""

    interfaces: tuple[AzureInterface, ...]
    unknown: Why | None = None

    def required(self, fact_name: str) -> tuple[AzureInterface, ...]:
        """The interfaces; UnreadableFact where they are not known."""
        if self.unknown is not None:
            raise UnreadableFact(fact_name, self.unknown, str(INTERFACES))
        return self.interfaces


@fact
def azure_interfaces(answer: Annotated[Answer[Exchange], INTERFACES]) -> AzureInterfaces:
    """Never unreadable itself: only a static address needs it."""
    if isinstance(answer, Unreadable):
        return AzureInterfaces((), answer.why)
    if not isinstance(answer, Observed) or answer.value.status != 200:
        said = answer.value.text if isinstance(answer, Observed) else "nothing"
        return AzureInterfaces((), Why(Reason.FAILED, "NoMetadata", f"the instance metadata service: {said}"))
    try:
        found = tuple(_interface(raw) for raw in _list(json.loads(answer.value.body)))
    except (ValueError, TypeError, KeyError, RecursionError):
        found = ()
    if not found:
        text = "what answers in the place of the instance metadata service names no interface"
        return AzureInterfaces((), Why(Reason.FAILED, "NoMetadata", text))
    return AzureInterfaces(found)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("a list is wanted")
    return value


def _interface(raw: Any) -> AzureInterface:
    addresses = tuple(str(entry["privateIpAddress"]) for entry in _list(raw["ipv4"]["ipAddress"]))
    return AzureInterface(plain_mac(str(raw["macAddress"])), addresses)


def plain_mac(text: str) -> str:
    """``00-0d-3a-11-22-33`` and its like as ``000D3A112233``."""
    return text.replace("-", "").replace(":", "").upper()
