"""From a raw number to a signal: trailing robust scales that exclude the current value, and mid-ranks.

The chain of scales: 1.4826 * median absolute deviation; where that is 0, mean absolute deviation * 1.2533; where
that is 0 too, the mid-rank. |z| is clipped at 6. Every look-back ends one row before the value it judges.

Whatever multiplies neighbouring returns is measured on ``clipped`` ones: one wick makes two huge returns of opposite
sign, whose product alone would be the result.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.ndimage import rank_filter

from analysis.arrays import Floats
from analysis.features.rank_counts import counts_before
from analysis.features.windows import divide, lag, rolling

MEDIAN_TO_SIGMA = 1.4826
MEAN_TO_SIGMA = 1.2533
CLIP = 6.0
RETURN_CLIP = 3.0  # robust deviations: one in twenty hourly returns lies beyond
BLOCK = 2048  # rows whose windows are held in memory at once


def clipped(returns: Floats) -> Floats:
    """Return the values of each window (..., n) held within 3 robust deviations of the window's median.

    The deviation is that of the chain above, of the window itself. A window with an unknown value is unknown.
    """
    middle = np.median(returns, axis=-1, keepdims=True)
    away = np.abs(returns - middle)
    deviation = MEDIAN_TO_SIGMA * np.median(away, axis=-1, keepdims=True)
    deviation = np.where(deviation == 0, MEAN_TO_SIGMA * away.mean(axis=-1, keepdims=True), deviation)
    reach = RETURN_CLIP * deviation
    return np.clip(returns, middle - reach, middle + reach)


def uncentred_scale(values: Floats, window: int, min_count: int) -> Floats:
    """Return the scale of a metric with a natural zero: 1.4826 * median|x| over the past ``window`` rows.

    Where that is 0, 1.2533 * mean|x|; 0 where every past value is 0; NaN below ``min_count`` past values.
    Centring is left out on purpose: it flips the sign of a trend.
    """
    return _uncentred_scales([values], window, min_count)[0]


def _uncentred_scales(series: Sequence[Floats], window: int, min_count: int) -> list[Floats]:
    pasts = [lag(np.abs(values), 1) for values in series]
    medians = _rolling_medians(pasts, window, min_count)
    return [_or_mean(MEDIAN_TO_SIGMA * m, past, window) for m, past in zip(medians, pasts, strict=True)]


def _or_mean(scale: Floats, past: Floats, window: int) -> Floats:
    flat = scale == 0
    return np.where(flat, MEAN_TO_SIGMA * _mean_where(past, flat, window), scale) if flat.any() else scale


def _rolling_medians(series: Sequence[Floats], window: int, min_count: int) -> list[Floats]:
    """Medians of the known among the last ``window`` values; series without holes share one compiled pass."""
    firsts = [_first_of_unbroken(values) for values in series]
    bodies = [values[first:] for values, first in zip(series, firsts, strict=True) if first is not None]
    found = iter(_joined_medians(bodies, window, min_count))
    return [
        _growing_median(values, window, min_count)
        if first is None
        else np.concatenate([np.full(first, np.nan), next(found)])
        for values, first in zip(series, firsts, strict=True)
    ]


def _first_of_unbroken(values: Floats) -> int | None:
    known = np.isfinite(values)
    first = int(np.argmax(known)) if known.any() else len(values)
    return first if known[first:].all() else None


def _joined_medians(bodies: Sequence[Floats], window: int, min_count: int) -> list[Floats]:
    # The infinities before a series come in pairs that leave the middle where it is; a window that begins on the
    # second of a pair holds one +inf too many, which moves the middle by half a place.
    pad = np.resize([-np.inf, np.inf], window + window % 2)
    line = np.concatenate([part for body in bodies for part in (pad, body)]) if bodies else np.empty(0)
    upper_rank, origin = window // 2, (window - 1) // 2
    lower, upper = (
        rank_filter(line, rank, size=window, origin=origin) for rank in (upper_rank - 1, upper_rank)
    )
    single = upper if window % 2 else lower
    medians, start = [], 0
    for body in bodies:
        start += len(pad)
        rows = slice(start, start + len(body))
        count = np.minimum(np.arange(1, len(body) + 1), window)
        middle = np.where(count % 2, single[rows], (lower[rows] + upper[rows]) / 2)
        medians.append(np.where(count >= min_count, middle, np.nan))
        start += len(body)
    return medians


def _growing_median(values: Floats, window: int, min_count: int) -> Floats:
    return np.asarray(pd.Series(values).rolling(window, min_periods=min_count).median(), dtype=np.float64)


def _mean_where(values: Floats, rows: np.typing.NDArray[np.bool_], window: int) -> Floats:
    result = np.full(len(values), np.nan)
    for row in np.flatnonzero(rows):  # rare rows: a running mean would leave rounding where the truth is 0
        result[row] = np.nanmean(values[max(0, row - window + 1) : row + 1])
    return result


def direction_signal(values: Floats, window: int, min_count: int) -> Floats:
    """Return tanh(z / 2) in [-1, 1], z = x / uncentred scale; a zero scale is replaced by 2 * mid-rank - 1."""
    return direction_signals([values], window, min_count)[0]


def direction_signals(series: Sequence[Floats], window: int, min_count: int) -> list[Floats]:
    """Return ``direction_signal`` of each series; together they cost less than one after the other."""
    scales = _uncentred_scales(series, window, min_count)
    return [_signal(x, scale, window, min_count) for x, scale in zip(series, scales, strict=True)]


def _signal(values: Floats, scale: Floats, window: int, min_count: int) -> Floats:
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
    middle = _medians(kept)
    deviation = np.abs(kept - middle[:, None])
    scale = MEDIAN_TO_SIGMA * _medians(deviation)
    scale = np.where(scale == 0, MEAN_TO_SIGMA * np.nanmean(deviation, axis=1), scale)
    raw = np.where(scale == 0, CLIP * np.sign(current - middle), divide(current - middle, scale))
    z[start:stop][enough] = np.clip(raw, -CLIP, CLIP)


def _medians(rows: Floats) -> Floats:
    """Return the median of what is known in each row, (rows); every row knows a value."""
    count = np.isfinite(rows).sum(axis=1)
    if (count == rows.shape[1]).all():
        return np.asarray(np.median(rows, axis=1))
    each, ordered = np.arange(len(rows)), np.sort(rows, axis=1)  # NaN comes last
    return np.asarray((ordered[each, (count - 1) // 2] + ordered[each, count // 2]) / 2)


def mid_rank(values: Floats, window: int, min_count: int, last: int | None = None) -> Floats:
    """Return (count below + half the ties) / count among the past ``window`` values, in [0, 1].

    NaN below ``min_count`` past values, so everywhere where the window is too short to hold them. ``last`` ranks the
    last so many rows alone, to the same values, and leaves NaN before them.
    """
    if window < min_count:
        return np.full(len(values), np.nan)
    if last is None:
        ranked = pd.Series(np.where(np.isfinite(values), values, np.nan)).rolling(
            window + 1, min_periods=min_count + 1
        )
        count = np.asarray(ranked.count(), dtype=np.float64)
        return divide(
            np.asarray(ranked.rank(), dtype=np.float64) - 1, np.where(np.isfinite(values), count - 1, np.nan)
        )
    result, first = np.full(len(values), np.nan), max(0, len(values) - last)
    result[first:] = _ranks_from(values, window, min_count, first)
    return result


def _ranks_from(values: Floats, window: int, min_count: int, first: int) -> Floats:
    known = np.isfinite(values)
    rows = np.arange(first, len(values))
    below, equal = counts_before(np.where(known, values, np.nan), window, rows)
    held = np.concatenate([[0], np.cumsum(known)])
    count = held[rows] - held[np.maximum(rows - window, 0)]
    usable = known[first:] & (count >= max(min_count, 1))
    return divide(below + equal / 2, np.where(usable, count, np.nan))


def rolling_mad(values: Floats, n: int) -> Floats:
    """Return 1.4826 * median absolute deviation of the last n values, in their own unit."""

    def mad(block: Floats) -> Floats:
        middle = np.median(block, axis=1, keepdims=True)
        return np.asarray(MEDIAN_TO_SIGMA * np.median(np.abs(block - middle), axis=1))

    return rolling(values, n, mad)


def z_among(values: Floats, past: Floats, *, centred: bool) -> Floats:
    """Return each value (n) less its centre, over its scale in a past of its own (n, k), clipped at 6.

    The scale is that of the chain above around the centre: the median, or 0 for a metric with a natural zero. NaN in a
    past is no value; every past knows one. Where it lies wholly on its centre the z is -6, 0 or 6.
    """
    centre = _medians(past) if centred else np.zeros(len(past))
    away = np.abs(past - centre[:, None])
    scale = MEDIAN_TO_SIGMA * _medians(away)
    scale = np.where(scale == 0, MEAN_TO_SIGMA * np.nanmean(away, axis=1), scale)
    raw = np.where(scale == 0, CLIP * np.sign(values - centre), divide(values - centre, scale))
    return np.clip(raw, -CLIP, CLIP)
