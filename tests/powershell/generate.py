"""Declared hosts and questions about them, made from a seed: every verb, denied things, broken WMI, odd names and values, network outcomes."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from typing import Any

from vmready.probes.lines import argument

NOW = "2026-11-20T10:00:00Z"
#: What breaks readers: quotes of all kinds, control characters, pairs and lone surrogates, letters whose case depends on who asks.
ODD = (
    "", "a'b", 'say "x"', "\u2018q\u2019 \u201cq\u201d", "nul\0inside", "tab\tline\nfeed\r\n", "\U0001f600 emoji", "lone \ud800", "\udfff lone",
    "\u00df SS", "\u0130\u0131iI", "\u212a K k", "\u65e5\u672c\u8a9e", "$(throw 1)`n", "%SystemRoot%", "a\\b/c", "\x7f\x1f", "e\u0301", "{}[]*?",
    "user:p@ss@proxy:8080", "http=http://u:p@10.0.0.1:80;https=b:90", "sig=AbC%2Bd&se=2026", "\ufeffmark",
)  # fmt: skip
NAMES = (
    "Release",
    "Version",
    "Keys",
    "Count",
    "value",
    "VALUE2",
    "\u00c9tat",
    "\u0131d",
    "Id",
    "a b",
    "x=y",
    "it's",
    "Item",
    "\U0001f600",
)
CULTURES = ("en-US", "en-US", "de-DE", "ja-JP", "tr-TR", "th-TH", "ar-SA")
CASES: tuple[Callable[[str], str], ...] = (str, str.upper, str.lower, str.title)


def ask(verb: str, *words: str) -> str:
    return " ".join(map(argument, (verb, *words)))


class Host:
    """A state as it grows, and what is asked of it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.state: dict[str, Any] = {
            "os": {"now": NOW, "version": "10.0.20348.1", "connectTimeout": 60_000},
            "denied": [],
        }
        self.probes: list[str] = []
        self.slow = False

    def part(self, name: str) -> dict[str, Any]:
        return self.state.setdefault(name, {})  # type: ignore[no-any-return]

    def some(self, *of: Any, most: int = 3) -> list[Any]:
        return self.random.sample(of, self.random.randint(0, min(most, len(of))))

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def pick(self, *of: Any) -> Any:
        return self.random.choice(of)

    def text(self) -> str:
        if self.chance(50):
            return self.pick(*ODD)
        return " ".join(
            self.pick("alpha", "Beta", "error 5", "token", "\u00fcber", "x" * 70)
            for _ in range(self.random.randint(1, 4))
        )

    def whole_text(self) -> str:
        """Text without lone surrogates: what a file can hold."""
        return self.text().encode("utf-16-le", "replace").decode("utf-16-le")

    def cased(self, name: str) -> str:
        return self.pick(*CASES)(name) if name.isascii() else name

    def deny(self, what: str) -> None:
        self.state["denied"].append(what)


def registry(host: Host) -> None:
    root = r"HKLM\SOFTWARE\Contoso"
    below = ["", r"\One", r"\One\Deep", r"\One\Deep\Deeper", r"\AES 128/128", r"\Zwei", r"\Zwei\a'b", r"\_x", r"\ax"]
    keys = host.part("registry")
    names = host.random.sample(NAMES, host.random.randint(1, 6)) + host.some("", "Proxy", most=2)
    for path in host.random.sample(below, host.random.randint(1, len(below))):
        keys[root + path] = {name: _value(host, name) for name in host.some(*names, most=6)}
    if host.chance(30):
        host.deny(root + host.pick(r"\One\Deep", r"\Zwei", r"\Secret"))
    words = [host.cased(root) + host.pick("", "", r"\One", r"\AES 128/128", r"\Nope", r"\Secret", r"\Zwei")]
    if host.chance(60):
        words.append(f"depth={host.pick(1, 2, 3)}")
    if host.chance(50):
        words += [f"value={host.cased(name)}" for name in host.some(*names, "Nope", most=4)]
    if host.chance(25):
        words += [f"shape={host.pick(*names)}", "equals=INVALID_TOKEN", f"equals={host.text()}"]
    if host.chance(20):
        words.append(f"contains={host.pick('a', 'BETA', 'Ss', 'k', '@', 'u')}")
    if host.chance(30):
        words.append("userinfo=cut")
    host.probes.append(ask("registry", *words))
    if host.chance(30):
        for sid in host.some("S-1-5-18", ".DEFAULT", "S-1-5-21-1-2-3-500", "S-1-5-21-1-2-3-500_Classes", most=4):
            keys[rf"HKU\{sid}"] = {}
            if host.chance(60):
                keys[rf"HKU\{sid}\Software\X"] = {"Disable": _value(host, "Disable")}
            elif host.chance(30):
                host.deny(rf"HKU\{sid}\Software")
        host.probes.append(ask("registry", r"HKU\*\Software\X", *host.some("value=disable")))
    if host.chance(10):
        host.probes.append(
            ask(
                "registry",
                *host.pick(
                    (r"HKCR\x",),
                    ("HKLM",),
                    (root, "depth=99"),
                    (root, "depth=x"),
                    (root, "colour=red"),
                    (root, "userinfo=no"),
                    ("",),
                ),
            )
        )


