"""The troubleshooter's rules about services, events, the workspace and the rights on a folder."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import Descriptor, Event, EventLog, Service, System
from vmready.records import workspace
from vmready.records.looked import Looked
from vmready.records.record import FAILED, PASSED, WARNED, NoRecord, NotTold, Outcome, refused, seen

_AGENT = ("Microsoft Monitoring Agent", "HealthService")
#: As the troubleshooter spells it: in its language a backslash needs no second one, so both are printed.
FOLDER = "C:\\\\ProgramData\\\\Microsoft\\\\Crypto\\\\RSA\\\\MachineKeys"
_UPDATE = ("Windows Update", "wuauserv")
_STARTED, _STOPPED, _FAILURE = 15003, 15004, 4502
_RUNNING = 4


def _failure(answer: Answer[Service]) -> Why | None:
    """Why the service manager told nothing of a service."""
    if isinstance(answer, Unreadable):
        return answer.why
    told = answer.value.scm_state if isinstance(answer, Observed) else None
    return told.why if isinstance(told, Unreadable) else None


def _shown(answer: Answer[Service], other: Answer[Service]) -> Service | None:
    """A service as Get-Service shows it. NoRecord where the service manager refuses itself, which one of both services tells: that ends
    the rule's own statement."""
    failed = _failure(answer) or (_failure(other) if isinstance(answer, Absent) else None)
    if failed is not None:
        if refused(failed):
            raise NoRecord("the service manager refuses itself, which ends the rule before it has a result")
        raise NotTold(str(failed))
    found: Service | None = seen(answer)
    return None if found is None or not isinstance(found.scm_state, Observed) else found


def monitoring_agent(looked: Looked) -> Outcome:
    service = _shown(looked.agent, looked.update_service)
    if service is not None and seen(service.scm_state) == _RUNNING:
        return Outcome(PASSED, f"{_AGENT[0]} service ({_AGENT[1]}) is running", _AGENT)
    return Outcome(FAILED, f"{_AGENT[0]} service ({_AGENT[1]}) is not running", _AGENT)


def hybrid_worker(looked: Looked) -> Outcome:
    """The newest start or stop whose group is named after machine and id. An event of which the machine's name is no text, a GUID for one,
    cannot be compared and is passed over."""
    if _newest(seen(looked.worker_log)) == _STARTED:
        return Outcome(PASSED, "Hybrid runbook worker is running.")
    text = (
        f"Hybrid runbook worker is in stopped state. Please restart {_AGENT[0]} service ({_AGENT[1]}) "
        "and rerun the troubleshooter to ensure that hybrid runbook worker is in running state."
    )
    return Outcome(FAILED, text, _AGENT)


def _newest(log: EventLog | None) -> int | None:
    for event in log.events if log else ():
        if event.id in (_STARTED, _STOPPED) and _of_system_worker(event):
            return event.id
    if log is not None and log.more:
        raise NotTold("the log Microsoft-SMA/Operational holds more starts and stops than were read")
    return None


def _of_system_worker(event: Event) -> bool:
    group, machine, number = (_property(event, at) for at in (1, 2, 3))
    kind = event.kinds[2] if len(event.kinds) > 2 else "text"
    if machine is not None and not (isinstance(machine, str) and kind == "text"):
        return False
    if isinstance(group, bool):
        # On the right of a truth value every text that is not empty is true.
        return group
    return isinstance(group, str) and group.lower() == f"{machine or ''}_{_joined(number)}".lower()


def _property(event: Event, at: int) -> Any:
    return event.properties[at] if len(event.properties) > at else None


def _joined(value: Any) -> str:
    return "" if value is None else str(value)


