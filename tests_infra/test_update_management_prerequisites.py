"""Update Management, "Prerequisite checks": what must be installed and switched on before the agent can work."""

from __future__ import annotations

from collections.abc import Iterator

from tests_infra.documents import UPDATE_MANAGEMENT
from vmready import Role, advise, must, note, observe, requirement
from vmready.facts.dot_net import DotNetFramework
from vmready.facts.tls import WIN_HTTP_TLS_12, Tls
from vmready.facts.windows_powershell import WindowsPowerShell


@requirement(
    "UM-02",
    must,
    title=".NET Framework 4.6.2 or later is installed",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT[".NET 4.6.2"],
    rationale="The hybrid runbook worker is built for .NET Framework 4.6.2; with an earlier one it does not start.",
    remedy="Install .NET Framework 4.8 (or 4.6.2 at least) and restart the machine.",
)
def test_dot_net_for_update_management(dot_net_framework: DotNetFramework) -> None:
    observe({"release": dot_net_framework.release.number})
    perhaps = dot_net_framework.perhaps("4.6.2")
    assert perhaps or dot_net_framework.at_least("4.6.2"), (
        f".NET Framework 4.6.2 is wanted, found {dot_net_framework.name}"
    )
    if perhaps:
        advise(f"Release is {dot_net_framework.release}: .NET's own detection does not find it")


@requirement(
    "UM-03",
    must,
    title="Windows Management Framework 5.1 or later is installed",
    severity="high",
    roles=[Role.UPDATE_MANAGEMENT],
    source=UPDATE_MANAGEMENT["WMF 5.1"],
    rationale="Update deployments run their scripts in Windows PowerShell 5.1.",
    remedy="Install Windows Management Framework 5.1 (built in from Windows Server 2016 on) and restart the machine.",
)
def test_windows_management_framework(windows_powershell: WindowsPowerShell) -> None:
    observe({"version": windows_powershell.text})
    assert windows_powershell.version is not None, "Windows PowerShell is not installed"
    assert windows_powershell.version >= (5, 1), f"WMF 5.1 is wanted, found {windows_powershell.text}"


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
)
def test_tls_1_2_for_clients(tls: Tls) -> None:
    observe({"client": tls.client.state.value, "server": tls.server.state.value, "suites": len(tls.suites.useful)})
    assert tls.client.state.usable, f"TLS 1.2 is {tls.client.state} for clients (Schannel)"
    assert tls.suites.tls_12, "no cipher suite of TLS 1.2 is left"
    for text in _weaknesses(tls):
        advise(text)
    if tls.server.state.switched_off:
        note(f"TLS 1.2 is {tls.server.state} for servers, which the agent does not need")


def _weaknesses(tls: Tls) -> Iterator[str]:
    """What does not keep TLS 1.2 from working everywhere, but somewhere."""
    for setting in tls.client.ignored:
        yield f"{setting.name} of TLS 1.2 is {setting}: Schannel does not read it"
    if tls.suites.empty_policy:
        yield "a policy sets an empty list of cipher suites"
    if not tls.suites.useful:
        yield "none of the cipher suites that are left is one that Azure takes (ECDHE or DHE with RSA and AES)"
    for view, strong in tls.strong_crypto.items():
        if not strong.number:
            yield f"SchUseStrongCrypto is {strong} in the {view} view: .NET programs for versions before 4.6 do not offer TLS 1.2"
    for view, protocols in tls.win_http.items():
        if not (protocols.number or 0) & WIN_HTTP_TLS_12:
            yield f"DefaultSecureProtocols of WinHTTP is {protocols} in the {view} view: it does not offer TLS 1.2"
