"""Collections written by hand: what generated states do not reach, and what only an expectation can tell (a verb that breaks, a getter that throws)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from generate import NOW, ODD, ask

HERE = Path(__file__).resolve().parent
#: Gets the answers and the whole document, and says what is wrong; None where nothing is.
Expect = Callable[[list[dict[str, Any]], dict[str, Any]], str | None]
CONSTRAINED = "ConstrainedLanguage"


@dataclass(frozen=True)
class Case:
    """``expect`` None: the twin's answers are what is expected. ``counted`` False: run without breakpoints, which would make it last minutes."""

    name: str
    state: Mapping[str, Any]
    probes: list[str]
    mode: str = "FullLanguage"
    seconds: int = 600
    prelude: str = ""
    expect: Expect | None = None
    counted: bool = True


def state(**parts: Any) -> dict[str, Any]:
    os = {"now": NOW, "version": "10.0.20348.1", "connectTimeout": 60_000, **parts.pop("os", {})}
    return {"os": os, **parts}


@dataclass
class Expected:
    """``answers``: for each answer the members that must be there, or the id of its reason."""

    answers: list[Any] = field(default_factory=list)

    def __call__(self, answers: list[dict[str, Any]], _: dict[str, Any]) -> str | None:
        if len(answers) != len(self.answers):
            return f"{len(answers)} answers"
        for answer, wanted in zip(answers, self.answers, strict=True):
            seen = answer.get("why", {}).get("id") if isinstance(wanted, str) else answer.get("value")
            if isinstance(wanted, Mapping) and isinstance(seen, Mapping):
                seen = {name: seen.get(name) for name in wanted}
            if answer["state"] == "absent" and wanted is None:
                continue
            if seen != wanted or (wanted is None):
                return f"{json.dumps(answer)[:400]} instead of {wanted!r}"
        return None


OVER_STDIN = ("empty", "empty, constrained", "everything", "everything, constrained", "odd values")


