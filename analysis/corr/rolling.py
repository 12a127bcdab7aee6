"""Module E per bar: how much all coins have in common, and the lead of the market over one coin."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from analysis.arrays import Floats
from analysis.features.co_movement import first_shares
from analysis.features.lead_lag import LagPeak, lag_peaks

CHUNK = 1000
"""Rows that are worked on at once."""


def common_share(returns: Floats, bars: int, fewest: int, tail: int | None) -> Floats:
    """Return per row the first eigenvector's share of the correlations of the last ``bars`` returns (n, k).

    Returns enter as they are, mean 0; an unknown one says nothing. NaN where a coin has less than ``fewest`` of them,
    and before the last ``tail`` rows.
    """
    n, k = returns.shape
    result = np.full(n, np.nan)
    first = 0 if tail is None else max(0, n - tail)
    for start in range(first, n, CHUNK) if k > 1 else ():
        stop = min(n, start + CHUNK)
        part = returns[max(0, start - bars + 1) : stop]
        result[start:stop] = _shares(part, bars, fewest)[len(part) - (stop - start) :]
    return result


def _shares(part: Floats, bars: int, fewest: int) -> Floats:
    known = np.isfinite(part)
    filled = np.where(known, part, 0.0)
    sums = _trailing_sum(filled[:, :, None] * filled[:, None, :], bars)
    counts = _trailing_sum(known.astype(np.float64), bars)
    variance = np.einsum("nii->ni", sums)
    whole = ((counts >= fewest) & (variance > 0)).all(axis=1)
    result = np.full(len(part), np.nan)
    if whole.any():
        size = np.sqrt(variance[whole])
        result[whole] = first_shares(sums[whole] / (size[:, :, None] * size[:, None, :]))
    return result


def _trailing_sum(values: Floats, bars: int) -> Floats:
    total = np.cumsum(values, axis=0)
    total[bars:] -= total[:-bars].copy()
    return total


def lead_rows(market: Floats, coin: Floats, bars: int, most: int, tail: int | None) -> LagPeak:
    """Return per row the strongest lag of two series (n) over the last ``bars``; NaN before the last ``tail`` rows."""
    n = len(market)
    lag, correlation = np.full((2, n), np.nan)
    first = max(bars - 1, 0 if tail is None else n - tail)
    for start in range(first, n, CHUNK):
        stop = min(n, start + CHUNK)
        left, right = (sliding_window_view(one[start - bars + 1 : stop], bars) for one in (market, coin))
        found = lag_peaks(left, right, most)
        lag[start:stop], correlation[start:stop] = found.lag, found.correlation
    return LagPeak(lag, correlation)
