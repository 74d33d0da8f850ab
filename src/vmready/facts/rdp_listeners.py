"""The RDP listeners of a session host as the registry configures them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from vmready.facts.registry import UnreadableFact, fact
from vmready.facts.settings import Setting, setting
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Key
from vmready.probes.vocabulary import RegistryKey

_TERMINAL_SERVER = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"
#: Named apart from its sub-keys, of which the rollback copies of earlier stacks are never judged.
WIN_STATIONS = RegistryKey(
    _TERMINAL_SERVER + r"\WinStations",
    values=("ReverseConnectionListener", "fReverseConnectMode", "fEnableWinStation"),
    depth=1,
)
CLUSTER_SETTINGS = RegistryKey(_TERMINAL_SERVER + r"\ClusterSettings", values=("SessionDirectoryListener",))

#: ``rdp-sxs`` alone is the listener of old built-in stacks; image scripts also make a key of that name that is none.
_SIDE_BY_SIDE = re.compile(r"(?i)rdp-sxs[0-9]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Listener:
    """The side-by-side listener that ``ReverseConnectionListener`` names. ``configured``: a key of its name exists below WinStations."""

    name: str
    configured: bool
    reverse_connect_mode: Setting
    enabled: Setting

    @property
    def side_by_side(self) -> bool:
        """Whether the name is one that the stack gives: ``rdp-sxs`` and digits."""
        return _SIDE_BY_SIDE.fullmatch(self.name) is not None


@dataclass(frozen=True, slots=True)
class RdpListeners:
    """``active`` is None where the registry names no listener; ``session_directory`` is ``SessionDirectoryListener``, None where absent."""

    active: Listener | None
    session_directory: str | None
    #: Why ``session_directory`` is not known.
    unseen: Why | None = None

    def require_directory(self) -> None:
        """UnreadableFact where ``SessionDirectoryListener`` could not be read."""
        if self.unseen is not None:
            raise UnreadableFact("rdp_listeners", self.unseen, str(CLUSTER_SETTINGS))


@fact
def rdp_listeners(
    stations: Annotated[Key | None, WIN_STATIONS], cluster: Annotated[Answer[Key], CLUSTER_SETTINGS]
) -> RdpListeners:
    """The active listener and what points to it, of which the one is told whether or not the other could be read."""
    directory = cluster.value.text("SessionDirectoryListener") if isinstance(cluster, Observed) else None
    unseen = cluster.why if isinstance(cluster, Unreadable) else None
    name = "" if stations is None else (stations.text("ReverseConnectionListener") or "")
    if stations is None or not name:
        return RdpListeners(None, directory, unseen)
    node = stations.key(name)
    if name in stations.keys and not isinstance(node, Key):
        why = node.why if isinstance(node, Unreadable) else Why(Reason.NOT_COLLECTED)
        raise UnreadableFact("rdp_listeners", why, rf"{WIN_STATIONS.path}\{name[:60]}")
    found = node if isinstance(node, Key) else None
    listener = Listener(
        name, found is not None, setting(found, "fReverseConnectMode"), setting(found, "fEnableWinStation")
    )
    return RdpListeners(listener, directory, unseen)
