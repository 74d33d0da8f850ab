"""Whether Azure's instance metadata service answers this machine, straight and as programs with a proxy ask it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.facts.wire_server import PROXY_AGENT
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Exchange, Instances
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import HttpGet, Wmi

#: One leaf, as text: the whole document holds user data.
_URL = "http://169.254.169.254/metadata/instance/compute/vmId?api-version=2021-02-01&format=text"
_BODY = 128
STRAIGHT = HttpGet(_URL, metadata=True, body=_BODY)
BY_DEFAULT = HttpGet(_URL, proxy="default", metadata=True, body=_BODY)
CHASSIS = Wmi("Win32_SystemEnclosure", ("SMBIOSAssetTag",))
#: What every virtual machine in Azure has as its chassis' asset tag.
AZURE_TAG = "7783-7084-3265-9085-8269-3286-77"
_ID = re.compile(r"\s*[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class InstanceMetadata:
    """``straight`` and ``by_default``: the answers without a proxy and through the collecting account's default one."""

    straight: Exchange
    by_default: Answer[Exchange]
    chassis: Answer[Instances]
    proxy_agent: Answer[ServiceReading]

    @property
    def answered(self) -> bool:
        """Whether the service itself answered: a machine's id and nothing else."""
        return _is_id(self.straight)

    @property
    def refused(self) -> bool:
        """401 or 403 while GuestProxyAgent runs: only programs that it lets through are answered."""
        if self.straight.status not in (401, 403):
            return False
        service = plain_value("instance_metadata", PROXY_AGENT, self.proxy_agent)
        return service is not None and service.running

    @property
    def limited(self) -> bool:
        """429: the service is there and takes five requests a second."""
        return self.straight.status == 429

    @property
    def intercepted(self) -> str:
        """What the default proxy makes of a request to the service; empty where it passes. UnreadableFact where that was not told."""
        found = plain_value("instance_metadata", BY_DEFAULT, self.by_default)
        if found is None or _is_id(found) or found.status == 429:
            return ""
        return "another answer" if found.status == 200 else found.text

    def azure(self) -> bool:
        """Whether the machine's chassis says Azure. UnreadableFact where it was not told."""
        if isinstance(self.chassis, Unreadable):
            raise UnreadableFact("instance_metadata", self.chassis.why, str(CHASSIS))
        rows = self.chassis.value.instances if isinstance(self.chassis, Observed) else ()
        tags = [row.get("SMBIOSAssetTag") for row in rows]
        if not any(isinstance(tag, str) for tag in tags):
            why = Why(Reason.FAILED, "NotTold", "the chassis tells no asset tag")
            raise UnreadableFact("instance_metadata", why, str(CHASSIS))
        return AZURE_TAG in [str(tag).strip() for tag in tags]


def _is_id(exchange: Exchange) -> bool:
    return exchange.status == 200 and _ID.fullmatch(exchange.body) is not None


@fact
def instance_metadata(
    straight: Annotated[Exchange | None, STRAIGHT],
    by_default: Annotated[Answer[Exchange], BY_DEFAULT],
    chassis: Annotated[Answer[Instances], CHASSIS],
    proxy_agent: Annotated[Answer[ServiceReading], PROXY_AGENT],
) -> InstanceMetadata:
    """The metadata service as this machine sees it."""
    if straight is None:
        raise UnreadableFact("instance_metadata", Why(Reason.FAILED, "NoAnswer"), str(STRAIGHT))
    return InstanceMetadata(straight, by_default, chassis, proxy_agent)
