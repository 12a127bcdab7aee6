"""Where a value stands among the n before it, by counting: neighbouring rows share most of what they look back on.

The values that every row of a block looks back on are sorted once; only those at the edges of the windows, which
differ from row to row, are compared one by one. Counts are exact, so a row's are the same in whichever block it falls.
"""

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.windows import CHUNK, trailing

BLOCK = 200
"""Rows that share one sorting: more compare more edges, fewer sort more often."""
SHORT = 500
"""Values looked back on up to which comparing them all is the quicker way."""
Counts = NDArray[np.int64]
Rows = NDArray[np.intp]


def counts_before(values: Floats, n: int, rows: Rows) -> tuple[Counts, Counts]:
    """Return for each of ``rows`` (ascending) how many of the n values before it lie below it and how many equal it.

    NaN counts as nothing; early rows have the fewer values there are. The counts of a row that is NaN mean nothing.
    """
    below, equal = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    if n <= SHORT:
        return _one_by_one(values, n, rows)
    size, start = min(BLOCK, n), 0
    while start < len(rows):
        stop = int(np.searchsorted(rows, rows[start] + size))
        below[start:stop], equal[start:stop] = _of_block(values, n, rows[start:stop])
        start = stop
    return below, equal


def _one_by_one(values: Floats, n: int, rows: Rows) -> tuple[Counts, Counts]:
    below, equal = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        first = max(0, int(some[0]) - n)
        line = np.concatenate([np.full(max(0, n - int(some[0])), np.nan), values[first : some[-1] + 1]])
        windows, asked = trailing(line, n)[some - some[0]], values[some][:, None]
        below[start : start + CHUNK] = np.count_nonzero(windows < asked, axis=1)
        equal[start : start + CHUNK] = np.count_nonzero(windows == asked, axis=1)
    return below, equal


def _of_block(values: Floats, n: int, rows: Rows) -> tuple[Counts, Counts]:
    first, last = int(rows[0]), int(rows[-1])
    asked = values[rows]
    shared = values[max(0, last - n) : first]
    core = np.sort(shared[~np.isnan(shared)])
    left, right = np.searchsorted(core, asked), np.searchsorted(core, asked, side="right")
    at = np.concatenate([np.arange(max(0, first - n), max(0, last - n)), np.arange(first, last)])
    inside = (at >= rows[:, None] - n) & (at < rows[:, None])
    edges = values[at]
    below = left + np.count_nonzero((edges < asked[:, None]) & inside, axis=1)
    equal = right - left + np.count_nonzero((edges == asked[:, None]) & inside, axis=1)
    return below, equal


def share_below(value: float, past: Floats) -> float:
    """Return the mid-rank of one value among past values (NaN ignored); ``ValueError`` when there is none."""
    known = past[np.isfinite(past)]
    if not len(known):
        raise ValueError("a rank needs at least one past value")
    return float((np.sum(known < value) + 0.5 * np.sum(known == value)) / len(known))
