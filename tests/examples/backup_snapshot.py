"""BK-15, BK-16, BK-21: DHCP, disks and VSS."""

from __future__ import annotations

import json
from typing import Any

from vmready.model import Verdict

from .harness import Example, Of
from .network_interface import ETHERNET, HYPER_V, LOOPBACK, SECOND, addresses, joined, metadata
from .services import HIDDEN
from .terms import denied, endpoint, key, no_service, service, together

NICS = r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces"
STATES = r"HKLM\SOFTWARE\Microsoft\Windows Azure\HandlerState"
STORAGE, ENCRYPTION = r"root\Microsoft\Windows\Storage", r"root\cimv2\Security\MicrosoftVolumeEncryption"
CONSTRAINED = {"os": {"languageMode": "ConstrainedLanguage"}}
SPACE = r"root\StandardCimv2"
PARTS = ("VSS", "swprv", "COMSysApp", "MSDTC", "EventSystem", "CryptSvc", "IaasVmProvider")
NOT_DECIDING = [
    ("BK-15", "Win32_", "the older classes, where the newer ones are not there"),
    ("BK-15", "168.63.129.16", "counts where the address is static"),
    ("BK-15", "GuestProxyAgent", "counts where the address is static"),
    ("BK-15", "169.254.169.254", "counts where the address is static"),
    ("BK-15", "MSFT_NetAdapter", "tells software adapters apart; what is not told is not excluded"),
    ("BK-15", r"Tcpip\Parameters", "evidence only: the absence of option 245 proves nothing"),
    ("BK-15", r"Virtual Machine\Guest", "the agent's own words, which decide nothing"),
    ("BK-16", "169.254.169.254", "the machine tells its disks itself"),
    ("BK-16", "MSFT_", "Azure tells the disks"),
    ("BK-16", "Win32_DiskDrive", "the older class"),
    ("BK-16", "Win32_LogicalDisk", "Azure tells the disks"),
    ("BK-16", "HandlerState", "no disk is larger than 4 TiB, encrypted or not"),
    *((f"BK-21.{name}", f"'{other}'", "another item") for name in PARTS for other in PARTS if other != name),
    *((f"BK-21.{name}", "vssadmin", "another item") for name in PARTS),
    *(("BK-21.writers", f"'{name}'", "another item") for name in PARTS),
]
BK_15 = Of("BK-15", "backup")
BK_16 = Of("BK-16", "backup")
WRITERS = Of("BK-21.writers", "backup")


def nics(*rows: dict[str, Any], **classes: Any) -> dict[str, Any]:
    return {"wmi": {SPACE: {"MSFT_NetIPInterface": list(rows), **classes}}}


STATIC = nics(LOOPBACK, {**ETHERNET, "Dhcp": 0})
SEVERAL = joined(STATIC, addresses("10.0.0.4", "10.0.0.5"), metadata("10.0.0.4", "10.0.0.5"))


def options(data: str) -> dict[str, Any]:
    return key(
        NICS + r"\{4D36E972-0000-0000-0000-000000000006}", DhcpInterfaceOptions={"type": "REG_BINARY", "data": data}
    )


def profile(*data: Any, os: Any = "127", encrypted: str = "false", status: int = 200) -> dict[str, Any]:
    disks = [{"diskSizeGB": size, "lun": str(n), "name": f"data{n}"} for n, size in enumerate(data)]
    body = {"dataDisks": disks, "osDisk": {"diskSizeGB": os, "encryptionSettings": {"enabled": encrypted}}}
    answer = {"status": status, "body": json.dumps(body)}
    return endpoint("169.254.169.254:80", paths={"/metadata/instance/compute/storageProfile*": answer})


def volumes(*status: Any) -> dict[str, Any]:
    rows = [{"DriveLetter": f"{'CEFGH'[n]}:", "ProtectionStatus": one} for n, one in enumerate(status)]
    return {"wmi": {ENCRYPTION: {"Win32_EncryptableVolume": rows}}}


NO_PROFILE = profile(status=404)


def disks(*rows: tuple[int, Any, int], partitions: Any = None, **cimv2: Any) -> dict[str, Any]:
    """Disks as the machine sees them (number, size, bus), without Azure's word."""
    seen = [{"Number": n, "Size": size, "BusType": bus, "FriendlyName": "Msft Virtual Disk"} for n, size, bus in rows]
    classes: dict[str, Any] = {"MSFT_Disk": seen}
    if partitions is not None:
        classes["MSFT_Partition"] = partitions
    return {**NO_PROFILE, "wmi": {STORAGE: classes, **({r"root\cimv2": cimv2} if cimv2 else {})}}


