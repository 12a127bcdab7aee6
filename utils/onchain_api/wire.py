"""What on-chain providers' answers have in common: days as text or numbers, and bounded tables."""

import re
from collections.abc import Sized
from datetime import UTC, date, datetime
from typing import Final

from utils.http.errors import Unavailable
from utils.units import DAY_MS

MOST_ROWS: Final = 40_000
"""Days in an answer: more than a hundred years of them are no daily series."""
_DAY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00:00(?:\.0{1,9})?Z?)?")
EARLIEST_S: Final = 1_230_768_000
"""2009-01-01: no value of any of these series is older."""
LATEST_S: Final = 4_102_444_800
"""2100-01-01."""


def day_of_text(text: str) -> int | None:
    """Return the start (UTC ms) of ``2026-01-02``, midnight behind it or not; ``None`` for anything else."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found[1])
    except ValueError:
        return None
    return day_of_seconds(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def day_of_seconds(seconds: float) -> int | None:
    """Return the start (UTC ms) of the day that a moment (Unix s) lies in, ``None`` where it cannot be one."""
    if not EARLIEST_S <= seconds < LATEST_S:
        return None
    return int(seconds) * 1000 // DAY_MS * DAY_MS


def iso_day(time_ms: int) -> str:
    """Return ``2026-01-02`` of a moment (UTC ms)."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d")


def bounded(rows: Sized, source: str) -> None:
    """Raise ``Unavailable`` where an answer holds more rows than a daily series can have."""
    if len(rows) > MOST_ROWS:
        raise Unavailable(source, f"the answer holds {len(rows)} rows, more than a daily series has")
