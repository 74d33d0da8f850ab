"""Where Windows Update fetches from, and the sign-in of Azure: what a machine needs that Azure Update Manager patches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from vmready.facts import clouds
from vmready.facts.clouds import Cloud, Endpoint
from vmready.facts.reach import Reach, past_proxies, probes_of, reach, require_ways
from vmready.facts.registry import FollowUp, Inputs, UnreadableFact, fact
from vmready.facts.system_proxy import SystemProxy
from vmready.facts.windows_update_policy import AUTOMATIC, POLICY, ServerState, server_settings
from vmready.facts.windows_version import WindowsVersion
from vmready.probes.answers import Answer, Observed, Unreadable
from vmready.probes.readings import Key
from vmready.probes.vocabulary import Probe

#: One name of each family that must be open ("Windows Update issues troubleshooting": HTTP for windowsupdate.com and dl.delivery, HTTPS for the
#: others).
WINDOWS_UPDATE: Mapping[str, Endpoint] = {
    "update": Endpoint("sls.update.microsoft.com"),
    "delivery": Endpoint("fe3.delivery.mp.microsoft.com"),
    "download": Endpoint("download.windowsupdate.com", 80),
    "dl-delivery": Endpoint("tlu.dl.delivery.mp.microsoft.com", 80),
    "traffic-shaping": Endpoint("tsfe.trafficshaping.dsp.mp.microsoft.com"),
}
LOGIN = {
    Cloud.PUBLIC: Endpoint("login.microsoftonline.com"),
    Cloud.US_GOVERNMENT: Endpoint("login.microsoftonline.us"),
    Cloud.CHINA: Endpoint("login.partner.microsoftonline.cn"),
}

#: Server 2022: from it on policy may name the source of each class of updates.
SOURCES_BY_CLASS = (10, 0, 20348)


@dataclass(frozen=True, slots=True)
class UpdateEndpoints:
    """By purpose, ``login`` among them. None where updates come from an update server in use: then Windows Update itself is not asked."""

    found: Mapping[str, Answer[Reach] | None]
    proxy: SystemProxy
    followed: FollowUp

    def past_proxies(self, found: Reach) -> Iterator[str]:
        """What is reached one way, but not, or perhaps not, as Windows Update goes. UnreadableFact where that way is not known or was not tried."""
        require_ways((found,), self.proxy, self.followed, "windows_update_endpoints")
        return past_proxies((found,), self.proxy, self.followed)

    def purpose(self, name: str) -> Reach | None:
        """The endpoint of this purpose. UnreadableFact where it could not be tried."""
        answer = self.found[name]
        if answer is None:
            return None
        if isinstance(answer, Unreadable):
            raise UnreadableFact("windows_update_endpoints", answer.why, name)
        return answer.value if isinstance(answer, Observed) else None


def _wanted(policy: Answer[Key], automatic: Answer[Key], version: Answer[WindowsVersion]) -> bool:
    """Whether Windows Update itself is asked: unless a server is known to be in use for every class of updates, it is."""
    both = [answer.value if isinstance(answer, Observed) else None for answer in (policy, automatic)]
    settings = server_settings(*both)
    by_class = not isinstance(version, Observed) or version.value.number >= SOURCES_BY_CLASS
    return settings.state is not ServerState.EFFECTIVE or (by_class and bool(settings.elsewhere))


def _endpoints(
    policy: Answer[Key], automatic: Answer[Key], version: Answer[WindowsVersion], inputs: Inputs
) -> dict[str, Endpoint]:
    cloud = clouds.of_inputs(inputs)
    found = {} if cloud is None else {"login": LOGIN[cloud]}
    return {**found, **(WINDOWS_UPDATE if _wanted(policy, automatic, version) else {})}


def _ask(
    policy: Answer[Key],
    automatic: Answer[Key],
    windows_version: Answer[WindowsVersion],
    inputs: Inputs,
    system_proxy: SystemProxy,
) -> Iterator[Probe[Any]]:
    for endpoint in _endpoints(policy, automatic, windows_version, inputs).values():
        yield from probes_of(endpoint, system_proxy)


@fact(follow_up=_ask)
def windows_update_endpoints(
    policy: Annotated[Answer[Key], POLICY],
    automatic: Annotated[Answer[Key], AUTOMATIC],
    windows_version: Answer[WindowsVersion],
    inputs: Inputs,
    system_proxy: SystemProxy,
    followed: FollowUp,
) -> UpdateEndpoints:
    """Each purpose stands alone: one that could not be tried leaves the others."""
    found: dict[str, Answer[Reach] | None] = dict.fromkeys(WINDOWS_UPDATE)
    unread = next((answer.why for answer in (policy, automatic) if isinstance(answer, Unreadable)), None)
    for purpose, endpoint in _endpoints(policy, automatic, windows_version, inputs).items():
        try:
            found[purpose] = Observed(reach(endpoint, system_proxy, followed, "windows_update_endpoints"))
        except UnreadableFact as failure:
            found[purpose] = Unreadable(failure.why)
        if unread is not None and purpose != "login":
            # Whether an update server takes the place of Windows Update is not known.
            found[purpose] = Unreadable(unread)
    if "login" not in found:
        why = clouds.not_known(
            "windows_update_endpoints", f"which cloud the machine is in: give the input cloud ({', '.join(Cloud)})"
        )
        found["login"] = Unreadable(why.why)
    return UpdateEndpoints(found, system_proxy, followed)
