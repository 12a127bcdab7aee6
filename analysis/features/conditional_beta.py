"""Beta to the market in its falling and in its rising bars: what diversification is worth when it is needed.

Ang and Chen (2002), Ang, Chen and Xing (2006), the market's bars split at 0. One wick moves a year's beta, so the
caller passes clipped returns, or shows both.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats

FEWEST = 30
"""Bars a slope needs."""


class Slope(NamedTuple):
    """A least-squares slope with intercept, its standard error (HC3), and how many bars it is from."""

    value: float
    error: float
    bars: int


class ConditionalBeta(NamedTuple):
    """Slopes over all bars, those in which the market fell, and those in which it rose."""

    all: Slope
    down: Slope
    up: Slope


def conditional_beta(returns: Floats, market: Floats) -> ConditionalBeta:
    """Return the betas of ``returns`` (n) on ``market`` (n); pairs with an unknown value are left out.

    NaN where fewer than 30 bars are left, or the market does not vary in them.
    """
    known = np.isfinite(returns) & np.isfinite(market)
    return ConditionalBeta(
        _slope(returns, market, known),
        _slope(returns, market, known & (market < 0)),
        _slope(returns, market, known & (market > 0)),
    )


def _slope(returns: Floats, market: Floats, rows: NDArray[np.bool_]) -> Slope:
    y, x = returns[rows], market[rows]
    count = len(x)
    if count < FEWEST or np.ptp(x) == 0:
        return Slope(float("nan"), float("nan"), count)
    away = x - x.mean()
    spread = float(away @ away)
    slope = float(away @ y) / spread
    residual = y - y.mean() - slope * away
    leverage = 1 / count + away**2 / spread
    scores = away * residual / np.maximum(1 - leverage, 1e-12)
    return Slope(slope, float(np.sqrt(scores @ scores)) / spread, count)
