"""The extensions of the machine: what the agent reports of them, what the registry records, what lies on the disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from vmready.facts.aggregate_status import STATUS, AggregateStatus, HandlerStatus
from vmready.facts.proven import proven
from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.probes.answers import Answer, Reason, Unreadable, Why
from vmready.probes.readings import Key, Paths, version_of
from vmready.probes.vocabulary import Path, RegistryKey

#: Without the messages and settings that stand beside these values.
HANDLER_STATE = RegistryKey(
    r"HKLM\SOFTWARE\Microsoft\Windows Azure\HandlerState", values=("InstallState", "EnableCommandState"), depth=1
)
PLUGINS = Path(r"%SystemDrive%\Packages\Plugins\*\*")
VM_SNAPSHOT = "Microsoft.Azure.RecoveryServices.VMSnapshot"
#: Settings that are applied for longer than this hang.
APPLIED_WITHIN = timedelta(minutes=90)
_NAME = "extension_handlers"


@dataclass(frozen=True, slots=True)
class Registered:
    """The highest version of a handler below HandlerState. ``state`` None: the value is not there."""

    name: str
    version: str
    state: str | None

    @property
    def word(self) -> str:
        return (self.state or "").lower()

    @property
    def installed(self) -> bool:
        """Whether it is more than what a removal leaves."""
        return self.word != "notinstalled"

    @property
    def rank(self) -> tuple[bool, tuple[int, ...]]:
        return self.installed, version_of(self.version) or ()


@dataclass(frozen=True, slots=True)
class ExtensionHandlers:
    """Three sources, each told when asked for: UnreadableFact where it could not be read."""

    status: AggregateStatus
    registry: Answer[Key]
    plugins: Answer[Paths]

    def reported(self, only: str | None = None) -> tuple[HandlerStatus, ...]:
        """What the agent reports, where that is of now. Nothing where it never reported and nothing (``only``: of this handler) is there.

        UnreadableFact where something is: whether that is ready nobody tells.
        """
        if self.status.present:
            return self.status.current().handlers
        known = (name for name, entry in self.registered(only).items() if entry.installed)
        there = sorted(name for name in {*known, *self.folders()} if only is None or name == only.lower())
        if there:
            text = f"the agent never reported, so whether {', '.join(there)[:200]} is ready is not told"
            raise UnreadableFact(_NAME, Why(Reason.FAILED, "NoReport", text), str(STATUS))
        return ()

    def registered(self, only: str | None = None) -> Mapping[str, Registered]:
        """The handlers in the registry (``only`` this one) by name (folded): of several versions of one the highest that is installed, if any is."""
        key: Key | None = plain_value(_NAME, HANDLER_STATE, self.registry)
        found: dict[str, Registered] = {}
        for entry, node in key.keys.items() if key is not None else ():
            name, _, version = entry.rpartition("_")
            if not name or (only is not None and name.lower() != only.lower()):
                continue
            if not isinstance(node, Key):
                why = node.why if isinstance(node, Unreadable) else Why(Reason.NOT_COLLECTED)
                raise UnreadableFact(_NAME, why, rf"{HANDLER_STATE.path}\{entry[:80]}")
            known, one = found.get(name.lower()), Registered(name, version, node.text("InstallState"))
            if known is None or known.rank < one.rank:
                found[name.lower()] = one
        return found

    def folders(self) -> Mapping[str, tuple[str, ...]]:
        r"""The versions below ``Packages\Plugins`` by the handler's name (folded). Nothing there: no extension was ever installed."""
        paths: Paths | None = plain_value(_NAME, PLUGINS, self.plugins)
        found: dict[str, tuple[str, ...]] = {}
        for file in paths.matches if paths is not None else ():
            if file.directory:
                name = file.path.split("\\")[-2].lower()
                found[name] = (*found.get(name, ()), file.name)
        if paths is not None and (paths.more or paths.unreadable):
            why = Why(Reason.FAILED, "Cut", "not every folder below Packages\\Plugins could be looked at")
            raise UnreadableFact(_NAME, why, str(PLUGINS))
        return found

    def none(self) -> bool:
        """Whether no extension is or was there. UnreadableFact where a source that would show one could not be read."""
        if self.registered() or self.folders():
            return False
        return not self.reported()

    def problems(self, only: str | None = None) -> tuple[str, ...]:
        """Handlers that are not ready or whose settings failed, each named; ``only`` of one handler."""
        return proven(lambda: self._not_ready(only), lambda: self._failed(only), self._look_at_folders)

    def _wanted(self, only: str | None) -> Iterator[HandlerStatus]:
        return (handler for handler in self.reported(only) if only is None or handler.name.lower() == only.lower())

    def _not_ready(self, only: str | None) -> Iterator[str]:
        for handler in self._wanted(only):
            name = f"{handler.name or '(a handler without a name)'} {handler.version}".strip()
            if handler.status != "Ready":
                yield f"{name} is {handler.status or 'of no status'}, not Ready"
            if handler.settings is not None and handler.settings.lower() not in ("success", "transitioning", "warning"):
                yield f"the settings of {name} ended in {handler.settings or 'no status'}"

    def _failed(self, only: str | None) -> Iterator[str]:
        """Handlers that the agent still reports and whose installation failed; left-overs of removed ones do not count."""
        reported = {handler.name.lower() for handler in self._wanted(only)}
        for name, entry in self.registered(only).items():
            if name in reported and entry.word == "failed":
                yield f"the installation of {entry.name} {entry.version} failed (InstallState)"

    def _look_at_folders(self) -> str:
        self.folders()
        return ""

    def doubts(self, only: str | None = None) -> Iterator[str]:
        """A report of a time to come, settings with a warning or that hang, handlers that the registry contradicts or without their files."""
        if self.status.present and self.status.ahead:
            yield self.status.ahead
        registered = self.registered(only)
        for handler in self._wanted(only):
            name, settings = f"{handler.name} {handler.version}", (handler.settings or "").lower()
            entry = registered.get(handler.name.lower())
            if entry is not None and entry.version == handler.version and entry.word in ("disabled", "notinstalled"):
                yield f"{name} is reported, but registered as {entry.state}"
            if handler.untold:
                yield f"{name} was given settings, and no status of them is told"
            if settings == "warning":
                yield f"the settings of {name} ended in a warning"
            hanging = settings == "transitioning" and (
                handler.since is None or self.status.clock - handler.since > APPLIED_WITHIN
            )
            if hanging:
                yield f"the settings of {name} have been applied for more than 90 minutes"
        folders, reported = self.folders(), {handler.name.lower() for handler in self._wanted(only)}
        for name, entry in registered.items():
            if entry.word == "enabled" and entry.version not in folders.get(name, ()):
                yield f"{entry.name} {entry.version} is enabled in the registry, but its folder below Packages\\Plugins is gone"
            elif entry.word == "enabled" and name not in reported:
                yield f"{entry.name} {entry.version} is enabled in the registry and has its folder, but the agent does not report it"

    def left_over(self) -> tuple[str, ...]:
        """Handlers that the registry still names and the agent no longer reports."""
        reported = {handler.name.lower() for handler in self.reported()}
        return tuple(sorted(entry.name for name, entry in self.registered().items() if name not in reported))