@cache
def everything() -> dict[str, Any]:
    return json.loads((HERE / "example-state.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


EVERY_PROBE = [
    ask("system"), *(ask("service", name, *again) for name, again in (("wuauserv", ()), ("RdAgent", ("again=yes",)), ("Crashing", ("again=yes",)), ("nope", ()))),
    ask("registry", r"HKLM\SOFTWARE\Contoso", "depth=1"), ask("registry", r"hklm\software\contoso", "value=small", "value=nope", "value=", "value=SMALL"), ask("registry", r"HKLM\SOFTWARE\Contoso\Secret"),
    ask("registry", r"HKU\*\Software"), ask("registry", r"HKLM\SOFTWARE\Nope"), ask("registry", r"HKLM\SOFTWARE\Contoso", "shape=", "shape=Bytes", "shape=Lines", "shape=Small", "equals=the default value"),
    ask("process", "WaAppAgent"), ask("process", "nope"), ask("events", "System", "newest=2"), ask("events", "System", "contains=WINDOWS UPD", "since=1d", "level=4", "id=7036", "provider=Service Control Manager"), ask("events", "Security"), ask("events", "nope"),
    ask("events", "Contoso/Debug"), ask("path", "C:\\Logs\\*.log"), ask("path", "C:\\Program Files\\**\\tool.exe"), ask("path", "C:\\Secret\\*"), ask("path", "%Agent%\\x"),
    ask("tail", "C:\\Logs\\agent.log", "bytes=10", "lines-with=second"), ask("tail", "C:\\Tail\\utf16.log", "bytes=17", "lines-with=1"), ask("tail", "C:\\Tail\\long.log", "bytes=23"), ask("tail", "C:\\Logs\\open.log"), ask("tail", "C:\\Logs\\nope.log"),
    ask("tail", "C:\\Tail\\rewritten.log"), ask("tail", "C:\\Tail\\rewritten.log", "bytes=9"), ask("xml", "C:\\Logs\\agent.log", "element=a", "literal=second"), ask("descriptor", "C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys", "names=yes"), ask("descriptor", "C:\\nope"),
    ask("certificates", "LocalMachine\\My"), ask("applocker", "effective"), ask("applocker", "file", "path=C:\\Program Files\\**\\*.exe"), ask("http", "http://web.example/404", "proxy=none", "body=100"), ask("http", "https://jrds.example/", "proxy=none", "body=2"),
    ask("http", "https://jrds.example/", "proxy=default", "body=200"), ask("http", "https://inspected.example/", "proxy=none"), ask("http", "https://oldtls.example/", "proxy=none"), ask("http", "https://reset.example/", "proxy=none"),
    ask("http", "http://169.254.169.254/metadata/versions", "proxy=none", "metadata=yes", "body=400"), ask("http", "http://169.254.169.254/gone?x", "proxy=none", "metadata=yes", "body=400"),
    ask("tcp", "jrds.example", "port=443"), ask("tcp", "closed.example", "port=443"), ask("tcp", "blocked.example", "port=80"), ask("tcp", "nope.example", "port=80"), ask("tcp", "late.example", "port=443"), ask("tcp", "two.example", "port=1"),
    ask("native", "netsh winhttp show proxy"), ask("native", "vssadmin list writers"), ask("native", "qwinsta"), ask("native", "ipconfig"), ask("wmi", "Win32_LogicalDisk", "property=DeviceID", "property=FreeSpace", "property=Nope", "where=DriveType=3"),
    ask("wmi", "MSFT_NetRoute", "namespace=root\\StandardCimv2", "property=NextHop"), ask("wmi", "Win32_Volume", "property=x"), ask("wmi", "Win32_BIOS", "property=x"), ask("wmi", "Win32_Product", "property=x"),
    ask("com", "AgentConfigManager.MgmtSvcCfg", "call=GetCloudWorkspaces", "property=workspaceId"), ask("com", "Microsoft.Update.AutoUpdate", "property=Settings.NotificationLevel"), ask("frobnicate", "x"), ask("registry"),
]  # fmt: skip


def written() -> list[Case]:
    """All of them."""
    return [*_plain(), *_bounds(), *_failures(), *_old(), *_network(), *_odd(), *_rest()]


def _plain() -> list[Case]:
    every = everything()
    constrained = {**every, "os": {**every["os"], "languageMode": CONSTRAINED}}
    many = {f"HKLM\\SOFTWARE\\Many\\{n}": {"Name": {"type": "REG_SZ", "data": f"value {n}"}} for n in range(1000)}
    nothing: Expect = lambda answers, _: None if answers == [] else "answers to nothing"  # noqa: E731
    return [
        Case("empty", state(), [], expect=nothing),
        Case("empty, constrained", state(os={"languageMode": CONSTRAINED}), [], CONSTRAINED, expect=nothing),
        Case("everything", every, EVERY_PROBE),
        Case("everything, constrained", constrained, EVERY_PROBE, CONSTRAINED),
        *(Case(f"everything, {culture}", {**every, "os": {**every["os"], "culture": culture}}, EVERY_PROBE[::3], counted=False) for culture in ("ja-JP", "tr-TR", "th-TH", "ar-SA")),
        Case("2,000 probes", state(registry=many), [ask("registry", f"HKLM\\SOFTWARE\\Many\\{n % 1200}", f"value=name{'' if n % 2 else 'x'}", f"shape=N{n}") for n in range(2000)], seconds=600, counted=False),
    ]  # fmt: skip


def _rest() -> list[Case]:
    """Paths through the collector that the others leave out."""
    values = {
        "Empty": {"type": "REG_SZ", "data": ""},
        "Number": {"type": "REG_DWORD", "data": 1},
        "Text": {"type": "REG_SZ", "data": "abc"},
        "Lines": {"type": "REG_MULTI_SZ", "data": ["ab", "c"]},
    }
    data = ["text", {"type": "guid", "value": "6D1C7A52-0D3F-4B8E-9A51-2F7BE0C4D811"}, 7, 1.5, *range(40)]
    host = state(
        registry={r"HKLM\SOFTWARE\X": values}, services={"s": {"status": "Running", "startType": "Manual"}}, wmi={"root\\cimv2": {"Win32_Service": {"error": "invalid-class"}}},
        logs={"Application": {"events": [{"id": 1, "provider": "p", "time": 1, "message": "m", "data": data}]}, "Empty": {"events": []}},
        files={"C:\\WindowsAzure\\x.txt": {"text": "x"}, "C:\\Locked\\sub\\x.txt": {"text": "x"}}, denied=["C:\\Locked"], acls={"C:\\a": "D:(A;;FA;;;SY)"},
        com={"Microsoft.Update.AutoUpdate": {"Settings": {"NotificationLevel": 4}}},
    )  # fmt: skip
    probes = [
        ask("service", "s", "start=shown"), ask("service", "nope", "start=shown"), ask("registry", r"HKLM\SOFTWARE\X", "shape=Empty", "shape=Number", "shape=Lines"), ask("registry", r"HKLM\SOFTWARE\X", "contains=B\nc"), ask("registry", r"HKLM\SOFTWARE\X", "contains=b"),
        ask("events", "Application", "kinds=yes"), ask("events", "Application", "kinds=yes", "contains=7"), ask("events", "Empty"), ask("path", "C:\\**\\x.txt"), ask("path", "C:\\Locked\\sub\\x.txt"), ask("path", "C:\\Locked\\*\\x.txt"), ask("xml", "C:\\nope.xml"), ask("xml", "D:\\x\\nope.xml"), ask("descriptor", "C:\\a", "names=yes"),
        ask("com", "Microsoft.Update.AutoUpdate", "property=Settings.NotificationLevel"),
    ]  # fmt: skip
    late = state(
        os={"connectTimeout": 50},
        endpoints={
            "late.example:443": {"tcp": "timeout"},
            "far.example:443": {"tcp": "unreachable"},
            "no.example:80": {"tcp": "open", "http": {"status": 503, "message": "not now"}},
        },
    )
    net = [
        ask("tcp", "late.example", "port=443"),
        ask("tcp", "far.example", "port=443"),
        ask("http", "http://no.example/", "proxy=none", "message=yes"),
        ask("http", "https://far.example/", "proxy=none", "message=yes"),
    ]
    short = "function global:Seam.Open-SharedFile { Microsoft.PowerShell.Utility\\New-Object System.IO.MemoryStream (, [byte[]](65, 66)) | Add-Member ScriptMethod get_Length { 10 } -Force -PassThru }"
    bytes_in = "function global:Get-WinEvent { if ($args -contains '-ListLog') { return New-Object PSObject -Property @{ IsEnabled = $true; IsClassicLog = $true } }; New-Object PSObject -Property @{ Id = 1; ProviderName = 'p'; Level = $null; TimeCreated = [datetime]::UtcNow; RecordId = 1; Message = $null; Properties = @(New-Object PSObject -Property @{ Value = [byte[]](1, 255) }) } }"
    bare = "function global:Get-Item { New-Object PSObject -Property @{ PSIsContainer = $false; Length = 1; LastWriteTimeUtc = [datetime]::UtcNow; VersionInfo = $null; Name = 'x' } }"
    nothing = "function global:Get-ItemProperty { New-Object PSObject -Property @{ N = $null } }"
    return [
        Case("the rest", host, probes), Case("the rest of the network", late, net, seconds=10),
        Case("a file that became shorter", state(files={"C:\\x.log": {"text": "x"}}), [ask("tail", "C:\\x.log")], prelude=short, expect=Expected([{"text": "AB", "length": 10}])),
        Case("a tree at its bound", state(registry={r"HKLM\SOFTWARE\X\a\b": {}}), [ask("registry", r"HKLM\SOFTWARE\X", "depth=2")],
             prelude="function global:Used-Up($key) { $ask['nodes'] = 20000; , @($key.GetSubKeyNames()) }; Set-Alias Get-SubKeyNames Used-Up -Scope Global", expect=Expected([{"keys": {"a": None}, "more": True}])),
        Case("values of other types", state(), [ask("process", "x")], prelude="function global:Get-Process { New-Object PSObject -Property @{ Id = 7; Path = [double]::NaN; StartTime = [double]::PositiveInfinity; Company = [version]'1.2'; FileVersion = 1e300 } }",
             expect=Expected([{"processes": [{"id": 7, "path": "NaN", "started": "Infinity", "company": "1.2", "version": 1e300}]}])),
        Case("bytes in an event", state(logs={"Application": {"events": []}}), [ask("events", "Application", "kinds=yes", "contains=nothing"), ask("events", "Application", "kinds=yes")], prelude=bytes_in,
             expect=lambda answers, _: None if answers[1]["value"]["events"][0]["properties"] == ["01ff"] and answers[1]["value"]["events"][0]["kinds"] == ["bytes"] else json.dumps(answers)[:500]),
        Case("a shown status that cannot be read", state(services={"s": {}}), [ask("service", "s", "start=shown")], prelude="function global:Get-Service { New-Object PSObject -Property @{ Status = $null } }", expect=lambda answers, _: None if "unreadable" in answers[0]["value"]["scm"] else str(answers[0])),
        Case("no version at all", state(), [ask("path", "C:\\x.exe")], prelude=bare, expect=lambda answers, _: None if answers[0]["value"]["matches"][0]["version"] is None else str(answers[0])),
        Case("a value of no type, constrained", state(registry={r"HKLM\SOFTWARE\X": {"N": {"type": "REG_SZ", "data": "x"}}}, os={"languageMode": CONSTRAINED}), [ask("registry", r"HKLM\SOFTWARE\X")], CONSTRAINED, prelude=nothing,
             expect=Expected([{"values": {"N": {"type": "REG_NONE", "data": "", "inferred": True}}}])),
    ]  # fmt: skip


def _odd() -> list[Case]:
    big = "0123456789\u00fc" * (10 * 1024 * 1024 // 11)
    values = {f"v{n}": {"type": "REG_SZ", "data": text} for n, text in enumerate(ODD)} | {
        f"name \u00fc {n}": {"type": "REG_MULTI_SZ", "data": [text, text]} for n, text in enumerate(ODD)
    }
    names = {
        text: {"type": "REG_DWORD", "data": n}
        for n, text in enumerate(
            ("Keys", "Count", "Values", "it's", "\u201cq\u201d", "$(1)", "a`b", "\u0131", "SyncRoot", "x y", "[a]", "*")
        )
    }
    names |= {
        "Negative": {"type": "REG_DWORD", "data": 2**32 - 1},
        "Large": {"type": "REG_QWORD", "data": 2**63},
        "Bytes": {"type": "REG_BINARY", "data": "00ff"},
        "None": {"type": "REG_NONE", "data": "01"},
    }
    host = state(
        registry={r"HKLM\SOFTWARE\Odd": values, r"HKLM\SOFTWARE\Names": names, r"HKLM\SOFTWARE\Big": {"Text": {"type": "REG_SZ", "data": big}, "Bytes": {"type": "REG_BINARY", "data": "00" * 70_000},
                  "Lines": {"type": "REG_MULTI_SZ", "data": ["z" * 40_000, "y" * 40_000]}, "Proxy": {"type": "REG_BINARY", "data": b"\0user:pw@h:1 \0".hex()}, "Short": {"type": "REG_SZ", "data": "plain"}}},
        files={"C:\\big.log": {"text": big[:10_000_000]}},
        logs={"Application": {"events": [{"id": 1, "provider": "p", "time": n, "message": text, "data": [text, {"type": "guid", "value": "6D1C7A52-0D3F-4B8E-9A51-2F7BE0C4D811"}]} for n, text in enumerate(ODD)] + [{"id": 2, "provider": "p", "time": 99, "message": big[:3_000_000]}]}},
    )  # fmt: skip
    probes = [ask("registry", r"HKLM\SOFTWARE\Odd"), ask("registry", r"HKLM\SOFTWARE\Names"), ask("registry", r"HKLM\SOFTWARE\Names", "value=keys", "value=COUNT", "value=\u0131", "value=I"), ask("registry", r"HKLM\SOFTWARE\Odd", "contains=SS"),
              ask("registry", r"HKLM\SOFTWARE\Odd", "userinfo=cut"), *(ask("registry", r"HKLM\SOFTWARE\Odd", f"value={text}", f"equals={text}", "shape=v1") for text in ODD)]  # fmt: skip
    large = [
        ask("registry", r"HKLM\SOFTWARE\Big", "userinfo=cut"),
        ask("registry", r"HKLM\SOFTWARE\Big", "shape=Text", "shape=Lines"),
        ask("tail", "C:\\big.log", "bytes=1048576", "lines-with=nope"),
        ask("events", "Application", "newest=500"),
        ask("events", "Application", "id=2", "contains=\u00dc0123"),
    ]
    return [
        Case("odd values", host, probes), Case("odd values, tr-TR", {**host, "os": {**host["os"], "culture": "tr-TR"}}, probes, counted=False),
        Case("odd values, constrained", {**host, "os": {**host["os"], "languageMode": CONSTRAINED}}, probes, CONSTRAINED), Case("large values", host, large, seconds=600),
        Case("large values, constrained", {**host, "os": {**host["os"], "languageMode": CONSTRAINED}}, large[:2], CONSTRAINED, seconds=600, counted=False),
    ]  # fmt: skip


def _bounds() -> list[Case]:
    wide = {r"HKLM\SOFTWARE\Wide": {f"v{n}": {"type": "REG_DWORD", "data": n} for n in range(4200)}} | {
        rf"HKLM\SOFTWARE\Wide\k{n:05}": {} for n in range(4200)
    }
    tree = {rf"HKLM\SOFTWARE\Tree\a{a:03}\b{b:03}": {} for a in range(101) for b in range(200)}
    hives = {rf"HKU\S-1-5-21-{n:05}": {} for n in range(4100)} | {r"HKU\S-1-5-21-00001_Classes": {}}
    folders = {f"C:\\Many\\d{a:02}\\e{b:03}": {"directory": True} for a in range(20) for b in range(105)} | {
        "C:\\Many\\d19\\e104\\x.txt": {"text": "x"}
    }
    files = {f"C:\\Flat\\f{n:03}.txt": {"text": "x"} for n in range(205)} | {
        f"C:\\No\\d{n:02}": {"directory": True} for n in range(60)
    }
    lines = "".join(f"{n:06} {'Heartbeat' if n % 9000 == 0 else 'x' * 30}\n" for n in range(60_000))
    dense = "".join(f"{n:03} Heartbeat\r\n" for n in range(120))
    long = base64.b64encode(("a\n" + "y" * 1_200_000 + "Heartbeat\nlast\n").encode()).decode()
    odd = base64.b64encode(b"\xff\xfe" + lines[:550_000].encode("utf-16-le") + b"x").decode()
    tails = {
        "C:\\p.log": {"base64": odd},
        "C:\\a.log": {"text": lines}, "C:\\b.log": {"text": lines, "encoding": "utf-16"}, "C:\\c.log": {"text": dense}, "C:\\d.log": {"text": dense.replace("\r", ""), "encoding": "utf-16BE"}, "C:\\e.log": {"base64": long}, "C:\\f.log": {"text": dense, "length": 40_000_000},
        "C:\\g.log": {"text": "\u010a\u0a0a\u0a01\n\u0a0a\u010aHeartbeat\u0a00\n\u000a\u0a0a", "encoding": "utf-16"}, "C:\\h.log": {"text": "\u010a\u0a0a\u0a01\n\u0a0a\u010aHeartbeat\u0a00\n\u000a\u0a0a", "encoding": "utf-16BE"}, "C:\\i.log": {"text": "\U0001f600" * 9, "encoding": "utf-16"}, "C:\\j.log": {"text": "\u20ac" * 9},
        "C:\\k.log": {"base64": base64.b64encode(b"\xff\xfea\0b\0\n").decode()}, "C:\\l.log": {"text": ""}, "C:\\m.log": {"base64": base64.b64encode(b"\xff\xfe").decode()}, "C:\\n.log": {"text": "Heartbeat\n" * 50}, "C:\\o.log": {"text": "first\n" + "Heartbeat\n" * 50},
    }  # fmt: skip
    asked = [
        ask("tail", path, f"bytes={size}", "lines-with=Heartbeat", "blank=x")
        for path in tails
        for size in ((0, 1, 2, 3, 5, 64, 65536) if path[3] in "ghijklm" else (65536, 7))
    ]
    brief = [text for text in asked if text[11] not in "abf" and not (text[11] in "ep" and "=7'" in text)]
    certificates = [
        {
            "subject": f"CN={n}",
            "issuer": "CN=x",
            "thumbprint": f"{n:040X}",
            "notBefore": 1,
            "notAfter": 0,
            "friendlyName": "",
        }
        for n in range(205)
    ]
    disks = [{"DeviceID": f"{n}:", "Times": ["20260105101112.123456-480", "x", None]} for n in range(1005)]
    allowed = state(certificates={"LocalMachine\\My": certificates}, wmi={"root\\cimv2": {"Win32_LogicalDisk": disks}}, processes=[{"name": "p", "id": n} for n in range(1, 210)],
                    logs={"Application": {"events": [{"id": 1, "provider": "p", "time": n, "message": "m", "data": ["d" * 3000, *range(40)]} for n in range(60)]}})  # fmt: skip
    return [
        Case("wide keys", state(registry=wide), [ask("registry", r"HKLM\SOFTWARE\Wide"), ask("registry", r"HKLM\SOFTWARE\Wide", "value=v4199")], seconds=600),
        Case("a large tree", state(registry=tree), [ask("registry", r"HKLM\SOFTWARE\Tree", "depth=2")], seconds=600, counted=False),
        Case("many hives", state(registry=hives), [ask("registry", r"HKU\*\Software")], seconds=600),
        Case("many folders", state(files=folders), [ask("path", "C:\\Many\\**\\x.txt"), ask("path", "C:\\Many\\**")], seconds=600),
        Case("many files, many refused", state(files=files, denied=[f"C:\\No\\d{n:02}" for n in range(60)]), [ask("path", "C:\\Flat\\*"), ask("path", "C:\\No\\*\\*"), ask("path", "C:\\**\\*.txt"), ask("path", "C:\\No\\*")], seconds=600),
        Case("tails", state(files=tails), brief, seconds=600), Case("tails, long ones", state(files=tails), asked, seconds=600, counted=False),
        Case("long lists", allowed, [ask("certificates", "LocalMachine\\My"), ask("wmi", "Win32_LogicalDisk", "property=DeviceID", "property=Times"), ask("process", "p"), ask("events", "Application", "newest=7"), ask("events", "Application", "contains=ddd", "newest=7")], seconds=600),
        Case("large things refused", state(files={"C:\\x.xml": {"text": "<a/>", "length": 9_000_000}}), [ask("xml", "C:\\x.xml", "element=a"), ask("tail", "C:\\x.xml", "bytes=2000000"), ask("applocker", "effective")],
             prelude="function global:Get-AppLockerPolicy { '<RuleCollection Type=\"Exe\">' + ('x' * 5000000) + '</RuleCollection>' }", expect=Expected(["NotAllowed", "NotAllowed", "NotAllowed"])),
        Case("20,000 events", state(logs={"Application": {"events": []}}), [ask("events", "Application", "contains=nowhere")], seconds=600,
             prelude="function global:Get-WinEvent { if ($args -contains '-ListLog') { return New-Object PSObject -Property @{ IsEnabled = $true } }; if ($args -contains '-Oldest') { return }; $one = New-Object PSObject -Property @{ Properties = @(); Message = $null }; for ($i = 0; $i -lt 20005; $i++) { $one } }",
             expect=Expected([{"more": True, "events": []}])),
        Case("long native text", state(native={"qwinsta": {"output": "x" * 70_000, "exitCode": 0}, "vssadmin list writers": {"output": "y\r\n" * 40_000 + "\n", "exitCode": 0}}), [ask("native", "qwinsta"), ask("native", "vssadmin list writers")]),
    ]  # fmt: skip


def _failures() -> list[Case]:
    registry = {r"HKLM\SOFTWARE\X": {"A": {"type": "REG_DWORD", "data": 1}}}
    fine = ask("registry", r"HKLM\SOFTWARE\X", "value=A")
    value = {"values": {"A": {"type": "REG_DWORD", "data": 1}}}
    throwing = "function global:Get-Process { New-Object PSObject -Property @{ Id = 7; Company = 'c' } | Add-Member ScriptProperty Path { throw 'no' } -PassThru | Add-Member ScriptProperty StartTime { throw 'no' } -PassThru }"
    bad = state(
        registry={
            r"HKLM\SOFTWARE\X": {"PSPath": {"type": "REG_SZ", "data": "x"}},
            r"HKLM\SOFTWARE\S": {
                "": {"type": "REG_SZ", "data": "d"},
                "N": {"type": "REG_NONE", "data": "00"},
                "Q": {"type": "REG_QWORD", "data": 5},
            },
            r"HKLM\SOFTWARE\S\a/b": {},
        },
        os={"languageMode": CONSTRAINED},
    )
    return [
        Case("throwing getters", state(), [ask("process", "x")], prelude=throwing, expect=Expected([{"processes": [{"id": 7, "path": None, "started": None, "company": "c", "version": None}]}])),
        Case("break", state(registry=registry), [ask("process", "x"), fine, ask("process", "y"), fine], prelude="function global:Get-Process { break }", expect=Expected(["ProbeLeftEarly", value, "ProbeLeftEarly", value])),
        Case("continue", state(registry=registry), [ask("process", "x"), fine], prelude="function global:Get-Process { continue }", expect=Expected(["ProbeLeftEarly", value])),
        Case("break when finishing", state(registry=registry, native={"qwinsta": {"output": "x"}}), [ask("system"), ask("native", "qwinsta"), fine], prelude="function global:Get-CimInstance { break }; function global:qwinsta.exe { break }",
             expect=Expected([{"boot": None, "machineId": None}, "ProbeLeftEarly", value])),
        Case("noise", state(registry=registry), [ask("process", "x"), fine], prelude="function global:Get-Process { Write-Host 'noise <<<vmready:1:3:sha'; Write-Warning 'noise'; 'text that slips out'; throw 'no' }", expect=Expected(["no", value])),
        Case("not writable", state(), [ask("process", "x"), fine], prelude="function global:Get-Process { $deep = @{}; $deep.Path = $deep; New-Object PSObject -Property @{ Id = 7; Path = $deep } }", expect=Expected(["NotWritable", None])),
        Case("time is over", state(registry=registry, services={"s": {"status": "Running"}}, native={"vssadmin list writers": {"output": "", "silent": True}}), [ask("service", "s", "again=yes"), ask("native", "vssadmin list writers"), ask("process", "x"), fine], seconds=2,
             prelude="function global:Get-Process { [Threading.Thread]::Sleep(2200); throw 'late' }", expect=Expected([{"scm": {"status": 4}, "again": {"scm": {"unreadable": {"id": "BudgetSpent"}}, "wmi": {"unreadable": {"id": "BudgetSpent"}}}}, "BudgetSpent", "late", "BudgetSpent"])),
        Case("a status that cannot be read", state(services={"s": {}}), [ask("service", "s")], prelude="function global:Get-Service { New-Object PSObject -Property @{ Status = $null } }", expect=lambda answers, _: None if "unreadable" in answers[0]["value"]["scm"] else str(answers[0])),
        Case("nothing of a service", state(services={"s": {}}, denied=["service control manager", r"HKLM\SYSTEM\CurrentControlSet\Services"], wmi={"root\\cimv2": {"Win32_Service": {"error": "access-denied"}}}), [ask("service", "s"), ask("service", "t")]),
        Case("services unknown to key and WMI", state(services={"s": {}}, denied=["service control manager"]), [ask("service", "s"), ask("service", "t")]),
        Case("many services", state(services={f"s{n}": {"status": "Running", "processId": n, "then": {"status": "Stopped"}} for n in range(45)}), [ask("service", f"s{n}", *(["again=yes"] if n % 2 else [])) for n in range(45)]),
        Case("hidden names, constrained", bad, [ask("registry", r"HKLM\SOFTWARE\X"), ask("registry", r"HKLM\SOFTWARE\S", "depth=1"), ask("registry", r"HKLM\SOFTWARE\S\a/b"), ask("registry", r"HKU\*\x")], CONSTRAINED,
             expect=lambda answers, _: None if [a["state"] for a in answers] == ["unreadable", "observed", "unreadable", "observed"] and "unreadable" in answers[1]["value"]["keys"]["a/b"] and answers[1]["value"]["values"][""]["inferred"] is True else json.dumps(answers)[:600]),
        Case("32 bits, constrained", state(registry=registry, os={"bitness": 32, "languageMode": CONSTRAINED}), [fine], CONSTRAINED, expect=Expected(["Unsupported"])),
        Case("a program that is not there", state(os={"missingCommands": ["vssadmin", "qwinsta"]}), [ask("native", "vssadmin list writers"), ask("native", "qwinsta")]),
        Case("programs that fail", state(), [ask("native", "vssadmin list writers"), ask("native", "qwinsta")], prelude="function global:Start-WindowsProgram { throw 'no' }; function global:qwinsta.exe { throw 'no' }", expect=Expected(["no", "no"])),
        Case("COM that fails", state(com={"Microsoft.Update.AutoUpdate": {"Settings": None}}), [ask("com", "Microsoft.Update.AutoUpdate", "property=Settings.NotificationLevel"), ask("com", "AgentConfigManager.MgmtSvcCfg", "call=GetCloudWorkspaces", "property=workspaceId")],
             prelude="function global:New-Object { if ($args -contains 'AgentConfigManager.MgmtSvcCfg') { throw 'no' }; if ($args -contains '-ComObject') { return Microsoft.PowerShell.Utility\\New-Object PSObject -Property @{ Settings = $null } }; Microsoft.PowerShell.Utility\\New-Object @args }",
             expect=Expected(["the setting cannot be read", "no"])),
        Case("COM that gives nothing instead of a list", state(), [ask("com", "AgentConfigManager.MgmtSvcCfg", "call=GetCloudWorkspaces", "property=workspaceId")],
             prelude="function global:New-Object { if ($args -contains '-ComObject') { $o = Microsoft.PowerShell.Utility\\New-Object PSObject; $o | Add-Member ScriptMethod GetCloudWorkspaces { return $null }; return $o }; Microsoft.PowerShell.Utility\\New-Object @args }",
             expect=lambda answers, _: None if answers[0].get("value") == {"items": []} else json.dumps(answers)[:400]),
        Case("commands that are not there", state(registry=registry, os={"missingCommands": ["Get-AppLockerPolicy", "Get-AppLockerFileInformation", "Get-HotFix"]}), [ask("applocker", "effective"), ask("applocker", "file", "path=C:\\*"), fine]),
        Case("files that AppLocker knows, and folders that it may not see", state(files={
            "C:\\A\\x.exe": {"text": "x", "appLocker": {"publisher": {"name": "O=CONTOSO", "product": "P", "binary": "X.EXE", "version": "1.0.0.0"}, "hash": "0xAB"}},
            "C:\\A\\y.exe": {"text": "y", "appLocker": {"hash": "cd"}}, "C:\\A\\z.exe": {"text": "z"}, "C:\\No": {"directory": True}}, denied=["C:\\No"]),
            [ask("applocker", "file", "path=C:\\A\\*.exe"), ask("applocker", "file", "path=C:\\No\\*.exe"), ask("applocker", "file", "path=C:\\Gone\\*.exe")]),
        Case("a sub-key that vanishes", state(registry={r"HKLM\SOFTWARE\X\a": {}, r"HKLM\SOFTWARE\X\b": {}}), [ask("registry", r"HKLM\SOFTWARE\X", "depth=1")],
             prelude="function global:Open-Vanishing([string]$hive, [string]$view) { $key = (Get-WindowsMachine).OpenBaseKey($hive, $view); $x = $key.OpenSubKey('SOFTWARE\\X'); $x | Add-Member ScriptMethod GetSubKeyNames { 'a', 'gone', 'b' } -Force; $key | Add-Member NoteProperty X $x; $key | Add-Member ScriptMethod OpenSubKey { $this.X } -Force -PassThru }; Set-Alias Open-BaseKey Open-Vanishing -Scope Global",
             expect=lambda answers, _: None if sorted(answers[0]["value"]["keys"]) == ["a", "b"] else json.dumps(answers)[:400]),
        *(Case(f"words {number}", everything(), [ask(*words) for words in group]) for number, group in enumerate(_WORDS)),
    ]  # fmt: skip


_KEY = r"HKLM\SOFTWARE\Contoso"
_WORDS: list[list[tuple[str, ...]]] = [
    [("registry", ""), ("registry", _KEY, "depth"), ("registry", _KEY, "=1"), ("registry", _KEY, "depth=1", "depth=2"), ("registry", _KEY, "depth=17"), ("registry", _KEY, "depth=-1"), ("registry", _KEY, "userinfo=x"), ("registry", "HKCU\\x"), ("registry", "HKLM\\"), ("registry", _KEY, "colour=red")],
    [("service", "a*"), ("service", "a\\b"), ("service", "x", "again=no"), ("process", "[a]"), ("events", "a'b"), ("events", "System", "provider=a'b"), ("events", "System", 'provider=a"b'), ("events", "System", "provider=a'b\""), ("events", "System", "since=x"), ("events", "System", "newest=501"), ("events", "System", *(f"id={n}" for n in range(21)))],
    [("path", "x"), ("path", "C:\\a\\..\\b"), ("path", "C:\\a|b"), ("path", "C:\\a:b"), ("path", "C:\\**\\**\\x"), ("path", "C:\\WindowsAzure\\**\\x"), ("tail", "C:\\*.log"), ("tail", "C:\\a", "bytes=x"), ("xml", "C:\\a", "element=a b"), ("descriptor", "C:\\a", "names=no"), ("path", "C:\\")],
    [("wmi", "Win32_BIOS"), ("wmi", "Win32_BIOS", "property=1"), ("wmi", "Win32_BIOS", "property=a", "where=x"), ("wmi", "MSFT_NetRoute", "property=a"), ("wmi", "Win32_ComputerSystem", "property=DomainRole", "property=PartOfDomain", "where=PartOfDomain=false"), ("wmi", "Win32_ComputerSystem", "property=Name", "where=Name=vm01")],
    [("tcp", "a b", "port=1"), ("tcp", "a", "port=65536"), ("http", "x"), ("http", "http://u:p@h/"), ("http", "http://h/", "proxy=a b"), ("http", "http://h/", "body=65537"), ("http", "http://h/", "metadata=no"), ("http", "http://web.example/302", "proxy=10.0.0.1:80"), ("certificates", "LocalMachine\\Root"), ("native", "format c:")],
    [("applocker", "x"), ("applocker", "effective", "path=C:\\x"), ("applocker", "file"), ("com", "WScript.Shell", "property=x"), ("com", "Microsoft.Update.AutoUpdate", "property=x"), ("path", "C:\\Logs\\agent.log\\x"), ("path", "C:\\Logs\\agent.log\\*"), ("tail", "C:\\Logs"), ("tail", "C:\\Secret\\inside.txt")],
]  # fmt: skip


def _old() -> list[Case]:
    found = []
    errors = ("invalid-class", "invalid-namespace", "access-denied", "generic-failure", "rpc-unavailable", None)
    for version in ("2.0", "4.0", "7.4.1"):
        for error in errors:
            classes = {
                "Win32_LogicalDisk": {"error": error}
                if error
                else [{"DeviceID": "C:", "When": "20260105101112.123456+060", "Size": 2**40}]
            }
            host = state(
                os={"psVersion": version, "bootTime": "2026-11-19T08:30:00Z"},
                wmi={"root\\cimv2": classes},
                services={"s": {"status": "Running", "processId": 3}},
                acls={"C:\\x": "O:SYG:SYD:(A;;FA;;;SY)"},
                registry={r"HKLM\SOFTWARE\X": {}},
            )
            probes = [
                ask("service", "s"),
                ask("registry", r"HKLM\SOFTWARE\X"),
                ask("descriptor", "C:\\x"),
                ask("applocker", "effective"),
                ask("wmi", "Win32_LogicalDisk", "property=DeviceID", "property=When", "property=Size"),
                ask("wmi", "Win32_LogicalDisk", "property=DeviceID", "where=DeviceID=c:"),
                ask("system"),
            ]
            found.append(Case(f"PowerShell {version}, {error}", host, probes))
    return found


def _network() -> list[Case]:
    endpoints = {
        "silent.example:80": {"tcp": "open", "http": {"silent": True}}, "stall.example:80": {"tcp": "open", "http": {"body": "first ", "stall": True}}, "dead.example:443": {"tcp": "timeout"}, "ok.example:80": {"tcp": "open", "http": {"body": "ok"}},
        "169.254.169.254:80": {"tcp": "open", "paths": {"/silent": {"silent": True}, "/a": {"body": "a"}}}, "default.example:443": {"tcp": "open", "http": {"body": "d"}}, "2001:db8::7:443": {"tcp": "refused"},
    }  # fmt: skip
    probes = [
        ask("http", "https://default.example/", "proxy=default", "body=5", "protocols=default"), ask("http", "http://169.254.169.254/a", "proxy=none", "metadata=yes", "body=5", "protocols=default"), ask("http", "http://silent.example/", "proxy=none"), ask("http", "http://stall.example/", "proxy=none", "body=50"),
        ask("http", "https://dead.example/", "proxy=none"), ask("http", "http://ok.example/", "proxy=none", "body=5"), ask("http", "http://169.254.169.254/silent", "proxy=none", "body=5"), ask("http", "http://169.254.169.254/a", "proxy=none", "body=5"), ask("tcp", "dead.example", "port=443"),
        ask("tcp", "mute.example", "port=443"), ask("tcp", "10.0.0.9", "port=1"), ask("tcp", "2001:db8::7", "port=443"), ask("http", "http://169.254.169.254", "proxy=none"),
    ]  # fmt: skip
    found = []
    for number in (0, 192, 3072):
        host = state(os={"securityProtocol": number}, endpoints=endpoints, dns={"mute.example": {"silent": True}})
        found.append(Case(f"network, protocols {number}", host, probes, seconds=6))
    broken = "function global:Seam.New-WebRequest { throw 'no' }; function global:Seam.New-TcpClient { New-Object PSObject | Add-Member ScriptMethod BeginConnect { throw 'no' } -PassThru | Add-Member ScriptMethod Close { } -PassThru }"

    def outcome(answers: list[dict[str, Any]], _: dict[str, Any]) -> str | None:
        seen = (answers[0]["value"]["outcome"], answers[1]["value"]["connect"]["outcome"])
        return None if seen == ("failed", "failed") else str(seen)

    return [
        *found,
        Case(
            "network that cannot begin",
            state(endpoints=endpoints),
            [probes[5], probes[10]],
            seconds=6,
            prelude=broken,
            expect=outcome,
        ),
    ]


def state_folders() -> list[Path]:
    """Where the project keeps states."""
    root = HERE.parents[1]
    return [
        folder
        for folder in (root / "inventories" / "states", root / "tests" / "examples" / "states")
        if folder.is_dir()
    ]


@cache
def _product_probes() -> tuple[str, ...]:
    """What the requirements ask in their first round, of hosts of every role."""
    from tests.examples.harness import Example, items, plan_of
    from vmready.model import Verdict

    inputs = {"cloud": "public", "region": "westeurope", "workspace_id": "6d1c7a52-0d3f-4b8e-9a51-2f7be0c4d811"}
    found: dict[str, None] = {}
    for item in items():
        found.update(dict.fromkeys(plan_of(Example(item, "probes", "probes", Verdict.COMPLIANT, inputs=inputs)).texts))
    return tuple(found)


def probes_for(state: Any) -> list[str]:
    """The product's own questions, and for what a state declares one question each."""
    parts = state.document()
    found = dict.fromkeys(_product_probes())
    found.update(
        dict.fromkeys(
            ask("registry", key) for key in list(parts.get("registry", {}))[:40] if key.startswith(("HKLM\\", "HKU\\"))
        )
    )
    found.update(dict.fromkeys(ask("service", name) for name in list(parts.get("services", {}))[:20]))
    found.update(
        dict.fromkeys(ask("process", entry["name"]) for entry in parts.get("processes", [])[:5] if entry["name"])
    )
    found.update(dict.fromkeys(ask("events", name, "newest=20") for name in list(parts.get("logs", {}))[:8]))
    for path, entry in list(parts.get("files", {}).items())[:20]:
        found[ask("path", path)] = None
        if entry and not entry.get("directory"):
            found[ask("tail", path, "bytes=500", "lines-with=a")] = None
    found.update(
        dict.fromkeys(ask("descriptor", path, "names=yes") for path in parts.get("acls", {}) if path[1:2] == ":")
    )
    return list(found)


def not_executed() -> dict[str, str]:
    """Statements that no test on this machine can reach: part of their text, and why. None is left."""
    return {}
