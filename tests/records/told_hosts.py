"""Declared hosts and the records that come of them: the probes that a run would send, answered by the twin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import vmready.facts
from vmready.collect.plan import ordered
from vmready.facts.registry import Reader, facts
from vmready.probes.vocabulary import System
from vmready.records.record import Record
from vmready.records.told import Told
from vmready.twin.answers import Readings, answer
from vmready.twin.states import State, merge

assert vmready.facts.__path__, "importing the package declares the facts"
ID, OTHER = "6d1c7a52-0d3f-4b8e-9a51-2f7be0c4d811", "0f0e0d0c-0b0a-4908-8706-050403020100"
GUID = "11111111-2222-3333-4444-555555555555"
NDP = r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full"
TLS = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate"
FOLDER = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys"
EUS2, IMDS = "eus2-jobruntimedata-prod-su1.azure-automation.net:443", "169.254.169.254:80"
NETSH = "netsh winhttp show proxy"
#: A host of which every record passes.
SOUND = State.of(
    {
        "os": {
            "now": "2026-11-20T10:00:00Z",
            "version": "10.0.17763.0",
            "psVersion": "5.1.17763.1",
            "userName": "SYSTEM",
        },
        "registry": {NDP: {"Release": 528449}, NDP + r"\1033": {"Release": 528449}},
        "services": {
            "HealthService": {"status": "Running", "startType": "Automatic"},
            "wuauserv": {"status": "Stopped", "startType": "Manual"},
        },
        "logs": {
            "Microsoft-SMA/Operational": {
                "events": [
                    {
                        "id": 15003,
                        "provider": "Microsoft-SMA",
                        "time": 90000,
                        "data": ["x", f"VM01_{GUID}", "VM01", GUID],
                    }
                ]
            },
            "Operations Manager": {
                "events": [
                    {"id": 1210, "provider": "OpsMgr Connector", "time": 100000, "message": f"AOI-{ID} updates;"}
                ]
            },
        },
        "com": {"AgentConfigManager.MgmtSvcCfg": {"methods": {"GetCloudWorkspaces": [{"workspaceId": ID}]}}},
        "acls": {FOLDER: "O:SYG:SYD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)"},
        "native": {
            NETSH: {
                "output": "\nCurrent WinHTTP proxy settings:\n\n    Direct access (no proxy server).\n",
                "exitCode": 0,
            }
        },
        "endpoints": {
            EUS2: {"tcp": "open", "http": {"status": 403}},
            IMDS: {"tcp": "open", "http": {"status": 200, "body": "{}", "requires": {"Metadata": "true"}}},
            f"{ID}.agentsvc.azure-automation.net:443": {"tcp": "open"},
            f"{ID}.ods.opinsights.azure.com:443": {"tcp": "open"},
            f"{ID}.oms.opinsights.azure.com:443": {"tcp": "open"},
        },
    },
    "a host of which every record passes",
)
Rounds = Mapping[int, Mapping[str, Mapping[str, Any]]]


def answers(delta: Mapping[str, Any], location: str = "") -> Rounds:
    """Both rounds of a collection that was given this location."""
    state = merge(SOUND, delta, "delta")
    readings, inputs = Readings.of(state), inputs_of(location)
    fact = facts.facts["troubleshooter_records"]
    first = {
        probe.text: answer(state, probe.text, round=1, readings=readings)
        for probe in ordered([System(), *(probe for p in fact.parameters for probe in p.probes(inputs))])
    }
    asked = Reader({1: first}, inputs).follow_up(fact)
    return {1: first, 2: {p.text: answer(state, p.text, round=2, readings=readings) for p in asked}}


def inputs_of(location: str) -> dict[str, Any]:
    return {"automation_account_region": location} if location else {}


def told(delta: Mapping[str, Any], location: str = "", *, later: str | None = None) -> Told:
    """The records. ``later``: the location that is asked for when the collection is over."""
    rounds = answers(delta, location)
    value: Told = Reader(rounds, inputs_of(location if later is None else later)).value("troubleshooter_records")
    return value


def record(rule: str, delta: Mapping[str, Any], location: str = "") -> Record:
    found = told(delta, location).record(rule)
    assert found is not None, told(delta, location)
    return found