def _value(host: Host, name: str) -> dict[str, Any]:
    match host.random.randrange(9):
        case 0 | 1 | 2:
            return {
                "type": host.pick("REG_SZ", "REG_EXPAND_SZ"),
                "data": "INVALID_TOKEN" if host.chance(15) else host.text(),
            }
        case 3:
            return {"type": "REG_DWORD", "data": host.pick(0, 1, 2**31, 2**32 - 1, 528040)}
        case 4:
            return {"type": "REG_QWORD", "data": host.pick(0, 2**33, 2**63, 2**64 - 1)}
        case 5:
            return {"type": "REG_MULTI_SZ", "data": [host.text() for _ in range(host.random.randint(0, 3))]}
        case 6:
            return {
                "type": host.pick("REG_NONE", "REG_LINK", "REG_FULL_RESOURCE_DESCRIPTOR"),
                "data": host.random.randbytes(4).hex(),
            }
        case 7:
            return {
                "type": "REG_BINARY",
                "data": (b"\x46\0\0\0" + b"http://us:pa@ss@10.0.0.1:8080" + host.random.randbytes(3)).hex(),
            }
    if host.chance(5):
        return {"type": host.pick("REG_SZ", "REG_EXPAND_SZ"), "data": "y\u20ac" * host.pick(32768, 32769, 40000)}
    return {"type": "REG_BINARY", "data": host.random.randbytes(host.pick(0, 1, 9)).hex()}


def service(host: Host) -> None:
    services = host.part("services")
    states = ("Stopped", "StartPending", "StopPending", "Running", "Paused")
    for name in host.some("RdAgent", "wuauserv", "WindowsAzureGuestAgent", "a b$c", most=3):
        services[name] = {
            "status": host.pick(*states),
            "startType": host.pick("Automatic", "Manual", "Disabled"),
            "processId": host.random.randint(0, 9999),
        }
        if host.chance(40):
            services[name] |= {
                "pathName": "C:\\x y\\z.exe " + host.pick("", "-k '\u00fc'"),
                "account": host.pick("LocalSystem", "NT AUTHORITY\\NetworkService"),
                "delayed": host.chance(50),
                "exitCode": 1067,
            }
        if host.chance(40):
            services[name]["then"] = {"status": host.pick(*states), "processId": 7} | host.pick(
                {}, {}, {"after": 3}, {"after": 3000}
            )
    if host.chance(15):
        host.deny("service control manager")
    if host.chance(20):
        host.state["os"]["serviceStartType"] = False
    if host.chance(10):
        host.deny(r"HKLM\SYSTEM\CurrentControlSet\Services" + host.pick("", r"\RdAgent"))
    if host.chance(15):
        host.part("wmi").setdefault("root\\cimv2", {})["Win32_Service"] = {
            "error": host.pick("invalid-class", "access-denied", "generic-failure", "rpc-unavailable")
        }
    if host.chance(10):
        host.part("registry")[r"HKLM\SYSTEM\CurrentControlSet\Services\wuauserv"] = {
            "Start": _value(host, "Start"),
            "ImagePath": {"type": "REG_EXPAND_SZ", "data": "%SystemRoot%\\x.exe"},
        }
    for name in ["RdAgent", "WUAUSERV", "a b$c", "nope", "w*", "a'b"]:
        if host.chance(45):
            again = ["again=yes"] if not host.slow and host.chance(40) else []
            host.probes.append(ask("service", name, *again, *host.some("start=shown", most=1)))


