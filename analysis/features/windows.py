"""Trailing windows: every statistic of the last n values, computed from those values alone.

Nothing is carried from window to window, so a row's value depends on its own n values and on no earlier start.
A NaN makes exactly the windows that hold it NaN.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats

CHUNK = 512  # rows per block: a window matrix of some hundred columns then stays in the processor's cache


def rolling(values: Floats, n: int, statistic: Callable[[Floats], Floats]) -> Floats:
    """Return ``statistic`` of each trailing window: it maps (rows, n) to (rows,); the first n-1 rows are NaN."""
    result = np.full(len(values), np.nan)
    if len(values) < n:
        return result
    view = trailing(values, n)
    for start in range(0, len(view), CHUNK):
        block = view[start : start + CHUNK]
        result[start + n - 1 : start + n - 1 + len(block)] = statistic(block)
    return result


def trailing(values: Floats, n: int) -> Floats:
    """Return the windows of n values, oldest first, as a read-only view (rows - n + 1, n); needs n values or more."""
    line = np.ascontiguousarray(values)
    step = line.itemsize
    view: Floats = np.ndarray((len(line) - n + 1, n), line.dtype, line, strides=(step, step))
    view.flags.writeable = False
    return view


def ragged(values: Floats, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> Floats:
    """Return the values of [start, stop) of each pair as a row, the newest last, NaN before them: (pairs, longest)."""
    width = int((stops - starts).max(initial=0))
    place = stops[:, None] + np.arange(-width, 0)
    held = place >= starts[:, None]
    return np.where(held, values[np.where(held, place, 0)] if len(values) else np.nan, np.nan)


def weighted_sum(values: Floats, weights: Floats) -> Floats:
    """Return the sum of weights (n) * the last n values, the oldest first."""
    n = len(weights)
    result = np.full(len(values), np.nan)
    if len(values) >= n:
        result[n - 1 :] = np.correlate(values, weights, "valid")
    return result


def rolling_mean(values: Floats, n: int) -> Floats:
    """Return the mean of the last n values."""
    return rolling_sum(values, n) / n


def rolling_sum(values: Floats, n: int) -> Floats:
    """Return the sum of the last n values."""
    result = np.full(len(values), np.nan)
    if len(values) < n:
        return result
    # part[i] is the sum of ``width`` values from i on; two of them make the next, and n is a sum of such widths
    part, width, total, reach = np.asarray(values, dtype=np.float64), 1, np.zeros(len(values) - n + 1), 0
    while True:
        if n & width:
            total = total + part[reach : reach + len(total)]
            reach += width
        if 2 * width > n:
            break
        part, width = part[width:] + part[: len(part) - width], 2 * width
    result[n - 1 :] = total
    return result


def rolling_std(values: Floats, n: int, *, ddof: int = 0) -> Floats:
    """Return the standard deviation of the last n values, divisor n - ``ddof``.

    Means and squared deviations of halves are joined pair by pair (Chan, Golub and LeVeque 1983): nothing cancels, and
    values that are all equal have exactly 0.
    """
    result = np.full(len(values), np.nan)
    if len(values) < n:
        return result
    mean, away, width, reach = np.asarray(values, dtype=np.float64), np.zeros(len(values)), 1, 0
    joined: tuple[Floats, Floats] | None = None
    while True:
        if n & width:
            rows = slice(reach, reach + len(values) - n + 1)
            piece = mean[rows], away[rows]
            joined = piece if joined is None else _joined(joined, reach, piece, width)
            reach += width
        if 2 * width > n:
            break
        rest = len(mean) - width
        mean, away = _joined((mean[:rest], away[:rest]), width, (mean[width:], away[width:]), width)
        width *= 2
    if joined is not None:
        result[n - 1 :] = np.sqrt(joined[1] / (n - ddof))
    return result


def _joined(
    left: tuple[Floats, Floats], ours: int, right: tuple[Floats, Floats], theirs: int
) -> tuple[Floats, Floats]:
    """Mean and summed squared deviation of two neighbouring stretches of ``ours`` and ``theirs`` values as one."""
    step, share = right[0] - left[0], theirs / (ours + theirs)
    return left[0] + share * step, left[1] + right[1] + (ours * share) * (step * step)


def centred(block: Floats) -> Floats:
    """Return windows (rows, n) less their own means."""
    return np.asarray(block - block.sum(axis=1, keepdims=True) / block.shape[1], dtype=np.float64)


def rolling_max(values: Floats, n: int) -> Floats:
    """Return the largest of the last n values."""
    return _extreme(values, n, np.maximum)


def rolling_min(values: Floats, n: int) -> Floats:
    """Return the smallest of the last n values."""
    return _extreme(values, n, np.minimum)


def _extreme(values: Floats, n: int, larger: np.ufunc) -> Floats:
    result = np.full(len(values), np.nan)
    if len(values) < n:
        return result
    best, width = (
        values,
        1,
    )  # best[i] is the extreme of ``width`` values from i on; two of them make a wider one
    while 2 * width <= n:
        best, width = larger(best[width:], best[: len(best) - width]), 2 * width
    rest = n - width
    result[n - 1 :] = larger(best[rest:], best[: len(best) - rest]) if rest else best
    return result


def rolling_correlation(left: Floats, right: Floats, n: int) -> Floats:
    """Return Pearson's correlation over the last n pairs; NaN where one side does not vary."""
    result = np.full(len(left), np.nan)
    if len(left) < n:
        return result
    ours, theirs = trailing(left, n), trailing(right, n)
    for start in range(0, len(ours), CHUNK):
        rows = slice(start, start + CHUNK)
        found = _correlation(ours[rows], theirs[rows])
        result[start + n - 1 : start + n - 1 + len(found)] = found
    return result


def _correlation(left: Floats, right: Floats) -> Floats:
    a, b = centred(left), centred(right)
    return divide(np.vecdot(a, b), np.sqrt(np.vecdot(a, a) * np.vecdot(b, b)))


def on_last(
    rows: int | None, n: int, function: Callable[..., tuple[Floats, ...]], *columns: Floats
) -> tuple[Floats, ...]:
    """Return a function of trailing windows of n rows for the last ``rows`` alone (all for ``None``), NaN before."""
    length = len(columns[0])
    cut = 0 if rows is None else max(0, length - (rows + n - 1))
    before = np.full(cut, np.nan)
    return tuple(np.concatenate([before, part]) for part in function(*(column[cut:] for column in columns)))


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """Return the quotient, NaN where the denominator is 0 or not finite."""
    usable = np.isfinite(denominator) & (denominator != 0)
    return numerator / np.where(usable, denominator, np.nan)


def lag(values: Floats, n: int) -> Floats:
    """Return the values of n rows earlier; the first n rows are NaN."""
    result = np.full(len(values), np.nan)
    if n < len(values):
        result[n:] = values[: len(values) - n]
    return result


def varies(values: Floats, n: int) -> NDArray[np.bool_]:
    """Say where the last n values are known and not all equal (False in the first n-1 rows)."""
    rows = np.arange(len(values))
    moved, hole = np.zeros(len(values), np.bool_), np.isnan(values)
    moved[1:] = values[1:] != values[:-1]
    latest_move = np.maximum.accumulate(np.where(moved, rows, -1))
    latest_hole = np.maximum.accumulate(np.where(hole, rows, -1))
    return (rows >= n - 1) & (latest_move > rows - n + 1) & (latest_hole <= rows - n)
