"""A question of each kind, asked to see whether this host answers that kind to this account. All of it is about the host itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vmready.model import Host
from vmready.probes.answers import why_of
from vmready.probes.vocabulary import (
    Certificates,
    Descriptor,
    Events,
    HttpGet,
    Native,
    Path,
    Probe,
    Process,
    RegistryKey,
    Service,
    System,
    Tail,
    TcpConnect,
    Wmi,
)
from vmready.remote.errors import clean

SYSTEM = System()
#: Whether the host demands validated cryptography: it decides whether .NET has a SHA-256 for the frame.
FIPS = RegistryKey(r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy", ("Enabled",))


def samples(host: Host) -> Sequence[Probe[Any]]:
    """In the order in which a visit asks. The network ones go no further than the host's own loopback."""
    chosen: tuple[Probe[Any], ...] = (
        SYSTEM,
        FIPS,
        Service("WinRM"),
        Process("svchost"),
        Path(r"%SystemRoot%\System32\ntdll.dll"),
        Tail(r"%SystemRoot%\System32\drivers\etc\hosts", size=256),
        Descriptor(r"%SystemRoot%\System32"),
        Events("System", newest=1),
        Certificates(),
        TcpConnect("127.0.0.1", host.port),
        HttpGet("http://127.0.0.1:5985/wsman"),
        Native("netsh winhttp show proxy"),
        Wmi("Win32_OperatingSystem", ("Version",)),
    )
    return sorted(chosen, key=lambda probe: probe.rank)


def profile_of(sid: str) -> RegistryKey:
    """The list of user profiles has a key for each account that has one here."""
    return RegistryKey(rf"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\{sid}", ("ProfileImagePath",))


def unread(probes: Sequence[Probe[Any]], answers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Why each question without an answer has none, by its text for people."""
    reasons: dict[str, str] = {}
    for probe in probes:
        raw = answers.get(probe.text)
        if raw is None:
            reasons[str(probe)] = "not collected: the host did not answer it"
        elif raw.get("state") not in ("observed", "absent"):
            reasons[str(probe)] = clean(str(why_of(raw.get("why"))), 200)
    return reasons


def observed(probe: Probe[Any], answers: Mapping[str, Mapping[str, Any]]) -> Any:
    """The reading of an observed answer, None for every other, and for one that has not its documented shape."""
    raw = answers.get(probe.text)
    if raw is None or raw.get("state") != "observed":
        return None
    try:
        return probe.parse(raw.get("value"))
    except ValueError:
        return None
