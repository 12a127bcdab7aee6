"""Bounded oscillators and momentum: RSI, stochastic RSI, MOM and ROC."""

import numpy as np
import talib

from analysis.arrays import Floats
from analysis.features.moving_average import unit_scale
from analysis.features.windows import divide, lag, rolling_max, rolling_mean, rolling_min, rolling_std, varies


def rsi(close: Floats, period: int) -> Floats:
    """Return Wilder's relative strength index (1978), TA-Lib RSI, 0..100; needs period + 1 bars.

    NaN where the close has not moved over the last period + 1 bars: TA-Lib writes 0 there, which reads as a crash.
    """
    if len(close) <= period:
        return np.full(len(close), np.nan)
    values = talib.RSI(close * unit_scale(close), period)
    return np.where(varies(close, period + 1), values, np.nan)


def stochastic_rsi(index: Floats, look_back: int, smooth_k: int, smooth_d: int) -> tuple[Floats, Floats]:
    """Return %K and %D of ``index``, an RSI, 0..100 (Chande and Kroll, 1994), smoothed as charting sites do.

    Raw = (RSI - min) / (max - min) over ``look_back``; %K its mean over ``smooth_k``, %D the mean of %K over
    ``smooth_d``. TA-Lib's STOCHRSI has no %K smoothing: its fast %K is this raw line. NaN where RSI does not vary.
    """
    low = rolling_min(index, look_back)
    raw = 100 * divide(index - low, rolling_max(index, look_back) - low)
    k = rolling_mean(raw, smooth_k)
    return k, rolling_mean(k, smooth_d)


def momentum(close: Floats, period: int) -> Floats:
    """Return the change over ``period`` bars, TA-Lib MOM, in units of price."""
    return np.asarray(talib.MOM(close, period), dtype=np.float64)


def rate_of_change(close: Floats, period: int) -> Floats:
    """Return the change over ``period`` bars in percent, TA-Lib ROC."""
    return np.asarray(talib.ROC(close, period), dtype=np.float64)


def log_returns(close: Floats) -> Floats:
    """Return ln(close / previous close); the first row is NaN."""
    logs = np.log(close)
    return logs - lag(logs, 1)


def scaled_rate_of_change(close: Floats, period: int, volatility_bars: int) -> Floats:
    """Return the log return over ``period`` bars divided by sigma * sqrt(period), in standard deviations.

    sigma is the sample deviation of the last ``volatility_bars`` one-bar log returns. NaN where sigma is 0.
    """
    logs = np.log(close)
    sigma = rolling_std(log_returns(close), volatility_bars, ddof=1)
    return divide(logs - lag(logs, period), sigma * np.sqrt(period))
