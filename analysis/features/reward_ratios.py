"""Sharpe and Sortino ratios over equal or exponential weights, with standard errors; the risk-free rate is 0.

The error comes from the ratio's influence on each bar: with equal weights and 0 lags it is the one that skewness and
kurtosis enter; with lags it is Lo's (2002) estimator for dependent returns, Newey-West weights.
"""

from typing import NamedTuple

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import divide, rolling, varies


class Ratio(NamedTuple):
    """A ratio for every row and its standard error, both annualised by the root of the bars per year."""

    value: Floats
    error: Floats


def equal_weights(n: int) -> Floats:
    """Return n weights of 1 / n."""
    return np.full(n, 1 / n)


def ewma_weights(n: int, half_life: float) -> Floats:
    """Return n weights, oldest first, summing to 1, each bar back in time weighing 2^(-1/half_life) of the next.

    The window ends after n bars so that a value never depends on an earlier start; 10 half-lives leave 0.1 % out.
    """
    raw = 0.5 ** (np.arange(n - 1, -1, -1) / half_life)
    return np.asarray(raw / raw.sum())


def sharpe(returns: Floats, weights: Floats, bars_per_year: float, lags: int = 0) -> Ratio:
    """Return mean / population deviation of the last len(weights) returns, times sqrt(bars per year), and its error.

    NaN where one of them is NaN or they do not vary. Annualising by the root takes bars as uncorrelated.
    """
    usable = varies(returns, len(weights))
    return _ratio(returns, weights, bars_per_year, lags, usable, downside=False)


def sortino(returns: Floats, weights: Floats, bars_per_year: float, lags: int = 0) -> Ratio:
    """Return mean / sqrt(weighted mean of min(r, 0)^2) of the last len(weights) returns, annualised, and its error.

    NaN where no return is negative: the ratio has no scale then.
    """
    lost = rolling(returns, len(weights), lambda block: block.min(axis=1)) < 0
    return _ratio(returns, weights, bars_per_year, lags, lost, downside=True)


def normal_error(ratio: Floats, n: int, bars_per_year: float) -> Floats:
    """Return Lo's (2002) error of an annualised Sharpe ratio of n independent normal returns:
    sqrt((1 + SR^2 / 2) / n) per bar.
    """
    per_bar = ratio / np.sqrt(bars_per_year)
    return np.asarray(np.sqrt((1 + per_bar**2 / 2) / n * bars_per_year))


def _ratio(
    returns: Floats,
    weights: Floats,
    bars_per_year: float,
    lags: int,
    usable: np.typing.NDArray[np.bool_],
    *,
    downside: bool,
) -> Ratio:
    n, year = len(weights), np.sqrt(bars_per_year)

    def value(block: Floats) -> Floats:
        mean, scale = _mean_and_scale(block, weights, downside)
        return divide(mean, scale)

    def error(block: Floats) -> Floats:
        return _error(block, weights, lags, downside)

    return Ratio(
        np.where(usable, rolling(returns, n, value), np.nan) * year,
        np.where(usable, rolling(returns, n, error), np.nan) * year,
    )


def _mean_and_scale(block: Floats, weights: Floats, downside: bool) -> tuple[Floats, Floats]:
    mean = np.vecdot(block, weights)
    away = np.minimum(block, 0.0) if downside else block - mean[:, None]
    return mean, np.sqrt(np.vecdot(away * away, weights))


def _error(block: Floats, weights: Floats, lags: int, downside: bool) -> Floats:
    """sqrt of the Newey-West variance of sum w psi, psi = (r - m)/s - (ratio/2) (d^2/s^2 - 1), d the deviation."""
    mean, scale = _mean_and_scale(block, weights, downside)
    ratio = divide(mean, scale)[:, None]
    unit = np.where(scale > 0, scale, np.nan)[:, None]
    standard = (block - mean[:, None]) / unit
    away = np.minimum(block, 0.0) / unit if downside else standard
    scores = (standard - ratio / 2 * (away * away - 1)) * weights
    variance = np.vecdot(scores, scores)
    for k in range(1, lags + 1):
        variance = variance + 2 * (1 - k / (lags + 1)) * np.vecdot(scores[:, k:], scores[:, :-k])
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))
