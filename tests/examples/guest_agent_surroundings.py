"""GA-22 and GA-23: what the guest agent needs to be able to work."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .guest_agent_log import BEAT, INSTALLER, STARTED, line, log
from .harness import Example, Of
from .terms import denied, key, no_key, together

DOT_NET = r"HKLM\SOFTWARE\Microsoft\.NETFramework"
CONFIG = r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\Config\machine.config"
SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
CONSTRAINED = {"os": {"languageMode": "ConstrainedLanguage"}}
NAME = "DC=Windows Azure CRP Certificate Generator"
MIB = 1024 * 1024
OWN = {
    "GA-23.Enable64Bit": ".NETFramework",
    "GA-23.machine-config": "machine.config",
    "GA-23.system-drive": "Win32_LogicalDisk",
    "GA-23.Winmgmt": r"Services\Winmgmt",
    "GA-23.KeyIso": r"Services\KeyIso",
}
NOT_DECIDING = [
    *((item, piece, "further evidence") for item in ("GA-22", "GA-23") for piece in ("'tail'", "WaAppAgent*.log")),
    *((item, piece, "another item") for item in OWN for other, piece in OWN.items() if other != item),
    *((item, "'path' '%windir%'", "another item") for item in OWN if item != "GA-23.system-drive"),
]

OBSERVED = {
    ("GA-22", "valid"): {"present": True, "problem": False},
    ("GA-22", "expired"): {"present": True, "problem": True},
    ("GA-22", "no store"): {"present": False, "problem": False},
    ("GA-23.Enable64Bit", "0"): {"seen": 0},
    ("GA-23.Enable64Bit", "no value"): {"seen": None},
    ("GA-23.machine-config", "no file"): {"seen": "absent"},
    ("GA-23.machine-config", "sound, and the sink in a comment only"): {"seen": "sound"},
    ("GA-23.machine-config", "debugging left on"): {"seen": "debugging"},
    ("GA-23.machine-config", "broken"): {"seen": "not well-formed"},
    ("GA-23.machine-config", "another document"): {"seen": "no configuration"},
    ("GA-23.system-drive", "enough"): {"seen": "enough"},
    ("GA-23.system-drive", "exactly 1 GiB"): {"seen": "enough"},
    ("GA-23.system-drive", "a byte below 1 GiB"): {"seen": "less than 1024 MiB"},
    ("GA-23.system-drive", "a byte below 100 MiB"): {"seen": "less than 100 MiB"},
    ("GA-23.Winmgmt", "manual"): {"seen": 3},
    ("GA-23.KeyIso", "disabled"): {"seen": 4},
}


def certificate(**changes: Any) -> dict[str, Any]:
    return {
        "subject": NAME,
        "issuer": NAME,
        "friendlyName": "TenantEncryptionCert",
        "thumbprint": "7F",
        "notBefore": "2026-01-05T00:00:00Z",
        "notAfter": "2028-01-05T00:00:00Z",
        "hasPrivateKey": True,
        **changes,
    }


def store(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"certificates": {"LocalMachine\\My": list(rows)}}


def config(text: str) -> dict[str, Any]:
    return {"files": {CONFIG: {"text": text}}}


def free(size: Any, drive: str = "C:") -> dict[str, Any]:
    return {"wmi": {r"root\cimv2": {"Win32_LogicalDisk": [{"DeviceID": drive, "FreeSpace": size, "Size": 1 << 37}]}}}


EXPIRED = certificate(notBefore="2024-01-05T00:00:00Z", notAfter="2026-11-20T09:59:59Z", thumbprint="01")
SINK = "Microsoft.VisualStudio.Diagnostics.ServiceModelSink"
WARNED = Verdict.WARNING
GA_22 = Of("GA-22", "guest-agent")
BITS = Of("GA-23.Enable64Bit", "guest-agent")
XML = Of("GA-23.machine-config", "guest-agent")
DRIVE = Of("GA-23.system-drive", "guest-agent")
WINMGMT = Of("GA-23.Winmgmt", "guest-agent")
KEY_ISO = Of("GA-23.KeyIso", "guest-agent")


def _start(of: Of, name: str) -> list[Example]:
    path = SERVICES + "\\" + name
    return [
        of.deviating("disabled", f"the start type of {name} is disabled", WARNED, **key(path, Start=4)),
        of.absent("no such service", "there is no such service", WARNED, **no_key(path), services={name: None}),
        of.absent("no start type", f"the start type of {name} is absent", WARNED, **key(path, ImagePath="x")),
        of.unreadable("the key may not be opened", "access denied", **denied(path)),
        of.deviating("with the loader", f"the start type of {name} is boot", WARNED, **key(path, Start=0)),
        of.deviating("with the kernel", f"the start type of {name} is system", WARNED, **key(path, Start=1)),
        of.deviating("a number of no meaning", f"the start type of {name} is 5", WARNED, **key(path, Start=5)),
        of.trap("text is no start type", WARNED, "REG_SZ '2' instead of a number", **key(path, Start="2")),
    ]


EXAMPLES = [
    GA_22.compliant("valid"),
    GA_22.compliant(
        "of a classic machine",
        **store(
            certificate(**dict.fromkeys(("subject", "issuer"), "DC=Windows Azure Service Management for Extensions"))
        ),
    ),
    GA_22.deviating("expired", "TenantEncryptionCert 01: it expired on 2026-11-20", WARNED, **store(EXPIRED)),
    GA_22.deviating(
        "not valid yet", "not valid before 2026-12-01", WARNED, **store(certificate(notBefore="2026-12-01T00:00:00Z"))
    ),
    GA_22.deviating("without its key", "no private key", WARNED, **store(certificate(hasPrivateKey=False))),
    GA_22.absent(
        "other certificates only",
        "there is no certificate TenantEncryptionCert",
        WARNED,
        **store(certificate(friendlyName="web")),
    ),
    GA_22.absent(
        "an empty store", "there is no certificate TenantEncryptionCert", WARNED, certificates={"LocalMachine\\My": []}
    ),
    GA_22.absent(
        "no store", "there is no certificate TenantEncryptionCert", WARNED, certificates={"LocalMachine\\My": None}
    ),
    GA_22.unreadable(
        "more certificates than are looked at",
        "more than the 200",
        **store(*[certificate(friendlyName="web") for _ in range(200)]),
    ),
    GA_22.trap(
        "as many certificates as are looked at, but for one",
        WARNED,
        "there is no certificate",
        **store(*[certificate(friendlyName="web") for _ in range(199)]),
    ),
    GA_22.trap("a newer one counts", Verdict.COMPLIANT, **store(certificate(), EXPIRED)),
    GA_22.trap(
        "a newer expired one hides an older valid one",
        WARNED,
        "it expired",
        **store(certificate(), certificate(notBefore="2026-02-01T00:00:00Z", notAfter="2026-03-01T00:00:00Z")),
    ),
    GA_22.trap(
        "another issuer is not the agent's",
        WARNED,
        "there is no certificate",
        **store(certificate(issuer="CN=Contoso CA")),
    ),
    *[
        GA_22.trap(what, WARNED, "there is no certificate", **store(certificate(**changes)))
        for what, changes in (
            ("subject and issuer differ", {"subject": "CN=x"}),
            ("the issuer is the agent's, but not the subject", {"subject": "O=x"}),
            ("made by somebody else for himself", {"subject": "CN=x", "issuer": "CN=x"}),
            ("the agent's name, but not the certificate's", {"friendlyName": "Contoso"}),
        )
    ],
    GA_22.deviating(
        "valid, but its key cannot be used",
        "the agent's certificate or its key cannot be used [L11, 1 in the log",
        WARNED,
        **log(
            STARTED,
            line("09:00:00", "ERROR", "Self-signed Certificate Generation failed. Error Code: -2146893808"),
            BEAT,
        ),
    ),
    GA_22.deviating(
        "absent, and it cannot be made",
        "there is no certificate TenantEncryptionCert (the agent makes one when it needs it); the agent's certificate or its key",
        WARNED,
        **together(store(), log(STARTED, line("09:00:00", "ERROR", "Keyset does not exist"), BEAT)),
    ),
    GA_22.deviating(
        "valid, but the folders of keys are closed",
        "LocalSystem lacks rights",
        WARNED,
        **log(
            STARTED,
            line("09:00:00", "ERROR", "PInvoke PFXImportCertStore failed and null handle is returned. Error Code: 86"),
            BEAT,
        ),
    ),
    BITS.deviating(
        "1, but extensions do not load",
        "extensions cannot be loaded: a 32-bit runtime [L8",
        WARNED,
        **log(STARTED, line("09:00:00", "ERROR", "InstallPlugins() failed with System.BadImageFormatException"), BEAT),
    ),
    XML.deviating(
        "sound by now, and the installer's log shows debugging",
        "debugging of WCF was left on [L9",
        WARNED,
        **log(line("09:00:00", "ERROR", f"ConfigurationErrorsException: {SINK}"), path=INSTALLER),
    ),
    WINMGMT.deviating(
        "automatic, but the installer could not write through it",
        "StdRegProv) [L12, in VmAgentInstaller.xml]",
        WARNED,
        files={
            r"C:\Windows\Panther\VmAgentInstaller.xml": {
                "text": "<a>Setting the new RdAgent service path in registry failed</a>"
            }
        },
    ),
    KEY_ISO.deviating(
        "manual, but RPC does not work",
        "CNG key isolation or RPC does not work",
        WARNED,
        **log(STARTED, line("09:00:00", "ERROR", "RdCrypt Initialization failed. Error Code: -2147023143"), BEAT),
    ),
    BITS.compliant("1"),
    BITS.deviating("0", "Enable64Bit is 0", WARNED, **key(DOT_NET, Enable64Bit=0)),
    BITS.absent("no value", "", Verdict.COMPLIANT, **key(DOT_NET, Enable64Bit=None)),
    BITS.absent("no key", "", Verdict.COMPLIANT, **no_key(DOT_NET)),
    BITS.unreadable("the key may not be opened", "access denied", **denied(DOT_NET)),
    BITS.trap("text is no number", WARNED, "REG_SZ '0' instead of a number", **key(DOT_NET, Enable64Bit="0")),
    XML.compliant("sound, and the sink in a comment only"),
    XML.deviating(
        "debugging left on",
        "debugging of WCF is left on",
        WARNED,
        **config(f"<configuration><a b='{SINK}'/></configuration>"),
    ),
    XML.deviating("broken", "no well-formed XML", WARNED, **config("<configuration>")),
    XML.deviating("empty", "no well-formed XML", WARNED, **config("")),
    XML.deviating("another document", "no element configuration", WARNED, **config("<html/>")),
    XML.absent("no file", "there is no machine.config", WARNED, files={CONFIG: None}),
    XML.unreadable("it may not be opened", "access denied", **denied(CONFIG)),
    XML.unreadable("in Constrained Language Mode", "not possible on this host", **CONSTRAINED),
    XML.unreadable("it is locked", "could not be read", files={CONFIG: {"locked": True}}),
    DRIVE.compliant("enough"),
    DRIVE.compliant("exactly 1 GiB", **free(1024 * MIB)),
    DRIVE.deviating(
        "a byte below 1 GiB", "1,024 MiB are free on C:, less than 1,024 MiB", WARNED, **free(1024 * MIB - 1)
    ),
    DRIVE.deviating("1,000 MB are no GB", "less than 1,024 MiB", WARNED, **free(1000 * MIB)),
    DRIVE.deviating("a byte below 100 MiB", "less than 100 MiB", WARNED, **free(100 * MIB - 1)),
    DRIVE.deviating("exactly 100 MiB", "100 MiB are free on C:, less than 1,024 MiB", WARNED, **free(100 * MIB)),
    DRIVE.deviating("nothing", "0 MiB are free on C:, less than 100 MiB", WARNED, **free(0)),
    DRIVE.absent("the drive is not listed", "C: is not told", Verdict.UNDETERMINED, **free(1 << 36, "E:")),
    DRIVE.absent(
        "no such class", "is not told", Verdict.UNDETERMINED, wmi={r"root\cimv2": {"Win32_LogicalDisk": None}}
    ),
    DRIVE.unreadable(
        "WMI fails", "could not be read", wmi={r"root\cimv2": {"Win32_LogicalDisk": {"error": "generic-failure"}}}
    ),
    DRIVE.unreadable("the number is not told", "is not told", **free(None)),
    DRIVE.unreadable("it is no number", "C: is not told", **free(True)),
    DRIVE.unreadable(
        "which drive it is, is not told",
        "the system drive (it is not known which) is not told",
        os={"environment": {"windir": r"E:\Windows"}},
    ),
    DRIVE.trap(
        "another system drive",
        WARNED,
        "free on D:",
        **free(5, "D:"),
        os={"environment": {"windir": r"D:\Windows"}},
        files={r"D:\Windows\notepad.exe": {"length": 1}},
    ),
    DRIVE.trap(
        "another drive that is full is listed before it",
        Verdict.COMPLIANT,
        wmi={
            r"root\cimv2": {
                "Win32_LogicalDisk": [{"DeviceID": "A:", "FreeSpace": 0}, {"DeviceID": "C:", "FreeSpace": 1 << 36}]
            }
        },
    ),
    WINMGMT.compliant("automatic"),
    WINMGMT.deviating(
        "manual", "the start type of Winmgmt is manual, not automatic", WARNED, **key(SERVICES + r"\Winmgmt", Start=3)
    ),
    *_start(WINMGMT, "Winmgmt"),
    KEY_ISO.compliant("manual"),
    KEY_ISO.compliant("automatic does no harm", **key(SERVICES + r"\KeyIso", Start=2)),
    *_start(KEY_ISO, "KeyIso"),
]