def agent_events(looked: Looked) -> Outcome:
    arguments = (_AGENT[0], "Operations Manager", _FAILURE)
    name = f"{_AGENT[0]} service Event Log (Operations Manager)"
    clean = Outcome(PASSED, f"{name} does not have event {_FAILURE} logged in the last 24 hours.", arguments)
    if isinstance(looked.agent_log, Unreadable) and looked.agent_log.why.reason is Reason.DENIED:
        # A log that refuses itself is there all the same: reading it fails, and what is then not found passes.
        return clean
    if isinstance(looked.agent_log, Unreadable):
        raise NotTold(str(looked.agent_log.why))
    log: EventLog | None = seen(looked.agent_log)
    if log is None or log.classic is False:
        return Outcome(FAILED, f"{name} does not exist on the machine", arguments, "NoLog")
    if log.older is False:
        # Without the cmdlet nothing is found, which passes.
        return clean
    system: System | None = seen(looked.system)
    if system is None:
        raise NotTold("the host's clock was not told")
    # Records of this interface know whole seconds, and the window leaves its own edge out.
    edge = system.clock - timedelta(hours=24)
    found = any(
        event.id == _FAILURE
        and event.provider.lower() == "health service modules"
        and event.time is not None
        and event.time.replace(microsecond=0) > edge
        for event in log.events
    )
    if found:
        text = f"{name} has event {_FAILURE} logged in the last 24 hours. Look at the results of other checks to troubleshoot the reasons."
        return Outcome(FAILED, text, arguments, "EventFound")
    if log.more:
        raise NotTold("the log Operations Manager holds more events 4502 of other sources than were read")
    return clean


def linked_workspace(looked: Looked) -> Outcome:
    found = workspace.find(looked.configurations, looked.workspaces)
    match found.state:
        case workspace.State.NONE:
            return Outcome(FAILED, "VM is not reporting to any workspace.", (found.workspace,), "NoWorkspace")
        case workspace.State.SEVERAL:
            text = (
                "VM is reporting to multiple workspaces with updates solution configured. Please make sure that only one workspace has updates "
                "solution and automation account is linked to that workspace."
            )
            return Outcome(FAILED, text, ("",))
        case workspace.State.ONE_OF_SEVERAL:
            text = (
                "Although VM is reporting to multiple workspaces, the updates solution is configured in only one workspace: "
                f"{found.workspace}. Please make sure automation account is linked to same workspace."
            )
            return Outcome(WARNED, text, (found.workspace,))
    text = f"VM is reporting to workspace {found.workspace}. Please make sure automation account is linked to same workspace."
    return Outcome(PASSED, text, (found.workspace,))


def machine_keys(looked: Looked) -> Outcome:
    """Any entry whose account fits the caller's name, taken for a pattern, or the English word Everyone; rights and denials do not count."""
    descriptor: Descriptor | None = seen(looked.machine_keys)
    if descriptor is not None and descriptor.user is None:
        raise NotTold("the caller's name was not told")
    accounts = [descriptor.names.get(sid, sid) for sid in looked.accounts] if descriptor is not None else []
    pattern = _pattern(descriptor.user or "") if descriptor is not None else None
    if pattern is not None and any(pattern.search(name) or "everyone" in name.lower() for name in accounts):
        return Outcome(PASSED, f"Have permissions to access {FOLDER}", (FOLDER,))
    return Outcome(FAILED, f"Missing permissions to access {FOLDER}", (FOLDER,))


def _pattern(name: str) -> re.Pattern[str] | None:
    """The name as .NET's pattern; None where it is none. Two quantifiers in a row are none there, and ``{,2}`` is plain text."""
    if re.search(r"(?<!\\)[*+?}]\+", name) or re.search(r"\\[zZGeHhNQRUXy]", name):
        return None
    try:
        return re.compile(re.sub(r"\{(?=,)", r"\\{", name), re.IGNORECASE)
    except re.error:
        return None


def update_service(looked: Looked) -> Outcome:
    """The start type as Get-Service shows it. Older .NET shows none, and no service shows none either: both pass."""
    service = _shown(looked.update_service, looked.agent)
    if service is not None and service.shown_start == 4:
        text = (
            f"{_UPDATE[0]} service ({_UPDATE[1]}) is disabled. Please set it to automatic or manual. "
            "You can run 'sc config wuauserv start= demand' to set it to manual."
        )
        return Outcome(FAILED, text, _UPDATE)
    return Outcome(PASSED, f"{_UPDATE[0]} service ({_UPDATE[1]}) is running.", _UPDATE)
