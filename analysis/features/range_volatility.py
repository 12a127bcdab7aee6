"""Volatility per bar from closes and from the whole bar, and its annual figure.

All functions map price columns (rows) to the standard deviation of a bar's log return (rows), over the last n bars.
A price that is missing or not positive makes exactly the windows that hold it NaN; where prices stand still the
volatility is 0, which is what was measured. ``ValueError`` where n is too small for the estimator.
"""

from math import log, sqrt

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import lag, rolling_mean, rolling_std

MINUTES_PER_YEAR = 365 * 1440  # crypto trades every day
YANG_ZHANG_ALPHA = 1.34  # Yang and Zhang (2000), equation 11: kurtosis term of a walk without drift


def annualised(per_bar: Floats, minutes: float) -> Floats:
    """Return volatility per year from volatility per bar of ``minutes``: sigma * sqrt(365 * 1440 / minutes)."""
    if not minutes > 0:
        raise ValueError(f"minutes per bar must be positive, was {minutes}")
    return per_bar * sqrt(MINUTES_PER_YEAR / minutes)


def close_to_close(close: Floats, n: int) -> Floats:
    """Return the sample standard deviation (divisor n - 1) of the last n log returns; needs n >= 2, n + 1 closes."""
    _at_least_two(n)
    logs = _logs(close)
    return rolling_std(logs - lag(logs, 1), n, ddof=1)


def parkinson(high: Floats, low: Floats, n: int) -> Floats:
    """Return Parkinson's (1980) estimate: sqrt(mean(ln(H/L)^2) / (4 ln 2)) of the last n bars.

    It assumes no drift and no jumps between bars, and reads low where a bar holds few trades.
    """
    squares = (_logs(high) - _logs(low)) ** 2
    return _root(rolling_mean(squares, n) / (4 * log(2)))


def garman_klass(open_: Floats, high: Floats, low: Floats, close: Floats, n: int) -> Floats:
    """Return Garman and Klass's (1980) estimate: sqrt(mean(ln(H/L)^2 / 2 - (2 ln 2 - 1) ln(C/O)^2)) of n bars.

    NaN where the mean is negative, which no bar with its open and close inside its range can make it.
    """
    span, body = _logs(high) - _logs(low), _logs(close) - _logs(open_)
    return _root(rolling_mean(span**2 / 2 - (2 * log(2) - 1) * body**2, n))


def yang_zhang(open_: Floats, high: Floats, low: Floats, close: Floats, n: int) -> Floats:
    """Return Yang and Zhang's (2000) estimate, free of drift and counting jumps between bars; needs n >= 2.

    sqrt(V_o + k V_c + (1 - k) V_rs), V_o and V_c the sample variances of ln(O/C of the bar before) and ln(C/O),
    V_rs the mean of Rogers and Satchell's ln(H/C) ln(H/O) + ln(L/C) ln(L/O), k = 0.34 / (1.34 + (n+1)/(n-1)).
    The first value needs n + 1 bars.
    """
    _at_least_two(n)
    o, h, l_, c = _logs(open_), _logs(high), _logs(low), _logs(close)
    k = (YANG_ZHANG_ALPHA - 1) / (YANG_ZHANG_ALPHA + (n + 1) / (n - 1))
    jump, body = rolling_std(o - lag(c, 1), n, ddof=1), rolling_std(c - o, n, ddof=1)
    inside = rolling_mean((h - c) * (h - o) + (l_ - c) * (l_ - o), n)
    return _root(jump**2 + k * body**2 + (1 - k) * inside)


def _logs(prices: Floats) -> Floats:
    return np.asarray(np.log(np.where(prices > 0, prices, np.nan)), dtype=np.float64)


def _root(variance: Floats) -> Floats:
    return np.asarray(np.sqrt(np.where(variance >= 0, variance, np.nan)), dtype=np.float64)


def _at_least_two(n: int) -> None:
    if n < 2:
        raise ValueError(f"a sample deviation needs a window of 2 bars or more, was {n}")
