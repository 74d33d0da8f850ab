"""VD-23: the cipher suites that Azure Front Door takes."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .harness import Of
from .terms import denied, key, no_key, together

LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
SCHANNEL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
DOT_NET = {
    "64-bit": r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319",
    "32-bit": r"HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319",
}
CLIENT = SCHANNEL + r"\Protocols\TLS 1.2\Client"
ECDHE, DHE, CBC = (
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
)
ECDSA = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"


def policy(text: Any) -> dict[str, Any]:
    return key(POLICY, Functions=text)


def off(*parts: str) -> dict[str, Any]:
    """Schannel is told not to use these."""
    return {"registry": {rf"{SCHANNEL}\{part}": {"Enabled": 0} for part in parts}}


VD_23 = Of("VD-23", "session-host")
NONE = "no suite of Azure Front Door is usable: missing TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA"
EXAMPLES = [
    VD_23.compliant("Windows' own list"),
    VD_23.compliant("a policy with one strong suite", **policy(f"{ECDSA},{ECDHE}")),
    VD_23.compliant("a policy's list in lines", **policy([ECDSA, ECDHE])),
    VD_23.compliant("with the curve in its name, and blanks", **policy(f" {ECDHE.lower()}_P256 , {ECDSA}_P384")),
    VD_23.compliant("a curve of Front Door's", **key(POLICY, EccCurves="curve25519,NistP384")),
    VD_23.deviating("a policy with ECDSA only", NONE, **policy(f"{ECDSA},TLS_AES_256_GCM_SHA384")),
    VD_23.deviating("the policy is named", "the policy lists 0 of 6", **policy(ECDSA)),
    VD_23.deviating(
        "the machine's own list is named", "the machine's own list lists 0 of 6", **key(LOCAL, Functions=[ECDSA])
    ),
    VD_23.deviating("TLS 1.2 is disabled", "TLS 1.2 is disabled for clients", **key(CLIENT, Enabled=0)),
    VD_23.deviating(
        "Schannel takes the ciphers away",
        "Schannel is told not to use AES 128/128; Schannel is told not to use AES 256/256",
        **off(r"Ciphers\AES 128/128", r"Ciphers\AES 256/256"),
    ),
    VD_23.deviating(
        "Schannel takes the key exchanges away",
        NONE,
        **off(r"KeyExchangeAlgorithms\ECDH", r"KeyExchangeAlgorithms\Diffie-Hellman"),
    ),
    VD_23.deviating("Schannel takes the hashes away", NONE, **off(r"Hashes\SHA256", r"Hashes\SHA384")),
    VD_23.deviating(
        "DHE only",
        f"only {DHE}: missing TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        Verdict.WARNING,
        **policy(DHE),
    ),
    VD_23.deviating("CBC only", f"only {CBC}", Verdict.WARNING, **policy(CBC)),
    VD_23.deviating(
        "elliptic curves are switched off",
        "only TLS_DHE_RSA_WITH_AES_256_GCM_SHA384, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256: missing",
        Verdict.WARNING,
        **off(r"KeyExchangeAlgorithms\ECDH"),
    ),
    VD_23.deviating(
        "none of Front Door's curves",
        "names none of NistP256",
        Verdict.WARNING,
        **key(POLICY, EccCurves="curve25519,brainpoolP256r1"),
    ),
    VD_23.deviating(
        "TLS 1.2 only where it is asked for", "disabled by default", Verdict.WARNING, **key(CLIENT, DisabledByDefault=1)
    ),
    *(
        VD_23.deviating(
            f"{name} is 0 for {title} programs of .NET",
            f"{name} of .NET is 0 in {path}",
            Verdict.WARNING,
            **key(path, **{name: 0}),
        )
        for name in ("SchUseStrongCrypto", "SystemDefaultTlsVersions")
        for title, path in DOT_NET.items()
    ),
    *(
        VD_23.trap(
            f"{name} is {title}",
            Verdict.WARNING,
            f"{name} of TLS 1.2 is {said}: Schannel does not read it",
            **key(CLIENT, **{name: value}),
        )
        for name in ("Enabled", "DisabledByDefault")
        for title, said, value in (
            ("text", "REG_SZ '0' instead of a number", "0"),
            ("a number of eight bytes", "1 as REG_QWORD", {"type": "REG_QWORD", "data": 1}),
        )
    ),
    VD_23.trap(
        "what .NET is told is text",
        Verdict.WARNING,
        f"SystemDefaultTlsVersions of .NET is REG_SZ '0' instead of a number in {DOT_NET['32-bit']}: it reads a DWORD",
        **key(DOT_NET["32-bit"], SystemDefaultTlsVersions="0"),
    ),
    VD_23.compliant(
        ".NET is told to use strong ones",
        registry={path: {"SchUseStrongCrypto": 1, "SystemDefaultTlsVersions": 1} for path in DOT_NET.values()},
    ),
    VD_23.trap(
        "none of Front Door's, whatever .NET is told",
        Verdict.NON_COMPLIANT,
        NONE,
        **together(policy(ECDSA), key(DOT_NET["64-bit"], SchUseStrongCrypto=1), denied(DOT_NET["64-bit"])),
    ),
    VD_23.absent("no list at all", "neither the policy nor the machine lists", Verdict.UNDETERMINED, **no_key(LOCAL)),
    VD_23.absent("no such keys of Schannel", "", Verdict.COMPLIANT, **no_key(SCHANNEL)),
    VD_23.unreadable("the policy may not be opened", "access denied", **together(policy(ECDSA), denied(POLICY))),
    VD_23.unreadable("the machine's list may not be opened", "access denied", **denied(LOCAL)),
    VD_23.unreadable(
        "one of Schannel's parts may not be opened",
        "access denied",
        **together(off(r"Ciphers\AES 128/128"), denied(SCHANNEL + r"\Ciphers\AES 128/128")),
    ),
    VD_23.trap(
        "slashes in names, in Constrained Language Mode",
        Verdict.UNDETERMINED,
        "not possible on this host",
        **together(off(r"Ciphers\AES 128/128"), {"os": {"languageMode": "ConstrainedLanguage"}}),
    ),
    VD_23.trap(
        "a policy without any of them, whatever could not be read",
        Verdict.NON_COMPLIANT,
        NONE,
        **together(policy(ECDSA), off(r"Ciphers\AES 128/128"), denied(SCHANNEL + r"\Ciphers", LOCAL)),
    ),
    VD_23.trap("the policy replaces the machine's list", Verdict.NON_COMPLIANT, NONE, **policy(ECDSA)),
    VD_23.trap("a policy's list that is empty", Verdict.WARNING, "lists no suite", **policy("")),
    VD_23.trap("plain RSA is none of them", Verdict.NON_COMPLIANT, NONE, **policy("TLS_RSA_WITH_AES_256_GCM_SHA384")),
    VD_23.trap("other ciphers are switched off", Verdict.COMPLIANT, "", **off(r"Ciphers\RC4 128/128", r"Hashes\MD5")),
    VD_23.trap(
        "enabled by name",
        Verdict.COMPLIANT,
        "",
        registry={
            CLIENT: {"Enabled": 1, "DisabledByDefault": 0},
            SCHANNEL + r"\Ciphers\AES 128/128": {"Enabled": 0xFFFFFFFF},
            SCHANNEL + r"\Ciphers\AES 256/256": {"Enabled": 1},
            SCHANNEL + r"\Hashes\SHA256": {},
            SCHANNEL + r"\Hashes\SHA384": {"Enabled": 0xFFFFFFFF},
        },
    ),
    VD_23.trap("one strength is switched off", Verdict.COMPLIANT, "", **off(r"Ciphers\AES 128/128")),
]
