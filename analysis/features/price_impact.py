"""Kyle's lambda: the price change per signed volume, by least squares over buckets, with Newey-West errors."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import divide

LEAST_BUCKETS: Final = 30
"""Buckets below which no slope is given."""
MILLION: Final = 1e6
"""Lambda is given per 1M USDT; on sqrt(notional) per 1,000 sqrt(USDT), which is what 1M USDT in one trade weighs."""


@dataclass(frozen=True, slots=True)
class Impact:
    """A regression of change on flow over ``count`` buckets: bps per unit of flow, its error and t, R2 in [0, 1]."""

    slope: float
    error: float
    t: float
    r2: float
    count: int


def kyle_lambda(change_bps: Floats, flow: Floats, lags: int) -> Impact | None:
    """Return the impact of signed flow (n) on the same buckets' mid change (n), with a constant.

    Newey and West's (1987) error with Bartlett weights and ``lags`` lags, no small-sample correction: equal to
    statsmodels' ``OLS(...).fit(cov_type="HAC")``. Rows with NaN are left out. ``None`` below 30 rows, where the flow
    does not vary, or where the fit is exact.
    """
    known = np.isfinite(change_bps) & np.isfinite(flow)
    y, x = change_bps[known], flow[known]
    if len(x) < LEAST_BUCKETS or not np.ptp(x) > 0.0:
        return None
    x, y = x - x.mean(), y - y.mean()
    weight = float(x @ x)
    slope = float(x @ y) / weight
    residual = y - slope * x
    left, total = float(residual @ residual), float(y @ y)
    if left <= 1e-24 * (1.0 + total):
        return None
    error = float(np.sqrt(long_run_variance(residual * x, lags))) / weight
    return Impact(slope, error, slope / error, 1.0 - left / total, len(x))


def long_run_variance(scores: Floats, lags: int) -> float:
    """Return Newey and West's variance of the sum of scores (n) of mean 0, Bartlett weights over ``lags`` lags."""
    total = float(scores @ scores)
    for k in range(1, lags + 1):
        total += 2.0 * (1.0 - k / (lags + 1)) * float(scores[k:] @ scores[:-k])
    return max(total, np.finfo(np.float64).tiny)


def r_squared(flow: Floats, change_bps: Floats, ahead: int = 0) -> float | None:
    """Return the squared correlation of flow with the change ``ahead`` buckets later; ``None`` where one is constant.

    ``ahead`` 0 is the same interval: what it explains has happened; 1 is the next.
    """
    x, y = flow[: len(flow) - ahead], change_bps[ahead:]
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if len(x) < LEAST_BUCKETS or not (np.ptp(x) > 0.0 and np.ptp(y) > 0.0):
        return None
    x, y = x - x.mean(), y - y.mean()
    return float((x @ y) ** 2 / ((x @ x) * (y @ y)))


def window_slopes(change_bps: Floats, flow: Floats, window: int) -> Floats:
    """Return the slope in each of the consecutive windows of ``window`` buckets along the last axis, (..., n).

    NaN where the flow does not vary.
    """
    count = flow.shape[-1] // window
    shape = (*flow.shape[:-1], count, window)
    x, y = (part[..., : count * window].reshape(shape) for part in (flow, change_bps))
    x, y = x - x.mean(axis=-1, keepdims=True), y - y.mean(axis=-1, keepdims=True)
    return divide(np.vecdot(x, y), np.vecdot(x, x))


def slope_spread(slopes: Floats) -> float:
    """Return the 95th over the 5th percentile of slopes; NaN where the 5th is not positive."""
    low, high = np.nanquantile(slopes, (0.05, 0.95))
    return float(high / low) if low > 0.0 else float("nan")


def shuffled_slopes(
    change_bps: Floats, flow: Floats, window: int, rng: np.random.Generator, times: int
) -> Floats:
    """Return ``window_slopes`` after shuffling the buckets, (times, windows): what one constant slope looks like.

    Change and flow stay together; only their order is lost. Estimates of the day itself that spread no wider than
    these tell of estimation error, not of regimes.
    """
    orders = rng.permuted(np.tile(np.arange(len(flow)), (times, 1)), axis=1)
    return window_slopes(change_bps[orders], flow[orders], window)


def change_beyond_shuffle(
    change_bps: Floats, flow: Floats, window: int, rng: np.random.Generator, times: int = 200
) -> float | None:
    """Return the share of shuffled windows whose slope is as far from the whole's as the last window's, (0, 1].

    Small: the newest window differs by more than estimation error explains. ``None`` below three windows of two.
    """
    usable = len(flow) // window * window if window > 1 else 0
    if usable < 3 * max(window, 1):
        return None
    y, x = change_bps[-usable:], flow[-usable:]
    whole = float(window_slopes(y, x, usable)[0])
    last = float(window_slopes(y, x, window)[-1])
    if not np.isfinite([whole, last]).all():
        return None
    away = np.abs(shuffled_slopes(y, x, window, rng, times) - whole)
    known = away[np.isfinite(away)]
    return float((1 + np.sum(known >= abs(last - whole))) / (1 + len(known)))
