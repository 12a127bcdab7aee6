"""Tail losses of the coming bar and day as of the last bar.

Losses are those of a long of one unit, fractions of notional. Historical and Cornish-Fisher read the last
``fit_bars`` known returns, for the day those of daily bars. The filtered ones resample the residuals before the last
refit time; the day is simulated bar by bar, nothing is scaled by the root of time.
"""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.features.filtered_returns import simulated_returns
from analysis.features.look_backs import DAY_MINUTES, observations_needed
from analysis.features.tail_loss import TailLoss, expanded_loss, historical, moments_of, pnl_of
from analysis.framework.look_back import bar_minutes, day_bars
from analysis.risk.fit import RiskFit
from analysis.risk.forecasts import run_filter
from analysis.risk.inputs import RiskInputs
from analysis.risk.returns import daily_returns, known_before, last_known
from analysis.risk.specs import LEVELS, Horizon, LossSpec, Method
from analysis.risk.tail_metrics import LOSSES
from config.c_risk import RiskExposureConfig

LARGEST_GAIN = 100.0  # log return: a simulated gain beyond it would overflow, and no loss depends on it

TailLosses = dict[tuple[Method, int, Horizon], TailLoss]
"""By method, level in percent and horizon; absent where there is none."""


def loss_values(
    inputs: RiskInputs, returns: Floats, fits: Mapping[int, RiskFit], config: RiskExposureConfig
) -> dict[str, float]:
    """Return every value-at-risk and expected shortfall by metric id, in percent, NaN where there is none."""
    losses = _sample_losses(inputs, returns, config) | filtered_losses(inputs, returns, fits, config)
    return {spec.id: 100 * _measured(spec, losses) for spec in LOSSES}


def _measured(spec: LossSpec, losses: TailLosses) -> float:
    loss = losses.get((spec.method, spec.level, spec.horizon))
    if loss is None:
        return float("nan")
    return loss.value_at_risk if spec.measure == "var" else loss.expected_shortfall


def _sample_losses(inputs: RiskInputs, returns: Floats, config: RiskExposureConfig) -> TailLosses:
    minutes = bar_minutes(inputs.bars.interval)
    samples: dict[Horizon, tuple[Floats, float]] = {
        "bar": (last_known(returns, config.fit_bars), minutes),
        "day": (daily_returns(inputs, returns, config), max(minutes, DAY_MINUTES)),
    }
    losses: TailLosses = {}
    for horizon, (sample, length) in samples.items():
        pnl = pnl_of(sample, 1)
        moments = moments_of(pnl)
        for level in LEVELS:
            needed = observations_needed(level / 100, length)
            losses["historical", level, horizon] = historical(pnl, level / 100, needed)
            losses["cornish_fisher", level, horizon] = expanded_loss(moments, level / 100, needed)
    return losses


def filtered_losses(
    inputs: RiskInputs, returns: Floats, fits: Mapping[int, RiskFit], config: RiskExposureConfig
) -> TailLosses:
    """Return the filtered loss of the coming bar and day by the last fit, every level of the same paths."""
    if not fits:
        return {}
    refit_time, interval = max(fits), inputs.bars.interval
    start = int(np.searchsorted(inputs.bars.close_time, refit_time))
    variance, residuals = run_filter(known_before(returns, start, config), returns[start:], fits[refit_time])
    if not len(variance) or not np.isfinite(variance[-1]):
        return {}
    recursion, known = fits[refit_time].recursion, int(np.isfinite(residuals).sum())
    horizons: dict[Horizon, int] = {"bar": 1, "day": day_bars(interval)}
    losses: TailLosses = {}
    for horizon, count in horizons.items():
        total = simulated_returns(residuals, recursion, float(variance[-1]), count, config.paths, config.seed)
        pnl = pnl_of(np.minimum(total, LARGEST_GAIN), 1)
        for level in LEVELS:
            if known >= observations_needed(level / 100, bar_minutes(interval)):
                losses["filtered", level, horizon] = historical(pnl, level / 100, min_count=1)
    return losses
