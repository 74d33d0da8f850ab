"""A registry value that a program reads as a number (DWORD), told so that absent, wrong type and value never mix."""

from __future__ import annotations

from dataclasses import dataclass

from vmready.probes.readings import Key


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that should be a DWORD. ``number`` is None where it is absent or of another type; ``stored`` says what stands there instead.

    ``present`` tells the two apart. The text of a setting is fit for messages: ``1``, ``absent``, ``REG_SZ '1' instead of a number``.
    """

    name: str
    number: int | None
    present: bool
    stored: str = ""

    def __str__(self) -> str:
        if not self.present:
            return "absent"
        return str(self.number) if self.number is not None else f"{self.stored} instead of a number"

    @property
    def wrong_type(self) -> bool:
        """The value is there, but a program that asks for a number does not find one."""
        return self.present and self.number is None

    @property
    def written_number(self) -> int | None:
        """The number that a text value spells, where it does: evidence that can be taken two ways."""
        text = self.stored.partition("'")[2].removesuffix("'").strip()
        return int(text) if self.wrong_type and text.isascii() and text.isdigit() and len(text) <= 10 else None


def setting(key: Key | None, name: str) -> Setting:
    """The setting of this name in a key that was read; absent where the key is absent (None)."""
    value = None if key is None else key.values.get(name)
    if value is None:
        return Setting(name, None, False)
    if value.number is not None:
        return Setting(name, value.number, True)
    return Setting(name, None, True, f"{value.type} '{str(value.text)[:80]}'" if value.text is not None else value.type)
