"""Workspaces out of the agent's keys, and the clouds and endpoints that they and the worker's keys name."""

from __future__ import annotations

from typing import Any

import pytest

from vmready.facts import clouds
from vmready.facts.clouds import Cloud
from vmready.facts.https_request import _of_agent
from vmready.facts.registry import UnreadableFact
from vmready.facts.update_management_endpoints import _cloud, _origin, _workspaces, host_of, operations
from vmready.facts.workspaces import Workspaces, live_workspaces, wanted_workspace, workspaces
from vmready.probes.answers import Observed, Reason, Unreadable, Why
from vmready.probes.readings import Key, Service

A, B = "0f0e0d0c-0b0a-4908-8706-050403020100", "6d1c7a52-0d3f-4b8e-9a51-2f7be0c4d811"
REFUSED = {"unreadable": {"id": "AccessDenied", "type": "x", "message": "x"}}
SERVICE = Service("HealthService", 4, 2, None, None, None, 31, None, None)


def key(sub_keys: dict[str, Any] | None = None, **values: Any) -> dict[str, Any]:
    typed = {
        name.replace("_", " "): {"type": "REG_DWORD" if isinstance(v, int) else "REG_SZ", "data": v}
        for name, v in values.items()
    }
    return {"values": typed, "keys": sub_keys or {}}


def agent(**by_id: dict[str, Any]) -> Workspaces:
    return workspaces(Key.read(key({f"Log Analytics - {name}": value for name, value in by_id.items()})))


def of(*types: int | None) -> Workspaces:
    """An agent with a workspace of each of these cloud types."""
    return agent(
        **{name: key(Azure_Cloud_Type=t) if t is not None else key() for name, t in zip((A, B), types, strict=False)}
    )


def test_workspaces_are_told_by_id_in_order() -> None:
    found = agent(**{B.upper(): key(Azure_Cloud_Type=1, Connection_Status=0), A: key()})
    assert found.ids == (A, B)
    assert [known.cloud_type.number for known in found.configured] == [None, 1]
    assert [known.connection_status.number for known in found.configured] == [None, 0]
    assert found.agent


def test_other_keys_are_no_workspaces_and_no_key_is_no_agent() -> None:
    assert agent(**{"none": key(), f"{A}0": REFUSED, A[1:]: key()}) == Workspaces(True, ())
    assert workspaces(Key.read(key({f"log analytics - {A}": key()}))).ids == (A,)
    assert agent(**{"none": key(), A: key()}).ids == (A,)
    assert workspaces(Key.read(key({f"Log Analytic\u017f - {A}": key()}))).ids == ()
    assert workspaces(None) == Workspaces(False, ())


@pytest.mark.parametrize(("node", "text"), [(REFUSED, "access denied"), (None, "not collected")])
def test_a_workspace_that_was_not_read_is_not_left_out(node: Any, text: str) -> None:
    with pytest.raises(UnreadableFact, match=text):
        agent(**{A: node})


def test_an_agent_that_was_removed_reports_to_none() -> None:
    assert live_workspaces(of(0), SERVICE) == of(0)
    assert live_workspaces(of(0), None) == Workspaces(False, ())


@pytest.mark.parametrize(
    ("given", "wanted"), [({}, ""), ({"workspace_id": None}, ""), ({"workspace_id": A.upper()}, A)]
)
def test_the_workspace_that_the_inputs_name(given: dict[str, Any], wanted: str) -> None:
    assert wanted_workspace(given) == wanted


@pytest.mark.parametrize(
    ("found", "named", "count"),
    [
        (of(), None, ()),
        (of(), A.upper(), (A,)),
        (of(0), None, (A,)),
        (of(0), A, (A,)),
        (of(0), B, (A,)),
        (of(0, 0), None, (A, B)),
        (of(0, 0), B.upper(), (B,)),
    ],
)
def test_workspaces_that_count(found: Workspaces, named: str | None, count: tuple[str, ...]) -> None:
    assert _workspaces(found, {"workspace_id": named}) == count


