"""Stops by the average true range: fixed from a price, or from an extreme by a variable multiple (chandelier)."""

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import divide, rolling_max, rolling_min


def atr_stops(price: Floats, atr: Floats, multiple: float) -> tuple[Floats, Floats, Floats]:
    """Return (long stop, short stop, distance): price -/+ multiple * ATR, and multiple * ATR / price.

    Stops in units of price, the distance a positive fraction. A long's stop is NaN where it would not be positive.
    """
    away = multiple * atr
    return _positive(price - away), _positive(price + away), divide(away, price)


def regime_multiple(volatility_rank: Floats, calm: float, stressed: float) -> Floats:
    """Return calm + (stressed - calm) * rank: the multiple of ATR at a volatility's rank in its own past, 0..1.

    NaN for a rank outside 0..1.
    """
    inside = (volatility_rank >= 0) & (volatility_rank <= 1)
    return np.where(inside, calm + (stressed - calm) * volatility_rank, np.nan)


def chandelier(
    high: Floats, low: Floats, atr: Floats, n: int, multiple: Floats | float
) -> tuple[Floats, Floats]:
    """Return LeBeau's chandelier stops (long, short), in units of price.

    Highest high of the last n bars - multiple * ATR, and lowest low + multiple * ATR; ``multiple`` is one number or
    one for every row (``regime_multiple``). NaN where one of the n bars or the ATR is unknown.
    """
    away = multiple * atr
    return _positive(rolling_max(high, n) - away), _positive(rolling_min(low, n) + away)


def _positive(price: Floats) -> Floats:
    return np.where(np.isfinite(price) & (price > 0), price, np.nan)
