"""Update Management, "Prerequisite checks": what must be installed and switched on before the agent can work."""

from __future__ import annotations

from collections.abc import Iterator

from tests_infra.documents import UPDATE_MANAGEMENT
from vmready import Role, advise, must, note, observe, requirement
from vmready.facts.dot_net import DotNetFramework
from vmready.facts.operating_system import OperatingSystem
from vmready.facts.tls import WIN_HTTP_TLS_12, Tls
from vmready.facts.windows_powershell import WindowsPowerShell

#: Windows Server 2008 R2 with Service Pack 1; the page of supported systems names none before it.
OLDEST = (6, 1, 7601)
#: Windows Server 2016: of this one release the installation without a desktop is not supported.
NO_CORE = (10, 0, 14393)


def _operating_system_letter(operating_system: OperatingSystem) -> None:
    """What the document's sample prints: "must be version 6.1.7600 (Windows Server 2008 R2) or higher"."""
    observe({"version": str(operating_system.version)})
    assert operating_system.version.number >= (6, 1, 7600), (
        f"6.1.7600 or higher is wanted, found {operating_system.name}"
    )


@requirement(
    "UM-01",
    must,
    title="The operating system is one that Update Management supports",
    severity="critical",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["Operating system"],
    rationale="The hybrid runbook worker is supported on Windows Server from 2008 R2 SP1 on: not on clients, Nano Server or the core installation "
    "of Server 2016.",
    remedy="Update a client otherwise (Intune, Windows Update for Business); move a server to a supported release.",
    as_documented=_operating_system_letter,
)
def test_operating_system(operating_system: OperatingSystem) -> None:
    observe({"version": str(operating_system.version), "kind": operating_system.version.installation_type})
    name = operating_system.name
    assert not operating_system.client, f"{name} is a client"
    assert not operating_system.nano, f"{name} is a Nano Server"
    assert operating_system.version.number >= OLDEST, f"{name} is older than Windows Server 2008 R2 SP1"
    without_desktop = operating_system.core and operating_system.version.number == NO_CORE
    assert not without_desktop, f"{name}: Server 2016 is supported with its desktop only"
    operating_system.require_kind()


def _dot_net_letter(dot_net_framework: DotNetFramework) -> None:
    """The heading says 4.6.2, the fix "4.6 or later": the stricter of both."""
    observe({"release": dot_net_framework.release.number})
    assert dot_net_framework.at_least("4.6.2"), (
        f"4.6.2 is wanted (heading; the fix says 4.6), found {dot_net_framework.name}"
    )


@requirement(
    "UM-02",
    must,
    title=".NET Framework 4.6.2 or later is installed",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT[".NET 4.6.2"],
    rationale="The hybrid runbook worker is built for .NET Framework 4.6.2; with an earlier one it does not start.",
    remedy="Install .NET Framework 4.8 (or 4.6.2 at least) and restart the machine.",
    as_documented=_dot_net_letter,
)
def test_dot_net_for_update_management(dot_net_framework: DotNetFramework) -> None:
    observe({"release": dot_net_framework.release.number})
    perhaps = dot_net_framework.perhaps("4.6.2")
    assert perhaps or dot_net_framework.at_least("4.6.2"), (
        f".NET Framework 4.6.2 is wanted, found {dot_net_framework.name}"
    )
    if perhaps:
        advise(f"Release is {dot_net_framework.release}: .NET's own detection does not find it")
    elif dot_net_framework.release.wide:
        advise(f"Release is {dot_net_framework.release}: .NET's own detection reads a DWORD")


def _framework_letter(windows_powershell: WindowsPowerShell) -> None:
    """Heading and fix say 5.1, the rule "4.0 or higher (5.1 preferable)": the stricter of both."""
    observe({"version": windows_powershell.text})
    assert windows_powershell.version is not None, "Windows PowerShell is not installed"
    assert windows_powershell.version >= (5, 1), (
        f"5.1 is wanted (heading and fix; the rule says 4.0), found {windows_powershell.text}"
    )


@requirement(
    "UM-03",
    must,
    title="Windows Management Framework 5.1 or later is installed",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["WMF 5.1"],
    rationale="Update deployments run their scripts in Windows PowerShell 5.1.",
    remedy="Install Windows Management Framework 5.1 (built in from Windows Server 2016 on) and restart the machine.",
    as_documented=_framework_letter,
)
def test_windows_management_framework(windows_powershell: WindowsPowerShell) -> None:
    observe({"version": windows_powershell.text})
    assert windows_powershell.version is not None, "Windows PowerShell is not installed"
    assert windows_powershell.version >= (5, 1), f"WMF 5.1 is wanted, found {windows_powershell.text}"


def _tls_letter(tls: Tls) -> None:
    """What the document's sample prints: "Client and Server connections must support TLS 1.2"; the section itself names the agent only."""
    observe({"client": tls.client.state.value, "server": tls.server.state.value})
    for side, found in (("clients", tls.client), ("servers", tls.server)):
        assert found.state.usable, f"TLS 1.2 is {found.state} for {side} (Schannel)"


@requirement(
    "UM-11",
    must,
    title="Clients on the machine can use TLS 1.2",
    severity="critical",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["TLS 1.2"],
    rationale="The service takes nothing below TLS 1.2. The agent is a client: Schannel, its cipher suites, .NET and WinHTTP must all let it.",
    remedy="Set Enabled 1 and DisabledByDefault 0 below SCHANNEL\\Protocols\\TLS 1.2\\Client, SchUseStrongCrypto 1 in both views of "
    ".NETFramework\\v4.0.30319, allow ECDHE suites with AES GCM, and restart.",
    as_documented=_tls_letter,
)
def test_tls_1_2_for_clients(tls: Tls) -> None:
    observe({"client": tls.client.state.value, "server": tls.server.state.value, "suites": len(tls.suites.useful)})
    assert tls.client.state.usable, f"TLS 1.2 is {tls.client.state} for clients (Schannel)"
    assert tls.suites.tls_12, "no cipher suite of TLS 1.2 is left"
    for text in (*tls.weaknesses, *_of_programs(tls)):
        advise(text)
    if tls.server.state.switched_off:
        note(f"TLS 1.2 is {tls.server.state} for servers, which the agent does not need")


def _of_programs(tls: Tls) -> Iterator[str]:
    """What keeps programs of .NET or WinHTTP from TLS 1.2 that Schannel would speak."""
    for view, strong in tls.strong_crypto.items():
        if strong.number != 1 or strong.wide:
            yield f"SchUseStrongCrypto is {strong} in the {view} view: .NET programs for versions before 4.6 do not offer TLS 1.2"
    for view, protocols in tls.win_http.items():
        if protocols.wide or not (protocols.number or 0) & WIN_HTTP_TLS_12:
            yield f"DefaultSecureProtocols of WinHTTP is {protocols} in the {view} view: it does not offer TLS 1.2"
