"""Update Management by the letter of its document (``--as-documented``): where it says something else than our decision, and what."""

from __future__ import annotations

from typing import Any

import pytest

from tests_infra.test_update_management_connectivity import _judge_letter
from vmready.facts.clouds import Endpoint
from vmready.facts.reach import Reach
from vmready.facts.registry import Reader, UnreadableFact
from vmready.judge import judge
from vmready.judging import listening
from vmready.model import Cell, Finding, Verdict

from .harness import Example, collect, host_of, items, judged
from .services import CONNECTORS, HIDDEN
from .terms import endpoint, key, no_service, service, together
from .update_management_endpoints import DETOUR, ID, LOCAL_SYSTEM, OPERATIONS, proxy, win_http
from .update_management_requests import EUS2, PAST
from .update_management_settings import ALWAYS, ANSWERS, AU, MINUTES, SET, USED
from .update_management_system import OLD, SMA, STARTED, failure, log, windows, worker_event
from .update_management_system import OPERATIONS as AGENT_LOG

NDP = r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full"
TLS_SERVER = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server"
KEYS = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys"
AGENTSVC, ODS, OMS = (
    f"{ID}.{name}:443"
    for name in ("agentsvc.azure-automation.net", "ods.opinsights.azure.com", "oms.opinsights.azure.com")
)
GOOD, WARNED, BAD, NOTED = Verdict.COMPLIANT, Verdict.WARNING, Verdict.NON_COMPLIANT, Verdict.NOTED
OLD_WINDOWS: dict[str, Any] = {
    "CurrentMajorVersionNumber": None,
    "CurrentMinorVersionNumber": None,
    "CurrentVersion": "6.1",
    "CurrentBuildNumber": "7600",
}
#: item, what the host shows, our decision, the letter, a piece of the letter's text.
DIFFERENCES: list[tuple[str, dict[str, Any], Verdict, Verdict, str]] = [
    ("UM-01", windows(1, InstallationType="Client"), BAD, GOOD, ""),
    ("UM-01", windows(**OLD_WINDOWS), BAD, GOOD, ""),
    ("UM-02", key(NDP, Release={"type": "REG_SZ", "data": "528449"}), WARNED, BAD, "the fix says 4.6"),
    ("UM-04", together(proxy("10.0.0.9:8080"), endpoint(AGENTSVC, **DETOUR)), NOTED, BAD, "no TCP connection"),
    ("UM-04", endpoint(AGENTSVC, tls={"error": "trust"}), BAD, GOOD, ""),
    ("UM-05", endpoint(OPERATIONS, tls={"error": "trust"}), BAD, GOOD, ""),
    ("UM-19", endpoint(ODS, tls={"error": "trust"}), BAD, GOOD, ""),
    ("UM-20", endpoint(OMS, tls={"error": "trust"}), BAD, GOOD, ""),
    ("UM-06", {"registry": {CONNECTORS: None}}, BAD, GOOD, ""),
    ("UM-07", {"processes": [{"name": "HealthService", "id": 3100, "started": "2026-11-20T01:00:00Z"}]}, BAD, GOOD, ""),
    (
        "UM-08",
        log(AGENT_LOG, OLD, failure("2026-11-20T09:00:00Z", "Module DiskSpace failed")),
        NOTED,
        BAD,
        "event 4502",
    ),
    ("UM-10", {"acls": {KEYS: "O:SYG:SYD:PAI(A;;0x12019f;;;WD)"}}, WARNED, BAD, "read and write"),
    ("UM-11", key(TLS_SERVER, Enabled=0), NOTED, BAD, "for servers"),
    ("UM-12", key(AU, **{MINUTES: 15}), NOTED, WARNED, "should not be there"),
    ("UM-12", key(AU, **{ALWAYS: 0}), NOTED, WARNED, "should not be there"),
    ("UM-13", SET, NOTED, WARNED, "are left over"),
    ("UM-14", key(AU, AUOptions=3), GOOD, WARNED, "NoAutoUpdate is absent"),
    ("UM-14", key(AU, NoAutoUpdate=0), GOOD, WARNED, "NoAutoUpdate is 0"),
    ("UM-14", key(AU, NoAutoUpdate=2), GOOD, WARNED, "NoAutoUpdate is 2"),
    ("UM-15", endpoint(EUS2, tcp="timeout", http=None), GOOD, BAD, "no answer in time"),
    ("UM-16", win_http("10.0.0.9:8080", PAST), NOTED, WARNED, "a proxy is set: WinHTTP"),
    ("UM-18", {}, GOOD, BAD, "is stopped"),
]
#: item, what the host shows, and the verdict of the letter where both agree.
AGREEMENTS: list[tuple[str, dict[str, Any], Verdict]] = [
    ("UM-02", {}, GOOD),
    ("UM-03", {}, GOOD),
    ("UM-03", key(r"HKLM\SOFTWARE\Microsoft\PowerShell\3\PowerShellEngine", PowerShellVersion="4.0"), BAD),
    ("UM-03", key(r"HKLM\SOFTWARE\Microsoft\PowerShell\3\PowerShellEngine", PowerShellVersion="5.0.10586.117"), BAD),
    ("UM-03", key(r"HKLM\SOFTWARE\Microsoft\PowerShell\3\PowerShellEngine", PowerShellVersion="5.1"), GOOD),
    ("UM-01", windows(**{**OLD_WINDOWS, "CurrentBuildNumber": "7599"}), BAD),
    ("UM-01", windows(**{**OLD_WINDOWS, "CurrentVersion": "6.0", "CurrentBuildNumber": "9999"}), BAD),
    ("UM-06", service("HealthService", status="Stopped"), BAD),
    ("UM-06", no_service("HealthService"), BAD),
    ("UM-07", log(SMA, STARTED, worker_event(15004, "2026-11-20T09:00:00Z")), BAD),
    ("UM-07", {"logs": {SMA: None}}, BAD),
    ("UM-07", log(SMA, {**OLD, "provider": "Microsoft-SMA"}), BAD),
    ("UM-08", {"logs": {AGENT_LOG: None}}, BAD),
    ("UM-08", log(AGENT_LOG), Verdict.UNDETERMINED),
    ("UM-10", {}, GOOD),
    ("UM-10", {"acls": {KEYS: "O:SYG:SYD:P"}}, BAD),
    ("UM-12", {}, GOOD),
    ("UM-13", {}, GOOD),
    ("UM-13", together(USED, ANSWERS), NOTED),
    ("UM-13", {"registry": {AU: {"UseWUServer": 1}}}, WARNED),
    ("UM-14", key(AU, NoAutoUpdate=1), GOOD),
    ("UM-14", key(AU, NoAutoUpdate={"type": "REG_QWORD", "data": 1}), WARNED),
    ("UM-15", {}, GOOD),
    ("UM-16", {}, GOOD),
    ("UM-16", proxy("socks=10.0.0.9:1080"), WARNED),
    ("UM-16", together(proxy("http=10.0.0.9:8080"), endpoint("169.254.169.254:80", http={"status": 407})), WARNED),
    ("UM-16", together(win_http("10.0.0.9:8080"), key(LOCAL_SYSTEM, ProxyEnable="1")), WARNED),
    ("UM-16", key(LOCAL_SYSTEM, ProxyEnable="1"), Verdict.UNDETERMINED),
    ("UM-18", service("wuauserv", status="Running"), GOOD),
    ("UM-18", service("wuauserv", startType="Disabled"), BAD),
    ("UM-06", {"registry": {CONNECTORS: None}, **no_service("HealthService")}, BAD),
    ("UM-18", service("wuauserv", status="Running", startType="Disabled"), BAD),
    ("UM-04", {"os": {"languageMode": "ConstrainedLanguage"}}, Verdict.UNDETERMINED),
    ("UM-05", endpoint(OPERATIONS, tcp="refused", http=None), BAD),
]


