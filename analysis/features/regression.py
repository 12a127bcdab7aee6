"""The plain benchmarks of trend: least-squares slope with a robust t-value, and Kaufman's efficiency ratio."""

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import centred, divide, lag, rolling, rolling_sum, weighted_sum


def ols_slope(values: Floats, n: int) -> Floats:
    """Return the least-squares slope of the last n values against time, per bar (for log prices: log per bar)."""
    x = _centred_time(n)
    # by steps, not levels: the sum of the weights after a step is what that step moves the slope by
    by_step = np.cumsum(x[::-1])[::-1][1:] / (x @ x)
    result = np.full(len(values), np.nan)
    result[1:] = weighted_sum(np.diff(values), by_step)
    return result


def ols_slope_t(values: Floats, n: int, lags: int) -> Floats:
    """Return the slope's t-value with Newey-West (1987) errors, Bartlett weights, ``lags`` lags, no correction.

    Equal to statsmodels' OLS(cov_type="HAC", maxlags=lags). On a random walk it is far from a standard normal:
    read it as a scale-free slope. NaN where the fit is exact.
    """
    return rolling(values, n, lambda block: _slope_t(block, lags))


def _slope_t(block: Floats, lags: int) -> Floats:
    x = _centred_time(block.shape[1])
    y = centred(block)
    slope = np.vecdot(y, x) / (x @ x)
    residual = y
    residual -= slope[:, None] * x
    scores = residual * x
    variance = np.vecdot(scores, scores)
    for k in range(1, lags + 1):
        weight = 1 - k / (lags + 1)
        variance = variance + 2 * weight * np.vecdot(scores[:, k:], scores[:, :-k])
    exact = np.vecdot(residual, residual) <= 1e-24 * (1 + np.vecdot(block, block))
    error = np.sqrt(np.maximum(variance, 0)) / (x @ x)
    return divide(slope, np.where(exact, 0.0, error))


def _centred_time(n: int) -> Floats:
    return np.arange(n, dtype=np.float64) - (n - 1) / 2


def efficiency_ratio(close: Floats, n: int) -> Floats:
    """Return Kaufman's efficiency ratio (1995): |change over n bars| / sum of |one-bar changes|, 0..1."""
    steps = np.abs(close - lag(close, 1))
    return divide(np.abs(close - lag(close, n)), rolling_sum(steps, n))
