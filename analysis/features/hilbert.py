"""Ehlers' Hilbert-transform cycle measures, causal as TA-Lib computes them.

scipy.signal.hilbert needs the whole series and errs by tens of degrees at its last sample, so it serves tests only.
"""

import numpy as np
import talib

from analysis.arrays import Floats
from analysis.features.moving_average import unit_scale


def hilbert_trendline(close: Floats) -> Floats:
    """Return the instantaneous trendline (Ehlers 2001), TA-Lib HT_TRENDLINE, in units of price; needs 64 bars."""
    scale = unit_scale(close)
    return np.asarray(talib.HT_TRENDLINE(close * scale) / scale, dtype=np.float64)


def dominant_cycle(close: Floats) -> tuple[Floats, Floats]:
    """Return the dominant cycle's period in bars (6..50) and its phase in degrees, TA-Lib HT_DCPERIOD, HT_DCPHASE."""
    scaled = close * unit_scale(close)
    return talib.HT_DCPERIOD(scaled), talib.HT_DCPHASE(scaled)
