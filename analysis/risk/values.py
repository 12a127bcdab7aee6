"""Module G's metrics per bar, each family of values by its formulas from ``features``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.features import stops
from analysis.features.bands import atr
from analysis.features.drawdown import rolling_current, rolling_drawdown, rolling_duration, rolling_ulcer
from analysis.features.range_volatility import annualised
from analysis.features.reward_ratios import Ratio, equal_weights, ewma_weights, sharpe, sortino
from analysis.features.robust import mid_rank
from analysis.features.windows import divide, on_last
from analysis.framework.bar_rules import bar_returns
from analysis.framework.look_back import bar_minutes
from analysis.framework.measured import Measured, attempted
from analysis.risk.cluster import cluster_price
from analysis.risk.fit import RiskFit
from analysis.risk.forecasts import Forecasts, forecasts
from analysis.risk.inputs import RiskInputs, rank_bars
from analysis.risk.leverage import (
    crash_values,
    day_deviation,
    liquidation_deviations,
    liquidation_rows,
    target_leverage,
)
from analysis.risk.metrics import METRICS
from analysis.risk.ratio_metrics import RATIOS, fading_bars
from analysis.risk.specs import RatioName
from analysis.risk.tail_metrics import NEXT_BAR_VAR
from analysis.risk.tails import loss_values
from analysis.risk.violations import backtest_values, recent_violations
from config.c_risk import RiskExposureConfig

MEASURES: Mapping[RatioName, Callable[[Floats, Floats, float, int], Ratio]] = {
    "sharpe": sharpe,
    "sortino": sortino,
}


@dataclass(frozen=True, slots=True)
class Tails:
    """How many last rows are computed of what is scored, drawn, and displayed otherwise; ``None`` for all."""

    scored: int | None = None
    drawn: int | None = None
    displayed: int | None = None


ALL_ROWS = Tails()


@dataclass(frozen=True, slots=True, eq=False)
class RiskRows:
    """Values by metric id, log returns, and of each bar the probability of its loss under its forecast, (n) each."""

    values: Mapping[str, Floats]
    returns: Floats
    loss_p: Floats


def risk_rows(
    inputs: RiskInputs,
    fits: Mapping[int, RiskFit],
    config: RiskExposureConfig,
    tails: Tails = ALL_ROWS,
) -> RiskRows:
    """Return every metric per bar (n), NaN where missing and before the ``tails``."""
    bars, interval = inputs.bars, inputs.bars.interval
    returns, newest = bar_returns(bars), tails.displayed
    lead = rank_bars(config, interval) + config.failure_bars
    scored = None if tails.scored is None else tails.scored + lead
    ahead = attempted("forecasts", lambda: forecasts(bars, returns, fits, config, scored), None)
    if ahead is None:
        ahead = forecasts(bars, returns, {}, config, scored)
    values = Measured(len(bars))
    values.part("stops", lambda: _stops(inputs, config, tails.drawn))
    values.part("volatility", lambda: _volatility(ahead, interval, config))
    values.part("drawdown", lambda: _drawdown(bars.close, config, newest))
    values.part("distance", lambda: _liquidation_distance(inputs, ahead, config))
    values.part(
        "liquidation", lambda: liquidation_rows(spoken_prices(inputs), inputs.brackets, config, newest)
    )
    values.part("ratios", lambda: _ratios(returns, interval, config, newest))
    last: tuple[tuple[str, Callable[[], Mapping[str, float]]], ...] = (
        ("losses", lambda: loss_values(inputs, returns, fits, config)),
        ("back-test", lambda: backtest_values(inputs, returns, ahead, config)),
        ("crashes", lambda: crash_values(inputs, config)),
        ("liquidation cluster", lambda: {"liq_cluster": cluster_price(inputs, config)}),
    )
    for name, measure in last:
        values.part(name, lambda measure=measure: _last_row(len(bars), measure()))  # type: ignore[misc]
    values.part("violations", lambda: _recent_violations(returns, ahead, config))
    for spec, loss in zip(NEXT_BAR_VAR.values(), ahead.filtered, strict=True):
        values[spec.id] = 100 * loss
    return RiskRows(values.complete(METRICS), returns, ahead.loss_p)


def spoken_prices(inputs: RiskInputs) -> Floats:
    """Return the price that stops and liquidation prices hang on (n): each close, and last the price of the answer."""
    prices = inputs.bars.close.copy()
    if inputs.price is not None:
        prices[-1] = inputs.price
    return prices


def _liquidation_distance(
    inputs: RiskInputs, ahead: Forecasts, config: RiskExposureConfig
) -> dict[str, Floats]:
    deviation = day_deviation(ahead.day_variance, inputs.bars.interval)
    return {"liq_deviations": liquidation_deviations(inputs, deviation, config)}


def _recent_violations(returns: Floats, ahead: Forecasts, config: RiskExposureConfig) -> dict[str, Floats]:
    return {"failures_recent": 100 * recent_violations(returns, ahead, config.failure_bars)}


def _last_row(rows: int, found: Mapping[str, float]) -> dict[str, Floats]:
    """Return columns that are known in their last row alone."""
    return {name: np.append(np.full(rows - 1, np.nan), value) for name, value in found.items()}


def _stops(inputs: RiskInputs, config: RiskExposureConfig, tail: int | None) -> dict[str, Floats]:
    bars, close, price = inputs.bars, inputs.bars.close, spoken_prices(inputs)
    true_range = atr(bars.high, bars.low, close, config.atr_period)
    share = 100 * divide(true_range, close)
    long, short, away = stops.atr_stops(price, true_range, config.stop_multiple)
    rank = mid_rank(share, rank_bars(config, bars.interval), config.rank_min_bars, tail)
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
        "chandelier_long_pct": 100 * (1 - hung_long / price),
        "chandelier_short_pct": 100 * (hung_short / price - 1),
    }


def _volatility(ahead: Forecasts, interval: str, config: RiskExposureConfig) -> dict[str, Floats]:
    minutes = bar_minutes(interval)
    return {
        "vol_forecast": 100 * annualised(np.sqrt(ahead.next_variance), minutes),
        "vol_day": 100 * annualised(np.sqrt(ahead.day_variance), minutes),
        "garch_vol": 100 * annualised(np.sqrt(ahead.garch_variance), minutes),
        "garch_day": 100 * annualised(np.sqrt(ahead.garch_day), minutes),
        "target_leverage": target_leverage(ahead.day_variance, interval, config),
    }


def _drawdown(close: Floats, config: RiskExposureConfig, tail: int | None) -> dict[str, Floats]:
    n = config.drawdown_bars

    def episodes(price: Floats) -> tuple[Floats, ...]:
        return rolling_drawdown(price, n), rolling_duration(price, n), rolling_ulcer(price, n)

    deepest, longest, ulcer = on_last(tail, n, episodes, close)
    return {
        "drawdown_now": 100 * rolling_current(close, n),
        "drawdown_max": 100 * deepest,
        "drawdown_bars": longest,
        "ulcer": 100 * ulcer,
    }


def _ratios(
    returns: Floats, interval: str, config: RiskExposureConfig, tail: int | None
) -> dict[str, Floats]:
    """Ratios of the last known returns; a row without a return keeps those of the row before."""
    known = np.isfinite(returns)
    latest = np.cumsum(known) - 1
    year = 365 * 1440 / bar_minutes(interval)
    faded = ewma_weights(fading_bars(config), config.ratio_half_life)
    weights = {False: equal_weights(config.ratio_bars), True: faded}

    def measured(ratio: RatioName, weight: Floats) -> Ratio:
        columns = on_last(
            tail,
            len(weight),
            lambda sample: MEASURES[ratio](sample, weight, year, config.ratio_lags),
            returns[known],
        )
        return Ratio(*(np.append(column, np.nan)[latest] for column in columns))

    found = {
        (ratio, fading): measured(ratio, weight) for ratio in MEASURES for fading, weight in weights.items()
    }
    return {
        spec.id: found[spec.ratio, spec.fading].error if spec.error else found[spec.ratio, spec.fading].value
        for spec in RATIOS
    }