@fact
def extension_handlers(
    aggregate_status: AggregateStatus,
    registry: Annotated[Answer[Key], HANDLER_STATE],
    plugins: Annotated[Answer[Paths], PLUGINS],
) -> ExtensionHandlers:
    """What the agent reports, registers and keeps of extensions."""
    return ExtensionHandlers(aggregate_status, registry, plugins)


@dataclass(frozen=True, slots=True)
class SnapshotExtension:
    """Azure Backup's extension VMSnapshot, of all of them."""

    handlers: ExtensionHandlers

    def absent(self) -> bool:
        """Whether nothing of it is there: it comes with the first backup. UnreadableFact where that is not known."""
        if self._entry() is not None or VM_SNAPSHOT.lower() in self.handlers.folders():
            return False
        return not self._reported()

    def _entry(self) -> Registered | None:
        """How it is registered; None where it is not, or only as removed."""
        entry = self.handlers.registered(VM_SNAPSHOT).get(VM_SNAPSHOT.lower())
        return entry if entry is not None and entry.installed else None

    def _reported(self) -> bool:
        name = VM_SNAPSHOT.lower()
        return any(handler.name.lower() == name for handler in self.handlers.reported(VM_SNAPSHOT))

    def problems(self) -> tuple[str, ...]:
        return proven(lambda: self.handlers.problems(VM_SNAPSHOT), self._broken, self._orphaned)

    def doubts(self) -> Iterator[str]:
        yield from (text for text in self.handlers.doubts(VM_SNAPSHOT) if "is enabled in the registry" not in text)
        if not self._reported():
            yield "VMSnapshot is on the machine, but the agent does not report it: it may be left over from a removal"

    def _broken(self) -> str:
        entry = self._entry()
        failed = entry is not None and entry.word == "failed"
        return f"the installation of VMSnapshot {entry.version} failed (InstallState)" if entry and failed else ""

    def _orphaned(self) -> str:
        """A registered handler without its files, files without their handler, or a report without both."""
        entry = self._entry()
        folders = self.handlers.folders().get(VM_SNAPSHOT.lower(), ())
        if entry is not None and entry.version not in folders:
            return f"VMSnapshot {entry.version} is registered, but its folder below Packages\\Plugins is gone"
        if entry is None and folders:
            return f"the folder of VMSnapshot {', '.join(folders)} is left over, and no handler is registered"
        if entry is None and self._reported():
            return "VMSnapshot is reported, but it is not registered, and its folder below Packages\\Plugins is gone"
        return ""


@fact
def snapshot_extension(extension_handlers: ExtensionHandlers) -> SnapshotExtension:
    """The extension by which Azure Backup takes snapshots."""
    return SnapshotExtension(extension_handlers)
