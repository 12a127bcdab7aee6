"""Tail losses of the coming bar and day as of the last bar, and how often one-bar forecasts failed over the year.

Losses are those of a long of one unit, fractions of notional. Historical and Cornish-Fisher read the last
``fit_bars`` known returns, for the day those of daily bars. The filtered ones resample the residuals before the last
refit time; the day is simulated bar by bar, nothing is scaled by the root of time.
"""

from collections.abc import Mapping
from math import nan

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.filtered_returns import simulated_returns
from analysis.features.tail_failures import counted_not_above
from analysis.features.tail_loss import (
    UNKNOWN,
    TailLoss,
    expanded_loss,
    historical,
    moments_of,
    observations_needed,
    pnl_of,
)
from analysis.features.var_backtest import christoffersen, kupiec
from analysis.framework.reasons import Reason
from analysis.risk.forecasts import (
    LEVELS,
    Forecasts,
    RiskFit,
    bar_minutes,
    day_bars,
    known_before,
    log_returns,
    run_filter,
)
from analysis.risk.inputs import RiskInputs, rank_bars
from analysis.risk.metrics import loss_id
from config.c_risk import RiskExposureConfig

Rows = NDArray[np.bool_]
LARGEST_GAIN = 100.0  # log return: a simulated gain beyond it would overflow, and no loss depends on it


def tail_losses(
    inputs: RiskInputs, returns: Floats, fits: Mapping[int, RiskFit], config: RiskExposureConfig
) -> dict[str, float]:
    """Return every value-at-risk and expected shortfall by metric id, NaN where it cannot be had."""
    interval = inputs.bars.interval
    minutes, ahead = bar_minutes(interval), day_bars(interval)
    recent = last_known(returns, config.fit_bars)
    daily = daily_returns(inputs, returns, config)
    found: dict[str, float] = {}
    for horizon, sample, length in (("bar", recent, minutes), ("day", daily, max(minutes, 1440))):
        pnl = pnl_of(sample, 1)
        moments = moments_of(pnl)
        for level in LEVELS:
            needed = observations_needed(level / 100, length)
            _put(found, "historical", level, horizon, historical(pnl, level / 100, needed))
            _put(found, "cornish_fisher", level, horizon, expanded_loss(moments, level / 100, needed))
    for horizon, losses in filtered_losses(inputs, returns, fits, {"bar": 1, "day": ahead}, config).items():
        for level, loss in losses.items():
            _put(found, "filtered", level, horizon, loss)
    return found


def _put(found: dict[str, float], method: str, level: int, horizon: str, loss: TailLoss) -> None:
    found[loss_id("var", method, level, horizon)] = loss.value_at_risk
    found[loss_id("es", method, level, horizon)] = loss.expected_shortfall


def last_known(returns: Floats, count: int) -> Floats:
    """Return the last ``count`` known returns."""
    return returns[np.isfinite(returns)][-count:]


def daily_returns(inputs: RiskInputs, returns: Floats, config: RiskExposureConfig) -> Floats:
    """Return the known daily log returns; of bars of a day or longer their own."""
    if isinstance(inputs.daily, Reason):
        return np.empty(0)
    days = returns if inputs.daily is inputs.bars else log_returns(inputs.daily)
    return last_known(days, config.fit_bars)


def filtered_losses(
    inputs: RiskInputs,
    returns: Floats,
    fits: Mapping[int, RiskFit],
    horizons: Mapping[str, int],
    config: RiskExposureConfig,
) -> dict[str, dict[int, TailLoss]]:
    """Return by horizon (bars by its name) the filtered loss at each level, by the last fit, all of the same paths."""
    found = {name: dict.fromkeys(LEVELS, UNKNOWN) for name in horizons}
    if not fits:
        return found
    refit_time = max(fits)
    start = int(np.searchsorted(inputs.bars.close_time, refit_time))
    variance, residuals = run_filter(known_before(returns, start, config), returns[start:], fits[refit_time])
    if not len(variance) or not np.isfinite(variance[-1]):
        return found
    recursion, known = fits[refit_time].recursion, int(np.isfinite(residuals).sum())
    for name, count in horizons.items():
        total = simulated_returns(residuals, recursion, float(variance[-1]), count, config.paths, config.seed)
        pnl = pnl_of(np.minimum(total, LARGEST_GAIN), 1)
        for level in LEVELS:
            if known >= observations_needed(level / 100, bar_minutes(inputs.bars.interval)):
                found[name][level] = historical(pnl, level / 100, min_count=1)
    return found


