"""The self-signed certificate by which the Azure guest agent gets its extensions' protected settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact
from vmready.probes.answers import Reason, Why
from vmready.probes.readings import Certificate
from vmready.probes.readings import System as SystemReading
from vmready.probes.vocabulary import Certificates, System

STORE = Certificates()
_NAME = "tenantencryptioncert"
#: Issuer and subject: of machines made through the Resource Manager, and of classic ones.
_ISSUERS = frozenset(
    {"dc=windows azure crp certificate generator", "dc=windows azure service management for extensions"}
)
#: The collector tells so many certificates at most.
_MOST = 200
_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AgentCertificate:
    """The newest certificate of the agent. ``problem``: why it is of no use; empty where it is."""

    thumbprint: str
    problem: str


@fact
def guest_agent_certificate(
    store: Annotated[tuple[Certificate, ...] | None, STORE], system: Annotated[SystemReading, System()]
) -> AgentCertificate | None:
    """The certificate ``TenantEncryptionCert`` that began last; there may be several. None: there is none."""
    found = [one for one in store or () if _is_agents(one)]
    if not found:
        if len(store or ()) >= _MOST:
            why = Why(Reason.FAILED, "Cut", f"the store holds more than the {_MOST} certificates that are looked at")
            raise UnreadableFact("guest_agent_certificate", why, str(STORE))
        return None
    newest = max(found, key=lambda one: one.not_before or _BEGINNING)
    return AgentCertificate(newest.thumbprint[:80], _problem(newest, system.clock))


def _is_agents(one: Certificate) -> bool:
    issuer, subject = one.issuer.strip().lower(), one.subject.strip().lower()
    return (one.friendly_name or "").strip().lower() == _NAME and issuer == subject and issuer in _ISSUERS


def _problem(one: Certificate, clock: datetime) -> str:
    if one.not_before is None or one.not_after is None:
        raise UnreadableFact("guest_agent_certificate", Why(Reason.FAILED, "NoDates", "its dates are not told"))
    if one.not_after < clock:
        return f"it expired on {one.not_after:%Y-%m-%d}"
    if one.not_before > clock:
        return f"it is not valid before {one.not_before:%Y-%m-%d}"
    if one.has_private_key is None:
        raise UnreadableFact(
            "guest_agent_certificate", Why(Reason.FAILED, "NoKey", "whether it has its key is not told")
        )
    return "" if one.has_private_key else "it has no private key"
