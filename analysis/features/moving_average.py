"""Averages of price and what is read off them: slope, alignment, convergence.

Prices go into TA-Lib scaled by a power of two, which is exact, because TA-Lib treats sums below 1e-14 as zero
and some coins trade at 1e-8.
"""

from itertools import combinations

import numpy as np
import talib

from analysis.arrays import Floats
from analysis.features.windows import divide, lag, rolling_mean


def unit_scale(prices: Floats) -> float:
    """Return the power of two that brings the first price into [1, 2): multiplying by it loses no digit."""
    first = float(prices[0]) if len(prices) else 1.0
    return float(2.0 ** -np.floor(np.log2(first)))


def ema(close: Floats, period: int) -> Floats:
    """Return the exponential average, TA-Lib EMA: alpha = 2 / (period + 1), seeded by the first simple mean.

    Unit of price; NaN in the first period-1 rows. The seed's weight is below 5e-5 after 5 periods.
    """
    return np.asarray(talib.EMA(close, period), dtype=np.float64)


def ema_of_last(close: Floats, period: int, bars: int) -> Floats:
    """Return ``ema`` of the last ``bars`` closes alone, which are at least ``period``; of all where there are fewer.

    So a row's value does not depend on where the series begins. The average of the whole series is corrected by what
    its state before the window has left of it. NaN in the first period-1 rows.
    """
    line, seeded = ema(close, period), rolling_mean(close, period)
    left = (1 - 2 / (period + 1)) ** (bars - period)
    return line + left * np.nan_to_num(lag(seeded - line, bars - period))


def slope_in_atr(line: Floats, atr: Floats, bars: int) -> Floats:
    """Return the line's mean change per bar over ``bars``, divided by the average true range (ATR per bar)."""
    return divide((line - lag(line, bars)) / bars, atr)


def alignment(close: Floats, fast: Floats, mid: Floats, slow: Floats) -> Floats:
    """Return how well price > fast > mid > slow is ordered: mean sign over the six pairs, in [-1, 1].

    +1 is the full bullish order, -1 the full bearish one. NaN where one line is missing.
    """
    pairs = combinations((close, fast, mid, slow), 2)
    return sum((np.sign(higher - lower) for higher, lower in pairs), np.zeros(len(close))) / 6


def macd(close: Floats, fast: int, slow: int, signal: int) -> tuple[Floats, Floats, Floats]:
    """Return MACD line, signal line and histogram (unit of price), TA-Lib MACD.

    NaN in the first slow + signal - 2 rows.
    """
    line, average, histogram = talib.MACD(close, fast, slow, signal)
    return line, average, histogram
