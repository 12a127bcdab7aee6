"""Kline intervals: their lengths, the next opening time, and opening times missing between two bars."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY
MONTH: Final = "1M"
FIRST_MONDAY: Final = 4 * DAY
"""The first Monday after the epoch (ms): weekly bars open on Mondays."""

SHORTEST_MS: Final[Mapping[str, int]] = {
    "1m": MINUTE,
    "3m": 3 * MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "2h": 2 * HOUR,
    "4h": 4 * HOUR,
    "6h": 6 * HOUR,
    "8h": 8 * HOUR,
    "12h": 12 * HOUR,
    "1d": DAY,
    "3d": 3 * DAY,
    "1w": WEEK,
    MONTH: 28 * DAY,
}
"""Interval name to its length in ms; for the calendar month its shortest length. ``1m`` is not ``1M``."""


def next_open(open_time: int, interval: str) -> int:
    """Return the opening time (ms) that follows ``open_time``."""
    if interval != MONTH:
        return open_time + SHORTEST_MS[interval]
    start = datetime.fromtimestamp(open_time / 1000, UTC)
    year, month = divmod(start.year * 12 + start.month, 12)
    return int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp() * 1000)


def last_close(now: int, interval: str) -> int:
    """Return the time (ms) of the last close at or before ``now``: a multiple of the interval since the epoch.

    Weeks, months and three-day bars are not multiples of it; for them it is ``now`` itself.
    """
    step = SHORTEST_MS[interval]
    return now - now % step if step <= DAY else now


def coming_close(now: int, interval: str) -> int | None:
    """Return the time (ms) of the first close after ``now``, ``None`` for three-day bars, whose grid is not known."""
    step = SHORTEST_MS[interval]
    if interval == MONTH:
        at = datetime.fromtimestamp(now / 1000, UTC)
        return next_open(int(datetime(at.year, at.month, 1, tzinfo=UTC).timestamp() * 1000), MONTH)
    if step == WEEK:
        return now - (now - FIRST_MONDAY) % WEEK + WEEK
    return last_close(now, interval) + step if step <= DAY else None


def first_open(last: int, bars: int, interval: str) -> int:
    """Return when the first of ``bars`` bars opened, none absent, whose last one opened at or before ``last`` (ms).

    Months and three-day bars have no grid of a fixed step that is known; for them it is the latest possible time.
    """
    step = SHORTEST_MS[interval]
    newest = last - (last - FIRST_MONDAY) % step if step == WEEK else last_close(last, interval)
    return newest - (bars - 1) * step


def missing_opens(open_time: NDArray[np.int64], interval: str) -> NDArray[np.int64]:
    """Return the opening times (ms) missing between the first and the last of ``open_time`` (int64[n], ascending)."""
    if interval == MONTH:
        return _missing_months(open_time)
    step = SHORTEST_MS[interval]
    holes = np.flatnonzero(np.diff(open_time) > step)
    runs = [np.arange(open_time[i] + step, open_time[i + 1], step, dtype=np.int64) for i in holes]
    return np.concatenate(runs) if runs else np.empty(0, np.int64)


def _missing_months(open_time: NDArray[np.int64]) -> NDArray[np.int64]:
    if len(open_time) == 0:
        return np.empty(0, np.int64)
    months = open_time.astype("datetime64[ms]").astype("datetime64[M]")
    whole = np.arange(months[0], months[-1] + 1)
    return np.setdiff1d(whole, months).astype("datetime64[ms]").astype(np.int64)