def process(host: Host) -> None:
    running = []
    for number in host.random.sample(range(1, 9999), host.random.randint(0, 5)):
        entry: dict[str, Any] = {"name": host.pick("WaAppAgent", "waappagent", "svchost", "a'b"), "id": number}
        if host.chance(70):
            entry |= {
                "path": host.pick(None, "C:\\x\\" + host.pick("y.exe", "\u00fc.exe")),
                "started": host.pick(None, 60.5, 3600, "2026-11-19T23:59:59Z"),
                "version": host.pick(None, "2.7.41491.1095"),
                "company": host.pick(None, "Contoso \u00ae"),
            }
        running.append(entry)
    if host.chance(2):
        running += [{"name": "many", "id": 20_000 + number} for number in range(205)]
        host.probes.append(ask("process", "many"))
    host.state["processes"] = running
    host.probes.append(ask("process", host.pick("WaAppAgent", "WAAPPAGENT", "svchost", "nope", "a?b")))


def events(host: Host) -> None:
    logs = host.part("logs")
    entries = []
    for number in range(host.random.randint(0, 9)):
        data: Any = host.pick(
            None, [], [host.text(), host.random.randint(-5, 2**40)], {"p1": host.text(), "p2": True, "p3": None},
            [{"type": "guid", "value": "6D1C7A52-0D3F-4B8E-9A51-2F7BE0C4D811"}, 1.5], ["x" * 3000], list(range(40)),
        )  # fmt: skip
        if host.chance(8):
            entries.append({"xml": _recorded(host, number), "message": host.pick(None, "recorded")})
            continue
        entries.append({"id": host.pick(41, 7031, 3277), "provider": host.pick("Service Control Manager", "WVD-Agent", "it's"), "level": host.random.randint(0, 5), "data": data,
                        "time": host.pick(60 * number, 86_400 * number, "2026-11-20T09:59:30.250Z"), "message": host.pick(None, host.text(), "m" * 5000)})  # fmt: skip
        if host.chance(30):
            entries[-1]["recordId"] = 1000 + number
    logs["Application"] = {"events": entries, "enabled": host.chance(80)}
    if host.chance(30):
        logs["Contoso/Odd \u00fc"] = {"events": [], "type": host.pick("Operational", "Debug")}
        host.probes.append(ask("events", "contoso/odd \u00fc"))
    if host.chance(15):
        host.deny("log:Application")
    words = [host.pick("Application", "APPLICATION", "Application", "nope")]
    words += host.some(
        "provider=WVD-Agent", "id=3277", "id=7031", "level=2", "level=4", "since=1h", "since=2d", "since=30m", most=3
    )
    if sum(word.startswith("since") for word in words) > 1:
        words = [word for word in words if not word.startswith("since")]
    words += [f"contains={text}" for text in host.some("ALPHA", "5", "\u00dcber", "I", "6d1c7a52", most=2)]
    words.append(f"newest={host.pick(1, 3, 50, 50, 500)}")
    words += host.some("kinds=yes")
    if host.chance(20):
        logs["Application"]["classic"] = host.chance(50)
    host.probes.append(ask("events", *words))
    if host.chance(10):
        host.probes.append(
            ask(
                "events",
                *host.pick(
                    ("App*",),
                    ("Application", "newest=0"),
                    ("Application", "since=3w"),
                    ("Application", "id=70000"),
                    ("Application", "provider=it's"),
                    ("Application", "provider='\""),
                ),
            )
        )


def _recorded(host: Host, number: int) -> str:
    return (f"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='EventLog'/><EventID Qualifiers='32768'>6008</EventID><Level>{host.random.randint(1, 4)}</Level>"
            f"<Task>0</Task><Keywords>0x80000000000000</Keywords><TimeCreated SystemTime='2026-11-19T08:{number:02}:00.0000000Z'/><EventRecordID>{number + 1}</EventRecordID><Channel>Application</Channel>"
            "<Computer>h</Computer><Security/></System><EventData><Data>08:29:11</Data><Data>a&amp;b</Data></EventData></Event>")  # fmt: skip


