"""certificates, native, com, applocker, system; and questions that are none."""

from __future__ import annotations

import pytest
from declared_hosts import absent, answered, host, reason, unreadable, value

from vmready.probes.vocabulary import AppLockerFiles, AppLockerPolicy, Certificates, Com, Native, System
from vmready.twin.answers import answer


def test_certificates() -> None:
    entry = {
        "subject": "CN=vm",
        "issuer": "CN=ca",
        "thumbprint": "AB",
        "notBefore": "2026-01-01T00:00:00Z",
        "friendlyName": "",
        "hasPrivateKey": True,
    }
    found = value(host(certificates={r"localmachine\my": [entry, {"subject": "CN=b"}]}), Certificates())
    assert found["certificates"][0] == {
        **entry,
        "notBefore": "2026-01-01T00:00:00.000Z",
        "notAfter": None,
        "friendlyName": None,
    }
    assert (found["certificates"][1]["hasPrivateKey"], found["more"]) == (False, False)
    assert absent(host(), Certificates())
    assert unreadable(host(), Certificates(r"LocalMachine\Root")) == "NotAllowed"


def test_a_real_certificate_is_read_from_its_bytes() -> None:
    import base64
    import ssl

    from vmready.twin.certificates import Authority

    with Authority() as authority:
        pem = authority.issue("vm.example").pem.read_text(encoding="ascii")
    der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERTIFICATE") :])
    state = host(certificates={r"LocalMachine\My": [{"base64": base64.b64encode(der).decode()}]})
    found = value(state, Certificates())["certificates"][0]
    assert (found["subject"], found["issuer"], len(found["thumbprint"])) == ("CN=vm.example", "CN=vmready twin CA", 40)
    assert found["notBefore"].endswith("Z")


def test_native_programs() -> None:
    state = host(native={"qwinsta": {"output": "a\r\nb\r\n", "exitCode": 1}, "vssadmin list writers": "x"})
    assert value(state, Native("qwinsta")) == {"text": "a\nb", "exit": 1}
    assert absent(state, Native("netsh winhttp show proxy"))
    assert unreadable(state, Native("ipconfig")) == "NotAllowed"
    assert absent(host(native={"qwinsta": "x"}, os={"missingCommands": ["qwinsta"]}), Native("qwinsta"))
    long = value(host(native={"qwinsta": "x" * 70_000}), Native("qwinsta"))
    assert len(long["text"]) == 65_536
    endless = host(native={"vssadmin list writers": {"silent": True}})
    assert unreadable(endless, Native("vssadmin list writers")) == "BudgetSpent"
    locked = host(native={"qwinsta": "x", "vssadmin list writers": "x"}, os={"languageMode": "ConstrainedLanguage"})
    assert value(locked, Native("qwinsta"))["text"] == "x"
    assert reason(locked, Native("vssadmin list writers")) == "UNSUPPORTED"


UPDATE = Com("Microsoft.Update.AutoUpdate", ("Settings.NotificationLevel",))
AGENT = Com("AgentConfigManager.MgmtSvcCfg", ("workspaceId",), "GetCloudWorkspaces")


def test_com_objects() -> None:
    com = {
        "Microsoft.Update.AutoUpdate": {"settings": {"NotificationLevel": 3}},
        "AgentConfigManager.MgmtSvcCfg": {"methods": {"GetCloudWorkspaces": [{"workspaceId": "w", "other": 1}, {}]}},
    }
    assert value(host(com=com), UPDATE) == {"properties": {"Settings.NotificationLevel": 3}}
    assert value(host(com=com), AGENT) == {"items": [{"workspaceId": "w"}, {"workspaceId": None}]}
    assert absent(host(), UPDATE)
    refused = host(com={"Microsoft.Update.AutoUpdate": {"settings": {}}})
    assert reason(refused, UPDATE) == "FAILED", "a getter that was refused reads as null"
    throwing = {"AgentConfigManager.MgmtSvcCfg": {"methods": {"GetCloudWorkspaces": {"throws": "Access is denied."}}}}
    assert answered(host(com=throwing), AGENT)["why"]["message"] == "Access is denied."
    assert reason(host(com={"AgentConfigManager.MgmtSvcCfg": {"x": 1}}), AGENT) == "FAILED"
    assert unreadable(host(com=com), Com("Microsoft.Update.AutoUpdate", ("Other",))) == "NotAllowed"
    assert unreadable(host(com=com), Com("WScript.Shell", ("x",))) == "NotAllowed"
    assert reason(host(com=com, os={"languageMode": "ConstrainedLanguage"}), UPDATE) == "UNSUPPORTED"