TIB = 1 << 40
OLD = {
    **NO_PROFILE,
    "wmi": {
        STORAGE: {"MSFT_Disk": None, "MSFT_Partition": None},
        r"root\cimv2": {"Win32_DiskDrive": [{"Index": 0, "Size": str(33 * TIB), "Model": "Virtual HD"}]},
    },
}


def listing(
    *writers: tuple[str, int, str],
    words: tuple[str, ...] = ("Writer name", "Writer Id", "Writer Instance Id", "State", "Last error"),
    **more: Any,
) -> dict[str, Any]:
    """What vssadmin prints of writers (name, state, last error), with the words of a language."""
    lines = [
        "vssadmin 1.1 - Volume Shadow Copy Service administrative command-line tool",
        "(C) Copyright 2001-2013 Microsoft Corp.",
        "",
    ]
    for name, state, error in writers:
        lines += [
            f"{words[0]}: '{name}'",
            f"   {words[1]}: {{e8132975-6f93-4464-a53e-1050253ae220}}",
            f"   {words[2]}: {{0cbfa1a3-e9e8-4a0a-8e6d-5d1ea3d5dc1c}}",
            f"   {words[3]}: [{state}] Stable",
            f"   {words[4]}: {error}",
            "",
        ]
    return {"native": {"vssadmin list writers": {"output": "\n".join(lines), "exitCode": 0, **more}}}


GERMAN = ("Verfassername", "Verfasserkennung", "Verfasserinstanzkennung", "Status", "Letzter Fehler")
OK = ("Registry Writer", 1, "No error")


def _part(name: str) -> list[Example]:
    of = Of(f"BK-21.{name}", "backup")
    there = name != "IaasVmProvider"
    bad = Verdict.NON_COMPLIANT if there else Verdict.WARNING
    found = [
        of.compliant("as it should be"),
        of.deviating("disabled", f"the service {name} is disabled", bad, **service(name, startType="Disabled")),
        of.unreadable(
            "no source tells of it", **together(HIDDEN, denied(rf"HKLM\SYSTEM\CurrentControlSet\Services\{name}"))
        ),
        of.trap(
            "another one is disabled",
            Verdict.COMPLIANT,
            **service("VSS" if name != "VSS" else "swprv", startType="Disabled"),
        ),
    ]
    if there:
        found.append(of.absent("no such service", f"there is no service {name}", **no_service(name)))
    else:
        found.append(
            of.absent(
                "before the first backup", "comes with the first backup", Verdict.NOT_APPLICABLE, **no_service(name)
            )
        )
    if name in ("VSS", "swprv"):
        found.append(
            of.trap("stopped is normal", Verdict.COMPLIANT, **service(name, status="Stopped", startType="Automatic"))
        )
    if name in ("COMSysApp", "CryptSvc"):
        found.append(
            of.deviating(
                "stopped", f"the service {name} is stopped", Verdict.WARNING, **service(name, status="Stopped")
            )
        )
    if name == "EventSystem":
        found.append(of.deviating("stopped", "the service EventSystem is stopped", **service(name, status="Stopped")))
    if name == "MSDTC":
        found += [
            of.deviating(
                "another account", "runs as LocalSystem, not as NetworkService", **service(name, account="LocalSystem")
            ),
            of.trap(
                "the account in other letters",
                Verdict.COMPLIANT,
                **service(name, account="nt authority\\NETWORK SERVICE"),
            ),
            of.trap("stopped is normal", Verdict.COMPLIANT, **service(name, status="Stopped")),
        ]
    return found


