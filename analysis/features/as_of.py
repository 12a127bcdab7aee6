"""Irregular series beside other moments: the newest value known at each, joined by time and never by position."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats, Times


@dataclass(frozen=True, slots=True, eq=False)
class Irregular:
    """Values (n) with the moments from which each was known (UTC ms, ascending)."""

    known_at: Times
    values: Floats

    def at(self, moments: Times, max_age: int) -> Floats:
        """Return the newest value known at each moment, NaN where it became known more than ``max_age`` ms before."""
        return newest_at(self.known_at, self.values, moments, max_age)


NOTHING_KNOWN = Irregular(np.empty(0, np.int64), np.empty(0))


def newest_at(times: Times, values: Floats, moments: Times, max_age: int) -> Floats:
    """Return the value of the newest of ``times`` (ascending) at or before each moment, at most ``max_age`` older.

    NaN where there is none.
    """
    result = np.full(len(moments), np.nan)
    if not len(times):
        return result
    place = np.searchsorted(times, moments, side="right") - 1
    usable = (place >= 0) & (moments - times[np.maximum(place, 0)] <= max_age)
    result[usable] = values[place[usable]]
    return result


def log_change(times: Times, values: Floats, back: int, max_age: int) -> Floats:
    """Return the log of each value over the one ``back`` ms before it, the newest there of at most ``max_age`` ms.

    NaN where one of them is unknown or not positive.
    """
    logs = np.log(np.where(values > 0, values, np.nan))
    return np.asarray(logs - newest_at(times, logs, times - back, max_age), dtype=np.float64)