FOLDERS = (
    "C:\\Logs",
    "C:\\Logs\\Sub",
    "C:\\Logs\\Sub\\Two\\Three\\Four\\Five",
    "C:\\WindowsAzure\\GuestAgent_1",
    "C:\\Program Files\\Con toso",
    "C:\\\u00dcber",
)
FILES = (
    "agent.log",
    "AGENT_2.LOG",
    "a[1].txt",
    "x.exe",
    "_first.exe",
    "Zlast.exe",
    "it's.txt",
    "\U0001f600.log",
    "noext",
)


def files(host: Host) -> None:
    declared = host.part("files")
    for folder in host.some(*FOLDERS, most=5):
        if host.chance(30):
            declared[folder] = {"directory": True, "modified": 5} | host.pick(
                {}, {}, {"attributes": "Directory, ReparsePoint"}
            )
        for name in host.some(*FILES, most=4):
            entry: dict[str, Any] = {
                "text": host.whole_text(),
                "modified": host.pick(0.5, 3600, "2026-01-01T00:00:00Z"),
            } | host.pick({}, {"version": host.pick("2.7.41491.1095", "0.0.0.0")}, {"attributes": "Hidden"})
            if name.endswith("exe") and host.chance(50):
                entry["appLocker"] = (
                    {
                        "publisher": {"name": "O=CONTOSO", "product": "P", "binary": "X.EXE", "version": "1.0.0.0"},
                        "hash": "ab" * 32,
                    }
                    if host.chance(60)
                    else {"hash": "0cd1" * 16}
                )
            declared[f"{folder}\\{name}"] = entry
    if host.chance(25):
        host.deny(host.pick("C:\\Logs\\Sub", "C:\\Secret", "C:\\Logs\\agent.log", "C:\\Logs"))
    patterns = ("C:\\Logs\\*.log", "C:\\logs\\A*", "C:\\Logs\\Sub\\agent.log", "C:\\Logs\\**\\*.exe", "C:\\**\\agent.log", "C:\\*\\*", "c:\\program files\\*\\?.exe", "C:\\Logs\\a[1].txt", "C:\\Nope\\*", "C:\\WindowsAzure\\**\\x.exe",
                "C:\\WindowsAzure\\Guest*\\*", "C:\\Secret\\x\\*.txt", "C:\\Secret\\x", "%LogDir%\\*", "%Nope%\\x", "C:\\Logs\\..\\x", "C:\\Logs\\**", "C:\\Logs\\*\\*\\*", "C:\\**\\**\\x", "C:\\Logs\\a**", "\\\\server\\share\\x", "C:\\\u00fcber\\*", "C:\\Logs\\", "C:\\?ogs\\_*")  # fmt: skip
    host.state["os"].setdefault("environment", {})["LogDir"] = "C:\\Logs"
    for pattern in host.random.sample(patterns, host.random.randint(1, 3)):
        host.probes.append(ask("path", pattern))
    if host.chance(40):
        host.probes.append(
            ask(
                "applocker",
                "file",
                "path=" + host.pick("C:\\Logs\\**\\*.exe", "C:\\Logs\\*", "C:\\Program Files\\*\\x.exe", "C:\\Nope\\*"),
            )
        )