def example(item: str, delta: dict[str, Any]) -> Example:
    return Example(item, "trap", "letter", Verdict.COMPLIANT, "", delta, "update-management")


def by_letter(one: Example) -> Finding:
    of, case = items()[one.item]
    cell = Cell("example", of.requirement.id, case.id)
    reader = Reader(collect(one), one.inputs)
    return judge(cell, of.requirement, of.function, case.arguments, of.fact_names, host_of(one), reader, letter=True)[0]


@pytest.mark.parametrize(
    ("item", "delta", "ours", "letter", "text"), DIFFERENCES, ids=[f"{d[0]}-{n}" for n, d in enumerate(DIFFERENCES)]
)
def test_the_letter_differs(item: str, delta: dict[str, Any], ours: Verdict, letter: Verdict, text: str) -> None:
    one = example(item, delta)
    found = by_letter(one)
    assert (judged(one).verdict, found.verdict) == (ours, letter), found.detail
    assert text in found.detail
    assert (judged(one).basis, found.basis) == ("decision", "letter")


@pytest.mark.parametrize(
    ("item", "delta", "verdict"), AGREEMENTS, ids=[f"{a[0]}-{n}" for n, a in enumerate(AGREEMENTS)]
)
def test_the_letter_agrees(item: str, delta: dict[str, Any], verdict: Verdict) -> None:
    one = example(item, delta)
    assert (judged(one).verdict, by_letter(one).verdict) == (verdict, verdict)


def test_a_connection_that_could_not_be_tried_is_no_refusal() -> None:
    through = Reach(Endpoint("a.example"), "p:80", connected=None)
    with listening(), pytest.raises(UnreadableFact, match=r"a\.example:443 could not be tried"):
        _judge_letter((through,))


def test_every_letter_of_this_document_is_tried() -> None:
    with_letter = {
        of.requirement.id
        for of, _ in items().values()
        if of.requirement.as_documented and of.requirement.id.startswith("UM-")
    }
    assert with_letter == {entry[0] for entry in (*DIFFERENCES, *AGREEMENTS)}


def test_a_state_that_nobody_tells_is_not_stopped() -> None:
    """The start type comes from the registry, the state from nowhere."""
    one = example("UM-18", HIDDEN)
    assert (judged(one).verdict, by_letter(one).verdict) == (GOOD, Verdict.UNDETERMINED)
