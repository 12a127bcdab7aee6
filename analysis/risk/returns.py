"""Log returns of bars, unknown over a hole, and the samples of known ones that fits and losses are made from."""

import numpy as np

from analysis.arrays import Floats
from analysis.features.look_backs import SEED_BARS
from analysis.risk.inputs import RiskInputs, window_bars
from config.c_risk import RiskExposureConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS


def log_returns(bars: Bars) -> Floats:
    """Return log returns per bar; NaN in the first row and over a hole in the bars."""
    result = np.full(len(bars), np.nan)
    joined = np.diff(bars.open_time) <= SHORTEST_MS[bars.interval] * 1.5
    result[1:] = np.where(joined, np.diff(np.log(bars.close)), np.nan)
    return result


def known_before(returns: Floats, row: int, config: RiskExposureConfig) -> Floats:
    """Return the last known returns before a row: the seed's and those the residuals are made of."""
    before = returns[max(0, row - window_bars(config) + 1) : row]
    return before[np.isfinite(before)][-config.fit_bars - SEED_BARS :]


def last_known(returns: Floats, count: int) -> Floats:
    """Return the last ``count`` known returns."""
    return returns[np.isfinite(returns)][-count:]


def daily_returns(inputs: RiskInputs, returns: Floats, config: RiskExposureConfig) -> Floats:
    """Return the known daily log returns; for bars of a day or longer the bars' returns."""
    if inputs.daily is None:
        return np.empty(0)
    days = returns if inputs.daily is inputs.bars else log_returns(inputs.daily)
    return last_known(days, config.fit_bars)
