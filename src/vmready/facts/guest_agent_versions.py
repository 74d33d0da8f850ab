"""Versions of the Azure guest agent: which are supported, which are known to be bad, and the program that a service's ImagePath names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vmready.probes.readings import version_of

Version = tuple[int, ...]

#: From this version on the telemetry service is part of another one (Windows Azure Guest Agent overview, note on services).
TELEMETRY_MERGED: Version = (2, 7, 41491, 971)
#: The oldest Windows that today's article supports (Windows 10, Server 2016); other pages of the same documentation name older ones.
OLDEST_DOCUMENTED_WINDOWS = (10, 0)


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """What is published of a version. ``windows``: the Windows (major, minor) that it concerns; None: every one."""

    version: Version
    says: str
    source: str
    date: str
    windows: tuple[int, int] | None = None


FLOOR = KnownVersion(
    (2, 7, 41491, 1010),
    "the oldest version that is supported",
    "Microsoft support article 4049215, Minimum version support for virtual machine agents in Azure",
    "2025-09-15",
)
KNOWN_BAD = (
    KnownVersion(
        (2, 7, 41491, 1004),
        "makes Sysprep fail",
        "Troubleshooting Azure Windows VM Agent, support article",
        "2023-06-13",
    ),
    KnownVersion((2, 7, 41491, 1018), "was withdrawn", "Azure/WindowsVMAgent, issue 8", "2021-08-05"),
    KnownVersion(
        (2, 7, 41491, 1018),
        "crashes on Windows Server 2008 R2",
        "Azure/WindowsVMAgent, issue 8",
        "2021-08-05",
        (6, 1),
    ),
    KnownVersion(
        (2, 7, 41491, 1193),
        "crashes on Windows Server 2008 R2",
        "Azure/WindowsVMAgent, issue 20",
        "2026-02-18",
        (6, 1),
    ),
)


def dotted(version: Version) -> str:
    return ".".join(map(str, version))


def below_floor(version: Version) -> bool:
    """Whether the version is older than the supported ones. Fields compare as numbers: 971 < 1010 < 1193."""
    return version < FLOOR.version


def known_bad(version: Version, windows: tuple[int, ...]) -> tuple[KnownVersion, ...]:
    """What is known against this version on this Windows (major, minor, …)."""
    return tuple(
        known for known in KNOWN_BAD if known.version == version and known.windows in (None, tuple(windows[:2]))
    )


_FOLDER = re.compile(r"GuestAgent_([0-9]+(?:\.[0-9]+){2,3})(?:_.*)?", re.IGNORECASE | re.ASCII)
_PROGRAM = re.compile(r'"([^"]*)"?|(.*?\.exe)(?=\s|\Z)|(\S+)', re.IGNORECASE)


def folder_version(name: str) -> Version | None:
    """The version in the name of a folder ``GuestAgent_<version>_<time>``; None where it is no such folder."""
    match = _FOLDER.fullmatch(name)
    return version_of(match[1]) if match else None


def program_of(image: str) -> str:
    r"""The program of a service's ImagePath: without quotes, arguments and the ``\??\`` of the object manager.

    Unquoted paths may hold blanks; Windows then takes the first one that ends in ``.exe``. Variables stay as they are.
    """
    match = _PROGRAM.match(image.strip())
    program = next((part for part in match.groups() if part), "") if match else ""
    return program.strip().removeprefix("\\??\\")


def within(path: str, drive: str) -> str:
    """The path with ``%SystemDrive%`` (and the Windows folder's variables) written out for this drive; folded, to be compared."""
    folded = path.lower()
    for variable, place in (
        ("%systemdrive%", drive),
        ("%systemroot%", drive + r"\windows"),
        ("%windir%", drive + r"\windows"),
        ("\\systemroot", drive + r"\windows"),
    ):
        if folded.startswith(variable):
            folded = place.lower() + folded[len(variable) :]
    return folded
