"""Times of a state: ISO 8601 in UTC, seconds before the host's clock, or DMTF; and how the collector writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_DMTF = re.compile(r"(\d{14})\.(\d{6})([+-]\d{3})\Z", re.ASCII)
#: What Windows shows for a file whose time nobody declared: any fixed time does.
UNDECLARED = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def parse(text: str) -> datetime:
    """A time of ISO 8601 (UTC where it names no offset) or DMTF. Raises ValueError."""
    found = dmtf(text)
    if found is None:
        found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def dmtf(text: str) -> datetime | None:
    """The UTC time of a whole DMTF time (``yyyymmddHHMMSS.mmmmmm+ooo``, offset in minutes); None for anything else, intervals included."""
    match = _DMTF.match(text)
    if match is None:
        return None
    try:
        local = datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(microsecond=int(match[2]), tzinfo=UTC)
        return local - timedelta(minutes=int(match[3]))
    except (ValueError, OverflowError):
        return None


def to_dmtf(when: datetime) -> str:
    """The time as WMI writes it, in UTC."""
    utc = when.astimezone(UTC)
    return f"{utc.year:04d}{utc:%m%d%H%M%S}.{utc.microsecond:06d}+000"


def iso(when: datetime) -> str:
    """``yyyy-MM-ddTHH:mm:ss.fffZ``, cut to milliseconds as .NET's format does."""
    utc = when.astimezone(UTC)
    return f"{utc.year:04d}-{utc:%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def moment(value: str | float, now: datetime) -> datetime:
    """The time that a state means: text as :func:`parse` reads it, a number as seconds before ``now``."""
    return parse(value) if isinstance(value, str) else now - timedelta(seconds=value)