@pytest.mark.parametrize(
    ("found", "inputs", "cloud"),
    [
        (of(0), {}, Cloud.PUBLIC),
        (of(1), {"cloud": "public"}, Cloud.US_GOVERNMENT),
        (of(2, 0), {}, Cloud.CHINA),
        (of(None), {"cloud": "china"}, Cloud.CHINA),
        (of(None, 1), {"cloud": "public"}, Cloud.PUBLIC),
        (of(), {"region": "westeurope"}, Cloud.PUBLIC),
        (of(3), {"cloud": "public"}, "are not published"),
        (of(None), {}, "give the input cloud"),
    ],
)
def test_cloud_of_a_workspace(found: Workspaces, inputs: dict[str, Any], cloud: Cloud | str) -> None:
    if isinstance(cloud, Cloud):
        assert _cloud(found, inputs, A, "x") is cloud
    else:
        with pytest.raises(UnreadableFact, match=cloud):
            _cloud(found, inputs, A, "x")


def test_each_workspace_has_its_own_cloud() -> None:
    assert [_cloud(of(1, 0), {}, workspace, "x") for workspace in (A, B)] == [Cloud.US_GOVERNMENT, Cloud.PUBLIC]


@pytest.mark.parametrize(
    ("found", "inputs", "workspace", "cloud"),
    [
        (of(0), {}, "registry", "registry"),
        (of(0), {"workspace_id": A, "cloud": "public"}, "registry", "registry"),
        (of(None), {"cloud": "public"}, "registry", "inputs"),
        (of(None, 0), {"workspace_id": A}, "registry", "inputs"),
        (of(None, 0), {"workspace_id": B}, "registry", "registry"),
        (of(), {"workspace_id": A, "cloud": "public"}, "inputs", "inputs"),
    ],
)
def test_who_named_workspace_and_cloud(found: Workspaces, inputs: dict[str, Any], workspace: str, cloud: str) -> None:
    assert _origin(found, inputs) == f"workspace: {workspace}, cloud: {cloud}"


@pytest.mark.parametrize(
    ("found", "cloud"),
    [
        (of(), None),
        (of(0), Cloud.PUBLIC),
        (of(1, 1), Cloud.US_GOVERNMENT),
        (of(None, 2), Cloud.CHINA),
        (of(0, 1), None),
        (of(None), None),
        (of(3), None),
    ],
)
def test_the_agents_cloud_where_it_is_one(found: Workspaces, cloud: Cloud | None) -> None:
    assert _of_agent(Observed(found)) is cloud
    assert _of_agent(Unreadable(Why(Reason.DENIED))) is None


URI = "https://we-jobruntimedata-prod-su1.azure-automation.net/x"
HOST = "we-jobruntimedata-prod-su1.azure-automation.net"
EUS2 = clouds.OPERATIONS[Cloud.PUBLIC].format("eus2")


@pytest.mark.parametrize(
    ("worker", "worker_v2", "hosts"),
    [
        (key(JobRuntimeDataServiceUri=URI), None, [HOST]),
        (key({"a": key({"b": key({"c": key(JobRuntimeDataServiceUri=URI)})})}), None, [HOST]),
        (None, key({"a": key(JobRuntimeDataServiceUri=URI)}), [HOST]),
        (
            key({"a": key(JobRuntimeDataServiceUri=URI)}),
            key(JobRuntimeDataServiceUri="https://a.example"),
            ["a.example", HOST],
        ),
        (key({"a": key(JobRuntimeDataServiceUri=URI), "b": key(JobRuntimeDataServiceUri=URI)}), None, [HOST]),
        (key({"a": None}), key(), [EUS2]),
        (key(JobRuntimeDataServiceUri=""), None, [EUS2]),
        (None, None, [EUS2]),
        (key({"a": REFUSED}), None, None),
        (None, key({"a": REFUSED}), None),
        (key(JobRuntimeDataServiceUri="http://a.example"), None, None),
        (key(JobRuntimeDataServiceUri="wss://a.example"), None, None),
        (key(JobRuntimeDataServiceUri="https://"), None, None),
        (key(JobRuntimeDataServiceUri="https://a_b.example"), None, None),
        (key(JobRuntimeDataServiceUri="https://[::1"), None, None),
    ],
)
def test_what_the_worker_was_registered_with(worker: Any, worker_v2: Any, hosts: list[str] | None) -> None:
    first, second = (None if given is None else Key.read(given) for given in (worker, worker_v2))
    if hosts is None:
        with pytest.raises(UnreadableFact):
            operations(first, second, {"region": "eastus2"})
        assert host_of(first) is None
    else:
        assert [endpoint.host for endpoint in operations(first, second, {"region": "eastus2"})] == hosts
        assert host_of(first) in (None, HOST)
