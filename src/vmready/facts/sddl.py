"""Security descriptors in SDDL, and what rights they leave to an account: walked as Windows walks them.

MS-DTYP 2.5.1 gives the grammar, 2.5.3.2 the access check: entries are taken in their order (that denies come first is only how a canonical
list is sorted), an allowed right is had unless an earlier entry denied it, and a denied one is lost unless an earlier entry allowed it.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass

FILE_ALL, FILE_READ, FILE_WRITE, FILE_EXECUTE = 0x1F01FF, 0x120089, 0x120116, 0x1200A0
#: What the security dialog calls Modify.
MODIFY = 0x1301BF
#: Reading and writing the list itself.
_LIST = 0x60000
#: Generic rights in an entry stand for these rights of a file.
_GENERIC = {0x80000000: FILE_READ, 0x40000000: FILE_WRITE, 0x20000000: FILE_EXECUTE, 0x10000000: FILE_ALL}

_RIGHTS = {
    "GA": 0x10000000, "GR": 0x80000000, "GW": 0x40000000, "GX": 0x20000000,
    "RC": 0x20000, "SD": 0x10000, "WD": 0x40000, "WO": 0x80000,
    "RP": 0x10, "WP": 0x20, "CC": 0x1, "DC": 0x2, "LC": 0x4, "SW": 0x8, "LO": 0x80, "DT": 0x40, "CR": 0x100,
    "FA": FILE_ALL, "FR": FILE_READ, "FW": FILE_WRITE, "FX": FILE_EXECUTE,
    "KA": 0xF003F, "KR": 0x20019, "KW": 0x20006, "KX": 0x20019,
}  # fmt: skip

SYSTEM, ADMINISTRATORS, EVERYONE, AUTHENTICATED_USERS = "S-1-5-18", "S-1-5-32-544", "S-1-1-0", "S-1-5-11"
OWNER_RIGHTS = "S-1-3-4"
#: What the token of a service that runs as LocalSystem holds.
LOCAL_SYSTEM_TOKEN = frozenset({SYSTEM, ADMINISTRATORS, EVERYONE, AUTHENTICATED_USERS})

#: Two-letter names of accounts that mean the same on every machine. Those of a domain stay as they are: LocalSystem is none of them.
_ACCOUNTS = {
    "SY": SYSTEM, "BA": ADMINISTRATORS, "WD": EVERYONE, "AU": AUTHENTICATED_USERS, "OW": OWNER_RIGHTS,
    "CO": "S-1-3-0", "CG": "S-1-3-1", "AN": "S-1-5-7", "NU": "S-1-5-2", "IU": "S-1-5-4", "SU": "S-1-5-6", "PS": "S-1-5-10",
    "RC": "S-1-5-12", "LS": "S-1-5-19", "NS": "S-1-5-20", "BU": "S-1-5-32-545", "BG": "S-1-5-32-546", "PU": "S-1-5-32-547",
    "AO": "S-1-5-32-548", "SO": "S-1-5-32-549", "PO": "S-1-5-32-550", "BO": "S-1-5-32-551", "RE": "S-1-5-32-552",
    "RU": "S-1-5-32-554", "RD": "S-1-5-32-555", "NO": "S-1-5-32-556", "AC": "S-1-15-2-1",
}  # fmt: skip

_ALLOW, _DENY = frozenset({"A", "OA", "XA", "ZA"}), frozenset({"D", "OD", "XD"})
#: Whether these hold depends on more than the token: on a condition, or on the part of an object that is meant.
_UNCERTAIN = frozenset({"OA", "XA", "ZA", "OD", "XD"})
_ACCOUNT = re.compile(r"S-1-[0-9A-Fa-fx]+(?:-[0-9]+)*|[A-Z]{2}", re.ASCII)
_FLAGS = re.compile(r"(?:P|AR|AI|NO_ACCESS_CONTROL)*", re.ASCII)


class NotSddl(ValueError):
    """The text is no security descriptor."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An access control entry. ``allow`` None: it neither allows nor denies (an audit entry).

    ``certain`` False: a condition or object type decides too.
    """

    allow: bool | None
    certain: bool
    flags: frozenset[str]
    mask: int
    account: str

    @property
    def here(self) -> bool:
        """Whether it counts on the object itself, not only on what inherits from it."""
        return "IO" not in self.flags


@dataclass(frozen=True, slots=True)
class SecurityDescriptor:
    """``entries`` None: there is no DACL (or a null one), which lets everyone do everything. An empty DACL lets nobody do anything."""

    owner: str | None
    group: str | None
    protected: bool
    entries: tuple[Entry, ...] | None


@dataclass(frozen=True, slots=True)
class Effective:
    """Rights of an account: ``surely`` has whatever conditions say, ``perhaps`` has at most."""

    surely: int
    perhaps: int


def parse(text: str) -> SecurityDescriptor:
    """The descriptor that SDDL spells; audit parts (``S:``) are passed over. :class:`NotSddl` where the text is none."""
    accounts: dict[str, str] = {}
    protected, entries, seen = False, None, set()
    at = 0
    while at < len(text):
        part = text[at : at + 2]
        if part not in ("O:", "G:", "D:", "S:") or part in seen:
            raise NotSddl(f"a part of a descriptor is wanted at character {at + 1}")
        seen.add(part)
        at += 2
        if part in ("O:", "G:"):
            match = _ACCOUNT.match(text, at)
            if match is None:
                raise NotSddl(f"an account is wanted at character {at + 1}")
            accounts[part] = _sid(match[0])
            at = match.end()
            continue
        flags = _FLAGS.match(text, at)
        assert flags is not None
        at = flags.end()
        found, at = _entries(text, at, keep=part == "D:")
        if part == "D:":
            protected = "P" in flags[0]
            entries = None if "NO_ACCESS_CONTROL" in flags[0] else tuple(found)
    return SecurityDescriptor(accounts.get("O:"), accounts.get("G:"), protected, entries)


def _entries(text: str, at: int, *, keep: bool) -> tuple[list[Entry], int]:
    found: list[Entry] = []
    while text.startswith("(", at):
        end = _closing(text, at)
        if keep:
            found.append(_entry(text[at + 1 : end]))
        at = end + 1
    return found, at


def _closing(text: str, at: int) -> int:
    """Where the bracket at ``at`` closes: conditions hold brackets and quoted text of their own."""
    depth, quoted = 0, False
    for place in range(at, len(text)):
        character = text[place]
        if character == '"':
            quoted = not quoted
        elif not quoted:
            depth += (character == "(") - (character == ")")
            if depth == 0:
                return place
    raise NotSddl(f"the bracket at character {at + 1} is not closed")


def _entry(text: str) -> Entry:
    try:
        kind, flags, rights, object_type, inherited_type, account, *condition = text.split(";")
    except ValueError:
        raise NotSddl("an entry has six fields") from None
    if not kind:
        raise NotSddl("an entry has a type")
    allow = True if kind in _ALLOW else False if kind in _DENY else None
    certain = kind not in _UNCERTAIN and not any((object_type, inherited_type, *condition))
    pairs = frozenset(flags[i : i + 2] for i in range(0, len(flags), 2))
    return Entry(allow, certain, pairs, _mask(rights), _sid(account))


def _mask(text: str) -> int:
    if re.fullmatch(r"0[xX][0-9A-Fa-f]{1,8}", text):
        return int(text, 16)
    if re.fullmatch(r"0[0-3]?[0-7]{0,10}", text):
        return int(text, 8)
    if re.fullmatch(r"[1-9][0-9]{0,9}", text) and int(text) < 1 << 32:
        return int(text)
    mask = 0
    for i in range(0, len(text), 2):
        if text[i : i + 2] not in _RIGHTS:
            raise NotSddl(f"unknown right {text[i : i + 2]!r}")
        mask |= _RIGHTS[text[i : i + 2]]
    return mask


def _sid(text: str) -> str:
    if _ACCOUNT.fullmatch(text) is None:
        raise NotSddl(f"{text[:40]!r} is no account")
    return _ACCOUNTS.get(text, text)


def effective(descriptor: SecurityDescriptor, token: Set[str]) -> Effective:
    """What a token with these SIDs may do with a file or folder of this descriptor (privileges aside)."""
    if descriptor.entries is None:
        return Effective(FILE_ALL, FILE_ALL)
    accounts, implied = set(token), 0
    if descriptor.owner in token:
        accounts.add(OWNER_RIGHTS)
        # An owner reads and writes the DACL whatever it says, unless entries for OWNER RIGHTS replace that.
        if not any(entry.account == OWNER_RIGHTS and entry.here for entry in descriptor.entries):
            implied = _LIST
    walked = [entry for entry in descriptor.entries if entry.here and entry.account in accounts]
    # The worst case takes every uncertain denial and no uncertain permission; the best case the other way round.
    worst = [entry for entry in walked if entry.certain or entry.allow is False]
    best = [entry for entry in walked if entry.certain or entry.allow is True]
    return Effective(_walk(worst, implied), _walk(best, implied))


def _walk(entries: list[Entry], implied: int) -> int:
    had, lost = implied, 0
    for entry in entries:
        mask = _mapped(entry.mask)
        if entry.allow is True:
            had |= mask & ~lost
        elif entry.allow is False:
            lost |= mask & ~had
    return had


def _mapped(mask: int) -> int:
    for generic, specific in _GENERIC.items():
        if mask & generic:
            mask = mask & ~generic | specific
    return mask
