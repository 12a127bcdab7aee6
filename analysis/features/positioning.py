"""Positioning of traders: what a long/short ratio says beyond the price, how crowded a side is, flow and quadrants."""

from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import divide

NEW_LONGS, SHORT_COVERING, NEW_SHORTS, LONG_LIQUIDATION = (
    "new_longs",
    "short_covering",
    "new_shorts",
    "long_liquidation",
)
QUADRANTS: Final = (NEW_LONGS, SHORT_COVERING, NEW_SHORTS, LONG_LIQUIDATION)
_RIDGE: Final = 1e-12


def imbalance(buy: Floats, total: Floats) -> Floats:
    """Return (buy - sell) / total, sell = total - buy, in [-1, 1]; NaN where nothing was traded."""
    return divide(2 * buy - total, total)


def residual_of_past(values: Floats, regressors: Floats, window: int, min_count: int) -> Floats:
    """Return each value less what the regressors (k, n) make of it, the least squares fitted on the rows before.

    With an intercept, over the known of the ``window`` rows before each; NaN below ``min_count`` of them, where the
    row itself is not known, and where the regressors do not vary there. The sums are of values less the first known
    ones, which keeps them accurate.
    """
    known = np.isfinite(values) & np.isfinite(regressors).all(axis=0)
    result = np.full(len(values), np.nan)
    if known.sum() <= min_count:
        return result
    first = int(np.argmax(known))
    y = np.where(known, values - values[first], 0.0)
    x = np.where(known, regressors - regressors[:, first : first + 1], 0.0)
    design = np.concatenate([known[None].astype(np.float64), x])
    gram = _before(np.einsum("in,jn->nij", design, design), window)
    moment = _before(np.einsum("in,n->ni", design, y), window)
    rows = np.flatnonzero(known & (gram[:, 0, 0] >= max(min_count, len(design) + 1)))
    rows = rows[_solvable(gram[rows])]
    fitted = np.linalg.solve(gram[rows], moment[rows][..., None])[..., 0]
    result[rows] = y[rows] - np.einsum("ni,in->n", fitted, design[:, rows])
    return result


def _before(terms: Floats, window: int) -> Floats:
    """Sum of the terms (n, ...) over the ``window`` rows before each."""
    total = np.concatenate([np.zeros((1, *terms.shape[1:])), np.cumsum(terms, axis=0)])
    rows = np.arange(len(terms))
    return np.asarray(total[rows] - total[np.maximum(rows - window, 0)])


def _solvable(gram: Floats) -> np.typing.NDArray[np.bool_]:
    """Say which normal matrices (n, k, k) are not singular, measured without the units of their columns."""
    scale = np.sqrt(np.einsum("nii->ni", gram))
    positive = (scale > 0).all(axis=1)
    unit = gram / np.where(scale > 0, scale, 1.0)[:, :, None] / np.where(scale > 0, scale, 1.0)[:, None, :]
    return np.asarray(positive & (np.abs(np.linalg.det(unit)) > _RIDGE))


def outside_band(percentile: Floats, low: float = 0.1, high: float = 0.9) -> Floats:
    """Return how far percentiles lie outside [low, high], as a share of the way to 0 or 1: -1 to 1, 0 inside."""
    above = np.clip((percentile - high) / (1 - high), 0, 1)
    below = np.clip((low - percentile) / low, 0, 1)
    return np.asarray(above - below, dtype=np.float64)


def quadrant(price_change: float, open_interest_change: float) -> str | None:
    """Return who acts when price and open interest change so, ``None`` where one of them does not."""
    if (
        not (price_change and open_interest_change)
        or not np.isfinite([price_change, open_interest_change]).all()
    ):
        return None
    if open_interest_change > 0:
        return NEW_LONGS if price_change > 0 else NEW_SHORTS
    return SHORT_COVERING if price_change > 0 else LONG_LIQUIDATION


def divergence(open_interest_z: Floats, price_z: Floats) -> Floats:
    """Return z(change of open interest) - z(change of price) over sqrt(2): of variance 1 where they are independent.

    Above 0 open interest grew by more than the price says, below 0 it lags behind.
    """
    return np.asarray((open_interest_z - price_z) / np.sqrt(2), dtype=np.float64)
