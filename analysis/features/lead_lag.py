"""Who moves first: correlations of one coin's past with another's present, on ranks.

The sign of a lag stands here once: a positive one means that the first of two leads. Returns enter as ranks scaled to
mean 0 and variance 1, because one wick makes a year's lag correlation.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from analysis.arrays import Floats
from analysis.features.stationary_bootstrap import stationary_rows

FEWEST: Final = 20
"""Bars that both must have for a lag correlation."""


@dataclass(frozen=True, slots=True, eq=False)
class LeadLagMatrix:
    """``cells`` (k, k): (i, j) > 0 where i leads j, antisymmetric; ``p`` two-sided; NaN where too few bars."""

    cells: Floats
    p: Floats


@dataclass(frozen=True, slots=True, eq=False)
class LagPeak:
    """The strongest lag per window (w): ``lag`` in bars, positive where the first leads, and its correlation."""

    lag: Floats
    correlation: Floats


def scaled_ranks(values: Floats) -> Floats:
    """Return the ranks of each column (n, k) among its known values, mean 0 and variance 1; 0 where unknown."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    ranks = np.asarray(rankdata(values, axis=0, nan_policy="omit"))
    centred = np.where(known, ranks - (count + 1) / 2, 0.0)
    size = np.sqrt((centred**2).sum(axis=0) / np.maximum(count, 1))
    return np.asarray(np.divide(centred, size, out=np.zeros_like(centred), where=size > 0))


def lead_lag_matrix(returns: Floats, lags: int) -> LeadLagMatrix:
    """Return sum over l = 1..lags of corr(x_i[t - l], x_j[t]) - corr(x_j[t - l], x_i[t]) for all columns (n, k).

    The correlations divide by the number of rows that both know at lag 0 (the biased form, which stays within -1..1).
    The cell is a mean of terms that each have a factor of the present; without any lead these have mean zero given the
    past whatever the volatility, which gives its standard error (White 1980; Newey and West 1987 with ``lags`` lags).
    """
    x = scaled_ranks(returns)
    known = np.isfinite(returns).astype(np.float64)
    together = known.T @ known
    rows = len(x) - lags
    past = np.zeros((rows, x.shape[1]))
    for lag in range(1, lags + 1):
        past += x[lags - lag : len(x) - lag]
    present = x[lags:]
    terms = past[:, :, None] * present[:, None, :]
    terms = terms - terms.transpose(0, 2, 1)
    enough = (together >= FEWEST) & (np.diag(known.sum(axis=0)) == 0)
    total = terms.sum(axis=0)
    centred = terms - total / max(rows, 1)
    variance = (centred**2).sum(axis=0)
    for lag in range(1, lags + 1):
        weight = 2 * (1 - lag / (lags + 1))
        variance += weight * (centred[lag:] * centred[:-lag]).sum(axis=0)
    usable = enough & (variance > 0)
    z = np.divide(total, np.sqrt(np.abs(variance)), out=np.full_like(total, np.nan), where=usable)
    cells = np.divide(total, together, out=np.full_like(total, np.nan), where=usable)
    return LeadLagMatrix(cells, 2 * ndtr(-np.abs(z)))


def lag_peaks(first: Floats, second: Floats, most: int) -> LagPeak:
    """Return per window (rows of two (w, n) arrays) the lag l != 0, |l| <= most, of the largest |correlation|.

    NaN where both know less than half of the bars or ``FEWEST``, or one is constant.
    """
    x, y = scaled_ranks(first.T).T, scaled_ranks(second.T).T
    together = (np.isfinite(first) & np.isfinite(second)).sum(axis=1)
    lags = _lags(most)
    found = _lag_products(x, y, lags)
    best = np.abs(found).argmax(axis=1)
    correlation = np.take_along_axis(found, best[:, None], axis=1)[:, 0] / np.maximum(together, 1)
    usable = (together >= max(FEWEST, x.shape[1] // 2)) & (correlation != 0)
    return LagPeak(*(np.where(usable, column, np.nan) for column in (lags[best].astype(float), correlation)))


def peak_probability(first: Floats, second: Floats, most: int, *, block: int, draws: int, seed: int) -> float:
    """Return how often the largest |correlation| over l != 0 of unrelated series reaches that of these two (n).

    Each series is drawn anew by itself with the stationary bootstrap of Politis and Romano (1994), blocks of ``block``
    bars on average, so that it keeps its memory and loses the other's. NaN where there is no peak.
    """
    observed = lag_peaks(first[None], second[None], most).correlation[0]
    if not np.isfinite(observed):
        return float("nan")
    x, y = scaled_ranks(np.column_stack([first, second])).T
    rng = np.random.default_rng(seed)
    left, right = (one[stationary_rows(len(one), block, draws, rng)] for one in (x, y))
    maxima = np.abs(_lag_products(left, right, _lags(most))).max(axis=1)
    together = (np.isfinite(first) & np.isfinite(second)).sum()
    reached = int((maxima >= abs(observed) * together).sum())
    return (reached + 1) / (draws + 1)


def noise_peak(bars: int, most: int, share: float) -> float:
    """Return the |correlation| that the strongest of 2 * most lags of two white series exceeds with ``share``."""
    single = 1 - (1 - share) ** (1 / (2 * most))
    return float(-ndtri(single / 2) / np.sqrt(bars))


def _lags(most: int) -> NDArray[np.intp]:
    return np.concatenate([np.arange(-most, 0), np.arange(1, most + 1)])


def _lag_products(x: Floats, y: Floats, lags: NDArray[np.intp]) -> Floats:
    """Return the sums of x[t - l] * y[t] of rows (w, n) at each lag l, (w, lags)."""
    n = x.shape[1]
    columns = [
        (x[:, max(0, -lag) : n - max(0, lag)] * y[:, max(0, lag) : n - max(0, -lag)]).sum(axis=1)
        for lag in lags.tolist()
    ]
    return np.stack(columns, axis=1)
