"""Rules of the Windows Firewall one by one: boundaries, and what the host would not even have told."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from vmready.facts.firewall_rules import Connection, Fit, NotRule, fits, parse

WIRE = Connection(
    IPv4Address("168.63.129.16"),
    80,
    frozenset({"waappagent.exe"}),
    frozenset({"rdagent"}),
    frozenset({r"c:\windowsazure\x\waappagent.exe"}),
)
HEAD = "v2.31|Action=Block|Active=TRUE|Dir=Out|"


@pytest.mark.parametrize(
    ("fields", "fit"),
    [
        ("", Fit.YES),
        ("RA4=168.63.129.16-168.63.129.16", Fit.YES),
        ("RA4=168.63.129.16-168.63.129.17", Fit.YES),
        ("RA4=168.63.129.15-168.63.129.16", Fit.YES),
        ("RA4=168.63.129.17-168.63.129.18", Fit.NO),
        ("RA4=168.63.129.14-168.63.129.15", Fit.NO),
        ("RA4=0.0.0.0/0.0.0.0", Fit.YES),
        ("RA4=*", Fit.YES),
        ("RPort=80", Fit.YES),
        ("RPort2_10=80-80", Fit.YES),
        ("RPort2_10=79-80", Fit.YES),
        ("RPort2_10=80-81", Fit.YES),
        ("RPort2_10=81-82", Fit.NO),
        ("RPort2_10=78-79", Fit.NO),
        ("RPort=443|RPort2_10=78-79", Fit.NO),
        ("RA4=10.0.0.1|RA42=LocalSubnet", Fit.NO),
        ("RA4=10.0.0.1|RA42=IntErnet", Fit.YES),
        ("RA4=10.0.0.1|RA42=IntrAnet", Fit.PERHAPS),
        ("Protocol=6|RPort=443|Quantum=1", Fit.NO),
        ("RA6=fe80::/64|RA4=168.63.129.16", Fit.YES),
        (r"App=%SystemDrive%\WindowsAzure\x\WAAPPAGENT.EXE|Svc=RDAGENT", Fit.YES),
        (r"App=C:\WindowsAzure\x\WaAppAgent.exe|Svc=other", Fit.NO),
        (r"App=C:\WindowsAzure\x\WaAppAgent.exe", Fit.YES),
        (r"App=C:\WindowsAzure\y\WaAppAgent.exe", Fit.PERHAPS),
        (r"App=D:\WindowsAzure\x\WaAppAgent.exe", Fit.PERHAPS),
        (r"App=C:\WindowsAzure\x\WindowsAzureGuestAgent.exe", Fit.NO),
        ("LUAuth=O:LSD:(D;;CC;;;SY)(A;;CC;;;WD)", Fit.NO),
        ("LUAuth=D:(A;;CCDC;;;SY)", Fit.YES),
        ("LUOwn=s-1-5-18", Fit.YES),
        ("LUOwn=S-1-1-0", Fit.NO),
        ("LUOwn=S-1-5-21-1-2-3-1001", Fit.NO),
        ("RPort=Internet", Fit.NO),
        ("RPort=80x", Fit.PERHAPS),
        ("RPort=80é", Fit.PERHAPS),
        *((f"Protocol={number}", Fit.NO) for number in (5, 7, 17, 255, 257)),
        *((f"Protocol={number}", Fit.YES) for number in (6, 256)),
        ("Protocol=TCP", Fit.PERHAPS),
        ("App=*", Fit.YES),
        ("LUAuth=nonsense", Fit.PERHAPS),
        ("|RPort=443", Fit.NO),
        ("RA4=168.63.129.1/255.255.0.0", Fit.YES),
        ("RA4=168.63.129.1/24", Fit.YES),
        ("LUAuth=D:(A;;DC;;;SY)", Fit.NO),
        ("LUAuth=D:(XA;;CC;;;SY;(x))", Fit.PERHAPS),
        ("LUAuth=D:(XA;;DC;;;SY;(x))", Fit.NO),
    ],
)
def test_whether_a_rule_concerns_the_connection(fields: str, fit: Fit) -> None:
    assert fits(parse(f"{HEAD}{fields}|"), WIRE) is fit


@pytest.mark.parametrize("text", [HEAD.replace("TRUE", "FALSE"), HEAD.replace("Out", "In")])
def test_a_rule_that_is_not_in_force_or_inbound_concerns_nothing(text: str) -> None:
    assert fits(parse(text), WIRE) is Fit.NO


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2.31|Action=Block|Active=TRUE|Dir=Out|",
        "v2.31|Active=TRUE|Dir=Out|",
        "v2.31|Action=Block|Active=TRUE|",
        "v2.31|Action=Block|Active=perhaps|Dir=Out|",
        "v2.31|Action=Melt|Active=TRUE|Dir=Out|",
        f"{HEAD}Action=Allow|",
        f"{HEAD}nonsense|",
        HEAD + "Name=" + "x" * (65_537 - len(HEAD + "Name=")),
    ],
)
def test_what_is_no_rule(text: str) -> None:
    with pytest.raises(NotRule):
        parse(text)


def test_the_longest_rule() -> None:
    assert len(parse((HEAD + "Name=").ljust(65_536, "x")).fields["name"][0]) == 65_536 - len(HEAD + "Name=")


def test_names_and_profiles_of_a_rule() -> None:
    rule = parse(f"{HEAD}Name=A|Profile=Private|Profile= Public |")
    assert (rule.name, rule.profiles(), rule.action) == ("A", {"private", "public"}, "block")
    assert parse(f"{HEAD}Name=A|Name=B|").name == "A"
    assert parse(HEAD).name == ""
    assert parse(HEAD).profiles() == frozenset()


@pytest.mark.parametrize(("action", "fit"), [("Block", Fit.YES), ("Allow", Fit.PERHAPS), ("ByPass", Fit.PERHAPS)])
def test_the_internet_is_enough_to_be_blocked_by_and_not_to_rely_on(action: str, fit: Fit) -> None:
    assert fits(parse(f"{HEAD.replace('Block', action)}RA4= Internet |"), WIRE) is fit
