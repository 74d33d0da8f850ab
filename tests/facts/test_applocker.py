"""AppLocker's rules one by one: what fits which program, and which text is a policy at all."""

from __future__ import annotations

import pytest

from vmready.facts.applocker import Decision, Element, Fit, NotPolicy, Program, decide, parse, read_xml

SYSTEM = frozenset({"S-1-1-0", "S-1-5-18"})
SIGNED = ("O=MICROSOFT CORPORATION", "AZURE BACKUP", "A.EXE", "1.0.92.0")
EXE = Program(r"C:\Packages\x\A.exe", SIGNED, "0xAB")
RULE = '<FilePathRule Name="R" UserOrGroupSid="S-1-1-0" Action="{}"><Conditions>{}</Conditions>{}</FilePathRule>'


def rule(condition: str, action: str = "Allow", exceptions: str = "") -> str:
    return RULE.format(action, condition, exceptions and f"<Exceptions>{exceptions}</Exceptions>")


def by_path(pattern: str) -> str:
    return f'<FilePathCondition Path="{pattern}"/>'


def by_publisher(versions: str = "", **names: str) -> str:
    attributes = "".join(f' {name}="{value}"' for name, value in names.items())
    return f"<FilePublisherCondition{attributes}>{versions}</FilePublisherCondition>"


def versions(low: str = "*", high: str = "*") -> str:
    return by_publisher(f'<BinaryVersionRange LowSection="{low}" HighSection="{high}"/>')


def by_hash(*data: str) -> str:
    hashes = "".join(f'<FileHash Data="{one}"/>' for one in data)
    return f"<FileHashCondition>{hashes}</FileHashCondition>"


def collection(*rules: str, more: str = 'EnforcementMode="Enabled"') -> str:
    return f'<RuleCollection Type="Exe" {more}>{"".join(rules)}</RuleCollection>'


def decided(program: Program, *rules: str) -> Decision:
    return decide(parse(collection(*rules)), program, SYSTEM)


@pytest.mark.parametrize(
    ("pattern", "path", "fit"),
    [
        (r"C:\Packages\*", r"c:\packages\x\a.exe", Fit.YES),
        (r"  C:\Packages\*  ", r"C:\Packages\x\A.exe", Fit.YES),
        (r"C:\Packages\*", r"D:\Packages\x\A.exe", Fit.NO),
        (r"C:\Packages\*", r"C:\Packages2\A.exe", Fit.NO),
        (r"C:\Packages\**\A.exe", r"C:\Packages\x\y\A.exe", Fit.YES),
        (r"C:\Packages\?.exe", r"C:\Packages\A.exe", Fit.YES),
        (r"C:\Packages\?.exe", r"C:\Packages\AB.exe", Fit.NO),
        (r"C:\[ab]\*", r"C:\[ab]\A.exe", Fit.YES),
        (r"C:\[ab]\*", r"C:\a\A.exe", Fit.NO),
        ("", r"C:\A.exe", Fit.NO),
        (r"%OSDRIVE%\*", r"C:\A.exe", Fit.YES),
        (r"%OSDRIVE%\*", r"D:\A.exe", Fit.YES),
        (r"%OSDRIVE%\Packages\*", r"%OSDRIVE%\PACKAGES\A.EXE", Fit.YES),
        (r"C:\Packages\*", r"%OSDRIVE%\PACKAGES\A.EXE", Fit.YES),
        (r"%WINDIR%\*", r"C:\Windows\A.exe", Fit.YES),
        (r"%WINDIR%\*", r"C:\Packages\A.exe", Fit.NO),
        (r"%SYSTEM32%\*", r"C:\Windows\System32\A.exe", Fit.YES),
        (r"%SYSTEM32%\*", r"C:\Windows\SysWOW64\A.exe", Fit.YES),
        (r"%SYSTEM32%\*", r"C:\Windows\A.exe", Fit.NO),
        (r"%PROGRAMFILES%\*", r"C:\Program Files\A.exe", Fit.YES),
        (r"%PROGRAMFILES%\*", r"C:\Program Files (x86)\A.exe", Fit.YES),
        (r"%REMOVABLE%\*", r"E:\A.exe", Fit.NO),
        (r"%HOT%\*", r"E:\A.exe", Fit.NO),
        (r"%MOON%\*", r"C:\A.exe", Fit.PERHAPS),
        (r"C:\100%\*", r"C:\100%\A.exe", Fit.YES),
        ("*".ljust(1024, "?"), "C:".ljust(1100, "x"), Fit.YES),
        ("*".ljust(1025, "?"), "C:".ljust(1100, "x"), Fit.PERHAPS),
    ],
)
def test_a_rule_by_path(pattern: str, path: str, fit: Fit) -> None:
    assert decided(Program(path), rule(by_path(pattern))).allowed is fit


