"""What module A estimates at a refit time: the noise of the Kalman trend."""

import numpy as np

from analysis.features.kalman import TrendEstimate, estimate_trend
from analysis.framework.bar_rules import rows_before
from analysis.trend.inputs import TrendInputs
from config.c_trend import TrendConfig


def fit(inputs: TrendInputs, config: TrendConfig, refit_time: int) -> TrendEstimate:
    """Estimate the Kalman noise on the ``kalman_fit_bars`` bars that closed before the refit time."""
    before = rows_before(inputs.bars, refit_time, config.kalman_fit_bars)
    logs = np.log(inputs.bars.close[before])
    return estimate_trend(logs, config.kalman_memory_min, config.kalman_memory_max)