def tail(host: Host) -> None:
    declared = host.part("files")
    lines = [
        host.pick(
            "Heartbeat",
            "start",
            "x" * 100,
            host.text(),
            "",
            '{"message": "quoted \\" text", "other": "kept", "sub": [{"message" : "two"}]}',
            '{"message":"torn',
            "https://a/b?sv=1&SIG=abc%2B+/=&se=2 end",
            "sig%3Dxyz\\u0026q",
        )
        for _ in range(host.random.randint(0, 12))
    ]
    entry: dict[str, Any] = {"modified": host.pick(1, 90, "2026-11-20T09:00:00Z")}
    body = host.pick("\n", "\r\n").join(lines) + host.pick("", "\n")
    if host.chance(25):
        entry["base64"] = base64.b64encode(
            host.pick(
                host.random.randbytes(40),
                body.encode("utf-8", "replace")[:-1],
                b"\xff\xfea\0\n\0b\0\r\0\n\0c",
                b"\xfe\xff\0a\0\n\x0a\x0a\0\n\0c",
                b"\xef\xbb\xbfa\nb",
            )
        ).decode()
    else:
        entry |= {"text": body.encode("utf-16-le", "replace").decode("utf-16-le")} | host.pick(
            {}, {}, {"encoding": "utf-16"}, {"encoding": "utf-8"}, {"encoding": "utf-16BE"}
        )
        if host.chance(5):
            entry["length"] = 3_000_000
    entry |= host.pick(
        {},
        {},
        {},
        {"locked": True},
        {"writing": True},
        {"then": {"text": "rewritten", "modified": 0}},
        {"locked": True, "then": {"locked": False}},
    )
    declared["C:\\Logs\\agent.log"] = entry
    if host.chance(10):
        host.deny(host.pick("C:\\Logs\\agent.log", "C:\\Logs"))
    for _ in range(host.pick(1, 1, 2)):
        words = [
            host.pick(
                "C:\\Logs\\agent.log",
                "c:\\LOGS\\agent.log",
                "C:\\Logs\\agent.log",
                "C:\\Logs\\nope.log",
                "C:\\Nope\\x.log",
                "C:\\Logs",
                "C:\\Logs\\*.log",
            )
        ]
        if host.chance(60):
            words.append(f"bytes={host.pick(0, 1, 7, 64, 65, 200, 1048576, 1048577)}")
        words += [f"lines-with={text}" for text in host.some("Heartbeat", "start", "sig", "message", "\u00fc", most=2)]
        words += host.some("blank=message", "blank=oth.r", "blank=other", most=2)
        host.probes.append(ask("tail", *words))


def xml(host: Host) -> None:
    body = host.pick(
        "<configuration><runtime><gcServer enabled='true'/></runtime><!-- machineKey --><a:b xmlns:a='u'/></configuration>",
        "<?xml version='1.0' encoding='utf-8'?>\n<configuration><runtime/><runtime/></configuration>",
        "<configuration><runtime></configuration>", "<configuration/><!-- open gcServer", "", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "text", "<configuration>\u00fc\U0001f600<![CDATA[<b/>]]></configuration>",
    )  # fmt: skip
    host.part("files")["C:\\Net\\machine.config"] = {"text": body} | host.pick(
        {}, {"encoding": "utf-8"}, {"locked": host.chance(20)}
    )
    words = [host.pick("C:\\Net\\machine.config", "C:\\Net\\machine.config", "C:\\Net\\nope.config")]
    words += [
        f"element={text}"
        for text in host.some(
            "configuration",
            "configuration/runtime",
            "configuration/runtime/gcServer",
            "runtime",
            "configuration/a:b",
            "a",
            "b[1]",
            most=3,
        )
    ]
    words += [
        f"literal={text}"
        for text in host.some("gcServer", "machineKey", "\u00fc", "'", "runtime/>", "configuration/> ", most=3)
    ]
    host.probes.append(ask("xml", *words))


def descriptor(host: Host) -> None:
    sddl = host.pick(
        "O:SYG:SYD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)(D;OICIID;FR;;;S-1-5-21-9-9-9-9)",
        "O:BAG:BAD:",
        "D:(A;;FA;;;SY)",
        "O:S-1-5-21-1-2-3-1001G:BUD:AI(A;ID;FA;;;SY)",
    )
    host.part("acls")["C:\\ProgramData\\MachineKeys"] = sddl
    if host.chance(20):
        host.deny("C:\\ProgramData" + host.pick("", "\\MachineKeys"))
    if host.chance(50):
        host.state["os"]["accounts"] = {"S-1-5-18": "NT-AUTORIT\u00c4T\\SYSTEM", "S-1-5-21-1-2-3-1001": "VM\\user"}
    host.probes.append(
        ask(
            "descriptor",
            host.pick("%ProgramData%\\MachineKeys", "C:\\programdata\\machinekeys", "C:\\Nope"),
            *host.some("names=yes"),
        )
    )


