"""VD-02: the host is registered. The token is told by its shape alone."""

from __future__ import annotations

from vmready.model import Verdict

from .agent_errors import HIDDEN
from .harness import Of
from .terms import denied, key, no_key, no_service, together

AGENT = r"HKLM\SOFTWARE\Microsoft\RDInfraAgent"
TOKEN = "eyJhbGciOiJSUzI1NiJ9." + "canary" * 200
VD_02 = Of("VD-02", "session-host")
EXAMPLES = [
    VD_02.compliant("registered, and the token was used up"),
    VD_02.deviating("IsRegistered is 0", "IsRegistered is 0, RegistrationToken is empty", **key(AGENT, IsRegistered=0)),
    VD_02.deviating(
        "the token was not taken",
        "IsRegistered is 0, RegistrationToken is left (text of 1221 characters)",
        **key(AGENT, IsRegistered=0, RegistrationToken=TOKEN),
    ),
    VD_02.deviating(
        "1, but a token is left",
        "IsRegistered is 1, RegistrationToken is left (text of 1221 characters)",
        **key(AGENT, RegistrationToken=TOKEN),
    ),
    VD_02.deviating(
        "the installer's literal",
        "RegistrationToken is the literal INVALID_TOKEN",
        **key(AGENT, IsRegistered=0, RegistrationToken="INVALID_TOKEN"),
    ),
    VD_02.deviating("IsRegistered is 2", "IsRegistered is 2", **key(AGENT, IsRegistered=2)),
    VD_02.deviating(
        "no token at all", "there is no RegistrationToken", Verdict.WARNING, **key(AGENT, RegistrationToken=None)
    ),
    VD_02.absent("no IsRegistered", "IsRegistered is absent", **key(AGENT, IsRegistered=None)),
    VD_02.absent("no agent", "the agent is not installed", **no_key(AGENT)),
    VD_02.absent(
        "the agent was removed, and has left its keys",
        "IsRegistered is 1, RegistrationToken is empty, but there is no service RDAgentBootLoader",
        **no_service("RDAgentBootLoader"),
    ),
    VD_02.unreadable("whether there is an agent may not be read", "agent_service could not be read", **HIDDEN),
    VD_02.trap(
        "IsRegistered is 0, whether or not there is an agent",
        Verdict.NON_COMPLIANT,
        "IsRegistered is 0",
        **together(key(AGENT, IsRegistered=0), HIDDEN),
    ),
    VD_02.unreadable("the key may not be opened", "access denied", **denied(AGENT)),
    VD_02.trap(
        "the literal in another case is a token",
        Verdict.NON_COMPLIANT,
        "left (text of 13",
        **key(AGENT, RegistrationToken="invalid_token"),
    ),
    VD_02.trap("a blank is a token", Verdict.NON_COMPLIANT, "left (text of 1 ", **key(AGENT, RegistrationToken=" ")),
    VD_02.trap(
        "IsRegistered is text",
        Verdict.NON_COMPLIANT,
        "IsRegistered is REG_SZ '1' instead of a number",
        **key(AGENT, IsRegistered="1"),
    ),
    VD_02.trap(
        "IsRegistered is a number of eight bytes",
        Verdict.WARNING,
        "IsRegistered is 1 as REG_QWORD, RegistrationToken is empty: the agent reads a DWORD",
        **key(AGENT, IsRegistered={"type": "REG_QWORD", "data": 1}),
    ),
    VD_02.trap(
        "the token is binary",
        Verdict.NON_COMPLIANT,
        "RegistrationToken is a REG_BINARY",
        **key(AGENT, RegistrationToken={"type": "REG_BINARY", "data": "6561"}),
    ),
    VD_02.trap(
        "only what a 32-bit program sees",
        Verdict.NON_COMPLIANT,
        "the agent is not installed",
        registry={
            AGENT: None,
            r"HKLM\SOFTWARE\Wow6432Node\Microsoft\RDInfraAgent": {"IsRegistered": 1, "RegistrationToken": ""},
        },
    ),
]
