"""Trailing windows: every statistic of the last n values, computed from those values alone.

Nothing is carried from window to window, so a row's value depends on its own n values and on no earlier start.
A NaN makes exactly the windows that hold it NaN.
"""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

Floats = NDArray[np.float64]

CHUNK = 4096  # rows per block: bounds the memory of a window matrix at a few tens of MB


def rolling(values: Floats, n: int, statistic: Callable[[Floats], Floats]) -> Floats:
    """Return ``statistic`` of each trailing window: it maps (rows, n) to (rows,); the first n-1 rows are NaN."""
    result = np.full(len(values), np.nan)
    if len(values) < n:
        return result
    view = sliding_window_view(values, n)
    for start in range(0, len(view), CHUNK):
        block = view[start : start + CHUNK]
        result[start + n - 1 : start + n - 1 + len(block)] = statistic(block)
    return result


def rolling_mean(values: Floats, n: int) -> Floats:
    """Return the mean of the last n values."""
    return rolling(values, n, lambda block: block.mean(axis=1))


def rolling_sum(values: Floats, n: int) -> Floats:
    """Return the sum of the last n values."""
    return rolling(values, n, lambda block: block.sum(axis=1))


def rolling_std(values: Floats, n: int, *, ddof: int = 0) -> Floats:
    """Return the standard deviation of the last n values, divisor n - ``ddof``."""
    return rolling(values, n, lambda block: block.std(axis=1, ddof=ddof))


def rolling_max(values: Floats, n: int) -> Floats:
    """Return the largest of the last n values."""
    return _extreme(values, n, maximum_filter1d, lambda block: block.max(axis=1))


def rolling_min(values: Floats, n: int) -> Floats:
    """Return the smallest of the last n values."""
    return _extreme(values, n, minimum_filter1d, lambda block: block.min(axis=1))


def _extreme(
    values: Floats, n: int, compiled: Callable[..., Floats], by_window: Callable[[Floats], Floats]
) -> Floats:
    known = np.isfinite(values)
    first = int(np.argmax(known))  # a warm-up of NaN is cut off; a hole after it needs the slower way
    if len(values) - first < n or not known[first:].all():
        return rolling(values, n, by_window)
    result = np.full(len(values), np.nan)
    result[first + n - 1 :] = compiled(values[first:], n, origin=(n - 1) // 2)[n - 1 :]
    return result


def rolling_correlation(left: Floats, right: Floats, n: int) -> Floats:
    """Return Pearson's correlation over the last n pairs; NaN where one side does not vary."""
    pairs = np.stack([left, right], axis=1)
    result = np.full(len(left), np.nan)
    if len(left) < n:
        return result
    view = sliding_window_view(pairs, n, axis=0)
    for start in range(0, len(view), CHUNK):
        block = view[start : start + CHUNK]
        result[start + n - 1 : start + n - 1 + len(block)] = _correlation(block[:, 0], block[:, 1])
    return result


def _correlation(left: Floats, right: Floats) -> Floats:
    a = left - left.mean(axis=1, keepdims=True)
    b = right - right.mean(axis=1, keepdims=True)
    norm = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return divide((a * b).sum(axis=1), norm)


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """Return the quotient, NaN where the denominator is 0 or not finite."""
    usable = np.isfinite(denominator) & (denominator != 0)
    return np.where(usable, numerator, np.nan) / np.where(usable, denominator, 1.0)


def lag(values: Floats, n: int) -> Floats:
    """Return the values of n rows earlier; the first n rows are NaN."""
    result = np.full(len(values), np.nan)
    if n < len(values):
        result[n:] = values[: len(values) - n]
    return result


def varies(values: Floats, n: int) -> NDArray[np.bool_]:
    """Say where the last n values are not all equal (False in the first n-1 rows)."""
    return rolling_max(values, n) > rolling_min(values, n)
