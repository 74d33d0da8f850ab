"""Azure Virtual Desktop: whether the host is registered with its host pool."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests_infra.agent_events import no_fresh
from tests_infra.documents import VIRTUAL_DESKTOP
from vmready import Role, advise, must, observe, requirement
from vmready.facts.agent_errors import AgentErrors
from vmready.facts.registration import Registration
from vmready.facts.services import AgentService

SECTION = VIRTUAL_DESKTOP["Error: INVALID_REGISTRATION_TOKEN"]


@requirement(
    "VD-02",
    must,
    title="The host is registered: IsRegistered is 1 and RegistrationToken is empty",
    severity="critical",
    roles=[Role.SESSION_HOST],
    source=SECTION,
    rationale="An unregistered host is unknown to its host pool; a token that is left was not used, mostly because it had expired.",
    remedy="Make a new registration key, set IsRegistered to 0, write the key to RegistrationToken, restart RDAgentBootLoader, look again.",
)
def test_host_is_registered(registration: Registration, agent_service: AgentService) -> None:
    assert registration.present, "the key RDInfraAgent is not there: the agent is not installed"
    token = registration.token
    seen = {"IsRegistered": registration.is_registered.number, "RegistrationToken": token.shape if token else None}
    observe(seen)
    said = f"IsRegistered is {registration.is_registered}, RegistrationToken is {registration.token_text}"
    assert registration.is_registered.number == 1, said
    assert token is None or token.empty, said
    installed = agent_service.service is not None
    observe(seen if installed else {**seen, "agent": "not installed"})
    assert installed, f"{said}, but there is no service RDAgentBootLoader: the agent was removed and has left its keys"
    if registration.is_registered.wide:
        advise(f"{said}: the agent reads a DWORD")
    if token is None:
        advise("IsRegistered is 1, but there is no RegistrationToken: the registration left no trace of it")


@requirement(
    "VD-03",
    must,
    title="The agent reported no failed registration",
    severity="critical",
    roles=[Role.SESSION_HOST],
    source=SECTION,
    rationale="With a token that is invalid or expired, or a name that is taken, the broker does not take the host into its pool.",
    remedy="Make a new registration key and register the host with it; where the name is taken, remove the host and make one of another name.",
)
@pytest.mark.parametrize(
    "token",
    [
        pytest.param("INVALID_REGISTRATION_TOKEN", id="VD-03.INVALID_REGISTRATION_TOKEN"),
        pytest.param("EXPIRED_REGISTRATION_TOKEN", id="VD-03.EXPIRED_REGISTRATION_TOKEN"),
        pytest.param("EXPIRED_MACHINE_TOKEN", id="VD-03.EXPIRED_MACHINE_TOKEN"),
        pytest.param("NAME_ALREADY_REGISTERED", id="VD-03.NAME_ALREADY_REGISTERED"),
    ],
)
def test_no_registration_error(
    token: str, registration_errors: Mapping[str, AgentErrors], agent_service: AgentService
) -> None:
    no_fresh(registration_errors[token], agent_service)
