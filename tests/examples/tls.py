"""UM-11: TLS 1.2 for clients."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .harness import Of
from .terms import denied, together

PROTOCOL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2"
EXCHANGES = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\KeyExchangeAlgorithms"
CIPHERS, HASHES = (
    rf"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\{name}" for name in ("Ciphers", "Hashes")
)
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002"
NET_64 = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
NET_32 = r"HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319"
HTTP_64 = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp"
HTTP_32 = r"HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp"
VERSION = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
GOOD = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"


def keys(**by_path: Any) -> dict[str, Any]:
    return {"registry": by_path}


def pair(side: str = "Client", **values: Any) -> dict[str, Any]:
    return {"registry": {f"{PROTOCOL}\\{side}": values}}


def windows(version: str, build: str) -> dict[str, Any]:
    """A Windows before 10: no version numbers but the text."""
    gone = {"CurrentMajorVersionNumber": None, "CurrentMinorVersionNumber": None}
    return {"registry": {VERSION: {**gone, "CurrentVersion": version, "CurrentBuildNumber": build}}}


SERVER_2008_R2 = windows("6.1", "7601")
SERVER_2012 = windows("6.2", "9200")
SERVER_2012_R2 = windows("6.3", "9600")


def win_http(protocols: Any) -> dict[str, Any]:
    return keys(**{HTTP_64: {"DefaultSecureProtocols": protocols}, HTTP_32: {"DefaultSecureProtocols": protocols}})


WIN_HTTP = win_http(0xA00)
ON = pair(Enabled=1, DisabledByDefault=0)
UM_11 = Of("UM-11", "update-management")
EXAMPLES = [
    UM_11.compliant("Windows' own default"),
    UM_11.compliant("set to on", **ON),
    UM_11.compliant("0xFFFFFFFF is on", **pair(Enabled=0xFFFFFFFF, DisabledByDefault=0)),
    UM_11.compliant("Server 2008 R2 with everything set", **together(SERVER_2008_R2, ON, WIN_HTTP)),
    UM_11.compliant("Server 2012 R2 by default", **SERVER_2012_R2),
    UM_11.compliant("Server 2012 with WinHTTP set", **together(SERVER_2012, WIN_HTTP)),
    UM_11.compliant("Server 2012 whose WinHTTP has TLS 1.2 alone", **together(SERVER_2012, win_http(0x800))),
    UM_11.deviating(
        "WinHTTP up to TLS 1.1",
        "DefaultSecureProtocols of WinHTTP is 672 in the 64-bit view",
        Verdict.WARNING,
        **together(SERVER_2012, win_http(0x2A0)),
    ),
    UM_11.deviating(
        "WinHTTP's setting is all but TLS 1.2",
        "DefaultSecureProtocols of WinHTTP is",
        Verdict.WARNING,
        **together(SERVER_2012, win_http(0xFFFFF7FF)),
    ),
    UM_11.deviating(
        "WinHTTP's setting is a number of eight bytes",
        "DefaultSecureProtocols of WinHTTP is 2560 as REG_QWORD",
        Verdict.WARNING,
        **together(SERVER_2012, win_http({"type": "REG_QWORD", "data": 0xA00})),
    ),
    UM_11.deviating(
        "WinHTTP's setting is text",
        "DefaultSecureProtocols of WinHTTP is REG_SZ '2560'",
        Verdict.WARNING,
        **together(SERVER_2012, win_http("2560")),
    ),
    UM_11.deviating("switched off", "TLS 1.2 is disabled for clients", **pair(Enabled=0)),
    UM_11.deviating(
        "switched off, whatever else stands there", "is disabled for", **pair(Enabled=0, DisabledByDefault=0)
    ),
    UM_11.deviating("off by default", "disabled by default", **pair(Enabled=1, DisabledByDefault=1)),
    UM_11.deviating("off by default, alone", "disabled by default", **pair(DisabledByDefault=1)),
    UM_11.deviating("Server 2008 R2 as it comes", "which disables it by default", **together(SERVER_2008_R2, WIN_HTTP)),
    UM_11.deviating(
        "Server 2008 R2 with Enabled alone", "which disables it", **together(SERVER_2008_R2, WIN_HTTP, pair(Enabled=1))
    ),
    UM_11.deviating(
        "a policy leaves suites of TLS 1.0 only",
        "no cipher suite of TLS 1.2",
        registry={POLICY: {"Functions": "TLS_RSA_WITH_AES_128_CBC_SHA,TLS_RSA_WITH_3DES_EDE_CBC_SHA"}},
    ),
    UM_11.deviating(
        "the local list leaves none",
        "no cipher suite of TLS 1.2",
        registry={LOCAL: {"Functions": ["TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_AES_256_GCM_SHA384"]}},
    ),
    UM_11.deviating(
        "every key exchange is switched off",
        "no cipher suite of TLS 1.2",
        registry={f"{EXCHANGES}\\{name}": {"Enabled": 0} for name in ("ECDH", "Diffie-Hellman", "PKCS")},
    ),
    UM_11.deviating(
        "no strong crypto, 32-bit view", "absent in the 32-bit view", Verdict.WARNING, registry={NET_32: None}
    ),
    UM_11.deviating(
        "strong crypto 0",
        "SchUseStrongCrypto is 0 in the 64-bit view",
        Verdict.WARNING,
        registry={NET_64: {"SchUseStrongCrypto": 0}},
    ),
    UM_11.deviating(
        "strong crypto neither 0 nor 1, which .NET takes for 0",
        "SchUseStrongCrypto is 4294967295 in the 64-bit view",
        Verdict.WARNING,
        registry={NET_64: {"SchUseStrongCrypto": 0xFFFFFFFF}},
    ),
    UM_11.deviating(
        "AES is switched off",
        "no cipher suite of TLS 1.2",
        registry={f"{CIPHERS}\\{name}": {"Enabled": 0} for name in ("AES 128/128", "AES 256/256")},
    ),
    UM_11.deviating(
        "the hashes of TLS 1.2 are switched off",
        "no cipher suite of TLS 1.2",
        registry={f"{HASHES}\\{name}": {"Enabled": 0} for name in ("SHA256", "SHA384")},
    ),
    UM_11.trap(
        "one of AES' lengths switched off leaves the other",
        Verdict.COMPLIANT,
        registry={f"{CIPHERS}\\AES 256/256": {"Enabled": 0}},
    ),
    UM_11.trap(
        "AES of the one length that the policy lists is switched off",
        Verdict.NON_COMPLIANT,
        "no cipher suite of TLS 1.2",
        registry={POLICY: {"Functions": GOOD}, f"{CIPHERS}\\AES 256/256": {"Enabled": 0}},
    ),
    UM_11.trap(
        "the hash of the one suite that the policy lists is switched off",
        Verdict.NON_COMPLIANT,
        "no cipher suite of TLS 1.2",
        registry={POLICY: {"Functions": GOOD}, f"{HASHES}\\SHA384": {"Enabled": 0}},
    ),
    UM_11.trap(
        "a cipher that is switched on by number",
        Verdict.COMPLIANT,
        registry={f"{CIPHERS}\\AES 256/256": {"Enabled": 0xFFFFFFFF}, f"{CIPHERS}\\RC4 128/128": {"Enabled": 0}},
    ),
    UM_11.trap(
        "numbers of eight bytes",
        Verdict.WARNING,
        "DisabledByDefault of TLS 1.2 is 0 as REG_QWORD",
        **together(SERVER_2008_R2, WIN_HTTP, pair(DisabledByDefault={"type": "REG_QWORD", "data": 0})),
    ),
    UM_11.trap(
        "strong crypto as a number of eight bytes",
        Verdict.WARNING,
        "SchUseStrongCrypto is 1 as REG_QWORD",
        registry={NET_32: {"SchUseStrongCrypto": {"type": "REG_QWORD", "data": 1}}},
    ),
    UM_11.unreadable(
        "one cipher may not be opened",
        "access denied",
        **together({"registry": {f"{CIPHERS}\\AES 256/256": {}}}, denied(f"{CIPHERS}\\AES 256/256")),
    ),
    UM_11.deviating(
        "WinHTTP of Server 2012 without TLS 1.2",
        "DefaultSecureProtocols of WinHTTP is absent",
        Verdict.WARNING,
        **SERVER_2012,
    ),
    UM_11.absent(
        "no .NET settings at all",
        "SchUseStrongCrypto is absent in the 64-bit view",
        Verdict.WARNING,
        registry={NET_64: None, NET_32: None},
    ),
    UM_11.absent(
        "Windows' version is not told",
        "windows_version could not be read",
        Verdict.UNDETERMINED,
        registry={VERSION: {"CurrentBuildNumber": None}},
    ),
    UM_11.unreadable(
        "Schannel's key may not be opened", "access denied", **together(pair(), denied(f"{PROTOCOL}\\Client"))
    ),
    UM_11.unreadable(
        "the policy's key may not be opened", "access denied", **together({"registry": {POLICY: {}}}, denied(POLICY))
    ),
    UM_11.unreadable(
        "one key exchange may not be opened",
        "access denied",
        **together({"registry": {f"{EXCHANGES}\\ECDH": {}}}, denied(f"{EXCHANGES}\\ECDH")),
    ),
    UM_11.trap("an empty key changes nothing", Verdict.COMPLIANT, **pair()),
    UM_11.trap(
        "Enabled as text is not read by Schannel",
        Verdict.WARNING,
        "REG_SZ '0' instead of a number",
        **pair(Enabled="0"),
    ),
    UM_11.trap(
        "DisabledByDefault 0 alone enables on Server 2008 R2",
        Verdict.COMPLIANT,
        **together(SERVER_2008_R2, WIN_HTTP, pair(DisabledByDefault=0)),
    ),
    UM_11.trap(
        "the server's side does not matter to an agent", Verdict.NOTED, "for servers", **pair("Server", Enabled=0)
    ),
    UM_11.trap(
        "a policy as a comma string with blanks and curves",
        Verdict.COMPLIANT,
        registry={POLICY: {"Functions": f" {GOOD}_P256 , TLS_RSA_WITH_AES_128_CBC_SHA"}},
    ),
    UM_11.trap("a policy as lines", Verdict.COMPLIANT, registry={POLICY: {"Functions": [GOOD]}}),
    UM_11.trap(
        "the policy replaces the local list",
        Verdict.COMPLIANT,
        registry={POLICY: {"Functions": GOOD}, LOCAL: {"Functions": ["TLS_RSA_WITH_NULL_SHA"]}},
    ),
    UM_11.trap(
        "an empty policy",
        Verdict.WARNING,
        "empty list of cipher suites",
        registry={POLICY: {"Functions": ""}, LOCAL: {"Functions": [GOOD]}},
    ),
    UM_11.trap(
        "suites that Azure does not take",
        Verdict.WARNING,
        "none of the cipher suites",
        registry={POLICY: {"Functions": "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"}},
    ),
    UM_11.trap(
        "DisabledByDefault as text is not read by Schannel",
        Verdict.WARNING,
        "DisabledByDefault of TLS 1.2 is REG_SZ '1' instead of a number",
        **pair(DisabledByDefault="1"),
    ),
    UM_11.trap(
        "key exchanges that are named, but not switched off",
        Verdict.COMPLIANT,
        registry={
            f"{EXCHANGES}\\ECDH": {"Enabled": 0xFFFFFFFF},
            f"{EXCHANGES}\\PKCS": {"Enabled": 1},
            f"{EXCHANGES}\\Diffie-Hellman": {},
        },
    ),
    UM_11.trap(
        "PKCS switched off leaves those that Azure takes",
        Verdict.COMPLIANT,
        registry={f"{EXCHANGES}\\PKCS": {"Enabled": 0}},
    ),
    UM_11.trap(
        "a suite of TLS 1.3 alone is none of TLS 1.2",
        Verdict.NON_COMPLIANT,
        "no cipher suite of TLS 1.2",
        registry={POLICY: {"Functions": "TLS_AES_256_GCM_SHA384"}},
    ),
    UM_11.trap(
        "old names with the other curves",
        Verdict.COMPLIANT,
        registry={POLICY: {"Functions": f"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256_P384,{GOOD}_P521"}},
    ),
    UM_11.trap(
        "the useful suite's key exchange is switched off",
        Verdict.NON_COMPLIANT,
        "no cipher suite of TLS 1.2",
        registry={POLICY: {"Functions": GOOD}, f"{EXCHANGES}\\ECDH": {"Enabled": 0}},
    ),
    UM_11.trap("ECDH switched off leaves DHE", Verdict.COMPLIANT, registry={f"{EXCHANGES}\\ECDH": {"Enabled": 0}}),
    UM_11.trap(
        "both Diffie-Hellman kinds switched off",
        Verdict.WARNING,
        "none of the cipher suites",
        registry={f"{EXCHANGES}\\{name}": {"Enabled": 0} for name in ("ECDH", "Diffie-Hellman")},
    ),
    UM_11.trap(
        "WinHTTP's setting is of no use from 2012 R2 on",
        Verdict.COMPLIANT,
        registry={HTTP_64: {"DefaultSecureProtocols": 0x80}},
    ),
    UM_11.trap(
        "WinHTTP set in one view only",
        Verdict.WARNING,
        "in the 32-bit view",
        **together(SERVER_2012, {"registry": {HTTP_64: {"DefaultSecureProtocols": 0xA00}}}),
    ),
]