def backtests(
    inputs: RiskInputs, returns: Floats, ahead: Forecasts, config: RiskExposureConfig
) -> dict[str, float]:
    """Return failures (share), Kupiec's and Christoffersen's p of each one-bar forecast over the past year."""
    first = max(0, len(returns) - rank_bars(config, inputs.bars.interval))
    found: dict[str, float] = {}
    historic = failures_of_levels(returns, first, config)
    for column, level in enumerate(LEVELS):
        judged = {
            "historical": historic[level],
            "cornish_fisher": forecast_failures(returns, ahead.cornish[column], first),
            "filtered": forecast_failures(returns, ahead.filtered[column], first),
        }
        for method, (failed, known) in judged.items():
            found |= _tests(method, level, failed, known)
    return found


def _tests(method: str, level: int, failed: Rows, known: Rows) -> dict[str, float]:
    bars, failures = int(known.sum()), int(failed.sum())
    return {
        f"failures_{method}_{level}": failures / bars if bars else nan,
        f"kupiec_{method}_{level}": kupiec(failures, bars, level / 100).p_value,
        f"christoffersen_{method}_{level}": christoffersen(failed, known).p_value,
    }


def forecast_failures(returns: Floats, forecasts: Floats, first: int) -> tuple[Rows, Rows]:
    """Say which rows from ``first`` on lost more than was forecast a row before, and which can be judged."""
    before = np.concatenate([[nan], forecasts[:-1]])[first:]
    known = np.isfinite(before) & np.isfinite(returns[first:])
    return known & (-np.expm1(returns[first:]) > before), known


def historical_failures(
    returns: Floats, first: int, level: int, config: RiskExposureConfig
) -> tuple[Rows, Rows]:
    """Say the same of the historical forecast by the ``fit_bars`` known returns before each row."""
    return failures_of_levels(returns, first, config)[level]


def failures_of_levels(
    returns: Floats, first: int, config: RiskExposureConfig
) -> dict[int, tuple[Rows, Rows]]:
    """Say the same by level; one count serves them all."""
    rows = np.flatnonzero(np.isfinite(returns))
    n = config.fit_bars
    ranks = {level: int(round((1 - level / 100) * n, 9)) for level in LEVELS}
    start = max(n, int(np.searchsorted(rows, first)))
    known, count = np.zeros(len(returns), np.bool_), np.full(len(returns), n + 1)
    known[rows[start:]] = True
    count[rows] = counted_not_above(returns[rows], n, max(ranks.values()), start)
    return {level: (count[first:] <= rank, known[first:]) for level, rank in ranks.items()}


def recent_failures(returns: Floats, ahead: Forecasts, bars: int) -> Floats:
    """Return the share of the last ``bars`` rows that lost more than their own filtered 95 % forecast.

    NaN where fewer than half of them can be judged.
    """
    failed, known = forecast_failures(returns, ahead.filtered[0], 0)
    count = _trailing_count(known, bars)
    share = _trailing_count(failed, bars) / np.maximum(count, 1)
    return np.where(count >= bars / 2, share, np.nan)


def _trailing_count(flags: Rows, n: int) -> Floats:
    total = np.concatenate([np.zeros(n), np.cumsum(flags)])
    return np.asarray(total[n:] - total[:-n], dtype=np.float64)