EXAMPLES = [
    BK_15.compliant("DHCP, and its service runs"),
    BK_15.deviating("a static address", "Ethernet has a static address, though Azure assigned it only one", **STATIC),
    BK_15.deviating("no lease", "uses DHCP, but got no lease, and so no fabric address", **addresses("169.254.17.3")),
    BK_15.deviating(
        "the service is disabled", "the service Dhcp (DHCP client) is disabled", **service("Dhcp", startType="Disabled")
    ),
    BK_15.deviating(
        "the service does not run", "the service Dhcp (DHCP client) is stopped", **service("Dhcp", status="Stopped")
    ),
    BK_15.deviating(
        "the service is started by hand",
        "its start type is manual",
        Verdict.WARNING,
        **service("Dhcp", startType="Manual"),
    ),
    BK_15.deviating(
        "several addresses, and no WireServer",
        "168.63.129.16:80 is not reached",
        **together(SEVERAL, {"endpoints": {**SEVERAL["endpoints"], "168.63.129.16:80": {"tcp": "timeout"}}}),
    ),
    BK_15.absent("no such service", "there is no service Dhcp", **no_service("Dhcp")),
    BK_15.unreadable(
        "WMI refuses", "access denied", **nics() | {"wmi": {SPACE: {"MSFT_NetIPInterface": {"error": "access-denied"}}}}
    ),
    BK_15.unreadable(
        "the service is not told", **together(HIDDEN, denied(r"HKLM\SYSTEM\CurrentControlSet\Services\Dhcp"))
    ),
    BK_15.unreadable(
        "static, and Azure's side is not known",
        "instance metadata service",
        **together(STATIC, endpoint("169.254.169.254:80", tcp="timeout", paths=None)),
    ),
    BK_15.trap(
        "several addresses of Azure: static is the documented way",
        Verdict.NOT_APPLICABLE,
        "several addresses",
        **SEVERAL,
    ),
    BK_15.trap(
        "static needs no DHCP service",
        Verdict.NOT_APPLICABLE,
        "several addresses",
        **together(SEVERAL, service("Dhcp", status="Stopped")),
    ),
    BK_15.trap("DHCP needs no IMDS", Verdict.COMPLIANT, **endpoint("169.254.169.254:80", tcp="timeout", paths=None)),
    BK_15.trap(
        "no option 245 is kept", Verdict.COMPLIANT, **options("0600000000000000040000000000000000000000a83f8110")
    ),
    BK_15.trap(
        "the default route leads out of another than Azure's primary",
        Verdict.WARNING,
        "not the primary interface in Azure",
        **metadata("10.0.9.4", mac="000D3A999999"),
    ),
    BK_15.trap("options that are cut off", Verdict.COMPLIANT, **options("f50000000000000004000000")),
    BK_15.trap(
        "a static second interface",
        Verdict.NOTED,
        "left out: Ethernet 2 (not connected)",
        **nics(
            LOOPBACK,
            ETHERNET,
            {**SECOND, "ConnectionState": 0},
            MSFT_NetAdapter=[HYPER_V, {**HYPER_V, "InterfaceIndex": 7}],
        ),
    ),
    BK_15.trap(
        "static, and the service may not be read",
        Verdict.NON_COMPLIANT,
        "static address",
        **together(STATIC, denied("service control manager")),
    ),
    BK_16.compliant("small disks"),
    BK_16.compliant("exactly 32 TiB", **profile("32768")),
    BK_16.compliant("the largest disk of Azure is 35 decimal TB", **profile("32767")),
    BK_16.deviating(
        "a GiB more", "data disk data1 (LUN 1) of 32,769 GiB is larger than 32 TiB", **profile("10", "32769")
    ),
    BK_16.deviating(
        "two offenders, each named",
        "data disk data0 (LUN 0) of 40,000 GiB is larger than 32 TiB; data disk data1 (LUN 1) of 50,000 GiB",
        **profile("40000", "50000"),
    ),
    BK_16.deviating(
        "encrypted by Azure Disk Encryption",
        "the OS disk of 4,097 GiB is larger than 4 TiB, and encrypted in the guest: Azure names encryption settings",
        **profile(os="4097", encrypted="true"),
    ),
    BK_16.deviating("encrypted by BitLocker", "BitLocker protects C:", **together(profile("4097"), volumes(1))),
    BK_16.deviating(
        "the extension of disk encryption",
        "the extension AzureDiskEncryption is installed",
        **together(
            profile("4097"),
            key(STATES + r"\Microsoft.Azure.Security.AzureDiskEncryption_2.2.0.0", InstallState="Enabled"),
        ),
    ),
    BK_16.deviating(
        "the extension of disk encryption is in a state of another name",
        "the extension AzureDiskEncryption is installed",
        **together(
            profile("4097"),
            key(STATES + r"\Microsoft.Azure.Security.AzureDiskEncryption_2.2.0.0", InstallState="Upgrading"),
        ),
    ),
    BK_16.trap(
        "the extension of disk encryption was removed",
        Verdict.COMPLIANT,
        **together(
            profile("4097"),
            key(STATES + r"\Microsoft.Azure.Security.AzureDiskEncryption_2.2.0.0", InstallState="NotInstalled"),
        ),
    ),
    BK_16.deviating(
        "the extension of disk encryption is there in two versions",
        "the extension AzureDiskEncryption is installed",
        **together(
            profile("4097"),
            key(STATES + r"\Microsoft.Azure.Security.AzureDiskEncryption_2.1.0.0", InstallState="NotInstalled"),
            key(STATES + r"\Microsoft.Azure.Security.AzureDiskEncryption_2.2.0.0"),
        ),
    ),
    BK_16.deviating("a locked volume", "E: is locked by BitLocker", **volumes(0, 2)),
    BK_16.deviating(
        "as the machine sees it",
        "disk 2 (Msft Virtual Disk) of 33,792 GiB is larger than 32 TiB",
        **disks((0, 1 << 37, 10), (2, 33 * TIB, 10)),
    ),
    BK_16.deviating("on Server 2008 R2", "disk 0 (Virtual HD) of 33,792 GiB", **OLD),
    BK_16.absent("no BitLocker on this Windows", "", Verdict.COMPLIANT, wmi={ENCRYPTION: None}),
    BK_16.absent("nobody tells the disks", "neither Azure nor the machine tells", Verdict.UNDETERMINED, **disks()),
    BK_16.unreadable(
        "neither Azure nor WMI answers",
        "could not be read",
        **together(
            NO_PROFILE,
            {
                "wmi": {
                    STORAGE: {"MSFT_Disk": {"error": "access-denied"}},
                    r"root\cimv2": {"Win32_DiskDrive": {"error": "access-denied"}},
                }
            },
        ),
    ),
    BK_16.unreadable(
        "whether volumes are locked is not told",
        "could not be read",
        wmi={ENCRYPTION: {"Win32_EncryptableVolume": {"error": "access-denied"}}},
    ),
    BK_16.unreadable("whether a volume is locked is not told", "the protection of C: is not told", **volumes(None)),
    BK_16.unreadable("a size is not told", "is not told", **disks((0, None, 10))),
    BK_16.trap(
        "one is locked, and of another the protection is not told",
        Verdict.NON_COMPLIANT,
        "E: is locked by BitLocker",
        **volumes(None, 2),
    ),
    BK_16.trap("4 TiB, encrypted", Verdict.COMPLIANT, **together(profile("4096"), volumes(1))),
    BK_16.trap("large and not encrypted", Verdict.COMPLIANT, **profile("4097")),
    BK_16.trap(
        "Azure does not tell one size: the machine does",
        Verdict.NOTED,
        "disk 1 (Msft Virtual Disk): temporary disk",
        **profile(""),
    ),
    BK_16.trap(
        "Storage Spaces over several disks, which Azure does not tell",
        Verdict.WARNING,
        "does not tell the sizes of the disks that disk 3 (Msft Virtual Disk) stripes over",
        **disks((0, 1 << 37, 10), (3, 60 * TIB, 16)),
    ),
    BK_16.trap(
        "Storage Spaces over several disks, which Azure tells",
        Verdict.COMPLIANT,
        **together(profile("32767", "32767"), {"wmi": disks((0, 1 << 37, 10), (3, 60 * TIB, 16))["wmi"]}),
    ),
    BK_16.trap(
        "Storage Spaces are left out",
        Verdict.WARNING,
        "left out: disk 3 (Msft Virtual Disk): Storage Spaces",
        **disks((0, 1 << 37, 10), (3, 60 * TIB, 16)),
    ),
    *[
        BK_16.trap(
            f"Storage Spaces, which only the older class tells, {size} TiB",
            Verdict.WARNING,
            "the sizes of the disks that disk 3 (Microsoft Storage Space Device) stripes over",
            **NO_PROFILE,
            wmi={
                STORAGE: {"MSFT_Disk": {"error": "rpc-unavailable"}},
                r"root\cimv2": {
                    "Win32_DiskDrive": [
                        {"Index": 0, "Size": "136367309312", "Model": "Msft Virtual Disk SCSI Disk Device"},
                        {"Index": 3, "Size": str(size * TIB), "Model": "Microsoft Storage Space Device"},
                    ]
                },
            },
        )
        for size in (20, 60)
    ],
    BK_16.trap("iSCSI is no disk of Azure's", Verdict.NOTED, "iSCSI", **disks((0, 1 << 37, 10), (3, 60 * TIB, 9))),
    BK_16.trap(
        "the temporary disk",
        Verdict.NOTED,
        "temporary disk",
        **disks((0, 1 << 37, 10), (1, 60 * TIB, 10), partitions=[{"DiskNumber": 1, "DriveLetter": 68}]),
    ),
    BK_16.trap("sizes as text", Verdict.COMPLIANT, **disks((0, "136367309312", 10))),
    BK_16.trap(
        "too large, and volumes are not told",
        Verdict.NON_COMPLIANT,
        "larger than 32 TiB",
        **together(profile("40000"), {"wmi": {ENCRYPTION: {"Win32_EncryptableVolume": {"error": "access-denied"}}}}),
    ),
    BK_16.trap(
        "what answers in the place of IMDS",
        Verdict.NOTED,
        "temporary disk",
        **endpoint(
            "169.254.169.254:80", paths={"/metadata/instance/compute/storageProfile*": {"status": 200, "body": "[]"}}
        ),
    ),
    WRITERS.compliant("all stable"),
    WRITERS.deviating(
        "one has failed",
        "System Writer (e8132975-6f93-4464-a53e-1050253ae220) is in state 8 (Timed out)",
        **listing(OK, ("System Writer", 8, "Timed out")),
    ),
    WRITERS.deviating("the first state that is a failure", "is in state 6", **listing(("A", 6, ""))),
    WRITERS.deviating(
        "two, each named",
        "A (e8132975-6f93-4464-a53e-1050253ae220) is in state 9 (x); B (",
        **listing(("A", 9, "x"), ("B", 11, "y")),
    ),
    WRITERS.deviating(
        "stable, with a last error",
        "the last error of System Writer (e8132975-6f93-4464-a53e-1050253ae220) is “Timed out”",
        Verdict.WARNING,
        **listing(OK, OK, ("System Writer", 1, "Timed out")),
    ),
    WRITERS.deviating(
        "all with the same error", "is “Retryable error”", Verdict.WARNING, **listing(("A", 1, "Retryable error"))
    ),
    WRITERS.deviating(
        "an unknown state",
        "the state of A (e8132975-6f93-4464-a53e-1050253ae220) is unknown (0)",
        Verdict.WARNING,
        **listing(OK, ("A", 0, "No error")),
    ),
    WRITERS.deviating(
        "failed, in German", "is in state 7", **listing(("System Writer", 7, "Zeitlimit überschritten"), words=GERMAN)
    ),
    WRITERS.absent("an empty list", "VSS lists no writers", **listing()),
    WRITERS.absent("no vssadmin", "there is no vssadmin", Verdict.UNDETERMINED, native={"vssadmin list writers": None}),
    WRITERS.unreadable("it does not end", "timed out", **listing(silent=True)),
    WRITERS.unreadable("not an administrator", "vssadmin ended with 2", **listing(exitCode=2)),
    WRITERS.unreadable("it broke off behind the first writers", "may not be whole", **listing(OK, exitCode=1)),
    WRITERS.trap(
        "it broke off behind a failed writer",
        Verdict.NON_COMPLIANT,
        "is in state 9",
        **listing(OK, ("A", 9, ""), exitCode=1),
    ),
    WRITERS.unreadable(
        "a state that is not understood",
        "is not understood",
        native={
            "vssadmin list writers": "Writer name: 'A'\n   Writer Id: {e8132975-6f93-4464-a53e-1050253ae220}\n   State: Stable\n"
        },
    ),
    WRITERS.unreadable("longer than what is read", "was cut off", **listing(*[OK] * 400)),
    WRITERS.unreadable("in Constrained Language Mode", "not possible on this host", **CONSTRAINED),
    WRITERS.trap(
        "German, and well", Verdict.COMPLIANT, **listing(("A", 1, "Kein Fehler"), ("B", 1, "Kein Fehler"), words=GERMAN)
    ),
    WRITERS.trap(
        "a backup is running",
        Verdict.NOTED,
        "A (e8132975-6f93-4464-a53e-1050253ae220) waits (state 5)",
        **listing(OK, ("A", 5, "No error")),
    ),
    WRITERS.trap(
        "a name with a number in brackets", Verdict.COMPLIANT, **listing(("SqlServerWriter [15]", 1, "No error"))
    ),
    WRITERS.trap(
        "without empty lines",
        Verdict.NON_COMPLIANT,
        "B (e8132975-6f93-4464-a53e-1050253ae220) is in state 9",
        native={
            "vssadmin list writers": listing(("A", 1, ""), ("B", 9, ""))["native"]["vssadmin list writers"][
                "output"
            ].replace("\n\n", "\n")
        },
    ),
    WRITERS.trap(
        "a failed one among those that are not understood",
        Verdict.NON_COMPLIANT,
        "state 9",
        native={
            "vssadmin list writers": listing(("B", 9, ""))["native"]["vssadmin list writers"]["output"]
            + "\nWriter name: 'A'\n   Writer Id: {e8132975-6f93-4464-a53e-1050253ae220}\n"
        },
    ),
    *(example for name in PARTS for example in _part(name)),
]
