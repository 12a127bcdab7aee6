"""Which rows lost more than the historical value-at-risk of the rows before them, without computing the quantile.

A value lies below the (k + 1)-th smallest of its n predecessors exactly where at most k of them do not exceed it. The
windows of neighbouring rows share most of their values, and the (k + 1)-th smallest of the shared ones bounds that of
each window from above: only the few rows below that bound have to be counted.
"""

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.windows import trailing

STRIDE = 250  # rows whose windows share a core


def rows_below(values: Floats, n: int, rank: int, first: int) -> NDArray[np.bool_]:
    """Return for rows from ``first`` on whether each is below the (``rank`` + 1)-th smallest of the n values before.

    ``values`` (rows) without NaN. Rows before ``first`` and rows with fewer than n predecessors are False. With
    rank = floor((1 - confidence) * n) these are the losses beyond ``tail_loss.historical_forecasts``.
    ``ValueError`` where the rank is not inside the window.
    """
    return counted_not_above(values, n, rank, first) <= rank


def counted_not_above(values: Floats, n: int, rank: int, first: int) -> NDArray[np.int64]:
    """Return for each row how many of the n values before do not exceed it, n + 1 where more than ``rank`` do not.

    One count answers for every smaller rank too. The rest as in ``rows_below``, which is false of n + 1.
    """
    if not 0 <= rank < n:
        raise ValueError(f"a rank must lie inside its window of {n}, was {rank}")
    found = np.full(len(values), n + 1)
    stride = max(1, min(STRIDE, n - rank - 1))
    for start in range(max(first, n), len(values), stride):
        stop = min(start + stride, len(values))
        core = values[stop - 1 - n : start]
        bound = np.partition(core, rank)[rank] if rank < len(core) else np.inf
        rows = start + np.flatnonzero(values[start:stop] < bound)
        found[rows] = (trailing(values, n)[rows - n] <= values[rows][:, None]).sum(axis=1)
    return found
