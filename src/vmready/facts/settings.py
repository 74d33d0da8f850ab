"""A registry value that a program reads as a number (DWORD), told so that absent, wrong type and value never mix."""

from __future__ import annotations

from dataclasses import dataclass

from vmready.probes.readings import Key


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that should be a DWORD. ``number`` is None where it is absent or of another type; ``type`` is empty where it is absent.

    ``text``: what stands there where it is text. A setting as text is fit for messages: ``1``, ``absent``, ``REG_SZ '1' instead of a number``.
    """

    name: str
    number: int | None
    type: str = ""
    text: str | None = None

    def __str__(self) -> str:
        if not self.type:
            return "absent"
        if self.number is not None:
            return f"{self.number} as REG_QWORD" if self.wide else str(self.number)
        return f"{self.type}{'' if self.text is None else f' {self.text[:80]!r}'} instead of a number"

    @property
    def wrong_type(self) -> bool:
        """The value is there, but a program that asks for a number does not find one."""
        return bool(self.type) and self.number is None

    @property
    def wide(self) -> bool:
        """It is a number, but of eight bytes: a program that asks for a DWORD may not take it."""
        return self.type == "REG_QWORD"

    @property
    def written_number(self) -> int | None:
        """The number that a text value spells, where it does: evidence that can be taken two ways."""
        written = (self.text or "").strip()
        return int(written) if written.isascii() and written.isdigit() and len(written) <= 10 else None


def setting(key: Key | None, name: str) -> Setting:
    """The setting of this name in a key that was read; absent where the key is absent (None)."""
    value = None if key is None else key.values.get(name)
    return Setting(name, None) if value is None else Setting(name, value.number, value.type, value.text)
