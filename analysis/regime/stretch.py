"""How strongly the last bars drift, by the best segmentation of what was known: the leading reading of P(trend)."""

from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.segmentation import SCALE_MIN_BARS, recent_strength, scaled_returns, segments
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS

BLOCK_BARS: Final = 250
"""Bars, counted from the Unix epoch, that share one segmentation."""
LEAD_BARS: Final = 500
"""Bars before a block at which its segmentation starts."""


def bars_needed(stretch: int) -> int:
    """Return from which bar on the reading is known."""
    return SCALE_MIN_BARS + 1 + stretch


def stretch_drift(bars: Bars, penalty: float, stretch: int, tail: int | None = None) -> Floats:
    """Return the mean of ln(1 + |drift| / noise) over the segments of the last ``stretch`` bars, per row.

    Each block of bars is segmented from ``LEAD_BARS`` before it on, so that a row's value does not depend on where the
    history begins. NaN in the first rows and where the price stood still; before the ``tail`` last rows too.
    """
    moves, result = scaled_returns(np.log(bars.close)), np.full(len(bars), np.nan)
    block = bars.open_time // (BLOCK_BARS * SHORTEST_MS[bars.interval])
    wanted = 0 if tail is None else max(0, len(bars) - tail)
    edges = np.flatnonzero(np.diff(block, prepend=block[:1] - 1)) if len(block) else np.empty(0, np.int64)
    spans = [(int(a), int(b)) for a, b in zip(edges, [*edges[1:], len(bars)], strict=True) if b > wanted]
    if spans:
        leads = [max(0, a - LEAD_BARS) for a, _ in spans]
        paths = np.zeros((len(spans), max(b - lead for (_, b), lead in zip(spans, leads, strict=True))))
        for row, ((_, b), lead) in enumerate(zip(spans, leads, strict=True)):
            paths[row, : b - lead] = np.cumsum(np.nan_to_num(moves[lead:b]))
        found = recent_strength(segments(paths, penalty), stretch)
        for row, ((a, b), lead) in enumerate(zip(spans, leads, strict=True)):
            result[a:b] = found[row, a - lead : b - lead]
    result[: max(wanted, bars_needed(stretch) - 1)] = np.nan
    return np.where(np.isfinite(moves), result, np.nan)
