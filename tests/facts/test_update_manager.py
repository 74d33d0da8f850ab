"""The successor's prerequisites, each of which stands alone, and what Windows calls itself."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.facts.operating_system import operating_system
from vmready.facts.registry import UnreadableFact
from vmready.facts.system_proxy import SystemProxy
from vmready.facts.troubleshooter import _accounts, location
from vmready.facts.update_manager import EXTENSION, UpdateManager
from vmready.facts.windows_powershell import windows_powershell
from vmready.facts.windows_update_endpoints import UpdateEndpoints
from vmready.facts.windows_version import WindowsVersion
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Descriptor, File, Instances, Key, Names, Paths, Service

DENIED = Unreadable(Why(Reason.DENIED))


def key(sub_keys: dict[str, Any] | None = None, **values: Any) -> dict[str, Any]:
    typed = {n: {"type": "REG_DWORD" if isinstance(v, int) else "REG_SZ", "data": v} for n, v in values.items()}
    return {"values": typed, "keys": sub_keys or {}}


def service(name: str, state: int | None) -> Service:
    return Service(name, state, None, None, None, None, None, None, None)


def handlers(**sub_keys: Any) -> UpdateManager:
    return UpdateManager({"handlers": Observed(Key.read(key(sub_keys)))})


def test_the_highest_version_of_the_extension_tells_its_state() -> None:
    old = {f"{EXTENSION}_1.5.9": key(InstallState="Failed"), f"{EXTENSION}_x": None, f"x{EXTENSION}_9.0": None}
    name = f"{EXTENSION.upper()}_1.5.72"
    assert handlers(**{**old, name: key(InstallState="Installed")}).extension_states == {name: "Installed"}
    for node in (key(), key(InstallState=""), None, {"unreadable": {"id": "AccessDenied"}}):
        with pytest.raises(UnreadableFact, match=r"_1\.5\.72"):
            _ = handlers(**{**old, name: node}).extension_states
    assert handlers(**{f"x{EXTENSION}_9.0": None, EXTENSION: None}).extension_states == {}
    assert UpdateManager({"handlers": Absent()}).extension_states == {}


@pytest.mark.parametrize(
    ("himds", "guest_agent", "rd_agent", "arc"),
    [
        (4, None, None, True),
        (1, None, None, True),
        (4, 4, 4, False),
        (4, 4, None, False),
        (4, None, 1, False),
        (None, None, None, False),
        (None, 4, 4, False),
    ],
)
def test_the_agent_of_azure_arc_takes_the_place_of_the_guest_agent(
    himds: int | None, guest_agent: int | None, rd_agent: int | None, arc: bool
) -> None:
    states = {"himds": himds, "WindowsAzureGuestAgent": guest_agent, "RdAgent": rd_agent}
    found = UpdateManager({n: Absent() if s is None else Observed(service(n, s)) for n, s in states.items()})
    assert found.arc is arc


def test_a_part_that_may_not_be_read_is_no_absent_one() -> None:
    found = UpdateManager(dict.fromkeys(("handlers", "folder", "microsoft_update", "himds"), DENIED))
    for name in ("extension_states", "extension_folders", "microsoft_update"):
        with pytest.raises(UnreadableFact, match="access denied"):
            getattr(found, name)
    with pytest.raises(UnreadableFact, match="access denied"):
        found.service("himds")


@pytest.mark.parametrize(("state", "known"), [(4, True), (1, True), (None, False)])
def test_a_service_of_which_nobody_tells_the_state_is_not_known(state: int | None, known: bool) -> None:
    found = UpdateManager({"himds": Observed(service("himds", state)), "none": Absent()})
    assert found.service("none") is None
    if known:
        assert found.service("himds") == service("himds", state)
    else:
        with pytest.raises(UnreadableFact, match="no source told its state"):
            found.service("himds")


def test_folders_and_microsoft_update() -> None:
    files = tuple(File(rf"C:\Packages\{n}", True, None, None, None) for n in range(2))
    found = UpdateManager(
        {"folder": Observed(Paths(files, (), False)), "microsoft_update": Observed(Key.read(key(RegisteredWithAU=1)))}
    )
    assert (found.extension_folders, found.microsoft_update.number) == (2, 1)
    found = UpdateManager({"folder": Absent(), "microsoft_update": Absent()})
    assert (found.extension_folders, found.microsoft_update.number) == (0, None)


@pytest.mark.parametrize(
    ("names", "more", "unreadable", "gone"),
    [
        (["1.5.72"], False, (), False),
        (["1.5.9", "1.5.72"], True, ("C:\\x",), False),
        (["1.5.9"], False, (), True),
        (["1.5.9"], True, (), None),
        (["1.5.9"], False, ("C:\\x",), None),
        (None, False, (), True),
    ],
)
def test_the_files_of_a_registered_version(
    names: list[str] | None, more: bool, unreadable: tuple[str, ...], gone: bool | None
) -> None:
    files = tuple(File(f"C:\\Packages\\{name}", True, None, None, None) for name in names or ())
    folder = Absent() if names is None else Observed(Paths(files, unreadable, more))
    manager = UpdateManager({"folder": folder})
    if gone is None:
        with pytest.raises(UnreadableFact, match="not every folder"):
            manager.extension_gone(f"{EXTENSION}_1.5.72")
    else:
        assert manager.extension_gone(f"{EXTENSION}_1.5.72") is gone


def test_a_file_in_the_folders_place_is_none() -> None:
    file = File("C:\\Packages\\1.5.72", False, 1, None, None)
    assert UpdateManager({"folder": Observed(Paths((file,), (), False))}).extension_gone(f"{EXTENSION}_1.5.72")


def test_an_endpoint_that_is_not_asked_is_none_and_one_that_could_not_be_is_not_known() -> None:
    found = UpdateEndpoints({"update": None, "login": DENIED}, SystemProxy(), {})
    assert found.purpose("update") is None
    with pytest.raises(UnreadableFact, match="access denied"):
        found.purpose("login")


def windows(kind: str | None, product_type: Any, caption: Any = "Microsoft Windows Server 2019 ") -> Any:
    version = WindowsVersion((10, 0, 17763), 1, kind, "ServerDatacenter")
    rows = (Names({"ProductType": product_type, "Caption": caption}),)
    return operating_system(version, Instances(rows, more=False))


@pytest.mark.parametrize(
    ("kind", "product_type", "client", "nano", "core", "name"),
    [
        ("Server", 3, False, False, False, "Microsoft Windows Server 2019 (10.0.17763, Server)"),
        ("Server", 2, False, False, False, "Microsoft Windows Server 2019 (10.0.17763, Server)"),
        ("Server", 1, True, False, False, "Microsoft Windows Server 2019 (10.0.17763, Server)"),
        (" CLIENT ", 3, True, False, False, "Microsoft Windows Server 2019 (10.0.17763,  CLIENT )"),
        ("Nano Server", 3, False, True, False, "Microsoft Windows Server 2019 (10.0.17763, Nano Server)"),
        ("Server Core", 3, False, False, True, "Microsoft Windows Server 2019 (10.0.17763, Server Core)"),
        (None, 3, False, False, False, "Microsoft Windows Server 2019 (10.0.17763)"),
    ],
)
def test_kinds_of_windows(kind: str | None, product_type: int, client: bool, nano: bool, core: bool, name: str) -> None:
    found = windows(kind, product_type)
    assert (found.client, found.nano, found.core, found.name) == (client, nano, core, name)


def test_a_kind_that_is_not_told_is_not_guessed() -> None:
    assert windows("Server", 3, None).name == "Windows (10.0.17763, Server)"
    for product_type in (None, "3"):
        with pytest.raises(UnreadableFact, match="ProductType"):
            windows("Server", product_type)
    version = WindowsVersion((10, 0, 17763), None, None, None)
    for nothing in (None, Instances((), more=False)):
        with pytest.raises(UnreadableFact, match="ProductType"):
            operating_system(version, nothing)


@pytest.mark.parametrize(
    ("third", "first", "version"),
    [
        ({"PowerShellVersion": "5.1.17763.1"}, {"PowerShellVersion": "2.0"}, (5, 1, 17763, 1)),
        (None, {"PowerShellVersion": "2.0"}, (2, 0)),
        ({"PowerShellVersion": "4.0"}, None, (4, 0)),
        (None, None, None),
    ],
)
def test_the_newer_key_tells_the_version(
    third: dict[str, Any] | None, first: dict[str, Any] | None, version: tuple[int, ...] | None
) -> None:
    keys = (None if values is None else Key.read(key(**values)) for values in (third, first))
    assert windows_powershell(*keys).version == version


@pytest.mark.parametrize(
    "values", [{}, {"PowerShellVersion": ""}, {"PowerShellVersion": 5}, {"PowerShellVersion": "5.x"}]
)
def test_a_key_that_tells_no_version_is_not_passed_over(values: dict[str, Any]) -> None:
    old = Key.read(key(PowerShellVersion="2.0"))
    with pytest.raises(UnreadableFact):
        windows_powershell(Key.read(key(**values)), old)
    with pytest.raises(UnreadableFact):
        windows_powershell(None, Key.read(key(**values)))


@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        ({}, ""),
        ({"region": "westeurope"}, "westeurope"),
        ({"region": "westeurope", "automation_account_region": "eastus2"}, "eastus2"),
        ({"automation_account_region": None, "region": None}, ""),
    ],
)
def test_location_that_the_troubleshooter_would_be_given(inputs: dict[str, Any], found: str) -> None:
    assert location(inputs) == found


@pytest.mark.parametrize(
    ("answer", "accounts"),
    [
        (Observed(Descriptor("O:SYD:(A;;FA;;;BA)(D;;FA;;;SY)(AU;SA;FA;;;WD)", {})), ("S-1-5-32-544", "S-1-5-18")),
        (Observed(Descriptor("O:SY", {})), ()),
        (Observed(Descriptor("no list", {})), ()),
        (Absent(), ()),
        (DENIED, ()),
    ],
)
def test_accounts_that_the_troubleshooter_would_see(answer: Answer[Descriptor], accounts: tuple[str, ...]) -> None:
    assert _accounts(answer) == accounts
