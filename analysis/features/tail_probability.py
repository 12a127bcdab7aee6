"""Tail probability of a value in its own past: seasonality removed, upper-tail p, Sidak over channels, score.

Everything about a row but its own value comes from earlier rows. Unknown (NaN) values neither count nor get a p.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.rank_counts import counts_before
from analysis.features.windows import CHUNK, divide, trailing
from utils.units import HOUR_MS

WEEK_HOURS = 168
EPOCH_HOURS = 72  # the epoch began on a Thursday, 72 hours into its week
LEVELS = (0.1, 0.01)
FEWEST_ROWS, SPARSE_ROWS = 50, 1000
SCORE_DECADES = 4  # once in 10,000 bars is a score of 1

Cells = NDArray[np.int64]


def hour_of_week(open_time: NDArray[np.int64]) -> Cells:
    """Return 0..167 for UTC milliseconds, 0 the hour from Monday 00:00."""
    return (open_time // HOUR_MS + EPOCH_HOURS) % WEEK_HOURS


def season_cells(open_time: NDArray[np.int64], bar_ms: int, settlements: NDArray[np.int64]) -> Cells:
    """Return 2 * hour of week + 1 where a funding settlement (sorted UTC ms) falls into the bar, + 0 elsewhere."""
    first = np.searchsorted(settlements, open_time, side="left")
    after = np.searchsorted(settlements, open_time + bar_ms, side="left")
    return 2 * hour_of_week(open_time) + (after > first)


def without_level(values: Floats, cells: Cells, occurrences: int, min_count: int) -> Floats:
    """Return value - median of the last ``occurrences`` earlier rows of the same cell (for logs, signed values).

    NaN below ``min_count`` known ones.
    """
    return values - _past_median(values, cells, occurrences, min_count)


def without_scale(values: Floats, cells: Cells, occurrences: int, min_count: int) -> Floats:
    """Return value / median of |value| over the last ``occurrences`` earlier rows of the same cell (range, volume).

    NaN below ``min_count`` known ones, and where that median is 0.
    """
    return divide(values, _past_median(np.abs(values), cells, occurrences, min_count))


def _past_median(values: Floats, cells: Cells, occurrences: int, min_count: int) -> Floats:
    if occurrences < 1 or min_count < 1:
        raise ValueError("seasonality needs one occurrence or more, and a minimum count of one or more")
    order = np.argsort(cells, kind="stable")
    line, group = values[order], cells[order]
    earlier = np.arange(len(line)) - np.searchsorted(group, group)  # rows of the same cell before each
    before = trailing(np.concatenate([np.full(occurrences, np.nan), line]), occurrences)[:-1]
    back, result = np.arange(occurrences, 0, -1), np.empty(len(line))
    for start in range(0, len(line), CHUNK):
        some = slice(start, start + CHUNK)
        past = np.array(before[some], order="C")
        past[back > earlier[some, None]] = np.nan
        result[order[some]] = _median_of_known(past, min_count)
    return result


def _median_of_known(rows: Floats, min_count: int) -> Floats:
    """The median of the known values in each row, NaN below ``min_count``: sorted, unknown ones come last."""
    ranked, at, count = np.sort(rows, axis=1), np.arange(len(rows)), np.isfinite(rows).sum(axis=1)
    middle = (ranked[at, np.maximum(count - 1, 0) // 2] + ranked[at, count // 2]) / 2
    return np.where(count >= min_count, middle, np.nan)


def upper_tail_p(values: Floats, window: int, min_count: int, last: int | None = None) -> Floats:
    """Return (1 + past values above + half the equal ones) / (N + 1), N the known among the ``window`` rows before.

    In [1 / (N + 1), 1]: a value above all its past gets the smallest. NaN below ``min_count`` known past values, and
    before the ``last`` rows where only those are asked for.
    """
    known = _past_count(values, window)
    asked = np.isfinite(values) & (known >= max(min_count, 1))
    if last is not None:
        asked[: max(0, len(values) - last)] = False
    rows = np.flatnonzero(asked)
    below, equal = counts_before(values, window, rows)
    result, count = np.full(len(values), np.nan), known[rows]
    result[rows] = (1 + count - below - equal / 2) / (count + 1)
    return result


def _past_count(values: Floats, window: int) -> Floats:
    """Known values among the ``window`` rows before each."""
    known = np.concatenate([[0], np.cumsum(np.isfinite(values))])
    rows = np.arange(len(values))
    return np.asarray(known[rows] - known[np.maximum(rows - window, 0)], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Independent:
    """How many independent channels their smallest p behaves like, where it is met once in 10 and in 100 bars.

    ``smallest``: those two p, the larger first; ``channels``: the numbers there.
    """

    smallest: tuple[float, float]
    channels: tuple[float, float]

    def of(self, smallest: Floats) -> Floats:
        """Return the number at each smallest p: linear in its logarithm between the two, constant beyond."""
        far, near = (np.log(p) for p in self.smallest[::-1])
        found = np.interp(np.log(np.maximum(smallest, 1e-300)), (far, near), self.channels[::-1])
        return np.asarray(found, dtype=np.float64)


def independent_channels(p_values: Floats) -> Independent | None:
    """Estimate them from past p-values (channels, rows): m with 1 - (1 - q)^m = a, q the a-quantile of the smallest p.

    Channels of one event move together, and ranks of a finite past are coarse: m is not their number. q is the value
    that a further row of the same kind is below with probability a (Weibull's quantile, position a (n + 1) of n).
    Both are the same below ``SPARSE_ROWS`` rows. ``None`` below ``FEWEST_ROWS`` rows in which every channel that is
    ever known is.
    """
    ever = p_values[np.isfinite(p_values).any(axis=1)]
    smallest = ever[:, np.isfinite(ever).all(axis=0)].min(axis=0, initial=np.inf)
    if not len(ever) or len(smallest) < FEWEST_ROWS:
        return None
    near, far = (float(np.quantile(smallest, level, method="weibull")) for level in LEVELS)
    often, rare = (float(np.log1p(-a) / np.log1p(-q)) for a, q in zip(LEVELS, (near, far), strict=True))
    if len(smallest) < SPARSE_ROWS or not far < near:
        rare, far = often, near / 10
    return Independent((near, far), (often, rare))


def sidak(p_values: Floats, independent: Floats | None = None) -> Floats:
    """Return 1 - (1 - min p)^m over the m known channels of each row; input (channels, rows), Sidak (1967).

    The probability that the smallest of m independent p-values is at most this small; NaN where no channel is known.
    ``independent`` is m per row, the number of known channels by default.
    """
    known = np.isfinite(p_values)
    smallest = np.where(known, p_values, np.inf).min(axis=0, initial=np.inf)
    count = known.sum(axis=0) if independent is None else independent
    combined = -np.expm1(count * np.log1p(-np.clip(smallest, 0, 1 - 1e-16)))
    return np.where(known.any(axis=0), combined, np.nan)


def anomaly_score(p: Floats) -> Floats:
    """Return min(1, -log10(p) / 4): 0.25 is once in 10 bars, 0.5 in 100, 0.75 in 1,000. p in (0, 1]."""
    usable = np.where((p > 0) & (p <= 1), p, np.nan)
    return np.minimum(1.0, np.abs(np.log10(usable)) / SCORE_DECADES)


def once_in(p: Floats) -> Floats:
    """Return 1 / p: one bar in so many has at most this p."""
    return divide(np.ones_like(p), p)
