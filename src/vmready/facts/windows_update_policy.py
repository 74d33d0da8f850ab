"""How Windows Update is set up by policy: restarts, the update server (WSUS), automatic updates; and the level set on the machine itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.facts.settings import Setting, setting
from vmready.facts.windows_version import WindowsVersion
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.probes.readings import ComReading, Key
from vmready.probes.vocabulary import Com, RegistryKey

_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate"
SOURCES = ("Driver", "Feature", "Other", "Quality")
POLICY = RegistryKey(
    _POLICY,
    values=("WUServer", "WUStatusServer", *(f"SetPolicyDrivenUpdateSourceFor{source}Updates" for source in SOURCES)),
    cut_userinfo=True,
)
AUTOMATIC = RegistryKey(
    _POLICY + r"\AU",
    values=(
        "NoAutoUpdate",
        "AUOptions",
        "AlwaysAutoRebootAtScheduledTime",
        "AlwaysAutoRebootAtScheduledTimeMinutes",
        "NoAutoRebootWithLoggedOnUsers",
        "UseWUServer",
        "UseUpdateClassPolicySource",
    ),
)
LEVEL = Com("Microsoft.Update.AutoUpdate", ("Settings.NotificationLevel",))

#: What AUOptions and the update agent's own notification level say where neither settles who decides.
UNSETTLED: Mapping[int | None, str] = {0: "not configured", 5: "left to the local administrator"}
#: AUOptions 7 came with Server 2016.
_SEVEN_SINCE = (10, 0)


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """``always``: AlwaysAutoRebootAtScheduledTime; ``minutes`` its delay (15 to 180); ``options``: AUOptions; ``spared``: not while somebody
    is logged on."""

    always: Setting
    minutes: Setting
    options: Setting
    spared: Setting

    @property
    def scheduled(self) -> bool:
        """Whether installation is scheduled: only then a restart is forced."""
        return self.options.number == 4

    @property
    def spares(self) -> bool:
        """Whether nobody who is logged on is thrown out."""
        return self.spared.number == 1

    @property
    def possible(self) -> bool:
        """Whether the delay, where there is one, is one that Windows takes."""
        return self.minutes.number is None or 15 <= self.minutes.number <= 180


@fact
def restart_policy(automatic: Annotated[Key | None, AUTOMATIC]) -> RestartPolicy:
    """Whether a policy forces restarts after updates."""
    return RestartPolicy(
        setting(automatic, "AlwaysAutoRebootAtScheduledTime"),
        setting(automatic, "AlwaysAutoRebootAtScheduledTimeMinutes"),
        setting(automatic, "AUOptions"),
        setting(automatic, "NoAutoRebootWithLoggedOnUsers"),
    )


@dataclass(frozen=True, slots=True)
class AutomaticUpdates:
    """``no_auto_update`` and ``options`` of the policy, and what the update agent itself is set to (asked by COM, mostly refused remotely)."""

    no_auto_update: Setting
    options: Setting
    answer: Answer[ComReading]
    version: Answer[WindowsVersion]

    def knows_seven(self) -> bool:
        """Whether this Windows knows AUOptions 7. UnreadableFact where its version was not told."""
        if isinstance(self.version, Unreadable):
            raise UnreadableFact("windows_version", self.version.why)
        return isinstance(self.version, Observed) and self.version.value.number >= _SEVEN_SINCE

    def level(self) -> int:
        """The update agent's own level: 0 not configured, 1 off, 2, 3, 4 scheduled. UnreadableFact where nobody told it."""
        reading = plain_value("automatic_updates", LEVEL, self.answer)
        number = None if reading is None else reading.properties.get("Settings.NotificationLevel")
        if not isinstance(number, int):
            text = "no policy sets automatic updates, and the update agent does not tell its own setting"
            raise UnreadableFact("automatic_updates", Why(Reason.FAILED, "NotTold", text), str(LEVEL))
        return number


