"""Settled funding rates: what interval they are for, the rate a coin rests at, and how they lie around it.

Rates are fractions per funding interval. The exchange's formula pulls the rate to its interest component, so that
one value, the coin's baseline, returns exactly: 0.01 % per 8 hours for most coins, 0 for some (Binance, Introduction
to Futures Funding Rates). Where the premium stays outside the formula's band no rate repeats, and the last baseline
holds.
"""

from collections import Counter, deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from analysis.features.windows import divide
from utils.units import HOUR_MS

INTERVALS_H: Final = (1, 2, 4, 8)
"""Funding intervals of USD-M perpetuals, hours."""
STANDARD_H: Final = 8
INTEREST_8H: Final = 0.0001
"""The interest component per 8 hours: the baseline of a coin that has shown none of its own."""
DIGITS: Final = 8
"""Decimals in which rates are published."""
YEAR_H: Final = 8760


def interval_hours(times: Times) -> Floats:
    """Return the hours that each settlement (UTC ms, ascending) is for: its distance from the one before.

    A distance that is no funding interval, after a missing settlement, leaves the interval as it was; settlements
    before the first distance take that one. 8 where no two settlements tell.
    """
    gaps = np.rint(np.diff(times, prepend=times[:1]) / HOUR_MS)
    known = np.flatnonzero(np.isin(gaps, INTERVALS_H))
    if not len(known):
        return np.full(len(times), float(STANDARD_H))
    place = np.maximum(np.searchsorted(known, np.arange(len(times)), side="right") - 1, 0)
    return np.asarray(gaps[known[place]], dtype=np.float64)


def per_8h(rates: Floats, hours: Floats) -> Floats:
    """Return the rates as if each were for 8 hours."""
    return rates * STANDARD_H / hours


def annualised(rates: Floats, hours: Floats) -> Floats:
    """Return the simple yearly rate: rate * 8760 / hours."""
    return rates * YEAR_H / hours


def baseline(times: Times, rates: Floats, window_ms: int, least: int) -> Floats:
    """Return the rate that the coin rests at, as of each settlement: the mode of the ``window_ms`` up to it.

    The most frequent rate, of equally frequent ones that nearest to the one before (the interest component first).
    Where none occurs ``least`` times the last one holds.
    """
    counts: Counter[float] = Counter()
    held: deque[tuple[int, float]] = deque()
    result, last = np.empty(len(rates)), INTEREST_8H
    for row, (time, rate) in enumerate(zip(times.tolist(), np.round(rates, DIGITS).tolist(), strict=True)):
        held.append((time, rate))
        counts[rate] += 1
        while held[0][0] <= time - window_ms:
            gone = held.popleft()[1]
            counts[gone] -= 1
            if not counts[gone]:
                del counts[gone]
        last = _mode(counts, least, last)
        result[row] = last
    return result


def _mode(counts: Counter[float], least: int, last: float) -> float:
    most = max(counts.values())
    if most < least:
        return last
    return min((rate for rate, count in counts.items() if count == most), key=lambda rate: abs(rate - last))


def sign_skew(distances: Floats) -> tuple[Floats, Floats]:
    """Return P(f > baseline) - P(f < baseline) of rows of distances from the baseline (n, k), and its standard error.

    The error is that of independent settlements: sqrt((p+ + p- - (p+ - p-)^2) / n). NaN is no distance.
    """
    count = np.isfinite(distances).sum(axis=1).astype(np.float64)
    above, below = (divide((side > 0).sum(axis=1), count) for side in (distances, -distances))
    skew = above - below
    return skew, np.sqrt(divide(np.maximum(above + below - skew**2, 0.0), count))


def window_starts(times: Times, window_ms: int) -> NDArray[np.int64]:
    """Return per row the first row within ``window_ms`` up to it."""
    return np.searchsorted(times, times - window_ms, side="right").astype(np.int64)
