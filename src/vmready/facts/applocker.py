"""An AppLocker policy's rules for programs, and what they decide for one program and one account.

Evaluated as Windows does: a deny rule that fits (and none of its exceptions) decides first, then an allow rule; what no rule allows is denied.
Rules and conditions that are not known here make the answer *perhaps*, never a silent permission.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import translate
from xml.parsers import expat

from vmready.probes.readings import version_of

_DEPTH_LIMIT, _ELEMENT_LIMIT = 32, 200_000
#: Longer patterns of paths are not evaluated.
_PATTERN_LIMIT = 1024


class NotPolicy(ValueError):
    """The text is no rule collection."""


@dataclass(frozen=True, slots=True)
class Element:
    """An XML element: its name without prefix, its attributes, its children."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)

    def named(self, name: str) -> Iterator[Element]:
        return (child for child in self.children if child.name == name)


def read_xml(text: str) -> Element | None:
    """The root element; None for an empty text. :class:`NotPolicy` where it is not well-formed, declares entities, or is too deep."""
    if not text.strip():
        return None
    root: list[Element] = []
    way: list[Element] = []
    count = 0

    def refuse(*_: object) -> None:
        raise NotPolicy("it declares a document type")

    def begins(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(way) >= _DEPTH_LIMIT or count > _ELEMENT_LIMIT:
            raise NotPolicy("it is too large")
        element = Element(name.rpartition(":")[2], attributes)
        (way[-1].children if way else root).append(element)
        way.append(element)

    def ends(_: str) -> None:
        way.pop()

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = begins, ends
    try:
        parser.Parse(text.lstrip("\ufeff").strip(), True)
    except NotPolicy:
        raise
    except (expat.ExpatError, UnicodeEncodeError, ValueError) as error:
        raise NotPolicy(f"it is no well-formed XML: {error}") from None
    (element,) = root
    return element


@dataclass(frozen=True, slots=True)
class Program:
    """The program that is asked about. ``publisher`` None: not signed, or not known; ``hash`` None: not known.

    ``known``: whether it lies on the machine; else publisher and hash are anybody's guess, and only its path is known.
    """

    path: str
    publisher: tuple[str, str, str, str] | None = None
    hash: str | None = None
    known: bool = True


class Fit(Enum):
    """Whether a rule or condition fits."""

    YES = "yes"
    NO = "no"
    PERHAPS = "perhaps"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its conditions and exceptions as they stand in the policy."""

    name: str
    kind: str
    allow: bool
    account: str
    conditions: tuple[Element, ...]
    exceptions: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """The rules for programs. ``enforced`` by mode (rules without a mode are enforced); ``services``: they hold for services too."""

    mode: str
    services: bool
    rules: tuple[Rule, ...]

    @property
    def enforced(self) -> bool:
        return bool(self.rules) and self.mode in ("enabled", "notconfigured")


def parse(text: str) -> Collection:
    """The Exe collection of a policy; an empty text has no rules. :class:`NotPolicy` where the text is none, or a rule lacks its parts."""
    root = read_xml(text)
    if root is None:
        return Collection("notconfigured", False, ())
    collection = root
    if root.name == "AppLockerPolicy":
        found = [child for child in root.named("RuleCollection") if child.attributes.get("Type", "").lower() == "exe"]
        if not found:
            return Collection("notconfigured", False, ())
        collection = found[0]
    if collection.name != "RuleCollection" or collection.attributes.get("Type", "").lower() != "exe":
        raise NotPolicy("it is no rule collection for programs")
    mode = collection.attributes.get("EnforcementMode", "NotConfigured").lower()
    if mode not in ("enabled", "auditonly", "notconfigured"):
        raise NotPolicy(f"its enforcement mode {mode[:40]} is unknown")
    rules = tuple(_rule(child) for child in collection.children if child.name != "RuleCollectionExtensions")
    return Collection(mode, _for_services(collection), rules)


def _for_services(collection: Element) -> bool:
    return any(
        service.attributes.get("EnforcementMode", "").lower() == "enabled"
        for extensions in collection.named("RuleCollectionExtensions")
        for threshold in extensions.named("ThresholdExtensions")
        for service in threshold.named("Services")
    )


def _rule(element: Element) -> Rule:
    allow = {"allow": True, "deny": False}.get(element.attributes.get("Action", "").lower())
    if allow is None:
        raise NotPolicy(f"a {element.name[:40]} has no action")
    return Rule(
        element.attributes.get("Name", element.attributes.get("Id", ""))[:120],
        element.name,
        allow,
        element.attributes.get("UserOrGroupSid", "S-1-1-0").upper(),
        tuple(child for part in element.named("Conditions") for child in part.children),
        tuple(child for part in element.named("Exceptions") for child in part.children),
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """``allowed`` YES, NO or PERHAPS; ``by``: the rule, in words."""

    allowed: Fit
    by: str


def decide(collection: Collection, program: Program, accounts: Set[str]) -> Decision:
    """What the rules decide for a program that an account of these SIDs runs."""
    concerned = [rule for rule in collection.rules if rule.account in accounts]
    denials = [(rule, _fits(rule, program)) for rule in concerned if not rule.allow]
    permissions = [(rule, _fits(rule, program)) for rule in concerned if rule.allow]
    for rule, fit in denials:
        if fit is Fit.YES:
            return Decision(Fit.NO, f"the deny rule “{rule.name}”")
    uncertain = [f"the deny rule “{rule.name}”" for rule, fit in denials if fit is Fit.PERHAPS]
    for rule, fit in permissions:
        if fit is Fit.YES and not uncertain:
            return Decision(Fit.YES, f"the allow rule “{rule.name}”")
    uncertain += [f"the allow rule “{rule.name}”" for rule, fit in permissions if fit is Fit.PERHAPS]
    if uncertain:
        return Decision(Fit.PERHAPS, f"{uncertain[0]}, of which it is not known whether it fits")
    return Decision(Fit.NO, "no rule, and what no rule allows is denied")


def _fits(rule: Rule, program: Program) -> Fit:
    fit = _any(rule.conditions, program)
    if fit is Fit.NO:
        return Fit.NO
    match _any(rule.exceptions, program):
        case Fit.YES:
            return Fit.NO
        case Fit.PERHAPS:
            return Fit.PERHAPS
    return fit


def _any(conditions: tuple[Element, ...], program: Program) -> Fit:
    found = {_condition(condition, program) for condition in conditions}
    return Fit.YES if Fit.YES in found else Fit.PERHAPS if Fit.PERHAPS in found else Fit.NO


def _condition(condition: Element, program: Program) -> Fit:
    match condition.name:
        case "FilePathCondition":
            return _path(condition.attributes.get("Path", ""), program.path)
        case "FilePublisherCondition":
            return _publisher(condition, program) if program.known else Fit.PERHAPS
        case "FileHashCondition":
            return _hash(condition, program) if program.known else Fit.PERHAPS
    return Fit.PERHAPS


def _places(drive: str) -> dict[str, tuple[str, ...]]:
    """What a path rule's variables stand for. Removable and hot-plugged drives hold no extension."""
    return {
        "%osdrive%": (drive,),
        "%windir%": (drive + r"\windows",),
        "%system32%": (drive + r"\windows\system32", drive + r"\windows\syswow64"),
        "%programfiles%": (drive + r"\program files", drive + r"\program files (x86)"),
        "%removable%": (),
        "%hot%": (),
    }


def _path(pattern: str, path: str) -> Fit:
    wanted, real = pattern.strip().lower(), path.lower()
    drive = real[:2] if re.match(r"[a-z]:", real) else "c:"
    if real.startswith("%osdrive%"):
        real = drive + real.removeprefix("%osdrive%")
    if not wanted:
        return Fit.NO
    if len(wanted) > _PATTERN_LIMIT:
        return Fit.PERHAPS
    variable = re.match(r"%[^%]*%", wanted)
    if variable is None:
        return Fit.YES if _pattern(wanted).match(real) else Fit.NO
    places = _places(drive).get(variable[0])
    if places is None:
        return Fit.PERHAPS
    return Fit.YES if any(_pattern(place + wanted[variable.end() :]).match(real) for place in places) else Fit.NO


def _pattern(text: str) -> re.Pattern[str]:
    """``*`` and ``?`` as AppLocker reads them: any characters, ``\\`` included. Brackets are characters of names."""
    collapsed = re.sub(r"\*+", "*", text).replace("[", "[[]")
    return re.compile(translate(collapsed))


def _publisher(condition: Element, program: Program) -> Fit:
    if program.publisher is None:
        return Fit.NO
    name, product, binary, version = program.publisher
    for key, value in {"PublisherName": name, "ProductName": product, "BinaryName": binary}.items():
        pattern = condition.attributes.get(key, "*").strip().lower()
        if pattern not in ("*", value.strip().lower()):
            return Fit.NO
    return _in_range(next(condition.named("BinaryVersionRange"), None), version)


def _in_range(versions: Element | None, version: str) -> Fit:
    if versions is None:
        return Fit.YES
    low, high = (versions.attributes.get(key, "*").strip() for key in ("LowSection", "HighSection"))
    real = version_of(version)
    if real is None:
        return Fit.YES if low == high == "*" else Fit.PERHAPS
    least, most = version_of(low), version_of(high)
    if (low != "*" and least is None) or (high != "*" and most is None):
        return Fit.PERHAPS
    return Fit.NO if (least is not None and real < least) or (most is not None and real > most) else Fit.YES


def _hash(condition: Element, program: Program) -> Fit:
    if program.hash is None:
        return Fit.PERHAPS
    hashes = [child.attributes.get("Data", "").lower().removeprefix("0x") for child in condition.named("FileHash")]
    return Fit.YES if program.hash.lower().removeprefix("0x") in hashes else Fit.NO
