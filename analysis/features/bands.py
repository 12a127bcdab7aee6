"""Ranges around price: ATR, Bollinger bands, z-score."""

import numpy as np
import talib

from analysis.arrays import Floats
from analysis.features.moving_average import unit_scale
from analysis.features.windows import centred, divide, rolling, varies


def atr(high: Floats, low: Floats, close: Floats, period: int) -> Floats:
    """Return Wilder's average true range (1978), TA-Lib ATR, in units of price; needs period + 1 bars."""
    return np.asarray(talib.ATR(high, low, close, period), dtype=np.float64)


def bollinger(close: Floats, period: int, width: float) -> tuple[Floats, Floats, Floats]:
    """Return upper band, mean and lower band, TA-Lib BBANDS with a simple mean and the population deviation."""
    if len(close) < period:
        empty = np.full(len(close), np.nan)
        return empty, empty, empty
    scale = unit_scale(close)
    upper, middle, lower = talib.BBANDS(close * scale, period, width, width)
    return upper / scale, middle / scale, lower / scale


def percent_b(close: Floats, upper: Floats, lower: Floats, period: int) -> Floats:
    """Return (close - lower) / (upper - lower): 0 at the lower band, 1 at the upper; NaN where price stood still."""
    return np.where(varies(close, period), divide(close - lower, upper - lower), np.nan)


def bandwidth(upper: Floats, middle: Floats, lower: Floats) -> Floats:
    """Return (upper - lower) / middle as percent of price."""
    return 100 * divide(upper - lower, middle)


def zscore(close: Floats, n: int) -> Floats:
    """Return (close - mean) / sample deviation over the last n bars, in standard deviations."""

    def last_of(block: Floats) -> Floats:
        away = centred(block)
        return divide(away[:, -1], np.sqrt(np.vecdot(away, away) / (n - 1)))

    return np.where(varies(close, n), rolling(close, n, last_of), np.nan)