def test_applocker() -> None:
    exe = '<RuleCollection Type="Exe" EnforcementMode="Enabled"><FilePathRule /></RuleCollection>'
    policy = f'<AppLockerPolicy Version="1"><RuleCollection Type="Dll" />{exe}<RuleCollection Type="Msi"></RuleCollection></AppLockerPolicy>'
    files = {
        r"C:\P\1\x.exe": {
            "appLocker": {
                "publisher": {"name": "O=CONTOSO", "product": "P", "binary": "X.EXE", "version": "1.0.0.0"},
                "hash": "0xAB",
            }
        },
        r"C:\P\2\x.exe": {},
    }
    state = host(appLocker={"effective": policy}, files=files)
    assert value(state, AppLockerPolicy()) == {"xml": exe}
    assert value(host(), AppLockerPolicy()) == {"xml": ""}
    for broken in ('<RuleCollection Type="Exe"', '<RuleCollection Type="Exe"><FilePathRule', exe[:-1]):
        cut = host(appLocker={"effective": f'<AppLockerPolicy Version="1">{broken}'})
        assert value(cut, AppLockerPolicy()) == {"xml": broken}
    found = value(state, AppLockerFiles(r"C:\P\**\x.exe"))["files"]
    assert found[0] == {
        "path": r"C:\P\1\x.exe",
        "publisher": {"name": "O=CONTOSO", "product": "P", "binary": "X.EXE", "version": "1.0.0.0"},
        "hash": "ab",
    }
    assert found[1] == {"path": r"C:\P\2\x.exe", "publisher": None, "hash": None}
    assert absent(state, AppLockerFiles(r"C:\P\y.exe"))
    assert absent(host(os={"missingCommands": ["Get-AppLockerPolicy"]}), AppLockerPolicy())


def test_what_the_host_says_of_itself() -> None:
    state = host(
        os={
            "computerName": "VM01",
            "psVersion": "5.1.1.2",
            "version": "10.0.1.2",
            "culture": "tr-TR",
            "userSid": "S-1-5-21-1",
            "groups": ["S-1-1-0"],
            "bootTime": 60,
        },
        wmi={r"root\cimv2": {"Win32_ComputerSystemProduct": [{"UUID": "ABC"}]}},
    )
    assert value(state, System()) == {
        "computerName": "VM01",
        "machineId": "ABC",
        "psVersion": "5.1.1.2",
        "osVersion": "10.0.1.2",
        "bitness": 64,
        "languageMode": "FullLanguage",
        "culture": "tr-TR",
        "userSid": "S-1-5-21-1",
        "administrator": False,
        "boot": "2026-11-20T09:59:00.000Z",
        "clock": "2026-11-20T10:00:00.000Z",
    }
    locked = value(host(os={"languageMode": "ConstrainedLanguage"}), System())
    assert (locked["userSid"], locked["administrator"], locked["machineId"], locked["boot"]) == (None, None, None, None)


@pytest.mark.parametrize(
    ("text", "error_id"),
    [
        ("'format' 'C:'", "UnknownVerb"),
        ("'registry'", "BadArgument"),
        ("'registry' ''", "BadArgument"),
        ("'registry' 'HKLM\\X' 'depth=one'", "BadArgument"),
        ("'registry' 'HKLM\\X' 'depth=1' 'depth=2'", "BadArgument"),
        ("'registry' 'HKLM\\X' 'depth=99'", "NotAllowed"),
        ("'registry' 'HKLM\\X' 'colour=red'", "BadArgument"),
        ("'registry' 'HKLM\\X' 'userinfo=keep'", "BadArgument"),
        ("'service' 'x' 'again=no'", "BadArgument"),
        ("'system' 'x'", "BadArgument"),
        ("system", "BadArgument"),
    ],
)
def test_questions_that_are_none(text: str, error_id: str) -> None:
    assert answer(host(), text)["why"]["id"] == error_id
