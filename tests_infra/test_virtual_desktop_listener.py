"""Azure Virtual Desktop, "Stack listener isn't working": the listener that reverse connections come in by."""

from __future__ import annotations

from tests_infra.documents import VIRTUAL_DESKTOP
from vmready import Role, advise, must, observe, requirement
from vmready.facts.listening import RDP_TCP, Listening
from vmready.facts.rdp_listeners import RdpListeners

SECTION = VIRTUAL_DESKTOP["Error: Stack listener isn't working on a Windows 10 2004 session host VM"]


@requirement(
    "VD-12",
    must,
    title="rdp-tcp and the active side-by-side listener listen",
    severity="critical",
    roles=[Role.SESSION_HOST],
    source=SECTION,
    rationale="Without a listening stack no user reaches the session host, whatever its services say.",
    remedy="Check fReverseConnectMode and fEnableWinStation of the active listener, restart the host; else install the stack again.",
)
def test_listeners_listen(rdp_listeners: RdpListeners, listening: Listening) -> None:
    listener = rdp_listeners.active
    assert listener is not None, "ReverseConnectionListener names no active listener"
    assert listener.side_by_side, f"the active listener {listener.name} is not a side-by-side listener"
    observe({"rdp-tcp": listening.told(RDP_TCP), "side-by-side": listening.told(listener.name)})
    deaf = [f"{name} does not listen ({source})" for name, source in listening.deaf]
    assert not deaf, "; ".join(deaf)
    listening.require_signs()
    for text in listening.contradictions:
        advise(text)
    if listening.unsure:
        advise(
            f"qwinsta lists {', '.join(listening.unsure)} in a state whose word is not known, and nothing else tells"
        )


@requirement(
    "VD-13",
    must,
    title="The active listener accepts reverse connections (fReverseConnectMode is 1)",
    severity="critical",
    roles=[Role.SESSION_HOST],
    source=SECTION,
    rationale="Users reach a session host through a reverse connection; a listener that does not take one is dead to them.",
    remedy="Set fReverseConnectMode of the active listener below WinStations to 1 (DWORD) and restart the host.",
)
def test_listener_accepts_reverse_connections(rdp_listeners: RdpListeners) -> None:
    listener = rdp_listeners.active
    assert listener is not None, "ReverseConnectionListener names no active listener"
    mode = listener.reverse_connect_mode
    observe({"fReverseConnectMode": mode.number})
    assert listener.side_by_side, f"the active listener {listener.name} is not a side-by-side listener"
    assert listener.configured, f"the active listener {listener.name} has no key below WinStations"
    assert mode.number == 1, f"fReverseConnectMode of {listener.name} is {mode}, not 1"
    if mode.wide:
        advise(f"fReverseConnectMode of {listener.name} is {mode}: the document sets a DWORD")


@requirement(
    "VD-14",
    must,
    title="The active listener is enabled (fEnableWinStation is 1)",
    severity="critical",
    roles=[Role.SESSION_HOST],
    source=SECTION,
    rationale="A listener that is switched off in the registry does not listen after the next start.",
    remedy="Set fEnableWinStation of the active listener below WinStations to 1 (DWORD) and restart the host.",
)
def test_listener_is_enabled(rdp_listeners: RdpListeners) -> None:
    listener = rdp_listeners.active
    assert listener is not None, "ReverseConnectionListener names no active listener"
    observe({"fEnableWinStation": listener.enabled.number})
    assert listener.side_by_side, f"the active listener {listener.name} is not a side-by-side listener"
    assert listener.configured, f"the active listener {listener.name} has no key below WinStations"
    assert listener.enabled.number == 1, f"fEnableWinStation of {listener.name} is {listener.enabled}, not 1"
    if listener.enabled.wide:
        advise(f"fEnableWinStation of {listener.name} is {listener.enabled}: the document sets a DWORD")


@requirement(
    "VD-15",
    must,
    title="SessionDirectoryListener names the active listener",
    severity="high",
    roles=[Role.SESSION_HOST],
    source=SECTION,
    rationale="Sessions are brokered to the listener that SessionDirectoryListener names; after a failed stack update it can be an old one.",
    remedy="Restart the host; where the names still differ, uninstall all agent and stack components and install them again.",
)
def test_session_directory_names_the_listener(rdp_listeners: RdpListeners) -> None:
    listener, directory = rdp_listeners.active, rdp_listeners.session_directory
    assert listener is not None, "ReverseConnectionListener names no active listener"
    seen = {"listener": listener.name, "SessionDirectoryListener": directory}
    observe(seen if listener.configured else {**seen, "configured": False})
    assert listener.side_by_side, f"the active listener {listener.name} is not a side-by-side listener"
    assert listener.configured, f"the active listener {listener.name} has no key below WinStations"
    rdp_listeners.require_directory()
    assert directory, f"SessionDirectoryListener is {'absent' if directory is None else 'empty'}"
    assert directory.lower() == listener.name.lower(), f"SessionDirectoryListener is {directory}, not {listener.name}"
