"""Whether a session host is registered with its host pool. The registration token is a secret: only its shape leaves the host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from vmready.facts.registry import fact
from vmready.facts.settings import Setting, setting
from vmready.probes.readings import Key, Shape
from vmready.probes.vocabulary import RegistryKey

#: What the agent's installer shows, and may leave, instead of a token when it is run by hand.
LEFT_BY_INSTALLER = "INVALID_TOKEN"
REGISTRATION = RegistryKey(
    r"HKLM\SOFTWARE\Microsoft\RDInfraAgent",
    values=("IsRegistered",),
    shape=("RegistrationToken",),
    equals=(LEFT_BY_INSTALLER,),
)


@dataclass(frozen=True, slots=True)
class Registration:
    """``present``: the agent's key is there at all. ``token`` None: no value RegistrationToken."""

    present: bool
    is_registered: Setting
    token: Shape | None

    @property
    def registered(self) -> bool:
        """Registered, without doubt: ``IsRegistered`` 1 and nothing left of the token."""
        return self.is_registered.number == 1 and self.token is not None and self.token.empty

    @property
    def token_text(self) -> str:
        """The token's shape in words, fit for reports: ``absent``, ``empty``, ``left (text of 1203 characters)``."""
        if self.token is None:
            return "absent"
        if self.token.empty:
            return "empty"
        if self.token.equals is not None:
            return f"the literal {self.token.equals}"
        return f"left (text of {self.token.length} characters)" if self.token.is_text else f"a {self.token.type}"


@fact
def registration(agent: Annotated[Key | None, REGISTRATION]) -> Registration:
    """``IsRegistered`` and the shape of ``RegistrationToken``."""
    token = agent.shapes.get("RegistrationToken") if agent else None
    return Registration(agent is not None, setting(agent, "IsRegistered"), token)