def wmi(host: Host) -> None:
    spaces = host.part("wmi")
    cimv2 = spaces.setdefault("root\\cimv2", {})
    cimv2["Win32_LogicalDisk"] = host.pick(
        {"error": host.pick("invalid-class", "access-denied", "generic-failure", "rpc-unavailable")},
        [{"DeviceID": "C:", "DriveType": 3, "FreeSpace": 53687091200, "VolumeName": "it's"}, {"DeviceID": "D:", "DriveType": 5, "FreeSpace": None, "VolumeName": host.pick("Temp\\x", "NULL", "\U0001f600", "\u00df")},
         {"DeviceID": "E:", "DriveType": {"type": "uint16", "value": 3}, "FreeSpace": 2**64 - 2**60, "VolumeName": "temporary storage", "Compressed": False}], [],
    )  # fmt: skip
    spaces["root\\StandardCimv2"] = {
        "MSFT_NetIPAddress": [
            {
                "IPAddress": "10.0.0.4",
                "PrefixOrigin": 3,
                "DnsServers": ["a", "\u00fc", None],
                "When": "20260105101112.123456+060",
                "Never": "00000007012345.000000:000",
            }
        ]
    }
    where = host.some(
        "where=DriveType=3",
        "where=DeviceID=c:",
        "where=VolumeName=it's",
        "where=VolumeName=Temp\\x",
        "where=VolumeName=NULL",
        "where=Compressed=false",
        "where=Nope=1",
        "where=VolumeName=\u00df",
        "where=DriveType=abc",
        most=1,
    )
    host.probes.append(
        ask(
            "wmi",
            host.pick("Win32_LogicalDisk", "win32_logicaldisk"),
            "property=deviceID",
            "property=FreeSpace",
            "property=Nope",
            *host.some("property=VolumeName", "property=DriveType"),
            *where,
        )
    )
    host.probes.append(
        ask(
            "wmi",
            host.pick("MSFT_NetIPAddress", "MSFT_NetRoute"),
            "namespace=" + host.pick("root\\StandardCimv2", "ROOT\\standardcimv2"),
            "property=DnsServers",
            "property=When",
            "property=Never",
            "property=IPAddress",
        )
    )
    if host.chance(15):
        host.probes.append(
            ask(
                "wmi",
                *host.pick(
                    ("Win32_Product", "property=Name"),
                    ("Win32_LogicalDisk",),
                    ("Win32_LogicalDisk", "property=a b"),
                    ("MSFT_NetRoute", "property=x"),
                    ("Win32_DeviceGuard", "namespace=root\\Microsoft\\Windows\\DeviceGuard", "property=x"),
                    ("Win32_LogicalDisk", "property=x", "where=abc"),
                    ("Win32_OperatingSystem", "property=LastBootUpTime", "property=Caption"),
                ),
            )
        )


def network(host: Host) -> None:
    endpoints = host.part("endpoints")
    ports = (("a.example", 443), ("b.example", 80), ("10.0.0.9", 8080), ("2001:db8::7", 443))
    slow = ("timeout",) if host.slow else ()
    for name, port in ports:
        endpoint: dict[str, Any] = {
            "tcp": host.pick(
                "open", "open", "open", "refused", "forbidden", "unreachable", "dns-failure", "reset", *slow
            )
        }
        if host.chance(40):
            endpoint["addresses"] = host.pick(["203.0.113.7"], ["203.0.113.7", "2001:db8::1"])
        if host.chance(60):
            endpoint["http"] = _answer(host)
        if host.chance(20):
            endpoint["direct"] = _answer(host)
        if host.chance(30):
            endpoint["paths"] = {"/x?*": _answer(host), "/*": _answer(host)}
        if port == 443 and host.chance(60):
            endpoint["tls"] = host.pick(
                {
                    "subject": "CN=a.example, O=C",
                    "issuer": "CN=CA",
                    "thumbprint": "00112233445566778899AABBCCDDEEFF00112233",
                    "notBefore": "2026-01-01T00:00:00Z",
                    "notAfter": "2027-01-01T00:00:00Z",
                },
                {},
                {"error": "trust"},
                {"error": "handshake"},
            )
        if host.chance(80):
            endpoints[f"{name}:{port}"] = endpoint
    if host.chance(10):
        endpoints["*"] = {"tcp": host.pick("refused", "open")}
    if host.chance(30):
        host.part("dns")["a.example"] = host.pick(
            ["192.0.2.1", "2001:db8::1"],
            [],
            {"error": host.pick("not-found", "try-again", "no-recovery", "no-data")},
            {"addresses": ["192.0.2.9"], "delay": 20},
            *([{"silent": True}] if host.slow else []),
        )
    host.state["os"]["securityProtocol"] = host.pick(0, 0, 192, 3072, 240)
    if host.chance(25):
        host.probes.append(
            ask("http", "http://b.example/x?1", "proxy=none", f"body={host.pick(1, 3, 500)}", "protocols=default")
        )
    for name, port in host.some(*ports, ("nope.example", 443), most=3):
        host.probes.append(ask("tcp", name, f"port={port}"))
    for url in host.some(
        "https://a.example/",
        "https://a.example/x?q=1",
        "http://b.example",
        "http://b.example/x?1",
        "http://10.0.0.9:8080/y",
        "https://nope.example/",
        most=4,
    ):
        host.probes.append(
            ask(
                "http",
                url,
                "proxy=" + host.pick("none", "none", "default", "10.0.0.9:8080"),
                *host.some("message=yes"),
                *host.some("metadata=yes", f"body={host.pick(1, 3, 500, 65536)}"),
            )
        )
    if host.chance(40):
        endpoints["169.254.169.254:80"] = {
            "tcp": host.pick("open", "open", "refused", "unreachable"),
            "paths": {
                "/metadata/instance*": {"requires": {"Metadata": "true"}, "body": '{"compute":{"vmId":"\u00fc"}}'},
                "/gone*": {"status": host.pick(410, 429, 404)},
            },
        }
        for path in host.some("/metadata/instance?api-version=2021-02-01", "/gone?x", most=2):
            host.probes.append(
                ask("http", "http://169.254.169.254" + path, "proxy=none", *host.some("metadata=yes"), "body=400")
            )
    if host.chance(8):
        host.probes.append(
            ask(
                *host.pick(
                    ("tcp", "a.example", "port=0"),
                    ("tcp", "a b", "port=1"),
                    ("tcp", "a.example"),
                    ("http", "ftp://a.example/", "proxy=none"),
                    ("http", "http://u:p@b.example/", "proxy=none"),
                    ("http", "http://b.example/", "proxy=x"),
                    ("http", "http://b.example/", "proxy=none", "body=70000"),
                )
            )
        )