@fact
def automatic_updates(
    automatic: Annotated[Key | None, AUTOMATIC],
    level: Annotated[Answer[ComReading], LEVEL],
    windows_version: Answer[WindowsVersion] = Absent(),  # noqa: B008  frozen
) -> AutomaticUpdates:
    """Automatic updates by policy, else by the machine's own setting."""
    return AutomaticUpdates(setting(automatic, "NoAutoUpdate"), setting(automatic, "AUOptions"), level, windows_version)


class ServerState(Enum):
    """What the update server's settings amount to."""

    NONE = "none"
    NOT_EFFECTIVE = "configured, but not in use"
    EFFECTIVE = "effective"
    INCONSISTENT = "inconsistent"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The update server by policy. ``server`` and ``status_server``: as stored, user information cut; None where absent.

    ``problems``: why the settings contradict each other. ``elsewhere``: the classes of updates that policy fetches from Windows Update all the
    same, which counts from Server 2022 on.
    """

    server: str | None
    status_server: str | None
    use: Setting
    problems: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()

    @property
    def state(self) -> ServerState:
        if self.problems:
            return ServerState.INCONSISTENT
        if self.server is None and self.status_server is None:
            return ServerState.NONE
        return ServerState.EFFECTIVE if self.use.number == 1 else ServerState.NOT_EFFECTIVE


def server_settings(policy: Key | None, automatic: Key | None) -> ServerSettings:
    """The settings of both keys together."""
    server, server_problem = _text(policy, "WUServer")
    status, status_problem = _text(policy, "WUStatusServer")
    use = setting(automatic, "UseWUServer")
    problems = [problem for problem in (server_problem, status_problem) if problem]
    if use.wrong_type or use.wide:
        problems.append(f"UseWUServer is {use}")
    if use.number == 1:
        problems += [
            f"UseWUServer is 1, but {name} is {'empty' if value == '' else 'absent'}"
            for name, value in (("WUServer", server), ("WUStatusServer", status))
            if not value and not any(name in problem for problem in problems)
        ]
    problems += _sources(policy, automatic)
    return ServerSettings(server, status, use, tuple(problems), _elsewhere(policy, automatic))


def _text(key: Key | None, name: str) -> tuple[str | None, str]:
    value = None if key is None else key.values.get(name)
    if value is None:
        return None, ""
    if value.text is None:
        return "", f"{name} is a {value.type}, not text"
    return value.text.strip(), ""


def _sources(policy: Key | None, automatic: Key | None) -> list[str]:
    """Update sources by class (Server 2022 and later): the four values count together and only with their switch below ``AU``."""
    settings = [setting(policy, f"SetPolicyDrivenUpdateSourceFor{source}Updates") for source in SOURCES]
    switch = setting(automatic, "UseUpdateClassPolicySource")
    if not any(found.type for found in settings):
        return []
    if switch.wrong_type or switch.wide:
        return [f"{switch.name} is {switch}"]
    if switch.number != 1:
        return []
    problems = [f"{found.name} is {found}" for found in settings if found.wrong_type or found.wide]
    if lacking := [found.name for found in settings if not found.type]:
        problems.append(f"UseUpdateClassPolicySource is 1, but {', '.join(lacking)} absent: all four or none")
    return problems


def _elsewhere(policy: Key | None, automatic: Key | None) -> tuple[str, ...]:
    if setting(automatic, "UseUpdateClassPolicySource").number != 1:
        return ()
    by_source = {source: setting(policy, f"SetPolicyDrivenUpdateSourceFor{source}Updates").number for source in SOURCES}
    return tuple(source for source, number in by_source.items() if number == 0)


def observed(settings: Mapping[str, Setting]) -> dict[str, Any]:
    """Settings as a small JSON value: the number, null where absent, the type where it is wrong."""
    return {name: found.number if not found.wrong_type else str(found) for name, found in settings.items()}
