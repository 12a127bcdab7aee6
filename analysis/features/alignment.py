"""Another series at given moments: its value of the same moment, or the last one that was known by then."""

import numpy as np

from analysis.arrays import Floats, Times


def at_same_time(moments: Times, time: Times, values: Floats) -> Floats:
    """Return the value (n) of the series at each of n moments, NaN where it has none; both times ascend (UTC ms)."""
    result = np.full(len(moments), np.nan)
    if len(time):
        there = np.minimum(np.searchsorted(time, moments), len(time) - 1)
        same = time[there] == moments
        result[same] = values[there[same]]
    return result


def last_known(moments: Times, known_at: Times, values: Floats, max_age_ms: int | None = None) -> Floats:
    """Return the newest value (n) known at each of n moments, no older than ``max_age_ms`` where that is given.

    NaN where there is none; ``known_at`` ascends (UTC ms).
    """
    result = np.full(len(moments), np.nan)
    last = np.searchsorted(known_at, moments, side="right") - 1
    found = last >= 0
    if max_age_ms is not None and len(known_at):
        found &= moments - known_at[np.maximum(last, 0)] <= max_age_ms
    result[found] = values[last[found]]
    return result
