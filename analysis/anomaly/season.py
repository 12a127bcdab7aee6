"""The usual size of a channel at each hour of the week; a size divided by it has no season."""

from typing import Final

import numpy as np

from analysis.anomaly.rows import RawRows
from analysis.arrays import Floats
from analysis.features.robust import MEDIAN_TO_SIGMA
from analysis.features.tail_probability import WEEK_HOURS, Cells, season_cells
from utils.binance_api.intervals import DAY, SHORTEST_MS

CELLS: Final = 2 * WEEK_HOURS
DAY_CELLS: Final = 2 * 24
MEDIAN_VARIANCE: Final = np.pi / 2  # of the median of n normal values, times n over their variance


def cells_of(raw: RawRows, interval: str) -> Cells:
    """Return each bar's season cell: hour of the week, and whether funding settles in it; all 0 above a day."""
    step = SHORTEST_MS[interval]
    if step > DAY:
        return np.zeros(len(raw.open_time), np.int64)
    return season_cells(raw.open_time, step, raw.settlements)


def seasonal_scale(size: Floats, cells: Cells) -> Floats:
    """Return the usual size in each cell (CELLS), in the unit of the sizes, which are 0 or more.

    The median of an hour of the week rests on a year's 52 weeks at most and is noisy, which alone makes large bars of
    quiet hours look improbable. So its logarithm is shrunk towards that of its hour of the day, and this one towards
    that of all, as far as its noise explains the distance (empirical Bayes, Efron and Morris 1975). NaN where the
    median of all is 0 or nothing is known.
    """
    rising = np.argsort(size)[: int(np.isfinite(size).sum())]  # what is unknown comes last
    known, place = size[rising], cells[rising]
    median = float(np.median(known)) if len(known) else 0.0
    if not median > 0:
        return np.full(CELLS, np.nan)
    daily = _shrunk(known, place % DAY_CELLS, np.full(DAY_CELLS, np.log(median)))
    return np.exp(_shrunk(known, place, np.tile(daily, CELLS // DAY_CELLS)))


def _shrunk(size: Floats, cells: Cells, prior: Floats) -> Floats:
    """Return the log medians of the cells, each shrunk towards ``prior`` by noise / (noise + variance between cells).

    ``size`` ascends. A cell with fewer than two values, or whose median is 0, has its prior; all have where their
    distances are no larger than their noise.
    """
    medians, count = _log_medians(size, cells, len(prior))
    usable = np.isfinite(medians) & (count > 1)
    residuals = np.abs(np.log(size[size > 0]) - medians[cells[size > 0]])
    residuals = residuals[np.isfinite(residuals)]
    if not usable.any() or not len(residuals):
        return prior
    noise = MEDIAN_VARIANCE * (MEDIAN_TO_SIGMA * float(np.median(residuals))) ** 2 / np.maximum(count, 1)
    between = float(np.mean((medians - prior)[usable] ** 2 - noise[usable]))
    if not between > 0:
        return prior
    return np.where(usable, prior + (medians - prior) * between / (between + noise), prior)


def _log_medians(size: Floats, cells: Cells, length: int) -> tuple[Floats, Floats]:
    count = np.bincount(cells, minlength=length)
    first = np.cumsum(count) - count
    ordered = size[
        np.argsort(cells.astype(np.int16), kind="stable")
    ]  # a radix sort, which keeps them ascending
    filled = np.flatnonzero(count)
    middle = first[filled] + (count[filled] - 1) // 2, first[filled] + count[filled] // 2
    medians = np.full(length, np.nan)
    medians[filled] = (ordered[middle[0]] + ordered[middle[1]]) / 2
    return np.log(np.where(medians > 0, medians, np.nan)), count.astype(np.float64)
