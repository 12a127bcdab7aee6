"""Kline intervals: where a bucket opens and how far the next one is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
MONDAY_MS = 4 * DAY_MS
"""Weeks open on Monday; 1970-01-05 was the first one."""


@dataclass(frozen=True, slots=True)
class Interval:
    """One kline interval; `ms` is its length (30 days, nominally, for the month)."""

    name: str
    ms: int

    @property
    def is_month(self) -> bool:
        """Whether buckets follow the calendar instead of a fixed length."""
        return self.name == "1M"

    def floor(self, times: IntArray, shift_ms: int = 0) -> IntArray:
        """Open times of the buckets that hold `times`; all in UTC ms.

        `shift_ms` is the offset of the time zone in which days, weeks and months begin.
        """
        local = times + shift_ms
        if self.is_month:
            opens = local.astype("datetime64[ms]").astype("datetime64[M]").astype("datetime64[ms]")
            return opens.astype(np.int64) - shift_ms
        origin = MONDAY_MS if self.name == "1w" else 0
        return (local - origin) // self.ms * self.ms + origin - shift_ms

    def open_of(self, time_ms: int, shift_ms: int = 0) -> int:
        """Open time of the bucket that holds one moment."""
        return int(self.floor(np.array([time_ms], dtype=np.int64), shift_ms)[0])

    def first_from(self, time_ms: int, shift_ms: int = 0) -> int:
        """The earliest open time that is not before `time_ms`."""
        opened = self.open_of(time_ms, shift_ms)
        return opened if opened == time_ms else self.step(opened, 1, shift_ms)

    def step(self, open_ms: int, count: int, shift_ms: int = 0) -> int:
        """Open time of the bucket `count` buckets after the one that opens at `open_ms`."""
        if not self.is_month:
            return open_ms + count * self.ms
        month = np.datetime64(open_ms + shift_ms, "ms").astype("datetime64[M]") + np.timedelta64(count, "M")
        return int(month.astype("datetime64[ms]").astype(np.int64)) - shift_ms


def _interval(name: str) -> Interval:
    units = {
        "s": SECOND_MS,
        "m": MINUTE_MS,
        "h": HOUR_MS,
        "d": DAY_MS,
        "w": WEEK_MS,
        "M": 30 * DAY_MS,
    }
    return Interval(name, int(name[:-1]) * units[name[-1]])


INTERVALS = {
    name: _interval(name)
    for name in "1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M".split()  # noqa: SIM905
}
MINUTE = INTERVALS["1m"]
HOUR = INTERVALS["1h"]
