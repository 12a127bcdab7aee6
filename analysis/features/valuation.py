"""Valuation of a coin from its market and realised capitalisation; every statistic grows and never looks ahead."""

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.features.robust import mid_rank
from analysis.features.windows import divide

RAMP = 0.02
"""Ranks on either side of a band's edge over which a vote turns round."""


def realised_cap(market_cap: Floats, mvrv: Floats) -> Floats:
    """Return market cap / MVRV (n), in the unit of the market cap; NaN where MVRV is not above zero."""
    return divide(market_cap, np.where(mvrv > 0, mvrv, np.nan))


def unrealised_share(mvrv: Floats) -> Floats:
    """Return NUPL = (market cap - realised cap) / market cap = 1 - 1 / MVRV (n)."""
    return 1 - divide(np.ones(len(mvrv)), np.where(mvrv > 0, mvrv, np.nan))


def mvrv_z(market_cap: Floats, realised: Floats, min_count: int) -> Floats:
    """Return (market cap - realised cap) / standard deviation of market cap up to and with that day (n).

    The deviation (n - 1) grows with every day; NaN below ``min_count`` known days.
    """
    spread = pd.Series(market_cap).expanding(min_periods=max(min_count, 2)).std()
    return divide(market_cap - realised, np.asarray(spread, dtype=np.float64))


def rank_in_past(values: Floats, min_count: int) -> Floats:
    """Return the mid-rank (n) in [0, 1] of each value among all before it; NaN below ``min_count`` of them."""
    return mid_rank(values, max(len(values), min_count), min_count)


def past_quantile(values: Floats, share: float, min_count: int) -> Floats:
    """Return the quantile (n) of all values up to and with each row; NaN below ``min_count`` of them."""
    grown = pd.Series(values).expanding(min_periods=min_count).quantile(share)
    return np.asarray(grown, dtype=np.float64)


def band_vote(rank: Floats, band: float) -> Floats:
    """Return 2 * rank - 1 (n), with the sign turned round in the lowest and highest ``band`` of the past.

    High valuation goes with a rising market until it is extreme. Around an edge the vote turns over ``RAMP`` ranks and
    is 0 on the edge itself.
    """
    low, high = band, 1 - band
    at = np.array([0, low - RAMP, low, low + RAMP, high - RAMP, high, high + RAMP, 1])
    turns = np.array([-1, -1, 0, 1, 1, 0, -1, -1])
    return np.asarray(np.interp(rank, at, turns * (2 * at - 1)))
