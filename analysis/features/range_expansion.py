"""DeMark's range expansion index: eight bars of movement of highs and lows, silent where prices drift apart."""

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import divide, lag, rolling_sum

REI_BARS = 8


def range_expansion_index(high: Floats, low: Floats, close: Floats) -> Floats:
    """Return DeMark's (1994) index in -100..100 per bar; the first value stands at row 15.

    100 * sum_8 n (dH + dL) / sum_8 (|dH| + |dL|), dH = H - H2, dL = L - L2, subscripts bars ago; n = 0 where
    (H2 < C7 and H2 < C8 and H < H5 and H < H6) or (L2 > C7 and L2 > C8 and L > L5 and L > L6), otherwise 1.
    NaN where no high or low moved in eight bars, or one of the prices looked at is missing.
    """
    rise, lift = high - lag(high, 2), low - lag(low, 2)
    used = sum((lag(price, k) for price in (high, low) for k in (5, 6)), lag(close, 7) + lag(close, 8))
    counted = np.where(np.isnan(used), np.nan, ~_silent(high, low, close))
    top = rolling_sum(counted * (rise + lift), REI_BARS)
    return 100 * divide(top, rolling_sum(np.abs(rise) + np.abs(lift), REI_BARS))


def _silent(high: Floats, low: Floats, close: Floats) -> np.typing.NDArray[np.bool_]:
    before, earlier = lag(close, 7), lag(close, 8)
    high2, low2 = lag(high, 2), lag(low, 2)
    below = (high2 < before) & (high2 < earlier) & (high < lag(high, 5)) & (high < lag(high, 6))
    above = (low2 > before) & (low2 > earlier) & (low > lag(low, 5)) & (low > lag(low, 6))
    return below | above
