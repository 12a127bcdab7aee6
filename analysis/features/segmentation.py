"""Optimal piecewise-linear segmentation of a path by dynamic programming, and how strongly its segments drift.

The best segmentation of the rows up to t minimises the sum of squared residuals of a least-squares line per segment
plus a penalty for each (Bellman and Roth 1969; Jackson et al. 2005). One pass finds it for every t at once: row t needs
earlier rows alone, so the pass tells both what could be known at each row and, read back from its end, what hindsight
says. A path in units of its own recent volatility makes one penalty fit calm and loud markets.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.windows import divide, lag, rolling_sum

SHORTEST, LONGEST = 12, 300
"""Bars of a segment."""
SCALE_BARS, SCALE_MIN_BARS = 500, 50
"""Returns whose mean square scales the next one, and the fewest of them."""
CLIP = 10.0
"""Scaled returns are clipped here: one impossible bar must not be a segment."""
LEAST_NOISE = 0.03
"""Residual deviation, in usual moves of a bar, below which a line counts as exact."""
CHUNK = 64
"""Rows whose lines are fitted at once: their arrays stay in a processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """The last segment of the best segmentation of rows 0..t, per path and row t (paths, rows).

    ``start``: its first row, -1 before ``SHORTEST`` rows. ``strength``: |drift over the segment| / deviation of its
    residuals; NaN there.
    """

    start: NDArray[np.int64]
    strength: Floats


def scaled_returns(log_price: Floats) -> Floats:
    """Return log returns over the root mean square of up to ``SCALE_BARS`` returns before each, clipped.

    NaN below ``SCALE_MIN_BARS`` returns and where none of them moved.
    """
    returns = np.diff(log_price, prepend=np.nan)
    squares = np.where(np.isfinite(returns), returns, 0.0) ** 2
    count = np.minimum(np.arange(len(returns), dtype=np.float64), SCALE_BARS)
    total = rolling_sum(squares, SCALE_BARS)
    total[: SCALE_BARS - 1] = np.cumsum(squares[: SCALE_BARS - 1])
    scale = np.sqrt(divide(total, np.where(count >= SCALE_MIN_BARS, count, np.nan)))
    return np.clip(divide(returns, lag(scale, 1)), -CLIP, CLIP)


def segments(paths: Floats, penalty: float, shortest: int = SHORTEST, longest: int = LONGEST) -> Segments:
    """Return the best segmentations of every beginning of each path (paths, rows); no path may hold a NaN."""
    paths = np.atleast_2d(paths)
    count, rows = paths.shape
    sums, lengths = _Sums(paths, longest), np.arange(longest, shortest - 1, -1)
    # the cost of the best segmentation of rows 0..t stands at longest + t + 1; before row 0 there is none
    best = np.full((count, longest + rows + 1), np.inf)
    best[:, longest] = 0.0
    start, strength = np.full((count, rows), -1), np.full((count, rows), np.nan)
    each = np.arange(count)
    for begin in range(shortest, rows + 1, CHUNK):
        stops = np.arange(begin, min(begin + CHUNK, rows + 1))
        squares, drift = sums.lines(stops, lengths)
        chosen = np.empty((count, len(stops)), np.int64)
        for column, stop in enumerate(stops):
            cost = best[:, stop : stop + len(lengths)] + squares[:, column]
            at = chosen[:, column] = cost.argmin(axis=1)
            best[:, longest + stop] = cost[each, at] + penalty
        length, place = lengths[chosen], (each[:, None], np.arange(len(stops)), chosen)
        noise = np.sqrt(squares[place] / length)
        start[:, stops - 1] = stops - length
        strength[:, stops - 1] = np.abs(drift[place]) * length / np.maximum(noise, LEAST_NOISE)
    return Segments(start, strength)


class _Sums:
    """Running sums of paths, from which every line's fit follows; zeros stand for ``longest`` rows before the first."""

    def __init__(self, paths: Floats, longest: int) -> None:
        y = paths - paths[:, :1]  # not their mean: a row must not depend on later ones by rounding either
        self._longest = longest
        self._y, self._squares, self._moments = (
            _from_zero(values, longest) for values in (y, y * y, np.arange(paths.shape[1]) * y)
        )

    def lines(self, stops: NDArray[np.int64], lengths: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return squared residuals and slope of the lines that end before each stop, (paths, stops, lengths).

        ``stops`` are consecutive, ``lengths`` fall by one from the longest on; a line that begins before row 0 has no
        meaning.
        """
        length = lengths.astype(np.float64)
        starts = stops[:, None] - length
        total = self._gain(self._y, stops, len(lengths))
        spread = length * (length * length - 1) / 12
        moment = self._gain(self._moments, stops, len(lengths)) - (starts + (length - 1) / 2) * total
        slope = moment / spread
        squares = self._gain(self._squares, stops, len(lengths))
        return np.maximum(squares - total * total / length - slope * moment, 0.0), slope

    def _gain(self, sums: Floats, stops: NDArray[np.int64], count: int) -> Floats:
        """Return how much the sums grow from each start to each stop."""
        until = slice(int(stops[0]), int(stops[-1]) + 1)
        return sums[:, self._longest + stops, None] - sliding_window_view(sums, count, axis=1)[:, until]


def _from_zero(values: Floats, before: int) -> Floats:
    return np.concatenate([np.zeros((len(values), before + 1)), np.cumsum(values, axis=1)], axis=1)


def recent_strength(found: Segments, bars: int) -> Floats:
    """Return the mean of ln(1 + strength) over the last ``bars`` rows as segmented at each row, (paths, rows).

    NaN in the first bars - 1 rows and where the segmentation does not reach so far back.
    """
    count, rows = found.start.shape
    each, stop = np.arange(count)[:, None], np.tile(np.arange(rows), (count, 1))
    left, total = np.full((count, rows), bars, np.int64), np.zeros((count, rows))
    while True:
        open_ = (left > 0) & (stop >= 0)
        if not open_.any():
            break
        at = np.maximum(stop, 0)
        begin = np.maximum(found.start[each, at], 0)
        inside = np.where(open_, np.minimum(left, at - begin + 1), 0)
        total += np.where(open_, inside * np.log1p(found.strength[each, at]), 0.0)
        left -= inside
        stop = np.where(open_, begin - 1, stop)
    return np.where(left == 0, total / bars, np.nan)


def in_hindsight(found: Segments) -> tuple[Floats, NDArray[np.int64]]:
    """Return each row's strength of the segment it belongs to in the best segmentation of all, and that one's last row.

    Both (rows), of the first path.
    """
    rows = found.start.shape[1]
    strength, last = np.full(rows, np.nan), np.full(rows, rows - 1)
    stop = rows - 1
    while stop >= 0:
        begin = max(int(found.start[0, stop]), 0)
        strength[begin : stop + 1], last[begin : stop + 1] = found.strength[0, stop], stop
        stop = begin - 1
    return strength, last
