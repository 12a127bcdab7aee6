"""Ratios of signed market trades, on sums per second or per window.

Over one second the signed count explains most of the price change where a tick is small, the notional least; the
square root of the notional is the safe single choice. Direction is counted in orders: fills of one side and
millisecond are one order, and by fills the sign turns in a tenth to a quarter of ten-second windows.
"""

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from analysis.features.windows import divide


def signed_share(buy: Floats, sell: Floats) -> Floats:
    """Return (buy - sell) / (buy + sell), in [-1, 1]; NaN where both are 0.

    Of orders it is the direction ratio, of base volume the cumulative volume delta over the volume.
    """
    return divide(buy - sell, buy + sell)


def taker_dominance(buy: Floats, sell: Floats) -> Floats:
    """Return buy / (buy + sell), in [0, 1]; NaN where both are 0."""
    return divide(buy, buy + sell)


def aggression_ratio(taker: Floats, resting: Floats) -> Floats:
    """Return taker / (taker + resting), in [0, 1]; NaN where both are 0.

    ``taker`` is what one side's aggressors traded in a window, ``resting`` the time-weighted mean notional at the
    touch that they hit (quote units).
    """
    return divide(taker, taker + resting)


def signed_log(flow: Floats) -> Floats:
    """Return sign(x) ln(1 + |x|): its tails can be scaled by a median, those of the flow itself cannot."""
    return np.sign(flow) * np.log1p(np.abs(flow))


def first_fills(time_ms: Times, side: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Say which trades (n, in the order of ids) begin an order: the first of their side in their millisecond."""
    _, first = np.unique(time_ms * 2 + (side > 0), return_index=True)
    found = np.zeros(len(time_ms), np.bool_)
    found[first] = True
    return found


def latency_adjusted_ratio(
    signed: Floats, time_ms: Times, delay_ms: Floats, as_of: int, *, tau_ms: float, late_ms: float
) -> tuple[float, float]:
    """Return (sum of w * signed / sum of w * |signed|, share of trades left out); NaN where there are none.

    ``signed`` notional (n), +buying, with w = exp(-(as_of - time) / tau). Trades whose delay from their time to
    receipt, corrected for the clocks, is above ``late_ms`` are left out; one of unknown delay (NaN) counts.
    """
    late = delay_ms > late_ms
    weight = np.where(late, 0.0, np.exp((time_ms - as_of) / tau_ms))
    total = float(weight @ np.abs(signed))
    ratio = float(weight @ signed) / total if total > 0.0 else np.nan
    return ratio, float(late.mean()) if len(late) else np.nan