def _answer(host: Host) -> dict[str, Any]:
    if host.chance(15):
        return {
            "error": host.pick(
                {"status": "ConnectFailure", "message": "Die Verbindung", "socket": 10061},
                {"status": "NameResolutionFailure", "message": "x"},
                {"status": "ServerProtocolViolation", "message": "x"},
                {"status": "ReceiveFailure", "message": "x", "socket": 10054},
                {"status": "ConnectFailure", "message": "x", "socket": 10065},
            )
        }
    if host.slow and host.chance(30):
        return host.pick({"silent": True}, {"body": "first ", "stall": True})
    answer: dict[str, Any] = {
        "status": host.pick(200, 200, 204, 302, 403, 404, 500, 503),
        "body": host.pick("", "ok", "\u00fcber \U0001f600", "z" * 2000),
    }
    if host.chance(30):
        answer |= host.pick(
            {"headers": {"Location": "http://x.example/"}},
            {"chunked": True},
            {"statusText": "Own words"},
            {"message": "Der Remoteserver hat einen Fehler zur\u00fcckgegeben: (403) Unzul\u00e4ssig."},
            {"delay": 30},
            {"requires": {"X-Y": "z"}},
        )
    return answer


def installed(host: Host) -> None:
    entries = [
        {
            "subject": "CN=vm01, O=\u00fc",
            "issuer": "CN=CA",
            "thumbprint": "AB" * 20,
            "notBefore": host.pick(3600, "2026-01-01T00:00:00Z"),
            "notAfter": "2027-01-01T00:00:00Z",
        }
        | host.pick({}, {"hasPrivateKey": True, "friendlyName": host.pick("", "TenantEncryptionCert")})
        for _ in range(host.random.randint(0, 3))
    ]
    if host.chance(80):
        host.part("certificates")["LocalMachine\\My"] = entries
    host.probes.append(
        ask("certificates", host.pick("LocalMachine\\My", "localmachine\\MY", "LocalMachine\\My", "LocalMachine\\Root"))
    )
    native = host.part("native")
    for line in host.some("qwinsta", "vssadmin list writers", "netsh winhttp show proxy"):
        native[line] = {
            "output": host.pick("", "\nline one\r\n  line two\n", "\u00dcber\nno end", "x\n\n"),
            "exitCode": host.pick(0, 1, 2),
        }
    host.probes += [
        ask("native", line)
        for line in host.some("qwinsta", "vssadmin list writers", "netsh winhttp show proxy", "ipconfig")
    ]
    com = host.part("com")
    if host.chance(60):
        com["Microsoft.Update.AutoUpdate"] = {"Settings": {"NotificationLevel": host.pick(0, 3, 4)}}
    if host.chance(60):
        com["AgentConfigManager.MgmtSvcCfg"] = {
            "methods": {
                "GetCloudWorkspaces": host.pick(
                    [{"workspaceId": "6d1c7a52"}, {"x": 1}], [], {"throws": "Access is denied."}, {"workspaceId": "one"}
                )
            }
        }
    host.probes += host.some(
        ask("com", "Microsoft.Update.AutoUpdate", "property=Settings.NotificationLevel"),
        ask("com", "AgentConfigManager.MgmtSvcCfg", "call=GetCloudWorkspaces", "property=workspaceId"),
        ask("com", "WScript.Shell", "call=Run", "property=x"),
    )
    if host.chance(60):
        host.part("appLocker")["effective"] = host.pick(
            '<AppLockerPolicy Version="1"><RuleCollection Type="Msi" EnforcementMode="Enabled"><a/></RuleCollection><RuleCollection Type="Exe" EnforcementMode="AuditOnly"><FilePathRule Id="\u00fc" /></RuleCollection></AppLockerPolicy>',
            '<AppLockerPolicy Version="1"><RuleCollection Type="Exe" EnforcementMode="NotConfigured" /></AppLockerPolicy>', '<AppLockerPolicy Version="1" />',
            '<AppLockerPolicy Version="1"><RuleCollection Type="Exe" EnforcementMode="Enabled"><FilePathRule', "<RuleCollection Type='Exe' Enf",
        )  # fmt: skip
    host.probes += host.some(
        ask("applocker", "effective"), ask("applocker", "effective", "path=x"), ask("frobnicate", "x")
    )


