"""Quiet hours as text: ``23:00-07:00`` in the database and in commands, and the ways in which people type them."""

import re
from datetime import time
from typing import Final

from handlers.alerts.local_time import QuietHours

_TIME: Final = r"(\d{1,2})(?:[:.](\d{2}))?"
_SPAN: Final = re.compile(rf"{_TIME}\s*[-–—−]\s*{_TIME}", re.ASCII)


def write_quiet(quiet: QuietHours) -> str:
    """Return quiet hours as ``23:00-07:00``."""
    return f"{quiet.start:%H:%M}-{quiet.end:%H:%M}"


def read_quiet(text: str) -> QuietHours | None:
    """Return the hours of ``23:00-07:00``, ``23-7`` or ``23.30 – 7``; ``None`` if they are none or end at once."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        return None
    start, end = _time(match[1], match[2]), _time(match[3], match[4])
    return None if start is None or end is None or start == end else QuietHours(start, end)


def _time(hour: str, minute: str | None) -> time | None:
    hours, minutes = int(hour), int(minute or 0)
    if hours == 24 and minutes == 0:
        return time()
    return time(hours, minutes) if hours < 24 and minutes < 60 else None
