"""Rolling moments with their sampling errors, and how far a window's return strays from the window before it.

Errors are those of independent draws from the window's own distribution (first-order, by each value's influence):
they need no normality but know nothing of dependence, and with fat tails they are themselves uncertain.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import centred, divide, lag, rolling, rolling_std, rolling_sum, varies


class Moment(NamedTuple):
    """A statistic of the last n values for every row, and its standard error in the same unit."""

    value: Floats
    error: Floats


def rolling_mean(values: Floats, n: int) -> Moment:
    """Return the mean of the last n values and its error s / sqrt(n), s with divisor n - 1; n of 2 or more."""
    if n < 2:
        return _unknown(values)
    return Moment(rolling_sum(values, n) / n, rolling_std(values, n, ddof=1) / np.sqrt(n))


def rolling_deviation(values: Floats, n: int) -> Moment:
    """Return the deviation of the last n values (divisor n - 1) and its error sqrt((m4 / m2^2 - 1) / n) * sd / 2.

    n of 2 or more; the error is NaN where the values do not vary.
    """
    if n < 2:
        return _unknown(values)
    deviation = rolling_std(values, n, ddof=1)
    relative = _of_standard(
        values, n, lambda z: np.sqrt(np.maximum(np.mean((z * z) ** 2, axis=1) - 1, 0) / n) / 2
    )
    return Moment(deviation, deviation * relative)


def rolling_skewness(values: Floats, n: int) -> Moment:
    """Return the adjusted Fisher-Pearson skewness of the last n values (scipy's ``bias=False``); n of 3 or more."""
    if n < 3:
        return _unknown(values)
    factor = np.sqrt(n * (n - 1)) / (n - 2)

    def influence(z: Floats) -> Floats:
        skew = np.mean(z * z * z, axis=1, keepdims=True)
        return np.asarray(z * z * z - skew - 3 * z - 1.5 * skew * (z**2 - 1))

    return _moment(values, n, lambda z: factor * np.mean(z * z * z, axis=1), influence)


def rolling_kurtosis(values: Floats, n: int) -> Moment:
    """Return the adjusted excess kurtosis of the last n values (scipy's ``bias=False``), 0 for a normal; n of 4 or
    more.
    """
    if n < 4:
        return _unknown(values)

    def statistic(z: Floats) -> Floats:
        excess = np.mean((z * z) ** 2, axis=1) - 3
        return np.asarray((n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6))

    def influence(z: Floats) -> Floats:
        skew, fourth = np.mean(z * z * z, axis=1, keepdims=True), np.mean((z * z) ** 2, axis=1, keepdims=True)
        return np.asarray((z * z) ** 2 - fourth - 4 * skew * z - 2 * fourth * (z**2 - 1))

    return _moment(values, n, statistic, influence)


def _moment(
    values: Floats, n: int, statistic: Callable[[Floats], Floats], influence: Callable[[Floats], Floats]
) -> Moment:
    def error(z: Floats) -> Floats:
        scores = influence(z)
        return np.asarray(np.sqrt(np.vecdot(scores, scores)) / n)

    return Moment(_of_standard(values, n, statistic), _of_standard(values, n, error))


def _of_standard(values: Floats, n: int, function: Callable[[Floats], Floats]) -> Floats:
    """A function of the last n values less their mean, over their population deviation; NaN where they are equal."""

    def standardised(block: Floats) -> Floats:
        away = centred(block)
        scale = np.sqrt(np.vecdot(away, away) / n)
        return function(away / np.where(scale > 0, scale, np.nan)[:, None])

    return np.where(varies(values, n), rolling(values, n, standardised), np.nan)


def _unknown(values: Floats) -> Moment:
    return Moment(np.full(len(values), np.nan), np.full(len(values), np.nan))


def sample_skewness(samples: Floats) -> Floats:
    """Return the adjusted skewness (Fisher-Pearson) of each row (n, k); NaN is no value.

    NaN below three values or where they are equal.
    """
    count = np.isfinite(samples).sum(axis=1).astype(np.float64)
    highest = np.fmax.reduce(samples, axis=1, initial=-np.inf)
    lowest = np.fmin.reduce(samples, axis=1, initial=np.inf)
    usable = (count >= 3) & (highest > lowest)
    away = np.nan_to_num(samples - divide(np.nansum(samples, axis=1), count)[:, None])
    second, third = (divide((away**power).sum(axis=1), count) for power in (2, 3))
    adjusted = np.sqrt(count * (count - 1)) / np.where(usable, count - 2, np.nan)
    return np.where(usable, divide(third, second**1.5) * adjusted, np.nan)


def normal_skewness_error(n: int) -> float:
    """Return the exact deviation of the adjusted skewness of n independent normal values (Cramer 1946)."""
    return float(np.sqrt(6 * n * (n - 1) / ((n - 2) * (n + 1) * (n + 3)))) if n > 2 else float("nan")


def normal_kurtosis_error(n: int) -> float:
    """Return the exact deviation of the adjusted excess kurtosis of n independent normal values (Cramer 1946)."""
    if n < 4:
        return float("nan")
    return float(2 * normal_skewness_error(n) * np.sqrt((n**2 - 1) / ((n - 3) * (n + 5))))


def cumulative_deviation(returns: Floats, n: int, reference: int) -> Floats:
    """Return (R - mu n) / (sigma sqrt(n)): the last n bars' summed return against the ``reference`` bars before them.

    mu and sigma (divisor reference - 1) come from the window that ends where the last n bars start, so the figure
    is a z of a sum of n independent returns. NaN where the reference does not vary.
    """
    if reference < 2:
        return np.full(len(returns), np.nan)
    moving = varies(returns, reference)
    mean = lag(np.where(moving, rolling_sum(returns, reference) / reference, np.nan), n)
    deviation = lag(np.where(moving, rolling_std(returns, reference, ddof=1), np.nan), n)
    return divide(rolling_sum(returns, n) - mean * n, deviation * np.sqrt(n))