@pytest.mark.parametrize(
    ("condition", "program", "fit"),
    [
        (by_publisher(), EXE, Fit.YES),
        (by_publisher(PublisherName="*", ProductName=" * ", BinaryName="*"), EXE, Fit.YES),
        (by_publisher(PublisherName=" o=Microsoft corporation "), EXE, Fit.YES),
        (by_publisher(ProductName="Azure Backup", BinaryName="a.exe"), EXE, Fit.YES),
        (by_publisher(PublisherName="O=CONTOSO"), EXE, Fit.NO),
        (by_publisher(PublisherName="P=MICROSOFT CORPORATION"), EXE, Fit.NO),
        (by_publisher(ProductName="AZURE"), EXE, Fit.NO),
        (by_publisher(ProductName="WINDOWS"), EXE, Fit.NO),
        (by_publisher(BinaryName="B.EXE"), EXE, Fit.NO),
        (by_publisher(), Program(EXE.path), Fit.NO),
        (by_publisher(), Program(EXE.path, SIGNED, known=False), Fit.PERHAPS),
        (versions(), EXE, Fit.YES),
        (versions(low="1.0.91.9"), EXE, Fit.YES),
        (versions(low="1.0.92.0"), EXE, Fit.YES),
        (versions(low="1.0.92.1"), EXE, Fit.NO),
        (versions(high="1.0.92.1"), EXE, Fit.YES),
        (versions(high=" 1.0.92.0 "), EXE, Fit.YES),
        (versions(high="1.0.91.9"), EXE, Fit.NO),
        (versions(low="1.0.100.0"), EXE, Fit.NO),
        (versions(low="0.0.0.0", high="9.9"), EXE, Fit.YES),
        (versions(low="0.0", high="moon"), EXE, Fit.PERHAPS),
        (versions(low="moon", high="9.9"), EXE, Fit.PERHAPS),
        (versions(low="moon"), EXE, Fit.PERHAPS),
        (versions(low="!"), EXE, Fit.PERHAPS),
        (versions(high="!"), EXE, Fit.PERHAPS),
        (by_publisher(PublisherName="!"), EXE, Fit.NO),
        (by_publisher(ProductName=""), EXE, Fit.NO),
        (versions(high="moon"), EXE, Fit.PERHAPS),
        (versions(), Program("x", (*SIGNED[:3], "")), Fit.YES),
        (versions(low="1.0"), Program("x", (*SIGNED[:3], "")), Fit.PERHAPS),
        (versions(high="1.0"), Program("x", (*SIGNED[:3], "")), Fit.PERHAPS),
        (versions(low="!"), Program("x", (*SIGNED[:3], "")), Fit.PERHAPS),
        (versions(low="!", high="!"), Program("x", (*SIGNED[:3], "")), Fit.PERHAPS),
        (versions(low="1.0", high="1.0"), Program("x", (*SIGNED[:3], "")), Fit.PERHAPS),
        (by_publisher("<BinaryVersionRange/>"), EXE, Fit.YES),
        (by_hash("0xAB"), EXE, Fit.YES),
        (by_hash("ab"), EXE, Fit.YES),
        (by_hash("0x00", "0xab"), EXE, Fit.YES),
        (by_hash("0x00"), EXE, Fit.NO),
        (by_hash("0xAB"), Program("x", hash="AB"), Fit.YES),
        (by_hash("0xAB"), Program("x"), Fit.PERHAPS),
        (by_hash("0xAB"), Program("x", hash="0xAB", known=False), Fit.PERHAPS),
        ("<FileMoodCondition/>", EXE, Fit.PERHAPS),
        (f"<FileMoodCondition/>{by_path('*')}", EXE, Fit.YES),
        ("", EXE, Fit.NO),
    ],
)
def test_a_rule_by_publisher_version_or_hash(condition: str, program: Program, fit: Fit) -> None:
    assert decided(program, rule(condition)).allowed is fit


ALL, NONE, MOOD = by_path("*"), by_path("E:"), "<FileMoodCondition/>"


@pytest.mark.parametrize(
    ("rules", "fit", "by"),
    [
        ((), Fit.NO, "no rule, and what no rule allows is denied"),
        ((rule(ALL),), Fit.YES, "the allow rule “R”"),
        ((rule(ALL), rule(ALL, "Deny")), Fit.NO, "the deny rule “R”"),
        ((rule(ALL), rule(NONE, "Deny")), Fit.YES, "the allow rule “R”"),
        (
            (rule(ALL, "Deny", MOOD), rule(ALL)),
            Fit.PERHAPS,
            "the deny rule “R”, of which it is not known whether it fits",
        ),
        ((rule(ALL, "Deny", ALL), rule(ALL)), Fit.YES, "the allow rule “R”"),
        ((rule(ALL, "Deny", NONE), rule(ALL)), Fit.NO, "the deny rule “R”"),
        ((rule(MOOD, "Deny"), rule(ALL, "Deny")), Fit.NO, "the deny rule “R”"),
        ((rule(MOOD),), Fit.PERHAPS, "the allow rule “R”, of which it is not known whether it fits"),
        ((rule(MOOD, exceptions=ALL),), Fit.NO, "no rule, and what no rule allows is denied"),
        ((rule(MOOD, exceptions=NONE),), Fit.PERHAPS, "the allow rule “R”, of which it is not known whether it fits"),
        ((rule(MOOD), rule(ALL)), Fit.YES, "the allow rule “R”"),
        ((rule(NONE, exceptions=MOOD),), Fit.NO, "no rule, and what no rule allows is denied"),
    ],
)
def test_what_several_rules_decide(rules: tuple[str, ...], fit: Fit, by: str) -> None:
    assert decided(EXE, *rules) == Decision(fit, by)


