"""Effective and realised spread: each trade against the mid just before it, and against the mid some seconds later.

The mid before a trade is that of the last quote with a transaction time strictly before the trade's: "at or before"
takes quotes that the trade itself made, and turns 9-50 % of effective spreads negative. Spot quotes carry no time:
there the last quote received before trade time + smallest transport delay - 2 ms is taken.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from utils.binance_api.touch import BASIS_POINTS

SPOT_MARGIN_MS: Final = 2


def spot_quote_times(receipt_ms: Floats, smallest_delay_ms: float) -> Floats:
    """Return the times (UTC ms) to give spot quotes, so that "strictly before the trade" is the rule of spot."""
    return receipt_ms - smallest_delay_ms + SPOT_MARGIN_MS


def quotes_before(trade_ms: Times, quote_ms: Times | Floats) -> NDArray[np.intp]:
    """Return for each trade the row of the last quote strictly before it, -1 where there is none; both ascending."""
    return np.searchsorted(quote_ms, trade_ms, "left") - 1


def effective_spread_bps(price: Floats, side: Floats, mid_before: Floats) -> Floats:
    """Return 2 * side * (price - mid before) / mid before, in bps: what the aggressor paid, both ways."""
    return 2.0 * side * (price - mid_before) / mid_before * BASIS_POINTS


def realised_spread_bps(price: Floats, side: Floats, mid_before: Floats, mid_later: Floats) -> Floats:
    """Return 2 * side * (price - mid later) / mid before, in bps: what the resting side kept after the move."""
    return 2.0 * side * (price - mid_later) / mid_before * BASIS_POINTS


def mean_spread(spread_bps: Floats, notional: Floats) -> float:
    """Return the mean weighted by notional (n) of the spreads that are known, bps; NaN where none is."""
    known = np.isfinite(spread_bps)
    total = float(notional[known].sum())
    return float(spread_bps[known] @ notional[known]) / total if total > 0.0 else float("nan")
