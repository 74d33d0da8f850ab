"""The disks of a backup: which count, how large they are, and what shows that the guest encrypts them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vmready.facts.backup_disks import BackupDisks
from vmready.facts.registry import UnreadableFact
from vmready.probes.answers import Absent, Answer, Observed
from vmready.probes.readings import Exchange, Instances, Key, Names

TIB, GIB = 1 << 40, 1 << 30
Row = dict[str, Any]


def rows(*found: Row, more: bool = False) -> Answer[Instances]:
    return Observed(Instances(tuple(Names(row) for row in found), more))


def told(body: Any, status: int = 200, cut: bool = False) -> Answer[Exchange]:
    text = body if isinstance(body, str) else json.dumps(body)
    return Observed(Exchange("answered", status, None, None, None, text, cut, None, None, None, None, None))


def profile(*sizes: Any, os: Any = "127", **of_os: Any) -> Row:
    data = [{"diskSizeGB": size, "lun": n, "name": f"d{n}"} for n, size in enumerate(sizes)]
    return {"dataDisks": data, "osDisk": {"diskSizeGB": os, **of_os}}


def handlers(*names: str) -> Answer[Key]:
    return Observed(Key(Names({}), Names({}), Names(dict.fromkeys(names))))


def machine(storage: Answer[Exchange] | None = None, **answers: Any) -> BackupDisks:
    known: dict[str, Any] = dict.fromkeys(
        ("disks", "partitions", "old_disks", "labels", "volumes", "handlers"), Absent()
    )
    return BackupDisks(storage or Absent(), **{**known, **answers})


def disk(number: int, bus: Any = 10, size: Any = 127 * GIB, **more: Any) -> Row:
    return {"Number": number, "Size": size, "BusType": bus, "FriendlyName": "Disk", **more}


def volume(status: Any, drive: str | None = "C:") -> Row:
    return {"DriveLetter": drive, "ProtectionStatus": status}


@pytest.mark.parametrize(
    ("bus", "left_out"),
    [
        *((bus, "") for bus in (-1, 0, 1, 3, 8, 10, 11, 12, 13, 17, None, "16")),
        (9, "disk 1 (Disk): iSCSI"),
        (14, "disk 1 (Disk): virtual"),
        (15, "disk 1 (Disk): a file"),
        (16, "disk 1 (Disk): Storage Spaces"),
    ],
)
def test_which_kinds_of_disk_count(bus: Any, left_out: str) -> None:
    found = machine(disks=rows(disk(0), disk(1, bus))).sizes()
    assert (len(found.disks), found.left_out) == ((1, (left_out,)) if left_out else (2, ()))


@pytest.mark.parametrize(
    ("label", "letter", "temporary"),
    [
        ("Temporary Storage", "D", True),
        ("TEMPORARY STORAGE ", ord("d"), True),
        ("Temporary Storage", "d", True),
        ("Temporary Storage", "D:", True),
        ("Temporary Storage", "E", False),
        ("Temporary Storage", 0, False),
        ("Temporary Storage", None, False),
        ("Data", "D", False),
        ("Work", "D", False),
        (None, "D", False),
    ],
)
def test_which_disk_is_the_temporary_one(label: str | None, letter: Any, temporary: bool) -> None:
    found = machine(
        disks=rows(disk(0), disk(1)),
        labels=rows({"DeviceID": "d:", "VolumeName": label}),
        partitions=rows({"DiskNumber": 1, "DriveLetter": letter}, {"DiskNumber": 0, "DriveLetter": "C"}),
    ).sizes()
    assert found.left_out == (("disk 1 (Disk): temporary disk",) if temporary else ())


@pytest.mark.parametrize(("letter", "left_out"), [(1, 1), (126, 1), (127, 1), (128, 0), (-1, 0), (0x10FFFF + 1, 0)])
def test_letters_that_are_numbers(letter: int, left_out: int) -> None:
    found = machine(
        disks=rows(disk(0), disk(1)),
        labels=rows({"DeviceID": f"{chr(letter)}:" if 0 < letter < 129 else "x", "VolumeName": "temporary storage"}),
        partitions=rows({"DiskNumber": 1, "DriveLetter": letter}),
    ).sizes()
    assert len(found.left_out) == left_out


@pytest.mark.parametrize(
    ("size", "known"),
    [
        (5 * TIB, 5 * TIB),
        ("6597069766656", 6 * TIB),
        ("9" * 19, 10**19 - 1),
        ("9" * 20, None),
        ("9" * 21, None),
        ("-1", None),
        ("٣", None),
        ("", None),
        (True, None),
        (None, None),
        (1.5, None),
    ],
)
def test_sizes_as_the_machine_tells_them(size: Any, known: int | None) -> None:
    for found in (machine(disks=rows(disk(0, size=size))), machine(old_disks=rows({"Index": 0, "Size": size}))):
        if known is None:
            with pytest.raises(UnreadableFact, match="the size of disk 0"):
                found.sizes()
        else:
            assert [one.size for one in found.sizes().disks] == [known]


NONE, MORE = "neither Azure nor the machine", "there are more disks"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({}, NONE),
        ({"disks": rows()}, NONE),
        ({"disks": rows(disk(0, 16))}, NONE),
        ({"disks": rows(disk(0), more=True)}, MORE),
        ({"old_disks": rows()}, NONE),
        ({"old_disks": rows({"Index": 0, "Size": 1}, more=True)}, MORE),
    ],
)
def test_disks_that_are_not_told_or_too_many(answers: Any, words: str) -> None:
    with pytest.raises(UnreadableFact, match=words):
        machine(**answers).sizes()


@pytest.mark.parametrize(
    ("body", "sizes"),
    [
        (profile(), (127,)),
        (profile("1", 32767), (127, 1, 32767)),
        (profile("999999999"), (127, 999999999)),
        (profile("1000000000"), None),
        (profile("10000000000"), None),
        (profile(""), None),
        (profile(None), None),
        (profile("٣"), None),
        (profile("-5"), None),
        (profile(os=None), None),
        ({"osDisk": {"diskSizeGB": "127"}}, None),
        ({"osDisk": {"diskSizeGB": "127"}, "dataDisks": {}}, None),
        ({"osDisk": {"diskSizeGB": "127"}, "dataDisks": ["1"]}, None),
        ({"osDisk": "127", "dataDisks": []}, None),
        ([], None),
        ("{", None),
        ("[" * 100_000, None),
    ],
)
def test_sizes_as_azure_tells_them(body: Any, sizes: tuple[int, ...] | None) -> None:
    """Where Azure's word is not whole, the machine's is taken."""
    found = machine(told(body), disks=rows(disk(0, size=7))).sizes()
    assert [one.size for one in found.disks] == ([7] if sizes is None else [size * GIB for size in sizes])


@pytest.mark.parametrize(
    "answer", [told(profile("1"), status=404), told(profile("1"), status=199), told(profile("1"), cut=True), Absent()]
)
def test_an_answer_of_azure_that_does_not_count(answer: Answer[Exchange]) -> None:
    assert [one.name for one in machine(answer, disks=rows(disk(4))).sizes().disks] == ["disk 4 (Disk)"]


def test_what_disks_are_called() -> None:
    of_azure = machine(told(profile("1"))).sizes().disks
    assert [one.name for one in of_azure] == ["the OS disk", "data disk d0 (LUN 0)"]
    assert machine(disks=rows(disk(0, FriendlyName=None))).sizes().disks[0].name == "disk 0 (no name)"
    old = machine(old_disks=rows({"Index": 3, "Model": "Virtual HD", "Size": "1"})).sizes()
    assert (old.disks[0].name, old.left_out) == ("disk 3 (Virtual HD)", ())


FLAG: Row = {"encryptionSettings": {"enabled": "True"}}


@pytest.mark.parametrize(
    ("found", "how"),
    [
        (machine(), ""),
        (machine(told(profile(**FLAG))), "Azure names encryption settings"),
        (machine(told(profile(encryptionSettings={"enabled": True}))), "Azure names encryption settings"),
        (machine(told(profile(encryptionSettings={"enabled": "false"}))), ""),
        (machine(told(profile(encryptionSettings={}))), ""),
        (machine(told(profile(encryptionSettings={"enabled": "unknown"}))), ""),
        (machine(told(profile(encryptionSettings="true"))), ""),
        (machine(told(profile(**FLAG), status=500)), ""),
        (
            machine(handlers=handlers("A.B_1.0", "Microsoft.Azure.Security.AzureDiskEncryptionForLinux_1.1")),
            "the extension AzureDiskEncryption is installed",
        ),
        (machine(handlers=handlers("Contoso.Microsoft.Azure.Security.AzureDiskEncryption_1.0")), ""),
        (machine(volumes=rows(volume(0))), ""),
        (
            machine(volumes=rows(volume(1), volume(0, "E:"), volume(1, None))),
            "BitLocker protects C:, a volume without a letter",
        ),
        (machine(volumes=rows(volume(2))), ""),
    ],
)
def test_what_shows_that_the_guest_encrypts(found: BackupDisks, how: str) -> None:
    assert found.encryption() == how


@pytest.mark.parametrize(
    ("size", "status", "problems"),
    [
        (32 * TIB, 0, 0),
        (32 * TIB + 1, 0, 1),
        (4 * TIB - 1, 1, 0),
        (4 * TIB, 1, 0),
        (4 * TIB + 1, 0, 0),
        (4 * TIB + 1, 1, 1),
        (32 * TIB, 1, 1),
        (32 * TIB + 1, 1, 1),
        (1, 2, 1),
        (33 * TIB, 2, 2),
    ],
)
def test_disks_that_are_too_large_and_volumes_that_are_locked(size: int, status: int, problems: int) -> None:
    found = machine(disks=rows(disk(0, size=size)), volumes=rows(volume(status)))
    assert len(found.problems()) == problems


@pytest.mark.parametrize("status", [None, 3, "2"])
def test_a_volume_of_unknown_protection(status: Any) -> None:
    with pytest.raises(UnreadableFact, match="the protection of E: is not told"):
        machine(disks=rows(disk(0)), volumes=rows(volume(0), volume(status, "E:"))).problems()
