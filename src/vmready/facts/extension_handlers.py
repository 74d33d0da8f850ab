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
        there = sorted(name for name in {*self.registered(), *self.folders()} if only is None or name == only.lower())
        if there:
            text = f"the agent never reported, so whether {', '.join(there)[:200]} is ready is not told"
            raise UnreadableFact(_NAME, Why(Reason.FAILED, "NoReport", text), str(STATUS))
        return ()

    def registered(self) -> Mapping[str, Registered]:
        """The handlers in the registry by name (folded): of several versions of one the highest."""
        key: Key | None = plain_value(_NAME, HANDLER_STATE, self.registry)
        found: dict[str, Registered] = {}
        for entry, node in key.keys.items() if key is not None else ():
            name, _, version = entry.rpartition("_")
            if not name:
                continue
            if not isinstance(node, Key):
                why = node.why if isinstance(node, Unreadable) else Why(Reason.NOT_COLLECTED)
                raise UnreadableFact(_NAME, why, rf"{HANDLER_STATE.path}\{entry[:80]}")
            known = found.get(name.lower())
            if known is None or (version_of(known.version) or ()) < (version_of(version) or ()):
                found[name.lower()] = Registered(name, version, node.text("InstallState"))
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
        for name, entry in self.registered().items():
            if name in reported and (entry.state or "").lower() == "failed":
                yield f"the installation of {entry.name} {entry.version} failed (InstallState)"

    def _look_at_folders(self) -> str:
        self.folders()
        return ""

    def doubts(self, only: str | None = None) -> Iterator[str]:
        """Settings with a warning or that hang, handlers without their files."""
        for handler in self._wanted(only):
            name, settings = f"{handler.name} {handler.version}", (handler.settings or "").lower()
            if handler.untold:
                yield f"{name} was given settings, and no status of them is told"
            if settings == "warning":
                yield f"the settings of {name} ended in a warning"
            hanging = settings == "transitioning" and (
                handler.since is None or self.status.clock - handler.since > APPLIED_WITHIN
            )
            if hanging:
                yield f"the settings of {name} have been applied for more than 90 minutes"
        folders = self.folders()
        for name, entry in self.registered().items():
            enabled = (entry.state or "").lower() == "enabled" and (only is None or name == only.lower())
            if enabled and entry.version not in folders.get(name, ()):
                yield f"{entry.name} {entry.version} is enabled in the registry, but its folder below Packages\\Plugins is gone"

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
        name = VM_SNAPSHOT.lower()
        if name in self.handlers.registered() or name in self.handlers.folders():
            return False
        return not any(handler.name.lower() == name for handler in self.handlers.reported(VM_SNAPSHOT))

    def problems(self) -> tuple[str, ...]:
        return proven(lambda: self.handlers.problems(VM_SNAPSHOT), self._broken, self._orphaned)

    def doubts(self) -> Iterator[str]:
        yield from (text for text in self.handlers.doubts(VM_SNAPSHOT) if "is gone" not in text)
        name = VM_SNAPSHOT.lower()
        if not any(handler.name.lower() == name for handler in self.handlers.reported()):
            yield "VMSnapshot is on the machine, but the agent does not report it: it may be left over from a removal"

    def _broken(self) -> str:
        entry = self.handlers.registered().get(VM_SNAPSHOT.lower())
        failed = entry is not None and (entry.state or "").lower() == "failed"
        return f"the installation of VMSnapshot {entry.version} failed (InstallState)" if entry and failed else ""

    def _orphaned(self) -> str:
        """A registered handler without its files, or files without their handler."""
        entry = self.handlers.registered().get(VM_SNAPSHOT.lower())
        folders = self.handlers.folders().get(VM_SNAPSHOT.lower(), ())
        if entry is not None and entry.version not in folders:
            return f"VMSnapshot {entry.version} is registered, but its folder below Packages\\Plugins is gone"
        if entry is None and folders:
            return f"the folder of VMSnapshot {', '.join(folders)} is left over, and no handler is registered"
        return ""


@fact
def snapshot_extension(extension_handlers: ExtensionHandlers) -> SnapshotExtension:
    """The extension by which Azure Backup takes snapshots."""
    return SnapshotExtension(extension_handlers)
