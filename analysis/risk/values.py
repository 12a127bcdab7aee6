"""Module G's values per bar; what is dear and only shown is computed for the last bar alone, NaN before."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.features import stops
from analysis.features.bands import atr
from analysis.features.drawdown import rolling_current, rolling_drawdown, rolling_duration, rolling_ulcer
from analysis.features.range_volatility import annualised
from analysis.features.reward_ratios import equal_weights, ewma_weights, sharpe, sortino
from analysis.features.robust import mid_rank
from analysis.features.windows import divide, on_last
from analysis.risk.forecasts import Forecasts, RiskFit, bar_minutes, forecasts, log_returns
from analysis.risk.inputs import RiskInputs, rank_bars
from analysis.risk.leverage import (
    day_deviation,
    liquidation_deviations,
    stress_values,
    target_leverage,
    zone_values,
)
from analysis.risk.metrics import loss_id
from analysis.risk.tails import backtests, last_known, recent_failures, tail_losses
from config.c_risk import RiskExposureConfig

EWMA_SPAN = 10
"""Half-lives a fading window holds; what lies before them weighs 0.1 %."""


@dataclass(frozen=True, slots=True, eq=False)
class RiskPath:
    """Values by metric id, and what the score and the chart need beside them, (n) each."""

    values: Mapping[str, Floats]
    returns: Floats
    ahead: Forecasts


def risk_path(
    inputs: RiskInputs, fits: Mapping[int, RiskFit], config: RiskExposureConfig, shown: int | None = None
) -> RiskPath:
    """Return every metric per bar; with ``shown`` columns without a vote hold no more than the last so many rows."""
    bars, interval = inputs.bars, inputs.bars.interval
    returns = log_returns(bars)
    voting = None if shown is None else shown + rank_bars(config, interval) + config.failure_bars
    ahead = forecasts(bars, returns, fits, config, voting)
    values = (
        _stops(inputs, config, shown) | _volatility(ahead, interval, config) | _drawdown(bars.close, config)
    )
    day_sigma = day_deviation(ahead.day_variance, interval)
    values["liq_deviations"] = liquidation_deviations(inputs, day_sigma, config)
    rows = len(bars) if shown is None else min(len(bars), shown)
    values["liq_cluster"] = np.full(rows, np.nan)
    last = zone_values(inputs, float(bars.close[-1]), config) | _ratios(returns, interval, config)
    losses = tail_losses(inputs, returns, fits, config) | backtests(inputs, returns, ahead, config)
    stress = stress_values(inputs, config)
    last |= {name: value * _percent(name) for name, value in (losses | stress).items()}
    values |= {name: _at_last(rows, value) for name, value in last.items()}
    values["failures_recent"] = 100 * recent_failures(returns, ahead, config.failure_bars)
    for level, loss in zip((95, 99), ahead.filtered, strict=True):
        values[loss_id("var", "filtered", level, "bar")] = 100 * loss
    return RiskPath(values, returns, ahead)


def _percent(name: str) -> float:
    return 100.0 if name.startswith(("var_", "es_", "failures_", "stress_")) else 1.0


def _at_last(rows: int, value: float) -> Floats:
    column = np.full(rows, np.nan)
    column[-1] = value
    return column


def _stops(inputs: RiskInputs, config: RiskExposureConfig, shown: int | None) -> dict[str, Floats]:
    bars, close = inputs.bars, inputs.bars.close
    true_range = atr(bars.high, bars.low, close, config.atr_period)
    share = 100 * divide(true_range, close)
    long, short, away = stops.atr_stops(close, true_range, config.stop_multiple)
    rank = mid_rank(share, rank_bars(config, bars.interval), config.rank_min_bars, shown)
    multiple = stops.regime_multiple(rank, config.chandelier_calm, config.chandelier_stressed)
    hung_long, hung_short = stops.chandelier(
        bars.high, bars.low, true_range, config.chandelier_bars, multiple
    )
    return {
        "atr_14": true_range,
        "atr_pct": share,
        "stop_long": long,
        "stop_short": short,
        "stop_pct": 100 * away,
        "vol_rank": rank,
        "chandelier_multiple": multiple,
        "chandelier_long": hung_long,
        "chandelier_short": hung_short,
        "chandelier_long_pct": 100 * (1 - hung_long / close),
        "chandelier_short_pct": 100 * (hung_short / close - 1),
    }


def _volatility(ahead: Forecasts, interval: str, config: RiskExposureConfig) -> dict[str, Floats]:
    minutes = bar_minutes(interval)
    return {
        "vol_forecast": 100 * annualised(np.sqrt(ahead.next_variance), minutes),
        "vol_day": 100 * annualised(np.sqrt(ahead.day_variance), minutes),
        "target_leverage": target_leverage(ahead.day_variance, interval, config),
    }


def _drawdown(close: Floats, config: RiskExposureConfig) -> dict[str, Floats]:
    n = config.drawdown_bars

    def shown(price: Floats) -> tuple[Floats, ...]:
        return rolling_drawdown(price, n), rolling_duration(price, n), rolling_ulcer(price, n)

    deepest, longest, ulcer = on_last(1, n, shown, close)
    return {
        "drawdown_now": 100 * rolling_current(close, n),
        "drawdown_max": 100 * deepest,
        "drawdown_bars": longest,
        "ulcer": 100 * ulcer,
    }


def fading_bars(config: RiskExposureConfig) -> int:
    """Return how many returns the fading Sharpe and Sortino read."""
    return int(EWMA_SPAN * config.ratio_half_life)


def _ratios(returns: Floats, interval: str, config: RiskExposureConfig) -> dict[str, float]:
    year = 365 * 1440 / bar_minutes(interval)
    n = fading_bars(config)
    weights = {"": equal_weights(config.ratio_bars), "_ewma": ewma_weights(n, config.ratio_half_life)}
    found: dict[str, float] = {}
    for name, measure in (("sharpe", sharpe), ("sortino", sortino)):
        for suffix, weight in weights.items():
            sample = last_known(returns, len(weight))
            ratio = measure(sample, weight, year, config.ratio_lags)
            known = len(sample) == len(weight)
            found[f"{name}{suffix}"] = float(ratio.value[-1]) if known else np.nan
            found[f"{name}{suffix}_se"] = float(ratio.error[-1]) if known else np.nan
    return found
