"""What of a flow the price does not explain: the rest of a rolling regression on the returns of two days."""

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import lag

COLUMNS = 3


def residual_after_returns(
    flow: Floats, same_day: Floats, day_before: Floats, window: int, min_count: int
) -> Floats:
    """Return flow - (a + b * same_day + c * day_before) (n), fitted on the ``window`` rows before each.

    Ordinary least squares on rows of which all three are known; NaN with fewer than ``min_count`` of them. The unit is
    that of the flow.
    """
    design = np.column_stack([np.ones(len(flow)), same_day, day_before])
    known = np.isfinite(design).all(axis=1) & np.isfinite(flow)
    rows, target = np.where(known[:, None], design, 0.0), np.where(known, flow, 0.0)
    moments = _before(rows[:, :, None] * rows[:, None, :], window)
    products = _before(rows * target[:, None], window)
    enough = _before(known.astype(np.float64), window) >= min_count
    result = np.full(len(flow), np.nan)
    wanted = enough & known
    inverse = np.linalg.pinv(moments[wanted], hermitian=True)
    fitted = np.einsum("nij,nj,ni->n", inverse, products[wanted], rows[wanted])
    result[wanted] = flow[wanted] - fitted
    return result


def _before(values: Floats, window: int) -> Floats:
    """Return the sums over the ``window`` rows before each row, along the first axis."""
    summed = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])[:-1]
    start = np.maximum(np.arange(len(values)) - window, 0)
    return np.asarray(summed - summed[start])


def streak(values: Floats) -> Floats:
    """Return for how many rows in a row the sign has been the same (n), negative below zero; NaN if unknown."""
    sign = np.sign(values)
    begins = np.ones(len(values), np.bool_)
    begins[1:] = ~(sign[1:] == lag(sign, 1)[1:])
    start = np.maximum.accumulate(np.where(begins, np.arange(len(values)), 0))
    return np.asarray(sign * (np.arange(len(values)) - start + 1))
