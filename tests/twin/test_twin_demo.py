"""The demo fleet: its states load, its hosts are machines of their own, and each story is in its state."""

from __future__ import annotations

from pathlib import Path as FilePath

import pytest
from declared_hosts import absent, reason, value

from vmready.inventory import load as load_inventory
from vmready.model import Role
from vmready.probes.vocabulary import (
    AppLockerPolicy,
    Descriptor,
    HttpGet,
    Native,
    Path,
    Process,
    RegistryKey,
    Service,
    System,
    Tail,
    TcpConnect,
    Wmi,
)
from vmready.twin.states import State, load

INVENTORIES = FilePath(__file__).parents[2] / "inventories"
STATUS_FILE = r"%SystemDrive%\WindowsAzure\Logs\AggregateStatus\aggregatestatus.json"
WIN_STATIONS = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations"
HOSTS = {host.name: host for host in load_inventory([INVENTORIES / "demo.yaml"]).hosts}


@pytest.fixture(scope="module")
def states() -> dict[str, State]:
    return {name: load(host.state) for name, host in HOSTS.items() if host.state}


def _data(state: State, key: str, name: str) -> object:
    return value(state, RegistryKey(key, values=(name,)))["values"][name]["data"]


def test_machines_of_their_own(states: dict[str, State]) -> None:
    assert len(states) == len(HOSTS) >= 20
    systems = [value(state, System()) for state in states.values()]
    assert len({system["computerName"] for system in systems}) == len(HOSTS)
    assert len({system["machineId"] for system in systems}) == len(HOSTS)
    assert len({(host.address, host.port) for host in HOSTS.values()}) == len(HOSTS)
    assert all(str(state.raw["description"]).strip() for state in states.values())


def test_every_state_of_the_folder_loads() -> None:
    for path in sorted((INVENTORIES / "states").rglob("*.yaml")):
        assert load(path).document()["os"]["computerName"]


def test_what_good_looks_like(states: dict[str, State]) -> None:
    for name in ("um-01", "avd-01", "web-01", "files-01", "client-01", "image-01"):
        state = states[name]
        for service in ("RdAgent", "WindowsAzureGuestAgent"):
            assert value(state, Service(service))["scm"] == {"status": 4}
            assert value(state, Service(service))["key"]["Start"] == 2
        assert value(state, TcpConnect("168.63.129.16", 80))["connect"]["outcome"] == "connected"
        routes = value(
            state, Wmi("MSFT_NetIPInterface", ("Dhcp",), namespace=r"root\StandardCimv2", where=("InterfaceIndex", "6"))
        )
        assert all(row["Dhcp"] == 1 for row in routes["instances"])


def test_each_story_is_told(states: dict[str, State]) -> None:
    ndp = r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full"
    assert _data(states["um-dotnet"], ndp, "Release") == 394271
    assert (
        _data(states["um-wmf"], r"HKLM\SOFTWARE\Microsoft\PowerShell\3\PowerShellEngine", "PowerShellVersion") == "4.0"
    )
    schannel = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"
    assert _data(states["um-tls"], schannel, "Enabled") == 0
    keys = Descriptor(r"%ProgramData%\Microsoft\Crypto\RSA\MachineKeys")
    assert "SY)" not in value(states["um-keys"], keys)["sddl"]
    assert reason(states["um-denied"], keys) == "DENIED"
    assert _data(states["avd-reverse"], WIN_STATIONS + r"\rdp-sxs240705700", "fReverseConnectMode") == 0
    assert _data(states["avd-listener"], WIN_STATIONS + r"\rdp-sxs240705700", "fEnableWinStation") == 0
    assert "rdp-sxs" not in value(states["avd-listener"], Native("qwinsta"))["text"]
    agent = r"HKLM\SOFTWARE\Microsoft\RDInfraAgent"
    assert _data(states["avd-token"], agent, "IsRegistered") == 0
    page = HttpGet("https://rdbroker.wvd.microsoft.com/api/health", body=4096)
    assert "Contoso" in value(states["avd-inspected"], page)["body"]
    stacks = value(states["avd-upgrading"], Path(r"%ProgramW6432%\Microsoft RDInfra\SxSStack*.msi"))["matches"]
    assert [found["path"].rpartition("-")[2] for found in stacks] == ["1.0.2407.05700.msi", "1.0.2602.09400.msi"]
    blocked = TcpConnect("mrsglobalsteus2prod.blob.core.windows.net", 443)
    assert value(states["avd-blocked"], blocked)["connect"]["outcome"] == "timeout"
    assert value(states["avd-01"], blocked)["connect"]["outcome"] == "connected"
    assert reason(states["avd-locked"], blocked) == "UNSUPPORTED"
    wire = TcpConnect("168.63.129.16", 32526)
    assert value(states["web-firewall"], wire)["connect"]["outcome"] == "forbidden"
    assert value(states["web-stopped"], Service("RdAgent"))["scm"] == {"status": 1}
    assert '"Ready"' in value(states["web-stopped"], Tail(STATUS_FILE))["text"]
    folders = value(states["web-starting"], Path(r"%SystemDrive%\WindowsAzure\GuestAgent_2.7.41491.1183_*"))["matches"]
    assert len(folders) == 2
    assert "Services EnforcementMode" in value(states["files-blocked"], AppLockerPolicy())["xml"]
    assert absent(states["image-01"], Service("RDAgentBootLoader"))
    assert value(states["image-left"], Service("RDAgentBootLoader"))["scm"] == {"status": 1}
    assert [process["id"] for process in value(states["avd-01"], Process("RDAgentBootLoader"))["processes"]] == [4120]


def test_no_secret_and_no_role_is_missing() -> None:
    assert all(host.credential is not None and host.credential.kind == "file" for host in HOSTS.values())
    roles = {role for host in HOSTS.values() for role in host.declared_roles or ()}
    assert roles == {Role.UPDATE_MANAGEMENT, Role.SESSION_HOST, Role.GOLDEN_IMAGE, Role.AZURE_BACKUP}
