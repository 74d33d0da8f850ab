"""What the Azure guest agent recorded of its own updates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from vmready.facts.guest_agent_version import GuestAgentVersion
from vmready.facts.guest_agent_versions import Version, dotted
from vmready.facts.registry import UnreadableFact, fact
from vmready.facts.services import GUEST_AGENT
from vmready.probes.answers import Reason, Unreadable, Why
from vmready.probes.readings import Key, Value, version_of
from vmready.probes.vocabulary import RegistryKey

UPDATE = RegistryKey(r"HKLM\SOFTWARE\Microsoft\GuestAgent", values=("Update-NewGAVersion", "Update-PreviousGAVersion"))
STATES = RegistryKey(
    r"HKLM\SOFTWARE\Microsoft\Windows Azure\GuestAgentUpdateState", values=("Code", "State", "Message"), depth=1
)
#: The words of ``State`` are not published; these say in any case that it failed.
_FAILED = ("fail", "error")


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """The newest version that the agent was to be updated to. ``code`` and ``state`` as the agent wrote them; None: not written."""

    version: Version
    code: str | None
    state: str | None

    @property
    def failed(self) -> bool:
        """Whether the record says that the update failed: a code other than 0, or a state that says so."""
        return (self.code or "0").strip() not in ("", "0", "0x0", "0x00000000") or any(
            word in (self.state or "").lower() for word in _FAILED
        )

    @property
    def said(self) -> str:
        return f"State {self.state or 'absent'}, Code {self.code or 'absent'}"


@dataclass(frozen=True, slots=True)
class GuestAgentUpdate:
    """``known``: the newest update that is recorded and the one that was announced, as far as there are.

    ``odd``: names of records that are no versions.
    """

    version: GuestAgentVersion
    known: tuple[UpdateRecord, ...]
    odd: tuple[str, ...]

    def pending(self) -> UpdateRecord | None:
        """An update that the running version is older than: one that failed, whatever was announced since, else the newest.

        UnreadableFact where there are updates and the running version is not known.
        """
        if not self.known:
            return None
        running = self.version.oldest()
        newer = [record for record in self.known if running < record.version]
        failed = next((record for record in newer if record.failed), None)
        return failed or max(newer, key=lambda record: record.version, default=None)

    def removed(self) -> str:
        """That there is no agent any more whose update could have succeeded; empty where there is one."""
        missing = self.version.installation.program(GUEST_AGENT.name).missing_service()
        return f"{missing}: nothing updates itself, and what is recorded is left over" if missing else ""

    def running(self) -> str:
        return dotted(self.version.oldest())


@fact
def guest_agent_update(
    guest_agent_version: GuestAgentVersion,
    update: Annotated[Key | None, UPDATE],
    states: Annotated[Key | None, STATES],
) -> GuestAgentUpdate:
    """The update of the highest version, by the agent's own two records."""
    records, odd = {}, []
    for name, node in states.keys.items() if states is not None else ():
        version = version_of(name)
        if version is None:
            odd.append(name[:40])
            continue
        if not isinstance(node, Key):
            why = node.why if isinstance(node, Unreadable) else Why(Reason.NOT_COLLECTED)
            raise UnreadableFact("guest_agent_update", why, rf"{STATES.path}\{name[:40]}")
        records[version] = UpdateRecord(version, _text(node.values.get("Code")), _text(node.values.get("State")))
    new = version_of(update.text("Update-NewGAVersion")) if update is not None else None
    if update is not None and new is None and "Update-NewGAVersion" in update.values:
        odd.append("Update-NewGAVersion")
    known = [records[max(records)]] if records else []
    if new is not None and new not in records:
        known.append(UpdateRecord(new, None, None))
    return GuestAgentUpdate(guest_agent_version, tuple(known), tuple(sorted(odd)))


def _text(value: Value | None) -> str | None:
    return None if value is None else str(value.data)[:80]