@pytest.mark.parametrize(("account", "fit"), [("S-1-1-0", Fit.YES), ("s-1-5-18", Fit.YES), ("S-1-5-19", Fit.NO)])
def test_a_rule_for_an_account(account: str, fit: Fit) -> None:
    assert decided(EXE, rule(ALL).replace("S-1-1-0", account)).allowed is fit


def test_a_rule_without_an_account_is_for_everyone_and_without_a_name_goes_by_its_id() -> None:
    bare = f'<FilePathRule Id="7" Action="ALLOW"><Conditions>{ALL}</Conditions></FilePathRule>'
    assert decided(EXE, bare) == Decision(Fit.YES, "the allow rule “7”")
    assert decided(EXE, bare.replace('Id="7" ', "")) == Decision(Fit.YES, "the allow rule “”")


SERVICES = (
    "<RuleCollectionExtensions><ThresholdExtensions><Services{}/></ThresholdExtensions></RuleCollectionExtensions>"
)


@pytest.mark.parametrize(
    ("text", "mode", "services", "rules"),
    [
        ("", "notconfigured", False, 0),
        (" \n", "notconfigured", False, 0),
        ("<AppLockerPolicy/>", "notconfigured", False, 0),
        ('<AppLockerPolicy><RuleCollection Type="Dll"/></AppLockerPolicy>', "notconfigured", False, 0),
        (
            f'<AppLockerPolicy><RuleCollection Type="Dll"/>{collection(rule(ALL))}</AppLockerPolicy>',
            "enabled",
            False,
            1,
        ),
        (
            f'<AppLockerPolicy><RuleCollection Type="Script"/>{collection(rule(ALL))}</AppLockerPolicy>',
            "enabled",
            False,
            1,
        ),
        (f"<AppLockerPolicy>{collection(rule(ALL))}{collection(more='')}</AppLockerPolicy>", "enabled", False, 1),
        (f"<a:AppLockerPolicy xmlns:a='x'>{collection()}</a:AppLockerPolicy>", "enabled", False, 0),
        ("\ufeff" + collection(rule(ALL)), "enabled", False, 1),
        (collection(more='EnforcementMode="AUDITONLY"'), "auditonly", False, 0),
        (collection(more=""), "notconfigured", False, 0),
        (collection().replace("Exe", "EXE"), "enabled", False, 0),
        (collection(SERVICES.format(""), rule(ALL)), "enabled", False, 1),
        (collection(SERVICES.format(" EnforcementMode='ENABLED'"), rule(ALL)), "enabled", True, 1),
        (collection(SERVICES.format(" EnforcementMode='NotConfigured'")), "enabled", False, 0),
        (collection("<RuleCollectionExtensions/>"), "enabled", False, 0),
    ],
)
def test_the_rules_for_programs(text: str, mode: str, services: bool, rules: int) -> None:
    found = parse(text)
    assert (found.mode, found.services, len(found.rules)) == (mode, services, rules)


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "<a></b>",
        "<a/><b/>",
        "<a>\ud800</a>",
        "<A/>",
        "<Something/>",
        '<A Type="Exe"/>',
        '<Something Type="Exe"/>',
        '<RuleCollection Type="Script"/>',
        '<RuleCollection Type="Dll"/>',
        "<RuleCollection/>",
        f"<!DOCTYPE x>{collection()}",
        collection(more='EnforcementMode="Perhaps"'),
        collection(rule(ALL, "Perhaps")),
        collection("<FilePathRule/>"),
        collection("<Unknown/>"),
    ],
)
def test_what_is_no_policy(text: str) -> None:
    with pytest.raises(NotPolicy):
        parse(text)


@pytest.mark.parametrize(("text", "largest"), [("<a>" * 32 + "</a>" * 32, True), ("<a>" * 33 + "</a>" * 33, False)])
def test_how_deep_a_policy_may_be(text: str, largest: bool) -> None:
    _limit(text, largest)


@pytest.mark.parametrize(("more", "largest"), [(199_999, True), (200_000, False)])
def test_how_many_elements_a_policy_may_have(more: int, largest: bool) -> None:
    _limit(f"<a>{'<b/>' * more}</a>", largest)


def _limit(text: str, largest: bool) -> None:
    if largest:
        assert isinstance(read_xml(text), Element)
        return
    with pytest.raises(NotPolicy, match="too large"):
        read_xml(text)


@pytest.mark.parametrize(
    ("mode", "rules", "enforced"),
    [("Enabled", 1, True), ("NotConfigured", 1, True), ("AuditOnly", 1, False), ("Enabled", 0, False)],
)
def test_which_rules_are_enforced(mode: str, rules: int, enforced: bool) -> None:
    assert parse(collection(*[rule(ALL)] * rules, more=f'EnforcementMode="{mode}"')).enforced is enforced
