"""Wilder's directional movement: ADX says how strong, the DI difference which way."""

import numpy as np
import talib

from analysis.arrays import Floats
from analysis.features.moving_average import unit_scale
from analysis.features.windows import rolling_max, rolling_min


def directional(high: Floats, low: Floats, close: Floats, period: int) -> tuple[Floats, Floats, Floats]:
    """Return ADX, +DI and -DI (Wilder 1978), TA-Lib, each 0..100; ADX needs 2 * period bars, the DIs period + 1.

    NaN where the true range was 0 over the last period + 1 bars: there is no movement to have a direction.
    """
    if len(close) <= period:
        empty = np.full(len(close), np.nan)
        return empty, empty, empty
    scale = unit_scale(close)
    bars = (high * scale, low * scale, close * scale)
    moved = rolling_max(high, period + 1) > rolling_min(low, period + 1)
    adx, plus, minus = (talib.ADX(*bars, period), talib.PLUS_DI(*bars, period), talib.MINUS_DI(*bars, period))
    return np.where(moved, adx, np.nan), np.where(moved, plus, np.nan), np.where(moved, minus, np.nan)
