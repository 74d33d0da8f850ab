"""How much of a host is asked where it names what to ask: few processes, few gateways, and rows that were not asked for say nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vmready.facts.broker_channel import BrokerChannel, broker_channel
from vmready.facts.gateways import gateways
from vmready.facts.registry import UnreadableFact, facts
from vmready.facts.services import BootLoader
from vmready.facts.system_proxy import SystemProxy
from vmready.facts.virtual_desktop_endpoints import brokers, desktop_endpoints
from vmready.probes.answers import Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Event, EventLog, Instances, Key, Service
from vmready.probes.vocabulary import HttpGet, TcpConnect


def test_few_processes_are_looked_at_and_only_their_own_connections_count() -> None:
    loader = BootLoader(None, frozenset(range(4100, 4110)))
    follow_up = facts.facts["broker_channel"].follow_up
    assert follow_up is not None
    probes = list(follow_up(loader))
    assert [probe.where for probe in probes] == [("OwningProcess", str(pid)) for pid in range(4100, 4104)]

    def connected(owner: int) -> bool:
        row = {"OwningProcess": owner, "RemoteAddress": "203.0.113.31", "RemotePort": 443, "State": 5}
        answer = Observed(Instances.read({"instances": [row]}))
        return broker_channel(loader, SystemProxy(), dict.fromkeys(probes, answer)).connected

    assert connected(4100)
    assert connected(4103)
    assert not connected(4104)
    assert not connected(4099)


def test_a_process_that_was_not_seen_may_hold_the_connection() -> None:
    service = Service("RDAgentBootLoader", 4, 2, False, None, None, 4100, 0, 0)
    unseen = Why(Reason.DENIED)
    row = {"OwningProcess": 4100, "RemoteAddress": "203.0.113.31", "RemotePort": 443, "State": 5}
    follow_up = facts.facts["broker_channel"].follow_up
    assert follow_up is not None

    def channel(loader: BootLoader, *rows: object) -> BrokerChannel:
        answer = Observed(Instances.read({"instances": list(rows)}))
        return broker_channel(loader, SystemProxy(), dict.fromkeys(follow_up(loader), answer))

    assert channel(BootLoader(service, frozenset(), unseen), row).connected
    with pytest.raises(UnreadableFact, match="access denied"):
        _ = channel(BootLoader(service, frozenset(), unseen)).connected
    with pytest.raises(UnreadableFact, match="access denied"):
        channel(BootLoader(None, frozenset(), unseen))
    assert not channel(BootLoader(service, frozenset())).connected


def test_a_connection_of_any_process_may_lead_through_a_proxy_that_is_not_known() -> None:
    loader, row = BootLoader(None, frozenset((4100, 4101))), {"OwningProcess": 4100, "RemotePort": 8080, "State": 5}
    follow_up = facts.facts["broker_channel"].follow_up
    assert follow_up is not None
    first, second = follow_up(loader)

    def connected(unknown: str, *rows: object) -> bool:
        answer = Observed(Instances.read({"instances": list(rows)}))
        return broker_channel(loader, SystemProxy(unknown=unknown), {first: answer, second: answer}).connected

    for owner in (4100, 4101):
        with pytest.raises(UnreadableFact, match="LocalSystem, which is not known: denied"):
            connected("denied", {**row, "OwningProcess": owner})
        assert not connected("", {**row, "OwningProcess": owner})
        assert connected("denied", {**row, "OwningProcess": owner, "RemotePort": 443})
    assert not connected("denied")
    read = Observed(Instances.read({"instances": [{**row, "RemotePort": 443}]}))
    refused: Answer[Instances] = Unreadable(Why(Reason.DENIED))
    assert broker_channel(loader, SystemProxy(), {first: read, second: refused}).connected


def test_few_gateways_are_tried() -> None:
    time = datetime(2026, 11, 20, 9, 57, tzinfo=UTC)
    text = " ".join(f"RD Gateway Url: https://gateway-{name}.wvd.microsoft.com/" for name in "abcde")
    log = EventLog(True, time, (Event(3703, "WVD-Agent", 2, time, 1, (text,), None),), False)
    follow_up = facts.facts[gateways.__name__].follow_up
    assert follow_up is not None
    tried = [probe.host for probe in follow_up(Observed(log), SystemProxy()) if isinstance(probe, TcpConnect)]
    assert tried == [f"gateway-{name}.wvd.microsoft.com" for name in "abc"]


def test_few_of_the_names_that_the_agent_reported_are_tried() -> None:
    time = datetime(2026, 11, 20, 9, 57, tzinfo=UTC)
    text = " ".join(f"rd{name}.wvd.microsoft.com" for name in "abcdefghi")
    log = EventLog(True, time, (Event(3702, "WVD-Agent", 2, time, 1, (text,), None),), False)
    follow_up = facts.facts[desktop_endpoints.__name__].follow_up
    assert follow_up is not None
    probes = list(follow_up(None, None, Observed(log), {"cloud": "public"}, SystemProxy()))
    tried = [
        probe.host for probe in probes if isinstance(probe, TcpConnect) and probe.host.endswith(".wvd.microsoft.com")
    ]
    assert tried == [f"rd{name}.wvd.microsoft.com" for name in "abcdefgh"]


def test_little_of_a_brokers_page_is_read() -> None:
    follow_up = facts.facts[brokers.__name__].follow_up
    assert follow_up is not None
    value = {"type": "REG_SZ", "data": "https://rdbroker.wvd.microsoft.com/"}
    (probe,) = follow_up(Key.read({"values": {"BrokerURI": value}, "keys": {}}), SystemProxy())
    assert isinstance(probe, HttpGet)
    assert (probe.url, probe.body) == ("https://rdbroker.wvd.microsoft.com/api/health", 4096)