def system(host: Host) -> None:
    os = host.state["os"]
    os["computerName"] = host.pick("VM01", "\u00dcBER")
    if host.chance(50):
        os["bootTime"] = host.pick("2026-11-19T08:30:00Z", 3600)
    if host.chance(30):
        host.part("wmi").setdefault("root\\cimv2", {})["Win32_ComputerSystemProduct"] = host.pick(
            [{"UUID": "4C4C4544-0044"}], {"error": "access-denied"}
        )
    if host.chance(30):
        os["groups"] = ["S-1-1-0"]
    if host.chance(15):
        os["psVersion"] = host.pick("2.0", "3.0", "4.0", "7.4.1")
    os["missingCommands"] = (
        host.some("qwinsta", "Get-AppLockerPolicy", "Get-AppLockerFileInformation", most=1) if host.chance(20) else []
    )
    host.probes.append(ask("system"))


SECTIONS = (registry, service, process, events, files, tail, xml, descriptor, wmi, network, installed, system)


def generated(seed: int) -> tuple[dict[str, Any], list[str], dict[str, Any]]:
    """A state, the questions, and how to ask: ``mode``, ``seconds``. The same for the same seed."""
    host = Host(seed)
    host.slow = host.chance(6)
    for section in sorted(host.random.sample(SECTIONS, host.random.randint(2, 5)), key=SECTIONS.index):
        section(host)
    if host.slow and network.__name__ not in {section.__name__ for section in SECTIONS}:
        host.slow = False
    mode = "ConstrainedLanguage" if host.chance(12) else "FullLanguage"
    host.state["os"]["languageMode"] = mode
    host.state["os"]["culture"] = host.pick(*CULTURES)
    # There cmdlets keep the culture of their thread, and a Turkish one does not find Application as APPLICATION.
    if mode == "ConstrainedLanguage" and host.state["os"]["culture"] == "tr-TR":
        host.state["os"]["culture"] = "ar-SA"
    order = {"system": 0, "service": 10, "registry": 20, "wmi": 80, "com": 90}
    probes = sorted(
        dict.fromkeys(host.probes),
        key=lambda text: (
            60
            if "protocols=default" in text
            else order.get(text.split("'")[1], 70 if text.startswith(("'tcp'", "'http'")) else 40)
        ),
    )
    return host.state, probes, {"mode": mode, "seconds": 4 if host.slow else 60}
