"""An inventory played over real sockets: addresses, authority, passwords; and what is said of an inventory that cannot be."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from winrm.exceptions import InvalidCredentialsError
from winrm.protocol import Protocol

from vmready.inventory import InventoryError
from vmready.probes.frame import read_frame
from vmready.probes.lines import calls
from vmready.probes.vocabulary import System
from vmready.twin.execution import TwinError
from vmready.twin.serving import TwinFleet, serve

BOOTSTRAP = 'powershell.exe -NoProfile -Command "$s = @($input) -join [string][char]10; $null = Set-Item function:Collect $s; Collect"'


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _inventory(folder: Path, hosts: str, states: dict[str, str], defaults: str = "") -> Path:
    for name, text in states.items():
        (folder / name).write_text(text, encoding="utf-8")
    path = folder / "twins.yaml"
    head = f"defaults: {{port: {_free_port()}, username: auditor, credential: {{file: made/password}}, tls: {{ca_file: made/ca.pem}}{defaults}}}\n"
    path.write_text(head + "hosts:\n" + hosts, encoding="utf-8")
    return path


def _computer_name(fleet: TwinFleet, name: str, folder: Path) -> str:
    host = next(host for host in fleet.hosts if host.name == name)
    password = (folder / "made" / "password").read_text(encoding="utf-8").strip()
    client = Protocol(
        host.url, transport="ntlm", username="auditor", password=password, ca_trust_path=str(folder / "made" / "ca.pem")
    )
    shell = client.open_shell()
    command = client.run_command(shell, BOOTSTRAP)
    client.send_command_input(shell, command, calls(1, "n", 60, [System().text]), end=True)
    stdout, _, _ = client.get_command_output(shell, command)
    client.close_shell(shell)
    client.transport.close_session()
    return str(read_frame(stdout, nonce="n", round_number=1)["answers"][0]["value"]["computerName"])


def test_hosts_answer_at_their_addresses_with_their_states(tmp_path: Path) -> None:
    path = _inventory(
        tmp_path,
        "  a: {address: 127.31.0.1, state: a.yaml}\n  b: {address: 127.31.0.2, state: b.yaml}\n  real: {address: 127.31.0.3}\n",
        {
            "a.yaml": "os: {computerName: ALPHA}",
            "b.yaml": "base: a.yaml\nos: {computerName: BETA}\ntwin: {logon: refused}",
        },
    )
    with TwinFleet.of([path]) as fleet:
        assert fleet.left_out == ("real",)
        assert _computer_name(fleet, "a", tmp_path) == "ALPHA"
        with pytest.raises(InvalidCredentialsError):
            _computer_name(fleet, "b", tmp_path)
        assert fleet.counts()["a"].open_shells == 0
        assert fleet.errors == ()
    secret = tmp_path / "made" / "password"
    assert secret.stat().st_mode & 0o077 == 0
    kept = secret.read_text(encoding="utf-8")
    with TwinFleet.of([path]) as fleet:
        assert _computer_name(fleet, "a", tmp_path) == "ALPHA", "a new authority in the old place"
    assert secret.read_text(encoding="utf-8") == kept


def test_somebody_elses_ca_file_is_never_overwritten(tmp_path: Path) -> None:
    path = _inventory(tmp_path, "  a: {address: 127.31.0.1, state: a.yaml}\n", {"a.yaml": "{os: {}}"})
    ours = tmp_path / "made" / "ca.pem"
    ours.parent.mkdir()
    ours.write_text("-----BEGIN CERTIFICATE-----", encoding="ascii")
    with pytest.raises(TwinError, match="not a twin's"), TwinFleet.of([path]):
        pass
    assert ours.read_text(encoding="ascii") == "-----BEGIN CERTIFICATE-----"


@pytest.mark.parametrize(
    ("hosts", "state", "message"),
    [
        ("  a: {address: 127.31.0.1}\n", "", "none of these hosts names a state"),
        ("  a: {address: 10.0.0.4, state: a.yaml}\n", "{os: {}}", "must be in 127.0.0.0/8"),
        ("  a: {address: 127.31.0.1, state: a.yaml}\n", "servces: {}", "unknown key; did you mean 'services'"),
        ("  a: {address: 127.31.0.1, state: a.yaml}\n", "twin: {faults: [{kind: rest}]}", "did you mean 'reset'"),
        ("  a: {address: 127.31.0.1, state: a.yaml, credential: ask}\n", "{os: {}}", "a twin takes its password from"),
        (
            "  a: {address: 127.31.0.1, state: a.yaml, credential: {env: VMREADY_NO_SUCH}}\n",
            "{os: {}}",
            "VMREADY_NO_SUCH is not set",
        ),
        ("  a: {address: 127.31.0.1, state: none.yaml}\n", "", "none.yaml"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, hosts: str, state: str, message: str) -> None:
    path = _inventory(tmp_path, hosts, {"a.yaml": state} if state else {})
    with pytest.raises(TwinError) as caught, TwinFleet.of([path]):
        pass
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    path = _inventory(tmp_path, "  a: {address: 127.31.0.1, state: a.yaml}\n", {"a.yaml": "{os: {}}"})
    with TwinFleet.of([path]), pytest.raises(TwinError, match="choose another port"), TwinFleet.of([path]):
        pass


def test_an_inventory_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InventoryError):
        TwinFleet.of([tmp_path / "missing.yaml"])


def test_serve_tells_what_is_played_until_it_is_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _inventory(
        tmp_path,
        "  a: {address: 127.31.0.1, state: a.yaml}\n  real: {}\n",
        {"a.yaml": "description: Tells a story\nos: {}"},
    )
    stop = threading.Event()
    stop.set()
    assert serve([path], until=stop) == 0
    told = capsys.readouterr().out.splitlines()
    assert "a " in told[0]
    assert told[0].endswith("Tells a story")
    assert told[1].endswith("not played: it names no state")
    assert told[2] == "1 twins are up; Ctrl-C ends them."
