"""From a raw number to a signal: trailing robust scales that exclude the current value, and mid-ranks.

The chain of scales: 1.4826 * median absolute deviation; where that is 0, mean absolute deviation * 1.2533; where
that is 0 too, the mid-rank. |z| is clipped at 6. Every look-back ends one row before the value it judges.
"""

import numpy as np
import pandas as pd
from scipy.ndimage import rank_filter

from analysis.features.windows import Floats, divide, lag, rolling

MEDIAN_TO_SIGMA = 1.4826
MEAN_TO_SIGMA = 1.2533
CLIP = 6.0
BLOCK = 2048  # rows whose windows are held in memory at once


def uncentred_scale(values: Floats, window: int, min_count: int) -> Floats:
    """Return the scale of a metric with a natural zero: 1.4826 * median|x| over the past ``window`` rows.

    Where that is 0, 1.2533 * mean|x|; 0 where every past value is 0; NaN below ``min_count`` past values.
    Centring is left out on purpose: it flips the sign of a trend.
    """
    past = lag(np.abs(values), 1)
    scale = MEDIAN_TO_SIGMA * _rolling_median(past, window, min_count)
    flat = scale == 0
    if flat.any():
        scale = np.where(flat, MEAN_TO_SIGMA * _mean_where(past, flat, window), scale)
    return scale


def _rolling_median(values: Floats, window: int, min_count: int) -> Floats:
    known = np.isfinite(values)
    first = int(np.argmax(known)) if known.any() else len(values)
    if len(values) - first <= window or not known[first:].all():
        return _growing_median(values, window, min_count)
    body = values[first:]  # without holes, full windows go through a compiled rank filter, five times faster
    lower, upper = (rank_filter(body, k, size=window, origin=(window - 1) // 2) for k in _middle(window))
    result = np.full(len(values), np.nan)
    result[first:] = (lower + upper) / 2
    result[first : first + window] = _growing_median(body[:window], window, min_count)
    return result


def _middle(window: int) -> tuple[int, int]:
    return (window - 1) // 2, window // 2


def _growing_median(values: Floats, window: int, min_count: int) -> Floats:
    return np.asarray(pd.Series(values).rolling(window, min_periods=min_count).median(), dtype=np.float64)


def _mean_where(values: Floats, rows: np.typing.NDArray[np.bool_], window: int) -> Floats:
    result = np.full(len(values), np.nan)
    for row in np.flatnonzero(rows):  # rare rows: a running mean would leave rounding where the truth is 0
        result[row] = np.nanmean(values[max(0, row - window + 1) : row + 1])
    return result


def direction_signal(values: Floats, window: int, min_count: int) -> Floats:
    """Return tanh(z / 2) in [-1, 1], z = x / uncentred scale; a zero scale is replaced by 2 * mid-rank - 1."""
    scale = uncentred_scale(values, window, min_count)
    signal = np.tanh(np.clip(divide(values, scale), -CLIP, CLIP) / 2)
    flat = scale == 0
    return np.where(flat, 2 * mid_rank(values, window, min_count) - 1, signal) if flat.any() else signal


def robust_z(values: Floats, window: int, min_count: int) -> Floats:
    """Return (x - median) / scale over the past ``window`` rows, clipped at 6; the scale by the chain above.

    Where every past value is the same the z is that of the mid-rank: -6, 0 or 6.
    """
    past = lag(values, 1)
    z = np.full(len(values), np.nan)
    for start in range(0, len(values), BLOCK):
        _fill_z(z, values, past, start, min(start + BLOCK, len(values)), window, min_count)
    return z


def _fill_z(
    z: Floats, values: Floats, past: Floats, start: int, stop: int, window: int, min_count: int
) -> None:
    head = np.full(max(0, window - 1 - start), np.nan)
    block = np.concatenate([head, past[max(0, start - window + 1) : stop]])
    view = np.lib.stride_tricks.sliding_window_view(block, window)
    enough = np.isfinite(view).sum(axis=1) >= min_count
    kept, current = view[enough], values[start:stop][enough]
    middle = np.nanmedian(kept, axis=1)
    deviation = np.abs(kept - middle[:, None])
    scale = MEDIAN_TO_SIGMA * np.nanmedian(deviation, axis=1)
    scale = np.where(scale == 0, MEAN_TO_SIGMA * np.nanmean(deviation, axis=1), scale)
    raw = np.where(scale == 0, CLIP * np.sign(current - middle), divide(current - middle, scale))
    z[start:stop][enough] = np.clip(raw, -CLIP, CLIP)


def mid_rank(values: Floats, window: int, min_count: int) -> Floats:
    """Return (count below + half the ties) / count among the past ``window`` values, in [0, 1]."""
    ranked = pd.Series(values).rolling(window + 1, min_periods=min_count + 1)
    count = np.asarray(ranked.count(), dtype=np.float64)
    return divide(
        np.asarray(ranked.rank(), dtype=np.float64) - 1, np.where(np.isfinite(values), count - 1, np.nan)
    )


def share_below(value: float, past: Floats) -> float:
    """Return the mid-rank of one value among past values (NaN ignored); ``ValueError`` when there is none."""
    known = past[np.isfinite(past)]
    if not len(known):
        raise ValueError("a rank needs at least one past value")
    return float((np.sum(known < value) + 0.5 * np.sum(known == value)) / len(known))


def rolling_mad(values: Floats, n: int) -> Floats:
    """Return 1.4826 * median absolute deviation of the last n values, in their own unit."""

    def mad(block: Floats) -> Floats:
        middle = np.median(block, axis=1, keepdims=True)
        return np.asarray(MEDIAN_TO_SIGMA * np.median(np.abs(block - middle), axis=1))

    return rolling(values, n, mad)
