"""What the troubleshooter looks at, as answers of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vmready.probes.answers import Answer
from vmready.probes.readings import (
    ComReading,
    Connection,
    Descriptor,
    EventLog,
    Exchange,
    Key,
    NativeText,
    Service,
    System,
)


@dataclass(frozen=True, slots=True)
class Looked:
    """``accounts``: the account of each entry of the folder's list, by SID, in order. ``connections``: by host, port 443.

    ``location``: what the troubleshooter would be given as the Automation account's location.
    """

    location: str
    system: Answer[System]
    dot_net: Answer[Key]
    agent: Answer[Service]
    worker_log: Answer[EventLog]
    agent_log: Answer[EventLog]
    configurations: Answer[EventLog]
    workspaces: Answer[ComReading]
    machine_keys: Answer[Descriptor]
    accounts: tuple[str, ...]
    tls_client: Answer[Key]
    tls_server: Answer[Key]
    policy: Answer[Key]
    automatic: Answer[Key]
    https: Answer[Exchange]
    https_direct: Answer[Exchange]
    metadata: Answer[Exchange]
    metadata_direct: Answer[Exchange]
    win_http: Answer[NativeText]
    update_service: Answer[Service]
    connections: Mapping[str, Answer[Connection]]
