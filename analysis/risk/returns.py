"""The samples of known log returns that fits and losses are made from."""

import numpy as np

from analysis.arrays import Floats
from analysis.features.look_backs import SEED_BARS
from analysis.framework.bar_rules import bar_returns
from analysis.risk.inputs import RiskInputs, window_bars
from config.c_risk import RiskExposureConfig


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
    days = returns if inputs.daily is inputs.bars else bar_returns(inputs.daily)
    return last_known(days, config.fit_bars)
