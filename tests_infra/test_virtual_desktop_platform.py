"""Azure Virtual Desktop: the Windows that a session host stands on."""

from __future__ import annotations

from tests_infra.documents import VIRTUAL_DESKTOP
from vmready import Role, advise, must, observe, requirement
from vmready.facts.desktop_edition import DesktopEdition
from vmready.facts.front_door_suites import FrontDoorSuites


@requirement(
    "VD-21",
    must,
    title="The edition of Windows is one that session hosts are supported with",
    severity="critical",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: Operating a Pro VM or other unsupported OS"],
    rationale="On Pro and other editions the side-by-side stack is installed and never listens.",
    remedy="Make a new machine from a supported image (Enterprise, Enterprise multi-session, Server with the role Remote Desktop Session Host).",
)
def test_edition_is_supported(desktop_edition: DesktopEdition) -> None:
    observe({"edition": desktop_edition.edition, "build": desktop_edition.version.number[2]})
    assert not desktop_edition.unsupported, desktop_edition.unsupported
    architecture = desktop_edition.architecture
    assert "64" in architecture, f"Windows is {architecture[:40]}, not 64-bit"
    role = not desktop_edition.server or desktop_edition.has_session_host_role
    assert role, "the server has not the role service Remote Desktop Session Host"
    for text in desktop_edition.doubts:
        advise(text)


@requirement(
    "VD-23",
    must,
    title="The TLS 1.2 cipher suites include some that Azure Front Door takes",
    severity="high",
    roles=[Role.SESSION_HOST],
    source=VIRTUAL_DESKTOP["Error: Agent cannot connect to broker with INVALID_FORM"],
    rationale="Broker and gateways take the suites of Azure Front Door, which are RSA only; hardening lists leave hosts without any of them.",
    remedy='Add the suites in the finding to the policy "SSL Cipher Suite Order" (or take it back), undo what Schannel disables, and restart.',
)
def test_cipher_suites_meet_front_door(front_door_suites: FrontDoorSuites) -> None:
    observe({"usable": list(front_door_suites.usable)})
    missing = f"missing {', '.join(front_door_suites.missing)}"
    why = "".join(f"; {text}" for text in front_door_suites.causes)
    assert front_door_suites.usable, f"no suite of Azure Front Door is usable: {missing}{why}"
    if not front_door_suites.strong:
        advise(f"only {', '.join(front_door_suites.usable)}: {missing}{why}")
    for text in (*front_door_suites.doubts, *front_door_suites.of_dot_net):
        advise(text)
